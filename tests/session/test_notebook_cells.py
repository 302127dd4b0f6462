"""Cells of a notebook: what they give, where their mistakes point, and that every result shows itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest

import ptheory as pt
from ptheory.displayed import Displayed
from ptheory.session.result import Result

CELL = """include mlp
derive V
with sigma = relu { inputs one  critical  show V  check by quadrature digits 15 }
flow MLP with sigma = z { inputs [1]  set C_b = 0, C_W = 1  depth 2  show G }
atlas sigma { relu, tanh }
claim "<b>twice</b>": V' = 2*V for MLP, inputs one
"""


class Shell(SimpleNamespace):
    """As much of an IPython shell as the extension asks for."""

    def register_magic_function(self, function: Callable[..., Any], kind: str, name: str) -> None:
        assert kind == "cell"
        self.magics = {name: function}


def shell() -> Shell:
    found = Shell(execution_count=7, user_ns={}, magics={})
    pt.load_ipython_extension(found)
    return found


@cache
def result() -> Result:
    started = shell()
    found = started.magics["ptheory"](" found ", CELL)
    assert started.user_ns == {"found": found} and not found.errors
    return found


def results() -> list[Any]:
    found = result()
    block = found.specialised[0]
    return [
        *found.outcomes,
        found.specialised,
        block.equations[0],
        block.criticality,
        block.critical_points[0],
        block.checks[0],
        block.verdicts[0],
        found["V"].equation,
        pt.classify("tanh"),
    ]


@pytest.mark.parametrize("place", range(13))
def test_every_result_shows_itself(place: int) -> None:
    found = results()
    assert len(found) == 13
    thing = found[place]
    assert isinstance(thing, Displayed)
    html, markdown = thing._repr_html_(), thing._repr_markdown_()
    assert html and markdown and 'class="latex"' not in html and "<b>twice" not in html
    assert ("<math" in html) == ("$" in markdown)


def test_an_equation_shows_itself_in_the_notation_of_its_file() -> None:
    found = pt.run_text('ptheory 1\nnotation { C_W = "\\\\sigma_w^2" }\ninclude mlp\nderive V\n'.replace("\\\\", "\\"))
    one = found["V"].one_input
    latex, html = one._repr_latex_(), one._repr_html_()
    assert latex and latex.startswith("$") and r"\sigma_w^4" in latex and latex == f"$\\displaystyle {one.latex()}$"
    assert r"\sigma_w^4" in one._repr_markdown_() and "<mi>σ</mi><mi>w</mi><mn>4</mn>" in html
    assert "<mi>σ</mi><mi>w</mi><mn>4</mn>" in found._repr_html_() and r"\sigma_w^4" in found._repr_markdown_()


def test_a_result_is_shown_section_by_section() -> None:
    html, markdown = result()._repr_html_(), result()._repr_markdown_()
    assert html.count("<h4") == markdown.count("\n#### ") == len(result().report.sections) == 5
    assert 'id="eq' not in html and "<script" not in html and "refuted" in html and "&lt;b&gt;" in html
    assert r"**refuted**: \<b\>twice" in markdown


@pytest.mark.parametrize(
    ("cell", "place"),
    [
        ("include mlp\nderive V to ordr 1/n\nderive K\n", "In[7]:3:13: error: unexpected `ordr`"),
        ("ptheory 1\ninclude mlp\nderive W\n", "In[7]:4:8: error:"),
        ("# at the top\nptheory 1\ninclude nothing\n", "In[7]:4:9: error:"),
    ],
)
def test_a_mistake_points_into_the_cell(capsys: pytest.CaptureFixture[str], cell: str, place: str) -> None:
    shell().magics["ptheory"]("", cell)
    said = capsys.readouterr()
    assert said.err.startswith(place) and "^" in said.err and "Traceback" not in said.err and not said.out


def test_a_mistake_stops_no_other_statement(capsys: pytest.CaptureFixture[str]) -> None:
    found = shell().magics["ptheory"]("", "include mlp\nderive V to ordr 1/n\nderive Nothing\nderive V\n")
    assert list(found) == ["V"] and len(re.findall("error:", capsys.readouterr().err)) == 2


def test_what_is_no_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    started = shell()
    assert started.magics["ptheory"]("two words", CELL) is None and not started.user_ns
    assert "write a name for the result" in capsys.readouterr().err
