"""Means over two preactivations in closed form: Cho and Saul for relu, Williams for erf, sines and exponentials."""

from __future__ import annotations

from typing import Any

import mpmath

Monomial = tuple[tuple[tuple[str, int, int], int], ...]  # ((kind, derivative, sample), power), kind "s" or "z"


class NoValue(ArithmeticError):
    """A side has no value at this point."""


def mean_of_two(activation: str, monomial: Monomial, kernel: Any) -> Any:
    """The classical closed forms: Cho and Saul for relu, Williams for erf."""
    orders = tuple(((kind, order), power) for (kind, order, _), power in monomial)
    a, b, c = (mpmath.mpmathify(x) for x in (kernel[0][0], kernel[1][1], kernel[0][1]))
    angle = mpmath.acos(c / mpmath.sqrt(a * b))
    plain = orders == ((("s", 0), 1), (("s", 0), 1))
    slopes = orders == ((("s", 1), 1), (("s", 1), 1))
    are_slopes = len(orders) == 2 and all(factor == ("s", 1) for factor, _ in orders)
    if activation == "relu" and plain:
        return mpmath.sqrt(a * b) / (2 * mpmath.pi) * (mpmath.sin(angle) + (mpmath.pi - angle) * mpmath.cos(angle))
    if activation == "relu" and are_slopes:  # whatever their powers: they are zero or one
        return (mpmath.pi - angle) / (2 * mpmath.pi)
    if activation == "step" and plain:
        return (mpmath.pi - angle) / (2 * mpmath.pi)
    if activation == "sign" and plain:
        return 1 - 2 * angle / mpmath.pi
    if activation == "erf" and plain:
        return 2 / mpmath.pi * mpmath.asin(2 * c / mpmath.sqrt((1 + 2 * a) * (1 + 2 * b)))
    if activation == "erf" and slopes:
        return 4 / mpmath.pi / mpmath.sqrt((1 + 2 * a) * (1 + 2 * b) - 4 * c * c)
    if activation == "sin" and plain:
        return (mpmath.exp(-(a + b - 2 * c) / 2) - mpmath.exp(-(a + b + 2 * c) / 2)) / 2
    if activation == "sin" and slopes:
        return (mpmath.exp(-(a + b - 2 * c) / 2) + mpmath.exp(-(a + b + 2 * c) / 2)) / 2
    if activation == "exp" and all(kind == "s" for (kind, _), _ in orders):
        (_, p), (_, q) = orders
        return mpmath.exp((p * p * a + 2 * p * q * c + q * q * b) / 2)
    if activation == "sin" and [power for _, power in orders] == [1, 1] and all(kind == "s" for (kind, _), _ in orders):
        ((_, m), _), ((_, n), _) = orders  # sin^(m)(z) = sin(z + m pi/2)
        together = mpmath.cospi(mpmath.mpf(m - n) / 2) * mpmath.exp(-(a + b - 2 * c) / 2)
        return (together - mpmath.cospi(mpmath.mpf(m + n) / 2) * mpmath.exp(-(a + b + 2 * c) / 2)) / 2
    if activation == "relu":
        return relu_of_two(monomial, a, b, angle)
    raise NoValue(f"{activation} at two inputs: {monomial}")


def relu_of_two(monomial: Monomial, a: Any, b: Any, angle: Any) -> Any:
    """In polar coordinates: z1 = sqrt(a) r cos(phi), z2 = sqrt(b) r cos(phi - angle)."""
    powers, half_planes = {1: 0, 2: 0}, set()
    for (kind, order, sample), power in monomial:
        if kind == "s" and order > 1:
            raise NoValue(f"derivative {order} of relu")
        powers[sample] += power * (kind == "z" or order == 0)
        half_planes |= {sample} if kind == "s" else set()
    p, q = powers[1], powers[2]
    start = angle - mpmath.pi / 2 if 2 in half_planes else -mpmath.pi / 2
    end = mpmath.pi / 2 if 1 in half_planes else angle + mpmath.pi / 2
    if not half_planes:
        start, end = -mpmath.pi, mpmath.pi
    around = mpmath.quad(lambda phi: mpmath.cos(phi) ** p * mpmath.cos(phi - angle) ** q, [start, end])
    radius = mpmath.mpf(2) ** (mpmath.mpf(p + q) / 2) * mpmath.gamma(mpmath.mpf(p + q) / 2 + 1)
    return a ** (mpmath.mpf(p) / 2) * b ** (mpmath.mpf(q) / 2) * radius * around / (2 * mpmath.pi)
