"""The steps of a derivation lead to the engine's own right-hand side and can be read."""

from __future__ import annotations

import pytest

from ptheory.networks.architecture import Architecture
from ptheory.recursion.steps import derivation_steps
from ptheory.rendering.explain import explain_latex, explain_text
from tests.rendering.architectures import GATED, MLP, POLYNOMIAL, TWO_ACTIVATIONS, recursion
from tests.rendering.latex_lint import assert_well_formed


@pytest.mark.parametrize("architecture", [MLP, TWO_ACTIVATIONS, POLYNOMIAL, GATED], ids=lambda a: a.name)
@pytest.mark.parametrize("name, order", [("G", 0), ("G", 1), ("V", 0)])
def test_the_last_step_is_the_recursion(architecture: Architecture, name: str, order: int) -> None:
    equation = recursion(architecture, name, order)
    steps = derivation_steps(equation.system, equation.target)
    assert [step.name for step in steps] == [
        "Next-layer product",
        "Wick contraction over the parameters",
        "Coincidences",
        "Expansion",
        "Matching",
    ]
    assert steps[-1].lines[0].right == equation.right
    assert_well_formed(explain_latex(steps, equation.names))


def test_the_vertex_of_the_mlp_explained() -> None:
    equation = recursion(MLP, "V")
    text = explain_text(derivation_steps(equation.system, equation.target), equation.names)
    for line in (
        "Ĝ′[1,2] = C_b + 1/n·C_W·Σ_{j} σ[j;1]·σ[j;2]",
        "E[Ĝ′[1,2] | ℓ] = C_b + C_W·⟨σ₁ σ₂⟩",
        "κ[Ĝ′[1,2], Ĝ′[3,4] | ℓ] = 1/n·C_W²·(⟨σ₁ σ₂ σ₃ σ₄⟩ − ⟨σ₁ σ₂⟩·⟨σ₃ σ₄⟩)",
    ):
        assert line in text


def test_the_steps_of_a_differentiated_observable_can_be_written() -> None:
    from ptheory.language import parse
    from ptheory.networks.program import check_file
    from ptheory.rendering.explain import explain_latex, explain_text
    from ptheory.session.run import run_program

    program = check_file(parse("ptheory 1\ninclude mlp\ninclude observables\nderive R\n", "r.deriv"))
    found = run_program(program, "r.deriv")["R"].equation
    steps = derivation_steps(found.system, found.target)
    assert "ddI" in explain_text(steps, found.names) and explain_latex(steps, found.names)
