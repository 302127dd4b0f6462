"""Expressions as text that parses back to the same tree: parentheses exactly where the tree needs them."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from ptheory.language.claim_names import KERNEL_BELOW
from ptheory.language.constants import layer_index
from ptheory.language.exchanges import exchange_text
from ptheory.language.expressions import (
    Add,
    Bracket,
    Call,
    Compare,
    Connected,
    Divide,
    Expression,
    FieldAt,
    Indexed,
    Multiply,
    Name,
    Negate,
    Number,
    Piecewise,
    Power,
    SumOver,
    Symmetrised,
)
from ptheory.language.keywords import KEYWORDS

_WORDS = frozenset(KEYWORDS.values())

# How tightly a node holds together: a sum least, a name most.
_SUM, _TERM, _PRODUCT, _POWER, _ATOM = range(5)


def format_expression(expression: Expression, side_by_side: bool = False) -> str:
    """The text of an expression; ``side_by_side``: products of names without ``*``, as in d12 d34 V[1,2,3,4]."""
    return _Printer(side_by_side).text(expression, _SUM)


class _Printer:
    def __init__(self, side_by_side: bool) -> None:
        self.side_by_side = side_by_side

    def text(self, node: Expression, least: int) -> str:
        """The node's text, in parentheses when it holds together less tightly than ``least``."""
        written = self._written(node)
        return f"({written})" if _tightness(node) < least else written

    def _written(self, node: Expression) -> str:
        match node:
            case Add():
                return self._sum(node)
            case Symmetrised():
                return f"{self.text(node.body, _TERM)} + ({exchange_text(node)})"
            case Negate():
                return "-" + self.text(node.operand, _TERM)
            case Multiply():
                return self._product(node)
            case Divide():
                return f"{self._numerator(node.numerator)}{self._slash}{self._factor(node.denominator)}"
            case Power():
                return f"{self.text(node.base, _ATOM)}^{self._exponent(node.exponent)}"
        return self._atom(node)

    def _atom(self, node: Expression) -> str:
        """What no operator takes apart: names, numbers, and everything that brings its own brackets."""
        match node:
            case Number():
                return node.spelling or format_number(node.value)
            case Name():
                return node.name
            case FieldAt():
                field = f"{node.field}{_primes(node.primes)}[{node.neuron};{node.sample}]"
                return "prev(" * node.depth + field + ")" * node.depth
            case Call():
                return f"{node.function}{_primes(node.primes)}({self._listed(node.arguments)})"
            case Indexed():
                inside = ",".join(self.text(argument, _SUM) for argument in node.arguments)
                inside += "" if node.layer is None else ";" + self.text(layer_index(node.layer), _SUM)
                return node.name + _primes(node.primes) + (f"[{inside}]" if node.arguments else "")
            case SumOver():
                over = f" in {{{','.join(self.text(one, _SUM) for one in node.over)}}}" if node.over else ""
                return f"sum({','.join(node.indices)}{over}, {self.text(node.body, _SUM)})"
            case Bracket():
                kernel = "" if node.layer is None else f"_{KERNEL_BELOW}[{self.text(layer_index(node.layer), _SUM)}]"
                return f"<{_Printer(True).text(node.body, _SUM)}>{kernel}"
            case Connected():
                return f"E[{_Printer(True).text(node.body, _SUM)}]_c"
            case Piecewise():
                branches = [f"{self.text(c, _SUM)}: {self.text(value, _SUM)}" for c, value in node.branches]
                return f"piecewise({', '.join([*branches, f'otherwise: {self.text(node.otherwise, _SUM)}'])})"
            case Compare():
                return f"({self.text(node.left, _SUM)} {node.relation} {self.text(node.right, _SUM)})"
        raise TypeError(f"no text for {type(node).__name__}")

    @property
    def _slash(self) -> str:
        return " / " if self.side_by_side else "/"

    def _listed(self, arguments: tuple[Expression, ...]) -> str:
        separator = "," if all(isinstance(argument, Name) for argument in arguments) else ", "
        return separator.join(self.text(argument, _SUM) for argument in arguments)

    def _sum(self, node: Add) -> str:
        first, *others = node.terms
        pieces = [self.text(first, _TERM)]
        for term in others:
            if isinstance(term, Negate):
                pieces.append(" - " + self.text(term.operand, _PRODUCT))
            else:
                pieces.append(" + " + self.text(term, _PRODUCT))
        return "".join(pieces)

    def _product(self, node: Multiply) -> str:
        pieces = [self._first_factor(node.factors[0])]
        for left, right in pairwise(node.factors):
            if _is_average(left) and _is_average(right) and ";" not in self.text(right, _POWER):
                pieces.append(self.text(right, _POWER))  # `><` before z[i;a] would be read as two comparisons
            elif self.side_by_side and _starts_with_name(right) and not isinstance(left, Divide):
                pieces.append(" " + self.text(right, _POWER))
            else:
                pieces.append("*" + self._factor(right))
        return "".join(pieces)

    def _first_factor(self, node: Expression) -> str:
        """A quotient may lead a product: (a/b)*c and a/b*c are the same tree."""
        return self.text(node, _PRODUCT if isinstance(node, Divide) else _POWER)

    def _numerator(self, node: Expression) -> str:
        return self.text(node, _PRODUCT)

    def _factor(self, node: Expression) -> str:
        """A factor after * or /; a sign may follow the operator."""
        if isinstance(node, Negate):
            return f"({self._written(node)})"
        return self.text(node, _POWER)

    def _exponent(self, node: Expression) -> str:
        if isinstance(node, Negate):
            return (
                "-" + self._exponent(node.operand) if _holds_as_exponent(node.operand) else f"({self._written(node)})"
            )
        return self.text(node, _POWER)


def _holds_as_exponent(node: Expression) -> bool:
    return _tightness(node) >= _POWER


def _tightness(node: Expression) -> int:
    match node:
        case Add() | Symmetrised():
            return _SUM
        case Negate():
            return _TERM
        case Multiply() | Divide():
            return _PRODUCT
        case Power():
            return _POWER
        case _:
            return _ATOM


def _is_average(node: Expression) -> bool:
    return isinstance(node.base if isinstance(node, Power) else node, Bracket)


def _starts_with_name(node: Expression) -> bool:
    """Whether the text begins with a name that no keyword can be mistaken for."""
    base = node.base if isinstance(node, Power) else node
    match base:
        case Name(name=name) | Indexed(name=name) | Call(function=name) | FieldAt(field=name):
            return name not in _WORDS
        case _:
            return isinstance(base, (SumOver, Piecewise))


def _primes(count: int) -> str:
    return "'" * count


def format_number(value: Fraction) -> str:
    """A number as the language writes it: digits, with a decimal point where it is not whole."""
    if value.denominator == 1:
        return str(value.numerator)
    places = 0
    while value.denominator != 1 and places <= 1000:
        value, places = value * 10, places + 1
    if value.denominator != 1:
        raise ValueError("a number of the language has finitely many decimals; anything else is a quotient")
    digits = str(value.numerator).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"
