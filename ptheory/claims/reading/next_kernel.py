"""What is derived from the kernel, taken at the kernel of the next layer: <...>_K[l+1], chi_par[l+1], Kinv[1,2;l+1].

A recursion leads from l to l+1, so K[l+1] is K' and is replaced by what it is made of at layer l. An average at K' is a
number of its own; two of them are equal when their normal forms are, and at a point it is evaluated at the value of K'.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations_with_replacement

from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.claims.terms.claim_atoms import NextMean
from ptheory.claims.terms.ratio import Ratio
from ptheory.networks.architecture import SiteFunction
from ptheory.recursion.means.layer_functions import expand_expectation
from ptheory.recursion.means.mean import Mean, mean_of
from ptheory.recursion.means.product_rule import differentiate
from ptheory.recursion.tensors import Expectation, Leg, Tensor
from ptheory.recursion.variables import fields_among

NextKernel = Callable[[Leg, Leg], Polynomial]  # K' at two legs, as derived


def next_mean(mean: Mean, kernel: NextKernel) -> NextMean:
    """The average at the next layer's kernel."""
    legs = sorted(fields_among(mean.variables))
    pairs = combinations_with_replacement(legs, 2)
    return NextMean(mean, tuple(((a, b), kernel(a, b)) for a, b in pairs))


def means_moved_up(value: Ratio, kernel: NextKernel) -> Ratio:
    """The means of a value at the next layer's kernel; its scalars stay."""

    def moved(atom: Atom) -> Ratio | None:
        return Ratio.atom(next_mean(atom, kernel)) if isinstance(atom, Mean) else None

    return value.map_atoms(moved)


def at_next_layer(derived: Polynomial, kernel: NextKernel, sites: tuple[SiteFunction, ...]) -> Polynomial:
    """Something derived from K, C_W[l+1] and means, one layer up: K', C_W[l+2] and means at K'."""

    def up(atom: Atom) -> Polynomial | None:
        return Polynomial.atom(next_mean(atom, kernel)) if isinstance(atom, Mean) else None

    def moved(atom: Atom) -> Polynomial | None:
        if isinstance(atom, Symbol) and atom.layer is not None:
            return Polynomial.atom(Symbol(atom.name, atom.layer + 1))
        if isinstance(atom, Tensor):
            return kernel(atom.legs[0], atom.legs[1])
        if isinstance(atom, Expectation):
            return mean_of(expand_expectation(sites, atom)).map_atoms(up)
        return None

    return derived.map_atoms(moved)


def normal_form_at_next_layer(
    atom: NextMean, mean: Callable[[Polynomial], Ratio], of: Callable[[Ratio], Ratio]
) -> Ratio:
    """Stein's identity at the next layer's kernel; ``mean`` and ``of`` are the normal forms of this layer."""
    kernels = dict(atom.kernels)

    def kernel(a: Leg, b: Leg) -> Polynomial:
        return kernels[min(a, b), max(a, b)]

    def moved(inner: Atom) -> Ratio | None:
        if isinstance(inner, Tensor):
            return of(Ratio(kernel(inner.legs[0], inner.legs[1])))
        return Ratio.atom(next_mean(inner, kernel)) if isinstance(inner, Mean) else None

    return mean(differentiate(atom.mean.integrand, *atom.mean.derivatives)).map_atoms(moved)
