r"""Statements beyond recursions in LaTeX: \ell as a number, \sim, \approx, O(K^m), K^\star = ..., at criticality."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.claims.setting import verdicts_of_latex

ONE = "for MLP, inputs one"
RELU = f"{ONE}, C_b = 0, C_W = 2, with sigma = relu"
TANH = f"{ONE}, with sigma = tanh"
GELU = f"{ONE}, with sigma = gelu"
TRUE = (
    (r"V^{(\ell)} = 5(\ell-1)\left(K^\star\right)^2", RELU),
    (r"V^{(\ell+1)} = 5\ell\left(K^{(\ell+1)}\right)^2", RELU),
    (r"V^{(L)} = 5(L-1)\left(K^{(L)}\right)^2", RELU),
    (r"\frac{V^{(\ell)}}{n\left(K^{(\ell)}\right)^2} = 5\,\frac{\ell-1}{n}", RELU),
    (r"\Theta^{(\ell)} = \left(\lambda_b + \frac{\lambda_W}{2}K^\star\right)\ell", RELU),
    (r"K^{(\ell)} = 2\left(\frac{C_W}{2}\right)^{\ell}", f"{ONE}, C_b = 0, with sigma = relu, unit inputs"),
    (r"\frac{V^{(\ell)}}{n\left(K^{(\ell)}\right)^2} \to \frac23\frac{\ell}{n}", TANH),
    (r"K^{(\ell)} \sim \frac{1}{2\ell}", TANH),
    (r"K^{(\ell)} \simeq \frac{1}{2\ell} \quad\text{as } \ell\to\infty", TANH),
    (r"K^{(\ell)} = \frac{1}{2\ell}, \quad \ell \gg 1", TANH),
    (r"K^{(\ell)} = \frac{1}{2\ell} + \frac{5}{24}\frac{\log\ell}{\ell^2}, \quad \ell\to\infty", TANH),
    (r"\langle\sin^2 z\rangle_K = K - K^2 + \frac23K^3 + O\left(K^4\right)", ONE),
    (r"\chi_\perp(K) = C_W\left[1 - K + \mathcal{O}\left(K^2\right)\right]", f"{ONE}, with sigma = sin"),
    (r"K^\star = \frac{3+\sqrt{17}}{2}", GELU),
    (r"p_0 = 1, \quad p_\perp = 1", TANH),
    (
        r"V^{(\ell+1)} = C_W^2\left[\langle\sigma^4\rangle_{K^{(\ell)}}-\langle\sigma^2\rangle_{K^{(\ell)}}^2\right]"
        r" + V^{(\ell)} \quad \text{at criticality}",
        ONE,
    ),
    (r"C_b = K^\star - C_W\langle\sigma^2\rangle_{K^\star}", ONE),  # of every fixed point
)
CHECKED = (
    (r"C_W \approx 1.983 \quad \text{at criticality}", GELU),
    (r"C_b \approx 0.1729, \quad \text{at criticality}", GELU),
)
FALSE = (
    (r"V^{(\ell)} = 4(\ell-1)\left(K^\star\right)^2", RELU),
    (r"V^{(\ell)} = 5\ell\left(K^\star\right)^2", RELU),
    (r"V^{(L)} = 5(L+1)\left(K^{(L)}\right)^2", RELU),
    (r"\Theta^{(\ell)} = \left(\lambda_b + \lambda_WK^\star\right)\ell", RELU),
    (r"K^{(\ell)} = \left(\frac{C_W}{2}\right)^{\ell}", f"{ONE}, C_b = 0, with sigma = relu, unit inputs"),
    (r"\frac{V^{(\ell)}}{n\left(K^{(\ell)}\right)^2} \to \frac13\frac{\ell}{n}", TANH),
    (r"K^{(\ell)} \sim \frac{1}{\ell}", TANH),
    (r"K^{(\ell)} = \frac{1}{2\ell} - \frac{5}{24}\frac{\log\ell}{\ell^2}, \quad \ell\to\infty", TANH),
    (r"\langle\sin^2 z\rangle_K = K - K^2 + \frac13K^3 + O\left(K^4\right)", ONE),
    (r"\chi_\perp(K) = C_W\left[1 - 2K + O\left(K^2\right)\right]", f"{ONE}, with sigma = sin"),
    (r"K^\star = \frac{3+\sqrt{15}}{2}", GELU),
    (r"p_0 = 2", TANH),
    (r"C_W \approx 1.982 \quad \text{at criticality}", GELU),
)
REFUSED = (
    (r"C_W \approx V", TANH, "how closely"),
    (r"V^{(\ell+1)} = V^{(\ell)} + 5\ell", RELU, "layers l and l+1"),
    (r"K' = C_b, \quad C_b \gg 1", ONE, "no assumption"),
    (r"K' = K \quad \text{at the beach}", ONE, "beach"),
    (r"V = 5K^2C_W^{\ell}", RELU, ""),  # a power, or the layer of C_W?
    (r"K' = C_b + O(V)", ONE, "a power of the kernel"),
)


@pytest.mark.parametrize(("body", "scope"), TRUE)
def test_a_true_one_is_proved(body: str, scope: str, tmp_path: Path) -> None:
    assert verdicts_of_latex(tmp_path, body, scope)["verdict"] == "proved"


@pytest.mark.parametrize(("body", "scope"), CHECKED)
def test_what_rests_on_a_number_is_checked(body: str, scope: str, tmp_path: Path) -> None:
    assert verdicts_of_latex(tmp_path, body, scope)["verdict"] == "checked"


@pytest.mark.parametrize(("body", "scope"), FALSE)
def test_a_false_one_is_refuted(body: str, scope: str, tmp_path: Path) -> None:
    assert verdicts_of_latex(tmp_path, body, scope)["verdict"] == "refuted"


@pytest.mark.parametrize(("body", "scope", "message"), REFUSED)
def test_what_is_unclear_is_refused(body: str, scope: str, message: str, tmp_path: Path) -> None:
    verdict = verdicts_of_latex(tmp_path, body, scope)
    assert verdict["verdict"] == "unreadable"
    assert message in verdict["message"]


@pytest.mark.parametrize(
    ("body", "scope", "verdict"),
    [
        (r"\mathbb{E}_{z\sim\mathcal{N}(0,1)}[z^4] = 3", "at K = 1", "proved"),
        (r"\mathbb{E}_{u\sim\mathcal{N}(0,1)}[\sigma(u)^2] = \frac12", "at K = 1, with sigma = relu", "proved"),
        (r"\mathbb{E}_{Z\sim\mathcal{N}(0,1)}[\sigma(\sqrt{K}Z)^2] = \langle\sigma^2\rangle", "at K = 1", "proved"),
        (r"\mathbb{E}_{z\sim\mathcal{N}(0,1)}[\sigma(z)^2] = 1", "at K = 1, with sigma = relu", "refuted"),
        (r"\mathbb{E}_{z\sim\mathcal{N}(0,1)}[z^4] = 3K^2 + 1", "at K = 1", "refuted"),
        (r"\mathbb{E}_{z\sim\mathcal{N}(0,1)}[\sigma(z)^2] = 1", "at K = 2, with sigma = relu", "unreadable"),
        (r"\mathbb{E}_{z\sim\mathcal{N}(0,1)}[\sigma(z)^2] = \frac12", "with sigma = relu", "unreadable"),
        (r"\mathbb{E}_{z\sim\mathcal{N}(0,2)}[\sigma(z)^2] = 1", "at K = 1, with sigma = relu", "unreadable"),
    ],
)
def test_a_variable_of_variance_one_at_kernel_one(tmp_path: Path, body: str, scope: str, verdict: str) -> None:
    assert verdicts_of_latex(tmp_path, body, f"for MLP, inputs one, {scope}")["verdict"] == verdict
