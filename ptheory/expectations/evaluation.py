"""Numbers for any moment at any covariance: exact, enclosed, or estimated, and the value says which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

import mpmath
import sympy
from flint import acb, arb
from sympy import S

from ptheory.activations.errors import UnsupportedFormula
from ptheory.expectations import lattice_integral
from ptheory.expectations.ball_arithmetic import BallArithmetic
from ptheory.expectations.balls import ball, bits, radius, rational, real_part, to_mpf
from ptheory.expectations.covariance import read_covariance
from ptheory.expectations.errors import ExpectationError, PrecisionNotMet, TimeExceeded
from ptheory.expectations.gaussian_integral import gaussian_integral
from ptheory.expectations.integrability import require_integrable, tilted
from ptheory.expectations.line_integral import line_integral
from ptheory.expectations.moments import Moment
from ptheory.expectations.one_variable import OneVariable
from ptheory.expectations.polynomial_moments import polynomial_moment
from ptheory.expectations.product_integral import product_integral
from ptheory.expectations.reduction import Block, ReducedTerm, reduce_moment
from ptheory.expectations.time_limits import time_limit

GUARD_BITS = 24
ATTEMPTS = 5
HIGHEST_DIMENSION = 4


@dataclass(frozen=True)
class Value:
    """``kind`` is "exact" (radius 0), "bound" (the true value lies within ``radius`` of ``value``, rigorously) or
    "estimate" (``radius`` is an
    error estimate, not a bound). ``value`` is a Fraction or an mpf."""

    value: Any
    radius: Any
    kind: str
    method: str

    def __float__(self) -> float:
        return float(self.value)

    def as_mpf(self) -> mpmath.mpf:
        """The value as an mpf, exact ones rounded at mpmath's working precision."""
        if isinstance(self.value, Fraction):
            return mpmath.mpf(self.value.numerator) / self.value.denominator
        return self.value

    def __str__(self) -> str:
        if self.kind == "exact":
            return str(self.value)
        digits = (
            15 if self.radius == 0 or self.value == 0 else max(1, int(-mpmath.log10(self.radius / abs(self.value))))
        )
        return f"{mpmath.nstr(self.value, digits)} ({self.kind})"


def evaluate(moment: Moment, covariance: Any, digits: int = 30, seconds: float | None = None) -> Value:
    """⟨moment⟩ at a covariance (nested sequence, or one number for one variable), to ``digits`` significant digits.

    Polynomials are exact; piecewise analytic integrands of bounded growth in one to four variables are enclosed by Arb;
    the rest is an estimate. A value too close to zero for relative accuracy is given to 10^(−digits) absolutely.
    ``seconds`` limits the time spent (looked at between steps). Raises NotPositiveSemidefinite, NonIntegrable,
    DivergentMoment, PrecisionNotMet, TimeExceeded.
    """
    if isinstance(digits, bool) or not isinstance(digits, int) or digits < 1:
        raise ExpectationError(f"digits must be a whole number, at least 1, not {digits!r}")
    _require_numbers(moment)
    with time_limit(seconds):
        try:
            return _value(moment, covariance, digits)
        except TimeExceeded:
            raise TimeExceeded(
                f"{digits} digits could not be reached within {seconds} seconds: ask for fewer digits or give more time"
            ) from None


def _value(moment: Moment, covariance: Any, digits: int) -> Value:
    matrix = read_covariance(covariance, moment.size)
    if parity(moment) == -1:
        return Value(Fraction(0), mpmath.mpf(0), "exact", "odd under z -> -z")
    terms = reduce_moment(moment, matrix)
    exact = _exact(terms)
    if exact is not None:
        return Value(exact, mpmath.mpf(0), "exact", "contractions")
    try:
        return _enclosed(terms, digits)
    except (PrecisionNotMet, UnsupportedFormula) as reason:
        return _estimated(terms, digits, reason)


def estimate(moment: Moment, covariance: Any, digits: int = 15) -> mpmath.mpf:
    """The value alone, for root finding and sweeps; ``evaluate`` says how far it can be trusted."""
    with mpmath.workdps(digits + 5):
        return evaluate(moment, covariance, digits).as_mpf()


def parity(moment: Moment) -> int | None:
    """+1 or −1 when the integrand is even or odd under z → −z of every variable, None otherwise."""
    sign = 1
    for activation, order, _ in moment.factors:
        if activation.parity is None:
            return None
        sign *= activation.parity * (-1) ** order
    return sign * (-1) ** (sum(moment.powers) + len(moment.derivatives))


def _require_numbers(moment: Moment) -> None:
    for activation, _, _ in moment.factors:
        free = activation.formula.free_symbols - {sympy.Symbol("z", real=True)}
        if free:
            names = ", ".join(sorted(s.name for s in free))
            raise ExpectationError(f"'{activation.name}' has parameters without numbers: {names}")


def _exact(terms: list[ReducedTerm]) -> Fraction | None:
    """The rational value when every block is polynomial, or even powers on half lines of one variable; else None."""
    total: sympy.Expr = S.Zero
    for term in terms:
        product = term.weight
        for block in term.blocks:
            if all(part.is_polynomial for part in block.parts):
                product = product * _polynomial_block(block)
            elif len(block.parts) == 1 and _has_even_halves(block.parts[0]):
                product = product * _half_line_block(block)
            else:
                return None
        total += sympy.expand(product)
    return Fraction(int(total.p), int(total.q)) if total.is_Rational else None


def _has_even_halves(part: OneVariable) -> bool:
    if part.pieces is None or part.deltas:
        return False
    return all(
        shape.linear == 0
        and shape.quadratic == 0
        and not shape.gates
        and (shape.start is None or (shape.start == 0 and shape.power % 2 == 0))
        for shape, _ in part.pieces
    )


def _half_line_block(block: Block) -> sympy.Expr:
    """Half of an even moment lies on each side of 0."""
    pieces = block.parts[0].pieces
    assert pieces is not None
    total: sympy.Expr = S.Zero
    for shape, coefficient in pieces:
        moment = polynomial_moment((shape.power,), block.covariance)
        share = S.One if shape.start is None else S.Half
        total += coefficient * share * sympy.Rational(moment.numerator, moment.denominator)
    return total


def _polynomial_block(block: Block) -> sympy.Expr:
    total: sympy.Expr = S.Zero
    stack: list[tuple[int, tuple[int, ...], sympy.Expr]] = [(0, (), S.One)]
    while stack:
        place, powers, weight = stack.pop()
        if place == len(block.parts):
            value = polynomial_moment(powers, block.covariance)
            total += weight * sympy.Rational(value.numerator, value.denominator)
            continue
        pieces = block.parts[place].pieces
        assert pieces is not None
        stack.extend((place + 1, (*powers, shape.power), weight * c) for shape, c in pieces)
    return total


def _enclosed(terms: list[ReducedTerm], digits: int) -> Value:
    """A rigorous ball, at growing precision until it is narrow enough."""
    precision = ceil(digits * 3.33) + GUARD_BITS
    best: arb | None = None
    for attempt in range(ATTEMPTS):
        methods: set[str] = set()
        # terms of a closed form may cancel beyond any reasonable precision (steep ELU); quadrature does not
        block_ball = _block_ball if attempt < ATTEMPTS - 1 else _quadrature_ball
        if block_ball is _quadrature_ball:
            precision = ceil(digits * 3.33) + GUARD_BITS
        missing = precision
        with bits(precision):
            total = sum((_term_ball(term, methods, block_ball) for term in terms), acb(0))
            result = real_part(total)
            if result.is_finite():
                best = result
                middle, error = abs(to_mpf(result)), radius(result)
                target = mpmath.mpf(10) ** (-digits)
                if error <= target * middle or (middle <= target and error <= target):
                    return Value(to_mpf(result), error, "bound", " and ".join(sorted(methods)) or "constant")
                if error < 1:
                    missing = min(missing, max(16, int(mpmath.log(error / (target * max(middle, target)), 2)) + 8))
        precision += missing
    if best is not None and radius(best) <= mpmath.mpf(10) ** (-digits):
        return Value(to_mpf(best), radius(best), "bound", "Arb")
    raise PrecisionNotMet(f"{digits} digits could not be enclosed", best)


def _term_ball(term: ReducedTerm, methods: set[str], block_ball: Callable[[Block, set[str]], acb]) -> acb:
    total = ball(term.weight)
    for block in term.blocks:
        total = total * block_ball(block, methods)
    return total


def _block_ball(block: Block, methods: set[str]) -> acb:
    require_integrable(block)
    if all(part.pieces is not None for part in block.parts) and not _needs_integral(block):
        try:
            methods.add("closed form in Arb balls")
            return gaussian_integral(
                block.parts, [[rational(x) for x in row] for row in block.covariance], BallArithmetic()
            )
        except PrecisionNotMet:
            methods.discard("closed form in Arb balls")
    return _quadrature_ball(block, methods)


def _needs_integral(block: Block) -> bool:
    """One variable with four or more Φ's: the orthant probability is itself an integral, and a harder one."""
    pieces = block.parts[0].pieces
    return len(block.parts) == 1 and pieces is not None and any(len(shape.gates) > 3 for shape, _ in pieces)


def _quadrature_ball(given: Block, methods: set[str]) -> acb:
    block = _of_order_one(given)
    if len(block.parts) == 1:
        methods.add("Arb integral, split at kinks, tails bounded")
        return line_integral(block.parts[0], block.covariance[0][0])
    if len(block.parts) <= HIGHEST_DIMENSION:
        methods.add("Arb Gauss-Legendre panels, errors bounded on Bernstein ellipses")
        weight, mild = tilted(block)
        return weight * product_integral(mild.parts, mild.covariance)
    raise PrecisionNotMet(f"{len(block.parts)} correlated inputs are beyond quadrature")


def _of_order_one(block: Block) -> Block:
    """Small variances scaled up by powers of two: the tail bounds cut at distances of at least one."""
    scales = [_power_of_two(block.covariance[k][k]) for k in range(len(block.parts))]
    if all(s == 1 for s in scales):
        return block
    parts = tuple(part.rescaled(sympy.Rational(s)) for part, s in zip(block.parts, scales, strict=True))
    rows = zip(block.covariance, scales, strict=True)
    covariance = tuple(tuple(x / (s * t) for x, t in zip(row, scales, strict=True)) for row, s in rows)
    return Block(parts, covariance)


def _power_of_two(variance: Fraction) -> Fraction:
    """The largest s = 2^(−k) ≤ 1 with variance/s² at least 1/4."""
    scale = Fraction(1)
    while variance and variance < scale**2 / 4:
        scale /= 2
    return scale


def _estimated(terms: list[ReducedTerm], digits: int, reason: Exception) -> Value:
    total, error = mpmath.mpf(0), mpmath.mpf(0)
    with mpmath.workdps(digits + 10):
        for term in terms:
            weight = mpmath.mpmathify(sympy.N(term.weight, digits + 10))
            value, spread = weight, mpmath.mpf(0)
            for block in term.blocks:
                inner, inner_error = _block_estimate(block, digits, reason)
                spread = abs(spread * inner) + abs(value) * inner_error
                value = value * inner
            total, error = total + value, error + spread
        target = mpmath.mpf(10) ** (-digits)
        if not error <= target * max(abs(total), target):
            reached = Value(total, error, "estimate", "quadrature")
            raise PrecisionNotMet(
                f"{digits} digits could not be reached ({mpmath.nstr(error, 2)} is the error estimate of the best "
                f"quadrature): "
                "ask for fewer digits",
                reached,
            )
    return Value(total, error, "estimate", "quadrature split at kinks")


def _block_estimate(block: Block, digits: int, reason: Exception) -> tuple[mpmath.mpf, mpmath.mpf]:
    try:
        with bits(ceil(digits * 3.33) + 2 * GUARD_BITS):
            inner = real_part(_block_ball(block, set()))
            if inner.is_finite():
                return to_mpf(inner), radius(inner)
    except (PrecisionNotMet, UnsupportedFormula):
        pass
    if any(part.deltas for part in block.parts):
        raise PrecisionNotMet("a delta function in several variables has no quadrature here") from reason
    weight, mild = tilted(block)
    factor = to_mpf(weight.real)
    inner_value, spread = lattice_integral.lattice_integral(mild, digits)
    return factor * inner_value, factor * spread
