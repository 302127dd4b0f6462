"""The whole tower at large depth: published exponents and amplitudes, and an independent iteration."""

import pytest
import sympy as sp

from ptheory.activations import lookup
from ptheory.criticality.asymptotics import SHIFT, equivalence_rates, fixed_rates, solve_tower
from ptheory.criticality.fixed_points import critical_points
from ptheory.criticality.line import KERNEL_SYMBOL as K
from ptheory.criticality.line import solve_line
from ptheory.criticality.linear_recursions import depth_of
from ptheory.criticality.local import local_flow
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.universality import governing_point
from tests.criticality.hand_made import mlp
from tests.criticality.iterated import iterate, sin_jets, softsign_jets, tanh_jets

R = sp.Rational
X = sp.Symbol("x", positive=True)
LAMBDA_B, LAMBDA_W = sp.Symbol("lambda_b", positive=True), sp.Symbol("lambda_W", positive=True)


def local(name):
    spec = SpecialisedSystem(mlp(), (lookup(name),))
    return local_flow(spec, governing_point(critical_points(spec).points))


def solve(name, which, orders=1, names=None):
    about = local(name)
    rates = (
        fixed_rates(about.system)
        if which == "fixed"
        else equivalence_rates(about.system, about.expand, about.flow, "Theta")
    )
    return solve_tower(about.system, about.expand, about.flow, about.kernel, rates, orders, names)


@pytest.mark.parametrize("name", ["sin"])
def test_rates_of_the_equivalence_principle_give_the_published_growth(name):
    tower = solve(name, "equivalence", orders=0)
    assert {str(rate): power for rate, power in tower.rates.powers.items()} == {"lambda_b": -1, "lambda_W": 0}
    assert tower.ratio("V", "K", "K").power == 1
    assert tower.ratio("V", "K", "K").amplitude == R(2, 3)
    theta = ("Theta",)
    grows_as_depth = {"D": ("K", *theta), "F": ("K", *theta), **dict.fromkeys("ABQP", theta * 2)}
    for quantity, denominator in grows_as_depth.items():
        assert tower.ratio(quantity, *denominator).power == 1, quantity
    for quantity in ("R", "S", "T"):
        assert tower.ratio(quantity, *theta * 3).power + tower.behaviours["K"].power == 1, quantity
    assert tower.ratio("U", *theta * 3).power + tower.behaviours["K"].power < 0


def test_scale_invariant_networks_are_polynomial_in_depth():
    zeros = dict.fromkeys(("V", "F", "B", "D", "A", "Q", "P", "R", "S", "T", "U"), sp.Integer(0))
    depth = sp.Symbol("l", positive=True)
    for name, slope, weight in (("linear", 2, 1), ("relu", 5, 2)):
        spec = SpecialisedSystem(mlp(), (lookup(name),))
        point = governing_point(critical_points(spec).points)
        assert (point.C_b, point.C_W, point.K_star) == (0, weight, None)
        hyper = {spec.system.weight: point.C_W, spec.system.bias: point.C_b}
        solved = solve_line(spec, hyper, fixed_rates(spec.system), zeros)
        assert sp.expand(solved.expressions["V"] - slope * (depth - 1) * K**2) == 0
        slope_theta = sp.expand(solved.expressions["Theta"]).coeff(depth)
        assert sp.expand(slope_theta - (LAMBDA_B + LAMBDA_W * K / weight)) == 0
        below_of = {**dict.fromkeys("DF", ("K", "Theta")), **dict.fromkeys("AB", ("Theta", "Theta"))}
        for quantity, below in below_of.items():
            assert solved.ratio_growth(quantity, *below)[0] == 1, quantity
        if name == "linear":
            assert solved.expressions["P"] == solved.expressions["R"] == solved.expressions["U"] == 0
            assert solved.ratio_growth("S", *("Theta",) * 3)[0] == 1
        else:
            assert "S" in solved.failures, "<ReLU''^2> diverges and may not be given a value"


CASES = [
    ("tanh", tanh_jets, 1.0, 0.3, "fixed", 3, 2e-7),
    ("tanh", tanh_jets, 1.0, 0.3, "equivalence", 2, 1e-7),
    ("sin", sin_jets, 1.0, 0.5, "fixed", 3, 2e-7),
    # K^(1/2) = 0.002 at layer 300: three orders in it are worth 1e-6
    ("softsign", softsign_jets, 1.0, 0.02, "fixed", 2, 1e-6),
]


@pytest.mark.parametrize(("name", "jets", "weight", "start", "which", "orders", "tolerance"), CASES)
def test_the_solved_tower_predicts_the_iterated_recursion(name, jets, weight, start, which, orders, tolerance):
    """Free constants fitted at layer 300; every quantity then predicted at layer 3000."""
    names = None if which == "fixed" and name != "softsign" else ("Theta", "V", "F", "B")
    tower = solve(name, which, orders, names)
    powers = {str(rate): float(power) for rate, power in tower.rates.powers.items()}
    numbers = {LAMBDA_B: 0.7, LAMBDA_W: 0.4}
    first, second = 300, 3000
    found = iterate(
        jets,
        weight,
        start,
        [first, second],
        lambda layer: 0.7 * layer ** powers["lambda_b"],
        lambda layer: 0.4 * layer ** powers["lambda_W"],
    )
    depth = depth_of(tower.flow).to_expr(X)
    shift = float(depth.subs(X, found[first]["K"])) - first
    values = {**numbers, SHIFT: shift}
    assert abs(float(depth.subs(X, found[second]["K"])) - second - shift) < 3e-3
    for quantity, behaviour in tower.behaviours.items():
        if quantity == "K":
            continue
        expression = behaviour.in_distance.to_expr(X).xreplace(values)
        constant = sp.Symbol(f"c_{quantity}", real=True)
        at_first = sp.expand(expression.subs(X, found[first]["K"]))
        fitted = (found[first][quantity] - at_first.coeff(constant, 0)) / at_first.coeff(constant, 1)
        values[constant] = fitted
        predicted = float(expression.subs(X, found[second]["K"]).subs(constant, fitted))
        assert abs(predicted / found[second][quantity] - 1) < tolerance, (quantity, predicted, found[second][quantity])
