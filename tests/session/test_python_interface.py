"""``import ptheory as pt``: results as a user holds them."""

from __future__ import annotations

from pathlib import Path

import pytest
import sympy

import ptheory as pt
from ptheory.algebra.order import OrderNotKnown, through
from ptheory.claims.verdict import Kind
from ptheory.language import LanguageError
from ptheory.rendering.flow_items import flow_texts
from tests.session.command_line import FILES, write

TEXT = FILES["derive"] + FILES["proved"].removeprefix("ptheory 1\ninclude mlp\n")


def test_a_derived_equation() -> None:
    vertex = pt.run_text(TEXT)["V"]
    assert isinstance(vertex.rhs, sympy.Expr) and "C_W" in {str(symbol) for symbol in vertex.rhs.free_symbols}
    assert vertex.latex().startswith("V") and vertex.latex() in vertex._repr_latex_()
    assert str(vertex.one_input).startswith("V′ = ")
    assert vertex.explain().startswith("1. Next-layer product")


def test_the_result_is_a_mapping_of_what_was_derived() -> None:
    result = pt.run_text(TEXT)
    assert {"K", "G1", "V"} <= set(result) and len(result) == len(list(result))
    assert [verdict.kind for verdict in result.verdicts] == [Kind.PROVED] and result.exit_code == 0
    with pytest.raises(KeyError, match="derived: "):
        result["W"]
    assert "$$" in result._repr_html_()


def test_the_numbers_of_a_flow_know_their_order() -> None:
    (flow,) = pt.run_text(FILES["flow"]).flows
    kernel, vertex = flow.values[3]["G"]["0,1"], flow.values[3]["V"]["0,1,1,0"]
    assert kernel.known_through == vertex.known_through == through(1)
    assert [str(c) for c in vertex.coefficients] == flow_texts(flow)[3]["V"]["0,1,1,0"]
    squared = kernel * kernel
    assert squared.coefficient(1) == 2 * kernel.coefficient(0) * kernel.coefficient(1)
    with pytest.raises(OrderNotKnown, match="the coefficient of 1/n\\^2 is not known"):
        squared.coefficient(2)


def test_a_file_and_its_text_give_the_same(tmp_path: Path) -> None:
    (path,) = write(tmp_path, "derive")
    assert pt.run(path)["V"].latex() == pt.run_text(FILES["derive"])["V"].latex()


def test_load_derives_nothing(tmp_path: Path) -> None:
    (path,) = write(tmp_path, "flow")
    program = pt.load(path)
    assert list(program.architectures) == ["MLP"] and len(program.tasks) == 1


def test_classify() -> None:
    assert pt.classify("relu").to_json()["class"] == "scale-invariant"


def test_bad_input_points(tmp_path: Path) -> None:
    (path,) = write(tmp_path, "bad")
    with pytest.raises(LanguageError) as caught:
        pt.run(path)
    assert str(caught.value).startswith(f"{path}:3:13: error:")
    with pytest.raises(LanguageError):
        pt.classify("tahn")


def test_what_a_block_gave_is_data() -> None:
    """Closed forms one can evaluate, critical points and exponents one can use, without reading a page."""

    def at_values(expression: sympy.Expr) -> sympy.Expr:
        return expression.subs({symbol: values[symbol.name] for symbol in expression.free_symbols})

    found = pt.run_text(
        "ptheory 1\ninclude mlp\nderive G\n"
        "with sigma = relu { inputs a b  show G, V }\n"
        "with sigma = tanh { critical  exponents V  check by quadrature digits 15 }\n"
    )
    relu, tanh = found.specialised
    assert relu.bindings == {"sigma": "relu"} and relu.classification is None
    values = {"K_11": 2, "K_22": 3, "K_12": 0, "C_W": sympy.Rational(4, 3), "C_b": sympy.Rational(1, 5)}
    expected = sympy.Rational(1, 5) + sympy.Rational(4, 3) * sympy.sqrt(6) / (2 * sympy.pi)
    assert sympy.simplify(at_values(relu.closed_forms["K'[a,b]"]) - expected) == 0
    assert at_values(relu.closed_forms["K'[a,a]"]) == sympy.Rational(1, 5) + sympy.Rational(4, 3)
    assert set(relu.closed_forms) == {left for left in relu.closed_forms if left.startswith(("K'[", "V'["))}
    assert tanh.closed_forms == {} and tanh.classification is not None
    assert tanh.classification.label == "K*=0" and tanh.classification.exponents["V/(nK^2)"] == 1
    assert [verdict.kind.value for verdict in tanh.verdicts] == ["checked"]
    assert found.verdicts == tanh.verdicts


def test_what_is_derived_twice_is_specialised_once() -> None:
    """``derive G`` and then ``derive G to order 1/n``: K once, G1 once."""
    block = "with sigma = z^2 { inputs one }\n"
    result = pt.run_text("ptheory 1\ninclude mlp\nderive G, V\nderive G to order 1/n\n" + block)
    (specialised,) = result.specialised
    assert [one.equation.name for one in specialised.equations] == ["K", "V", "G1"]
