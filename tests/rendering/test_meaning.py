"""Emitted text means what was derived: parsed and evaluated exactly, it equals the flow of the recursion."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
import sympy

from ptheory.activations import Z, from_formula
from ptheory.flows.flow import Flow
from ptheory.flows.layer_values import FlowSetting, constant_scalars
from ptheory.networks.architecture import Architecture
from ptheory.networks.fields import Field
from ptheory.recursion.equation import Equation
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import Leg, Tensor, covariance, tensor
from ptheory.rendering.written_equations import displayed

from .architectures import GATED, MLP, POLYNOMIAL, TWO_ACTIVATIONS, recursion
from .reading import Reader, claim_sides

SCALARS = {"C_b": Fraction(1, 10), "C_W": Fraction(6, 5), "C_U": Fraction(3, 4)}
INPUTS = ((Fraction(1, 2), Fraction(3, 4)), (Fraction(1), Fraction(-1, 3)))
WIDTHS = (Fraction(1), Fraction(2), Fraction(1, 2))
BELOW = 2  # the layer read
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sigma": lambda z: z + z**2 / sympy.Integer(4),
    "tau": lambda z: z**2 / sympy.Integer(3) - 1,
    "phi": lambda z: z + z**2 / sympy.Integer(4) - z**3 / sympy.Integer(9),
}
FUNCTIONS["s"] = FUNCTIONS["sigma"]


def flow_of(equation: Equation) -> Flow:
    bound = {name: from_formula(name, FUNCTIONS[name](Z)) for name in ("sigma", "tau")}
    setting = FlowSetting(INPUTS, constant_scalars(SCALARS), bound, WIDTHS)
    return Flow(equation.system, setting)


def reader_of(flow: Flow, architecture: Architecture, samples: tuple[int, ...], one_input: bool) -> Reader:
    fields = architecture.fields
    legs = {}
    values: dict[str, Fraction] = dict(SCALARS)
    at = {}
    for field, sample in product(fields, samples):
        label = "" if one_input else str(sample)
        legs[f"{field}{label}" if len(fields) > 1 else label] = f"{field}{label}"
        at[f"{field}{label}"] = Leg(Field(field), Sample(sample))
    cov = {(a, b): flow.kernel(BELOW, at[a], at[b]) for a in at for b in at}

    def record(names: tuple[str, ...], labels: tuple[str, ...], target: Tensor) -> None:
        for name in names:
            inside = f"[{','.join(labels)}]" if any(labels) else ""
            values[name + inside] = flow.value(BELOW, target)

    for a, b in product(legs, repeat=2):
        pair = covariance(at[legs[a]], at[legs[b]])
        record(("K",), (a, b), tensor((pair,)))
        record(("G1",), (a, b), tensor((pair,), 1))
        for c, d in product(legs, repeat=2):
            record(("V",), (a, b, c, d), tensor((pair, covariance(at[legs[c]], at[legs[d]]))))
    if len(fields) > 1:  # declared names carry samples only
        u, v = map(Field, fields)
        for a, b in product(samples, repeat=2):
            x, y = ("", "") if one_input else (str(a), str(b))
            record(("K",), (x, y), tensor((covariance(Leg(u, Sample(a)), Leg(u, Sample(b))),)))
            record(("G1",), (x, y), tensor((covariance(Leg(u, Sample(a)), Leg(u, Sample(b))),), 1))
            for c, d in product(samples, repeat=2):
                labels = ("",) * 4 if one_input else (str(a), str(b), str(c), str(d))
                pair = (
                    covariance(Leg(u, Sample(a)), Leg(u, Sample(b))),
                    covariance(Leg(v, Sample(c)), Leg(v, Sample(d))),
                )
                record(("V",), labels, tensor(pair))
    values["n[l]"], values["n[l+-1]"] = WIDTHS[BELOW - 1], WIDTHS[BELOW - 2]
    return Reader(values, FUNCTIONS, legs, cov)


ARCHITECTURES = [MLP, TWO_ACTIVATIONS, POLYNOMIAL, GATED]
TENSORS = [("G", 0), ("G", 1), ("V", 0)]


@pytest.mark.parametrize("name, order", TENSORS)
@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda a: a.name)
@pytest.mark.parametrize("unicode", [False, True], ids=["ascii", "unicode"])
def test_one_input(architecture: Architecture, name: str, order: int, unicode: bool) -> None:
    equation = recursion(architecture, name, order)
    flow = flow_of(equation)
    shown = displayed(equation.at_one_input())
    reader = reader_of(flow, architecture, (1,), one_input=True)
    for definition in shown.where_text(unicode=False):
        left, right = definition.split(" = ", 1)
        if left.startswith("chi"):
            reader.values[left] = reader.number(claim_sides(f"{left} = {right}")[1], {})  # type: ignore[index]
    _, right = claim_sides(shown.text(unicode))
    assert reader.number(right, {}) == flow.value(BELOW + 1, equation.at_one_input().target)


@pytest.mark.parametrize("name, order", TENSORS)
@pytest.mark.parametrize("architecture", ARCHITECTURES[:3], ids=lambda a: a.name)
def test_symbolic_samples(architecture: Architecture, name: str, order: int) -> None:
    equation = recursion(architecture, name, order)
    flow = flow_of(equation)
    shown = displayed(equation)
    samples = {leg.sample: 1 + (leg.sample - 1) // 2 % 2 for leg in equation.target.legs}
    if len(samples) == 2:
        samples = {1: 1, 2: 2}
    reader = reader_of(flow, architecture, (1, 2), one_input=False)
    _, right = claim_sides(shown.text(unicode=False))
    concrete = Renamed(reader, samples)
    assert concrete.number(right, {}) == flow.value(BELOW + 1, equation.at(samples).target)


class Renamed(Reader):
    """Slots 1, 2, ... stand for chosen samples; each keeps its own variable, so that derivatives act slot by slot."""

    def __init__(self, reader: Reader, samples: dict[int, int]) -> None:
        legs = {str(slot): f"z{slot}" for slot in samples}
        cov = {
            (f"z{s}", f"z{t}"): reader.covariance[f"z{samples[s]}", f"z{samples[t]}"] for s in samples for t in samples
        }
        super().__init__(reader.values, reader.functions, legs, cov)
        self.samples = samples

    def argument(self, node: Any, dummies: Any) -> str:
        written = super().argument(node, dummies)
        return str(self.samples[int(written)]) if written.isdigit() else written


@pytest.mark.parametrize("architecture", ARCHITECTURES[:3], ids=lambda a: a.name)
@pytest.mark.parametrize("unicode", [False, True], ids=["ascii", "unicode"])
def test_two_inputs(architecture: Architecture, unicode: bool) -> None:
    equation = recursion(architecture, "V")
    flow = flow_of(equation)
    concrete = equation.at({1: 1, 2: 2, 3: 1, 4: 2})
    reader = reader_of(flow, architecture, (1, 2), one_input=False)
    _, right = claim_sides(displayed(concrete).text(unicode))
    assert reader.number(right, {}) == flow.value(BELOW + 1, concrete.target)


@pytest.mark.parametrize("name, order", TENSORS)
def test_explicit_form_of_a_polynomial_layer(name: str, order: int) -> None:
    equation = recursion(POLYNOMIAL, name, order)
    flow = flow_of(equation)
    shown = displayed(equation.at_one_input())
    reader = reader_of(flow, POLYNOMIAL, (1,), one_input=True)
    assert shown.explicit is not None
    from ptheory.rendering.text import text_writer

    text = text_writer(shown.notation, unicode=False).sum(shown.explicit)
    _, right = claim_sides(f"X = {text}")
    assert reader.number(right, {}) == flow.value(BELOW + 1, equation.at_one_input().target)
