"""Polynomials: derivatives by the product rule and values in a ring, against arithmetic done by hand."""

from __future__ import annotations

from fractions import Fraction

import sympy

from ptheory.algebra.polynomial import Atom, Polynomial, Symbol

X, Y = Symbol("x"), Symbol("y")
SUM = 3 * Polynomial.atom(X, 2) * Polynomial.atom(Y) - Polynomial.atom(Y, -1) * Fraction(1, 2) + 7


def by_x(atom: Atom) -> Polynomial | None:
    """x is the variable, y = x^3."""
    return Polynomial.constant(1) if atom == X else 3 * Polynomial.atom(X, 2)


def test_derivative_is_the_product_rule_with_the_slopes_given() -> None:
    # d/dx (3 x^2 y - 1/(2y) + 7) = 6 x y + 3 x^2 y' + y'/(2 y^2) with y' = 3 x^2
    expected = (
        6 * Polynomial.atom(X) * Polynomial.atom(Y)
        + 9 * Polynomial.atom(X, 4)
        + Polynomial.atom(X, 2) * Polynomial.atom(Y, -2) * Fraction(3, 2)
    )
    assert SUM.derivative(by_x) == expected


def test_derivative_of_what_has_no_slope_is_zero() -> None:
    assert not SUM.derivative(lambda atom: None)
    assert not Polynomial.constant(5).derivative(by_x)


def test_value_in_rational_numbers_and_in_expressions() -> None:
    numbers: dict[Atom, Fraction] = {X: Fraction(2), Y: Fraction(1, 3)}
    assert SUM.evaluate(numbers.__getitem__, Fraction) == 4 - Fraction(3, 2) + 7
    x, y = sympy.symbols("x y")
    expressions: dict[Atom, sympy.Expr] = {X: x, Y: y}
    found = SUM.evaluate(expressions.__getitem__, lambda c: sympy.Rational(c.numerator, c.denominator))
    assert sympy.expand(found - (3 * x**2 * y - 1 / (2 * y) + 7)) == 0
    assert Polynomial().evaluate(numbers.__getitem__, Fraction) == 0
