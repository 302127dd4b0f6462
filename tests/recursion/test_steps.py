"""The steps of a derivation lead to the engine's own right-hand side and can be read."""

from __future__ import annotations

import pytest

from ptheory.language import parse
from ptheory.networks.architecture import Architecture
from ptheory.networks.program import check_file
from ptheory.rendering.explain import explain_latex, explain_text
from ptheory.session.result import Result
from ptheory.session.run import run_program
from tests.rendering.architectures import GATED, MLP, POLYNOMIAL, TWO_ACTIVATIONS, recursion
from tests.rendering.latex_lint import assert_well_formed


def run_text(text: str) -> Result:
    return run_program(check_file(parse(text, "net.deriv")), "net.deriv")


@pytest.mark.parametrize("architecture", [MLP, TWO_ACTIVATIONS, POLYNOMIAL, GATED], ids=lambda a: a.name)
@pytest.mark.parametrize("name, order", [("G", 0), ("G", 1), ("V", 0)])
def test_the_last_step_is_the_recursion(architecture: Architecture, name: str, order: int) -> None:
    equation = recursion(architecture, name, order)
    steps = equation.steps()
    assert [step.name for step in steps] == [
        "Next-layer product",
        "Wick contraction over the parameters",
        "Coincidences",
        "Expansion",
        "Matching",
    ]
    assert steps[-1].lines[0].right == equation.right
    assert_well_formed(explain_latex(steps, equation.names))


LAYERS = {"linear": "z[j;a]", "quadratic": "z[j;a]^2", "generic": "sigma(z[j;a])"}


@pytest.mark.parametrize("layer", LAYERS)
def test_explain_ends_in_exactly_the_printed_equation(layer: str) -> None:
    """Derivatives of a polynomial that vanish are written neither in the equation nor in its steps."""
    found = run_text(
        f"""ptheory 1
include correlators
include observables
architecture Net {{
    weights W[i,j] ~ Normal(0, C_W/n)  rate lambda_W/n
    biases  b[i]   ~ Normal(0, C_b)    rate lambda_b
    first   z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = b[i] + sum(j, W[i,j]*{LAYERS[layer]})
}}
derive G, V, Theta to order 1/n^2
derive D, F, A, B
"""
    )
    lengths = {name: len(derived.equation.right.terms) for name, derived in found.items()}
    for name, derived in found.items():
        printed = derived.equation
        steps = printed.steps()
        assert len(steps) == 5 and steps[-1].lines[-1].right == printed.right, name
    assert lengths["V1"] == {"linear": 6, "quadratic": 13, "generic": 15}[layer]


def test_the_steps_of_an_equation_at_one_input_end_in_it() -> None:
    equation = recursion(MLP, "V").at_one_input()
    last = equation.steps()[-1]
    assert last.name == "Equal samples" and last.lines[-1].right == equation.right


def test_the_vertex_of_the_mlp_explained() -> None:
    equation = recursion(MLP, "V")
    text = explain_text(equation.steps(), equation.names)
    for line in (
        "Ĝ′[1,2] = C_b + 1/n·C_W·Σ_{j} σ[j;1]·σ[j;2]",
        "E[Ĝ′[1,2] | ℓ] = C_b + C_W·⟨σ₁ σ₂⟩",
        "κ[Ĝ′[1,2], Ĝ′[3,4] | ℓ] = C_W²/n·(⟨σ₁ σ₂ σ₃ σ₄⟩ − ⟨σ₁ σ₂⟩·⟨σ₃ σ₄⟩)",
    ):
        assert line in text


def test_the_steps_of_a_differentiated_observable_can_be_written() -> None:
    found = run_text("ptheory 1\ninclude mlp\ninclude observables\nderive R\n")["R"].equation
    steps = found.steps()
    assert "ddI" in explain_text(steps, found.names) and explain_latex(steps, found.names)
