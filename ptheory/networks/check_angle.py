"""Where two inputs start from: correlations in the first layer, of a figure or of ``angle`` in a block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ptheory.language.constants import constant_value
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Expression, Span
from ptheory.language.statements import Angle, Assignment

STARTS, DEPTH = (Fraction(0), Fraction(1, 2), Fraction(9, 10)), 20
DEEPEST = 10_000


@dataclass(frozen=True)
class AngleSetting:
    """angle from 0, 1/2 depth 20: ``starts``, correlations in layer 1; ``depth``, the last layer that is shown."""

    starts: tuple[Fraction, ...]
    depth: int
    span: Span


def angle_setting(written: Angle | None, assignments: Sequence[Assignment]) -> AngleSetting | None:
    """None where a block asks for none. LanguageError for a start or a depth that makes no sense, and where the layers
    differ."""
    if written is None:
        return None
    depth = DEPTH if written.depth is None else written.depth
    if depth > DEEPEST:
        raise LanguageError(f"angles over {depth} layers", written.span, help=f"at most {DEEPEST:,} of them")
    for assignment in assignments:
        if assignment.layer is not None:
            raise LanguageError(
                f"{assignment.name} is another number in layer {assignment.layer}, and angles are followed by one map",
                assignment.span,
                help=f"write set {assignment.name} = ..., the same in every layer",
            )
    return AngleSetting(tuple(correlations(written.starts)) or STARTS, depth, written.span)


def correlations(values: Iterable[Expression]) -> Iterator[Fraction]:
    """Those written, each once. Raises LanguageError."""
    seen: set[Fraction] = set()
    for written in values:
        value = constant_value(written)
        if value is None or not -1 <= value < 1:
            raise LanguageError(
                "a correlation of two inputs is a fraction from -1 to below 1",
                written.span,
                help="inputs of correlation 1 are one and the same",
            )
        if value in seen:
            raise LanguageError(f"the correlation {value} stands twice", written.span, help="keep one of the two")
        seen.add(value)
        yield value
