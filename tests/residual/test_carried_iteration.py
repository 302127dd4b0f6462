"""The tower of layers that carry their neurons over, iterated by the engine: against the program that shares nothing
with it, layer by layer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

from ptheory.algebra.polynomial import Atom, Symbol
from ptheory.criticality.analysed_at_large_depth import AtLargeDepth
from ptheory.criticality.carried_iteration import CarriedSystem, every_tensor_on
from ptheory.networks.coefficients import TensorAt
from ptheory.session.systems import Systems, bound_activations
from tests.claims.setting import program
from tests.residual.test_carried_tower import FUNCTIONS
from tests.residual.tower_in_two_layers import MEANS, TENSORS, tower

RATES = 1 / 3, 1 / 2


def carried(activation: str, skip: str) -> CarriedSystem:
    """Every tensor at this skip; derivatives of kinks dropped."""
    checked = program(
        f"ptheory 1\ninclude residual\ninclude observables\nwith sigma = {activation} for Residual {{ exponents G }}"
    )
    systems = Systems(checked)
    names = systems.names("Residual")
    wanted = [TensorAt("Theta"), *map(TensorAt, TENSORS), TensorAt("G", 1), TensorAt("Theta", 1)]
    analysed = AtLargeDepth(systems.system("Residual"), names, wanted, {"xi": sp.Rational(skip)})
    (task,) = (task for task in checked.tasks if hasattr(task, "bindings"))
    spec = analysed.specialise(bound_activations(checked, task.bindings))
    assert isinstance(spec, CarriedSystem)
    return replace(spec, kinks_dropped=True)


@pytest.mark.parametrize(
    ("activation", "skip", "weight", "bias", "start", "depth", "most"),
    [
        ("gelu", "7/10", 1.2, 0.1, 1.3, 20, 40),  # at variances that are not critical
        ("relu", "4/5", 0.72, 0.0, 1.0, 120, 60),
        ("tanh", "-1/2", 0.75, 0.0, 0.5, 450, 16),
        ("tanh", "0", 1.0, 0.0, 0.5, 20, 16),
        ("z + z^2 - 2*z^3/5", "1/2", 0.3, 0.05, 0.1, 60, 30),
    ],
)
def test_every_tensor_in_every_layer(
    activation: str, skip: str, weight: float, bias: float, start: float, depth: int, most: int
) -> None:
    rows = tower(FUNCTIONS[activation], float(sp.Rational(skip)), weight, bias, RATES, start, depth, most, theta=1.0)
    spec = carried(activation, skip)
    numbers: dict[Atom, float] = {Symbol("C_W"): weight, Symbol("C_b"): bias}
    numbers |= {Symbol("lambda_b"): RATES[0], Symbol("lambda_W"): RATES[1]}
    found = every_tensor_on(spec, rows[:, 0], numbers)
    for column, name in enumerate(("Theta", *TENSORS, *MEANS), start=1):
        size = np.max(np.abs(rows[:, column]))
        assert np.allclose(found[name], rows[:, column], rtol=0, atol=1e-7 * size), name
