"""result["V"].short and JSON's `short`: an equation as pages print it, beside the derived one."""

from __future__ import annotations

from functools import cache

import pytest

import ptheory as pt
from ptheory.rendering.json_report import to_json
from ptheory.rendering.report import SpecialisedEquation
from ptheory.rendering.terminal import terminal_text
from ptheory.rendering.written_closed_forms import ClosedForms
from ptheory.rendering.written_formulas import TextStyle
from ptheory.session.output_options import Pages
from ptheory.session.result import Result

HEAD = "ptheory 1\ninclude mlp\ninclude observables\n"


@cache
def result() -> Result:
    return pt.run_text(f"{HEAD}derive G to order 1/n\nderive V, Theta, D\n")


def test_the_printed_form_and_what_it_abbreviates() -> None:
    found = result()["D"].short
    assert found.rhs.endswith(" + r*V'[1,2,3,4] + C_W^2*(<s1'*s2'*s3*s4> - <s1'*s2'>*<s3*s4>)*Theta[1,2]")
    assert str(found) == f"D'[1,2,3,4] = {found.rhs}"
    assert found.definitions == ("chi_perp[1,2] = C_W*<s1'*s2'>", "r = lambda_W/C_W")
    assert found.definitions_latex[0].startswith(r"\chi_{\perp,12} = ")
    assert r"+ r V^{(\ell+1)}_{(12)(34)}" in found.latex()
    assert "chi" not in result()["D"].latex()  # the derived one is there as before


def test_at_one_input_widths_are_as_in_the_derived_equation() -> None:
    found = result()["D"].one_input.short
    assert found.rhs == (
        "n[l]/n[l-1]*chi_par*(chi_perp*D + 2*h*Theta*V) + r*V' + C_W^2*(<s^2*s'^2> - <s^2>*<s'^2>)*Theta"
    )


def test_at_inputs_a_sum_has_its_symmetry() -> None:
    found = result()["G1"].at(1, 2).short
    assert "(1/2*<s1''*s2>*G1[1,1] + (1 <-> 2))" in found.rhs
    assert pt.run_text(f'{HEAD}claim "c": {found} for MLP\n').verdicts[0].kind == "proved"


@pytest.mark.parametrize("name", ["Theta", "D"])
def test_json_has_both(name: str) -> None:
    items = [item for section in to_json(result().report)["sections"] for item in section["items"]]
    item = next(one for one in items if one.get("name") == name)
    assert item["short"]["rhs"] == result()[name].short.rhs
    assert item["short"]["definitions"] == list(result()[name].short.definitions)
    assert "chi_perp" not in item["rhs"] and "chi_perp" not in item["latex"]


@pytest.mark.parametrize(
    ("digits", "shown"),
    [
        ("8", "0.059120713"),
        ("", "0.0591207134419839"),
        ("all", "0.059120713441983876640162989683128095804308762836915"),
    ],
)
def test_digits_of_closed_forms(digits: str, shown: str) -> None:
    text = "activation f(z) = z + z^2/7.1234567891234567\nwith sigma = f { show G }\n"
    report = pt.run_text(f"ptheory 1\ninclude mlp\nderive G\n{text}").report
    page = terminal_text(Pages(digits=digits).laid_out(report), width=110)
    assert f"≈ {shown}·C_W·K²" in page
    exact = [one for section in report.sections for one in section.items if isinstance(one, SpecialisedEquation)]
    assert exact[0].found.closed_form is not None and not exact[0].found.closed_form.has(0.0)


def test_a_root_of_a_number_stands_before_symbols() -> None:
    text = "with sigma = sqrt(sqrt(2))*z + z^2 { show V }\n"
    items = [one for section in pt.run_text(f"{HEAD}derive V\n{text}").report.sections for one in section.items]
    (item,) = (one for one in items if isinstance(one, SpecialisedEquation) and one.found.closed_form is not None)
    closed = ClosedForms(item.found)
    assert "6*sqrt(2)*K" in closed.text(item.found.closed_form, TextStyle(False))
    assert r"6 \sqrt{2} K" in closed.latex(item.found.closed_form)
