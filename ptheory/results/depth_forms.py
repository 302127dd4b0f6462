"""What ``solve`` gives: tensors in closed form in the layer, or why there is none and what is known instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from ptheory.displayed import Displayed

if TYPE_CHECKING:
    from sympy import Expr


class Reach(Enum):
    """Of what a form is the value, and how far."""

    EVERY_LAYER = "every layer"
    CRITICAL = "critical point"
    EVERY_ORDER = "every order in 1/n"
    EVERY_WIDTH = "any widths"
    EVERY_WIDTH_AND_ORDER = "any widths, every order in 1/n"
    LARGE_DEPTH = "large depth"
    FIXED_RATIO = "l/n fixed"
    SMALL_RATIO = "l/n small"


@dataclass(frozen=True)
class DepthForm(Displayed):
    """``left`` = the sum of ``terms`` + O(``remainder``), SymPy expressions in l, n, K, hyperparameters and rates.

    ``tensor``: as it was asked for; ``left``: that, or what is made of it, V/(nK^2). ``K[1]`` is the kernel of layer 1;
    K the same in every layer. ``nonzero``: what must not vanish; ``since``: the first layer; ``kernel``: what the
    kernel is called; ``free``: constants that the first layers decide.
    """

    tensor: str
    left: str
    reach: Reach
    terms: tuple[Expr, ...]
    remainder: Expr | None = None
    nonzero: tuple[Expr, ...] = ()
    since: int = 1
    kernel: str = ""
    free: tuple[str, ...] = ()

    @property
    def expression(self) -> Expr:
        """The sum of the terms."""
        import sympy

        return sympy.Add(*self.terms)


@dataclass(frozen=True)
class NoDepthFormFound(Displayed):
    """No closed form of ``tensor``: ``reason`` says what was tried, ``help`` what would work."""

    tensor: str
    reason: str
    help: str = ""


Solution: TypeAlias = "DepthForm | NoDepthFormFound"


def forms_of(solutions: Sequence[Solution], tensor: str) -> list[DepthForm]:
    """The forms of one tensor, the first of every layer."""
    return [one for one in solutions if isinstance(one, DepthForm) and one.tensor == tensor]
