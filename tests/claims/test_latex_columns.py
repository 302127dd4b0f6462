r"""Equations side by side, rows that begin with a sign, layers row by row: nothing becomes a product unseen."""

from __future__ import annotations

import pytest

from ptheory.claims.verdict import Kind
from ptheory.language import LanguageError
from tests.claims.test_read_latex import latex

MEANS = r"\langle\sigma^4\rangle_{K^{(%d)}} - \langle\sigma^2\rangle_{K^{(%d)}}^2"


def align(*rows: str) -> str:
    return r"\begin{align} " + r" \\ ".join(rows) + r" \end{align}"


REFUSED = [
    (align(r"\langle\sigma\rangle &= 0 & \langle\sigma'\rangle &= 0"), "does another equation begin"),
    (r"\langle\sigma\rangle = 0 \qquad \langle\sigma'\rangle = 0", "does another equation begin"),
    (align(r"\chi_\perp &= C_W\langle\sigma'^2\rangle & 1 &= \chi_\perp"), "does another equation begin"),
    (align(r"K' &= C_W\langle\sigma^2\rangle & -\chi_\perp &= 0"), "does another equation begin"),
    (r"K' = C_W\langle\sigma^2\rangle \qquad C_b = 0", "does another equation begin"),
    (r"K' = C_b + C_W\langle\sigma^2\rangle \qquad (2)", "number of an equation"),
    (r"K^{(1)} = C_b + C_W\langle\sigma^2\rangle_{K^{(0)}}", "layer 0 is the input"),
    (r"\langle\Theta_1(z)\rangle = 0", "unknown"),
    (r"K(0) = 0", "at an argument, or times it"),
    (r"V(K) = V K", "at an argument, or times it"),
    (r"C_b(0) = 0", "at an argument, or times it"),
    (r"K' = C_b, \quad C_b = 1, \quad C_b = 0", "C_b is given twice"),
]


@pytest.mark.parametrize(("body", "message"), REFUSED, ids=[body[:50] for body, _ in REFUSED])
def test_what_could_be_two_things_is_refused(body: str, message: str) -> None:
    with pytest.raises(LanguageError, match=message):
        latex(body)


@pytest.mark.parametrize(
    ("body", "scope", "message"),
    [
        (rf"V^{{(3)}} = C_W^2({MEANS % (2, 2)})", "inputs one, l = 1", "the layer is given twice"),
        (
            r"K^{(\ell)} = C_b + C_W\langle\sigma^2\rangle_{K^{(\ell-1)}}",
            "inputs one, l = 2",
            "the layer is given twice",
        ),
        (r"K' = C_W\langle\sigma^2\rangle \quad \text{for } C_b = 0", "inputs one, C_b = 1", "C_b is given twice"),
    ],
)
def test_assumptions_that_stand_twice(body: str, scope: str, message: str) -> None:
    with pytest.raises(LanguageError, match=message):
        latex(body, scope)


def test_layers_are_numbered_row_by_row() -> None:
    true = align(rf"V^{{(2)}} &= C_W^2({MEANS % (1, 1)})", r"K^{(3)} &= C_b + C_W\langle\sigma^2\rangle_{K^{(2)}}")
    assert latex(true).kind is Kind.PROVED
    false = align(rf"V^{{(2)}} &= C_W^2({MEANS % (1, 1)})", rf"V^{{(3)}} &= C_W^2({MEANS % (2, 2)})")
    found = latex(false)
    assert found.kind is Kind.REFUTED and "equation 2 of 2" in found.message


def test_a_sign_at_the_left_of_an_alignment_begins_an_equation() -> None:
    rows = align(
        r"-\chi_\perp &= -C_W\langle\sigma'^2\rangle", r"-\chi_\parallel &= -C_W\langle\sigma'^2+\sigma\sigma''\rangle"
    )
    found = latex(rows)
    assert found.kind is Kind.PROVED and "all 2 equations" in found.message
    goes_on = align(r"\chi_\parallel &= C_W\langle\sigma'^2\rangle", r"& \quad + C_W\langle\sigma\sigma''\rangle")
    assert latex(goes_on).kind is Kind.PROVED


def test_the_kernel_of_the_next_layer_under_a_root() -> None:
    body = r"\int\mathcal{D}z\,\sigma(\sqrt{K^{(\ell+1)}}z)^2 = \langle\sigma^2\rangle_{K^{(\ell+1)}}"
    assert latex(body).kind is Kind.PROVED
