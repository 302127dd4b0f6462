r"""Every label of a claim counts: layers, slots, primes, orders, samples are used in their meaning or are an error.

The property test reads claims, drops or changes each label in turn, and wants another echo or an error: a label that
is lost on the way would leave both as they were. The tables give the right verdict of claims that are false, or
unclear, by a label alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from ptheory.claims.latex.read_latex import read_latex
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.sides import read_sides
from ptheory.language import LanguageError, parse
from ptheory.language.statements import LatexClaimStatement
from ptheory.networks.program import ClaimTask, check_file
from tests.claims.setting import system_of
from tests.reported.running import HEAD, on_text, ptheory, verdicts


def echo(statement: str) -> str:
    """What is understood of a claim, or the error it gives."""
    try:
        checked = check_file(parse(HEAD + statement + "\n"))
        (task,) = (task for task in checked.tasks if isinstance(task, ClaimTask))
        system, names = system_of(HEAD, task.architecture)
        vocabulary = Vocabulary(system, names, inputs=task.statement.scope.inputs)
        claim = task.statement
        formulas = read_latex(claim, vocabulary) if isinstance(claim, LatexClaimStatement) else [claim]
        return " and ".join(read_sides(formula, vocabulary).understood for formula in formulas)
    except LanguageError as error:
        return f"error: {error.message}"


# ---- the property ---------------------------------------------------------------------------------------------------

LATEX = [
    (
        r"V^{(\ell+1)} = (C_W^{(\ell+1)})^2"
        r" (\langle\sigma^4\rangle_{K^{(\ell)}} - \langle\sigma^2\rangle_{K^{(\ell)}}^2)"
        r" + \frac{n_\ell}{n_{\ell-1}} (\chi_\parallel^{(\ell)})^2 V^{(\ell)}",
        "MLP, inputs one",
    ),
    (
        r"K^{(\ell)}_{\alpha_1\alpha_2} = C_b^{(\ell)} + C_W^{(\ell)}"
        r" \langle\sigma_{\alpha_1}\sigma_{\alpha_2}\rangle_{K^{(\ell-1)}}",
        "MLP",
    ),
    (
        r"G^{\{1\}(\ell+1)} - \chi_\parallel G^{\{1\}(\ell)} = \tfrac{V}{8} \langle\sigma''\sigma'\rangle",
        "MLP, inputs one",
    ),
    (r"V^{(\ell+1)}_{(12)(34)} = V'_{3412}", "MLP"),
    (
        r"K_{\alpha_1\alpha_2} K^{\alpha_1\alpha_2} = K_{(\ell)}^{\alpha_2\alpha_1} K^{(\ell)}_{\alpha_2\alpha_1}",
        "MLP, inputs 2",
    ),
    (r"h^{(\ell)} = \frac{C_W}{2} \langle\sigma''^2 + \sigma'\sigma'''\rangle_{K^{(\ell)}}", "MLP, inputs one"),
    (r"\chi_\perp(K^{(\ell)}) = C_W\langle\sigma'(z_1)\sigma'_1\rangle^{(\ell)}", "MLP, inputs one"),
    (r"K^{(\ell+1)} = C_b + C_W\mathbb{E}_{z\sim\mathcal{N}(0,K^{(\ell)})}[\sigma'(z)^2]", "MLP, inputs one"),
    (
        r"K^{(\ell)} = \frac{C_W^{(\ell)}}{\sqrt{2\pi K^{(\ell-1)}}}\int dz\,e^{-z^2/(2K^{(\ell-1)})}\sigma(z)^2",
        "MLP, inputs one",
    ),
    (
        r"K^{(\ell+1)} = \int\mathcal{D}z\,\sigma(\sqrt{K^{(\ell)}}z)\sigma'(\sqrt{K^{(\ell)}}z)"
        r" + \mathrm{Var}_{K^{(\ell)}}[z]",
        "MLP, inputs one",
    ),
    (r"\sum_{\alpha_2} K^{(\ell)}_{\alpha_1\alpha_2}K_{(\ell)}^{\alpha_2\alpha_1} = 1", "MLP, inputs 2"),
]
PLAIN = [
    ("V'[1,2,3,4] = C_W[l+1]^2*<s1 s2 s3' s4>_K[l] - V[1,2,3,4;l] + n[l]/n[l-1]", "MLP"),
    ("G1'[1,1] = chi_par[1;l]*G1[1,1;l] + h[2;l] - chi_perp[1,2]*Kinv[1,2;l]*K[1,2;l]", "MLP, inputs 2"),
]
CHANGES = [
    (r"\^\{\(\\ell([+-]1)?\)\}", ("", r"^{(\\ell+3)}")),  # X^{(l+k)}
    (r"_\{K\^\{\(\\ell(-1)?\)\}\}", ("_K", r"_{K^{(\\ell+1)}}", r"_{K^{(\\ell-2)}}")),
    (r"_\{\(\\ell\)\}", ("", r"_{(\\ell+1)}")),
    (r"\(K\^\{\(\\ell\)\}\)", ("(K)", r"(K^{(\\ell+1)})")),
    (r"\\\{1\\\}", ("", r"\\{2\\}")),
    (r"(?<=[a-zA-Z1])'", ("", "''")),
    (r"\\alpha_[12]", (r"\\alpha_7", r"\\beta_1", r"i_1")),
    (r"n_(\\ell|\{\\ell-1\})", ("n", r"n_{\\ell+2}")),
    (r"\((12|34)\)", ("(13)", "(24)")),
    (r"(?<=[sz_])[1-4](?![0-9)])", ("", "7")),
    (r"(?<=[\[,])[1-4](?=[],;])", ("7",)),
    (r";l\]", ("]", ";l+1]", ";l-1]")),
    (r"\[l(\+1|-1)?\]", ("", "[l+2]")),
]


def changed(claim: str) -> Iterator[str]:
    for label, others in CHANGES:
        for found in re.finditer(label, claim):
            for other in others:
                yield claim[: found.start()] + found.expand(other) + claim[found.end() :]


def statements() -> Iterator[tuple[str, str]]:
    """(claim, the same with one label dropped or changed)"""
    for body, scope in LATEX:
        for other in changed(body):
            yield tuple(f'claim latex "c": \\[ {text} \\] for {scope}' for text in (body, other))  # type: ignore[misc]
    for body, scope in PLAIN:
        for other in changed(body):
            yield tuple(f'claim "c": {text} for {scope}' for text in (body, other))  # type: ignore[misc]


def test_every_label_counts() -> None:
    pairs = list(statements())
    assert len(pairs) > 100
    written = {text: echo(text) for text in {claim for claim, _ in pairs}}
    assert not [text for text, found in written.items() if found.startswith("error")]
    lost = [other for claim, other in pairs if echo(other) == written[claim]]
    assert not lost


def test_what_is_echoed_reads_back_to_the_same() -> None:
    for body, scope in LATEX:
        understood = echo(f'claim latex "c": \\[ {body} \\] for {scope}')
        assert echo(f'claim "c": {understood} for {scope}') == understood


# ---- verdicts -------------------------------------------------------------------------------------------------------

JUDGED = [
    (r"K_{00} K^{00} = 1", "inputs one", "proved"),
    (r"K_{11}^{(\ell)} K^{1,1}_{(\ell)} = 1", "inputs one", "proved"),
    (r"K^{\alpha\alpha} K_{\alpha\alpha} + K^{\alpha\beta} K_{\beta\alpha} = 1", "inputs alpha beta", "proved"),
    (r"K^{12} = 1", "inputs one", "error: the power 12 of K, or raised indices?"),
    (r"K^{1,2} = 1/K_{12}", "inputs 2", "refuted"),
    (r"V^{1,1,1,1} = V_{1111}/K_{11}^4", "inputs one", "proved"),
    (r"V^{1,1,1,1} = V_{1111}/K_{11}^3", "inputs one", "refuted"),
    (r"V^{1,2,3,4} = 1", "with sigma = relu", "error: this sum over any inputs is not done"),
    (r"V^{1,2} = 1", "inputs 2", "error: V takes 4 samples, not 2"),
    (r"\chi_\perp^{(\ell)} = C_W^{(\ell+1)} \langle\sigma'\sigma'\rangle_{K^{(\ell)}}", "inputs one", "proved"),
    (r"K_{\ell+1} = C_b + C_W \langle\sigma\sigma\rangle_{K_\ell}", "inputs one", "proved"),
    (r"\langle z_1^2\rangle_K = K", "inputs one", "proved"),
    (r"\langle z_1^2 z_2^2\rangle_K = K_{11} K_{22} + 2 K_{12}^2", "inputs 2", "proved"),
    (r"V^{(\ell+1)} = (C_W)^2 (\langle\sigma^4\rangle - \langle\sigma^2\rangle^2) + \chi_\parallel^2 V^{(\ell+1)}",
     "inputs one", "refuted"),
    # false, or with two readings, by a label alone
    (r"K^{(\ell+1)} = C_b + C_W \langle\sigma\sigma\rangle_{K^{(\ell+1)}}", "inputs one", "refuted"),
    (r"\chi_\perp = C_W \langle\sigma'\sigma'\rangle^{(\ell+1)}", "inputs one", "refuted"),
    (r"\chi_\perp^{(\ell+1)} = C_W \langle\sigma'\sigma'\rangle_{K^{(\ell+1)}}", "inputs one", "proved"),
    (r"K_{00}^{(\ell)} K^{00}_{(\ell+1)} = 1", "inputs one", "refuted"),
    (r"V^{(\ell+2)} = C_W^2(\langle\sigma^4\rangle - \langle\sigma^2\rangle^2) + \chi_\parallel^2 V^{(\ell+1)}",
     "inputs one", "proved"),
    (r"K^{(\ell+1)} = C_b + C_W \langle\sigma\sigma\rangle_{K^{(\ell-1)}}", "inputs one",
     "error: more than two layers"),
    (r"V^{(\ell+1)} = (\chi_\parallel^{(\ell+1)})^2 V^{(\ell)} + C_W^2(\langle\sigma^4\rangle_{K^{(\ell)}}"
     r" - \langle\sigma^2\rangle_{K^{(\ell)}}^2)", "inputs one", "refuted"),
    (r"h^{(\ell+1)} = h", "inputs one", "refuted"),
    (r"K^{(\ell+1)} = C_b^{(\ell)} + C_W^{(\ell)} \langle\sigma\sigma\rangle_K", "inputs one",
     "error: the recursion from l to l+1 has the parameters of layer l+1"),
    (r"\langle z_1^2 z_2^2\rangle_K = 3K^2", "inputs one", "error: there is no input 2"),
    (r"\langle\sigma_i\sigma_j\rangle_K = K", "inputs one", "error: which input is i?"),
    (r"\langle\sigma_{i_1}\sigma_{i_1}\rangle_K = K", "inputs one", "error: is i_1 a neuron or a sample?"),
    (r"\langle z_{i;1}\rangle = 0", "inputs one", "error: `;` has no meaning here"),
    (r"\delta_{12} K_{12} = 0", "inputs 2", "error: the Kronecker delta has no meaning here"),
    (r"V_{\alpha_1\alpha_1\beta_1\beta_1} = V_{1111}", "inputs 2", "error: are alpha_1 and beta_1 the same input?"),
    (r"V_{1(23)4} = V_{1234}", "inputs 4", "error: parentheses in a subscript join its slots in pairs"),
    (r"n_\ell^{(\ell+1)} = n", "inputs one", "error: a layer above and a layer below"),
    (r"V'^{(\ell+1)} = V", "inputs one", "error: V has a prime and a layer"),
    (r"K^{(\ell)}^{(\ell+1)} = K", "inputs one", "error: a second superscript"),
    (r"\langle\sigma(z)^{\{1\}}\rangle = 0", "inputs one", "error: only a power can follow here"),
    (r"\langle\varsigma\sigma\rangle = 0", "inputs one", r"error: are \varsigma and \sigma the same symbol?"),
    # layout
    (r"\begin{split} K^{(\ell+1)} ={}& C_b + \nonumber \\ & C_W \langle\sigma^2\rangle_{K^{(\ell)}} , \end{split}",
     "inputs one", "proved"),
    (r"\left( K \right] = K", "inputs one", "error: `]` is not expected here"),
    (r"\left( K ) = K", "inputs one", r"error: \] closes nothing here: \left is open"),
    (r"( K \right) = K", "inputs one", r"error: \right closes nothing here: \[ is open"),
    (r"\langle K ) = K", "inputs one", "error: `)` is not expected here"),
    (r"\begin{split} K &= K \end{aligned}", "inputs one",
     r"error: \end{aligned} closes nothing here: \begin{split} is open"),
    (r"\begin{split} K = K", "inputs one", r"error: \] closes nothing here: \begin{split} is open"),
    (r"K = $ K $ $", "inputs one", "error: "),
    (r"\begin{split} V' &= C_W \\ V \end{split}", "inputs one", "error: is this line multiplied by the one above?"),
    (r"\mathsf{K} = K", "inputs one", r"error: \mathsf has no meaning here"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "scope", "right"), JUDGED, ids=[body for body, _, _ in JUDGED])
def test_latex_claims_true_or_false_by_a_label(tmp_path: Path, body: str, scope: str, right: str) -> None:
    statement = f'claim latex "c": \\[ {body} \\] for MLP, {scope}'
    if right.startswith("error: "):
        ran = on_text(tmp_path, HEAD + statement + "\n", "check")
        assert ran.code == 2 and "Traceback" not in ran.err
        assert right in ran.err
    else:
        path = tmp_path / "claim.deriv"
        path.write_text(HEAD + statement + "\n", "utf-8")
        assert verdicts(path) == {"c": right}


PLAIN_JUDGED = [
    ("K[l+1] = C_b[l+1] + C_W[l+1]*<s^2>_K[l] for MLP, inputs one", "proved"),
    ("V[1,2,3,4;l+1] = V'[3,4,1,2] for MLP", "proved"),
    ("chi_perp[1,2;l] = C_W*<s1' s2'>_K for MLP", "proved"),
    ("K' = C_b + C_W*<s^2>_K' for MLP, inputs one", "refuted"),
    ("K' = C_b + C_W*<s^2>_K[l+1] for MLP, inputs one", "refuted"),
    ("<z^2>_K' = K' for MLP, inputs one", "proved"),
    ("<z s>_K[l+1] = K'*<s'>_K[l+1] for MLP, inputs one", "proved"),
    ("<z s>_K[l+1] = K*<s'>_K[l+1] for MLP, inputs one", "refuted"),
    ("<s^2>*<s^2>_K[l+1] = <s^2>_K[l+1]*<s^2> for MLP, inputs one", "proved"),  # both in one term
    ("<z1^2 z2^2>_K' = K'[1,1]*K'[2,2] + 2*K'[1,2]^2 for MLP, inputs 2", "proved"),
    ("<z1^2 z2^2>_K' = K'[1,1]*K'[2,2] + 2*K[1,2]^2 for MLP, inputs 2", "refuted"),
    ("chi_par[l+1] = C_W/(2*K'^2)*<s^2*(z^2 - K')>_K' for MLP, inputs one", "proved"),
    ("Kinv[1,2;l+1] = -K'[1,2]/(K'[1,1]*K'[2,2] - K'[1,2]^2) for MLP, inputs 2", "proved"),
    ("Kinv[1,2;l+1] = Kinv[1,2] for MLP, inputs 2", "refuted"),
    ("<s^2>_K' = <s^2> for MLP, inputs one, with sigma = tanh", "undecided"),
    ("K' = C_b + C_W*<s^2>_K[l-1] for MLP, inputs one", "error: this average is at layer l-1"),
    ("chi_perp[l+1] = C_W*<s'^2> for MLP, inputs one", "refuted"),
    ("V' = V[l-1] for MLP, inputs one", "error: V is at layer l-1"),
    ("V'[l+1] = V for MLP, inputs one", "error: V has a prime and a layer"),
    (
        "K' = C_b[l] + C_W*<s^2> for MLP, inputs one",
        "error: the recursion from l to l+1 has the parameters of layer l+1",
    ),
    ("<s[l]^2> = K for MLP, inputs one", "error: a layer does not stand at s"),
    ("K[1,2] = K[1,1] for MLP, inputs one", "error: there is no input 2"),
    ("K[0,1] = K[1,1] for MLP, inputs one", "error: the one input of this claim is called 0 and 1"),
    ("<z1^2 z2^2> = 3*K^2 for MLP, inputs one", "error: there is no input 2"),
    ("C_W[1]*<s^2> = 0 for MLP, inputs one", "error: C_W has no slots and no prime here"),
    ("pi' = n' for MLP, inputs one", "error: pi has no slots and no prime here"),
    ("<s1 s1 (z1^2 - K)> = 0 for MLP, inputs one", "error: s1 is no function of what stands in parentheses"),
]


@pytest.mark.parametrize(("claim", "right"), PLAIN_JUDGED, ids=[claim for claim, _ in PLAIN_JUDGED])
def test_plain_claims_true_or_false_by_a_label(tmp_path: Path, claim: str, right: str) -> None:
    ran = on_text(tmp_path, HEAD + f'claim "c": {claim}\n', "check", "--json")
    found = ran.err if ran.code == 2 else ran.json["files"][0]["claims"][0]["verdict"]
    assert right in found


MEAN_FIELD = """ptheory 1
architecture Net {
    weights W[i,j] ~ Normal(0, sigma_w^2/n)
    biases  b[i]   ~ Normal(0, sigma_b^2)
    first   h[i;a] = b[i] + sum(k, W[i,k]*x[k;a])
    layer   h[i;a] = b[i] + sum(j, W[i,j]*phi(h[j;a]))
}
define q by E[h1 h2]_c = d12 q[1,2]
let m = <phi^2>
"""
OTHER_NAMES = [
    (r"q_{\ell+1} = (\sigma_w^{(\ell+1)})^2 \langle \phi(h)^2 \rangle_{q_\ell} + \sigma_b^2", "proved"),
    (r"q_{\ell+1} = \sigma_w^2 \langle \phi(h)^2 \rangle_{q_{\ell+1}} + \sigma_b^2", "refuted"),
    (r"\chi_\perp(q_{\ell+1}) = \sigma_w^2 \langle \phi'^2 \rangle_{q_{\ell+1}}", "proved"),
    (r"\chi_\perp(q_{\ell+1}) = \sigma_w^2 \langle \phi'^2 \rangle_{q_\ell}", "refuted"),
    (r"q^{00} q_{00} = 1", "proved"),
    (r"q' = \sigma_w^2 m^{(\ell)} + \sigma_b^2", "proved"),
]


def test_labels_of_a_kernel_of_another_name(tmp_path: Path) -> None:
    """The kernel is what E[h1 h2] is called, and a hyperparameter may look like an activation at a sample."""
    claims = [f'claim latex "{k}": \\[ {body} \\] for Net, inputs one\n' for k, (body, _) in enumerate(OTHER_NAMES)]
    path = tmp_path / "case.deriv"
    path.write_text(MEAN_FIELD + "".join(claims), "utf-8")
    assert verdicts(path) == {str(k): right for k, (_, right) in enumerate(OTHER_NAMES)}


@pytest.mark.parametrize(
    ("body", "message", "offender"),
    [
        (r"q' = (\sigma_w^{(\ell)})^2", "the parameters of layer l+1", "^"),
        (r"q' = m^{(\ell+2)}", "more than two layers occur", "^"),
        (r"q' = \langle\phi\rangle_m", "an expectation is at the leading kernel K", "_"),
    ],
)
def test_errors_point_at_the_label(tmp_path: Path, body: str, message: str, offender: str) -> None:
    ran = on_text(tmp_path, MEAN_FIELD + f'claim latex "c": \\[ {body} \\] for Net, inputs one\n', "check")
    assert ran.code == 2 and message in ran.err
    line, caret = next(
        (line, caret) for line, caret in pairwise(ran.err.splitlines()) if caret.strip(" |^") == "" and "^" in caret
    )
    assert line[caret.index("^")] == offender


def test_layers_are_kept_by_fmt(tmp_path: Path) -> None:
    path = tmp_path / "case.deriv"
    claim = "V[1,2,3,4;l+1] = C_W[l+1]^2*<s1^2 s2^2>_K[l]*chi_par[1;l] + <s1>_K' + V'[1,2,3,4]"
    path.write_text(f'{HEAD}claim "c": {claim} for MLP\n', "utf-8")
    before = ptheory("check", path, "--json").json["files"][0]["claims"][0]["understood"]
    assert ptheory("fmt", path).code == 0
    assert ptheory("check", path, "--json").json["files"][0]["claims"][0]["understood"] == before
    written = path.read_text("utf-8")
    assert ";l + 1]" in written and "_K[l]" in written and "_K[l + 1]" in written


def test_the_values_at_the_next_kernel(tmp_path: Path) -> None:
    """sigma(z) = z: K' = C_b + C_W K, and the average of z^2 at K' is K' itself."""
    ran = on_text(tmp_path, HEAD + 'claim "c": K\' = C_b + C_W*<s^2>_K[l+1] for MLP, inputs one\n', "check", "--json")
    found = ran.json["files"][0]["claims"][0]
    values = dict(found["counterexample"]["values"])
    assert values["sigma(z)"] == "z"
    weight, bias, kernel = (Fraction(values[name]) for name in ("C_W", "C_b", "K"))
    next_kernel = bias + weight * kernel
    assert Fraction(found["counterexample"]["left"]["value"]) == next_kernel
    assert Fraction(found["counterexample"]["right"]["value"]) == bias + weight * next_kernel
    assert found["correction"] == "<s^2>_K[l + 1] should be <s^2>_K[l]"


def test_a_layer_at_a_tensor_outside_a_claim_is_refused(tmp_path: Path) -> None:
    ran = on_text(tmp_path, HEAD + "define Y by E[z1 z2]_c = d12 Y[1,2;l]\n", "check")
    assert ran.code == 2 and "a layer stands at tensors and averages in claims only" in ran.err


SUGGESTIONS = [
    (r"K' = \int \sigma", r"\langle ... \rangle_K"),
    (r"K' = \mathbb{P}[\sigma]", r"an expectation is written \langle ... \rangle_K"),
    (r"K' = \sigam", r"did you mean `\sigma`?"),
    (r"K' = \hat{K}", "accented symbols have no meaning of their own here"),
]


@pytest.mark.parametrize(("body", "help"), SUGGESTIONS)
def test_suggestions_could_be_meant(tmp_path: Path, body: str, help: str) -> None:
    ran = on_text(tmp_path, HEAD + f'claim latex "c": \\[ {body} \\] for MLP, inputs one\n', "check")
    assert ran.code == 2
    (line,) = (line for line in ran.err.splitlines() if line.strip().startswith("help:"))
    assert help in line and "sin" not in line and "sf" not in line


def test_a_sum_inside_a_function_is_named_as_such(tmp_path: Path) -> None:
    text = """ptheory 1
architecture A {
    weights W[i,j] ~ Normal(0, C_W/n)
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = sum(j, W[i,j]*relu(sum(k, W[j,k]*z[k;a])))
}
"""
    ran = on_text(tmp_path, text, "run")
    assert ran.code == 2 and "a sum over neurons stands inside a function" in ran.err
    line, caret = ran.err.splitlines()[1:3]
    assert line[caret.index("^") :].startswith("sum(k,")


def test_a_tensor_of_the_wrong_order_is_refuted_in_a_residual_network(tmp_path: Path) -> None:
    """The search for a correction tries G1', which has no recursion of its own there: no mistake of the claim."""
    claim = "K' = xi^2*G1 + C_b + C_W*<s^2> for Residual, inputs one"
    path = tmp_path / "claim.deriv"
    path.write_text(f'{HEAD}include residual\nclaim "c": {claim}\n', "utf-8")
    assert verdicts(path) == {"c": "refuted"}


def test_a_recursion_that_does_not_close_is_compared_in_networks(tmp_path: Path) -> None:
    path = tmp_path / "claim.deriv"
    path.write_text(HEAD + 'include residual\nclaim "c":\n    K = G1\' for Residual, inputs one\n', "utf-8")
    assert verdicts(path) == {"c": "refuted"}


def test_averages_of_two_fields_at_the_next_kernel(tmp_path: Path) -> None:
    """sigma(u + v) is a function of one Gaussian variable; at the next layer its variance is K_u' + K_v'."""
    equations = """architecture S {
    weights W[i,j] ~ Normal(0, C_W/n)
    weights U[i,j] ~ Normal(0, C_U/n)
    first   u[i;a] = sum(k, W[i,k]*x[k;a])
    first   v[i;a] = sum(k, U[i,k]*x[k;a])
    layer   u[i;a] = sum(j, W[i,j]*sigma(u[j;a] + v[j;a]))
    layer   v[i;a] = sum(j, U[i,j]*sigma(u[j;a] - v[j;a]))
}
define G_u by E[u1 u2]_c = d12 G_u[1,2]
define G_v by E[v1 v2]_c = d12 G_v[1,2]
"""
    claims = {
        "<(u + v)^2>_K' = K_u' + K_v'": "proved",
        "<u sigma(u + v)>_K' = K_u'*<sigma'(u + v)>_K'": "proved",
        "<u sigma(u + v)>_K' = K_u*<sigma'(u + v)>_K'": "refuted",
        "<sigma(u + v)^2>_K' = <sigma(u + v)^2>": "refuted",
    }
    path = tmp_path / "case.deriv"
    lines = [f'claim "{text}": {text} for S, inputs one\n' for text in claims]
    path.write_text("ptheory 1\n" + equations + "".join(lines), "utf-8")
    assert verdicts(path) == claims
