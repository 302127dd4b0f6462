"""Published recursions (PDLT chs. 4, 5; see the reference of the field) stated as claims: all must be proved."""

from __future__ import annotations

import pytest

from tests.claims.setting import MLP, verdict

ONE_INPUT = {
    "K, PDLT ch. 4": "K' = C_b + C_W*<s^2>",
    "V, PDLT ch. 4": "V' = chi_par^2*V + C_W^2*(<s^4> - <s^2>^2)",
    "V with unequal widths": "V' = n[l]/n[l-1]*chi_par^2*V + C_W^2*(<s^4> - <s^2>^2)",
    "G1, PDLT ch. 4": "G1' = chi_par*G1 + C_W/(8*K^4)*V*<s^2*(z^4 - 6*K*z^2 + 3*K^2)>",
    "chi_par by Hermite": "chi_par = C_W*<s^2*(z^2-K)>/(2*K^2)",
    "chi_par by derivatives": "chi_par = C_W*(<s'^2> + <s s''>)",
    "chi_par and chi_perp": "chi_par = chi_perp + C_W*<s s''>",
    "chi_perp, PDLT ch. 5": "chi_perp = C_W*<s'^2>",
    "h, PDLT ch. 5": "h = C_W*<s'^2*(z^2-K)>/(4*K^2)",
    "h by derivatives": "h = C_W/2*(<s''^2> + <s' s'''>)",
    "Stein": "<z s> = K*<s'>",
    "Stein twice": "<z^2 s^2> = K*<s^2> + 2*K^2*(<s'^2> + <s s''>)",
    "the series of G": "G' = K' + (chi_par*G1 + C_W/8*V*<s^2*(z^4 - 6*K*z^2 + 3*K^2)>/K^4)/n",
    "moving terms": "V' - chi_par^2*V = C_W^2*<s^4> - (K' - C_b)^2",
}

SEVERAL_INPUTS = {
    "K at two inputs": ("K'[1,2] = C_b + C_W*<s1 s2>", ""),
    "K at named inputs": ("K'[a,b] = C_b + C_W*<s_a s_b>", "inputs a b"),
    "chi_perp at two inputs": ("chi_perp[1,2] = C_W*<s1' s2'>", ""),
    "symmetry of the pairs": ("V'[1,2,3,4] = V'[3,4,2,1]", ""),
    "V by derivatives": (
        "V'[1,1,2,2] = C_W^2*(<s1^2 s2^2> - <s1^2>*<s2^2>)"
        " + C_W^2*V[1,1,2,2]*(<s1'^2> + <s1 s1''>)*(<s2'^2> + <s2 s2''>)",
        "",
    ),
    "V with the inverse kernel, PDLT ch. 4, two pairs": (
        "V'[1,1,2,2] = C_W^2*(<s1^2 s2^2> - <s1^2>*<s2^2>) + C_W^2/4*sum(a,b,c,d, V[a,b,c,d]*sum(e,f,g,k,"
        " Kinv[a,e]*Kinv[b,f]*Kinv[c,g]*Kinv[d,k]*<s1^2*(z_e*z_f - K[e,f])>*<s2^2*(z_g*z_k - K[g,k])>))",
        "inputs 2",
    ),
    "V with the inverse kernel, PDLT ch. 4, mixed pairs": (
        "V'[1,2,1,2] = C_W^2*(<s1^2 s2^2> - <s1 s2>^2) + C_W^2/4*sum(a,b,c,d, V[a,b,c,d]*sum(e,f,g,k,"
        " Kinv[a,e]*Kinv[b,f]*Kinv[c,g]*Kinv[d,k]*<s1 s2*(z_e*z_f - K[e,f])>*<s1 s2*(z_g*z_k - K[g,k])>))",
        "inputs 2",
    ),
    "inverse kernel": ("sum(a, Kinv[1,a]*K[a,2]) = 0", "inputs 2"),
    "Stein at two inputs": ("<z1 s1 s2> = K[1,1]*<s1' s2> + K[1,2]*<s1 s2'>", ""),
}


@pytest.mark.parametrize("claim", ONE_INPUT.values(), ids=ONE_INPUT)
def test_one_input(claim: str) -> None:
    found = verdict(claim)
    assert found.kind == "proved", found.lines()


@pytest.mark.parametrize(("claim", "scope"), SEVERAL_INPUTS.values(), ids=SEVERAL_INPUTS)
def test_several_inputs(claim: str, scope: str) -> None:
    found = verdict(claim, scope)
    assert found.kind == "proved", found.lines()


def test_four_inputs_by_derivatives() -> None:
    pair = "(V[{0},{0},{2},{2}]*<s{0}'' s{1}>*<s{2}'' s{3}>)"
    left, right = ((1, 2), (2, 1)), ((3, 4), (4, 3))
    terms = [pair.format(a, b, c, d) for a, b in left for c, d in right]
    terms += [f"2*V[{a},{a},3,4]*<s{a}'' s{b}>*<s3' s4'>" for a, b in left]
    terms += [f"2*V[1,2,{c},{c}]*<s1' s2'>*<s{c}'' s{d}>" for c, d in right]
    terms.append("4*V[1,2,3,4]*<s1' s2'>*<s3' s4'>")
    old = f"C_W^2/4*({' + '.join(terms)})"
    claim = f"V'[1,2,3,4] = C_W^2*(<s1 s2 s3 s4> - <s1 s2>*<s3 s4>) + {old}"
    assert verdict(claim, "").kind == "proved"
    assert verdict(claim.replace("4*V[1,2,3,4]", "2*V[1,2,3,4]"), "").kind == "refuted"


def test_lets_are_abbreviations() -> None:
    declarations = MLP + "let g = <s^2>\n"
    assert verdict("K' = C_b + C_W*g", declarations=declarations).kind == "proved"
    assert verdict("K' = C_b + C_W*g^2", declarations=declarations).kind == "refuted"


GATED = "ptheory 1\ninclude gated\n"


@pytest.mark.parametrize(
    "claim",
    [
        "K_u'[1,2] = C_W*<sigma(u1) sigma(u2)>*K_v[1,2]",
        "K_v'[1,2] = C_U*<s1 s2>*K_v[1,2]",
        "K_u'[1,2] = C_W*<sigma(u1) sigma(u2) v1 v2>",
        "<u1 v1> = 0",
    ],
)
def test_gated_fields_without_a_shared_parameter_are_independent(claim: str) -> None:
    assert verdict(claim, "Gated", GATED).kind == "proved"


def test_gated_mutated() -> None:
    found = verdict("K_u'[1,2] = C_U*<sigma(u1) sigma(u2)>*K_v[1,2]", "Gated", GATED)
    assert found.kind == "refuted"
    assert "C_U should be C_W" in found.correction


TWO = """ptheory 1
include correlators
architecture Two {
    weights W[i,j] ~ Normal(0, C_W/n)
    weights U[i,j] ~ Normal(0, C_U/n)
    first z[i;a] = sum(k, W[i,k]*x[k;a])
    layer z[i;a] = sum(j, W[i,j]*sigma(z[j;a])*tau(z[j;a])) + sum(j, U[i,j]*tau(z[j;a]))
}
"""


@pytest.mark.parametrize(
    ("claim", "kind"),
    [
        ("K' = C_W*<sigma^2 tau^2> + C_U*<tau^2>", "proved"),
        ("chi_perp = C_W*<(sigma'*tau + sigma*tau')^2> + C_U*<tau'^2>", "proved"),
        ("chi_perp = C_W*<(sigma'*tau)^2> + C_U*<tau'^2>", "refuted"),
        (
            "V' = C_W^2*(<sigma^4*tau^4> - <sigma^2*tau^2>^2) + C_U^2*(<tau^4> - <tau^2>^2)"
            " + 2*C_W*C_U*(<sigma^2 tau^4> - <sigma^2 tau^2>*<tau^2>) + chi_par^2*V",
            "proved",
        ),
        (
            "V' = C_W^2*(<sigma^4*tau^4> - <sigma^2*tau^2>^2) + C_U^2*(<tau^4> - <tau^2>^2)"
            " + C_W*C_U*(<sigma^2 tau^4> - <sigma^2 tau^2>*<tau^2>) + chi_par^2*V",
            "refuted",
        ),
    ],
)
def test_two_activations(claim: str, kind: str) -> None:
    found = verdict(claim, "inputs one", TWO)
    assert found.kind == kind, found.lines()
