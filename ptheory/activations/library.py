"""Where activations come from: a name in the table, or a formula."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from inspect import signature

import sympy
from sympy import Expr

from ptheory.activations.activation import Activation
from ptheory.activations.activation_errors import ActivationError, UnknownActivation, UnsupportedFormula
from ptheory.activations.activation_names import FAMILIES, canonical_key, suggest
from ptheory.activations.definedness import check_defined
from ptheory.activations.parameters import ParameterValue, exact
from ptheory.activations.symbols import Z


def lookup(name: str, **parameters: ParameterValue) -> Activation:
    """The named activation; families with parameters take them as keywords (``lookup("leaky_relu", slope=Rational(1,
    10))``).

    Raises UnknownActivation, with the nearest known name, and ActivationError for a parameter the family does not have.
    """
    key = canonical_key(name)
    if key is None:
        raise UnknownActivation(name, suggest(name))
    # what is meant is the key: 0.1 is 1/10, Fraction(0.1) is not, and the two are equal
    return _build(key, tuple((name, exact(value)) for name, value in sorted(parameters.items())))


@lru_cache(maxsize=256)
def _build(key: str, parameters: tuple[tuple[str, ParameterValue], ...]) -> Activation:
    module, builder = FAMILIES[key]
    family = getattr(import_module(f"ptheory.activations.{module}"), builder)
    try:
        signature(family).bind(**dict(parameters))
    except TypeError as error:
        given = ", ".join(name for name, _ in parameters)
        raise ActivationError(f"activation '{key}' does not take the parameters given ({given})") from error
    built: Activation = family(**dict(parameters))
    return built


@lru_cache(maxsize=1024)
def from_formula(name: str, expression: Expr) -> Activation:
    """The activation σ(z) = expression, a SymPy expression in ``Z``; everything else is inferred from it.

    Raises UnsupportedFormula for other variables, non-real or unbounded-order switches, and UndefinedPoint where σ
    has no finite real value.
    """
    foreign = {s for s in expression.free_symbols if s.name == Z.name and s != Z}
    expression = expression.subs({s: Z for s in foreign})
    if not isinstance(expression, Expr):
        raise UnsupportedFormula(f"'{name}' is not a formula in z")
    if expression.has(sympy.I, sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
        raise UnsupportedFormula(f"'{name}' is not a finite real formula: {expression}")
    expression = expression.replace(
        lambda node: node.is_Pow and node.exp.has(Z) and node.base.is_number and node.base.is_positive,
        lambda node: sympy.exp(node.exp * sympy.log(node.base)),
    )
    activation = Activation(name, expression)
    check_defined(activation)
    return activation
