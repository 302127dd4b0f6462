"""The kernel recursion of neural-tangents, jitted, beside ``kernel_recursion``: two inputs, float64.

neural-tangents 0.6.5 is not a dependency. It runs with jax 0.4.30, numpy < 2 and its TensorFlow imports stubbed, in an
environment of its own (benchmarks/README.md); run this file there for its times and in ours for ours. It prints seconds
from a cold start, and the best of twenty warm calls, for each depth: compilation grows with depth, so that 1000 layers
are extrapolated from the difference of two depths.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import MagicMock

STARTED = time.perf_counter()
HYPERPARAMETERS = {"relu": (0.0, 2.0), "erf": (0.1, 1.5)}
KERNEL = [[1.0, 0.3], [0.3, 0.8]]


def best(call: Callable[[], Any]) -> float:
    times = []
    for _ in range(20):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def ours(name: str, depth: int) -> Callable[[], Any]:
    from ptheory.activations import lookup
    from ptheory.expectations import kernel_recursion

    sigma = lookup(name)
    return lambda: kernel_recursion(sigma, KERNEL, *HYPERPARAMETERS[name], depth)


def theirs(name: str, depth: int) -> Callable[[], Any]:
    import jax.experimental

    for module in ("tensorflow", "tf2jax", "jax.experimental.jax2tf"):
        sys.modules[module] = MagicMock()
    jax.experimental.jax2tf = sys.modules["jax.experimental.jax2tf"]
    jax.config.update("jax_enable_x64", True)
    import numpy as np
    from neural_tangents import stax

    bias, weight = HYPERPARAMETERS[name]
    activation = {"relu": stax.Relu, "erf": stax.Erf}[name]
    layers = [stax.Dense(1, W_std=1.0, b_std=0.0)]
    for _ in range(depth):
        layers += [activation(), stax.Dense(1, W_std=weight**0.5, b_std=bias**0.5)]
    kernel = stax.serial(*layers)[2]
    inputs = jax.numpy.array(np.linalg.cholesky(KERNEL) * 2**0.5)  # x x^T / 2 is the kernel of the first layer
    function = jax.jit(lambda x: kernel(x, None, "nngp"))
    return lambda: function(inputs).block_until_ready()


if __name__ == "__main__":
    program, name, *depths = sys.argv[1:]
    for depth in map(int, depths):
        call = {"ours": ours, "theirs": theirs}[program](name, depth)
        value = call()
        cold = time.perf_counter() - STARTED
        print(f"{program} {name} {depth} layers: cold {cold:.2f} s, warm {1e3 * best(call):.4f} ms, {value[-1]}")
