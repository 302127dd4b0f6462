"""Roots and functions of scalars in one canonical spelling, so that equal closed forms are equal objects.

Rules, each valid wherever the side it starts from is a real number:

    sqrt(a) sqrt(b) = sqrt(a b),  sqrt(a)^2 = a,  1/sqrt(a) = sqrt(a)/a,
    sqrt(a/b) = sqrt(a b)/b  and  sqrt(a^2 b) = a sqrt(b)  for a, b known to be positive;
     exp(a) exp(b) = exp(a + b);  sinh, cosh by exponentials;  acos(a) = pi/2 - asin(a);
    f(-a) = -f(a) for odd f, f(a) for even f;
    values at 0, at 1 and, of sin and cos, at quarter turns: log(1) = 0, asin(1) = pi/2, sin(pi) = 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from ptheory.algebra.elementary import BY_NAME
from ptheory.algebra.polynomial import Atom, Monomial, Polynomial, Symbol
from ptheory.claims.terms.cancellation import lowest_terms
from ptheory.claims.terms.claim_atoms import Root, ScalarCall
from ptheory.claims.terms.ratio import Ratio, canonical_factor
from ptheory.recursion.tensors import Tensor

PI = Ratio.atom(Symbol("pi"))
LARGEST_SQUARE_ROOT = 1000  # integer factors are looked for up to here


def scalar_function(function: str, argument: Ratio) -> Ratio:
    """function(argument) in its canonical spelling."""
    half = Ratio.constant(Fraction(1, 2))
    argument = lowest_terms(collected(argument))
    if function == "sqrt":
        return fractional_power(argument, Fraction(1, 2))
    if function in ("sinh", "cosh"):
        sign = Ratio.constant(-1 if function == "sinh" else 1)
        return half * (scalar_function("exp", argument) + sign * scalar_function("exp", -argument))
    if function == "acos":
        return half * PI - scalar_function("asin", argument)
    row = BY_NAME[function]
    if not argument:
        if row.value_at_zero is not None:
            return Ratio.constant(row.value_at_zero)
    elif row.parity and argument.numerator.sorted_terms()[0][1] < 0:
        positive = scalar_function(function, -argument)
        return -positive if row.parity == -1 else positive
    if argument == Ratio.constant(1) and row.at_one_over_pi is not None:
        return Ratio.constant(row.at_one_over_pi) * PI
    quarter_turns = _quarter_turns(argument)
    if quarter_turns is not None and function in ("sin", "cos"):
        return Ratio.constant((0, 1, 0, -1)[(quarter_turns + (function == "cos")) % 4])
    return Ratio.atom(ScalarCall(function, argument))


def _quarter_turns(angle: Ratio) -> int | None:
    """k where the angle is k pi/2, a whole k other than 0."""
    in_quarters = lowest_terms(Ratio.constant(2) * angle * PI.inverse())
    number = in_quarters.numerator.constant_term if not in_quarters.factors else Fraction(0)
    return int(number) if number.denominator == 1 and number and in_quarters == Ratio.constant(number) else None


def with_values(value: Ratio, values: Mapping[str, Ratio]) -> Ratio:
    """Values put in for symbols, in the arguments of functions and under roots too. DivisionByZero."""

    def replace(atom: Atom) -> Ratio | None:
        match atom:
            case Symbol(name):
                return values.get(name)
            case ScalarCall(function, argument):
                return scalar_function(function, with_values(argument, values))
            case Root(base, degree):
                return fractional_power(with_values(base, values), Fraction(1, degree))
        return None

    return collected(value.map_atoms(replace))


def fractional_power(base: Ratio, exponent: Fraction) -> Ratio:
    """base^exponent: whole powers taken out, the rest a root. DivisionByZero."""
    if exponent < 0:
        return fractional_power(base, -exponent).inverse()
    base = lowest_terms(collected(base))
    whole, rest = divmod(exponent.numerator, exponent.denominator)
    value = base**whole
    if not base and rest:
        return Ratio.constant(0)
    return collected(value * Ratio.atom(Root(base, exponent.denominator)) ** rest) if rest else value


def collected(value: Ratio) -> Ratio:
    """Roots and exponentials of every term merged."""
    if not any(_is_function(atom) for atom in value.atoms()):
        return value
    total = Ratio.sum(_term(m, c) for m, c in value.numerator)
    for factor, power in value.factors:
        total = total * Ratio.sum(_term(m, c) for m, c in factor).inverse() ** power
    return total


def _is_function(atom: Atom) -> bool:
    return isinstance(atom, Root) or (isinstance(atom, ScalarCall) and atom.function == "exp")


def _term(monomial: Monomial, coefficient: Fraction) -> Ratio:
    plain = tuple((a, e) for a, e in monomial if not _is_function(a))
    value = Ratio(Polynomial({plain: coefficient}))
    exponent = Ratio.sum(
        a.argument * Ratio.constant(e) for a, e in monomial if isinstance(a, ScalarCall) and _is_function(a)
    )
    if exponent:
        value = value * Ratio.atom(ScalarCall("exp", lowest_terms(exponent)))
    under: dict[int, Ratio] = {}
    for atom, power in monomial:
        if isinstance(atom, Root):
            whole, rest = divmod(power, atom.degree)
            value = value * atom.base**whole
            if rest:
                under[atom.degree] = under.get(atom.degree, Ratio.constant(1)) * atom.base**rest
    for degree, base in under.items():
        value = value * _root(base, degree)
    return value


def _root(base: Ratio, degree: int) -> Ratio:
    """base^(1/degree) with what is certain to be a positive power taken out."""
    base, outside = lowest_terms(base), Ratio.constant(1)
    for factor, power in base.factors:
        if is_positive(factor):
            raised = Ratio(factor) ** (power * (degree - 1))
            base = Ratio(base.numerator, tuple(f for f in base.factors if f[0] != factor)) * raised
            outside = outside * Ratio(factor).inverse() ** power
    if not base.factors and base:
        bare, content = canonical_factor(base.numerator)
        ((monomial, number),) = content.terms.items()
        inside: list[tuple[Atom, int]] = []
        for atom, exponent in monomial:
            whole = exponent // degree if is_positive_atom(atom) else 0
            outside = outside * Ratio(Polynomial.atom(atom, whole) if whole else Polynomial.constant(1))
            inside.append((atom, exponent - whole * degree))
        rational, number = _perfect_power(number, degree)
        outside = outside * Ratio.constant(rational)
        kept = Polynomial({tuple((a, e) for a, e in inside if e): number})
        base = Ratio(bare * kept)
    return outside if base == Ratio.constant(1) else outside * Ratio.atom(Root(base, degree))


def _perfect_power(value: Fraction, degree: int) -> tuple[Fraction, Fraction]:
    """(f, r) with value = f^degree r, r a whole number with no small degree-th power in it; (1, value) if negative."""
    if value <= 0:
        return Fraction(1), value
    rest = value.numerator * value.denominator ** (degree - 1)
    outside = Fraction(1, value.denominator)
    for base in range(2, LARGEST_SQUARE_ROOT):
        if base**degree > rest:
            break
        while rest % base**degree == 0:
            rest //= base**degree
            outside *= base
    return outside, Fraction(rest)


def is_positive_atom(atom: Atom) -> bool:
    """A variance K_aa, or a positive constant."""
    if isinstance(atom, Tensor):
        covariance = len(atom.components) == 1 and atom.components[0].is_covariance
        return covariance and not atom.order and atom.legs[0] == atom.legs[1]
    return isinstance(atom, Symbol) and atom.name in ("pi", "e")


def is_positive(polynomial: Polynomial) -> bool:
    """Certainly positive: positive coefficients and positive atoms (or even powers) throughout, none of them zero."""
    terms: Iterable[tuple[Monomial, Fraction]] = polynomial
    return bool(polynomial) and all(c > 0 and all(is_positive_atom(a) for a, _ in m) for m, c in terms)
