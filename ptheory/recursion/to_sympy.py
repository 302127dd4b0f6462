"""The SymPy boundary: a right-hand side as a SymPy expression, for people who go on computing with it.

Hyperparameters and tensor components become symbols (C_W, K_12, V_1234; V at one input), expectations ``GaussianMean``
of the integrand in sigma(z_1), Derivative(sigma(z_1), z_1), ... at the kernel K_11, K_12, ..., dummies summed out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

import sympy

from ptheory.algebra.polynomial import Polynomial, Symbol
from ptheory.language.expressions import Call, Expression
from ptheory.networks.formulas import formula_to_sympy
from ptheory.networks.scalars import with_named_scalars
from ptheory.recursion.equation import Equation
from ptheory.recursion.gaussian_mean import GaussianMean
from ptheory.recursion.jets import VARIABLE, FieldValue, Jet, Scalar, walk
from ptheory.recursion.means.layer_functions import expand_expectation
from ptheory.recursion.normal_form import sum_out_dummies
from ptheory.recursion.tensor_names import NamedTensor
from ptheory.recursion.tensors import Expectation, Leg, Tensor, Width, WidthRatio
from ptheory.recursion.variables import fields_among, leading_kernel, parts_of

if TYPE_CHECKING:
    from ptheory.activations.activation import Activation


WIDTH_SYMBOLS = ("n_l", "n_lm1")  # the widths of layers l and l-1


def right_hand_side_to_sympy(equation: Equation) -> sympy.Expr:
    """``equation.right`` as a SymPy expression.

    Symbols and means as at the head of this module; n is ``n_l``, the ratio of widths ``n_l/n_lm1``. At one input no
    sample is written, with one field no field.
    """
    return SymPyForm(equation).polynomial(sum_out_dummies(equation.right, equation.system.model.sites))


class SymPyForm:
    """The SymPy form of every kind of atom, in the names of one equation."""

    def __init__(self, equation: Equation) -> None:
        self.names = equation.names
        self.sites = equation.system.model.sites
        self.several_fields = len(equation.system.model.architecture.fields) > 1
        self.one_input = {leg.sample for leg in equation.target.legs} == {1}

    def polynomial(self, polynomial: Polynomial) -> sympy.Expr:
        """A sum of products of atoms."""
        terms = []
        for monomial, coefficient in polynomial.sorted_terms():
            factors = [self.atom(a) ** e for a, e in monomial]
            terms.append(sympy.Mul(sympy.Rational(coefficient.numerator, coefficient.denominator), *factors))
        return sympy.Add(*terms)

    def atom(self, value: sympy.Expr) -> sympy.Expr:
        """A factor of a right-hand side or of an integrand."""
        match value:
            case Symbol():
                return _hyperparameter(value)
            case Scalar(formula):
                return _formula(formula, {})
            case Width():
                return sympy.Symbol(WIDTH_SYMBOLS[0], positive=True)
            case WidthRatio():
                above, below = (sympy.Symbol(name, positive=True) for name in WIDTH_SYMBOLS)
                return above / below
            case Tensor():
                return self.tensor(value)
            case Expectation():
                return self.mean(expand_expectation(self.sites, value))
            case Jet():
                return self.jet(value)
            case FieldValue(leg):
                return self.variable(leg)
        raise TypeError(f"no SymPy form of {value!r}")

    def variable(self, leg: Leg) -> sympy.Expr:
        """z, z_1, z_lm1_1: the preactivation at a leg."""
        field = leg.field
        name = f"{field.name}_lm{field.depth}" if field.depth else field.name
        return sympy.Symbol(name if self.one_input else f"{name}_{leg.sample}", real=True)

    def tensor(self, value: Tensor) -> sympy.Expr:
        """K_12, V_1234; K_lm1_12 for the kernel of an earlier layer."""
        depths = {leg.field.depth for leg in value.legs}
        if value.is_kernel and not self.several_fields and depths != {0} and len(depths) == 1:
            samples = "" if self.one_input else "_" + "".join(str(leg.sample) for leg in value.legs)
            return sympy.Symbol(f"{self.names.of(value).name}_lm{depths.pop()}{samples}")
        return sympy.Symbol(symbol_name(self.names.of(value), self._leg_name))

    def mean(self, integrand: Polynomial) -> sympy.Expr:
        """⟨integrand⟩_K, the number in front of it; what reads no preactivation is its own mean."""
        legs = fields_among(a.leg for a in integrand.atoms() if isinstance(a, (Jet, FieldValue)))
        if not legs:
            return self.polynomial(integrand)
        content, body = sympy.Add(self.polynomial(integrand)).primitive()
        kernel = [self.tensor(leading_kernel(*pair)) for pair in combinations_with_replacement(legs, 2)]
        return content * GaussianMean(body, [self.variable(leg) for leg in legs], kernel)

    def jet(self, value: Jet) -> sympy.Expr:
        """sigma^(k) at a preactivation or at a linear combination of them."""
        argument = sympy.Add(*(self.polynomial(slope) * self.variable(leg) for leg, slope in parts_of(value.leg)))
        at = sympy.Dummy("z", real=True) if value.order and not argument.is_Symbol else argument
        if isinstance(value.function, str):
            function = sympy.Function(value.function)(at)
        else:
            function = _formula(value.function, {VARIABLE.name: at})
        derivative = sympy.Derivative(function, (at, value.order)) if value.order else function
        return derivative if at == argument else sympy.Subs(derivative, at, argument)

    def _leg_name(self, leg: Leg) -> str:
        field = leg.field
        sample = "" if self.one_input else str(leg.sample)
        layer = f"_lm{field.depth}" if field.depth else ""
        return f"{field.name}{layer}{sample}" if self.several_fields or field.depth else sample


def _hyperparameter(symbol: Symbol) -> sympy.Expr:
    """C_W; C_W_l, C_W_lp1, C_W_lm1 for C_W[l], C_W[l+1], C_W[l-1]."""
    if symbol.layer is None:
        return sympy.Symbol(symbol.name)
    step = f"{symbol.layer:+d}".replace("+", "p").replace("-", "m") if symbol.layer else ""
    return sympy.Symbol(f"{symbol.name}_l{step}")


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
    def formula(self) -> sympy.Expr:
        from ptheory.activations import Z

        function = sympy.Function(self.name)(Z)
        return sympy.Derivative(function, (Z, self.order)) if self.order else function

    def derivative_almost_everywhere(self, order: int) -> _Generic:
        return _Generic(self.name, self.order + order)


def _formula(formula: Expression, values: dict[str, sympy.Expr]) -> sympy.Expr:
    """A formula of the language; names not in ``values`` are symbols, functions nobody knows are generic."""
    from ptheory.activations import FUNCTION_NAMES, is_known

    formula, symbols = with_named_scalars(formula)
    names = {name: _hyperparameter(symbol) for name, symbol in symbols.items()}
    called = {node.function for node in walk(formula) if isinstance(node, Call)}
    generic: dict[str, Activation | _Generic] = {
        f: _Generic(f) for f in called if f not in FUNCTION_NAMES and not is_known(f)
    }
    return formula_to_sympy(formula, {**names, **values}, generic)
