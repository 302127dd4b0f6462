"""What the functions of a mean are bound to: activations by name, formulas of the language in one preactivation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ptheory.activations import is_known, lookup
from ptheory.activations.activation import Activation
from ptheory.algebra.polynomial import Symbol
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
    return lookup(name) if is_known(name) else None


def is_bound(name: str, binding: Mapping[str, Activation]) -> bool:
    """Whether a function has a meaning: bound, of the library, or of the language alone, as sqrt and max are."""
    return name in BUILTIN_FUNCTIONS or resolve(name, binding) is not None


class Binding:
    """Activations of the functions in means, each formula made into one once.

    ``named``: generic name -> activation. ``number``: the value of a hyperparameter that stands inside a function, as
    slope in piecewise((z >= 0): z, otherwise: slope*z), as a SymPy number; a symbol where it stays open.
    """

    def __init__(self, named: Mapping[str, Activation], number: Callable[[Symbol], Expr]) -> None:
        self.named = dict(named)
        self.symbols: dict[str, Symbol] = {}  # hyperparameters inside functions, by their names in closed forms
        self._number = number
        self._formulas: dict[Expression, Activation] = {}

    def activation(self, function: str | Expression) -> Activation:
        """What a function of a mean is bound to: a named activation, or a formula in one preactivation.

        Raises Unbound for a function nobody bound, NoClosedForm where the kinks of a formula move with a hyperparameter
        that stays open, and what ``number`` raises.
        """
        if isinstance(function, str):
            found = resolve(function, self.named)
            if found is None and function not in BUILTIN_FUNCTIONS:
                raise Unbound(function)
            return found or self.activation(Call(function, (VARIABLE,)))
        if function not in self._formulas:
            self._formulas[function] = self._defined_by(function)
        return self._formulas[function]

    def _defined_by(self, function: Expression) -> Activation:
        for node in walk(function):
            if isinstance(node, Call) and node.function not in BUILTIN_FUNCTIONS:
                self.activation(node.function)
        formula, symbols = with_named_scalars(function)
        inside = {name: symbol for name, symbol in symbols.items() if name != VARIABLE.name}
        values = {name: self._number(symbol) for name, symbol in inside.items()}
        if any(values[name].free_symbols for name in self._at_kinks(function)):
            raise NoClosedForm("where this function has its kinks depends on the sign of a hyperparameter")
        self.symbols.update(inside)
        made: Activation = activation_from_formula("phi", formula, VARIABLE.name, values, self.named)
        return made

    def _at_kinks(self, function: Expression) -> set[str]:
        """The hyperparameters in conditions and in arguments of functions with kinks, by name."""
        found: set[str] = set()
        for node in walk(function):
            known = resolve(node.function, self.named) if isinstance(node, Call) and len(node.arguments) == 1 else None
            if isinstance(node, (Call, Compare)) and (known is None or known.kinks):
                _, inside = with_named_scalars(node)
                found |= set(inside) - {VARIABLE.name}
        return found


def left_open(symbol: Symbol) -> Expr:
    """The hyperparameter as a real SymPy symbol."""
    import sympy

    return sympy.Symbol(str(symbol), real=True)
