"""Canonical names for dummy legs, so that equal terms are equal objects.

Each dummy occurs once in an expectation (as a derivative) and once in a collective variable or tensor. Colours are
refined by where a dummy occurs and with which others; remaining ties are broken one at a time (individualise, refine).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any

from ptheory.algebra.polynomial import Atom, Monomial, Polynomial
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import (
    ATOMS_KEPT,
    Collective,
    Expectation,
    Leg,
    ObservableAt,
    Tensor,
    collective,
    covariance,
    dummy_leg,
    expectation,
    tensor,
)

Relabel = Callable[[Leg], Leg]


def by_sample(samples: Mapping[int, int]) -> Relabel:
    """Put samples[s] wherever sample s stands; for legs that are no dummies."""
    known: dict[Leg, Leg] = {}

    def moved(leg: Leg) -> Leg:
        if leg not in known:
            known[leg] = Leg(leg.field, Sample(samples[leg.sample]))
        return known[leg]

    return moved


def by_leg(names: Mapping[Leg, Leg]) -> Relabel:
    """Replace the legs that have a new name."""
    return lambda leg: names.get(leg, leg)


def canonical_dummies(polynomial: Polynomial) -> Polynomial:
    """Rename the dummies of every monomial to 1, 2, ... in an order fixed by the structure; merge like terms."""
    total: dict[Monomial, Fraction] = {}
    for monomial, coefficient in polynomial:
        renamed = _canonical_monomial(monomial)
        total[renamed] = total.get(renamed, Fraction(0)) + coefficient
    return Polynomial(total)


def with_fresh_dummies(monomial: Monomial, labels: Iterator[int]) -> Monomial:
    """The monomial with every dummy renamed to the next unused labels."""
    dummies = _dummies(monomial)
    if not dummies:
        return monomial
    names = {dummy: dummy_leg(next(labels)) for dummy in dummies}
    return relabel_monomial(monomial, lambda leg: names.get(leg, leg))


def multiply_with_own_dummies(left: Polynomial, right: Polynomial) -> Polynomial:
    """left * right with the dummies of either side kept apart."""
    taken = max((dummy.place.number for monomial, _ in left for dummy in _dummies(monomial)), default=0)

    def apart(leg: Leg) -> Leg:
        return dummy_leg(taken + leg.place.number) if leg.is_dummy else leg

    return left * Polynomial({relabel_monomial(monomial, apart): c for monomial, c in right})


def relabel_monomial(monomial: Monomial, relabel: Relabel) -> Monomial:
    """The monomial with every leg relabelled; powers of atoms that become equal are added."""
    moved: dict[Atom, int] = {}
    for atom, exponent in monomial:
        new = relabel_atom(atom, relabel)
        moved[new] = moved.get(new, 0) + exponent
    return tuple(sorted(moved.items(), key=lambda item: item[0].sort_key))


def relabel_atom(atom: Atom, relabel: Relabel) -> Any:
    """The atom with its legs replaced (site factors keep their own samples); canonical order restored."""
    if isinstance(atom, Expectation):
        return expectation(atom.factors, tuple(relabel(leg) for leg in atom.derivatives))
    if isinstance(atom, Collective):
        return _relabel_collective(atom, relabel)
    if isinstance(atom, Tensor):
        return tensor(tuple(_relabel_collective(c, relabel) for c in atom.components), atom.order)
    return atom


def _relabel_collective(component: Collective, relabel: Relabel) -> Collective:
    if component.is_covariance:
        left, right = component.observables
        return covariance(relabel(left.legs[0]), relabel(right.legs[0]))
    moved = tuple(ObservableAt(o.kind, tuple(relabel(leg) for leg in o.legs)) for o in component.observables)
    return collective(moved, component.blocks)


def _dummies(monomial: Monomial) -> list[Leg]:
    found: dict[Leg, None] = {}
    for atom, _ in monomial:
        if isinstance(atom, Expectation):
            found.update(dict.fromkeys(leg for leg in atom.derivatives if leg.is_dummy))
    return list(found)


def _canonical_monomial(monomial: Monomial) -> Monomial:
    dummies = _dummies(monomial)
    if not dummies:
        return monomial
    groups = _groups(monomial)
    colours = {dummy: 0 for dummy in dummies}
    while True:
        colours = _refine(groups, colours)
        tied = _first_tie(colours)
        if tied is None:
            break
        colours = {dummy: 2 * colour + (dummy != tied) for dummy, colour in colours.items()}
    order = sorted(dummies, key=lambda dummy: colours[dummy])
    names = {dummy: dummy_leg(k) for k, dummy in enumerate(order, start=1)}
    return relabel_monomial(monomial, lambda leg: names.get(leg, leg))


def _groups(monomial: Monomial) -> list[tuple[str, list[Leg]]]:
    """(blind description, dummies) of every expectation, component and tensor that carries dummies."""
    return [group for atom, _ in monomial for group in _groups_of(atom)]


@lru_cache(maxsize=ATOMS_KEPT)
def _groups_of(atom: Atom) -> tuple[tuple[str, list[Leg]], ...]:
    blind_leg = dummy_leg(0)

    def blind(leg: Leg) -> Leg:
        return blind_leg if leg.is_dummy else leg

    if isinstance(atom, Expectation):
        inside = [leg for leg in atom.derivatives if leg.is_dummy]
        return ((repr(relabel_atom(atom, blind)), inside),) if inside else ()
    groups = []
    components = atom.components if isinstance(atom, Tensor) else (atom,) if isinstance(atom, Collective) else ()
    whole = repr(relabel_atom(atom, blind)) if components else ""
    for component in components:
        inside = [leg for leg in component.legs if leg.is_dummy]
        groups.append((whole + repr(_relabel_collective(component, blind)), inside))
        if not component.is_of_fields:
            for position, leg in enumerate(component.legs):
                if leg.is_dummy:
                    groups.append((f"{whole}{component.blocks}{position}", [leg]))
    if isinstance(atom, Tensor):
        groups.append((whole, [leg for leg in atom.legs if leg.is_dummy]))
    return tuple((name, legs) for name, legs in groups if legs)


def _refine(groups: list[tuple[str, list[Leg]]], colours: dict[Leg, int]) -> dict[Leg, int]:
    while True:
        seen: dict[Leg, list[tuple[str, tuple[int, ...]]]] = {dummy: [] for dummy in colours}
        for name, legs in groups:
            palette = tuple(sorted(colours[leg] for leg in legs))
            for leg in legs:
                seen[leg].append((name, palette))
        keys = {dummy: (colours[dummy], tuple(sorted(places))) for dummy, places in seen.items()}
        ranks = {key: rank for rank, key in enumerate(sorted(set(keys.values())))}
        refined = {dummy: ranks[key] for dummy, key in keys.items()}
        if len(set(refined.values())) == len(set(colours.values())):
            return refined
        colours = refined


def _first_tie(colours: dict[Leg, int]) -> Leg | None:
    ordered = sorted(colours, key=lambda dummy: colours[dummy])
    for a, b in pairwise(ordered):
        if colours[a] == colours[b]:
            return a
    return None
