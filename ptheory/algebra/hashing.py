"""Hashes of small immutable objects, computed once: terms are keys of dictionaries over and over."""

from __future__ import annotations

from typing import Any


def hash_once(self: Any) -> int:
    """The ``__hash__`` of a frozen dataclass: that of its fields, kept on the object."""
    known: dict[str, Any] = self.__dict__
    if "_hash" not in known:
        known["_hash"] = hash(tuple(known[name] for name in self.__dataclass_fields__))
    found: int = known["_hash"]
    return found
