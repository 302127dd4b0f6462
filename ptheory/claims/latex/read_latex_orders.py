r"""O(1/n), \mathcal{O}(n^{-2}) added to a side: the equation is claimed up to terms of that order.

The order must be the first one that is not written: with terms of order 1/n on the sides it is O(1/n^2). Then a claim
says neither less nor more than the coefficients that stand in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lark import Token, Tree

from ptheory.claims.latex.latex_scripts import flattened
from ptheory.claims.reading.written_orders import WIDTH, highest_power_written, power_of_inverse_width
from ptheory.language.expressions import Expression

if TYPE_CHECKING:
    from ptheory.claims.latex.formula_reader import FormulaReader


def without_order(reader: FormulaReader, side: Tree) -> tuple[Tree, Tree | None]:
    """The side without its O(...), and that term; only one, added at the top of the side, or all of it.

    In networks with powers of n of their own a whole O(n^p) stays: it is a claim of leading powers."""
    if side.data != "sum":
        return side, None
    if len(side.children) == 1 and reader.vocabulary.system.model.declared.is_scaled:
        return side, None
    if len(side.children) == 1 and _is_order(side.children[0]) and _is_of_the_width(reader, side.children[0]):
        return _zero(side.children[0]), side.children[0]
    kept: list[Token | Tree] = [side.children[0]]
    found: Tree | None = None
    for sign, term in zip(side.children[1::2], side.children[2::2], strict=True):
        if not _is_order(term) or not _is_of_the_width(reader, term):
            kept += [sign, term]  # O(K^m) is a part of the formula, which says what it is an order of
            continue
        token = term.children[0].children[0].children[0]
        if found is not None or sign.type == "MINUS":
            raise reader.text.error("one order, added, stands at the end of a side", token, help="write + O(1/n)")
        found = term
    return Tree("sum", kept), found


def _zero(at: Tree) -> Tree:
    token = at.children[0].children[0].children[0]
    number = Tree("number", [token.update(type="NUMBER", value="0")])
    return Tree("sum", [Tree("product", [Tree("factor", [number])])])


def _is_order(term: Tree) -> bool:
    return term.data == "product" and len(term.children) == 1 and term.children[0].children[0].data == "order"


def _is_of_the_width(reader: FormulaReader, term: Tree) -> bool:
    inside = next(part for part in term.children[0].children[0].children if isinstance(part, Tree))
    return any(token.type == "SYMBOL" and token.value == WIDTH for token in flattened([inside]))


def power_of(reader: FormulaReader, term: Tree) -> int:
    """k of O(1/n^k). LanguageError for the order in anything else."""
    factor = term.children[0]
    token = factor.children[0].children[0]
    inside = next(part for part in factor.children[0].children if isinstance(part, Tree))
    power = power_of_inverse_width(reader.read(inside, False))
    if power is None or power < 1 or len(factor.children) > 1:
        raise reader.text.error("an order in something else than 1/n", token, help="write O(1/n), O(n^{-2})")
    return power


def check_order(reader: FormulaReader, sides: Sequence[Expression], power: int, term: Tree) -> None:
    """The order is the first that is not written; at moments a later one, too, which says that nothing comes before."""
    written = max(map(highest_power_written, sides))
    if power != written + 1 and not (reader.table.neurons.is_read and power > written):
        token = term.children[0].children[0].children[0]
        missing = "1/n" if written == 0 else f"1/n^{written + 1}"
        what = f"terms of order {missing} are neither written nor left out by this order"
        if power <= written:
            what = "terms beyond this order are written"
        raise reader.text.error(what, token, help=f"write O({missing})")
