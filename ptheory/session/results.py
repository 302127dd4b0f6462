"""What a run returns to Python: equations by name, verdicts, the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ptheory.recursion.equation import Equation

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.claims.verdict import Verdict
    from ptheory.criticality.universality import Classification
    from ptheory.language.errors import LanguageError
    from ptheory.rendering.report import Report, SpecialisedEquation
    from ptheory.session.analysis import Criticality
    from ptheory.session.defects import Defect
    from ptheory.session.flow_task import FlowResult


@dataclass(frozen=True)
class DerivedEquation:
    """A derived recursion as a user meets it: ``rhs`` in SymPy, LaTeX, the steps, the one-input form."""

    equation: Equation

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
        return DerivedEquation(self.equation.at_one_input())

    def latex(self) -> str:
        """The equation as LaTeX for amsmath, left side included."""
        from ptheory.rendering.written_equations import equation_latex

        return equation_latex(self.equation)

    def explain(self) -> str:
        """The derivation, step by step: product, Wick, coincidences, expansion, matching."""
        from ptheory.rendering.explain import explain_text

        return explain_text(self.equation.steps(), self.equation.names)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def __str__(self) -> str:
        from ptheory.rendering.written_equations import equation_text

        return equation_text(self.equation)

    def __repr__(self) -> str:
        return f"<{self}>"


@dataclass(frozen=True)
class Specialisation:
    """What a ``with`` block gave. ``bindings``: generic activation -> what it is bound to, as written."""

    title: str
    architecture: str
    bindings: Mapping[str, str]
    equations: tuple[SpecialisedEquation, ...]
    criticality: Criticality | None
    verdicts: tuple[Verdict, ...]

    @property
    def closed_forms(self) -> dict[str, Expr]:
        """Right-hand sides by what stands left, K'[1,2]: SymPy expressions in K_12, C_W, ...; those that have one."""
        return {left_side(one): one.closed_form for one in self.equations if one.closed_form is not None}

    @property
    def classification(self) -> Classification | None:
        """Class, critical points, exponents and amplitudes; None where the block asks for none or there is none."""
        return None if self.criticality is None else self.criticality.classification


def left_side(shown: SpecialisedEquation) -> str:
    """The left side of an equation in the language's syntax: K', K'[a,b]."""
    from ptheory.rendering.written_equations import displayed

    return displayed(shown.equation, shown.inputs).left_text()


@dataclass(frozen=True)
class Result(Mapping[str, DerivedEquation]):
    """One file's results: ``result["V"]`` is a derived equation; ``verdicts``, ``flows`` and ``specialised``, one for

    every with block, are in file order.
    ``errors``: the mistakes in the file, ``defects``: where ptheory failed; neither stands in the way of the rest.
    """

    path: str
    equations: dict[str, DerivedEquation]
    verdicts: tuple[Verdict, ...] = ()
    flows: tuple[FlowResult, ...] = ()
    specialised: tuple[Specialisation, ...] = ()
    report: Report | None = field(default=None, repr=False)
    errors: tuple[LanguageError, ...] = ()
    defects: tuple[Defect, ...] = ()

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
        from ptheory.claims.verdict import exit_code
        from ptheory.session.defects import DEFECT

        return DEFECT if self.defects else exit_code(self.verdicts, bad_input=bool(self.errors))

    def _repr_html_(self) -> str:
        lines = [f"<b>{self.path}</b>"]
        lines += [f"<div>$${equation.latex()}$$</div>" for equation in self.equations.values()]
        return "\n".join(lines)
