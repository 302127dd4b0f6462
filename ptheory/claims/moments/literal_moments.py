"""The second route to a moment: one network law written down in numbers, n neurons one by one.

The covariances Ĝ take a few values with given probabilities, and given them every field is Gaussian: the law of z is a
finite mixture. Sums over neurons are carried out neuron by neuron, Gaussian moments by contraction of powers, connected
parts from moments by inclusion and exclusion, tensors from the cumulants of the mixture. Nothing here knows how moments
are made of tensors. At layer l+1 the same is done for z' = b + sum_j W φ(z_j), the z_j being those of the mixture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from math import prod
from random import Random
from typing import TYPE_CHECKING

from ptheory.algebra.gaussian_numbers import double_factorial, gaussian_moment
from ptheory.algebra.partitions import moebius_coefficient, pairings, set_partitions
from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.algebra.refusal import DivisionByZero, Refusal
from ptheory.claims.moments.cumulants import Components, Cumulants, even_blocks
from ptheory.claims.moments.neuron_terms import Label, RandomFactor, Term
from ptheory.claims.moments.whole_tensor import WholeTensor
from ptheory.claims.terms.ratio import Ratio
from ptheory.networks.architecture import Bias, WeightedSum
from ptheory.recursion.declared import components_of
from ptheory.recursion.jets import FieldValue, Jet, expand_formula
from ptheory.recursion.tensors import WIDTH, WIDTH_RATIO, Collective, Leg, ObservableAt, covariance

if TYPE_CHECKING:
    from ptheory.activations import Activation

SIMPLE_SEEDS = 4  # mixtures of small whole numbers, tried first
MOST_LOOPS = 30_000  # products of neurons in one moment
Placed = tuple[ObservableAt, tuple[int, ...]]  # an observable at neurons 0, ..., n-1


class NotByNumbers(Refusal):
    """A moment that this route cannot evaluate."""


@dataclass
class Mixture:
    """``scalars``: values of hyperparameters, n and n[l]/n[l-1]; ``n`` neurons in every layer, for sums.

    ``binding``: activations, which layer l+1 is computed with where ``joins_layers``; else it has a mixture of its own.
    """

    cumulants: Cumulants
    scalars: Mapping[Atom, Fraction]
    n: int
    binding: Mapping[str, Activation]
    joins_layers: bool
    seed: int
    _values: dict[tuple[Collective, bool, int], Fraction] = field(default_factory=dict)
    _roots: dict[tuple[Leg, bool, int], list[Fraction]] = field(default_factory=dict)
    _means: dict[tuple[tuple[Placed, ...], bool], Fraction] = field(default_factory=dict)
    _next: dict[tuple[tuple[Leg, Leg], ...], Fraction] = field(default_factory=dict)
    _averages: dict[tuple[tuple[Polynomial, ...], int], Fraction] = field(default_factory=dict)
    _halves: dict[tuple[Polynomial, int], Polynomial] = field(default_factory=dict)
    _whole: dict[WholeTensor, Fraction] = field(default_factory=dict)

    def states(self, is_next: bool) -> list[Fraction]:
        """The probabilities of the states."""
        if self.cumulants.at_first_layer and not is_next:
            return [Fraction(1)]
        return [Fraction(1, 2), Fraction(1, 4), Fraction(1, 4)]

    # ---- E[...] -----------------------------------------------------------------------------------------------

    def expectation(self, terms: Sequence[Term], neurons: Mapping[Label, int], connected: bool) -> Fraction:
        """E of the terms, the labels of the claim at ``neurons``. NotByNumbers."""
        total = Fraction(0)
        for term in terms:
            if self.n ** len(term.summed) > MOST_LOOPS:
                raise NotByNumbers("too many products of neurons")
            weight = self.value(term.coefficient)
            for chosen in product(range(self.n), repeat=len(term.summed)):
                at: dict[Label, int] = dict(neurons)
                at.update(zip(term.summed, chosen, strict=True))
                if all(len({at[label] for label in delta}) == 1 for delta in term.deltas):
                    total += weight * self._product(term.factors, at, connected)
        return total

    def _product(self, factors: Sequence[RandomFactor], at: Mapping[Label, int], connected: bool) -> Fraction:
        placed = [(f.observable, tuple(at[label] for label in f.neurons)) for f in factors]
        is_next = any(f.is_next for f in factors)
        return self._cumulant(placed, is_next) if connected else self._mean(placed, is_next)

    def _cumulant(self, placed: Sequence[Placed], is_next: bool) -> Fraction:
        """Inclusion and exclusion: sum over set partitions of (-1)^(k-1) (k-1)! prod of moments."""
        return sum(
            (
                moebius_coefficient(len(partition))
                * prod((self._mean(block, is_next) for block in partition), start=Fraction(1))
                for partition in set_partitions(list(placed))
            ),
            Fraction(0),
        )

    def _mean(self, placed: Sequence[Placed], is_next: bool) -> Fraction:
        """E[product]; the law is the same whatever neurons are called."""
        names: dict[int, int] = {}
        renamed = [(o, tuple(names.setdefault(at, len(names)) for at in neurons)) for o, neurons in sorted(placed)]
        key = (tuple(renamed), is_next)
        if key not in self._means:
            self._means[key] = self._mean_anew(renamed, is_next)
        return self._means[key]

    def _mean_anew(self, placed: Sequence[Placed], is_next: bool) -> Fraction:
        if is_next and self.joins_layers:
            return self._next_mean(placed)
        return sum((p * self._given(placed, is_next, k) for k, p in enumerate(self.states(is_next))), Fraction(0))

    def _given(self, placed: Sequence[Placed], is_next: bool, state: int) -> Fraction:
        """In one state: Gaussian fields neuron by neuron, or all joinings of legs where there are observables."""
        gaussian = self.cumulants.system.model.architecture.has_gaussian_rows
        if gaussian and all(len(observable.legs) == 1 for observable, _ in placed):
            value = Fraction(1)
            for neuron in {neuron for _, (neuron,) in placed}:
                legs = [observable.legs[0] for observable, (at,) in placed if at == neuron]
                kinds = sorted(set(legs))
                matrix = [[self._covariance(a, b, is_next, state) for b in kinds] for a in kinds]
                value *= gaussian_moment([legs.count(kind) for kind in kinds], matrix)
            return value
        return self._joined(placed, is_next, state, gaussian)

    def _joined(self, placed: Sequence[Placed], is_next: bool, state: int, gaussian: bool) -> Fraction:
        positions = [(k, p) for k, (_, neurons) in enumerate(placed) for p in range(len(neurons))]
        neuron = {(k, p): at for k, (_, neurons) in enumerate(placed) for p, at in enumerate(neurons)}
        total = Fraction(0)
        for blocks in pairings(positions) if gaussian else even_blocks(positions):
            if all(len({neuron[position] for position in block}) == 1 for block in blocks):
                found = components_of([observable for observable, _ in placed], [tuple(block) for block in blocks])
                total += prod((self.collective(c, is_next, state) for c in found), start=Fraction(1))
        return total

    # ---- the mixture ------------------------------------------------------------------------------------------

    def collective(self, component: Collective, is_next: bool, state: int) -> Fraction:
        """The value of a collective variable in a state."""
        if component.is_covariance:
            first, second = component.legs
            return self._covariance(first, second, is_next, state)
        key = (component, is_next, state)
        if key not in self._values:
            self._values[key] = self._draw(str(key)).choice(_NUMBERS)
        return self._values[key]

    def _covariance(self, a: Leg, b: Leg, is_next: bool, state: int) -> Fraction:
        """A scalar product of vectors, one for each field and input; zero for fields that share no parameter."""
        if self.cumulants.vanishes((covariance(a, b),)):
            return Fraction(0)
        one, other = self._root(a, is_next, state), self._root(b, is_next, state)
        return sum((x * y for x, y in zip(one, other, strict=True)), Fraction(0))

    def _root(self, leg: Leg, is_next: bool, state: int) -> list[Fraction]:
        key = (leg, is_next, state)
        if key not in self._roots:
            draw = self._draw(str(key))
            simple = self.seed < SIMPLE_SEEDS
            entries = [
                Fraction(draw.randint(0, 2) if simple else draw.randint(1, 9), 1 if simple else draw.randint(1, 3))
            ]
            entries += [Fraction(draw.randint(-1, 2)) for _ in range(1 if simple else 2)]
            self._roots[key] = entries if any(entries) else [Fraction(1), Fraction(0)]
        return self._roots[key]

    def _draw(self, key: str) -> Random:
        return Random(f"{self.seed} {key}")

    def whole(self, atom: WholeTensor) -> Fraction:
        """n^power times the joint cumulant of the collective variables over the states."""
        if atom not in self._whole:
            components = atom.tensor.components
            total = Fraction(0)
            for partition in set_partitions(components):
                means = (self._collective_mean(tuple(block), atom.is_next) for block in partition)
                total += moebius_coefficient(len(partition)) * prod(means, start=Fraction(1))
            below = self.scalars[WIDTH] if atom.is_next else self.scalars[WIDTH] / self.scalars[WIDTH_RATIO]
            self._whole[atom] = total * below**atom.tensor.power
        return self._whole[atom]

    def _collective_mean(self, components: Components, is_next: bool) -> Fraction:
        if is_next and self.joins_layers:
            return self._next_covariances([_legs_of(component) for component in components])
        return sum(
            (
                p * prod((self.collective(c, is_next, k) for c in components), start=Fraction(1))
                for k, p in enumerate(self.states(is_next))
            ),
            Fraction(0),
        )

    def value(self, side: Ratio) -> Fraction:
        """A quotient in hyperparameters, widths and whole tensors. DivisionByZero where it has no value."""
        total = self._polynomial(side.numerator)
        for factor, power in side.factors:
            below = self._polynomial(factor)
            if not below:
                raise DivisionByZero
            total /= below**power
        return total

    def _polynomial(self, value: Polynomial) -> Fraction:
        below = {atom for monomial in value.terms for atom, exponent in monomial if exponent < 0}
        if not all(self._number(atom) for atom in below):
            raise DivisionByZero
        return value.evaluate(self._number, Fraction)

    def _number(self, atom: Atom) -> Fraction:
        return self.whole(atom) if isinstance(atom, WholeTensor) else self.scalars[atom]

    # ---- layer l+1 of this mixture ----------------------------------------------------------------------------

    def _next_mean(self, placed: Sequence[Placed]) -> Fraction:
        """z' is Gaussian given layer l: a sum over contractions of products of its covariances."""
        if any(len(observable.legs) != 1 for observable, _ in placed):
            raise NotByNumbers("observables of layer l+1")
        total = Fraction(0)
        for pairs in pairings(list(placed)):
            if all(one[1] == other[1] for one, other in pairs):
                total += self._next_covariances([(one[0].legs[0], other[0].legs[0]) for one, other in pairs])
        return total

    def _next_covariances(self, pairs: Sequence[tuple[Leg, Leg]]) -> Fraction:
        """E[prod Ĝ'[a,b]], Ĝ' a sum of its bias and one term for every neuron of layer l."""
        key = tuple(sorted(pairs))
        if key not in self._next:
            self._next[key] = self._next_covariances_anew(key)
        return self._next[key]

    def _next_covariances_anew(self, pairs: Sequence[tuple[Leg, Leg]]) -> Fraction:
        sums = [self._parts(a, b) for a, b in pairs]
        if prod(len(parts) for parts in sums) * 3 > MOST_LOOPS:
            raise NotByNumbers("too many products of neurons")
        total = Fraction(0)
        for chosen in product(*sums):
            weight = prod((coefficient for coefficient, _, _ in chosen), start=Fraction(1))
            by_neuron: dict[int, list[Polynomial]] = {}
            for _, neuron, factors in chosen:
                by_neuron.setdefault(neuron, []).extend(factors)
            total += weight * sum(
                (
                    p * prod((self._average(factors, k) for factors in by_neuron.values()), start=Fraction(1))
                    for k, p in enumerate(self.states(False))
                ),
                Fraction(0),
            )
        return total

    def _parts(self, a: Leg, b: Leg) -> list[tuple[Fraction, int, list[Polynomial]]]:
        """(coefficient, neuron, functions averaged at it) of every term of Ĝ'[a,b]."""
        equations = self.cumulants.system.model.equations
        found: list[tuple[Fraction, int, list[Polynomial]]] = []
        for one in equations[a.field].terms:
            for other in equations[b.field].terms:
                if one.parameters != other.parameters or type(one) is not type(other):
                    continue
                (parameter,) = one.parameters
                scale = self._scalar(one.coefficient * other.coefficient * parameter.variance)
                if isinstance(one, Bias):
                    found.append((scale, 0, []))
                elif isinstance(one, WeightedSum) and isinstance(other, WeightedSum):
                    scale /= self.scalars[WIDTH] ** parameter.fan_in
                    pair = [expand_formula(one.site.formula, a.at), expand_formula(other.site.formula, b.at)]
                    found += [(scale, neuron, pair) for neuron in range(self.n)]
                else:
                    raise NotByNumbers("a skip connection")
        return found

    def _scalar(self, value: Polynomial) -> Fraction:
        return value.evaluate(lambda atom: self.scalars[atom], Fraction)

    def _average(self, factors: Sequence[Polynomial], state: int) -> Fraction:
        """⟨prod of the functions⟩ at one neuron in one state."""
        if not factors:
            return Fraction(1)
        key = (tuple(factors), state)
        if key not in self._averages:
            self._averages[key] = self._average_anew(factors, state)
        return self._averages[key]

    def _half(self, formula: Polynomial, sign: int) -> Polynomial:
        if (formula, sign) not in self._halves:
            self._halves[formula, sign] = _on_half_line(formula, self.binding, sign, self.scalars)
        return self._halves[formula, sign]

    def _average_anew(self, factors: Sequence[Polynomial], state: int) -> Fraction:
        legs = sorted({atom.leg for f in factors for atom in f.atoms() if isinstance(atom, (Jet, FieldValue))})
        matrix = [[self._covariance(a, b, False, state) for b in legs] for a in legs]
        halves = [prod((self._half(f, sign) for f in factors), start=Polynomial.constant(1)) for sign in (1, -1)]
        if halves[0] == halves[1]:
            return _by_powers(halves[0], legs, lambda powers: Fraction(gaussian_moment(powers, matrix)))
        if len(legs) != 1:
            raise NotByNumbers("a kinked function of several inputs")

        def half(sign: int) -> Callable[[Sequence[int]], Fraction]:
            def moment(powers: Sequence[int]) -> Fraction:
                (power,) = powers
                if power % 2:
                    raise NotByNumbers("an irrational average")
                return Fraction(double_factorial(power - 1)) * matrix[0][0] ** (power // 2) / 2

            return moment

        return _by_powers(halves[0], legs, half(1)) + _by_powers(halves[1], legs, half(-1))


_NUMBERS = [Fraction(a, b) for a in (-3, -2, -1, 1, 2, 3, 5) for b in (1, 2, 3)]


def _legs_of(component: Collective) -> tuple[Leg, Leg]:
    if not component.is_covariance:
        raise NotByNumbers("observables of layer l+1")
    first, second = component.legs
    return first, second


def _on_half_line(
    formula: Polynomial, binding: Mapping[str, Activation], sign: int, scalars: Mapping[Atom, Fraction]
) -> Polynomial:
    """A layer function as a polynomial in fields, on z > 0 or on z < 0."""

    def replaced(atom: Atom) -> Polynomial | None:
        if isinstance(atom, Symbol):
            return Polynomial.constant(scalars[atom])
        if not isinstance(atom, Jet):
            return None
        activation = binding.get(atom.function) if isinstance(atom.function, str) else None
        if activation is None or atom.order:
            raise NotByNumbers("an activation that is left open")
        coefficients = activation.polynomial_coefficients()
        if coefficients is None:
            degree = activation.homogeneous_degree
            if degree is None:
                raise NotByNumbers("an activation that is no polynomial")
            slope = activation.formula.subs({s: sign for s in activation.formula.free_symbols})
            exact: list[Fraction] = [Fraction(0)] * degree + [Fraction(str(slope)) * sign**degree]
        else:
            exact = [Fraction(str(c)) for c in coefficients]
        return Polynomial.sum(Polynomial({((FieldValue(atom.leg), k),) if k else (): c}) for k, c in enumerate(exact))

    return formula.map_atoms(replaced)


def _by_powers(polynomial: Polynomial, legs: Sequence[Leg], moment: Callable[[Sequence[int]], Fraction]) -> Fraction:
    total = Fraction(0)
    for monomial, coefficient in polynomial:
        powers = {atom.leg: e for atom, e in monomial if isinstance(atom, FieldValue)}
        total += coefficient * moment([powers.get(leg, 0) for leg in legs])
    return total
