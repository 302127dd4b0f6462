"""Gaussian expectations ⟨Π σ^(m)(z_a)·poly(z)⟩_K: closed forms where they exist, enclosures or estimates everywhere.

Importing the names below loads SymPy; importing the package does not.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ptheory.expectations.expectation_errors import (
    AmbiguousMoment,
    DivergentMoment,
    ExpectationError,
    NonIntegrable,
    NotPositiveSemidefinite,
    OrderExceeded,
    PrecisionNotMet,
    TimeExceeded,
)

_LAZY = {
    "ClosedForm": "closed_forms",
    "Moment": "moments",
    "Value": "evaluation",
    "almost_everywhere": "moments",
    "closed_form": "closed_forms",
    "covariance_symbol": "moments",
    "KernelSeries": "kernel_series",
    "certified_kernel_recursion": "layer_recursion",
    "enclose": "evaluation",
    "estimate": "evaluation",
    "estimated_kernel_recursion": "layer_recursion",
    "evaluate": "evaluation",
    "moment": "moments",
    "generic": "identities",
    "kernel_recursion": "layer_recursion",
    "large_kernel_series": "large_kernel",
    "normal_form": "identities",
    "polynomial_moment": "polynomial_moments",
    "small_kernel_series": "kernel_series",
    "sweep": "sweeping",
    "sweep_in_floating_point": "sweeping",
}

__all__ = [
    "AmbiguousMoment",
    "ClosedForm",
    "DivergentMoment",
    "ExpectationError",
    "KernelSeries",
    "Moment",
    "NonIntegrable",
    "NotPositiveSemidefinite",
    "OrderExceeded",
    "PrecisionNotMet",
    "TimeExceeded",
    "Value",
    "almost_everywhere",
    "certified_kernel_recursion",
    "closed_form",
    "covariance_symbol",
    "enclose",
    "estimate",
    "estimated_kernel_recursion",
    "evaluate",
    "generic",
    "kernel_recursion",
    "large_kernel_series",
    "moment",
    "normal_form",
    "polynomial_moment",
    "small_kernel_series",
    "sweep",
    "sweep_in_floating_point",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'ptheory.expectations' has no attribute '{name}'")
    return getattr(import_module(f"ptheory.expectations.{_LAZY[name]}"), name)
