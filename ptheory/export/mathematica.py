"""A right-hand side in the Wolfram language: names in camel case, averages as Expectation over a normal law."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy
from sympy.printing.mathematica import MCodePrinter

from ptheory.algebra.elementary import BY_NAME
from ptheory.algebra.refusal import Refusal
from ptheory.expectations.special_functions import Phi2
from ptheory.export.formula import Formula, Source
from ptheory.export.legal_names import legal_names, mathematica_name
from ptheory.recursion.gaussian_mean import GaussianMean

FUNCTIONS = {
    "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "sin": "Sin", "cos": "Cos", "tan": "Tan", "sinh": "Sinh",
    "cosh": "Cosh", "tanh": "Tanh", "sech": "Sech", "asin": "ArcSin", "acos": "ArcCos", "atan": "ArcTan",
    "asinh": "ArcSinh", "acosh": "ArcCosh", "atanh": "ArcTanh", "erf": "Erf", "erfc": "Erfc", "abs": "Abs",
    "sign": "Sign",
}  # fmt: skip
"""row of the table of elementary functions -> the Wolfram language's name; a step is UnitStep or HeavisideTheta."""

_NAMED = {BY_NAME[row].sympy_name: [(lambda *_: True, there)] for row, there in FUNCTIONS.items() if row != "sqrt"}


class NoMathematica(Refusal):
    """A function without a name there."""


class MathematicaPrinter(MCodePrinter):  # type: ignore[misc]
    """``names``: symbol or function left open -> identifier."""

    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__({"user_functions": _NAMED})
        self._names = names

    def _print_Symbol(self, expr: sympy.Symbol) -> str:
        return self._names[expr.name]

    _print_Dummy = _print_Symbol

    def _print_exp(self, expr: sympy.Expr) -> str:
        return f"Exp[{self._print(expr.args[0])}]"

    def _print_Pow(self, expr: sympy.Expr, rational: bool = False) -> str:
        if expr.exp == sympy.Rational(1, 2):
            return f"Sqrt[{self._print(expr.base)}]"
        return str(super()._print_Pow(expr))

    def _print_Function(self, expr: Any) -> str:
        name = expr.func.__name__
        arguments = ", ".join(self._print(argument) for argument in expr.args)
        if isinstance(expr, sympy.core.function.AppliedUndef):
            return f"{self._names[name]}[{arguments}]"
        if name not in _NAMED:
            raise NoMathematica(f"no function of the Wolfram language for {name}")
        return f"{_NAMED[name][0][1]}[{arguments}]"

    def _print_Phi2(self, expr: Phi2) -> str:
        h, k, rho = (self._print(argument) for argument in expr.args)
        return f"CDF[BinormalDistribution[{rho}], {{{h}, {k}}}]"

    def _print_Heaviside(self, expr: sympy.Expr) -> str:
        return f"((1 + Sign[{self._print(expr.args[0])}])/2)"

    def _print_Max(self, expr: sympy.Expr) -> str:
        return f"Max[{', '.join(map(self._print, expr.args))}]"

    def _print_Min(self, expr: sympy.Expr) -> str:
        return f"Min[{', '.join(map(self._print, expr.args))}]"

    def _print_Piecewise(self, expr: sympy.Expr) -> str:
        cases = ", ".join(f"{{{self._print(v)}, {self._print(c)}}}" for v, c in expr.args)
        return f"Piecewise[{{{cases}}}]"

    def _print_BooleanTrue(self, _expr: sympy.Basic) -> str:
        return "True"

    def _print_And(self, expr: sympy.Basic) -> str:
        return " && ".join(self._print(one) for one in expr.args)

    def _print_Or(self, expr: sympy.Basic) -> str:
        return " || ".join(self._print(one) for one in expr.args)

    def _print_Derivative(self, expr: sympy.Expr) -> str:
        ((at, order),) = expr.variable_count
        return f"Derivative[{order}][{self._names[expr.expr.func.__name__]}][{self._print(at)}]"

    def _print_Subs(self, expr: sympy.Expr) -> str:
        derivative, (at,) = expr.expr, expr.point
        ((_, order),) = derivative.variable_count
        return f"Derivative[{order}][{self._names[derivative.expr.func.__name__]}][{self._print(at)}]"

    def _print_GaussianMean(self, expr: GaussianMean) -> str:
        variables = [self._print(z) for z in expr.variables]
        entries = [self._print(entry) for entry in expr.kernel]
        if len(variables) == 1:
            law = f"NormalDistribution[0, Sqrt[{entries[0]}]]"
            return f"Expectation[{self._print(expr.integrand)}, {variables[0]} \\[Distributed] {law}]"
        size, at = len(variables), iter(entries)
        above = {(a, b): next(at) for a in range(size) for b in range(a, size)}
        rows = ", ".join("{" + ", ".join(above[min(a, b), max(a, b)] for b in range(size)) + "}" for a in range(size))
        zeros = ", ".join("0" for _ in variables)
        law = f"MultinormalDistribution[{{{zeros}}}, {{{rows}}}]"
        return f"Expectation[{self._print(expr.integrand)}, {{{', '.join(variables)}}} \\[Distributed] {law}]"


def mathematica(formula: Formula) -> Source:
    """The right-hand side as one expression. Raises NoMathematica."""
    names = legal_names(every_name(formula.right), mathematica_name)
    arguments = {names[symbol]: formula.meaning(symbol) for symbol in formula.symbols}
    return Source(MathematicaPrinter(names).doprint(formula.right), arguments)


def every_name(expression: sympy.Expr) -> set[str]:
    """Symbols, variables of integration and functions left open."""
    symbols = {symbol.name for symbol in expression.atoms(sympy.Symbol)}
    return symbols | {applied.func.__name__ for applied in expression.atoms(sympy.core.function.AppliedUndef)}
