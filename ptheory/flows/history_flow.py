"""Numbers for networks with skip connections, from the reduction in ``histories``."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import assert_never, cast

from ptheory.algebra.order import Order, Series, through
from ptheory.algebra.partitions import moebius_coefficient, set_partitions
from ptheory.algebra.polynomial import Atom, Monomial, Polynomial, Symbol
from ptheory.algebra.real import Real
from ptheory.flows.histories import Average, CumulantTable, Integrand, falling_ratio, legs_of
from ptheory.flows.layer_values import LayerValues
from ptheory.flows.moment_values import MomentTable, is_exact, moment_value, within_size
from ptheory.language.expressions import Expression, Name, rewritten
from ptheory.networks.absent_fields import site_at_layer
from ptheory.networks.architecture import Bias, Direct, LayerEquation, LayerTerm, SiteFunction, WeightedSum
from ptheory.networks.fields import Field
from ptheory.networks.scalars import with_named_scalars
from ptheory.recursion.directions import Slot, observables_at_neurons, site_jets, with_directions
from ptheory.recursion.jets import VARIABLE, FieldValue, Jet
from ptheory.recursion.layer_maps import NonlinearSkip
from ptheory.recursion.means.mean import Factors, terms
from ptheory.recursion.means.product_rule import differentiate
from ptheory.recursion.places import Past, Sample
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensors import Leg, Tensor
from ptheory.recursion.variables import CombinedLeg

Coefficients = dict[Field, Real]  # branch field -> number
Combination = tuple[tuple[Field, int, Real], ...]  # (field, layers below the highest one, coefficient)


@dataclass
class HistoryFlow(LayerValues):
    """Tensor components of a network with (linear) skip connections, to any order in 1/n.

    Layers that share neurons (``carries_neurons``) have equal widths.
    """

    _kernels: dict[tuple[int, Leg, Leg], Real] = field(default_factory=dict)
    _means: dict[Hashable, Real] = field(default_factory=dict)
    _covariances: dict[tuple[Leg, Leg, int], Real] = field(default_factory=dict)
    _made: dict[tuple[int, Leg, Leg], tuple[Real, list[tuple[Real, Average]]]] = field(default_factory=dict)
    _slopes: dict[tuple[Integrand, tuple[int, ...], int], list[tuple[Leg, Real, Integrand]]] = field(
        default_factory=dict
    )
    _mixing: dict[tuple[int, int], dict[Field, Coefficients]] = field(default_factory=dict)
    _names: dict[Combination, Field] = field(default_factory=dict)
    _combinations: dict[Field, Combination] = field(default_factory=dict)
    _sites: dict[tuple[WeightedSum, Sample, int], Polynomial] = field(default_factory=dict)
    _larger: dict[int, HistoryFlow] = field(default_factory=dict)
    _placed: dict[str, tuple[Symbol, int]] = field(default_factory=dict)  # name in a jet -> hyperparameter, layer made

    @cached_property
    def cumulants(self) -> CumulantTable:
        """Joint cumulants of averages over neurons, kept once computed."""
        return CumulantTable(self)

    @cached_property
    def activations(self) -> MomentTable:
        """Resolves the activations that jets name."""
        return MomentTable(
            self.system.model.sites,
            self.setting.activations,
            self._placed_scalar,
            self.setting.averages,
            self.setting.almost_everywhere,
        )

    def _placed_scalar(self, atom: Atom) -> Real:
        """A hyperparameter inside a jet, whose name there says its layer."""
        assert isinstance(atom, Symbol)
        return self.setting.scalar(*self._placed[atom.name])

    @cached_property
    def equations(self) -> dict[Field, LayerEquation]:
        """The layer equation of every field, of outputs too, by the field's name."""
        return {equation.field: equation for equation in self.system.model.architecture.above_first}

    # -- tensors ------------------------------------------------------------------------------------------------
    def _computed(self, layer: int, target: Tensor) -> Real:
        """Raises NonlinearSkip, NoLearningRateError."""
        edges = sum(len(o.kind.edges) for component in target.components for o in component.observables)
        larger = self._with_directions(edges)
        in_powers_of_n = larger._connected(layer, observables_at_neurons(target), through(target.power))
        coefficient = in_powers_of_n.coefficient(target.power)
        return within_size(coefficient * self.width(max(layer - 1, 1)) ** target.power)

    def _with_directions(self, edges: int) -> HistoryFlow:
        """The flow of the larger network whose fields are derivatives along ``edges`` directions."""
        if not edges:
            return self
        if edges not in self._larger:
            system = RecursionSystem(with_directions(self.system.model.declared, edges))
            self._larger[edges] = HistoryFlow(system, self.setting)
        return self._larger[edges]

    def _connected(self, layer: int, observables: Sequence[Sequence[Slot]], order: Order) -> Series:
        """Joint cumulant of observables, each a product of fields at neurons."""
        total = Series.constant(Fraction(0), order)
        for partition in set_partitions(observables):
            series = Series.constant(Fraction(moebius_coefficient(len(partition))), order)
            for block in partition:
                slots = [slot for observable in block for slot in observable]
                series = series * self._moment_at_distinct_neurons(layer, slots, order)
                if series.vanishes:
                    break
            total = total + series
        return total

    def _moment_at_distinct_neurons(self, layer: int, slots: Sequence[tuple[int, Leg]], order: Order) -> Series:
        """E[product of fields at the slots' neurons] as a series in 1/n: distinct neurons from averages over all."""
        fields: dict[int, list[Leg]] = {}
        for neuron, leg in slots:
            fields.setdefault(neuron, []).append(leg)
        factors = []
        for legs in fields.values():
            jets = Polynomial.constant(1)
            for leg in legs:
                jets = jets * Polynomial.atom(FieldValue(Leg(leg.field, Past(leg.at, layer))))
            factors.append(jets)
        total = Series.constant(Fraction(0), order)
        for partition in set_partitions(factors):
            weight = 1
            averages = []
            for block in partition:
                weight *= moebius_coefficient(len(block))
                jets = Polynomial.constant(1)
                for factor in block:
                    jets = jets * factor
                averages.append(Average(Integrand(jets), layer))
            ratio = falling_ratio(len(partition), len(factors), order, self.width(layer))
            total = total + (ratio * self._moment(averages, order)).scaled(weight)
        return total

    def _moment(self, averages: Sequence[Average], order: Order) -> Series:
        total = Series.constant(Fraction(0), order)
        for partition in set_partitions(list(averages)):
            series = Series.constant(Fraction(1), order)
            for block in partition:
                series = series * Series(tuple(self.cumulants.cumulant(block, k) for k in order.powers), order)
            total = total + series
        return total

    # -- the laws the reduction asks for ------------------------------------------------------------------------
    def width(self, level: int) -> Fraction:
        return self.setting.width(level)

    def mixing(self, layer: int, branch: int) -> dict[Field, Coefficients]:
        """A^(layer, branch): how the fields of a layer are made of the branches of a layer at or below it."""
        if branch > layer or branch < 1:
            return {}
        if (layer, branch) not in self._mixing:
            self._mixing[layer, branch] = {
                name: {name: Fraction(1)} if layer == branch else self._carried(equation, layer, branch)
                for name, equation in self.equations.items()
            }
        return self._mixing[layer, branch]

    def _carried(self, equation: LayerEquation, layer: int, branch: int) -> Coefficients:
        """What the direct terms of an equation carry up from a branch below."""
        found: Coefficients = {}
        for term in equation.terms:
            match term:
                case Direct():
                    source, depth, factor = self._direct(equation, term, layer)
                    for branch_field, value in self.mixing(layer - 1 - depth, branch).get(source, {}).items():
                        found[branch_field] = found.get(branch_field, Fraction(0)) + factor * value
                case Bias() | WeightedSum():
                    pass  # what is new in the layer makes its own branch
                case _:
                    assert_never(term)
        return {name: value for name, value in found.items() if value}

    def _direct(self, equation: LayerEquation, term: Direct, layer: int) -> tuple[Field, int, Real]:
        """(field, depth, coefficient) of a linear direct term."""
        carried = term.carried_field
        if carried is None:
            raise NonlinearSkip(equation.field.name)
        return carried._replace(depth=0), carried.depth, self.scalars(term.coefficient, layer)

    def site(self, term: WeightedSum, sample: Sample, layer: int) -> Polynomial:
        """coefficient * phi of a weighted term that makes ``layer``, in jets of the layers below; zero if absent."""
        key = (term, sample, layer)
        if key not in self._sites:
            present = site_at_layer(term.site, layer)
            jets = Polynomial() if present is None else self._jets(present, sample, layer)
            scaled = dict(self._numbers_in(jets, layer))
            factor = self.scalars(term.coefficient, layer)
            self._sites[key] = Polynomial({m: c * factor for m, c in scaled.items()})
        return self._sites[key]

    def _jets(self, site: SiteFunction, sample: Sample, layer: int) -> Polynomial:
        jets = site_jets(site, lambda node: Leg(Field(node.field), Past(sample, layer - 1 - node.depth)))
        jets = jets.map_atoms(lambda atom: self._at_one_field(atom, layer))
        kept = {m: c for m, c in jets if not any(self._vanishes(atom) for atom, _ in m)}
        return Polynomial(kept).map_atoms(lambda atom: self._named_by_layer(atom, layer))

    def _named_by_layer(self, atom: Atom, layer: int) -> Polynomial | None:
        """A function with hyperparameters in it is one of its own in every layer: sigma(c z) may have a new c there."""
        if not isinstance(atom, Jet) or isinstance(atom.function, str):
            return None
        formula, symbols = with_named_scalars(atom.function)
        names = {name: f"{name} at {layer}" for name in symbols if name != VARIABLE.name}
        self._placed |= {new: (symbols[name], layer) for name, new in names.items()}

        def renamed(node: Expression) -> Expression | None:
            return Name(names[node.name]) if isinstance(node, Name) and node.name in names else None

        return Polynomial.atom(replace(atom, function=rewritten(formula, renamed))) if names else None

    def _at_one_field(self, atom: Atom, layer: int) -> Polynomial | None:
        """A function of a combination of fields, of several layers too, as one of a field of the highest of them."""
        if not isinstance(atom, Jet) or not isinstance(atom.leg, CombinedLeg):
            return None
        parts = [(leg, self.scalars(slope, layer)) for leg, slope in atom.leg.parts]
        top = max(leg.past.layer for leg, _ in parts)
        combination = tuple((leg.field, top - leg.past.layer, slope) for leg, slope in parts)
        name = self._names.setdefault(combination, Field(f"combination {len(self._names)}"))
        self._combinations[name] = combination
        return Polynomial.atom(replace(atom, leg=Leg(name, atom.leg.past._replace(layer=top))))

    def branches_of(self, of: Field, layer: int, branch: int) -> Coefficients:
        """Branch field of the layer ``branch`` -> coefficient in a field, or a combination of fields, of ``layer``."""
        if of not in self._combinations:
            return self.mixing(layer, branch).get(of, {})
        total: Coefficients = {}
        for part, below, slope in self._combinations[of]:
            for branch_field, coefficient in self.mixing(layer - below, branch).get(part, {}).items():
                total[branch_field] = total.get(branch_field, Fraction(0)) + slope * coefficient
        return {name: value for name, value in total.items() if value}

    def _vanishes(self, atom: Atom) -> bool:
        """A field that layer 1 does not have: it is linear in its parameters."""
        return isinstance(atom, FieldValue) and atom.leg.past.layer == 1 and not self._first_terms[atom.leg.field]

    @cached_property
    def _first_terms(self) -> dict[Field, int]:
        return {equation.field: len(equation.terms) for equation in self.system.model.architecture.first}

    def _numbers_in(self, jets: Polynomial, layer: int) -> list[tuple[Monomial, Real]]:
        found: dict[Monomial, Real] = {}
        for scalars, factors in terms(jets):
            found[factors] = found.get(factors, Fraction(0)) + self.scalars(scalars, layer)
        return list(found.items())

    def covariance_averages(self, level: int, left: Leg, right: Leg) -> list[tuple[Real, Average]]:
        """C_W N(phi phi, level - 1) for every pair of weighted terms that share their weights."""
        return [] if level == 1 else self._covariance_made(level, left, right)[1]

    def _covariance_made(self, level: int, left: Leg, right: Leg) -> tuple[Real, list[tuple[Real, Average]]]:
        """The covariance of the branches of a layer above the first: what the biases make, and the averages."""
        key = (level, left, right)
        if key not in self._made:
            constant: Real = Fraction(0)
            averages: list[tuple[Real, Average]] = []
            for s, t in product(self.equations[left.field].terms, self.equations[right.field].terms):
                match s:
                    case Bias():
                        constant += self._of_biases(s, t, level)
                    case WeightedSum():
                        averages += self._of_weights(s, t, left.at, right.at, level)
                    case Direct():
                        pass  # what is carried over belongs to the branches of the layers below
                    case _:
                        assert_never(s)
            self._made[key] = (constant, averages)
        return self._made[key]

    def _of_biases(self, s: Bias, t: LayerTerm, level: int) -> Real:
        if s.parameters != t.parameters:
            return Fraction(0)
        (biases,) = s.parameters
        return self.scalars(s.coefficient * t.coefficient * biases.variance, level)

    def _of_weights(
        self, s: WeightedSum, t: LayerTerm, left: Sample, right: Sample, level: int
    ) -> list[tuple[Real, Average]]:
        match t:
            case WeightedSum() if s.parameters == t.parameters:
                (weights,) = s.parameters
                jets = self.site(s, left, level) * self.site(t, right, level)
                if not jets:
                    return []
                reach = max((leg.past.layer for leg in legs_of(jets)), default=0)
                return [(self.scalars(weights.variance, level), Average(Integrand(jets), reach))]
            case WeightedSum() | Bias() | Direct():
                return []
            case _:
                assert_never(t)

    def kernel(self, level: int, left: Leg, right: Leg) -> Real:
        """K^level: the leading covariance of the branches of a layer; each direction is symmetric about zero."""
        if left.field.along != right.field.along:
            return Fraction(0)
        first, second = sorted((left, right))
        key = (level, first, second)
        if key not in self._kernels:
            if level == 1:
                self._kernels[key] = self.first_covariance(left, right)
            else:
                total, averages = self._covariance_made(level, left, right)
                for coefficient, average in averages:
                    total += coefficient * self.mean(average.integrand)
                self._kernels[key] = within_size(total)
        return self._kernels[key]

    def field_covariance(self, a: Leg, b: Leg, share: int) -> Real:
        """Leading covariance of two fields of one neuron's history that share their branches up to ``share``."""
        key = (a, b, share)
        if key not in self._covariances:
            self._covariances[key] = self._field_covariance(a, b, share)
        return self._covariances[key]

    def _field_covariance(self, a: Leg, b: Leg, share: int) -> Real:
        total: Real = Fraction(0)
        for branch in range(1, min(a.past.layer, b.past.layer, share) + 1):
            for g, p in self.branches_of(a.field, a.past.layer, branch).items():
                for h, q in self.branches_of(b.field, b.past.layer, branch).items():
                    total += p * q * self.kernel(branch, Leg(g, a.past.sample), Leg(h, b.past.sample))
        return total

    def branch_derivatives(
        self, integrand: Integrand, copies: tuple[int, ...], level: int
    ) -> list[tuple[Leg, Real, Integrand]]:
        key = (integrand, copies, level)
        if key not in self._slopes:
            self._slopes[key] = self._branch_derivatives(integrand, copies, level)
        return self._slopes[key]

    def _branch_derivatives(
        self, integrand: Integrand, copies: tuple[int, ...], level: int
    ) -> list[tuple[Leg, Real, Integrand]]:
        found = []
        for leg in sorted(legs_of(integrand.jets), key=lambda item: item.sort_key):
            if leg.past.copy not in copies or leg.past.layer < level:
                continue
            for branch_field, coefficient in self.branches_of(leg.field, leg.past.layer, level).items():
                derived = self._derivative(integrand, leg)
                if derived.jets:
                    found.append((Leg(branch_field, leg.past.sample), coefficient, derived))
        return found

    def _derivative(self, integrand: Integrand, leg: Leg) -> Integrand:
        if self._is_smooth or not any(isinstance(a, Jet) and a.leg == leg for a in integrand.jets.atoms()):
            return replace(integrand, jets=differentiate(integrand.jets, leg))
        derivatives = tuple(sorted((*integrand.derivatives, leg), key=lambda item: item.sort_key))
        return replace(integrand, derivatives=derivatives)

    @cached_property
    def _is_smooth(self) -> bool:
        """No site function has a kink, so derivatives may be carried out by the product rule."""
        for site in self.system.model.sites:
            jets = site_jets(site, lambda node: Leg(Field(node.field), Past(Sample(1), -node.depth)))
            functions = [atom.function for atom in jets.atoms() if isinstance(atom, Jet)]
            if any(self.activations.activation(function).kinks for function in functions):
                return False
        return True

    def most_legs(self, integrand: Integrand, copies: tuple[int, ...], level: int) -> int | None:
        degree = 0
        for monomial, _ in integrand.jets:
            total = 0
            for atom, exponent in monomial:
                if not isinstance(atom, (Jet, FieldValue)) or not self._depends(atom.leg, copies, level):
                    continue
                if isinstance(atom, FieldValue):
                    total += exponent
                    continue
                activation = self.activations.activation(atom.function)
                coefficients = activation.polynomial_coefficients()
                if coefficients is None:
                    return None
                total += exponent * max(len(coefficients) - 1 - atom.order, 0)
            degree = max(degree, total)
        return degree

    def _depends(self, leg: Leg, copies: tuple[int, ...], level: int) -> bool:
        return leg.past.copy in copies and bool(self.branches_of(leg.field, leg.past.layer, level))

    def mean(self, integrand: Integrand) -> Real:
        if integrand not in self._means:
            self._means[integrand] = self._evaluate(integrand)
        return self._means[integrand]

    def _evaluate(self, integrand: Integrand) -> Real:
        total: Real = Fraction(0)
        for monomial, coefficient in integrand.jets:
            total += coefficient * self._monomial_mean(cast(Factors, monomial), integrand)
        return total

    def _monomial_mean(self, monomial: Factors, integrand: Integrand) -> Real:
        legs = _legs(monomial)
        number: dict[Leg, int] = {leg: k for k, leg in enumerate(legs)}
        if any(leg not in number for leg in integrand.derivatives):
            return Fraction(0)
        if not legs:
            return Fraction(1)
        linear = next((leg for leg in legs if self._is_linear(leg, monomial, integrand)), None)
        if linear is not None:
            return self._without_linear(linear, monomial, integrand)
        matrix = tuple(
            tuple(self.field_covariance(a, b, integrand.share(a.past.copy, b.past.copy)) for b in legs) for a in legs
        )
        moment = self.activations.moment(monomial, legs, [number[leg] for leg in integrand.derivatives])
        key = (moment, matrix, is_exact(matrix))  # Fraction(1) and mpf(1) are equal as keys
        if key not in self._means:
            self._means[key] = moment_value(moment, matrix, self.setting.averages)
        return self._means[key]

    @staticmethod
    def _is_linear(leg: Leg, monomial: Factors, integrand: Integrand) -> bool:
        at_leg = [(atom, exponent) for atom, exponent in monomial if atom.leg == leg]
        return at_leg == [(FieldValue(leg), 1)] and leg not in integrand.derivatives

    def _without_linear(self, linear: Leg, monomial: Factors, integrand: Integrand) -> Real:
        """<z_v F> = sum_b K_vb <∂_b F>: the variance of z_v itself is not asked for, and need not exist."""
        rest = tuple((atom, exponent) for atom, exponent in monomial if atom.leg != linear)
        total: Real = Fraction(0)
        for leg in _legs(rest):
            covariance = self.field_covariance(linear, leg, integrand.share(linear.past.copy, leg.past.copy))
            if covariance:
                derived = self._derivative(replace(integrand, jets=Polynomial({rest: Fraction(1)})), leg)
                total += covariance * self.mean(derived)
        return total


def _legs(monomial: Factors) -> list[Leg]:
    return sorted({atom.leg for atom, _ in monomial}, key=lambda leg: leg.sort_key)
