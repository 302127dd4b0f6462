"""How much of the package goes untyped: ``Any`` in annotations, per thousand lines, a ceiling that only falls."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CEILING = 3.0  # per thousand lines; lower it whenever the package is well below
SLACK = 2.0


def uses_of_any(text: str) -> int:
    """Every ``Any`` but the import, wherever it stands: in an annotation, an alias, a cast."""
    return sum(isinstance(node, ast.Name) and node.id == "Any" for node in ast.walk(ast.parse(text)))


def per_thousand_lines() -> float:
    texts = [path.read_text("utf-8") for path in (ROOT / "ptheory").rglob("*.py")]
    return 1000 * sum(map(uses_of_any, texts)) / sum(len(text.splitlines()) for text in texts)


def test_any_gets_rarer() -> None:
    found = per_thousand_lines()
    assert found <= CEILING, f"{found:.1f} per thousand lines"
    assert found > CEILING - SLACK, f"only {found:.1f} per thousand lines: lower the ceiling"


def test_the_count_sees_annotations_and_aliases() -> None:
    text = (
        "from typing import Any\nx: Any = 1\ndef f(a: list[Any], b: 'Any') -> dict[str, Any]: ...\nAlias = tuple[Any]\n"
    )
    assert uses_of_any(text) == 4
