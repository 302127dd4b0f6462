"""Formulas on numpy arrays: values against mpmath, derivatives against finite differences."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from ptheory.activations import known_names, lookup
from ptheory.activations.function_values import FUNCTIONS
from ptheory.language import parse
from ptheory.language.expressions import Expression
from ptheory.networks.formulas import FormulaError
from ptheory.networks.program import check_file
from ptheory.simulation.array_activations import array_activation, evaluate_sympy
from ptheory.simulation.array_formulas import evaluate
from ptheory.simulation.array_functions import ARRAY_FUNCTIONS, erf
from ptheory.simulation.array_slopes import evaluate_with_gradient

POINTS = np.array([-7.3, -2.1, -0.7, -0.05, 0.3, 1.4, 2.9, 6.6])


def site(formula: str) -> Expression:
    """The site function of ``sum(j, W[i,j]*(formula))``."""
    text = (
        "ptheory 1\narchitecture A {\n weights W[i,j] ~ Normal(0, C_W/n)\n weights U[i,j] ~ Normal(0, 1/n)\n"
        " first u[i;a] = sum(k, W[i,k]*x[k;a])\n first v[i;a] = sum(k, U[i,k]*x[k;a])\n"
        f" layer u[i;a] = sum(j, W[i,j]*({formula}))\n layer v[i;a] = sum(j, U[i,j]*v[j;a])\n}}\n"
    )
    return check_file(parse(text)).architectures["A"].sites[0].formula


def no_scalar(name: str, shift: int) -> float:
    raise AssertionError(name)


def test_erf() -> None:
    points = np.linspace(-8, 8, 4001)
    assert np.max(np.abs(erf(points) - [math.erf(x) for x in points])) < 1e-12


@pytest.mark.parametrize("name", sorted(set(ARRAY_FUNCTIONS) & set(FUNCTIONS)))
def test_functions_and_their_derivatives(name: str) -> None:
    points = np.abs(POINTS) if name in ("log", "sqrt") else POINTS
    function, derivative = ARRAY_FUNCTIONS[name]
    for x in points:
        exact = complex(FUNCTIONS[name](mpmath_number(x)).evalf(20))
        assert function(np.array([x]))[0] == pytest.approx(exact.real, rel=1e-11, abs=1e-12)
    step = 1e-6
    slope = (function(points + step) - function(points - step)) / (2 * step)
    assert derivative(points) == pytest.approx(slope, rel=1e-6, abs=1e-6)


def mpmath_number(x: float) -> Any:
    import sympy

    return sympy.Float(repr(float(x)), 30)


def test_every_function_of_the_language_has_an_array_form() -> None:
    assert set(FUNCTIONS) - {"max", "min"} == set(ARRAY_FUNCTIONS)


@pytest.mark.parametrize("name", known_names())
def test_activations_by_name(name: str) -> None:
    activation = lookup(name)
    functions = array_activation(activation, derivatives=2)
    for order, function in enumerate(functions):
        formula = activation.derivative_almost_everywhere(order).formula
        found = function(POINTS)
        for x, value in zip(POINTS, found, strict=True):
            (symbol,) = formula.free_symbols or (None,)
            exact = formula.subs(symbol, mpmath_number(x)) if symbol is not None else formula
            assert value == pytest.approx(float(exact.evalf(20)), rel=1e-9, abs=1e-10), (name, order, x)


def test_an_overflowing_exponential_takes_its_limit() -> None:
    sigma, slope = array_activation(lookup("swish"))
    assert sigma(np.array([-2000.0, 2000.0])) == pytest.approx([0.0, 2000.0])
    assert slope(np.array([-2000.0, 2000.0])) == pytest.approx([0.0, 1.0])


def test_a_formula_without_array_form_is_refused() -> None:
    import sympy

    from ptheory.activations import Z

    with pytest.raises(ValueError, match="no array function for airyai"):
        evaluate_sympy(sympy.airyai(Z), POINTS)


FORMULAS: dict[str, Any] = {
    "u[j;a] - u[j;a]^2/4 + 3": lambda u, v: u - u**2 / 4 + 3,
    "tanh(u[j;a])*v[j;a]^3": lambda u, v: np.tanh(u) * v**3,
    "sin(u[j;a])^2/(1 + v[j;a]^2)": lambda u, v: np.sin(u) ** 2 / (1 + v**2),
    "exp(-u[j;a]^2/2)*pi": lambda u, v: np.exp(-(u**2) / 2) * math.pi,
    "(1 + u[j;a]^2)^(3/2)": lambda u, v: (1 + u**2) ** 1.5,
    "max(u[j;a], v[j;a]/3, -1)": lambda u, v: np.maximum(np.maximum(u, v / 3), -1),
    "min(u[j;a], v[j;a])": lambda u, v: np.minimum(u, v),
    "piecewise((u[j;a] >= 0): v[j;a], (u[j;a] < -1): u[j;a]^2, otherwise: u[j;a]*v[j;a])": lambda u, v: np.where(
        u >= 0, v, np.where(u < -1, u**2, u * v)
    ),
    "sigma(u[j;a] + v[j;a])": lambda u, v: np.arctan(u + v),
    "2^u[j;a]": lambda u, v: 2.0**u,
}


@pytest.mark.parametrize("formula", FORMULAS)
def test_site_functions_and_their_gradients(formula: str) -> None:
    activations = {"sigma": (np.arctan, lambda x: 1 / (1 + x**2))}
    rng = np.random.default_rng(0)
    u, v = rng.standard_normal((2, 3, 2, 5))
    expected, tree = FORMULAS[formula], site(formula)
    found = evaluate(tree, {("u", 0): u, ("v", 0): v}, no_scalar, activations)
    assert found + 0 * u == pytest.approx(expected(u, v), rel=1e-13)
    value, gradient = evaluate_with_gradient(tree, {("u", 0): u, ("v", 0): v}, no_scalar, activations)
    assert value == pytest.approx(found)
    h = 1e-6
    for key, shift in ((("u", 0), (h, 0.0)), (("v", 0), (0.0, h))):
        slope = (expected(u + shift[0], v + shift[1]) - expected(u - shift[0], v - shift[1])) / (2 * h)
        assert np.broadcast_to(gradient.get(key, 0.0), u.shape) == pytest.approx(slope, rel=1e-6, abs=1e-7)


def test_hyperparameters_inside_a_function() -> None:
    values = {("c", 0): 0.5, ("d", 1): 2.0}
    tree = site("sin(c*u[j;a] + d[l+1])")
    found = evaluate(tree, {("u", 0): np.array([0.3])}, lambda name, shift: values[name, shift], {})
    assert found == pytest.approx(np.sin(0.5 * 0.3 + 2.0))


def test_a_missing_function_is_named() -> None:
    with pytest.raises(FormulaError, match="no array function for sigma"):
        evaluate(site("sigma(u[j;a])"), {("u", 0): POINTS}, no_scalar, {})
    with pytest.raises(FormulaError, match="no array function for derivative 1 of sigma"):
        evaluate_with_gradient(site("sigma(u[j;a])"), {("u", 0): POINTS}, no_scalar, {"sigma": (np.tanh,)})
