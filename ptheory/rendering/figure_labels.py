"""What stands at axes and in legends: quantities, numbers and laws, in mathematics that TeX and matplotlib read."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from ptheory.language.expression_printer import format_expression
from ptheory.language.expressions import Expression, Name
from ptheory.rendering.figure_parts import Label
from ptheory.rendering.identifiers import latex_identifier
from ptheory.rendering.latex_text import latex_text
from ptheory.rendering.report import Formula, Words

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.criticality.iterated import DepthLaw
    from ptheory.results.figures import About

LAYER = Label("l", r"layer $\ell$")
READ_DIGITS = 4
LONGEST_FRACTION = 9
BESIDE = "\\,"  # between two factors


def symbol(name: str, layer: str = "") -> Label:
    """A quantity, perhaps at a layer: K^(l), C_W^2."""
    base, _, power = name.partition("^")
    above = (f"^{power}" if power else "") + (rf"^{{({layer})}}" if layer else "")
    text = name + ("[" + layer.replace("\\ell", "l") + "]" if layer else "")
    return Label(text, f"${latex_identifier(base)}{above}$")


def coefficient_label(tensor: str, order: int, leading: str) -> Label:
    """A coefficient of a tensor in 1/n at a layer; ``leading``: what the first one is called, K of G."""
    if order == 0:
        return symbol(leading, r"\ell")
    return Label(f"{tensor}{order}[l]", rf"${latex_identifier(tensor)}^{{\{{{order}\}}(\ell)}}$")


def activation_label(written: Expression | str) -> Label:
    """An activation: its name upright, a formula in z as one."""
    if isinstance(written, str):
        from ptheory.language import parse_formula

        written = parse_formula(written, "<figure>")  # as a classification names it
    text = format_expression(written)
    if isinstance(written, Name):
        return Label(text, latex_text(text.replace("_", " ")))
    return Label(text, f"${in_one_line(text)}$")


def in_one_line(formula: str) -> str:
    """A formula in mathematics without fractions that stand above each other: z - z^3/6."""
    text = re.sub(r"\^\(([^()]*)\)|\^(-?\w+)", lambda m: f"^{{{m[1] or m[2]}}}", formula)
    text = re.sub(r"[A-Za-z]\w+", lambda m: rf"\mathrm{{{m[0].replace('_', ' ')}}}", text)
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


def law_label(amplitude: Expr, power: Expr, log_power: int = 0, below: str = "") -> Label:
    """amplitude * l^power (log l)^log_power; ``below``: n, where it is divided by the width."""
    text, latex = number_label(amplitude)
    one = text == "1" and (power != 0 or log_power != 0)
    factors, written = ([], []) if one else ([text], [latex])
    if power != 0:
        exponent, _ = number_label(power)
        raised, raised_latex = (f"^({exponent})", rf"^{{{exponent}}}") if power != 1 else ("", "")
        factors.append("l" + raised)
        written.append(r"\ell" + raised_latex)
    if log_power != 0:
        factors.append("log(l)" if log_power == 1 else f"log(l)^({log_power})")
        written.append(r"\log\ell" if log_power == 1 else rf"(\log\ell)^{{{log_power}}}")
    divided = f"/{below}" if below else ""
    return Label("*".join(factors) + divided, f"${BESIDE.join(written)}{divided}$")


def ratio_label(law: DepthLaw, kernel: str, tangent: str) -> Label:
    """|V|/K^2, |D|/(K Theta): what a law is the law of."""
    if law.distance:
        return Label(f"|{law.distance}|", f"$|{latex_identifier(kernel)} - {latex_identifier(kernel)}^*|$")
    above_text, above = [law.tensor], [latex_identifier(law.tensor)]
    below_text: list[str] = []
    below: list[str] = []
    powers = () if law.dimension is None else ((kernel, law.dimension.kernel), (tangent, law.dimension.tangent))
    for name, power in powers:
        if power:
            raised = "" if abs(power) == 1 else f"^{abs(power)}"
            (below_text if power > 0 else above_text).append(name + raised)
            (below if power > 0 else above).append(latex_identifier(name) + raised)
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
