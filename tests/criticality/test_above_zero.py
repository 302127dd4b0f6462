"""The tower at an isolated K* > 0, and on the way there, against the published recursions iterated in doubles."""

import sympy as sp

import ptheory as pt
from ptheory.activations import Z, from_formula, lookup
from ptheory.criticality.fixed_points import critical_points
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.universality import classify_system, governing_point
from tests.criticality.hand_made import mlp
from tests.criticality.iterated import gelu_jets, iterate, polynomial_jets
from tests.criticality.test_tower_exponents import DIMENSIONS

RATES = {"lambda_b": 0.7, "lambda_W": 0.4}
HALF_STABLE = [0.0, 1.0, 1.0, -0.4]  # z + z^2 - 2 z^3/5: K* = 5/36, and K* = 0 is unstable
LAYERS = [1000, 2000, 4000]
SHORT = [150, 300, 600, 1200]


def extrapolated(layers, values):
    """The limit of a polynomial in 1/l through the values."""
    total = 0.0
    for j, value in enumerate(values):
        weight = 1.0
        for k, layer in enumerate(layers):
            if k != j:
                weight *= layers[j] / (layers[j] - layer)
        total += weight * value
    return total


def spec_of(coefficients):
    return SpecialisedSystem(
        mlp(), (from_formula("p", sum(sp.nsimplify(c) * Z**k for k, c in enumerate(coefficients))),)
    )


def point_and_tower(spec):
    found = classify_system(spec, "sigma", dimensions=DIMENSIONS)
    assert found.label == "half-stable"
    return governing_point(found.critical_points), found.tower


def iterated(jets, point, start, layers=LAYERS):
    rates = [lambda layer, rate=rate: RATES[rate] for rate in ("lambda_b", "lambda_W")]
    return iterate(jets, float(point.C_W), start, layers, *rates, c_b=float(point.C_b))


def test_the_point_of_the_polynomial():
    point = governing_point(critical_points(spec_of(HALF_STABLE)).points)
    assert point.K_star == sp.Rational(5, 36)


def check_at_the_point(spec, jets, layers):
    point, (at_point, _) = point_and_tower(spec)
    assert at_point.title == "fixed rates, K = K*" and not at_point.failures
    found = iterated(jets, point, float(point.K_star), layers)
    growths = {g.name: g for g in at_point.growths if g.name == g.tensor}
    assert set(growths) == set(DIMENSIONS)
    for name, growth in growths.items():
        amplitude = float(growth.amplitude.subs({s: RATES[s.name] for s in growth.amplitude.free_symbols}))
        ratios = [found[layer][name] / (amplitude * layer ** float(growth.power)) for layer in layers]
        assert abs(extrapolated(layers, ratios) - 1) < 1e-5, (name, ratios)
    return growths


def test_every_tensor_where_the_kernel_stays():
    growths = check_at_the_point(spec_of(HALF_STABLE), polynomial_jets(HALF_STABLE), SHORT)
    assert {name: int(g.power) for name, g in growths.items()} == {
        "Theta": 1, "V": 1, "D": 3, "F": 2, "A": 5, "B": 3, "P": 3, "Q": 4, "R": 5, "S": 5, "T": 6, "U": 4,
    }  # fmt: skip


def test_every_tensor_of_gelu_where_the_kernel_stays():
    check_at_the_point(SpecialisedSystem(mlp(), (lookup("gelu"),)), gelu_jets, SHORT)


def test_every_ratio_on_the_way():
    """What the first layers decide, c_Theta, leaves the ratios; they settle as 1/l."""
    point, (_, on_the_way) = point_and_tower(spec_of(HALF_STABLE))
    assert on_the_way.title == "fixed rates, K tends to K*" and not on_the_way.failures
    side = 1 if point.above == "stable" else -1
    found = iterated(polynomial_jets(HALF_STABLE), point, float(point.K_star) * (1 + side / 4))
    ratios = {g.tensor: g for g in on_the_way.growths if g.name != g.tensor}
    assert set(ratios) == set(DIMENSIONS) - {"Theta"}
    for name, growth in ratios.items():
        dimension = DIMENSIONS[name]

        def value(layer, name=name, dimension=dimension):
            x = found[layer]
            return x[name] / (x["K"] ** float(dimension.kernel) * x["Theta"] ** dimension.tangent)

        scaled = [value(layer) / (float(growth.amplitude) * layer ** float(growth.power)) for layer in LAYERS]
        assert abs(extrapolated(LAYERS, scaled) - 1) < 0.01, (name, scaled)


def test_both_places_are_shown():
    text = "ptheory 1\ninclude mlp\ninclude observables\nwith sigma = gelu { exponents V, Theta, D }\n"
    result = pt.run_text(text)
    report = str(result.report)
    assert "fixed rates, K = K*" in report and "fixed rates, K tends to K*" in report
    tower = result.specialised["gelu"].classification.tower
    listed = {(s.place, g.name): g for s in tower for g in s.growths}
    assert listed["K = K*", "D/(nKTheta)"].power == 2
    there, towards = (listed[place, "V/(nK^2)"].amplitude for place in ("K = K*", "K tends to K*"))
    assert abs(towards * 5 / there - 1) < 1e-15  # the parallel susceptibility 1 - 2/l takes V down fivefold
