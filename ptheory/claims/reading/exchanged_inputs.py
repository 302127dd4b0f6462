"""X + (12 <-> 34) in a claim: X is read as it is written, and once more with these inputs in each other's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptheory.claims.reading.preactivations import OUTSIDE, Place
from ptheory.claims.terms.ratio import Ratio
from ptheory.language.errors import LanguageError
from ptheory.language.exchanges import EXAMPLE
from ptheory.language.expressions import Symmetrised, walk
from ptheory.language.statements import ClaimStatement

if TYPE_CHECKING:
    from ptheory.claims.reading.read_claim import ClaimReader


def symmetrised(reader: ClaimReader, node: Symmetrised, place: Place) -> Ratio:
    """body + body with the inputs exchanged. LanguageError where one of them does not stand in the body."""
    if reader.vocabulary.one_input:
        raise LanguageError("at one input there is nothing to exchange", node.span, help="write 2*X")
    labels = (*node.first, *node.second)
    others = reader.named
    inputs = [reader.slot(label, OUTSIDE) for label in labels]
    partners = [*inputs[len(node.first) :], *inputs[: len(node.first)]]
    if len(set(inputs)) < len(inputs):
        raise LanguageError("an input stands twice in this exchange", labels[0].span, help=EXAMPLE)
    reader.named = set()
    as_written = reader.part(node.body, place)
    met, reader.named = reader.named, others | reader.named
    for label, sample in zip(labels, inputs, strict=True):
        if place.meant(sample) not in met:
            raise LanguageError(
                f"input {reader.vocabulary.sample_text(sample)} does not stand in the term before this exchange",
                label.span,
                help="exchange inputs that do; an exchange is of the one term before it",
            )
    return as_written + reader.part(node.body, place.with_exchange(dict(zip(inputs, partners, strict=True))))


def refuse_exchanges(formula: ClaimStatement) -> None:
    """LanguageError at an exchange in a claim whose labels are of neurons too, or of components of inputs."""
    found = next((node for side in formula.sides for node in walk(side) if isinstance(node, Symmetrised)), None)
    if found is not None:
        help = "write the terms out; an exchange of inputs stands in recursions and averages"
        raise LanguageError("an exchange of inputs in a claim about moments or inputs", found.first[0].span, help=help)
