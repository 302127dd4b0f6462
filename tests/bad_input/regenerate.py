"""Rewrite ``expected.txt`` from what is said now: ``python -m tests.bad_input.regenerate``, then review the diff."""

from __future__ import annotations

from tests.bad_input.cases import write_expected

if __name__ == "__main__":
    write_expected()
