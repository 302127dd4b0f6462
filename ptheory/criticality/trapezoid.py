"""Averages of one smooth variable by the trapezoid rule: a value without a bound, where enclosures take too long.

<F>_K = integral of F(sqrt(K) x) exp(-x^2/2)/sqrt(2 pi) dx. For F analytic in a strip the rule converges geometrically
in 1/h: the step is halved until that changes the sum by less than the digits asked. Arb numbers are used for speed;
their radii hold the rounding only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import mpmath
from flint import acb, arb

from ptheory.activations.activation_errors import UnsupportedFormula
from ptheory.activations.tape import Tape, compiled, tape_of
from ptheory.expectations import Moment
from ptheory.expectations.balls import BALLS, bits, radius, rational, to_mpf
from ptheory.expectations.covariance import read_covariance
from ptheory.expectations.one_variable import one_variable
from ptheory.expectations.time_limits import check_time

HALVINGS = 9  # of a step of half a standard deviation
OFFSET = arb(47) / 256  # exact: no node and no pair of nodes is symmetric about a feature at zero
FARTHEST = 8  # times the distance at which the Gaussian itself has fallen below the last digit
GUARD_BITS = 48

Function = Callable[[arb], arb]


def smooth_average(moment: Moment, kernel: mpmath.mpf, digits: int) -> tuple[mpmath.mpf, mpmath.mpf] | None:
    """(value, error estimate) of a one-variable average at K = kernel, to ``digits`` digits of the size of its terms;
    None where the integrand is not one smooth formula or the rule did not settle."""
    tape = _smooth_tape(moment)
    if tape is None or kernel <= 0:
        return None
    precision = int(digits * 3.33) + GUARD_BITS
    with bits(precision), mpmath.workprec(precision):
        function = compiled(tape, BALLS)
        width = arb(rational(read_covariance(kernel, 1)[0][0])).sqrt()
        norm = 1 / (2 * arb.pi()).sqrt()

        def integrand(x: arb) -> arb:
            return function(acb(width * x)).real * norm * (-x * x / 2).exp()

        found = _halved(integrand, digits)
        return None if found is None else (to_mpf(found[0]), to_mpf(found[1]) + radius(found[0]))


@lru_cache(maxsize=256)
def _smooth_tape(moment: Moment) -> Tape | None:
    if moment.size > 1:
        return None
    part = one_variable(moment.factors_at(0), moment.power(0), len(moment.derivatives))
    if part.deltas or len(part.branches) != 1:
        return None
    try:
        return tape_of(part.branches[0].formula)
    except UnsupportedFormula:
        return None


def _halved(integrand: Function, digits: int) -> tuple[arb, arb] | None:
    tolerance = arb(10) ** (-digits - 3)
    step = arb(1) / 2
    nodes = _sum(integrand, OFFSET, step, tolerance)
    if nodes is None:
        return None
    total, size = nodes[0] * step, nodes[1]
    for _ in range(HALVINGS):
        between = _sum(integrand, OFFSET + step / 2, step, tolerance)
        if between is None:
            return None
        refined, size = (total + between[0] * step) / 2, size.max(between[1])
        change, step, total = abs(refined - total), step / 2, refined
        if change < tolerance * size:
            return total, tolerance * size
    return None


def _sum(integrand: Function, start: arb, step: arb, tolerance: arb) -> tuple[arb, arb] | None:
    """(the integrand summed over start + k step, outwards until it is negligible; its largest size), or None where it
    never is negligible or has no value."""
    reach = (-2 * tolerance.log()).sqrt()
    total, largest = arb(0), arb(0)
    for direction, first in ((1, start), (-1, start - step)):
        x, negligible = first, 0
        while negligible < 4:
            check_time()
            term = integrand(x)
            if not term.is_finite() or abs(x) > FARTHEST * reach:
                return None
            total, largest = total + term, largest.max(abs(term))
            small = abs(x) > reach and abs(term) <= tolerance * largest / 1000
            negligible = negligible + 1 if small else 0
            x += direction * step
    return total, largest
