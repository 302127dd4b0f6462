"""One kernel, one implementation, one core: processor time of this process and of the programs it ran."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from typing import Any

import form_programs
import pytest

KERNEL_OPTIONS = {"max_time": 0.5, "min_rounds": 3, "warmup": False}
needs_form = pytest.mark.skipif(form_programs.FORM is None, reason="form is not installed")


def processor_time() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def measure(benchmark: Any, kernel: str, by: str, function: Callable[[], Any]) -> Any:
    """Benchmark ``function`` as the implementation ``by`` of ``kernel``; its value."""
    benchmark.group = kernel
    benchmark.extra_info.update(by=by, copies=1)
    return benchmark(function)


def measure_form(benchmark: Any, kernel: str, program: form_programs.Program, copies: int, at_one: int) -> None:
    """Benchmark a FORM program after checking its value with all variables at one; ``copies`` make one round."""
    assert program.at_one() == at_one
    benchmark.group = kernel
    benchmark.extra_info.update(by="FORM", copies=copies)
    benchmark.pedantic(form_programs.run, (program.repeated(copies),), rounds=5)
