"""Flows of any size end: a fraction, decimals of the digits asked for, or a message that says what grew."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import mpmath
import pytest

from tests.reported.gaussian_witness import agree
from tests.reported.running import FILES, on_text, ptheory


def _text(sigma: str, settings: str) -> str:
    return f"ptheory 1\ninclude mlp\nflow MLP with sigma = {sigma} {{ inputs [1] set C_b = 0, C_W = 1 {settings} }}\n"


def quadratic_kernels(depth: int) -> list[Fraction]:
    """K' = ⟨(z + z²/4)²⟩ = K + 3 K²/16, exactly."""
    kernels = [Fraction(1)]
    for _ in range(depth - 1):
        kernels.append(kernels[-1] + 3 * kernels[-1] ** 2 / 16)
    return kernels


def test_the_reported_flow() -> None:
    layers = ptheory("flow", FILES / "f-flow-int-digits-limit.deriv", "--json").json["layers"]
    exact = quadratic_kernels(13)
    found = [layer["G"]["0,0"][0] for layer in layers]
    assert found[:12] == [str(kernel) for kernel in exact[:12]]
    with mpmath.workdps(60):
        assert agree(found[12], mpmath.mpf(exact[12].numerator) / exact[12].denominator, 30)


def test_digits_as_asked(tmp_path: Path) -> None:
    ran = on_text(tmp_path, _text("z+z^2/4", "depth 14 layers 14 digits 12 show G"), "flow", "--json")
    exact = quadratic_kernels(14)[-1]
    with mpmath.workdps(60):
        expected = mpmath.mpf(exact.numerator) / exact.denominator
    assert agree(ran.json["layers"][0]["G"]["0,0"][0], expected, 12)


@pytest.mark.parametrize("depth", [30, 100])
def test_kernels_whose_exponents_double(depth: int, tmp_path: Path) -> None:
    """K' = 3 K²: K = 3^(2^(l-1) - 1) at layer l."""
    ran = on_text(tmp_path, _text("z^2", f"depth {depth} layers {depth} digits 15 show G"), "flow", "--json")
    with mpmath.workdps(80):
        assert agree(ran.json["layers"][0]["G"]["0,0"][0], mpmath.mpf(3) ** (2 ** (depth - 1) - 1), 15)


def test_vertices_of_long_fractions(tmp_path: Path) -> None:
    """V' = ⟨σ⁴⟩ − ⟨σ²⟩² + (dK'/dK)² V with σ² = z² + z³/2 + z⁴/16, from exact fractions."""
    ran = on_text(tmp_path, _text("z+z^2/4", "depth 14 layers 14 digits 20 show V"), "flow", "--json")
    kernel, vertex = Fraction(1), Fraction(0)
    for _ in range(13):
        fourth = 3 * kernel**2 + 6 * Fraction(1, 16) * 15 * kernel**3 + Fraction(105, 256) * kernel**4
        second = kernel + Fraction(3, 16) * kernel**2
        vertex = fourth - second**2 + (1 + Fraction(3, 8) * kernel) ** 2 * vertex
        kernel = second
    with mpmath.workdps(60):
        expected = mpmath.mpf(vertex.numerator) / vertex.denominator
    assert agree(ran.json["layers"][0]["V"]["0,0,0,0"][0], expected, 20)


def test_a_kernel_that_outgrows_averages_is_named(tmp_path: Path) -> None:
    """K' = exp(2K): a tower of exponentials."""
    ran = on_text(tmp_path, _text("exp(z)", "depth 6 show G"), "flow")
    assert ran.code == 2 and "kernel entry has grown to" in ran.err and "Traceback" not in ran.err
