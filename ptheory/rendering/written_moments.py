"""Single expectations in closed form: ⟨σ²⟩_K = K/2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.recursion.equation import Equation
from ptheory.rendering.arrange import arrange
from ptheory.rendering.brackets import open_expectations
from ptheory.rendering.breaking import without_marks
from ptheory.rendering.latex import sum_latex
from ptheory.rendering.notation import notation_of
from ptheory.rendering.text import text_writer
from ptheory.rendering.written_formulas import TextStyle

if TYPE_CHECKING:
    from sympy import Expr


def moment_latex(atom: Atom, value: Expr, equation: Equation) -> str:
    """⟨...⟩_K = value as LaTeX."""
    from ptheory.rendering.sympy_forms import sympy_latex

    notation = notation_of(equation)
    shown = arrange(open_expectations(Polynomial.atom(atom), notation, keep_long_derivatives=True), notation)
    return f"{without_marks(sum_latex(shown))} = {without_marks(sympy_latex(value))}"


def moment_text(atom: Atom, value: Expr, equation: Equation, style: TextStyle) -> str:
    """⟨...⟩_K = value as text."""
    from ptheory.rendering.sympy_forms import sympy_text

    notation = notation_of(equation)
    shown = arrange(open_expectations(Polynomial.atom(atom), notation), notation)
    return f"{without_marks(text_writer(notation, style.unicode).sum(shown))} = {sympy_text(value, style)}"
