"""Claims about moments that name no coefficient of a series: identities in whole tensors, exactly in n."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random

from ptheory.algebra.order import power_text, through
from ptheory.algebra.polynomial import Atom, Symbol
from ptheory.algebra.refusal import DivisionByZero, Refusal
from ptheory.claims.moments.layer_below import DoesNotEnd, LayerBelow
from ptheory.claims.moments.literal_moments import Mixture, NotByNumbers
from ptheory.claims.moments.literal_reader import LiteralReader
from ptheory.claims.moments.moment_claim import AtPattern, Contradiction, MomentClaim
from ptheory.claims.moments.moment_text import MomentWriter
from ptheory.claims.moments.standard_form import standard_form
from ptheory.claims.moments.whole_series import expanded
from ptheory.claims.moments.whole_tensor import WholeTensor
from ptheory.claims.reading.written_orders import highest_power_written
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.verdict import Ball, Counterexample, Kind, Verdict
from ptheory.language.errors import LanguageError
from ptheory.recursion.tensors import WIDTH, WIDTH_RATIO

POINTS = 2  # of another route behind a proof, at every pattern
POINTS_TO_REFUTE = 12


def exactly(claim: MomentClaim) -> Verdict | None:
    """Proved or refuted as a statement about whole tensors; None where that is not known. NotStated, Contradiction."""
    found = claim.whole
    atoms = {atom for at in found for atom in at.atoms}
    layers = {atom.is_next for atom in atoms if isinstance(atom, WholeTensor)}
    joined = _in_layer_below(claim, found) if True in layers else None
    at_patterns = joined or found
    apart = next((at for at in at_patterns if at.differs), None)
    if apart is None:
        return _proved(claim, at_patterns, joined is not None)
    is_any_layer = layers == {True} and claim.is_any_layer and not any(isinstance(atom, Symbol) for atom in atoms)
    if True in layers and joined is None and not is_any_layer:
        return None
    return _refuted(claim, apart, joined is not None)


def _in_layer_below(claim: MomentClaim, found: list[AtPattern]) -> list[AtPattern] | None:
    """Layer l+1 put in terms of layer l, where activations are bound so that the recursion of moments ends."""
    if not claim.vocabulary.system.model.architecture.has_gaussian_rows:
        return None
    below = LayerBelow(claim.cumulants, claim.normal, claim.vocabulary.binding)

    def put_in(atom: Atom) -> Ratio | None:
        if isinstance(atom, WholeTensor) and atom.is_next:
            return claim.with_given(Ratio(below.whole(atom)))
        return None

    try:
        return [replace(at, left=at.left.map_atoms(put_in), right=at.right.map_atoms(put_in)) for at in found]
    except DoesNotEnd:
        return None


def _proved(claim: MomentClaim, found: list[AtPattern], joined: bool) -> Verdict:
    """Identical forms at every pattern, and agreement in numbers by the other route."""
    for at in found:
        for attempt in range(POINTS):
            point = _point(claim, at, attempt, joined)
            if point.left != point.right:
                raise Contradiction("the forms agree, the values at a point do not")
    several = f", for all {len(found)} patterns of equal and different neurons" if len(claim.labels) > 1 else ""
    return claim.verdict(Kind.PROVED, f"equal exactly in n{several}")


def _refuted(claim: MomentClaim, at: AtPattern, joined: bool) -> Verdict:
    if claim.is_bound_to_the_inputs(at):
        return claim.verdict(Kind.UNDECIDED, "the first layer's tangent kernel is not free of its kernel")
    for attempt in range(POINTS_TO_REFUTE):
        try:
            point = _point(claim, at, attempt, joined)
            in_form = point.mixture.value(at.left) != point.mixture.value(at.right)
        except DivisionByZero:
            continue
        if (point.left != point.right) != in_form:
            raise Contradiction("a moment has two values")
        if in_form:
            return claim.verdict(
                Kind.REFUTED,
                f"the two sides differ{claim.where(at)}",
                counterexample=_counterexample(claim, at, point),
                reason=claim.forms(at),
                correction=_order_missing(claim),
                corrected=standard_form(claim),
            )
    return claim.verdict(Kind.UNDECIDED, "the forms differ, and no point was found where the values do")


def _order_missing(claim: MomentClaim) -> str:
    """That a claim holds up to the order that is written, where it does."""
    power = max(0, *map(highest_power_written, (claim.claim.left, claim.claim.right)))
    try:
        for at in claim.read(False):
            left = expanded(at.left, through(power), claim.derived, claim.claim.left)
            if left != expanded(at.right, through(power), claim.derived, claim.claim.right):
                return ""
    except (Refusal, LanguageError):
        return ""
    return f"up to order {through(power)} the sides agree: add + O({power_text(power + 1)})"


# ---- numbers --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Point:
    mixture: Mixture
    left: Fraction
    right: Fraction


def _point(claim: MomentClaim, at: AtPattern, attempt: int, joined: bool) -> _Point:
    """Both sides as written in one network law. NotByNumbers, DivisionByZero."""
    mixture = _mixture(claim, claim.neurons_needed(at, joined) + attempt % 2, attempt, joined)
    reader = LiteralReader(claim.setting(True), at.pattern, mixture)
    left, right = reader.side(claim.claim.left), reader.side(claim.claim.right)
    return _Point(mixture, mixture.value(left), mixture.value(right))


def _mixture(claim: MomentClaim, n: int, attempt: int, joined: bool) -> Mixture:
    """A law of ``n`` neurons, the same one for all patterns, so that what it has computed is kept."""
    if (n, attempt, joined) not in claim.mixtures:
        claim.mixtures[n, attempt, joined] = _new_mixture(claim, n, attempt, joined)
    return claim.mixtures[n, attempt, joined]


def _new_mixture(claim: MomentClaim, n: int, attempt: int, joined: bool) -> Mixture:
    draw = Random(attempt)
    scalars: dict[Atom, Fraction] = {s: Fraction(draw.randint(1, 5), draw.randint(1, 3)) for s in claim.symbols}
    scalars |= {WIDTH: Fraction(n), WIDTH_RATIO: Fraction(1) if claim.equal_widths else Fraction(attempt + 2, 3)}
    scalars |= _given(claim, scalars)
    return Mixture(claim.cumulants, scalars, n, claim.vocabulary.binding, joined, attempt)


def _given(claim: MomentClaim, scalars: Mapping[Atom, Fraction]) -> dict[Atom, Fraction]:
    """The hyperparameters whose values the claim gives."""
    found: dict[Atom, Fraction] = {}
    for symbol in claim.symbols:
        value = claim.with_given(Ratio.atom(symbol))
        if value != Ratio.atom(symbol):
            if not all(atom in scalars for atom in value.atoms()):
                raise NotByNumbers(f"the value of {symbol} is no rational number")
            found[symbol] = Mixture(claim.cumulants, scalars, 1, {}, False, 0).value(value)
    return found


def _counterexample(claim: MomentClaim, at: AtPattern, point: _Point) -> Counterexample:
    writer, shown = MomentWriter(claim.vocabulary), claim.neurons_shown(at)
    for atom in sorted(at.atoms, key=lambda atom: atom.sort_key):
        value = point.mixture.whole(atom) if isinstance(atom, WholeTensor) else point.mixture.scalars[atom]
        shown.append((writer.atom(atom), str(value)))
    return Counterexample(tuple(shown), Ball(str(point.left)), Ball(str(point.right)))
