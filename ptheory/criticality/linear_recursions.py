"""Formal solutions of X(f(x)) = alpha(x) X(x) + beta(x) for a flow f(x) = x + c x^(1+q) + ... towards x = 0.

Idea. The depth enters only through the flow: with x = K_l the recursion X_{l+1} = alpha X_l + beta becomes a functional
equation in x, solved term by term in log-power series. The operator acts on one term as

    L[x^s (log x)^j] = (s c [r >= q] - a_r [r <= q]) x^(s + min(q, r)) (log x)^j + ...,      alpha = 1 + a_r x^r + ...,

and where that coefficient vanishes (a resonance) the solution gains one logarithm, L[x^s (log x)^(j+1)] leading with
c (j+1) x^(s+q) (log x)^j. The depth itself solves A(f(x)) = A(x) + 1, the same equation with alpha = beta = 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp

from ptheory.algebra.refusal import Refusal
from ptheory.criticality.series import (
    NEGLIGIBLE,
    ONE,
    ZERO,
    LogSeries,
    NamedNumber,
    NoExpansion,
    combined,
    is_zero,
    normal,
    number_value,
    order_key,
)


class RunsAway(Refusal):
    """A flow that does not approach the fixed point it was to be expanded at."""


class AsymptoticFailure(NoExpansion):
    """The log-power ansatz does not apply; the message says what was tried."""


@dataclass(frozen=True)
class Flow:
    """f(x) = x + c x^(1+q) + ..., c != 0, q > 0."""

    map: LogSeries

    @property
    def correction(self) -> LogSeries:
        """f(x) - x = c x^(1+q) + ..."""
        return self.map - LogSeries.power(ONE)

    @property
    def q(self) -> sp.Expr:
        """The exponent q > 0 of the first correction, c x^(1+q)."""
        return sp.expand(self.correction.leading[0] - 1)

    @property
    def c(self) -> sp.Expr:
        """The coefficient of the first correction; negative where x = 0 attracts."""
        return self.correction.leading[2]

    def __post_init__(self) -> None:
        if not self.correction.terms:
            raise AsymptoticFailure("the flow is the identity to the order known")
        exponent, log_power, _ = self.correction.leading
        if log_power or order_key(exponent) <= 1:
            raise AsymptoticFailure(f"the flow leads with x^{exponent} (log x)^{log_power}, not with a power above one")

    def truncated(self, orders: sp.Expr) -> Flow:
        """The flow to ``orders`` relative orders x^q beyond its leading correction."""
        return Flow(self.map.truncated(sp.expand(1 + self.q * (1 + orders))))

    def pull_back(self, series: LogSeries) -> LogSeries:
        """series(f(x))."""
        return series.compose(self.map)


@dataclass(frozen=True)
class LinearSolution:
    """Every solution is ``particular + constant * homogeneous``; ``homogeneous`` is None when it is no power of x."""

    particular: LogSeries
    homogeneous: LogSeries | None
    growth: str  # how a homogeneous solution that is no power behaves, in words; empty otherwise


def solve_linear(flow: Flow, alpha: LogSeries, beta: LogSeries, named: Sequence[NamedNumber] = ()) -> LinearSolution:
    """All formal solutions of X(f) = alpha X + beta, to the order the data allow.

    ``named``: exponents known as numbers only, in terms of which a numerical exponent is written.
    """
    particular = _particular(flow, alpha, beta)
    deviation = alpha - 1
    if not deviation.terms:
        if deviation.truncation is not None and order_key(deviation.truncation) <= order_key(flow.q):
            raise AsymptoticFailure("alpha is not known to the order of the flow")
        exponent: sp.Expr = ZERO
    else:
        shift, log_power, amplitude = deviation.leading
        if log_power:
            raise AsymptoticFailure("the coefficient of a linear recursion leads with a logarithm")
        if order_key(shift) < order_key(flow.q) - 1e-12:
            return LinearSolution(particular, None, _growth(flow, shift, amplitude))
        exponent = normal(amplitude / flow.c) if is_zero(sp.expand(shift - flow.q)) else ZERO
        exponent = _in_terms_of(exponent, named) if exponent.has(sp.Float) else sp.radsimp(exponent)
    seed = LogSeries.power(exponent)
    residual = flow.pull_back(seed) - alpha * seed
    return LinearSolution(particular, seed + _particular(flow, alpha, -residual), "")


def _in_terms_of(exponent: sp.Expr, named: Sequence[NamedNumber]) -> sp.Expr:
    """A numerical exponent as a + b p, a and b half-integers, p one of ``named``; itself where there is no such form.

    Exponents add up along the tower, and terms meet only where equal exponents are written alike.
    """
    value = number_value(exponent)
    for p in (None, *named):
        for twice in range(-8, 9) if p is not None else (0,):
            b = sp.Rational(twice, 2)
            a = sp.Rational(round(2 * float(value - (b * p.value if p is not None else 0))), 2)
            candidate = a + b * p if p is not None else a
            if abs(number_value(candidate) - value) < NEGLIGIBLE * (1 + abs(value)):
                return candidate
    return exponent


def _growth(flow: Flow, shift: sp.Expr, amplitude: sp.Expr) -> str:
    if shift == 0:
        return f"exponential: a factor {sp.expand(1 + amplitude)} per layer"
    rate = sp.cancel(amplitude / (flow.c * (shift - flow.q)))
    return f"stretched exponential: exp(({rate}) x^({sp.expand(shift - flow.q)}))"


def _particular(flow: Flow, alpha: LogSeries, beta: LogSeries) -> LogSeries:
    """One solution; each step removes the leading term of the residual beta + alpha X - X(f)."""
    q, c = flow.q, flow.c
    deviation = alpha - 1
    if deviation.terms:
        shift, _, amplitude = deviation.leading
    else:
        shift, amplitude = q + 1, ZERO
    differs = order_key(shift) - order_key(q)
    step = shift if differs < -1e-12 else q
    solution = LogSeries()
    residual = beta
    for _ in range(2000):
        if not residual.terms:
            return (
                solution if residual.truncation is None else solution.truncated(sp.expand(residual.truncation - step))
            )
        exponent, log_power, value = residual.leading
        s = sp.expand(exponent - step)
        moved = s * c if differs >= -1e-12 else ZERO
        kept = amplitude if differs <= 1e-12 else ZERO
        lead = combined((sp.expand(moved), -kept))
        if not is_zero(lead):
            term = LogSeries({(s, log_power): normal(value / lead)})
        else:
            term = LogSeries({(s, log_power + 1): normal(value / (c * (log_power + 1)))})
        solution = solution + term
        residual = residual - (flow.pull_back(term) - alpha * term)
        residual = LogSeries._of_clean(
            {k: v for k, v in residual.terms.items() if k != (exponent, log_power)}, residual.truncation
        )
    raise AsymptoticFailure("the formal solution did not terminate within 2000 terms")


def depth_of(flow: Flow) -> LogSeries:
    """A(x) with A(f(x)) = A(x) + 1: the depth as a function of x, up to an additive constant."""
    return _particular(flow, LogSeries.constant(1), LogSeries.constant(1))


def invert_depth(flow: Flow, shift: sp.Expr, orders: sp.Expr) -> LogSeries:
    """x as a log-power series in y = 1/l (log y = -log l), from l + shift = A(x), to relative order y^orders.

    Leading behaviour x = (-q c l)^(-1/q). ``shift`` is the free constant of the flow. RunsAway unless c < 0.
    """
    q, c = flow.q, flow.c
    if order_key(c) >= 0:
        raise RunsAway("the flow runs away from x = 0")
    depth = depth_of(flow)
    if depth.truncation is not None:
        available = sp.expand((depth.truncation + q) / q)
        orders = orders if order_key(orders) < order_key(available) else available
    amplitude = normal(-1 / (q * c))
    scaled = depth * LogSeries.power(q, 1 / amplitude)  # 1 + R(x)
    head = LogSeries.power(1 / q, sp.powdenest(sp.radsimp(1 / (-q * c)) ** (1 / q), force=True))
    solution = head
    denominator = LogSeries({(ZERO, 0): 1, (ONE, 0): shift}, orders)
    inverse = denominator.real_power(-1)
    previous = None
    for _ in range(200):
        relative = (scaled.compose(solution) if len(scaled.terms) > 1 else LogSeries.constant(1)) * inverse
        relative = relative.truncated(orders)
        updated = relative.real_power(1 / q) * head
        updated = updated.truncated(sp.expand(1 / q + orders))
        if previous is not None and updated.terms == previous:
            return updated
        previous = updated.terms
        solution = updated
    raise AsymptoticFailure("the inversion of the depth did not converge")
