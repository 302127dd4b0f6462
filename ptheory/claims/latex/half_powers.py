r"""\sigma_w where the notation has C_W for \sigma_w^2: it has a meaning where two of it meet, (\sigma_w\phi')^2."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from ptheory.language.expressions import Expression, Multiply, Name, Number, Power, children, rewritten

HALF = Number(Fraction(1, 2))


def paired(node: Expression) -> Expression:
    """The formula with half powers that meet multiplied: (h F)^2 = X F^2, h F h = X F for h = X^(1/2)."""
    return rewritten(node, _paired_here)


def unpaired(node: Expression) -> Iterator[Power]:
    """The half powers that are left."""
    if isinstance(node, Power) and _is_half(node):
        yield node
    for child in children(node):
        yield from unpaired(child)


def _is_half(node: Expression) -> bool:
    return isinstance(node, Power) and node.exponent == HALF and isinstance(node.base, Name)


def _paired_here(node: Expression) -> Expression | None:
    match node:
        case Power(Power() as base, Number(exponent)) if _is_half(base) and exponent.denominator == 1:
            return _power(base.base, exponent / 2, node) if exponent % 2 == 0 else None
        case Power(Multiply(factors), Number(exponent)) if exponent.denominator == 1 and exponent % 2 == 0:
            if not any(map(_is_half, factors)):
                return None
            raised = (paired(Power(factor, node.exponent, span=factor.span)) for factor in factors)
            return Multiply(tuple(raised), span=node.span)
        case Multiply(factors):
            found = Counter(factor for factor in factors if _is_half(factor))
            if not any(count > 1 for count in found.values()):
                return None
            kept = [paired(factor) for factor in factors if not _is_half(factor)]
            for half, count in found.items():
                assert isinstance(half, Power)
                kept = [*[half.base] * (count // 2), *[half] * (count % 2), *kept]
            return kept[0] if len(kept) == 1 else Multiply(tuple(kept), span=node.span)
    return None


def _power(base: Expression, exponent: Fraction, node: Expression) -> Expression:
    return base if exponent == 1 else Power(base, Number(exponent), span=node.span)
