"""Every fact in the table of elementary functions, against mpmath and the libraries it names."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import Any

import flint
import mpmath
import numpy as np
import pytest
import sympy

from ptheory.algebra.elementary import BY_NAME, ELEMENTARY, ElementaryFunction

COMPOSED: dict[str, Any] = {
    "step": lambda x: mpmath.mpf(x > 0) if x else mpmath.mpf("0.5"),
    "Phi": mpmath.ncdf,
    "abs": abs,
    "relu": lambda x: max(x, 0),
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "gelu": lambda x: x * mpmath.ncdf(x),
    "swish": lambda x: x / (1 + mpmath.exp(-x)),
}
POINTS = [mpmath.mpf(k) / 7 for k in range(1, 60)]
INSIDE = [x for x in POINTS if x < 1]

rows = pytest.mark.parametrize("row", ELEMENTARY, ids=lambda row: row.name)


def function(row: ElementaryFunction) -> Any:
    return COMPOSED.get(row.name) or getattr(mpmath, row.name)


@rows
def test_libraries_have_it_under_its_name(row: ElementaryFunction) -> None:
    if row.in_libraries:
        x = 1.25 if row.name == "acosh" else 0.3
        exact = function(row)(mpmath.mpf(x))
        assert float(getattr(sympy, row.name)(sympy.Float(x))) == pytest.approx(float(exact))
        assert getattr(math, row.name)(x) == pytest.approx(float(exact))
        assert float(getattr(flint.arb(x), row.name)()) == pytest.approx(float(exact))
        assert float(getattr(flint.acb(x), row.name)().real) == pytest.approx(float(exact))
    if row.numpy:
        x = 1.25 if row.name == "acosh" else 0.3
        assert getattr(np, row.numpy)(x) == pytest.approx(float(function(row)(mpmath.mpf(x))))
    if row.sympy_name:
        assert isinstance(getattr(sympy, row.sympy_name)(sympy.Symbol("x")), sympy.Expr)


def test_no_name_stands_in_two_rows() -> None:
    every = [name for row in ELEMENTARY for name in (*row.names, *row.claim_spellings)]
    assert len(every) == len(set(every))


@rows
def test_parity(row: ElementaryFunction) -> None:
    f = function(row)
    found = {int(s) for s in (1, -1) if all(mpmath.almosteq(f(-x), s * f(x), abs_eps=1e-12) for x in INSIDE)}
    if row.name in ("log", "sqrt", "acosh"):  # real on one side only
        found = set()
    assert found == ({row.parity} if row.parity else set())


@rows
def test_value_at_zero(row: ElementaryFunction) -> None:
    if row.name == "log":
        assert row.value_at_zero is None
    else:
        value = function(row)(mpmath.mpf(0))
        assert row.value_at_zero == (int(mpmath.re(value)) if value in (0, 1) else None)


@rows
def test_value_at_one_over_pi(row: ElementaryFunction) -> None:
    value = mpmath.re(function(row)(mpmath.mpf(1))) / mpmath.pi
    quarters = 4 * value if mpmath.isfinite(value) else mpmath.mpf("0.1")
    is_rational = mpmath.almosteq(quarters, mpmath.nint(quarters), abs_eps=1e-12)
    assert row.at_one_over_pi == (Fraction(int(mpmath.nint(quarters)), 4) if is_rational else None)


@rows
def test_increasing(row: ElementaryFunction) -> None:
    if row.branch_points or row.name == "tan":  # not on the whole line
        assert not row.is_increasing
    else:
        with mpmath.workdps(60):  # erf(8) is 1 to 28 digits
            values = [function(row)(x) for x in [-x for x in reversed(POINTS)] + POINTS]
        assert row.is_increasing == all(a < b for a, b in pairwise(values))


@rows
def test_inverse(row: ElementaryFunction) -> None:
    if row.inverse:
        back = getattr(mpmath, BY_NAME[row.inverse].name)
        assert all(mpmath.almosteq(back(function(row)(x)), x, 1e-6) for x in INSIDE)


@rows
def test_bound(row: ElementaryFunction) -> None:
    if row.bound is not None:
        assert all(abs(function(row)(s * x)) <= row.bound for x in [*POINTS, 10**6] for s in (1, -1))


@rows
def test_branch_points(row: ElementaryFunction) -> None:
    """The value or the slope differs between the two sides."""
    for point in (-1, 0, 1):
        sides = [function(row)(point + s * mpmath.mpf("0.001")) for s in (1, -1)]
        slopes = [mpmath.diff(function(row), point + s * mpmath.mpf("0.001"), h=1e-5) for s in (1, -1)]
        breaks = not mpmath.almosteq(*slopes, 0.02, 0.02) or not mpmath.almosteq(*sides, 0.02, 0.02)
        if not (row.name == "acosh" and point == -1):  # not real on either side
            assert breaks == (point in row.branch_points), point


@rows
def test_imaginary_cut(row: ElementaryFunction) -> None:
    """A jump across the imaginary axis beyond i."""
    if row.in_libraries:
        left, right = (function(row)(mpmath.mpc(s * 1e-9, 2)) for s in (-1, 1))
        assert row.has_imaginary_cut == (abs(left - right) > 1)
