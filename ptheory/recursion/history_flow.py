"""Numbers for networks with skip connections, from the reduction in ``histories``: the same interface as ``Flow``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import Any

from ptheory.algebra.partitions import moebius_coefficient, set_partitions
from ptheory.algebra.polynomial import Polynomial
from ptheory.expectations import Moment
from ptheory.language.expressions import FieldAt
from ptheory.networks.architecture import LayerEquation, LayerTerm
from ptheory.recursion.closure import OpenHierarchy
from ptheory.recursion.flow import Flow, FlowSetting
from ptheory.recursion.histories import Average, CumulantTable, HistoryLeg, Integrand, falling_ratio_series, legs_of
from ptheory.recursion.jets import (
    CombinedLeg,
    FieldValue,
    Jet,
    NotAFunctionOfOneField,
    differentiate,
    expand_formula_at,
)
from ptheory.recursion.layer_maps import NonlinearSkip, required_rate
from ptheory.recursion.moments import MomentTable, moment_value, substitute_scalars
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensors import Leg, Tensor

Coefficients = dict[tuple[str, str], Any]  # (field, branch field) -> number


@dataclass
class HistoryFlow:
    """Tensor components of a network with (linear) skip connections, at equal widths, to any order in 1/n."""

    system: RecursionSystem
    setting: FlowSetting
    _kernels: dict[tuple[int, Leg, Leg], Any] = field(default_factory=dict)
    _kernel_averages: dict[tuple[int, Leg, Leg], Any] = field(default_factory=dict)
    _means: dict[Any, Any] = field(default_factory=dict)
    _mixing: dict[tuple[int, int], Coefficients] = field(default_factory=dict)
    _sites: dict[Any, Polynomial] = field(default_factory=dict)
    _tangent: dict[Any, Any] = field(default_factory=dict)

    @cached_property
    def cumulants(self) -> CumulantTable:
        return CumulantTable(self)

    @cached_property
    def activations(self) -> MomentTable:
        """Resolves the activations that jets name."""
        return MomentTable(
            self.system.model.sites,
            self.setting.activations,
            lambda atom: self.setting.scalar(atom, 1),
            self.setting.digits,
        )

    @cached_property
    def equations(self) -> dict[str, LayerEquation]:
        return {equation.field: equation for equation in self.system.model.architecture.layers}

    # -- tensors ------------------------------------------------------------------------------------------------
    def value(self, layer: int, target: Tensor) -> Any:
        """The component ``target`` of the fields of ``layer``, as ``Flow.value`` gives it. Raises NonlinearSkip."""
        if all(component.is_covariance for component in target.components):
            pairs = [tuple(component.legs) for component in target.components]
            return self._connected(layer, pairs, target.power)
        (component, *more) = target.components
        kinds = [observable.kind for observable in component.observables]
        if not more and len(kinds) == 1 and len(kinds[0].edges) == 1 and target.order == 0:
            return self.tangent_kernel(layer, *component.legs)
        raise OpenHierarchy(self.system.model.architecture.name, target)

    def _connected(self, layer: int, pairs: Sequence[tuple[Leg, ...]], power: int) -> Any:
        """Joint cumulant of the fields at neurons that differ between pairs and agree within each."""
        slots = [(neuron, leg) for neuron, legs in enumerate(pairs) for leg in legs]
        total: Any = Fraction(0)
        for partition in set_partitions(slots):
            series = [Fraction(moebius_coefficient(len(partition))), *([Fraction(0)] * power)]
            for block in partition:
                moment = self._moment_at_distinct_neurons(layer, block, power)
                series = [sum((series[j] * moment[k - j] for j in range(k + 1)), Fraction(0)) for k in range(power + 1)]
                if not any(series):
                    break
            total += series[power]
        return total

    def _moment_at_distinct_neurons(self, layer: int, slots: Sequence[tuple[int, Leg]], power: int) -> list[Any]:
        """E[product of fields at the slots' neurons] as a series in 1/n: distinct neurons from averages over all."""
        fields: dict[int, list[Leg]] = {}
        for neuron, leg in slots:
            fields.setdefault(neuron, []).append(leg)
        factors = []
        for legs in fields.values():
            jets = Polynomial.constant(1)
            for leg in legs:
                jets = jets * Polynomial.atom(FieldValue(HistoryLeg(leg.field, leg.sample, layer)))
            factors.append(jets)
        total: list[Any] = [Fraction(0)] * (power + 1)
        for partition in set_partitions(factors):
            weight = 1
            averages = []
            for block in partition:
                weight *= moebius_coefficient(len(block))
                jets = Polynomial.constant(1)
                for factor in block:
                    jets = jets * factor
                averages.append(Average(Integrand(jets), layer))
            ratio = falling_ratio_series(len(partition), len(factors), power)
            moment = self._moment(averages, power)
            for k in range(power + 1):
                total[k] += weight * sum((ratio[j] * moment[k - j] for j in range(k + 1)), Fraction(0))
        return total

    def _moment(self, averages: Sequence[Average], power: int) -> list[Any]:
        total: list[Any] = [Fraction(0)] * (power + 1)
        for partition in set_partitions(list(averages)):
            series: list[Any] = [Fraction(1), *([Fraction(0)] * power)]
            for block in partition:
                cumulant = [self.cumulants.cumulant(block, k) for k in range(power + 1)]
                series = [
                    sum((series[j] * cumulant[k - j] for j in range(k + 1)), Fraction(0)) for k in range(power + 1)
                ]
            total = [a + b for a, b in zip(total, series, strict=True)]
        return total

    # -- the laws the reduction asks for ------------------------------------------------------------------------
    def mixing(self, layer: int, branch: int) -> Coefficients:
        """A^(layer, branch): how the fields of a layer are made of the branches of a layer at or below it."""
        if branch > layer or branch < 1:
            return {}
        if (layer, branch) not in self._mixing:
            found: Coefficients = {}
            for name, equation in self.equations.items():
                if layer == branch:
                    found[name, name] = Fraction(1)
                    continue
                for term in equation.terms:
                    if term.parameter is not None:
                        continue
                    source, depth, factor = self._direct(equation, term, layer)
                    for (field_name, branch_field), value in self.mixing(layer - 1 - depth, branch).items():
                        if field_name == source:
                            key = (name, branch_field)
                            found[key] = found.get(key, Fraction(0)) + factor * value
            self._mixing[layer, branch] = {key: value for key, value in found.items() if value}
        return self._mixing[layer, branch]

    def _direct(self, equation: LayerEquation, term: LayerTerm, layer: int) -> tuple[str, int, Any]:
        """(field, depth, coefficient) of a linear direct term."""
        assert term.site is not None
        if not isinstance(term.site.formula, FieldAt):
            raise NonlinearSkip(equation.field)
        return term.site.formula.field, term.site.formula.depth, self._scalars(term.coefficient, layer)

    def _scalars(self, polynomial: Polynomial, layer: int) -> Any:
        return substitute_scalars(polynomial, lambda atom: self.setting.scalar(atom, layer))

    def site(self, term: LayerTerm, sample: int, layer: int) -> Polynomial:
        """coefficient * phi of a weighted term that makes ``layer``, in jets of the layers below; zero if absent."""
        key = (term, sample, layer)
        if key not in self._sites:
            assert term.site is not None
            jets = expand_formula_at(
                term.site.formula, lambda node: HistoryLeg(node.field, sample, layer - 1 - node.depth)
            )
            if any(isinstance(atom, Jet) and isinstance(atom.leg, CombinedLeg) for atom in jets.atoms()):
                raise NotAFunctionOfOneField(term.site.formula)
            absent = any(layer - 1 - depth < 1 for _, depth in term.site.fields)
            scaled = {} if absent else dict(self._numbers_in(jets, layer))
            factor = self._scalars(term.coefficient, layer)
            self._sites[key] = Polynomial({m: c * factor for m, c in scaled.items()})
        return self._sites[key]

    def _numbers_in(self, jets: Polynomial, layer: int) -> list[tuple[Any, Any]]:
        found: dict[Any, Any] = {}
        for monomial, rational in jets:
            coefficient: Any = rational
            kept = []
            for atom, exponent in monomial:
                if isinstance(atom, (Jet, FieldValue)):
                    kept.append((atom, exponent))
                else:
                    coefficient = coefficient * self.setting.scalar(atom, layer) ** exponent
            found[tuple(kept)] = found.get(tuple(kept), Fraction(0)) + coefficient
        return list(found.items())

    def covariance_averages(self, level: int, left: Leg, right: Leg) -> list[tuple[Any, Average]]:
        """C_W N(phi phi, level - 1) for every pair of weighted terms that share their weights."""
        if level == 1:
            return []
        found: list[tuple[Any, Average]] = []
        for s, t in product(self.equations[left.field].terms, self.equations[right.field].terms):
            if s.parameter is None or s.parameter != t.parameter or s.site is None or t.site is None:
                continue
            jets = self.site(s, left.sample, level) * self.site(t, right.sample, level)
            if jets:
                reach = max((leg.layer for leg in legs_of(jets)), default=0)
                found.append((self._scalars(s.parameter.variance, level), Average(Integrand(jets), reach)))
        return found

    def kernel(self, level: int, left: Leg, right: Leg) -> Any:
        """K^level: the leading covariance of the branches of a layer."""
        first, second = sorted((left, right))
        key = (level, first, second)
        if key not in self._kernels:
            if level == 1:
                plain = Flow(self.system, self.setting)
                self._kernels[key] = plain.kernel(1, left, right)
            else:
                total = self._bias(level, left, right)
                for coefficient, average in self.covariance_averages(level, left, right):
                    total += coefficient * self.mean(average.integrand)
                self._kernels[key] = total
        return self._kernels[key]

    def _bias(self, level: int, left: Leg, right: Leg) -> Any:
        total: Any = Fraction(0)
        for s, t in product(self.equations[left.field].terms, self.equations[right.field].terms):
            if s.parameter is not None and s.parameter == t.parameter and s.site is None and t.site is None:
                total += self._scalars(s.coefficient * t.coefficient * s.parameter.variance, level)
        return total

    def field_covariance(self, a: HistoryLeg, b: HistoryLeg, share: int) -> Any:
        """Leading covariance of two fields of one neuron's history that share their branches up to ``share``."""
        total: Any = Fraction(0)
        for branch in range(1, min(a.layer, b.layer, share) + 1):
            for (name, g), p in self.mixing(a.layer, branch).items():
                if name != a.field:
                    continue
                for (other, h), q in self.mixing(b.layer, branch).items():
                    if other == b.field:
                        total += p * q * self.kernel(branch, Leg(g, a.sample), Leg(h, b.sample))
        return total

    def branch_derivatives(
        self, integrand: Integrand, groups: tuple[int, ...], level: int
    ) -> list[tuple[Leg, Any, Integrand]]:
        found = []
        for leg in sorted(legs_of(integrand.jets), key=lambda item: item.sort_key):
            if leg.group not in groups or leg.layer < level:
                continue
            for (name, branch_field), coefficient in self.mixing(leg.layer, level).items():
                if name != leg.field:
                    continue
                derived = self._derivative(integrand, leg)
                if derived.jets:
                    found.append((Leg(branch_field, leg.sample), coefficient, derived))
        return found

    def _derivative(self, integrand: Integrand, leg: HistoryLeg) -> Integrand:
        if self._is_smooth:
            return Integrand(differentiate(integrand.jets, leg), integrand.derivatives, integrand.shares)
        derivatives = tuple(sorted((*integrand.derivatives, leg), key=lambda item: item.sort_key))
        return Integrand(integrand.jets, derivatives, integrand.shares)

    @cached_property
    def _is_smooth(self) -> bool:
        """No site function has a kink, so derivatives may be carried out by the product rule."""
        for site in self.system.model.sites:
            jets = expand_formula_at(site.formula, lambda node: Leg(node.field, 1))
            functions = [atom.function for atom in jets.atoms() if isinstance(atom, Jet)]
            if any(self.activations.activation(function).kinks for function in functions):
                return False
        return True

    def most_pairs(self, integrand: Integrand, groups: tuple[int, ...], level: int) -> int | None:
        degree = 0
        for monomial, _ in integrand.jets:
            total = 0
            for atom, exponent in monomial:
                if not isinstance(atom, (Jet, FieldValue)) or not self._depends(atom.leg, groups, level):
                    continue
                if isinstance(atom, FieldValue):
                    total += exponent
                    continue
                activation = self.activations.activation(atom.function)
                if not activation.is_polynomial:
                    return None
                total += exponent * max(len(activation.polynomial_coefficients()) - 1 - atom.order, 0)
            degree = max(degree, total)
        return degree // 2

    def _depends(self, leg: Any, groups: tuple[int, ...], level: int) -> bool:
        return leg.group in groups and any(name == leg.field for name, _ in self.mixing(leg.layer, level))

    def mean(self, integrand: Integrand) -> Any:
        if integrand not in self._means:
            self._means[integrand] = self._evaluate(integrand)
        return self._means[integrand]

    def _evaluate(self, integrand: Integrand) -> Any:
        legs = sorted(legs_of(integrand.jets), key=lambda item: item.sort_key)
        variable: dict[Any, HistoryLeg] = {}
        merged = False
        for leg in legs:
            twin = next(
                (
                    v
                    for v in dict.fromkeys(variable.values())
                    if (v.field, v.sample, v.layer) == (leg.field, leg.sample, leg.layer)
                    and integrand.share(v.group, leg.group) >= leg.layer
                ),
                leg,
            )
            variable[leg] = twin
            merged = merged or twin is not leg
        jets, derivatives = integrand.jets, integrand.derivatives
        if merged:
            for leg in derivatives:
                jets = differentiate(jets, leg)
            derivatives = ()
        total: Any = Fraction(0)
        for monomial, coefficient in jets:
            total += coefficient * self._monomial_mean(monomial, derivatives, variable, integrand)
        return total

    def _monomial_mean(
        self,
        monomial: Any,
        derivatives: Sequence[HistoryLeg],
        variable: dict[Any, HistoryLeg],
        integrand: Integrand,
    ) -> Any:
        legs = sorted({variable[atom.leg] for atom, _ in monomial}, key=lambda item: item.sort_key)
        number = {leg: k for k, leg in enumerate(legs)}
        if any(variable[leg] not in number for leg in derivatives):
            return Fraction(0)
        if not legs:
            return Fraction(1)
        factors: list[tuple[Any, int, int]] = []
        powers = [0] * len(legs)
        for atom, exponent in monomial:
            if isinstance(atom, Jet):
                factors += [
                    (self.activations.activation(atom.function), atom.order, number[variable[atom.leg]])
                ] * exponent
            else:
                powers[number[variable[atom.leg]]] += exponent
        matrix = tuple(
            tuple(self.field_covariance(a, b, integrand.share(a.group, b.group)) for b in legs) for a in legs
        )
        moment = Moment(tuple(factors), tuple(powers), tuple(number[variable[leg]] for leg in derivatives))
        key = (moment, matrix)
        if key not in self._means:
            self._means[key] = moment_value(moment, matrix, self.setting.digits)
        return self._means[key]

    # -- the neural tangent kernel at leading order --------------------------------------------------------------
    def tangent_kernel(self, layer: int, left: Leg, right: Leg) -> Any:
        """Leading mean of H = sum rate ∂z ∂z at one neuron of ``layer``: branches of different layers do not mix."""
        a, b = HistoryLeg(left.field, left.sample, layer), HistoryLeg(right.field, right.sample, layer)
        return self._field_tangent(a, b)

    def _field_tangent(self, a: HistoryLeg, b: HistoryLeg) -> Any:
        total: Any = Fraction(0)
        for branch in range(1, min(a.layer, b.layer) + 1):
            for (name, g), p in self.mixing(a.layer, branch).items():
                for (other, h), q in self.mixing(b.layer, branch).items():
                    if name == a.field and other == b.field:
                        total += p * q * self._branch_tangent(branch, Leg(g, a.sample), Leg(h, b.sample))
        return total

    def _branch_tangent(self, level: int, left: Leg, right: Leg) -> Any:
        first, second = sorted((left, right))
        key = (level, first, second)
        if key not in self._tangent:
            self._tangent[key] = (
                self._first_tangent(left, right) if level == 1 else self._next_tangent(level, left, right)
            )
        return self._tangent[key]

    def _first_tangent(self, left: Leg, right: Leg) -> Any:
        plain = Flow(self.system, self.setting)
        return plain.input_overlap(left, right, required_rate, lambda p: p.rate_fan_in)

    def _next_tangent(self, level: int, left: Leg, right: Leg) -> Any:
        total: Any = Fraction(0)
        for s, t in product(self.equations[left.field].terms, self.equations[right.field].terms):
            if s.parameter is None or s.parameter != t.parameter:
                continue
            rate = self._scalars(required_rate(s.parameter), level)
            if s.site is None or t.site is None:
                total += rate * self._scalars(s.coefficient * t.coefficient, level)
                continue
            one, two = self.site(s, left.sample, level), self.site(t, right.sample, level)
            if not one or not two:
                continue
            total += rate * self.mean(Integrand(one * two))
            variance = self._scalars(s.parameter.variance, level)
            for a, b in product(legs_of(one), legs_of(two)):
                slopes = differentiate(one, a) * differentiate(two, b)
                if slopes:
                    total += variance * self.mean(Integrand(slopes)) * self._field_tangent(a, b)
        return total
