"""The LaTeX of closed forms: read back into numbers, and compiled."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import mpmath

from tests.expectations.catalogue import Entry
from tests.expectations.witnesses.latex_reader import read_latex
from tests.expectations.witnesses.points import number, rational, real, regular_points, slope_at, substitution

PREAMBLE = "\\documentclass{article}\n\\usepackage{amsmath,amssymb}\n\\begin{document}\n"


def check_latex(entry: Entry, written: str) -> None:
    """``written`` means the closed form: equal to 25 digits at a random rational point."""
    size = entry.form.moment.size
    (matrix,) = regular_points(entry, "latex", 1)
    slope = slope_at(random.Random(entry.expectation))
    names = {f"K{a}{b}": rational(matrix[a][b]) for a in range(size) for b in range(a, size)}
    with mpmath.workdps(40):
        read = {name: mpmath.mpf(int(v.p)) / int(v.q) for name, v in {**names, "a": slope}.items()}
        read["K"] = real(matrix[0][0])
        if size > 1:
            del read["K"]
        value = read_latex(written, read)
        expected = number(entry.form.expression, substitution(size, matrix, slope), 40)
        assert abs(value - expected) < mpmath.mpf(10) ** -25 * (1 + abs(expected)), (written, value, expected)


def compile_formulas(formulas: list[str], folder: Path) -> str:
    """One document with every formula displayed; the log. Raises CalledProcessError where TeX stops at an error."""
    body = "\n".join(f"\\[\n{formula}\n\\]" for formula in formulas)
    (folder / "formulas.tex").write_text(PREAMBLE + body + "\n\\end{document}\n", encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "formulas.tex"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
    return (folder / "formulas.log").read_text(encoding="utf-8", errors="replace")
