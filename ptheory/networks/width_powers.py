"""Variances and rates taken apart into what stands beside the width and the power of the width.

``n``, ``n[l]`` and ``n[l-1]`` are the width of the layer read from, of the input in layer 1; ``n[1]``, and n to a power
with a name in it (n^s), are the width of the hidden layers, in layer 1 too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction

from ptheory.algebra.exponents import ZERO, Exponent
from ptheory.algebra.polynomial import Polynomial, Symbol
from ptheory.language.claim_names import WIDTH
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Add, Divide, Expression, Indexed, Multiply, Name, Negate, Number, Power, walk
from ptheory.networks.scalars import layered_symbol, scalar_polynomial


@dataclass(frozen=True)
class WidthPower:
    """(width of the layer read)^``read`` * (width of the hidden layers)^``network``."""

    read: Fraction = Fraction(0)
    network: Exponent = ZERO

    def times(self, factor: int) -> WidthPower:
        """That of a power."""
        return WidthPower(self.read * factor, self.network.times(factor))

    def __mul__(self, other: WidthPower) -> WidthPower:
        return WidthPower(self.read + other.read, self.network + other.network)

    @property
    def total(self) -> Exponent:
        """The power of n where the layer read is a hidden one, all of them equally wide."""
        return Exponent(self.read) + self.network

    def __bool__(self) -> bool:
        return bool(self.read or self.network)


NO_POWER = WidthPower()
ONE_NAME = "which power of n leads is said for every value of one name: write the others as multiples of it"
_ONE = Polynomial.constant(1)
_Parts = dict[WidthPower, Polynomial]


def over_width(expression: Expression, what: str) -> tuple[Polynomial, WidthPower]:
    """(polynomial without the width, power of the width). Raises LanguageError for several powers of it."""
    parts = {power: polynomial for power, polynomial in _parts(expression, what).items() if polynomial}
    if len(parts) > 1:
        raise LanguageError(
            f"{what} mixes powers of n", expression.span, help="write one power of 1/n, as in (C_1 + C_2)/n"
        )
    return next(((polynomial, power) for power, polynomial in parts.items()), (Polynomial(), NO_POWER))


def _parts(expression: Expression, what: str) -> _Parts:
    """The expression as a sum of polynomials without the width, each times one power of it."""
    width = _width(expression, what)
    if width is not None:
        return {width: _ONE}
    if not _holds_width(expression):
        return {NO_POWER: scalar_polynomial(expression)}
    match expression:
        case Negate(operand):
            return {power: -polynomial for power, polynomial in _parts(operand, what).items()}
        case Add(terms):
            total: _Parts = {}
            for term in terms:
                for power, polynomial in _parts(term, what).items():
                    total[power] = total.get(power, Polynomial()) + polynomial
            return total
        case Multiply(factors):
            product: _Parts = {NO_POWER: _ONE}
            for factor in factors:
                product = _product(product, _parts(factor, what), expression)
            return product
        case Divide(numerator, denominator):
            return _product(_parts(numerator, what), _power_of(denominator, -1, what), expression)
        case Power(base, Number(value)) if value.denominator == 1:
            return _power_of(base, int(value), what)
        case Power(base, Negate(Number(value))) if value.denominator == 1:
            return _power_of(base, -int(value), what)
    raise LanguageError(
        f"{what} is no product of a power of n and a polynomial in hyperparameters",
        expression.span,
        help="write a power of n as n^(1 + s), n^(3/2) or 1/n",
    )


def _product(left: _Parts, right: _Parts, place: Expression) -> _Parts:
    total: _Parts = {}
    for p, a in left.items():
        for q, b in right.items():
            names = {power.network.symbol for power in (p, q) if power.network.slope}
            if len(names) > 1:
                raise LanguageError(
                    f"the names {' and '.join(sorted(names))} stand in powers of n", place.span, help=ONE_NAME
                )
            total[p * q] = total.get(p * q, Polynomial()) + a * b
    return total


def _power_of(base: Expression, exponent: int, what: str) -> _Parts:
    """A whole power of one term; of a sum where the power is positive."""
    parts = _parts(base, what)
    if exponent >= 0:
        product: _Parts = {NO_POWER: _ONE}
        for _ in range(exponent):
            product = _product(product, parts, base)
        return product
    ((power, polynomial), *others) = parts.items()
    if others or len(polynomial) != 1:
        raise LanguageError(
            "division by a sum of hyperparameters", base.span, help="give the quotient a name of its own"
        )
    return {power.times(exponent): polynomial.inverse_monomial() ** -exponent}


def _holds_width(expression: Expression) -> bool:
    return any(isinstance(node, (Name, Indexed)) and node.name == WIDTH for node in walk(expression))


def _width(expression: Expression, what: str) -> WidthPower | None:
    """n, n[l], n[l-1], n[1], or one of them to a power; None for anything else."""
    match expression:
        case Name(name) if name == WIDTH:
            return WidthPower(Fraction(1))
        case Indexed(name, (Number(value),)) if name == WIDTH and value == 1 and not expression.primes:
            return WidthPower(network=Exponent(Fraction(1)))
        case Indexed(name) if name == WIDTH:
            if layered_symbol(expression).layer not in (0, -1):
                raise LanguageError(
                    f"{what} uses the width of another layer",
                    expression.span,
                    help="write n, the layer read from, or n[1], the width of layer 1",
                )
            return WidthPower(Fraction(1))
        case Power(base, exponent):
            width = _width(base, what)
            return None if width is None else _raised(width, _exponent(exponent, what))
    return None


def power_of_width(formula: Expression, what: str, names: Collection[str]) -> Exponent:
    """p of n^p, 1/n, n^(1 + s)/n^2, n the width of every layer, s one of ``names``. Raises LanguageError for anything
    else."""
    polynomial, power = over_width(formula, what)
    if polynomial != _ONE:
        raise LanguageError(f"{what} is no power of n", formula.span, help="write 1/n, n^(-1 + s)")
    if power.network.slope and power.network.symbol not in names:
        known = f"its powers have {', '.join(sorted(names))}" if names else "its powers of n are numbers"
        raise LanguageError(
            f"{power.network.symbol} stands in no variance or rate of this network", formula.span, help=known
        )
    return power.total


def names_in_powers(powers: Iterable[WidthPower]) -> frozenset[str]:
    """The names that stand in them: one at most in a network."""
    return frozenset(power.network.symbol for power in powers if power.network.slope)


def _raised(width: WidthPower, exponent: Exponent) -> WidthPower:
    """n^(c + k s) is n^c of the layer read and n^(k s) of the hidden layers."""
    if width.network:
        return WidthPower(network=exponent)
    return WidthPower(exponent.constant, Exponent(slope=exponent.slope, symbol=exponent.symbol))


def _exponent(formula: Expression, what: str) -> Exponent:
    """c + k s, s any name. Raises LanguageError for anything else."""
    total = Exponent()
    for monomial, coefficient in scalar_polynomial(formula):
        match monomial:
            case ():
                total += Exponent(coefficient)
            case ((Symbol(name, None), 1),) if not total.slope and name != WIDTH:
                total += Exponent(slope=coefficient, symbol=name)
            case _:
                raise LanguageError(
                    f"this power of n in {what} is not of the form n^(c + k*s)",
                    formula.span,
                    help="a power of n is a number, or a number and a multiple of one name, as in n^(1 + s)",
                )
    return total
