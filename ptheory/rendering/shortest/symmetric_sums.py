"""A sum that two groups of inputs exchanged leave as it is, written with its symmetry: X + (12 <-> 34) for X and its
mirror image.

What is written once is a group of terms that one tensor carries, as a page shows it; a group that is its own image
stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from ptheory.algebra.polynomial import Atom, Monomial, Polynomial
from ptheory.recursion.dummies import by_sample, canonical_dummies, relabel_atom
from ptheory.recursion.means.relabel import with_samples
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import Expectation, Leg, Tensor, dummy_leg
from ptheory.rendering.arrange import NextLayer, Susceptibility, SymmetricPart

Samples = Mapping[int, int]


@dataclass(frozen=True)
class Exchange:
    """Inputs ``first`` and ``second`` in each other's place, one by one."""

    first: tuple[int, ...]
    second: tuple[int, ...]

    def of(self, samples: tuple[int, ...]) -> dict[int, int]:
        """Sample -> the one in its place."""
        moved = {**dict(zip(self.first, self.second, strict=True)), **dict(zip(self.second, self.first, strict=True))}
        return {sample: moved.get(sample, sample) for sample in samples}


def at_other_samples(polynomial: Polynomial, samples: Samples) -> Polynomial:
    """samples[s] wherever sample s stands, in tensors of the next layer and susceptibilities too."""
    tensors = by_sample(samples)

    def moved(atom: Atom) -> Atom:
        match atom:
            case NextLayer(made):
                return NextLayer(relabel_atom(made, tensors))
            case Susceptibility(name, legs):
                return Susceptibility(name, tuple(sorted(map(tensors, legs))))
        return atom

    return canonical_dummies(with_samples(polynomial.rename_atoms(moved), samples))


def with_symmetry(right: Polynomial, own: Tensor) -> Polynomial:
    """The exchange that leaves most to be written once, taken; the sum as it is where there is none."""
    samples = tuple(sorted({leg.sample for leg in own.legs}))
    groups = groups_of(right, own)
    best: list[tuple[Polynomial, Polynomial]] = []
    exchange = None
    for tried in exchanges(samples):
        pairs = _images(groups, tried.of(samples))
        if len(pairs) > len(best):
            best, exchange = pairs, tried
    if exchange is None:
        return right
    field = own.legs[0].field
    first, second = (tuple(Leg(field, Sample(s)) for s in side) for side in (exchange.first, exchange.second))
    for one, image in best:
        right = right - one - image + Polynomial.atom(SymmetricPart(one, first, second))
    return right


def exchanges(samples: tuple[int, ...]) -> Iterator[Exchange]:
    """Two pairs of inputs, 12 <-> 34; two inputs."""
    for a, b, c, d in combinations(samples, 4):
        yield from (Exchange((a, b), (c, d)), Exchange((a, c), (b, d)), Exchange((a, b), (d, c)))
    yield from (Exchange((a,), (b,)) for a, b in combinations(samples, 2))


def groups_of(right: Polynomial, own: Tensor) -> list[Polynomial]:
    """The terms that stand together on a page, in its order: by the tensors they carry and the sums they are in."""
    found: dict[tuple[object, ...], dict[Monomial, Fraction]] = {}
    for monomial, coefficient in right.sorted_terms():
        found.setdefault(_key(monomial), {})[monomial] = coefficient
    return [Polynomial(terms) for terms in found.values()]


def _key(monomial: Monomial) -> tuple[object, ...]:
    """The tensors a term carries, dummies alike, and what its dummies run over."""

    def blind(leg: Leg) -> Leg:
        return dummy_leg(0) if leg.is_dummy else leg

    carried = tuple(
        (relabel_atom(a, blind) if isinstance(a, Tensor) else a, e)
        for a, e in monomial
        if isinstance(a, (Tensor, NextLayer))
    )
    over = sorted(
        (len(atom.derivatives), tuple(sorted(factor.place for factor in atom.factors)))
        for atom, _ in monomial
        if isinstance(atom, Expectation) and atom.derivatives
    )
    return (carried, tuple(over))


def _images(groups: list[Polynomial], samples: Samples) -> list[tuple[Polynomial, Polynomial]]:
    """(group, its image) of those that are exchanged for another one, each once."""
    left = list(groups)
    pairs = []
    while left:
        one = left.pop(0)
        image = at_other_samples(one, samples)
        if image != one and image in left:
            left.remove(image)
            pairs.append((one, image))
    return pairs
