"""A floating-point value for every formula of a claim, at one point, that tells most wrong proposals apart at once.

Every symbol, tensor and average that is left in normal form has a value of its own; roots and functions have theirs.
Nothing is decided by it: what agrees here is compared exactly.
"""

from __future__ import annotations

import cmath
from collections.abc import Callable
from math import pi, prod
from random import Random

from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.algebra.refusal import Refusal
from ptheory.claims.terms.claim_atoms import OTHER_SPELLINGS, SCALAR_FUNCTIONS, Root, ScalarCall
from ptheory.claims.terms.ratio import Ratio
from ptheory.language.expressions import Add, Call, Divide, Expression, Multiply, Negate, Number, Power
from ptheory.recursion.tensors import WIDTH_RATIO, Tensor

CLOSE = 1e-7  # of the larger of two values that may be equal
FUNCTIONS: dict[str, Callable[[complex], complex]] = {
    name: getattr(cmath, name) for name in sorted(SCALAR_FUNCTIONS) if hasattr(cmath, name)
}


class NoFingerprint(Refusal):
    """A function without a floating-point value, or a value that is none."""


class Fingerprint:
    """``value``: the normal form of a formula."""

    def __init__(self, value: Callable[[Expression], Ratio]) -> None:
        self.value = value
        self._draw = Random(1)
        self._atoms: dict[Atom, complex] = {}
        self._numbers: dict[Expression, complex] = {}

    def number(self, node: Expression) -> complex:
        """The value of a formula. NoFingerprint; what the reader raises where a part has no meaning."""
        if node not in self._numbers:
            try:
                self._numbers[node] = self._anew(node)
            except (ArithmeticError, ValueError) as error:
                raise NoFingerprint(str(error)) from error
        return self._numbers[node]

    def _anew(self, node: Expression) -> complex:
        match node:
            case Number(value):
                return complex(value)
            case Add(terms):
                return sum(map(self.number, terms))
            case Negate(operand):
                return -self.number(operand)
            case Multiply(factors):
                return prod(map(self.number, factors), start=complex(1))
            case Divide(above, below):
                return self.number(above) / self.number(below)
            case Power(base, Number(exponent)):
                found = self.number(base)
                return found ** int(exponent) if exponent.denominator == 1 else found ** float(exponent)
            case Call(name, (argument,), 0) if (known := OTHER_SPELLINGS.get(name, name)) in FUNCTIONS:
                return FUNCTIONS[known](self.number(argument))
        return self.of(self.value(node))

    def of(self, side: Ratio) -> complex:
        """The value of a normal form. NoFingerprint."""
        try:
            total = self._polynomial(side.numerator)
            for factor, power in side.factors:
                total /= self._polynomial(factor) ** power
        except (ArithmeticError, ValueError) as error:
            raise NoFingerprint(str(error)) from error
        return total

    def _polynomial(self, polynomial: Polynomial) -> complex:
        total = complex(0)
        for monomial, coefficient in polynomial:
            term = complex(coefficient)
            for atom, exponent in monomial:
                term *= self._atom(atom) ** exponent
            total += term
        return total

    def _atom(self, atom: Atom) -> complex:
        if atom not in self._atoms:
            self._atoms[atom] = self._atom_anew(atom)
        return self._atoms[atom]

    def _atom_anew(self, atom: Atom) -> complex:
        match atom:
            case Symbol("pi"):
                return complex(pi)
            case Symbol("e"):
                return cmath.exp(1)
            case Root():
                return self.of(atom.base) ** (1 / atom.degree)
            case ScalarCall() if atom.function in FUNCTIONS:
                return FUNCTIONS[atom.function](self.of(atom.argument))
            case ScalarCall():
                raise NoFingerprint(atom.function)
            case Tensor() if atom.is_kernel and atom.legs[0] != atom.legs[1]:
                return complex(self._draw.uniform(0.1, 0.4))  # a kernel matrix of few inputs stays positive definite
        if atom == WIDTH_RATIO:
            return complex(self._draw.uniform(2, 3))
        return complex(self._draw.uniform(0.7, 1.3))


def may_be_equal(left: complex, right: complex) -> bool:
    """Whether two values agree as far as rounding leaves it open."""
    return abs(left - right) <= CLOSE * max(abs(left), abs(right), CLOSE)
