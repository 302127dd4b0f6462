"""How wide our recursions are, as TeX sets them, beside the shortest forms in print: ``docs/widths.md``.

After a change that is meant, run ``python -m tests.rendering.widths`` and review the difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import ptheory as pt
from ptheory.rendering.font_metrics import formula_width
from ptheory.rendering.latex_equations import equation_row
from ptheory.rendering.named_results import named_items
from ptheory.rendering.report import DerivedEquation, SpecialisedEquation
from ptheory.rendering.written_equations import displayed_item

from .. import golden

PAGE = golden.DERIVATIONS.parent / "docs" / "widths.md"
PUBLISHED = Path(__file__).resolve().parents[1] / "ntk" / "published.deriv"
TENSORS = ("G1", "V", "D", "F", "A", "B", "P", "Q", "R", "S", "T", "U")
CLOSED = ("relu", "erf", "gelu", "sin", "elu")
HEAD = """# How wide equations are

Widths in points of 10 pt type, right sides at one input, as TeX sets them; made by `python -m tests.rendering.widths`.
The shortest form in print is that of `tests/ntk/published.deriv`, with its abbreviations m and q written out.

| tensor | ours | shortest in print | ratio |
|---|---|---|---|
"""
AT_INPUTS = """
At any inputs, right sides, beside the same as derived (what is in print of Theta and V is the derived form):

| tensor | ours | as derived | ratio |
|---|---|---|---|
"""
BELOW = """
Closed forms of the recursions at one input, right sides, beside what SymPy prints of the same expression:

| | ours | SymPy | ratio |
|---|---|---|---|
"""


def right_width(latex: str) -> float:
    """The width of what stands right of the first equals sign."""
    return formula_width(latex.partition(" = ")[2])


def published() -> dict[str, float]:
    """tensor -> the width of its shortest published form, m and q written out."""
    text = PUBLISHED.read_text("utf-8").partition("# unequal widths")[0]
    lets = dict(re.findall(r"^let ([mq]) = (.*)$", text, re.MULTILINE))
    for name, meaning in lets.items():
        text = re.sub(rf"^let {name} = .*$", "", text, flags=re.MULTILINE)
        text = re.sub(rf"(?<![\w]){name}(?![\w])(?=[* ]|\+|$)(?!:)", f"({meaning})", text)
    found: dict[str, float] = {}
    for verdict in pt.run_text(text).verdicts:
        name = re.fullmatch(r"(\w+)' = .*", verdict.understood)
        if name and "unequal" not in verdict.label and "[" not in verdict.understood:
            width = right_width(verdict.written_latex)
            found[name[1]] = min(found.get(name[1], width), width)
    return found


def ours() -> dict[str, float]:
    """tensor -> the width of its right side on a page."""
    found: dict[str, float] = {}
    for derivation in ("10-mlp", "12-ntk"):
        for item in named_items(golden.result(derivation).report):
            tensor, _, where = item.name.partition(":")
            if where == "one-input" and isinstance(item, SpecialisedEquation):
                found[tensor] = formula_width(equation_row(displayed_item(item))[1])
    return found


def at_inputs() -> Iterator[str]:
    """A row for every recursion at any inputs."""
    for derivation, names in (("10-mlp", ("G1", "V")), ("12-ntk", ("Theta", *TENSORS[2:]))):
        items = {item.name: item for item in named_items(golden.result(derivation).report)}
        for name in names:
            item = items[name]
            assert isinstance(item, DerivedEquation)
            mine, derived = (formula_width(equation_row(displayed_item(one))[1]) for one in (item, as_derived(item)))
            yield f"| {name} | {mine:.0f} | {derived:.0f} | {mine / derived:.2f} |"


def as_derived(item: DerivedEquation) -> DerivedEquation:
    """The same without its short form."""
    return replace(item, short=None)


def page() -> str:
    """The page."""
    mine, theirs = ours(), published()
    rows = [
        f"| {name} | {mine[name]:.0f} | {theirs[name]:.0f} | {mine[name] / theirs[name]:.2f} |"
        for name in TENSORS
        if name in mine and name in theirs
    ]
    return (
        HEAD + "\n".join(rows) + "\n" + AT_INPUTS + "\n".join(at_inputs()) + "\n" + BELOW + "\n".join(closed()) + "\n"
    )


def closed() -> list[str]:
    """A row for every closed form of K, G1 and V."""
    from sympy import latex

    blocks = "\n".join(f"with sigma = {name} {{ inputs one }}" for name in CLOSED)
    result = pt.run_text(f"ptheory 1\ninclude mlp\nderive G to order 1/n\nderive V\n{blocks}\n")
    rows = []
    for item in named_items(result.report):
        if isinstance(item, SpecialisedEquation) and item.found.closed_form is not None:
            mine = formula_width(equation_row(displayed_item(item), item.found)[-1])
            whole = formula_width(latex(item.found.closed_form))
            rows.append(f"| {item.name.replace(':', ' of ')} | {mine:.0f} | {whole:.0f} | {mine / whole:.2f} |")
    return rows


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    print(PAGE)
