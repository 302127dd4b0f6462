"""What rests on what is what stands in the equations: found a second way, in their text."""

from __future__ import annotations

import re
from functools import cache

import pytest

import ptheory as pt
from ptheory.rendering.dependencies import Dependencies, dependencies_of, quantities_in
from ptheory.rendering.dependency_picture import Label, columns, picture
from ptheory.rendering.html import to_html
from ptheory.rendering.rounding import with_page_digits
from ptheory.session.result import Result

FILE = """ptheory 1
include mlp
include observables
architecture Plain {
    weights W[i,j] ~ Normal(0, C_W/n)
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = sum(j, W[i,j]*sigma(z[j;a]))
}
derive Theta, V, D, F for MLP
derive V for Plain
with sigma = relu for MLP { inputs one  show V }
claim "vertex": V' = C_W^2*(<s^4> - <s^2>^2) + chi_par^2*V for Plain, inputs one
"""


@cache
def result() -> Result:
    return pt.run_text(FILE, "file.deriv")


@pytest.mark.parametrize("name", ["Theta", "V", "D", "F"])
def test_quantities_are_those_of_the_text(name: str) -> None:
    equation = result()[name]
    right = str(equation).partition(" = ")[2]
    written = {"Theta" if found == "Θ" else found for found in re.findall(r"[A-ZΘ](?=\[)", right)}
    assert set(quantities_in(equation.equation)) == written | {"K"}


def test_every_result_is_joined_to_what_it_was_made_from() -> None:
    found = dependencies_of(result().report)
    assert found.uses["MLP", "D"] == (("MLP", "K"), ("MLP", "Theta"), ("MLP", "V"))
    assert {("MLP", "D"), ("MLP", "F"), ("Plain", "V")} <= found.recurs
    sections = [used for key, used in found.uses.items() if isinstance(key, int)]
    assert sections == [(("MLP", "V"),), (("Plain", "V"), ("Plain", "K"))[:1]]
    assert found.users(("MLP", "V")) == (("MLP", "D"), 2)


def test_sections_that_are_joined_or_rounded_rest_on_what_they_did() -> None:
    text = "ptheory 1\ninclude mlp\nderive G to order 1/n\nderive V\nwith sigma = tanh { inputs one  show V }\n"
    found = pt.run_text(f"{text}with sigma = tanh {{ inputs one  show G }}\n")
    for report in (found.report, with_page_digits(found.report)):
        assert len(report.sections) == 2
        uses = dependencies_of(report).uses
        assert uses["MLP", "G1"] == (("MLP", "K"), ("MLP", "V")) and set(uses[1]) == {
            ("MLP", name) for name in ("V", "K", "G1")
        }


def test_the_picture_leaves_out_what_follows() -> None:
    found = Dependencies({("", "b"): (("", "a"),), ("", "c"): (("", "a"), ("", "b")), 0: (("", "a"), ("", "c"))})
    assert found.edges == ((("", "a"), ("", "b")), (("", "b"), ("", "c")), (("", "c"), 0))
    assert columns(found) == [[("", "a")], [("", "b")], [("", "c")], [0]]


def test_results_that_rest_on_each_other_are_drawn_once() -> None:
    found = Dependencies({("", "a"): (("", "b"),), ("", "b"): (("", "a"),)})
    assert found.nodes == (("", "b"), ("", "a")) and found.edges == ((("", "b"), ("", "a")),)


def test_a_line_passes_between_boxes() -> None:
    names = [("", name) for name in "abcd"]
    a, b, c, d = names
    found = Dependencies({b: (a,), c: (b,), d: (c,), ("", "x"): (a,), ("", "y"): (("", "x"), d)})
    drawn = picture(found, {key: Label(key[1], 1.0, "") for key in found.nodes if not isinstance(key, int)})
    assert drawn.count("<path") == len(found.edges) and drawn.count("<rect") == 6
    assert not picture(Dependencies({a: ()}), {a: Label("a", 1.0)})


def test_the_page_says_what_rests_on_what() -> None:
    page = to_html(result().report)
    assert page.count("<svg") == 1 and page.count("<details") >= 2 * 5
    about = re.search(r'id="eq:D:MLP".*?class="about">(.*?)</p>', page, re.DOTALL)
    assert about and re.findall('href="#(.*?)"', about.group(1)) == ["eq:Theta:MLP", "eq:V:MLP"]
    assert page.count("one input, equal widths") == 4  # below D, F, V and V, each
    assert 'id="eq:V:Plain"' in page and 'id="claim:vertex"' in page
