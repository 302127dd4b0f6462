"""The short form of a recursion: what it is, that it is the recursion, and that a claim of what is printed says so."""

from __future__ import annotations

from functools import cache

import pytest

import ptheory as pt
from ptheory.rendering.report import SpecialisedEquation
from ptheory.rendering.shortest.short_form import recursion_of
from ptheory.rendering.written_equations import DisplayedEquation, displayed_item, notation_of_item
from ptheory.session.result import Result
from ptheory.session.short_forms import claim_of, is_proved

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
