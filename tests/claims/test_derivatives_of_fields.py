r"""Derivatives by the preactivation inside averages in LaTeX: carried out, or refused where by something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.claims.setting import verdicts_of_latex

ONE = "for MLP, inputs one"
THIRD = r"6\sigma'^3 + 18\sigma\sigma'\sigma'' + 3\sigma^2\sigma'''"
UNIT = r"\mathbb{E}_{z\sim\mathcal{N}(0,1)}[\partial(\sigma(\sqrt{K}z)^2)]"


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        (r"\chi_\parallel = \frac{C_W}{2}\langle\partial^2(\sigma^2)\rangle_{K^{(\ell)}}", "proved"),
        (r"\langle\partial_z(z\sigma)\rangle = \langle\sigma\rangle + \langle z\sigma'\rangle", "proved"),
        (r"\langle\partial\sigma\rangle = \langle\sigma'\rangle", "proved"),
        (r"\langle\partial^2(z^4)\rangle = 12K", "proved"),
        (r"\langle\partial(C_W)\rangle = 0", "proved"),
        (r"\langle\partial(\sigma'' - 3z)\rangle = \langle\sigma'''\rangle - 3", "proved"),
        (rf"\langle\partial^3(\sigma^3)\rangle = \langle {THIRD}\rangle", "proved"),
        (r"\mathbb{E}_{u\sim\mathcal{N}(0,K)}[\partial_u(u\sigma(u))] = \langle\sigma + z\sigma'\rangle", "proved"),
        (r"\chi_\parallel = C_W\langle\partial^2(\sigma^2)\rangle", "refuted"),
        (r"\chi_\parallel = \frac{C_W}{2}\langle(\partial^2\sigma)^2\rangle", "refuted"),
        (r"\langle\partial(\sigma^2)\rangle = \langle\sigma\sigma'\rangle", "refuted"),
        (r"\langle\partial(z\sigma)\rangle = \langle z\sigma'\rangle", "refuted"),
        (r"\langle\partial_w(\sigma^2)\rangle = 1", "unreadable"),
        (r"\langle\partial_K(\sigma^2)\rangle = 1", "unreadable"),
        (r"\langle\partial'(\sigma^2)\rangle = 1", "unreadable"),
        (r"\langle\partial^9(\sigma^2)\rangle = 1", "unreadable"),
        (r"\langle\partial\sigma\sigma\rangle = 1", "unreadable"),
        (r"\langle\partial\sin(z)\rangle = 1", "unreadable"),
        (r"\partial\langle\sigma\rangle = \langle\sigma'\rangle", "unreadable"),
        (r"\int\mathcal{D}z\,\partial\left(\sigma(\sqrt{K}z)^2\right) = 2\langle\sigma\sigma'\rangle", "unreadable"),
        (rf"{UNIT} = 2\langle\sigma\sigma'\rangle", "unreadable"),
    ],
)
def test_verdicts(tmp_path: Path, body: str, verdict: str) -> None:
    assert verdicts_of_latex(tmp_path, body, ONE)["verdict"] == verdict


def test_of_which_input_is_asked(tmp_path: Path) -> None:
    body = r"\langle\partial(\sigma_1\sigma_2)\rangle = 1"
    assert verdicts_of_latex(tmp_path, body, "for MLP, inputs 2")["verdict"] == "unreadable"
