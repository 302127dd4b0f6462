"""Abbreviations that hide what decides how a claim is read: the number of the layer, the width n, a tensor or a series.

How far a claim goes in 1/n, whether it is about every layer, which of its terms are small: all this is seen in what is
written, so such an abbreviation is put in. Others stay, and corrections name them. An abbreviation at the next layer,
m[l+1], is what it stands for with all of it one layer further up, and is put in too; so that one of the layer below,
chi_perp[1,2;l-1], has a meaning there.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from ptheory.claims.reading.claim_text import expression_text
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.reading.written_orders import WIDTH
from ptheory.language.claim_names import INVERSE_KERNEL, KERNEL_DERIVATIVE, LAYER, SUSCEPTIBILITIES
from ptheory.language.constants import layer_index, layer_offset
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import (
    Add,
    Bracket,
    Call,
    Expression,
    Indexed,
    Name,
    Number,
    rewritten,
    walk,
)
from ptheory.language.functions import CONSTANTS
from ptheory.language.statements import ClaimStatement


def with_abbreviations_put_in(formula: ClaimStatement, vocabulary: Vocabulary) -> ClaimStatement:
    """The claim without abbreviations of tensors, widths and layers."""
    if not vocabulary.lets:
        return formula
    left, right = (_put_in(side, vocabulary, ()) for side in (formula.left, formula.right))
    return replace(formula, left=left, right=right)


def _put_in(side: Expression, vocabulary: Vocabulary, inside: tuple[str, ...]) -> Expression:
    def opened(node: Expression) -> Expression | None:
        if not isinstance(node, (Name, Indexed)) or node.name not in vocabulary.lets or node.name in inside:
            return None
        layer = 0 if isinstance(node, Name) else _layer_of(node)
        if layer not in (0, 1):
            return None
        body = _put_in(vocabulary.lets[node.name], vocabulary, (*inside, node.name))
        if layer:
            return moved_up(body, vocabulary, node)
        return body if any(_decides(part, vocabulary) for part in walk(body)) else None

    return rewritten(side, opened)


def _layer_of(node: Indexed) -> int | None:
    """0 of m[l], 1 of m[l+1]; None for anything else."""
    return layer_offset(node.arguments[0]) if len(node.arguments) == 1 and not node.primes else None


def moved_up(body: Expression, vocabulary: Vocabulary, at: Expression) -> Expression:
    """A formula of layer l at layer l+1. LanguageError at what has no meaning there, pointing at ``at``."""

    def inside(node: Expression) -> Expression | None:
        is_scalar = isinstance(node, (Name, Indexed)) and vocabulary.is_scalar(node.name)
        return moved(node) if is_scalar else None

    def moved(node: Expression) -> Expression | None:
        match node:
            case Bracket(inner, None | 0 | -1 as layer):
                return Bracket(rewritten(inner, inside), (layer or 0) + 1, span=at.span)
            case Name(name) if name == LAYER:
                return Add((node, Number(Fraction(1))), span=at.span)
            case Name() | Indexed():
                return _symbol_above(node, node.name, vocabulary, at)
            case Bracket():
                raise _no_layer_above(node, at)
            case Call(function) if function == KERNEL_DERIVATIVE:
                raise _no_layer_above(node, at)
        return None

    return rewritten(body, moved)


def _symbol_above(node: Name | Indexed, name: str, vocabulary: Vocabulary, at: Expression) -> Expression | None:
    slots, primes = (node.arguments, node.primes) if isinstance(node, Indexed) else ((), 0)
    layer = layer_offset(slots[0]) if len(slots) == 1 else None
    if name in vocabulary.unlayered or name in CONSTANTS:
        if isinstance(node, Indexed):
            raise _no_layer_above(node, at)
        return node
    if name == WIDTH or name in vocabulary.layered:
        if layer is None or (name == WIDTH and layer != -1):
            raise _no_layer_above(node, at)
        return Indexed(name, (layer_index(layer + 1),), span=at.span)
    is_tensor = vocabulary.tensor(name) is not None or vocabulary.series(name) is not None
    if not is_tensor and name not in (*SUSCEPTIBILITIES, INVERSE_KERNEL, *vocabulary.lets):
        raise _no_layer_above(node, at)
    written = layer if layer is not None else node.layer if isinstance(node, Indexed) else None
    if primes or written not in (None, 0, -1):
        raise _no_layer_above(node, at)
    above = (written or 0) + 1
    if layer is not None or not slots:
        return Indexed(name, (layer_index(above),), span=at.span)
    return Indexed(name, slots, 0, above, span=at.span)


def _no_layer_above(node: Expression, at: Expression) -> LanguageError:
    help = "write out what it stands for"
    return LanguageError(f"{expression_text(node)} of this abbreviation has no next layer", at.span, help=help)


def _decides(node: Expression, vocabulary: Vocabulary) -> bool:
    if not isinstance(node, (Name, Indexed)):
        return False
    is_tensor = vocabulary.tensor(node.name) is not None or vocabulary.series(node.name) is not None
    return node.name in (LAYER, WIDTH) or is_tensor
