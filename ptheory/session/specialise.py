"""Closed forms of a recursion at concrete inputs with its activations bound, as SymPy expressions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from ptheory.expectations import almost_everywhere, closed_form
from ptheory.export.tensor_symbols import scalar_symbol, tensor_name
from ptheory.flows.moment_values import MomentTable, enclosed_to
from ptheory.language.claim_names import CHI_PAR, CHI_PERP
from ptheory.networks.fields import Field
from ptheory.recursion.equation import Equation
from ptheory.recursion.susceptibilities import SeveralFields, chi_par, chi_perp
from ptheory.recursion.tensors import WIDTH_RATIO, Expectation, Leg, Tensor, covariance, tensor

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.activations.activation import Activation


HIGHEST_JUMP = 4


def tensor_symbols(equation: Equation, one_input: bool) -> dict[str, Tensor]:
    """Identifier in closed forms -> the tensor it stands for: those of the recursion, and every kernel entry."""
    architecture = equation.system.model.architecture
    fields = [Field(name, depth) for name in architecture.fields for depth in range(architecture.layers_read)]
    averaged = {f.place for atom in equation.right.atoms() if isinstance(atom, Expectation) for f in atom.factors}
    places = sorted({leg.place for leg in equation.target.legs} | averaged)
    legs = [Leg(field, place) for field in fields for place in places]
    kernels = [tensor((covariance(a, b),)) for a in legs for b in legs if a.field.depth == b.field.depth]
    tensors = [atom for atom in equation.right.atoms() if isinstance(atom, Tensor)]
    return {tensor_name(atom, equation, one_input): atom for atom in (*tensors, *kernels)}


def _kernel_name(left: Leg, right: Leg, equation: Equation, one_input: bool) -> str:
    return tensor_name(tensor((covariance(left, right),)), equation, one_input)


def first_jumps(activations: Mapping[str, Activation]) -> dict[str, int]:
    """Name of a kinked activation -> the order of its first derivative that jumps: 1 for ReLU, 0 for a step."""
    found: dict[str, int] = {}
    for name, activation in activations.items():
        if activation.kinks:
            order = next((m for m in range(HIGHEST_JUMP) if activation.derivative(m + 1).deltas), None)
            found |= {} if order is None else {name: order}
    return found


def closed_moments(
    equation: Equation, activations: Mapping[str, Activation], one_input: bool, kinks_dropped: bool = False
) -> tuple[tuple[Expectation, Expr], ...]:
    """(expectation, closed form in K) for every expectation of the equation that has one.

    ``kinks_dropped``: derivatives of activations are those of automatic differentiation, ReLU'' = 0.
    """
    import sympy

    table = MomentTable(equation.system.model.sites, activations, scalar_symbol, enclosed_to(30))
    found = []
    for expected in sorted((a for a in equation.right.atoms() if isinstance(a, Expectation)), key=lambda a: a.sort_key):
        total: Expr = sympy.Integer(0)
        for coefficient, moment, legs in table.moments(expected):
            closed = closed_form(almost_everywhere(moment) if kinks_dropped else moment) if legs else None
            if legs and closed is None:
                break
            value = closed.expression if closed is not None else sympy.Integer(1)
            entries = {
                _entry(a, b): sympy.Symbol(_kernel_name(legs[a], legs[b], equation, one_input), real=True)
                for a in range(len(legs))
                for b in range(a, len(legs))
            }
            exact = (
                sympy.Rational(coefficient.numerator, coefficient.denominator)
                if hasattr(coefficient, "numerator")
                else coefficient
            )
            total += exact * value.xreplace(entries)
        else:
            found.append((expected, total))
    return tuple(found)


def closed_susceptibilities(
    equation: Equation, activations: Mapping[str, Activation], kinks_dropped: bool = False
) -> dict[str, Expr]:
    """The susceptibilities of one input in closed form, by name; none where the layer has several fields."""
    found: dict[str, Expr] = {}
    try:
        derived = {CHI_PAR: chi_par(equation.system, 1), CHI_PERP: chi_perp(equation.system, 1, 1)}
    except SeveralFields:
        return found
    for name, value in derived.items():
        named = replace(equation, name=name, right=value)
        closed = closed_right_side(named, dict(closed_moments(named, activations, True, kinks_dropped)), True)
        if closed is not None:
            found[name] = closed
    return found


def closed_right_side(equation: Equation, moments: Mapping[Expectation, Expr], one_input: bool) -> Expr | None:
    """The whole right-hand side in closed form, or None where an expectation has none."""
    import sympy

    total: Expr = sympy.Integer(0)
    for monomial, coefficient in equation.right:
        term: Expr = sympy.Rational(coefficient.numerator, coefficient.denominator)
        for atom, exponent in monomial:
            if isinstance(atom, Expectation):
                if atom not in moments:
                    return None
                value = moments[atom]
            elif isinstance(atom, Tensor):
                value = sympy.Symbol(tensor_name(atom, equation, one_input), real=True)
            elif atom == WIDTH_RATIO:
                continue
            else:
                value = scalar_symbol(atom)
            term *= value**exponent
        total += term
    return in_factors(sympy.expand(total))


@lru_cache(maxsize=256)
def in_factors(expanded: Expr) -> Expr:
    """A sum of products with what its terms share taken out; of long rationals, which share nothing, no content."""
    import sympy

    from ptheory.rendering.written_numbers import long_rationals

    if not long_rationals(expanded):
        return sympy.factor_terms(expanded)
    terms = sympy.Add.make_args(expanded)
    powers = [term.as_powers_dict() for term in terms]
    shared = [(s, min(p.get(s, 0) for p in powers)) for s in sorted(expanded.free_symbols, key=str)]
    common = sympy.Mul(*(s**least for s, least in shared if least > 0))
    return sympy.Mul(common, sympy.Add(*(term / common for term in terms)), evaluate=False) if common != 1 else expanded


def _entry(a: int, b: int) -> Expr:
    from ptheory.expectations import covariance_symbol

    return covariance_symbol(a, b)
