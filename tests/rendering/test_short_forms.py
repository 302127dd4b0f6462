"""The short form of a recursion: what it is, that it is the recursion, and that a claim of what is printed says so."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

import ptheory as pt
from ptheory.rendering.notation import notation_of
from ptheory.rendering.report import DerivedEquation, SpecialisedEquation
from ptheory.rendering.shortest import at_inputs
from ptheory.rendering.shortest.ratios import Names
from ptheory.rendering.shortest.short_form import recursion_of
from ptheory.rendering.written_equations import DisplayedEquation, displayed_item, notation_of_item
from ptheory.session.result import Result
from ptheory.session.short_forms import agrees, claim_of, is_proved

FAMILY = """ptheory 1
include mlp
include observables
derive G to order 1/n
derive V, Theta, D, F, A, B, P, Q, R, S, T, U
"""

PUBLISHED = {
    "G1": "chi_par*G1 + 1/4*C_W*<s*s'''' + 4*s'*s''' + 3*s''^2>*V",
    "V": "chi_par^2*V + C_W^2*(<s^4> - <s^2>^2)",
    "D": "chi_par*chi_perp*D + 2*h*chi_par*Theta*V + r*V' + C_W^2*(<s^2*s'^2> - <s^2>*<s'^2>)*Theta",
    "F": "chi_par^2*F + C_W^2*<s^2*s'^2>*Theta",
    "A": (
        "chi_perp^2*A + 4*h*chi_perp*Theta*D + 4*h^2*Theta^2*V + 2*r*D' - r^2*V' + C_W^2*(<s'^4> - <s'^2>^2)*Theta^2"
    ),
    "B": "chi_perp^2*B + C_W^2*<s'^4>*Theta^2",
    "P": "chi_par*chi_perp*P + C_W*chi_perp*<s*s''>*B + C_W^2*<s*s'^2*s''>*Theta^2",
    "Q": "chi_par*chi_perp*Q + 2*h*chi_par*Theta*F + r*F' + C_W^2*<s*s'^2*s''>*Theta^2",
    "R": ("chi_perp^2*R + C_W*chi_perp*<s'*s'''>*Theta*B + 2*h*chi_perp*Theta*P + r*P' + C_W^2*<s'^3*s'''>*Theta^3"),
    "S": "chi_perp^2*S + C_W*chi_perp*<s''^2>*Theta*B + r*B' + C_W^2*<s'^2*s''^2>*Theta^3",
    "T": ("chi_perp^2*T + 4*h^2*Theta^2*F + 4*h*chi_perp*Theta*Q - r^2*F' + 2*r*Q' + C_W^2*<s'^2*s''^2>*Theta^3"),
    "U": "chi_perp^2*U + C_W^2*<s'^2*s''^2>*Theta^3",
}
"""The forms of the effective theory of deep learning, D' and F' in them where that is shorter."""


@cache
def family() -> Result:
    return pt.run_text(FAMILY)


def items(result: Result) -> dict[str, SpecialisedEquation]:
    found = (item for section in result.report.sections for item in section.items)
    return {item.found.equation.name: item for item in found if isinstance(item, SpecialisedEquation)}


def shown(result: Result, name: str) -> DisplayedEquation:
    return displayed_item(items(result)[name])


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_short_form_is_the_published_one(name: str) -> None:
    assert shown(family(), name).right_text() == PUBLISHED[name]


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_is_printed_is_proved_when_it_is_read_back(name: str) -> None:
    *lets, claim = claim_of(family()[name].equation.at_one_input(), shown(family(), name))
    text = "\n".join(["ptheory 1", "include mlp", "include observables", *lets, claim, ""])
    (verdict,) = pt.run_text(text).verdicts
    assert verdict.kind == "proved", verdict


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_short_form_that_is_off_by_a_term_is_not_proved(name: str) -> None:
    equation = family()[name].equation.at_one_input()
    *lets, claim = claim_of(equation, shown(family(), name))
    assert is_proved(equation, (*lets, claim))
    assert not is_proved(equation, (*lets, claim.replace(" for MLP", " + C_W*<s s'^2 s'''> for MLP")))


def test_written_out_in_averages_it_is_what_was_derived() -> None:
    found = items(family())
    recursions = [recursion_of(item.found.equation, notation_of_item(item)) for item in found.values()]
    for name, item in found.items():
        derived = recursion_of(item.found.equation, notation_of_item(item)).right
        assert item.short is not None, name
        assert item.short.written_out(recursions) == derived


def test_the_order_of_the_file_changes_no_form() -> None:
    turned = pt.run_text(
        FAMILY.replace("V, Theta, D, F, A, B, P, Q, R, S, T, U", "U, T, S, R, Q, P, B, A, F, D, Theta, V")
    )
    assert {n: shown(turned, n).right_text() for n in PUBLISHED} == {
        n: shown(family(), n).right_text() for n in PUBLISHED
    }


def test_only_what_the_file_derives_stands_on_the_right() -> None:
    alone = pt.run_text("ptheory 1\ninclude mlp\ninclude observables\nderive A\n")
    assert shown(alone, "A").right_text() == (
        "chi_perp^2*A + 2*chi_perp*(2*h*Theta + r*chi_par)*D + (2*h*Theta + r*chi_par)^2*V"
        " + lambda_W^2*(<s^4> - <s^2>^2) + C_W^2*(<s'^4> - <s'^2>^2)*Theta^2"
        " + 2*C_W*lambda_W*(<s^2*s'^2> - <s^2>*<s'^2>)*Theta"
    )


def test_a_quotient_has_the_letter_of_the_file() -> None:
    named = pt.run_text(FAMILY.replace("derive G", "let rho = lambda_W/C_W\nderive G"))
    assert "rho*V'" in shown(named, "D").right_text()
    assert "rho = lambda_W/C_W" in shown(named, "D").where_text(unicode=False)


def test_a_letter_that_is_taken_is_not_used() -> None:
    taken = pt.run_text(FAMILY.replace("derive G", "let r = C_W^2\nderive G"))
    assert "r_1*V'" in shown(taken, "D").right_text()


def test_what_only_adds_splits_no_cumulant() -> None:
    uniform = pt.run_text(
        "ptheory 1\ninclude observables\narchitecture N {\n weights W[i,j] ~ Uniform(0, C_W/n)\n"
        " first z[i;a] = sum(k, W[i,k]*x[k;a])\n layer z[i;a] = sum(j, W[i,j]*sigma(z[j;a]))\n}\n"
        "define G by E[z1 z2] = d12 G[1,2]\n"
        "define V, X by E[z1 z2 z3 z4]_c ="
        " (d12 d34 V[1,2,3,4] + d13 d24 V[1,3,2,4] + d14 d23 V[1,4,2,3] + d1234 X[1,2,3,4])/n\n"
        "derive V, X\n"
    )
    assert shown(uniform, "V").right_text() == "chi_par^2*V + C_W^2*(<s^4> - <s^2>^2)"


AT_INPUTS = {
    "G1": "C_W*n[l]/n[l-1]*(1/2*sum(a,b in {1,2}, G1[a,b]*<d(s1*s2,a,b)>)"
    " + 1/8*sum(a,b,c,d in {1,2}, V[a,b,c,d]*<d(s1*s2,a,b,c,d)>))",
    "Theta": "chi_perp[1,2]*Theta[1,2] + lambda_b + lambda_W*<s1*s2>",
    "D": "C_W*n[l]/n[l-1]*(1/2*chi_perp[1,2]*sum(a,b in {3,4}, D[1,2,a,b]*<d(s3*s4,a,b)>)"
    " + 1/4*C_W*Theta[1,2]*sum(a,b in {1,2}, sum(c,d in {3,4}, V[a,b,c,d]*<d(s1'*s2',a,b)>*<d(s3*s4,c,d)>)))"
    " + r*V'[1,2,3,4] + C_W^2*(<s1'*s2'*s3*s4> - <s1'*s2'>*<s3*s4>)*Theta[1,2]",
    "A": "n[l]/n[l-1]*(chi_perp[1,2]*chi_perp[3,4]*A[1,2,3,4]"
    " + (1/2*C_W*chi_perp[1,2]*Theta[3,4]*sum(a,b in {3,4}, D[1,2,a,b]*<d(s3'*s4',a,b)>) + (12 <-> 34))"
    " + 1/4*C_W^2*Theta[1,2]*Theta[3,4]"
    "*sum(a,b in {1,2}, sum(c,d in {3,4}, V[a,b,c,d]*<d(s1'*s2',a,b)>*<d(s3'*s4',c,d)>)))"
    " + (r*D'[1,2,3,4] + (12 <-> 34)) - r^2*V'[1,2,3,4]"
    " + C_W^2*(<s1'*s2'*s3'*s4'> - <s1'*s2'>*<s3'*s4'>)*Theta[1,2]*Theta[3,4]",
    "P": "C_W*n[l]/n[l-1]*chi_perp[1,2]*(sum(a in {0,3}, P[0,1,2,a]*<d(s0'*s3,a)>) + <s0''*s3>*B[0,0,1,2])"
    " + C_W^2*<s0''*s1'*s2'*s3>*Theta[0,1]*Theta[0,2]",
    "S": "n[l]/n[l-1]*chi_perp[3,4]*(chi_perp[1,2]*S[1,2,3,4] + C_W*<s1''*s2''>*Theta[1,2]*B[1,2,3,4])"
    " + r*B'[1,2,3,4] + C_W^2*<s1''*s2''*s3'*s4'>*Theta[1,2]*Theta[1,3]*Theta[2,4]",
    "T": "n[l]/n[l-1]*(chi_perp[1,3]*chi_perp[2,4]*T[1,3,2,4] + C_W^2*Theta[1,3]*Theta[2,4]"
    "*sum(a in {1,3}, sum(b in {2,4}, F[1,a,2,b]*<d(s1''*s3',a)>*<d(s2''*s4',b)>))"
    " + (C_W*chi_perp[1,3]*Theta[2,4]*sum(a in {2,4}, Q[1,3,2,a]*<d(s2''*s4',a)>) + (13 <-> 24)))"
    " - r^2*F'[1,3,2,4] + (r*Q'[1,3,2,4] + (13 <-> 24))"
    " + C_W^2*<s1''*s2''*s3'*s4'>*Theta[1,2]*Theta[1,3]*Theta[2,4]",
}
"""At any inputs: what a layer inherits behind n_l/n_(l-1) once, tensors of the next layer, sums with their symmetry."""


@cache
def at_any_inputs() -> dict[str, DerivedEquation]:
    found = (item for section in family().report.sections for item in section.items)
    return {item.equation.name: item for item in found if isinstance(item, DerivedEquation)}


def stated(name: str) -> tuple[str, ...]:
    return claim_of(at_any_inputs()[name].equation, displayed_item(at_any_inputs()[name]))


@pytest.mark.parametrize("name", AT_INPUTS)
def test_the_short_form_at_any_inputs(name: str) -> None:
    assert displayed_item(at_any_inputs()[name]).right_text() == AT_INPUTS[name]


def test_every_recursion_has_a_short_form_at_any_inputs() -> None:
    assert [name for name, item in at_any_inputs().items() if item.short is None] == []


def test_forms_at_any_inputs_are_proved_when_they_are_read_back() -> None:
    lines = [stated(name) for name in ("Theta", "A", "R", "T")]
    lets = dict.fromkeys(line for one in lines for line in one[:-1])
    text = "\n".join(["ptheory 1", "include mlp", "include observables", *lets, *(one[-1] for one in lines), ""])
    assert [verdict.kind for verdict in pt.run_text(text).verdicts] == ["proved"] * 4


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("A", "(r*D'[1,2,3,4] + (12 <-> 34))", "(r*D'[1,2,3,4] + (13 <-> 24))"),
        ("A", "chi_perp[1,2]*chi_perp[3,4]*A", "chi_perp[1,3]*chi_perp[2,4]*A"),
        ("D", "r*V'[1,2,3,4]", "r*V'[1,3,2,4]"),
        ("D", "C_W*n[l]/n[l-1]*(", "C_W*("),
        ("T", "(13 <-> 24)) + C_W^2", "(1 <-> 2)) + C_W^2"),
        ("G1", "1/8*", "1/4*"),
    ],
)
def test_a_slip_in_a_form_at_any_inputs_is_not_taken(name: str, right: str, wrong: str) -> None:
    *lets, claim = stated(name)
    equation = at_any_inputs()[name].equation
    assert agrees(equation, (*lets, claim))
    assert right in claim
    assert not agrees(equation, (*lets, claim.replace(right, wrong)))


def test_what_is_not_undone_by_algebra_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    equation = family()["D"].equation
    beside = [family()["V"].equation]
    notation = notation_of(equation)
    assert at_inputs.short_form_at_inputs(equation, beside, notation, Names()) is not None
    monkeypatch.setattr(at_inputs, "with_ratios", lambda found, _: found * 2)
    assert at_inputs.short_form_at_inputs(equation, beside, notation, Names()) is None


def test_inputs_are_exchanged_by_their_labels_where_there_are_several_fields() -> None:
    text = (Path(__file__).parents[2] / "derivations" / "21-gated.deriv").read_text("utf-8").partition("claim")[0]
    items = (item for section in pt.run_text(text).report.sections for item in section.items)
    shown = [displayed_item(one) for one in items if isinstance(one, DerivedEquation)]
    assert any("+ (1 <-> 2))" in one.right_text() for one in shown)
    assert not any("<-> v" in one.right_text() for one in shown)
