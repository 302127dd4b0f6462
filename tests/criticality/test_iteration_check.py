"""``check by iteration``: recursions iterated to large depth and extrapolated, beside the laws that were derived."""

from __future__ import annotations

from dataclasses import replace
from math import log

import numpy as np
import pytest
import sympy as sp

import ptheory as pt
from ptheory.claims.verdict import Kind
from ptheory.criticality.extrapolation import Extrapolated, amplitude_of, exponent_of
from ptheory.criticality.interpolated import OnWindows
from ptheory.expectations import NonIntegrable
from ptheory.language.errors import LanguageError
from ptheory.results.iterated_laws import IterationResult
from ptheory.results.specialisation import Specialisation

KERNELS = np.geomspace(1e-7, 0.9, 400)


def test_interpolation_in_windows() -> None:
    asked: list[int] = []

    def function(kernels: np.ndarray) -> np.ndarray:
        asked.append(len(kernels))
        return np.asarray(np.exp(-kernels) * np.sqrt(1 + kernels) + kernels**1.5)

    windows = OnWindows(function)
    assert np.max(np.abs(windows.on(KERNELS) / function(KERNELS) - 1)) < 1e-13
    assert [windows.at(k) for k in (1e-5, 0.3)] == pytest.approx(function(np.array([1e-5, 0.3])), rel=1e-14)
    assert sum(asked) < 2 * len(KERNELS)


def test_what_is_not_smooth_is_evaluated() -> None:
    def kinked(kernels: np.ndarray) -> np.ndarray:
        return np.asarray(np.abs(kernels - 0.01) + 1)

    def exists_below_one_half(kernels: np.ndarray) -> np.ndarray:
        if kernels.max() >= 0.5:
            raise NonIntegrable("no value")
        return np.asarray(1 / (0.5 - kernels))

    assert np.max(np.abs(OnWindows(kinked).on(KERNELS) - kinked(KERNELS))) < 1e-12
    windows = OnWindows(exists_below_one_half)
    assert windows.at(0.499) == pytest.approx(1000, rel=1e-9)
    with pytest.raises(NonIntegrable):
        windows.at(0.51)


def test_extrapolation_of_sequences_made_by_hand() -> None:
    kernel, sums, total = [0.2], [1.0], 1.0
    for layer in range(2, 40_001):
        kernel.append(kernel[-1] - 3 * kernel[-1] ** 2 + kernel[-1] ** 3)
        total += 2 * log(layer)
        sums.append(total)
    assert amplitude_of(kernel, -1.0, 0).value == pytest.approx(1 / 3, rel=1e-9)
    assert exponent_of(kernel, 0).value == pytest.approx(-1, abs=1e-7)
    assert amplitude_of(sums, 1.0, 1).value == pytest.approx(2, rel=1e-6)  # sum of 2 log l = 2 l log l - 2 l + ...


def test_digits_that_are_not_known_are_not_shown() -> None:
    assert Extrapolated(19783.4476, 9000.0).shown(9) == "2e+04"
    assert Extrapolated(0.6666666661, 2e-7).shown(9) == "0.666667"
    assert Extrapolated(2 / 3, 0.0).shown(9) == "0.666666667"
    assert Extrapolated(1.0531, 0.02).shown_in_places(9) == "1.1" and Extrapolated(0.98, 3.0).shown_in_places(9) == "1"


def checks(head: str, settings: str, includes: str = "include mlp\ninclude cumulants") -> list[IterationResult]:
    text = f"ptheory 1\n{includes}\n{head} {{ {settings} }}\n"
    (found,) = pt.run_text(text).outcomes
    assert isinstance(found, Specialisation)
    return [check for check in found.checks if isinstance(check, IterationResult)]


def block(head: str, settings: str, includes: str = "include mlp\ninclude cumulants") -> IterationResult:
    (check,) = checks(head, settings, includes)
    return check


def test_the_laws_of_tanh() -> None:
    found = block("with sigma = tanh for MLP", "exponents V, G1, V6, V8; check by iteration depth 30000")
    derived = {one.quantity: one.amplitude for one in found.laws}
    assert derived == {
        "K": sp.Rational(1, 2),
        "V/(nK^2)": sp.Rational(2, 3),
        "G1/(nK)": sp.Rational(-1, 3),
        "V6/(n^2K^3)": sp.Rational(16, 15),
        "V8/(n^3K^4)": sp.Rational(96, 35),
    }
    assert found.verdict.kind is Kind.CHECKED and found.verdict.digits is not None and found.verdict.digits >= 7
    wrong = replace(found.laws[1], amplitude=sp.Rational(3, 4))
    assert replace(found, laws=(wrong,)).verdict.kind is Kind.REFUTED


def test_a_law_that_is_not_reached_is_undecided() -> None:
    """6962 layers are the beginning of the way to K*; where the kernel stays there its law is met at once."""
    found, stays = checks("with sigma = gelu for MLP", "exponents V; check by iteration depth 3000")
    assert found.verdict.kind is Kind.UNDECIDED and "V/(nK^2)" in found.verdict.message
    assert stays.verdict.kind is Kind.CHECKED and stays.verdict.label == "iteration to layer 3000, K = K*"
    assert [float(one.amplitude) for one in stays.laws] == [pytest.approx(4.90423, abs=1e-5)]


def test_a_kernel_that_falls_as_a_logarithm_is_left_out() -> None:
    """K -> 1/(2 log l) for hard tanh, and V/(nK^2) is on its way to 2/3 as slowly."""
    found = block("with sigma = hard_tanh for MLP", "exponents V; check by iteration depth 2000")
    assert "log" in found.without["K"] and [one.quantity for one in found.laws] == ["V/(nK^2)"]
    assert found.verdict.kind is Kind.UNDECIDED


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("check by iteration", "no law at large depth"),
        ("exponents V; check by iteration depth 50", "not told from its corrections"),
        ("exponents V; check by iteration depth 50000000", "more than 1000000 layers"),
        ("exponents V; check by iteration digits 5", "has no option digits"),
        ("inputs near x; exponents V; check by iteration", "at one input"),
        ("set K = 1; exponents V; critical; check by iteration", "K is set"),
    ],
)
def test_iterations_without_a_meaning(settings: str, message: str) -> None:
    with pytest.raises(LanguageError, match=message) as error:
        block("with sigma = tanh for MLP", settings)
    assert error.value.help


SKIP = "include residual\ninclude observables"


def test_the_laws_with_a_skip() -> None:
    """Against all layers iterated together, of which the derived recursions know sums over distances alone."""
    settings = "set xi = 1/2; exponents V, G1, D, F, B, T; check by iteration depth 4000"
    found = block("with sigma = tanh for Residual", settings, SKIP)
    derived = {one.quantity: one.amplitude for one in found.laws}
    assert derived == {
        "K": sp.Rational(2, 3),
        "V/(nK^2)": sp.Rational(5, 8),
        "G1/(nK)": sp.Rational(-5, 16),
        "D/(nKTheta)": sp.Rational(-5, 32),
        "F/(nKTheta)": sp.Rational(3, 16),
        "B/(nTheta^2)": sp.Rational(3, 16),
        "KT/(nTheta^3)": sp.Rational(1, 112),
    }
    assert found.verdict.kind is Kind.CHECKED and found.verdict.digits is not None and found.verdict.digits >= 5
    assert found.together == ("V", "G1", "D", "F", "B", "T") and "all pairs of layers" in found.verdict.reason
    plain = replace(found.laws[1], amplitude=sp.Rational(2, 3))
    assert replace(found, laws=(plain,)).verdict.kind is Kind.REFUTED


def test_a_kink_with_a_skip() -> None:
    """Every Hermite coefficient of relu^2 and of the step relu'^2; without a convention R has no law."""
    found = block(
        "with sigma = relu for Residual", "set xi = 4/5; exponents V, F, B, G1, R; check by iteration depth 4000", SKIP
    )
    assert found.verdict.kind is Kind.CHECKED and found.verdict.digits is not None and found.verdict.digits >= 6
    assert "delta functions" in found.without["R"] and len(found.laws) == 4


def test_the_depth_with_a_skip() -> None:
    found = block("with sigma = softsign for Residual", "set xi = 1/3; exponents V; check by iteration", SKIP)
    assert found.depth == 20_000 and found.verdict.kind is Kind.CHECKED
    with pytest.raises(LanguageError, match="V1: for Residual, whose neurons remember their past"):
        block("with sigma = tanh for Residual", "set xi = 1/2; exponents V, V1; check by iteration", SKIP)


def test_a_critical_kernel_that_stays_with_a_skip() -> None:
    """Sums over distances by two lattices, the finer ones for A, against layers that know none."""
    _, found = checks(
        "with sigma = gelu for Residual", "set xi = 4/5; exponents V, A; check by iteration depth 2000", SKIP
    )
    assert found.verdict.kind is Kind.CHECKED
    amplitudes = {one.quantity: float(one.amplitude) for one in found.laws}
    assert amplitudes == {
        "V/(nK^2)": pytest.approx(4.1804307, abs=1e-7),
        "A/(nTheta^2)": pytest.approx(7.98245e-5, rel=1e-5),
    }
