"""Exponents of polynomial activations end, and are those of the iterated recursion; searches end with a reason."""

from itertools import islice

import mpmath
import numpy as np
import pytest
import sympy as sp

from ptheory.activations import Z, from_formula
from ptheory.criticality import fixed_points
from ptheory.criticality import specialised as specialised_module
from ptheory.criticality.fixed_points import critical_points
from ptheory.criticality.local import local_flow
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.tower_exponents import tower_exponents
from ptheory.criticality.trapezoid import smooth_average
from ptheory.criticality.universality import classify_system, governing_point
from ptheory.expectations import Moment
from tests.criticality.hand_made import mlp
from tests.criticality.iterated import iterate
from tests.criticality.test_tower_exponents import DIMENSIONS
from tests.reported.running import FILES, ptheory

RATES = {"lambda_b": 0.7, "lambda_W": 0.4}


def specialised(coefficients):
    formula = sum(c * Z**k for k, c in enumerate(coefficients))
    return SpecialisedSystem(mlp(), (from_formula("p", formula),))


def test_the_reported_file_ends_with_the_exponents_of_tanh():
    """Smooth class with K*=0: Theta grows as l lambda_b/2 at fixed rates, is constant at equivalence rates."""
    ran = ptheory("run", FILES / "polynomial-tower.deriv", "--to", "json")
    assert ran.code == 0
    text = ran.out
    assert "lambda_b/2" in text and "equivalence rates" in text and "infinite series" not in text


POLYNOMIALS = {
    "cubic": ("0 1 0 -1/6", 0.3),
    "with a square": ("0 1 1/10 -1/10", 0.3),
    "degree five, another slope": ("0 2 1/5 -1 0 1/3", 0.05),
    "degree seven": ("0 1 0 -1/6 0 1/120 0 -1/5040", 0.3),
    "degenerate, a1 = 0": ("0 1 0 0 0 -1", 0.03),
}


def jets(coefficients):
    poly = np.polynomial.Polynomial([float(c) for c in coefficients])
    return lambda z: tuple(poly.deriv(m)(z) if m else poly(z) for m in range(4))


def at_infinity(layers, ratios, q):
    """The ratios extrapolated as polynomials in l^(-1/q)."""
    y = [layer ** (-1 / q) for layer in layers]
    return sum(r * np.prod([y[j] / (y[j] - y[k]) for j in range(len(y)) if j != k]) for k, r in enumerate(ratios))


@pytest.mark.parametrize("name", POLYNOMIALS)
def test_the_whole_tower_is_that_of_the_iterated_recursion(name):
    text, start = POLYNOMIALS[name]
    coefficients = [sp.Rational(part) for part in text.split()]
    spec = specialised(coefficients)
    local = local_flow(spec, governing_point(critical_points(spec).points))
    layers = [500, 1000, 2000] if local.flow.q == 1 else [1000, 2000, 4000]
    for scheme in islice(tower_exponents(local, DIMENSIONS), 2 if name == "with a square" else 1):
        powers = {rate: float(power) for rate, power in scheme.powers.items()}
        found = iterate(
            jets(coefficients), float(coefficients[1]) ** -2, start, layers,
            lambda layer, p=powers["lambda_b"]: RATES["lambda_b"] * layer**p,
            lambda layer, p=powers["lambda_W"]: RATES["lambda_W"] * layer**p,
        )  # fmt: skip
        growths = {g.name: g for g in scheme.growths if g.name == g.tensor}
        assert set(growths) == set(DIMENSIONS) and not scheme.failures
        for quantity, growth in growths.items():
            amplitude = float(growth.amplitude.subs({s: RATES[s.name] for s in growth.amplitude.free_symbols}))
            ratios = [found[layer][quantity] / (amplitude * layer ** float(growth.power)) for layer in layers]
            assert abs(at_infinity(layers, ratios, float(local.flow.q)) - 1) < 0.02, (scheme.rates, quantity, ratios)


def mean(function, kernel, points=6000, reach=12):
    """The midpoint rule in double precision."""
    x = (np.arange(points) + 0.5) * (2 * reach / points) - reach
    return float(np.sum(np.exp(-x * x / 2) * function(np.sqrt(kernel) * x)) * (2 * reach / points) / np.sqrt(2 * np.pi))


def test_a_power_of_asinh_ends_and_meets_the_conditions():
    """sigma = asinh(z)^3: enclosures of its averages are slow, the search ends all the same."""
    power = 3
    found = classify_system(SpecialisedSystem(mlp(), (from_formula("f", sp.asinh(Z) ** power),)), "f")
    (point,) = found.critical_points
    k, weight, bias = (float(v) for v in (point.K_star, point.C_W, point.C_b))
    assert found.label == "half-stable"
    root = lambda z: np.sqrt(1 + z * z)  # noqa: E731
    first = lambda z: power * np.arcsinh(z) ** (power - 1) / root(z)  # noqa: E731
    assert abs(bias + weight * mean(lambda z: np.arcsinh(z) ** (2 * power), k) - k) < 1e-10 * k
    assert abs(weight * mean(lambda z: first(z) ** 2, k) - 1) < 1e-10
    parallel = mean(lambda z: np.arcsinh(z) ** (2 * power) * (z * z / k - 1), k) / (2 * k)
    assert abs(weight * parallel - 1) < 1e-10


@pytest.mark.parametrize(("formula", "label"), [
    (Z**2, "none"), (Z**3, "none"), (1 + Z, "none"), (Z + Z**3 / 6, "none"), (sp.Integer(0), "none"),
    (sp.Integer(1), "none"), (sp.exp(Z), "none"), (sp.cos(Z), "none"), (sp.sinh(Z), "none"), (3 * Z, "scale-invariant"),
])  # fmt: skip
def test_searches_end_with_a_reason(formula, label):
    found = classify_system(SpecialisedSystem(mlp(), (from_formula("f", formula),)), "f")
    assert found.label == label and found.evidence
    assert not any("no K at all" in line or "0 points" in line for line in found.evidence)


def test_where_no_kernel_can_be_looked_at_signs_decide_or_nothing_does(monkeypatch):
    """As for z^150, whose averages are no doubles."""
    monkeypatch.setattr(
        SpecialisedSystem, "grid", lambda self, polynomial, kernels, hyper: np.full_like(kernels, np.nan)
    )
    found = classify_system(SpecialisedSystem(mlp(), (from_formula("f", Z**5),)), "f")
    assert found.label == "none" and any("coefficients have one sign" in line for line in found.evidence)
    mixed = classify_system(SpecialisedSystem(mlp(), (from_formula("f", Z**5 - Z**3),)), "f")
    assert mixed.label == "undecided" and any("could be searched" in line for line in mixed.evidence)


@pytest.mark.parametrize("formula", [sp.erf(sp.sinh(Z)), sp.exp(-sp.exp(Z))])
def test_nested_functions_are_no_defect(formula):
    """The tail of exp(z) is looked for only where the exponent is a polynomial."""
    assert classify_system(SpecialisedSystem(mlp(), (from_formula("f", formula),)), "f").label in ("K*=0", "none")


def test_a_search_that_takes_long_is_undecided_and_says_what_took_long(monkeypatch):
    monkeypatch.setattr(specialised_module, "SWEEP", 0.0)
    found = classify_system(SpecialisedSystem(mlp(), (from_formula("f", Z**7 * sp.sin(Z) ** 9),)), "f")
    assert found.label == "undecided"
    assert any("at 481 kernels takes more than 0 seconds" in line for line in found.evidence)


def test_the_whole_search_has_a_limit(monkeypatch):
    monkeypatch.setattr(fixed_points, "LONGEST_SEARCH", 0.0)
    found = classify_system(SpecialisedSystem(mlp(), (from_formula("f", Z * sp.tanh(Z)),)), "f")
    assert found.label == "undecided" and any(line.startswith("undecided: K* > 0") for line in found.evidence)


@pytest.mark.parametrize("kernel", ["1/100", "1", "23"])
def test_the_trapezoid_rule_against_quadrature(kernel):
    value = mpmath.mpf(sp.Rational(kernel).p) / sp.Rational(kernel).q
    tanh = from_formula("t", sp.tanh(2 * Z))
    moment = Moment(((tanh, 0, 0), (tanh, 2, 0)), (), ())
    with mpmath.workdps(45):
        found, error = smooth_average(moment, value, 30)
        spread = mpmath.sqrt(value)

        def integrand(x):
            t = mpmath.tanh(2 * spread * x)
            return -8 * t * t * (1 - t * t) * mpmath.npdf(x)

        expected = mpmath.quad(integrand, [-14, -8, -4, -2, -1, -0.5, 0, 0.5, 1, 2, 4, 8, 14])
        assert abs(found - expected) < abs(expected) * mpmath.mpf(10) ** -29 and error < mpmath.mpf(10) ** -29


def test_the_expansion_at_zero_has_a_limit(monkeypatch):
    """gelu(gelu(sigmoid(z))): exact coefficients of thousands of terms."""
    monkeypatch.setattr(fixed_points, "LONGEST_AT_ZERO", -1.0)
    found = classify_system(SpecialisedSystem(mlp(), (from_formula("f", sp.tanh(Z)),)), "f")
    assert found.label == "undecided"
    assert any("K* = 0: the expansion as K -> 0 was given up" in line for line in found.evidence)


def test_what_the_search_was_at_when_its_time_was_over(monkeypatch):
    monkeypatch.setattr(fixed_points, "LONGEST_SEARCH", 0.0)
    found = classify_system(SpecialisedSystem(mlp(), (from_formula("f", Z**7 * sp.sin(Z) ** 9),)), "f")
    (line,) = [line for line in found.evidence if "the search was given up" in line]
    assert "it was at" in line and "takes more than" not in line
