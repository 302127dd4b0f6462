"""b^l, a number to the power of the layer, as an atom of claims: C_W^(l-1) is C_W^l/C_W.

The layer l is a symbol of its own in what is claimed of every layer. Bases are taken apart, (2 C_W)^l = 2^l C_W^l, so
that equal powers are equal objects; l is a whole number, so that this holds for every base that is not zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from ptheory.algebra.polynomial import Atom, Polynomial, SortKey, Symbol
from ptheory.claims.terms.claim_atoms import Root, ScalarCall
from ptheory.claims.terms.ratio import Ratio, canonical_factor
from ptheory.claims.terms.scalar_functions import collected, fractional_power, scalar_function
from ptheory.language.claim_names import LAYER
from ptheory.language.expressions import Add, Divide, Expression, Indexed, Multiply, Name, Negate, Number, children

LAYER_SYMBOL = Symbol(LAYER)
LARGEST_PRIME = 1000  # factors of a number are looked for up to here


@dataclass(frozen=True)
class LayerPower:
    """base^l; the base is an atom, a sum with leading coefficient one, -1 or a positive whole number."""

    base: Polynomial

    @cached_property
    def sort_key(self) -> SortKey:
        return (9, 1000, str(self.base))

    def __str__(self) -> str:
        return f"({self.base})^l"


def mentions_layer(node: Expression) -> bool:
    """Whether the number of the layer stands in a formula, other than as the mark of a layer, V[l+1]."""
    match node:
        case Name(name):
            return name == LAYER
        case Indexed():
            return False
    return any(mentions_layer(child) for child in children(node))


def linear_in_layer(node: Expression) -> tuple[int, int] | None:
    """(a, b) where an exponent is a l + b, a and b whole numbers; None for any other."""
    found = _linear(node)
    if found is None or any(part.denominator > 1 for part in found):
        return None
    return int(found[0]), int(found[1])


def _linear(node: Expression) -> tuple[Fraction, Fraction] | None:
    match node:
        case Number(value):
            return Fraction(0), value
        case Name(name) if name == LAYER:
            return Fraction(1), Fraction(0)
        case Negate(operand):
            inner = _linear(operand)
            return None if inner is None else (-inner[0], -inner[1])
        case Add(terms):
            parts = [_linear(term) for term in terms]
            known = [part for part in parts if part is not None]
            if len(known) < len(parts):
                return None
            return sum((a for a, _ in known), Fraction(0)), sum((b for _, b in known), Fraction(0))
        case Multiply(factors):
            total: tuple[Fraction, Fraction] | None = (Fraction(0), Fraction(1))
            for factor in factors:
                total = _product(total, _linear(factor))
            return total
        case Divide(above, below):
            by = _linear(below)
            if by is None or by[0] or not by[1]:
                return None
            return _product(_linear(above), (Fraction(0), 1 / by[1]))
    return None


def _product(
    left: tuple[Fraction, Fraction] | None, right: tuple[Fraction, Fraction] | None
) -> tuple[Fraction, Fraction] | None:
    if left is None or right is None or (left[0] and right[0]):
        return None
    return left[0] * right[1] + left[1] * right[0], left[1] * right[1]


def power_of_layer(base: Ratio, times: int, offset: int) -> Ratio:
    """base^(times l + offset). DivisionByZero where the base is zero."""
    base.inverse()  # no power of zero has a meaning in every layer
    return _to_the_layer(base) ** times * base**offset


def _to_the_layer(base: Ratio) -> Ratio:
    total = _polynomial_to_the_layer(base.numerator)
    for factor, power in base.factors:
        total = total * Ratio.atom(LayerPower(factor)).inverse() ** power
    return total


def _polynomial_to_the_layer(polynomial: Polynomial) -> Ratio:
    bare, content = canonical_factor(polynomial)
    ((monomial, number),) = content.terms.items()
    total = Ratio.constant(1) if bare.is_constant else Ratio.atom(LayerPower(bare))
    for atom, exponent in monomial:
        total = total * Ratio.atom(LayerPower(Polynomial.atom(atom))) ** exponent
    for whole, sign in ((abs(number.numerator), 1), (number.denominator, -1)):
        for prime, exponent in _primes(whole):
            total = total * Ratio.atom(LayerPower(Polynomial.constant(prime))) ** (sign * exponent)
    return total * Ratio.atom(LayerPower(Polynomial.constant(-1))) if number < 0 else total


def _primes(number: int) -> list[tuple[int, int]]:
    """The number as a product of powers; a large factor without small primes as it stands."""
    found = []
    for candidate in range(2, LARGEST_PRIME):
        exponent = 0
        while number % candidate == 0:
            number //= candidate
            exponent += 1
        if exponent:
            found.append((candidate, exponent))
    return [*found, (number, 1)] if number > 1 else found


def substituted(value: Ratio, replace: Callable[[Atom], Ratio | None]) -> Ratio:
    """Atoms replaced, in the arguments of functions, under roots and in bases of l-th powers too. DivisionByZero."""

    def inner(atom: Atom) -> Ratio | None:
        match atom:
            case ScalarCall(function, argument):
                return scalar_function(function, substituted(argument, replace))
            case Root(base, degree):
                return fractional_power(substituted(base, replace), Fraction(1, degree))
            case LayerPower(base):
                return replace(atom) or _to_the_layer(substituted(Ratio(base), replace))
        return replace(atom)

    return collected(value.map_atoms(inner))


def simplified(value: Ratio) -> Ratio:
    """(-1)^(2l) is one, and the root of a power of a positive number is one of its powers: sqrt(4^l) = 2^l."""

    def replace(atom: Atom) -> Ratio | None:
        match atom:
            case Root(base, degree):
                return _out_of_the_root(simplified(base), degree)
        return None

    opened = value.map_atoms(replace)
    return Ratio(_with_signs(opened.numerator), opened.factors)


def _with_signs(polynomial: Polynomial) -> Polynomial:
    minus = LayerPower(Polynomial.constant(-1))
    parts = []
    for monomial, coefficient in polynomial:
        powers = {atom: exponent % 2 if atom == minus else exponent for atom, exponent in monomial}
        parts.append(Polynomial({tuple((a, e) for a, e in powers.items() if e): coefficient}))
    return Polynomial.sum(parts)


def _out_of_the_root(base: Ratio, degree: int) -> Ratio:
    """The root of a product, whole powers of l-th powers of positive numbers outside."""
    if base.factors or len(base.numerator) != 1:
        return Ratio.atom(Root(base, degree))
    ((monomial, _),) = base.numerator
    outside = Ratio.constant(1)
    for atom, exponent in monomial:
        if isinstance(atom, LayerPower) and atom.base.is_constant and atom.base.constant_term > 0:
            outside = outside * Ratio.atom(atom) ** (exponent // degree)
    inside = base * (outside**degree).inverse()
    return outside * fractional_power(inside, Fraction(1, degree))


def in_layer(value: Ratio, layer: int) -> Ratio:
    """The value in the layer of that number. DivisionByZero."""

    def replace(atom: Atom) -> Ratio | None:
        match atom:
            case LayerPower(base):
                return substituted(Ratio(base), replace) ** layer
        return Ratio.constant(layer) if atom == LAYER_SYMBOL else None

    return substituted(value, replace)


def summed_over_layers(value: Ratio) -> Ratio | None:
    """sum_{m=1}^{l-1} value(m) of a polynomial in l; None for any other value."""
    if any(LAYER_SYMBOL in factor.atoms() for factor, _ in value.factors) or _has_layer_inside(value):
        return None
    parts = []
    for monomial, coefficient in value.numerator:
        power = dict(monomial).get(LAYER_SYMBOL, 0)
        if power < 0:
            return None
        rest = Ratio(
            Polynomial({tuple(pair for pair in monomial if pair[0] != LAYER_SYMBOL): coefficient}), value.factors
        )
        parts.append(rest * _power_sum(power))
    return Ratio.sum(parts)


def _has_layer_inside(value: Ratio) -> bool:
    """Whether l stands in a function, under a root or in an exponent."""
    return any(
        isinstance(atom, LayerPower)
        or (isinstance(atom, ScalarCall) and LAYER_SYMBOL in atom.argument.atoms())
        or (isinstance(atom, Root) and LAYER_SYMBOL in atom.base.atoms())
        for atom in value.atoms()
    )


def _power_sum(power: int) -> Ratio:
    """sum_{m=1}^{l-1} m^power as a polynomial in l, by what it is at l = 1, ..., power + 2 (Lagrange)."""
    total = Ratio(Polynomial())
    nodes = range(1, power + 3)
    for node in nodes:
        value = Ratio.constant(sum(m**power for m in range(1, node)))
        for other in nodes:
            if other != node:
                value = (
                    value
                    * (Ratio.atom(LAYER_SYMBOL) - Ratio.constant(other))
                    * Ratio.constant(Fraction(1, node - other))
                )
        total = total + value
    return total
