"""A report as one HTML page that needs nothing else: formulas in MathML, its font and its style within it."""

from __future__ import annotations

from dataclasses import dataclass, field

from markupsafe import Markup

from ptheory.rendering.dependencies import Dependencies, Key, dependencies_of
from ptheory.rendering.dependency_picture import Label, picture
from ptheory.rendering.figure_html import figure_html
from ptheory.rendering.font_metrics import TEXT, formula_width
from ptheory.rendering.html_contents import Contents, Entry, contents_of, section_words
from ptheory.rendering.html_formulas import display, equation, inline, tagged
from ptheory.rendering.html_items import (
    conventions_html,
    critical_point_html,
    folded,
    folds,
    steps_html,
    table_html,
    verdict_html,
    words_html,
)
from ptheory.rendering.html_page import page
from ptheory.rendering.known_names import NONE_KNOWN, KnownNames
from ptheory.rendering.latex_document import LatexReport, for_a_page
from ptheory.rendering.latex_equations import equation_row, row_latex
from ptheory.rendering.lines import specialisation_words
from ptheory.rendering.report import (
    CriticalPoint,
    DerivedEquation,
    Figure,
    Item,
    Prose,
    Report,
    Section,
    Solved,
    SpecialisedEquation,
    StepList,
    Table,
    Verdict,
    Words,
)
from ptheory.rendering.spelling import OURS, Spelling
from ptheory.rendering.words import pieces, words_text
from ptheory.rendering.written_closed_forms import ClosedForms
from ptheory.rendering.written_equations import DisplayedEquation, displayed_as
from ptheory.rendering.written_formulas import TextStyle
from ptheory.rendering.written_solutions import holds, solution_latex

DIGIT = 5.0  # points
LONGEST_LABEL = 34  # characters of a section's title in the picture


def to_html(report: Report) -> str:
    """The page: contents, what rests on what, every section; no request leaves it."""
    report = for_a_page(report)
    found, contents = dependencies_of(report), contents_of(report)
    writer = HtmlReport(report.spelling, report.names, contents, found)
    sections = []
    for number, section in enumerate(report.sections):
        entry = contents.sections[number]
        items = writer.section(number, section)
        sections.append({"anchor": entry.anchor, "title": entry.title, "entries": entry.entries, "items": items})
    return page(
        "page.html.jinja",
        title=report.title,
        conventions=conventions_html(report),
        sections=sections,
        graph=picture_html(report, found, contents),
    )


def picture_html(report: Report, found: Dependencies, contents: Contents) -> Markup:
    """What each result rests on, as a figure below the contents."""
    labels: dict[Key, Label] = {}
    for key in found.nodes:
        anchor = contents.of_results[key].anchor if key in contents.of_results else ""
        if isinstance(key, int):
            title = _short(words_text(section_words(report.sections[key]), TextStyle()))
            labels[key] = Label(Markup.escape(title), len(title), anchor)
        else:
            name = report.names.latex(key[1], report.spelling)
            labels[key] = Label(inline(name), max(formula_width(name, style=TEXT) / DIGIT, 2.0), anchor)
    drawn = picture(found, labels)
    caption = "What each result rests on; what a box rests on stands left of it. Dashed: not derived on this page."
    return tagged("figure", drawn + tagged("figcaption", caption)) if drawn else Markup("")


def _short(title: str) -> str:
    return title if len(title) <= LONGEST_LABEL else title[: LONGEST_LABEL - 1] + "…"


@dataclass
class HtmlReport:
    """``memory``: which definitions the page already has."""

    spelling: Spelling = OURS
    names: KnownNames = NONE_KNOWN
    contents: Contents = field(default_factory=Contents)
    dependencies: Dependencies = field(default_factory=lambda: Dependencies({}))
    memory: LatexReport = field(init=False)

    def __post_init__(self) -> None:
        self.memory = LatexReport(self.spelling)

    def section(self, number: int, section: Section) -> list[Markup]:
        """The items of a section."""
        self.memory.begin_section()
        entries = self.contents.sections[number].items if self.contents.sections else {}
        shown = [self.item(item, entries.get(k), section.architecture) for k, item in enumerate(section.items)]
        rests = self._rests_on(number)
        return [*shown, tagged("p", rests, "about")] if rests else shown

    def title(self, section: Section) -> Markup:
        """The title of a section; that of a claim with the claim's name."""
        return self._words(section_words(section))

    def item(self, item: Item, entry: Entry | None = None, architecture: str = "") -> Markup:
        """One item, everything a user wrote escaped."""
        match item:
            case Prose(words):
                return tagged("p", self._words(words))
            case DerivedEquation():
                return self._derived(item, entry, architecture)
            case SpecialisedEquation():
                return self._specialised(item, entry)
            case CriticalPoint():
                return critical_point_html(item, self.spelling)
            case Solved(form):
                lead = tagged("p", self._words((*pieces(holds(form)), ":")))
                row = solution_latex(form, self.spelling)
                return lead + self._equation(row, entry) + (folds(_latex(row_latex(row))) if entry else Markup(""))
            case Table():
                return table_html(item, self.spelling)
            case Figure():
                return figure_html(item, self._words(item.caption))
            case Verdict():
                return verdict_html(item, entry.anchor if entry else "", self.spelling)
            case StepList():
                return steps_html(item, self.spelling)
        raise TypeError(f"no way to show {type(item).__name__}")

    def _derived(self, item: DerivedEquation, entry: Entry | None, architecture: str) -> Markup:
        found = item.equation
        self.memory.heading = ""  # "one input" is said anew below an equation of any inputs
        shown = displayed_as(item, self.spelling)
        note = tagged("p", self._words(item.note)) if item.note else Markup("")
        written = note + self._equation(equation_row(shown, None, self.spelling), entry) + self._where(shown)
        if entry is None:
            return written
        name = inline(self.names.latex(found.name, self.spelling))
        rests = self._rests_on((architecture, found.name))
        about = tagged("p", rests, "about") if rests else Markup("")
        steps = steps_html(StepList("", found.steps(), found.names), self.spelling)
        how = folded(Markup("How {} comes about").format(name), steps)
        return written + about + folds(how, _latex(shown.latex(self.spelling)))

    def _specialised(self, item: SpecialisedEquation, entry: Entry | None) -> Markup:
        found, shown = item.found, displayed_as(item, self.spelling)
        heading = item.note or specialisation_words(found)
        note = self._words("" if heading == self.memory.heading else heading)
        self.memory.heading = heading
        moments = Markup("").join(
            display(ClosedForms(found, self.spelling).moment_latex(a, v)) for a, v in found.moments
        )
        row = equation_row(shown, found, self.spelling)
        written = self._equation(row, entry) + self._where(shown) + moments
        written = (tagged("p", note) if note else Markup("")) + written
        return written if entry is None else written + folds(_latex(row_latex(row)))

    def _words(self, words: Words) -> Markup:
        return words_html(words, self.spelling)

    def _equation(self, row: tuple[str, ...], entry: Entry | None) -> Markup:
        return equation(row) if entry is None else equation(row, entry.anchor, entry.number)

    def _where(self, shown: DisplayedEquation) -> Markup:
        new = self.memory.new_definitions(shown)
        return Markup("").join(tagged("p", Markup("where ") + inline(text)) for text in new)

    def _rests_on(self, key: Key) -> Markup:
        """What a result rests on and what rests on it, as links."""
        used = [self._link(one) for one in self.dependencies.uses.get(key, ())]
        itself = [Markup("itself one layer below")] if key in self.dependencies.recurs else []
        users = [self._link(one) for one in self.dependencies.users(key)]
        said = []
        if used or itself:
            said.append(Markup("Rests on ") + Markup(", ").join([*used, *itself]))
        if users:
            said.append(Markup("used by ") + Markup(", ").join(users))
        return Markup("; ").join(said) + "." if said else Markup("")

    def _link(self, key: Key) -> Markup:
        entry = self.contents.of_results.get(key)
        shown = Markup("") if isinstance(key, int) else inline(self.names.latex(key[1], self.spelling))
        if entry is None:
            return shown
        number = Markup(" ({})").format(entry.number) if entry.number else Markup("")
        return Markup('<a href="#{}">{}</a>').format(entry.anchor, (shown or entry.title) + number)


def _latex(latex: str) -> Markup:
    """The equation to copy into a paper."""
    return folded("LaTeX", tagged("pre", tagged("code", latex)))
