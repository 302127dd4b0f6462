"""The tower on a line of fixed points: K does not move, every coefficient is constant, quantities are polynomials in l.

X_{l+1} = X_l + beta(l) with beta a polynomial in l gives X_l = X_1 + sum_{k=1}^{l-1} beta(k), summed exactly by
Bernoulli polynomials. X_1 is the value at the first layer: given, or a free constant of that name.

X_{l+1} = beta(l), of what every layer makes anew (the fourth cumulant of one neuron's own weights), is that polynomial
from the second layer on, whatever X_1 is; what it drives starts from there, its first layers added up one by one.
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
    """``expressions[name]`` is a polynomial in l with coefficients in K and the rates, exact for every layer from
    ``since[name]`` on, which is the first where nothing is said."""

    expressions: Mapping[str, sp.Expr]
    rates: Rates
    failures: Mapping[str, str] = field(default_factory=dict)
    since: Mapping[str, int] = field(default_factory=dict)

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
    known: dict[str, _Known] = {KERNEL: _Known(KERNEL_SYMBOL)}
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
            later = {driver: solved.later for driver, solved in known.items()}
            factor = sp.simplify(_expression(spec, alpha, hyper, symbols, later))
            if factor not in (0, 1):
                raise AsymptoticFailure(f"a factor {factor} per layer: no polynomial in l")
            drive = sp.expand(_expression(spec, source, hyper, symbols, later))
            first = [given.get(name, sp.Symbol(f"{name}_1", real=True))]
            for layer in range(1, _since(source, known) + (factor == 0)):
                below = {driver: solved.at(layer) for driver, solved in known.items()}
                at_layer = {rate: value.subs(DEPTH, layer) for rate, value in symbols.items()}
                first.append(sp.expand(factor * first[-1] + _expression(spec, source, hyper, at_layer, below)))
            if factor == 0:
                _check_polynomial(drive)
                known[name] = _Known(sp.expand(drive.subs(DEPTH, DEPTH - 1)), tuple(first[:-1]))
            else:
                summed = _sum_to(drive)
                known[name] = _Known(sp.expand(first[-1] + summed - summed.subs(DEPTH, len(first))), tuple(first[:-1]))
        except Refusal as error:
            failures[name] = str(error)
    declared = {KERNEL_SYMBOL: sp.Symbol(spec.system.kernel_name, positive=True)}
    expressions = {name: solved.later.xreplace(declared) for name, solved in known.items()}
    return LineSolution(expressions, rates, failures, {name: solved.since for name, solved in known.items()})


@dataclass(frozen=True)
class _Known:
    """A quantity: ``first`` are its values in the layers 1, 2, ... before ``later``, a polynomial in l, holds."""

    later: sp.Expr
    first: tuple[sp.Expr, ...] = ()

    @property
    def since(self) -> int:
        return len(self.first) + 1

    def at(self, layer: int) -> sp.Expr:
        return self.first[layer - 1] if layer < self.since else self.later.subs(DEPTH, layer)


def _since(source: Polynomial, known: Mapping[str, _Known]) -> int:
    """The first layer from which all that drives a quantity are polynomials."""
    drivers = (atom.name for atom in source.atoms() if isinstance(atom, Quantity))
    return max((known[name].since for name in drivers if name in known), default=1)


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


def _check_polynomial(drive: sp.Expr) -> None:
    if not drive.is_polynomial(DEPTH):
        raise AsymptoticFailure("the source is no polynomial in l")


def _sum_to(drive: sp.Expr) -> sp.Expr:
    """sum_{k=1}^{l-1} drive(k) for a polynomial in l."""
    total = sp.Integer(0)
    _check_polynomial(drive)
    for (power,), coefficient in sp.Poly(drive, DEPTH).terms():
        primitive = sp.bernoulli(power + 1, DEPTH) / (power + 1)
        total += coefficient * (primitive - primitive.subs(DEPTH, 1))
    return sp.expand(total)
