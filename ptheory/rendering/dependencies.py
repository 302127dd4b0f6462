"""What each result of a report rests on: the equations derived in it, and quantities it takes from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

from ptheory.networks.fields import Field
from ptheory.recursion.dummies import relabel_atom
from ptheory.recursion.equation import Equation
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import Expectation, Leg, Tensor, covariance, tensor
from ptheory.rendering.report import DerivedEquation, Report

Key: TypeAlias = "tuple[str, str] | int"
"""(architecture, name) of a quantity; the place of a section that is no recursion."""


def quantities_in(equation: Equation) -> tuple[str, ...]:
    """The names of the covariances of its expectations, then of the tensors on the right side, the simplest first."""
    atoms = sorted(equation.right.atoms(), key=lambda atom: atom.sort_key)
    found: dict[str, None] = {}
    for atom in atoms:
        if isinstance(atom, Expectation):
            found.update(dict.fromkeys(_covariances(atom, equation)))
    for atom in atoms:
        if isinstance(atom, Tensor):
            found.update(dict.fromkeys(_names(atom, equation)))
    return tuple(found)


def _names(atom: Tensor, equation: Equation) -> Iterator[str]:
    """What a tensor is called; with legs that are summed over several fields, every declared one it stands for."""
    fields, names = equation.system.model.architecture.fields, equation.names
    if len(fields) == 1:
        moved = relabel_atom(atom, lambda leg: Leg(Field(fields[0]), leg.place))
        assert isinstance(moved, Tensor)
        yield names.of(moved).name
    elif any(leg.is_dummy for leg in atom.legs):
        alike = [entry.shape for entry in names.declared if _kinds(entry.shape) == _kinds(atom)]
        yield from (names.of(replace(shape, order=atom.order)).name for shape in alike)
    else:
        yield names.of(atom).name


def _kinds(shape: Tensor) -> tuple[object, ...]:
    """A tensor whatever the fields of its legs are."""
    return tuple((tuple(one.kind for one in part.observables), part.blocks) for part in shape.components)


def _covariances(atom: Expectation, equation: Equation) -> Iterator[str]:
    """The leading covariances of the fields that an expectation averages over."""
    sites = equation.system.model.sites
    for fields in dict.fromkeys(tuple(field.name for field in sites[factor.site].fields) for factor in atom.factors):
        for first in fields:
            for second in fields:
                legs = Leg(Field(first), Sample(1)), Leg(Field(second), Sample(2))
                yield equation.names.of(tensor((covariance(*legs),))).name


@dataclass(frozen=True)
class Dependencies:
    """``uses``: a result -> what stands in it, in the order of the page; quantities without an entry are taken from
    elsewhere. A quantity that stands in its own recursion, at the layer below, is in ``recurs`` instead."""

    uses: Mapping[Key, tuple[Key, ...]]
    recurs: frozenset[Key] = frozenset()

    @cached_property
    def nodes(self) -> tuple[Key, ...]:
        """Every result and every quantity, each after what it rests on where that is possible."""
        found: dict[Key, None] = {}
        for key in self.uses:
            self._visit(key, found, set())
        return tuple(found)

    def _visit(self, key: Key, found: dict[Key, None], above: set[Key]) -> None:
        if key in found or key in above:
            return
        for used in self.uses.get(key, ()):
            self._visit(used, found, above | {key})
        found[key] = None

    @cached_property
    def edges(self) -> tuple[tuple[Key, Key], ...]:
        """(used, result) without what follows: where b rests on a, and c on b, c is not joined to a."""
        place = {key: number for number, key in enumerate(self.nodes)}
        below: dict[Key, set[Key]] = {}
        direct: list[tuple[Key, Key]] = []
        for key in self.nodes:
            used = [one for one in self.uses.get(key, ()) if place[one] < place[key]]
            indirect = set().union(*(below[one] for one in used)) if used else set()
            direct += [(one, key) for one in used if one not in indirect]
            below[key] = indirect | set(used)
        return tuple(direct)

    def users(self, key: Key) -> tuple[Key, ...]:
        """The results a quantity stands in."""
        return tuple(result for result, used in self.uses.items() if key in used)


def dependencies_of(report: Report) -> Dependencies:
    """Of every equation derived in a report, and of every other section that says what it rests on."""
    uses: dict[Key, tuple[Key, ...]] = {}
    recurs: set[Key] = set()
    for section in report.sections:
        for item in section.items:
            if isinstance(item, DerivedEquation):
                key = section.architecture, item.equation.name
                used = quantities_in(item.equation)
                uses[key] = tuple((section.architecture, name) for name in used if name != item.equation.name)
                if item.equation.name in used:
                    recurs.add(key)
    for number, section in enumerate(report.sections):
        if section.rests_on:
            uses[number] = tuple((section.architecture, name) for name in section.rests_on)
    return Dependencies(uses, frozenset(recurs))
