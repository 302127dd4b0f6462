r"""A paper's LaTeX with a verdict at every marked equation; every other character stays as it is.

The verdict is a box of no width and height, which moves nothing and numbers nothing: left of the formula, or above its
left end where the page has several columns. What is not proved has a small paragraph of its own below the display.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ptheory.claims.verdict import Kind, Verdict
from ptheory.language.marks import READ, Display, uncommented
from ptheory.rendering.latex_text import latex_text

COLOURS = {
    Kind.PROVED: "0.1,0.45,0.1",
    Kind.CHECKED: "0.1,0.4,0.5",
    Kind.REFUTED: "0.75,0.1,0.1",
    Kind.UNDECIDED: "0.6,0.4,0",
    Kind.UNREADABLE: "0.45,0.2,0.6",
}
DEFINITIONS = (
    r"\makeatletter"
    r"\providecommand*\unicodetext[2]{[U+#1]}"
    r"\newcommand*\ptheory@colour[1]{\ifdefined\color\color[rgb]{#1}\fi}"
    r"\newcommand*\ptheory@tag[2]{\hbox{\normalfont\scriptsize\ptheory@colour{#1}#2}}"
    r"\newcommand*\ptheoryverdict[2]{\mathopen{\ifdim\columnwidth<\textwidth"
    r"\rlap{\smash{\raise2.4ex\ptheory@tag{#1}{#2}}}\else\llap{\smash{\ptheory@tag{#1}{#2}}\quad}\fi}}"
    r"\newcommand\ptheorynote[2]{\begin{trivlist}\item\relax\normalfont\footnotesize\raggedright"
    r"\ptheory@colour{#1}#2\end{trivlist}}"
    r"\makeatother "
)
r"""\ptheoryverdict in a display, \ptheorynote behind it, on no line of their own: line numbers stay."""
DEFINED_ONCE = rf"\ifdefined\ptheoryverdict\else{DEFINITIONS}\fi%"
WITH_COLOUR = r"\ifdefined\color\else\RequirePackage{color}\fi"
_BEGIN_DOCUMENT = re.compile(r"\\begin\s*\{document\}")
_ARGUMENTS = {
    "alignat": re.compile(r"\s*\{[^{}]*\}"),
    "xalignat": re.compile(r"\s*\{[^{}]*\}"),
    "xxalignat": re.compile(r"\s*\{[^{}]*\}"),
    "IEEEeqnarray": re.compile(r"\s*(?:\[[^\[\]]*\])?\s*\{[^{}]*\}"),
}
"""Environments whose formula begins behind arguments; those of other packages may hold no box in front of it."""


def marked(kind: str, display: str) -> str:
    """A display in an environment with its verdict, and before it what that is set with, where it is not there yet."""
    opening, body = display.split("\n", 1)
    mark = rf"\ptheoryverdict{{{COLOURS[Kind(kind)]}}}{{{kind}}}"
    return f"{DEFINED_ONCE}\n{opening}\n{mark}{body}"


@dataclass(frozen=True)
class Note:
    """A display and the verdict on it."""

    display: Display
    verdict: Verdict


def annotated(data: bytes, text: str, notes: Iterable[Note], is_root: bool) -> bytes:
    r"""The file ``data`` with the verdicts; ``text``: what was read of it, without byte order mark, line ends alike.

    ``is_root``: with the definitions of \ptheoryverdict and \ptheorynote too.
    """
    inserted: list[tuple[int, str]] = []
    for note in notes:
        inserted += _insertions(text, note)
    if is_root:
        begin = _BEGIN_DOCUMENT.search(uncommented(text))
        inserted.append((0, DEFINITIONS) if begin is None else (begin.start(), WITH_COLOUR + DEFINITIONS))
    written = data.decode("utf-8")
    places = _places(written)
    made, done = [], 0
    for place, what in sorted(inserted, key=lambda pair: pair[0]):
        made += [written[done : places[place]], what]
        done = places[place]
    return "".join([*made, written[done:]]).encode("utf-8")


def _places(written: str) -> Sequence[int]:
    """Where each character of the text that was read stands in the file as written, and where its end does."""
    first = 1 if written.startswith("\ufeff") else 0
    if "\r" not in written:
        return range(first, len(written) + 1)
    inside = range(first, len(written))
    return [*(k for k in inside if written[k] != "\n" or written[k - 1 : k] != "\r"), len(written)]


def _insertions(text: str, note: Note) -> list[tuple[int, str]]:
    display, verdict = note.display, note.verdict
    if not display.is_closed:
        return []  # TeX has no place for anything in it
    colour = COLOURS[verdict.kind]
    place = _inside(text, display)
    found = [] if place is None else [(place, rf"\ptheoryverdict{{{colour}}}{{{verdict.kind}}}")]
    if place is None or verdict.kind not in (Kind.PROVED, Kind.CHECKED):
        found.append((display.end, rf"\ptheorynote{{{colour}}}{{{note_latex(verdict)}}}"))
    return found


def _inside(text: str, display: Display) -> int | None:
    """Where the formula begins; None where a box in front of it may not be set."""
    name = display.name.rstrip("*")
    if name in (*READ, "math", r"\[", "$$"):
        return display.inside
    arguments = _ARGUMENTS.get(name)
    found = arguments.match(text, display.inside) if arguments is not None else None
    return found.end() if found is not None else None


def note_latex(verdict: Verdict) -> str:
    """The verdict in a sentence; of a refuted equation the corrected one, as the author would write it."""
    said = [f"{latex_text(str(verdict.kind))}: {latex_text(verdict.message)}"]
    if verdict.reason and verdict.kind is not Kind.REFUTED:
        said.append(latex_text(verdict.reason))
    if verdict.cause:
        said.append(latex_text(verdict.cause))
    if verdict.corrected_latex:
        said.append(f"corrected: ${verdict.corrected_latex}$")
    elif verdict.corrected:
        said.append(f"corrected: {latex_text(verdict.corrected)}")
    elif verdict.counterexample is not None:
        said.append(f"counterexample {latex_text(str(verdict.counterexample))}")
    return "; ".join(said)
