"""A refuted claim says what kind of slip it is, and the equation without it; the equation is true when claimed."""

from __future__ import annotations

import pytest

from ptheory.claims.verdict import Kind
from tests.claims.setting import verdict

DECLARATIONS = "ptheory 1\ninclude mlp\ninclude observables\n"
V = "C_W^2*(<s^4> - <s^2>^2)"

SLIPS = [
    (f"V' = 2*{V} + chi_par^2*V", "a factor of two", f"V' = {V} + chi_par^2*V"),
    (f"V' = {V} - chi_par^2*V", "a wrong sign", f"V' = {V} + chi_par^2*V"),
    (f"V' = {V} + chi_perp^2*V", "one susceptibility for another", f"V' = {V} + chi_par^2*V"),
    (f"V' = {V} + chi_par*V", "a wrong power", f"V' = {V} + chi_par^2*V"),
    (f"V' = {V}", "a missing term", f"V' = {V} + chi_par^2*V"),
    (f"V' = {V} + chi_par^2*V + V", "an extra term", f"V' = {V} + chi_par^2*V"),
    (
        "V' = C_W^2*(<s^4> - <s^4>) + chi_par^2*V",
        "the average of a power for the power of an average",
        f"V' = {V} + chi_par^2*V",
    ),
    (
        "V' = C_W^2*(<s^2>^2 - <s^2>^2) + chi_par^2*V",
        "the power of an average for the average of a power",
        f"V' = {V} + chi_par^2*V",
    ),
    ("V' = C_W*(<s^4> - <s^2>^2) + chi_par^2*V", "a wrong power", f"V' = {V} + chi_par^2*V"),
    (f"V' = 3*{V} + chi_par^2*V", "a wrong number", f"V' = {V} + chi_par^2*V"),
    (f"V' = {V} + chi_par*chi_perp*V", "one susceptibility for another", f"V' = {V} + chi_par*chi_par*V"),
    (f"V' = {V} + chi_par^2", "a missing factor", f"V' = {V} + chi_par^2*V"),
    (f"V' = {V} + chi_par^2*C_W*V", "an extra factor", f"V' = {V} + chi_par^2*V"),
    ("K' = C_b + C_W", "a missing factor", "K' = C_b + C_W*<sigma(z)^2>"),
    ("h = C_W*<z^2 - K>/(4*K^2)", "a missing factor", "h = C_W*<(z^2 - K)*s'^2>/(4*K^2)"),
    ("F' = chi_par^2*F + C_W^2*<s^2>*<s'^2>*Theta", "the product of averages for the average of a product", None),
    ("G1' = chi_par*K + C_W*V/8*<s^2*(z^4 - 6*K*z^2 + 3*K^2)>/K^4", "one order in 1/n for another", None),
    ("V' = C_W^2*(<s^4> - <s^2>^2) + n[l-1]/n[l]*chi_par^2*V", "one width for another", None),
    ("F' = chi_par^2*D + C_W^2*<s^2*s'^2>*Theta", "one tensor for another", None),
    ("Theta' = lambda_b + lambda_W*<s^2> + C_W*<s'^2>*Theta^2", "a wrong power", None),
    ("chi_perp = C_W*<sigma(z)^2>", "a wrong order of derivative", "chi_perp = C_W*<sigma'(z)^2>"),
    ("chi_perp = C_W*<sigma''(z)*sigma'(z)>", "a wrong order of derivative", "chi_perp = C_W*<sigma'(z)*sigma'(z)>"),
    ("K' = C_b + C_W*<sigma(z)>", "a wrong power", "K' = C_b + C_W*<sigma(z)^2>"),
    ("K' = C_W + C_W*<s^2>", "one hyperparameter for another", "K' = C_b + C_W*<s^2>"),
    ("K' = C_W*<s^2>", "a missing term", "K' = C_W*<s^2> + C_b"),
    ("Theta' = lambda_b + lambda_W*<s^2> + chi_perp*K", "one tensor for another", None),
    ("K' = C_b + C_W*<s^2>_K[l+1]", "a wrong layer", "K' = C_b + C_W*<s^2>_K[l]"),
    (f"V' = {V} + chi_par^2*V'", "a layer too high", f"V' = {V} + chi_par^2*V"),
]


@pytest.mark.parametrize(("claim", "cause", "corrected"), SLIPS, ids=[claim for claim, _, _ in SLIPS])
def test_the_slip_is_named_and_the_corrected_equation_is_true(claim: str, cause: str, corrected: str | None) -> None:
    found = verdict(claim, declarations=DECLARATIONS)
    assert found.kind is Kind.REFUTED
    assert found.cause == cause, found.lines()
    assert corrected is None or found.corrected == corrected
    assert verdict(found.corrected, declarations=DECLARATIONS).kind is Kind.PROVED


def test_a_wrong_input_and_wrong_slots() -> None:
    found = verdict("K'[1,2] = C_b + C_W*<s1*s1>", "inputs 2", DECLARATIONS)
    assert (found.cause, found.corrected) == ("a wrong input", "K'[1,2] = C_b + C_W*<s2*s1>")
    swapped = verdict("V'[1,1,2,2] = V'[1,2,1,2]", "inputs 2", DECLARATIONS)
    assert swapped.kind is Kind.REFUTED and swapped.corrected != "V'[1,1,2,2] = V'[1,1,2,2]"  # which says nothing


def test_a_chain_in_plain_syntax() -> None:
    true = verdict("<s''> = <z s'>/K = <s*(z^2 - K)>/K^2", declarations=DECLARATIONS)
    assert true.kind is Kind.PROVED and true.understood == "<s''> = <z*s'>/K = <s*(z^2 - K)>/K^2"
    false = verdict("<s''> = <z s'>/K = <s*(z^2 - K)>/K", declarations=DECLARATIONS)
    assert false.kind is Kind.REFUTED and "equation 2 of 2" in false.message


def test_json_has_both() -> None:
    found = verdict(f"V' = {V}", declarations=DECLARATIONS).as_json()
    assert found["cause"] == "a missing term" and found["corrected"] == f"V' = {V} + chi_par^2*V"
