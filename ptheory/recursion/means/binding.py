"""What the functions of a mean are bound to: activations by name, formulas of the language in one preactivation."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from ptheory.activations import is_known, lookup
from ptheory.activations.activation import Activation
from ptheory.algebra.polynomial import Atom, Symbol
from ptheory.algebra.refusal import Refusal
from ptheory.expectations.symbolic_arithmetic import NoClosedForm
from ptheory.language.expressions import Call, Compare, Expression, walk
from ptheory.language.functions import BUILTIN_FUNCTIONS
from ptheory.networks.formulas import activation_from_formula
from ptheory.networks.scalars import with_named_scalars
from ptheory.recursion.jets import VARIABLE

if TYPE_CHECKING:
    from sympy import Expr


class Unbound(Refusal):
    """A mean of an activation that stays generic."""


def resolve(name: str, binding: Mapping[str, Activation]) -> Activation | None:
    """What an activation's name is bound to, or stands for by itself (tanh, sin); None where it is generic."""
    if name in binding:
        return binding[name]
    return lookup(name) if is_known(name) or name in BUILTIN_FUNCTIONS else None


class Binding:
    """Activations of the functions in means, each formula made into one once.

    ``named``: generic name -> activation. ``scalars``: values of the hyperparameters that stand inside functions, as
    slope in piecewise((z >= 0): z, otherwise: slope*z); without one they stay symbols.
    """

    def __init__(self, named: Mapping[str, Activation], scalars: Mapping[Atom, Fraction] | None = None) -> None:
        self.named = dict(named)
        self.scalars = scalars or {}
        self.symbols: dict[str, Symbol] = {}  # hyperparameters inside functions, by their names in closed forms
        self._formulas: dict[Expression, Activation] = {}

    def activation(self, function: str | Expression) -> Activation:
        """What a function of a mean is bound to: a named activation, or a formula in one preactivation.

        Raises Unbound for a function nobody bound, NoClosedForm where the kinks of a formula move with a hyperparameter
        that has no value.
        """
        if isinstance(function, str):
            found = resolve(function, self.named)
            if found is None:
                raise Unbound(function)
            return found
        if function not in self._formulas:
            for node in walk(function):
                if isinstance(node, Call) and resolve(node.function, self.named) is None:
                    raise Unbound(node.function)
            formula, symbols = with_named_scalars(function)
            if any(symbol not in self.scalars for symbol in self._at_kinks(function)):
                raise NoClosedForm("where this function has its kinks depends on the sign of a hyperparameter")
            inside = {name: symbol for name, symbol in symbols.items() if name != VARIABLE.name}
            self.symbols.update(inside)
            values = {name: self._number(symbol) for name, symbol in inside.items()}
            self._formulas[function] = activation_from_formula("phi", formula, VARIABLE.name, values, self.named)
        return self._formulas[function]

    def _at_kinks(self, function: Expression) -> set[Symbol]:
        """The hyperparameters in conditions and in arguments of functions with kinks."""
        found: set[Symbol] = set()
        for node in walk(function):
            known = resolve(node.function, self.named) if isinstance(node, Call) and len(node.arguments) == 1 else None
            if isinstance(node, (Call, Compare)) and (known is None or known.kinks):
                _, inside = with_named_scalars(node)
                found |= {symbol for name, symbol in inside.items() if name != VARIABLE.name}
        return found

    def _number(self, symbol: Symbol) -> Expr:
        """A hyperparameter inside a function as a SymPy number, or symbol where it has no value."""
        import sympy

        value = self.scalars.get(symbol)
        if value is None:
            return sympy.Symbol(str(symbol), real=True)
        return sympy.Rational(value.numerator, value.denominator)
