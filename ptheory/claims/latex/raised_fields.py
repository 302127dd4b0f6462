r"""Raised indices in averages: z^a = sum_b K^{ab} z_b, and beside it K^{ab} = sum_{cd} K^{ac} K^{bd} K_{cd}.

<f z^a> = <∂_a f> whatever inputs the inverse kernel is over, those of f among them, and so
<f (z^a z^b - K^{ab})> = <∂_a ∂_b f>. Written with indices below, both are what sums over inputs are done by.
"""

from __future__ import annotations

from ptheory.claims.latex.latex_scripts import Scripts
from ptheory.language.claim_names import INVERSE_KERNEL
from ptheory.language.expressions import Expression, Indexed, Multiply, Name, Span, SumOver

LOWERED = ("lowered_1", "lowered_2")


def is_alone_above(scripts: Scripts) -> bool:
    """Whether all that hangs on a preactivation stands above it: z^a."""
    below = scripts.below is not None or scripts.primes or scripts.layer is not None or scripts.order is not None
    return scripts.power is not None and not below


def raised_field(field: str, index: Expression, span: Span) -> Expression:
    """sum_b K^{ab} z_b."""
    lowered = LOWERED[0]
    entry = Indexed(INVERSE_KERNEL, (index, Name(lowered)), span=span)
    return SumOver((lowered,), Multiply((entry, Name(f"{field}_{lowered}")), span=span), span=span)


def in_average(reading: Expression, kernel: str) -> Expression:
    """An entry of the inverse kernel between indices of sums, in kernels at lowered indices; all else as it is."""
    match reading:
        case Indexed(name, (Name(), Name()) as slots, 0, None | 0 as at) if name == INVERSE_KERNEL:
            pairs = zip(slots, LOWERED, strict=True)
            inverses = (Indexed(name, (slot, Name(lowered)), 0, at, span=slot.span) for slot, lowered in pairs)
            between = Indexed(kernel, tuple(map(Name, LOWERED)), 0, at, span=reading.span)
            return SumOver(LOWERED, Multiply((*inverses, between), span=reading.span), span=reading.span)
    return reading
