"""G beyond 1/n where it does not vanish: a cubic at layer 3, a quadratic at layer 4; to 1/n^2 and the whole series."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.oracles.covariance_transfer import CovarianceTransfer
from tests.oracles.network import mlp
from tests.oracles.tensors import divide_by_powers, paired_correlator
from tests.recursion.front_end import EngineFlow, vectors

INPUT = (("1/2", "3/4"),)
SETTINGS = "set C_b = 1/10, C_W = 6/5"


@pytest.mark.parametrize(
    "formula, coefficients, layer",
    [("z + z^2/4 - z^3/9", ["0", "1", "1/4", "-1/9"], 3), ("z + z^2/4", ["0", "1", "1/4"], 4)],
)
@pytest.mark.parametrize("order", ["1/n^2", "exact"])
def test_mean_covariance(formula: str, coefficients: list[str], layer: int, order: str) -> None:
    text = (
        f"ptheory 1\ninclude mlp\nflow MLP with sigma = {formula} {{\n    inputs {vectors(INPUT)}\n    {SETTINGS}\n"
        f"    depth {layer}\n    order {order}\n    show G\n}}\n"
    )
    network = mlp(coefficients, [list(vector) for vector in INPUT], layer, "1/10", "6/5")
    exact = divide_by_powers(paired_correlator(CovarianceTransfer(network).moment, [0, 0]), 0)
    assert len(exact) > 2 and exact[2] != 0
    flow = EngineFlow(text)
    orders = 3 if order == "1/n^2" else flow.orders(layer, "G", (0, 0))
    assert flow.coefficients(layer, "G", (0, 0), orders) == (exact + [Fraction(0)] * orders)[:orders]
