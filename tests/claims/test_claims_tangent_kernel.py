"""The published family of the tangent kernel and its differentials (PDLT chs. 8, 11, ∞; one input) as claims."""

from __future__ import annotations

import pytest

from tests.claims.setting import verdict

NTK = """ptheory 1
include mlp
include observables
let r = lambda_W/C_W
let g = <s^2>
let m = C_W^2*(<s^2 s'^2> - <s^2>*<s'^2>)
let q = C_W^2*<s'' s'^2 s>*Theta^2 + 2*h*chi_par*Theta*F + chi_par*chi_perp*Q
"""

PUBLISHED = [
    "Theta' = lambda_b + lambda_W*g + chi_perp*Theta",
    "D' = chi_par*chi_perp*D + r*V' + m*Theta + 2*h*chi_par*Theta*V",
    "F' = chi_par^2*F + C_W^2*<s^2 s'^2>*Theta",
    "A' = chi_perp^2*A + r^2*V' + 2*r*(m*Theta + chi_par*chi_perp*D + 2*h*chi_par*Theta*V)"
    " + C_W^2*(<s'^4> - <s'^2>^2)*Theta^2 + 4*h^2*Theta^2*V + 4*h*chi_perp*Theta*D",
    "B' = chi_perp^2*B + C_W^2*<s'^4>*Theta^2",
    "P' = chi_par*chi_perp*P + C_W^2*<s'' s'^2 s>*Theta^2 + C_W*chi_perp*<s s''>*B",
    "Q' = r*F' + q",
    "R' = chi_perp^2*R + r*P' + C_W^2*<s''' s'^3>*Theta^3 + C_W*chi_perp*<s''' s'>*Theta*B + 2*h*chi_perp*Theta*P",
    "S' = chi_perp^2*S + r*B' + C_W^2*<s'^2 s''^2>*Theta^3 + C_W*chi_perp*<s''^2>*Theta*B",
    "T' = chi_perp^2*T + r^2*F' + 2*r*q + C_W^2*<s'^2 s''^2>*Theta^3 + 4*h^2*Theta^2*F + 4*h*chi_perp*Theta*Q",
    "U' = chi_perp^2*U + C_W^2*<s'^2 s''^2>*Theta^3",
]

MUTATED = [
    (
        "D' = chi_par*chi_perp*D + r*V' + m*Theta + h*chi_par*Theta*V",
        "coefficient of h*chi_par*Theta*V: yours 1, derived 2",
    ),
    ("F' = chi_par^2*F + C_W^2*<s^2 s'^2>*Theta/2", "coefficient of C_W^2*<s^2*s'^2>*Theta: yours 1/2, derived 1"),
    ("B' = chi_par^2*B + C_W^2*<s'^4>*Theta^2", "chi_par should be chi_perp"),
    ("Q' = F' + q", "coefficient of F': yours 1, derived lambda_W/C_W"),
    ("U' = chi_perp^2*U + C_W^2*<s'^2 s''^2>*Theta^2", "Theta^2 should be Theta^3"),
    ("Theta' = lambda_b + lambda_W*g + chi_par*Theta", "chi_par should be chi_perp"),
]


@pytest.mark.parametrize("claim", PUBLISHED)
def test_published_recursions_are_proved(claim: str) -> None:
    found = verdict(claim, "inputs one", NTK)
    assert found.kind == "proved", found.lines()


@pytest.mark.parametrize(("claim", "correction"), MUTATED)
def test_mutated_recursions_are_refuted(claim: str, correction: str) -> None:
    found = verdict(claim, "inputs one", NTK)
    assert found.kind == "refuted"
    assert correction in found.correction, found.correction
