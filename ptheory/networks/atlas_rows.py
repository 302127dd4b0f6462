"""Which rows of an atlas are shown, and in which order: where class = ..., ranked by ...."""

from __future__ import annotations

from ptheory.language.claim_names import KERNEL_BELOW
from ptheory.language.errors import LanguageError, suggestion
from ptheory.language.keywords import CLASSES
from ptheory.language.statements import AtlasStatement
from ptheory.networks.architecture import Architecture
from ptheory.networks.roles import roles

SLOPE = "nu"
RANKS = (SLOPE, "p_0", "p_par", "p_perp", KERNEL_BELOW)
"""What an atlas can be ranked by, beside the variances that are tuned."""


def check_atlas(statement: AtlasStatement, architecture: Architecture) -> None:
    """Raise LanguageError for a class there is not, one that stands twice, a rank by what is no column of numbers."""
    seen: set[str] = set()
    for written in statement.classes:
        if written.label not in CLASSES:
            help = suggestion(written.label, CLASSES, "class")
            raise LanguageError(f'there is no class "{written.label}"', written.span, help=help)
        if written.label in seen:
            raise LanguageError(f'the class "{written.label}" stands twice', written.span, help="keep one of the two")
        seen.add(written.label)
    found = roles(architecture)
    columns = (*RANKS, *found.biases, *found.weights)
    if statement.ranked_by is not None and statement.ranked_by.name not in columns:
        name = statement.ranked_by.name
        help = suggestion(name, columns, "column")
        raise LanguageError(f"an atlas has no column {name} of numbers", statement.ranked_by.span, help=help)
