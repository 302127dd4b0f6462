"""``import ptheory as pt``: results as a user holds them."""

from __future__ import annotations

from pathlib import Path

import numpy
import pytest
import sympy

import ptheory as pt
from ptheory.algebra.order import OrderNotKnown, through
from ptheory.claims.verdict import Kind, Verdict
from ptheory.language import LanguageError
from ptheory.rendering.flow_items import flow_texts
from ptheory.rendering.written_equations import displayed
from ptheory.results.atlas_result import Atlas
from ptheory.results.criticality_result import Keeping
from ptheory.results.flow_numbers import FlowTable
from ptheory.results.recursions import Recursions
from ptheory.results.simulated import SimulationResult
from ptheory.results.specialisation import Specialisation
from ptheory.session.result import Result
from ptheory.verification.quadrature_result import QuadratureResult
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
    assert "<math" in result._repr_html_() and "$$" in result._repr_markdown_()


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


EVERY_KIND = """ptheory 1
include mlp
derive G, V
with sigma = tanh { critical  exponents V  set C_b = 0  check by quadrature digits 15 }
with sigma = relu { inputs b a  show G }
with sigma = z^2 { set C_W = 1/3, C_b = 0  show G  check by simulation widths 16 networks 100 depth 2 }
flow MLP with sigma = z { inputs [1, 1]  set C_W = 1, C_b = 0  depth 3  order 1/n  show G, V }
atlas sigma { relu, tanh }
claim "a": V' = C_W^2*(<s^4> - <s^2>^2) + chi_par^2*V for MLP, inputs one
claim "b": V' = 3*V for MLP, inputs one
"""


@pytest.fixture(scope="module")
def every_kind() -> Result:
    return pt.run_text(EVERY_KIND)


def test_there_is_one_outcome_for_every_task_in_the_order_of_the_file(every_kind: Result) -> None:
    kinds = [Recursions, Specialisation, Specialisation, Specialisation, FlowTable, Atlas, Verdict, Verdict]
    assert [type(outcome) for outcome in every_kind.outcomes] == kinds
    assert every_kind.refused == every_kind.errors == every_kind.defects == ()


def test_equations_are_data(every_kind: Result) -> None:
    (derived, *_) = every_kind.outcomes
    assert isinstance(derived, Recursions)
    assert [equation.name for equation in derived.asked["G"]] == ["K"] and set(derived.at_one_input) == {"V"}
    assert derived.at_one_input["V"].right == every_kind["V"].one_input.equation.right


def test_critical_points_and_exponents_are_data(every_kind: Result) -> None:
    block = every_kind.specialised["tanh"]
    (point,) = block.critical_points
    assert (point.kernel, point.hyperparameters, point.stability) == (0, {"C_b": 0, "C_W": 1}, "stable")
    assert block.criticality is not None and block.criticality.governing is point
    assert (block.exponents["V/(nK^2)"], block.amplitudes["V/(nK^2)"]) == (1, sympy.Rational(2, 3))
    assert block.classification is not None and block.classification.label == "K*=0"
    given = block.criticality.at_given
    assert given is not None and given.given == {"C_b": 0} and isinstance(given.kept, Keeping)
    assert given.kept.free == "C_W" and given.kept.at is not None
    nodes, weights = numpy.polynomial.hermite_e.hermegauss(80)
    mean = float(weights @ numpy.tanh(nodes) ** 2 / weights.sum())
    assert float(given.kept.value) == pytest.approx(1 / mean, rel=1e-6)  # C_W <tanh^2>_1 = 1


def test_blocks_are_found_by_their_activation(every_kind: Result) -> None:
    blocks = every_kind.specialised
    assert [block.label for block in blocks] == ["tanh", "relu", "z^2"] and blocks["relu"] is blocks[1]
    assert list(blocks[1:]) == list(blocks)[1:]
    with pytest.raises(KeyError, match="no blocks have gelu, of these in the order of the file: tanh, relu, z\\^2"):
        blocks["gelu"]


def test_closed_forms_are_called_as_they_are_written(every_kind: Result) -> None:
    """Inputs b, a: the page has K'[a,b], whatever their order."""
    block = every_kind.specialised["relu"]
    assert set(block.closed_forms) == {"K'[b,b]", "K'[a,b]", "K'[a,a]"}
    written = {displayed(one.equation, one.inputs).left_text() for one in block.equations}
    assert written == set(block.closed_forms)


def test_checks_keep_what_they_compared(every_kind: Result) -> None:
    for check in every_kind.specialised["tanh"].checks:
        assert isinstance(check, QuadratureResult) and check.verdict.kind is Kind.CHECKED
        assert all(abs(one.engine - one.witness) <= one.error for one in check.comparisons)
    (check,) = every_kind.specialised["z^2"].checks
    assert isinstance(check, SimulationResult) and (check.width, check.depth, check.networks) == (16, 2, 100)
    (one,) = check.compared
    assert (one.tensor, one.layer) == ("G", 2) and abs(one.simulated - one.predicted) <= 6 * one.error + one.left_out
    assert check.verdict in every_kind.verdicts


def test_flows_atlases_and_verdicts_are_data(every_kind: Result) -> None:
    (flow,) = every_kind.flows
    assert flow.values[3]["V"]["0,0,0,0"].coefficient(0) == 4  # deep linear: V = 2 (l - 1) K^2 / n
    assert flow.uncertain == {} and flow.numbers[3]["V"]["0,0,0,0"][0].digits is None
    (atlas,) = every_kind.atlases
    assert [one.label for one in atlas.classifications] == ["scale-invariant", "K*=0"]
    assert (atlas.bias, atlas.weight, atlas.vertex_ratio) == ("C_b", "C_W", "V/(nK^2)")
    assert [verdict.kind for verdict in every_kind.verdicts[-2:]] == [Kind.PROVED, Kind.REFUTED]
    assert every_kind.verdicts[-1].counterexample is not None


def test_what_goes_wrong_is_kept_beside_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "partly.deriv"
    path.write_text(
        "ptheory 1\ninclude mlp\nderive G to order exact\nderive V\n"
        'claim "no": V\' = nonsense for MLP, inputs one\n'
        'claim "yes": K\' = C_b + C_W*<s^2> for MLP, inputs one\n',
        "utf-8",
    )
    result = pt.attempt(path)
    assert list(result) == ["V"] and result.exit_code == 2
    assert [verdict.kind for verdict in result.verdicts] == [Kind.UNREADABLE, Kind.PROVED]
    assert [one.where.removeprefix(f"{path}:") for one in result.refused] == ["3: derive G", "5: claim no"]
    assert [str(one.error) for one in result.refused] == [str(error) for error in result.errors]
    with pytest.raises(LanguageError):
        pt.run(path)


def test_a_name_that_cannot_be_derived_takes_no_other_with_it(tmp_path: Path) -> None:
    path = tmp_path / "residual.deriv"
    path.write_text("ptheory 1\ninclude residual\nderive V, G for Residual\n", "utf-8")
    result = pt.attempt(path)
    (derived,) = result.outcomes
    assert isinstance(derived, Recursions) and list(derived.asked) == ["G"] and list(result) == ["K", "G"]
    (error,) = result.errors
    assert derived.refused == (error,) and "V: for Residual" in error.message and result.exit_code == 2
    assert [section.title for section in result.report.sections] == ["Recursions of Residual"]
