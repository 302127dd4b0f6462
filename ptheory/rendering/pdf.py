"""A report as a PDF, where TeX is installed; the .tex is written in any case."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ptheory.rendering.files import write_atomically
from ptheory.rendering.latex_document import to_latex_document
from ptheory.rendering.report import Report

TIME_LIMIT = 120  # seconds
HOW_TO_GET_TEX = (
    "no TeX found (pdflatex); on Debian or Ubuntu: "
    "apt-get install texlive-latex-recommended texlive-latex-extra latexmk"
)


@dataclass(frozen=True)
class PdfResult:
    """``pdf`` is None when TeX is absent or failed; ``message`` says which, "" when all went well."""

    tex: Path
    pdf: Path | None
    message: str


def to_pdf(report: Report, directory: Path, name: str = "report") -> PdfResult:
    """Write name.tex and, with TeX, name.pdf into ``directory``; both appear whole or not at all."""
    source = to_latex_document(report)
    tex = directory / f"{name}.tex"
    write_atomically(tex, source)
    command = compiler()
    if command is None:
        return PdfResult(tex, None, HOW_TO_GET_TEX)
    with tempfile.TemporaryDirectory(prefix="ptheory-tex-") as scratch:
        workplace = Path(scratch)
        (workplace / "report.tex").write_text(source, "utf-8")
        failure = compile_tex(command, workplace)
        if failure:
            return PdfResult(tex, None, failure)
        pdf = directory / f"{name}.pdf"
        write_atomically(pdf, (workplace / "report.pdf").read_bytes())
    return PdfResult(tex, pdf, "")


def compiler() -> list[str] | None:
    """The command that compiles report.tex in the working directory, shell escape off; None without TeX."""
    options = ["-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape"]
    if shutil.which("pdflatex") is None:
        return None
    if shutil.which("latexmk"):
        return ["latexmk", "-norc", "-pdf", *options, "report.tex"]
    return ["pdflatex", *options, "report.tex"]


def compile_tex(command: list[str], workplace: Path) -> str:
    """Run TeX; "" on success, else what went wrong. It may read and write in its own directory only."""
    environment = {
        **os.environ,
        "openin_any": "p",
        "openout_any": "p",
        "TEXMFHOME": str(workplace),
        "max_print_line": "1000",
    }
    runs = 1 if command[0] == "latexmk" else 2  # labels
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
    if not log.exists():
        return "no log was written"
    lines = log.read_text("utf-8", errors="replace").splitlines()
    return next((line for line in lines if line.startswith("!")), "see its log")
