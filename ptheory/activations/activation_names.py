"""The names of the activation families, and of the functions a formula may use; nothing here loads SymPy.

``FAMILIES`` maps every accepted name to (module, builder function). Several names may lead to one family.
"""

from __future__ import annotations

from difflib import get_close_matches

from ptheory.algebra.elementary import ELEMENTARY, EXTREMA, spelled

FAMILIES: dict[str, tuple[str, str]] = {
    "linear": ("linear", "linear"),
    "identity": ("linear", "linear"),
    "monomial": ("monomial", "monomial"),
    "quadratic": ("monomial", "quadratic"),
    "cubic": ("monomial", "cubic"),
    "step": ("step", "step"),
    "heaviside": ("step", "step"),
    "perceptron": ("step", "step"),
    "sign": ("step", "sign"),
    "relu": ("relu", "relu"),
    "leaky_relu": ("relu", "leaky_relu"),
    "leaky": ("relu", "leaky_relu"),
    "relu_power": ("relu_power", "relu_power"),
    "relu2": ("relu_power", "squared_relu"),
    "squared_relu": ("relu_power", "squared_relu"),
    "relu3": ("relu_power", "cubed_relu"),
    "abs": ("absolute_value", "absolute_value"),
    "erf": ("error_function", "erf"),
    "probit": ("error_function", "probit"),
    "Phi": ("error_function", "probit"),
    "sin": ("trigonometric", "sine"),
    "cos": ("trigonometric", "cosine"),
    "snake": ("trigonometric", "snake"),
    "exp": ("exponential", "exponential"),
    "sinh": ("exponential", "hyperbolic_sine"),
    "cosh": ("exponential", "hyperbolic_cosine"),
    "gaussian": ("gaussian", "gaussian"),
    "gelu": ("gelu", "gelu"),
    "elu": ("elu", "elu"),
    "selu": ("elu", "selu"),
    "hard_tanh": ("hard_tanh", "hard_tanh"),
    "hardtanh": ("hard_tanh", "hard_tanh"),
    "relu6": ("hard_tanh", "relu6"),
    "hard_sigmoid": ("hard_tanh", "hard_sigmoid"),
    "tanh": ("hyperbolic_tangent", "hyperbolic_tangent"),
    "sigmoid": ("sigmoid", "sigmoid"),
    "swish": ("sigmoid", "swish"),
    "silu": ("sigmoid", "swish"),
    "softplus": ("softplus", "softplus"),
    "mish": ("softplus", "mish"),
    "softsign": ("softsign", "softsign"),
    "arctan": ("inverse_functions", "arctangent"),
    "atan": ("inverse_functions", "arctangent"),
    "asinh": ("inverse_functions", "inverse_hyperbolic_sine"),
    "arcsinh": ("inverse_functions", "inverse_hyperbolic_sine"),
}

FUNCTION_NAMES: frozenset[str] = spelled(row for row in ELEMENTARY if row.in_formulas) | set(EXTREMA)


def known_names() -> tuple[str, ...]:
    """Every name ``lookup`` accepts, sorted."""
    return tuple(sorted(FAMILIES, key=str.lower))


def is_known(name: str) -> bool:
    """Whether a family is called so, whatever its case and hyphens."""
    return canonical_key(name) is not None


def canonical_key(name: str) -> str | None:
    """The table's spelling of ``name`` (case and the choice of - or _ do not matter), or None."""
    if name in FAMILIES:
        return name
    folded = name.replace("-", "_").lower()
    return folded if folded in FAMILIES else None


def suggest(name: str) -> str | None:
    """The known name nearest to a mistyped one, or None when nothing is near."""
    near = get_close_matches(name.replace("-", "_").lower(), list(FAMILIES), n=1, cutoff=0.6)
    return near[0] if near else None
