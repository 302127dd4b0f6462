"""Every expectation of a derived recursion, at bound activations, against a quadrature of its own.

Shared with the engine are the formula of an activation, its kinks and its derivatives, the walk over SymPy's trees and
the names of functions; the rules, nodes and every number are the quadrature's, and no closed form is.

Both the engine's number and its closed form, where there is one, are compared. A disagreement refutes and names the
expectation; what the quadrature cannot do leaves the verdict undecided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import mpmath

from ptheory.activations import Activation
from ptheory.activations.activation_errors import ActivationError
from ptheory.algebra.refusal import Refusal
from ptheory.expectations import Moment, almost_everywhere, closed_form, covariance_symbol, evaluate
from ptheory.expectations.balls import enclosed_constant, radius, to_mpf
from ptheory.expectations.expectation_errors import ExpectationError, TimeExceeded
from ptheory.recursion.equation import Equation
from ptheory.recursion.means.as_moments import as_moments
from ptheory.recursion.means.binding import Binding, Unbound, left_open
from ptheory.recursion.means.layer_functions import integrand_of
from ptheory.recursion.normal_form import sum_out_dummies
from ptheory.recursion.tensors import Expectation
from ptheory.verification.mpmath_formulas import NoNumericalFormula
from ptheory.verification.quadrature import Estimate, Matrix, NotCovered, gaussian_mean
from ptheory.verification.quadrature_result import FEWEST_DIGITS, Comparison, NoQuadrature, QuadratureResult

if TYPE_CHECKING:
    from sympy import Rational


MOST_DIGITS_OF_TWO_VARIABLES = 16  # of the mean of the absolute value: what extended floats carry
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


def certify_all(
    equations: Sequence[Equation],
    activations: Mapping[str, Activation],
    digits: int = 30,
    samples: int = 3,
    kinks_dropped: bool = False,
) -> list[QuadratureResult | NoQuadrature]:
    """For each equation every expectation on its right beside the quadrature, at up to ``samples`` kernels.

    ``kinks_dropped``: derivatives of activations are taken almost everywhere, as automatic differentiation takes them.
    """
    comparing = _each_once(at_kernels)
    return [_certified(equation, activations, digits, samples, kinks_dropped, comparing) for equation in equations]


def _certified(
    equation: Equation,
    activations: Mapping[str, Activation],
    digits: int,
    samples: int,
    kinks_dropped: bool,
    comparing: Comparing,
) -> QuadratureResult | NoQuadrature:
    try:
        moments = moments_of(equation, activations, kinks_dropped)
    except Unbound as error:
        return NoQuadrature(equation.name, "an activation is not bound", f"{error} stays generic")
    except ActivationError as error:
        return NoQuadrature(equation.name, "an activation has no value", str(error))
    return compare_all(equation.name, moments, digits, samples, comparing)


def moments_of(
    equation: Equation, activations: Mapping[str, Activation], kinks_dropped: bool = False
) -> tuple[Moment, ...]:
    """The distinct moments of bound activations on the right of an equation."""
    bind, sites = Binding(activations, left_open).activation, equation.system.model.sites
    found: dict[Moment, None] = {}
    for atom in sorted(sum_out_dummies(equation.right, sites).atoms(), key=lambda a: a.sort_key):
        if isinstance(atom, Expectation):
            for _, moment, variables in as_moments(integrand_of(sites, atom), atom.derivatives, bind):
                if variables:
                    found.setdefault(almost_everywhere(moment) if kinks_dropped else moment)
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


def compare_all(
    of: str, moments: Sequence[Moment], digits: int, samples: int, comparing: Comparing
) -> QuadratureResult:
    """Every moment of an equation beside the quadrature, by ``comparing``, up to the first disagreement."""
    found = QuadratureResult(of, digits, tuple(moments))
    for number, moment in enumerate(moments):
        try:
            comparisons, silent = comparing(moment, found.reach(moment), samples)
        except (NotCovered, NoNumericalFormula, ActivationError, ExpectationError) as reason:
            found = replace(found, missed=(*found.missed, f"{moment}: {reason}"))
            if isinstance(reason, TimeExceeded):  # those that follow take as long
                return replace(found, out_of_time=number)
            continue
        found = replace(found, comparisons=(*found.comparisons, *comparisons), silent=(*found.silent, *silent))
        if found.disagreement is not None:
            return found
    return found


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
            enclosed = enclosed_constant(closed.expression.subs(symbols), digits + 5)
            if not enclosed.is_finite():
                raise NotCovered(f"the closed form of {moment} has no enclosure here")
            rounding = abs(witness.value) * mpmath.mpf(10) ** -(digits + 2)
            # far out the terms of some closed forms cancel to the last digit: the radius says so
            error = 10 * witness.error + rounding + radius(enclosed)
            number = to_mpf(enclosed)
            found.append(Comparison(moment, kernel, "closed form", number, witness.value, error, witness.size))
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


def _rational(value: Fraction) -> Rational:
    from sympy import Rational

    return Rational(value.numerator, value.denominator)
