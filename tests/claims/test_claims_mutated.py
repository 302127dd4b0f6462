"""Wrong versions of true claims: each refuted with an exact counterexample, and the mistake named."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from tests.claims.setting import verdict

V = "C_W^2*(<s^4> - <s^2>^2)"
G1 = "<s^2*(z^4 - 6*K*z^2 + 3*K^2)>"

MUTATED = [
    (f"V' = {V} + 2*chi_par^2*V", "coefficient of chi_par^2*V: yours 2, derived 1"),
    (f"V' = {V} + chi_par^2*V/2", "coefficient of chi_par^2*V: yours 1/2, derived 1"),
    (f"V' = {V} - chi_par^2*V", "coefficient of chi_par^2*V: yours -1, derived 1"),
    ("V' = C_W^2*(<s^4> - 2*<s^2>^2) + chi_par^2*V", "coefficient of C_W^2*<s^2>^2: yours -2, derived -1"),
    ("V' = C_W^2*(<s^4> + <s^2>^2) + chi_par^2*V", "coefficient of C_W^2*<s^2>^2: yours 1, derived -1"),
    ("V' = C_W^2*(3*<s^4> - <s^2>^2) + chi_par^2*V", "coefficient of C_W^2*<s^4>: yours 3, derived 1"),
    (f"V' = 1/3*{V} + chi_par^2*V", "coefficient of C_W^2*(<s^4> - <s^2>^2): yours 1/3, derived 1"),
    ("V' = C_W*(<s^4> - <s^2>^2) + chi_par^2*V", "C_W should be C_W^2 in C_W*(<s^4> - <s^2>^2)"),
    ("V' = C_W^2*(<s^4> - <s^2>) + chi_par^2*V", "<s^2> should be <s^2>^2"),
    ("V' = C_W^2*(<s^3> - <s^2>^2) + chi_par^2*V", "s^3 should be s^4 in <s^3>"),
    (f"V' = {V} + chi_par*V", "chi_par should be chi_par^2 in chi_par*V"),
    (f"V' = {V} + chi_perp^2*V", "chi_perp should be chi_par in chi_perp^2"),
    (f"V' = {V} + chi_par^3*V", "chi_par^3 should be chi_par^2 in chi_par^3*V"),
    (f"V' = {V}", "missing term: add chi_par^2*V"),
    ("V' = chi_par^2*V", "missing term: add -C_W^2*<sigma(z)^2>^2 + C_W^2*<sigma(z)^4>"),
    (f"V' = {V} + chi_par^2*V + C_b^2", "extra term: leave out C_b^2"),
    (f"V' = {V} + chi_par^2*V + 3*chi_perp*V", "extra term: leave out 3*chi_perp*V"),
    ("K' = C_W*<s^2>", "missing term: add C_b"),
    ("K' = C_b + C_W*<s^2>/2", "coefficient of C_W*<s^2>: yours 1/2, derived 1"),
    ("K' = C_b + C_W^2*<s^2>", "C_W^2 should be C_W"),
    ("K' = C_b + C_W*<s'^2>", "s' should be s in s'^2"),
    ("K' = C_W + C_W*<s^2>", "C_W should be C_b in C_W + C_W*<s^2>"),
    (f"G1' = chi_par*G1 + C_W/(4*K^4)*V*{G1}", "yours 1/4, derived 1/8"),
    (f"G1' = chi_perp*G1 + C_W/(8*K^4)*V*{G1}", "chi_perp should be chi_par"),
    (f"G1' = chi_par*G1 + C_W/(8*K^3)*V*{G1}", "K^3 should be K^4"),
    ("G1' = chi_par*G1 + C_W/(8*K^4)*V*<s^2*(z^4 - 6*K*z^2 + K^2)>", "K^2 should be 3*K^2 in z^4 - 6*K*z^2 + K^2"),
    ("chi_par = chi_perp + C_W*<s s'>", "s' should be s''"),
    ("chi_par = chi_perp + 2*C_W*<s s''>", "coefficient of C_W*<s*s''>: yours 2, derived 1"),
    ("h = C_W*<s'^2*(z^2-K)>/(2*K^2)", "yours 1/2, derived 1/4"),
    ("chi_par = C_W*<s^2*(z^2-K)>/(2*K)", "K should be K^2 in 2*K"),
]


@pytest.mark.parametrize(("claim", "correction"), MUTATED, ids=[claim for claim, _ in MUTATED])
def test_the_mistake_is_named(claim: str, correction: str) -> None:
    found = verdict(claim)
    assert found.kind == "refuted", found.lines()
    example = found.counterexample
    assert example is not None
    assert example.left.exact and example.right.exact
    assert Fraction(example.left.value) != Fraction(example.right.value)
    assert correction in found.correction, found.correction


SLOTS = [
    ("V'[1,2,1,2] = V'[1,1,2,2]", ""),
    ("V'[1,2,3,4] = V'[1,3,2,4]", ""),
    ("V'[1,1,2,2] = C_W^2*(<s1^2 s2^2> - <s1 s2>^2) + chi_par[1]*chi_par[2]*V[1,1,2,2]", ""),
    ("V'[1,1,2,2] = C_W^2*(<s1^2 s2^2> - <s1^2>*<s2^2>) + chi_par[1]*chi_par[2]*V[1,2,1,2]", ""),
    ("V'[1,1,2,2] = C_W^2*(<s1^2 s2^2> - <s1^2>*<s2^2>) + chi_par[1]*chi_par[1]*V[1,1,2,2]", ""),
    ("V'[1,1,2,2] = C_W^2*(<s1^2 s2^2> - <s1^2>*<s2^2>) + chi_perp[1,2]^2*V[1,1,2,2]", ""),
    ("K'[1,2] = C_b + C_W*<s1^2>", ""),
    ("sum(a, Kinv[1,a]*K[a,2]) = 1", "inputs 2"),
    ("<z1 s1 s2> = K[1,1]*<s1' s2> + K[1,2]*<s1' s2>", ""),
]


@pytest.mark.parametrize(("claim", "scope"), SLOTS)
def test_swapped_slots_are_refuted(claim: str, scope: str) -> None:
    assert verdict(claim, scope).kind == "refuted"


def test_the_two_input_recursion_with_its_slots_right() -> None:
    claim = "V'[1,1,2,2] = C_W^2*(<s1^2 s2^2> - <s1^2>*<s2^2>) + chi_par[1]*chi_par[2]*V[1,1,2,2]"
    assert verdict(claim, "").kind == "proved"


def _factor(draw: random.Random, samples: int) -> str:
    name = f"s{draw.randint(1, samples)}" if samples > 1 else "s"
    return name + "'" * draw.randint(0, 2)


def _differentiated(factors: list[str], sample: str) -> list[list[str]]:
    """The product rule, written out as text: the other route of these tests."""
    return [[*factors[:k], f + "'", *factors[k + 1 :]] for k, f in enumerate(factors) if f.startswith(f"s{sample}")]


@pytest.mark.parametrize("seed", range(12))
def test_random_stein_identities(seed: int) -> None:
    """<z_a F> = sum_b K_ab <d_b F> for random F: proved; with any one coefficient changed: refuted."""
    draw = random.Random(seed)
    factors = [_factor(draw, 2) for _ in range(draw.randint(2, 4))]
    terms = [f"K[1,{b}]*<{' '.join(term)}>" for b in (1, 2) for term in _differentiated(factors, str(b))]
    left = f"<z1 {' '.join(factors)}>"
    assert verdict(f"{left} = {' + '.join(terms)}", "").kind == "proved"
    wrong = draw.randrange(len(terms))
    factor = draw.choice(["2", "1/2", "-1", "3/2"])
    changed = [f"({factor})*{term}" if k == wrong else term for k, term in enumerate(terms)]
    assert verdict(f"{left} = {' + '.join(changed)}", "").kind == "refuted"


@pytest.mark.parametrize("seed", range(12))
def test_random_wrong_recursions_are_never_proved(seed: int) -> None:
    """Four-point recursions with random rational coefficients, of which exactly one choice is true."""
    draw = random.Random(seed)
    a, b, c = (draw.choice(["1", "2", "1/2", "-1", "3"]) for _ in range(3))
    claim = f"V' = ({a})*C_W^2*<s^4> - ({b})*C_W^2*<s^2>^2 + ({c})*chi_par^2*V"
    assert verdict(claim).kind == ("proved" if (a, b, c) == ("1", "1", "1") else "refuted")
