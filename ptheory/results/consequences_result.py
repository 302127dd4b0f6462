"""What ``consequences`` gives: aspect ratios, depth scales and learning rates, and what they are for given shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptheory.displayed import Displayed

if TYPE_CHECKING:
    from ptheory.criticality.consequences import Consequences
    from ptheory.criticality.skip_strengths import SkipStrengths


@dataclass(frozen=True)
class BlockConsequences(Displayed):
    """``found``, or None where there is no one-input system, and ``undecided`` says why.

    ``depth`` and ``widths``: the shapes asked for, None and empty where none are; ``outputs``: n_L, None where it stays
    a symbol; ``skips``: aspect ratios at all strengths of a skip that is not set, ``found`` at strength zero.
    """

    activation: str
    architecture: str
    found: Consequences | None
    undecided: str = ""
    depth: int | None = None
    widths: tuple[int, ...] = ()
    outputs: int | None = None
    skips: SkipStrengths | None = None
