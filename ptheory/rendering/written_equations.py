"""One equation as it is shown: left side, right side, the definitions it needs; as a tree, as LaTeX, as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ptheory.algebra.hashing import made_once
from ptheory.algebra.polynomial import Atom, Monomial, Polynomial, multiply_monomials
from ptheory.language.claim_names import CHI_PAR, CHI_PERP, CURVATURE, SUSCEPTIBILITIES
from ptheory.language.expressions import Expression
from ptheory.language.statements import Averages
from ptheory.recursion.closure import reads_earlier_layers
from ptheory.recursion.equation import Equation
from ptheory.recursion.means.mean import Mean
from ptheory.recursion.nearby import ALONG
from ptheory.recursion.susceptibilities import SeveralFields, chi_par, chi_perp, h
from ptheory.rendering.arrange import Recognise, Susceptibility, SymmetricPart, arrange, tensor_node, unchanged
from ptheory.rendering.brackets import KEPT, OPENED, WHERE_SHORT, MeanAtom, open_expectations
from ptheory.rendering.font_metrics import formula_width
from ptheory.rendering.insertions import has_raised_fields, what_is_raised, with_insertions
from ptheory.rendering.latex import LatexWriter
from ptheory.rendering.notation import Notation, notation_of
from ptheory.rendering.report import DerivedEquation, SpecialisedEquation
from ptheory.rendering.shortest.derivatives_kept import with_derivatives, with_derivatives_where_narrower
from ptheory.rendering.shortest.short_form import ShortForm
from ptheory.rendering.spelling import OURS, Spelling
from ptheory.rendering.text import text_writer
from ptheory.rendering.tree import LegLabel, Sum, SusceptibilityNode, TensorNode
from ptheory.rendering.width_ratios import with_width_ratio_once
from ptheory.rendering.written_closed_forms import ClosedForms
from ptheory.rendering.written_formulas import formula_latex, formula_text

LONGEST_EXPLICIT_FORM = 12
HIGHEST_POWER = 6


@dataclass(frozen=True)
class DisplayedEquation:
    """An equation ready for a writer.

    ``right``: compact for the page; ``right_opened``: every derivative carried out, what a claim can say. ``explicit``:
    the right-hand side without any expectation, where the layer is polynomial and the result short.
    ``susceptibilities``: those that appear, each with its own right-hand side; ``closed_susceptibilities``: those that
    appear in the closed form. ``defined_at``: the inputs of the susceptibilities that are defined, none at one input.
    ``has_raised``: whether preactivations have indices above.
    """

    notation: Notation
    left: TensorNode
    right: Sum
    right_opened: Sum
    explicit: Sum | None
    susceptibilities: tuple[tuple[str, Sum], ...]
    closed_susceptibilities: tuple[tuple[str, Sum], ...] = ()
    defined_at: tuple[LegLabel, ...] = ()
    has_raised: bool = False

    @property
    def definitions(self) -> tuple[tuple[str, Expression], ...]:
        """(name, formula) of the site functions that have a short name."""
        return self.notation.definitions

    def latex(self, spelling: Spelling = OURS) -> str:
        """One line, no environment."""
        writer = LatexWriter(spelling)
        return f"{writer.tensor(self.left)} = {writer.sum(self.right)}"

    def text(self, unicode: bool = True) -> str:
        """One line in the language's syntax."""
        writer = text_writer(self.notation, unicode)
        return f"{writer.tensor(self.left)} = {writer.sum(self.right_opened)}"

    def left_text(self) -> str:
        """The left side in the language's ASCII syntax: K', K'[1,2]."""
        return text_writer(self.notation, False).tensor(self.left)

    def right_text(self, unicode: bool = False) -> str:
        """The right side as one line of text, derivatives of means carried out."""
        return text_writer(self.notation, unicode).sum(self.right_opened)

    @property
    def where(self) -> tuple[tuple[str, tuple[Sum, ...]], ...]:
        """(name, what it stands for, and that in closed form) of every susceptibility and letter."""
        closed = dict(self.closed_susceptibilities)
        named = dict.fromkeys([name for name, _ in (*self.susceptibilities, *self.closed_susceptibilities)])
        general = dict(self.susceptibilities)
        return tuple((name, tuple(known[name] for known in (general, closed) if name in known)) for name in named)

    def _called(self, name: str) -> SusceptibilityNode:
        """What is defined: chi_perp[1,2]; a letter is the same at all inputs."""
        return SusceptibilityNode(name, self.defined_at if name in SUSCEPTIBILITIES else ())

    def where_latex(self, spelling: Spelling = OURS) -> tuple[str, ...]:
        """The definitions as LaTeX equations: susceptibilities, then named layer functions."""
        writer = LatexWriter(spelling)
        written = [" = ".join([writer.node(self._called(name)), *map(writer.sum, sums)]) for name, sums in self.where]
        raised = what_is_raised(self.notation, writer) if self.has_raised else ()
        functions = [f"{spelling.function(n)}(z) = {formula_latex(f, spelling=spelling)}" for n, f in self.definitions]
        return (*written, *raised, *functions)

    def where_text(self, unicode: bool = True) -> tuple[str, ...]:
        """What the right side abbreviates, one line each: susceptibilities, then site functions."""
        writer = text_writer(self.notation, unicode)
        style = writer.style
        written = [" = ".join([writer.node(self._called(n)), *map(writer.sum, sums)]) for n, sums in self.where]
        return (*written, *(f"{style.name(n)}(z) = {formula_text(f, style)}" for n, f in self.definitions))


def displayed_short(equation: Equation, notation: Notation, short: ShortForm) -> DisplayedEquation:
    """The same in its short form, whose abbreviations are defined below it."""

    opened = in_means(short.right, notation)
    if notation.one_input:
        compact = with_derivatives_where_narrower(opened, equation, notation, _width_in(notation))
    else:
        compact = in_means(short.right, notation, WHERE_SHORT)
    return DisplayedEquation(
        notation,
        tensor_node(equation.target, notation, next_layer=True),
        with_width_ratio_once(compact, notation, equation.target),
        with_width_ratio_once(opened, notation, equation.target),
        explicit_form(equation, notation),
        tuple((name, arrange(value, notation)) for name, value in short.definitions.items()),
        defined_at=tuple(map(notation.label, short.defined_at)),
    )


def _width_in(notation: Notation) -> Callable[[Polynomial], float]:
    return lambda part: formula_width(LatexWriter().sum(arrange(part, notation)))


def in_means(short: Polynomial, notation: Notation, longest: float = OPENED) -> Polynomial:
    """Every expectation in averages, those of symmetric sums too."""

    def inside(atom: Atom) -> Polynomial | None:
        if not isinstance(atom, SymmetricPart):
            return None
        return Polynomial.atom(replace(atom, body=in_means(atom.body, notation, longest)))

    return open_expectations(short.map_atoms(inside), notation, longest)


def displayed(equation: Equation, inputs: Iterable[str] = (), equal_widths: bool = False) -> DisplayedEquation:
    """The equation as it is shown, samples called as ``inputs`` names them."""
    return displayed_in(equation, notation_of(equation, inputs, equal_widths))


def displayed_as(item: DerivedEquation | SpecialisedEquation, spelling: Spelling) -> DisplayedEquation:
    """An equation of a page, its averages written as the author writes them."""
    return displayed_item(item) if spelling.averages is Averages.DERIVATIVES else _displayed_with_insertions(item)


@made_once
def displayed_item(item: DerivedEquation | SpecialisedEquation) -> DisplayedEquation:
    """An equation of a page, in its short form where it has one."""
    equation, notation, short = equation_of(item), notation_of_item(item), item.short
    shown = displayed_in(equation, notation) if short is None else displayed_short(equation, notation, short)
    if isinstance(item, DerivedEquation):
        return shown
    return replace(shown, closed_susceptibilities=ClosedForms(item.found).susceptibilities)


@made_once
def _displayed_with_insertions(item: DerivedEquation | SpecialisedEquation) -> DisplayedEquation:
    return inserted(displayed_item(item), equation_of(item), item.short)


def written_as(shown: DisplayedEquation, equation: Equation, spelling: Spelling) -> str:
    """The LaTeX of an equation as it was derived, its averages written as the author writes them."""
    if spelling.averages is not Averages.DERIVATIVES:
        shown = inserted(shown, equation, None)
    return shown.latex(spelling)


def equation_of(item: DerivedEquation | SpecialisedEquation) -> Equation:
    """What an item of a page shows."""
    return item.equation if isinstance(item, DerivedEquation) else item.found.equation


def inserted(shown: DisplayedEquation, equation: Equation, short: ShortForm | None) -> DisplayedEquation:
    """The same by insertions, <f (z^a z^b - K^{ab})>; of several fields or layers, where K is a matrix, as it was."""
    notation, architecture = shown.notation, equation.system.model.architecture
    if len(architecture.fields) > 1 or reads_earlier_layers(architecture):
        return shown
    if short is None:
        derived = _derived_susceptibilities(equation, notation)
        kept = {name: open_expectations(p, notation, KEPT) for name, p in derived if name != CURVATURE}
        right = open_expectations(equation.right, notation, KEPT)
        written = arrange(right, notation, equation.target, _recogniser(kept, set()))
    else:
        own = dict(_derived_susceptibilities(equation, notation))
        kept = {
            name: _with_derivatives(value, notation, [own[name]] if name in own else [])
            for name, value in short.definitions.items()
        }
        right = _with_derivatives(short.right, notation, [equation.right, *own.values()])
        written = with_width_ratio_once(right, notation, equation.target)
    right_inserted = with_insertions(written, notation)
    names = [name for name, _ in shown.susceptibilities]
    defined = tuple((name, with_insertions(arrange(kept[name], notation), notation)) for name in names)
    return replace(shown, right=right_inserted, susceptibilities=defined, has_raised=has_raised_fields(right_inserted))


def _with_derivatives(short: Polynomial, notation: Notation, derived: Sequence[Polynomial]) -> Polynomial:
    """A part of a short form, every average of derivatives that is in what was ``derived`` as it is there."""
    if not notation.one_input:
        return in_means(short, notation, KEPT)
    return with_derivatives(in_means(short, notation), derived, notation, _width_in(notation))


def notation_of_item(item: DerivedEquation | SpecialisedEquation) -> Notation:
    """Its names; averages that do not exist for its activations are not written, see ``brackets.py``."""
    if isinstance(item, DerivedEquation):
        return notation_of(item.equation, (), item.equal_widths)
    found = item.found
    notation = notation_of(found.equation, found.inputs, item.equal_widths)
    along = ALONG if found.through else 0
    return replace(notation, jumps=found.jumps, kinks_dropped=found.kinks_dropped, along=along)


def displayed_in(equation: Equation, notation: Notation) -> DisplayedEquation:
    """The same in a given notation."""
    compact = open_expectations(equation.right, notation, WHERE_SHORT)
    opened = open_expectations(equation.right, notation)
    known_compact, known_opened = _susceptibilities(equation, notation)
    used: set[str] = set()
    right = arrange(compact, notation, equation.target, _recogniser(known_compact, used))
    right_opened = arrange(opened, notation, equation.target, _recogniser(known_opened, used))
    shown = tuple((name, arrange(polynomial, notation)) for name, polynomial in known_opened.items() if name in used)
    return DisplayedEquation(
        notation,
        tensor_node(equation.target, notation, next_layer=True),
        right,
        right_opened,
        explicit_form(equation, notation),
        shown,
    )


def _susceptibilities(equation: Equation, notation: Notation) -> tuple[dict[str, Polynomial], dict[str, Polynomial]]:
    """χ∥ and χ⊥ as derived, in the brackets of the page and fully opened; none away from one input of one field."""
    derived = [pair for pair in _derived_susceptibilities(equation, notation) if pair[0] != CURVATURE]
    compact = {name: open_expectations(p, notation, WHERE_SHORT) for name, p in derived}
    return compact, {name: open_expectations(p, notation) for name, p in derived}


def _derived_susceptibilities(equation: Equation, notation: Notation) -> tuple[tuple[str, Polynomial], ...]:
    """χ∥, χ⊥ and h of one input of one field."""
    if not notation.one_input:
        return ()
    try:
        return (
            (CHI_PAR, chi_par(equation.system, 1)),
            (CHI_PERP, chi_perp(equation.system, 1, 1)),
            (CURVATURE, h(equation.system, 1)),
        )
    except SeveralFields:
        return ()


def _recogniser(known: dict[str, Polynomial], used: set[str]) -> Recognise:
    """Takes powers of the known susceptibilities out of a coefficient they divide exactly."""
    candidates = [(name, p) for name, p in known.items() if any(isinstance(a, MeanAtom) for a in p.atoms())]
    if not candidates:
        return unchanged

    def recognise(coefficient: Polynomial) -> Polynomial:
        factor = Polynomial.constant(1)
        rest = coefficient
        for name, value in candidates:
            for _ in range(HIGHEST_POWER):
                quotient = exact_quotient(rest, value)
                if quotient is None:
                    break
                rest, factor = quotient, factor * Polynomial.atom(Susceptibility(name))
        used.update(atom.name for atom in factor.atoms() if isinstance(atom, Susceptibility))
        return rest * factor

    return recognise


def exact_quotient(dividend: Polynomial, divisor: Polynomial) -> Polynomial | None:
    """dividend / divisor where it is again a polynomial (no new negative powers), else None."""
    quotient = Polynomial()
    remainder = dividend
    lead, lead_coefficient = _leading(divisor)
    for _ in range(len(dividend) + 1):
        if not remainder:
            return quotient
        monomial, coefficient = _leading(remainder)
        divided = multiply_monomials(monomial, tuple((atom, -exponent) for atom, exponent in lead))
        if any(exponent < 0 for _, exponent in divided):
            return None
        piece = Polynomial({divided: coefficient / lead_coefficient})
        quotient = quotient + piece
        remainder = remainder - piece * divisor
    return None


def _leading(polynomial: Polynomial) -> tuple[Monomial, Fraction]:
    """The greatest term in the lexicographic order of exponents, atoms by sort key."""
    atoms = sorted(polynomial.atoms(), key=lambda a: a.sort_key)
    return max(polynomial, key=lambda item: [dict(item[0]).get(a, 0) for a in atoms])


def new_definitions(written: Iterable[str], known: dict[str, str]) -> list[str]:
    """Those of ``left = right`` that are not yet known, or known otherwise; ``known`` learns them.

    What is known as ``left = right = closed form`` is known.
    """
    new = [text for text in written if not f"{known.get(text.partition(' = ')[0])} = ".startswith(f"{text} = ")]
    known.update({text.partition(" = ")[0]: text for text in new})
    return new


def explicit_form(equation: Equation, notation: Notation) -> Sum | None:
    """The right-hand side without expectations, when there are none left in normal form and it is short."""
    if not any(_is_mean(atom) for atom in open_expectations(equation.right, notation).atoms()):
        return None
    normal = equation.normal_form
    if len(normal) > LONGEST_EXPLICIT_FORM or any(isinstance(atom, Mean) for atom in normal.atoms()):
        return None
    return arrange(normal, notation, equation.target)


def _is_mean(atom: object) -> bool:
    return isinstance(atom, MeanAtom)


def equation_latex(equation: Equation, inputs: Iterable[str] = (), equal_widths: bool = False) -> str:
    """left = right as LaTeX for amsmath."""
    return displayed(equation, inputs, equal_widths).latex()


def equation_text(
    equation: Equation, inputs: Iterable[str] = (), equal_widths: bool = False, unicode: bool = True
) -> str:
    """left = right as text."""
    return displayed(equation, inputs, equal_widths).text(unicode)


def right_text(
    equation: Equation, inputs: Iterable[str] = (), equal_widths: bool = False, unicode: bool = False
) -> str:
    """The right side alone, as one line of text."""
    return displayed(equation, inputs, equal_widths).right_text(unicode)
