"""Flows: in float64 on two lattices, and enclosed. Seconds of whole runs, from text to numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from commands import measure

HEAD = "ptheory 1\ninclude mlp\ninclude residual\ninclude observables\n"
THREE_INPUTS = """flow MLP with sigma = tanh {
    inputs [1, 0] [3/5, 4/5] [1/2, -1/3]
    set C_b = 1/10, C_W = 6/5, lambda_b = 1/5, lambda_W = 2/3
    depth 3
    digits %d
    show Theta, V, D, F, A, B, P, Q, R, S, T, U
}
"""
RESIDUAL = """flow Residual with sigma = %s {
    inputs [1, 1]
    set C_b = 0, C_W = 1, xi = 7/10
    depth 12
    digits %d
    show G, V
}
"""
FLOWS = {
    "tanh, three inputs, digits 8": THREE_INPUTS % 8,
    "tanh, three inputs, digits 12": THREE_INPUTS % 12,
    "residual tanh to layer 12, digits 8": RESIDUAL % ("tanh", 8),
    "residual tanh to layer 12, digits 12": RESIDUAL % ("tanh", 12),
    "residual gelu to layer 12, digits 8": RESIDUAL % ("gelu", 8),
}


@pytest.mark.parametrize("which", FLOWS)
def test_flow(benchmark: Any, tmp_path: Path, which: str) -> None:
    path = tmp_path / "flow.deriv"
    path.write_text(HEAD + FLOWS[which], "utf-8")
    measure(benchmark, "run", str(path), rounds=2)
