"""Correlations where kernels go to zero and a derivative of sigma jumps at zero, iterated in floats to layer 10^5.

    python -m tests.criticality.kinked_angles

prints what the last layers extrapolate to (docs/nearby.md; five minutes). With u1 = r cos(t), u2 = r cos(t - theta) the
functions are smooth between the four angles at which u1 or u2 is zero, and in r: Gauss-Legendre in both. Shares nothing
with the engine.
"""

import numpy as np

LAYERS = 100_000
ANGLES, RADII, FARTHEST = 14, 30, 8.5
X, W = np.polynomial.legendre.leggauss(ANGLES)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(RADII)
R = FARTHEST / 2 * (1 + _NODES)
V = FARTHEST / 2 * _WEIGHTS * R * np.exp(-(R**2) / 2)


def softsign(z):
    return z / (1 + np.abs(z))


def elu(z):
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


def cubes(z):
    return z - z**3 / 6 + np.abs(z) ** 3 / 12


def leaky_tanh(z):
    return np.tanh(z) * np.where(z > 0, 1, 0.5)


def balanced(z):
    """Slopes 1 and 1/2, with s1 s2 the same on either side: K' - K ~ K^2, and yet a second derivative."""
    return np.where(z > 0, z + z**2 / 4 - z**3, z / 2 + z**2 / 2 - z**3 / 2)


WEIGHTS = {softsign: 1, elu: 1, cubes: 1, leaky_tanh: 8 / 5, balanced: 8 / 5}


def mean(sigma, size, c):
    """<sigma(x u1) sigma(x u2)>/x^2 at correlation c, x = size."""
    theta = np.arccos(np.clip(c, -1, 1))
    ends = np.array([-np.pi / 2, theta - np.pi / 2, np.pi / 2, theta + np.pi / 2, 3 * np.pi / 2])
    half = np.diff(ends)[:, None] / 2
    t = (ends[:-1, None] + half * (1 + X)).ravel()
    weights = (half * W).ravel() / (2 * np.pi)
    first, second = sigma(size * np.outer(R, np.cos(t))), sigma(size * np.outer(R, np.cos(t - theta)))
    return V @ (first * second) @ weights / size**2


def iterate(sigma, starts, layers=LAYERS, kernel=1 / 16):
    """{layer: (K, correlations)} at half of the layers and at all of them, from K = ``kernel``."""
    size, found = np.sqrt(kernel), {}
    c = np.array(starts, float)
    for layer in range(2, layers + 1):
        one = mean(sigma, size, 1.0)
        c = np.array([mean(sigma, size, each) / one for each in c])
        size = size * np.sqrt(WEIGHTS[sigma] * one)
        if layer in (layers // 2, layers):
            found[layer] = (size**2, c)
    return found


def survive(sigma, starts, layers=LAYERS):
    """(limit, amplitude): of c - m -> amplitude/l, from the last two."""
    found = iterate(sigma, starts, layers)
    half, whole = found[layers // 2][1], found[layers][1]
    amplitude = (half - whole) * layers
    return list(zip(whole - amplitude / layers, amplitude, strict=True))


def merge(sigma, starts, layers=LAYERS):
    """The amplitude of 1 - c -> amplitude/l^2, from the growth of (1 - c)^(-1/2)."""
    found = iterate(sigma, starts, layers)
    half, whole = ((1 - found[layer][1]) ** -0.5 for layer in (layers // 2, layers))
    return list(((whole - half) / (layers - layers // 2)) ** -2.0)


def main():
    for sigma in (softsign, elu, cubes):
        for limit, amplitude in survive(sigma, (0.0, 0.8)):
            print(f"{sigma.__name__}: c -> {limit:.9f}, l (c - m) -> {amplitude:.6f}", flush=True)
    for sigma in (leaky_tanh, balanced):
        for amplitude in merge(sigma, (0.0,)):
            print(f"{sigma.__name__}: l^2 (1 - c) -> {amplitude:.6f}", flush=True)


if __name__ == "__main__":
    main()
