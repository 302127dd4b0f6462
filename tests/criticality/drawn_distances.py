"""Networks of finite width, drawn: what they do to the distance of two nearby inputs, layer by layer.

    python -m tests.criticality.drawn_distances tanh 1/20 2

draws the weights of networks of three widths and compares rates and their standard errors with ``ptheory phase``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from fractions import Fraction

import numpy as np

FUNCTIONS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray], np.ndarray]]] = {
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "sin": (np.sin, np.cos),
    "hard_tanh": (lambda z: np.clip(z, -1, 1), lambda z: 1.0 * (np.abs(z) < 1)),
}
BEFORE = 12  # layers until nothing remembers where the network began


def by_their_weights(name: str, bias: float, weight: float, width: int, networks: int, depth: int, seed: int):
    """log of the squared length of a tangent vector after ``depth`` layers over that before, for every network."""
    function, slope = FUNCTIONS[name]
    generator = np.random.default_rng(seed)
    grown = np.zeros(networks)
    z, tangent = generator.standard_normal((2, networks, width))
    for layer in range(BEFORE + depth):
        weights = generator.standard_normal((networks, width, width), dtype=np.float32) * np.sqrt(weight / width)
        shift = np.sqrt(bias) * generator.standard_normal((networks, width))
        tangent = np.einsum("kij,kj->ki", weights, slope(z) * tangent)
        z = np.einsum("kij,kj->ki", weights, function(z)) + shift
        size = (tangent**2).mean(axis=1)
        tangent /= np.sqrt(size)[:, None]
        if layer >= BEFORE:
            grown += np.log(size)
    return grown


def by_their_covariances(name: str, bias: float, weight: float, width: int, networks: int, depth: int, seed: int):
    """The same: given a layer, the neurons of the next one are independent and Gaussian."""
    function, slope = FUNCTIONS[name]
    generator = np.random.default_rng(seed)
    grown, kernel, mixed = np.zeros(networks), np.ones(networks), np.zeros(networks)
    for layer in range(BEFORE + depth):
        first, second = generator.standard_normal((2, networks, width))
        along = mixed / np.sqrt(kernel)
        z = np.sqrt(kernel)[:, None] * first
        tangent = slope(z) * (along[:, None] * first + np.sqrt(1 - along**2)[:, None] * second)
        value = function(z)
        size = weight * (tangent**2).mean(axis=1)
        kernel, mixed = bias + weight * (value**2).mean(axis=1), weight * (value * tangent).mean(axis=1) / np.sqrt(size)
        if layer >= BEFORE:
            grown += np.log(size)
    return grown


def rates(grown: np.ndarray, width: int, depth: int, perpendicular: float) -> tuple[tuple[float, float], ...]:
    """n times the rates of E log D and of Var log D with standard errors."""
    count = len(grown)
    mean = (grown.mean() / depth - np.log(perpendicular)) * width
    spread = grown.var() * width / depth
    return (mean, grown.std() / np.sqrt(count) / depth * width), (spread, spread * np.sqrt(2 / count))


def main(name: str, bias: str, weight: str, networks: int = 20_000, depth: int = 20) -> None:
    import ptheory as pt

    found = pt.phase(name, bias=bias, weight=weight).to_json()
    derived = found["finite_width"]
    print(f"derived  typical {float(derived['rate_typical']):.4f}  variance {float(derived['rate_of_variance']):.4f}")
    for width in (16, 32, 64):
        share = networks // (width // 16) ** 2
        parts = [
            by_their_weights(name, float(Fraction(bias)), float(Fraction(weight)), width, 500, depth, seed)
            for seed in range(share // 500 or 1)
        ]
        typical, variance = rates(np.concatenate(parts), width, depth, float(found["chi_perp"]))
        rows = (
            f"{label} {value:.3f} ± {error:.3f}"
            for label, (value, error) in (("typical", typical), ("variance", variance))
        )
        print(f"n = {width:3d}", *rows, sep="  ")


if __name__ == "__main__":
    main(*sys.argv[1:4])
