"""Processor time for algebra: what counts, and what does not."""

from __future__ import annotations

import gc
from time import process_time

import pytest

from ptheory.algebra.budget import BETWEEN_LOOKS, OutOfBudget, processor_time, spend

SECONDS = 0.2


def look() -> None:
    for _ in range(BETWEEN_LOOKS):
        spend(7)


def test_work_is_counted_and_the_error_says_how_large_it_had_become() -> None:
    told = r"this sum took more than 0\.2 s of processor time, with sums of 7 terms"
    end = process_time() + 10 * SECONDS
    with pytest.raises(OutOfBudget, match=told), processor_time(SECONDS, "this sum"):
        while process_time() < end:
            look()


def test_collections_of_cycles_are_not_counted() -> None:
    """They take as long as what is kept from before is large: no matter of this sum."""
    kept = [[k] for k in range(200_000)]
    with processor_time(SECONDS, "this sum"):
        end = process_time() + 2 * SECONDS
        while process_time() < end:
            gc.collect()
        look()
    assert len(kept) == 200_000
