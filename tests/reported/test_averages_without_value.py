"""A specialised formula writes no average that does not exist: (σ'')² of ReLU is a product of two delta functions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reported.running import HEAD, on_text

KEPT = "1/8·C_W·⟨∂z∂z∂z∂z(σ²)⟩·V"
OPENED = "⟨σ σ⁗ + 4 σ′ σ‴ + 3 σ″²⟩"


def shown(folder: Path, activation: str, tensor: str, more: str = "", inputs: str = "one") -> str:
    text = f"{HEAD}with sigma = {activation} {{ inputs {inputs}; show {tensor}{more} }}\n"
    ran = on_text(folder, text, "run")
    assert ran.code == 0, ran.err
    return " ".join(ran.out.split())


@pytest.mark.parametrize(
    "activation", ["relu", "leaky_relu", "abs", "hard_tanh", "piecewise((z > 1): z - 1, otherwise: 0)"]
)
def test_the_derivative_of_a_product_is_kept_where_its_terms_have_no_value(activation: str, tmp_path: Path) -> None:
    """The average of the fourth derivative of σ² exists, those of σ''² and σ'σ''' alone do not."""
    out = shown(tmp_path, activation, "G1")
    assert KEPT in out and "σ″²" not in out and "σ‴" not in out
    assert "χ∥ = C_W·⟨σ σ″ + σ′²⟩" in out, "σ is continuous where σ'' is a delta function"


@pytest.mark.parametrize("activation", ["tanh", "z - z^3/6", "elu", "gelu"])
def test_it_is_carried_out_where_they_have(activation: str, tmp_path: Path) -> None:
    """ELU with slope one from both sides: its second derivative jumps, its square has an average."""
    assert OPENED in shown(tmp_path, activation, "G1")


def test_different_inputs_have_values_of_their_own(tmp_path: Path) -> None:
    assert "⟨σ₁″ σ₂″⟩·V[1,2,1,2]" in shown(tmp_path, "relu", "G1", inputs="2")


def test_by_the_convention_the_factor_is_zero(tmp_path: Path) -> None:
    out = shown(tmp_path, "relu", "S", "; derivatives almost everywhere")
    assert "σ″" not in out.partition("where")[0] and "S′ = χ⊥²·S" in out


def test_without_the_convention_it_is_refused_by_name(tmp_path: Path) -> None:
    ran = on_text(tmp_path, f"{HEAD}with sigma = relu {{ inputs one; show S }}\n", "run")
    assert ran.code == 2 and "diverges" in ran.err and "derivatives almost everywhere" in ran.err
