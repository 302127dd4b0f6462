"""Angles where K* = 0 and a derivative jumps at zero, against the iterations of ``kinked_angles.py``."""

import math
from itertools import pairwise

import mpmath
import numpy as np
import pytest
import sympy as sp

import ptheory as pt
from ptheory.criticality.angle_at_zero import SmallKernelAngles
from ptheory.criticality.angle_map import C
from ptheory.criticality.pair_series import signed_moment
from tests.criticality import kinked_angles

FORMULAS = {
    "softsign": "softsign",
    "elu": "elu",
    "cubes": "z - z^3/6 + abs(z)^3/12",
    "leaky_tanh": "piecewise((z >= 0): tanh(z), otherwise: tanh(z)/2)",
    "balanced": "piecewise((z >= 0): z + z^2/4 - z^3, otherwise: z/2 + z^2/2 - z^3/2)",
}


def series(name):
    spec = pt.kernel_system(FORMULAS[name])
    weight = sp.Rational(kinked_angles.WEIGHTS[getattr(kinked_angles, name)]).limit_denominator(10)
    return SmallKernelAngles(spec, {spec.system.bias: sp.Integer(0), spec.system.weight: weight})


def signs(c):
    """<sgn u1 u1^2 sgn u2 u2^2>"""
    return 2 / math.pi * ((1 + 2 * c * c) * math.asin(c) + 3 * c * math.sqrt(1 - c * c))


@pytest.mark.parametrize(
    ("name", "amplitude"),
    [
        ("softsign", lambda c: math.pi / 8 * (3 * c - signs(c))),
        ("elu", lambda c: math.pi / 8 * (6 * c - 1 - 2 * c * c - signs(c))),
    ],
)
def test_a_jump_of_the_second_derivative_leaves_angles_that_depend_on_the_start(name, amplitude):
    """K^(1/2) moves no angle, K does by g; K ~ 4/(a l)^2: gamma = -4 g/a^2."""
    (law,) = series(name).tending()
    assert law.correlation == C and law.power == 1
    for c in (-0.7, 0.1, 0.9):
        assert float(law.amplitude.subs(C, sp.Float(c, 30))) == pytest.approx(amplitude(c), rel=1e-12)


@pytest.mark.parametrize(("name", "early", "late"), [("softsign", 60, 600), ("elu", 200, 800), ("cubes", 150, 600)])
def test_limits_of_a_start_agree_from_layers_far_apart(name, early, late):
    """All orders of the series are in it: each layer of the iteration has the same limit."""
    known = series(name)
    starts = (0.0, 0.8, -0.6)
    limits = []
    for layers in (early, late):
        kernel, correlations = kinked_angles.iterate(getattr(kinked_angles, name), starts, layers)[layers]
        limits.append([known.limit(mpmath.mpf(float(kernel)), mpmath.mpf(float(c))) for c in correlations])
    assert np.allclose(np.array(limits[0], float), np.array(limits[1], float), atol=2e-9, rtol=0)


@pytest.mark.parametrize(("name", "amplitude"), [("leaky_tanh", -225 / 2), ("balanced", -46225 / 392)])
def test_a_jump_of_the_slope_merges_all_inputs(name, amplitude):
    """4/b^2, and (2 + e)^2/b^2 where second derivatives widen angles as fast as kernels fall."""
    (law,) = series(name).tending()
    assert law.correlation == 1 and law.power == 2
    assert law.amplitude == sp.Rational(amplitude).limit_denominator(1000) * sp.pi**2
    (found,) = kinked_angles.merge(getattr(kinked_angles, name), (0.5,), 3000)
    assert found == pytest.approx(-float(law.amplitude), rel=3e-3)


def test_moments_with_signs():
    """Against sums over angles: u1 = r cos t, u2 = r cos(t - theta)."""
    c = 0.37
    theta = math.acos(c)
    x, w = np.polynomial.legendre.leggauss(30)
    ends = [-math.pi / 2, theta - math.pi / 2, math.pi / 2, theta + math.pi / 2, 3 * math.pi / 2]
    for n, m, a, b in (
        (0, 0, 1, 1),
        (2, 2, 1, 1),
        (3, 1, 1, 1),
        (4, 2, 0, 0),
        (2, 3, 0, 1),
        (1, 4, 1, 0),
        (4, 0, 1, 1),
    ):
        total = 0.0
        for low, high in pairwise(ends):
            t = (low + high) / 2 + (high - low) / 2 * x
            u, v = np.cos(t), np.cos(t - theta)
            total += np.sum((high - low) / 2 * w * u**n * v**m * np.sign(u) ** a * np.sign(v) ** b)
        total *= 2 ** ((n + m) / 2) * math.gamma((n + m) / 2 + 1) / (2 * math.pi)
        assert float(signed_moment(n, m, (bool(a), bool(b))).subs(C, c)) == pytest.approx(total, abs=1e-12)


def test_opposite_inputs_of_an_odd_function_stay_opposite():
    text = "ptheory 1\ninclude mlp\ninclude observables\nwith sigma = softsign { angle from -1 depth 2 }\n"
    (path,) = pt.run_text(text).specialised[0].angles.paths
    assert path.correlations == (-1, -1) and path.limit == -1
