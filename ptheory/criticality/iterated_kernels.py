"""Recursions of several kernels iterated in doubles: all kernels layer by layer, then every group of the tower.

As ``iterated``, for vectors; nothing here knows of curves or series. Averages are interpolated in the kernel of the
field that they are over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import isfinite

import numpy as np

from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.criticality.coupled_tower import coupled_groups
from ptheory.criticality.interpolated import OnWindows
from ptheory.criticality.iterated import ON_A_LINE, START, LeavesCriticalPoint
from ptheory.criticality.kernel_system import Quantity
from ptheory.criticality.series import exact, number_value
from ptheory.criticality.several_kernels import KernelMean
from ptheory.criticality.slow_direction import Kernels, split

GONE = 1e-60  # what a kernel that dies out is held at: beside the others it is nothing, and no double is smaller yet

Term = tuple[float, tuple[tuple[int, int], ...]]  # coefficient; places among the atoms, with powers


class IteratedKernels:
    """``kernels`` from layer 1 to ``depth``, ``start``: that of the first in layer 1 (the others: as the slow direction
    has them); ``rates``: the numbers of learning rates that are not set.

    Raises LeavesCriticalPoint, ExpectationError.
    """

    def __init__(self, kernels: Kernels, start: Sequence[float], depth: int, rates: Mapping[Symbol, float]) -> None:
        self._kernels, self._rates, self._depth = kernels, rates, depth
        self._averages: dict[KernelMean, OnWindows] = {}
        names = kernels.system.kernels
        columns = self._iterated(start)
        self.kernels: dict[str, np.ndarray] = dict(zip(names, columns, strict=True))
        self._on_layers: dict[Atom, np.ndarray] = {}

    def _average(self, atom: KernelMean) -> OnWindows:
        if atom not in self._averages:
            self._averages[atom] = OnWindows(partial(self._kernels.spec.average_on, atom.mean))
        return self._averages[atom]

    def _iterated(self, start: Sequence[float]) -> np.ndarray:
        names = self._kernels.system.kernels
        atoms = sorted({a for right in self._kernels.system.maps for a in right.atoms()}, key=lambda a: a.sort_key)
        readers = [self._reader(atom, names) for atom in atoms]
        maps = [_compiled(right, atoms) for right in self._kernels.system.maps]
        found = np.empty((len(names), self._depth))
        state = list(start)
        for layer in range(self._depth):
            found[:, layer] = state
            values = [read(state) for read in readers]
            state = [_evaluated(terms, values) for terms in maps]
            if not all(isfinite(value) and value >= 0 for value in state):
                raise LeavesCriticalPoint("a kernel leaves the critical point")
            state = [max(value, GONE) for value in state]
        return found

    def _reader(self, atom: Atom, names: Sequence[str]) -> Callable[[Sequence[float]], float]:
        """How an atom follows from all kernels of a layer."""
        if isinstance(atom, KernelMean):
            place, average = names.index(atom.kernel), self._average(atom)
            return lambda state: average.at(state[place])
        if isinstance(atom, Quantity):
            place = names.index(atom.name)
            return lambda state: state[place]
        number = self._number(atom)
        return lambda state: number

    def _number(self, atom: Atom) -> float:
        if isinstance(atom, Symbol) and atom in self._rates:
            return self._rates[atom]
        return float(number_value(exact(self._kernels.spec.scalar(atom, None, {}))))

    def tower(self, without: Sequence[str] = ()) -> dict[str, np.ndarray]:
        """Every tensor by its name, layer by layer, but those ``without`` a recursion in numbers, and what they drive.

        What comes with 1/n starts from zero, tangent kernels from one. Raises ExpectationError.
        """
        system = self._kernels.system
        found: dict[str, np.ndarray] = {name: np.zeros(self._depth) for name in system.zero}
        for group in coupled_groups(system.tower):
            members = [one.name for one in group]
            if any(name in without for name in members):
                continue
            parts = [split(one.rhs, members) for one in group]
            matrix = [[self._on(entry, found) for entry in coefficients] for coefficients, _ in parts]
            source = [self._on(rest, found) for _, rest in parts]
            start = [0.0 if system.targets[name].power else 1.0 for name in members]
            found |= zip(members, _walked(matrix, source, start), strict=True)
        return found

    def _on(self, polynomial: Polynomial, known: Mapping[str, np.ndarray]) -> np.ndarray:
        """The polynomial in every layer."""

        def base(atom: Atom) -> np.ndarray:
            if isinstance(atom, KernelMean):
                if atom not in self._on_layers:
                    self._on_layers[atom] = self._average(atom).on(self.kernels[atom.kernel])
                return self._on_layers[atom]
            if isinstance(atom, Quantity):
                return self.kernels[atom.name] if atom.name in self.kernels else known[atom.name]
            return np.full(self._depth, self._number(atom))

        if not polynomial:
            return np.zeros(self._depth)
        evaluated: np.ndarray = polynomial.evaluate(base, lambda c: np.full(self._depth, float(c)))
        return evaluated


def starting_kernels(kernels: Kernels, is_line: bool) -> list[float]:
    """In layer 1: on a line those that stay, else near zero."""
    first = ON_A_LINE if is_line else START
    return [float(number_value(r)) * first or first for r in kernels.direction()]


def _compiled(polynomial: Polynomial, atoms: Sequence[Atom]) -> list[Term]:
    places = {atom: k for k, atom in enumerate(atoms)}
    return [
        (float(coefficient), tuple((places[atom], power) for atom, power in monomial))
        for monomial, coefficient in polynomial
    ]


def _evaluated(terms: Sequence[Term], values: Sequence[float]) -> float:
    total = 0.0
    for coefficient, factors in terms:
        for place, power in factors:
            coefficient *= values[place] ** power
        total += coefficient
    return total


def _walked(
    matrix: Sequence[Sequence[np.ndarray]], source: Sequence[np.ndarray], start: Sequence[float]
) -> list[np.ndarray]:
    """Y_(l+1) = M_l Y_l + S_l."""
    size, depth = len(source), len(source[0])
    factors = np.array([[np.broadcast_to(entry, depth) for entry in row] for row in matrix]).transpose(2, 0, 1).tolist()
    added = np.array(source).T.tolist()
    state = list(start)
    found = [state]
    for layer in range(depth - 1):
        rows, more = factors[layer], added[layer]
        state = [sum(a * y for a, y in zip(rows[k], state, strict=True)) + more[k] for k in range(size)]
        found.append(state)
    return list(np.array(found).T)
