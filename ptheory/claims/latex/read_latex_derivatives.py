r"""Derivatives by the kernel: \frac{d}{dK}X, \frac{\partial X}{\partial K}, \partial_K X, as d(X, K).

An operator acts on the one factor that follows it; on what of several is not said, so that is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lark import Token, Tree

from ptheory.claims.latex.latex_scripts import flattened
from ptheory.claims.latex.read_latex_means import Part
from ptheory.language.claim_names import KERNEL_DERIVATIVE
from ptheory.language.expressions import Call, Expression, Span

if TYPE_CHECKING:
    from ptheory.claims.latex.formula_reader import FormulaReader


def is_operator(factor: Tree) -> bool:
    r"""\partial_K, \frac{d}{dK}: what acts on what follows; also what looks like one."""
    atom = factor.children[0]
    if atom.data == "partial":
        return True
    halves = _halves(factor)
    return halves is not None and _is_sign(halves[0]) and len(halves[0]) == 1


def is_quotient(factor: Tree) -> bool:
    r"""\frac{\partial X}{\partial K}, \frac{dX}{dK}."""
    halves = _halves(factor)
    return halves is not None and _is_sign(halves[0]) and _is_sign(halves[1]) and halves[0][0] == halves[1][0]


def operated(reader: FormulaReader, factor: Tree, following: Sequence[Part], span: Span) -> Expression:
    """d(X, K) of the factor that follows."""
    first = flattened([factor])[0]
    is_one = len(following) == 1 or (len(following) == 2 and reader.is_application(following))
    if not is_one or following[0][0] == "over":
        help = r"write \frac{d}{dK}\left( ... \right), parentheses around all of it"
        raise reader.text.error("what does this derivative act on?", first, help=help)
    atom = factor.children[0]
    if atom.data == "partial":
        if len(factor.children) != 2 or factor.children[1].data != "subscript":
            raise reader.text.error("a derivative by what?", first, help=r"write \partial_K")
        variable = reader.half_of_derivative(factor.children[1].children[2:-1], first)
    else:
        halves = _halves(factor)
        assert halves is not None
        if len(factor.children) > 1 or not _is_sign(halves[1]) or halves[0][0] != halves[1][0]:
            raise reader.text.error("a derivative by what?", first, help=r"write \frac{d}{dK}")
        variable = reader.half_of_derivative(halves[1][1:], halves[1][0])
    return Call(KERNEL_DERIVATIVE, (reader.read_parts(following, False), variable), span=span)


def quotient(reader: FormulaReader, factor: Tree, span: Span) -> Expression:
    r"""d(X, K) of \frac{\partial X}{\partial K}."""
    halves = _halves(factor)
    assert halves is not None
    above, below = halves
    numerator, denominator = (reader.half_of_derivative(half[1:], half[0]) for half in (above, below))
    return Call(KERNEL_DERIVATIVE, (numerator, denominator), span=span)


def _halves(factor: Tree) -> tuple[list[Token], list[Token]] | None:
    atom = factor.children[0]
    if atom.data != "fraction":
        return None
    above, below = (flattened([part]) for part in atom.children if isinstance(part, Tree))
    return above, below


def _is_sign(tokens: Sequence[Token]) -> bool:
    r"""Whether a half of a fraction begins with d or \partial, and says more or nothing at all."""
    return bool(tokens) and (tokens[0].type == "PARTIAL" or (tokens[0].type == "SYMBOL" and tokens[0].value == "d"))
