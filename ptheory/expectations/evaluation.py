"""Numbers for any moment at any covariance: exact, enclosed, or estimated, and the value says which."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, inf

import mpmath
import sympy
from flint import acb
from sympy import S

from ptheory.activations.activation_errors import UnsupportedFormula
from ptheory.algebra.real import Real
from ptheory.expectations import lattice_integral
from ptheory.expectations.ball_arithmetic import BallArithmetic
from ptheory.expectations.balls import ball, bits, radius, rational, real_part, to_mpf
from ptheory.expectations.covariance import GivenCovariance, read_covariance
from ptheory.expectations.expectation_errors import ExpectationError, PrecisionNotMet, TimeExceeded
from ptheory.expectations.gaussian_integral import gaussian_integral
from ptheory.expectations.integrability import require_integrable, tilted
from ptheory.expectations.line_integral import line_integral
from ptheory.expectations.moments import Moment
from ptheory.expectations.one_variable import OneVariable
from ptheory.expectations.order_one import of_order_one
from ptheory.expectations.polynomial_moments import polynomial_moment
from ptheory.expectations.reduction import Block, ReducedTerm, reduce_moment
from ptheory.expectations.time_limits import check_time, time_limit

GUARD_BITS = 24
LARGEST_DOUBLE = Fraction(sys.float_info.max)
ATTEMPTS = 5
EXTRA_BITS = {1: 800, 2: 320, 3: 64, 4: 64}  # what cancellation may cost a quadrature of so many variables
HIGHEST_DIMENSION = 4
CLOSED = "closed form in Arb balls"


@dataclass(frozen=True)
class Value:
    """``kind`` is "exact" (radius 0), "bound" (the true value lies within ``radius`` of ``value``, rigorously) or
    "estimate" (``radius`` is an
    error estimate, not a bound). ``value`` is a Fraction or an mpf."""

    value: Real
    radius: Real | int
    kind: str
    method: str

    def __float__(self) -> float:
        """The nearest double; infinite beyond them, as an mpf becomes and a Fraction by itself does not."""
        if isinstance(self.value, Fraction) and abs(self.value) > LARGEST_DOUBLE:
            return inf if self.value > 0 else -inf
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


def evaluate(moment: Moment, covariance: GivenCovariance, digits: int = 30, seconds: float | None = None) -> Value:
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


def _value(moment: Moment, covariance: GivenCovariance, digits: int) -> Value:
    matrix = read_covariance(covariance, moment.size)
    if moment.is_odd:
        return Value(Fraction(0), mpmath.mpf(0), "exact", "odd under z -> -z")
    terms = reduce_moment(moment, matrix)
    exact = _exact(terms)
    if exact is not None:
        return Value(exact, mpmath.mpf(0), "exact", "contractions")
    try:
        return _enclosed(terms, digits)
    except UnsupportedFormula as reason:
        return _estimated(terms, digits, reason)
    except PrecisionNotMet as reason:
        if reason.best is not None:  # what cancels in enclosures cancels in estimates
            raise
        return _estimated(terms, digits, reason)


def enclose(moment: Moment, covariance: GivenCovariance, digits: int = 30, seconds: float | None = None) -> Value:
    """As ``evaluate``, but what cannot be told from zero is given as a ball about zero: one term of a sum may be."""
    try:
        return evaluate(moment, covariance, digits, seconds)
    except PrecisionNotMet as reason:
        if isinstance(reason.best, Value) and reason.best.kind == "bound" and not _known_digits(reason.best):
            return reason.best
        raise


def estimate(moment: Moment, covariance: GivenCovariance, digits: int = 15) -> mpmath.mpf:
    """The value alone, for root finding and sweeps; ``enclose`` says how far it can be trusted."""
    with mpmath.workdps(digits + 5):
        return enclose(moment, covariance, digits).as_mpf()


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
    """A ball narrow relative to its middle. PrecisionNotMet carries the narrowest there was, in ``best``."""
    methods: set[str] = set()
    best: Value | None = None
    # terms of a closed form may cancel beyond any reasonable precision (steep ELU); quadrature does not
    for block_ball in (_block_ball, _quadrature_ball):
        found = _narrowed(terms, digits, block_ball, methods)
        if found is not None and _known_digits(found) >= digits:
            return found
        if found is not None and (best is None or found.radius < best.radius):
            best = found
        if CLOSED not in methods:
            break
    known = 0 if best is None else _known_digits(best)
    what = f"only {known} of {digits} digits" if known else f"none of {digits} digits"
    close = "" if best is None or known else f": the value is zero to within {mpmath.nstr(best.radius, 2)}"
    raise PrecisionNotMet(f"{what} could be enclosed{close}", best)


def _narrowed(
    terms: list[ReducedTerm], digits: int, block_ball: Callable[[Block, set[str]], acb], methods: set[str]
) -> Value | None:
    """The last ball of a few at growing precision, each narrower by what the one before was missing."""
    needed = ceil(digits * 3.33) + GUARD_BITS
    precision, found = needed, None
    variables = max((len(block.parts) for term in terms for block in term.blocks), default=1)
    for _ in range(ATTEMPTS):
        used: set[str] = set()
        with bits(precision):
            result = real_part(sum((_term_ball(term, used, block_ball) for term in terms), acb(0)))
        methods |= used
        missing = precision
        if result.is_finite():
            found = Value(to_mpf(result), radius(result), "bound", " and ".join(sorted(used)) or "constant")
            known = _known_digits(found)
            if known >= digits:
                break
            if known > 0:
                missing = max(16, ceil((digits - known) * 3.33) + 8)
        if precision == needed + EXTRA_BITS.get(variables, 0) and CLOSED not in used:
            break
        precision += missing
        if CLOSED not in used:
            precision = min(precision, needed + EXTRA_BITS.get(variables, 0))
    return found


def _known_digits(value: Value) -> int:
    """Significant digits that the radius leaves, at least 0; at most a million."""
    size, error = abs(value.as_mpf()), value.radius
    if error == 0:
        return 10**6
    return int(mpmath.floor(mpmath.log10(size / error))) if error < size else 0


def _term_ball(term: ReducedTerm, methods: set[str], block_ball: Callable[[Block, set[str]], acb]) -> acb:
    total = ball(term.weight)
    for block in term.blocks:
        total = total * block_ball(block, methods)
    return total


def _block_ball(block: Block, methods: set[str]) -> acb:
    require_integrable(block)
    if all(part.pieces is not None for part in block.parts) and not _needs_integral(block):
        try:
            methods.add(CLOSED)
            return gaussian_integral(
                block.parts, [[rational(x) for x in row] for row in block.covariance], BallArithmetic()
            )
        except PrecisionNotMet:
            methods.discard(CLOSED)
    return _quadrature_ball(block, methods)


def _needs_integral(block: Block) -> bool:
    """One variable with four or more Φ's: the orthant probability is itself an integral, and a harder one."""
    pieces = block.parts[0].pieces
    return len(block.parts) == 1 and pieces is not None and any(len(shape.gates) > 3 for shape, _ in pieces)


def _quadrature_ball(given: Block, methods: set[str]) -> acb:
    exponent, block = of_order_one(given)
    size = acb(2) ** exponent
    if len(block.parts) == 1:
        methods.add("Arb integral, split at kinks, tails bounded")
        return size * line_integral(block.parts[0], block.covariance[0][0])
    if len(block.parts) <= HIGHEST_DIMENSION:
        methods.add("Arb Gauss-Legendre panels, errors bounded on Bernstein ellipses")
        from ptheory.expectations.product_integral import product_integral

        weight, mild = tilted(block)
        return size * weight * product_integral(mild.parts, mild.covariance)
    raise PrecisionNotMet(f"{len(block.parts)} correlated inputs are beyond quadrature")


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
        check_time()
        if not total or not error <= mpmath.mpf(10) ** (-digits) * abs(total):  # what underflows is not an exact zero
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
