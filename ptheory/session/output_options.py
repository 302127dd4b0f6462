"""Options of ``run`` that contradict each other or ask for nothing: errors before anything is run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ptheory.language.statements import STYLES, Style
from ptheory.rendering.columns import PAGE, Columns
from ptheory.rendering.result_names import MACRO_PREFIX

if TYPE_CHECKING:
    from ptheory.rendering.report import Report

ON_STDOUT = ("text", "latex", "json")  # what single results are printed in
SHOWN = ("text",)  # on the terminal; every other format is a file, but for a single JSON document
TYPESET = ("latex", "pdf")
STYLED = ("latex", "pdf", "html", "json")
PAGE_FORMATS = ("text", "latex", "pdf", "html")
NARROWEST = 40  # characters
ALL_DIGITS, MOST_DIGITS = "all", 1000
MOST_DIGITS_OF_A_FRACTION = 50  # in a closed form, where all digits are asked for; data have it exact


@dataclass(frozen=True)
class Pages:
    """How pages are laid out: ``width`` of text in characters (None: the terminal's), ``columns`` of LaTeX.

    ``digits``: what was asked for, ``all``, a number, or nothing: six; ``macros``: what names of macros begin with;
    ``margin``: whether claims in LaTeX have their verdict in the margin; ``style``: of layers and averages.
    """

    width: int | None = None
    columns: Columns = PAGE
    digits: str = ""
    macros: str = MACRO_PREFIX
    margin: bool = False
    style: tuple[Style, ...] = ()

    def styled(self, report: Report) -> Report:
        """The report in the style asked for, before that of the file."""
        from dataclasses import replace

        return replace(report, spelling=report.spelling.in_style(self.style)) if self.style else report

    def laid_out(self, report: Report) -> Report:
        """The report with the digits of a page, for these columns."""
        from dataclasses import replace

        from ptheory.rendering.rounding import with_digits, with_digits_of_closed_forms, with_page_digits

        report = replace(report, columns=self.columns, macros=self.macros, margin=self.margin)
        if self.digits == ALL_DIGITS:
            return with_digits_of_closed_forms(report, MOST_DIGITS_OF_A_FRACTION)
        return with_digits(report, int(self.digits)) if self.digits else with_page_digits(report)


def pages_of(
    formats: Sequence[str],
    width: int | None,
    columns: str | None,
    digits: str | None = None,
    macros: str | None = None,
    margin: bool = False,
    style: str | None = None,
) -> Pages:
    """The layout that these options ask for. Refusal where it cannot be."""
    from ptheory.algebra.refusal import Refusal
    from ptheory.rendering.columns import columns_of

    if width is not None and "text" not in formats:
        raise Refusal("--width is the width of text, and no text is asked for; add text to --to, or leave it out")
    if width is not None and width < NARROWEST:
        raise Refusal(f"--width {width} is too narrow: names and numbers would be broken; {NARROWEST} is the least")
    if columns is not None and not set(TYPESET) & set(formats):
        raise Refusal("--columns is the width of LaTeX, and none is asked for; add latex or pdf to --to")
    if digits is not None and not set(PAGE_FORMATS) & set(formats):
        raise Refusal("--digits is of pages, and data have all digits; add text, latex, pdf or html to --to")
    if digits is not None and digits != ALL_DIGITS and not (digits.isdecimal() and 1 <= int(digits) <= MOST_DIGITS):
        raise Refusal(f"--digits {digits!r} is no number of digits; write 1 to {MOST_DIGITS}, or all")
    if margin and "latex" not in formats:
        raise Refusal("--margin is of claims in LaTeX, and none is asked for; add latex to --to")
    _check_macros(formats, macros)
    if style is not None and not set(STYLED) & set(formats):
        raise Refusal("--style is of what is typeset, and nothing is; add latex, pdf, html or json to --to")
    laid_out_for = PAGE if columns is None else columns_of(columns)
    prefix = MACRO_PREFIX if macros is None else macros
    return Pages(width, laid_out_for, digits or "", prefix, margin, () if style is None else styles_of(style))


def styles_of(written: str) -> tuple[Style, ...]:
    """argument,insertions as one style of layers and one of averages. Refusal at a word that is none, or twice one."""
    from ptheory.algebra.refusal import Refusal
    from ptheory.language.errors import did_you_mean

    known: dict[str, Style] = {str(one): one for styles in STYLES.values() for one in styles}
    chosen: dict[type[Style], Style] = {}
    for word in filter(None, (part.strip() for part in written.split(","))):
        if word not in known:
            help = did_you_mean(word, known) or f"choose from {', '.join(known)}"
            raise Refusal(f"--style {word!r} is no style; {help}")
        style = known[word]
        if type(style) in chosen:
            raise Refusal(f"--style has both {chosen[type(style)]} and {style}; keep one of the two")
        chosen[type(style)] = style
    if not chosen:
        raise Refusal(f"--style names no style; choose from {', '.join(known)}")
    return tuple(chosen.values())


def _check_macros(formats: Sequence[str], macros: str | None) -> None:
    from ptheory.algebra.refusal import Refusal

    if macros is None:
        return
    if "latex" not in formats:
        raise Refusal("--macros is of the macros of LaTeX, and none are asked for; add latex to --to")
    if not (macros.isascii() and macros.isalpha()):
        letters = "".join(c for c in macros if c.isascii() and c.isalpha())
        said = f"--macros {macros!r}: a command of LaTeX has letters only"
        raise Refusal(f"{said}; write --macros {letters}" if letters else f"{said}; write --macros mlp, for instance")


def contradiction(
    files: Sequence[Path],
    directory: Path | None,
    formats: Sequence[str],
    explain: Sequence[str],
    only: Sequence[str] = (),
    macros: str | None = None,
) -> str | None:
    """What cannot be obeyed, and what to write; None where all of it can."""
    if not formats:
        return "--to names no format; leave it out for text"
    for what, given in (("format", formats), ("name to explain", explain), ("result", only)):
        again = next((item for place, item in enumerate(given) if item in given[:place]), None)
        if again is not None:
            return f"the {what} {again} stands twice; keep one of the two"
    if only and directory is not None:
        return "--only prints results on stdout, and -o is a folder; without --only every result has a file there"
    if only and (len(formats) > 1 or formats[0] not in ON_STDOUT):
        return f"--only prints results in one format, {', '.join(ON_STDOUT[:-1])} or {ON_STDOUT[-1]}"
    if only and macros is not None:
        return "--only prints results without macros, and --macros is of those; leave one of the two out"
    if only and explain:
        return "--only prints results, and --explain the steps to one; ask for one of the two"
    written = [name for name in formats if name not in SHOWN]
    if directory is not None and not written:
        return "-o is a folder for what is written, and text goes to the terminal; add --to latex, html, json, ..."
    if not written or len(files) == 1:
        return None
    if written == list(formats) == ["json"] and directory is None:
        return "several files are several JSON documents; add -o DIR, or run them one by one"
    stems = [path.stem for path in files]
    clash = next((path for place, path in enumerate(files) if path.stem in stems[:place]), None)
    if clash is not None:
        other = files[stems.index(clash.stem)]
        return f"{other} and {clash} would be written under one name; run them one by one, with a folder for each"
    return None
