"""The rate of a formula's exponentials does not depend on the order they are met in (a set's, so the hash seed)."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import pytest
import sympy

from ptheory.activations.exponentials import common_rate


@pytest.mark.parametrize(
    "slopes, rate", [((1, 2, 3), 1), ((2, 4), 2), ((-1, 3), 1), ((Fraction(1, 2), Fraction(1, 3)), Fraction(1, 6))]
)
def test_the_common_rate_in_any_order(slopes: tuple[Fraction, ...], rate: Fraction) -> None:
    for order in permutations(map(sympy.Rational, slopes)):
        assert common_rate([sympy.sqrt(2) * slope for slope in order]) == sympy.sqrt(2) * sympy.Rational(rate)


def test_irrational_ratios_have_none() -> None:
    assert common_rate([sympy.S.One, sympy.sqrt(2)]) is None
    assert common_rate([]) is None
