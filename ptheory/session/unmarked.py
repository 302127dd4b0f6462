"""The displayed equations of a paper that no mark makes a claim of: read or not, and never judged."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Name
from ptheory.language.json_values import JsonObject
from ptheory.language.marks import Display
from ptheory.language.paper import Page, Paper
from ptheory.language.statements import Inputs, LatexClaimStatement, Scope
from ptheory.networks.program import Program
from ptheory.rendering.paper_parts import Row
from ptheory.session.progress import Report
from ptheory.session.refusals import pointing_at
from ptheory.session.systems import Systems


@dataclass(frozen=True)
class UnmarkedEquation:
    """``understood``: how it is read ``scope``, which a mark would have to say; else ``error``, why it is not read."""

    label: str
    place: str
    understood: str = ""
    scope: str = ""
    error: LanguageError | None = None
    latex: str = ""

    @property
    def rows(self) -> tuple[Row, ...]:
        """What an HTML report says."""
        if self.error is None:
            return (("read", self.scope, "words"), ("understood", self.understood, "code"))
        rows: list[Row] = [("not read", self.error.message, "words"), ("mistake", f"at {self.error.place}", "words")]
        rows += [("what would work", self.error.help, "words")] if self.error.help else []
        return tuple(rows)

    def lines(self) -> list[str]:
        """For a terminal; the first line says that no verdict is given."""
        if self.error is not None:
            found = [f"not claimed: {self.label}: not read: {self.error.message}", f"  at {self.error.place}"]
            return [*found, f"  help: {self.error.help}"] if self.error.help else found
        return [
            f"not claimed: {self.label}: read {self.scope}",
            f"  at {self.place}",
            f"  understood: {self.understood}",
        ]

    def as_json(self) -> JsonObject:
        """The keys "label", "place", "read"; "understood" and "scope", or "message", "mistake" and "help"."""
        found: JsonObject = {"label": self.label, "place": self.place, "read": self.error is None}
        if self.error is None:
            return found | {"understood": self.understood, "scope": self.scope}
        found |= {"message": self.error.message, "mistake": self.error.place}
        return found | ({"help": self.error.help} if self.error.help else {})


def unmarked_equations(paper: Paper, program: Program, report: Report) -> tuple[UnmarkedEquation, ...]:
    """Every one, in the order of the paper."""
    systems = Systems(program)
    waiting = [(page, display) for page in paper.pages for display in page.unmarked]
    found = []
    for number, (page, display) in enumerate(waiting):
        report(f"{Path(page.name).name}: equations without a mark", number, len(waiting))
        found.append(_read(page, display, systems))
    return tuple(found)


def _read(page: Page, display: Display, systems: Systems) -> UnmarkedEquation:
    """Read for the default architecture, at inputs as they come, or else at one input, as a mark may say."""
    span = page.span(display.start, display.end)
    line, _ = page.source.position(span.start)
    label, place = display.label or page.source.line_name(line), LanguageError("", span).place
    architecture = systems.program.default_architecture
    first: LanguageError | None = None
    if not display.is_closed:
        first = LanguageError("this equation has no end", span, help="close it before the next mark")
    elif architecture is None:
        first = LanguageError(
            "no network is named", span, help="write `% ptheory: include mlp` at the top of the paper"
        )
    else:
        for scope, words in _scopes(architecture):
            claim = LatexClaimStatement(label, page.text[display.start : display.end], scope, span, span=span)
            try:
                with pointing_at(span):
                    text = _understood(claim, architecture, systems)
                    return UnmarkedEquation(label, place, text, words, latex=claim.body)
            except LanguageError as error:
                first = first or error
    latex = page.text[display.start : display.end]
    return UnmarkedEquation(label, place, error=first, latex=latex)


def _scopes(architecture: str) -> list[tuple[Scope, str]]:
    name = Name(architecture)
    return [(Scope(name), f"for {architecture}"), (Scope(name, Inputs(1)), f"for {architecture}, inputs one")]


def _understood(claim: LatexClaimStatement, architecture: str, systems: Systems) -> str:
    from ptheory.claims.claims import understood

    program = systems.program
    lets = {name: statement.right for name, statement in program.lets.items()}
    system, names = systems.system(architecture), systems.names(architecture)
    observables = systems.observables(architecture)
    return understood(claim, system, names, lets, notation=program.notation, observables=observables)
