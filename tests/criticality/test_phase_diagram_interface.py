"""Phases as a user reaches them: a system by name, phases, the edge of chaos."""

import math

import mpmath
import numpy as np

import ptheory as pt
from ptheory.criticality.edge import angle_approach, edge_of_chaos, hyperparameters, phase


def test_phases_of_erf_by_name():
    spec = pt.kernel_system("erf")
    ordered = phase(spec, hyperparameters(spec, 0.25, 0.7))
    chaotic = phase(spec, hyperparameters(spec, 0.01, 4.0))
    assert (ordered.name, chaotic.name) == ("ordered", "chaotic")
    assert ordered.fixed_correlation == 1 and 0 < chaotic.fixed_correlation < 1
    # xi = -1/log chi, chi iterated here by the trapezoid rule
    z = np.linspace(-10, 10, 4001)
    weight = np.exp(-z * z / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    erf = np.vectorize(math.erf)
    kernel = 1.0
    for _ in range(200):
        kernel = 0.25 + 0.7 * float(weight @ erf(np.sqrt(kernel) * z) ** 2)
    slope = 0.7 * float(weight @ (2 / np.sqrt(np.pi) * np.exp(-kernel * z * z)) ** 2)
    assert abs(float(ordered.K_star) - kernel) < 1e-10
    assert abs(float(ordered.correlation_length) + 1 / np.log(slope)) < 1e-8


def test_the_edge_of_chaos():
    spec = pt.kernel_system("z + sin(z)^2")
    # K* = 0.3047 attracts from above only: below it the kernel on the line is unstable, and no edge
    ((kernel, bias, weight),) = edge_of_chaos(spec, [mpmath.mpf(3) / 10, mpmath.mpf(2) / 5])
    found = phase(spec, {spec.system.bias: bias, spec.system.weight: weight})
    assert found.name == "edge" and abs(found.K_star - kernel) < mpmath.mpf(10) ** -8
    assert angle_approach(spec, {spec.system.bias: bias, spec.system.weight: weight}, kernel).power == 1
