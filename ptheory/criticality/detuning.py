"""Depth scales next to a critical point: what kernels and nearby inputs do where one variance is off by delta.

With delta the relative distance of the variance of the weights from its critical value, or the distance itself of that
of the biases, a perturbation along a direction changes by exp(+-l/xi) with xi = 1/|log chi|, and

    xi = coefficient * delta^(-exponent)                    as delta -> 0.

Idea. f is affine in either variance, f = f_c + delta g, so the kernel K*(delta) that attracts there has
delta = -(f_c(x) - x)/g(x), a series in its distance x from the critical kernel; chi - 1 is one too, and the two leading
terms give the law. Where the leading terms of chi - 1 cancel (chi_perp of tanh above C_W = 1) the next one is taken.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.criticality.fixed_points import CriticalPoint
from ptheory.criticality.kernel_system import NotAffine, coefficient_of, expanded, kernel_derivative
from ptheory.criticality.local import LocalFlow
from ptheory.criticality.series import DIGITS, LogSeries, NoExpansion, factored, order_key
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.expectations import ExpectationError

ORDERED, CHAOTIC, COLLAPSE, EXPLOSION, DRIFT, PASSAGE = (
    "ordered", "chaotic", "collapse", "explosion", "growth", "passage",
)  # fmt: skip
ONE, MINUS_ONE, HALF = sp.Integer(1), sp.Integer(-1), sp.Rational(1, 2)
BEYOND_ALL_ORDERS = "f(K) - K is beyond all orders, and no length is a power of delta"


@dataclass(frozen=True)
class PowerLaw:
    """coefficient * delta^exponent as delta -> 0, delta > 0."""

    coefficient: sp.Expr
    exponent: sp.Expr

    def __call__(self, delta: sp.Expr) -> sp.Expr:
        """Its value."""
        return self.coefficient * delta**self.exponent


@dataclass(frozen=True)
class _Found:
    outcome: str
    kernel: PowerLaw | None = None
    norms: PowerLaw | None = None
    angles: PowerLaw | None = None
    passage: PowerLaw | None = None


@dataclass(frozen=True)
class Detuned:
    """One variance, ``variance`` by its name, off by delta to one ``side`` (1 above, -1 below); ``relative``: delta is
    that fraction of its critical value.

    ``outcome``: "ordered" and "chaotic" at an attracting kernel, whose distance from the critical one is ``kernel``;
    "collapse" and "explosion", K ~ exp(-+l/xi); "growth" by ``kernel`` a layer, which is no exponential;
    "passage" where no kernel stays, and K takes ``passage`` layers to pass the critical one. ``norms`` and ``angles``:
    xi of the kernel and of nearby inputs, None where there is none. ``reason``: why nothing is known.
    """

    variance: str
    side: int
    relative: bool
    outcome: str = ""
    kernel: PowerLaw | None = None
    norms: PowerLaw | None = None
    angles: PowerLaw | None = None
    passage: PowerLaw | None = None
    reason: str = ""


def detunings(spec: SpecialisedSystem, point: CriticalPoint, local: LocalFlow | None, has_bias: bool) -> list[Detuned]:
    """Either variance to either side, as far as it has one: a variance is not negative. ``local``: the flow at a
    critical point that attracts, None on a line of them."""
    system = spec.system
    moves = [(system.weight, point.C_W, True, side) for side in (1, -1)]
    if has_bias:
        moves += [(system.bias, ONE, False, side) for side in (1, -1) if side > 0 or point.C_b.is_positive]
    return [_detuned(spec, point, local, *move) for move in moves]


def _detuned(
    spec: SpecialisedSystem,
    point: CriticalPoint,
    local: LocalFlow | None,
    variance: Symbol,
    scale: sp.Expr,
    relative: bool,
    side: int,
) -> Detuned:
    try:
        _, push = coefficient_of(expanded(spec.system.kernel), variance)
        _, shear = coefficient_of(expanded(spec.system.perpendicular_susceptibility), variance)
        found = _Moved(spec, point, side, scale, push, shear).found(local)
    except (NotAffine, NoExpansion, ExpectationError) as error:
        return Detuned(variance.name, side, relative, reason=str(error))
    laws = (found.kernel, found.norms, found.angles, found.passage)
    return Detuned(variance.name, side, relative, found.outcome, *laws)


@dataclass(frozen=True)
class _Moved:
    """The network with one variance moved: f = f_c + delta * push, chi_perp = critical + delta * shear."""

    spec: SpecialisedSystem
    point: CriticalPoint
    side: int
    scale: sp.Expr
    push: Polynomial
    shear: Polynomial

    def found(self, local: LocalFlow | None) -> _Found:
        """What the kernel does, and the laws. Raises NoExpansion and ExpectationError."""
        if local is None:
            return self._on_a_line()
        push = local.expand(self.push, {}) * self.scale * self.side
        if local.flow is None:
            return self._falling(local, BEYOND_ALL_ORDERS)
        sign = -1 if local.kernel.coefficient(1) == -1 else 1
        delta = local.flow.correction * (-push * sign).real_power(-1)
        start, logs, size = delta.leading
        if logs:
            raise NoExpansion("a logarithm leads in the distance of the variance")
        if order_key(size) > 0:
            return self._settled(local, delta, PowerLaw(_tidy(size ** (-1 / start)), _tidy(1 / start)))
        if self.point.K_star == 0:
            return self._falling(local, "")
        return self._passing(local, push)

    def _settled(self, local: LocalFlow, delta: LogSeries, kernel: PowerLaw) -> _Found:
        """At the kernel that attracts in place of the critical one."""
        moved = delta * self.scale * self.side
        parallel = local.parallel - 1 + moved * local.expand(kernel_derivative(self.push), {})
        perpendicular = local.perpendicular - 1 + moved * local.expand(self.shear, {})
        norms, _ = _length(delta, parallel)
        angles, sign = _length(delta, perpendicular)
        return _Found(CHAOTIC if sign > 0 else ORDERED, kernel, norms, angles)

    def _falling(self, local: LocalFlow, otherwise: str) -> _Found:
        """K = 0 attracts by a factor a layer, or (``otherwise``) it repels."""
        rates = [
            (local.expand(polynomial, {}) * self.scale * self.side).coefficient(0)
            for polynomial in (kernel_derivative(self.push), self.shear)
        ]
        if order_key(rates[0]) >= 0:
            raise NoExpansion(otherwise or "no kernel attracts next to the critical one")
        norms, angles = (PowerLaw(_tidy(1 / abs(rate)), MINUS_ONE) for rate in rates)
        return _Found(COLLAPSE, None, norms, angles)

    def _passing(self, local: LocalFlow, push: LogSeries) -> _Found:
        """dx/dl = -|c| x^2 - p delta takes pi/sqrt(|c| p delta) layers from one end to the other."""
        assert local.flow is not None
        if local.flow.q != 1:
            raise NoExpansion("no kernel attracts next to the critical one")
        force = abs(push.coefficient(0) * local.flow.c)
        return _Found(PASSAGE, passage=PowerLaw(_tidy(sp.pi / sp.sqrt(force)), -HALF))

    def _on_a_line(self) -> _Found:
        """f = (1 + rate) K, or one number more a layer."""
        hyper: dict[Atom, sp.Expr] = {self.spec.system.weight: self.point.C_W, self.spec.system.bias: self.point.C_b}
        push, rate, shear = (
            self.spec.series(polynomial, hyper, 1)
            for polynomial in (self.push, kernel_derivative(self.push), self.shear)
        )
        if push.leading[0] == 0:
            return _Found(DRIFT, PowerLaw(_tidy(push.coefficient(0) * self.scale), ONE))
        norms, angles = (PowerLaw(_tidy(1 / (one.coefficient(0) * self.scale)), MINUS_ONE) for one in (rate, shear))
        return _Found(EXPLOSION if self.side > 0 else COLLAPSE, None, norms, angles)


def _length(delta: LogSeries, deviation: LogSeries) -> tuple[PowerLaw, int]:
    """xi = 1/|chi - 1| and the sign of chi - 1, of what are both series in the distance of the kernel."""
    start, _, size = delta.leading
    exponent, logs, amplitude = deviation.leading
    if logs:
        raise NoExpansion("a logarithm leads in a susceptibility")
    power = exponent / start
    return PowerLaw(_tidy(size**power / abs(amplitude)), _tidy(-power)), 1 if order_key(amplitude) > 0 else -1


def _tidy(value: sp.Expr) -> sp.Expr:
    return factored(sp.powdenest(sp.radsimp(value), force=True)) if not value.has(sp.Float) else sp.N(value, DIGITS)
