r"""\int\mathcal{D}z_1\mathcal{D}z_2 over independent variables of unit variance, with preactivations made of them.

u_1 = \sqrt{K_{11}} z_1 and u_2 = \sqrt{K_{22}} (c z_1 + \sqrt{1-c^2} z_2) are the preactivations of inputs 1 and 2
where their covariance is K: that is worked out, exactly, before they are read so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import sympy
from lark import Token, Tree

from ptheory.claims.latex.latex_scripts import Scripts, without_braces
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import (
    Add,
    Call,
    Divide,
    Expression,
    Indexed,
    Multiply,
    Name,
    Negate,
    Number,
    Power,
    Span,
    rewritten,
    walk,
)

if TYPE_CHECKING:
    from ptheory.claims.latex.formula_reader import FormulaReader

UNITS = ("first of the pair", "second of the pair")  # no name can be spelled like these
_WRITE = r"write u_1 = \sqrt{K_{11}}z_1, u_2 = \sqrt{K_{22}}\left(c z_1 + \sqrt{1-c^2}z_2\right)"


@dataclass
class Pair:
    """``letters``: how the two variables are written, (z, 1) and (z, 2); ``forms``: what was read as preactivations."""

    letters: tuple[tuple[str, str], tuple[str, str]]
    forms: list[tuple[Expression, tuple[sympy.Expr, sympy.Expr]]] = field(default_factory=list)
    has_layer: bool = False

    def unit(self, token: Token, scripts: Scripts) -> Expression | None:
        """The variable of the pair that a symbol is."""
        below = "".join(str(t.value) for t in without_braces(scripts.below or ()))
        for letter, name in zip(self.letters, UNITS, strict=True):
            if (str(token.value), below) == letter and scripts.primes == 0 and scripts.layer is None:
                return Name(name)
        return None


def labelled_letter(factor: Tree) -> tuple[str, str] | None:
    """(z, 1) of z_1."""
    atom = factor.children[0]
    if atom.data != "symbol" or len(factor.children) != 2 or factor.children[1].data != "subscript":
        return None
    below = without_braces(factor.children[1].children[2:-1])
    return (str(atom.children[0].value), str(below[0].value)) if len(below) == 1 else None


def preactivation(reader: FormulaReader, pair: Pair, argument: Expression, at: Token, span: Span) -> Expression:
    """The preactivation that a combination of the two variables is. LanguageError where its covariance is not K."""
    slopes = _slopes(argument)
    if slopes is None:
        raise reader.text.error("this is no linear combination of the two variables", at, help=_WRITE)
    _check_layers(reader, pair, slopes, at)
    a, b = (_number(reader, slope, at) for slope in slopes)
    for slot in _slots(reader, slopes):
        if _is_zero(a**2 + b**2 - _entry(reader, slot, slot)):
            break
    else:
        raise reader.text.error("the variance of this is no entry of K", at, help=_WRITE)
    for other, (c, d) in pair.forms:
        if not _is_zero(a * c + b * d - _entry(reader, slot, other)):
            raise reader.text.error("the covariance of this and of what stands before it is not K", at, help=_WRITE)
    pair.forms.append((slot, (a, b)))
    separator = "" if isinstance(slot, Number) else "_"
    return Name(f"{reader.vocabulary.fields[0]}{separator}{_label(slot)}", span=span)


def check_pair(reader: FormulaReader, pair: Pair, body: Expression, span: Span) -> None:
    """LanguageError where a variable of the pair is left outside of activations, or none was read."""
    if not pair.forms or _mentions(body):
        message = "variables of unit variance that are no preactivations"
        raise LanguageError(message, span, help=_WRITE)


def _slopes(node: Expression) -> tuple[Expression, Expression] | None:
    """What the two variables are multiplied by; None where the formula is not linear in them."""
    zero = Number(Fraction(0))
    match node:
        case Name(name) if name in UNITS:
            return (Number(Fraction(1)), zero) if name == UNITS[0] else (zero, Number(Fraction(1)))
        case Negate(operand):
            inner = _slopes(operand)
            return None if inner is None else (Negate(inner[0]), Negate(inner[1]))
        case Add(terms):
            parts = [_slopes(term) for term in terms]
            if any(part is None for part in parts):
                return None
            return Add(tuple(p[0] for p in parts if p)), Add(tuple(p[1] for p in parts if p))
        case Multiply(factors):
            held = [factor for factor in factors if _mentions(factor)]
            inner = _slopes(held[0]) if len(held) == 1 else None
            rest = tuple(factor for factor in factors if not _mentions(factor))
            return None if inner is None else (Multiply((*rest, inner[0])), Multiply((*rest, inner[1])))
        case Divide(above, below) if not _mentions(below):
            inner = _slopes(above)
            return None if inner is None else (Divide(inner[0], below), Divide(inner[1], below))
    return None


def _mentions(node: Expression) -> bool:
    return any(isinstance(inner, Name) and inner.name in UNITS for inner in walk(node))


def _check_layers(reader: FormulaReader, pair: Pair, slopes: Sequence[Expression], at: Token) -> None:
    r"""All of this layer: K_{11}, K_{11}^{(\ell)} and abbreviations of it."""
    for node in (inner for slope in slopes for inner in walk(slope)):
        if isinstance(node, Indexed):
            if node.primes or node.layer not in (None, 0):
                raise reader.text.error("kernels of the next layer below a variable of unit variance", at, help=_WRITE)
            pair.has_layer = pair.has_layer or node.layer == 0 or node.name in reader.vocabulary.lets


def _slots(reader: FormulaReader, slopes: Sequence[Expression]) -> list[Expression]:
    """The inputs at which the kernel stands in the slopes, abbreviations opened."""
    nodes = [inner for slope in slopes for inner in walk(_opened(reader, slope))]
    return list(dict.fromkeys(slot for node in nodes if isinstance(node, Indexed) for slot in node.arguments))


def _opened(reader: FormulaReader, node: Expression) -> Expression:
    lets = reader.vocabulary.lets
    return rewritten(node, lambda n: lets[n.name] if isinstance(n, (Name, Indexed)) and n.name in lets else None)


def _number(reader: FormulaReader, node: Expression, at: Token) -> sympy.Expr:
    """The slope in entries of K, which are real, those on the diagonal positive. LanguageError for anything else."""
    match node:
        case Number(value):
            return sympy.Rational(value.numerator, value.denominator)
        case Negate(operand):
            return -_number(reader, operand, at)
        case Add(terms):
            return sympy.Add(*(_number(reader, term, at) for term in terms))
        case Multiply(factors):
            return sympy.Mul(*(_number(reader, factor, at) for factor in factors))
        case Divide(above, below):
            return _number(reader, above, at) / _number(reader, below, at)
        case Power(base, Number(exponent)):
            return _number(reader, base, at) ** sympy.Rational(exponent.numerator, exponent.denominator)
        case Call("sqrt", (inner,), 0):
            return sympy.sqrt(_number(reader, inner, at))
        case Name(name) | Indexed(name) if name in reader.vocabulary.lets:
            return _number(reader, reader.vocabulary.lets[name], at)
        case Indexed(name, (first, second)) if reader.vocabulary.is_kernel(name):
            return _entry(reader, first, second)
    raise reader.text.error("this stands in no covariance that is known here", at, help=_WRITE)


def _entry(reader: FormulaReader, first: Expression, second: Expression) -> sympy.Expr:
    names = sorted((_label(first), _label(second)))
    return sympy.Symbol(",".join(names), real=True, **({"positive": True} if names[0] == names[1] else {}))


def _label(slot: Expression) -> str:
    return slot.name if isinstance(slot, Name) else str(slot.value) if isinstance(slot, Number) else ""


def _is_zero(value: sympy.Expr) -> bool:
    return bool(sympy.expand(value) == 0)
