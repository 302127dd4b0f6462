r"""Elementary functions with and without parentheses: \sin(z), \sin^2 z, \sin 2z, \sin^{-1}x."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from lark import Tree

from ptheory.algebra.elementary import BY_NAME, ELEMENTARY
from ptheory.claims.latex.latex_scripts import is_minus_one
from ptheory.language.expressions import Call, Expression, Multiply, Number, Span

if TYPE_CHECKING:
    from ptheory.claims.latex.formula_reader import FormulaReader

INVERSE_FUNCTIONS = {row.name: f"a{row.name}" for row in ELEMENTARY if f"a{row.name}" in BY_NAME}
r"""\sin^{-1} is the arcsine wherever it is written; one over the sine has a name and a fraction of its own."""


def function(reader: FormulaReader, atom: Tree, span: Span, inside: bool) -> Expression:
    r"""\sin(z), \sin^2 z, \sin 2z: the argument in brackets, or one symbol with a number before it."""
    sign, argument = atom.children[0], atom.children[-1]
    scripts = reader.table.scripts([part for part in atom.children[1:-1] if isinstance(part, Tree)])
    reader.only_a_power(scripts, sign)
    inverse = scripts.power is not None and is_minus_one(scripts.power)
    if inverse and sign.value not in INVERSE_FUNCTIONS:
        raise reader.text.error(
            f"the inverse of {sign.value}, or one over it?", sign, help="write \\frac{1}{...} for one over it"
        )
    if inverse:
        return Call(INVERSE_FUNCTIONS[sign.value], (_argument(reader, argument, inside),), span=span)
    value = Call(sign.value, (_argument(reader, argument, inside),), span=span)
    return value if scripts.power is None else reader.raised(value, scripts.power, sign)


def _argument(reader: FormulaReader, argument: Tree, inside: bool) -> Expression:
    if argument.data == "mean_argument":
        mean = Tree("mean", argument.children[:3])
        return reader.factor(Tree("factor", [mean, *argument.children[3:]]), inside)
    if argument.data != "bare":
        return reader.plain(argument, reader.span(argument), inside)
    number, symbol, scripts = None, argument.children[0], argument.children[1:]
    if symbol is None or symbol.type == "NUMBER":
        number, symbol, scripts = argument.children[0], argument.children[1], argument.children[2:]
    factor = Tree("factor", [Tree("symbol", [symbol]), *scripts])
    value = reader.factor(factor, inside)
    if number is None:
        return value
    return Multiply((Number(Fraction(number.value.rstrip("."))), value), span=reader.span(argument))
