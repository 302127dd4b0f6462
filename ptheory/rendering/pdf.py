"""A report as a PDF, where TeX is installed; the .tex is written in any case."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ptheory.rendering.figure_files import figure_files
from ptheory.rendering.files import write_atomically
from ptheory.rendering.latex_document import to_latex_document
from ptheory.rendering.latex_text import FOREIGN, missing_characters
from ptheory.rendering.report import Report

TIME_LIMIT = 120  # seconds
HOW_TO_GET_TEX = (
    "no TeX found (pdflatex); on Debian or Ubuntu: "
    "apt-get install texlive-latex-recommended texlive-latex-extra latexmk"
)
MARGIN = 60.0  # points: what sticks out of a line by less is still on the page


@dataclass(frozen=True)
class PdfResult:
    """``pdf`` is None when TeX is absent or failed; ``message`` says which, "" when all went well.

    ``log``: what TeX said, kept where it failed.
    """

    tex: Path
    pdf: Path | None
    message: str
    log: Path | None = None

    def said(self) -> str:
        """One line: what was written and what was not."""
        if self.pdf is not None:
            return f"wrote {self.tex} and {self.pdf}" + (f"; {self.message}" if self.message else "")
        return f"wrote {self.tex}, but no PDF: {self.message}" + (f"; see {self.log}" if self.log else "")


def to_pdf(report: Report, directory: Path, name: str = "report") -> PdfResult:
    """Write name.tex, its figures and, with TeX, name.pdf into ``directory``; all appear whole or not at all."""
    source, figures = to_latex_document(report), figure_files(report)
    tex = directory / f"{name}.tex"
    for file, drawing in figures.items():
        write_atomically(directory / file, drawing)
    write_atomically(tex, source)
    command = compiler(source)
    if command is None:
        return PdfResult(tex, None, HOW_TO_GET_TEX)
    with tempfile.TemporaryDirectory(prefix="ptheory-tex-") as scratch:
        workplace = Path(scratch)
        for file, drawing in figures.items():
            (workplace / file).write_bytes(drawing)
        failure = compiled(command, workplace, source)
        if not failure and (sticks_out := overhang(workplace / "report.log")) > MARGIN:
            source = to_latex_document(report, sticks_out)
            failure = compiled(command, workplace, source)
            write_atomically(tex, source)
        if failure:
            return PdfResult(tex, None, failure, keep_log(workplace, directory / f"{name}.log"))
        pdf = directory / f"{name}.pdf"
        write_atomically(pdf, (workplace / "report.pdf").read_bytes())
        missing = missing_characters((workplace / "report.log").read_text("utf-8", errors="replace"))
    return PdfResult(tex, pdf, not_set(missing) if missing else "")


def not_set(missing: str) -> str:
    """Which characters stand as code points, and what would set them."""
    shown = " ".join(character if character.isprintable() else f"U+{ord(character):04X}" for character in missing)
    remedy = "no installed font has them" if has_unicode_engine() else "install LuaLaTeX (texlive-luatex) to set them"
    return f"in the PDF these characters stand as their code points: {shown} ({remedy})"


def compiler(source: str = "") -> list[str] | None:
    """The command that compiles report.tex in the working directory, shell escape off; None without TeX.

    LuaLaTeX where the source has characters that pdfTeX has no fonts for, and LuaLaTeX can load others.
    """
    options = ["-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape"]
    unicode = FOREIGN in source and has_unicode_engine()
    if shutil.which("pdflatex") is None and not unicode:
        return None
    if shutil.which("latexmk"):
        return ["latexmk", "-norc", "-lualatex" if unicode else "-pdf", *options, "report.tex"]
    return ["lualatex" if unicode else "pdflatex", *options, "report.tex"]


def has_unicode_engine() -> bool:
    """Whether LuaLaTeX and its font loader are installed."""
    if shutil.which("lualatex") is None or shutil.which("kpsewhich") is None:
        return False
    found = subprocess.run(
        ["kpsewhich", "-progname=lualatex", "luaotfload.sty"], capture_output=True, timeout=TIME_LIMIT, check=False
    )
    return bool(found.stdout.strip())


def compiled(command: list[str], workplace: Path, source: str) -> str:
    """Write the source into ``workplace`` and run TeX on it; "" on success, else what went wrong."""
    (workplace / "report.tex").write_text(source, "utf-8")
    return compile_tex(command, workplace)


def compile_tex(command: list[str], workplace: Path) -> str:
    """Run TeX; "" on success, else what went wrong. It may read and write in its own directory only."""
    environment = {
        **os.environ,
        "openin_any": "p",
        "openout_any": "p",
        "TEXMFHOME": str(workplace),
        "max_print_line": "1000",
    }
    runs = 1 if command[0] == "latexmk" else 3  # labels, and the columns of long tables
    try:
        for _ in range(runs):
            done = subprocess.run(
                command,
                cwd=workplace,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TIME_LIMIT,
                check=False,
            )
    except subprocess.TimeoutExpired:
        return f"TeX did not finish within {TIME_LIMIT} s"
    if done.returncode or not (workplace / "report.pdf").exists():
        return f"TeX failed: {first_error(workplace / 'report.log')}"
    return ""


def first_error(log: Path) -> str:
    """The first complaint of a log, with the help there is against it."""
    if not log.exists():
        return "no log was written"
    lines = log.read_text("utf-8", errors="replace").splitlines()
    complaint = re.compile(r"!(?!\s*==>)|\[\\directlua\]")
    found = next((line for line in lines if complaint.match(line)), "no error in its log")
    missing = re.search(r"File `([^']+)' not found", found)
    return found + (f" ({missing[1]} comes with texlive-latex-recommended)" if missing else "")


def overhang(log: Path) -> float:
    """How far the widest line sticks out of the text, in points."""
    found = re.findall(r"^Overfull \\hbox \(([0-9.]+)pt too wide\)", log.read_text("utf-8", errors="replace"), re.M)
    return max(map(float, found), default=0.0)


def keep_log(workplace: Path, target: Path) -> Path | None:
    """Put the log of TeX at ``target``; None where TeX has left none."""
    log = workplace / "report.log"
    if not log.exists():
        return None
    write_atomically(target, log.read_bytes())
    return target
