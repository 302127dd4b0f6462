"""Real networks for docs/new-results.md: `python -m tests.criticality.simulate_new_results` writes simulated.json.

Every network is drawn anew. Given the layer below, the new part of a neuron at one input is Gaussian of variance
C_b + (C_W/n) sum sigma^2: where fields alone are wanted it is drawn as that, which is the law of a network with
Gaussian weights exactly; for the tangent kernel weights are drawn and H' = lambda_b +
(lambda_W/n) sum sigma^2 + W s' H s' W^T.
Means over networks at several widths are extrapolated to infinite width by a parabola in 1/n. Nothing of ptheory.
"""

import json
import sys
from math import erf
from pathlib import Path

import numpy as np

from tests.residual.two_layers import DENSITY, U

FILE = Path(__file__).with_name("simulated.json")
STAR = (3 + np.sqrt(17)) / 2
GELU = {"weight": 1.98305825743754713, "bias": 0.172922390756067352, "start": STAR}
BATCHES = 20
MEAN_KERNEL = "mean kernel, residual relu, half"
MEAN_DEPTH, MEAN_WIDTHS = 4, {32: 800_000, 64: 800_000, 128: 600_000}
TABLE = np.linspace(-9, 9, 180_001)
BELOW = np.array([(1 + erf(x / np.sqrt(2))) / 2 for x in TABLE])  # linear interpolation: 3e-10


def ndtr(z):
    return np.interp(z, TABLE, BELOW)


def gelu(z):
    return z * ndtr(z)


def gelu_slope(z):
    return ndtr(z) + z * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)


def relu(z):
    return np.maximum(z, 0)


# name: sigma, skip, weight, bias, kernel of layer 1, depth
FIELDS = {
    "tanh": (np.tanh, 0.0, 1.0, 0.0, 0.5, 8),
    "softsign": (lambda z: z / (1 + np.abs(z)), 0.0, 1.0, 0.0, 0.5, 8),
    "gelu": (gelu, 0.0, GELU["weight"], GELU["bias"], STAR, 6),
    "residual relu": (relu, 0.8, 0.72, 0.0, 1.0, 8),
    "residual relu, half": (relu, 0.5, 1.5, 0.0, 1.0, 8),
    "residual tanh": (np.tanh, 0.8, 0.36, 0.0, 0.5, 8),
    "residual gelu": (gelu, 0.8, 0.36 * GELU["weight"], 0.36 * GELU["bias"], STAR, 8),
}
WIDTHS = {128: 200_000, 256: 100_000, 512: 50_000}  # networks of each


def of_fields(name, width, networks, random):
    """V, and without a skip G1, V6 too, in the last layer from one batch."""
    sigma, skip, weight, bias, start, depth = FIELDS[name]
    z = np.sqrt(start) * random.standard_normal((networks, width))
    for _ in range(depth - 1):
        covariance = bias + weight * np.mean(sigma(z) ** 2, axis=1)
        z = skip * z + np.sqrt(covariance)[:, None] * random.standard_normal((networks, width))
    if skip:
        squares = np.sum(z * z, axis=1)
        one = np.mean(z**4) - np.mean(z * z) ** 2
        return {"V": (np.var(squares, ddof=1) - width * one) / (width - 1)}
    centred = covariance - covariance.mean()
    return {
        "G1": width * (covariance.mean() - kernel_in(name, depth)),
        "V": width * np.mean(centred**2),
        "V6": width**2 * np.mean(centred**3),
    }


def kernel_in(name, layer):
    """The leading kernel of a layer."""
    sigma, skip, weight, bias, kernel, _ = FIELDS[name]
    for _ in range(layer - 1):
        kernel = skip**2 * kernel + bias + weight * float(DENSITY @ sigma(np.sqrt(kernel) * U) ** 2)
    return kernel


def of_mean_kernel(width, networks, random):
    """G1 of the residual ReLU at skip 1/2. What the neurons of a layer add to their averages beyond the expectation
    given the layers below has mean zero, and is regressed out: two such numbers of every layer."""
    name = "residual relu, half"
    _, skip, weight, bias, start, _ = FIELDS[name]
    z = np.sqrt(start) * random.standard_normal((networks, width))
    below, variance, noise = np.zeros_like(z), np.full(networks, start), []
    for _ in range(MEAN_DEPTH - 1):
        spread = np.sqrt(variance)[:, None]
        share = below / spread
        density = np.exp(-share * share / 2) / np.sqrt(2 * np.pi)
        expected = (below**2 + spread**2) * ndtr(share) + below * spread * density
        noise.append(np.mean(relu(z) ** 2 - expected, axis=1))
        noise.append(np.mean(z * z - below**2, axis=1) - variance)
        below = skip * z
        variance = bias + weight * np.mean(relu(z) ** 2, axis=1)
        z = below + np.sqrt(variance)[:, None] * random.standard_normal((networks, width))
    found = np.mean(below**2, axis=1) + variance
    controls, halves, means = np.column_stack(noise), (slice(0, networks // 2), slice(networks // 2, None)), []
    for half, other in (halves, halves[::-1]):  # by the slopes of the other half, so that nothing is correlated
        slopes = np.linalg.lstsq(controls[other] - controls[other].mean(axis=0), found[other], rcond=None)[0]
        means.append(np.mean(found[half] - controls[half] @ slopes))
    return {"G1": width * (np.mean(means) - kernel_in(name, MEAN_DEPTH))}


TANGENT = {24: 40_000, 48: 14_000, 96: 4_000}
TANGENT_DEPTH, RATES = 4, (0.7, 0.4)


# name: sigma, its slope, skip, weight, bias, kernel of layer 1
TANGENTS = {
    "tangent kernel": (gelu, gelu_slope, 0.0, GELU["weight"], GELU["bias"], STAR),
    "tangent kernel, residual relu": (relu, lambda z: 1.0 * (z > 0), 0.8, 0.72, 0.0, 1.0),
    "tangent kernel, residual tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2, 0.8, 0.36, 0.0, 0.5),
}


def of_tangent_kernel(name, width, networks, random):
    """D, F, A, B, where the tangent kernel of layer 1 is one: correlators of H and z at two neurons, averaged over all
    pairs."""
    sigma, slope_of, skip, weight, bias, start = TANGENTS[name]
    z = np.sqrt(start) * random.standard_normal((networks, width))
    h = np.broadcast_to(np.eye(width), (networks, width, width)).copy()
    for _ in range(TANGENT_DEPTH - 1):
        w = np.sqrt(weight / width) * random.standard_normal((networks, width, width))
        s, slope = sigma(z), slope_of(z)
        half = skip * np.eye(width) + w * slope[:, None, :]
        h = half @ h @ half.transpose(0, 2, 1)
        h += (RATES[0] + RATES[1] * np.mean(s * s, axis=1))[:, None, None] * np.eye(width)
        z = skip * z + np.sqrt(bias) * random.standard_normal((networks, width)) + np.einsum("bij,bj->bi", w, s)
    own = np.einsum("bii->bi", h)
    pairs = width * (width - 1)

    def apart(a, b):
        """Over distinct neurons: the mean of a_i b_j."""
        return (a.sum(axis=1) * b.sum(axis=1) - (a * b).sum(axis=1)) / pairs

    off = h - own[:, :, None] * np.eye(width)
    squares = z * z
    theta = own.mean()
    return {
        "Theta": theta,
        "D": width * (apart(own, squares).mean() - theta * squares.mean()),
        "F": width * np.einsum("bij,bi,bj->b", off, z, z).mean() / pairs,
        "A": width * (apart(own, own).mean() - theta**2),
        "B": width * np.einsum("bij,bij->b", off, off).mean() / pairs,
    }


def at_infinite_width(measure, sizes, random):
    """{quantity: (value, standard error)}: the parabola in 1/n through three widths, errors from batches."""
    means, errors = [], []
    for width, networks in sizes.items():
        found = [measure(width, networks // BATCHES, random) for _ in range(BATCHES)]
        means.append({q: np.mean([one[q] for one in found]) for q in found[0]})
        errors.append({q: np.std([one[q] for one in found], ddof=1) / np.sqrt(BATCHES) for q in found[0]})
    inverse = 1 / np.array(list(sizes))
    shares = [np.prod([y / (y - x) for y in inverse if y != x]) for x in inverse]
    return {
        q: (
            float(sum(s * m[q] for s, m in zip(shares, means, strict=True))),
            float(np.sqrt(sum((s * e[q]) ** 2 for s, e in zip(shares, errors, strict=True)))),
        )
        for q in means[0]
    }


def main():
    random = np.random.default_rng(2026)
    stored = json.loads(FILE.read_text()) if FILE.exists() else {}
    for name in sys.argv[1:] or [*FIELDS, *TANGENTS, MEAN_KERNEL]:
        if name == MEAN_KERNEL:
            stored[name] = at_infinite_width(of_mean_kernel, MEAN_WIDTHS, random)
        elif name in TANGENTS:
            stored[name] = at_infinite_width(lambda *a, name=name: of_tangent_kernel(name, *a), TANGENT, random)
        else:
            stored[name] = at_infinite_width(lambda *a, name=name: of_fields(name, *a), WIDTHS, random)
        FILE.write_text(json.dumps(stored, indent=1) + "\n")


if __name__ == "__main__":
    main()
