"""The column of the search at several inputs: a right-hand side as derived -> other tensors of the next layer on the
right -> susceptibilities -> letters -> a sum with its symmetry.

Everything is done on the terms as they were derived, averages of layer functions with dummies, and is undone again:
what is printed is the derivation, by algebra alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations

from ptheory.algebra.polynomial import Atom, Monomial, Polynomial, Symbol
from ptheory.language.claim_names import CHI_PERP
from ptheory.networks.fields import Field
from ptheory.recursion.dummies import by_sample, canonical_dummies, relabel_atom
from ptheory.recursion.equation import Equation
from ptheory.recursion.means.relabel import with_samples
from ptheory.recursion.places import Sample
from ptheory.recursion.susceptibilities import SeveralFields, chi_perp
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensors import WIDTH_RATIO, Expectation, Leg, Tensor
from ptheory.rendering.arrange import NextLayer, Susceptibility, SymmetricPart
from ptheory.rendering.brackets import open_expectations
from ptheory.rendering.notation import Notation
from ptheory.rendering.shortest.other_recursions import Recursion, beside_scalars, factors_between
from ptheory.rendering.shortest.ratios import Names, lettered, quotient, ratios_in, with_ratios
from ptheory.rendering.shortest.short_form import MOST_TERMS, ShortForm, simpler
from ptheory.rendering.shortest.symmetric_sums import at_other_samples, with_symmetry

Definition = tuple[Polynomial, Polynomial]  # a symbol, and what it stands for

MOST_STEPS = 8  # tensors of the next layer that are tried one after the other


def short_form_at_inputs(
    equation: Equation, beside: Sequence[Equation], notation: Notation, names: Names
) -> ShortForm | None:
    """The form that substitutions of equals lead to; None where there are too many terms.

    ``beside``: recursions of the same system whose left sides may stand on the right.
    """
    own = recursion_at_inputs(equation, notation)
    if len(own.right) > MOST_TERMS:
        return None
    others = simpler([recursion_at_inputs(one, notation) for one in beside], own) if own.target.power else []
    candidates = [moved for other in others for moved in _that_may_stand_in(own, other)]
    perpendicular = PerpendicularAt(equation.system)
    found = perpendicular.put_into(_with_next_layer(own.right, candidates), own.target)
    letters = lettered(ratios_in(found), names)
    meanings = {letter: quotient(pair) for pair, letter in letters.items()}
    found = with_symmetry(with_ratios(found, letters), own.target)
    recursions = {one.target: one.right for one in candidates}
    if _written_out(found, own.target, recursions, perpendicular, meanings) != own.right:
        return None
    is_used = any(isinstance(atom, Susceptibility) for atom in _all_atoms(found))
    defined = {CHI_PERP: open_expectations(perpendicular.value(1, 2), notation)} if is_used else {}
    return ShortForm(found, defined, meanings, perpendicular.legs(1, 2) if is_used else ())


def recursion_at_inputs(equation: Equation, notation: Notation) -> Recursion:
    """The recursion as it was derived, widths equal where the notation says so."""
    right = equation.right
    if notation.equal_widths:
        right = right.map_atoms(lambda atom: Polynomial.constant(1) if atom == WIDTH_RATIO else None)
    return Recursion(equation.target, canonical_dummies(right))


# ---- tensors of the next layer --------------------------------------------------------------------------------------


def _that_may_stand_in(own: Recursion, other: Recursion) -> Iterator[Recursion]:
    """The other recursion at inputs of this one, in every order in which all it adds by itself stands in this one."""
    known = {beside_scalars(monomial) for monomial, _ in own.right}
    added = Polynomial({monomial: c for monomial, c in other.right if not _has_dummies(monomial)})
    samples = sorted({leg.sample for leg in other.target.legs})
    seen = set()
    for order in permutations(sorted({leg.sample for leg in own.target.legs}), len(samples)) if added else ():
        at = dict(zip(samples, order, strict=True))
        target = relabel_atom(other.target, by_sample(at))
        if target not in seen and all(beside_scalars(m) in known for m, _ in with_samples(added, at)):
            yield Recursion(target, canonical_dummies(with_samples(other.right, at)))
        seen.add(target)


def _has_dummies(monomial: Monomial) -> bool:
    return any(isinstance(atom, Expectation) and any(leg.is_dummy for leg in atom.derivatives) for atom, _ in monomial)


def _with_next_layer(right: Polynomial, candidates: Sequence[Recursion]) -> Polynomial:
    """Multiples of left sides for what they stand for, the shortest sum met on a way that may lead up a little.

    A' - r (D'[1,2,3,4] + D'[3,4,1,2]) has no fewer terms than A' - r D'[1,2,3,4], less r^2 V' it has.
    """
    rest, taken, left = right, Polynomial(), list(candidates)
    best = right
    for _ in range(MOST_STEPS):
        tried = [
            (_size(fewer), place, fewer, factor * other.symbol)
            for place, other in enumerate(left)
            for factor in factors_between(rest, other.right)
            if len(fewer := rest - factor * other.right) <= len(rest)
        ]
        if not tried:
            break
        _, place, rest, symbol = min(tried, key=lambda one: one[:2])
        taken = taken + symbol
        del left[place]
        if _size(rest + taken) < _size(best):
            best = rest + taken
    return best


def _size(polynomial: Polynomial) -> int:
    """Factors and signs of the sum, written out."""
    return sum(1 + sum(abs(e) for _, e in monomial) for monomial, _ in polynomial)


# ---- susceptibilities -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PerpendicularAt:
    """chi_perp[a,b] = C_W <s_a' s_b'> in what a layer inherits, where it is one product."""

    system: RecursionSystem

    def legs(self, first: int, second: int) -> tuple[Leg, ...]:
        """The two fields it responds at."""
        field = Field(self.system.model.architecture.fields[0])
        return (Leg(field, Sample(first)), Leg(field, Sample(second)))

    def value(self, first: int, second: int) -> Polynomial:
        """What it stands for. Raises SeveralFields."""
        return chi_perp(self.system, first, second)

    def put_into(self, right: Polynomial, own: Tensor) -> Polynomial:
        """For its average, wherever a tensor of the layer below is carried on and nothing has to be divided by."""
        known: dict[Atom, Definition] = {}
        for samples in {_samples(atom) for atom in right.atoms() if isinstance(atom, Expectation)} - {()}:
            first, second = samples
            try:
                value = self.value(first, second)
            except SeveralFields:
                return right
            means = [atom for atom in value.atoms() if isinstance(atom, Expectation)]
            if len(value) == 1 and len(means) == 1:
                known[means[0]] = Polynomial.atom(Susceptibility(CHI_PERP, self.legs(first, second))), value
        return Polynomial.sum(self._in_term(monomial, c, known, own) for monomial, c in right)

    def _in_term(
        self,
        monomial: Monomial,
        coefficient: Fraction,
        known: Mapping[Atom, tuple[Polynomial, Polynomial]],
        own: Tensor,
    ) -> Polynomial:
        term = Polynomial({monomial: coefficient})
        if not any(isinstance(atom, Tensor) and (atom.power > 0 or atom == own) for atom, _ in monomial):
            return term
        for atom, _ in monomial:
            if atom in known:
                symbol, value = known[atom]
                put_in = term * symbol * value.inverse_monomial()
                ((factors, _),) = put_in
                if all(exponent > 0 for _, exponent in factors):
                    term = put_in
        return term


def _samples(atom: Expectation) -> tuple[int, ...]:
    """The two inputs of an average of two functions; none of any other."""
    if atom.derivatives or len(atom.factors) != 2:
        return ()
    return tuple(sorted(factor.place.number for factor in atom.factors))


# ---- back again -----------------------------------------------------------------------------------------------------


def _written_out(
    short: Polynomial,
    own: Tensor,
    recursions: Mapping[Tensor, Polynomial],
    perpendicular: PerpendicularAt,
    letters: Mapping[str, Polynomial],
) -> Polynomial:
    """Every abbreviation opened, every tensor of the next layer by its recursion."""
    samples = {leg.sample for leg in own.legs}

    def both(atom: Atom) -> Polynomial | None:
        if not isinstance(atom, SymmetricPart):
            return None
        pairs = [(one.sample, two.sample) for one, two in zip(atom.first, atom.second, strict=True)]
        moved = {**dict(pairs), **{two: one for one, two in pairs}}
        return atom.body + at_other_samples(atom.body, {sample: moved.get(sample, sample) for sample in samples})

    def opened(atom: Atom) -> Polynomial | None:
        match atom:
            case Susceptibility(_, (first, second)):
                return perpendicular.value(first.sample, second.sample)
            case Symbol(name) if name in letters:
                return letters[name]
            case NextLayer(made):
                return recursions[made]
        return None

    return canonical_dummies(short.map_atoms(both).map_atoms(opened))


def _all_atoms(short: Polynomial) -> Iterator[Atom]:
    for atom in short.atoms():
        yield atom
        if isinstance(atom, SymmetricPart):
            yield from _all_atoms(atom.body)
