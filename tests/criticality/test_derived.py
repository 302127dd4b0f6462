"""The derived tower of the fully connected network against the published one written by hand."""

import sympy as sp

from ptheory.activations import lookup
from ptheory.criticality.asymptotics import fixed_rates, solve_tower
from ptheory.criticality.closed_tower import two_point_equation
from ptheory.criticality.derived import one_input_system
from ptheory.criticality.fixed_points import critical_points
from ptheory.criticality.local import local_flow
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.universality import governing_point
from ptheory.recursion.equation import equation
from ptheory.session.prelude_network import prelude_network
from tests.criticality.hand_made import mlp

ORDER = ("Theta", "V", "F", "B", "D", "A", "Q", "P", "R", "S", "T", "U")


def behaviours(spec):
    about = local_flow(spec, governing_point(critical_points(spec).points))
    tower = solve_tower(about.system, about.expand, about.flow, about.kernel, fixed_rates(about.system))
    assert not tower.failures
    return {name: sp.expand(b.expression()) for name, b in tower.behaviours.items()}


def test_leading_and_subleading_behaviour_of_every_tensor_agree():
    network = prelude_network()
    system, names = network.system, network.names
    tower = [equation(system, names, name, 0) for name in ORDER]
    derived = one_input_system("MLP", two_point_equation(system, names), tower, "C_b", "C_W", ("lambda_b", "lambda_W"))
    sine = lookup("sin")
    found = behaviours(derived.specialise({"sigma": sine}))
    expected = behaviours(SpecialisedSystem(mlp(), (sine,)))
    assert set(found) == {"K", *ORDER}
    for name, value in expected.items():
        assert sp.expand(found[name] - value) == 0, name
