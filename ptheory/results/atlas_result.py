"""What ``atlas`` gives: many activations classified in one architecture, and what their critical points imply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptheory.displayed import Displayed

if TYPE_CHECKING:
    from ptheory.criticality.consequences import Consequences
    from ptheory.criticality.universality import Classification


@dataclass(frozen=True)
class Atlas(Displayed):
    """``rows``: one for every activation of the classes asked for, as ranked, else in the order of the statement.

    ``kernel_name``, ``bias`` and ``weight``: what the kernel and the tuned variances are called, ``bias`` empty where
    no bias has one to tune.
    ``vertex_ratio``: under which name a classification has the relative size of the fluctuations, V/(nK^2); empty where
    the recursions are those of the kernel alone, and ``without_vertex`` says why; ``without_tangent`` why there are no
    learning rates, empty where there are. ``searched``: how many activations the statement has; ``classes``:
    the ones asked for; ``ranked_by``: the column, empty where there is none.
    """

    architecture: str
    kernel_name: str
    bias: str
    weight: str
    rows: tuple[Consequences, ...]
    vertex_ratio: str
    without_vertex: str = ""
    without_tangent: str = ""
    searched: int = 0
    classes: tuple[str, ...] = ()
    ranked_by: str = ""

    @property
    def classifications(self) -> tuple[Classification, ...]:
        """The class of every row."""
        return tuple(one.classification for one in self.rows)
