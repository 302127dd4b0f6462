"""Sums over given inputs and derivatives by preactivations in claims: as they are printed, refuted with a slip, refused
where they could be read in two ways."""

from __future__ import annotations

from pathlib import Path

import pytest

import ptheory as pt
from tests import golden
from tests.reported.running import HEAD, on_text, verdict, verdicts

G1 = (
    "G1'[1,2] = C_W/2*n[l]/n[l-1]*Σ_{{a,b∈{{{first}}}}} G1[a,b]*⟨{ab}(σ₁ σ₂)⟩"
    " + C_W/8*n[l]/n[l-1]*sum(a,b,c,d in {{{second}}}, V[a,b,c,d]*<d(s1*s2,a,b,c,d)>) for MLP"
)
LATEX_G1 = (
    r"\[ G^{\{1\}(\ell+1)}_{12} = \frac{C_W}{2}\frac{n_\ell}{n_{\ell-1}} \sum_{a,b\in\{%s\}} G^{\{1\}(\ell)}_{ab}"
    r" \langle \partial_a%s(\sigma_1\sigma_2)\rangle_K"
    r" + \frac{C_W}{8}\frac{n_\ell}{n_{\ell-1}} \sum_{a,b,c,d\in\{1,2\}}"
    r" V^{(\ell)}_{(ab)(cd)} \langle \partial_a\partial_b\partial_c\partial_d(\sigma_1\sigma_2)\rangle_K \] for MLP"
)


def latex_verdict(folder: Path, claim: str, head: str = HEAD) -> str:
    path = folder / "claim.deriv"
    path.write_text(f'{head}claim latex "c": {claim}\n', "utf-8")
    return verdicts(path)["c"]


@pytest.mark.parametrize(
    "first, ab, second, found",
    [
        ("1,2", "∂a∂b", "1,2", "proved"),
        ("1", "∂a∂b", "1,2", "refuted"),
        ("1,2", "∂a∂a", "1,2", "refuted"),
        ("1,2", "∂a", "1,2", "refuted"),
        ("1,2", "∂a∂b", "2", "refuted"),
    ],
)
def test_the_correction_to_the_kernel(tmp_path: Path, first: str, ab: str, second: str, found: str) -> None:
    assert verdict(tmp_path, G1.format(first=first, ab=ab, second=second)) == found


@pytest.mark.parametrize(
    "over, second, found", [("1,2", r"\partial_b", "proved"), ("2", r"\partial_b", "refuted"), ("1,2", "", "refuted")]
)
def test_the_same_in_latex(tmp_path: Path, over: str, second: str, found: str) -> None:
    assert latex_verdict(tmp_path, LATEX_G1 % (over, second)) == found


@pytest.mark.parametrize(
    "claim, found",
    [
        ("<d(s1*s2, 1, 2)> = <s1' s2'> for MLP, inputs 2", "proved"),
        ("<d(s1*s2, z1, z2)> = <s1' s2'> for MLP, inputs 2", "proved"),
        ("<∂1∂1(s1*s2)> = <s1'' s2> for MLP, inputs 2", "proved"),
        ("<d(s1*s2, 1, 2)> = <s1 s2''> for MLP, inputs 2", "refuted"),
        ("<d(z1*s1*s2, 1)> = <s1 s2 + z1 s1' s2> for MLP, inputs 2", "proved"),
        ("<∂z∂z(σ²)> = 2*<s s'' + s'^2> for MLP, inputs one", "proved"),
        ("<∂z∂z(σ²)> = 2*<s s''> for MLP, inputs one", "refuted"),
        ("sum(a in {1,2}, K[a,a]) = K[1,1] + K[2,2] for MLP, inputs 3", "proved"),
        ("sum(a in {1,2}, K[a,a]) = sum(a, K[a,a]) for MLP, inputs 3", "refuted"),
        ("2*Σ_{a∈{1,2}} K[a,a]*C_W = 2*C_W*K[1,1] + 2*C_W*K[2,2] for MLP, inputs 2", "proved"),
        ("Σ_{a∈{1}; b∈{1,2}} K[a,b] = K[1,1] + K[1,2] for MLP, inputs 2", "proved"),
        ("sum(a in {x,y}, K[a,x]) = K[x,x] + K[x,y] for MLP, inputs x y", "proved"),
        ("K_12' = C_b + C_W*<s1 s2> for MLP, inputs 2", "proved"),
        ("K_12' = C_b + C_W*<s1^2> for MLP, inputs 2", "refuted"),
        ("G1_12 = G1[1,2] for MLP, inputs 2", "proved"),
        ("V_1122 = V[1,2,1,2] for MLP, inputs 2", "refuted"),
    ],
)
def test_text(tmp_path: Path, claim: str, found: str) -> None:
    assert verdict(tmp_path, claim) == found


@pytest.mark.parametrize(
    "claim, message",
    [
        ("sum(a in {1,1}, K[a,a]) = 0 for MLP, inputs 2", "an input stands twice"),
        ("sum(a in {1,3}, K[a,a]) = 0 for MLP, inputs 2", "there is no input 3"),
        ("<d(s1*s2, z)> = 0 for MLP, inputs 2", "z at which input?"),
        ("<d(s1*s2, b)> = 0 for MLP, inputs 2", "no input is called b"),
        ("<d(s1, 1, 1, 1, 1, 1, 1, 1, 1, 1)> = 0 for MLP, inputs 2", "9 derivatives"),
        ("V_1 = V1 for MLP, inputs one", "unknown name V_1"),
        ("max(a in {1,2}, 3) = 1 for MLP", "a set of inputs has no meaning here"),
        ("E[sum(i in {1,2}, z[i]^2)] = G for MLP, inputs one", "a sum over neurons has no inputs"),
        ("<d(σ(u1)*v1, 1)> = 0 for Gated, inputs 2", "a derivative by which field?"),
    ],
)
def test_refused(tmp_path: Path, claim: str, message: str) -> None:
    head = HEAD + ("include gated\n" if "Gated" in claim else "")
    ran = on_text(tmp_path, f'{head}claim "c": {claim}\n', "check")
    assert ran.code == 2 and message in ran.out + ran.err


def test_only_claims_have_sums_over_inputs(tmp_path: Path) -> None:
    for line in ("observable Q[1,2] = sum(mu in {1,2}, d(z1,mu)*d(z2,mu))", "activation f(z) = sum(a in {1,2}, z)"):
        ran = on_text(tmp_path, f"{HEAD}{line}\n", "check")
        assert ran.code == 2 and "a sum over inputs" in ran.err


@pytest.mark.parametrize(
    "claim, found",
    [
        (r"\langle\sigma (\sigma')^2\rangle_K = \langle\sigma\sigma'\sigma'\rangle_K", "proved"),
        (r"\langle\sigma (\sigma')^2\rangle_K = \langle\sigma^2\sigma'\rangle_K", "refuted"),
        (r"\langle\sigma \sigma^{(4)}\rangle_K = \langle\sigma''''\sigma\rangle_K", "proved"),
        (r"\langle\sigma \sigma^{(4)}\rangle_K = \langle\sigma^5\rangle_K", "refuted"),
    ],
)
def test_latex_of_derivatives(tmp_path: Path, claim: str, found: str) -> None:
    assert latex_verdict(tmp_path, rf"\[ {claim} \] for MLP, inputs one") == found


@pytest.mark.parametrize(
    "claim",
    [
        r"\langle\sigma(\sigma')\rangle_K = 0",  # a function of a function, or a product
        r"\langle\sigma^{(2)}\sigma\rangle_K = 0",  # a layer, a derivative or a power
        r"\langle\sigma(\sigma)^2\rangle_K = 0",
        r"\sum_{a\in\{1,2\}\cup\{3\}} K_{aa} = 0",
    ],
)
def test_latex_refused(tmp_path: Path, claim: str) -> None:
    assert latex_verdict(tmp_path, rf"\[ {claim} \] for MLP, inputs one") == "unreadable"


@pytest.mark.parametrize(
    "claim, found",
    [
        (r"K^{(\ell+1)}_{u,u_1u_2} = C_W \langle \sigma(u_1) v_1 \sigma(u_2) v_2\rangle_K", "proved"),
        (r"K^{(\ell+1)}_{u,12} = C_W \langle \sigma(u_1) v_1 \sigma(u_2) v_2\rangle_K", "proved"),
        (r"K^{(\ell+1)}_{u,12} = 2 C_W \langle \sigma(u_1) v_1 \sigma(u_2) v_2\rangle_K", "refuted"),
        (r"K^{(\ell+1)}_{u,v_1v_2} = C_W \langle \sigma(u_1) v_1 \sigma(u_2) v_2\rangle_K", "unreadable"),
        (r"K^{(\ell+1)}_{u,u_1u_2} = C_W \langle \sigma(u_1) v_1 \sigma(u_1) v_2\rangle_K", "refuted"),
    ],
)
def test_fields_of_slots_in_latex(tmp_path: Path, claim: str, found: str) -> None:
    assert latex_verdict(tmp_path, rf"\[ {claim} \] for Gated", "ptheory 1\ninclude gated\n") == found


def test_a_number_that_is_part_of_a_name() -> None:
    head = (golden.DERIVATIONS / "11-deep-linear.deriv").read_text("utf-8").partition("derive G, V to")[0]
    claims = (
        r"V^{(\ell+1)}_{6} = C_W^3 V^{(\ell)}_{6} + 8 C_W^3 K^3 + 12 C_W^3 K V",
        r"V^{(\ell+1)}_{6} = C_W^3 V^{(\ell)}_{6} + 7 C_W^3 K^3 + 12 C_W^3 K V",
    )
    text = "".join(rf'claim latex "{k}": \[ {one} \] for DeepLinear, inputs one' + "\n" for k, one in enumerate(claims))
    assert [v.kind.value for v in pt.run_text(head + text).verdicts] == ["proved", "refuted"]
