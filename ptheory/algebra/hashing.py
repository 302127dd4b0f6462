"""Hashes of small immutable objects, computed once: terms are keys of dictionaries over and over."""

from __future__ import annotations

from typing import Any


def hash_once(self: Any) -> int:
    """The ``__hash__`` of a frozen dataclass: that of its fields, kept on the object."""
    try:
        found: int = self._hash
    except AttributeError:
        found = hash(tuple(getattr(self, name) for name in self.__dataclass_fields__))
        object.__setattr__(self, "_hash", found)
    return found
