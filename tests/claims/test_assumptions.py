r"""Assumptions after ``for``, and side conditions in LaTeX: put in everywhere, said in every verdict, or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reported.running import HEAD, on_text


def check(tmp_path: Path, claim: str, scope: str) -> dict[str, str]:
    head = f'claim "c": {claim}' if not claim.startswith("\\") else f'claim latex "c": {claim}'
    ran = on_text(tmp_path, HEAD + f"{head} for MLP, {scope}\n", "check", "--json")
    (found,) = ran.json["files"][0]["claims"]
    return dict(found)


TRUE = [
    ("K' = C_W*<s^2>", "inputs one, C_b = 0", "given C_b = 0"),
    ("chi_perp = 1", "inputs one, C_W = 1/<s'^2>", "given C_W = 1/<s'^2>"),
    ("K' = 2*<s^2>", "inputs one, C_W = 2, C_b = 0", "given C_W = 2, C_b = 0"),
    ("V' = 4*(<s^4> - <s^2>^2) + chi_par^2*V", "inputs one, C_W = 2", "given C_W = 2"),
    ("sqrt(C_W)*K = sqrt(2)*K", "inputs one, C_W = 2", "given C_W = 2"),
    ("K' = K", "inputs one, C_b = 0, C_W = 2, with sigma = relu", "given C_b = 0, C_W = 2"),
    ("K' = 0", "inputs one, C_W = C_b, C_b = 0", "given C_W = C_b, C_b = 0"),
    ("<s> = 0", "inputs one, sigma odd", "given sigma odd"),
    ("<s'> = 0", "inputs one, sigma even", "given sigma even"),
    ("<s1 s2^2> + <s1' s2'> = <s1' s2'>", "inputs 2, sigma odd", "given sigma odd"),
    ("<s1 z2^2 s2> = <z2^2 s1 s2>", "inputs 2, sigma even", "given sigma even"),
    ("V' = C_W^2*(<s^4> - <s^2>^2)", "inputs one, l = 1", "given l = 1"),
    ("G1' = 0", "inputs one, l = 1", "given l = 1"),
    ("F' = C_W^2*<s^2 s'^2>*Theta", "inputs one, l = 1", "given l = 1"),
    (
        r"\[ V^{(2)} = C_W^2\left(\langle\sigma^4\rangle_{K^{(1)}} - \langle\sigma^2\rangle_{K^{(1)}}^2\right) \]",
        "inputs one",
        "given l = 1",
    ),
    (r"\[ V^{(1)} = 0 \]", "inputs one", "given l = 1"),
    (
        r"\[ V' = C_W^2(\langle\sigma^4\rangle - \langle\sigma^2\rangle^2) \quad \text{for } \ell = 1 \]",
        "inputs one",
        "l = 1",
    ),
    (
        r"\[ K^{(4)}_{\alpha\beta} = C_b + C_W\langle\sigma_\alpha\sigma_\beta\rangle_{K^{(3)}} \]",
        "inputs 2",
        "given l = 3",
    ),
    (r"\[ K' = C_W\langle\sigma^2\rangle, \quad C_b = 0 \]", "inputs one", "given C_b = 0"),
    (r"\[ K' = C_W\langle\sigma^2\rangle \quad \text{for } C_b = 0. \]", "inputs one", "given C_b = 0"),
    (r"\[ K' = \langle\sigma^2\rangle, \text{ with } C_b = 0 \text{ and } C_W = 1 \]", "inputs one", "C_W = 1"),
]


@pytest.mark.parametrize(("claim", "scope", "said"), TRUE)
def test_true_under_its_assumptions_and_said_so(tmp_path: Path, claim: str, scope: str, said: str) -> None:
    found = check(tmp_path, claim, scope)
    assert found["verdict"] == "proved", found
    assert said in found["message"]


FALSE = [
    ("K' = C_W*<s^2>", "inputs one"),
    ("K' = C_W*<s^2>", "inputs one, C_b = 1"),
    ("K' = 2*<s^2>", "inputs one, C_W = 2, C_b = 1/10^6"),
    ("V' = C_W^2*(<s^4> - <s^2>^2)", "inputs one, l = 2"),
    ("K' = 0", "inputs one, l = 1"),
    (r"\[ V^{(3)} = C_W^2(\langle\sigma^4\rangle_{K^{(2)}} - \langle\sigma^2\rangle_{K^{(2)}}^2) \]", "inputs one"),
    (r"\[ V^{(2)} = C_W^2\langle\sigma^4\rangle_{K^{(1)}} \]", "inputs one"),
    ("<s> = 0", "inputs one"),
    ("<s> = 0", "inputs one, sigma even"),
    ("<s^2> = 0", "inputs one, sigma odd"),
    ("<s'> = 0", "inputs one, sigma odd"),
    (r"\[ K' = C_W\langle\sigma^2\rangle, \quad C_W = 2 \]", "inputs one"),
]


@pytest.mark.parametrize(("claim", "scope"), FALSE)
def test_false_without_them_or_under_others(tmp_path: Path, claim: str, scope: str) -> None:
    assert check(tmp_path, claim, scope)["verdict"] == "refuted"


def test_a_counterexample_keeps_to_the_parity(tmp_path: Path) -> None:
    found = check(tmp_path, "<s^2> = 0", "inputs one, sigma odd")
    values = dict(found["counterexample"]["values"])  # type: ignore[arg-type]
    assert values["sigma(z)"] == "z"


REFUSED = [
    ("K' = 0", "inputs one, C_W = 2*C_b, C_b = C_W", "holds a name whose value holds it"),
    ("K' = 0", "inputs one, C_W = C_W", "holds a name whose value holds it"),
    ("K' = 0", "inputs one, C_W = 2, C_W = 2", "C_W is given twice"),
    ("K' = 0", "inputs one, tau odd", "no activation that this claim leaves open"),
    ("K' = 0", "inputs one, sigma odd, with sigma = relu", "sigma is given twice"),
    ("V' = 0", "inputs one, l = 0", "a layer is 1, 2"),
    (r"\[ V^{(3)} = V^{(1)} \]", "inputs one", "more than two layers"),
    (r"\[ V^{(2)} = C_W^2\langle\sigma^4\rangle + V \]", "inputs one", "the next layer or this one"),
    (r"\[ \langle\sigma^{(2)}\rangle = 0 \]", "inputs one", "neither a power nor a layer"),
    ("V'/C_W^2 = 1", "inputs one, C_W = 0", "a denominator is zero at what is given"),
    ("C_W/C_W = 1", "inputs one, C_W = 0", "a denominator is zero at what is given"),
    ("<s^2>*<s>/<s> = <s^2>", "inputs one, sigma odd", "a denominator is zero at what is given"),
    ("V/V = 1", "inputs one, l = 1", "a denominator is zero at what is given"),
    ("V' = 3/C_W", "inputs one, C_W = 0", "a denominator is zero at what is given"),
    ("<s> = exp(K)", "inputs one, sigma odd", "a parity is assumed"),
    (r"\[ K' = C_b, \quad V = 0 \]", "inputs one", "no assumption that a claim can make"),
    (r"\[ K' = C_b, \quad C_b \gg 1 \]", "inputs one", "this is no assumption that a claim can make"),
]


@pytest.mark.parametrize(("claim", "scope", "message"), REFUSED)
def test_assumptions_that_have_no_meaning(tmp_path: Path, claim: str, scope: str, message: str) -> None:
    found = check(tmp_path, claim, scope)
    assert found["verdict"] == "unreadable" and message in found["message"], found


def test_a_first_layer_of_signs_is_not_gaussian(tmp_path: Path) -> None:
    text = HEAD + "architecture A {\n  weights W[i,j] ~ Sign(0, C_W/n)\n  first z[i;a] = sum(k, W[i,k]*x[k;a])\n"
    text += '  layer z[i;a] = sum(j, W[i,j]*sigma(z[j;a]))\n}\nclaim "c": V\' = 0 for A, inputs one, l = 1\n'
    (found,) = on_text(tmp_path, text, "check", "--json").json["files"][0]["claims"]
    assert found["verdict"] == "unreadable" and "not known to be Gaussian" in found["message"]


def test_a_recursion_that_does_not_close_is_not_judged_under_assumptions(tmp_path: Path) -> None:
    """Its networks have the values they are drawn with, not those that are assumed."""
    vertex = "V' = C_W^2*(<s^4> - <s^2>^2) + 2*xi^2*C_W*(<z^2 s^2> - K*<s^2>)"
    for assumption in ("l = 1", "C_b = 0", "sigma odd"):
        text = f'ptheory 1\ninclude residual\ninclude correlators\nclaim "c": {vertex} for Residual, inputs one, '
        text += f"{assumption}\n"
        (found,) = on_text(tmp_path, text, "check", "--json").json["files"][0]["claims"]
        assert found["verdict"] == "undecided" and "under assumptions" in found["message"], found


def test_the_first_layers_tangent_kernel_is_not_free_of_its_kernel(tmp_path: Path) -> None:
    true = check(tmp_path, "Theta = lambda_b + lambda_W*(K - C_b)/C_W", "inputs one, l = 1")
    assert true["verdict"] == "undecided" and "not free of its kernel" in true["message"]


def test_a_leading_coefficient_beside_n(tmp_path: Path) -> None:
    """V at order 1/n is V + V1/n: the deep linear recursion is exact for the series, not for its first term."""
    claim = "V' = C_W^2*(1 + 2/n)*V + 2*C_W^2*G^2"
    found = check(tmp_path, claim, "inputs one, C_b = 0, with sigma = linear")
    assert found["verdict"] == "unreadable" and "V is the leading coefficient here" in found["message"]


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("G = K + G1/n[l-1]", "proved"),
        ("G = K + G1/n[l]", "refuted"),
        ("G' = K' + G1'/n[l]", "proved"),
        ("G' = K' + G1'/n[l-1]", "refuted"),
        ("G = K + G1/n", "proved"),
        ("G' = K' + 0/n", "refuted"),  # 1/n is written, so it is claimed
        ("G' = K' + (V - V)/n[l]", "refuted"),
    ],
)
def test_the_width_that_a_series_counts_in(tmp_path: Path, claim: str, verdict: str) -> None:
    """G of layer l is a series in 1/n[l-1], the width of the layer below it."""
    assert check(tmp_path, claim, "inputs one")["verdict"] == verdict


def test_what_holds_at_leading_order_says_so(tmp_path: Path) -> None:
    assert "at leading order in 1/n" in check(tmp_path, "G' = C_b + C_W*<s^2>", "inputs one")["message"]


def test_what_one_of_several_equations_assumes_is_said(tmp_path: Path) -> None:
    rows = r"\begin{align} \langle z^2\rangle &= K \\ K' &= C_W\langle\sigma^2\rangle, \quad C_b = 0 \end{align}"
    found = check(tmp_path, rows, "inputs one")
    assert found["verdict"] == "proved" and "given C_b = 0" in found["message"]
    first = r"\begin{align} K' &= C_W\langle\sigma^2\rangle \\ \langle z^2\rangle &= K, \quad C_b = 0 \end{align}"
    assert check(tmp_path, first, "inputs one")["verdict"] == "refuted"  # a condition is of its own equation


def test_a_word_that_is_no_parity(tmp_path: Path) -> None:
    ran = on_text(tmp_path, HEAD + 'claim "c": K\' = 0 for MLP, sigma strange\n', "check")
    assert ran.code == 2 and "`strange` has no meaning here" in ran.err


def test_a_value_inside_an_activation_is_refused(tmp_path: Path) -> None:
    text = (
        HEAD + "architecture A {\n  weights W[i,j] ~ Normal(0, C_W/n)\n  first z[i;a] = sum(k, W[i,k]*x[k;a])\n"
        "  layer z[i;a] = sum(j, W[i,j]*tanh(beta*z[j;a] + 1))\n}\n"
        'include observables\nclaim "c": K\' = 0 for A, inputs one, beta = 2\n'
    )
    ran = on_text(tmp_path, text, "check", "--json")
    (found,) = ran.json["files"][0]["claims"]
    assert found["verdict"] == "unreadable" and "inside an activation" in found["message"]
