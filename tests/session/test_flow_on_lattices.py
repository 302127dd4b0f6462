"""Flows of few digits in float64: the same digits as the enclosed numbers, less time, and a note that says so."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath
import pytest

import ptheory as pt
from ptheory.flows import on_lattices
from ptheory.flows.on_lattices import known_on_lattices
from ptheory.flows.twins import Twin, both, on_each
from ptheory.rendering.flow_items import flow_text
from ptheory.results.flow_numbers import FlowTable
from ptheory.session.run import run_file

NOTE = "note: numbers are estimated in float64, with the digits to which a second lattice agrees"
FLOW = """ptheory 1
include mlp
include residual
include gated
include observables
flow {network} with sigma = {sigma} {{
    inputs {inputs}
    set {values}
    depth {depth}
    digits {digits}
    show {show}
}}
"""


def flow(folder: Path, digits: int, network: str = "MLP", sigma: str = "tanh", **settings: Any) -> FlowTable:
    given = {"inputs": "[1, 0] [3/5, 4/5]", "values": "C_b = 1/10, C_W = 6/5", "depth": 3, "show": "G, V", **settings}
    path = folder / "flow.deriv"
    path.write_text(FLOW.format(network=network, sigma=sigma, digits=digits, **given), "utf-8")
    (table,) = run_file(path).flows
    return table


def agree(found: FlowTable, enclosed: FlowTable) -> int:
    """How many numbers have all the digits that are printed of them right."""
    count = 0
    for layer, tensors in found.numbers.items():
        for name, components in tensors.items():
            for key, numbers in components.items():
                for number, exact in zip(numbers, enclosed.numbers[layer][name][key], strict=True):
                    if number.digits is None:
                        assert number.value == exact.value
                        continue
                    texts = {mpmath.nstr(mpmath.mpf(n.value), number.digits) for n in (number, exact)}
                    assert len(texts) == 1 and number.digits >= found.digits - 1, (layer, name, key, texts)
                    count += 1
    return count


CASES: list[dict[str, Any]] = [
    {"show": "G, V", "order": 1},
    {"sigma": "gelu", "inputs": "[1]", "depth": 8, "show": "G, V"},
    {"sigma": "erf", "values": "C_b = 1/10, C_W = 6/5, lambda_b = 1/5, lambda_W = 2/3", "show": "V, Theta, D, F"},
    {"network": "Residual", "inputs": "[1, 1]", "values": "C_b = 0, C_W = 1, xi = 7/10", "depth": 4},
    {"sigma": "sin", "inputs": "[1, 0] [0, 1]", "values": "C_b = 0, C_W = 6/5"},  # independent: V[0,0,1,1] is zero
]


@pytest.mark.parametrize("case", CASES)
def test_the_digits_of_lattices_are_those_of_enclosures(case: dict[str, Any], tmp_path: Path) -> None:
    settings = {k: v for k, v in case.items() if k != "order"}
    found, enclosed = (flow(tmp_path, digits, **settings) for digits in (8, 12))
    assert found.in_float64 and not enclosed.in_float64
    assert NOTE in flow_text(found) and NOTE not in flow_text(enclosed)
    assert agree(found, enclosed) >= 6


def test_kernels_that_shrink_keep_their_digits(tmp_path: Path) -> None:
    values = "C_b = 0, C_W = 1/10"
    found = flow(tmp_path, 8, inputs="[1]", values=values, depth=20, show="G, V")
    assert found.in_float64
    exact = flow(tmp_path, 12, inputs="[1]", values=values, depth=20, show="G, V")
    assert agree(found, exact) == 19 + 19


def test_kinks_are_enclosed_as_before(tmp_path: Path) -> None:
    found = flow(tmp_path, 8, sigma="elu", inputs="[1]", depth=2)
    assert not found.in_float64 and NOTE not in flow_text(found)


def test_what_is_rational_stays_so(tmp_path: Path) -> None:
    found = flow(tmp_path, 8, sigma="z + z^2/4", inputs="[1/2]")
    numbers = [n for t in found.numbers.values() for c in t.values() for ns in c.values() for n in ns]
    assert all(isinstance(n.value, Fraction) for n in numbers)
    assert not found.in_float64 and NOTE not in flow_text(found)


def test_lattices_that_never_agree_are_left_for_enclosures(tmp_path: Path) -> None:
    found = flow(tmp_path, 8, inputs="[1]", values="C_b = 0, C_W = 10^6", depth=2, show="G, V")
    assert not found.in_float64
    assert agree(found, flow(tmp_path, 12, inputs="[1]", values="C_b = 0, C_W = 10^6", depth=2, show="G, V")) >= 2


def test_digits_are_counted_from_the_difference() -> None:
    close, next_to_a_tie = (
        Twin(mpmath.mpf("1.2345678901"), mpmath.mpf("1.2345678902")),
        Twin(mpmath.mpf("1.23456785"), mpmath.mpf("1.2345678500001")),
    )
    found = known_on_lattices(lambda _: {"close": close, "tie": next_to_a_tie, "exact": Fraction(1, 3)}, 8)
    assert found is not None
    assert (found["close"].digits, found["tie"].digits, found["exact"].digits) == (8, 7, None)
    far = Twin(mpmath.mpf(1), mpmath.mpf("1.0000001"))
    assert known_on_lattices(lambda _: {"far": far}, 8) is None
    assert known_on_lattices(lambda _: {"zero": Twin(mpmath.mpf(0), mpmath.mpf(0))}, 8) is None


def test_twins_compute_each_by_itself() -> None:
    a, b = Twin(mpmath.mpf(2), mpmath.mpf(3)), Twin(mpmath.mpf(5), mpmath.mpf(7))
    assert both(a + b) == (7, 10) and both(a * b) == (10, 21) and both(a - b) == (-3, -4)
    assert both(1 - a) == (-1, -2) and both(Fraction(1, 2) * a) == (1, 1.5) and both(a / 2) == (1, 1.5)
    assert both(a**2) == (4, 9) and both(a + Fraction(0)) == (2, 3) and both(mpmath.mpf(2) * a) == (4, 6)
    assert both(on_each(lambda values: sum(values, Fraction(0)), [a, b, Fraction(1)])) == (8, 11)
    assert on_each(lambda values: values[0], [Fraction(1)]) == 1
    assert a == Twin(mpmath.mpf(2), mpmath.mpf(3)) and hash(a) == hash(Twin(mpmath.mpf(2), mpmath.mpf(3)))
    assert not Twin(mpmath.mpf(0), mpmath.mpf(0)) and Twin(mpmath.mpf(0), mpmath.mpf(1))


def test_few_lattices_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = flow(tmp_path, 8)
    monkeypatch.setattr(on_lattices, "MOST_KEPT", 1)
    assert flow(tmp_path, 8) == whole


@pytest.mark.parametrize("digits", [9, 12])
def test_nearly_equal_inputs_of_a_chaotic_network_take_more_working_digits(digits: int) -> None:
    """At few working digits their covariance is none; at twenty digits it is."""
    text = "ptheory 1\ninclude mlp\nflow MLP with sigma = sin {\n inputs [1, 0] [1, 1/1000000]\n set C_b = 0, C_W = 4\n"
    few, many = (
        pt.run_text(text + f" depth 6\n layers 6\n digits {d}\n show G\n}}\n").flows[0].numbers[6]["G"]
        for d in (digits, 20)
    )
    for key, (known,) in few.items():
        assert mpmath.almosteq(known.value, many[key][0].value, rel_eps=mpmath.mpf(10) ** (1 - digits))
