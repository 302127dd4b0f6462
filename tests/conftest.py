"""Property tests draw the same examples at every run, so a green suite stays green; ``--hypothesis-profile=search``
draws new ones. Derivations kept for later tests are many small objects: the collector looks for cycles among them
less often. Commands run as users run them, with what Python compiled kept between them. Every test has the room for
nested calls that a command has."""

from __future__ import annotations

import gc
import os
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings

from ptheory.session.room import with_room

gc.set_threshold(400_000, 20, 100)
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

settings.register_profile("repeatable", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("search", deadline=None, print_blob=True)
settings.load_profile("repeatable")

FIRST = ("", "rendering")
"""The folders with the longest tests, and with those that share what golden.result derives: of the tests that a worker
begins with none is taken over by another, which would have to derive it again."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: place(item.path))


def place(path: Path) -> int:
    folder = str(path.parent.relative_to(Path(__file__).parent)).removeprefix(".")
    return FIRST.index(folder) if folder in FIRST else len(FIRST)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> None:
    pyfuncitem.obj = partial(with_room, pyfuncitem.obj)
