"""What ``atlas`` gives: many activations classified in one architecture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptheory.displayed import Displayed

if TYPE_CHECKING:
    from ptheory.criticality.universality import Classification


@dataclass(frozen=True)
class Atlas(Displayed):
    """``classifications``: one for every activation, in the order of the statement.

    ``bias`` and ``weight``: what the tuned variances are called, ``bias`` empty where no bias has one to tune.
    ``vertex_ratio``: under which name a classification has the relative size of the fluctuations, V/(nK^2); empty where
    the recursions are those of the kernel alone, and ``without_vertex`` says why.
    """

    architecture: str
    bias: str
    weight: str
    classifications: tuple[Classification, ...]
    vertex_ratio: str
    without_vertex: str = ""
