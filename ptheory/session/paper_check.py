"""The verdicts of one file as ``check`` shows them; of a paper, with the equations they are about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ptheory.claims.verdict import Verdict
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Span
from ptheory.language.json_values import JsonObject
from ptheory.language.latex_macros import Macro, MacroError, replaced
from ptheory.language.paper import MarkedClaim, Page, Paper, is_paper, paper_at, unmarked
from ptheory.networks.program import ClaimTask, Program, UnreadClaim
from ptheory.rendering.paper_parts import Part, verdict_rows
from ptheory.session.problems import problems_json
from ptheory.session.progress import Report
from ptheory.session.reading import given_name, is_stdin
from ptheory.session.result import Result
from ptheory.session.unmarked import UnmarkedEquation, unmarked_equations


@dataclass(frozen=True)
class Judged:
    """A marked equation of a paper, the page it stands on, and its verdict."""

    page: Page
    claim: MarkedClaim
    verdict: Verdict

    @property
    def latex(self) -> str:
        """The equation as the author wrote it; empty where none follows the mark."""
        shown = self.claim.display
        return "" if shown is None else self.page.text[shown.start : shown.end]


@dataclass(frozen=True)
class Checked:
    """A file's verdicts; ``paper`` None for a derivation file, ``unmarked`` None where they were not asked for."""

    name: str
    result: Result
    paper: Paper | None = None
    unmarked: tuple[UnmarkedEquation, ...] | None = None

    def judged(self) -> Iterator[Judged]:
        """The marked equations of the paper in its order, each with its verdict."""
        verdicts = {
            _key(task): verdict for task, verdict in zip(self.result.program.tasks, self.result.verdicts, strict=True)
        }
        for page in () if self.paper is None else self.paper.pages:
            yield from (Judged(page, claim, verdicts[_place(claim.span)]) for claim in page.claims)

    def parts(self) -> Iterator[Part]:
        """The sections of an HTML report: the claims, of a derivation file with their text, and what is unmarked."""
        macros = self._macros()
        if self.paper is None:
            for verdict in self.result.verdicts:
                text = "" if verdict.record is None else verdict.record.text
                yield Part(str(verdict.kind), verdict.label, verdict.place, text, verdict_rows(verdict))
        for one in self.judged():
            place = LanguageError("", one.claim.span).place
            formula = written_out(one.latex, macros)
            yield Part(str(one.verdict.kind), one.verdict.label, place, one.latex, verdict_rows(one.verdict), formula)
        for equation in self.unmarked or ():
            formula = written_out(equation.latex, macros)
            yield Part("not claimed", equation.label, equation.place, equation.latex, equation.rows, formula)

    def _macros(self) -> Mapping[str, Macro]:
        """The author's macros, none where they cannot be read."""
        from ptheory.claims.latex.read_notation import read_notation_once

        try:
            return read_notation_once(self.result.program.notation).macros
        except LanguageError:
            return {}

    def lines(self) -> list[str]:
        """The verdicts for a terminal."""
        count = len(self.result.verdicts)
        first = f"{self.name}: {_counted(count, 'claim')}"
        if self.unmarked is not None:
            first += f", {_counted(len(self.unmarked), 'equation')} without a mark"
        lines = [line for verdict in self.result.verdicts for line in verdict.lines()]
        lines += [line for equation in self.unmarked or () for line in equation.lines()]
        return [first, *(f"  {line}" for line in lines)]

    def as_json(self) -> JsonObject:
        """The keys "file", "claims", and where there are any "unmarked" and "errors"."""
        document: JsonObject = {"file": self.name, "claims": [verdict.as_json() for verdict in self.result.verdicts]}
        if self.unmarked is not None:
            document["unmarked"] = [equation.as_json() for equation in self.unmarked]
        if self.result.errors or self.result.defects:
            document["errors"] = problems_json(self.result.errors, self.result.defects)
        return document


def written_out(latex: str, macros: Mapping[str, Macro]) -> str:
    """A formula with the author's macros written out; nothing where they cannot be."""
    try:
        return "".join(character for character, _, _ in replaced(latex, macros))
    except MacroError:
        return ""


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _key(task: object) -> tuple[str, int]:
    assert isinstance(task, ClaimTask | UnreadClaim)
    return _place(task.span if isinstance(task, UnreadClaim) else task.statement.span)


def _place(span: Span) -> tuple[str, int]:
    return ("" if span.source is None else span.source.path, span.start)


def check_file(path: Path, every_equation: bool, report: Report) -> Checked:
    """A verdict on every claim of a file, nothing else of it carried out; with ``every_equation`` also how equations
    without a mark are read. Raises LanguageError where nothing of it can be read."""
    from ptheory.session.commands import readable, readable_program

    name = given_name(path)
    if is_stdin(path) or not is_paper(path):
        return Checked(name, _claims_of(readable_program(path), name, report))
    paper = paper_at(path)
    if not paper.is_marked and not every_equation:
        raise unmarked(str(path))
    result = _claims_of(readable(paper.file), name, report)
    return Checked(name, result, paper, unmarked_equations(paper, result.program, report) if every_equation else None)


def _claims_of(program: Program, name: str, report: Report) -> Result:
    from ptheory.session.run import carry_out

    claims = tuple(task for task in program.tasks if isinstance(task, ClaimTask | UnreadClaim))
    return carry_out(replace(program, tasks=claims), name, report)
