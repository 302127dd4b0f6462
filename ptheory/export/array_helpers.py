"""What exported functions of arrays are made of besides NumPy: the text of these functions stands in their source.

They are written in ``np``, which is NumPy or jax.numpy. An average is a Gauss-Legendre rule on panels that end at
kinks, at the scales of the Gaussian weight and at those of the activation, 16 nodes each, out to 12 standard
deviations. Panels and nodes stand on axis 0, so that the axes of the arguments broadcast behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy

Helper = Callable[..., Any]

DEPENDS: dict[str, tuple[str, ...]] = {
    "near": (),
    "normal": (),
    "bivariate_normal": ("near", "normal"),
    "panels": (),
    "mean_of_one": ("near", "panels"),
    "mean_of_two": ("near", "panels"),
}
"""helper -> those it calls"""


def array_helpers(np: ModuleType | Any, erf: Helper) -> Mapping[str, Helper]:
    """The helpers over NumPy or jax.numpy, by name."""

    def near(x: Any, least: Any, most: Any, scale: Any = 1.0) -> Any:
        """x, moved back to an end of [least, most] where rounding has taken it past."""
        slack = 1e-9 * scale
        x = np.where((x < least) & (x > least - slack), least, x)
        return np.where((x > most) & (x < most + slack), most, x)

    def normal(x: Any) -> Any:
        """P(z < x), z a standard normal variable."""
        return (1 + erf(x / np.sqrt(2.0))) / 2

    def bivariate_normal(h: Any, k: Any, rho: Any) -> Any:
        """P(z_1 < h, z_2 < k) of correlation rho: P(h) P(k) + int_0^asin(rho) exp(-...)/(2 pi)."""
        nodes, weights = numpy.polynomial.legendre.leggauss(64)
        angle = np.arcsin(near(rho, -1.0, 1.0))
        h, k, angle = np.broadcast_arrays(h, k, angle)
        nodes, weights = (np.reshape(v, (-1,) + (1,) * angle.ndim) for v in (nodes, weights))
        t = angle * (1 + nodes) / 2
        slope = np.exp(-(h * h + k * k - 2 * h * k * np.sin(t)) / np.maximum(2 * np.cos(t) ** 2, 1e-300))
        return normal(h) * normal(k) + angle * np.sum(weights * slope, axis=0) / (4 * np.pi)

    def panels(shift: Any, spread: Any, kinks: Any) -> Any:
        """Nodes x and weights of the standard normal law, for a function of shift + spread x with these kinks."""
        reach = 12.0
        in_x = [np.asarray(x, float) + 0 * spread for x in (-12, -7, -4, -2, 0, 2, 4, 7, 12)]
        in_z = [(z - shift) / np.maximum(spread, 1e-150) for z in (-10, -5, -2, -1, 1, 2, 5, 10, *kinks)]
        edges = np.sort(np.stack(np.broadcast_arrays(*in_x, *[np.clip(x, -reach, reach) for x in in_z])), axis=0)
        nodes, weights = numpy.polynomial.legendre.leggauss(16)
        nodes, weights = (np.reshape(v, (-1,) + (1,) * edges.ndim) for v in (nodes, weights))
        half = (edges[1:] - edges[:-1]) / 2
        x = (edges[1:] + edges[:-1]) / 2 + half * nodes
        weight = half * weights * np.exp(-x * x / 2) / np.sqrt(2 * np.pi)
        return np.reshape(x, (-1, *x.shape[2:])), np.reshape(weight, (-1, *x.shape[2:]))

    def mean_of_one(function: Any, k: Any, kinks: Any) -> Any:
        """<function(z)>, z of variance k."""
        spread = np.sqrt(near(k, 0.0, np.inf))
        x, weight = panels(0.0, spread, kinks)
        return np.sum(weight * function(spread * x), axis=0)

    def mean_of_two(function: Any, k_11: Any, k_12: Any, k_22: Any, kinks_1: Any, kinks_2: Any) -> Any:
        """<function(z_1, z_2)>, z_1 = a x and z_2 = b x + c y of covariance k; kinks in z_1 and in z_2."""
        a = np.sqrt(near(k_11, 0.0, np.inf))
        b = k_12 / np.maximum(a, 1e-150)
        c = np.sqrt(near(k_22 - b * b, 0.0, np.inf, k_22 + b * b))
        bends = [z * a / np.where(np.abs(b) > 1e-150, b, 1e150) for z in (-1, 0, 1, *kinks_2)]
        x, weight_x = panels(0.0, a, (*kinks_1, *bends))
        y, weight_y = panels(b * x, c, kinks_2)
        values = function(a * x, b * x + c * y)
        return np.sum(weight_x * np.sum(weight_y * values, axis=0), axis=0)

    return {one.__name__: one for one in (near, normal, bivariate_normal, panels, mean_of_one, mean_of_two)}
