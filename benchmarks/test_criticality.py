"""Time to a class: closed forms, a general formula, and the tower to subleading order."""

from typing import Any

import pytest

from ptheory.activations import lookup
from ptheory.criticality.asymptotics import fixed_rates, solve_tower
from ptheory.criticality.fixed_points import critical_points
from ptheory.criticality.local import local_flow
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.universality import classify_system, governing_point
from tests.criticality.hand_made import mlp


@pytest.mark.parametrize("name", ["relu", "tanh", "erf", "gelu", "swish", "softsign"])
def test_time_to_classify(benchmark: Any, name: str) -> None:
    activation = lookup(name)

    def run() -> str:
        return classify_system(SpecialisedSystem(mlp(), (activation,)), name).label

    assert benchmark.pedantic(run, rounds=1) != "undecided"


def test_time_to_solve_the_tower(benchmark: Any) -> None:
    spec = SpecialisedSystem(mlp(), (lookup("sin"),))
    point = governing_point(critical_points(spec).points)
    assert point is not None
    local = local_flow(spec, point)
    assert local.flow is not None
    flow = local.flow

    def run() -> int:
        rates = fixed_rates(local.system)
        return len(solve_tower(local.system, local.expand, flow, local.kernel, rates).behaviours)

    assert benchmark.pedantic(run, rounds=1) == 13
