"""The table of widths is that of today's equations, and none is much wider than the shortest form in print."""

from __future__ import annotations

import re

from .widths import PAGE, page


def test_the_table_is_up_to_date_and_short() -> None:
    shown = PAGE.read_text("utf-8")
    assert page() == shown
    in_print, _, at_inputs = shown.partition("At any inputs")
    ratios = ratios_in(in_print)
    assert len(ratios) == 12 and max(ratios.values()) < 1.13
    assert all(ratios[name] <= 1.1 for name in ("G1", "D", "A", "Q", "R", "S", "T"))
    at_any = ratios_in(at_inputs.partition("Closed forms")[0])
    assert len(at_any) == 13 and max(at_any.values()) <= 1
    assert all(at_any[name] < 0.85 for name in ("Theta", "D", "A", "S", "T"))


def ratios_in(table: str) -> dict[str, float]:
    """tensor -> the ratio of widths in the last column."""
    rows = re.findall(r"^\| (\w+) \|.*\| ([\d.]+) \|$", table, re.MULTILINE)
    return {name: float(ratio) for name, ratio in rows}
