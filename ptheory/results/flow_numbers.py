"""What ``flow`` gives: every component of every tensor shown at every layer shown, as series in 1/n."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from ptheory.algebra.exponents import Exponent
from ptheory.algebra.order import Order, Series
from ptheory.displayed import Displayed

if TYPE_CHECKING:
    from ptheory.flows.significant_digits import Known


@dataclass(frozen=True)
class FlowTable(Displayed):
    """``numbers``: layer -> tensor -> component "0,1,1,0" (inputs from 0) -> coefficients of 1, 1/n, ...

    Each coefficient knows how many of its digits are certain. ``equal``: tensor -> its components in groups, those of a
    group equal by the tensor's symmetry. ``digits``: the significant digits of what is not exact; ``asked``: whether
    the file asks for so many, which then stand on pages too. ``bindings``: generic activation -> what it is bound to,
    as written. ``in_float64``: whether numbers that are not exact are those of two lattices that
    agree. ``powers``: tensor -> the power of n its coefficients are multiplied by beside that of its definition.
    """

    architecture: str
    numbers: Mapping[int, Mapping[str, Mapping[str, tuple[Known, ...]]]]
    order: Order
    equal: Mapping[str, tuple[tuple[str, ...], ...]]
    digits: int
    bindings: Mapping[str, str] = field(default_factory=dict)
    asked: bool = False
    in_float64: bool = False
    powers: Mapping[str, Exponent] = field(default_factory=dict)

    @cached_property
    def values(self) -> dict[int, dict[str, dict[str, Series]]]:
        """The same as series of Fractions or mpmath numbers: ``values[3]["V"]["0,1,1,0"].coefficient(0)``."""
        return {
            layer: {
                name: {key: Series(tuple(n.value for n in found), self.order) for key, found in components.items()}
                for name, components in tensors.items()
            }
            for layer, tensors in self.numbers.items()
        }

    @property
    def uncertain(self) -> dict[tuple[int, str], int]:
        """(layer, tensor) -> the digits certain of its least certain component, where fewer than asked for are."""
        fewest: dict[tuple[int, str], int] = {}
        for layer, tensors in self.numbers.items():
            for name, components in tensors.items():
                certain = [n.digits for found in components.values() for n in found if n.digits is not None]
                if certain and min(certain) < self.digits:
                    fewest[layer, name] = min(certain)
        return fewest
