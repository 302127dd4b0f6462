"""Tensors by name, with the order their name carries: ``G1`` is the coefficient of 1/n of G, ``K`` the leading one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ptheory.networks.observables import Definition

LONGEST_ORDER = 2  # digits


@dataclass(frozen=True, order=True)
class TensorAt:
    """A declared tensor, or its coefficient ``order`` beyond the leading one.

    ``order`` None: written without one, so who reads it says which are meant.
    """

    name: str
    order: int | None = None


def tensor_at(name: str, definitions: Mapping[str, Definition], observables: Collection[str]) -> TensorAt | None:
    """What a name stands for; None where it is no tensor. A declared name wins over the reading "order 6 of V"."""
    if name in definitions:
        return TensorAt(name)
    base = name.rstrip("0123456789")
    digits = name[len(base) :]
    if digits and digits[0] != "0" and len(digits) <= LONGEST_ORDER and base in definitions:
        return TensorAt(base, int(digits))
    two_point = "G" + name[1:]
    if name.startswith("K") and two_point in definitions:
        factors = definitions[two_point].factors
        if len(factors) == 2 and all(factor.name not in observables for factor in factors):
            return TensorAt(two_point, 0)
    return None
