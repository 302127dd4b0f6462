"""Nested calls stay in one block of memory: no depth of calls at which every further call asks the system for one."""

from __future__ import annotations

import resource
import subprocess
import sys

from ptheory.session.room import with_room

CALLS = 300
DEPTHS = 300  # more than a block of 16 KB has room for


def leaf(number: int) -> int:
    """Needs more room than a call of :func:`faults_at`: at some depth it is the one that needs another block."""
    return max(number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20)


def faults_at(depth: int) -> int:
    """Pages that the system gave while calls were made and ended under so many others."""
    if depth:
        return faults_at(depth - 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for number in range(CALLS):
        leaf(number)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def most_faults() -> int:
    return max(map(faults_at, range(DEPTHS)))


def test_no_depth_of_calls_is_slow() -> None:
    assert with_room(most_faults) < CALLS / 2


def test_without_room_one_is() -> None:
    """In an interpreter of its own: under pytest every test has room."""
    code = "from tests.session.test_room import *\nprint(most_faults())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) >= CALLS


def test_what_the_call_returns() -> None:
    assert with_room(sorted, [2, 1], reverse=True) == [2, 1]
