"""Exponents and amplitudes against numbers obtained without ptheory: published closed forms, 50-digit iteration."""

from itertools import pairwise

import mpmath
import numpy as np
import sympy as sp

from ptheory.activations import Z, from_formula, lookup
from ptheory.criticality.asymptotics import SHIFT, fixed_rates, solve_tower
from ptheory.criticality.fixed_points import critical_points
from ptheory.criticality.linear_recursions import depth_of
from ptheory.criticality.local import local_flow
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.universality import classify_system, governing_point
from tests.criticality.hand_made import mlp

X = sp.Symbol("x", positive=True)


def classify(activation):
    return classify_system(SpecialisedSystem(mlp(), (activation,)), "sigma")


def test_half_stable_exponents_of_gelu_from_its_published_kernels():
    """p_perp = 2 chi_perp'/f'' at K*; V/(nK^2) = C_W^2 (<s^4> - <s^2>^2)/(5 K*^2) l/n."""
    found = classify(lookup("gelu"))
    point = found.critical_points[1]
    with mpmath.workdps(40):
        k = (3 + mpmath.sqrt(17)) / 2
        weight = mpmath.mpf(sp.N(point.C_W, 30))

        def kernel(x):
            return x / 4 + x / (2 * mpmath.pi) * (mpmath.asin(x / (1 + x)) + 2 * x / ((1 + x) * mpmath.sqrt(1 + 2 * x)))

        def slope(x):
            rational = x * (3 + 5 * x) / (2 * mpmath.pi * (1 + x) * (1 + 2 * x) ** mpmath.mpf(1.5))
            return mpmath.mpf(1) / 4 + mpmath.asin(x / (1 + x)) / (2 * mpmath.pi) + rational

        assert abs(weight * slope(k) - 1) < 1e-27
        assert abs(weight * mpmath.diff(kernel, k) - 1) < 1e-18
        expected = 2 * mpmath.diff(slope, k) / mpmath.diff(kernel, k, 2)
        assert abs(mpmath.mpf(found.exponents["p_perp"]) / expected - 1) < 1e-12

        def fourth(x):
            z = mpmath.sqrt(k) * x
            return (z * mpmath.ncdf(z)) ** 4 * mpmath.npdf(x)

        mean = mpmath.quad(fourth, [-12, -2, 0, 2, 5, 14])
        expected = weight**2 * (mean - kernel(k) ** 2) / (5 * k**2)
        assert abs(mpmath.mpf(found.amplitudes["V/(nK^2)"]) / expected - 1) < 1e-15


def test_kinks_away_from_zero_at_a_half_stable_point():
    """Hard swish: sigma' jumps at -3 and 3; f'' and chi_perp' by finite differences of Gauss-Legendre sums."""
    hard_swish = sp.Piecewise((0, Z < -3), (Z, Z > 3), (Z * (Z + 3) / 6, True))
    found = classify(from_formula("hard_swish", hard_swish))
    point = found.critical_points[-1]
    nodes, weights = np.polynomial.legendre.leggauss(200)

    def mean(function, k):
        total = 0.0
        for a, b in ((-3.0, 3.0), (3.0, 3.0 + 12 * np.sqrt(k))):
            z = (b - a) / 2 * nodes + (a + b) / 2
            density = np.exp(-z * z / (2 * k)) / np.sqrt(2 * np.pi * k)
            total += float(np.sum(weights * (b - a) / 2 * density * function(z)))
        return total

    def kernel(k):
        return mean(lambda z: np.where(z > 3, z, z * (z + 3) / 6) ** 2, k)

    def slope(k):
        return mean(lambda z: np.where(z > 3, 1.0, (2 * z + 3) / 6) ** 2, k)

    k, h = float(point.K_star), 1e-2
    assert abs(float(point.C_W) * slope(k) - 1) < 1e-12
    first = (slope(k + h) - slope(k - h)) / (2 * h)
    second = (kernel(k + h) - 2 * kernel(k) + kernel(k - h)) / h**2
    assert abs(float(found.exponents["p_perp"]) * second / (2 * first) - 1) < 1e-4


def test_the_depth_constant_of_sine_at_fifty_digits():
    """K' = (1 - exp(-2K))/2: A(K_l) - l converges to the free constant; exponents by Richardson extrapolation."""
    spec = SpecialisedSystem(mlp(), (lookup("sin"),))
    about = local_flow(spec, governing_point(critical_points(spec).points), 6)
    depth = depth_of(about.flow).to_expr(X)
    tower = solve_tower(about.system, about.expand, about.flow, about.kernel, fixed_rates(about.system), 3, ("V",))
    with mpmath.workdps(50):
        k = mpmath.mpf(3) / 10
        at = {}
        for layer in range(1, 16001):
            if layer in (1000, 2000, 4000, 8000, 16000):
                at[layer] = k
            k = (1 - mpmath.exp(-2 * k)) / 2
        constants = {n: mpmath.mpf(sp.N(depth.subs(X, sp.Float(v, 50)), 50)) - n for n, v in at.items()}
        assert abs(constants[16000] - constants[8000]) < 1e-15
        expansion = tower.behaviours["K"].expression().subs(SHIFT, sp.Float(constants[16000], 50))
        for layer in (4000, 16000):
            predicted = expansion.subs(sp.Symbol("l", positive=True), layer).evalf(50)
            assert abs(predicted / sp.Float(at[layer], 50) - 1) < 1e-10
        slopes = [mpmath.log(at[2 * n] / at[n], 2) for n in (1000, 2000, 4000, 8000)]
        once = [2 * b - a for a, b in pairwise(slopes)]
        assert abs(slopes[-1] + 1) < 1e-3 and abs(once[-1] + 1) < 3e-4


def test_searches_over_kernels_keep_their_digits_where_exponentials_cancel() -> None:
    """<elu'^2> = 1/2 + e^{2K} Phi(-2 sqrt K), which is 1/2 or 0.625 at K = 17 in double precision."""
    from ptheory.criticality.fixed_points import CriticalConditions

    spec = SpecialisedSystem(mlp(), (lookup("elu"),))
    slope = CriticalConditions.of(spec).perpendicular[1]
    kernels = np.array([5.0, 17.0, 30.0, 1e4])
    for kernel, value in zip(kernels, spec.grid(slope, kernels, {}), strict=True):
        with mpmath.workdps(40):
            exact = mpmath.mpf(1) / 2 + mpmath.exp(2 * kernel) * mpmath.erfc(mpmath.sqrt(2 * kernel)) / 2
        assert abs(value / exact - 1) < 1e-11, kernel
