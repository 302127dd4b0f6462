"""The tower on a line of fixed points: K does not move, every coefficient is constant, quantities are polynomials in l.

X_{l+1} = X_l + beta(l) with beta a polynomial in l gives X_l = X_1 + sum_{k=1}^{l-1} beta(k), summed exactly by
Bernoulli polynomials. X_1 is the value at the first layer: given, or a free constant of that name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import sympy as sp

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.algebra.refusal import Refusal
from ptheory.criticality.asymptotics import DEPTH, Rates
from ptheory.criticality.kernel_system import KERNEL, Quantity, coefficient_of
from ptheory.criticality.linear_recursions import AsymptoticFailure
from ptheory.criticality.specialised import SpecialisedSystem

KERNEL_SYMBOL = sp.Symbol(KERNEL, positive=True)


@dataclass(frozen=True)
class LineSolution:
    """``expressions[name]`` is exact for every l >= 1: a polynomial in l with coefficients in K and the rates."""

    expressions: Mapping[str, sp.Expr]
    rates: Rates
    failures: Mapping[str, str] = field(default_factory=dict)

    def power(self, name: str) -> int:
        """The leading power of l of a quantity: the degree of its polynomial."""
        return int(sp.degree(self.expressions[name], DEPTH))

    def amplitude(self, name: str) -> sp.Expr:
        """The coefficient of the highest power of l."""
        return sp.factor(sp.LC(self.expressions[name], DEPTH))

    def ratio_growth(self, numerator: str, *denominator: str) -> tuple[int, sp.Expr]:
        """(power, amplitude) of a ratio such as V/K^2 at large l."""
        power, value = self.power(numerator), self.amplitude(numerator)
        for name in denominator:
            power -= self.power(name)
            value = value / self.amplitude(name)
        return power, sp.cancel(value)


def solve_line(
    spec: SpecialisedSystem,
    hyper: Mapping[Atom, sp.Expr],
    rates: Rates,
    initial: Mapping[str, sp.Expr] | None = None,
    names: tuple[str, ...] | None = None,
) -> LineSolution:
    """Solve the tower at a point of a line of fixed points; exact, because the averages are powers of K."""
    given = initial or {}
    known: dict[str, sp.Expr] = {KERNEL: KERNEL_SYMBOL}
    failures: dict[str, str] = {}
    symbols: dict[Atom, sp.Expr] = {
        rate: rates.coefficient(rate) * (DEPTH + 1) ** power for rate, power in rates.powers.items()
    }
    for recursion in spec.system.tower:
        name = recursion.name
        if names is not None and name not in names:
            continue
        try:
            source, alpha = coefficient_of(recursion.rhs, Quantity(name))
            factor = _expression(spec, alpha, hyper, symbols, known)
            if sp.simplify(factor - 1) != 0:
                raise AsymptoticFailure(f"a factor {sp.simplify(factor)} per layer: no polynomial in l")
            drive = sp.expand(_expression(spec, source, hyper, symbols, known))
            known[name] = sp.expand(given.get(name, sp.Symbol(f"{name}_1", real=True)) + _sum_to(drive))
        except Refusal as error:
            failures[name] = str(error)
    declared = {KERNEL_SYMBOL: sp.Symbol(spec.system.kernel_name, positive=True)}
    return LineSolution({name: value.xreplace(declared) for name, value in known.items()}, rates, failures)


def _expression(
    spec: SpecialisedSystem,
    polynomial: Polynomial,
    hyper: Mapping[Atom, sp.Expr],
    symbols: Mapping[Atom, sp.Expr],
    known: Mapping[str, sp.Expr],
) -> sp.Expr:
    def value(atom: Atom) -> sp.Expr:
        if isinstance(atom, Quantity):
            if atom.name not in known:
                raise AsymptoticFailure(f"it is driven by {atom.name}, which has no such form")
            return known[atom.name]
        if atom in symbols:
            return symbols[atom]
        series = spec.series(Polynomial.atom(atom), hyper, 1)
        if series.truncation is not None:
            raise AsymptoticFailure(f"{atom} is no pure power of K")
        return series.to_expr(KERNEL_SYMBOL)

    return sp.expand(polynomial.evaluate(value, lambda c: sp.Rational(c.numerator, c.denominator)))


def _sum_to(drive: sp.Expr) -> sp.Expr:
    """sum_{k=1}^{l-1} drive(k) for a polynomial in l."""
    total = sp.Integer(0)
    if not drive.is_polynomial(DEPTH):
        raise AsymptoticFailure("the source is no polynomial in l")
    for (power,), coefficient in sp.Poly(drive, DEPTH).terms():
        primitive = sp.bernoulli(power + 1, DEPTH) / (power + 1)
        total += coefficient * (primitive - primitive.subs(DEPTH, 1))
    return sp.expand(total)
