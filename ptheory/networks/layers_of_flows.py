"""The layers of a flow: how wide each is, in units of n, and which are shown."""

from __future__ import annotations

from fractions import Fraction

from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Expression
from ptheory.language.statements import Layers, Widths
from ptheory.networks.scalars import scalar_polynomial


def widths_of(setting: Widths | None, depth: int) -> tuple[Fraction, ...]:
    """Widths of layers 1..depth in units of n."""
    if setting is None:
        return (Fraction(1),) * depth
    if len(setting.values) != depth:
        raise LanguageError(
            f"{len(setting.values)} widths for {depth} layers", setting.span, help="one width per layer, layer 1 first"
        )
    return tuple(_width(value) for value in setting.values)


def _width(value: Expression) -> Fraction:
    polynomial = scalar_polynomial(value)
    ((monomial, coefficient),) = list(polynomial) if len(polynomial) == 1 else [((), Fraction(0))]
    if coefficient <= 0 or [(str(atom), exponent) for atom, exponent in monomial] != [("n", 1)]:
        raise LanguageError("a width is a multiple of n", value.span, help="write widths n, 2*n, n/2")
    return coefficient


def layers_of(setting: Layers | None, depth: int) -> tuple[int, ...]:
    """The layers shown: all of them, or those that are named, each once."""
    if setting is None:
        return tuple(range(1, depth + 1))
    for place, number in enumerate(setting.numbers):
        if number > depth:
            raise LanguageError(f"there is no layer {number}", setting.span, help=f"the depth is {depth}")
        if number in setting.numbers[:place]:
            raise LanguageError(f"layer {number} stands twice", setting.span, help="name each layer once")
    return setting.numbers
