"""What stands at axes and in legends: quantities, numbers and laws, in mathematics that TeX and matplotlib read.

``text`` of a label has the names of the language, its LaTeX the author's symbols (``spelling``).
"""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from ptheory.language.claim_names import WIDTH
from ptheory.language.expression_printer import format_expression
from ptheory.language.expressions import Expression, Name
from ptheory.language.statements import LayerMarks
from ptheory.rendering.figure_parts import Label
from ptheory.rendering.latex_text import latex_text
from ptheory.rendering.report import Formula, Words
from ptheory.rendering.spelling import Spelling, Symbol

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.criticality.iterated import DepthLaw
    from ptheory.results.figures import About

READ_DIGITS = 4
LONGEST_FRACTION = 9
VARIABLE = "z"  # of an activation
BESIDE = "\\,"  # between two factors


def layer_axis(spelling: Spelling) -> Label:
    """The depth."""
    return Label("l", f"layer ${spelling.layer(0)}$")


def symbol(name: str, spelling: Spelling) -> Label:
    """A quantity: K, C_W^2."""
    base, _, power = name.partition("^")
    return Label(name, f"${spelling.symbol(base).raised(int(power)) if power else spelling.name(base)}$")


def at_layer(name: str, offset: int, spelling: Spelling) -> Label:
    """A quantity at layer l + offset: K^(l+1), the layer marked as the author does, and always said."""
    text = f"{name}[l{f'{offset:+d}' if offset else ''}]"
    return Label(text, f"${at_layer_latex(spelling.symbol(name), offset, spelling)}$")


def at_layer_latex(written: Symbol, offset: int, spelling: Spelling, above: str = "") -> str:
    """At an axis a layer is said where equations leave it out."""
    layers = spelling.layers if spelling.layers is LayerMarks.ARGUMENT else LayerMarks.SUPERSCRIPT
    return (
        replace(spelling, layers=layers)
        .at_layer(written, offset, above=above)
        .replace(r"\bigl", "")
        .replace(r"\bigr", "")
    )


def coefficient_label(tensor: str, order: int, leading: str, spelling: Spelling) -> Label:
    """A coefficient of a tensor in 1/n at a layer; ``leading``: what the first one is called, K of G."""
    if order == 0:
        return at_layer(leading, 0, spelling)
    own = f"{tensor}{order}"
    if own in spelling.symbols:
        return at_layer(own, 0, spelling)
    written = at_layer_latex(spelling.symbol(tensor), 0, spelling, rf"\{{{order}\}}")
    return Label(f"{own}[l]", f"${written}$")


def activation_label(written: Expression | str, spelling: Spelling) -> Label:
    """An activation: its name upright, a formula in z as one."""
    if isinstance(written, str):
        from ptheory.language import parse_formula

        written = parse_formula(written, "<figure>")  # as a classification names it
    text = format_expression(written)
    if isinstance(written, Name):
        return Label(text, latex_text(text.replace("_", " ")))
    return Label(text, f"${in_one_line(text, spelling)}$")


def in_one_line(formula: str, spelling: Spelling) -> str:
    """A formula in mathematics without fractions that stand above each other: z - z^3/6."""
    text = re.sub(r"\^\(([^()]*)\)|\^(-?\w+)", lambda m: f"^{{{m[1] or m[2]}}}", formula)
    text = re.sub(rf"(?<!\w){VARIABLE}(?!\w)", lambda _: spelling.name(VARIABLE), text)
    text = re.sub(r"(?<![\\\w])[A-Za-z]\w+", lambda m: rf"\mathrm{{{m[0].replace('_', ' ')}}}", text)
    return text.replace("*", r"\,")


def about_words(about: About) -> tuple[str | Formula, ...]:
    """of MLP at sigma = tanh, C_b = 0, C_W = 1 (critical)."""
    parts: list[str | Formula] = [about.architecture]
    for name, value in (*about.bindings.items(), *about.values.items()):
        parts += [", ", Formula(name), " = ", value.name if isinstance(value, Name) else Formula(value)]
    return (*parts, *((" (critical)",) if about.critical else ()))


def number_label(value: Expr | Fraction | float) -> tuple[str, str]:
    """A number as text and in mathematics: exact where that is short, else with a few digits."""
    exact = str(value)
    match = re.fullmatch(r"(-?)(\d+)(?:/(\d+))?", exact)
    if match and len(exact) <= LONGEST_FRACTION:
        sign, above, below = match.groups()
        return exact, f"{sign}{above}" if below is None else rf"{sign}\frac{{{above}}}{{{below}}}"
    text = f"{float(value):.{READ_DIGITS}g}"
    mantissa, _, exponent = text.partition("e")
    return text, mantissa + (rf"\times 10^{{{int(exponent)}}}" if exponent else "")


def law_label(amplitude: Expr, power: Expr, log_power: int, spelling: Spelling, per_width: bool = False) -> Label:
    """amplitude * l^power (log l)^log_power, perhaps divided by the width."""
    text, latex = number_label(amplitude)
    depth = spelling.layer(0)
    one = text == "1" and (power != 0 or log_power != 0)
    factors, written = ([], []) if one else ([text], [latex])
    if power != 0:
        exponent, _ = number_label(power)
        raised, raised_latex = (f"^({exponent})", rf"^{{{exponent}}}") if power != 1 else ("", "")
        factors.append("l" + raised)
        written.append(depth + raised_latex)
    if log_power != 0:
        factors.append("log(l)" if log_power == 1 else f"log(l)^({log_power})")
        written.append(rf"\log {depth}" if log_power == 1 else rf"(\log {depth})^{{{log_power}}}")
    below = ("/n", f"/{spelling.symbol(WIDTH).latex()}") if per_width else ("", "")
    return Label("*".join(factors) + below[0], f"${BESIDE.join(written)}{below[1]}$")


def ratio_label(law: DepthLaw, kernel: str, tangent: str, spelling: Spelling) -> Label:
    """|V|/K^2, |D|/(K Theta): what a law is the law of."""
    if law.distance:
        return Label(f"|{law.distance}|", f"$|{spelling.name(kernel)} - {spelling.starred(kernel)}|$")
    above_text, above = [law.tensor], [spelling.name(law.tensor)]
    below_text: list[str] = []
    below: list[str] = []
    powers = () if law.dimension is None else ((kernel, law.dimension.kernel), (tangent, law.dimension.tangent))
    for name, power in powers:
        if power:
            raised = "" if abs(power) == 1 else f"^{abs(power)}"
            (below_text if power > 0 else above_text).append(name + raised)
            (below if power > 0 else above).append(
                spelling.symbol(name).raised(abs(power)) if raised else spelling.name(name)
            )
    negative = any(value < 0 for value in law.values)
    text, latex = "*".join(above_text), BESIDE.join(above)
    if negative:
        text, latex = f"|{text}|", f"|{latex}|"
    if below:
        several = len(below) > 1
        text += "/" + ("(" + "*".join(below_text) + ")" if several else below_text[0])
        latex += "/" + ("(" + BESIDE.join(below) + ")" if several else below[0])
    return Label(text, f"${latex}$")


def joined_words(*parts: Words) -> Words:
    """Running text of several pieces."""
    flat: list[str | Formula] = []
    for part in parts:
        flat += part if isinstance(part, tuple) else [part]
    return tuple(flat)
