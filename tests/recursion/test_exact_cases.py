"""The engine against exact finite-width values on file: linear and quadratic networks, layers 1 to 3."""

from __future__ import annotations

import json
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.recursion.front_end import EngineFlow, correlator, vectors

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).resolve().parents[1] / "oracles" / "exact_cases.json").read_text("utf-8")
)["cases"]
ORDERS = {("quad", 3, "V6"): 3, ("quad", 3, "V8"): 1}  # of 6, 8: deriving the rest takes minutes
TRAINING = ("Theta", "D", "F", "A", "B", "P", "Q", "R", "S", "T", "U")


def polynomial(coefficients: list[str]) -> str:
    return " + ".join(f"({c})*z^{k}" for k, c in enumerate(coefficients) if Fraction(c))


@cache
def flow_for(model: str, inputs: int) -> EngineFlow:
    case = next(c for c in CASES if c["id"].startswith(f"{model}/x{inputs}/"))
    values = ", ".join(f"{name} = {case[name]}" for name in ("C_b", "C_W", "lambda_b", "lambda_W"))
    return EngineFlow(
        "ptheory 1\ninclude mlp\ninclude observables\n"
        + correlator("V6", 6)
        + correlator("V8", 8)
        + f"flow MLP with sigma = {polynomial(case['coeffs'])} {{\n"
        f"    inputs {vectors(case['inputs'])}\n    set {values}\n    depth 3\n    order exact\n    show G, V\n}}\n"
    )


def exact(case: dict[str, Any]) -> list[Fraction]:
    return [Fraction(c) for c in case["powers_of_1_over_n"]]


def groups(tensors: tuple[str, ...], key: str, slow: set[str]) -> list[Any]:
    """The cases of these tensors, one test per ``key``; quadratic networks of slow tensors go to the slow lane."""
    found: dict[str, list[dict[str, Any]]] = {}
    for case in CASES:
        if case["tensor"] in tensors:
            model, inputs, layer, _ = case["id"].split("/")
            name = key.format(model=model, inputs=inputs, layer=layer, tensor=case["tensor"])
            found.setdefault(name, []).append(case)

    def marks(name: str) -> list[pytest.MarkDecorator]:
        return [pytest.mark.slow] if name.startswith("quad") and name.rpartition("/")[2] in slow else []

    return [pytest.param(cases, id=name, marks=marks(name)) for name, cases in found.items()]


@pytest.mark.parametrize("cases", groups(("G", "V"), "{model}/{inputs}/{layer}/{tensor}", set()))
def test_two_and_four_points_at_every_order(cases: list[dict[str, Any]]) -> None:
    for case in cases:
        model, inputs, _, _ = case["id"].split("/")
        values = exact(case)
        samples = [int(sample) for sample in case["subscript"]]
        flow = flow_for(model, int(inputs[1:]))
        found = flow.coefficients(case["layer"], case["tensor"], samples, len(values) + 1)
        assert found == [*values, 0], case["id"]


@pytest.mark.parametrize("cases", groups(("V6", "V8"), "{model}/{inputs}/{layer}/{tensor}", {"V6", "V8"}))
def test_six_and_eight_points(cases: list[dict[str, Any]]) -> None:
    for case in cases:
        model, inputs, _, _ = case["id"].split("/")
        values = exact(case)[: ORDERS.get((model, case["layer"], case["tensor"]), 10)]
        samples = [int(sample) for sample in case["subscript"]]
        flow = flow_for(model, int(inputs[1:]))
        found = flow.coefficients(case["layer"], case["tensor"], samples, len(values))
        assert found == values, case["id"]


@pytest.mark.parametrize("cases", groups(TRAINING, "{model}/{layer}/{tensor}", {"R", "S", "T", "U"}))
def test_the_tangent_kernel_family_to_next_to_leading_order(cases: list[dict[str, Any]]) -> None:
    """Also cases of one input, as components of two-input tensors: the recursions are derived once per test."""
    for case in cases:
        values = [*exact(case), Fraction(0)][:2]
        samples = [int(sample) for sample in case["subscript"]]
        flow = flow_for(case["id"].split("/")[0], 2)
        assert flow.coefficients(case["layer"], case["tensor"], samples, 2) == values, case["id"]


def test_every_tensor_on_file_is_covered() -> None:
    assert {case["tensor"] for case in CASES} == {"G", "V", "V6", "V8", *TRAINING}
    assert len(CASES) == 390
