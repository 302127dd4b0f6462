"""A report with the digits a page has room for: six significant ones in prose and tables, all of them in data.

Claims and verdicts keep what they say to the digit, closed forms and equations too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ptheory.rendering.report import (
    AtLargeDepth,
    CriticalPoint,
    DerivedEquation,
    Figure,
    Formula,
    Item,
    Prose,
    Report,
    Solved,
    SpecialisedEquation,
    Table,
    Words,
)
from ptheory.rendering.written_numbers import LONGEST, long_rationals, with_rounded_constants

if TYPE_CHECKING:
    from sympy import Expr

PAGE_DIGITS = 6
GUARD = 10  # digits beyond those shown
_NUMBER = re.compile(r"(?<![\w.])\d+\.\d+(?:e[+-]?\d+)?(?![\w.]*\d)")


def with_page_digits(report: Report) -> Report:
    """The same report, every decimal number in prose and tables with six significant digits at most.

    A table whose digits the file asks for keeps them.
    """
    return _mapped(report, lambda item: item if _has_its_own_digits(item) else _rounded(item, PAGE_DIGITS))


def with_digits(report: Report, digits: int) -> Report:
    """The same report, every decimal number in prose, tables and closed forms with ``digits`` significant digits."""
    return _mapped(report, lambda item: _with_closed_forms(_rounded(item, digits), digits))


def with_digits_of_closed_forms(report: Report, digits: int) -> Report:
    """The same report, long fractions in closed forms with ``digits`` significant digits."""
    return _mapped(report, lambda item: _with_closed_forms(item, digits))


def _with_closed_forms(item: Item, digits: int) -> Item:
    """A closed form whose fractions are too long to be read, by their first digits; data have it exact."""
    if not isinstance(item, SpecialisedEquation):
        return item
    found = item.found
    values = [found.closed_form, *(value for _, value in found.moments)]
    if not any(value is not None and long_rationals(value) for value in values):
        return item
    moments = tuple((atom, _value(value, digits)) for atom, value in found.moments)
    return replace(item, found=replace(found, closed_form=_value(found.closed_form, digits), moments=moments))


def _mapped(report: Report, change: Callable[[Item], Item]) -> Report:
    sections = tuple(replace(one, items=tuple(map(change, one.items))) for one in report.sections)
    return replace(report, sections=sections)


def _has_its_own_digits(item: Item) -> bool:
    return isinstance(item, Table) and item.digits is not None


def _rounded(item: Item, digits: int) -> Item:
    match item:
        case Prose(words):
            return Prose(rounded_words(words, digits))
        case CriticalPoint():
            return replace(
                item,
                kernel=_value(item.kernel, digits),
                values={name: _value(value, digits) for name, value in item.values.items()},
                evidence=tuple(rounded_words(words, digits) for words in item.evidence),
            )
        case Solved(form):
            return replace(item, form=replace(form, terms=tuple(_value(term, digits) for term in form.terms)))
        case Table():
            rows = tuple(tuple(rounded_words(cell, digits) for cell in row) for row in item.rows)
            return replace(item, rows=rows, caption=rounded_words(item.caption, digits))
        case DerivedEquation() | SpecialisedEquation():
            note = rounded_words(item.note, digits)
            return item if note == item.note else replace(item, note=note)  # the same item keeps its trees
        case Figure():
            return replace(item, caption=rounded_words(item.caption, digits))
    return item


def rounded_words(words: Words, digits: int) -> Words:
    """Running text, its decimal numbers rounded."""
    if isinstance(words, tuple):
        return tuple(_piece(piece, digits) for piece in words)
    return _piece(words, digits)


def _piece(piece: str | Formula, digits: int) -> str | Formula:
    if isinstance(piece, str):
        return _NUMBER.sub(lambda match: rounded_text(match.group(), digits), piece)
    if isinstance(piece.value, (int, Fraction)):
        return replace(piece, digits=digits, longest=min(piece.longest, LONGEST))
    if isinstance(piece.value, AtLargeDepth):
        return replace(piece, value=replace(piece.value, law=_value(piece.value.law, digits)))
    return replace(piece, value=_value(piece.value, digits))


def _value(value: Any, digits: int) -> Any:
    """A number as text, or a SymPy expression, its decimal numbers rounded; anything else as it is."""
    if isinstance(value, str):
        return _NUMBER.sub(lambda match: rounded_text(match.group(), digits), value)
    from sympy import Expr

    if not isinstance(value, Expr):
        return value
    return with_rounded_constants(value, lambda constant: _float(constant, digits))


def _float(value: Expr, digits: int) -> Expr:
    """The decimal number nearest to a value, rounded once."""
    from mpmath import nstr
    from sympy import Float

    return Float(nstr(value.evalf(digits + GUARD), digits, strip_zeros=False), digits)


def rounded_text(number: str, digits: int) -> str:
    """A decimal number with ``digits`` significant digits; what stands before the point is never cut."""
    mantissa, marked, power = number.partition("e")
    value = Decimal(mantissa)
    places = max(digits - 1 - value.adjusted(), 0) if value else digits - 1
    if places >= len(mantissa.partition(".")[2]):
        return number
    return f"{value:.{places}f}{marked}{power}"
