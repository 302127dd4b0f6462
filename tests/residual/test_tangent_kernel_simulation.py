"""D, F, A and B of a residual network with GELU against real networks differentiated in reverse."""

from __future__ import annotations

import pytest

from ptheory.activations import lookup
from ptheory.flows.on_lattices import RULES, TwinAverages
from ptheory.flows.twins import both
from ptheory.language import parse
from ptheory.networks.program import check_file
from ptheory.simulation.array_activations import array_activation
from ptheory.simulation.simulate_training import simulate_training
from tests.residual.comparison import SkipFlow

WIDTH, DEPTH, NETWORKS = 48, 3, 15_000
FLOW = """ptheory 1
include residual
include observables
flow Residual with sigma = gelu {
    inputs [1, 1]
    set C_b = 0, C_W = 1, xi = 7/10, lambda_b = 1/5, lambda_W = 1
    depth 3
    digits 10
    order 1/n
    show Theta, D, F, A, B
}
"""


@pytest.mark.slow
def test_within_the_error_bars() -> None:
    """Each value to order 1/n lies within four standard errors, plus the size of the first order left out."""
    architecture = check_file(parse("ptheory 1\ninclude residual\n")).architectures["Residual"]
    found = simulate_training(
        architecture,
        {"sigma": array_activation(lookup("gelu"))},
        {"C_W": 1.0, "C_b": 0.0, "xi": 0.7, "lambda_b": 0.2, "lambda_W": 1.0},
        [[1.0, 1.0]],
        [WIDTH] * (DEPTH - 1),
        DEPTH,
        NETWORKS,
        seed=5,
        outputs=8,
    )
    flow = SkipFlow(FLOW, TwinAverages(*RULES[:2]))
    for name in ("Theta", "D", "F", "A", "B"):
        samples = (0, 0) if name == "Theta" else (0, 0, 0, 0)
        leading, following = (float(both(c)[1]) for c in flow.coefficients(DEPTH, name, samples))
        estimate = getattr(found, name)
        value, error = float(estimate.value.item()), float(estimate.error.item())
        left_out = (following / WIDTH) ** 2 / leading
        assert error < 0.05 * leading, name
        assert abs(value - leading - following / WIDTH) < 4 * error + left_out, (name, value, error, leading, following)
