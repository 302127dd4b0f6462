"""Coincidence sums E[(Σf)^p]: ours, python-flint, SymPy and FORM (when installed) side by side; results checked."""

from __future__ import annotations

from typing import Any

import flint_kernels
import form_programs
import pytest
import sympy_kernels
from measuring import KERNEL_OPTIONS, measure, measure_form, needs_form, processor_time

from ptheory.counting.neuron_sums import sum_moment, sum_moment_in_cumulants

pytestmark = pytest.mark.benchmark(timer=processor_time, **KERNEL_OPTIONS)

POWERS = [4, 8, 12, 16, 20]
WIDTH = 3  # with all moments one and n neurons the sum is n^p


def kernel(power: int) -> str:
    return f"E[(sum f)^{power}]"


@pytest.mark.parametrize("power", POWERS)
def test_sum_moment(benchmark: Any, power: int) -> None:
    result = measure(benchmark, kernel(power), "ptheory", lambda: sum_moment(power))
    assert result.evaluate([WIDTH] + [1] * power) == WIDTH**power


@pytest.mark.parametrize("power", POWERS)
@pytest.mark.parametrize("route", [flint_kernels.coincidence_sum, flint_kernels.coincidence_sum_by_power_series])
def test_sum_moment_flint(benchmark: Any, power: int, route: Any) -> None:
    result = measure(benchmark, kernel(power), "FLINT", lambda: route(power))
    assert result(WIDTH, *[1] * power) == WIDTH**power


@pytest.mark.parametrize("power", POWERS)
def test_sum_moment_sympy(benchmark: Any, power: int) -> None:
    result = measure(benchmark, kernel(power), "SymPy", lambda: sympy_kernels.coincidence_sum(power))
    assert result(WIDTH, *[1] * power) == WIDTH**power


@needs_form
@pytest.mark.parametrize(("power", "copies"), [(4, 200), (8, 100), (12, 40), (16, 10), (20, 5)])
def test_sum_moment_form(benchmark: Any, power: int, copies: int) -> None:
    measure_form(benchmark, kernel(power), form_programs.coincidence_sum(power), copies, WIDTH**power)


def test_sum_moment_in_cumulants(benchmark: Any) -> None:
    result = measure(benchmark, "E[(sum f)^20] in cumulants", "ptheory", lambda: sum_moment_in_cumulants(20))
    assert len(result) == 627


def test_joint_sum_moment(benchmark: Any) -> None:
    result = measure(benchmark, "E[(sum f)^4 (sum g)^4 (sum h)^4]", "ptheory", lambda: sum_moment(4, 4, 4))
    assert len({exponents for exponents, _ in result}) == len(result)
