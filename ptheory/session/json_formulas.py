"""Closed forms of a JSON document as SymPy expressions in plain symbols: K[a,b] is K_12, C_W[l+1] is C_W_lp1."""

from __future__ import annotations

from collections.abc import Sequence

import sympy
from sympy import Expr

from ptheory.activations.function_values import CONSTANTS, OF_SCALARS
from ptheory.expectations.special_functions import Phi2
from ptheory.export.legal_names import python_name
from ptheory.language.constants import layer_offset
from ptheory.language.expressions import Call, Expression, Indexed, Name, Number, rewritten
from ptheory.language.formula_numbers import value_of
from ptheory.networks.formulas import SympyFormulas

FUNCTIONS = {**OF_SCALARS, Phi2.__name__: Phi2}


class InSymbols(SympyFormulas):
    """Names are symbols, functions those of numbers."""

    def leaf(self, node: Expression) -> Expr:
        """A number, a constant or a symbol."""
        if isinstance(node, Name) and node.name not in CONSTANTS:
            return sympy.Symbol(node.name)
        return super().leaf(node)

    def call(self, node: Call, arguments: Sequence[Expr]) -> Expr:
        """asin and the like, of numbers only, and the bivariate normal distribution besides those of formulas."""
        if node.function in FUNCTIONS and not node.primes:
            return FUNCTIONS[node.function](*arguments)
        return super().call(node, arguments)


def in_symbols(formula: Expression, inputs: Sequence[str]) -> Expr:
    """The expression; ``inputs``: names of samples 1, 2, ... Raises FormulaError."""
    numbers = {name: str(number) for number, name in enumerate(inputs, start=1)}

    def symbol(node: Expression) -> Expression | None:
        if not isinstance(node, Indexed):
            return None
        offset = layer_offset(node.arguments[0]) if len(node.arguments) == 1 else None
        if offset is not None:
            return Name(python_name(f"{node.name}[l{offset:+d}]" if offset else f"{node.name}[l]"))
        slots = [str(slot.value) if isinstance(slot, Number) else getattr(slot, "name", "") for slot in node.arguments]
        placed = [numbers.get(slot, slot) for slot in slots]
        return Name(f"{node.name}_{('' if all(len(p) == 1 for p in placed) else '_').join(placed)}")

    return value_of(rewritten(formula, symbol), InSymbols({}, {}))
