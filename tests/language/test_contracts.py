"""Rules every node and every construct keeps."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from ptheory.language import expressions, statements
from ptheory.language.expressions import Expression, Span
from ptheory.language.statements import Statement

STRATEGIES = (Path(__file__).parent / "strategies.py").read_text(encoding="utf-8")
NODES = [
    node
    for module, base in ((expressions, Expression), (statements, Statement))
    for node in vars(module).values()
    if isinstance(node, type) and issubclass(node, base) and node is not base and node.__module__ == module.__name__
]


@pytest.mark.parametrize("node", NODES, ids=lambda node: node.__name__)
def test_every_node_has_a_strategy(node: type) -> None:
    assert f"{node.__name__}" in STRATEGIES


@pytest.mark.parametrize("node", NODES, ids=lambda node: node.__name__)
def test_nodes_are_frozen_and_compare_without_their_place(node: type) -> None:
    assert node.__dataclass_params__.frozen  # type: ignore[attr-defined]
    spans = [field for field in dataclasses.fields(node) if field.name.endswith("span")]
    assert spans and not any(field.compare for field in spans)
    assert all(isinstance(field.default, Span) for field in spans)
