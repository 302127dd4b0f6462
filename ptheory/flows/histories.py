"""Neurons that remember their past: layers with skip connections, where one neuron's law spans all layers below.

With a term c*z[i] (or prev(z)) outside or inside the weighted sums a neuron of layer s is a fixed linear combination of
its *branches*, the Gaussian parts the layers below have added,

    z^s_i = sum_{u <= s} A^(su) y^u_i,     y^u_i = b_i + sum_j W_ij phi(z^(u-1)_j),

and, given the layers below u, the y^u_i are independent over i with covariance Ĝ^u. No finite set of tensors of z^s
alone closes. What closes is the joint Gaussian law of one neuron's branches (covariances K^u) together with the joint
cumulants of the neuron averages

    N(F, t) = (1/n) sum_j E[F(history of j) | branches of layers <= t],      Ĝ^u = C_b + C_W N(phi phi, u-1).

A joint cumulant of such averages at level t is reduced to level t-1 by the law of total cumulance: given the branches
below, the y^t_j are independent, so averages joined at level t carry 1/n each and become products that share the
branches up to t (joined) or t-1 (not joined); the fluctuation of Ĝ^t is expanded as in ``recursion.fluctuations``.
At level 0 everything is a Gaussian expectation. This holds at any order in 1/n.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache, partial
from itertools import product
from typing import Protocol

from ptheory.algebra.hashing import hash_once, made_once
from ptheory.algebra.order import Order, Series
from ptheory.algebra.partitions import moebius_coefficient, set_partitions
from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.algebra.real import Real
from ptheory.recursion.fluctuations import Derivative, Occurrence, configurations, leading_power, order_distributions
from ptheory.recursion.jets import FieldValue, Jet
from ptheory.recursion.places import Past
from ptheory.recursion.sources import COST_OF_MEAN
from ptheory.recursion.tensors import Collective, Leg

EVERYTHING = 10**9  # the level up to which legs of one copy share their branches
PRODUCTS_KEPT = 2**13


Shares = tuple[tuple[int, int, int], ...]  # (copy, copy, highest layer whose branch both share), copies ascending


@dataclass(frozen=True)
class Integrand:
    """∂_legs of a product over copies of a neuron; ``jets`` is a polynomial in jets and field values, all rational."""

    jets: Polynomial
    derivatives: tuple[Leg, ...] = ()
    shares: Shares = ()

    __hash__ = hash_once

    @property
    def copies(self) -> int:
        """How many copies of the neuron its legs are of, numbered from 0."""
        return 1 + max((leg.past.copy for leg in legs_of(self.jets)), default=0)

    def share(self, a: int, b: int) -> int:
        """The highest layer whose branch copies ``a`` and ``b`` both have; every layer's within one copy."""
        if a == b:
            return EVERYTHING
        return next(level for x, y, level in self.shares if (x, y) == (min(a, b), max(a, b)))


@dataclass(frozen=True)
class Average:
    """N(F, level): the average over neurons of F, the branches above ``level`` averaged out at their leading law."""

    integrand: Integrand
    level: int

    __hash__ = hash_once


Element = Average | Collective  # what a cumulant joins: an average, or Ĝ at two legs


def legs_of(jets: Polynomial) -> set[Leg]:
    """The legs a polynomial in jets and field values reads."""
    return {atom.leg for atom in jets.atoms() if isinstance(atom, (Jet, FieldValue))}


def _with_copies(integrand: Integrand, copy: Callable[[Past], int], shares: Shares) -> Integrand:
    """The same integrand, each leg of the copy given."""
    if all(copy(leg.past) == leg.past.copy for leg in (*legs_of(integrand.jets), *integrand.derivatives)):
        return Integrand(integrand.jets, integrand.derivatives, shares)  # with the hash it has

    def move(leg: Leg) -> Leg:
        return Leg(leg.field, leg.past._replace(copy=copy(leg.past)))

    def moved(atom: Atom) -> Atom:
        if isinstance(atom, Jet):
            return Jet(atom.function, atom.order, move(atom.leg))
        return FieldValue(move(atom.leg)) if isinstance(atom, FieldValue) else atom

    derivatives = sorted(map(move, integrand.derivatives), key=lambda leg: leg.sort_key)
    return Integrand(integrand.jets.rename_atoms(moved), tuple(derivatives), shares)


@lru_cache(maxsize=PRODUCTS_KEPT)
def joined(classes: tuple[tuple[Integrand, ...], ...], level: int) -> tuple[Integrand, tuple[tuple[int, ...], ...]]:
    """The product of integrands: within a class branches up to ``level`` are shared, across classes up to level - 1.

    Also the copies of each class, in the numbering of the product. Legs that share all their branches are one variable
    and so one leg: a derivative by it is of everything that depends on it.
    """
    product_so_far = Integrand(Polynomial.constant(1))
    shares: dict[tuple[int, int], int] = {}
    members: list[tuple[int, tuple[int, ...]]] = []  # (class, copies) of each factor
    used = 0
    for number, factors in enumerate(classes):
        for factor in factors:
            copies = tuple(range(used, used + factor.copies))
            for other, earlier in members:
                shares.update({(a, b): level - (other != number) for a in earlier for b in copies})
            shares.update({(a + used, b + used): common for a, b, common in factor.shares})
            moved = _with_copies(factor, partial(_moved_by, used), ())
            derivatives = product_so_far.derivatives + moved.derivatives
            product_so_far = Integrand(product_so_far.jets * moved.jets, derivatives)
            members.append((number, copies))
            used += factor.copies

    def first_equal(past: Past) -> int:
        return next((c for c in range(past.copy) if shares[c, past.copy] >= past.layer), past.copy)

    merged = _with_copies(product_so_far, first_equal, ())
    kept = sorted({leg.past.copy for leg in (*legs_of(merged.jets), *merged.derivatives)})
    place = {copy: k for k, copy in enumerate(kept)}
    remaining = tuple((place[a], place[b], common) for (a, b), common in sorted(shares.items()) if {a, b} <= set(kept))
    owned = tuple(
        tuple(place[c] for other, copies in members if other == k for c in copies if c in place)
        for k in range(len(classes))
    )
    return _with_copies(merged, lambda past: place[past.copy], remaining), owned


def _moved_by(shift: int, past: Past) -> int:
    return past.copy + shift


class HistoryLaws(Protocol):
    """What the reduction asks of a network."""

    def width(self, level: int) -> Fraction:
        """The width of a layer in units of n."""

    def mean(self, integrand: Integrand) -> Real:
        """⟨integrand⟩ with every branch at its leading law."""

    def most_legs(self, integrand: Integrand, copies: tuple[int, ...], level: int) -> int | None:
        """How many derivatives by y^level the copies take before they vanish; None: any number."""

    def branch_derivatives(
        self, integrand: Integrand, copies: tuple[int, ...], level: int
    ) -> list[tuple[Leg, Real, Integrand]]:
        """(branch leg, coefficient, derivative) summing to ∂/∂y^level of the copies, leg by leg."""

    def covariance_averages(self, level: int, left: Leg, right: Leg) -> list[tuple[Real, Average]]:
        """Ĝ^level[left, right] without its constant, as a combination of averages at level - 1."""


@dataclass
class CumulantTable:
    """Joint cumulants of neuron averages, each computed once. ``laws`` supplies what depends on the network."""

    laws: HistoryLaws
    _known: dict[tuple[tuple[Average, ...], int], Real] = field(default_factory=dict)

    def cumulant(self, averages: Sequence[Average], power: int) -> Real:
        """Coefficient of n^-power in the joint cumulant."""
        if power < len(averages) - 1:
            return Fraction(0)
        key = (tuple(averages) if len(averages) == 1 else tuple(sorted(averages, key=_average_key)), power)
        if key not in self._known:
            self._known[key] = self._reduce(key[0], power)
        return self._known[key]

    def _reduce(self, averages: Sequence[Average], power: int) -> Real:
        top = max(average.level for average in averages)
        if top == 0:
            return self.laws.mean(averages[0].integrand) if len(averages) == 1 and power == 0 else Fraction(0)
        here = [a.integrand for a in averages if a.level == top]
        lower = [a for a in averages if a.level < top]
        total: Real = Fraction(0)
        for partition in set_partitions(range(len(here))):
            spent = sum(len(block) - 1 for block in partition)
            if spent > power:
                continue
            splits = [list(set_partitions(block)) for block in partition]
            for choice in product(*splits):
                weight: Real = 1 / Fraction(self.laws.width(top)) ** spent
                vertices = []
                for classes in choice:
                    weight *= moebius_coefficient(len(classes))
                    vertices.append(joined(tuple(tuple(here[k] for k in members) for members in classes), top))
                total += weight * self._insert(vertices, lower, top, power - spent)
        return total

    def _insert(
        self,
        vertices: Sequence[tuple[Integrand, tuple[tuple[int, ...], ...]]],
        lower: Sequence[Average],
        top: int,
        power: int,
    ) -> Real:
        """Fluctuations of Ĝ^top inserted into the averages over y^top, everything then at level top - 1."""
        places = [(v, copies) for v, (_, owned) in enumerate(vertices) for copies in owned]
        count = len(vertices) + len(lower)
        owners = tuple(range(count)), tuple(v for v, _ in places)
        limits = tuple(self.laws.most_legs(vertices[v][0], copies, top) if top > 1 else 0 for v, copies in places)
        total: Real = Fraction(0)
        for insertions, weight in configurations((COST_OF_MEAN,) * count, owners, limits, count, power):
            taken = [e for insertion in insertions for e in insertion if isinstance(e, Derivative)]
            leading = [leading_power(insertion) for insertion in insertions]
            for variables, factor, integrands in self._differentiated(vertices, places, taken, top):
                averages = [*(Average(integrand, top - 1) for integrand in integrands), *lower]
                remaining = iter(variables)
                elements = [
                    [averages[e.place] if isinstance(e, Occurrence) else next(remaining) for e in insertion]
                    for insertion in insertions
                ]
                for orders in order_distributions(insertions, power):
                    powers = [power_of_one + order for power_of_one, order in zip(leading, orders, strict=True)]
                    total += weight * factor * self._product(elements, powers, top)
        return total

    def _differentiated(
        self,
        vertices: Sequence[tuple[Integrand, tuple[tuple[int, ...], ...]]],
        places: Sequence[tuple[int, tuple[int, ...]]],
        taken: Sequence[Derivative],
        top: int,
    ) -> Iterator[tuple[list[Collective], Real, list[Integrand]]]:
        """Every choice of branch legs for the insertions: (the variables there, coefficient, differentiated)."""
        start = [integrand for integrand, _ in vertices]
        pending: list[tuple[list[Collective], Real, list[Integrand]]] = [([], Fraction(1), start)]
        for derivative in taken:
            v, copies = places[derivative.place]
            source = derivative.source
            grown = []
            for variables, factor, integrands in pending:
                for legs, coefficient, derived in self._along(integrands[v], copies, top, source.legs):
                    inserted = source.inserted(legs)
                    changed = [*integrands[:v], derived, *integrands[v + 1 :]]
                    grown.append(([*variables, inserted.variable], factor * coefficient * inserted.factor, changed))
            pending = grown
        yield from pending

    def _along(
        self, integrand: Integrand, copies: tuple[int, ...], top: int, times: int
    ) -> Iterator[tuple[tuple[Leg, ...], Real, Integrand]]:
        """(branch legs, coefficient, derivative by all of them), the first of them taken first."""
        if not times:
            yield (), Fraction(1), integrand
            return
        for leg, outer, once in self.laws.branch_derivatives(integrand, copies, top):
            for legs, inner, derived in self._along(once, copies, top, times - 1):
                yield (leg, *legs), outer * inner, derived

    def _product(self, elements: Sequence[Sequence[Element]], powers: Sequence[int], top: int) -> Real:
        """The product of the insertions' cumulants, each at its power of 1/n."""
        value: Real = Fraction(1)
        for members, power in zip(elements, powers, strict=True):
            value = value * self._multilinear(members, power, top)
            if not value:
                break
        return value

    def _multilinear(self, elements: Sequence[Element], power: int, top: int) -> Real:
        """A cumulant of averages and covariances Ĝ^top, each covariance a combination of averages at level top - 1."""
        options = []
        for element in elements:
            if isinstance(element, Average):
                options.append([(Fraction(1), element)])
            else:
                left, right = element.legs
                options.append(self.laws.covariance_averages(top, left, right))
        total: Real = Fraction(0)
        for choice in product(*options):
            weight: Real = Fraction(1)
            for coefficient, _ in choice:
                weight = weight * coefficient
            total += weight * self.cumulant([average for _, average in choice], power)
        return total


def _average_key(average: Average) -> tuple[int, str]:
    return average.level, _written(average.integrand)


@made_once
def _written(integrand: Integrand) -> str:
    return f"{integrand.derivatives}|{integrand.shares}|{integrand.jets}"


def falling_ratio(kept: int, distinct: int, order: Order, width: Fraction) -> Series:
    """N^kept / (N (N-1) ... (N-distinct+1)) at N = width * n as a series in 1/n."""
    found = [Fraction(0) for _ in order.powers]
    shift = distinct - kept
    if order.reaches(shift):
        found[shift] = Fraction(1)
    for j in range(1, distinct):
        for k in order.powers[1:]:
            found[k] += j * found[k - 1]
    return Series(tuple(found), order).in_widths(width)
