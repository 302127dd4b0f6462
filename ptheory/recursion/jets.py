"""Site functions as polynomials in jets: f^(m)(z_a) for each activation f, explicit preactivations, hyperparameters.

A formula that is a polynomial in activations of single fields is opened up; anything else that depends on one field
(a quotient, a composite such as sigma(2*z+1), a piecewise formula) is one opaque function of that field. This is where
products such as sigma(u) v, and derivatives acting on them, become sums of products.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, is_dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from ptheory.algebra.hashing import hash_once
from ptheory.algebra.polynomial import Polynomial, SortKey, Symbol
from ptheory.algebra.refusal import Refusal
from ptheory.language.expressions import (
    Add,
    Call,
    Compare,
    Divide,
    Expression,
    FieldAt,
    Indexed,
    Multiply,
    Name,
    Negate,
    Number,
    Piecewise,
    Power,
)
from ptheory.networks.fields import Field
from ptheory.networks.scalars import layered_symbol
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import Leg
from ptheory.recursion.variables import combined

VARIABLE = Name("z")  # the placeholder of an opaque formula


@dataclass(frozen=True)
class Jet:
    """f^(order) at one field and sample; ``function`` is an activation's name or a formula in ``VARIABLE``."""

    function: str | Expression
    order: int
    leg: Leg

    __hash__ = hash_once

    @cached_property
    def sort_key(self) -> SortKey:
        return (6, *self.leg.sort_key, str(self.function), self.order)

    def __str__(self) -> str:
        return f"{self.function}{chr(39) * self.order}({self.leg})"


@dataclass(frozen=True)
class FieldValue:
    """The preactivation itself, z_a."""

    leg: Leg

    __hash__ = hash_once

    @cached_property
    def sort_key(self) -> SortKey:
        return (5, *self.leg.sort_key)

    def __str__(self) -> str:
        return str(self.leg)


@dataclass(frozen=True)
class Scalar:
    """A constant formula that is no rational number and no hyperparameter: sqrt(2), exp(-1), sqrt(C_W[l+1])."""

    formula: Expression

    @cached_property
    def sort_key(self) -> SortKey:
        return (1, str(self.formula), 0)


class NotAFunctionOfOneField(Refusal):
    """A formula mixes several fields otherwise than in a polynomial or in one linear combination of them."""

    def __init__(self, formula: Expression) -> None:
        super().__init__("a function of several fields that is no function of one linear combination of them")
        self.formula = formula


LegOf = Callable[[FieldAt], Leg]


def expand_formula(formula: Expression, place: Sample) -> Polynomial:
    """A site function's formula at one place as a polynomial in jets, field values and hyperparameters.

    Raises NotAFunctionOfOneField where a part is neither polynomial nor a function of one field or one linear
    combination of fields.
    """
    return expand_formula_at(formula, lambda node: Leg(Field(node.field, node.depth), place))


def expand_formula_at(formula: Expression, leg_of: LegOf) -> Polynomial:
    """The same with the legs of the fields given by ``leg_of``."""
    match formula:
        case Number() | Name() | Indexed() | FieldAt():
            return _leaf(formula, leg_of)
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
    return _opaque(formula, leg_of)


def _leaf(formula: Number | Name | Indexed | FieldAt, leg_of: LegOf) -> Polynomial:
    match formula:
        case Number(value):
            return Polynomial.constant(value)
        case Name(name):
            return Polynomial.atom(Symbol(name))
        case Indexed():
            return Polynomial.atom(layered_symbol(formula))
        case FieldAt():
            return Polynomial.atom(FieldValue(leg_of(formula)))


def _opaque(formula: Expression, leg_of: LegOf) -> Polynomial:
    """What is no polynomial as it stands: a number, a function of one field or of one linear combination of fields."""
    found = {leg_of(node): node for node in walk(formula) if isinstance(node, FieldAt)}
    if not found:
        return Polynomial.atom(Scalar(formula))
    if len(found) == 1:
        return Polynomial.atom(Jet(in_variable(formula), 0, next(iter(found))))
    if isinstance(formula, Divide) and fields_in(formula.numerator):
        reciprocal = replace(formula, numerator=Number(Fraction(1)))
        return expand_formula_at(formula.numerator, leg_of) * expand_formula_at(reciprocal, leg_of)
    return function_of_combination(formula, lambda n: leg_of(n) if isinstance(n, FieldAt) else None)


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


def formula_of(polynomial: Polynomial) -> Expression:
    """A polynomial in hyperparameters and constants as a formula."""
    terms: list[Expression] = []
    for monomial, rational in polynomial.sorted_terms():
        value: Expression = Number(rational)
        for atom, exponent in monomial:
            assert isinstance(atom, (Scalar, Symbol))
            base = atom.formula if isinstance(atom, Scalar) else _symbol_formula(atom)
            power = base if abs(exponent) == 1 else Power(base, Number(Fraction(abs(exponent))))
            if exponent < 0:
                value = Divide(value, power)
            else:
                value = power if value == Number(Fraction(1)) else Multiply((value, power))
        terms.append(value)
    return Add(tuple(terms)) if len(terms) != 1 else terms[0]


def _symbol_formula(symbol: Symbol) -> Expression:
    if symbol.layer is None:
        return Name(symbol.name)
    layer = Name("l")
    at = Add((layer, Number(Fraction(symbol.layer)))) if symbol.layer else layer
    return Indexed(symbol.name, (at,))


# ---- functions of one linear combination of fields --------------------------------------------------------------

LegOfLeaf = Callable[[Expression], Leg | None]


def function_of_combination(formula: Expression, leg_of: LegOfLeaf) -> Polynomial:
    """f(linear combination of fields) as a jet of that combination: tanh(u - v/3), 1/(1 + (u + v)^2), sigma(u + c*v).

    ``leg_of``: the field a leaf of the formula stands for, None for anything else. Raises NotAFunctionOfOneField.
    """
    reader = _Combination(leg_of)
    inner = reader.rewritten(formula)
    if not reader.slopes:  # the fields cancel
        return Polynomial.atom(Scalar(inner))
    variable = combined(reader.slopes.items())
    if isinstance(inner, Call) and inner.arguments == (VARIABLE,):
        return Polynomial.atom(Jet(inner.function, inner.primes, variable))
    return Polynomial.atom(Jet(inner, 0, variable))


@dataclass(frozen=True)
class _Affine:
    slopes: dict[Leg, Polynomial]
    shift: Polynomial

    def scaled(self, factor: Polynomial) -> _Affine:
        return _Affine({leg: factor * slope for leg, slope in self.slopes.items()}, factor * self.shift)

    def plus(self, other: _Affine) -> _Affine:
        legs = {**self.slopes, **other.slopes}
        none = Polynomial()
        slopes = {leg: self.slopes.get(leg, none) + other.slopes.get(leg, none) for leg in legs}
        return _Affine({leg: slope for leg, slope in slopes.items() if slope}, self.shift + other.shift)


class _Combination:
    """Rewrites a formula in ``VARIABLE``: the first linear combination of fields met; others are its multiples."""

    def __init__(self, leg_of: LegOfLeaf) -> None:
        self.leg_of = leg_of
        self.slopes: dict[Leg, Polynomial] = {}

    def rewritten(self, node: Expression) -> Expression:
        if not self._reads(node):
            return node
        affine = self._affine(node)
        if affine is not None:
            return self._in_variable(affine, node)
        match node:
            case Add(terms):
                return self._sum(terms)
            case Compare(relation, left, right):
                return Compare(relation, self.rewritten(Add((left, Negate(right)))), Number(Fraction(0)))
            case Negate(operand):
                return Negate(self.rewritten(operand))
            case Multiply(factors):
                return Multiply(tuple(map(self.rewritten, factors)))
            case Divide(above, below):
                return Divide(self.rewritten(above), self.rewritten(below))
            case Power(base, exponent):
                return Power(self.rewritten(base), self.rewritten(exponent))
            case Call(function, arguments, primes):
                return Call(function, tuple(map(self.rewritten, arguments)), primes)
            case Piecewise(branches, otherwise):
                kept = tuple((self.rewritten(condition), self.rewritten(value)) for condition, value in branches)
                return Piecewise(kept, self.rewritten(otherwise))
        raise NotAFunctionOfOneField(node)

    def _sum(self, terms: tuple[Expression, ...]) -> Expression:
        """The linear terms of a sum together, then the others."""
        linear = _Affine({}, Polynomial())
        others: list[Expression] = []
        for term in terms:
            affine = self._affine(term)
            if affine is None:
                others.append(term)
            else:
                linear = linear.plus(affine)
        rewritten = [self._in_variable(linear, Add(terms))] if linear.slopes else []
        if linear.shift and not linear.slopes:
            rewritten = [formula_of(linear.shift)]
        return Add((*rewritten, *map(self.rewritten, others)))

    def _in_variable(self, affine: _Affine, node: Expression) -> Expression:
        """ratio * VARIABLE + shift. Raises NotAFunctionOfOneField where it is no multiple of the combination."""
        if not affine.slopes:
            return formula_of(affine.shift)
        if not self.slopes:
            self.slopes = affine.slopes
        ratio = self._ratio(affine.slopes)
        if ratio is None:
            raise NotAFunctionOfOneField(node)
        scaled = VARIABLE if ratio == Polynomial.constant(1) else Multiply((formula_of(ratio), VARIABLE))
        return Add((scaled, formula_of(affine.shift))) if affine.shift else scaled

    def _ratio(self, slopes: dict[Leg, Polynomial]) -> Polynomial | None:
        if slopes == self.slopes:
            return Polynomial.constant(1)
        leg, unit = next(((leg, slope) for leg, slope in self.slopes.items() if len(slope) == 1), (None, Polynomial()))
        if leg is None or leg not in slopes:
            return None
        ratio = slopes[leg] * unit.inverse_monomial()
        return ratio if slopes == {other: ratio * slope for other, slope in self.slopes.items()} else None

    def _reads(self, node: Expression) -> bool:
        return any(self.leg_of(inner) is not None for inner in walk(node))

    def _affine(self, node: Expression) -> _Affine | None:
        leg = self.leg_of(node)
        if leg is not None:
            return _Affine({leg: Polynomial.constant(1)}, Polynomial())
        if not self._reads(node):
            return _Affine({}, _constant(node))
        match node:
            case Negate(operand):
                inner = self._affine(operand)
                return None if inner is None else inner.scaled(Polynomial.constant(-1))
            case Add(terms):
                total = _Affine({}, Polynomial())
                for term in terms:
                    part = self._affine(term)
                    if part is None:
                        return None
                    total = total.plus(part)
                return total
            case Multiply(factors):
                return self._affine_product(factors)
            case Divide(above, below) if not self._reads(below):
                inner, scale = self._affine(above), _constant(below)
                return None if inner is None or len(scale) != 1 else inner.scaled(scale.inverse_monomial())
        return None

    def _affine_product(self, factors: tuple[Expression, ...]) -> _Affine | None:
        reading = [factor for factor in factors if self._reads(factor)]
        inner = self._affine(reading[0]) if len(reading) == 1 else None
        for factor in factors:
            if inner is not None and factor is not reading[0]:
                inner = inner.scaled(_constant(factor))
        return inner


def _constant(node: Expression) -> Polynomial:
    return expand_formula_at(node, lambda field: Leg(Field(field.field), Sample(1)))
