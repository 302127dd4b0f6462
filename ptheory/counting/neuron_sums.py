"""Moments of sums over independent neurons: coincidences counted by partitions.

For n independent, identically distributed neurons E[(sum_j f_j)^p] splits by which of the p indices coincide. With
b_1 + ... + b_r = p the sizes of the r groups of equal indices, k_s of them of size s,

    E[(sum_j f_j)^p] = sum over partitions of p of  p! / (prod_s s!^k_s k_s!)  n (n-1) ... (n-r+1)  m_b1 ... m_br,

m_b = E[f^b] at one neuron. With several functions the sizes are vectors that add up to (p_1, ..., p_q), and m_b is
E[f_1^b_1 ... f_q^b_q].
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import factorial, prod
from typing import Any

import numpy as np
import numpy.typing as npt

from ptheory.counting.packed_sum import (
    Exact,
    Exponents,
    Integers,
    PackedSum,
    exact_product,
    exponent_type,
    require_room,
)

WIDTH = "n"
Block = tuple[int, ...]  # how many times each function sits at one neuron


@dataclass(frozen=True)
class Coincidences:
    """Which indices coincide in prod_i (sum_j f_i)^p_i, patterns with the same groups counted as one class.

    Class t has ``multiplicities``[b, t] groups of kind ``blocks``[b], ``distinct``[t] of them in all, and holds
    ``counts``[t] patterns.
    """

    blocks: tuple[Block, ...]
    multiplicities: Integers
    counts: Exact
    distinct: Integers


def coincidences(*powers: int) -> Coincidences:
    """All classes for the powers (p_1, ..., p_q); whatever larger groups are chosen, the rest stays alone."""
    if min(powers, default=0) < 0:
        raise ValueError("a moment needs powers of at least zero")
    vectors = sorted(product(*(range(p + 1) for p in powers)), key=lambda b: (sum(b), [-k for k in b]))
    blocks = tuple(b for b in vectors if any(b))
    left = np.array(powers, dtype=np.int64)[:, np.newaxis]  # functions not placed yet
    grown: list[tuple[Integers, Integers]] = []  # for each block: the class it extends, how many of the block
    for block in reversed(blocks):
        fits = np.array([left[i] // k for i, k in enumerate(block) if k]).min(axis=0)
        options = fits + 1 if sum(block) > 1 else np.ones_like(fits)
        require_room(int(options.sum()), len(blocks))
        before = np.arange(len(options)).repeat(options)
        offset = options.cumsum() - options
        number = np.arange(len(before)) - offset[before] if sum(block) > 1 else fits
        left = left.repeat(options, axis=1) - np.array(block)[:, np.newaxis] * number
        grown.append((before, number))
    rows = []
    last = np.arange(left.shape[1])
    for before, number in reversed(grown):
        rows.append(number[last])
        last = before[last]
    multiplicities = np.array(rows, dtype=np.int64).reshape(len(blocks), left.shape[1])
    return Coincidences(blocks, multiplicities, _counts(powers, blocks, multiplicities), multiplicities.sum(axis=0))


def _counts(powers: tuple[int, ...], blocks: tuple[Block, ...], multiplicities: Integers) -> Exact:
    """prod_i p_i! / prod_b ( (prod_i b_i!)^k_b k_b! ): the divisor divides, so it fits wherever the numerator does."""
    orders = prod(map(factorial, powers))
    kind: Any = np.int64 if orders < 2**63 else np.object_
    divisor = np.ones(multiplicities.shape[1], dtype=kind)
    for block, row in zip(blocks, multiplicities, strict=True):
        inside = prod(map(factorial, block))
        table = np.array([inside**k * factorial(k) for k in range(int(row.max(initial=0)) + 1)], dtype=kind)
        divisor = divisor * table[row]
    return orders // divisor


def sum_moment(*powers: int) -> PackedSum:
    """E[prod_i (sum_j f_i)^p_i]: generators "n", then m_b for the blocks b in the order of ``coincidences``."""
    classes = coincidences(*powers)
    choose = _falling_factorials(sum(powers))
    # n(n-1)...(n-r+1) has powers 1 ... r of n (only n^0 for no neuron at all)
    options = np.maximum(classes.distinct, 1)
    which = np.arange(len(options)).repeat(options)
    distinct = classes.distinct[which]
    width_power = distinct - (np.arange(len(which)) - (options.cumsum() - options)[which])
    numerators = exact_product([classes.counts[which], choose[distinct, width_power]])
    return _packed(classes, width_power, classes.multiplicities.take(which, axis=1), numerators)


def sum_moment_in_cumulants(*powers: int) -> PackedSum:
    """The same in the one-neuron joint cumulants: every group carries n kappa_b, no falling factorials."""
    classes = coincidences(*powers)
    return _packed(classes, classes.distinct, classes.multiplicities, classes.counts)


def _packed(classes: Coincidences, width_power: Integers, blocks: Integers, numerators: Exact) -> PackedSum:
    exponents: Exponents = np.empty((len(classes.blocks) + 1, len(width_power)), exponent_type(int(width_power.max())))
    exponents[0], exponents[1:] = width_power, blocks
    return PackedSum((WIDTH, *classes.blocks), exponents.T, numerators.tolist())


def _falling_factorials(most: int) -> npt.NDArray[Any]:
    """Row r: the coefficients of n(n-1)...(n-r+1) by powers of n (signed Stirling numbers of the first kind)."""
    rows = [[1] + [0] * most]
    for r in range(most):
        rows.append([low - r * same for low, same in zip([0, *rows[-1]], rows[-1], strict=False)])
    return np.array(rows, dtype=np.int64 if most <= 20 else np.object_)  # |s(r, k)| <= (r-1)!
