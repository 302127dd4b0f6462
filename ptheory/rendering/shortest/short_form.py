"""The column of the search: a right-hand side as derived -> the narrowest that was found, and what it abbreviates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from ptheory.algebra.polynomial import Atom, Monomial, Polynomial, Symbol
from ptheory.recursion.equation import Equation
from ptheory.recursion.nearby import ALONG
from ptheory.recursion.tensors import WIDTH_RATIO, Leg, Tensor
from ptheory.rendering.arrange import NextLayer, Susceptibility, arrange
from ptheory.rendering.brackets import open_expectations
from ptheory.rendering.font_metrics import formula_width
from ptheory.rendering.latex import LatexWriter
from ptheory.rendering.notation import Notation
from ptheory.rendering.shortest.known import Known, with_known
from ptheory.rendering.shortest.other_recursions import Recursion, with_next_layer
from ptheory.rendering.shortest.ratios import Names, lettered, quotient, ratios_in, with_ratios
from ptheory.rendering.shortest.single_means import in_joint_means, in_single_means

MOST_TERMS = 150  # of a right-hand side in single means; what is longer is written as it was derived


@dataclass(frozen=True)
class ShortForm:
    """``right``: what stands for the right-hand side, in susceptibilities, letters and tensors of the next layer too.

    ``susceptibilities`` and ``letters``: what those in it stand for, by name; ``defined_at``: where susceptibilities of
    several inputs are defined.
    """

    right: Polynomial
    susceptibilities: Mapping[str, Polynomial] = field(default_factory=dict)
    letters: Mapping[str, Polynomial] = field(default_factory=dict)
    defined_at: tuple[Leg, ...] = ()

    @property
    def definitions(self) -> dict[str, Polynomial]:
        """Everything that is abbreviated, by name."""
        return {**self.susceptibilities, **self.letters}

    def written_out(self, others: Sequence[Recursion]) -> Polynomial:
        """Every abbreviation opened, every tensor of the next layer by its recursion: averages of single products."""
        recursions = {other.target: other.right for other in others}

        def opened(atom: Atom) -> Polynomial | None:
            match atom:
                case Susceptibility(name):
                    return self.susceptibilities[name]
                case Symbol(name) if name in self.letters:
                    return self.letters[name]
                case NextLayer(made):
                    return recursions[made]
            return None

        return in_single_means(self.right.map_atoms(opened))


def recursion_of(equation: Equation, notation: Notation) -> Recursion:
    """The recursion in averages of single products, widths equal where the notation says so."""
    right = equation.right
    if notation.equal_widths:
        right = right.map_atoms(lambda atom: Polynomial.constant(1) if atom == WIDTH_RATIO else None)
    return Recursion(equation.target, in_single_means(open_expectations(right, notation)))


def simpler(recursions: Sequence[Recursion], than: Recursion) -> list[Recursion]:
    """Those that may stand on its right-hand side, so that no two equations rest on each other.

    What carries nothing on from the layer below is a cumulant of its averages, and no other cumulant is split by it.
    """
    return [one for one in recursions if _complexity(one) < _complexity(than) and _carries(one)]


def _carries(recursion: Recursion) -> bool:
    return any(isinstance(atom, Tensor) and not atom.is_kernel for atom in recursion.right.atoms())


def _complexity(recursion: Recursion) -> tuple[int, str]:
    return len(recursion.right), str(recursion.target)


def short_form(
    recursion: Recursion, others: Sequence[Recursion], known: Sequence[Known], notation: Notation, names: Names
) -> ShortForm | None:
    """The narrowest form at one input that substitutions of equals lead to; None where there are too many terms.

    ``others``: simpler recursions, whose left sides may stand on the right.
    """
    if len(recursion.right) > MOST_TERMS:
        return None
    search = _Search(recursion.target, tuple(known), notation)
    found = search.readable(with_next_layer(recursion.right, others, search.width))
    letters = lettered(ratios_in(found), names)
    found = with_ratios(found, letters)
    present = {atom.name for atom in found.atoms() if isinstance(atom, (Symbol, Susceptibility))}
    return ShortForm(
        found,
        {one.name: in_joint_means(one.value) for one in known if one.name in present},
        {letter: quotient(pair) for pair, letter in letters.items()},
    )


@dataclass(frozen=True)
class _Search:
    """``own``: the tensor on the left, at layer l."""

    own: Tensor
    known: tuple[Known, ...]
    notation: Notation
    _narrow: dict[tuple[Monomial, Polynomial], Polynomial] = field(default_factory=dict)

    def width(self, right: Polynomial) -> float:
        """How wide the right-hand side is at best."""
        return self._printed(self.readable(right))

    def readable(self, right: Polynomial) -> Polynomial:
        """Tensor by tensor: known quantities put in where that is narrower, averages joined."""
        groups: dict[Monomial, dict[Monomial, Fraction]] = {}
        for monomial, coefficient in right:
            carried = tuple(item for item in monomial if self._is_carried(item[0]))
            rest = tuple(item for item in monomial if item not in carried)
            groups.setdefault(carried, {})[rest] = coefficient
        return Polynomial.sum(self._group(carried, Polynomial(terms)) for carried, terms in groups.items())

    def _is_carried(self, atom: Atom) -> bool:
        if not isinstance(atom, Tensor):
            return False
        if _has_separation(atom) or (_has_separation(self.own) and not atom.is_kernel):
            return True
        return atom.power > 0 or (atom == self.own and not atom.is_kernel)

    def _group(self, carried: Monomial, coefficient: Polynomial) -> Polynomial:
        key = carried, coefficient
        if key not in self._narrow:
            beside = Polynomial({carried: Fraction(1)})
            found = coefficient
            if carried:  # what a layer adds by itself stays a cumulant of its own averages
                found = with_known(coefficient, self.known, lambda one: self._printed(in_joint_means(one) * beside))
            self._narrow[key] = in_joint_means(found) * beside
        return self._narrow[key]

    def _printed(self, right: Polynomial) -> float:
        letters = dict.fromkeys(ratios_in(right), "r")
        return formula_width(LatexWriter().sum(arrange(with_ratios(right, letters), self.notation, self.own)))


def _has_separation(tensor: Tensor) -> bool:
    """Whether a slot carries the separation of two nearby inputs; at one input every leg is at the first sample."""
    return any(leg.sample == ALONG for leg in tensor.legs)
