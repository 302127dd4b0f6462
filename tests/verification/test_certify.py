"""The quadrature check: agrees where the engine is right, and fails where anything is made wrong."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F
from typing import Any

import mpmath
import pytest
import sympy

from ptheory.activations import lookup
from ptheory.claims.verdict import Verdict
from ptheory.expectations import moment
from ptheory.recursion.equation import equation
from ptheory.verification import certify as module
from ptheory.verification.certify import at_kernels, certify_all, compare_all
from ptheory.verification.quadrature import NotCovered, density_factor, gaussian_mean, inverse
from tests.claims.setting import MLP, system_of


def _equation(name: str, order: int = 0) -> Any:
    system, names = system_of(MLP, "MLP")
    return equation(system, names, name, order)


def verdict_on(recursion: Any, activations: Any, digits: int = 30, samples: int = 3) -> Verdict:
    (found,) = certify_all([recursion], activations, digits, samples)
    return found.verdict


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu", "exp", "linear"])
@pytest.mark.parametrize(("name", "order"), [("G", 0), ("V", 0), ("G", 1)])
def test_derived_recursions_agree_with_quadrature(activation: str, name: str, order: int) -> None:
    found = verdict_on(_equation(name, order).at_one_input(), {"sigma": lookup(activation)}, digits=20, samples=2)
    assert found.kind == "checked", found.lines()
    assert found.digits == 20


def test_two_inputs() -> None:
    found = verdict_on(_equation("G").at({1: 1, 2: 2}), {"sigma": lookup("relu")}, digits=30, samples=1)
    assert found.kind == "checked" and found.digits == 12, found.lines()


def test_four_inputs_are_not_covered_and_said_so() -> None:
    tanh = lookup("tanh")
    four = moment((tanh, 0, 0), (tanh, 0, 1), (tanh, 0, 2), (tanh, 0, 3))
    found = compare_all(
        "check", [moment((tanh, 0), (tanh, 0)), four], digits=12, samples=1, comparing=at_kernels
    ).verdict
    assert found.kind == "undecided" and "4 variables" in found.reason
    assert found.message == "1 of 2 expectations could not be compared; the others agree to 12 digits"


def test_a_generic_activation_cannot_be_checked() -> None:
    assert verdict_on(_equation("G").at_one_input(), {}).kind == "undecided"


def test_a_delta_function_is_not_covered() -> None:
    with pytest.raises(NotCovered, match="delta"):
        gaussian_mean(moment((lookup("relu"), 2), (lookup("relu"), 0)), ((F(1),),), 15)


# ---- it can fail ------------------------------------------------------------------------------------------------


def test_a_wrong_number_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    true_value = module.evaluate

    def wrong(moment: Any, covariance: Any, digits: int, limit: float) -> Any:
        value = true_value(moment, covariance, digits, limit)
        with mpmath.workdps(digits):
            return replace(value, value=value.as_mpf() * (1 + mpmath.mpf(10) ** -15))

    monkeypatch.setattr(module, "evaluate", wrong)
    found = verdict_on(_equation("V").at_one_input(), {"sigma": lookup("tanh")}, digits=20, samples=1)
    assert found.kind == "refuted" and "value of" in found.message
    assert found.counterexample is not None and found.counterexample.values == (("K00", "1"),)


def test_a_wrong_closed_form_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    true_form = module.closed_form
    monkeypatch.setattr(
        module,
        "closed_form",
        lambda m: replace(true_form(m), expression=true_form(m).expression * sympy.Rational(3, 2)),
    )
    found = verdict_on(_equation("G").at_one_input(), {"sigma": lookup("relu")}, digits=20, samples=1)
    assert found.kind == "refuted" and "closed form" in found.message


# ---- the witness itself -----------------------------------------------------------------------------------------


def test_density_factors_are_hermite_polynomials() -> None:
    assert density_factor((0, 0, 0, 0), [[F(1)]]) == {(4,): 1, (2,): -6, (0,): 3}
    assert density_factor((0, 1), inverse(((F(1), F(0)), (F(0), F(2))))) == {(1, 1): F(1, 2)}


@pytest.mark.parametrize("correlation", [F(0), F(-3, 4)])
def test_quadrature_of_polynomials_is_exact(correlation: F) -> None:
    linear = lookup("linear")
    kernel = ((F(1), correlation), (correlation, F(3, 2)))
    found = gaussian_mean(moment((linear, 0, 0), (linear, 0, 1), powers=(1, 1)), kernel, 10)
    assert abs(found.value - (mpmath.mpf(3) / 2 + 2 * float(correlation) ** 2)) < 1e-10


def test_a_kink_inside_the_interval() -> None:
    """E|z - 1/3|: a rule that does not split there is off by 1e-5."""
    from ptheory.activations import Z, from_formula

    shifted = from_formula("shifted", sympy.Abs(Z - sympy.Rational(1, 3)))
    found = gaussian_mean(moment((shifted, 0)), ((F(1),),), 25)
    with mpmath.workdps(30):
        m = mpmath.mpf(1) / 3
        exact = mpmath.sqrt(2 / mpmath.pi) * mpmath.exp(-m * m / 2) + m * mpmath.erf(m / mpmath.sqrt(2))
        assert abs(found.value - exact) < mpmath.mpf(10) ** -25
