"""The functions a formula may use, with their number of arguments. None of them is evaluated here."""

from __future__ import annotations

# name -> (fewest, most) arguments
BUILTIN_FUNCTIONS: dict[str, tuple[int, int]] = {
    **dict.fromkeys(
        (
            "exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos", "atan", "asinh", "acosh", "atanh",
            "erf", "erfc", "sqrt", "abs", "sign", "step", "sigmoid", "softplus", "Phi",
        ),
        (1, 1),
    ),
    "max": (2, 8),
    "min": (2, 8),
}  # fmt: skip

# Forms with a meaning of their own: sum(j, ...), prev(z[j;a]), piecewise(...), d(z1,mu), rate(mu).
FORMS: frozenset[str] = frozenset({"sum", "prev", "piecewise", "d", "rate"})

CONSTANTS: frozenset[str] = frozenset({"pi", "e"})

# Names that may not be given to a parameter, field, tensor or hyperparameter.
RESERVED: frozenset[str] = frozenset({*BUILTIN_FUNCTIONS, *FORMS, *CONSTANTS, "n", "l", "x", "E", "otherwise"})
