"""The functions a formula may use, with their number of arguments. None of them is evaluated here."""

from __future__ import annotations

from ptheory.activations.activation_names import FAMILIES, FUNCTION_NAMES

# name -> (fewest, most) arguments
BUILTIN_FUNCTIONS: dict[str, tuple[int, int]] = {
    **dict.fromkeys(sorted(FUNCTION_NAMES), (1, 1)),
    "max": (2, 8),
    "min": (2, 8),
}

# Activations known by name; they may be applied to a field and, unlike the functions above, defined anew in a file.
NAMED_ACTIVATIONS: frozenset[str] = frozenset(FAMILIES)
REDEFINABLE: frozenset[str] = frozenset({"relu", "sigmoid", "softplus", "gelu", "swish"})

# Forms with a meaning of their own: sum(j, ...), prev(z[j;a]), piecewise(...), d(z1,mu), rate(mu).
FORMS: frozenset[str] = frozenset({"sum", "prev", "piecewise", "d", "rate"})

CONSTANTS: frozenset[str] = frozenset({"pi", "e"})

# Names that may not be given to a parameter, field, tensor or hyperparameter.
RESERVED: frozenset[str] = frozenset({*BUILTIN_FUNCTIONS, *FORMS, *CONSTANTS, "n", "l", "x", "E", "otherwise"})

_OWN_NAMES = {"Phi"}  # phi is what an activation left open may be called
_SPELLINGS = {name.replace("_", "").lower(): name for name in sorted(NAMED_ACTIVATIONS - _OWN_NAMES)}


def known_spelling(name: str) -> str | None:
    """The known activation another spelling stands for (``ReLU``, ``GELU``, ``LeakyReLU``, ``hard_Tanh``), or None."""
    return _SPELLINGS.get(name.replace("_", "").lower())
