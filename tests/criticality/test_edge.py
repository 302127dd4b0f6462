"""Phases, correlation lengths and the approach of the angle, against mean-field theory and direct iteration."""

import math

import mpmath
import numpy as np

from ptheory.activations import lookup
from ptheory.criticality.edge import (
    angle_approach,
    correlation_map,
    edge_of_chaos,
    fixed_kernels,
    hyperparameters,
    phase,
)
from ptheory.criticality.specialised import SpecialisedSystem
from tests.criticality.hand_made import mlp

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(80)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def spec(name):
    return SpecialisedSystem(mlp(), (lookup(name),))


def sine_pair(q, c):
    """E[sin u1 sin u2] by tensor Gauss-Hermite."""
    u = np.sqrt(q) * NODES[:, None]
    v = np.sqrt(q) * (c * NODES[:, None] + math.sqrt(1 - c * c) * NODES[None, :])
    return float((WEIGHTS[:, None] * WEIGHTS[None, :] * np.sin(u) * np.sin(v)).sum())


def test_the_chaotic_phase_of_sine_by_iterating_the_maps():
    bias, weight = 0.3, 3.0
    q = c = 0.5
    for _ in range(300):
        q = bias + weight * float((WEIGHTS * np.sin(np.sqrt(q) * NODES) ** 2).sum())
    for _ in range(300):
        c = (bias + weight * sine_pair(q, c)) / q
    found = phase(spec("sin"), hyperparameters(spec("sin"), mpmath.mpf("0.3"), mpmath.mpf(3)), 10)
    assert found.name == "chaotic" and found.perpendicular > 1
    assert abs(found.K_star - q) < 1e-6 and abs(found.fixed_correlation - c) < 1e-5
    step = 1e-4
    slope = weight * (sine_pair(q, c + step) - sine_pair(q, c - step)) / (2 * step * q)
    assert abs(found.correlation_length + 1 / math.log(slope)) < 1e-3
    assert abs(found.trajectory_growth - mpmath.sqrt(found.perpendicular)) < 1e-12


def test_the_ordered_phase_merges_inputs():
    found = phase(spec("sin"), hyperparameters(spec("sin"), mpmath.mpf("0.2"), mpmath.mpf("0.5")), 12)
    assert found.name == "ordered" and found.fixed_correlation == 1
    assert abs(found.correlation_length + 1 / mpmath.log(found.perpendicular)) < 1e-10
    # E[sin^2] = (1 - e^(-2K))/2
    q = found.K_star
    assert abs(q - (mpmath.mpf("0.2") + (1 - mpmath.exp(-2 * q)) / 4)) < 1e-10
    assert abs(found.parallel - mpmath.exp(-2 * q) / 2) < 1e-10


def test_a_jump_separates_inputs_at_once():
    """<sign(u) sign(v)> = (2/pi) asin c: its slope at c = 1 is infinite, in every phase diagram all is chaotic."""
    bias, weight = mpmath.mpf("0.1"), mpmath.mpf(2)
    found = phase(spec("sign"), hyperparameters(spec("sign"), bias, weight), 12)
    assert found.name == "chaotic" and found.perpendicular == found.trajectory_growth == mpmath.inf
    c = mpmath.findroot(lambda x: (bias + weight * 2 / mpmath.pi * mpmath.asin(x)) / (bias + weight) - x, 0.3)
    slope = weight * 2 / mpmath.pi / mpmath.sqrt(1 - c * c) / (bias + weight)
    assert abs(found.fixed_correlation - c) < 1e-10
    assert abs(found.correlation_length + 1 / mpmath.log(slope)) < 1e-9


def test_the_edge_of_chaos_has_unit_perpendicular_susceptibility():
    for kernel, bias, weight in edge_of_chaos(spec("sin"), ["0.1", "0.5", "1", "2"]):
        assert abs(weight * (1 + mpmath.exp(-2 * kernel)) / 2 - 1) < 1e-12
        assert abs(bias + weight * (1 - mpmath.exp(-2 * kernel)) / 2 - kernel) < 1e-12
        found = phase(spec("sin"), hyperparameters(spec("sin"), bias, weight), 15)
        assert found.name == "edge" and found.correlation_length == mpmath.inf


def test_relu_angles_close_as_nine_pi_squared_over_two_l_squared():
    system = spec("relu")
    found = angle_approach(system, hyperparameters(system, 0, 2), 1)
    assert found.power == 2
    with mpmath.workdps(30):
        assert abs(found.amplitude - 9 * mpmath.pi**2 / 2) < 1e-19
    c = mpmath.mpf("0.5")
    for _ in range(3000):
        c = (mpmath.sqrt(1 - c * c) + (mpmath.pi - mpmath.acos(c)) * c) / mpmath.pi
    assert abs((1 - c) * 3000**2 / found.amplitude - 1) < 0.02
    one_step = correlation_map(system, hyperparameters(system, 0, 2), mpmath.mpf(1), mpmath.mpf("0.5"), 20)
    angle = mpmath.pi / 3
    assert abs(one_step - (mpmath.sin(angle) + (mpmath.pi - angle) * mpmath.mpf("0.5")) / mpmath.pi) < 1e-15


def test_smooth_angles_close_as_one_over_l():
    system = spec("sin")
    ((kernel, bias, weight),) = edge_of_chaos(system, ["0.7"], 20)
    found = angle_approach(system, hyperparameters(system, bias, weight), kernel)
    # beta = 2 <phi'^2>/(q <phi''^2>), Hayou et al. 2019
    slope, curve = (1 + mpmath.exp(-2 * kernel)) / 2, (1 - mpmath.exp(-2 * kernel)) / 2
    assert found.power == 1 and abs(found.amplitude - 2 * slope / (kernel * curve)) < 1e-12
    c = mpmath.mpf("0.3")
    for _ in range(4000):
        c = (bias + weight * mpmath.exp(-kernel) * mpmath.sinh(c * kernel)) / kernel
    assert abs((1 - c) * 4000 / found.amplitude - 1) < 0.01


def test_several_fixed_kernels_and_none():
    system = spec("quadratic")  # K' = C_b + 3 C_W K^2: two fixed points below, none above C_b = 1/(12 C_W)
    small = fixed_kernels(system, hyperparameters(system, mpmath.mpf("0.05"), mpmath.mpf(1)))
    roots = [(1 - mpmath.sqrt(mpmath.mpf("0.4"))) / 6, (1 + mpmath.sqrt(mpmath.mpf("0.4"))) / 6]
    assert all(abs(a - b) < 1e-14 for a, b in zip(small, roots, strict=True))
    assert phase(system, hyperparameters(system, mpmath.mpf("0.2"), mpmath.mpf(1))).name == "explosion"
