"""What is computed once of an immutable object and kept on it: its hash, and what a function makes of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

Made = TypeVar("Made")
Of = TypeVar("Of")


def hash_once(self: Any) -> int:
    """The ``__hash__`` of a frozen dataclass, that of its fields: terms are keys of dictionaries over and over."""
    try:
        found: int = self._hash
    except AttributeError:
        found = hash(tuple(getattr(self, name) for name in self.__dataclass_fields__))
        object.__setattr__(self, "_hash", found)
    return found


def made_once(function: Callable[[Of], Made]) -> Callable[[Of], Made]:
    """The same function of one frozen dataclass, whose value is kept on the object: every page shows the same trees."""
    place = f"_{function.__name__}"

    @wraps(function)
    def kept(of: Of) -> Made:
        values = vars(of)
        if place not in values:
            values[place] = function(of)
        made: Made = values[place]
        return made

    return kept
