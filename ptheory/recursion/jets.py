"""Site functions as polynomials in jets: f^(m)(z_a) for each activation f, explicit preactivations, hyperparameters.

A formula that is a polynomial in activations of single fields is opened up; anything else that depends on one field
(a quotient, a composite such as sigma(2*z+1), a piecewise formula) is one opaque function of that field. This is where
products such as sigma(u) v, and derivatives acting on them, become sums of products.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import Any

from ptheory.algebra.hashing import hash_once
from ptheory.algebra.polynomial import Polynomial, Symbol
from ptheory.language.expressions import (
    Add,
    Call,
    Divide,
    Expression,
    FieldAt,
    Indexed,
    Multiply,
    Name,
    Negate,
    Number,
    Power,
)
from ptheory.networks.architecture import SiteFunction
from ptheory.networks.scalars import layered_symbol
from ptheory.recursion.tensors import Expectation, Leg, SiteFactor

VARIABLE = Name("z")  # the placeholder of an opaque formula


@dataclass(frozen=True)
class Jet:
    """f^(order) at one field and sample; ``function`` is an activation's name or a formula in ``VARIABLE``."""

    function: str | Expression
    order: int
    leg: Leg

    __hash__ = hash_once

    @cached_property
    def sort_key(self) -> tuple[Any, ...]:
        return (6, *self.leg.sort_key, str(self.function), self.order)

    def __str__(self) -> str:
        return f"{self.function}{chr(39) * self.order}({self.leg})"


@dataclass(frozen=True)
class FieldValue:
    """The preactivation itself, z_a."""

    leg: Leg

    __hash__ = hash_once

    @cached_property
    def sort_key(self) -> tuple[Any, ...]:
        return (5, *self.leg.sort_key)

    def __str__(self) -> str:
        return str(self.leg)


@dataclass(frozen=True)
class Scalar:
    """A constant formula that is no rational number and no hyperparameter: sqrt(2), exp(-1), sqrt(C_W[l+1])."""

    formula: Expression

    @cached_property
    def sort_key(self) -> tuple[Any, ...]:
        return (1, str(self.formula), 0)


@dataclass(frozen=True)
class CombinedLeg(Leg):
    """A linear combination of fields at one neuron and sample: the argument of sigma(u + c*v). ``field`` is a label."""

    parts: tuple[tuple[Leg, Polynomial], ...] = ()

    @property
    def sort_key(self) -> tuple[Any, ...]:
        return (self.field, self.sample, str(self.parts))


class NotAFunctionOfOneField(ValueError):
    """A non-polynomial formula mixes several fields, so it is no function of one Gaussian variable."""

    def __init__(self, formula: Expression) -> None:
        super().__init__("a function of several fields that is not a polynomial in functions of one field each")
        self.formula = formula


def expand_factors(sites: tuple[SiteFunction, ...], factors: Iterable[SiteFactor]) -> Polynomial:
    """prod_k ∂^{d_k} phi_k(sample a_k) as a polynomial in jets of single fields. Raises NotAFunctionOfOneField."""
    return _product_of_sites(sites, factors, expand_formula)


def expand_factors_of_combinations(sites: tuple[SiteFunction, ...], factors: Iterable[SiteFactor]) -> Polynomial:
    """The same where functions of linear combinations of fields are allowed."""
    return _product_of_sites(
        sites, factors, lambda formula, sample: expand_formula_at(formula, lambda node: Leg(node.field, sample))
    )


def _product_of_sites(
    sites: tuple[SiteFunction, ...],
    factors: Iterable[SiteFactor],
    expand: Callable[[Expression, int], Polynomial],
) -> Polynomial:
    product = Polynomial.constant(1)
    for factor in factors:
        jets = expand(sites[factor.site].formula, factor.sample)
        for field in factor.derivatives:
            jets = differentiate(jets, Leg(field, factor.sample))
        product = product * jets
    return product


def expand_expectation(sites: tuple[SiteFunction, ...], expected: Expectation) -> Polynomial:
    """The integrand of an expectation with its derivatives carried out by the product rule."""
    integrand = expand_factors(sites, expected.factors)
    for leg in expected.derivatives:
        integrand = differentiate(integrand, leg)
    return integrand


def differentiate(jets: Polynomial, leg: Leg) -> Polynomial:
    """∂/∂(field at sample) of a polynomial in jets."""
    parts = []
    for monomial, coefficient in jets:
        for k, (atom, exponent) in enumerate(monomial):
            if isinstance(atom, Jet) and slope_in(atom.leg, leg):
                inner = Polynomial.atom(Jet(atom.function, atom.order + 1, atom.leg)) * slope_in(atom.leg, leg)
            elif isinstance(atom, FieldValue) and atom.leg == leg:
                inner = Polynomial.constant(1)
            else:
                continue
            rest = list(monomial)
            rest[k : k + 1] = [(atom, exponent - 1)] if exponent > 1 else []
            parts.append(Polynomial({tuple(rest): coefficient * exponent}) * inner)
    return Polynomial.sum(parts)


def slope_in(variable: Leg, leg: Leg) -> Polynomial:
    """d variable / d leg: one, a coefficient of a combination, or zero."""
    if isinstance(variable, CombinedLeg):
        return dict(variable.parts).get(leg, Polynomial())
    return Polynomial.constant(1) if variable == leg else Polynomial()


LegOf = Callable[[FieldAt], Leg]


def expand_formula(formula: Expression, sample: int) -> Polynomial:
    """A site function's formula at one sample as a polynomial in jets, field values and hyperparameters.

    Raises NotAFunctionOfOneField where a part is neither polynomial nor a function of a single field.
    """
    jets = expand_formula_at(formula, lambda node: Leg(node.field, sample))
    if any(isinstance(atom, Jet) and isinstance(atom.leg, CombinedLeg) for atom in jets.atoms()):
        raise NotAFunctionOfOneField(formula)
    return jets


def expand_formula_at(formula: Expression, leg_of: LegOf) -> Polynomial:
    """The same with the legs of the fields given by ``leg_of``; functions of linear combinations are jets too."""
    match formula:
        case Number(value):
            return Polynomial.constant(value)
        case Name(name):
            return Polynomial.atom(Symbol(name))
        case Indexed():
            return Polynomial.atom(layered_symbol(formula))
        case FieldAt():
            return Polynomial.atom(FieldValue(leg_of(formula)))
        case Negate(operand):
            return -expand_formula_at(operand, leg_of)
        case Add(terms):
            return Polynomial.sum(expand_formula_at(term, leg_of) for term in terms)
        case Multiply(factors):
            product = Polynomial.constant(1)
            for factor in factors:
                product = product * expand_formula_at(factor, leg_of)
            return product
        case Power(base, Number(exponent)) if exponent.denominator == 1 and exponent >= 0:
            return expand_formula_at(base, leg_of) ** int(exponent)
        case Divide(numerator, denominator) if not fields_in(denominator):
            below = expand_formula_at(denominator, leg_of)
            if len(below) == 1:
                return expand_formula_at(numerator, leg_of) * below.inverse_monomial()
        case Call(function, (FieldAt() as argument,), primes):
            return Polynomial.atom(Jet(function, primes, leg_of(argument)))
    found = {leg_of(node): node for node in walk(formula) if isinstance(node, FieldAt)}
    if not found:
        return Polynomial.atom(Scalar(formula))
    if len(found) != 1:
        return function_of_combination(formula, leg_of)
    return Polynomial.atom(Jet(in_variable(formula), 0, next(iter(found))))


def function_of_combination(formula: Expression, leg_of: LegOf) -> Polynomial:
    """f(linear combination of several fields + constant) as a jet of that combination.

    Raises NotAFunctionOfOneField for anything else.
    """
    if not isinstance(formula, Call) or len(formula.arguments) != 1:
        raise NotAFunctionOfOneField(formula)
    parts: dict[Leg, Polynomial] = {}
    shift = Polynomial()
    for monomial, coefficient in expand_formula_at(formula.arguments[0], leg_of):
        jets = [(atom, exponent) for atom, exponent in monomial if isinstance(atom, (Jet, FieldValue))]
        scalars = Polynomial({tuple(p for p in monomial if not isinstance(p[0], (Jet, FieldValue))): coefficient})
        if not jets:
            shift = shift + scalars
        elif len(jets) == 1 and isinstance(jets[0][0], FieldValue) and jets[0][1] == 1:
            leg = jets[0][0].leg
            parts[leg] = parts.get(leg, Polynomial()) + scalars
        else:
            raise NotAFunctionOfOneField(formula)
    if shift and not shift.is_constant:
        raise NotAFunctionOfOneField(formula)
    ordered = tuple(sorted(parts.items(), key=lambda item: item[0].sort_key))
    combined = CombinedLeg("+".join(leg.field for leg, _ in ordered), ordered[0][0].sample, ordered)
    if not shift:
        return Polynomial.atom(Jet(formula.function, formula.primes, combined))
    moved = Call(formula.function, (Add((VARIABLE, Number(shift.constant_term))),), formula.primes)
    return Polynomial.atom(Jet(moved, 0, combined))


def fields_in(formula: Expression) -> tuple[str, ...]:
    """The fields a formula reads, in order of first appearance."""
    found: dict[str, None] = {}
    for node in walk(formula):
        if isinstance(node, FieldAt):
            found.setdefault(node.field)
    return tuple(found)


def walk(node: Any) -> Iterable[Expression]:
    """Every expression node of a tree, the root first."""
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, Expression):
            yield current
            pending.extend(getattr(current, f.name) for f in reversed(fields(current)) if f.name != "span")
        elif isinstance(current, tuple):
            pending.extend(reversed(current))


def in_variable(formula: Expression) -> Expression:
    """The formula of one field as a formula of the placeholder variable."""
    if isinstance(formula, FieldAt):
        return VARIABLE
    if not is_dataclass(formula):
        return formula
    changed: dict[str, Any] = {}
    for item in fields(formula):
        value = getattr(formula, item.name)
        if isinstance(value, Expression):
            changed[item.name] = in_variable(value)
        elif isinstance(value, tuple):
            changed[item.name] = tuple(_in_variable_nested(part) for part in value)
        elif item.name != "span":
            changed[item.name] = value
    return type(formula)(**changed)


def _in_variable_nested(part: Any) -> Any:
    if isinstance(part, tuple):
        return tuple(_in_variable_nested(inner) for inner in part)
    return in_variable(part) if isinstance(part, Expression) else part
