"""Running text with formulas in it, for each medium."""

from __future__ import annotations

import re
from fractions import Fraction

from ptheory.algebra.polynomial import Polynomial
from ptheory.language.expressions import Expression
from ptheory.rendering.arrange import arrange
from ptheory.rendering.brackets import open_expectations
from ptheory.rendering.latex import LatexWriter
from ptheory.rendering.latex_text import latex_text
from ptheory.rendering.notation import notation_of
from ptheory.rendering.quantities import quantity_latex, quantity_text
from ptheory.rendering.report import AtLargeDepth, Formula, Quantity, Typeset, Words
from ptheory.rendering.spelling import OURS, Spelling
from ptheory.rendering.text import text_writer
from ptheory.rendering.tree import Sum
from ptheory.rendering.written_formulas import TextStyle, formula_latex, formula_text
from ptheory.rendering.written_numbers import decimal_latex, decimal_text, exact_text, is_long

DEPTH = "l"
LONGEST_WORD = 20  # characters
_RUN = re.compile(r"[^*+/=,;)>]+[*+/=,;)>]*|[*+/=,;)>]+")  # up to a sign behind which a formula may be broken


def pieces(words: Words) -> tuple[str | Formula, ...]:
    """The parts of running text, strings and formulas."""
    return words if isinstance(words, tuple) else (words,)


def words_latex(words: Words, spelling: Spelling = OURS) -> str:
    """LaTeX text mode, formulas between dollars."""
    return "".join(
        breakable_text(piece) if isinstance(piece, str) else f"${formula_as_latex(piece, spelling)}$"
        for piece in pieces(words)
    )


def breakable_text(text: str, longest: int = LONGEST_WORD, part: int = LONGEST_WORD) -> str:
    """Plain text for LaTeX; a word of more than ``longest`` characters may be broken behind its signs.

    What has no signs for ``part`` characters may be broken there.
    """

    if max(map(len, text.split()), default=0) <= longest:
        return latex_text(text)

    def broken(word: str) -> str:
        parts = [run[k : k + part] for run in _RUN.findall(word) for k in range(0, len(run), part)]
        return r"\allowbreak{}".join(map(latex_text, parts)) if len(word) > longest else latex_text(word)

    return re.sub(r"\S+", lambda match: broken(match.group()), text)


def words_text(words: Words, style: TextStyle) -> str:
    """Running text in one string, formulas in the style given."""
    return "".join(piece if isinstance(piece, str) else formula_as_text(piece, style) for piece in pieces(words))


def formula_as_latex(formula: Formula, spelling: Spelling = OURS) -> str:
    """A formula of any kind: a name, a number, a formula of the language, a polynomial, a SymPy expression."""
    value = formula.value
    if isinstance(value, str):
        return spelling.name(value)
    if isinstance(value, Typeset):
        return value.latex
    if isinstance(value, (int, Fraction)):
        return decimal_latex(value, formula.digits) if is_long(value, formula.longest) else exact_text(value)
    if isinstance(value, Expression):
        return formula_latex(value, spelling=spelling)
    if isinstance(value, Polynomial):
        return LatexWriter(spelling).sum(_arranged(formula))
    if isinstance(value, Quantity):
        return quantity_latex(value.name, spelling)
    from ptheory.rendering.sympy_forms import sympy_latex

    if isinstance(value, AtLargeDepth):
        right = sympy_latex(value.law, {DEPTH: spelling.layer(0)}, spelling)
        return rf"{quantity_latex(value.quantity, spelling)} \sim {right}".lstrip()
    return sympy_latex(value, {DEPTH: spelling.layer(0)}, spelling)


def formula_as_text(formula: Formula, style: TextStyle) -> str:
    """The same as text; long numbers rounded unless the style is exact."""
    value = formula.value
    if isinstance(value, str):
        return style.name(value)
    if isinstance(value, Typeset):
        return value.text
    if isinstance(value, (int, Fraction)):
        rounded = not style.exact and is_long(value, formula.longest)
        return decimal_text(value, formula.digits) if rounded else exact_text(value)
    if isinstance(value, Expression):
        return formula_text(value, style)
    if isinstance(value, Polynomial):
        assert formula.equation is not None, "a Polynomial in a Formula needs the equation it belongs to"
        writer = text_writer(notation_of(formula.equation), style.unicode)
        return writer.sum(_arranged(formula))
    if isinstance(value, Quantity):
        return quantity_text(value.name, style)
    from ptheory.rendering.sympy_forms import sympy_text

    depth, goes = ("ℓ", " → ") if style.unicode else (DEPTH, " ~ ")
    if isinstance(value, AtLargeDepth):
        return (quantity_text(value.quantity, style) + goes + sympy_text(value.law, style, {DEPTH: depth})).lstrip()
    return sympy_text(value, style, {DEPTH: depth})


def _arranged(formula: Formula) -> Sum:
    assert formula.equation is not None, "a Polynomial in a Formula needs the equation it belongs to"
    notation = notation_of(formula.equation)
    return arrange(open_expectations(formula.value, notation), notation)
