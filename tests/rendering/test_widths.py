"""The table of widths is that of today's equations, and none is much wider than the shortest form in print."""

from __future__ import annotations

import re

from .widths import PAGE, page


def test_the_table_is_up_to_date_and_short() -> None:
    shown = PAGE.read_text("utf-8")
    assert page() == shown
    ratios = {
        name: float(ratio) for name, ratio in re.findall(r"^\| ([A-Z]\d?) \|.*\| ([\d.]+) \|$", shown, re.MULTILINE)
    }
    assert len(ratios) == 12 and max(ratios.values()) < 1.13
    assert all(ratios[name] <= 1.1 for name in ("G1", "D", "A", "Q", "R", "S", "T"))
