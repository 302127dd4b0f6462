"""Fragments in the columns of papers, and what TeX says of their lines."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path

from ptheory.rendering.columns import NAMED
from ptheory.rendering.latex_document import to_latex_sections
from ptheory.rendering.report import Report

PACKAGES = r"\usepackage[utf8]{inputenc}\usepackage{amsmath}\allowdisplaybreaks"
NO_PICTURES = r"\PassOptionsToPackage{demo}{graphicx}"  # files of figures stand for themselves
HEADS = {
    "page": r"\documentclass[11pt]{article}\usepackage[margin=1in]{geometry}",
    "revtex": r"\documentclass[aps,prl,twocolumn]{revtex4-2}",
    "neurips": r"\documentclass[10pt]{article}\usepackage[textwidth=5.5in]{geometry}",
}


def overfull(report: Report, columns: str, folder: Path) -> list[str]:
    """The lines of a log that say what sticks out by more than a point, and the errors."""
    fragment = to_latex_sections(replace(report, columns=NAMED[columns]))
    needed = fragment.partition("\n")[0].partition("this needs ")[2]
    source = f"{NO_PICTURES}{HEADS[columns]}{PACKAGES}{needed}\n\\begin{{document}}\n{fragment}\n\\end{{document}}\n"
    (folder / f"{columns}.tex").write_text(source, "utf-8")
    for _ in range(2 if r"\begin{longtable}" in fragment else 1):  # the widths of long tables settle in the second run
        subprocess.run(
            ["pdflatex", "-draftmode", "-interaction=nonstopmode", f"{columns}.tex"],
            cwd=folder, env={**os.environ, "max_print_line": "1000"}, capture_output=True, check=False,
        )  # fmt: skip
    log = (folder / f"{columns}.log").read_text("utf-8", errors="replace")
    wide = re.findall(r"^(Overfull \\hbox \(([0-9.]+)pt too wide\).*)$", log, re.M)
    return [line for line, points in wide if float(points) > 1] + re.findall(r"^! .*$", log, re.M)
