"""What a run returns to Python: the results of every task, by kind, and the report they make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from ptheory.claims.verdict import Verdict, exit_code
from ptheory.displayed import shown_by
from ptheory.language.errors import LanguageError, in_order
from ptheory.networks.program import Program
from ptheory.recursion.equation import Equation
from ptheory.results.atlas_result import Atlas
from ptheory.results.figures import FIGURES, VertexFigure
from ptheory.results.flow_numbers import FlowTable
from ptheory.results.outcomes import Outcome, Refused
from ptheory.results.recursions import Recursions
from ptheory.results.specialisation import BoundEquation, Specialisation, Specialisations
from ptheory.session.defects import DEFECT, Defect

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.displayed import Views
    from ptheory.export.array_function import ArrayFunction
    from ptheory.export.formula import Formula, Source
    from ptheory.rendering.report import Item, Report
    from ptheory.rendering.spelling import Spelling
    from ptheory.session.plotted_figure import PlottedFigure
    from ptheory.session.printed_form import PrintedForm


@dataclass(frozen=True)
class DerivedEquation:
    """A derived recursion as a user meets it: ``rhs`` in SymPy, LaTeX, the steps, the one-input form.

    ``program``: the file it was derived from, whose activations may be bound; ``beside``: all that it derives. The
    functions ``to_numpy`` and so on take a name or a formula in z for every activation that is open,
    ``result["V"].one_input.to_numpy(sigma="gelu")``.
    """

    equation: Equation
    program: Program = field(repr=False, compare=False)
    beside: tuple[Equation, ...] = field(default=(), repr=False, compare=False)

    @property
    def name(self) -> str:
        """The tensor on the left side: K, V, G1."""
        return self.equation.name

    @property
    def rhs(self) -> Expr:
        """The right-hand side as a SymPy expression."""
        from ptheory.recursion.to_sympy import right_hand_side_to_sympy

        return right_hand_side_to_sympy(self.equation)

    @property
    def one_input(self) -> DerivedEquation:
        """The same recursion with every sample equal."""
        return DerivedEquation(self.equation.at_one_input(), self.program, self.beside)

    def at(self, *inputs: int) -> DerivedEquation:
        """The same with the slots of the left side at inputs: ``result["V"].at(1, 1, 2, 2)``. Raises WrongSlots."""
        from ptheory.session.at_activations import at_samples

        return DerivedEquation(at_samples(self.equation, inputs), self.program, self.beside)

    def at_activations(self, **activations: str) -> BoundEquation:
        """The recursion at activations, in closed form where there is one. Raises WrongActivations, LanguageError."""
        from ptheory.session.at_activations import at_activations

        return at_activations(self.equation, self.program, activations)

    def to_sympy(self, **activations: str) -> Expr:
        """``rhs``; at activations closed forms, and GaussianMean of formulas. Raises what at_activations does."""
        return self.at_activations(**activations).to_sympy() if activations else self.rhs

    def to_numpy(self, **activations: str) -> ArrayFunction:
        """A function of NumPy arrays with ``.source``. Raises what at_activations does, and NoArrayForm."""
        return self.at_activations(**activations).to_numpy()

    def to_jax(self, **activations: str) -> ArrayFunction:
        """The same of JAX arrays."""
        return self.at_activations(**activations).to_jax()

    def to_mathematica(self, **activations: str) -> Source:
        """The right-hand side in the Wolfram language, activations open or bound."""
        from ptheory.export.mathematica import mathematica

        return self.at_activations(**activations).to_mathematica() if activations else mathematica(self._open_formula)

    def to_form(self, **activations: str) -> Source:
        """A program for FORM that holds the right-hand side, activations open or bound."""
        from ptheory.export.form import form

        return self.at_activations(**activations).to_form() if activations else form(self._open_formula)

    @property
    def _open_formula(self) -> Formula:
        from ptheory.export.formula import Formula
        from ptheory.export.tensor_symbols import open_meanings
        from ptheory.rendering.written_equations import displayed

        context = f"of {self.equation.system.model.architecture.name}"
        return Formula(displayed(self.equation).left_text(), self.rhs, open_meanings(self.equation), context)

    def latex(self) -> str:
        """The equation as LaTeX for amsmath, left side included, in the symbols of the file's notation block."""
        from ptheory.rendering.written_equations import displayed, written_as

        return written_as(displayed(self.equation), self.equation, self._spelling)

    @property
    def short(self) -> PrintedForm:
        """The equation as pages print it, ``.latex()``, ``.rhs`` and ``.definitions``; proved equal to this one."""
        from ptheory.session.printed_form import printed_form

        return printed_form(self.equation, self.beside, self.program, self._spelling)

    def explain(self) -> str:
        """The derivation, step by step: product, Wick, coincidences, expansion, matching."""
        from ptheory.rendering.explain import explain_text

        return explain_text(self.equation.steps(), self.equation.names)

    def _repr_latex_(self) -> str | None:
        from ptheory.rendering.notebook_views import items_latex

        return items_latex(self._items, self._spelling)

    def _repr_html_(self) -> str:
        from ptheory.rendering.notebook_views import items_html

        return items_html(self._items, self._spelling)

    def _repr_markdown_(self) -> str:
        from ptheory.rendering.markdown import markdown

        return markdown(self._items, self._spelling)

    @property
    def _items(self) -> tuple[Item, ...]:
        from ptheory.rendering.result_items import result_items

        return result_items(self.equation)

    @property
    def _spelling(self) -> Spelling:
        from ptheory.session.author_spelling import spelling_as_far_as_read

        return spelling_as_far_as_read(self.program)

    def __str__(self) -> str:
        from ptheory.rendering.written_equations import equation_text

        return equation_text(self.equation)

    def __repr__(self) -> str:
        return f"<{self}>"


@dataclass(frozen=True)
class Result(Mapping[str, DerivedEquation]):
    """One file's results: ``outcomes``, one for every task in file order, and by kind ``equations``, ``specialised``,
    ``flows``, ``atlases`` and ``verdicts``; ``result["V"]`` is a derived equation.

    ``errors``: the mistakes in the file, ``defects``: where ptheory failed; neither stands in the way of the rest.
    """

    path: str
    program: Program = field(repr=False)
    outcomes: tuple[Outcome, ...] = field(repr=False)

    @cached_property
    def equations(self) -> dict[str, DerivedEquation]:
        """Derived equations by name; one of another architecture than the first that has the name as ``Other.V``."""
        derived = derived_equations(self.outcomes)
        beside = tuple(derived.values())
        return {name: DerivedEquation(found, self.program, beside) for name, found in derived.items()}

    @property
    def specialised(self) -> Specialisations:
        """What the with blocks gave, by number or by activation: ``specialised["tanh"]``."""
        return Specialisations(tuple(outcome for outcome in self.outcomes if isinstance(outcome, Specialisation)))

    @property
    def flows(self) -> tuple[FlowTable, ...]:
        """The numbers of the flow statements."""
        return tuple(outcome for outcome in self.outcomes if isinstance(outcome, FlowTable))

    @property
    def atlases(self) -> tuple[Atlas, ...]:
        """The classifications of the atlas statements."""
        return tuple(outcome for outcome in self.outcomes if isinstance(outcome, Atlas))

    @cached_property
    def figures(self) -> dict[str, PlottedFigure]:
        """The figures of the plot statements by name: ``figures["phase-MLP-tanh"].save("edge.pdf")``."""
        from ptheory.session.author_spelling import spelling_as_far_as_read
        from ptheory.session.plotted_figure import PlottedFigure

        spelling = spelling_as_far_as_read(self.program)
        found = (PlottedFigure(outcome, spelling) for outcome in self.outcomes if isinstance(outcome, FIGURES))
        return {figure.name: figure for figure in found}

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts of claims, and of the checks in with blocks."""
        return tuple(verdict for outcome in self.outcomes for verdict in _verdicts(outcome))

    @property
    def refused(self) -> tuple[Refused, ...]:
        """The tasks that gave nothing, each with what stood in its way."""
        return tuple(outcome for outcome in self.outcomes if isinstance(outcome, Refused))

    @property
    def errors(self) -> tuple[LanguageError, ...]:
        """Every mistake once, in the order of the file."""
        of_tasks = (error for outcome in self.outcomes for error in _mistakes(outcome))
        return in_order((*self.program.errors, *of_tasks), self.program.source)

    @property
    def defects(self) -> tuple[Defect, ...]:
        """Where ptheory itself failed."""
        failed = (one for one in self.refused if not isinstance(one.error, LanguageError))
        return tuple(Defect(one.where, one.error) for one in failed)

    @cached_property
    def report(self) -> Report:
        """The results as sections of a page, for ``ptheory.rendering``."""
        from ptheory.rendering.sections import report_of
        from ptheory.session.author_spelling import known_names, spelling_as_far_as_read
        from ptheory.session.short_forms import with_short_forms

        spelling = spelling_as_far_as_read(self.program)
        report = report_of(self.path, self.outcomes, len(self.program.architectures), spelling)
        return with_short_forms(replace(report, names=known_names(self.program)), self.program)

    def __getitem__(self, name: str) -> DerivedEquation:
        if name not in self.equations:
            known = ", ".join(self.equations) or "none"
            raise KeyError(f"{name} was not derived in {self.path}; derived: {known}")
        return self.equations[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.equations)

    def __len__(self) -> int:
        return len(self.equations)

    @property
    def exit_code(self) -> int:
        """0 all proved or checked; 1 something refuted; 2 something unreadable; 3 something undecided and nothing
        refuted; 4 a defect of ptheory."""
        return DEFECT if self.defects else exit_code(self.verdicts, bad_input=bool(self.errors))

    def _repr_html_(self) -> str:
        from ptheory.rendering.notebook_views import report_html

        return report_html(self.report)

    def _repr_markdown_(self) -> str:
        from ptheory.rendering.notebook_views import report_markdown

        return report_markdown(self.report)


def derived_equations(outcomes: Iterable[Outcome]) -> dict[str, Equation]:
    """name -> equation: as it is called, or where the name is taken ``Architecture.V``, and as it was asked for."""
    found: dict[str, Equation] = {}
    for outcome in outcomes:
        if isinstance(outcome, Recursions):
            for written, equations in outcome.asked.items():
                for equation in equations:
                    name = equation.name if equation.name not in found else f"{outcome.architecture}.{equation.name}"
                    found[name] = equation
                    found.setdefault(written, equation)
    return found


def _verdicts(outcome: Outcome) -> tuple[Verdict, ...]:
    match outcome:
        case Verdict():
            return (outcome,)
        case Specialisation() | VertexFigure():
            return outcome.verdicts
    return ()


def _mistakes(outcome: Outcome) -> tuple[LanguageError, ...]:
    match outcome:
        case Recursions():
            return outcome.refused
        case Refused(error=LanguageError() as error):
            return (error,)
    return ()


def _views() -> Views:
    from ptheory.rendering.notebook_views import NotebookViews

    return NotebookViews()


shown_by(_views)
