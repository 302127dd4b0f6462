"""What a single result is shown as, wherever it stands alone: in the cell of a notebook."""

from __future__ import annotations

from ptheory.claims.verdict import Verdict as ClaimVerdict
from ptheory.criticality.universality import Classification
from ptheory.language.claim_names import KERNEL_BELOW
from ptheory.recursion.equation import Equation
from ptheory.rendering.angle_report import angle_items
from ptheory.rendering.atlas_items import atlas_items
from ptheory.rendering.classification_report import classification_report
from ptheory.rendering.consequence_items import consequence_items
from ptheory.rendering.critical_items import critical_items
from ptheory.rendering.figure_panels import figure_of
from ptheory.rendering.flow_items import flow_items
from ptheory.rendering.gain_report import gain_items
from ptheory.rendering.phase_report import phase_items
from ptheory.rendering.report import CriticalPoint, DerivedEquation, Item, Prose, SpecialisedEquation, StepList
from ptheory.rendering.sections import (
    aligned_items,
    recursion_items,
    solution_item,
    specialisation_items,
    verdict_item,
)
from ptheory.results.angle_result import Angles
from ptheory.results.atlas_result import Atlas
from ptheory.results.consequences_result import BlockConsequences
from ptheory.results.criticality_result import CriticalInitialisation, Criticality
from ptheory.results.depth_forms import DepthForm, NoDepthFormFound
from ptheory.results.figures import FIGURES
from ptheory.results.flow_numbers import FlowTable
from ptheory.results.gain_result import GainTable
from ptheory.results.outcomes import ExplainedClaim, Refused
from ptheory.results.phase_result import Phases
from ptheory.results.recursions import Explained, Recursions
from ptheory.results.specialisation import BoundEquation, Specialisation, Specialisations


def result_items(thing: object) -> tuple[Item, ...]:
    """The items of a result; none for what is no result."""
    match thing:
        case Equation():
            return (DerivedEquation(thing),)
        case Recursions():
            return tuple(recursion_items(thing, False))
        case BoundEquation():
            return (SpecialisedEquation(thing, equal_widths=True),)
        case Specialisation():
            return tuple(specialisation_items(thing))
        case Specialisations(blocks):
            return tuple(item for block in blocks for item in specialisation_items(block))
        case Criticality():
            return tuple(critical_items(thing, False))
        case CriticalInitialisation(kernel, values, stability):
            return (CriticalPoint(KERNEL_BELOW, "any" if kernel is None else kernel, values, stability),)
        case Classification():
            sections = classification_report(thing).sections
            return tuple(item for section in sections for item in (Prose(section.title), *section.items))
        case FlowTable():
            return flow_items(thing)
        case Atlas():
            return tuple(atlas_items(thing))
        case _ if isinstance(thing, FIGURES):
            return (figure_of(thing, ""),)
    return _judged_items(thing)


def _judged_items(thing: object) -> tuple[Item, ...]:
    """Verdicts and what makes them, gains, steps, and what could not be done."""
    match thing:
        case ClaimVerdict():
            return (verdict_item(thing),)
        case DepthForm() | NoDepthFormFound():
            return (solution_item(thing, ()),)
        case GainTable():
            return tuple(gain_items(thing))
        case Phases():
            return tuple(phase_items(thing))
        case Angles():
            return tuple(angle_items(thing))
        case BlockConsequences():
            return tuple(consequence_items(thing))
        case Explained(name, steps, names):
            return (StepList(name, steps, names),)
        case ExplainedClaim(verdict):
            return aligned_items(verdict)
        case Refused(where, error):
            return (Prose(f"{where}: {error}"),)
    made = getattr(thing, "verdict", None)  # of a check by quadrature or by simulation
    return (verdict_item(made),) if isinstance(made, ClaimVerdict) else ()
