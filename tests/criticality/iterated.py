"""The tower of the fully connected network iterated in double precision: an independent witness.

Shares no code with ptheory: moments are dot products over fixed Gauss-Legendre nodes on either
side of zero (kinks of the activations tested sit there), derivatives are written out by hand.
"""

from collections.abc import Callable
from math import erf

import numpy as np

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(150)
_HALF = 6 * (_NODES + 1)
GRID = np.concatenate([-_HALF[::-1], _HALF])
WEIGHT = np.exp(-(GRID**2) / 2) / np.sqrt(2 * np.pi) * 6 * np.concatenate([_WEIGHTS[::-1], _WEIGHTS])


def tanh_jets(z: np.ndarray) -> tuple[np.ndarray, ...]:
    t = np.tanh(z)
    s = 1 - t * t
    return t, s, -2 * t * s, s * (6 * t * t - 2)


def sin_jets(z: np.ndarray) -> tuple[np.ndarray, ...]:
    return np.sin(z), np.cos(z), -np.sin(z), -np.cos(z)


def gelu_jets(z: np.ndarray) -> tuple[np.ndarray, ...]:
    normal = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    below = np.array([(1 + erf(x / np.sqrt(2))) / 2 for x in z])
    return z * below, below + z * normal, (2 - z * z) * normal, (z**3 - 4 * z) * normal


def polynomial_jets(coefficients: list[float]) -> Callable[[np.ndarray], tuple[np.ndarray, ...]]:
    derivatives = [np.polynomial.Polynomial(coefficients)]
    derivatives += [derivatives[0].deriv(m) for m in (1, 2, 3)]
    return lambda z: tuple(each(z) for each in derivatives)


def softsign_jets(z: np.ndarray) -> tuple[np.ndarray, ...]:
    a = 1 + np.abs(z)
    return z / a, a**-2.0, -2 * np.sign(z) * a**-3.0, 6 * a**-4.0


Jets = Callable[[np.ndarray], tuple[np.ndarray, ...]]


def iterate(
    jets: Jets,
    c_w: float,
    kernel: float,
    layers: list[int],
    rate_b: Callable[[int], float],
    rate_w: Callable[[int], float],
    delta: float = 0.0,
    c_b: float = 0.0,
) -> dict[int, dict[str, float]]:
    """Every quantity at the layers asked for; all start at 1/10 at layer 1 except K.

    ``delta``: the weight of the delta function at zero in the third derivative, where sigma'(0) = 1.
    """
    x = dict.fromkeys(("Theta", "V", "F", "B", "D", "A", "Q", "P", "R", "S", "T", "U"), 0.1)
    x["K"] = kernel
    found = {}
    for layer in range(1, max(layers) + 1):
        if layer in layers:
            found[layer] = dict(x)
        x = _next(jets, c_w, x, rate_b(layer + 1), rate_w(layer + 1), delta)
        x["K"] += c_b
    return found


def tower_at(
    jets: Jets, c_w: float, c_b: float, kernel: float, depth: int, rate_b: float, rate_w: float
) -> dict[str, float]:
    """Every quantity in a layer where layer 1 has Theta = 1 and no fluctuations."""
    x = dict.fromkeys(("V", "F", "B", "D", "A", "Q", "P", "R", "S", "T", "U"), 0.0)
    x |= {"K": kernel, "Theta": 1.0}
    for _ in range(depth - 1):
        x = _next(jets, c_w, x, rate_b, rate_w, 0.0)
        x["K"] += c_b
    return x


def _next(jets: Jets, c: float, x: dict[str, float], lam_b: float, lam_w: float, delta: float) -> dict[str, float]:
    k, th = x["K"], x["Theta"]
    s0, s1, s2, s3 = jets(np.sqrt(k) * GRID)

    def mean(f: np.ndarray) -> float:
        return float(WEIGHT @ f)

    g, dd = mean(s0 * s0), mean(s1 * s1)
    par, perp = c * mean(s0 * s0 * (GRID**2 - 1)) / (2 * k), c * dd
    h = c * mean(s1 * s1 * (GRID**2 - 1)) / (4 * k)
    r = lam_w / c
    at_kink = delta / np.sqrt(2 * np.pi * k)
    m = c * c * (mean(s0 * s0 * s1 * s1) - g * dd)
    s4, mixed, curve = mean(s1**4), mean(s2 * s1 * s1 * s0), mean(s1 * s1 * s2 * s2)
    v = par**2 * x["V"] + c * c * (mean(s0**4) - g * g)
    f = par**2 * x["F"] + c * c * mean(s0 * s0 * s1 * s1) * th
    b = perp**2 * x["B"] + c * c * s4 * th**2
    d_bare = par * perp * x["D"] + m * th + 2 * h * par * th * x["V"]
    a = (
        perp**2 * x["A"]
        + r * r * v
        + 2 * r * d_bare
        + c * c * (s4 - dd * dd) * th**2
        + 4 * h * h * th**2 * x["V"]
        + 4 * h * perp * th * x["D"]
    )
    p = par * perp * x["P"] + c * c * mixed * th**2 + c * perp * mean(s0 * s2) * x["B"]
    q = c * c * mixed * th**2 + 2 * h * par * th * x["F"] + par * perp * x["Q"]
    big_r = (
        perp**2 * x["R"]
        + r * p
        + c * c * (mean(s3 * s1**3) + at_kink) * th**3
        + c * perp * (mean(s3 * s1) + at_kink) * th * x["B"]
        + 2 * h * perp * th * x["P"]
    )
    big_s = perp**2 * x["S"] + r * b + c * c * curve * th**3 + c * perp * mean(s2 * s2) * th * x["B"]
    big_t = (
        perp**2 * x["T"]
        + r * r * f
        + 2 * r * q
        + c * c * curve * th**3
        + 4 * h * h * th**2 * x["F"]
        + 4 * h * perp * th * x["Q"]
    )
    return {
        "K": c * g,
        "Theta": lam_b + lam_w * g + perp * th,
        "V": v,
        "F": f,
        "B": b,
        "D": d_bare + r * v,
        "A": a,
        "Q": r * f + q,
        "P": p,
        "R": big_r,
        "S": big_s,
        "T": big_t,
        "U": perp**2 * x["U"] + c * c * curve * th**3,
    }
