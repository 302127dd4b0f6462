"""The tower where K does not move, on a line of fixed points or at K* > 0 itself: every coefficient is constant,
quantities are polynomials in l.

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
from ptheory.criticality.local import LocalFlow
from ptheory.criticality.specialised import SpecialisedSystem

KERNEL_SYMBOL = sp.Symbol(KERNEL, positive=True)
UNIT = sp.Float(10) ** -20  # numbers this close to one are one


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
        leading = sp.LC(self.expressions[name], DEPTH)
        return leading if leading.has(sp.Float) else sp.factor(leading)  # decimals have no factors

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
    kept: LocalFlow | None = None,
) -> LineSolution:
    """Solve the tower at a point of a line of fixed points; exact, because the averages are powers of K. With ``kept``
    at the kernel of an isolated critical point K* > 0, the averages those of the expansion about it."""
    given = initial or {}
    averages = _Averages(spec, hyper, kept)
    known: dict[str, _Known] = {KERNEL: _Known(averages.kernel)}
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
            factor = _unit(sp.simplify(_expression(averages, alpha, symbols, later)))
            if factor not in (0, 1):
                raise AsymptoticFailure(f"a factor {factor} per layer: no polynomial in l")
            drive = sp.expand(_expression(averages, source, symbols, later))
            first = [given.get(name, sp.Symbol(f"{name}_1", real=True))]
            for layer in range(1, _since(source, known) + (factor == 0)):
                below = {driver: solved.at(layer) for driver, solved in known.items()}
                at_layer = {rate: value.subs(DEPTH, layer) for rate, value in symbols.items()}
                first.append(sp.expand(factor * first[-1] + _expression(averages, source, at_layer, below)))
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


@dataclass(frozen=True)
class _Averages:
    """Averages and hyperparameters in terms of the kernel that stays: K on a line, else that of ``kept``."""

    spec: SpecialisedSystem
    hyper: Mapping[Atom, sp.Expr]
    kept: LocalFlow | None

    @property
    def kernel(self) -> sp.Expr:
        """K, or K*."""
        return KERNEL_SYMBOL if self.kept is None else self.kept.kernel.coefficient(0)

    def of(self, atom: Atom) -> sp.Expr:
        """NoExpansion where an average is no pure power of K."""
        polynomial = Polynomial.atom(atom)
        if self.kept is not None:
            return self.kept.expand(polynomial, {}).coefficient(0)
        series = self.spec.series(polynomial, self.hyper, 1)
        if series.truncation is not None:
            raise AsymptoticFailure(f"{atom} is no pure power of K")
        return series.to_expr(KERNEL_SYMBOL)


def _unit(factor: sp.Expr) -> sp.Expr:
    """A numerical response per layer that is one to all digits but the last is one."""
    if factor.is_number and factor.has(sp.Float) and abs(factor - 1) < UNIT:
        return sp.Integer(1)
    return factor


def _expression(
    averages: _Averages,
    polynomial: Polynomial,
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
        return averages.of(atom)

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
