"""A tensor with its whole series in 1/n, as ``define`` means it: what an exact statement is written in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ptheory.algebra.hashing import hash_once
from ptheory.algebra.polynomial import SortKey
from ptheory.recursion.tensors import Tensor


@dataclass(frozen=True)
class WholeTensor:
    """n^power times the joint cumulant of the collective variables of ``tensor``, n the width of the layer below.

    ``is_next``: at layer l+1 rather than l.
    """

    tensor: Tensor
    is_next: bool = False

    __hash__ = hash_once

    @cached_property
    def sort_key(self) -> SortKey:
        return (3, 0, int(self.is_next), *self.tensor.sort_key)

    def __str__(self) -> str:
        return f"{self.tensor}{chr(39) * self.is_next}"
