"""What cannot be decided is said, with what was tried; nothing is guessed."""

import mpmath
import pytest
import sympy as sp

from ptheory.activations import lookup
from ptheory.criticality import fixed_points
from ptheory.criticality.linear import AsymptoticFailure, Flow, solve_linear
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


def test_an_ansatz_that_fails_names_what_was_tried():
    flow = Flow(LogSeries({(sp.Integer(1), 0): 1, (sp.Integer(2), 0): -1}, 4))
    with pytest.raises(AsymptoticFailure, match="leads with a logarithm"):
        solve_linear(flow, LogSeries({(sp.Integer(0), 0): 1, (sp.Integer(1), 1): 2}, 4), LogSeries())
    with pytest.raises(AsymptoticFailure, match="not with a power above one"):
        Flow(LogSeries({(sp.Integer(1), 0): 2}, 4))
