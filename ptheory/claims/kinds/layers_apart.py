"""Whether a claim names tensors of layers more than one apart, V[l+2]: what ``several_layers`` decides."""

from __future__ import annotations

from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.sides import is_defined
from ptheory.language.constants import layer_offset
from ptheory.language.expressions import Expression, Indexed, walk
from ptheory.language.statements import ClaimStatement

MOST_APART = 6


def spans_layers(formula: ClaimStatement, vocabulary: Vocabulary) -> bool:
    """Whether tensors of layer l+2 or further up stand in a claim whose activations are all bound."""
    return every_activation_is_bound(vocabulary) and any(
        layer_of(node, vocabulary) is not None for side in formula.sides for node in walk(side)
    )


def every_activation_is_bound(vocabulary: Vocabulary) -> bool:
    """Whether closed forms may be asked for at every layer."""
    return all(name in vocabulary.binding or is_defined(name) for name in vocabulary.functions)


def layer_of(node: Expression, vocabulary: Vocabulary) -> int | None:
    """k of V[l+k], V[1,2,3,4;l+k], where k is 2 or more; None for anything else."""
    if not isinstance(node, Indexed) or node.primes or vocabulary.tensor(node.name) is None:
        return None
    layer = layer_offset(node.arguments[0]) if len(node.arguments) == 1 and node.layer is None else node.layer
    return layer if layer is not None and layer >= 2 else None
