"""Start-up: what answers before SymPy is imported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from commands import measure


def test_version(benchmark: Any) -> None:
    measure(benchmark, "--version")


def test_parse_error(benchmark: Any, tmp_path: Path) -> None:
    path = tmp_path / "bad.deriv"
    path.write_text("ptheory 1\ninclude mlp\nderive G to ordr 1/n\n", "utf-8")
    measure(benchmark, "run", str(path), expect=2)
