"""Tensors by name, with the order their name carries: ``G1`` is the coefficient of 1/n of G, ``K`` the leading one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ptheory.algebra.order import LONGEST_WRITTEN_POWER
from ptheory.language.claim_names import series_name
from ptheory.networks.observables import Definition


@dataclass(frozen=True, order=True)
class TensorAt:
    """A declared tensor, or its coefficient ``order`` beyond the leading one.

    ``order`` None: written without one, so who reads it says which are meant.
    """

    name: str
    order: int | None = None

    @property
    def lowest_order(self) -> int:
        """The coefficient that is meant by a reader who needs one: the leading one where none is written."""
        return 0 if self.order is None else self.order


def tensor_at(name: str, definitions: Mapping[str, Definition], observables: Collection[str]) -> TensorAt | None:
    """What a name stands for; None where it is no tensor. A declared name wins over the reading "order 6 of V"."""
    if name in definitions:
        return TensorAt(name)
    base = name.rstrip("0123456789")
    digits = name[len(base) :]
    if digits and digits[0] != "0" and len(digits) <= LONGEST_WRITTEN_POWER and base in definitions:
        return TensorAt(base, int(digits))
    two_point = series_name(name)
    if two_point is not None and is_two_point(two_point, definitions, observables):
        return TensorAt(two_point, 0)
    return None


def is_two_point(name: str, definitions: Mapping[str, Definition], observables: Collection[str]) -> bool:
    """Whether a tensor is declared as a correlator of two fields."""
    factors = definitions[name].factors if name in definitions else ()
    return len(factors) == 2 and all(factor.name not in observables for factor in factors)
