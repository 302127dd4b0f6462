"""What pages show is arranged once: every format writes the same trees."""

from __future__ import annotations

from pathlib import Path

import pytest

from ptheory.rendering import written_equations
from ptheory.session.output_options import Pages
from ptheory.session.outputs import show
from ptheory.session.run import run_file

FILE = """ptheory 1
include mlp
derive G
derive V
with sigma = relu { }
"""


def test_an_equation_is_arranged_once_for_all_formats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "few.deriv"
    path.write_text(FILE, "utf-8")
    result = run_file(path)
    arranged: list[object] = []
    original = written_equations.explicit_form

    def counted(equation, notation):  # type: ignore[no-untyped-def]
        arranged.append(equation.target)
        return original(equation, notation)

    monkeypatch.setattr(written_equations, "explicit_form", counted)
    assert show(result, tmp_path / "out", ["text", "latex", "html"], Pages()) == 0
    in_pages = len(arranged)
    assert show(result, tmp_path / "again", ["text", "latex", "html"], Pages()) == 0
    assert len(arranged) == in_pages  # nothing is arranged anew
    first, again = ({p.name: p.read_bytes() for p in (tmp_path / d).rglob("*.*")} for d in ("out", "again"))
    assert first == again and len(first) > 4
    capsys.readouterr()
