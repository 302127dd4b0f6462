"""The kinds of results a task of a file can have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ptheory.claims.verdict import Verdict
from ptheory.displayed import Displayed
from ptheory.results.atlas_result import Atlas
from ptheory.results.figures import Figure
from ptheory.results.flow_numbers import FlowTable
from ptheory.results.recursions import Explained, Recursions
from ptheory.results.specialisation import Specialisation


@dataclass(frozen=True)
class Refused(Displayed):
    """A task that gave nothing: ``where`` it stands, "file.deriv:7: flow MLP", and why.

    A LanguageError says what in the file stands in the way; any other exception is a defect of ptheory.
    """

    where: str
    error: Exception


@dataclass(frozen=True)
class ExplainedClaim(Displayed):
    """A refuted claim whose sides are to be shown term by term."""

    verdict: Verdict


Outcome: TypeAlias = (
    Recursions | Specialisation | FlowTable | Atlas | Figure | Verdict | Explained | ExplainedClaim | Refused
)
