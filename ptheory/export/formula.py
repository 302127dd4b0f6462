"""A right-hand side on its way out: its expression, what it is the next value of, and what its symbols stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sympy import Expr


@dataclass(frozen=True)
class Formula:
    """``left``: V'[a,b,a,b], ``meanings``: symbol -> what it stands for, ``context``: where it holds."""

    left: str
    right: Expr
    meanings: Mapping[str, str]
    context: str

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """The symbols of the expression: tensors in the order of their meanings, then hyperparameters."""
        present = {symbol.name for symbol in self.right.free_symbols}
        tensors = [name for name in self.meanings if name in present]
        return (*tensors, *sorted(present - set(tensors)))

    @property
    def in_plain_symbols(self) -> Expr:
        """The expression in symbols as a user types them: K is sympy.Symbol("K"), without assumptions."""
        from sympy import Symbol

        return self.right.xreplace({symbol: Symbol(symbol.name) for symbol in self.right.free_symbols})

    def meaning(self, symbol: str) -> str:
        """K[a,b] of layer l; the hyperparameter C_W."""
        return self.meanings.get(symbol, f"the hyperparameter {symbol}")


@dataclass(frozen=True)
class Source:
    """A text in the language of another tool; ``arguments``: name there -> what it stands for. ``str`` is the text."""

    source: str
    arguments: Mapping[str, str]

    def __str__(self) -> str:
        return self.source
