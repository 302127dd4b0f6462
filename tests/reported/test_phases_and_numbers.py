"""Collapse and explosion are told apart; the phase diagram takes numbers of every exact or decimal type."""

from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp

from ptheory.activations import lookup
from ptheory.criticality.edge import angle_approach, edge_at, edge_of_chaos, hyperparameters, phase
from ptheory.criticality.specialised import SpecialisedSystem
from tests.criticality.hand_made import mlp


def spec(name):
    return SpecialisedSystem(mlp(), (lookup(name),))


def at(name, bias, weight):
    return phase(spec(name), hyperparameters(spec(name), bias, weight))


def mean(function, kernel):
    """<function>_K by mpmath's quadrature."""
    width = mpmath.sqrt(kernel)
    return mpmath.quad(lambda x: function(width * x) * mpmath.npdf(x), [-12, -6, -3, -1, 0, 1, 3, 6, 12])


CASES = [
    # activation, C_b, C_W -> phase, K*, parallel, perpendicular
    ("sin", 0, Fraction(1, 450), "collapse", 0, Fraction(1, 450), Fraction(1, 450)),  # the reported one
    ("swish", Fraction("0.04"), Fraction("2.952"), "explosion", "inf", Fraction("1.476"), Fraction("1.476")),  # too
    ("tanh", 0, Fraction(1, 2), "collapse", 0, Fraction(1, 2), Fraction(1, 2)),
    ("relu", 0, 1, "collapse", 0, Fraction(1, 2), Fraction(1, 2)),
    ("relu", 1, 3, "explosion", "inf", Fraction(3, 2), Fraction(3, 2)),
    ("quadratic", 0, 1, "collapse", 0, 0, 0),  # K' = 3 K^2
    ("quadratic", Fraction(1, 5), 1, "explosion", "inf", "inf", "inf"),
    ("tanh", 0, 1, "edge", 0, 1, 1),
    ("relu", 0, 2, "edge", None, 1, 1),
]


@pytest.mark.parametrize(("name", "bias", "weight", "expected", "kernel", "parallel", "perpendicular"), CASES)
def test_phases(name, bias, weight, expected, kernel, parallel, perpendicular):
    found = at(name, bias, weight)
    assert found.name == expected
    for value, right in ((found.K_star, kernel), (found.parallel, parallel), (found.perpendicular, perpendicular)):
        if right is None:
            assert value is None
        elif right == "inf":
            assert value == mpmath.inf
        else:
            assert abs(value - mpmath.mpf(right.numerator) / right.denominator) < mpmath.mpf(10) ** -15


def iterated(name, bias, weight, layers, kernel=0.7):
    """K by the midpoint rule in double precision, and the last factor per layer."""
    x = (np.arange(4000) + 0.5) / 4000 * 24 - 12
    density = np.exp(-x * x / 2) / np.sqrt(2 * np.pi) * 24 / 4000
    functions = {
        "sin": np.sin,
        "tanh": np.tanh,
        "swish": lambda z: z * (1 + np.tanh(z / 2)) / 2,
        "relu": lambda z: z * (z > 0),
    }
    ratio = 0.0
    for _ in range(layers):
        after = bias + weight * float(density @ functions[name](np.sqrt(kernel) * x) ** 2)
        ratio, kernel = after / kernel, after
    return kernel, ratio


@pytest.mark.parametrize("case", [c for c in CASES if c[0] in ("sin", "swish", "relu") and c[3] != "edge"])
def test_the_factors_per_layer_are_those_of_the_iterated_kernel(case):
    name, bias, weight, expected, _, parallel, _ = case
    layers = 20 if expected == "collapse" else 40
    kernel, ratio = iterated(name, float(bias), float(weight), layers)
    assert abs(ratio / float(parallel) - 1) < 0.02
    assert kernel < 1e-3 if expected == "collapse" else kernel > 20


def test_what_other_starts_do_is_said():
    """K' = 1/20 + 3 K^2: (1 - sqrt(0.4))/6 attracts, from (1 + sqrt(0.4))/6 on kernels explode."""
    found = at("quadratic", Fraction(1, 20), 1)
    assert found.name == "ordered" and abs(found.K_star - (1 - mpmath.sqrt(mpmath.mpf(2) / 5)) / 6) < 1e-15
    assert found.note == "kernels above 0.27207592 explode"
    assert at("quadratic", 0, 1).note == "kernels above 0.33333333 explode"


def test_a_bias_far_below_the_searched_kernels_is_no_collapse():
    found = at("tanh", Fraction(1, 10**12), Fraction(1, 2))
    assert found.name == "ordered" and abs(found.K_star * 5 * 10**11 - 1) < 1e-11


@pytest.mark.parametrize("kernel", [
    Fraction(1, 50), 0.02, "1/50", "0.02", Decimal("0.02"), sp.Rational(1, 50), sp.Float("0.02", 40),
    mpmath.mpf(1) / 50, np.float64(0.02),
])  # fmt: skip
def test_the_edge_at_one_over_depth(kernel):
    """K* = 1/L at L = 50 for tanh, the two conditions solved here by mpmath's own quadrature."""
    ((found, bias, weight),) = edge_of_chaos(spec("tanh"), [kernel])
    k = mpmath.mpf(1) / 50
    right = 1 / mean(lambda z: mpmath.sech(z) ** 4, k)
    assert abs(found - k) < 1e-16
    assert abs(weight - right) < 1e-14 and abs(weight - mpmath.mpf("1.0388820263700429")) < 1e-14
    assert abs(bias - (k - right * mean(lambda z: mpmath.tanh(z) ** 2, k))) < 1e-15
    assert abs(bias - mpmath.mpf("9.52687518047628e-6")) < 1e-18


@pytest.mark.parametrize(("kernel", "error", "words"), [
    (True, TypeError, "is of type bool"), (None, TypeError, "NoneType"), (-1, ValueError, "above zero"),
    (0, ValueError, "above zero"), ("x", ValueError, "no number"), (float("nan"), ValueError, "finite"),
    (float("inf"), ValueError, "finite"), (1j, TypeError, "complex"), (sp.Symbol("x"), TypeError, "x, which is no"),
    (sp.I, ValueError, "real"), ([1], TypeError, "list"), (mpmath.inf, ValueError, "finite"),
    ("1/0", ValueError, "number"),
])  # fmt: skip
def test_what_is_no_number_is_refused(kernel, error, words):
    with pytest.raises(error, match=words):
        edge_of_chaos(spec("tanh"), [kernel])


def test_hyperparameters_take_the_same_numbers_everywhere():
    system = spec("tanh")
    found = {
        phase(system, hyperparameters(system, bias, weight)).K_star
        for bias, weight in (
            (Fraction(1, 4), Fraction(3, 2)),
            (0.25, 1.5),
            ("0.25", "3/2"),
            (sp.Rational(1, 4), mpmath.mpf("1.5")),
        )
    }
    assert len(found) == 1
    assert phase(system, {"C_b": 0.25, "C_W": 1.5}).K_star in found
    assert angle_approach(system, {"C_b": "1/10", "C_W": 2}, Fraction(1, 2)).power == 1
    for hyper, words in (
        ({"C_b": 0}, "C_W is missing"),
        ({"C_b": 0, "C_V": 1}, "C_V is no hyperparameter"),
        ({"C_b": 0, "C_W": -1}, "not negative"),
    ):
        with pytest.raises(ValueError, match=words):
            phase(system, hyper)


def test_a_kernel_off_the_edge_is_said_to_be_so():
    assert edge_at(spec("tanh"), Fraction(1, 50)).excluded == ""
    assert "variances are not negative" in edge_at(spec("sigmoid"), 1).excluded
    assert "does not attract" in edge_at(spec("quadratic"), Fraction(1, 5)).excluded
