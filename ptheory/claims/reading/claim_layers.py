"""Layers written in a claim: a recursion leads from layer l to layer l+1, and means are over the kernel of layer l."""

from __future__ import annotations

from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Indexed, Span


def is_next(what: str, layer: int | None, span: Span) -> bool:
    """Whether an average or a susceptibility stands at layer l+1 rather than l. LanguageError at any other layer."""
    if layer not in (None, 0, 1):
        raise LanguageError(
            f"{what} is at layer l{layer:+d}; a recursion leads from layer l to layer l+1",
            span,
            help="at layer l write [l], in LaTeX (\\ell), or no layer at all",
        )
    return layer == 1


def require_this_layer(what: str, layer: int, span: Span) -> None:
    """Refuse anything but layer l."""
    if layer:
        raise LanguageError(
            f"{what} is an abbreviation for layer l, not l{layer:+d}",
            span,
            help="write out what it stands for",
        )


def require_layer_made(name: str, layer: int | None, span: Span) -> None:
    """A hyperparameter that is the same in every layer may be written C_W[l+1]: the layer its weights belong to."""
    if layer != 1:
        raise LanguageError(
            f"the recursion from l to l+1 has the parameters of layer l+1, and {name} is the same in every layer here",
            span,
            help=f"write {name}, or {name}[l+1]",
        )


def require_one_mark(node: Indexed, layer: int) -> None:
    """V[l] and V[l+1] are V and V'; no other layer and no prime beside it."""
    if node.primes:
        raise LanguageError(
            f"{node.name} has a prime and a layer", node.span, help=f"write {node.name}' or {node.name}[l+1]"
        )
    if layer not in (0, 1):
        raise LanguageError(
            f"{node.name} is at layer l{layer:+d}; a recursion leads from layer l to layer l+1",
            node.span,
            help=f"write {node.name}[l] and {node.name}[l+1]",
        )
