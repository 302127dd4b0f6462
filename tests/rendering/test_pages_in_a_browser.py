"""Pages with one item of every kind, and with what derivations on file do not have: refuted, unread, the author's
notation, hostile names; opened in a real browser. The derivations are opened by ``tests/test_derivations.py``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import ptheory as pt
from ptheory.rendering.html import to_html
from ptheory.rendering.notebook_views import report_html
from ptheory.rendering.report import VERDICT_KINDS, Prose, Report, Section, Verdict
from tests.browser import Browser, Page, running
from tests.pages import works
from tests.rendering.reports import HOSTILE, every_item

NOTATION = r"""ptheory 1
notation { C_W = "\sigma_w^2"  C_b = "\sigma_b^2"  K = "q"  sigma = "\phi"  layer = argument }
include mlp
derive V
claim "slip": V' = 2*V for MLP, inputs one
claim "no such name": V' = Z for MLP
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running() as started:
        yield started


def written(folder: Path, page: str) -> Path:
    path = folder / "page.html"
    path.write_text(page, "utf-8")
    return path


def test_every_item(tmp_path: Path, browser: Browser) -> None:
    assert works(browser, written(tmp_path, to_html(every_item())), HOSTILE) > 100


def test_the_authors_notation_and_verdicts_of_every_kind(tmp_path: Path, browser: Browser) -> None:
    report = pt.attempt(written(tmp_path, NOTATION).rename(tmp_path / "file.deriv")).report
    more = Section("Kinds", tuple(Verdict(kind, HOSTILE) for kind in VERDICT_KINDS))
    report = Report("file", (*report.sections, more), spelling=report.spelling)
    path = written(tmp_path, to_html(report))
    assert works(browser, path, HOSTILE) > 10
    page = Page(browser, path)
    colours = page.evaluate(
        "[...document.querySelectorAll('.verdict')].slice(-5).map(one => getComputedStyle(one).borderLeftColor)"
    )
    assert len(set(colours)) == len(VERDICT_KINDS)
    formulas = page.evaluate("[...document.querySelectorAll('math')].map(one => one.textContent).join('; ')")
    assert "q" in formulas and "ϕ" in formulas and "K" not in formulas and "C" not in formulas
    assert page.evaluate("document.querySelectorAll('details[open]').length") == 0
    page.evaluate("document.querySelector('summary').click()")
    assert page.evaluate("document.querySelector('details').getBoundingClientRect().height") > 100
    page.close()


def test_figures_beside_each_other(tmp_path: Path, browser: Browser) -> None:
    flow = "plot flow MLP with sigma = z { inputs [1]; set C_b = 0, C_W = 2; depth 3; show G }\n"
    found = pt.run_text(f"ptheory 1\ninclude mlp\n{flow}{flow.replace('C_W = 2', 'C_W = 1')}")
    assert works(browser, written(tmp_path, to_html(found.report))) > 0
    assert all(figure._repr_html_().count("<svg") == 1 for figure in found.outcomes)


def test_a_line_is_as_long_as_the_window(tmp_path: Path, browser: Browser) -> None:
    report = pt.run_text("ptheory 1\ninclude mlp\ninclude observables\nderive D for MLP\n").report
    page = Page(browser, written(tmp_path, to_html(report)))
    heights = []
    for width in (1400, 500):
        page.resize(width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        heights.append(page.evaluate("document.querySelector('.equation').getBoundingClientRect().height"))
        sides = "[...document.querySelectorAll('section > .equation > .sides')]"
        assert page.evaluate(f"{sides}.every(one => one.scrollWidth <= one.clientWidth)")
    page.close()
    assert heights[1] > heights[0]


def test_what_a_notebook_shows_is_set_too(tmp_path: Path, browser: Browser) -> None:
    report = pt.run_text("ptheory 1\ninclude mlp\nderive V\n").report
    page = Page(browser, written(tmp_path, f"<!DOCTYPE html><body>{report_html(report)}</body>"))
    assert page.evaluate("[...document.querySelectorAll('math')].every(one => one.getBoundingClientRect().height > 5)")
    assert page.evaluate("document.querySelectorAll('.equation').length") == 2 and len(page.requests) == 1
    page.close()


def test_a_page_that_does_not_work_is_seen(tmp_path: Path, browser: Browser) -> None:
    good = to_html(
        Report("page", (Section("One", (Prose("x" * 5_000 + "word " * 9_000),)), Section("Two", (Prose("y"),))))
    )
    assert works(browser, written(tmp_path, good)) > 0
    for old, new in [
        ('href="#Two"', 'href="#Three"'),
        ("<h2", "<h4"),
        ("</math>", "\\alpha</math>"),
        ("</body>", '<code class="latex">x</code></body>'),
        ("</body>", '<img src="data:," alt="x"></body>'),
        ("</body>", "<p>\\frac12</p></body>"),
        ("</math>", "<mfrac><mi>x</mi></mfrac></math>"),
        ("</body>", '<p id="Two">again</p></body>'),
        ("</math>", "<mi>字</mi></math>"),
    ]:
        assert old in good
        with pytest.raises(AssertionError):
            works(browser, written(tmp_path, good.replace(old, new, 1)))
