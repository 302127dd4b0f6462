"""Facts inferred from the formulas, against known ones and numerical derivatives."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
import sympy

from ptheory.activations import (
    ActivationError,
    KinkAtZero,
    UndefinedPoint,
    UnknownActivation,
    UnsupportedFormula,
    Z,
    from_formula,
    known_names,
    lookup,
)
from ptheory.activations.definedness import check_defined
from ptheory.activations.tape import multiprecision

FACTS = {  # name: kinks, parity, homogeneous degree
    "linear": ((), -1, 1),
    "cubic": ((), -1, 3),
    "step": ((0,), None, 0),
    "sign": ((0,), -1, 0),
    "relu": ((0,), None, 1),
    "leaky_relu": ((0,), None, 1),
    "relu2": ((0,), None, 2),
    "abs": ((0,), 1, 1),
    "erf": ((), -1, None),
    "probit": ((), None, None),
    "sin": ((), -1, None),
    "cos": ((), 1, None),
    "snake": ((), None, None),
    "exp": ((), None, None),
    "gaussian": ((), 1, None),
    "gelu": ((), None, None),
    "elu": ((0,), None, None),
    "selu": ((0,), None, None),
    "hard_tanh": ((-1, 1), -1, None),
    "relu6": ((0, 6), None, None),
    "tanh": ((), -1, None),
    "sigmoid": ((), None, None),
    "swish": ((), None, None),
    "softplus": ((), None, None),
    "mish": ((), None, None),
    "softsign": ((0,), -1, None),
    "arctan": ((), -1, None),
    "asinh": ((), -1, None),
}


@pytest.mark.parametrize("name", FACTS)
def test_inferred_facts(name: str) -> None:
    activation = lookup(name)
    assert (activation.kinks, activation.parity, activation.homogeneous_degree) == FACTS[name]


@pytest.mark.parametrize("name", known_names())
def test_every_name_builds_and_is_defined_everywhere(name: str) -> None:
    activation = lookup(name)
    check_defined(activation)
    assert activation.source
    assert activation.growth is not None


@pytest.mark.parametrize("name", sorted(FACTS))
def test_taylor_coefficients_against_numerical_differentiation(name: str) -> None:
    activation = lookup(name)
    for side in (-1, 1):
        coefficients = activation.taylor(5, side)
        with mpmath.workdps(40):
            value = multiprecision(activation.side(sympy.S.Zero, side))
            expected = mpmath.taylor(value, 0, 5)
            for ours, theirs in zip(coefficients, expected, strict=True):
                assert abs(mpmath.mpmathify(sympy.N(ours, 30)) - theirs) < mpmath.mpf(10) ** -15


@pytest.mark.parametrize("name", sorted(FACTS))
def test_pieces_are_the_same_function(name: str) -> None:
    activation = lookup(name)
    if activation.pieces is None:
        return
    rebuilt = activation.pieces.formula()
    for point in (sympy.Rational(-23, 7), sympy.Rational(-1, 3), sympy.Rational(2, 5), sympy.Rational(13, 4)):
        assert abs(sympy.N(rebuilt.subs(Z, point) - activation.formula.subs(Z, point), 25)) < 1e-20


def test_growth_bounds_hold_at_sample_points() -> None:
    for name in FACTS:
        activation = lookup(name)
        bound = activation.growth
        assert bound is not None
        for point in (-40, -7, -2, -1, 1, 3, 11, 40):
            value = abs(complex(sympy.N(activation.formula.subs(Z, point), 20)))
            size = abs(point)
            exponent = float(bound.rate) * size + float(bound.quadratic) * size**2 / 2
            assert value <= float(bound.scale) * size**bound.power * mpmath.exp(exponent) * (1 + 1e-12)


def test_kinked_derivatives_are_distributions() -> None:
    relu = lookup("relu")
    assert relu.derivative(1).deltas == ()
    assert relu.derivative(2).deltas == ((0, 0, 1),)
    assert relu.derivative(3).deltas == ((0, 1, 1),)
    assert lookup("hard_tanh").derivative(2).deltas == ((-1, 0, 1), (1, 0, -1))
    assert lookup("elu").derivative(2).deltas == ()
    assert lookup("elu").derivative(3).deltas == ((0, 0, -1),)
    with pytest.raises(KinkAtZero):
        relu.taylor(2)
    assert relu.derivative_almost_everywhere(2).formula == 0


@pytest.mark.parametrize(
    ("formula", "error"),
    [
        (sympy.log(Z), UndefinedPoint),
        (1 / Z, UndefinedPoint),
        (sympy.sin(Z) / sympy.Heaviside(Z, 0), UndefinedPoint),
        (sympy.sqrt(Z), UndefinedPoint),
        (sympy.tan(Z), UndefinedPoint),
        (1 / (Z - 3), UndefinedPoint),
        (1 / (Z - 50), UndefinedPoint),
        (sympy.log(Z + 100), UndefinedPoint),
        (sympy.sqrt(Z + 60), UndefinedPoint),
        (sympy.tan(Z / 100), UndefinedPoint),
        (sympy.Piecewise((1 / (Z - 60), Z > 1), (0, True)), UndefinedPoint),
        (sympy.I * Z, UnsupportedFormula),
        (Z * sympy.oo, UnsupportedFormula),
        (sympy.nan, UnsupportedFormula),
        (Z**Z, UnsupportedFormula),
        (sympy.Abs(sympy.sin(Z)), UnsupportedFormula),
        (sympy.gamma(Z**2 + 1), UnsupportedFormula),
    ],
)
def test_bad_formulas_are_named(formula: sympy.Expr, error: type[ActivationError]) -> None:
    with pytest.raises(error, match=r"mine|sin|gamma|Pow"):
        from_formula("mine", formula)


def test_kinks_of_switches_that_are_not_polynomials() -> None:
    cases = {
        sympy.Abs(sympy.tanh(Z)): (0,),
        sympy.Max(0, sympy.exp(Z) - 2): (sympy.log(2),),
        sympy.Max(sympy.tanh(Z), sympy.Rational(1, 2)): (sympy.atanh(sympy.Rational(1, 2)),),
        sympy.Abs(Z * sympy.tanh(Z - 1)): (0, 1),
        sympy.Abs(sympy.exp(Z) + 1): (),
    }
    for formula, kinks in cases.items():
        assert from_formula("mine", formula).kinks == kinks


def test_powers_of_a_constant_are_exponentials() -> None:
    assert from_formula("mine", 2**Z).formula == sympy.exp(Z * sympy.log(2))


def test_unknown_name_suggests() -> None:
    with pytest.raises(UnknownActivation, match="did you mean 'gelu'"):
        lookup("gellu")
    with pytest.raises(ActivationError, match="parameters"):
        lookup("relu", slope=1)
    assert lookup("leaky-relu", slope="1/10").formula.subs(Z, -1) == sympy.Rational(-1, 10)


def test_equal_parameters_of_different_meaning_are_told_apart() -> None:
    """A float stands for its shortest decimal; Fraction(0.1), which is equal to it, for itself."""
    decimal, binary = lookup("leaky_relu", slope=0.1), lookup("leaky_relu", slope=Fraction(0.1))
    assert decimal.formula.subs(Z, -1) == -sympy.Rational(1, 10) != binary.formula.subs(Z, -1)
