r"""Formulas in the shapes papers have: each read rightly, its false neighbour refuted, or refused with a reason."""

from __future__ import annotations

import pytest

from ptheory.claims.verdict import Kind
from ptheory.language import LanguageError
from tests.claims.setting import MLP, verdict
from tests.claims.test_read_latex import latex

V_PLAIN = "V' = C_W^2*(<sigma^4> - <sigma^2>^2) + chi_par^2*V[l]"

READ = [
    # expectation signs
    (
        r"K^{(\ell+1)} = C_b + C_W\mathbb{E}_{z\sim\mathcal{N}(0,K^{(\ell)})}\left[\sigma(z)^2\right]",
        "inputs one",
        "K' = C_b + C_W*<sigma(z)^2>_K[l]",
    ),
    (r"K^{(\ell+1)} = C_b + C_W \mathbb E[\sigma^2]", "inputs one", "K' = C_b + C_W*<sigma^2>"),
    (r"K' = C_b + C_W \operatorname{E}_{u\sim N(0,K)}[\sigma(u)^2]", "inputs one", "K' = C_b + C_W*<sigma(z)^2>"),
    (r"K' = C_b + C_W \mathbb{E}_K\bigl\{\sigma^2\bigr\}", "inputs one", "K' = C_b + C_W*<sigma^2>"),
    (
        r"K' \equiv C_b + C_W\mathbb{E}_{z\sim\mathcal N(0,1)}[\sigma(\sqrt{K}z)^2]",
        "inputs one",
        "K' = C_b + C_W*<sigma(z)^2>",
    ),
    (
        r"V^{(\ell+1)} = C_W^2\mathrm{Var}[\sigma^2] + \chi_\parallel^2 V^{(\ell)}",
        "inputs one",
        "V' = C_W^2*(<sigma^2*sigma^2> - <sigma^2>*<sigma^2>) + chi_par^2*V[l]",
    ),
    # brackets and alignment
    (
        r"V^{(\ell+1)} ={}& C_W^2\Bigl\{\braket{\sigma^4}_K - \braket{\sigma^2}_K^2\Bigr\}\nonumber\\"
        r" &+ \chi_\parallel^2 V^{(\ell)}",
        "inputs one",
        V_PLAIN,
    ),
    # integrals
    (
        r"K^{(\ell+1)} = C_b + C_W\int\frac{dz}{\sqrt{2\pi K}} e^{-z^2/2K}\,\sigma(z)^2",
        "inputs one",
        "K' = C_b + C_W*<sigma(z)^2>",
    ),
    (r"K' = C_b + C_W\int\mathcal{D}z\,\sigma(\sqrt{K}z)^2", "inputs one", "K' = C_b + C_W*<sigma(z)^2>"),
    (
        r"K' = C_b + C_W\int\mathcal{D}u\,\sigma\left(\sqrt{K^{(\ell)}}u\right)^2",
        "inputs one",
        "K' = C_b + C_W*<sigma(z)^2>_K[l]",
    ),
    # accents, functions without parentheses, exponentials
    (r"\chi_\perp = C_W\langle\dot\sigma^2\rangle_K", "inputs one", "chi_perp = C_W*<sigma'^2>"),
    (
        r"h = \frac{1}{2}C_W\langle\ddot{\sigma}^2 + \dot\sigma\sigma'''\rangle",
        "inputs one",
        "h = 1/2*C_W*<sigma''^2 + sigma'*sigma'''>",
    ),
    (r"\langle\sin^2 z\rangle = \frac12 - \frac12 e^{-2K}", "inputs one", "<sin(z)^2> = 1/2 - 1/2*exp(-2*K)"),
    (r"\langle\cos 2z\rangle = e^{-2K}", "inputs one", "<cos(2*z)> = exp(-2*K)"),
    (r"\langle\sin z\cos z\rangle = 0", "inputs one", "<sin(z)*cos(z)> = 0"),
    (r"\langle e^{z_1}\rangle = e^{K_{11}/2}", "", "<exp(z1)> = exp(K[1,1]/2)"),
    (r"\sin^{-1}\left(1\right) = \frac{\pi}{2}", "inputs one", "asin(1) = pi/2"),
    (r"\langle|z|\rangle = \sqrt{\frac{2K}{\pi}}", "inputs one", "<abs(z)> = sqrt(2*K/pi)"),
    (
        r"K'_{12} = C_b + C_W\mathbb{E}_{(u,v)\sim\mathcal{N}(0,K)}[\sigma(u)\sigma(v)]",
        "",
        "K'[1,2] = C_b + C_W*<sigma(z1)*sigma(z2)>",
    ),
    (
        r"K'_{\alpha\beta} = C_b + C_W\mathbb{E}_{f\sim\mathcal{N}(0,K)}[\sigma(f_\alpha)\sigma(f_\beta)]",
        "",
        "K'[1,2] = C_b + C_W*<sigma(z1)*sigma(z2)>",
    ),
    (r"K' = C_b + C_W\int Dh\,\sigma(\sqrt{K}h)^2", "inputs one", "K' = C_b + C_W*<sigma(z)^2>"),
    (
        r"K'_{ab} = C_b + C_W\langle\sigma(z_a)\sigma(z_b)\rangle",
        "inputs a b",
        "K'[a,b] = C_b + C_W*<sigma(z_a)*sigma(z_b)>",
    ),
    # chains and definitions
    (
        r"\langle\sigma''\rangle = \frac1K\langle z\sigma'\rangle = \frac{1}{K^2}\langle\sigma(z^2-K)\rangle",
        "inputs one",
        "<sigma''> = 1/K*<z*sigma'> = 1/K^2*<sigma*(z^2 - K)>",
    ),
    (r"\langle z^4\rangle := 3K^2", "inputs one", "<z^4> = 3*K^2"),
    (
        r"\chi_\parallel = \frac{C_W}{2K^2}\langle\sigma\sigma\left(z^2-K\right)\rangle_K",
        "inputs one",
        "chi_par = C_W/(2*K^2)*<sigma*sigma*(z^2 - K)>",
    ),
    # letters for inputs, sums over them, capital layers
    (
        r"K^{(\ell+1)}_{\alpha\beta} = C_b + C_W\langle\sigma_\alpha\sigma_\beta\rangle_{K^{(\ell)}}",
        "",
        "K'[1,2] = C_b + C_W*<sigma1*sigma2>_K[l]",
    ),
    (
        r"\sum_{\beta_1,\beta_2\in\mathcal{D}} K^{\beta_1\beta_2}K_{\beta_1\beta_2} = 2",
        "inputs a b",
        "sum(beta_1, beta_2, Kinv[beta_1,beta_2]*K[beta_1,beta_2]) = 2",
    ),
    (
        r"\sum_\beta K_{\beta\beta} + K_{aa} = 2K_{aa} + K_{bb}",
        "inputs a b",
        "sum(beta, K[beta,beta]) + K[a,a] = 2*K[a,a] + K[b,b]",
    ),
    (
        r"V^{(L+1)} = C_W^2(\langle\sigma^4\rangle-\langle\sigma^2\rangle^2)"
        r" + \frac{n_L}{n_{L-1}}\chi_\parallel^2 V^{(L)}",
        "inputs one",
        "V' = C_W^2*(<sigma^4> - <sigma^2>^2) + n[l]/n[l - 1]*chi_par^2*V[l]",
    ),
    # raised indices: PDLT eq. (4.90), two inputs
    (
        r"V^{(\ell+1)}_{(11)(22)} = C_W^2\left[\langle\sigma_1^2\sigma_2^2\rangle_{K^{(\ell)}}"
        r" - \langle\sigma_1\sigma_1\rangle_{K^{(\ell)}}\langle\sigma_2\sigma_2\rangle_{K^{(\ell)}}\right]"
        r" + \frac{C_W^2}{4}\frac{n_\ell}{n_{\ell-1}}\sum_{\beta_1,\ldots,\beta_4\in\mathcal{D}}"
        r" V_{(\ell)}^{(\beta_1\beta_2)(\beta_3\beta_4)}"
        r" \langle\sigma_1\sigma_1\left(z_{\beta_1}z_{\beta_2} - K_{\beta_1\beta_2}\right)\rangle_{K^{(\ell)}}"
        r" \langle\sigma_2\sigma_2\left(z_{\beta_3}z_{\beta_4} - K_{\beta_3\beta_4}\right)\rangle_{K^{(\ell)}}",
        "inputs 2",
        "V'[1,1,2,2] = C_W^2*(<sigma1^2*sigma2^2>_K[l] - <sigma1*sigma1>_K[l]*<sigma2*sigma2>_K[l])"
        " + C_W^2/4*(n[l]/n[l - 1])*sum(beta_1, beta_2, beta_3, beta_4, sum(raised_1, raised_2, raised_3, raised_4,"
        " Kinv[beta_1,raised_1;l]*Kinv[beta_2,raised_2;l]*Kinv[beta_3,raised_3;l]*Kinv[beta_4,raised_4;l]"
        "*V[raised_1,raised_2,raised_3,raised_4;l])*<sigma1*sigma1*(z_beta_1*z_beta_2 - K[beta_1,beta_2])>_K[l]"
        "*<sigma2*sigma2*(z_beta_3*z_beta_4 - K[beta_3,beta_4])>_K[l])",
    ),
    # derivatives by the kernel
    (
        r"\frac{d}{dK}\langle\sigma\sigma\rangle_K = \langle\sigma'^2 + \sigma\sigma''\rangle",
        "inputs one",
        "d(<sigma*sigma>, K) = <sigma'^2 + sigma*sigma''>",
    ),
    (
        r"\frac{\partial K^{(\ell+1)}}{\partial K^{(\ell)}} = \chi_\parallel",
        "inputs one",
        "d(K', K[l]) = chi_par",
    ),
    (r"h = \frac12\partial_K\left(\chi_\perp\right)", "inputs one", "h = 1/2*d(chi_perp, K)"),
    (
        r"\frac{\partial}{\partial K_{12}}\langle\sigma_1\sigma_2\rangle = \langle\sigma_1'\sigma_2'\rangle",
        "inputs 2",
        "d(<sigma1*sigma2>, K[1,2]) = <sigma1'*sigma2'>",
    ),
    (r"K^{(h+1)} = C_b + C_W\langle\sigma^2\rangle_{K^{(h)}}", "inputs one", "K' = C_b + C_W*<sigma^2>_K[l]"),
    (r"\langle\max(0,z)^2\rangle = \frac{K}{2}", "inputs one", "<max(0, z)^2> = K/2"),
    (
        r"\int \frac{dz}{\sqrt{2\pi K^{(\ell+1)}}} e^{-z^2/(2K^{(\ell+1)})}\sigma(z)^2"
        r" = \langle\sigma^2\rangle_{K^{(\ell+1)}}",
        "inputs one",
        "<sigma(z)^2>_K[l + 1] = <sigma^2>_K[l + 1]",
    ),
    # orders in 1/n
    (
        r"V^{(\ell+1)} = C_W^2\left[\langle\sigma^4\rangle - \langle\sigma^2\rangle^2\right]"
        r" + \chi_\parallel^2V^{(\ell)} + O\left(\frac{1}{n}\right)",
        "inputs one",
        V_PLAIN,
    ),
    (r"G' = K' + \frac{1}{n}G^{\{1\}}{}' + \mathcal{O}(n^{-2})", "inputs one", "G' = K' + 1/n*G1'"),
    (r"G' = C_b + C_W\langle\sigma^2\rangle + O(1/n)", "inputs one", "G' = C_b + C_W*<sigma^2>"),
    # macros
    (
        r"\newcommand{\avg}[1]{\left\langle #1\right\rangle_K} K' = C_b + C_W\avg{\sigma^2}",
        "inputs one",
        "K' = C_b + C_W*<sigma^2>",
    ),
    (
        r"\def\s{\sigma}\def\ss#1#2{\s_#1\s_#2} K'_{12} = C_b + C_W\langle\ss12\rangle",
        "",
        "K'[1,2] = C_b + C_W*<sigma1*sigma2>",
    ),
    (r"\DeclareMathOperator{\Ex}{\mathbb{E}} K' = C_b + C_W\Ex[\sigma^2]", "inputs one", "K' = C_b + C_W*<sigma^2>"),
]


@pytest.mark.parametrize(("body", "scope", "plain"), READ, ids=lambda value: str(value)[:60])
def test_a_true_formula_of_a_paper_is_proved(body: str, scope: str, plain: str) -> None:
    found = latex(body, scope)
    assert found.kind is Kind.PROVED, found.lines()
    assert found.understood == plain
    assert verdict(plain, scope).understood == plain  # what is echoed can be pasted back


def test_a_normalised_weight_is_proved() -> None:
    found = latex(r"\frac{1}{\sqrt{2\pi K}}\int_{-\infty}^\infty dz e^{-\frac{z^2}{2K}} z^2 = K")
    assert found.kind is Kind.PROVED, found.lines()
    assert latex(r"\int_{-\infty}^\infty dz e^{-\frac{z^2}{2K}} z^2 = K").kind is Kind.REFUTED  # the norm is missing


FALSE = [
    (r"K' = C_b + C_W\mathbb{E}_{z\sim\mathcal{N}(0,K)}[\sigma(z)]", "inputs one"),
    (r"V' = C_W\mathrm{Var}[\sigma^2] + \chi_\parallel^2 V", "inputs one"),
    (r"V' = C_W^2\mathrm{Var}[\sigma] + \chi_\parallel^2 V", "inputs one"),
    (r"K' = C_b + C_W\int\mathcal{D}z\, z\sigma(\sqrt{K}z)", "inputs one"),
    (r"\chi_\perp = C_W\langle\ddot\sigma^2\rangle_K", "inputs one"),
    (r"\langle\sin^2 z\rangle = \frac12 + \frac12 e^{-2K}", "inputs one"),
    (r"\langle\sin^2 2z\rangle = \frac12 - \frac12 e^{-2K}", "inputs one"),
    (r"\langle\sigma''\rangle = \frac1K\langle z\sigma'\rangle = \frac{1}{K}\langle\sigma(z^2-K)\rangle", "inputs one"),
    (r"\langle\sigma''\rangle = \frac{1}{K}\langle\sigma\rangle = \frac1K\langle\sigma\rangle", "inputs one"),
    (r"K^{(\ell+1)}_{\alpha\beta} = C_b + C_W\langle\sigma_\alpha\sigma_\alpha\rangle", ""),
    (r"\sum_{\beta_1,\beta_2} K^{\beta_1\beta_2}K_{\beta_1\beta_2} = 1", "inputs a b"),
    (r"\sum_\beta K_{\beta\beta} + K_{aa} = K_{aa} + K_{bb}", "inputs a b"),
    (r"\newcommand{\avg}[1]{\langle #1\rangle} K' = C_b + C_W\avg{\sigma}", "inputs one"),
    (r"V^{(L+1)} = C_W^2(\langle\sigma^4\rangle-\langle\sigma^2\rangle^2) + \chi_\parallel V^{(L)}", "inputs one"),
    (r"\langle e^{z_1}\rangle = e^{K_{11}}", ""),
    (r"\frac{dK'}{dK} = \chi_\perp", "inputs one"),
    (r"\partial_K\langle\sigma^2\rangle = \langle\sigma'^2\rangle", "inputs one"),
    (r"h = \partial_K\chi_\perp", "inputs one"),
    (
        r"K^{(\ell+1)} = C_b + C_W \int \frac{dz}{\sqrt{2\pi K^{(\ell+1)}}} e^{-z^2/(2K^{(\ell+1)})}\sigma(z)^2",
        "inputs one",
    ),
    (
        r"\int \frac{dz}{\sqrt{2\pi K^{(\ell+1)}}} e^{-z^2/(2K^{(\ell+1)})}\sigma(z)^2"
        r" = \langle\sigma^2\rangle_{K^{(\ell)}}",
        "inputs one",
    ),
    (r"V' = 2\chi_\parallel^2V + O(1/n)", "inputs one"),
    (r"G' = K' + \frac{2}{n}G^{\{1\}}{}' + O(1/n^2)", "inputs one"),
]


@pytest.mark.parametrize(("body", "scope"), FALSE, ids=[body[:60] for body, _ in FALSE])
def test_a_false_neighbour_is_refuted(body: str, scope: str) -> None:
    found = latex(body, scope)
    assert found.kind is Kind.REFUTED, found.lines()


def test_an_order_is_said_in_the_verdict() -> None:
    assert "up to O(1/n)" in latex(r"K' = C_b + C_W\langle\sigma^2\rangle + O(1/n)").message
    assert "up to O(1/n^2)" in latex(r"G' = K' + \frac{1}{n}G^{\{1\}}{}' + O(n^{-2})").message


def test_a_chain_says_which_link_is_wrong() -> None:
    found = latex(r"\langle\sigma''\rangle = \frac1K\langle z\sigma'\rangle = \frac1K\langle\sigma(z^2-K)\rangle")
    assert "equation 2 of 2" in found.message
    assert "K should be K^2 in 1/K" in found.correction


REFUSED = [
    (r"K' = C_b + C_W\mathbb{E}_W[\sigma^2]", "over the parameters", "W"),
    (r"K' = C_b + C_W\mathbb{E}_{u\sim N(0,K)}[\sigma(z)^2]", "average is over u", "z"),
    (r"K' = C_b + C_W\mathbb{E}_{z\sim\mathcal{N}(0,2K)}[\sigma^2]", "not the kernel", "2"),
    (r"K' = C_b + C_W\mathbb{E}_{z\sim\mathcal{N}(1,K)}[\sigma^2]", "not zero", "1"),
    (r"K' = C_b + C_W\mathbb{E}_{z\sim U(0,K)}[\sigma^2]", "no normal law", r"\sim"),
    (r"K' = C_b + C_W\mathbb{E}^2[\sigma]", "only what E is over", r"\mathbb"),
    (r"K' = C_b + C_W\mathbb{E}\sigma^2", "not expected here", r"\sigma"),
    (r"K' = C_b + C_W\mathrm{Cov}[\sigma^2]", "Cov is of two formulas", r"\mathrm"),
    (r"G^{\{1\}(\ell+1)} = C_W\mathbb{E}[\sigma^2]", "of finite width, or at the kernel", r"\mathbb"),
    (r"K' = C_b + C_W\int\mathcal{D}z\,\sigma(z)^2", "this variable has variance one", r"\sigma"),
    (r"K' = C_b + C_W\int\mathcal{D}z\,\sigma^2", "an activation of which variable", r"\sigma"),
    (r"K' = C_b + C_W\mathbb{E}_{z\sim\mathcal{N}(0,1)}[\sigma^2]", "an activation of which variable", r"\sigma"),
    (r"K = \int_0^\infty dz e^{-z^2/(2K)} z^2", "a part of the line", r"\int"),
    (r"K = \int dz e^{-z^2/K} z^2", "no Gaussian weight", r"\int"),
    (r"K = \int z^2", "over what", r"\int"),
    (r"K = \mathcal{D}z", "a measure without an integral", r"\mathcal"),
    (r"\dot K = C_b", "a dot over K", "K"),
    (r"\dot C_W = C_b", "a dot over C", "C"),
    (r"\langle\dot{\sigma z}\rangle = C_b", "over one symbol", r"\dot"),
    (r"\langle\sin z z\rangle = 1", "argument of sin end", "z"),
    (r"\langle\sin z/2\rangle = 1", "argument of sin end", "2"),
    (r"\langle\exp^{-1} z\rangle = 1", "inverse of exp, or one over it", r"\exp"),
    (r"\sum_{j} K_{jj} = 1", "a sum over what", "j"),
    (r"\sum_{\gamma_1,\beta_2} K^{\beta_1\beta_2}K_{\beta_1\beta_2} = 2", "does not stand in the sum", r"\sum"),
    (r"\sum_{\gamma,\beta} K_{\beta\beta} = 2", "does not stand in the sum", r"\sum"),
    (r"\sum_{\beta\in B} K_{\beta\beta} = 1", "a sum over which inputs", "B"),
    (r"\sum_{\beta=1}^{2} K_{\beta\beta} = 1", "a sum over what", r"\sum"),
    (r"\langle\sigma_1\sigma_\beta\rangle = 1", "the same input", r"\beta"),
    (r"\def\a{\a\a} K' = \a", "has no end", r"\a"),
    (r"\newcommand{\a}[1]{#2} K' = \a{1}", "does not take", r"\newcommand"),
    (r"\newcommand{\a}[1][x]{#1} K' = \a", "a default value", r"\newcommand"),
    (r"\def\a#1.{#1} K' = \a1.", "delimited", r"\def"),
    (r"\csname foo\endcsname = 1", "no meaning here", r"\csname"),
    (r"\write18{ls} = 1", "no meaning here", r"\write"),
    (r"\input{/etc/passwd} = 1", "no meaning here", r"\input"),
    (r"\frac{d}{dK}\langle\sigma^2\rangle\langle\sigma\rangle = 2h", "act on", r"\frac"),
    (r"K \text{ K K} = K^3", "the word K K has no meaning", r"\text{ K K}"),
    (r"K \mathrm{K K} = K^3", "the word K K has no meaning", r"\mathrm{K K}"),
    (r"\sum_{s}\langle\sigma_1\rangle = 1", "does not stand in the sum", r"\sum"),
    (r"\left.K'\right|_{K} = 1", "this | is not closed", "|"),
    (r"K' = 1.2.3 + C_b", "one decimal point", "1.2.3"),
    (r"\frac{d}{d}\langle\sigma^2\rangle = 2h", "nothing stands behind this", "d"),
    (r"\partial_{}\langle\sigma^2\rangle = 2h", "nothing stands behind this", r"\partial"),
    (r"G' = K' + O(1/n^2)", "neither written nor left out", "O"),
    (r"G' = K' + \frac{1}{n}G^{\{1\}}{}' + O(1/n)", "beyond this order", "O"),
    (r"K' = C_b + O(C_W^3)", "a power of the kernel", "O(C_W^3)"),
    (r"K' = C_b O(1/n)", "at the end of a side", "O(1/n)"),
    (r"V' - O(1/n) = 0", "one order, added", "O"),
    (r"K^2 = C_W K^1 + C_b", "a layer or a power", "1"),
    (r"K^0 = C_b", "a layer or a power", "0"),
    (r"\frac{d}{dz}\langle\sigma\rangle = 2h", "depends on a neuron", "z"),
    (r"\frac{d}{K}\langle\sigma\rangle = 2h", "by what", r"\frac"),
    (r"\partial\langle\sigma\rangle = 2h", "by what", r"\partial"),
    (r"\frac{dV'}{dV} = \chi_\parallel^2", "by the kernel", "V"),
    (r"V^{(L+1)} = C_W^2 V^{(\ell)}", "neither a power nor a layer", "("),
]


@pytest.mark.parametrize(("body", "message", "offender"), REFUSED, ids=[body[:60] for body, _, _ in REFUSED])
def test_what_is_unclear_is_refused_where_it_stands(body: str, message: str, offender: str) -> None:
    with pytest.raises(LanguageError, match=message) as caught:
        latex(body)
    span = caught.value.span
    assert span.line == MLP.count("\n") + 2
    assert span.source is not None
    assert span.source.text[span.start : span.end].startswith(offender)


def test_a_mistake_inside_a_macro_points_at_its_call() -> None:
    with pytest.raises(LanguageError, match="unknown symbol Q") as caught:
        latex(r"\newcommand{\q}{C_W Q} K' = C_b + \q")
    span = caught.value.span
    assert span.source is not None
    assert span.source.text[span.start : span.end] == r"\q"


def test_a_macro_bomb_ends_quickly() -> None:
    body = r"\def\a{xxxxxxxxxx}" + "".join(
        rf"\def\{chr(98 + k)}{{{chr(92)}{chr(97 + k)}{chr(92)}{chr(97 + k)}{chr(92)}{chr(97 + k)}}}" for k in range(20)
    )
    with pytest.raises(LanguageError, match="has no end"):
        latex(body + r" K' = \u")
