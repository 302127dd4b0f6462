"""``run --to json`` and back: the same values and expressions; what is no such file is refused where it stands."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import mpmath
import pytest
import sympy

import ptheory as pt
from ptheory.language import LanguageError
from tests.reported.running import ptheory

TEXT = """ptheory 1
include mlp
derive G to order 1/n
derive V
with sigma = relu { inputs x y; show G, V }
with sigma = hard_tanh { inputs a b; show G }
with sigma = tanh { critical; exponents V }
with sigma = selu { inputs one; show V }
flow MLP with sigma = z + z^2/4 { inputs [1/2, 3/4]  set C_b = 1/10, C_W = 6/5  depth 3  order 1/n  show G, V }
flow MLP with sigma = tanh { inputs [1/2, 3/4]  set C_b = 1/10, C_W = 6/5  depth 2  digits 20  show G }
claim "vertex": V' = C_W^2*(<s^4> - <s^2>^2) + chi_par^2*V for MLP, inputs one
claim "wrong": V' = C_W^2*(<s^4> - <s^2>^2) + chi_par*V for MLP, inputs one
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("json")
    (folder / "case.deriv").write_text(TEXT, "utf-8")
    assert ptheory("run", folder / "case.deriv", "--to", "json", "-o", folder).code == 1
    return folder / "case.json"


@pytest.fixture(scope="module")
def ran() -> Any:
    return pt.run_text(TEXT)


def test_the_same_comes_back(written: Path, ran: Any) -> None:
    loaded = pt.load_json(written)
    assert loaded.version == pt.__version__ and loaded.exit_code == ran.exit_code == 1
    assert set(loaded) == {one for one in ran if "." not in one and one != "G"} and len(loaded) == 3
    assert loaded["V"].left == "V'[1,2,3,4]" and loaded["K"].latex == ran["K"].latex()
    assert [v.kind for v in loaded.verdicts] == [v.kind for v in ran.verdicts]
    assert loaded.verdicts[1].data["counterexample"]["values"]  # type: ignore[index, call-overload]
    (point,), (found,) = loaded.critical_points, ran.specialised["tanh"].critical_points
    assert point.kernel == found.kernel and point.hyperparameters == found.hyperparameters
    assert point.stability == found.stability
    assert loaded.tables and loaded.tables[0].rows


def test_closed_forms_are_the_same_expressions(written: Path, ran: Any) -> None:
    loaded = [one for one in pt.load_json(written).specialised if one.closed_form is not None]
    derived = [one for block in ran.specialised for one in block.equations if one.closed_form is not None]
    assert len(loaded) >= 12 and all(one.closed_form_text for one in loaded)
    by_left = {(one.left, one.bindings["sigma"]): one.closed_form for one in loaded}
    for one in derived:
        key = (one.left_side, one.bindings["sigma"])
        if key in by_left:
            assert sympy_equal(by_left[key], one.to_sympy()), key
    assert {activation for _, activation in by_left} >= {"relu", "hard_tanh"}


def sympy_equal(left: Any, right: Any) -> bool:
    """Equal as written, or at numbers where a product was multiplied out in writing."""
    if left == right:
        return True
    at = {symbol: sympy.Rational(k + 9, 7) for k, symbol in enumerate(sorted(right.free_symbols, key=str))}
    at |= {symbol: sympy.Rational(1, 3) for symbol in at if symbol.name == "K_12"}  # a covariance
    return bool(left.free_symbols == right.free_symbols and abs(left.subs(at).n(20) - right.subs(at).n(20)) < 1e-12)


def test_flows_are_the_same_numbers(written: Path, ran: Any) -> None:
    for loaded, flow in zip(pt.load_json(written).flows, ran.flows, strict=True):
        for layer, tensors in flow.values.items():
            for name, components in tensors.items():
                for key, series in components.items():
                    for read, number in zip(loaded.values[layer][name][key], series.coefficients, strict=True):
                        assert read == number or abs(read - number) < mpmath.mpf(10) ** -19 * abs(number)


def test_what_is_loaded_is_frozen(written: Path) -> None:
    loaded = pt.load_json(written)
    with pytest.raises(dataclasses.FrozenInstanceError):
        loaded.exit_code = 0  # type: ignore[misc]
    with pytest.raises(KeyError, match=r"W was not derived in .*case.deriv; derived: K, G1, V"):
        loaded["W"]


def changed(document: Any, way: list[Any], value: Any) -> str:
    *above, last = way
    inner = document
    for step in above:
        inner = inner[step]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return json.dumps(document)


@pytest.mark.parametrize(
    "way, value, message",
    [
        (["format"], 2, "format is 2, not 1, the format that this version reads"),
        (["format"], None, "not an object with the key 'format'"),
        (["sections", 0, "items", 0, "order"], "x", r'sections[0].items[0].order is "x", not a whole number'),
        (["sections", 0, "items", 0, "rhs"], 3, r"sections[0].items[0].rhs is 3, not a string"),
        (["flows", 0, "layers", 0, "V", "0,0,0,0"], ["1/0"], 'flows[0].layers[0].V.0,0,0,0[0] is "1/0", not a number'),
        (["verdicts", 0, "verdict"], "true", 'verdicts[0].verdict is "true", not one of proved,'),
        (["sections"], {}, "sections is {}, not a list"),
    ],
)
def test_a_value_that_is_none_is_named(written: Path, tmp_path: Path, way: list[Any], value: Any, message: str) -> None:
    path = tmp_path / "changed.json"
    path.write_text(changed(json.loads(written.read_text("utf-8")), way, value), "utf-8")
    with pytest.raises(LanguageError) as caught:
        pt.load_json(path)
    assert (
        message in str(caught.value) and str(path) in str(caught.value) and "help: write it with" in str(caught.value)
    )


@pytest.mark.parametrize(
    "text, message",
    [
        ('{"format": 1,\n "x": }', ":2:7: error: this is no JSON"),
        ("[" * 100_000, "nested too deep"),
        ("[]", "the document is [], not an object"),
        ("", "this is no JSON"),
    ],
)
def test_no_json(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text, "utf-8")
    with pytest.raises(LanguageError) as caught:
        pt.load_json(path)
    assert message in str(caught.value)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(LanguageError, match="no such file"):
        pt.load_json(tmp_path / "nowhere.json")
