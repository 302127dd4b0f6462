"""Layers that carry their neurons over, followed together in doubles: to leading order in 1/n, in every layer.

Given the layers below, two fields a, b of a neuron have the covariance Ŝ_ab (``carried_tower``), and in any layer

    delta Ŝ' = M delta Ŝ + xi',     xi'_ab = (1/n) sum_j psi_ab(neuron j) - mean.

A function of the fields of one neuron is a sum of modes, Hermite polynomials of z, D_0 z, D_1 z, ...; of a neuron that
is carried over the correlation of z with z' is c sqrt(K/K'), so that a mode of degree m in z and p in derivatives of it
reaches the next layer with the factor c^(m + p) (K/K')^(m/2) (Theta/Theta')^(p/2). With ``made`` for the modes that
delta Ŝ has of the neurons of its own layer, and the matrix ``spread`` = n Cov(Ŝ, Ŝ),

    spread' = M spread M^T + M made noise^T + noise made^T M^T + Cov(psi, psi),
    made'   = (M made + noise) * (those factors),                                      noise: the modes of psi.

A tensor of two pairs at different neurons has besides ``spread`` what either neuron put into the covariance of the
other. A mean to order 1/n follows the recursion of a layer without the skip, ``spread`` for the tensors in it, with c^2
of what was there and sum_cd <∂psi/∂S_cd made_cd>.

All of this holds at any depth and any kernel; no sum over distances between layers is taken, and nothing is known of
the laws at large depth that are held against it.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache, cached_property, partial
from itertools import combinations_with_replacement
from math import ceil, factorial, prod, sqrt

import numpy as np
import sympy as sp

from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.criticality.between_layers import RememberingSystem
from ptheory.criticality.carried_tower import CarriedTower, Moving, Pair, Pairs, Z, moving_terms, pair, vanishes
from ptheory.criticality.derived import UnsupportedSystem
from ptheory.criticality.interpolated import OnWindows
from ptheory.criticality.iterated import tower_on
from ptheory.criticality.kernel_system import LinearRecursion, Quantity, coefficient_of
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.expectations.lattice_integral import branch_values
from ptheory.expectations.one_variable import OneVariable, one_variable
from ptheory.recursion.directions import Edges
from ptheory.recursion.means.mean import Factors, Mean, mean_of

MOST_MODES = 400  # of one function of z
SMALL = 1e-8  # a mode that is carried over with this share of the largest one is left out
REACH, PANEL, POINTS = 14.0, 1.0, 24  # of the rule for modes, in standard deviations
LAYERS_AT_ONCE = 200

Structure = tuple[tuple[Edges, int], ...]  # the degrees of a mode in the derivatives of z
Powers = Mapping[Edges, int]


@dataclass(frozen=True)
class CarriedSystem(RememberingSystem):
    """With ``layers``, whose covariances are those of ``system.at_large_depth``, and the ``shifts`` of means to order
    1/n: the pair of fields, and the recursion of a layer without the skip."""

    layers: CarriedTower | None = None
    shifts: Mapping[str, tuple[Pair, Polynomial]] = field(default_factory=dict)

    def floats(self, numbers: Mapping[Atom, float]) -> dict[Atom, float]:
        """Every hyperparameter, those too of which a power is solved for."""
        known = {**numbers, **{atom: float(value) for atom, value in self.values.items()}}
        for unknown in self.unknowns:
            if unknown.symbol in known:
                known[Symbol(unknown.name)] = float(unknown.root(sp.Float(known[unknown.symbol])))
        return known


def every_tensor_on(
    spec: SpecialisedSystem, kernels: np.ndarray, numbers: Mapping[Atom, float], without: Container[str] = ()
) -> dict[str, np.ndarray]:
    """As ``tower_on``, with the tensors that close with those of all other layers alone. Raises ExpectationError,
    UnsupportedSystem."""
    if not isinstance(spec, CarriedSystem) or spec.layers is None:
        return tower_on(spec, kernels, numbers, without)
    carried = spec.system.at_large_depth
    closed = replace(spec.system, tower=tuple(one for one in spec.system.tower if one.name not in carried))
    found = tower_on(replace(spec, system=closed), kernels, numbers, without)
    wanted = {key: name for key, name in spec.layers.named.items() if name in carried and name not in without}
    shifts = {name: shift for name, shift in spec.shifts.items() if name not in without}
    together = _Together(spec, kernels, found, spec.floats(numbers), tuple(wanted), tuple(shifts.items()))
    spreads, owned, parts = together.followed()
    plain = [LinearRecursion(name, right) for name, (_, right) in shifts.items()]
    drivers = {name: spreads[key] for key, name in wanted.items()}
    found |= _shifted(replace(spec, system=replace(closed, tower=tuple(plain))), together, found | drivers, parts)
    return {**found, **{name: spreads[key] + owned[key] for key, name in wanted.items()}}


def _shifted(
    spec: SpecialisedSystem, together: _Together, drivers: Mapping[str, np.ndarray], parts: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """The means to order 1/n; ``parts``: what a neuron finds of itself."""
    found: dict[str, np.ndarray] = {}
    for one in spec.system.tower:
        source, alpha = coefficient_of(one.rhs, Quantity(one.name))
        known: dict[Atom, np.ndarray] = {Quantity(name): values for name, values in {**drivers, **found}.items()}
        on_layers = partial(together.on_layers, known=known)
        factors = on_layers(alpha) + together.strength**2
        sources = on_layers(source) + parts[one.name]
        values = np.zeros(len(together.kernels))
        for layer in range(1, len(values)):
            values[layer] = factors[layer - 1] * values[layer - 1] + sources[layer - 1]
        found[one.name] = values
    return found


@dataclass(frozen=True)
class _Together:
    """``wanted`` covariances and ``shifts`` on the layers of ``kernels``; ``closed``: tensors that close."""

    spec: CarriedSystem
    kernels: np.ndarray
    closed: Mapping[str, np.ndarray]
    numbers: Mapping[Atom, float]
    wanted: tuple[Pairs, ...]
    shifts: tuple[tuple[str, tuple[Pair, Polynomial]], ...]
    _averages: dict[Mean, np.ndarray] = field(default_factory=dict)
    _terms: dict[Pair, list[tuple[float, Factors, Powers]]] = field(default_factory=dict)

    @property
    def layers(self) -> CarriedTower:
        assert self.spec.layers is not None
        return self.spec.layers

    @cached_property
    def strength(self) -> float:
        """c."""
        return self._scalar(self.layers.strength)

    @cached_property
    def theta(self) -> np.ndarray:
        """The tangent kernel in every layer; one where nothing asks for it."""
        name = self.layers.pairs.tangent
        return np.ones(len(self.kernels)) if name not in self.closed else self.closed[name or ""]

    def _scalar(self, polynomial: Polynomial) -> float:
        return float(polynomial.evaluate(lambda atom: self.numbers[atom], float))

    def on_layers(self, polynomial: Polynomial, known: Mapping[Atom, np.ndarray]) -> np.ndarray:
        """A polynomial in averages over one layer, and quantities."""
        if not polynomial:
            return np.zeros(len(self.kernels))
        values: dict[Atom, np.ndarray | float] = {**self.numbers, **known}
        found = self.spec.grid(polynomial, self.kernels, values, lambda mean, _: self._average(mean))
        return np.broadcast_to(found, self.kernels.shape)

    def _average(self, mean: Mean) -> np.ndarray:
        if mean not in self._averages:
            self._averages[mean] = OnWindows(partial(self.spec.average_on, mean)).on(self.kernels)
        return self._averages[mean]

    # ---- which pairs, which functions -------------------------------------------------------------------------------

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """All that the wanted ones respond to."""
        found: dict[Pair, None] = {}
        waiting = [one for key in self.wanted for one in key]
        waiting += [by for _, (one, _) in self.shifts for by, _, _, _ in self._slopes(one)]
        while waiting:
            one = waiting.pop(0)
            if one not in found:
                found[one] = None
                waiting += [by for by, _, _, left in self._slopes(one) if _is_even(left)]
        return tuple(found)

    @cached_property
    def entries(self) -> tuple[tuple[int, int], ...]:
        """The covariances of two pairs that the wanted ones are made of."""
        index = {one: k for k, one in enumerate(self.pairs)}
        moved = {one: {one, *(by for by, _, _, left in self._slopes(one) if _is_even(left))} for one in self.pairs}
        found: dict[tuple[Pair, Pair], None] = {}
        waiting: list[tuple[Pair, Pair]] = [(key[0], key[1]) for key in self.wanted]
        while waiting:
            left, right = waiting.pop(0)
            if (left, right) not in found and not vanishes((left, right)):
                found[left, right] = None
                waiting += [(a, b) for a in moved[left] for b in moved[right]]
        return tuple((index[left], index[right]) for left, right in found)

    def terms(self, one: Pair) -> list[tuple[float, Factors, Powers]]:
        """psi: numbers, functions of z, powers of the derivatives of z."""
        if one not in self._terms:
            made: Iterator[Moving] = moving_terms(self.layers.pairs.psi(one))
            self._terms[one] = [(self._scalar(term.scalars), term.site, dict(term.along)) for term in made]
        return self._terms[one]

    def _slopes(self, one: Pair) -> list[tuple[Pair, tuple[float, Factors], int, Powers]]:
        """∂psi/∂S_cd by the pairs cd, term by term: a number and a function of z, how often that is differentiated,
        and the powers of derivatives of z that are left."""
        found: list[tuple[Pair, tuple[float, Factors], int, Powers]] = []
        for number, site, along in self.terms(one):
            for left, right in combinations_with_replacement(sorted({Z, *along}), 2):
                factor, powers = number / (2 if left == right else 1), dict(along)
                for edges in (left, right):
                    if edges:
                        factor *= powers.get(edges, 0)
                        powers[edges] = powers.get(edges, 0) - 1
                slopes = (left, right).count(Z)
                if factor and (site or not slopes):
                    kept = {edges: power for edges, power in powers.items() if power}
                    found.append((pair(left, right), (factor, site), slopes, kept))
        return found

    # ---- modes ------------------------------------------------------------------------------------------------------

    @cached_property
    def sites(self) -> tuple[Factors, ...]:
        """Every function of z once."""
        of_shifts = [one for _, (one, _) in self.shifts]
        return tuple(dict.fromkeys(site for one in (*self.pairs, *of_shifts) for _, site, _ in self.terms(one) if site))

    @cached_property
    def _functions(self) -> tuple[OneVariable, ...]:
        moments = [self.spec.moment(Mean(site)) for site in self.sites]
        return tuple(one_variable(moment.factors_at(0), moment.power(0), 0) for moment in moments)

    @cached_property
    def most(self) -> int:
        """The highest degree in z of modes that are carried over."""
        c = abs(self.strength)
        largest = np.array([np.max(self.kernels)])
        modes = np.abs(_modes(self._functions, largest, MOST_MODES))[0]
        carried = modes * c ** (np.arange(MOST_MODES + 1) / 2)
        seen = np.flatnonzero((carried > SMALL * np.max(carried, axis=1, keepdims=True)).any(axis=0))
        return int(max(4, *seen))

    @cached_property
    def _windows(self) -> OnWindows:
        def flat(kernels: np.ndarray) -> np.ndarray:
            return _modes(self._functions, kernels, self.most + 4).reshape(len(kernels), -1)

        return OnWindows(flat)

    def modes(self, kernels: np.ndarray) -> dict[Factors, np.ndarray]:
        """<F He_m>/sqrt(m!) of every function, an array (layers, m), m to four beyond ``most``; of a constant too."""
        shape = len(kernels), len(self.sites), self.most + 5
        values = self._windows.on(kernels).reshape(shape) if self.sites else np.zeros(shape)
        constant = np.zeros((len(kernels), self.most + 5))
        constant[:, 0] = 1.0
        return {(): constant, **{site: values[:, k] for k, site in enumerate(self.sites)}}

    @cached_property
    def structures(self) -> tuple[Structure, ...]:
        """The degrees in derivatives of z that modes have; none first."""
        found: dict[Structure, None] = {(): None}
        of_shifts = [one for _, (one, _) in self.shifts]
        for one in (*self.pairs, *of_shifts):
            for _, _, along in self.terms(one):
                found |= dict.fromkeys(structure for structure, _ in _expanded(along))
            found |= dict.fromkeys(structure for _, _, _, left in self._slopes(one) for structure, _ in _expanded(left))
        return tuple(found)

    # ---- layer by layer ---------------------------------------------------------------------------------------------

    def followed(self) -> tuple[dict[Pairs, np.ndarray], dict[Pairs, np.ndarray], dict[str, np.ndarray]]:
        """``spread`` of the wanted, what neurons of the correlator themselves put in, and what means find of it."""
        index = {one: k for k, one in enumerate(self.pairs)}
        depth, width = len(self.kernels), (self.most + 1)
        spreads = {key: np.zeros(depth) for key in self.wanted}
        owned = {key: np.zeros(depth) for key in self.wanted}
        parts = {name: np.zeros(depth) for name, _ in self.shifts}
        spread = np.zeros((len(self.pairs),) * 2)
        made = np.zeros((len(self.pairs), len(self.structures) * width))
        degrees = np.array([sum(degree for _, degree in structure) for structure in self.structures])
        for start in range(0, depth, LAYERS_AT_ONCE):
            chosen = slice(start, min(start + LAYERS_AT_ONCE, depth))
            modes = self.modes(self.kernels[chosen])
            noise, response = self._noise(chosen, modes), self._response(chosen, modes)
            covariance = self._covariance(chosen, modes)
            own = {key: self._own(key, index, chosen) for key in self.wanted}
            shares = {name: self._share(one, index, chosen, modes) for name, (one, _) in self.shifts}
            for k in range(chosen.stop - start):
                layer = start + k
                for key in self.wanted:
                    spreads[key][layer] = spread[index[key[0]], index[key[1]]]
                    owned[key][layer] = sum(size[k] * made[row, column] for row, column, size in own[key])
                for name, share in shares.items():
                    parts[name][layer] = sum(float(made[row, columns] @ values[k]) for row, columns, values in share)
                if layer + 1 == depth:
                    break
                moved = response[k] @ made
                mixed = moved @ noise[k].T
                spread = response[k] @ spread @ response[k].T + mixed + mixed.T + covariance[k]
                by_z = self.strength * sqrt(self.kernels[layer] / self.kernels[layer + 1])
                by_d = self.strength * sqrt(self.theta[layer] / self.theta[layer + 1])
                made = (moved + noise[k]) * np.outer(by_d**degrees, by_z ** np.arange(width)).reshape(-1)
        return spreads, owned, parts

    def _columns(self, structure: Structure) -> slice:
        width = self.most + 1
        place = self.structures.index(structure) * width
        return slice(place, place + width)

    def _noise(self, chosen: slice, modes: Mapping[Factors, np.ndarray]) -> np.ndarray:
        width = self.most + 1
        found = np.zeros((chosen.stop - chosen.start, len(self.pairs), len(self.structures) * width))
        for row, one in enumerate(self.pairs):
            for number, site, along in self.terms(one):
                size = number * self.theta[chosen] ** (sum(along.values()) / 2)
                for structure, share in _expanded(along):
                    found[:, row, self._columns(structure)] += share * size[:, None] * modes[site][:, :width]
        found[:, :, 0] = 0.0  # xi has no mean
        return found

    def _response(self, chosen: slice, modes: Mapping[Factors, np.ndarray]) -> np.ndarray:
        """M."""
        index = {one: k for k, one in enumerate(self.pairs)}
        found = np.zeros((chosen.stop - chosen.start, len(self.pairs), len(self.pairs)))
        for row, one in enumerate(self.pairs):
            found[:, row, row] = self.strength**2
            for by, (factor, site), slopes, left in self._slopes(one):
                if _is_even(left):
                    averaged = modes[site][:, slopes] * sqrt(factorial(slopes)) / self.kernels[chosen] ** (slopes / 2)
                    found[:, row, index[by]] += factor * averaged * self._moment(left, chosen)
        return found

    def _moment(self, powers: Powers, chosen: slice) -> np.ndarray:
        """<prod D_S z^p>, all p even."""
        if any(len(edges) > 1 for edges in powers):
            raise UnsupportedSystem("an average holds the variance of a second derivative of a field")
        pairings = prod(prod(range(power - 1, 0, -2)) for power in powers.values())
        return np.asarray(pairings * self.theta[chosen] ** (sum(powers.values()) // 2))

    def _covariance(self, chosen: slice, modes: Mapping[Factors, np.ndarray]) -> np.ndarray:
        """Cov(psi, psi) in one layer, of the entries that are needed."""
        found = np.zeros((chosen.stop - chosen.start, len(self.pairs), len(self.pairs)))
        means = [self._mean(one, chosen, modes) for one in self.pairs]
        for row, column in self.entries:
            total = -means[row] * means[column]
            for number, site, along in self.terms(self.pairs[row]):
                for other, beside, past in self.terms(self.pairs[column]):
                    powers = {edges: along.get(edges, 0) + past.get(edges, 0) for edges in {*along, *past}}
                    if _is_even(powers):
                        both = self._product(site, beside, chosen, modes)
                        total = total + number * other * both * self._moment(powers, chosen)
            found[:, row, column] = found[:, column, row] = total
        return found

    def _mean(self, one: Pair, chosen: slice, modes: Mapping[Factors, np.ndarray]) -> np.ndarray:
        total = np.zeros(chosen.stop - chosen.start)
        for number, site, along in self.terms(one):
            if _is_even(along):
                total = total + number * modes[site][:, 0] * self._moment(along, chosen)
        return total

    def _product(
        self, site: Factors, beside: Factors, chosen: slice, modes: Mapping[Factors, np.ndarray]
    ) -> np.ndarray:
        if not site or not beside:
            return modes[site or beside][:, 0]
        (mean,) = mean_of(Polynomial({site: Fraction(1)}) * Polynomial({beside: Fraction(1)})).atoms()
        assert isinstance(mean, Mean)
        return self._average(mean)[chosen]

    def _own(self, key: Pairs, index: Mapping[Pair, int], chosen: slice) -> list[tuple[int, int, np.ndarray]]:
        """Where ``made`` holds what the neuron of one pair put into the covariance of the other, and what it counts
        there."""
        kernel, theta = self.kernels[chosen], self.theta[chosen]
        found = []
        for at, other in (key, key[::-1]):
            along = [edges for edges in at if edges]
            if any(len(edges) > 1 for edges in along):
                continue
            structure = _structure({edges: along.count(edges) for edges in along})
            degree = 2 - len(along)
            if structure in self.structures:
                size = sqrt(1 + (at[0] == at[1])) * kernel ** (degree / 2) * theta ** (len(along) / 2)
                found.append((index[other], self._columns(structure).start + degree, size))
        return found

    def _share(
        self, one: Pair, index: Mapping[Pair, int], chosen: slice, modes: Mapping[Factors, np.ndarray]
    ) -> list[tuple[int, slice, np.ndarray]]:
        """The same of <∂psi/∂S_cd made_cd>."""
        orders, found = np.arange(self.most + 1), []
        for by, (factor, site), slopes, left in self._slopes(one):
            raised = np.sqrt(np.prod([orders + k for k in range(1, slopes + 1)], axis=0))
            derived = modes[site][:, slopes : slopes + self.most + 1] * raised
            size = factor * self.theta[chosen] ** (sum(left.values()) / 2) / self.kernels[chosen] ** (slopes / 2)
            for structure, share in _expanded(left):
                found.append((index[by], self._columns(structure), share * size[:, None] * derived))
        return found


def _is_even(powers: Powers) -> bool:
    return all(power % 2 == 0 for power in powers.values())


def _structure(degrees: Powers) -> Structure:
    return tuple(sorted((edges, degree) for edges, degree in degrees.items() if degree))


@cache
def _of_one_power(power: int) -> tuple[tuple[int, float], ...]:
    """x^power in normalised Hermite polynomials: (degree, share)."""
    return tuple(
        (degree, factorial(power) / (2**half * factorial(half) * sqrt(factorial(degree))))
        for half in range(power // 2 + 1)
        for degree in [power - 2 * half]
    )


def _expanded(along: Powers) -> Iterator[tuple[Structure, float]]:
    """prod x_S^p in them; nothing where a second derivative of z stands in it, which meets no other one like it."""
    if any(len(edges) > 1 for edges in along):
        return
    found: list[tuple[dict[Edges, int], float]] = [({}, 1.0)]
    for edges, power in along.items():
        found = [
            ({**degrees, edges: degree}, share * more)
            for degrees, share in found
            for degree, more in _of_one_power(power)
        ]
    for degrees, share in found:
        yield _structure(degrees), share


def _modes(functions: Sequence[OneVariable], kernels: np.ndarray, most: int) -> np.ndarray:
    """<F(z) He_m(z/sqrt(K))>/sqrt(m!): an array (kernels, functions, most + 1); panels end at kinks."""
    x, w = np.polynomial.legendre.leggauss(POINTS)
    kinks = sorted({float(branch.lower) for function in functions for branch in function.branches[1:]})
    found = np.zeros((len(kernels), len(functions), most + 1))
    for place, kernel in enumerate(kernels):
        root = sqrt(kernel)
        count = ceil(2 * REACH / PANEL * max(1.0, root))
        ends = np.linspace(-REACH, REACH, count + 1)
        edges = np.unique([*ends, *(min(max(kink / root, -REACH), REACH) for kink in kinks)])
        half = np.diff(edges)[:, None] / 2
        u = (edges[:-1, None] + half * (x + 1)).reshape(-1)
        weights = (half * w).reshape(-1) * np.exp(-u * u / 2) / sqrt(2 * np.pi)
        basis = _hermite(u, most) * weights
        for k, function in enumerate(functions):
            found[place, k] = basis @ branch_values(function.branches, root * u)
            for point, order, weight in function.deltas:
                at = float(point) / root
                density = np.exp(-at * at / 2) / sqrt(2 * np.pi) * float(weight) / root ** (order + 1)
                raised = _hermite(np.array([at]), most + order)[order:, 0]
                orders = np.arange(most + 1)
                size = np.sqrt(np.prod([orders + j for j in range(1, order + 1)], axis=0))
                found[place, k] += density * raised * size
    return found


def _hermite(u: np.ndarray, most: int) -> np.ndarray:
    """He_m(u)/sqrt(m!), m = 0, ..., most."""
    rows = [np.ones_like(u), u]
    for m in range(1, most):
        rows.append((u * rows[-1] - sqrt(m) * rows[-2]) / sqrt(m + 1))
    return np.array(rows[: most + 1])
