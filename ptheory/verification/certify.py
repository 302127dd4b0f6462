"""Every expectation of a derived recursion, at bound activations, against a quadrature that shares nothing with it.

Both the engine's number and its closed form, where there is one, are compared. A disagreement refutes and names the
expectation; what the quadrature cannot do leaves the verdict undecided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath

from ptheory.activations import Activation
from ptheory.activations.errors import ActivationError
from ptheory.expectations import Moment, closed_form, covariance_symbol, evaluate
from ptheory.expectations.errors import ExpectationError
from ptheory.recursion.equation import Equation
from ptheory.recursion.normal_form import sum_out_dummies
from ptheory.recursion.tensors import Expectation
from ptheory.verification.bound_moments import BoundMoments, Unbound
from ptheory.verification.claim_normal_form import ClaimNormalForm
from ptheory.verification.mpmath_formulas import NoNumericalFormula
from ptheory.verification.quadrature import Matrix, NotCovered, gaussian_mean
from ptheory.verification.verdict import Ball, Counterexample, Kind, Verdict

DIGITS_OF_TWO_VARIABLES = 12  # a two-dimensional rule at more digits takes minutes
FEWEST_DIGITS = 10
F = Fraction
KERNELS: dict[int, tuple[Matrix, ...]] = {
    1: (((F(1),),), ((F(2, 3),),), ((F(5, 2),),), ((F(1, 10),),), ((F(7),),)),
    2: (
        ((F(1), F(1, 3)), (F(1, 3), F(3, 2))),
        ((F(2), F(-3, 4)), (F(-3, 4), F(1, 2))),
        ((F(3, 4), F(0)), (F(0), F(5, 4))),
    ),
}


@dataclass(frozen=True)
class Comparison:
    """One number of the engine beside the quadrature's, at one kernel."""

    moment: Moment
    kernel: Matrix
    what: str
    engine: Any
    witness: Any
    error: Any  # of both together

    @property
    def agrees(self) -> bool:
        return bool(abs(self.engine - self.witness) <= self.error)

    @property
    def digits(self) -> int:
        """Digits in common, of the larger number (of 1 near zero)."""
        gap = abs(self.engine - self.witness)
        size = max(abs(self.engine), abs(self.witness))
        relative = gap / size if size > mpmath.mpf(10) ** -12 else gap
        return 10**6 if relative == 0 else int(mpmath.floor(-mpmath.log10(relative)))


def certify(
    equation: Equation,
    activations: Mapping[str, Activation],
    digits: int = 30,
    samples: int = 3,
    kinks_dropped: bool = False,
) -> Verdict:
    """Compare every expectation on the right of ``equation`` at up to ``samples`` kernels.

    ``kinks_dropped``: derivatives of activations are taken almost everywhere, as automatic differentiation takes them.
    """
    label = f"quadrature check of {equation.name}"
    try:
        moments = moments_of(equation, activations, kinks_dropped)
    except Unbound as error:
        return Verdict(Kind.UNDECIDED, label, "an activation is not bound", reason=f"{error} stays generic")
    except ActivationError as error:
        return Verdict(Kind.UNDECIDED, label, "an activation has no value", reason=str(error))
    return compare_all(label, moments, digits, samples)


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


def compare_all(label: str, moments: Sequence[Moment], digits: int, samples: int) -> Verdict:
    """The verdict on a list of moments; refuted at the first disagreement."""
    least: int | None = None
    compared = 0
    missed: list[str] = []
    for moment in moments:
        reach = digits if moment.size == 1 else min(digits, DIGITS_OF_TWO_VARIABLES)
        for kernel in KERNELS.get(moment.size, ((),))[: samples if moment.size == 1 else min(samples, 2)]:
            try:
                comparisons = compare(moment, kernel, reach)
            except (NotCovered, NoNumericalFormula, ExpectationError) as reason:
                missed.append(f"{moment}: {reason}")
                break
            for comparison in comparisons:
                compared += 1
                if not comparison.agrees:
                    return _disagreement(label, comparison, reach)
                reached = min(comparison.digits, reach)
                least = reached if least is None else min(least, reached)
    if missed:
        rest = "" if least is None else f"; the others agree to {least} digits"
        message = f"{len(missed)} of {len(moments)} expectations could not be compared{rest}"
        return Verdict(Kind.UNDECIDED, label, message, reason="; ".join(missed[:3]))
    if least is not None and least < min(digits, FEWEST_DIGITS):
        return Verdict(
            Kind.UNDECIDED, label, f"the quadrature reaches only {least} digits", digits=least, points=compared
        )
    if least is None:
        return Verdict(Kind.CHECKED, label, "nothing to compare: the recursion has no expectation")
    message = f"{len(moments)} expectations agree with quadrature to {least} digits ({compared} comparisons)"
    return Verdict(Kind.CHECKED, label, message, digits=least, points=compared)


def compare(moment: Moment, kernel: Matrix, digits: int) -> list[Comparison]:
    """The engine's value and closed form against the quadrature at one kernel."""
    witness = gaussian_mean(moment, kernel, digits)
    value = evaluate(moment, kernel, digits + 5)
    found = []
    with mpmath.workdps(digits + 5):
        error = 10 * witness.error + value.radius
        found.append(Comparison(moment, kernel, "value", value.as_mpf(), witness.value, error))
        closed = closed_form(moment)
        if closed is not None:
            symbols = {
                covariance_symbol(a, b): _rational(kernel[a][b]) for a in range(moment.size) for b in range(moment.size)
            }
            number = closed.expression.subs(symbols).evalf(digits + 10)
            rounding = abs(witness.value) * mpmath.mpf(10) ** -(digits + 2)
            engine = mpmath.mpf(str(number))
            found.append(Comparison(moment, kernel, "closed form", engine, witness.value, error + rounding))
    return found


def _rational(value: Fraction) -> Any:
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
