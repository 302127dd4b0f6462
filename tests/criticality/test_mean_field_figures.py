"""The figures of mean-field theory in numbers, tanh and erf: phase diagram, c* maps, xi_q and xi_c along cuts, growth
of curves (Poole et al. 2016, arXiv:1606.05340; Schoenholz et al. 2017, arXiv:1611.01232), by quadrature of their own.

Averages of one variable are mpmath's quad, those of two the trapezoid rule on a lattice, which converges exponentially;
nothing of the engine. Curves are sent through networks drawn at random.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import mpmath
import numpy as np
import pytest

import ptheory as pt
from ptheory.criticality.edge import correlation_map
from ptheory.criticality.phases import phase
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.session.chosen_network import chosen_network

Function = Callable[[np.ndarray], np.ndarray]
STEP = 0.05
LATTICE = np.arange(-9.0, 9.0 + STEP / 2, STEP)
WEIGHTS = STEP * np.exp(-(LATTICE**2) / 2) / math.sqrt(2 * math.pi)
ERF = np.vectorize(math.erf)
FUNCTIONS: dict[str, tuple[Function, Function]] = {
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "erf": (ERF, lambda z: 2 / math.sqrt(math.pi) * np.exp(-(z**2))),
}
SYMBOLIC = {
    "tanh": (mpmath.tanh, lambda z: mpmath.sech(z) ** 2),
    "erf": (mpmath.erf, lambda z: 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-z * z)),
}


@pytest.fixture(scope="module")
def spec() -> dict[str, SpecialisedSystem]:
    return {name: chosen_network(name, None, ()).spec for name in FUNCTIONS}


def one(function: object, kernel: mpmath.mpf) -> mpmath.mpf:
    """<f>_K by mpmath."""
    root = mpmath.sqrt(kernel)
    return mpmath.quad(lambda t: function(root * t) * mpmath.npdf(t), mpmath.linspace(-9, 9, 7))  # type: ignore[operator]


def pair(function: Function, kernel: float, c: float) -> float:
    """<f(z1) f(z2)> at correlation c, by the trapezoid rule in the plane."""
    first = math.sqrt(kernel) * LATTICE
    second = math.sqrt(kernel) * (c * LATTICE[:, None] + math.sqrt(1 - c * c) * LATTICE[None, :])
    return float((WEIGHTS * function(first)) @ function(second) @ WEIGHTS)


def fixed_kernel(name: str, bias: float, weight: float) -> float:
    function = FUNCTIONS[name][0]
    kernel = 1.0
    for _ in range(400):
        kernel = bias + weight * float(WEIGHTS @ function(math.sqrt(kernel) * LATTICE) ** 2)
    return kernel


def fixed_correlation(name: str, bias: float, weight: float, kernel: float) -> float:
    """By bisection of c' - c, which is positive below c* and negative above it."""
    low, high = 0.0, 0.9999
    for _ in range(40):
        middle = (low + high) / 2
        gap = (bias + weight * pair(FUNCTIONS[name][0], kernel, middle)) / kernel - middle
        low, high = (middle, high) if gap > 0 else (low, middle)
    return low


CUTS = [  # (sigma_b^2, sigma_w^2): Poole at sigma_b = 0.3, sigma_w = 1.3, 2.5, 4; Schoenholz at sigma_b^2 = 0.05
    ("tanh", "0.09", "1.69"), ("tanh", "0.09", "6.25"), ("tanh", "0.09", "16"), ("tanh", "0.05", "1"),
    ("tanh", "0.05", "2.5"), ("erf", "0.05", "1"), ("erf", "0.05", "2.5"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "bias", "weight"), CUTS)
def test_cuts_through_the_phase_diagram(spec: dict[str, SpecialisedSystem], name: str, bias: str, weight: str) -> None:
    system = spec[name].system
    found = phase(spec[name], {system.bias: bias, system.weight: weight})
    function, slope = SYMBOLIC[name]
    b, w, kernel = mpmath.mpf(bias), mpmath.mpf(weight), found.K_star
    assert abs(fixed_kernel(name, float(b), float(w)) / kernel - 1) < 1e-9
    assert abs((b + w * one(lambda z: function(z) ** 2, kernel)) / kernel - 1) < 1e-9
    chi = w * one(lambda z: slope(z) ** 2, kernel)
    step = mpmath.mpf("1e-3")
    around = [one(lambda z: function(z) ** 2, kernel * (1 + k * step)) for k in (-2, -1, 1, 2)]
    parallel = w * (8 * (around[2] - around[1]) - (around[3] - around[0])) / (12 * step * kernel)
    assert abs(chi / found.perpendicular - 1) < 1e-9 and abs(parallel / found.parallel - 1) < 1e-8
    assert abs(found.kernel_length * -mpmath.log(parallel) - 1) < 1e-6
    assert abs(found.trajectory_growth**2 / chi - 1) < 1e-9
    assert found.name == ("ordered" if chi < 1 else "chaotic")
    c, response = 1.0, float(chi)
    if chi > 1:
        c = fixed_correlation(name, float(b), float(w), float(kernel))
        response = float(w) * pair(FUNCTIONS[name][1], float(kernel), c)
    assert float(found.fixed_correlation) == pytest.approx(c, rel=1e-6)
    assert float(found.correlation_length) == pytest.approx(-1 / math.log(response), rel=1e-6)


@pytest.mark.parametrize(("name", "bias", "weight"), [("tanh", "0.09", "6.25"), ("erf", "0.05", "2.5")])
def test_maps_of_the_correlation(spec: dict[str, SpecialisedSystem], name: str, bias: str, weight: str) -> None:
    system = spec[name].system
    hyper = {system.bias: bias, system.weight: weight}
    kernel = phase(spec[name], hyper).K_star
    for c in ("-1/2", "0", "3/10", "9/10"):
        number = float(mpmath.mpf(c.split("/")[0]) / mpmath.mpf((c + "/1").split("/")[1]))
        expected = (float(bias) + float(weight) * pair(FUNCTIONS[name][0], float(kernel), number)) / float(kernel)
        assert float(correlation_map(spec[name], hyper, kernel, c, 12)) == pytest.approx(expected, rel=1e-8)


def test_the_edge_of_both_diagrams() -> None:
    """Where sigma_w^2 <phi'^2> = 1: by mpmath for tanh, in closed form for erf; (1.76, 0.05) is in use for tanh."""
    for name in FUNCTIONS:
        along = pt.phase(name, bias="1/20").to_json()
        first, last = along["phases"]
        assert (first["phase"], last["phase"]) == ("ordered", "chaotic") and first["to"] == last["from"]
        weight = mpmath.mpf(first["to"])
        kernel = fixed_kernel(name, 0.05, float(weight))
        assert abs(weight * one(lambda z, n=name: SYMBOLIC[n][1](z) ** 2, mpmath.mpf(kernel)) - 1) < 1e-8
        assert name == "erf" or mpmath.nstr(weight, 3) == "1.76"
    plane = pt.phase("erf").to_json()
    (edge,) = plane["edge"]
    for point in edge:
        kernel, bias, weight = (mpmath.mpf(point[key]) for key in ("K_star", "C_b", "C_W"))
        assert abs(weight * 4 / mpmath.pi / mpmath.sqrt(1 + 4 * kernel) - 1) < 1e-12
        assert abs(bias + weight * 2 / mpmath.pi * mpmath.asin(2 * kernel / (1 + 2 * kernel)) - kernel) < 1e-12
    assert {entry["phase"] for entry in plane["phases"]} == {"ordered", "chaotic"}


def test_curves_grow_as_networks_drawn_at_random_make_them_grow(spec: dict[str, SpecialisedSystem]) -> None:
    """A circle of inputs of norm K* is sent through layers; its length grows by sqrt(chi_perp) a layer."""
    system = spec["tanh"].system
    found = phase(spec["tanh"], {system.bias: "0.09", system.weight: "4"})
    rng, width, points = np.random.default_rng(7), 600, 1500
    angles = np.linspace(0, 2 * math.pi, points)
    rates = []
    for _ in range(6):
        axes = rng.standard_normal((2, width))
        curve = math.sqrt(float(found.K_star)) * (np.cos(angles)[:, None] * axes[0] + np.sin(angles)[:, None] * axes[1])
        for _ in range(2):
            before = np.linalg.norm(np.diff(curve, axis=0), axis=1).sum()
            matrix = rng.standard_normal((width, width)) * math.sqrt(4 / width)
            curve = np.tanh(curve) @ matrix.T + 0.3 * rng.standard_normal(width)
            rates.append(np.linalg.norm(np.diff(curve, axis=0), axis=1).sum() / before)
    mean, error = np.mean(rates), np.std(rates) / math.sqrt(len(rates) - 1)
    assert abs(mean - float(found.trajectory_growth)) < 4 * error + 0.005 and error < 0.01
