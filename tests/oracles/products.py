"""Exact products over hidden layers, one input: deep linear and ReLU networks without biases."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import comb


def odd_factorial(m: int) -> int:
    """(2m-1)!!"""
    value = 1
    for odd in range(1, 2 * m, 2):
        value *= odd
    return value


def linear_moment(m: int, kernel: Fraction, widths: Sequence[int]) -> Fraction:
    """E z^{2m} of one output, C_b = 0, C_W = 1: (2m-1)!! K^m prod_l prod_{k<m} (1 + 2k/n_l) over hidden widths n_l.

    K = x.x/n_0 is the first-layer variance, the same at every layer.
    """
    value = odd_factorial(m) * Fraction(kernel) ** m
    for n in widths:
        for k in range(m):
            value *= 1 + Fraction(2 * k, n)
    return value


def relu_norm_moment(m: int, n: int) -> Fraction:
    """E[((2/n) sum_j relu(g_j)^2)^m], g_j independent standard normal: 1, 1 + 5/n, 1 + 15/n + 44/n^2 for m = 1, 2, 3.

    Given that k of the n are positive (binomial), the sum is chi-squared with k degrees of freedom.
    """
    total = Fraction(0)
    for k in range(n + 1):
        chi_squared = Fraction(1)
        for step in range(m):
            chi_squared *= k + 2 * step
        total += Fraction(comb(n, k), 2**n) * chi_squared
    return total * Fraction(2, n) ** m


def relu_moment(m: int, kernel: Fraction, widths: Sequence[int]) -> Fraction:
    """E z^{2m} of one output of a ReLU network, C_b = 0, C_W = 2, K = 2 x.x/n_0 the first-layer variance."""
    value = odd_factorial(m) * Fraction(kernel) ** m
    for n in widths:
        value *= relu_norm_moment(m, n)
    return value
