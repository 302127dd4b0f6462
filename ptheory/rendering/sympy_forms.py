"""SymPy expressions (closed forms) as LaTeX and as text, every symbol name sanitised by our own rules.

SymPy's own printers write symbol names verbatim into LaTeX, where a name is a way in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Expr, Function, Integer, Mul, Pow, Product, Sum, Symbol
from sympy.core.function import AppliedUndef
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from ptheory.algebra.elementary import ELEMENTARY
from ptheory.algebra.refusal import Refusal
from ptheory.rendering.identifiers import latex_identifier
from ptheory.rendering.spelling import OURS, Spelling
from ptheory.rendering.written_formulas import TextStyle
from ptheory.rendering.written_numbers import readable

CLAIM_FUNCTIONS = frozenset(row.sympy_name for row in ELEMENTARY if row.in_claims and row.sympy_name)


class SafeLatexPrinter(LatexPrinter):  # type: ignore[misc]
    """LatexPrinter with sanitised names and no \\left...\\right around fractions of its own making.

    ``names``: how chosen symbols are written; the others as ``spelling`` has them.
    """

    def __init__(self, names: Mapping[str, str], spelling: Spelling) -> None:
        super().__init__({"inv_trig_style": "full", "fold_short_frac": False, "ln_notation": False})
        self._names = names
        self._spelling = spelling

    def _print_Symbol(self, expr: Symbol, style: str = "plain") -> str:
        return self._names.get(expr.name) or self._spelling.name(expr.name)

    def _helper_print_standard_power(self, expr: Pow, template: str) -> str:
        """\\sigma_w^4 for the square of \\sigma_w^2."""
        base, exponent = expr.base, expr.exp
        if isinstance(base, Symbol) and base.name not in self._names and isinstance(exponent, Integer):
            return self._spelling.symbol(base.name).raised(int(exponent))
        return str(super()._helper_print_standard_power(expr, template))

    def _print_Dummy(self, expr: Symbol) -> str:
        return latex_identifier(expr.name)

    def _print_Function(self, expr: Any, exp: Any = None) -> str:
        if isinstance(expr, AppliedUndef):
            inside = ", ".join(self._print(argument) for argument in expr.args)
            raised = "" if exp is None else f"^{{{exp}}}"
            return rf"{self._spelling.function(expr.func.__name__)}{raised}\left({inside}\right)"
        return str(super()._print_Function(expr, exp))


class Unwritable(Refusal):
    """A function the language has no name for."""


class ClaimPrinter(StrPrinter):  # type: ignore[misc]
    """StrPrinter in the language's syntax: ^ for powers, / for quotients, names in Unicode where asked.

    ``names``: how chosen symbols are written.
    """

    def __init__(self, style: TextStyle, names: Mapping[str, str]) -> None:
        super().__init__()
        self._style = style
        self._names = names

    def _print_Symbol(self, expr: Symbol) -> str:
        return self._names.get(expr.name) or self._style.name(expr.name)

    def _print_Exp1(self, expr: Expr) -> str:
        return "e"

    def _print_Abs(self, expr: Expr) -> str:
        return f"abs({self._print(expr.args[0])})"

    def _print_Dummy(self, expr: Symbol) -> str:
        return self._style.name(expr.name)

    def _print_Sum(self, expr: Sum) -> str:
        return self._over_layers("Σ" if self._style.unicode else "sum", expr)

    def _print_Product(self, expr: Product) -> str:
        return self._over_layers("Π" if self._style.unicode else "prod", expr)

    def _over_layers(self, sign: str, expr: Sum | Product) -> str:
        """sum(m = 1 to l - 1, 1/n[m])."""
        (index, first, last), body = expr.limits[0], self._print(expr.function)
        # a range is one word, not to be broken
        reach = f"{self._print(index)}={self._print(first)}..{self._print(last)}".replace(" ", "")
        if not self._style.unicode:
            return f"{sign}({reach}, {body})"
        return f"{sign}_({reach}) {self.parenthesize(expr.function, PRECEDENCE['Mul'])}"

    def _print_Mul(self, expr: Mul) -> str:
        return str(super()._print_Mul(expr)).replace("**", "^")

    def _print_Pow(self, expr: Pow, rational: bool = False) -> str:
        base, exponent = expr.as_base_exp()
        if self._style.unicode and isinstance(exponent, Integer) and exponent > 1:
            return self._style.raised(self.parenthesize(base, 100), int(exponent))
        return str(super()._print_Pow(expr, rational)).replace("**", "^")


def sympy_latex(expression: Expr, names: Mapping[str, str] | None = None, spelling: Spelling = OURS) -> str:
    """One line of LaTeX; ``names``: how chosen symbols are written."""
    return str(SafeLatexPrinter(names or {}, spelling).doprint(readable(expression)))


def check_writable(expression: Expr) -> None:
    """Raise Unwritable where a function has no name in the language, so that no claim can state the expression."""
    if unknown := {type(f).__name__ for f in expression.atoms(Function)} - CLAIM_FUNCTIONS:
        raise Unwritable(", ".join(sorted(unknown)))


def sympy_text(expression: Expr, style: TextStyle, names: Mapping[str, str] | None = None) -> str:
    """The language's syntax; ``names``: how chosen symbols are written."""
    text = str(ClaimPrinter(style, names or {}).doprint(expression if style.exact else readable(expression)))
    return text.replace("*", style.times) if style.unicode else text
