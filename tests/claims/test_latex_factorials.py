r"""3!, (2m-1)!! in LaTeX, and letters that are given a number beside the equation."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.claims.setting import verdicts_of_latex


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (r"\langle z^{2m}\rangle = (2m-1)!!\,K^m, \quad m = 4", "proved"),
        (r"\langle z^{2m}\rangle = \frac{(2m)!}{2^mm!}K^m \quad\text{for } m = 3", "proved"),
        (r"\langle z^6\rangle = 5!!K^3", "proved"),
        (r"\langle z^6\rangle = \frac{5!}{8}K^3", "proved"),
        (r"\langle z^6\rangle = 3!^2 K^3 - 21K^3", "proved"),
        (r"\langle z^{2m}\rangle = (2m+1)!!\,K^m, \quad m = 4", "refuted"),
        (r"\langle z^6\rangle = 5!K^3", "refuted"),
        (r"\langle z^6\rangle = (5!)!K^3", "refuted"),
        (r"\langle z^{2m}\rangle = (2m-1)!!\,K^m", "unreadable"),
        (r"\langle z^2\rangle = 3!!!K", "unreadable"),
        (r"\langle z^2\rangle = (1/2)!K", "unreadable"),
        (r"\langle z^2\rangle = 201!K", "unreadable"),
        (r"\langle z^2\rangle = K!", "unreadable"),
        (r"\langle\sigma(z)!\rangle = K", "unreadable"),
        (r"\langle\sin z!\rangle = K", "unreadable"),
        (r"\langle z^2\rangle! = K", "unreadable"),
        (r"\sqrt{K}! = K", "unreadable"),
        (r"\chi_\perp(K)! = K", "unreadable"),
        (r"K^! = K", "unreadable"),
        (r"\langle z^2\rangle = K, \quad m = 4", "unreadable"),
        (r"\langle z^2\rangle = K^m, \quad m = 1, \quad m = 2", "unreadable"),
    ],
)
def test_verdicts(tmp_path: Path, body: str, expected: str) -> None:
    assert verdicts_of_latex(tmp_path, body, "for MLP, inputs one")["verdict"] == expected


@pytest.mark.parametrize(
    ("subscripts", "expected"),
    [
        ((r"\infty\alpha\beta", r"\infty\alpha\beta"), "proved"),
        ((r"\infty,12", r"\infty,12"), "proved"),
        ((r"\infty", r"\infty"), "unreadable"),
        ((r"\infty\alpha\beta", r"\infty\alpha\alpha"), "refuted"),
        ((r"\infty\alpha\beta\mu", r"\infty\alpha\beta"), "unreadable"),
        ((r"\alpha\beta\infty", r"\infty\alpha\beta"), "unreadable"),
    ],
)
def test_samples_behind_the_subscript_of_a_symbol(tmp_path: Path, subscripts: tuple[str, str], expected: str) -> None:
    head = 'ptheory 1\ninclude mlp\ninclude observables\nnotation { Theta = "\\Theta_\\infty" }\n'
    above, below = subscripts
    at = ("1", "2") if "12" in above else (r"\alpha", r"\beta")
    sigma = r"\langle\sigma_{{{}}}\sigma_{{{}}}\rangle".format(*at)
    slopes = r"C_W\langle\sigma'_{{{}}}\sigma'_{{{}}}\rangle".format(*at)
    body = rf"\Theta^{{(\ell+1)}}_{{{above}}} = \lambda_b + \lambda_W{sigma} + {slopes}\Theta^{{(\ell)}}_{{{below}}}"
    assert verdicts_of_latex(tmp_path, body, "for MLP", head=head)["verdict"] == expected
