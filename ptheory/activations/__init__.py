"""Activation functions: one file per family states a formula and its source; kinks, parity, homogeneity, Taylor data,
growth and the decomposition into integrable pieces are derived from the formula.

Importing this package does not import SymPy; the names below that need it load it on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ptheory.activations.activation_errors import (
    ActivationError,
    KinkAtZero,
    UndefinedPoint,
    UnknownActivation,
    UnsupportedFormula,
)
from ptheory.activations.activation_names import FUNCTION_NAMES, is_known, known_names, suggest

_LAZY = {
    "Activation": "activation",
    "Derivative": "activation",
    "Z": "symbols",
    "from_formula": "library",
    "lookup": "library",
    "Recognition": "recognition",
    "describe": "recognition",
    "recognise": "recognition",
    "functions": "function_values",
    "FUNCTIONS": "function_values",
    "CONSTANTS": "function_values",
}

__all__ = [
    "CONSTANTS",
    "FUNCTIONS",
    "FUNCTION_NAMES",
    "Activation",
    "ActivationError",
    "Derivative",
    "KinkAtZero",
    "Recognition",
    "UndefinedPoint",
    "UnknownActivation",
    "UnsupportedFormula",
    "Z",
    "describe",
    "from_formula",
    "functions",
    "is_known",
    "known_names",
    "lookup",
    "recognise",
    "suggest",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'ptheory.activations' has no attribute '{name}'")
    return getattr(import_module(f"ptheory.activations.{_LAZY[name]}"), name)
