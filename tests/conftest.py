"""Property tests draw the same examples at every run, so a green suite stays green; ``--hypothesis-profile=search``
draws new ones. Derivations kept for later tests are many small objects: the collector looks for cycles among them
less often. Commands run as users run them, with what Python compiled kept between them. Every test has the room for
nested calls that a command has."""

from __future__ import annotations

import gc
import os
from functools import partial

import pytest
from hypothesis import settings

from ptheory.session.room import with_room

gc.set_threshold(100_000, 20, 100)
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

settings.register_profile("repeatable", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("search", deadline=None, print_blob=True)
settings.load_profile("repeatable")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> None:
    pyfuncitem.obj = partial(with_room, pyfuncitem.obj)
