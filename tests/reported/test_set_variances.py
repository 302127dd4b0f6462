"""A variance that is set is not tuned: the critical points are those that have its value, and the rest is said.

The right values are found here with plain mpmath: averages of mish, sin, ... by its quadrature, nothing of the engine.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import mpmath
import pytest

from tests.reported.running import FILES, HEAD, on_text, ptheory


def mean(function: object, kernel: object) -> object:
    root = mpmath.sqrt(kernel)
    return mpmath.quad(lambda t: function(root * t) * mpmath.npdf(t), mpmath.linspace(-12, 12, 13))  # type: ignore[operator]


RUN = ("run", "--digits", "all")


def mish(z: object) -> object:
    return z * mpmath.tanh(mpmath.log(1 + mpmath.exp(z)))  # type: ignore[operator]


def weight_keeping_one(function: object, bias: object) -> str:
    return mpmath.nstr((1 - mpmath.mpf(bias)) / mean(lambda z: function(z) ** 2, 1), 12)  # type: ignore[operator]


def flat(text: str) -> str:
    return " ".join(text.split())


def test_no_bias_with_mish() -> None:
    found = ptheory(*RUN, FILES / "02-zero-bias.deriv")
    text = flat(found.out)
    assert found.code == 0
    assert "K* = 0 at C_b = 0, C_W = 25/9 (unstable)" in text
    assert "at C_b = 0 there is no critical K* > 0" in text
    assert "K* = 1.67016913 needs C_b = 0.0945217874" in text  # the point of before, now said to need a bias
    assert "K* = 1.67016913247807775130075087656 at" not in text
    assert "keeping K = 1 at C_b = 0 needs C_W = 2.21071572993799; there" in text
    assert f"needs C_W = {weight_keeping_one(mish, 0)}"[:-1] in text


@pytest.mark.parametrize(
    ("activation", "bias", "function"),
    [("sin", "1/10", mpmath.sin), ("tanh", "1/20", mpmath.tanh), ("erf", "0", mpmath.erf)],
)
def test_what_keeps_the_kernel_and_how_perturbations_fare(
    tmp_path: Path, activation: str, bias: str, function: object
) -> None:
    text = flat(on_text(tmp_path, f"{HEAD}with sigma = {activation} {{ set C_b = {bias}; critical }}\n", *RUN).out)
    number = mpmath.mpf(Fraction(bias).numerator) / Fraction(bias).denominator
    weight = (1 - number) / mean(lambda z: function(z) ** 2, 1)  # type: ignore[operator]
    steepness = mean(lambda z: mpmath.diff(function, z) ** 2, 1)
    bent = mean(lambda z: mpmath.diff(function, z) ** 2 + function(z) * mpmath.diff(function, z, 2), 1)  # type: ignore[operator]
    assert f"needs C_W = {mpmath.nstr(weight, 12)[:-1]}" in text
    assert f"chi_perp = {mpmath.nstr(weight * steepness, 10)[:-1]}" in text
    assert f"chi_par = {mpmath.nstr(weight * bent, 10)[:-1]}" in text


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("", "K* = 0 at C_b = 0, C_W = 1 (stable) class: K*=0"),
        ("set C_b = 0;", "K* = 0 at C_b = 0, C_W = 1 (stable) class: K*=0"),
        ("set C_W = 1;", "K* = 0 at C_b = 0, C_W = 1 (stable) class: K*=0"),
        ("set C_b = 0, C_W = 1;", "K* = 0 at C_b = 0, C_W = 1 (stable) class: K*=0"),
        ("set C_W = 2;", "at C_W = 2 there is no critical K* > 0 K* = 0 needs C_W = 1"),
        ("set C_b = 1/10;", "at C_b = 1/10 there is no critical K* > 0 K* = 0 needs C_b = 0"),
        ("set C_b = 0, C_W = 2;", "at C_b = 0 and C_W = 2 the kernel stays at K = "),
    ],
)
def test_either_both_and_neither(tmp_path: Path, settings: str, said: str) -> None:
    found = on_text(tmp_path, f"{HEAD}with sigma = tanh {{ {settings} critical }}\n", "run")
    assert found.code == 0 and said in flat(found.out)


def test_both_set_the_kernel_that_stays(tmp_path: Path) -> None:
    text = flat(on_text(tmp_path, HEAD + "with sigma = tanh { set C_b = 0, C_W = 2; critical }\n", *RUN).out)
    kernel = mpmath.findroot(lambda k: 2 * mean(lambda z: mpmath.tanh(z) ** 2, k) - k, mpmath.mpf("0.5"))
    assert f"the kernel stays at K = {mpmath.nstr(kernel, 12)[:-1]}" in text


def test_a_line_of_critical_points_has_one_bias(tmp_path: Path) -> None:
    text = flat(on_text(tmp_path, HEAD + "with sigma = relu { set C_b = 1/10; critical; exponents V }\n", "run").out)
    assert "a line of critical points needs C_b = 0" in text and "class: none" in text
    assert "keeping K = 1 at C_b = 1/10 needs C_W = 1.8" in text


def test_the_digits_of_a_critical_bias_find_its_point(tmp_path: Path) -> None:
    bias = "0.172922390756067351749853179777"
    text = flat(on_text(tmp_path, f"{HEAD}with sigma = gelu {{ set C_b = {bias}; critical }}\n", *RUN).out)
    assert "C_W = 1.98305825743754712520547798583 (half-stable) class: half-stable" in text


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("set C_b = 0, C_W = 2", "the phase is edge: every kernel stays"),
        ("set C_b = 0, C_W = 1", "the phase is collapse: K -> 0, chi_par = 0.5"),  # K' = K/2
        ("set C_b = 0, C_W = 3", "the phase is explosion"),
    ],
)
def test_both_set_where_no_kernel_is_isolated(tmp_path: Path, settings: str, said: str) -> None:
    found = on_text(tmp_path, f"{HEAD}with sigma = relu {{ {settings}; critical }}\n", "run")
    assert found.code == 0 and said in flat(found.out)


@pytest.mark.parametrize(
    ("block", "message", "help"),
    [
        (
            "with sigma = tanh { set C_b = -1/10; critical }",
            "the variance of b is -1/10, which is negative",
            "no network has it",
        ),
        (
            "with sigma = tanh { set C_W = -2; show G }",
            "the variance of W is -2, which is negative",
            "no network has it",
        ),
        ("with sigma = tanh { set xi = 1; critical }", "MLP has no hyperparameter xi", "C_b"),
    ],
)
def test_what_cannot_be_set(tmp_path: Path, block: str, message: str, help: str) -> None:
    found = on_text(tmp_path, f"{HEAD}{block}\n", "run")
    assert found.code == 2 and message in found.err and help in found.err and "Traceback" not in found.err
