"""Every closed form of the catalogue against all its witnesses at full strength.

``python -m tests.expectations.closed_form_checks`` writes docs/expectations-verified.md (40 minutes of processor
time); the test suite takes samples. The witnesses are in tests/expectations/witnesses.
"""

from __future__ import annotations

import random
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import process_time

import mpmath
import numpy as np

from tests.expectations.catalogue import Entry, catalogue
from tests.expectations.witnesses.enclosures import check_enclosures
from tests.expectations.witnesses.kernel_derivatives import check_kernel_derivatives
from tests.expectations.witnesses.limits import Followed, follow
from tests.expectations.witnesses.plain_sums import plain_expectation
from tests.expectations.witnesses.points import Matrix, concrete, number, regular_points, slope_at, substitution
from tests.expectations.witnesses.typesetting import check_latex, compile_formulas

POINTS = 30
BITS = {1: 130, 2: 130, 3: 80, 4: 44}
MPMATH_POINTS = {1: 30, 2: 5, 3: 3, 4: 3}
SLOPE_POINTS = 3


def mpmath_points(entry: Entry, count: int) -> list[Matrix]:
    """Regular points; for four inputs the best conditioned ones of four times as many, the sums being over N^4 nodes
    with N growing as the largest √(K_aa (K^−1)_aa)."""
    if entry.form.moment.size < 4:
        return regular_points(entry, "mpmath", count)
    return sorted(regular_points(entry, "mpmath", 4 * count), key=fineness)[:count]


def fineness(matrix: Matrix) -> float:
    covariance = np.array(matrix, dtype=float)
    return float(max(np.diag(covariance)) * max(np.diag(np.linalg.inv(covariance))))


def check_mpmath(entry: Entry, count: int) -> float:
    """|formula − mpmath| < 10^−30 (1 + |value|) at ``count`` regular points; the largest of these."""
    rng = random.Random(entry.expectation)
    largest = mpmath.mpf(0)
    for matrix in mpmath_points(entry, count):
        slope = slope_at(rng)
        with mpmath.workdps(45):
            ours = number(entry.form.expression, substitution(entry.form.moment.size, matrix, slope), 45)
            expected = plain_expectation(concrete(entry.form.moment, slope), matrix)
            error = abs(ours - expected) / (1 + abs(expected))
        assert error < mpmath.mpf(10) ** -30, (entry.family.name, entry.expectation, matrix, ours, expected)
        largest = max(largest, error)
    return float(largest)


def check_limits(entry: Entry, count: int) -> list[Followed]:
    """Every limit of the row, at ``count`` covariances; the last results."""
    assert entry.limits, (entry.family.name, entry.expectation)
    results = []
    for limit in entry.limits:
        results += [follow(entry, limit, matrix) for matrix in regular_points(entry, "limit", count)[-1:]]
    return results


def verified_row(entry: Entry) -> str:
    """The line of the page."""
    size = entry.form.moment.size
    started = process_time()
    compared, widest = check_enclosures(entry, BITS[size], POINTS)
    error = check_mpmath(entry, MPMATH_POINTS[size])
    identities, differences = check_kernel_derivatives(entry, regular_points(entry, "slopes", SLOPE_POINTS))
    followed = "; ".join(shown(result) for result in check_limits(entry, 1))
    check_latex(entry, entry.form.latex())
    line = (
        f"| {entry.family.name} | ${entry.expectation}$ | {compared} | {widest:.0e} | {MPMATH_POINTS[size]} "
        f"| {error:.0e} | {identities} + {differences} | {followed} | 25 |"
    )
    print(line, f"{process_time() - started:.1f} s", file=sys.stderr, flush=True)
    return line


def shown(result: Followed) -> str:
    """t² 3e-25: the difference falls as t², and extrapolated to t = 0 it is 3e-25."""
    if result.exact:
        return "equal"
    if result.order > 9:
        return f"fast {result.least:.0e}"
    power = round(result.order * 2) / 2
    return f"t^{power:g} {result.least:.0e}"


HEADER = r"""# Closed forms, verified

Written by `python -m tests.expectations.closed_form_checks`; every row passed every column. All compiled in one LaTeX
document without errors.

- points, width: rational covariances, correlations −1, 0, 1 included for two inputs, at which the formula lies within
  an enclosure by quadrature that shares nothing with its derivation (fewer than 30 where two deltas meet and the
  expectation diverges), and the widest of these enclosures relative to 1 + |value|.
- mpmath, error: points at which sums over nodes in mpmath agree to 30 digits (deltas by their definition: density
  times conditional expectation; three and four inputs by tensor-product sums;
  with four inputs, at the best conditioned of twelve covariances), and the largest difference relative to
  1 + |value|.
- ∂/∂K: pairs (K_ab, covariance), every independent K_ab at three covariances, at which ∂f/∂K_ab is c ⟨∂_a∂_b F⟩ to 30
  digits, + central differences of the formula that agree with it to 30 digits.
- limits: in the order of [the table of formulas](expectations-table.md), which says what becomes what: the power of t
  with which the difference falls (measured on t, t/2, …, t/16), and what is left of it after
  extrapolation to t = 0 ("equal": no difference at any t; "fast": faster than t⁹ or below 1e−30 on the way).
- LaTeX: digits to which the printed formula, read back by a reader of its own, is the closed form at a random point.

| family | expectation | points | width | mpmath | error | ∂/∂K | limits | LaTeX |
|---|---|--:|--:|--:|--:|--:|---|--:|
"""

if __name__ == "__main__":
    rows = list(catalogue())
    with tempfile.TemporaryDirectory() as folder:
        compile_formulas([entry.form.latex() for entry in rows], Path(folder))
    with ProcessPoolExecutor() as pool:
        found = list(pool.map(verified_row, rows))
    page = Path(__file__).parents[2] / "docs" / "expectations-verified.md"
    page.write_text(HEADER + "\n".join(found) + "\n", encoding="utf-8")
