"""The recursion of ``gaussian_integral`` in SymPy: closed forms as sums of (rational function)·(constant, exp, asin,
Φ)/√(polynomial).

Radicands are kept as sets of irreducible polynomials that are positive on positive definite covariances (they divide
variances), so that like terms merge without calling ``simplify``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import sympy
from sympy import Expr, S

from ptheory.activations.rational_functions import in_lowest_terms
from ptheory.algebra.refusal import Refusal
from ptheory.expectations.moments import variance_index
from ptheory.expectations.special_functions import Phi2

Key = tuple[frozenset[Expr], Expr]
SMALL = sympy.Rational(1, 10**12)


class NoClosedForm(Refusal):
    """The recursion ended in an integral that is not elementary; the message says which."""


class Combination:
    """Σ coefficient · factor / √(Π radicand), like terms merged; ``coefficient`` is rational in the symbols."""

    __slots__ = ("terms",)

    def __init__(self, terms: Iterable[tuple[Key, Expr]] = ()) -> None:
        merged: dict[Key, Expr] = {}
        for (radicand, factor), coefficient in terms:
            number, rest = _joined(factor).as_coeff_Mul(rational=True)
            key = (radicand, rest)
            merged[key] = merged.get(key, S.Zero) + coefficient * number
        self.terms: dict[Key, Expr] = {}
        for key, coefficient in merged.items():
            tidy = cancelled(coefficient)
            if tidy != 0:
                self.terms[key] = tidy

    def __add__(self, other: Combination) -> Combination:
        return Combination([*self.terms.items(), *other.terms.items()])

    def __mul__(self, other: Combination) -> Combination:
        return Combination(
            (
                (left ^ right, f * g),
                a * b / sympy.Mul(*(left & right)),
            )
            for (left, f), a in self.terms.items()
            for (right, g), b in other.terms.items()
        )

    def scaled(self, entry: Expr) -> Combination:
        """Every coefficient times a rational function of the covariance."""
        return self * constant(entry)

    def expression(self) -> Expr:
        """One term per transcendental factor, square roots in numerators where they divide out."""
        grouped: dict[Expr, Expr] = {}
        for (radicand, factor), coefficient in self.terms.items():
            value = sympy.factor(coefficient)
            for f in sorted(radicand, key=sympy.default_sort_key):
                numerator, denominator = sympy.fraction(value)
                quotient, remainder = (
                    sympy.div(numerator, f, *sorted(f.free_symbols, key=str)) if f.free_symbols else (0, 1)
                )
                divides = f.free_symbols and remainder == 0
                value = sympy.factor(quotient / denominator) * sympy.sqrt(f) if divides else value / sympy.sqrt(f)
            grouped[factor] = grouped.get(factor, S.Zero) + value
        return sympy.Add(*(value * factor for factor, value in grouped.items()))


def _joined(factor: Expr) -> Expr:
    """exp(a)·exp(b) as one exponential."""
    exponentials = [f for f in sympy.Mul.make_args(factor) if isinstance(f, sympy.exp)]
    if len(exponentials) < 2:
        return factor
    rest = [f for f in sympy.Mul.make_args(factor) if not isinstance(f, sympy.exp)]
    return sympy.Mul(sympy.exp(sympy.Add(*(f.exp for f in exponentials))), *rest)


def cancelled(entry: Expr) -> Expr:
    """A rational function with common factors cancelled."""
    if entry.is_Rational or entry.is_Symbol:
        return entry
    return _cancel(entry)


@lru_cache(maxsize=65536)
def _cancel(entry: Expr) -> Expr:
    return in_lowest_terms(entry) if entry.free_symbols else sympy.expand(sympy.radsimp(entry))


def constant(value: Expr) -> Combination:
    """A number, or a rational function of the symbols."""
    if value.free_symbols:
        return Combination([((frozenset(), S.One), value)])
    return Combination([((frozenset(), value), S.One)])


@lru_cache(maxsize=4096)
def inverse_root(entry: Expr) -> tuple[frozenset[Expr], Expr, Expr]:
    """1/√entry as (irreducible radicand, numeric factor, rational coefficient)."""
    if not entry.free_symbols:
        return frozenset(), 1 / sympy.sqrt(entry), S.One
    numerator, denominator = sympy.fraction(sympy.cancel(entry))
    number, factors = sympy.factor_list(numerator * denominator)
    outside, inside = S.One, []
    for factor, power in factors:
        positive = factor if _at_sample(factor) > 0 else -factor
        if positive is not factor and power % 2:
            number = -number
        outside *= positive ** (power // 2)
        if power % 2:
            inside.append(positive)
    return frozenset(inside), 1 / sympy.sqrt(number), denominator / outside


def _at_sample(factor: Expr) -> Expr:
    """The value at one small positive definite covariance.

    Radicands do not change sign among the covariances at which the expectation exists, and these reach down to zero:
    1 - 4K of <exp(z^2)^2> is positive there, not at K = 2.
    """
    values = {}
    for symbol in factor.free_symbols:
        variable = variance_index(symbol)
        values[symbol] = SMALL * (sympy.Rational(1, 7) if variable is None else 2 + sympy.Rational(11 * variable, 97))
    return factor.subs(values)


class SymbolicArithmetic:
    """Entries are SymPy expressions rational in the covariance symbols."""

    def entry(self, exact: Expr) -> Expr:
        return exact

    def value(self, exact: Expr) -> Combination:
        return constant(exact) if exact != 0 else Combination()

    def tidy(self, entry: Expr) -> Expr:
        return cancelled(entry)

    def is_zero(self, entry: Expr) -> bool:
        return bool(entry == 0)

    def scale(self, value: Combination, entry: Expr) -> Combination:
        return value.scaled(entry)

    def exponential(self, entry: Expr) -> Combination:
        return Combination([((frozenset(), sympy.exp(sympy.expand(entry))), S.One)])

    def inverse_root(self, entry: Expr) -> Combination:
        radicand, number, coefficient = inverse_root(entry)
        return Combination([((radicand, number), coefficient)])

    def density(self, mean: Expr, variance: Expr) -> Combination:
        density = self.inverse_root(variance).scaled(1 / sympy.sqrt(2 * sympy.pi))
        return density if mean == 0 else density * self.exponential(cancelled(-(mean**2) / (2 * variance)))

    def orthant(self, means: Sequence[Expr], covariance: Sequence[Sequence[Expr]]) -> Combination:
        """P(u_k > 0 for all k): elementary for one gate and for two or three centred ones, Φ₂ for two others."""
        size = len(means)
        centred = all(m == 0 for m in means)
        if size == 0:
            return constant(S.One)
        for k in range(size):
            if covariance[k][k] == 0:
                raise NoClosedForm("a step at an input of zero variance")
        if size == 1:
            return _normal(means[0], covariance[0][0])
        if size == 2 and centred:
            return constant(sympy.Rational(1, 4)) + _arcsine(covariance, 0, 1).scaled(1 / (2 * sympy.pi))
        if size == 2:
            return _pair(means, covariance)
        if size == 3 and centred:
            total = constant(sympy.Rational(1, 8))
            for i, j in ((0, 1), (0, 2), (1, 2)):
                total = total + _arcsine(covariance, i, j).scaled(1 / (4 * sympy.pi))
            return total
        kind = "centred" if centred else "shifted"
        raise NoClosedForm(f"the probability that {size} {kind} Gaussians are all positive is not elementary")


def _correlation(covariance: Sequence[Sequence[Expr]], i: int, j: int) -> Expr:
    radicand, number, coefficient = inverse_root(cancelled(covariance[i][i] * covariance[j][j]))
    return sympy.factor(covariance[i][j] * coefficient) * number / sympy.sqrt(sympy.Mul(*radicand))


def _arcsine(covariance: Sequence[Sequence[Expr]], i: int, j: int) -> Combination:
    if covariance[i][j] == 0:
        return Combination()
    return Combination([((frozenset(), sympy.asin(_correlation(covariance, i, j))), S.One)])


def _standardised(mean: Expr, variance: Expr) -> Expr:
    radicand, number, coefficient = inverse_root(variance)
    return sympy.factor(mean * coefficient) * number / sympy.sqrt(sympy.Mul(*radicand))


def _normal(mean: Expr, variance: Expr) -> Combination:
    if mean == 0:
        return constant(S.Half)
    error = sympy.erf(_standardised(mean, variance) / sympy.sqrt(2))
    return constant(S.Half) + Combination([((frozenset(), error), S.Half)])


def _pair(means: Sequence[Expr], covariance: Sequence[Sequence[Expr]]) -> Combination:
    if covariance[0][1] == 0:
        return _normal(means[0], covariance[0][0]) * _normal(means[1], covariance[1][1])
    h, k = _standardised(means[0], covariance[0][0]), _standardised(means[1], covariance[1][1])
    return Combination([((frozenset(), Phi2(h, k, _correlation(covariance, 0, 1))), S.One)])
