"""Inequalities, (V' >= V): proved where the difference is positive term by term, refuted at a point where it is not.

What is never negative: kernels of one input, variances and learning rates, the width, even powers, averages of squares,
variances <f^2> - <f>^2; at one input the vertex, which is a variance, and the tangent kernel. What holds at every point
tried and has no such form is *undecided*: points prove nothing of what lies between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice

from ptheory.algebra.polynomial import Atom, Monomial, Polynomial, Symbol
from ptheory.algebra.refusal import DivisionByZero
from ptheory.claims.bound import undecided
from ptheory.claims.comparison import NO_VALUE
from ptheory.claims.kinds.regimes import Regimes
from ptheory.claims.points.bound_moments import BoundMoments
from ptheory.claims.points.exact_points import exact_points
from ptheory.claims.points.numerical_points import numerical_points
from ptheory.claims.points.points import TRANSCENDENTAL, simple_polynomials
from ptheory.claims.reading.claim_text import Writer
from ptheory.claims.sides import ReadClaim, read_sides
from ptheory.claims.terms.ratio import Ratio, TooLarge
from ptheory.claims.verdict import Counterexample, Kind, Verdict
from ptheory.expectations.symbolic_arithmetic import NoClosedForm
from ptheory.language.errors import LanguageError
from ptheory.language.statements import ClaimStatement
from ptheory.networks.roles import positive_hyperparameters
from ptheory.recursion.means.mean import Mean
from ptheory.recursion.tensors import WIDTH, WIDTH_RATIO, Tensor

POINTS = 40
OF_EITHER_SIGN = tuple(tuple(map(Fraction, c)) for c in ((5, 0, -1), (-5, 1, 2), (0, 3, 0, -1), (1, -4, 1, 1)))
DIGITS = 30


def decide_inequality(formula: ClaimStatement, regimes: Regimes) -> Verdict:
    """Proved, refuted or undecided. LanguageError where the kernel is that of an irrational critical point."""
    if regimes.numbers is not None:
        raise LanguageError("inequalities are not decided at an irrational kernel", formula.span)
    read = read_sides(formula, regimes.vocabulary)
    strict, sign = "=" not in formula.order_relation, 1 if ">" in formula.order_relation else -1
    unknown = next((a for a in read.content.tensors if not a.is_kernel and not _is_a_variance(a, read)), None)
    if unknown is not None:
        reason = f"nothing is known of the sign of {Writer(read.vocabulary).tensor(unknown)}"
        return undecided(read, "an inequality with a tensor of either sign", reason)
    against = next(_against(read, sign, strict), None)
    if against is not None:
        return Verdict(Kind.REFUTED, formula.label, "it does not hold at a point", read.understood, against)
    try:
        if _is_positive(_difference(read, sign), read, strict):
            return Verdict(Kind.PROVED, formula.label, "the difference is positive term by term", read.understood)
    except (DivisionByZero, TooLarge, NoClosedForm):
        pass
    reason = "it holds at every point tried, and has no form that shows it"
    return undecided(read, "not proved", reason)


def _is_a_variance(atom: Tensor, read: ReadClaim) -> bool:
    """At one input: the vertex, the variance of a covariance, and the tangent kernel, a sum of squares."""
    if not read.vocabulary.one_input or atom.order:
        return False
    shape = read.vocabulary.names.of(atom)
    entry = next((e for e in read.vocabulary.names.declared if e.name == shape.declared), None)
    return entry is not None and (entry.shape.is_vertex or entry.shape.is_tangent_kernel)


# ---- points -------------------------------------------------------------------------------------------------------


def _against(read: ReadClaim, sign: int, strict: bool) -> Iterator[Counterexample]:
    """Points where the inequality fails, tensors that are variances positive."""
    if read.is_generic:
        polynomials = (*simple_polynomials(read.content.highest_derivative), *OF_EITHER_SIGN)
        for exact in islice(exact_points(read, polynomials), POINTS):
            if any(exact.assignment.scalars.get(atom, 1) < 0 for atom in read.content.tensors if not atom.is_kernel):
                continue
            difference = sign * (exact.values[0] - exact.values[1])
            if difference < 0 or (strict and not difference):
                yield exact.as_counterexample()
        return
    for point in numerical_points(read, DIGITS):
        if any(point.scalars.get(atom, Fraction(1)) < 0 for atom in read.content.tensors if not atom.is_kernel):
            continue
        try:
            gap = sign * (point.left - point.right)
        except NO_VALUE:
            continue
        if point.rigorous and gap < 0:
            yield point.as_counterexample(DIGITS)


# ---- signs of terms -----------------------------------------------------------------------------------------------


def _difference(read: ReadClaim, sign: int) -> Ratio:
    """The larger side less the smaller, closed forms put in where activations are bound."""
    if read.is_generic:
        found = read.left_normal - read.right_normal
    else:
        vocabulary = read.vocabulary
        moments = BoundMoments(read.normal, vocabulary.binding, vocabulary.almost_everywhere)
        found = moments.of(read.left) - moments.of(read.right)
    return found if sign > 0 else -found


def _is_positive(value: Ratio, read: ReadClaim, strict: bool) -> bool:
    """Whether every term is one that is never negative, variances taken together first."""
    for factor, power in value.factors:
        if power % 2 and not (_all_positive(factor, read) and _some_strictly(factor)):
            return False
    terms = _without_variances(value.numerator, read)
    return _all_positive(terms, read) and (not strict or _some_strictly(terms))


def _all_positive(polynomial: Polynomial, read: ReadClaim) -> bool:
    return all(c > 0 and all(e % 2 == 0 or _never_negative(a, read) for a, e in m) for m, c in polynomial)


def _some_strictly(polynomial: Polynomial) -> bool:
    """Whether one term cannot vanish: made of kernels, variances that are not zero, numbers."""
    return any(all(_positive(atom) for atom, _ in monomial) for monomial, _ in polynomial)


def _positive(atom: Atom) -> bool:
    if isinstance(atom, Tensor):
        return atom.is_kernel and atom.legs[0] == atom.legs[1]
    return atom in (WIDTH, WIDTH_RATIO) or (isinstance(atom, Symbol) and atom.name in TRANSCENDENTAL)


def _never_negative(atom: Atom, read: ReadClaim) -> bool:
    if isinstance(atom, Mean):
        return not atom.derivatives and all(power % 2 == 0 for _, power in atom.factors)
    if isinstance(atom, Symbol) and atom.name in positive_hyperparameters(read.normal.system.model.architecture):
        return True
    return _positive(atom) or (isinstance(atom, Tensor) and _is_a_variance(atom, read))


def _without_variances(polynomial: Polynomial, read: ReadClaim) -> Polynomial:
    """The terms left when every c rest (<f^2> - <f>^2) is taken out, c and the rest never negative."""
    terms = dict(polynomial)
    for monomial, coefficient in polynomial:
        mean = next((atom for atom, power in monomial if isinstance(atom, Mean) and power == 2), None)
        if coefficient > 0 or mean is None or mean.derivatives:
            continue
        rest: Monomial = tuple(pair for pair in monomial if pair[0] != mean)
        square = Mean(tuple((factor, 2 * power) for factor, power in mean.factors))
        powers = dict(rest)
        powers[square] = powers.get(square, 0) + 1
        wanted: Monomial = tuple(sorted(powers.items(), key=lambda item: item[0].sort_key))
        enough = terms.get(wanted, Fraction(0)) >= -coefficient
        if enough and _all_positive(Polynomial({rest: Fraction(1)}), read):
            del terms[monomial]
            terms[wanted] += coefficient
    return Polynomial({m: c for m, c in terms.items() if c})
