"""Abbreviations that hide what decides how a claim is read: the number of the layer, the width n, a tensor or a series.

How far a claim goes in 1/n, whether it is about every layer, which of its terms are small: all this is seen in what is
written, so such an abbreviation is put in. Others stay, and corrections name them.
"""

from __future__ import annotations

from dataclasses import replace

from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.reading.written_orders import WIDTH
from ptheory.language.claim_names import LAYER
from ptheory.language.expressions import Expression, Indexed, Name, rewritten, walk
from ptheory.language.statements import ClaimStatement


def with_abbreviations_put_in(formula: ClaimStatement, vocabulary: Vocabulary) -> ClaimStatement:
    """The claim without abbreviations of tensors, widths and layers."""
    if not vocabulary.lets:
        return formula
    left, right = (_put_in(side, vocabulary, ()) for side in (formula.left, formula.right))
    return replace(formula, left=left, right=right)


def _put_in(side: Expression, vocabulary: Vocabulary, inside: tuple[str, ...]) -> Expression:
    def opened(node: Expression) -> Expression | None:
        if not isinstance(node, Name) or node.name not in vocabulary.lets or node.name in inside:
            return None
        body = _put_in(vocabulary.lets[node.name], vocabulary, (*inside, node.name))
        return body if any(_decides(part, vocabulary) for part in walk(body)) else None

    return rewritten(side, opened)


def _decides(node: Expression, vocabulary: Vocabulary) -> bool:
    if not isinstance(node, (Name, Indexed)):
        return False
    is_tensor = vocabulary.tensor(node.name) is not None or vocabulary.series(node.name) is not None
    return node.name in (LAYER, WIDTH) or is_tensor
