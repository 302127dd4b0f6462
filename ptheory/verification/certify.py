"""Every expectation of a derived recursion, at bound activations, against a quadrature of its own.

Shared with the engine are the formula of an activation, its kinks and its derivatives, the walk over SymPy's trees and
the names of functions; the rules, nodes and every number are the quadrature's, and no closed form is.

Both the engine's number and its closed form, where there is one, are compared. A disagreement refutes and names the
expectation; what the quadrature cannot do leaves the verdict undecided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import mpmath

from ptheory.activations import Activation
from ptheory.activations.activation_errors import ActivationError
from ptheory.algebra.refusal import Refusal
from ptheory.claims.points.bound_moments import BoundMoments, Unbound
from ptheory.claims.terms.claim_normal_form import ClaimNormalForm
from ptheory.claims.verdict import Ball, Counterexample, Kind, Verdict
from ptheory.expectations import Moment, closed_form, covariance_symbol, evaluate
from ptheory.expectations.expectation_errors import ExpectationError, TimeExceeded
from ptheory.recursion.equation import Equation
from ptheory.recursion.normal_form import sum_out_dummies
from ptheory.recursion.tensors import Expectation
from ptheory.verification.mpmath_formulas import NoNumericalFormula
from ptheory.verification.quadrature import Estimate, Matrix, NotCovered, gaussian_mean

if TYPE_CHECKING:
    from sympy import Rational


DIGITS_OF_TWO_VARIABLES = 12
MOST_DIGITS_OF_TWO_VARIABLES = 16  # of the mean of the absolute value: what extended floats carry
FEWEST_DIGITS = 10
LONGEST_AVERAGE = 4  # seconds of processor time
F = Fraction
SMALL, LARGE = F(1, 10**6), F(10**6)
WIDE = F(10**4)  # for two variables: a product of odd derivatives, localised at 0, cancels to a share 1/K of its size
NEAR = F(99, 100)
KERNELS: dict[int, tuple[Matrix, ...]] = {
    1: (((F(1),),), ((SMALL,),), ((LARGE,),), ((F(5, 2),),), ((F(1, 10),),)),
    2: (
        ((F(1), F(1, 3)), (F(1, 3), F(3, 2))),
        ((SMALL, NEAR * SMALL), (NEAR * SMALL, SMALL)),
        ((WIDE, -NEAR * WIDE), (-NEAR * WIDE, WIDE)),
        ((F(3, 4), F(0)), (F(0), F(5, 4))),
    ),
}
MOST_EXTRA_DIGITS = (
    60  # given to the quadrature where the mean is that much smaller than the mean of its absolute value
)


@dataclass(frozen=True)
class Comparison:
    """One number of the engine beside the quadrature's, at one kernel."""

    moment: Moment
    kernel: Matrix
    what: str
    engine: mpmath.mpf
    witness: mpmath.mpf
    error: mpmath.mpf  # of both together
    size: mpmath.mpf  # the mean of the absolute value, beside which a mean that is exactly zero is judged

    @property
    def agrees(self) -> bool:
        """Whether engine and quadrature are no further apart than the error allowed."""
        return bool(abs(self.engine - self.witness) <= self.error)

    @property
    def digits(self) -> int:
        """Digits that both are known to share, whatever the size of the number; 0 where either error swallows it."""
        reference = abs(self.engine) if self.engine else self.size
        apart = abs(self.engine - self.witness) + self.error
        if not apart:
            return 10**6
        return max(0, int(mpmath.floor(-mpmath.log10(apart / reference)))) if reference else 0


def certify_all(
    equations: Sequence[Equation],
    activations: Mapping[str, Activation],
    digits: int = 30,
    samples: int = 3,
    kinks_dropped: bool = False,
) -> list[Verdict]:
    """A verdict for each equation: every expectation on its right is compared at up to ``samples`` kernels.

    ``kinks_dropped``: derivatives of activations are taken almost everywhere, as automatic differentiation takes them.
    """
    comparing = _each_once(at_kernels)
    return [_verdict(equation, activations, digits, samples, kinks_dropped, comparing) for equation in equations]


def _verdict(
    equation: Equation,
    activations: Mapping[str, Activation],
    digits: int,
    samples: int,
    kinks_dropped: bool,
    comparing: Comparing,
) -> Verdict:
    label = f"quadrature check of {equation.name}"
    try:
        moments = moments_of(equation, activations, kinks_dropped)
    except Unbound as error:
        return Verdict(Kind.UNDECIDED, label, "an activation is not bound", reason=f"{error} stays generic")
    except ActivationError as error:
        return Verdict(Kind.UNDECIDED, label, "an activation has no value", reason=str(error))
    return compare_all(label, moments, digits, samples, comparing)


def moments_of(
    equation: Equation, activations: Mapping[str, Activation], kinks_dropped: bool = False
) -> tuple[Moment, ...]:
    """The distinct moments of bound activations on the right of an equation."""
    bound = BoundMoments(ClaimNormalForm(equation.system, True), activations, kinks_dropped)
    found: dict[Moment, None] = {}
    for atom in sorted(sum_out_dummies(equation.right, equation.system.model.sites).atoms(), key=lambda a: a.sort_key):
        if isinstance(atom, Expectation):
            for _, moment, legs in bound.parts(atom):
                if legs:
                    found.setdefault(moment)
    return tuple(found)


Compared = tuple[list[Comparison], list[Matrix]]
Comparing = Callable[[Moment, int, int], Compared]


def _each_once(comparing: Comparing) -> Comparing:
    """The same, each moment compared once: the equations of a block share most; what refuses refuses again."""
    found: dict[tuple[Moment, int, int], Compared | Refusal] = {}

    def kept(moment: Moment, digits: int, samples: int) -> Compared:
        key = moment, digits, samples
        if key not in found:
            try:
                found[key] = comparing(*key)
            except Refusal as reason:
                found[key] = reason
        outcome = found[key]
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    return kept


def compare_all(label: str, moments: Sequence[Moment], digits: int, samples: int, comparing: Comparing) -> Verdict:
    """The verdict on a list of moments, each compared by ``comparing``; refuted at the first disagreement."""
    told: list[int] = []  # digits of every comparison that tells something
    missed: list[str] = []
    silent: dict[str, None] = {}
    for number, moment in enumerate(moments):
        reach = digits if moment.size == 1 else min(digits, DIGITS_OF_TWO_VARIABLES)
        try:
            comparisons, silent_at = comparing(moment, reach, samples)
        except (NotCovered, NoNumericalFormula, ExpectationError) as reason:
            missed.append(f"{moment}: {reason}")
            if isinstance(reason, TimeExceeded):  # those that follow take as long
                return _out_of_time(label, missed[-1], number, len(moments))
            continue
        wrong = next((one for one in comparisons if not one.agrees), None)
        if wrong is not None:
            return _disagreement(label, wrong, reach)
        told += [min(one.digits, reach) for one in comparisons]
        silent.update(dict.fromkeys(map(_shown, silent_at)))
    least = min(told, default=None)
    if missed:
        rest = "" if least is None else f"; the others agree to {least} digits"
        message = f"{len(missed)} of {len(moments)} expectations could not be compared{rest}"
        return Verdict(Kind.UNDECIDED, label, message, reason="; ".join(missed[:3]))
    if least is None:
        return Verdict(Kind.CHECKED, label, "nothing to compare: the recursion has no expectation")
    if least < min(digits, FEWEST_DIGITS):
        return Verdict(
            Kind.UNDECIDED, label, f"the quadrature reaches only {least} digits", digits=least, points=len(told)
        )
    message = f"{len(moments)} expectations agree with quadrature to {least} digits ({len(told)} comparisons)"
    if silent:
        fewest = min(digits, FEWEST_DIGITS)
        message += f"; of some it has fewer than {fewest} at {', '.join(silent)}, where others stand in"
    return Verdict(Kind.CHECKED, label, message, digits=least, points=len(told))


def at_kernels(moment: Moment, digits: int, samples: int) -> Compared:
    """The comparisons at the first ``samples`` kernels with digits enough, up to a disagreement; the other kernels.

    Digits are too few where the quadrature does not resolve the integrand (sin at widths of 1000), or where the
    mean is too far below the mean of the absolute value (exp(-2K) at K = 10^6).
    """
    found: list[Comparison] = []
    few: list[Comparison] = []  # of the last kernel with too few digits: all there is where none has enough
    silent: list[Matrix] = []
    told = 0
    for kernel in KERNELS.get(moment.size, ((),)):
        if told == samples:
            break
        comparisons = compare(moment, kernel, digits)
        if not all(one.agrees for one in comparisons):
            return comparisons, silent
        if all(one.digits >= min(digits, FEWEST_DIGITS) for one in comparisons):
            told += 1
            found += comparisons
        else:
            silent.append(kernel)
            few = comparisons
    return found or few, silent


def _shown(kernel: Matrix) -> str:
    entries = [(a, b) for a in range(len(kernel)) for b in range(a, len(kernel))]
    return " ".join(f"K{'' if len(kernel) == 1 else f'_{a + 1}{b + 1}'} = {kernel[a][b]}" for a, b in entries)


def compare(moment: Moment, kernel: Matrix, digits: int) -> list[Comparison]:
    """The engine's value and closed form against the quadrature at one kernel."""
    value = evaluate(moment, kernel, digits + 5, LONGEST_AVERAGE)
    with mpmath.workdps(digits + 5):
        number = value.as_mpf()
        witness = _witness(moment, kernel, digits, number)
        error = 10 * witness.error + value.radius
        found = [Comparison(moment, kernel, "value", number, witness.value, error, witness.size)]
        closed = closed_form(moment)
        if closed is not None:
            symbols = {
                covariance_symbol(a, b): _rational(kernel[a][b]) for a in range(moment.size) for b in range(moment.size)
            }
            engine = mpmath.mpf(str(closed.expression.subs(symbols).evalf(digits + 10)))
            rounding = abs(witness.value) * mpmath.mpf(10) ** -(digits + 2)
            error = 10 * witness.error + rounding
            found.append(Comparison(moment, kernel, "closed form", engine, witness.value, error, witness.size))
    return found


def _witness(moment: Moment, kernel: Matrix, digits: int, number: mpmath.mpf) -> Estimate:
    """The quadrature with enough digits of the mean of the absolute value for ``digits`` digits of the mean."""
    witness = gaussian_mean(moment, kernel, digits)
    if not number or 10 * witness.error <= abs(number) * mpmath.mpf(10) ** -digits:
        return witness
    lost = int(mpmath.ceil(mpmath.log10(10 * witness.error / abs(number)))) + digits
    if moment.size > 1:
        return gaussian_mean(moment, kernel, min(digits + lost, MOST_DIGITS_OF_TWO_VARIABLES))
    return gaussian_mean(moment, kernel, digits + lost) if 0 < lost <= MOST_EXTRA_DIGITS else witness


def _out_of_time(label: str, reason: str, done: int, of: int) -> Verdict:
    message = f"an expectation takes too long; {done} of {of} were compared before it"
    return Verdict(Kind.UNDECIDED, label, message, reason=reason)


def _rational(value: Fraction) -> Rational:
    from sympy import Rational

    return Rational(value.numerator, value.denominator)


def _disagreement(label: str, comparison: Comparison, digits: int) -> Verdict:
    values = [
        (f"K{a}{b}", str(comparison.kernel[a][b]))
        for a in range(comparison.moment.size)
        for b in range(a, comparison.moment.size)
    ]
    with mpmath.workdps(digits + 5):
        left, right = (
            Ball(mpmath.nstr(number, digits), mpmath.nstr(comparison.error, 3), rigorous=False)
            for number in (comparison.engine, comparison.witness)
        )
    return Verdict(
        Kind.REFUTED,
        label,
        f"the {comparison.what} of {comparison.moment} differs from quadrature",
        counterexample=Counterexample(tuple(values), left, right),
    )
