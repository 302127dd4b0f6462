"""Sums over any inputs at all, those of the claim among them: sum(b, Kinv[a,b]*K[b,c]) is one for a = c and zero else.

Where a claim names no inputs, or too many to write all terms out, a summed input is a sample of its own. Explicit
preactivations there are removed by Stein's identity, which leaves it in kernels; what is then at an inverse kernel and
at a kernel goes, sum_b Kinv[a,b] K[b,c] = delta_ac, whatever the other inputs are. Nothing else is known of a set of
inputs, not even how many there are: a sum that is left is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import permutations

from ptheory.algebra.polynomial import Atom, Monomial, Polynomial, SortKey
from ptheory.algebra.refusal import Refusal
from ptheory.claims.terms.claim_atoms import NextMean, Root, ScalarCall
from ptheory.claims.terms.claim_normal_form import ClaimNormalForm
from ptheory.claims.terms.ratio import Ratio
from ptheory.recursion.dummies import by_leg, relabel_atom
from ptheory.recursion.jets import FieldValue, Jet
from ptheory.recursion.means.mean import Mean, mean_of
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import Leg, Tensor
from ptheory.recursion.variables import CombinedLeg, fields_among

FIRST = 1_000_000  # number of the first sample that is summed over
LEFT = 1_000_000  # beyond it, that of the first one whose sum is left
MOST_LEFT = 5


class NotContracted(Refusal):
    """A sum over any inputs that the inverse kernel does not do away with."""


@dataclass(frozen=True)
class InverseEntry:
    """An entry of the inverse kernel over the inputs, whatever they are; build with :func:`inverse_over_any`."""

    legs: tuple[Leg, Leg]

    @cached_property
    def sort_key(self) -> SortKey:
        return (10, self.legs[0].sort_key, self.legs[1].sort_key)

    def __str__(self) -> str:
        return f"Kinv[{self.legs[0]},{self.legs[1]}]"


@dataclass(frozen=True)
class SumSign:
    """Says of a term that it is summed over a sample."""

    sample: int

    @cached_property
    def sort_key(self) -> SortKey:
        return (11, self.sample)

    def __str__(self) -> str:
        return f"sum_{self.sample}"


def inverse_over_any(a: Leg, b: Leg) -> InverseEntry:
    """The entry of two legs, in either order."""
    return InverseEntry((min(a, b), max(a, b)))


def is_open(value: Ratio) -> bool:
    """Whether a sum is left in it that was not contracted yet."""
    return any(isinstance(atom, SumSign) for atom in value.atoms())


def contracted(value: Ratio, normal: ClaimNormalForm) -> Ratio:
    """The value with every sum done. Raises NotContracted where one is left."""
    found = normal.of(value)
    if any(isinstance(atom, (SumSign, InverseEntry)) for factor, _ in found.factors for atom in factor.atoms()):
        raise NotContracted("a sum in a denominator")
    total = Polynomial.sum(_contracted(monomial) * coefficient for monomial, coefficient in found.numerator)
    if any(isinstance(atom, (SumSign, InverseEntry)) for atom in total.atoms()):
        raise NotContracted("no inverse kernel meets a kernel at an input that is summed over")
    return Ratio(total, found.factors)


def _contracted(monomial: Monomial) -> Polynomial:
    """The term with its sums done; those that are left have the first numbers, so that equal terms are equal."""
    signs = [(atom.sample, power) for atom, power in monomial if isinstance(atom, SumSign)]
    if any(power != 1 for _, power in signs):
        raise NotContracted("a power of a sum; write it as a product")
    summed = {sample for sample, _ in signs}
    left = Polynomial({tuple((a, e) for a, e in monomial if not isinstance(a, SumSign)): Fraction(1)})
    while summed:
        ((factors, _),) = left
        pair = _pair(factors, summed)
        if pair is None:
            return _with_first_numbers(left, summed)
        inverse, kernel, at = pair
        a, c = _other(inverse.legs, at), _other(kernel.legs, at)
        summed.discard(at.sample)
        rest = Polynomial({tuple((x, e) for x, e in factors if x not in (inverse, kernel)): Fraction(1)})
        if a == c:
            left = rest
        elif a.sample in summed or c.sample in summed:
            old, new = (a, c) if a.sample in summed else (c, a)
            summed.discard(old.sample)
            left = _renamed(rest, {old: new})
        elif max(a.sample, c.sample) >= FIRST:
            raise NotContracted("whether two inputs are the same is said by a sum around this one")
        else:
            return Polynomial()
    return left


def _with_first_numbers(term: Polynomial, summed: set[int]) -> Polynomial:
    """A term whose sums are left, under the names of its summed inputs that come first. NotContracted for many."""
    if len(summed) > MOST_LEFT:
        raise NotContracted(f"{len(summed)} sums are left")
    legs = {leg for atom in term.atoms() for leg in _legs(atom) if leg.sample in summed}
    if len(legs) < len(summed):
        raise NotContracted("nothing depends on an input that is summed over")
    names = [replace(leg, place=Sample(FIRST + LEFT + k)) for k, leg in enumerate(sorted(legs))]
    choices = (_renamed(term, dict(zip(order, names, strict=True))) for order in permutations(sorted(legs)))
    first = min(choices, key=lambda choice: [(a.sort_key, e) for monomial in choice.terms for a, e in monomial])
    signs = tuple((SumSign(FIRST + LEFT + k), 1) for k in range(len(names)))
    return first * Polynomial({signs: Fraction(1)})


def _pair(factors: Monomial, summed: set[int]) -> tuple[InverseEntry, Tensor, Leg] | None:
    """An inverse kernel and a kernel, each to the first power, at a summed input that stands nowhere else."""
    at = [(atom, leg, power) for atom, power in factors for leg in _legs(atom) if leg.sample in summed]
    for leg in dict.fromkeys(leg for _, leg, _ in at):
        holders = [(atom, power) for atom, found, power in at if found == leg]
        match sorted(holders, key=lambda holder: isinstance(holder[0], Tensor)):
            case [(InverseEntry() as inverse, 1), (Tensor() as kernel, 1)] if kernel.is_kernel:
                return inverse, kernel, leg
    return None


def _other(legs: tuple[Leg, ...], at: Leg) -> Leg:
    return legs[1] if legs[0] == at else legs[0]


def _legs(atom: Atom) -> Iterator[Leg]:
    """Where an atom stands, a leg as often as it occurs."""
    match atom:
        case Tensor() | InverseEntry():
            yield from atom.legs
        case Mean():
            yield from (*fields_among(atom.variables), *atom.derivatives)
        case NextMean(mean, kernels):
            yield from fields_among(mean.variables)
            yield from (leg for _, kernel in kernels for inner in kernel.atoms() for leg in _legs(inner))
        case ScalarCall(_, inner) | Root(inner, _):
            yield from (leg for deeper in inner.atoms() for leg in _legs(deeper))


def _renamed(term: Polynomial, names: Mapping[Leg, Leg]) -> Polynomial:
    """The new names wherever the old ones stand."""

    def moved(atom: Atom) -> Polynomial | None:
        if not names.keys() & set(_legs(atom)):
            return None
        match atom:
            case Tensor():
                return Polynomial.atom(relabel_atom(atom, by_leg(names)))
            case InverseEntry((a, b)):
                return Polynomial.atom(inverse_over_any(names.get(a, a), names.get(b, b)))
            case Mean(_, ()) if not any(isinstance(leg, CombinedLeg) for leg in atom.variables):
                return mean_of(atom.integrand.rename_atoms(lambda factor: _at_new_name(factor, names)))
        raise NotContracted("an average at an input that is summed over")

    return term.map_atoms(moved)


def _at_new_name(factor: Atom, names: Mapping[Leg, Leg]) -> Atom:
    return replace(factor, leg=names.get(factor.leg, factor.leg)) if isinstance(factor, (Jet, FieldValue)) else factor
