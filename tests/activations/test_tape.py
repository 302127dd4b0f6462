"""One compiler, many kinds of number: all agree, common subexpressions are computed once, what is refused is named."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from flint import acb

from ptheory.activations import Z, known_names, lookup
from ptheory.activations.activation_errors import UnsupportedFormula
from ptheory.activations.tape import MULTIPRECISION, SMOOTH, Numbers, Recorder, compiled, multiprecision, tape_of
from ptheory.expectations.balls import ANALYTIC_BALLS, BALLS, bits
from ptheory.expectations.lattice_integral import DOUBLE_ARRAYS
from ptheory.simulation.array_activations import NoArrayFunction, evaluate_sympy
from ptheory.verification.mpmath_formulas import NoNumericalFormula, in_mpmath

POINTS = ("-2.3", "-0.6", "0.4", "1.9")


def branches_of(name: str) -> list[tuple[sympy.Expr, str]]:
    """The smooth formulas of an activation and its slope, each with a point of its branch."""
    found = []
    for order in (0, 1):
        for branch in lookup(name).derivative_almost_everywhere(order).branches:
            points = [x for x in POINTS if branch.lower < sympy.Rational(x) and sympy.Rational(x) < branch.upper]
            found += [(branch.formula, x) for x in points[:2]]
    return found


@pytest.mark.parametrize("name", known_names())
def test_all_numbers_agree(name: str) -> None:
    for formula, x in branches_of(name):
        with mpmath.workdps(40):
            exact = mpmath.mpmathify(formula.subs(Z, sympy.Rational(x)).evalf(40))
            point = mpmath.mpf(x)
            assert mpmath.almosteq(multiprecision(formula)(point), exact, 1e-37)
            assert mpmath.almosteq(in_mpmath(formula, Z)(point), exact, 1e-37)
            with bits(140):
                for balls in (BALLS, ANALYTIC_BALLS):
                    ball = compiled(tape_of(formula), balls)(acb(x))
                    assert mpmath.almosteq(mpmath.mpf(ball.real.mid().str(40, radius=False)), exact, 1e-30)
        doubles = compiled(tape_of(formula), DOUBLE_ARRAYS)(np.array([float(x)]))
        assert np.broadcast_to(doubles, (1,))[0] == pytest.approx(float(exact), rel=1e-12, abs=1e-14)
        assert evaluate_sympy(formula, np.array([float(x)]))[0] == pytest.approx(float(exact), rel=1e-11, abs=1e-11)


def counting(counts: dict[str, int]) -> Numbers:
    def counted(name: str, function: Any) -> Any:
        def call(*arguments: Any) -> Any:
            counts[name] = counts.get(name, 0) + 1
            return function(*arguments)

        return call

    operations = {name: counted(name, function) for name, function in MULTIPRECISION.operations.items()}
    return Numbers(MULTIPRECISION.constant, MULTIPRECISION.raising, operations)


def test_a_common_subexpression_is_computed_once() -> None:
    counts: dict[str, int] = {}
    formula = sympy.exp(Z) / (1 + sympy.exp(Z)) ** 2 + sympy.tanh(1 + sympy.exp(Z))
    function = compiled(tape_of(formula), counting(counts))
    assert counts == {}
    function(mpmath.mpf(1))
    assert counts == {"exp": 1, "tanh": 1, "+": 2, "*": 1}


def test_constants_are_worked_out_when_the_formula_is_bound() -> None:
    """At the precision in force then, those of a witness anew at every precision."""
    formula = sympy.sqrt(2) * Z
    with mpmath.workdps(15):
        early = multiprecision(formula)
    late = in_mpmath(formula, Z)
    with mpmath.workdps(50):
        assert abs(early(mpmath.mpf(1)) - mpmath.sqrt(2)) > 1e-30
        assert abs(late(mpmath.mpf(1)) - mpmath.sqrt(2)) < 1e-48


def test_a_branch_not_taken_is_not_computed() -> None:
    formula = sympy.Piecewise((sympy.log(Z), Z > 0), (Z, True))
    assert in_mpmath(formula, Z)(mpmath.mpf(0)) == 0
    with np.errstate(invalid="ignore", divide="ignore"):
        assert evaluate_sympy(formula, np.array([-1.0, 1.0])).tolist() == [-1.0, 0.0]


def test_several_variables() -> None:
    x, y = sympy.symbols("x y")
    function = compiled(Recorder((x, y), SMOOTH).tape(x**2 - 3 * x * sympy.cos(y)), MULTIPRECISION)
    assert function(mpmath.mpf(2), mpmath.mpf(0)) == -2


@pytest.mark.parametrize("formula", [sympy.Abs(Z), sympy.airyai(Z), 2**Z, sympy.Piecewise((1, Z > 0), (0, True))])
def test_what_is_not_smooth_has_no_tape(formula: sympy.Expr) -> None:
    with pytest.raises(UnsupportedFormula, match="cannot compute with"):
        tape_of(formula)


def test_each_kind_of_number_refuses_in_its_own_words() -> None:
    with pytest.raises(NoNumericalFormula, match="airyai"):
        in_mpmath(sympy.airyai(Z), Z)
    with pytest.raises(NoArrayFunction, match="no array function for airyai"):
        evaluate_sympy(sympy.airyai(Z), np.array([1.0]))
    with pytest.raises(NoArrayFunction, match="no array function for I"):
        evaluate_sympy(sympy.I * Z, np.array([1.0]))
