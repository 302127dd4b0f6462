"""The SymPy boundary: a right-hand side as a SymPy expression, for people who go on computing with it.

Hyperparameters and tensor components become symbols (C_W, K_12, V_1234; V at one input), expectations ``GaussianMean``
of the integrand in sigma(z_1), Derivative(sigma(z_1), z_1), ..., dummies summed out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from ptheory.algebra.polynomial import Polynomial, Symbol
from ptheory.language.expressions import Call, Expression, Name
from ptheory.networks.formulas import formula_to_sympy
from ptheory.recursion.equation import Equation
from ptheory.recursion.jets import VARIABLE, FieldValue, Jet, Scalar, expand_expectation, walk
from ptheory.recursion.names import NamedTensor
from ptheory.recursion.normal_form import JetMoment, sum_out_dummies
from ptheory.recursion.tensors import Expectation, Leg, Tensor, Width, WidthRatio

WIDTH_SYMBOLS = ("n_l", "n_lm1")  # the widths of layers l and l-1


class GaussianMean(sympy.Function):
    """⟨integrand⟩_K, unevaluated: the expectation over the Gaussian law of the leading kernel."""

    nargs = 1

    @property
    def integrand(self) -> Any:
        return self.args[0]

    def _latex(self, printer: Any, exp: Any = None) -> str:
        written = rf"\left\langle {printer.doprint(self.args[0])} \right\rangle_{{K}}"
        return written if exp is None else rf"{written}^{{{exp}}}"

    def _sympystr(self, printer: Any) -> str:
        return f"<{printer.doprint(self.args[0])}>"


def right_hand_side_to_sympy(equation: Equation) -> Any:
    """``equation.right`` as a SymPy expression."""
    several_fields = len(equation.system.model.architecture.fields) > 1
    one_input = {leg.sample for leg in equation.target.legs} == {1}
    sites = equation.system.model.sites

    def leg_name(leg: Leg) -> str:
        sample = "" if one_input else str(leg.sample)
        return f"{leg.field}{sample}" if several_fields else sample

    def variable(leg: Leg) -> Any:
        return sympy.Symbol(leg.field if one_input else f"{leg.field}_{leg.sample}", real=True)

    def atom(value: Any) -> Any:
        match value:
            case Symbol(name, layer):
                return sympy.Symbol(
                    name if layer is None else f"{name}_l{layer:+d}".replace("+", "p").replace("-", "m")
                )
            case Scalar(formula):
                return _formula(formula, {})
            case Width():
                return sympy.Symbol(WIDTH_SYMBOLS[0], positive=True)
            case WidthRatio():
                above, below = (sympy.Symbol(name, positive=True) for name in WIDTH_SYMBOLS)
                return above / below
            case Tensor():
                return sympy.Symbol(symbol_name(equation.names.of(value), leg_name))
            case Expectation():
                return mean(expand_expectation(sites, value))
            case JetMoment(factors):
                return mean(Polynomial({factors: Fraction(1)}))
            case Jet():
                return jet(value)
            case FieldValue(leg):
                return variable(leg)
        raise TypeError(f"no SymPy form of {value!r}")

    def mean(integrand: Polynomial) -> Any:
        if any(isinstance(a, (Jet, FieldValue)) for a in integrand.atoms()):
            content, body = sympy.Add(expression(integrand)).primitive()
            return content * GaussianMean(body)
        return expression(integrand)

    def jet(value: Jet) -> Any:
        at = variable(value.leg)
        if isinstance(value.function, str):
            function = sympy.Function(value.function)(at)
        else:
            function = _formula(value.function, {VARIABLE.name: at})
        return sympy.Derivative(function, (at, value.order)) if value.order else function

    def expression(polynomial: Polynomial) -> Any:
        terms = []
        for monomial, coefficient in polynomial.sorted_terms():
            factors = [atom(a) ** e for a, e in monomial]
            terms.append(sympy.Mul(sympy.Rational(coefficient.numerator, coefficient.denominator), *factors))
        return sympy.Add(*terms)

    return expression(sum_out_dummies(equation.right, sites))


def symbol_name(written: NamedTensor, leg_name: Callable[[Leg], str]) -> str:
    """K_12, V_1234, K_u1_v2, V: the tensor's name and its bracket arguments."""
    arguments = [leg_name(leg) for leg in written.arguments]
    if not any(arguments):
        return written.name
    separator = "" if all(len(a) == 1 for a in arguments) else "_"
    return f"{written.name}_{separator.join(arguments)}"


@dataclass(frozen=True)
class _Generic:
    """A generic activation where formulas expect a known one: its formula is sigma(z) itself."""

    name: str
    order: int = 0

    @property
    def formula(self) -> Any:
        from ptheory.activations import Z

        function = sympy.Function(self.name)(Z)
        return sympy.Derivative(function, (Z, self.order)) if self.order else function

    def derivative_almost_everywhere(self, order: int) -> _Generic:
        return _Generic(self.name, self.order + order)


def _formula(formula: Expression, values: dict[str, Any]) -> Any:
    """A formula of the language; names not in ``values`` are symbols, functions nobody knows are generic."""
    from ptheory.activations import FUNCTION_NAMES, is_known

    names = {node.name: sympy.Symbol(node.name) for node in walk(formula) if isinstance(node, Name)}
    called = {node.function for node in walk(formula) if isinstance(node, Call)}
    generic: dict[str, Any] = {f: _Generic(f) for f in called if f not in FUNCTION_NAMES and not is_known(f)}
    return formula_to_sympy(formula, {**names, **values}, generic)
