r"""\sqrt{x}, \sqrt[n]{x}: roots, of odd degree where what stands below them cannot be negative."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from lark import Tree

from ptheory.language.expressions import (
    Add,
    Bracket,
    Call,
    Divide,
    Expression,
    Indexed,
    Multiply,
    Name,
    Number,
    Power,
    Span,
)

if TYPE_CHECKING:
    from ptheory.claims.latex.formula_reader import FormulaReader


def root(reader: FormulaReader, atom: Tree, span: Span, inside: bool) -> Expression:
    """The principal root. LanguageError at an odd root of what may be negative, which authors take to be real."""
    sign = atom.children[0]
    base = reader.read(next(part for part in atom.children if isinstance(part, Tree)), inside)
    if not sign.value.isdigit():
        return Call("sqrt", (base,), span=span)
    degree = int(sign.value)
    if degree < 2:
        raise reader.text.error("the degree of a root is 2, 3, ...", sign, help=r"write \sqrt[3]{...}")
    if degree % 2 and not _is_positive(reader, base):
        raise reader.text.error(
            "the real root of what may be negative, or the principal one?",
            sign,
            help=f"of positive K, of means of squares it is one root; write (...)^{{1/{degree}}} for the principal one",
        )
    return Power(base, Number(Fraction(1, degree)), span=span)


def _is_positive(reader: FormulaReader, node: Expression) -> bool:
    """Made of positive numbers, kernels of one input and means of squares by sums, products and quotients."""
    match node:
        case Number(value):
            return value > 0
        case Name() | Indexed():
            return reader.is_kernel(node) and reader.vocabulary.one_input
        case Add(parts) | Multiply(parts):
            return all(_is_positive(reader, part) for part in parts)
        case Divide(above, below):
            return _is_positive(reader, above) and _is_positive(reader, below)
        case Power(base, Number(exponent)) if exponent.denominator == 1:
            return _is_positive(reader, base)
        case Bracket(body):
            return _is_square(body)
    return False


def _is_square(node: Expression) -> bool:
    match node:
        case Power(_, Number(exponent)):
            return exponent.denominator == 1 and exponent % 2 == 0
        case Multiply((first, second)):
            return first == second
    return False
