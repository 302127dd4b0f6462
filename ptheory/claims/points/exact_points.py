"""Points where both sides of a claim are exact rational numbers: behind every proof, and as counterexamples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from ptheory.algebra.polynomial import Atom, Symbol
from ptheory.algebra.refusal import DivisionByZero
from ptheory.claims.points.assignment import Assignment, Coefficients, NotRational
from ptheory.claims.points.determined_variances import determined_variances
from ptheory.claims.points.points import (
    TRANSCENDENTAL,
    attempts,
    general_polynomials,
    of_parity,
    simple_polynomials,
)
from ptheory.claims.reading.claim_text import Writer
from ptheory.claims.sides import ReadClaim
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.verdict import Ball, Counterexample
from ptheory.networks.architecture import SiteFunction
from ptheory.recursion.tensors import WIDTH, WIDTH_RATIO

POINTS_BEHIND_A_PROOF = 2
MOST, MOST_WITH_VARIANCES = 40, 160  # points tried; where a variance is negative is none
SCALES = (Fraction(1), Fraction(1, 4), Fraction(1, 16))  # of activations


@dataclass
class ExactPoint:
    """Both sides at rational values of every symbol, every activation a polynomial."""

    read: ReadClaim
    assignment: Assignment
    values: tuple[Fraction, Fraction]

    @property
    def differs(self) -> bool:
        """Whether the two rational values are different: the claim is then refuted."""
        return self.values[0] != self.values[1]

    def as_counterexample(self) -> Counterexample:
        """Every symbol and activation with its exact value, and both sides there."""
        writer, found = Writer(self.read.vocabulary), self.read.content
        shown = [(f"{name}(z)", polynomial_text(c)) for name, c in self.assignment.activations.items()]
        shown += [(writer.atom(a), str(self.assignment.scalars[a])) for a in self.read.shown_atoms]
        if found.has_width:
            shown.append(("n", str(self.assignment.scalars[WIDTH])))
        if found.has_ratio and not self.read.normal.equal_widths:
            shown.append(("n[l]/n[l-1]", str(self.assignment.scalars[WIDTH_RATIO])))
        left, right = (Ball(str(value)) for value in self.values)
        return Counterexample(tuple(dict.fromkeys(shown)), left, right)


def exact_points(read: ReadClaim, polynomials: tuple[Coefficients, ...] | None = None) -> Iterator[ExactPoint]:
    """Both sides at one point after another, simple ones first; none where a side has irrational parts.

    ``polynomials``: what activations are set to, whether bound or not; simple ones where none are given.
    """
    found = read.content
    variances = determined_variances(read) if polynomials is None else ()  # an identity holds for all values
    polynomials = polynomials or simple_polynomials(found.highest_derivative)
    if found.has_scalar_functions or any(symbol.name in TRANSCENDENTAL for symbol in found.symbols):
        return
    most = MOST if not variances else MOST_WITH_VARIANCES
    for scalars, chosen in attempts(found, read.normal, found.functions, polynomials, most):
        activations = {name: of_parity(c, read.vocabulary.parities.get(name)) for name, c in chosen.items()}
        sites, relation = read.vocabulary.system.model.sites, read.vocabulary.relation
        try:
            for smaller in _smaller(activations) if variances else (activations,):
                if relation is not None:
                    smaller = satisfying(relation, sites, scalars, smaller, read.vocabulary.parities)
                assignment = Assignment(sites, scalars, smaller)
                if all(assignment.value(variance) >= 0 for variance in variances):
                    yield ExactPoint(read, assignment, (assignment.value(read.left), assignment.value(read.right)))
                    break
        except DivisionByZero:
            continue
        except NotRational:
            return


def _smaller(activations: Mapping[str, Coefficients]) -> Iterator[dict[str, Coefficients]]:
    """The activations, then smaller ones and at last odd ones, so that variances they determine are positive."""
    for scale in SCALES:
        yield {name: tuple(scale * c for c in coefficients) for name, coefficients in activations.items()}
    yield {name: of_parity(tuple(SCALES[-1] * c for c in cs), -1) for name, cs in activations.items()}


def satisfying(
    relation: Ratio,
    sites: tuple[SiteFunction, ...],
    scalars: Mapping[Atom, Fraction],
    activations: Mapping[str, Coefficients],
    parities: Mapping[str, int],
) -> dict[str, Coefficients]:
    """Polynomials where the relation vanishes, by the choice of one coefficient that stands in it to the first power.

    Of <s s''> these are the lowest ones, that of z, or of 1 where the activation is even. Raises DivisionByZero where
    there is no such coefficient, NotRational.
    """
    numbers: dict[Atom, Fraction] = {a: scalars.get(a, Fraction(1)) for a in relation.atoms() if isinstance(a, Symbol)}
    for name, coefficients in activations.items():
        place = 0 if parities.get(name) == 1 else 1

        def value(at: Fraction, name: str = name, c: Coefficients = coefficients, place: int = place) -> Fraction:
            chosen = {**activations, name: (*c[:place], at, *c[place + 1 :])}
            return Assignment(sites, {**scalars, **numbers}, chosen).value(relation)

        at_zero, at_one, at_two = (value(Fraction(k)) for k in range(3))
        if at_one != at_zero and at_two - at_one == at_one - at_zero:
            solution = at_zero / (at_zero - at_one)
            return {**activations, name: (*coefficients[:place], solution, *coefficients[place + 1 :])}
    raise DivisionByZero


def contradiction(read: ReadClaim) -> ExactPoint | None:
    """A point where the two sides differ although their normal forms agree: there must be none."""
    general = islice(exact_points(read, general_polynomials(read.content.highest_derivative)), POINTS_BEHIND_A_PROOF)
    return next((point for point in general if point.differs), None)


def polynomial_text(coefficients: Coefficients) -> str:
    """1 - z + z^2/2 and the like."""
    text = ""
    for k, coefficient in enumerate(coefficients):
        if not coefficient:
            continue
        power = "" if k == 0 else "z" if k == 1 else f"z^{k}"
        size = abs(coefficient)
        term = str(size) if not power else power if size == 1 else f"{size}*{power}"
        sign = "-" if coefficient < 0 else "+"
        text += f" {sign} {term}" if text else term if sign == "+" else f"-{term}"
    return text or "0"
