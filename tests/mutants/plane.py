"""Means of any product of functions of one or two preactivations, by quadrature in the plane: some 12 digits.

With z = L u, L L^T = K and u = r (cos φ, sin φ), every kink at z1 = 0 or z2 = 0 is a ray, so that Gauss and Legendre's
rule between rays is exact to rounding. What changes with the number of nodes has no value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import numpy as np

from tests.mutants.reading import Node
from tests.mutants.two_inputs import NoValue

FARTHEST = 13.0  # exp(-13^2/2) = 2e-37
AGREE = 1e-12  # of the mean
ROUNDING = 1e-15  # of the sum of absolute values
NODES = (80, 112)  # of every piece of a ray and of every angle between kinks
PIECES = 6

Kernel = Sequence[Sequence[Fraction | float]]  # of one input or two
Values = np.ndarray | float
Fields = Mapping[int, np.ndarray]  # z at every node, by sample


def _normal(z: Values) -> Values:
    return np.vectorize(math.erfc, otypes=[float])(-z / math.sqrt(2)) / 2


FUNCTIONS = {
    "sqrt": np.sqrt, "exp": np.exp, "log": np.log, "sinh": np.sinh, "cosh": np.cosh, "abs": np.abs, "sin": np.sin,
    "cos": np.cos, "erf": np.vectorize(math.erf, otypes=[float]), "tanh": np.tanh, "sign": np.sign,
    "relu": lambda z: np.maximum(z, 0), "step": lambda z: np.heaviside(z, 0), "gelu": lambda z: z * _normal(z),
}  # fmt: skip
SMOOTH_UP_TO = {"relu": 1, "sign": 0, "step": 0}  # the last derivative that is a function


def plain_mean(inside: Node, activation: str, kernel: Kernel) -> float:
    """⟨inside⟩ under z ~ N(0, kernel), the kernel of one or two inputs. NoValue where two rules disagree."""
    results = []
    for nodes in NODES:
        fields, weights = _rule(tuple(tuple(float(x) for x in row[:2]) for row in kernel[:2]), nodes)
        moved, factor = _by_parts(inside, activation, kernel, fields)
        with np.errstate(all="ignore"):
            values = weights * factor * _at(moved, activation, fields)
        half = len(values) // 2  # the second half are the opposite points: what is odd cancels exactly
        results.append((float(np.sum(values[:half] + values[half:])), float(np.sum(np.abs(values)))))
    (coarse, _), (fine, size) = results
    if not math.isfinite(fine) or abs(coarse - fine) + ROUNDING * size > AGREE * abs(fine) > 0:
        raise NoValue(f"quadrature of {inside}: {coarse}, {fine}")
    return fine


@lru_cache(maxsize=4)
def _rule(kernel: tuple[tuple[float, ...], ...], nodes: int) -> tuple[Fields, np.ndarray]:
    """The fields at every node and the weights; the opposite points follow the others."""
    a = kernel[0][0]
    b, c = (kernel[1][1], kernel[0][1]) if len(kernel) > 1 else (1.0, 0.0)
    across = math.sqrt(max(b - c * c / a, 0.0))
    second = math.atan2(-c / math.sqrt(a), across)  # z2 = 0 along this ray and the one opposite
    rays = sorted({-math.pi / 2, second, math.pi / 2})
    angles, angle_weights = _composite(rays, nodes)
    radii, radius_weights = _composite(list(np.linspace(0, FARTHEST, PIECES + 1)), nodes)
    r, phi = np.meshgrid(radii, angles, indexing="ij")
    z1, along = r * np.cos(phi), r * np.sin(phi)
    density = np.outer(radius_weights * radii * np.exp(-radii * radii / 2), angle_weights) / (2 * math.pi)
    first = math.sqrt(a) * z1.ravel()
    other = (c / math.sqrt(a) * z1 + across * along).ravel()
    fields = {1: np.concatenate([first, -first]), 2: np.concatenate([other, -other])}
    return fields, np.concatenate([density.ravel()] * 2)


def _composite(ends: list[float], nodes: int) -> tuple[np.ndarray, np.ndarray]:
    x, w = np.polynomial.legendre.leggauss(nodes)
    pairs = list(pairwise(ends))
    points = [(a + b) / 2 + (b - a) / 2 * x for a, b in pairs]
    return np.concatenate(points), np.concatenate([(b - a) / 2 * w for a, b in pairs])


def _by_parts(inside: Node, activation: str, kernel: Kernel, fields: Fields) -> tuple[Node, Values]:
    """⟨f^(m)(z1) g(z2)⟩ = ⟨f^(m-k)(z1) g(z2) He_k⟩ where f^(m) is no function: the derivatives moved to the density."""
    names = _factors(inside)
    for factor in names:
        stem, primes, sample = _named(factor, activation)
        above = primes - SMOOTH_UP_TO.get(stem, primes)
        if above <= 0:
            continue
        if above > 2 or any(_named(f, activation)[2] == sample for f in names if f is not factor):
            raise NoValue(f"derivative {primes} of {stem} beside others at one input")
        inverse = np.linalg.inv(np.array([[float(x) for x in row[:2]] for row in kernel[:2]]))
        slope = sum(inverse[sample - 1][b] * fields[b + 1] for b in range(len(inverse)))
        factor_at = slope if above == 1 else slope**2 - inverse[sample - 1][sample - 1]
        lowered = ("name", factor[1], primes - above, ())
        moved: Node = lowered
        for other in names:
            moved = moved if other is factor else ("*", moved, other)
        return moved, factor_at
    return inside, 1.0


def _factors(node: Node) -> list[Node]:
    match node:
        case ("*", a, b):
            return [*_factors(a), *_factors(b)]
    return [node]


def _named(node: Node, activation: str) -> tuple[str, int, int]:
    """(function, primes, sample) of a name such as s1'; ("", 0, 0) of anything else."""
    match node:
        case ("name", name, primes, ()):
            stem = name.rstrip("12")
            return (activation if stem in ("s", "sigma") else stem), primes, int(name[len(stem) :] or "1")
    return "", 0, 0


def _at(node: Node, activation: str, fields: Fields) -> Values:
    """The values at every node."""

    def at(inner: Node) -> Values:
        return _at(inner, activation, fields)

    match node:
        case ("number", value):
            return float(value)
        case ("+", a, b):
            return at(a) + at(b)
        case ("-", a):
            return -at(a)
        case ("*", a, b):
            return at(a) * at(b)
        case ("/", a, b):
            return at(a) / at(b)
        case ("^", a, b):
            return at(a) ** at(b)
        case ("call", name, inner):
            return _derivative(activation if name in ("s", "sigma") else name, 0, at(inner))
        case ("name", "pi", 0, ()):
            return math.pi
        case ("name", _, _, ()):
            stem, primes, sample = _named(node, activation)
            if sample not in fields or (stem == "z" and primes):
                raise NoValue(str(node))
            return fields[sample] if stem == "z" else _derivative(stem, primes, fields[sample])
    raise NoValue(str(node))


def _derivative(name: str, order: int, z: Values) -> Values:
    """f^(order)(z) where it is a function and short."""
    if name not in FUNCTIONS or order > SMOOTH_UP_TO.get(name, order):
        raise NoValue(f"derivative {order} of {name}")
    if order == 0:
        return FUNCTIONS[name](z)
    if name == "relu":
        return np.heaviside(z, 0)
    if name in ("sin", "cos"):
        return FUNCTIONS[name](z + order * math.pi / 2)
    if name == "exp":
        return np.exp(z)
    if name == "erf":
        hermite = np.polynomial.hermite.hermval(z, [0] * (order - 1) + [1])
        return 2 / math.sqrt(math.pi) * (-1) ** (order - 1) * hermite * np.exp(-z * z)
    if name == "tanh" and order == 1:
        return np.cosh(z) ** -2.0
    if name == "tanh" and order == 2:
        return -2 * np.tanh(z) * np.cosh(z) ** -2.0
    raise NoValue(f"derivative {order} of {name}")
