"""A closed form as a sum of pieces: a number, symbols, functions, an exponential, polynomials, roots of polynomials.

c * C_W V * asin(K/(1 + K)) * exp(-2 K) * K^2 (1 + K)^(-1) * (1 + 2 K)^(-1/2)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from ptheory.algebra.polynomial import Monomial, Polynomial, SortKey, Symbol, multiply_monomials
from ptheory.algebra.refusal import Refusal

if TYPE_CHECKING:
    from sympy import Expr

PI = Symbol("pi")
HALF = Fraction(1, 2)
MOST_PIECES = 400


@dataclass(frozen=True)
class Transcendental:
    """A function of the kernel that no algebra opens, asin(...) or erf(...), or the root of a number."""

    value: Expr

    @cached_property
    def sort_key(self) -> SortKey:
        return (9, str(self.value))


@dataclass(frozen=True)
class Piece:
    """coefficient * monomial * functions * exp(exponent) * prod polynomial^(-n) * prod radicand^(-1/2).

    ``monomial`` in symbols and pi, whole powers; ``below``: (polynomial, n > 0), each once.
    """

    coefficient: Fraction
    monomial: Monomial = ()
    functions: Monomial = ()
    exponent: Polynomial = field(default_factory=Polynomial)
    below: tuple[tuple[Polynomial, int], ...] = ()
    radicands: frozenset[Polynomial] = frozenset()

    def times(self, other: Piece) -> list[Piece]:
        """The product; an inverse root squared is one of the polynomials below."""
        below = dict(self.below)
        twice = [(radicand, 1) for radicand in self.radicands & other.radicands]
        for body, power in (*other.below, *twice):
            below[body] = below.get(body, 0) + power
        return [
            Piece(
                self.coefficient * other.coefficient,
                multiply_monomials(self.monomial, other.monomial),
                multiply_monomials(self.functions, other.functions),
                self.exponent + other.exponent,
                tuple(below.items()),
                self.radicands ^ other.radicands,
            )
        ]


class NotCollected(Refusal):
    """A factor of a kind that is not taken apart; the expression is written as SymPy has it."""


def pieces(expression: Expr) -> list[Piece]:
    """The terms of the expression multiplied out, denominators kept. Raises NotCollected."""
    import sympy

    if isinstance(expression, sympy.Add):
        return [piece for term in expression.args for piece in pieces(term)]
    if isinstance(expression, sympy.Mul):
        return _product(pieces(factor) for factor in expression.args)
    if isinstance(expression, sympy.exp):
        return [Piece(Fraction(1), exponent=polynomial_of(expression.args[0]))]
    base, exponent = expression.as_base_exp()
    if not exponent.is_Rational:
        raise NotCollected
    return _power(base, Fraction(int(exponent.p), int(exponent.q)))


def _product(found: Iterable[list[Piece]]) -> list[Piece]:
    total = [Piece(Fraction(1))]
    for factor in found:
        total = [piece for one in total for other in factor for piece in one.times(other)]
        if len(total) > MOST_PIECES:
            raise NotCollected
    return total


def _power(base: Expr, power: Fraction) -> list[Piece]:
    import sympy

    whole = power.denominator == 1
    if base.is_Rational and whole:
        return [Piece(Fraction(int(base.p), int(base.q)) ** int(power))]
    if base.is_Rational and power.denominator == 2:
        number = Fraction(int(base.p), int(base.q)) ** int(power - HALF)
        return [Piece(number, functions=((Transcendental(sympy.sqrt(base)), 1),))]
    if (base.is_Symbol or base == sympy.pi) and whole:
        return [Piece(Fraction(1), ((PI if base == sympy.pi else Symbol(base.name), int(power)),))]
    if isinstance(base, sympy.Function) and whole and not isinstance(base, sympy.exp):
        return [Piece(Fraction(1), functions=((Transcendental(base), int(power)),))]
    if isinstance(base, sympy.Add) and whole and power > 0:
        return _product(pieces(base) for _ in range(int(power)))
    body = polynomial_of(base)
    if whole and power < 0:
        return [Piece(Fraction(1), below=((body, -int(power)),))]
    if power.denominator != 2:
        raise NotCollected
    root = Piece(Fraction(1), radicands=frozenset({body}))
    rest = int(power + HALF)
    beside = [Piece(c, m) for m, c in (body**rest).terms.items()] if rest >= 0 else []
    if rest < 0:
        beside = [Piece(Fraction(1), below=((body, -rest),))]
    return _product([[root], beside])


def polynomial_of(expression: Expr) -> Polynomial:
    """A polynomial in symbols and pi with rational coefficients; powers may be negative. Raises NotCollected."""
    import sympy

    total: dict[Monomial, Fraction] = {}
    for term in sympy.Add.make_args(sympy.expand(expression)):
        coefficient = Fraction(1)
        monomial: Monomial = ()
        for factor in sympy.Mul.make_args(term):
            base, exponent = factor.as_base_exp()
            if base.is_Rational and exponent.is_Integer:
                coefficient *= Fraction(int(base.p), int(base.q)) ** int(exponent)
            elif (base.is_Symbol or base == sympy.pi) and exponent.is_Integer:
                symbol = PI if base == sympy.pi else Symbol(base.name)
                monomial = multiply_monomials(monomial, ((symbol, int(exponent)),))
            else:
                raise NotCollected
        total[monomial] = total.get(monomial, Fraction(0)) + coefficient
    return Polynomial(total)
