r"""The sign of a formula in z on [B, ∞), rigorously.

Powers of z, w = e^{−rz} and v = e^{−gz²} are the variables; what else a formula has is a bounded number in a ball,

    erf(bz) = 1 − v^k m,  m ∈ [0, 1]  (erfc(x) ≤ e^{−x²}),      log(1 + sw) = w λ,  λ ∈ [s/(1 + s e^{−rB}), s],
    atan(z) ∈ [atan B, π/2],

so that numerator and denominator are polynomials Σ c z^i w^j v^k with coefficients in balls. The dominant term has the
least k, then the least j, then the largest i; divided by it every other one falls from B on, or B is not large enough.
The sign is that of the dominant coefficient where this exceeds the sum of all others at B.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import gcd, lcm

import sympy
from flint import arb
from sympy import Expr, S

from ptheory.activations.activation_errors import UnsupportedFormula
from ptheory.activations.symbols import Z
from ptheory.expectations.balls import ball, bits, rational, real_part
from ptheory.expectations.expectation_errors import ExpectationError

PRECISION = 128  # bits
W, V = sympy.Dummy("w", positive=True), sympy.Dummy("v", positive=True)
Terms = dict[tuple[int, int, int], arb]


class NoTail(ExpectationError):
    """The formula is of another kind, or B is not large enough."""


def tail_sign(formula: Expr, start: int) -> int:
    """+1 or −1, the sign on [start, ∞); start > 0. Raises NoTail."""
    with bits(PRECISION):
        try:
            reader = _Reader(arb(start))
            above, below = sympy.fraction(sympy.together(reader.read(formula)))
            return _sign(reader, above) * _sign(reader, below)
        except (UnsupportedFormula, sympy.PolynomialError) as error:
            raise NoTail(str(error)) from error


@dataclass
class _Reader:
    """``rates``: r and g. ``bounded``: symbols that stand for a number of a ball on [start, ∞)."""

    start: arb
    rates: tuple[Expr, Expr] = (S.One, S.One)
    bounded: dict[sympy.Dummy, arb] = field(default_factory=dict)

    def read(self, formula: Expr) -> Expr:
        formula = formula.replace(sympy.tanh, lambda u: 1 - 2 / (sympy.exp(2 * u) + 1))
        formula = formula.replace(sympy.sinh, lambda u: (sympy.exp(u) - sympy.exp(-u)) / 2)
        formula = formula.replace(sympy.cosh, lambda u: (sympy.exp(u) + sympy.exp(-u)) / 2)
        self.rates = _rates(formula)
        formula = formula.replace(sympy.erf, self._error_function)
        formula = formula.replace(sympy.exp, self._exponential)
        formula = formula.replace(sympy.log, self._logarithm)
        formula = formula.replace(sympy.atan, self._arctangent)
        if formula.free_symbols - {Z, W, V, *self.bounded} or formula.has(sympy.I):
            raise NoTail(f"{formula} has other variables")
        return formula

    def _bounded(self, low: arb, high: arb) -> Expr:
        symbol = sympy.Dummy("m", real=True)
        self.bounded[symbol] = low.union(high)
        return symbol

    def _error_function(self, argument: Expr) -> Expr:
        slope = argument / Z
        if slope.free_symbols or not slope.is_real:
            raise NoTail(f"erf({argument})")
        power = slope**2 / self.rates[1]
        tail = V**power * self._bounded(arb(0), arb(1))
        return (1 - tail) * (1 if slope.is_positive else -1)

    def _exponential(self, argument: Expr) -> Expr:
        constant, linear, square = _quadratic(argument)
        return sympy.exp(constant) * W ** (-linear / self.rates[0]) * V ** (-square / self.rates[1])

    def _logarithm(self, argument: Expr) -> Expr:
        """log(w^−q (1 + s w)) = q r z + log(1 + s w), s > 0."""
        if not argument.free_symbols:
            return sympy.log(argument)
        above, below = sympy.fraction(sympy.together(argument))
        power = sympy.degree(below, W) if below.has(W) else 0
        rest = sympy.Poly(sympy.expand(above / below * W**power), W)
        if rest.free_symbols - {W} or rest.degree() != 1 or rest.coeff_monomial(1) != 1 or below.subs(W, 1) != 1:
            raise NoTail(f"log({argument})")
        slope = rest.coeff_monomial(W)
        if not (slope.is_Rational and slope.is_positive):
            raise NoTail(f"log({argument})")
        s = arb(rational(slope))
        small = (-arb(rational(self.rates[0])) * self.start).exp()
        return power * self.rates[0] * Z + W * self._bounded(s / (1 + s * small), s)

    def _arctangent(self, argument: Expr) -> Expr:
        if argument != Z:
            raise NoTail(f"atan({argument})")
        return self._bounded(self.start.atan(), arb.pi() / 2)


def _quadratic(argument: Expr) -> tuple[Expr, Expr, Expr]:
    """The coefficients of 1, z, z². Raises NoTail for another argument."""
    if not argument.is_polynomial(Z) or argument.free_symbols - {Z}:
        raise NoTail(f"exp({argument})")
    polynomial = sympy.Poly(argument, Z)
    if polynomial.degree() > 2:
        raise NoTail(f"exp({argument})")
    constant, linear, square = (polynomial.coeff_monomial(Z**k) for k in range(3))
    if not (linear.is_Rational and square.is_Rational):
        raise NoTail(f"exp({argument})")
    return constant, linear, square


def _rates(formula: Expr) -> tuple[Expr, Expr]:
    """The largest r and g of which every exponent is a multiple."""
    found = [_quadratic(node.args[0]) for node in formula.atoms(sympy.exp)]
    squares = [square for _, _, square in found]
    for node in formula.atoms(sympy.erf):
        slope = node.args[0] / Z
        if slope.free_symbols or not (slope**2).is_Rational:
            raise NoTail(str(node))
        squares.append(slope**2)
    return _common(linear for _, linear, _ in found), _common(squares)


def _common(values: Iterable[Expr]) -> Expr:
    nonzero = [abs(value) for value in values if value != 0]
    if not nonzero:
        return S.One
    below = lcm(*(int(value.q) for value in nonzero))
    return sympy.Rational(gcd(*(int(value * below) for value in nonzero)), below)


def _sign(reader: _Reader, expression: Expr) -> int:
    terms = _terms(reader, expression)
    if not terms:
        raise NoTail("zero")
    least = min((k, j) for _, j, k in terms)
    power = max(i for i, j, k in terms if (k, j) == least)
    leading = terms[power, least[1], least[0]]
    start = reader.start
    rates = tuple(arb(rational(rate)) for rate in reader.rates)
    others = arb(0)
    for (i, j, k), coefficient in terms.items():
        raised, over, beyond = i - power, j - least[1], k - least[0]
        if not (raised or over or beyond):
            continue
        # d log(size)/dz is at most this from the start on: no part of it grows
        rises = arb(max(raised, 0)) / start - rates[0] * over - 2 * rates[1] * beyond * start
        if not rises <= 0:
            raise NoTail("not large enough")
        size = start**raised * (-rates[0] * over * start - rates[1] * beyond * start * start).exp()
        others += abs(coefficient) * size
    if not abs(leading) > others:
        raise NoTail("not large enough")
    return 1 if leading > 0 else -1


def _terms(reader: _Reader, expression: Expr) -> Terms:
    """{(power of z, of w, of v): coefficient in a ball}; powers of w and v may be negative."""
    lowest = [0, 0]
    for place, symbol in enumerate((W, V)):
        powers = [p.exp for p in expression.atoms(sympy.Pow) if p.base == symbol]
        if not all(p.is_Integer for p in powers):
            raise NoTail("a power that is no whole number")
        lowest[place] = min([0, *(int(p) for p in powers)])
    cleared = sympy.expand(expression * W ** -lowest[0] * V ** -lowest[1])
    found: Terms = {}
    for (i, j, k), coefficient in sympy.Poly(cleared, Z, W, V).terms():
        key = (i, j + lowest[0], k + lowest[1])
        found[key] = found.get(key, arb(0)) + _in_ball(reader, coefficient)
    return found


def _in_ball(reader: _Reader, coefficient: Expr) -> arb:
    """A polynomial in the bounded numbers, its coefficients constants."""
    symbols = [symbol for symbol in reader.bounded if coefficient.has(symbol)]
    if not symbols:
        return real_part(ball(coefficient))
    total = arb(0)
    for powers, constant in sympy.Poly(coefficient, *symbols).terms():
        term = real_part(ball(constant))
        for symbol, power in zip(symbols, powers, strict=True):
            term = term * reader.bounded[symbol] ** int(power)
        total = total + term
    return total
