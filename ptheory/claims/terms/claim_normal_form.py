"""The normal form of what a claim says: equal for every activation when, and for free symbols only when, identical.

Means lose their explicit preactivations by Stein's identity, derived expectations their outer derivatives by the
product rule (``recursion.means``). What the architecture makes zero at every layer is zero: fields that share no
parameter are uncorrelated, so means over them factorise.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations
from types import MappingProxyType

from ptheory.algebra.partitions import connected_groups
from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.claims.reading.next_kernel import normal_form_at_next_layer
from ptheory.claims.terms.claim_atoms import NextMean, Root, ScalarCall
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.terms.scalar_functions import collected, fractional_power, scalar_function
from ptheory.networks.architecture import carries_over, parameters_in
from ptheory.networks.fields import Field
from ptheory.recursion.jets import Jet
from ptheory.recursion.means.layer_functions import expand_expectation
from ptheory.recursion.means.mean import Mean
from ptheory.recursion.means.stein import mean_without_fields
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensors import WIDTH_RATIO, Expectation, Tensor
from ptheory.recursion.variables import CombinedLeg, fields_among

ZERO = Ratio(Polynomial())
FieldPairs = frozenset[frozenset[Field]]


class ClaimNormalForm:
    """Normal forms for one architecture; ``equal_widths``: n[l]/n[l-1] is one.

    ``parities``: activation -> its sign under z -> -z; averages of what is odd vanish. ``held``: tensors that are
    numbers; ``equal``: averages that are others by what is assumed.
    """

    def __init__(
        self,
        system: RecursionSystem,
        equal_widths: bool,
        parities: Mapping[str, int] = MappingProxyType({}),
        held: Mapping[Atom, Fraction] = MappingProxyType({}),
        equal: Mapping[Atom, Ratio] = MappingProxyType({}),
    ) -> None:
        self.system = system
        self.parities = parities
        self.held = held
        self.equal = equal
        self.equal_widths = equal_widths
        self.independent = independent_fields(system)
        self._cache: dict[Atom, Ratio | None] = {}

    def of(self, value: Ratio) -> Ratio:
        """DivisionByZero where a denominator vanishes identically."""
        return collected(value.map_atoms(self._atom))

    def _atom(self, atom: Atom) -> Ratio | None:
        if atom not in self._cache:
            self._cache[atom] = self._atom_anew(atom)
        return self._cache[atom]

    def _atom_anew(self, atom: Atom) -> Ratio | None:
        if isinstance(atom, NextMean):
            return normal_form_at_next_layer(atom, self._mean_at_any_kernel, self.of)
        if isinstance(atom, (Mean, Expectation)):
            return self.mean(expand_expectation(self.system.model.sites, atom))
        if isinstance(atom, Tensor):
            if atom in self.held:
                return Ratio.constant(self.held[atom])
            return ZERO if self.vanishes(atom) else None
        if isinstance(atom, ScalarCall):
            return scalar_function(atom.function, self.of(atom.argument))
        if isinstance(atom, Root):
            return fractional_power(self.of(atom.base), Fraction(1, atom.degree))
        if atom == WIDTH_RATIO and self.equal_widths:
            return Ratio.constant(1)
        return None

    def mean(self, integrand: Polynomial) -> Ratio:
        """⟨integrand⟩ of a polynomial in jets and preactivations, in normal form."""
        found = self._mean_at_any_kernel(integrand)
        return found.map_atoms(self._by_assumption) if self.held or self.equal else found

    def _mean_at_any_kernel(self, integrand: Polynomial) -> Ratio:
        """Without what is assumed of the kernel of this layer."""
        mean = mean_without_fields(integrand)
        if self.parities:
            mean = mean.map_atoms(lambda atom: Polynomial() if self._is_odd(atom) else None)
        return self._factorised(mean)

    def _by_assumption(self, atom: Atom) -> Ratio | None:
        if isinstance(atom, Tensor) and atom in self.held:
            return Ratio.constant(self.held[atom])
        return self.equal.get(atom)

    def _factorised(self, mean: Polynomial) -> Ratio:
        if not self.independent:
            return Ratio(mean)

        def replace(atom: Atom) -> Polynomial | None:
            if isinstance(atom, Tensor) and self.vanishes(atom):
                return Polynomial()
            return factorised(atom, self.independent) if isinstance(atom, Mean) else None

        return Ratio(mean.map_atoms(replace))

    def _is_odd(self, atom: Atom) -> bool:
        """Whether an average changes sign under z -> -z, by the parities that are assumed."""
        if not isinstance(atom, Mean):
            return False
        sign = 1
        for factor, power in atom.factors:
            parity = -1
            if isinstance(factor, Jet):
                known = self.parities.get(factor.function) if isinstance(factor.function, str) else None
                if known is None or isinstance(factor.leg, CombinedLeg):
                    return False
                parity = known * (-1) ** factor.order
            sign *= parity**power
        return sign < 0

    def vanishes(self, atom: Tensor) -> bool:
        """Whether a cumulant of covariances is zero at every layer because two fields share no parameter."""
        return any(
            component.is_covariance and frozenset(leg.field for leg in component.legs) in self.independent
            for component in atom.components
        )


def independent_fields(system: RecursionSystem) -> FieldPairs:
    """Pairs of fields whose leading covariance is zero at every layer: no parameter in both of their equations.

    Fields of different layers at one neuron are independent where no direct term carries a neuron over.
    """
    architecture = system.model.architecture
    carried = bool(architecture.direct_terms)
    fields = [Field(name, depth) for depth in range(architecture.layers_read) for name in architecture.fields]

    def shared(a: Field, b: Field) -> bool:
        if a.depth != b.depth:
            return carried
        for equations in (architecture.first, architecture.layers):
            one, other = ([e for e in equations if e.field.name == field.name] for field in (a, b))
            if any(carries_over(term) for e in (*one, *other) for term in e.terms):
                return True
            if {p.name for p in parameters_in(one)} & {p.name for p in parameters_in(other)}:
                return True
        return False

    return frozenset(frozenset((a, b)) for a, b in combinations(fields, 2) if not shared(a, b))


def factorised(mean: Mean, independent: FieldPairs) -> Polynomial:
    """The mean as a product over groups of fields that are independent of each other."""
    together = [{leg.field for leg in fields_among([jet.leg])} for jet, _ in mean.factors]  # one function's fields
    dependent = [
        (k, j)
        for (k, some), (j, others) in combinations(enumerate(together), 2)
        if any(_dependent(a, b, independent) for a in some for b in others)
    ]
    product = Polynomial.constant(1)
    for group in connected_groups(len(together), dependent):
        product = product * Polynomial.atom(Mean(tuple(mean.factors[k] for k in group)))
    return product


def _dependent(a: Field, b: Field, independent: FieldPairs) -> bool:
    return a == b or frozenset((a, b)) not in independent
