"""G1, V1, V6 and V8 at K* = 0, on a line and at K* > 0, against the moments of the random kernel layer by layer."""

import numpy as np
import pytest
import sympy as sp

import ptheory as pt
from tests.criticality.random_kernel import (
    QuadratureKernel,
    RandomKernel,
    even_moments_of_polynomial,
    even_moments_of_relu,
    even_moments_of_sin,
)
from tests.residual.two_layers import DENSITY, U

NAMES = ("V", "G1", "V6", "V1", "V8")
LAYERS = [100, 200, 400, 800]
HALF_STABLE = [0, 1, 1, sp.Rational(-2, 5)]


def growths(activation):
    """{(place, tensor): (power, amplitude)} at fixed rates."""
    text = "ptheory 1\ninclude mlp\ninclude cumulants\n"
    result = pt.run_text(f"{text}with sigma = {activation} for MLP {{ critical  exponents {', '.join(NAMES)} }}")
    tower = result.specialised[activation].classification.tower
    return {
        (scheme.place, g.tensor): (g.power, g.amplitude)
        for scheme in tower
        if scheme.rates == "fixed rates"
        for g in scheme.growths
        if g.name == g.tensor
    }


def extrapolated(values):
    """The limit of a polynomial in 1/l, with what logarithms leave."""
    total = 0.0
    for j, value in enumerate(values):
        weight = 1.0
        for k, layer in enumerate(LAYERS):
            if k != j:
                weight *= LAYERS[j] / (LAYERS[j] - layer)
        total += weight * value
    return total


@pytest.mark.parametrize(
    ("activation", "moments", "weight", "bias", "start", "place", "tolerance"),
    [
        ("sin", even_moments_of_sin(), 1, 0, 0.5, "", 0.02),
        ("z - z^3/6", even_moments_of_polynomial([0, 1, 0, sp.Rational(-1, 6)]), 1, 0, 0.3, "", 0.02),
        ("z + z^2/10 - z^3/10", even_moments_of_polynomial([0, 1, "1/10", "-1/10"]), 1, 0, 0.3, "", 0.02),
        ("relu", even_moments_of_relu(), 2, 0, 1.0, "", 1e-8),
        ("z + z^2 - 2*z^3/5", even_moments_of_polynomial(HALF_STABLE), None, None, None, "K = K*", 1e-5),
        ("z + z^2 - 2*z^3/5", even_moments_of_polynomial(HALF_STABLE), None, None, None, "K tends to K*", 0.02),
    ],
)
def test_cumulants_of_every_order(activation, moments, weight, bias, start, place, tolerance):
    if weight is None:  # K* = 5/36, where <sigma sigma''> = 0
        star = sp.Rational(5, 36)
        weight = 1 / sp.diff(moments[0], sp.Symbol("g", positive=True)).subs(sp.Symbol("g", positive=True), star)
        bias = star - weight * moments[0].subs(sp.Symbol("g", positive=True), star)
        start = float(star) * (1.0 if place == "K = K*" else 0.9)
    found = RandomKernel(moments, sp.Rational(weight), sp.Rational(bias)).run(start, LAYERS)
    check(found, growths(activation), place, start, tolerance)


def test_a_jump_in_the_second_derivative_makes_a_class_of_its_own():
    """softsign: 6/5, 1168/315, -1/4 and -19/120 where smooth functions have 16/15, 96/35, -1/3 and -14/45."""
    found = QuadratureKernel(lambda z: z / (1 + np.abs(z)), 1.0, 0.0, U, DENSITY).run(0.5, LAYERS)
    laws = growths("softsign")
    check(found, laws, "", 0.5, 0.02)
    kernel = sp.pi / 8  # K -> (pi/8)/l^2
    ratios = {name: laws["", name][1] / kernel**power for name, power in (("V6", 3), ("V8", 4), ("G1", 1), ("V1", 2))}
    exact = sp.Rational
    assert ratios == {"V6": exact(6, 5), "V8": exact(1168, 315), "G1": exact(-1, 4), "V1": exact(-19, 120)}


def check(found, laws, place, start, tolerance):
    for name in NAMES:
        power, amplitude = laws[place, name]
        if amplitude == 0:
            assert all(abs(found[layer][name]) < 1e-9 for layer in LAYERS)
            continue
        scale = float(amplitude.subs({s: start for s in amplitude.free_symbols}))
        ratios = [found[layer][name] / (scale * layer ** float(power)) for layer in LAYERS]
        assert abs(extrapolated(ratios) - 1) < tolerance, (name, ratios)
