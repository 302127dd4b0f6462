"""Golden forms of derived equations: what a physicist would write."""

from __future__ import annotations

import pytest

import ptheory as pt
from ptheory.networks.architecture import Architecture
from ptheory.rendering.written_equations import displayed, equation_latex, equation_text, right_text

from .architectures import GATED, MLP, POLYNOMIAL, TWO_ACTIVATIONS, Z, one_field, recursion
from .latex_lint import assert_well_formed

RATIO = r"\frac{n_{\ell}}{n_{\ell-1}}"


def test_mlp_kernel() -> None:
    equation = recursion(MLP, "G")
    assert equation_latex(equation) == r"K^{(\ell+1)}_{12} = C_b + C_W \langle \sigma_1 \sigma_2\rangle_K"
    assert equation_text(equation) == "K′[1,2] = C_b + C_W·⟨σ₁ σ₂⟩"
    assert equation_text(equation, unicode=False) == "K'[1,2] = C_b + C_W*<s1*s2>"
    assert right_text(equation.at_one_input()) == "C_b + C_W*<s^2>"


def test_mlp_vertex() -> None:
    equation = recursion(MLP, "V")
    assert equation_latex(equation) == (
        r"V^{(\ell+1)}_{(12)(34)} = "
        rf"\frac{{C_W^2}}{{4}} {RATIO} \sum_{{a,b\in\{{1,2\}}}} \sum_{{c,d\in\{{3,4\}}}} V^{{(\ell)}}_{{(ab)(cd)}}"
        r" \langle \partial_a\partial_b(\sigma_1 \sigma_2)\rangle_K"
        r" \langle \partial_c\partial_d(\sigma_3 \sigma_4)\rangle_K"
        r" + C_W^2 \bigl[\langle \sigma_1 \sigma_2 \sigma_3 \sigma_4\rangle_K"
        r" - \langle \sigma_1 \sigma_2\rangle_K \langle \sigma_3 \sigma_4\rangle_K\bigr]"
    )
    assert right_text(equation) == (
        "1/4*C_W^2*n[l]/n[l-1]*sum(a,b in {1,2}, sum(c,d in {3,4}, V[a,b,c,d]*<d(s1*s2,a,b)>*<d(s3*s4,c,d)>))"
        " + C_W^2*(<s1*s2*s3*s4> - <s1*s2>*<s3*s4>)"
    )


def test_mlp_vertex_at_one_input() -> None:
    shown = displayed(recursion(MLP, "V").at_one_input(), equal_widths=True)
    assert shown.latex() == (
        r"V^{(\ell+1)} = \chi_{\parallel}^2 V^{(\ell)}"
        r" + C_W^2 \bigl[\langle \sigma^4\rangle_K - \langle \sigma^2\rangle_K^2\bigr]"
    )
    assert shown.text() == "V′ = χ∥²·V + C_W²·(⟨σ⁴⟩ − ⟨σ²⟩²)"
    assert shown.text(unicode=False) == "V' = chi_par^2*V + C_W^2*(<s^4> - <s^2>^2)"
    assert shown.where_text(unicode=False) == ("chi_par = C_W*<s*s'' + s'^2>",)
    (defined,) = shown.where_latex()
    assert defined == r"\chi_{\parallel} = C_W \langle \sigma \sigma'' + \sigma'^2\rangle_K"


def test_mlp_subleading_kernel() -> None:
    equation = recursion(MLP, "G", 1)
    assert equation_latex(equation).startswith(
        rf"G^{{\{{1\}}(\ell+1)}}_{{12}} = \frac{{C_W}}{{2}} {RATIO} \sum_{{a,b\in\{{1,2\}}}}"
        r" G^{\{1\}(\ell)}_{ab} "
    )
    assert equation_text(equation.at_one_input(), equal_widths=True, unicode=False) == (
        "G1' = chi_par*G1 + 1/4*C_W*<s*s'''' + 4*s'*s''' + 3*s''^2>*V"
    )


def test_two_inputs() -> None:
    equation = recursion(MLP, "V").at({1: 1, 2: 1, 3: 2, 4: 2})
    assert equation_text(equation, equal_widths=True, unicode=False) == (
        "V'[1,1,2,2] = C_W^2*<s1*s1'' + s1'^2>*<s2*s2'' + s2'^2>*V[1,1,2,2] + C_W^2*(<s1^2*s2^2> - <s1^2>*<s2^2>)"
    )
    assert r"V^{(\ell)}_{(xx)(yy)}" in equation_latex(equation, inputs=("x", "y"))


def test_two_activations() -> None:
    equation = recursion(TWO_ACTIVATIONS, "G")
    assert right_text(equation) == "C_b + C_W*<sigma1*tau1*sigma2*tau2>"
    one = displayed(recursion(TWO_ACTIVATIONS, "G", 1).at_one_input())
    assert r"\langle \partial_z^4(\sigma^2 \tau^2)\rangle_K V^{(\ell)}" in one.latex()
    assert "d(" not in one.text(unicode=False), "text carries every derivative out, so that it can be claimed"


def test_polynomial_layer_gets_a_name_and_an_explicit_form() -> None:
    shown = displayed(recursion(POLYNOMIAL, "G").at_one_input())
    assert shown.text() == "K′ = C_b + C_W·⟨φ²⟩"
    assert shown.where_text() == ("φ(z) = z + z²/4 − z³/9",)
    assert shown.where_latex() == (r"\phi(z) = z+\frac{z^{2}}{4}-\frac{z^{3}}{9}",)
    assert shown.explicit is not None


def test_deep_linear_is_explicit_at_symbolic_samples() -> None:
    from ptheory.rendering.latex import LatexWriter

    shown = displayed(recursion(one_field("Linear", Z), "V"), equal_widths=True)
    assert shown.explicit is not None
    assert LatexWriter().sum(shown.explicit).replace("\x000", "").replace("\x001", "") == (
        r"C_W^2 V^{(\ell)}_{(12)(34)}"
        r" + C_W^2 \bigl[K^{(\ell)}_{13} K^{(\ell)}_{24} + K^{(\ell)}_{14} K^{(\ell)}_{23}\bigr]"
    )


def test_gated_layer_names_fields_and_samples() -> None:
    equation = recursion(GATED, "V")
    latex = equation_latex(equation)
    assert latex.startswith(r"V^{(\ell+1)}_{(u_1u_2)(v_3v_4)} = \frac{C_U C_W}{4} ")
    assert r" + C_U C_W \bigl[\langle \sigma(u_1) v_1 \sigma(u_2) v_2 " in latex
    assert r"\sum_{a,b\in\{u_1,u_2,v_1,v_2\}}" in latex
    assert right_text(recursion(GATED, "G").at_one_input()) == "C_W*<sigma(u)^2*v^2>"
    assert r"\langle \bigl[\sigma(u) \sigma''(u) + \sigma'(u)^2\bigr] v^2\rangle_K" in equation_latex(
        equation.at_one_input()
    )


@pytest.mark.parametrize("architecture", [MLP, TWO_ACTIVATIONS, POLYNOMIAL, GATED], ids=lambda a: a.name)
@pytest.mark.parametrize("name, order", [("G", 0), ("G", 1), ("V", 0)])
def test_latex_is_well_formed(architecture: Architecture, name: str, order: int) -> None:
    equation = recursion(architecture, name, order)
    for shown in (displayed(equation), displayed(equation.at_one_input())):
        assert_well_formed(shown.latex())
        for definition in shown.where_latex():
            assert_well_formed(definition)


def test_a_long_subscript_of_a_tensor_name_is_kept_whole() -> None:
    derived = pt.run_text(
        "ptheory 1\ninclude mlp\n"
        "define V_four by E[z1 z2 z3 z4]_c\n"
        "    = (d12 d34 V_four[1,2,3,4] + d13 d24 V_four[1,3,2,4] + d14 d23 V_four[1,4,2,3]) / n\n"
        "derive V_four\n"
    )
    assert r"V^{(\ell+1)}_{\mathrm{four},(12)(34)}" in derived["V_four"].latex()
