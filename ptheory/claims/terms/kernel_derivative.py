"""d(X, K): the derivative of a side of a claim by an entry of the kernel, other entries and tensors held fixed.

    d<F>/dK_aa = <∂_a ∂_a F>/2,   d<F>/dK_ab = <∂_a ∂_b F> for a ≠ b, K_ab and K_ba moving together,
    d(N/D)/dK by the quotient rule,      d f(X)/dK = f'(X) dX/dK

for expectations, quotients, roots and functions of scalars.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TypeAlias

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.algebra.refusal import Refusal
from ptheory.claims.terms.claim_atoms import NextMean, Root, ScalarCall
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.terms.scalar_functions import PI, fractional_power, scalar_function
from ptheory.recursion.means.by_kernel import by_kernel
from ptheory.recursion.tensors import Leg

Pair: TypeAlias = tuple[Leg, Leg]

_HALF, _ONE = Fraction(1, 2), Ratio.constant(1)


class NoKernelDerivative(Refusal):
    """Something that the derivative by the kernel is not taken of."""


def _square(x: Ratio) -> Ratio:
    return x * x


_SLOPES: dict[str, Callable[[Ratio], Ratio]] = {
    "exp": lambda x: scalar_function("exp", x),
    "log": lambda x: x.inverse(),
    "sin": lambda x: scalar_function("cos", x),
    "cos": lambda x: -scalar_function("sin", x),
    "asin": lambda x: fractional_power(_ONE - _square(x), -_HALF),
    "atan": lambda x: (_ONE + _square(x)).inverse(),
    "tanh": lambda x: _ONE - _square(scalar_function("tanh", x)),
    "erf": lambda x: Ratio.constant(2) * fractional_power(PI, -_HALF) * scalar_function("exp", -_square(x)),
}


def by_the_kernel(value: Ratio, pair: Pair) -> Ratio:
    """dX/dK_ab for the legs a, b of a pair, K_ab and K_ba together.

    Raises NoKernelDerivative at what it is not taken of, DivisionByZero.
    """
    below = Ratio(Polynomial.constant(1), value.factors)
    total = _of_polynomial(value.numerator, pair) * below
    for factor, power in value.factors:
        total = total - value * _of_polynomial(factor, pair) * Ratio.constant(power) * Ratio(factor).inverse()
    return total


def _of_polynomial(polynomial: Polynomial, pair: Pair) -> Ratio:
    """The chain rule: the slope of every atom may be a quotient."""
    parts = []
    for atom in polynomial.atoms():
        inner = _slope(atom, pair)
        if inner:
            parts.append(Ratio(_partial(polynomial, atom)) * inner)
    return Ratio.sum(parts)


def _partial(polynomial: Polynomial, atom: Atom) -> Polynomial:
    return polynomial.derivative(lambda other: Polynomial.constant(1) if other == atom else None)


def _slope(atom: Atom, pair: Pair) -> Ratio:
    match atom:
        case NextMean():
            raise NoKernelDerivative("an average at the next kernel has no derivative by K here")
        case ScalarCall(function, argument):
            inner = by_the_kernel(argument, pair)
            if inner and function not in _SLOPES:
                raise NoKernelDerivative(f"the derivative of {function} is not known here")
            return _SLOPES[function](argument) * inner if inner else inner
        case Root(base, degree):
            inner = by_the_kernel(base, pair)
            return inner * Ratio.atom(atom) * base.inverse() * Ratio.constant(Fraction(1, degree)) if inner else inner
    return Ratio(by_kernel(Polynomial.atom(atom), *pair))
