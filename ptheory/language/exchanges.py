"""A sum with its symmetry, X + (12 <-> 34): X, and X with inputs 1, 2 and 3, 4 exchanged.

What is exchanged stands alone behind one term, so that it is said of what: X + Y + (12 <-> 34) could be of Y or of
both, and is refused. Brackets say which, X + (Y + (12 <-> 34)) or (X + Y) + (12 <-> 34).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Add, Expression, Name, Negate, Number, Span, Symmetrised

ARROW = re.compile(r"<->|↔")
EXAMPLE = "write X + (12 <-> 34), or X + (1,2 <-> 3,4), or with names of inputs X + (a <-> b)"
WHICH = "say of what: X + (Y + (12 <-> 34)) is of Y, (X + Y) + (12 <-> 34) of both"


@dataclass(frozen=True)
class Exchange:
    """(12 <-> 34): which inputs are exchanged, one by one."""

    first: tuple[Expression, ...]
    second: tuple[Expression, ...]
    span: Span


def exchange_of(written: str, span: Span) -> Exchange:
    """What ``12 <-> 34`` exchanges: 1 and 3, 2 and 4. LanguageError where it is no exchange of inputs."""
    first, second = (_labels(side, span) for side in ARROW.split(written.strip("() \t")))
    if len(first) != len(second):
        raise LanguageError("as many inputs stand on the left of <-> as on the right", span, help=EXAMPLE)
    if len({*first, *second}) < len(first) + len(second):
        raise LanguageError("an input stands twice in this exchange", span, help=EXAMPLE)
    return Exchange(first, second, span)


def _labels(side: str, span: Span) -> tuple[Expression, ...]:
    """The inputs of one side: digits one by one where they stand together."""
    parts = re.split(r"[\s,]+", side.strip())
    if len(parts) == 1 and parts[0].isdigit():
        parts = list(parts[0])
    if not all(part.isdigit() or part.isidentifier() for part in parts):
        raise LanguageError("what is exchanged are inputs", span, help=EXAMPLE)
    return tuple(Number(Fraction(int(p)), span=span) if p.isdigit() else Name(p, span=span) for p in parts)


def negated(term: Expression | Exchange, span: Span) -> Expression:
    """-term. LanguageError for an exchange, which says which sign it has by what it is of."""
    if isinstance(term, Exchange):
        raise LanguageError("an exchange is added to what it is of", term.span, help=EXAMPLE)
    return Negate(term, span=span)


def sum_of(terms: Sequence[Expression | Exchange], span: Span) -> Expression:
    """Two terms or more, the last may be an exchange. LanguageError where that could be read in two ways."""
    plain = tuple(term for term in terms if isinstance(term, Expression))
    written = [term for term in terms if isinstance(term, Exchange)]
    if not written:
        return Add(plain, span=span)
    if len(written) > 1:
        raise LanguageError("two exchanges in one sum", written[1].span, help="write (X + (12 <-> 34)) for each")
    (found,) = written
    if found is not terms[-1]:
        raise LanguageError("an exchange stands behind what it is of", found.span, help=EXAMPLE)
    if len(plain) > 1:
        raise LanguageError(
            "this exchange could be of the term before it or of all terms before it", found.span, help=WHICH
        )
    return Symmetrised(plain[0], found.first, found.second, span=span)


def exchange_text(node: Symmetrised) -> str:
    """12 <-> 34; commas between inputs that are no single digits."""
    sides = [[_label(one) for one in side] for side in (node.first, node.second)]
    return " <-> ".join(labels_together(side) for side in sides)


def _label(node: Expression) -> str:
    return node.name if isinstance(node, Name) else str(node.value) if isinstance(node, Number) else ""


def labels_together(labels: Sequence[str]) -> str:
    """12 for inputs 1 and 2; a,b for a and b."""
    return ("" if all(len(label) == 1 and label.isdigit() for label in labels) else ",").join(labels)
