r"""Corrections beyond all orders: flows f(K) = K - A K^m exp(-kappa/K) of activations linear near zero.

A kink at distance a from zero changes an average by the Gaussian tail beyond it. With d_j the first non-vanishing jump
of the j-th derivative of the integrand across the kink (outside minus inside), Laplace's method gives

    d_j (K/a)^(j+1) exp(-a^2/2K) / sqrt(2 pi K),

smaller than every power of K. To leading order the flow is dK/dl = -A K^m exp(-kappa/K), so
l = K^(2-m) exp(kappa/K)/(A kappa) and K = kappa/log l; a perturbation eps' = (1 - B K^r exp(-kappa/K)) eps behaves as
K^(B/A) for r = m - 1 and as exp(-B/(A K)) = l^(-B/(A kappa)) up to logarithms for r = m - 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import sympy as sp

from ptheory.activations import Z
from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.criticality.kernel_system import Quantity, coefficient_of, expanded
from ptheory.criticality.linear_recursions import AsymptoticFailure
from ptheory.criticality.series import divided_text, exact, monomial_text, order_key, raised_text
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.recursion.means.mean import Mean

JET_ORDER = 6


@dataclass(frozen=True)
class Tail:
    """coefficient * K^power * exp(-kappa/K)."""

    coefficient: sp.Expr
    power: sp.Expr
    kappa: sp.Expr

    def text(self, kernel: str) -> str:
        """For words: -K^(3/2)*exp(-1/(2*K))."""
        return f"{monomial_text(self.coefficient, (kernel, self.power))}*exp({divided_text(-self.kappa, kernel)})"


@dataclass(frozen=True)
class EssentialFlow:
    """f(K) - K = ``drift`` (a negative coefficient attracts), with what it implies at large depth.

    ``perpendicular_power``: of K, with which perpendicular perturbations go; None where they go with no power of it.
    """

    drift: Tail
    exponents: Mapping[str, sp.Expr] = field(default_factory=dict)
    amplitudes: Mapping[str, sp.Expr] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    perpendicular_power: sp.Expr | None = None


def is_polynomial_near_zero(spec: SpecialisedSystem, polynomial: Polynomial) -> bool:
    """Whether every site function is a polynomial on either side of zero: then the series in K hides no power."""
    used = {jet.function for a in polynomial.atoms() if isinstance(a, Mean) for jet in a.jets}
    return all(spec.activation(k).side(sp.S.Zero, side).is_polynomial(Z) for k in used for side in (-1, 1))


def essential_drift(spec: SpecialisedSystem, hyper: Mapping[Atom, sp.Expr]) -> Tail:
    """f(K) - K at critical hyperparameters. Raises ``AsymptoticFailure`` when the leading jumps cancel."""
    return _leading_tail(spec, spec.system.kernel, hyper)


def essential_flow(spec: SpecialisedSystem, hyper: Mapping[Atom, sp.Expr]) -> EssentialFlow:
    """Leading large-depth behaviour where f(K) - K is beyond all orders."""
    named = spec.system.kernel_name
    drift = essential_drift(spec, hyper)
    zero, one = exact(0), exact(1)
    exponents: dict[str, sp.Expr] = {"p_0": zero, "p_par": one}
    amplitudes: dict[str, sp.Expr] = {f"{named} log(l)": drift.kappa}
    evidence = [
        f"f({named}) - {named} = {drift.text(named)} to leading order, so {named} = "
        f"{divided_text(drift.kappa, 'log(l)')}",
        "parallel perturbations decay as 1/(l*log(l)^2)",
    ]
    tail = _leading_tail(spec, expanded(spec.system.perpendicular_susceptibility), hyper)
    ratio = sp.nsimplify(sp.simplify(tail.coefficient / drift.coefficient)) if tail.kappa == drift.kappa else zero
    perpendicular_power: sp.Expr | None = None
    if sp.simplify(tail.power - drift.power + 1) == 0:
        exponents["p_perp"], perpendicular_power = zero, ratio
        goes = "grow" if ratio < 0 else "decay" if ratio > 0 else "stay"
        in_kernel = f" as {raised_text(named, ratio)}, that is {raised_text('log(l)', -ratio)}" if ratio else ""
        evidence.append(f"perpendicular perturbations {goes}{in_kernel}")
    elif sp.simplify(tail.power - drift.power + 2) == 0:
        exponents["p_perp"] = sp.simplify(ratio / drift.kappa)
    _add_vertex(spec, hyper, exponents, amplitudes)
    return EssentialFlow(drift, exponents, amplitudes, tuple(evidence), perpendicular_power)


def _add_vertex(
    spec: SpecialisedSystem,
    hyper: Mapping[Atom, sp.Expr],
    exponents: dict[str, sp.Expr],
    amplitudes: dict[str, sp.Expr],
) -> None:
    """X' = (1 - B K^(m-2) e) X + b K^2 has X = b K^(4-m) / ((A kappa + B) e), so X/K^2 = l b A kappa/(A kappa + B).

    For the coefficient chi_par^k of X one has B = k A kappa.
    """
    vertex = spec.system.vertex
    if vertex is None:
        return
    source, alpha = coefficient_of(spec.system.recursion(vertex).rhs, Quantity(vertex))
    drive = spec.series(source, hyper, 4)
    exponent, _, value = drive.leading
    count = _power_of(alpha, spec.system.parallel_susceptibility)
    if count is None or exponent != 2:
        return
    exponents[spec.system.vertex_ratio] = exact(1)
    amplitudes[spec.system.vertex_ratio] = sp.simplify(value / (1 + count))


def _power_of(alpha: Polynomial, base: Polynomial) -> int | None:
    power = Polynomial.constant(1)
    for count in range(1, 5):
        power = power * base
        if expanded(power) == expanded(alpha):
            return count
    return None


def _leading_tail(spec: SpecialisedSystem, polynomial: Polynomial, hyper: Mapping[Atom, sp.Expr]) -> Tail:
    tails: dict[tuple[sp.Expr, sp.Expr], sp.Expr] = {}
    for monomial, coefficient in polynomial:
        for position, (atom, exponent) in enumerate(monomial):
            if not isinstance(atom, Mean):
                continue
            rest = Polynomial({monomial[:position] + monomial[position + 1 :]: coefficient * exponent})
            if exponent != 1:
                rest = rest * Polynomial.atom(atom, exponent - 1)
            factor = spec.series(rest, hyper, 2)
            for tail in _tails_of_average(spec, atom):
                power, _, value = factor.leading
                key = (tail.kappa, sp.expand(tail.power + power))
                tails[key] = sp.expand(tails.get(key, exact(0)) + tail.coefficient * value)
    nonzero = {key: value for key, value in tails.items() if value != 0}
    if not nonzero:
        raise AsymptoticFailure("no kink away from zero changes the flow to leading order")
    kappa, power = min(nonzero, key=lambda k: (order_key(k[0]), order_key(k[1])))
    lowest = min((k for k in tails if k[0] == kappa), key=lambda k: order_key(k[1]))
    if lowest != (kappa, power):
        raise AsymptoticFailure("the leading corrections beyond all orders cancel")
    return Tail(sp.simplify(nonzero[(kappa, power)]), power, kappa)


def _tails_of_average(spec: SpecialisedSystem, average: Mean) -> list[Tail]:
    """The leading change of the average from the nearest kink on either side of zero."""
    activations = [spec.activation(jet.function) for jet in average.jets]
    kinks = {k for a in activations for k in a.kinks if k != 0}
    found = []
    for side in (-1, 1):
        beyond = [k for k in kinks if (k > 0) == (side > 0)]
        if not beyond:
            continue
        point = min(beyond, key=lambda k: abs(sp.N(k)))
        outside, inside = (_integrand(spec, average, point, direction) for direction in (side, -side))
        difference = outside - inside
        for j in range(JET_ORDER):
            jump = sp.simplify(difference.diff(Z, j).subs(Z, point)) * side**j
            if jump != 0:
                distance = abs(point)
                value = jump / distance ** (j + 1) / sp.sqrt(2 * sp.pi)
                found.append(Tail(value, exact(j) + sp.Rational(1, 2), distance**2 / 2))
                break
    return found


def _integrand(spec: SpecialisedSystem, average: Mean, point: sp.Expr, side: int) -> sp.Expr:
    product = Z**average.explicit_power
    for jet in average.jets:
        product *= spec.activation(jet.function).side(point, side).diff(Z, jet.order)
    return product
