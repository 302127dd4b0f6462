"""What cannot be decided is said, with what was tried; nothing is guessed."""

import mpmath
import pytest
import sympy as sp
from sympy import Piecewise

from ptheory.activations import Z, from_formula, lookup
from ptheory.criticality import fixed_points
from ptheory.criticality.linear_recursions import AsymptoticFailure, Flow, solve_linear
from ptheory.criticality.series import LogSeries
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.universality import classify_system
from tests.criticality.hand_made import mlp


def classify(activation):
    return classify_system(SpecialisedSystem(mlp(), (activation,)), "sigma")


def test_no_fixed_point_says_what_was_searched():
    found = classify(lookup("sigmoid"))
    assert found.label == "none" and not found.exponents
    assert any("C_b = -4 < 0" in line for line in found.evidence)
    assert any(line.startswith("searched K between") and "no roots" in line for line in found.evidence)


def test_a_root_that_cannot_be_certified_is_undecided(monkeypatch):
    """The refined root is moved by 1e-9 of itself: the enclosures on its two sides have one sign."""
    refine = fixed_points._refine

    def moved(*arguments):
        root = refine(*arguments)
        return None if root is None else root * (1 + mpmath.mpf(10) ** -9)

    monkeypatch.setattr(fixed_points, "_refine", moved)
    found = classify(lookup("swish"))
    assert found.label == "undecided" and not found.exponents
    assert any("not certified" in line and "K = 14.32" in line for line in found.evidence)


def test_averages_that_no_array_can_hold_are_evaluated_one_by_one():
    """sin(z) for z > 0, z below: the closed form has error functions of complex argument; <sigma sigma''> < 0."""
    sine_above = Piecewise((sp.sin(Z), Z > 0), (Z, True))
    found = classify(from_formula("sigma", sine_above))
    assert found.label == "K*=0" and len(found.critical_points) == 1
    assert any(line == "searched K between 1e-06 and 1e+06 on 481 points: no roots at K > 0" for line in found.evidence)


def test_an_ansatz_that_fails_names_what_was_tried():
    flow = Flow(LogSeries({(sp.Integer(1), 0): 1, (sp.Integer(2), 0): -1}, 4))
    with pytest.raises(AsymptoticFailure, match="leads with a logarithm"):
        solve_linear(flow, LogSeries({(sp.Integer(0), 0): 1, (sp.Integer(1), 1): 2}, 4), LogSeries())
    with pytest.raises(AsymptoticFailure, match="not with a power above one"):
        Flow(LogSeries({(sp.Integer(1), 0): 2}, 4))
