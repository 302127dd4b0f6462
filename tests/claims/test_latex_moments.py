r"""Expectations over all parameters in LaTeX: read as the plain syntax is, or refused with what would work.

What is read is decided in the corpus (``moments_latex.deriv``); here its trees are those of a claim in plain syntax.
"""

from __future__ import annotations

from functools import cache

import pytest

from ptheory.claims.claims import decide, understood
from ptheory.claims.latex.read_latex import read_latex
from ptheory.claims.latex.read_notation import read_notation
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.verdict import Kind, Verdict
from ptheory.language import LanguageError, parse
from ptheory.language.statements import ClaimStatement, LatexClaimStatement
from ptheory.networks.program import ClaimTask, Program, check_file
from ptheory.session.systems import Systems, bound_activations

DECLARATIONS = """ptheory 1
include mlp
include gated
include observables
notation { dH = "\\widehat{\\mathrm{d}H}" }
"""


@cache
def known() -> Systems:
    return Systems(check_file(parse(DECLARATIONS)))


def task_of(claim: str) -> tuple[Program, ClaimTask]:
    program = check_file(parse(f"{DECLARATIONS}{claim}\n"))
    (task,) = (task for task in program.tasks if isinstance(task, ClaimTask))
    return program, task


def latex(body: str, scope: str) -> tuple[Program, ClaimTask]:
    return task_of(f'claim latex "c": \\[ {body} \\] for {scope}')


def verdict(body: str, scope: str = "MLP") -> Verdict:
    program, task = latex(body, scope)
    name = task.architecture
    return decide(
        task.statement,
        known().system(name),
        known().names(name),
        bound_activations(program, task.bindings),
        notation=program.notation,
        observables=known().observables(name),
    )


def read(body: str, scope: str) -> ClaimStatement:
    program, task = latex(body, scope)
    assert isinstance(task.statement, LatexClaimStatement)
    name, inputs = task.architecture, task.statement.scope.inputs
    vocabulary = Vocabulary(
        known().system(name), known().names(name), inputs=inputs, observables=known().observables(name)
    )
    (claim,) = read_latex(task.statement, vocabulary, read_notation(program.notation))
    return claim


E = r"\mathbb{E}"
TWO = r"z_{i_1;\alpha_1}z_{i_2;\alpha_2}"
FOUR = TWO + r"z_{i_3;\alpha_3}z_{i_4;\alpha_4}"


@pytest.mark.parametrize(
    ("body", "plain", "scope"),
    [
        (rf"{E}\left[{TWO}\right] = \delta_{{i_1i_2}}G_{{\alpha_1\alpha_2}}", "E[z1*z2] = d12*G[1,2]", "MLP"),
        (rf"{E}\left[{TWO}\right]_c = 0", "E[z1*z2]_c = 0", "MLP"),
        (rf"{E}[{FOUR}]_{{\mathrm{{c}}}} = 0", "E[z1*z2*z3*z4]_c = 0", "MLP"),
        (rf"{E}[{FOUR}]_{{\text{{conn}}}} = 0", "E[z1*z2*z3*z4]_c = 0", "MLP"),
        (rf"{E}\left[{FOUR}\right]\big|_{{\text{{connected}}}} = 0", "E[z1*z2*z3*z4]_c = 0", "MLP"),
        (rf"{E}\left[{FOUR}\right]\Big\vert_{{\mathrm{{connected}}}} = 0", "E[z1*z2*z3*z4]_c = 0", "MLP"),
        (rf"\left.{E}\left[{FOUR}\right]\right|_{{\mathrm{{connected}}}} = 0", "E[z1*z2*z3*z4]_c = 0", "MLP"),
        (rf"{E}\left\{{{FOUR}\right\}}_c = 0", "E[z1*z2*z3*z4]_c = 0", "MLP"),
        (
            rf"{E}[z_{{i;\alpha}}z_{{j;\beta}}] = \delta_{{ij}}G_{{\alpha\beta}}",
            "E[z[i;1]*z[j;2]] = d[i,j]*G[1,2]",
            "MLP",
        ),
        (rf"{E}[z_iz_j] = \delta_{{ij}}G", "E[z[i]*z[j]] = d[i,j]*G", "MLP, inputs one"),
        (rf"{E}[z_{{i_1}}z_{{i_2}}] = \delta_{{i_1i_2}}G", "E[z1*z2] = d12*G", "MLP, inputs one"),
        (rf"{E}[z_{{i;a}}z_{{j;b}}] = \delta_{{ij}}G_{{ab}}", "E[z[i;a]*z[j;b]] = d[i,j]*G[a,b]", "MLP, inputs a b"),
        (rf"{E}[z_{{i_1;1}}z_{{i_2;1}}] = \delta_{{i_1i_2}}G_{{11}}", "E[z[1;1]*z[2;1]] = d12*G[1,1]", "MLP, inputs 2"),
        (
            rf"{E}[z_{{i_1;\alpha_1}}z_{{j_1;\alpha_2}}] = \delta_{{i_1j_1}}G_{{\alpha_1\alpha_2}}",
            "E[z1*z[j_1;2]] = d[1,j_1]*G[1,2]",
            "MLP",
        ),
        (rf"{E}[z_i(x)z_j(x')] = \delta_{{ij}}G(x,x')", "E[z[i;1]*z[j;2]] = d[i,j]*G[1,2]", "MLP"),
        (rf"{E}[z_i(x)^2] = G(x,x)", "E[z[i;1]^2] = G[1,1]", "MLP"),
        (rf"{E}[(z^{{(\ell+1)}})^2] = G^{{(\ell+1)}}", "E[z'^2] = G'", "MLP, inputs one"),
        (rf"{E}[z^{{(\ell)}}_iz^{{(\ell)}}_i] = G^{{(\ell)}}", "E[z[i]*z[i]] = G[l]", "MLP, inputs one"),
        (rf"{E}[(z^{{(\ell)}}_i)^2] = C_W{E}[(z^{{(\ell-1)}}_i)^2]", "E[z'[i]^2] = C_W*E[z[i]^2]", "MLP, inputs one"),
        (
            rf"{E}[z_{{i;\alpha}}(z_{{j;\alpha}} + z_{{j;\beta}})] = 0",
            "E[z[i;1]*(z[j;1] + z[j;2])] = 0",
            "MLP",
        ),
        (rf"{E}[\frac1n\sum_{{i=1}}^nz_i^2] = G", "E[1/n*sum(i, z[i]^2)] = G", "MLP, inputs one"),
        (rf"\sum_i{E}[z_i^2] = nG", "sum(i, E[z[i]^2]) = n*G", "MLP, inputs one"),
        (rf"\sum_{{i,j=1}}^n{E}[z_iz_j] = nG", "sum(i, j, E[z[i]*z[j]]) = n*G", "MLP, inputs one"),
        (rf"{E}[\sum_{{i_1}}z_{{i_1}}z_{{i_2}}] = G", "E[sum(i_1, z[i_1]*z2)] = G", "MLP, inputs one"),
        (r"\mathrm{Var}[z_i^2] = 0", "E[(z[i]^2)^2] - E[z[i]^2]^2 = 0", "MLP, inputs one"),
        (r"\mathrm{Cov}[z_i, z_j] = 0", "E[z[i]*z[j]] - E[z[i]]*E[z[j]] = 0", "MLP, inputs one"),
        (rf"{E}[\widehat{{H}}_{{i_1i_2;\alpha_1\alpha_2}}] = 0", "E[H12] = 0", "MLP"),
        (rf"{E}[\hat H_{{ij}}] = \delta_{{ij}}\Theta", "E[H[i,j]] = d[i,j]*Theta", "MLP, inputs one"),
        (rf"{E}[H^{{(\ell+1)}}_{{i_1i_2;\alpha_1\alpha_2}}] = 0", "E[H12'] = 0", "MLP"),
        (
            rf"{E}[\widehat{{\mathrm{{d}}H}}_{{i_0i_1i_2;\alpha_0\alpha_1\alpha_2}}z_{{i_3;\alpha_3}}] = 0",
            "E[dH012*z3] = 0",
            "MLP",
        ),
        (rf"{E}[z_1z_2]_c = \delta_{{12}}G_{{12}}", "E[z1*z2]_c = d12*G[1,2]", "MLP"),
        (rf"{E}[z_i^4]_c^2 = 0", "E[z[i]^4]_c^2 = 0", "MLP, inputs one"),
    ],
)
def test_the_tree_is_that_of_the_plain_syntax(body: str, plain: str, scope: str) -> None:
    found = read(body, scope)
    _, task = task_of(f'claim "c": {plain} for {scope}')
    assert isinstance(task.statement, ClaimStatement)
    assert found.sides == task.statement.sides


@pytest.mark.parametrize(
    ("body", "scope", "message"),
    [
        # neurons and inputs
        (rf"{E}[z_iz_j] = \delta_{{ij}}G", "MLP", "at which input"),
        (rf"{E}[z_{{i_1}}z_{{i_2}}] = \delta_{{i_1i_2}}G_{{12}}", "MLP", "at which input"),
        (rf"{E}[H_{{i_1i_2}}] = 0", "MLP", "at which input"),
        (rf"{E}[z_{{i_1,\alpha_1}}z_{{i_2,\alpha_2}}] = 0", "MLP", "which neuron is this"),
        (rf"{E}[H_{{\alpha_1\alpha_2}}] = 0", "MLP", "which neuron is this"),
        (rf"{E}[{TWO}] = \delta_{{\alpha_1\alpha_2}}G_{{\alpha_1\alpha_2}}", "MLP", "which neuron is this"),
        (rf"{E}[z_{{ij;\alpha}}] = 0", "MLP", "one neuron and one input"),
        (rf"{E}[z_{{i;\alpha;\beta}}] = 0", "MLP", "second semicolon"),
        (rf"{E}[z_{{i;\alpha\beta}}] = 0", "MLP", "at 1 inputs, not 2"),
        (rf"{E}[z_{{i;\alpha}}(x)] = 0", "MLP", "one neuron and one input"),
        (rf"{E}[z_{{i_1;\alpha_1}}z_{{i_2;\alpha_2}}] = \delta_{{i_1i_2}}K_{{12}}", "MLP", "the same input"),
        (rf"{E}[{TWO}]_c = {E}[z_1z_2]", "MLP", "numbers for neurons beside"),
        (rf"{E}[z_1z_2]_c = 0", "MLP", "a neuron or an input"),
        (rf"{E}[z_{{1;1}}z_{{2;2}}] = 0", "MLP", "a neuron or an input"),
        (rf"{E}[z_1z_2z_3z_4]_c = \frac1n(V_{{(12)(34)}} + V_{{(13)(24)}} + V_{{(14)(23)}})", "MLP", "a neuron or an"),
        (rf"{E}[z_1z_2]_c = G + O(1/n)", "MLP, inputs one", "a neuron or an input"),
        (rf"{E}[H_{{ij;\alpha\beta}}] = \delta_{{ij}}\Theta_{{\alpha\beta}}", "MLP", "stands at slots"),
        (rf"{E}[H_{{i_1i_2;\alpha_2\alpha_1}}] = 0", "MLP", "stands at slots"),
        (rf"{E}[H_{{i_1i_2;\alpha_1}}] = 0", "MLP", "at 2 inputs, not 1"),
        (rf"{E}[H_{{i_1;\alpha_1}}] = 0", "MLP", "stands at 2 neurons"),
        # deltas
        (rf"{E}[{TWO}] = \delta_{{i_1i_3}}G_{{\alpha_1\alpha_2}}", "MLP", "neuron 3 stands in no expectation"),
        (rf"{E}[{TWO}] = \delta^{{i_1i_2}}G_{{\alpha_1\alpha_2}}", "MLP", "a delta joins neurons"),
        (rf"{E}[{TWO}] = \delta G_{{\alpha_1\alpha_2}}", "MLP", "a deviation, has no meaning here"),
        (rf"{E}[{TWO}] = \delta_{{i_1i_1}}G_{{\alpha_1\alpha_2}}", "MLP", "a delta joins different neurons"),
        (r"G_{12} = \delta_{12}K_{12}", "MLP", "Kronecker delta has no meaning"),
        # layers
        (rf"{E}[z^{{(\ell+1)}}_iz^{{(\ell)}}_j] = 0", "MLP, inputs one", "layers l and l\\+1 stand in one"),
        (rf"{E}[z^{{(\ell)}}_iz_j] = 0", "MLP, inputs one", "z of which layer"),
        (rf"{E}[z_iz_j] = \delta_{{ij}}G^{{(\ell+1)}}", "MLP, inputs one", "z of which layer"),
        (rf"{E}[(z^{{(\ell+1)}}_i)^2] = G", "MLP, inputs one", "G of which layer"),
        (rf"{E}[z'_i] = 0", "MLP, inputs one", "has no meaning there"),
        (rf"{E}[z^{{(2)}}_i] = 0", "MLP, inputs one", "neither a power nor a layer"),
        # what is averaged, and how
        (rf"{E}[\sigma(z_i)^2] = 1", "MLP, inputs one", "sigma inside an expectation over the parameters"),
        (rf"{E}[z_i^2] = {E}[\sigma^2]", "MLP, inputs one", "sigma inside an expectation over the parameters"),
        (rf"{E}[z^4] = 3G^2 + \frac{{3V}}{{n}}", "MLP, inputs one", "of finite width, or at the kernel"),
        (rf"{E}[z_i^2z_j^2]_c = 0", "MLP, inputs one", "of the squares, or of all factors"),
        (rf"{E}[(z_iz_j)^2]_c = 0", "MLP, inputs one", "the connected part of a sum, or of a product"),
        (r"\mathrm{Var}[z_i]_c = 0", "MLP, inputs one", "connected by itself"),
        (r"\mathrm{Cov}[z_i] = 0", "MLP, inputs one", "of two formulas"),
        (rf"{E}[z_i^4]_K = 3K^2", "MLP, inputs one", "only a power can follow"),
        (rf"{E}_{{z\sim\mathcal{{N}}(0,K)}}[z^4]_c = 0", "MLP, inputs one", "only a power can follow"),
        (rf"{E}[z_i^4]|_{{\text{{disconnected}}}} = 0", "MLP, inputs one", "not closed"),
        (rf"\left.2{E}[z_i^4]\right|_c = 0", "MLP, inputs one", "at which point"),
        (r"\langle\langle z_1z_2z_3z_4\rangle\rangle = 0", "MLP", "a connected part"),
        (r"\mathrm{Var}[\Theta] = O(1/n)", "MLP, inputs one", "not random"),
        (rf"{E}[\Theta] = \Theta", "MLP, inputs one", "not random"),
        (r"\mathrm{Var}[\widehat{H}] = H", "MLP, inputs one", "with a hat and without one"),
        (r"\mathrm{Var}[\widehat{\Delta H}] = 0", "MLP, inputs one", "no meaning here"),
        (rf"{E}[z_iz_j] = H", "MLP, inputs one", "fluctuates from network to network"),
        (rf"{E}[z_iz_j] + z_i = 0", "MLP, inputs one", "depends on a neuron's preactivation"),
        (rf"{E}[|z_i|] = 0", "MLP, inputs one", "is no moment"),
        (rf"{E}[\max(z_i, 0)] = 0", "MLP, inputs one", "is no moment"),
        (rf"{E}\left[\frac{{1}}{{z_i^2}}\right] = 0", "MLP, inputs one", "is no moment"),
        (rf"\frac{{d}}{{dK}}{E}[z_i^2] = 1", "MLP, inputs one", "derivative beside"),
        (rf"{E}[z_iz_j] = \delta_{{ij}}K = K\delta_{{ij}}", "MLP, inputs one", "joins neurons of no expectation"),
        # sums
        (rf"{E}[\sum_{{i=1}}^{{n_\ell}}z_i^2] = nG", "MLP, inputs one", "over which neurons"),
        (rf"{E}[\sum_{{i=2}}^nz_i^2] = nG", "MLP, inputs one", "over which neurons"),
        (rf"{E}[\sum_{{i=1}}z_i^2] = nG", "MLP, inputs one", "over which neurons"),
        (rf"{E}[\sum_{{i\neq j}}z_iz_j] = 0", "MLP, inputs one", "no meaning here"),
        (rf"{E}[\sum_{{i=1}}^nz_j^2] = nG", "MLP, inputs one", "does not stand in the sum"),
        (rf"\sum_{{i=1}}^nG = n{E}[z_j^2]", "MLP, inputs one", "does not stand in the sum"),
        (rf"\sum_i\sum_i{E}[z_i^2] = G", "MLP, inputs one", "summed over twice"),
        (rf"z_i^2 + \sum_i{E}[z_i^2] = G", "MLP, inputs one", "depends on a neuron's preactivation"),
        # orders and assumptions
        (rf"{E}[z_iz_j] = \delta_{{ij}}K + O(K)", "MLP, inputs one", "something else than 1/n"),
        (rf"{E}[z_iz_j] = \delta_{{ij}}K - O(1/n)", "MLP, inputs one", "one order, added"),
        (rf"{E}[z_i^4] = 3G^2 + \frac{{3V}}{{n}} + O(1/n)", "MLP, inputs one", "beyond this order are written"),
        (rf"{E}[z_iz_j + O(1/n)] = 0", "MLP, inputs one", "an order is added to a side"),
        (rf"{E}[z_iz_j] = \delta_{{ij}}K^\star", "MLP, inputs one", "neither digits nor a limit"),
        (rf"{E}[z_iz_j] = \delta_{{ij}}G", "MLP, inputs one, at criticality", "no meaning beside E"),
        (rf"{E}[z_iz_j] = \delta_{{ij}}G; C_b = 0", "MLP, inputs one", "no meaning here"),
    ],
)
def test_refused_with_what_would_work(body: str, scope: str, message: str) -> None:
    with pytest.raises(LanguageError, match=message) as caught:
        verdict(body, scope)
    assert caught.value.help and caught.value.span.source is not None


@pytest.mark.parametrize(
    ("body", "scope", "kind"),
    [
        (rf"{E}[{TWO}] = \delta_{{i_1i_2}}\langle z_{{\alpha_1}}z_{{\alpha_2}}\rangle_K", "MLP", Kind.PROVED),
        (rf"{E}[{TWO}] = \langle z_{{\alpha_1}}z_{{\alpha_2}}\rangle_K", "MLP", Kind.REFUTED),
        (rf"{E}[u_{{i;\alpha}}v_{{j;\beta}}] = 0", "Gated", Kind.PROVED),
        (rf"{E}[u_{{i;\alpha}}u_{{j;\beta}}] = 0", "Gated", Kind.REFUTED),
        (r"\mathrm{Var}[\widehat{H}] = O(1/n)", "MLP, inputs one", Kind.PROVED),
        (rf"{E}[z^4] = 3K^2", "MLP, inputs one", Kind.PROVED),
        (rf"{E}[(z^{{(\ell)}})^2] = K^{{(\ell)}} + O(1/n^2)", "MLP, inputs one", Kind.REFUTED),
    ],
)
def test_verdicts_beside_averages_at_the_kernel(body: str, scope: str, kind: Kind) -> None:
    assert verdict(body, scope).kind is kind


def test_a_claim_is_understood_without_being_decided() -> None:
    program, task = latex(r"\mathrm{Var}[\widehat{H}_{i_1i_2;\alpha_1\alpha_2}] = O(1/n)", "MLP")
    system, names = known().system("MLP"), known().names("MLP")
    found = understood(task.statement, system, names, notation=program.notation, observables=known().observables("MLP"))
    assert found == "E[H12^2] - E[H12]^2 = O(1/n)"
