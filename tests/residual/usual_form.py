"""The residual recursion usually quoted, K and V taken to close among themselves, for sigma(z) = sum_k c_k z^(k+1).

    V' = (chi_par + gamma^2)^2 V + C_W^2 (<s^4> - <s^2>^2) + 2 gamma^2 C_W (<z^2 s^2> - K <s^2>)

for z' = gamma z + b + W sigma(z), and K' = gamma^2 K + C_b + C_W <s^2>. Gaussian moments of polynomials, exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from tests.oracles.network import Rational


def usual_form(
    kernel: Rational, vertex: Rational, coefficients: Sequence[Fraction], gamma: Fraction, C_b: Fraction, C_W: Fraction
) -> tuple[Fraction, Fraction]:
    """(K', V') of the quoted form."""
    K, V = Fraction(kernel), Fraction(vertex)
    s = [Fraction(0), *coefficients]
    s2 = multiply(s, s)
    g, z2s2 = mean(s2, K), mean([Fraction(0), Fraction(0), *s2], K)
    s4 = mean(multiply(s2, s2), K)
    chi_par = C_W * (z2s2 - K * g) / (2 * K**2)
    mixed = 2 * gamma**2 * C_W * (z2s2 - K * g)
    return (
        gamma**2 * K + C_b + C_W * g,
        (chi_par + gamma**2) ** 2 * V + C_W**2 * (s4 - g**2) + mixed,
    )


def multiply(left: Sequence[Fraction], right: Sequence[Fraction]) -> list[Fraction]:
    product = [Fraction(0)] * (len(left) + len(right) - 1)
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            product[i + j] += a * b
    return product


def mean(polynomial: Sequence[Fraction], K: Fraction) -> Fraction:
    """sum_k c_2k (2k - 1)!! K^k"""
    total, moment = Fraction(0), Fraction(1)
    for k, coefficient in enumerate(polynomial[::2]):
        total += coefficient * moment
        moment *= (2 * k + 1) * K
    return total
