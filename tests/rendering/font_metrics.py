r"""The boxes of the signs we print, as TeX makes them: ``ptheory/rendering/font_metrics.json``.

TeX typesets every sign in an \hbox in each of its three sizes, in a 10pt and in an 11pt document, and reports width,
italic correction, height and depth in points, and the dimensions of the fonts that place fractions and scripts. After
a change to the list of signs run ``python -m tests.rendering.font_metrics`` (one run of pdflatex for each size).
"""

from __future__ import annotations

import json
import string
import subprocess
import tempfile
from pathlib import Path

from ptheory.rendering.math_signs import DELIMITERS, LARGE, NAMED_FUNCTIONS, SIGNS

TARGET = Path(__file__).resolve().parents[2] / "ptheory" / "rendering" / "font_metrics.json"
SIZES = ("10", "11")
STYLES = (r"\textstyle", r"\scriptstyle", r"\scriptscriptstyle")
BIG = ("big", "Big", "bigg", "Bigg")
ALPHABETS = {"mathrm": "rm", "mathbf": "bf", "mathcal": "cal", "mathsf": "sf", "mathit": "it", "mathtt": "tt"}
SYMBOL_DIMENSIONS = {
    "quad": 6, "x_height": 5, "num1": 8, "num2": 9, "num3": 10, "denom1": 11, "denom2": 12, "sup1": 13, "sup2": 14,
    "sup3": 15, "sub1": 16, "sub2": 17, "sup_drop": 18, "sub_drop": 19, "axis": 22,
}  # fmt: skip
EXTENSION_DIMENSIONS = {"rule": 8, "above": 9, "below": 10, "above_baseline": 11, "below_baseline": 12, "padding": 13}


def boxes() -> dict[str, str]:
    """name in the table -> what TeX is to set."""
    found = {sign: sign for sign in (*string.ascii_letters, *string.digits, *SIGNS, *NAMED_FUNCTIONS)}
    for command, name in ALPHABETS.items():
        letters = string.ascii_uppercase if name == "cal" else string.ascii_letters + string.digits
        found |= {f"{name} {letter}": rf"\{command}{{{letter}}}" for letter in letters}
    found |= {f"display {sign}": rf"\displaystyle{sign}" for sign in LARGE}
    found |= {f"{size} {sign}": rf"\{size}{sign}" for sign in DELIMITERS for size in BIG}
    found |= {f"tall {sign}": rf"\left{sign}\vrule height 40pt depth 35pt width 0pt\right." for sign in DELIMITERS}
    found |= {"root": r"\sqrt{}", "tall root": r"\sqrt{\vrule height 20pt width 0pt}"}
    return found


def source(size: str) -> str:
    """A document that writes a line for every sign and style, and one for the dimensions of the fonts."""
    lines = [
        rf"\documentclass[{size}pt]{{article}}\usepackage{{amsmath,amssymb}}\begin{{document}}",
        r"\scriptspace=0pt\nulldelimiterspace=0pt\newwrite\out\immediate\openout\out=boxes.txt",
        r"\newbox\whole\newbox\bare",
        r"\def\measure#1#2#3{\setbox\whole\hbox{$#2#3$}\setbox\bare\hbox{$#2#3_{}$}"
        r"\immediate\write\out{#1 \the\wd\whole\space\the\wd\bare\space\the\ht\whole\space\the\dp\whole}}",
        r"\setbox\whole\hbox{$x^{x^x}$}",
    ]
    for number, box in enumerate(boxes().values()):
        for place, style in enumerate(STYLES):
            lines.append(rf"\measure{{{number} {place}}}{{{style}}}{{{box}}}")
    for place, font in enumerate(("textfont", "scriptfont", "scriptscriptfont")):
        for family, dimensions in ((2, SYMBOL_DIMENSIONS), (3, EXTENSION_DIMENSIONS)):
            for name, dimension in dimensions.items():
                points = rf"\the\fontdimen{dimension}\{font}{family} \space 0pt 0pt 0pt"
                lines.append(rf"\immediate\write\out{{{name} {place} {points}}}")
    return "\n".join([*lines, r"\end{document}", ""])


def measured(size: str) -> dict[str, list[list[float]]]:
    """sign -> [width, italic correction, height, depth] in text, script and scriptscript size; "font" -> dimensions."""
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "metrics.tex").write_text(source(size), "utf-8")
        subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "metrics.tex"],
            cwd=scratch, check=True, capture_output=True,
        )  # fmt: skip
        rows = [line.split() for line in (Path(scratch) / "boxes.txt").read_text("utf-8").splitlines()]
    names = list(boxes())
    found: dict[str, list[list[float]]] = {}
    for name, _, *points in rows:
        whole, bare, height, depth = (float(point.removesuffix("pt")) for point in points)
        box = [bare, whole - bare, height, depth] if name.isdigit() else [whole]
        key = names[int(name)] if name.isdigit() else f"font {name}"
        found.setdefault(key, []).append([round(number, 3) for number in box])
    return found


def main() -> None:
    tables = {size: measured(size) for size in SIZES}
    rows = [
        json.dumps(size) + ": {\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in table.items()) + "\n}"
        for size, table in tables.items()
    ]
    TARGET.write_text("{" + ",\n".join(rows) + "}\n", "utf-8")
    print(TARGET, len(tables[SIZES[0]]))


if __name__ == "__main__":
    main()
