"""Where a leg of a tensor or a derivative stands: at a sample, at one in the past, or nowhere, being summed over."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias


class Sample(NamedTuple):
    """A slot of an equation, 1, 2, ..., or an input, counted from 1, once the equation is taken there.

    A position within the sample would be one more entry. A tuple, since legs are hashed and compared all the time.
    """

    number: int

    def __repr__(self) -> str:
        """Short: where two summed legs change places, what they stand in is told apart by its representation."""
        return str(self.number)


class Dummy(NamedTuple):
    """Summed over every field and sample of the expectation that the leg differentiates.

    ``rank``: minus the dummy's number 1, 2, ... (0 for one that has none): no dummy equals a sample, all come before
    the samples, and the last one first.
    """

    rank: int

    @property
    def number(self) -> int:
        """1, 2, ..."""
        return -self.rank

    def __repr__(self) -> str:
        return str(self.rank)


class Past(NamedTuple):
    """A sample at one layer of the history of an averaged neuron (``flows.histories``).

    ``copy``: legs of different copies of the neuron, 0, 1, ..., share only some of their branches.
    """

    sample: Sample
    layer: int
    copy: int = 0

    @property
    def number(self) -> int:
        """That of the sample."""
        return self.sample.number

    def __repr__(self) -> str:
        return f"{self.sample}@{self.layer}.{self.copy}"


Place: TypeAlias = Sample | Dummy | Past
