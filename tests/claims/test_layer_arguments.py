r"""Layers as arguments, V(\ell+1): in their meaning where the notation says so, refused where they may be products."""

from __future__ import annotations

import pytest

from ptheory.language.parser import parse_text
from ptheory.networks.program import check_what_is_readable
from ptheory.session.run import carry_out

MARKED = r'notation { C_W = "\sigma_w^2" K = "q" sigma = "\phi" C_b = "\sigma_b^2" layer = argument l = "L" }'
RELU = ", C_b = 0, C_W = 2, with sigma = relu"


@pytest.mark.parametrize(
    ("body", "scope", "right"),
    [
        (r"q(L+1) = \sigma_b^2 + \sigma_w^2\langle\phi^2\rangle_{q(L)}", ", inputs one", "proved"),
        (r"q(L+2) = \sigma_b^2 + \sigma_w^2\langle\phi^2\rangle_{q(L)}", ", inputs one", "unreadable"),
        (r"q_{12}(L+1) = \sigma_b^2 + \sigma_w^2\langle\phi_1\phi_2\rangle_q", "", "proved"),
        (r"q_{12}(L+1) = \sigma_b^2 + \sigma_w^2\langle\phi_1^2\rangle_q", "", "refuted"),
        (
            r"V(L+1) = \sigma_w^4(\langle\phi^4\rangle - \langle\phi^2\rangle^2) + \chi_\parallel(L)^2 V(L)",
            ", inputs one",
            "proved",
        ),
        (
            r"V(L+1) = \sigma_w^4(\langle\phi^4\rangle - \langle\phi^2\rangle^2) + \chi_\parallel(L) V(L)",
            ", inputs one",
            "refuted",
        ),
        (r"G^{\{1\}}(L+1) = \chi_\parallel G^{\{1\}}(L) + \frac{\sigma_w^2}{8}\langle\partial^4(\phi^2)\rangle V(L)",
         ", inputs one", "proved"),
        (r"V(L) = 5 (L-1) q(L)^2", f", inputs one{RELU}", "proved"),
        (r"V(L) = 5 L q(L)^2", f", inputs one{RELU}", "refuted"),
        (r"V(L) = 5 (L-1) q^2(L)", f", inputs one{RELU}", "unreadable"),
    ],
)  # fmt: skip
def test_with_layers_as_arguments(body: str, scope: str, right: str) -> None:
    assert verdict(body, scope, MARKED) == right


@pytest.mark.parametrize(
    ("body", "right"),
    [
        (r"V^{(\ell)} = 5\left(K^{(\ell)}\right)^2 (\ell-1)", "proved"),
        (r"V(\ell) = 5\left(K^{(\ell)}\right)^2 (\ell-1)", "unreadable"),
        (r"V(\ell+1) = 5 K^2 \ell", "unreadable"),
        (r"V^{(\ell)} = 5 K(\ell-1) K", "proved"),
    ],
)
def test_without(body: str, right: str) -> None:
    assert verdict(body, f", inputs one{RELU}", "") == right


def verdict(body: str, scope: str, notation: str) -> str:
    text = f'ptheory 1\ninclude mlp\n{notation}\nclaim latex "c": \\[ {body} \\] for MLP{scope}\n'
    program = check_what_is_readable(parse_text(text, "claims.deriv"))
    return str(carry_out(program, "claims.deriv").verdicts[0].kind)
