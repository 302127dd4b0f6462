"""A right-hand side as a program for FORM: symbols and functions declared, one local expression, printed.

What FORM has no algebra for are functions: sqrt, arcsin, exp, ..., den(x) for 1/x of a sum, mean(F, z, K) and
mean(F, z1, z2, K11, K12, K22) for averages, sigma(z) and dsigma(m, z) for an activation left
open and its m-th derivative.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy
from sympy.printing.str import StrPrinter

from ptheory.export.formula import Formula, Source
from ptheory.export.legal_names import form_name, legal_names
from ptheory.export.mathematica import every_name
from ptheory.recursion.gaussian_mean import GaussianMean

RESERVED = ("pi", "den", "mean", "cases", "next")


class FormPrinter(StrPrinter):  # type: ignore[misc]
    """``names``: symbol or function left open -> identifier. ``functions``: what has to be declared."""

    printmethod = "_form"  # not _sympystr, by which an average writes itself for reading

    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__({"order": "none"})
        self._names = names
        self.functions: set[str] = set()

    def _print_Symbol(self, expr: sympy.Symbol) -> str:
        return str(self._names[expr.name])

    _print_Dummy = _print_Symbol

    def _print_Pi(self, _expr: sympy.Expr) -> str:
        return "pi"

    def _print_Exp1(self, _expr: sympy.Expr) -> str:
        return self._applied("exp", "1")

    def _print_Float(self, expr: sympy.Float) -> str:
        return str(self._print(sympy.Rational(expr)))

    def _print_Mul(self, expr: sympy.Expr) -> str:
        coefficient, rest = expr.as_coeff_Mul()
        factors = [self._factor(factor) for factor in sympy.Mul.make_args(rest)]
        if coefficient == -1:
            return "-" + "*".join(factors)
        return "*".join([self._print(coefficient), *factors] if coefficient != 1 else factors)

    def _factor(self, factor: sympy.Expr) -> str:
        text = self._print(factor)
        return f"({text})" if isinstance(factor, sympy.Add) else text

    def _print_Pow(self, expr: sympy.Expr, rational: bool = False) -> str:
        base, exponent = expr.base, expr.exp
        if not exponent.is_Rational or exponent.q > 2:
            return self._applied("power", self._print(base), self._print(exponent))
        whole, half = divmod(int(exponent.p), 2) if exponent.q == 2 else (int(exponent), 0)
        factors = []
        if whole < 0 and not base.is_Symbol and base != sympy.pi:
            factors.append(self._applied("den", self._print(base ** (-whole))))
        elif whole:
            written = self._factor(base)
            factors.append(written if whole == 1 else f"{written}^{whole}")
        if half:
            factors.append(self._applied("sqrt", self._print(base)))
        return "*".join(factors)

    def _print_Function(self, expr: Any) -> str:
        name = expr.func.__name__
        name = self._names.get(name, {"asin": "arcsin", "acos": "arccos"}.get(name, name.lower()))
        return self._applied(name, *(self._print(argument) for argument in expr.args))

    def _print_Max(self, expr: sympy.Expr) -> str:
        return self._applied("max", *map(self._print, expr.args))

    def _print_Min(self, expr: sympy.Expr) -> str:
        return self._applied("min", *map(self._print, expr.args))

    def _print_Heaviside(self, expr: sympy.Expr) -> str:
        return self._applied("step", self._print(expr.args[0]))

    def _print_Piecewise(self, expr: sympy.Expr) -> str:
        """cases(value, a, b, ..., otherwise): value where a < b, tried from left to right."""
        written: list[str] = []
        for value, condition in expr.args[:-1]:
            if condition.func in (sympy.StrictLessThan, sympy.LessThan):
                sides = (condition.lhs, condition.rhs)
            else:
                sides = (condition.rhs, condition.lhs)
            written += [self._print(value), *map(self._print, sides)]
        return self._applied("cases", *written, self._print(expr.args[-1][0]))

    def _print_Derivative(self, expr: sympy.Expr) -> str:
        ((at, order),) = expr.variable_count
        return self._applied(f"d{self._names[expr.expr.func.__name__]}", str(order), self._print(at))

    def _print_Subs(self, expr: sympy.Expr) -> str:
        ((_, order),) = expr.expr.variable_count
        name = self._names[expr.expr.expr.func.__name__]
        return self._applied(f"d{name}", str(order), self._print(expr.point[0]))

    def _print_GaussianMean(self, expr: GaussianMean) -> str:
        inside = (expr.integrand, *expr.variables, *expr.kernel)
        return self._applied("mean", *map(self._print, inside))

    def _applied(self, function: str, *arguments: str) -> str:
        self.functions.add(function)
        return f"{function}({','.join(arguments)})"


def form(formula: Formula) -> Source:
    """The program, its expression called ``next``."""
    names = legal_names(every_name(formula.right), form_name, RESERVED)
    printer = FormPrinter(names)
    written = printer.doprint(formula.right)
    symbols = sorted(
        {names[s.name] for s in formula.right.atoms(sympy.Symbol)} | ({"pi"} if formula.right.has(sympy.pi) else set())
    )
    arguments = {names[symbol]: formula.meaning(symbol) for symbol in formula.symbols}
    lines = [f"* {formula.left} {formula.context}", *(f"* {name}: {text}" for name, text in arguments.items())]
    lines += [f"Symbols {','.join(symbols)};"] if symbols else []
    lines += [f"CFunctions {','.join(sorted(printer.functions))};"] if printer.functions else []
    lines += [f"Local next = {written};", "Print;", ".end", ""]
    return Source("\n".join(lines), arguments)
