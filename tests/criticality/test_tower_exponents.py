"""Exponents and amplitudes of the whole tower against the iterated recursion, and how they are shown."""

import json
from dataclasses import replace
from fractions import Fraction

import pytest
import sympy as sp

import ptheory as pt
from ptheory.activations import Z, from_formula, lookup
from ptheory.criticality.fixed_points import critical_points
from ptheory.criticality.local import local_flow
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.tower_exponents import (
    EQUIVALENCE,
    FIXED,
    Dimension,
    line_exponents,
    tower_exponents,
)
from ptheory.criticality.universality import classify_system, governing_point
from tests.criticality.hand_made import mlp
from tests.criticality.iterated import iterate, softsign_jets, tanh_jets
from tests.session.command_line import ptheory

R = sp.Rational
LEGS_AND_RATES = {
    "Theta": (2, 1), "V": (4, 0), **dict.fromkeys("DF", (4, 1)), **dict.fromkeys("ABPQ", (4, 2)),
    **dict.fromkeys("RSTU", (4, 3)),
}  # fmt: skip
DIMENSIONS = {n: Dimension(R(m, 2) - r, r, m // 2 - 1) for n, (m, r) in LEGS_AND_RATES.items()}
NUMBERS = {"lambda_b": 0.7, "lambda_W": 0.4}


@pytest.mark.parametrize(
    ("name", "jets", "start", "kinks_dropped", "delta"),
    [
        ("tanh", tanh_jets, 0.3, False, 0.0),
        ("softsign", softsign_jets, 0.02, False, -4.0),  # sigma'' = -2 sign(z)/(1 + |z|)^3
        ("softsign", softsign_jets, 0.02, True, 0.0),
    ],
)
def test_every_exponent_and_amplitude_is_that_of_the_iterated_recursion(name, jets, start, kinks_dropped, delta):
    """At layer 4000 what is left out is of relative order (log l)/l."""
    spec = SpecialisedSystem(mlp(), (lookup(name),), kinks_dropped=kinks_dropped)
    local = local_flow(spec, governing_point(critical_points(spec).points))
    first, second = 2000, 4000
    for scheme in tower_exponents(local, DIMENSIONS):
        powers = {rate: float(power) for rate, power in scheme.powers.items()}
        found = iterate(
            jets, 1.0, start, [first, second],
            lambda layer, p=powers["lambda_b"]: NUMBERS["lambda_b"] * layer**p,
            lambda layer, p=powers["lambda_W"]: NUMBERS["lambda_W"] * layer**p,
            delta,
        )  # fmt: skip
        growths = {g.name: g for g in scheme.growths if g.name == g.tensor}
        assert set(growths) == set(DIMENSIONS) and not scheme.failures
        for quantity, growth in growths.items():
            assert growth.log_power == 0
            amplitude = float(growth.amplitude.subs({s: NUMBERS[s.name] for s in growth.amplitude.free_symbols}))
            predicted = [amplitude * layer ** float(growth.power) for layer in (first, second)]
            # extrapolate the ratio to l -> infinity, linearly in 1/l
            ratios = [found[layer][quantity] / p for layer, p in zip((first, second), predicted, strict=True)]
            assert abs(2 * ratios[1] - ratios[0] - 1) < 0.02, (scheme.rates, quantity, ratios)


def test_the_published_ratios_of_tanh():
    schemes = {s.rates: s for s in classify_system(
        SpecialisedSystem(mlp(), (lookup("tanh"),)), "tanh", dimensions=DIMENSIONS).tower}  # fmt: skip
    growing = ["V/(nK^2)", "D/(nKTheta)", "F/(nKTheta)", "A/(nTheta^2)", "B/(nTheta^2)", "P/(nTheta^2)",
               "Q/(nTheta^2)", "KR/(nTheta^3)", "KS/(nTheta^3)", "KT/(nTheta^3)"]  # fmt: skip
    ratios = {g.name: g for g in schemes[EQUIVALENCE].growths}
    assert all(ratios[name].power == 1 for name in growing) and ratios["KU/(nTheta^3)"].power == -1
    assert schemes[EQUIVALENCE].powers == {"lambda_b": -1, "lambda_W": 0}
    assert schemes[FIXED].powers == {"lambda_b": 0, "lambda_W": 0}


def test_relu_is_polynomial_in_depth_with_kinks_dropped():
    """The published recursions at C_W = 2, C_b = 0 with sigma'' = 0, iterated in fractions."""
    spec = SpecialisedSystem(mlp(), (lookup("relu"),), kinks_dropped=True)
    hyper = {spec.system.weight: sp.Integer(2), spec.system.bias: sp.Integer(0)}
    fixed, equivalence = line_exponents(spec, hyper, DIMENSIONS)
    assert not fixed.failures and fixed.exact == equivalence.exact
    k, lam_b, lam_w, theta = Fraction(3, 2), Fraction(1, 3), Fraction(2, 5), Fraction(7, 4)
    r = lam_w / 2
    x = dict.fromkeys("VDFABPQRSTU", Fraction(0))
    values = {"K": k, "lambda_b": lam_b, "lambda_W": lam_w, "Theta_1": Fraction(7, 4)}
    for layer in range(1, 7):
        for name, expression in fixed.exact.items():
            at = {s: sp.Rational(values.get(s.name, layer)) for s in expression.free_symbols}
            assert Fraction(str(expression.subs(at))) == {**x, "Theta": theta}[name], (layer, name)
        v, f, b = x["V"] + 5 * k * k, x["F"] + 2 * k * theta, x["B"] + 2 * theta**2
        x = {
            "V": v, "F": f, "B": b, "D": x["D"] + r * v + k * theta, "Q": x["Q"] + r * f, "S": x["S"] + r * b,
            "A": x["A"] + r * r * v + 2 * r * (k * theta + x["D"]) + theta**2,
            "T": x["T"] + r * r * f + 2 * r * x["Q"], **dict.fromkeys("PRU", Fraction(0)),
        }  # fmt: skip
        theta += lam_b + lam_w * k / 2


def test_coefficients_over_sums_of_roots_stay_exact_and_short():
    """z + erf(z): sigma_1 = 1 + 2/sqrt(pi), a1 = sigma_3/sigma_1 = -4/(2 + sqrt(pi))."""
    found = classify_system(SpecialisedSystem(mlp(), (from_formula("f", Z + sp.erf(Z)),)), "f")
    assert found.label == "K*=0" and found.exponents["p_perp"] == 1
    assert found.amplitudes["K"] == (sp.sqrt(sp.pi) + 2) / 4 and found.amplitudes["V/(nK^2)"] == R(2, 3)


def test_an_irrational_exponent_is_solved_in_numbers():
    """erf(z) + z^2/3: p_perp = b1/a1 = (-2 + pi/9)/(-2 + pi/12); Theta at equivalence rates ~ l^(1 - p_perp)."""
    activation = from_formula("f", sp.erf(Z) + Z**2 / 3)
    dimensions = {name: DIMENSIONS[name] for name in ("Theta", "V")}
    system = replace(mlp(), tower=tuple(r for r in mlp().tower if r.name in dimensions))
    found = classify_system(SpecialisedSystem(system, (activation,)), "f", dimensions=dimensions)
    expected = (-2 + sp.pi / 9) / (-2 + sp.pi / 12)
    assert sp.simplify(found.exponents["p_perp"] - expected) == 0
    growths = {g.name: g for g in found.tower[1].growths}
    assert abs(growths["Theta"].power - (1 - expected).n(30)) < 1e-18
    assert found.tower[1].powers["lambda_b"] == growths["Theta"].power - 1


def test_the_command_says_which_rates_are_meant(monkeypatch, capsys):
    assert ptheory(monkeypatch, "classify", "sin", "--tower", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["rates"] == {
        FIXED: {"lambda_b": "0", "lambda_W": "0"}, EQUIVALENCE: {"lambda_b": "-1", "lambda_W": "0"},
    }  # fmt: skip
    assert found["exponents"]["Theta (fixed rates)"] == "1" and found["exponents"]["p_perp"] == "1"
    assert found["exponents"]["F/(nKTheta) (equivalence rates)"] == "1"
    assert found["amplitudes"]["F/(nKTheta) (equivalence rates)"] == "1/4"


def test_a_with_block_shows_the_tensors_it_names():
    text = (
        "ptheory 1\ninclude mlp\ninclude observables\n"
        "with sigma = relu { derivatives almost everywhere; exponents G, V, Theta, F }\n"
        "with sigma = gelu { exponents Theta }\n"
    )
    report = str(pt.run_text(text).report)
    assert "F/(nKTheta)" in report and "fixed rates" in report and "D/(nKTheta)" not in report
    assert "fixed rates, K = K*" in report
