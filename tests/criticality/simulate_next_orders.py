"""Real networks for V1, V8 and Theta1 of docs/new-results.md: `python -m tests.criticality.simulate_next_orders`.

Writes simulated_next_orders.json (ten minutes on one core; of one network where it is named). Fields are drawn as in
``simulate_new_results``: given the layer below, with the covariance it gives them, which is the law of Gaussian weights
exactly. What is known at infinite width is taken off, times n: V from the Markov chain of ``random_kernel``, Theta from
its recursion.
"""

import json
import sys
from functools import partial
from pathlib import Path

import numpy as np

from tests.criticality.random_kernel import QuadratureKernel
from tests.criticality.simulate_new_results import FIELDS, at_infinite_width
from tests.residual.two_layers import DENSITY, U

FILE = Path(__file__).with_name("simulated_next_orders.json")

FURTHER = ("tanh", "softsign")
NARROW = {32: 4_000_000, 64: 4_000_000, 128: 4_000_000}


def of_further_orders(name, width, networks, random):
    """V1 = n (n Var - V) and V8 at one width, in the last layer; V is that of infinite width, from the Markov chain."""
    sigma, _, weight, _, start, depth = FIELDS[name]
    draw = partial(random.standard_normal, dtype=np.float32)
    covariance = np.full(networks, start)
    for _ in range(depth - 1):
        z = np.sqrt(covariance, dtype=np.float32)[:, None] * draw((networks, width))
        covariance = weight * np.mean(sigma(z) ** 2, axis=1, dtype=np.float64)
    centred = covariance - covariance.mean()
    second, fourth = np.mean(centred**2), np.mean(centred**4)
    vertex = QuadratureKernel(sigma, weight, 0.0, U, DENSITY).run(start, [depth])[depth]["V"]
    return {"V1": width * (width * second - vertex), "V8": width**3 * (fourth - 3 * second**2)}


GRADIENTS = {"tanh, tangent kernel": 8}
THIN = {16: 2_000_000, 32: 4_000_000, 64: 6_000_000}
PART = 40_000  # networks that are held at once
KERNEL_RATES = (1.0, 1.0)  # of biases, of weights


def of_gradients(name, width, networks, random):
    """Theta1 = n (mean of H - Theta) of tanh, H the mean over neurons of the last layer and over all weights that take
    the fields of a layer to those of the next.

    Given W s = z' rows of W are Gaussian, and a gradient d' at layer l+1 becomes W^T d' = s (z'.d')/s.s + what is
    Gaussian of variance C_W/n |d'|^2 across s: with M' = <d' d'^T> only tr M' and z'.M' z' are handed down.
    """
    depth, start = GRADIENTS[name], FIELDS["tanh"][4]
    draw = partial(random.standard_normal, dtype=np.float32)
    fields, signals = [np.float32(np.sqrt(start)) * draw((networks, width))], []
    for _ in range(depth - 1):
        signals.append(np.tanh(fields[-1]))
        covariance = np.mean(signals[-1] ** 2, axis=1)
        fields.append(np.sqrt(covariance)[:, None] * draw((networks, width)))
    trace, along, total = np.ones(networks), np.mean(fields[-1] ** 2, axis=1), np.zeros(networks)
    for s, z in zip(reversed(signals), reversed(fields[:-1]), strict=True):
        norm = np.sum(s * s, axis=1)
        total += trace * (KERNEL_RATES[0] + KERNEL_RATES[1] * norm / width)
        parallel, across = along / norm, trace / width  # of W^T M' W along s and across
        slope = 1 - s * s
        more = (parallel - across) / norm
        trace = across * np.sum(slope**2, axis=1) + more * np.sum((slope * s) ** 2, axis=1)
        along = across * np.sum((slope * z) ** 2, axis=1) + more * np.sum(slope * z * s, axis=1) ** 2
    total += trace * (KERNEL_RATES[0] + KERNEL_RATES[1] * start)
    return {"Theta1": width * (total.mean() - tangent_kernel(depth, start))}


def in_parts(measure, name, width, networks, random):
    """The mean over networks of what is a mean."""
    found = [measure(name, width, PART, random) for _ in range(networks // PART)]
    return {q: np.mean([one[q] for one in found]) for q in found[0]}


def tangent_kernel(depth, kernel):
    """Theta of tanh at infinite width."""
    theta = KERNEL_RATES[0] + KERNEL_RATES[1] * kernel
    for _ in range(depth - 1):
        s = np.tanh(np.sqrt(kernel) * U)
        kernel, slope = float(DENSITY @ s**2), float(DENSITY @ (1 - s * s) ** 2)
        theta = KERNEL_RATES[0] + KERNEL_RATES[1] * kernel + slope * theta
    return theta


def main():
    random = np.random.default_rng(2026)
    stored = json.loads(FILE.read_text()) if FILE.exists() else {}
    for name in sys.argv[1:] or [*FURTHER, *GRADIENTS]:
        if name in GRADIENTS:
            stored[name] = at_infinite_width(lambda *a, name=name: in_parts(of_gradients, name, *a), THIN, random)
        else:
            stored[name] = at_infinite_width(lambda *a, name=name: of_further_orders(name, *a), NARROW, random)
        FILE.write_text(json.dumps(stored, indent=1) + "\n")


if __name__ == "__main__":
    main()
