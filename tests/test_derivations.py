"""Every file in ``derivations/`` runs, proves what it claims, and gives the LaTeX on file, which compiles."""

from __future__ import annotations

from pathlib import Path

import pytest

from ptheory.rendering.pdf import to_pdf
from tests import golden


def test_every_derivation_has_its_expected_page() -> None:
    assert golden.names() == sorted(path.stem for path in golden.EXPECTED.glob("*.tex"))
    assert {"00-first-look", "10-mlp", "11-deep-linear"} <= set(golden.names())


@pytest.mark.parametrize("name", golden.names())
def test_every_verdict_is_proved_or_checked(name: str) -> None:
    result = golden.result(name)
    assert result.exit_code == 0 and result.verdicts
    assert {verdict.kind.value for verdict in result.verdicts} <= {"proved", "checked"}


@pytest.mark.parametrize("name", golden.names())
def test_latex_is_as_expected(name: str) -> None:
    assert golden.latex(name) == (golden.EXPECTED / f"{name}.tex").read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("name", golden.names())
def test_the_page_compiles(name: str, tmp_path: Path) -> None:
    report = golden.result(name).report
    found = to_pdf(report, tmp_path, name)
    assert found.pdf is not None, found.message
    assert found.pdf.read_bytes().startswith(b"%PDF-")
