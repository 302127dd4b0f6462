"""Property tests draw the same examples at every run, so a green suite stays green; ``--hypothesis-profile=search``
draws new ones."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("search", deadline=None, print_blob=True)
settings.load_profile("repeatable")
