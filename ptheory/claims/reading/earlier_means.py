"""Averages and kernels of layers further down in a claim, <s^2>_K[l-1] and K[l-1], for layers that read prev(...)."""

from __future__ import annotations

from dataclasses import replace

from ptheory.algebra.polynomial import Atom
from ptheory.claims.terms.ratio import Ratio
from ptheory.recursion.dummies import relabel_atom
from ptheory.recursion.means.mean import Mean
from ptheory.recursion.tensors import Leg, Tensor
from ptheory.recursion.variables import combined, parts_of


def means_at_earlier_layer(value: Ratio, depth: int) -> Ratio:
    """The means of a value over the fields of layer l - depth."""

    def moved(atom: Atom) -> Ratio | None:
        if not isinstance(atom, Mean):
            return None
        factors = [(replace(factor, leg=_earlier(factor.leg, depth)), power) for factor, power in atom.factors]
        derivatives = tuple(_earlier(leg, depth) for leg in atom.derivatives)
        return Ratio.atom(Mean(tuple(sorted(factors, key=lambda item: item[0].sort_key)), derivatives))

    return value.map_atoms(moved)


def kernel_at_earlier_layer(kernel: Tensor, depth: int) -> Tensor:
    """K of layer l - depth."""
    moved = relabel_atom(kernel, lambda leg: Leg(leg.field.below(depth), leg.place))
    assert isinstance(moved, Tensor)
    return moved


def _earlier(variable: Leg, depth: int) -> Leg:
    return combined((Leg(leg.field.below(depth), leg.place), slope) for leg, slope in parts_of(variable))
