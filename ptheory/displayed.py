"""What a notebook shows of a result: the result says that it can be shown, and whoever knows pages says how.

Results stand below the pages they are shown on, so they do not import them; ``shown_by`` hands the pages down, once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Views(Protocol):
    """How things are shown; None where a thing has no such form."""

    def html(self, thing: object) -> str | None:
        """A piece of HTML."""

    def markdown(self, thing: object) -> str | None:
        """Markdown with formulas between dollars."""

    def latex(self, thing: object) -> str | None:
        """A formula between dollars."""


_MAKERS: list[Callable[[], Views]] = []


def shown_by(views: Callable[[], Views]) -> None:
    """Let results be shown so from now on; ``views`` is called when the first one is."""
    _MAKERS[:] = [views]


class Displayed:
    """The base of every result: what IPython asks an object for, in the order in which it prefers the answers."""

    def _repr_html_(self) -> str | None:
        return _MAKERS[0]().html(self) if _MAKERS else None

    def _repr_markdown_(self) -> str | None:
        return _MAKERS[0]().markdown(self) if _MAKERS else None

    def _repr_latex_(self) -> str | None:
        return _MAKERS[0]().latex(self) if _MAKERS else None
