"""A refutation is evaluated twice, by routes that share no arithmetic; a contradiction is undecided."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice

import pytest

from ptheory.activations import lookup
from ptheory.claims import witness
from ptheory.claims.points.exact_points import exact_points
from ptheory.claims.verdict import Ball, Kind
from ptheory.claims.witness import NoWitness, values
from tests.claims.setting import verdict
from tests.reported.test_correction_searches import claim_read

DECLARATIONS = "ptheory 1\ninclude mlp\ninclude observables\n"
CLAIMS = [
    ("V' = C_W^2*(<s^4> - <s^2>^2) + 2*chi_par^2*V", "inputs one"),
    ("G1' = chi_par*G1 + C_W*V/(8*K^4)*<s^2*(z^4 - 6*K*z^2 + 2*K^2)>", "inputs one"),
    ("A' = chi_perp^2*A + lambda_W*V'", "inputs one"),
    ("K' = C_b + C_W*<s^2>_K[l+1]", "inputs one"),
    ("chi_perp[l+1] = C_W*<s'^2>", "inputs one"),
    ("V'[1,2,1,2] = C_W^2*(<s1^2*s2^2> - <s1*s2>^2) + chi_par[1]*chi_perp[1,2]*V[1,2,1,2]", "inputs 2"),
    ("sum(a,b, Kinv[a,b]*<s_a s_b>) = 1/(2 + K[1,2])^2", "inputs 2"),
    ("<z1 z2 z3 z4> = K[1,2]*K[3,4] + K[1,3]*K[2,4]", ""),
    ("d(<s^2>, K) = <s'^2>", "inputs one"),
]


@pytest.mark.parametrize(("claim", "scope"), CLAIMS, ids=[claim for claim, _ in CLAIMS])
def test_both_routes_have_the_same_values(claim: str, scope: str) -> None:
    read = claim_read(claim, scope or "MLP", DECLARATIONS)
    points = list(islice(exact_points(read), 4))
    assert points
    for point in points:
        assert values(read, point.assignment.scalars, point.assignment.activations) == point.values


def test_json_has_it() -> None:
    found = verdict("V' = C_W^2*(<s^4> - <s^2>^2) + 2*chi_par^2*V", declarations=DECLARATIONS).as_json()
    assert found["witness"] == {"left": "16", "right": "24", "by": "means of independent Gaussian variables"}


def test_a_polynomial_that_is_bound_has_one_and_others_have_not() -> None:
    found = verdict("K' = C_b + 14*C_W*K^3", "inputs one, with sigma = z^3", DECLARATIONS, {"sigma": lookup("linear")})
    assert found.kind is Kind.REFUTED and found.witness is not None
    other = verdict("K' = C_b + C_W*K", "inputs one, with sigma = relu", DECLARATIONS, {"sigma": lookup("relu")})
    assert other.kind is Kind.REFUTED and other.witness is None


def test_a_contradiction_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness, "values", lambda *of: (Fraction(16), Fraction(23)))
    found = verdict("V' = C_W^2*(<s^4> - <s^2>^2) + 2*chi_par^2*V", declarations=DECLARATIONS)
    assert found.kind is Kind.UNDECIDED and "disagree" in found.message and not found.correction


def test_a_number_within_its_error() -> None:
    assert Ball("1/3").holds(Fraction(1, 3)) and not Ball("1/3").holds(Fraction(1, 4))
    assert Ball("0.3333", "1e-4").holds(Fraction(1, 3)) and not Ball("0.3333", "1e-5").holds(Fraction(1, 3))


def test_what_is_beyond_it() -> None:
    for claim in ("G' = K' + G1'/n", "K' = sqrt(K)", "K' = <sigma(z/2)>"):
        read = claim_read(claim, "inputs one", DECLARATIONS)
        with pytest.raises(NoWitness):
            point = next(exact_points(read), None)
            if point is None:
                raise NoWitness("irrational")
            values(read, point.assignment.scalars, point.assignment.activations)
