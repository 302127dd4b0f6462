"""Gaussian variables of a layer function: a field at a sample, or a linear combination of several: sigma(u + c*v).

A combination is one Gaussian variable of its own. Its covariances are bilinear in its parts, K_(u+v),w = K_uw + K_vw,
and a derivative by a field acts through its slope.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from ptheory.algebra.hashing import hash_once
from ptheory.algebra.polynomial import Polynomial, SortKey
from ptheory.networks.fields import Field
from ptheory.recursion.tensors import ATOMS_KEPT, Leg, Tensor, covariance, tensor

ONE = Polynomial.constant(1)


@dataclass(frozen=True)
class CombinedLeg(Leg):
    """sum of slope * field over ``parts``, at one neuron; ``field`` is a label. Build with :func:`combined`."""

    parts: tuple[tuple[Leg, Polynomial], ...] = ()

    __hash__ = hash_once

    @property
    def sort_key(self) -> SortKey:
        return (self.field, self.place, str(self.parts))

    def __str__(self) -> str:
        return " + ".join(f"{slope}*{leg}" for leg, slope in self.parts)


def combined(slopes: Iterable[tuple[Leg, Polynomial]]) -> Leg:
    """The combination, its parts in order; the field itself where that is all it is."""
    parts = tuple(sorted(slopes, key=lambda item: item[0].sort_key))
    if len(parts) == 1 and parts[0][1] == ONE:
        return parts[0][0]
    return CombinedLeg(Field("+".join(dict.fromkeys(str(leg.field) for leg, _ in parts))), parts[0][0].place, parts)


def parts_of(variable: Leg) -> tuple[tuple[Leg, Polynomial], ...]:
    """(field, slope) pairs whose sum is the variable."""
    return variable.parts if isinstance(variable, CombinedLeg) else ((variable, ONE),)


def fields_among(variables: Iterable[Leg]) -> list[Leg]:
    """The fields at samples that the variables are made of, each once, in order."""
    return sorted({leg for variable in variables for leg, _ in parts_of(variable)}, key=lambda leg: leg.sort_key)


def in_order(variables: Iterable[Leg]) -> tuple[Leg, ...]:
    """Each variable once, fields and combinations in one order."""
    return tuple(sorted(set(variables), key=lambda leg: leg.sort_key))


def slope_in(variable: Leg, leg: Leg) -> Polynomial:
    """d variable / d leg: one, a coefficient of a combination, or zero."""
    if variable == leg:
        return ONE
    return dict(variable.parts).get(leg, Polynomial()) if isinstance(variable, CombinedLeg) else Polynomial()


def leading_kernel(left: Leg, right: Leg) -> Tensor:
    """K at two legs."""
    return tensor((covariance(left, right),))


@lru_cache(maxsize=ATOMS_KEPT)
def kernel_between(a: Leg, b: Leg) -> Polynomial:
    """The leading covariance of two variables in those of the fields."""
    parts = product(parts_of(a), parts_of(b))
    return Polynomial.sum(p * q * Polynomial.atom(leading_kernel(x, y)) for (x, p), (y, q) in parts)


def chain_rule(derivatives: Sequence[Leg], variables: Sequence[Leg]) -> list[tuple[Polynomial, tuple[int, ...]]]:
    """Derivatives by fields as derivatives by variables: (slope, numbers of the variables) that sum to them."""
    terms: list[tuple[Polynomial, tuple[int, ...]]] = [(ONE, ())]
    for leg in derivatives:
        slopes = [(k, slope_in(variable, leg)) for k, variable in enumerate(variables)]
        terms = [(before * slope, (*numbers, k)) for before, numbers in terms for k, slope in slopes if slope]
    return terms
