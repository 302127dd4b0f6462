"""The SymPy form of a right-hand side equals the flow of the recursion, its means taken by SymPy."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import sympy

from ptheory.activations import Z, from_formula
from ptheory.flows.flow import Flow
from ptheory.flows.layer_values import FlowSetting, constant_scalars
from ptheory.networks.fields import Field
from ptheory.recursion.places import Sample
from ptheory.recursion.susceptibilities import chi_par, chi_perp
from ptheory.recursion.tensors import Leg, covariance, tensor
from ptheory.recursion.to_sympy import GaussianMean, right_hand_side_to_sympy
from tests.rendering.architectures import MLP, recursion

SCALARS = {"C_b": Fraction(1, 10), "C_W": Fraction(6, 5)}


def moment(integrand: Any, variance: Any) -> Any:
    (z,) = integrand.free_symbols or {sympy.Symbol("z", real=True)}
    total = sympy.Integer(0)
    for (power,), coefficient in sympy.Poly(integrand, z).terms():
        if power % 2 == 0:
            total += coefficient * sympy.factorial2(power - 1) * variance ** (power // 2)
    return total


@pytest.mark.parametrize("name, order", [("G", 0), ("G", 1), ("V", 0)])
def test_one_input(name: str, order: int) -> None:
    equation = recursion(MLP, name, order).at_one_input()
    shape = from_formula("sigma", Z + Z**2 / 4)
    setting = FlowSetting(((Fraction(1, 2), Fraction(3, 4)),), constant_scalars(SCALARS), {"sigma": shape})
    flow = Flow(equation.system, setting)
    pair = covariance(Leg(Field("z"), Sample(1)), Leg(Field("z"), Sample(1)))
    below = {"K": tensor((pair,)), "G1": tensor((pair,), 1), "V": tensor((pair, pair))}
    values = {n: sympy.Rational(str(flow.value(2, t))) for n, t in below.items()}
    expression = right_hand_side_to_sympy(equation)
    concrete = expression.replace(sympy.Function("sigma"), lambda z: z + z**2 / 4).doit()
    concrete = concrete.replace(GaussianMean, lambda body, *_law: moment(sympy.expand(body), values["K"]))
    numbers = {**{n: sympy.Rational(str(v)) for n, v in SCALARS.items()}, **values}
    result = concrete.subs({s: 1 if s.is_positive else numbers[s.name] for s in concrete.free_symbols})
    assert result == sympy.Rational(str(flow.value(3, equation.target)))


def test_mean_prints_as_a_bracket() -> None:
    equation = recursion(MLP, "G").at_one_input()
    expression = right_hand_side_to_sympy(equation)
    assert str(expression) == "C_W*<sigma(z)**2> + C_b"
    assert r"\left\langle" in sympy.latex(expression)


def test_symbols_carry_samples() -> None:
    names = {s.name for s in right_hand_side_to_sympy(recursion(MLP, "G", 1)).free_symbols}
    assert {"G1_11", "G1_12", "G1_22", "V_1122", "V_1212"} <= names


def test_susceptibilities_are_derivatives_of_the_recursion() -> None:
    """At sigma = z + z^2/4: K' = C_b + C_W (K + 3 K^2/16), so chi_par = C_W (1 + 3K/8), chi_perp = C_W (1 + K/4)."""
    system = recursion(MLP, "G").system
    equation = recursion(MLP, "G").at_one_input()
    from dataclasses import replace

    kernel = sympy.Symbol("K", positive=True)
    for polynomial, expected in (
        (chi_par(system, 1), 1 + 3 * kernel / 8),
        (chi_perp(system, 1, 1), 1 + kernel / 4),
    ):
        expression = right_hand_side_to_sympy(replace(equation, right=polynomial))
        concrete = expression.replace(sympy.Function("sigma"), lambda z: z + z**2 / 4).doit()
        concrete = concrete.replace(GaussianMean, lambda body, *_law: moment(sympy.expand(body), kernel))
        assert sympy.expand(concrete - sympy.Symbol("C_W") * expected) == 0
