"""⟨p(z_0) q(z_1)⟩ of high powers moment by moment, against the table of all moments and equal inputs."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import mpmath
import pytest

from ptheory.activations import from_formula
from ptheory.activations.symbols import Z
from ptheory.expectations import Moment
from ptheory.flows import polynomial_values
from ptheory.flows.polynomial_values import polynomial_value
from tests.reported.running import HEAD, on_text

K = ((Fraction(2, 3), Fraction(-1, 4)), (Fraction(-1, 4), Fraction(5, 7)))
EQUAL = ((Fraction(2, 3),) * 2,) * 2


@pytest.mark.parametrize("matrix", [K, EQUAL, ((Fraction(1), Fraction(0)), (Fraction(0), Fraction(3)))])
@pytest.mark.parametrize("orders", [(0, 0), (1, 2), (0, 1)])
def test_moment_by_moment_as_by_the_table(
    matrix: tuple[tuple[Fraction, ...], ...], orders: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    sigma = from_formula("f", Z**9 + Z / 3 - 2)
    moment = Moment(tuple((sigma, order, k) for k, order in enumerate(orders)) * 2, (0, 1), (1,))
    by_table = polynomial_value(moment, matrix)
    numbers = tuple(tuple(mpmath.mpf(x.numerator) / x.denominator for x in row) for row in matrix)
    monkeypatch.setattr(polynomial_values, "LARGEST_TABLE", 0)
    assert polynomial_value(moment, matrix) == by_table and by_table != 0
    rounded = polynomial_value(moment, numbers)
    assert abs(rounded - mpmath.mpf(by_table.numerator) / by_table.denominator) <= abs(rounded) * mpmath.mpf(10) ** -12


def test_the_power_60_at_equal_inputs() -> None:
    """⟨z^60 z^60⟩ = 119!! K^60."""
    moment = Moment(tuple((from_formula("f", Z**60), 0, k) for k in (0, 1)), (0, 0), ())
    odd = 1
    for k in range(1, 120, 2):
        odd *= k
    assert polynomial_value(moment, EQUAL) == odd * Fraction(2, 3) ** 60


def test_closed_forms_of_high_powers_are_counted(tmp_path: Path) -> None:
    """Contractions are counted with one factorisation at the end; step by step it took ten seconds."""
    ran = on_text(tmp_path, HEAD + "derive V\nwith sigma = z^12 { inputs a b }\n", "run")
    assert ran.code == 0 and "V′[a,b,a,b]" in ran.out and "K[a,b]" in ran.out
