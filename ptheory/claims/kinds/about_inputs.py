"""Whether a claim names components of its inputs, x[k;1], or their number n0: what ``first_layer`` decides."""

from __future__ import annotations

from collections.abc import Sequence

from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.language.expressions import Expression, FieldAt, Indexed, Name, walk

INPUT = "x"
COMPONENT = "k"
COMPONENTS = "n0"


def is_about_inputs(sides: Sequence[Expression], vocabulary: Vocabulary) -> bool:
    """Whether components of the inputs, or their number, stand in the formulas of a claim."""
    return any(is_of_inputs(node, vocabulary) for side in sides for node in walk(side))


def is_of_inputs(node: Expression, vocabulary: Vocabulary) -> bool:
    """Whether a node is one of them."""
    match node:
        case FieldAt(name) | Indexed(name):
            return name == INPUT and not (vocabulary.is_known(INPUT) or vocabulary.is_scalar(INPUT))
        case Name(name):
            return name == COMPONENTS and not vocabulary.is_scalar(COMPONENTS)
    return False
