r"""Does ⟨Π f_k⟩ exist? Growth exp(q z²/2) against the Gaussian weight, and the tilt that removes it.

With |f_k| ≤ C exp(q_k z_k²/2 + linear), the expectation exists when K⁻¹ − diag(q) is positive definite on the support
of the law. Then f_k = exp(q_k z_k²/2) f̃_k gives ⟨Π f_k⟩_K = √(det K̃/det K) ⟨Π f̃_k⟩_K̃ with K̃ = (K⁻¹ − diag q)⁻¹.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import sympy
from flint import acb, arb, fmpq_mat

from ptheory.activations.branches import Branch, Branches
from ptheory.activations.growth import envelope, upper
from ptheory.activations.symbols import Z
from ptheory.activations.tape import compiled, tape_of
from ptheory.expectations.balls import BALLS, rational
from ptheory.expectations.covariance import Covariance, shown
from ptheory.expectations.expectation_errors import NonIntegrable, PrecisionNotMet
from ptheory.expectations.one_variable import OneVariable
from ptheory.expectations.reduction import Block

FAR = (32, 128, 512)


def require_integrable(block: Block) -> None:
    """Raise NonIntegrable where the integrand outgrows the weight."""
    rates = []
    for a, part in enumerate(block.parts):
        rate = quadratic_rate(part)
        if rate is None:
            _refuse_faster_growth(part, block.covariance[a][a])
            rate = Fraction(0)
        rates.append(rate)
    if not any(rate > 0 for rate in rates) or _leaves_weight(block.covariance, rates):
        return
    growing = max(range(len(rates)), key=lambda a: rates[a] * block.covariance[a][a])
    rows = ", ".join(f"[{', '.join(shown(entry) for entry in row)}]" for row in block.covariance)
    raise NonIntegrable(
        f"the integrand grows like exp({rates[growing] / 2} z²), the Gaussian weight of covariance "
        f"[{rows}] does not decay fast enough: "
        "the expectation does not exist"
    )


def quadratic_rate(part: OneVariable) -> Fraction | None:
    """q with f growing (or decaying) like exp(q z²/2); None when no such bound is known."""
    if part.pieces is not None:
        worst = [-shape.quadratic for shape, _ in part.pieces]
        return max((_rational_rate(q) for q in worst), default=Fraction(0))
    bound = envelope(part.branches)
    return None if bound is None else bound.quadratic


def _rational_rate(value: sympy.Expr) -> Fraction:
    """The rate itself where rational, otherwise a rational number at most 2^−30 above it."""
    real = sympy.re(value)
    if real.is_Rational:
        return Fraction(int(real.p), int(real.q))
    return upper(real) if real > 0 else Fraction(0)


def _leaves_weight(covariance: Covariance, rates: list[Fraction]) -> bool:
    """Is K⁻¹ − diag(q) positive definite? With K = L D Lᵀ: is D⁻¹ − Lᵀ diag(q) L, on the non-singular directions?"""
    size = len(covariance)
    lower = [[Fraction(int(i == j)) for j in range(size)] for i in range(size)]
    spread: list[Fraction] = []
    for i in range(size):
        for j in range(i):
            rest = covariance[i][j] - sum((lower[i][k] * lower[j][k] * spread[k] for k in range(j)), Fraction(0))
            lower[i][j] = rest / spread[j] if spread[j] else Fraction(0)
        spread.append(covariance[i][i] - sum((lower[i][k] ** 2 * spread[k] for k in range(i)), Fraction(0)))
    kept = [k for k in range(size) if spread[k]]
    work = [
        [
            (1 / spread[k] if k == m else Fraction(0))
            - sum((rates[i] * lower[i][k] * lower[i][m] for i in range(size)), Fraction(0))
            for m in kept
        ]
        for k in kept
    ]
    for k in range(len(work)):
        if work[k][k] <= 0:
            return False
        for i in range(k + 1, len(work)):
            ratio = work[i][k] / work[k][k]
            for j in range(k + 1, len(work)):
                work[i][j] -= ratio * work[k][j]
    return True


def _refuse_faster_growth(part: OneVariable, variance: Fraction) -> None:
    """No bound is known: is log|f| above z²/2K, and ever further above it, far out?"""
    for branch, side in ((part.branches[0], -1), (part.branches[-1], 1)):
        ratios = [_logarithm(branch, side * z) * 2 * variance / z**2 for z in FAR]
        if ratios[0] > 1 and all(later >= earlier for earlier, later in pairwise(ratios)):
            raise NonIntegrable(
                f"the integrand {branch.formula} grows faster than any exp(c z²), so no Gaussian weight makes it "
                "integrable: the expectation does not exist"
            )


def _logarithm(branch: Branch, z: int) -> float:
    """log of an upper bound of |f(z)|, sharp but for rounding."""
    value = compiled(tape_of(branch.formula), BALLS)(acb(z))
    if not value.is_finite():  # beyond the largest exponent
        return float("inf")
    size = arb(value.abs_upper())
    return float(size.log().mid()) if size > 0 else -float("inf")


def tilted(block: Block) -> tuple[acb, Block]:
    """The same expectation as (weight, block without Gaussian growth); growing parts may carry no delta."""
    rates = [quadratic_rate(part) or Fraction(0) for part in block.parts]
    if not any(rate > 0 for rate in rates):
        return acb(1), block
    if any(rate and part.deltas for rate, part in zip(rates, block.parts, strict=True)):
        raise PrecisionNotMet("a delta function times an integrand of Gaussian growth has no rule here")
    size = len(rates)
    given = fmpq_mat(size, size, [rational(x) for row in block.covariance for x in row])
    if given.det() == 0:
        raise PrecisionNotMet("no rule is available at a singular covariance of several variables")
    inverse = given.inv()
    tilt = [inverse[a, b] - (rational(rates[a]) if a == b else 0) for a in range(size) for b in range(size)]
    found = fmpq_mat(size, size, tilt).inv()
    covariance = tuple(
        tuple(Fraction(int(found[a, b].p), int(found[a, b].q)) for b in range(size)) for a in range(size)
    )
    weight = acb((arb(found.det()) / arb(given.det())).sqrt())
    parts = tuple(_divided(part, rate) for part, rate in zip(block.parts, rates, strict=True))
    return weight, Block(parts, covariance)


def _divided(part: OneVariable, rate: Fraction) -> OneVariable:
    if not rate:
        return part
    factor = sympy.exp(-sympy.Rational(rate.numerator, rate.denominator) * Z**2 / 2)
    branches: Branches = tuple(Branch(b.lower, b.upper, b.formula * factor) for b in part.branches)
    return OneVariable(branches, None, part.deltas)
