"""The tower of layers that carry their neurons over, z'_i = c z_i + b_i + sum_j W_ij phi(z_j), at large depth.

The fields of one neuron are z and its derivatives D_S z along directions in parameter space (``recursion.directions``):
Theta, V, D, F, ... are means and covariances of Ŝ_ab, the covariance of two such fields a, b given the layers below,

    Ŝ'_ab = c^2 Ŝ_ab + (1/n) sum_j psi_ab(fields of neuron j),      psi_ab = sum over shared weights of phi_a phi_b.

They do not close: what a layer adds is correlated with what others add, through the neurons that are carried over
(docs/skip-connections.md). To leading order in 1/n, delta Ŝ' = M delta Ŝ + xi', M_ab,cd = c^2 + ∂<psi_ab>/∂S_cd and
n E[xi_l xi_m] = Cov(psi_l, psi_m) with E[z_l z_m] = c^|l-m| K, E[D_e z_l D_e z_m] = c^|l-m| Theta. Where M has
eigenvalues one and all else changes slowly, a covariance X_AB = n Cov(Ŝ_A, Ŝ_B) of two pairs of fields follows at large
depth the recursion

    X'_AB = sum M_AC M_BD X_CD + sum over k from -oo to oo of Cov(psi_A, psi_B, k layers apart),

to leading order in 1/l: the memory of some 1/(1 - c^2) layers is short beside l.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, cached_property, partial
from itertools import combinations_with_replacement, permutations, product
from math import comb, factorial, prod

from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.criticality.between_layers import BetweenLayers
from ptheory.criticality.derived import UnsupportedSystem
from ptheory.criticality.kernel_system import FIRST, LinearRecursion, Quantity
from ptheory.networks.architecture import Architecture, LayerEquation, WeightedSum
from ptheory.networks.fields import Field
from ptheory.recursion.directions import Edges, site_jets, with_directions
from ptheory.recursion.jets import FieldValue, Jet, Scalar
from ptheory.recursion.means.mean import Factors, Mean
from ptheory.recursion.means.product_rule import differentiate
from ptheory.recursion.tensors import Leg

Pair = tuple[Edges, Edges]  # the directions of two fields, in order
Pairs = tuple[Pair, ...]
Z: Edges = ()
VERTEX: Pairs = ((Z, Z), (Z, Z))
ONE = Polynomial.constant(1)


def pair(left: Edges, right: Edges) -> Pair:
    """Ŝ is symmetric."""
    return (left, right) if left <= right else (right, left)


@cache
def canonical(pairs: Pairs) -> Pairs:
    """The same covariance with the directions, which are alike, renumbered."""
    edges = sorted({edge for one in pairs for along in one for edge in along})
    renumbered = (dict(zip(edges, order, strict=True)) for order in permutations(range(len(edges))))
    return min(tuple(sorted(_moved(one, number) for one in pairs)) for number in renumbered)


def _moved(one: Pair, number: dict[int, int]) -> Pair:
    left, right = (tuple(sorted(number[edge] for edge in along)) for along in one)
    return pair(left, right)


def vanishes(pairs: Pairs) -> bool:
    """Whether a direction stands in them an odd number of times: its weights have a law that is even."""
    edges = [edge for one in pairs for along in one for edge in along]
    return any(edges.count(edge) % 2 for edge in edges)


@dataclass(frozen=True)
class Moving:
    """A term of a psi: ``scalars`` * ``site`` (jets and values of z) * prod D_S z^power."""

    scalars: Polynomial
    site: Factors
    along: tuple[tuple[Edges, int], ...]


@dataclass
class PairsOfFields:
    """psi of every pair of fields of one neuron, and what it responds to. ``tangent``: what Theta is called.

    Raises UnsupportedSystem for averages that hold the variance of a second derivative of z.
    """

    architecture: Architecture
    edges: int
    tangent: str | None
    _psi: dict[Pair, Polynomial] = field(default_factory=dict)

    @cached_property
    def _equations(self) -> dict[Edges, LayerEquation]:
        larger = with_directions(self.architecture, self.edges)
        return {equation.field.along: equation for equation in larger.layers}

    def psi(self, one: Pair) -> Polynomial:
        """In jets of z, values of z and of its derivatives, and hyperparameters."""
        if one not in self._psi:
            left, right = (self._weighted(along) for along in one)
            shared = [
                s.coefficient * t.coefficient * s.parameters[0].variance * self._jets(s) * self._jets(t)
                for s, t in product(left, right)
                if s.parameters == t.parameters
            ]
            self._psi[one] = Polynomial.sum(shared)
        return self._psi[one]

    def _weighted(self, along: Edges) -> list[WeightedSum]:
        return [term for term in self._equations[along].terms if isinstance(term, WeightedSum)]

    def _jets(self, term: WeightedSum) -> Polynomial:
        found = site_jets(term.site, lambda node: FIRST)
        constant = next((atom for atom in found.atoms() if isinstance(atom, Scalar)), None)
        if constant is not None:
            raise UnsupportedSystem(f"the constant {constant.formula} in a layer equation is no rational number")
        return found.rename_atoms(_of_one_layer)

    def responses(self, one: Pair) -> dict[Pair, Polynomial]:
        """∂<psi>/∂S_cd by the pairs cd, where it does not vanish."""
        averaged = {by: self.mean(derived, slopes) for by, derived, slopes in self._slopes(one)}
        return {by: found for by, found in averaged.items() if found}

    def _slopes(self, one: Pair) -> Iterator[tuple[Pair, Polynomial, int]]:
        """∂psi/∂S_cd by the pairs cd: what it is the average of, but for so many derivatives by z."""
        integrand = self.psi(one)
        legs = sorted({Z, *(atom.leg.field.along for atom in integrand.atoms() if isinstance(atom, (FieldValue, Jet)))})
        for by in combinations_with_replacement(legs, 2):
            derived = differentiate(integrand, *(_leg(along) for along in by if along))
            yield by, derived * Fraction(1, 2 if by[0] == by[1] else 1), by.count(Z)

    def mean(self, integrand: Polynomial, slopes: int = 0) -> Polynomial:
        """<∂_z^slopes integrand>: z and its derivatives are independent Gaussians to leading order."""
        return Polynomial.sum(
            term.scalars * self._moment(term.along) * _average(term.site, slopes)
            for term in moving_terms(integrand)
            if all(power % 2 == 0 for _, power in term.along)
        )

    def _moment(self, along: tuple[tuple[Edges, int], ...]) -> Polynomial:
        return Polynomial.sum([prod((self._norm(edges, power) for edges, power in along), start=ONE)])

    def _norm(self, edges: Edges, power: int) -> Polynomial:
        """Theta^(power/2) times the number of pairings."""
        return self._theta(edges) ** (power // 2) * _pairings(power)

    def _theta(self, edges: Edges) -> Polynomial:
        if len(edges) > 1:
            raise UnsupportedSystem("an average holds the variance of a second derivative of a field")
        if self.tangent is None:
            raise UnsupportedSystem("it is driven by the neural tangent kernel, which no `define` declares")
        return Polynomial.atom(Quantity(self.tangent))

    def between(self, left: Polynomial, right: Polynomial) -> Polynomial:
        """sum_k Cov(left, right k layers apart), over all k."""
        return Polynomial.sum(
            s.scalars * t.scalars * part
            for s, t in product(moving_terms(left), moving_terms(right))
            for part in self._between(s, t, partial(_sum_between, s.site, t.site))
        )

    def own_share(self, one: Pair) -> Polynomial:
        """What a neuron finds of itself in the covariance it is drawn with: sum_(k>0) sum_cd <∂psi/∂S_cd psi_cd>, the
        derivative k layers above psi_cd."""
        parts = []
        for by, integrand, slopes in self._slopes(one):
            for s, t in product(moving_terms(integrand), moving_terms(self.psi(by))):
                sums = partial(_sum_of_later, s.site, t.site, slopes)
                parts += [s.scalars * t.scalars * part for part in self._between(s, t, sums)]
        return Polynomial.sum(parts)

    def _between(self, s: Moving, t: Moving, sum_of: Callable[[int], Polynomial]) -> Iterator[Polynomial]:
        left, right = dict(s.along), dict(t.along)
        options = []
        for edges in sorted({*left, *right}):
            a, b = left.get(edges, 0), right.get(edges, 0)
            if (a + b) % 2:
                return
            options.append([(edges, a, b, shared) for shared in range(a % 2, min(a, b) + 1, 2)])
        for choice in product(*options):
            shared = sum(common for _, _, _, common in choice)
            sums = sum_of(shared)
            if not sums:
                continue
            for edges, a, b, common in choice:
                ways = comb(a, common) * comb(b, common) * factorial(common)
                ways *= _pairings(a - common) * _pairings(b - common)
                sums = sums * self._theta(edges) ** ((a + b) // 2) * ways
            yield sums


def _pairings(count: int) -> int:
    return prod(range(count - 1, 0, -2))


def _leg(along: Edges) -> Leg:
    return Leg(Field(FIRST.field.name, 0, along), FIRST.place)


def _of_one_layer(atom: Atom) -> Atom:
    return Symbol(atom.name) if isinstance(atom, Symbol) else atom


def moving_terms(integrand: Polynomial) -> Iterator[Moving]:
    """The terms of a psi."""
    for monomial, coefficient in integrand:
        along: list[tuple[Edges, int]] = []
        site: list[tuple[Jet | FieldValue, int]] = []
        scalars: list[tuple[Atom, int]] = []
        for atom, power in monomial:
            if isinstance(atom, FieldValue) and atom.leg.field.along:
                along.append((atom.leg.field.along, power))
            elif isinstance(atom, (FieldValue, Jet)):
                site.append((atom, power))
            else:
                scalars.append((atom, power))
        yield Moving(Polynomial({tuple(scalars): coefficient}), tuple(site), tuple(along))


def _average(factors: Factors, slopes: int) -> Polynomial:
    """<∂_z^slopes factors>, the derivatives outside."""
    if not factors:
        return Polynomial.constant(0 if slopes else 1)
    return Polynomial.atom(Mean(factors).differentiated(*[FIRST] * slopes))


def _sum_between(first: Factors, second: Factors, shared: int) -> Polynomial:
    if not shared and (not first or not second):
        return Polynomial()
    means = sorted((Mean(first), Mean(second)), key=lambda mean: mean.sort_key)
    return Polynomial.atom(BetweenLayers(means[0], means[1], shared))


def _sum_of_later(first: Factors, second: Factors, slopes: int, shared: int) -> Polynomial:
    """The first in later layers than the second, differentiated."""
    if (slopes and not first) or (not shared and (not first or not second)):
        return Polynomial()
    differentiated = Mean(first).differentiated(*[FIRST] * slopes) if slopes else Mean(first)
    return Polynomial.atom(BetweenLayers(differentiated, Mean(second), shared, later=True))


@dataclass
class CarriedTower:
    """Recursions at large depth of covariances of pairs of fields, drivers first. ``named``: what those that are
    declared are called; ``strength``: c."""

    pairs: PairsOfFields
    strength: Polynomial
    named: dict[Pairs, str]
    _found: dict[Pairs, LinearRecursion] = field(default_factory=dict)

    def name(self, key: Pairs) -> str:
        """The declared name, or the two pairs in words."""
        return self.named.get(key) or "Cov(" + "; ".join(" ".join(map(_written, one)) for one in key) + ")"

    def covariance(self, key: Pairs) -> LinearRecursion:
        """The recursion of one of them, in canonical form, with those that drive it before it."""
        if key not in self._found:
            left, right = key
            parts = [self.pairs.between(self.pairs.psi(left), self.pairs.psi(right))]
            drivers: dict[Pairs, None] = {}
            for (a, response), (b, other) in product(self._moved(left), self._moved(right)):
                if vanishes((a, b)):
                    continue
                driver = canonical((a, b))
                drivers[driver] = None
                parts.append(response * other * Polynomial.atom(Quantity(self.name(driver))))
            for driver in drivers:
                if driver != key:
                    self.covariance(driver)
            self._found[key] = LinearRecursion(self.name(key), Polynomial.sum(parts))
        return self._found[key]

    def shift(self, one: Pair, name: str, plain: Polynomial) -> LinearRecursion:
        """The recursion of the mean of Ŝ to the next order in 1/n; ``plain``: that of a layer without the skip.

        Terms beyond it: c^2 of what was there, and what a neuron finds of itself in the covariance it is drawn with.
        """
        carried = self.strength * self.strength * Polynomial.atom(Quantity(name))
        return LinearRecursion(name, plain + carried + self.pairs.own_share(one))

    def _moved(self, one: Pair) -> list[tuple[Pair, Polynomial]]:
        """The row of M."""
        found = self.pairs.responses(one)
        found[one] = found.get(one, Polynomial()) + self.strength * self.strength
        return list(found.items())

    @property
    def recursions(self) -> Sequence[LinearRecursion]:
        """Those found so far, drivers first."""
        return tuple(self._found.values())


def _written(along: Edges) -> str:
    return str(FIRST.field.name) + "".join(f"∂{edge}" for edge in along)
