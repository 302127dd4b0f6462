r"""\det K, the determinant of the kernel over the inputs of the claim."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from typing import TYPE_CHECKING

from lark import Tree

from ptheory.claims.latex.latex_scripts import Symbol
from ptheory.language.expressions import Add, Expression, Indexed, Multiply, Name, Negate, Number, Span

if TYPE_CHECKING:
    from ptheory.claims.latex.formula_reader import FormulaReader

MOST_INPUTS = 4


def determinant(reader: FormulaReader, atom: Tree, span: Span) -> Expression:
    """The sum over permutations, written out. LanguageError for anything but K, or where no inputs are said."""
    sign, token = atom.children[0], atom.children[1]
    scripts = reader.table.scripts([part for part in atom.children[2:] if isinstance(part, Tree)])
    kernel = reader.table.meaning(Symbol(token, scripts), span, False)
    inputs = reader.vocabulary.inputs
    if not reader.is_kernel(kernel) or scripts.power is not None:
        raise reader.text.error("the determinant of what?", sign, help=r"write \det K, over the inputs of the claim")
    if inputs is None or inputs.count > MOST_INPUTS:
        raise reader.text.error("a determinant over which inputs?", sign, help="write `inputs 2` behind the claim")
    names = inputs.names or range(1, inputs.count + 1)
    slots = [Name(name, span=span) if isinstance(name, str) else Number(Fraction(name), span=span) for name in names]
    terms = [_term(kernel, slots, order, span) for order in permutations(range(inputs.count))]
    return terms[0] if len(terms) == 1 else Add(tuple(terms), span=span)


def _term(kernel: Expression, slots: list[Name | Number], order: tuple[int, ...], span: Span) -> Expression:
    primes, layer = (kernel.primes, 0 if kernel.arguments else None) if isinstance(kernel, Indexed) else (0, None)
    assert isinstance(kernel, (Name, Indexed))
    factors = tuple(
        Indexed(kernel.name, (slots[row], slots[column]), primes, layer, span=span) for row, column in enumerate(order)
    )
    value = factors[0] if len(factors) == 1 else Multiply(factors, span=span)
    inversions = sum(order[i] > order[j] for i in range(len(order)) for j in range(i + 1, len(order)))
    return Negate(value, span=span) if inversions % 2 else value
