r"""Claims pasted as LaTeX: the same tree as in plain syntax, or an error that points into the LaTeX."""

from __future__ import annotations

import pytest

from ptheory.claims.claims import decide
from ptheory.claims.verdict import Verdict
from ptheory.language import LanguageError, parse
from ptheory.networks.program import ClaimTask, check_file
from tests.claims.setting import MLP, system_of, verdict

GATED = "ptheory 1\ninclude gated\n"


def latex(body: str, scope: str = "inputs one", declarations: str = MLP) -> Verdict:
    text = declarations + 'claim latex "c": \\begin{equation}\n' + body + "\n\\end{equation}"
    checked = check_file(parse(text + (f" for {scope}" if scope else "") + "\n"))
    (task,) = (task for task in checked.tasks if isinstance(task, ClaimTask))
    system, names = system_of(declarations, task.architecture)
    return decide(task.statement, system, names)


READ = [
    (
        r"V^{(\ell+1)} = C_W^2 \left( \left\langle \sigma^4 \right\rangle_{K^{(\ell)}}"
        r" - \langle\sigma^2\rangle_K^2\right) + \chi_\parallel^2 V^{(\ell)}",
        "inputs one",
        "V' = C_W^2*(<sigma^4>_K[l] - <sigma^2>^2) + chi_par^2*V[l]",
    ),
    (
        r"V' &= C_W^2 \Bigl[ \langle \sigma^4 \rangle_{K} - \langle\sigma^2\rangle^2\Bigr] \\ &\quad + "
        r"\left(\chi_{\parallel}\right)^2\,V. \label{eq:v}",
        "inputs one",
        "V' = C_W^2*(<sigma^4> - <sigma^2>^2) + chi_par^2*V",
    ),
    (r"\chi_\perp(K)=C_W\langle\sigma'\sigma'\rangle_K", "inputs one", "chi_perp = C_W*<sigma'*sigma'>"),
    (
        r"\chi_\parallel = \frac{C_W}{2K^2}\langle\sigma^2(z^2-K)\rangle_K",
        "inputs one",
        "chi_par = C_W/(2*K^2)*<sigma^2*(z^2 - K)>",
    ),
    (r"\chi_\perp = C_W\langle\sigma'^2\rangle", "inputs one", "chi_perp = C_W*<sigma'^2>"),
    (r"\chi_\perp = C_W\langle\sigma'(z)^2\rangle", "inputs one", "chi_perp = C_W*<sigma'(z)^2>"),
    (r"\chi_\perp = C_W\langle\sigma^{\prime 2}\rangle", "inputs one", "chi_perp = C_W*<sigma'^2>"),
    (
        r"G^{\{1\}(\ell+1)} = \chi_\parallel G^{\{1\}(\ell)}"
        r" + \tfrac18 C_W K^{-4} V\langle\sigma^2(z^4-6Kz^2+3K^2)\rangle",
        "inputs one",
        "G1' = chi_par*G1[l] + 1/8*C_W*K^(-4)*V*<sigma^2*(z^4 - 6*K*z^2 + 3*K^2)>",
    ),
    (
        r"K^{(\ell+1)}_{\alpha_1\alpha_2} = C_b + C_W \langle \sigma_{\alpha_1}\sigma_{\alpha_2}\rangle_{K^{(\ell)}}",
        "",
        "K'[1,2] = C_b + C_W*<sigma1*sigma2>_K[l]",
    ),
    (
        r"K^{(\ell)}_{12} = C_b^{(\ell)} + C_W^{(\ell)} \langle \sigma(z_1)\sigma(z_2)\rangle_{K^{(\ell-1)}}",
        "",
        "K'[1,2] = C_b[l + 1] + C_W[l + 1]*<sigma(z1)*sigma(z2)>_K[l]",
    ),
    (r"K'_{ab} = C_b + C_W\langle\sigma_a\sigma_b\rangle", "inputs a b", "K'[a,b] = C_b + C_W*<sigma_a*sigma_b>"),
    (r"V^{(\ell+1)}_{(12)(34)} = V^{(\ell+1)}_{3412}", "", "V'[1,2,3,4] = V'[3,4,1,2]"),
    (
        r"V^{(\ell+1)} = \frac{n_\ell}{n_{\ell-1}}\chi_\parallel^2 V"
        r" + C_W^2(\langle\sigma^4\rangle-\langle\sigma^2\rangle^2)",
        "inputs one",
        "V' = n[l]/n[l - 1]*chi_par^2*V + C_W^2*(<sigma^4> - <sigma^2>^2)",
    ),
    (
        r"h = \frac12 C_W\langle\sigma''^2 + \sigma'\sigma'''\rangle",
        "inputs one",
        "h = 1/2*C_W*<sigma''^2 + sigma'*sigma'''>",
    ),
]


@pytest.mark.parametrize(("body", "scope", "plain"), READ, ids=[plain for _, _, plain in READ])
def test_latex_is_understood_and_echoed(body: str, scope: str, plain: str) -> None:
    found = latex(body, scope)
    assert found.kind == "proved", found.lines()
    assert found.understood == plain
    assert verdict(plain, scope).understood == plain  # what is echoed can be pasted back


def test_a_wrong_formula_in_latex_is_refuted_with_its_correction() -> None:
    found = latex(r"V' = C_W^2(\langle\sigma^4\rangle - \langle\sigma^2\rangle^2) + 2\chi_\parallel^2 V")
    assert found.kind == "refuted"
    assert found.correction == "coefficient of chi_par^2*V: yours 2, derived 1"


def test_a_two_field_architecture() -> None:
    body = r"K_{u}'_{12} = 0"
    with pytest.raises(LanguageError, match="second subscript"):
        latex(body, "Gated", GATED)


REFUSED = [
    (r"V' = C_W/2 V", "above or below the fraction line", "V"),
    (r"V' = 1/2 V", "above or below the fraction line", "V"),
    (r"V' = \langle\sigma^{(2)}\rangle", "neither a power nor a layer", "("),
    (r"V' = \langle\sigma^{(\ell)}\rangle", "a layer, a derivative or a power", r"\sigma"),
    (r"V'_{12} = 0", "takes 4 samples, not 2", "V"),
    (r"V' = \chi_\parallel(1-K)", "at an argument, or times it", r"\chi"),
    (r"V' = \langle\sigma(1-z)\rangle", "of what stands in parentheses, or times it", r"\sigma"),
    (r"V' = \foo V", r"\\foo has no meaning here", r"\foo"),
    (r"V' = W V", "unknown symbol W", "W"),
    (r"V' = \mathrm{tr} V", "the word tr has no meaning", r"\mathrm"),
    (r"V' = C_V V", "unknown symbol C_V", "C"),
    (r"V' = V^{ab}", "which input is a", "a"),
    (r"V' = \langle \sigma^2", "ends too early", None),
    (r"V' =", "ends too early", None),
    (r"K' = \langle \sigma_a \sigma_b\rangle", "which input is a", "a"),
    (r"V' = \langle\sigma\rangle_G", "at the leading kernel K", "_"),
    (r"V^{(\ell)} = \chi_\parallel^2 V", "the next layer or this one", "^"),
    (r"V^{(\ell+1)} = V^{(\ell-1)}", "more than two layers", "^"),
    (r"V' = \frac{1}23 V", "in braces", "23"),
    (r"V' = \sigma", "depends on a neuron's preactivation", r"\sigma"),
    (r"V' . V = 2", "dot stands alone", "."),
    (r"V' = V_{1}_{2}", "second subscript", "_"),
    (r"V' = {" * 60 + "1" + "}" * 60, "nested more than 40 deep", None),
    (r"\begin{tabular}a\end{tabular} = 1", "not a formula", r"\begin{tabular}"),
]


@pytest.mark.parametrize(("body", "message", "offender"), REFUSED, ids=[body[:40] for body, _, _ in REFUSED])
def test_ambiguity_and_mistakes_point_into_the_latex(body: str, message: str, offender: str | None) -> None:
    with pytest.raises(LanguageError, match=message) as caught:
        latex(body)
    span = caught.value.span
    assert span.line == MLP.count("\n") + 2
    if offender is not None:
        assert span.source is not None
        assert span.source.text[span.start : span.end].startswith(offender)


def test_an_inverse_entry_is_ambiguous_with_several_inputs() -> None:
    with pytest.raises(LanguageError, match="reciprocal of one entry"):
        latex(r"K'_{12} = K_{12}^{-1}", "")
