"""Wick kernels: ours, python-flint, SymPy and FORM (when installed) side by side; results checked, times never."""

from __future__ import annotations

from math import factorial
from typing import Any

import flint_kernels
import form_programs
import pytest
import sympy_kernels
from measuring import KERNEL_OPTIONS, measure, measure_form, needs_form, processor_time

from ptheory.algebra.gaussian_numbers import double_factorial, gaussian_moment
from ptheory.counting.gaussian_moments import expectation_of_power, moment_expansion
from ptheory.counting.quartic_action import quartic_series, quartic_vector_series
from ptheory.counting.wick import number_of_contractions, wick_contractions

pytestmark = pytest.mark.benchmark(timer=processor_time, **KERNEL_OPTIONS)

TWENTIETH_POWERS = "<x^20 y^20 z^20>"
POLYNOMIAL = "<(1+x+x^2y)^30>"
QUARTIC = "quartic action to g^20"
QUARTIC_VECTOR = "O(N) quartic action to g^20"
# E[(1+x+x^2y)^30] with all covariances one, x = y = z: E[(1+z+z^3)^30]
POLYNOMIAL_AT_ONE = sum(
    factorial(30) // (factorial(u) * factorial(v) * factorial(30 - u - v)) * double_factorial(u + 3 * v - 1)
    for u in range(31)
    for v in range(31 - u)
    if (u + 3 * v) % 2 == 0
)


def distinct(legs: int) -> str:
    return f"{legs} distinct legs"


def total(coefficients: Any) -> int:
    return sum(map(int, coefficients))


@needs_form
def test_form_start_up(benchmark: Any) -> None:
    benchmark.group = "start-up"
    benchmark.extra_info.update(by="FORM", copies=1)
    benchmark.pedantic(form_programs.run, (form_programs.START_UP,), rounds=10)


@pytest.mark.parametrize("legs", [8, 10, 12, 14, 16])
def test_distinct_legs(benchmark: Any, legs: int) -> None:
    rows = measure(benchmark, distinct(legs), "ptheory", lambda: wick_contractions(legs))
    assert rows.shape == (number_of_contractions(legs), legs)


@pytest.mark.parametrize("legs", [8, 10, 12, 14])
def test_distinct_legs_flint(benchmark: Any, legs: int) -> None:
    result = measure(benchmark, distinct(legs), "FLINT", lambda: flint_kernels.distinct_legs(legs))
    assert len(result) == number_of_contractions(legs)


@pytest.mark.parametrize("legs", [8, 10, 12])
def test_distinct_legs_sympy(benchmark: Any, legs: int) -> None:
    result = measure(benchmark, distinct(legs), "SymPy", lambda: sympy_kernels.distinct_legs(legs))
    assert len(result) == number_of_contractions(legs)


@needs_form
@pytest.mark.parametrize(("legs", "copies"), [(8, 500), (10, 100), (12, 20), (14, 4), (16, 1)])
def test_distinct_legs_form(benchmark: Any, legs: int, copies: int) -> None:
    program = form_programs.distinct_legs(legs)
    measure_form(benchmark, distinct(legs), program, copies, number_of_contractions(legs))


def test_twentieth_powers(benchmark: Any) -> None:
    result = measure(benchmark, TWENTIETH_POWERS, "ptheory", lambda: moment_expansion((20, 20, 20)))
    assert total(result.numerators) == double_factorial(59)


def test_twentieth_powers_flint(benchmark: Any) -> None:
    result = measure(benchmark, TWENTIETH_POWERS, "FLINT", lambda: flint_kernels.repeated_variables(20, 20, 20))
    assert total(result.coeffs()) == double_factorial(59)


def test_twentieth_powers_sympy(benchmark: Any) -> None:
    result = measure(benchmark, TWENTIETH_POWERS, "SymPy", lambda: sympy_kernels.repeated_variables(20, 20, 20))
    assert total(result.coeffs()) == double_factorial(59)


@needs_form
def test_twentieth_powers_form(benchmark: Any) -> None:
    program = form_programs.repeated_variables({"x": 20, "y": 20, "z": 20})
    measure_form(benchmark, TWENTIETH_POWERS, program, 200, double_factorial(59))


def test_twentieth_powers_at_given_covariances(benchmark: Any) -> None:
    covariance = [[2, 1, -1], [1, 3, 1], [-1, 1, 4]]
    measure(benchmark, f"{TWENTIETH_POWERS} in numbers", "ptheory", lambda: gaussian_moment((20, 20, 20), covariance))


def test_polynomial_expectation(benchmark: Any) -> None:
    terms: dict[tuple[int, ...], int] = {(0, 0): 1, (1, 0): 1, (2, 1): 1}
    result = measure(benchmark, POLYNOMIAL, "ptheory", lambda: expectation_of_power(terms, 30))
    assert total(result.numerators) == POLYNOMIAL_AT_ONE


def test_polynomial_expectation_flint(benchmark: Any) -> None:
    result = measure(benchmark, POLYNOMIAL, "FLINT", lambda: flint_kernels.polynomial_expectation(30))
    assert total(result.coeffs()) == POLYNOMIAL_AT_ONE


def test_polynomial_expectation_sympy(benchmark: Any) -> None:
    result = measure(benchmark, POLYNOMIAL, "SymPy", lambda: sympy_kernels.polynomial_expectation(30))
    assert total(result.coeffs()) == POLYNOMIAL_AT_ONE


@needs_form
def test_polynomial_expectation_form(benchmark: Any) -> None:
    measure_form(benchmark, POLYNOMIAL, form_programs.polynomial_expectation(), 20, POLYNOMIAL_AT_ONE)


def test_quartic_action(benchmark: Any) -> None:
    assert len(measure(benchmark, QUARTIC, "ptheory", lambda: quartic_series(20))) == 21


def test_quartic_action_flint(benchmark: Any) -> None:
    result = measure(benchmark, QUARTIC, "FLINT", lambda: flint_kernels.quartic_action(20))
    assert [int(c.p) for c in result[:2]] == [1, -1]


def test_quartic_action_sympy(benchmark: Any) -> None:
    result = measure(benchmark, QUARTIC, "SymPy", lambda: sympy_kernels.quartic_action(20))
    assert [int(c.numerator) for c in result[:2]] == [1, -1]


def quartic_at_one() -> int:
    """The sum of the coefficients to g^20 over their common denominator 24^20 20!."""
    return total(quartic_series(20).numerators)


@needs_form
def test_quartic_action_form(benchmark: Any) -> None:
    measure_form(benchmark, QUARTIC, form_programs.quartic_action(20), 200, quartic_at_one())


def test_quartic_vector_action(benchmark: Any) -> None:
    result = measure(benchmark, QUARTIC_VECTOR, "ptheory", lambda: quartic_vector_series(20))
    assert total(result.numerators) == quartic_at_one()


def test_quartic_vector_action_flint(benchmark: Any) -> None:
    result = measure(benchmark, QUARTIC_VECTOR, "FLINT", lambda: flint_kernels.quartic_vector_action(20))
    assert [len(row.coeffs()) for row in result] == [2 * k + 1 for k in range(21)]


def test_quartic_vector_action_sympy(benchmark: Any) -> None:
    result = measure(benchmark, QUARTIC_VECTOR, "SymPy", lambda: sympy_kernels.quartic_vector_action(20))
    assert [len(row) for row in result] == [max(2 * k, 1) for k in range(21)]


@needs_form
def test_quartic_vector_action_form(benchmark: Any) -> None:
    measure_form(benchmark, QUARTIC_VECTOR, form_programs.quartic_vector_action(20), 40, quartic_at_one())
