"""Every file in ``derivations/`` runs, proves what it claims, gives the LaTeX on file, which compiles, and a page that
works in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ptheory.rendering.html import to_html
from ptheory.rendering.pdf import to_pdf
from ptheory.rendering.rounding import with_page_digits
from tests import golden
from tests.browser import Browser, running
from tests.pages import works
from tests.rendering.in_columns import HEADS, overfull
from tests.rendering.printed import equations_of, report_of, without_numbers
from tests.reported.running import ptheory


@pytest.fixture(scope="module", params=golden.names())
def name(request: pytest.FixtureRequest) -> str:
    """A derivation; of the module, so that all tests of one stand together and a worker runs it once for them."""
    found: str = request.param
    return found


def test_every_derivation_has_its_expected_page() -> None:
    assert golden.names() == sorted(path.stem for path in golden.EXPECTED.glob("*.tex"))
    assert {"00-first-look", "10-mlp", "11-deep-linear"} <= set(golden.names())


def test_every_verdict_is_proved_or_checked(name: str) -> None:
    result = golden.result(name)
    assert result.exit_code == 0 and result.verdicts
    assert {verdict.kind.value for verdict in result.verdicts} <= {"proved", "checked"}


def test_latex_is_as_expected(name: str) -> None:
    assert golden.latex(name) == (golden.EXPECTED / f"{name}.tex").read_text("utf-8")


def test_what_is_read_back_is_all_of_the_page(name: str) -> None:
    """tests/rendering/test_read_back.py derives a file without its numbers: no equation is lost with them."""
    shown = equations_of(golden.result(name).report)
    read_back = equations_of(report_of(without_numbers(golden.DERIVATIONS / f"{name}.deriv")))
    assert {one for one in shown if one[0] != "V1"} == {one for one in read_back if one[0] != "V1"}


@pytest.mark.slow
def test_the_page_compiles(name: str, tmp_path: Path) -> None:
    report = golden.result(name).report
    found = to_pdf(report, tmp_path, name)
    assert found.pdf is not None, found.message
    assert found.pdf.read_bytes().startswith(b"%PDF-")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for all pages that a worker opens."""
    with running() as started:
        yield started


OPENED = ("00-first-look", "12-ntk", "40-figures", "51-depth", "57-several-kernels")
"""Pages that are opened: every kind of item is by itself, in rendering/test_pages_in_a_browser.py."""


@pytest.mark.slow
@pytest.mark.parametrize("name", OPENED)
def test_the_page_works_in_a_browser(name: str, tmp_path: Path, browser: Browser) -> None:
    report = golden.result(name).report
    path = tmp_path / f"{name}.html"
    path.write_text(to_html(report), "utf-8")
    equations = sum(1 for section in report.sections for _ in section.equations)
    assert works(browser, path) >= 2 * equations


@pytest.mark.slow
def test_the_page_of_a_paper_works_in_a_browser(tmp_path: Path, browser: Browser) -> None:
    paper = golden.DERIVATIONS / "paper" / "effective-theory.tex"
    assert ptheory("check", paper, "-o", tmp_path, "--to", "html").code == 0
    assert works(browser, tmp_path / "effective-theory.html") >= 2 * 25


@pytest.mark.slow
@pytest.mark.parametrize("columns", sorted(HEADS))
def test_nothing_sticks_out_of_a_column(name: str, columns: str, tmp_path: Path) -> None:
    assert overfull(with_page_digits(golden.result(name).report), columns, tmp_path) == []
