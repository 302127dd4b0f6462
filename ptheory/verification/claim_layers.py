"""Layers written in a claim: a recursion leads from layer l to layer l+1, and means are over the kernel of layer l."""

from __future__ import annotations

from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Indexed, Span


def require_this_layer(what: str, layer: int, span: Span) -> None:
    """Refuse anything but layer l: <...>_K[l+1] and chi_par[l+1] are at a kernel the recursion does not read."""
    if layer == 1:
        raise LanguageError(
            f"{what} is at the kernel of the next layer; the recursion from l to l+1 has the kernel of layer l in it",
            span,
            help="at layer l write [l], in LaTeX (\\ell), or no layer at all",
        )
    if layer:
        raise LanguageError(
            f"{what} is at layer l{layer:+d}, which has no part in the recursion from l to l+1",
            span,
            help="at layer l write [l], in LaTeX (\\ell), or no layer at all",
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
