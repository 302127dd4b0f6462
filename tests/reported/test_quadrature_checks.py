"""``check by quadrature`` compares digits of the number itself, and says undecided where there are none."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath
import pytest
import sympy

from ptheory.activations import Z, from_formula, lookup
from ptheory.expectations import moment
from ptheory.verification import certify as module
from ptheory.verification.certify import KERNELS, at_kernels, compare, compare_all
from ptheory.verification.quadrature import gaussian_mean
from tests.reported.running import FILES, HEAD, on_text, ptheory


def test_the_reported_check() -> None:
    ran = ptheory("run", FILES / "f-quadrature-check-vacuous-tiny.deriv")
    assert ran.code == 0 and "agree with quadrature to 20 digits (3 comparisons)" in ran.out


SCALED = {
    "tiny": sympy.tanh(Z) / 10**40,
    "huge": sympy.tanh(Z) * 10**40,
    "nearly linear": Z + Z**3 / 10**20,
    "kinked": sympy.Max(0, Z) / 10**12,
}


def _wrong(factor: Any) -> Any:
    true_value = module.evaluate

    def wrong(target: Any, covariance: Any, digits: int, limit: Any) -> Any:
        value = true_value(target, covariance, digits, limit)
        with mpmath.workdps(digits + 20):
            return replace(value, value=value.as_mpf() * factor)

    return wrong


@pytest.mark.parametrize("name", SCALED)
def test_a_wrong_number_of_any_size_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sigma = from_formula(name, SCALED[name])
    target = moment((sigma, 0), (sigma, 0))
    right = compare_all("check", [target], 15, 3, at_kernels).verdict
    assert right.kind == "checked" and right.digits == 15
    monkeypatch.setattr(module, "evaluate", _wrong(1 + mpmath.mpf(10) ** -12))
    assert compare_all("check", [target], 15, 3, at_kernels).verdict.kind == "refuted"


def test_a_closed_form_wrong_by_a_tiny_term_is_seen_at_small_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """exp(−500 K) vanishes at K = 1 to 217 digits, and is 0.9995 at K = 10^-6."""
    relu = lookup("relu")
    target = moment((relu, 0), (relu, 0))
    true_form = module.closed_form

    def wrong(m: Any) -> Any:
        form = true_form(m)
        return replace(form, expression=form.expression + sympy.exp(-500 * sympy.Symbol("K00", positive=True)))

    monkeypatch.setattr(module, "closed_form", wrong)
    assert compare_all("check", [target], 15, 3, at_kernels).verdict.kind == "refuted"


def test_sample_kernels_are_small_large_and_strongly_correlated() -> None:
    variances = [matrix[0][0] for matrix in KERNELS[1][:3]]
    assert min(variances) <= Fraction(1, 10**6) and max(variances) >= 10**6
    correlations = [m[0][1] / m[0][0] for m in KERNELS[2][:3]]
    assert min(correlations) <= Fraction(-99, 100) and max(correlations) >= Fraction(99, 100)


def test_the_witness_at_strongly_correlated_large_kernels() -> None:
    """⟨erf erf⟩ by Williams' formula."""
    erf = lookup("erf")
    for matrix in KERNELS[2][1:3]:
        found = gaussian_mean(moment((erf, 0, 0), (erf, 0, 1)), matrix, 12)
        with mpmath.workdps(30):
            k, c = (mpmath.mpf(x.numerator) / x.denominator for x in (matrix[0][0], matrix[0][1]))
            expected = 2 / mpmath.pi * mpmath.asin(2 * c / (1 + 2 * k))
            assert abs(found.value - expected) <= abs(expected) * mpmath.mpf(10) ** -12


def test_zero_agrees_only_where_it_is_exact() -> None:
    tanh = lookup("tanh")
    odd = moment((tanh, 0), (tanh, 0), (tanh, 0))
    (comparison,) = compare(odd, ((Fraction(1),),), 15)
    assert comparison.agrees and comparison.digits >= 15
    near = replace(comparison, engine=mpmath.mpf(10) ** -30, error=mpmath.mpf(10) ** -20)
    assert near.agrees and near.digits == 0


@pytest.mark.parametrize("activation", ["sin", "cos(3*z)", "sin(z) + z/4"])
def test_oscillations_wider_than_the_quadrature_resolves(activation: str, tmp_path: Path) -> None:
    """At K = 10^6 it resolves no sine, and exp(-2K) is no number beside the mean of the absolute value: others tell."""
    ran = on_text(tmp_path, HEAD + f"derive V\nwith sigma = {activation} {{ check by quadrature }}\n", "run")
    assert ran.code == 0 and "checked: quadrature check of V" in ran.out
    assert "of some it has fewer than 10 at K = 1000000" in " ".join(ran.out.split())


@pytest.mark.parametrize("activation", ["elu", "selu"])
def test_a_closed_form_whose_terms_cancel_far_out_is_not_refuted_there(activation: str, tmp_path: Path) -> None:
    """exp(K/2)·(1 − erf(√(K/2))) and such leave no digit at K = 10^6: its number was taken to be 0."""
    ran = on_text(tmp_path, HEAD + f"derive G\nwith sigma = {activation} {{ check by quadrature digits 12 }}\n", "run")
    assert ran.code == 0 and "agree with quadrature to 12 digits (6 comparisons)" in " ".join(ran.out.split()), ran.out
    assert "at K = 1000000" in " ".join(ran.out.split())


def test_the_witness_owns_up_to_its_error_at_a_cusp(tmp_path: Path) -> None:
    """|z|^(1/3): with as many nodes in every step only the tail was compared, and the right value was refuted."""
    text = "activation s(z) = abs(z)^(1/3)\nderive G\nwith sigma = s { check by quadrature digits 12 }\n"
    ran = on_text(tmp_path, HEAD + text, "run")
    assert ran.code == 0 and "refuted" not in ran.out and "fewer than" in " ".join(ran.out.split()), ran.out


def test_four_steps_at_strongly_correlated_large_kernels() -> None:
    """Their orthant probability has no digits at any precision there: panels take over at once."""
    erf = lookup("erf")
    target = moment((erf, 0, 0), (erf, 0, 0), (erf, 0, 0), (erf, 0, 1))
    (comparison,) = compare(target, KERNELS[2][2], 12)
    assert comparison.agrees and comparison.digits >= 12
