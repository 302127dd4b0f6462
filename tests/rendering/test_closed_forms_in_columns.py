"""Closed forms of activations in a page, in one of two columns and in a column of 5.5 inches: nothing sticks out."""

from __future__ import annotations

from pathlib import Path

import pytest

import ptheory as pt
from ptheory.rendering.rounding import with_page_digits
from tests.rendering.in_columns import HEADS, overfull

ACTIVATIONS = ("gelu", "sin", "elu")
TEXT = "ptheory 1\ninclude mlp\nderive G to order 1/n\nderive V\n" + "".join(
    f"with sigma = {name} {{ show G, V }}\n" for name in ACTIVATIONS
)


@pytest.mark.slow
def test_closed_forms_fit(tmp_path: Path) -> None:
    report = with_page_digits(pt.run_text(TEXT).report)
    assert [line for columns in HEADS for line in overfull(report, columns, tmp_path)] == []
