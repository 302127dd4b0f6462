"""Closed forms in the layer as they are written: the left side, the sum, and where it holds."""

from __future__ import annotations

import re

from ptheory.rendering.report import Formula, Words
from ptheory.rendering.spelling import OURS, Spelling
from ptheory.rendering.written_formulas import TextStyle
from ptheory.results.depth_forms import DepthForm, Reach

_LEFT = re.compile(r"(?P<tensor>\w+)/n\[l-1\](?:\^(?P<power>\d+))?")
_FIRST = re.compile(r"(\w+)\[1\]")
HOLDS = {
    Reach.EVERY_LAYER: "In every layer",
    Reach.CRITICAL: "In every layer at the critical point",
    Reach.EVERY_ORDER: "To every order in {1/n}",
    Reach.EVERY_WIDTH: "For layers of any widths",
    Reach.EVERY_WIDTH_AND_ORDER: "For layers of any widths, to every order in {1/n}",
    Reach.LARGE_DEPTH: "At large depth, no closed form is known",
    Reach.FIXED_RATIO: "As {n} goes to infinity with {l/n} fixed",
    Reach.SMALL_RATIO: "To leading order in {l/n}",
}
"""Formulas stand in braces."""


def _in_words(said: str) -> list[str | Formula]:
    """The formulas of a sentence apart from its words."""
    from ptheory.criticality.asymptotics import DEPTH
    from ptheory.criticality.laws import WIDTH

    formulas = {"1/n": 1 / WIDTH, "n": WIDTH, "l/n": DEPTH / WIDTH}
    parts = re.split(r"[{}]", said)
    return [Formula(formulas[part]) if k % 2 else part for k, part in enumerate(parts) if part]


def holds(form: DepthForm) -> Words:
    """Where the form holds, as running text."""
    words = _in_words(HOLDS[form.reach] if form.since == 1 else f"From layer {form.since} on")
    for k, constant in enumerate(form.free):
        words += [", " if k else "; ", Formula(constant)]
    words += [" decided by the first layers"] if form.free else []
    for gap in form.nonzero:
        words += ["; where ", Formula(gap), " is not zero"]
    return tuple(words)


def solution_text(form: DepthForm, style: TextStyle) -> str:
    """V = 5*K^2*(l - 1), which a claim can state where it is of every layer at equal widths."""
    names = _text_names(form, style)
    left = style.name(form.left) if form.left.isidentifier() else _left_text(form.left, style)
    return f"{left} = {_sum_text(form, style, names)}"


def _sum_text(form: DepthForm, style: TextStyle, names: dict[str, str]) -> str:
    from ptheory.rendering.sympy_forms import sympy_text

    text = " + ".join(sympy_text(term, style, names) for term in form.terms)
    if form.remainder is not None:
        text += f" + O({sympy_text(form.remainder, style, names)})"
    minus = style.minus if style.unicode else "-"
    return text.replace(f"+ {minus}", f"{minus} ").replace("+ -", "- ")


def _text_names(form: DepthForm, style: TextStyle) -> dict[str, str]:
    names = {"l": "ℓ"} if style.unicode else {"l": "l"}
    for symbol in form.expression.free_symbols:
        if first := _FIRST.fullmatch(symbol.name):
            names[symbol.name] = f"{style.name(first.group(1))}[1]"
    return {**names, "n[m]": "n[m]"}


def _left_text(left: str, style: TextStyle) -> str:
    from ptheory.rendering.quantities import quantity_text

    return left if "[" in left else quantity_text(left, style)


def solution_latex(form: DepthForm, spelling: Spelling = OURS) -> tuple[str, str]:
    r"""(V^{(\ell)}, 5 K^2 (\ell - 1)), the rest as \mathcal{O}."""
    from ptheory.rendering.sympy_forms import sympy_latex

    names = {"l": spelling.layer(0), "m": "m", "n[m]": spelling.symbol("n").latex("m")}
    for symbol in form.expression.free_symbols:
        if first := _FIRST.fullmatch(symbol.name):
            names[symbol.name] = first_layer(first.group(1), spelling)
    right = " + ".join(sympy_latex(term, names, spelling) for term in form.terms)
    if form.remainder is not None:
        right += rf" + \mathcal{{O}}\left({sympy_latex(form.remainder, names, spelling)}\right)"
    return _left_latex(form, spelling), right.replace("+ -", "- ")


def first_layer(name: str, spelling: Spelling) -> str:
    """K^{(1)}: in layer 1, whatever marks the other layers bear."""
    return spelling.symbol(name).latex("", "(1)")


def _left_latex(form: DepthForm, spelling: Spelling) -> str:
    from ptheory.rendering.quantities import quantity_latex

    if form.left.isidentifier():
        return spelling.at_layer(spelling.symbol(form.left), 0)
    divided = _LEFT.fullmatch(form.left)
    if divided is None:
        return quantity_latex(form.left, spelling)
    power = f"^{divided['power']}" if divided["power"] else ""
    return f"{spelling.at_layer(spelling.symbol(divided['tensor']), 0)} / {spelling.width(-1)}{power}"
