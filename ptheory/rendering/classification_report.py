"""What ``classify`` found as a report: critical points, exponents and laws in aligned columns, what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptheory.rendering.critical_items import exponent_tables
from ptheory.rendering.known_names import KnownNames
from ptheory.rendering.report import CriticalPoint, Item, Prose, Report, Section

if TYPE_CHECKING:
    from ptheory.criticality.universality import Classification


def classification_report(found: Classification) -> Report:
    """One section of points and tables, one of evidence."""
    bias, weight = found.variances
    items: list[Item] = [
        CriticalPoint(
            found.kernel_name,
            "any" if point.K_star is None else point.K_star,
            {bias: point.C_b, weight: point.C_W},
            point.stability,
        )
        for point in found.critical_points
    ]
    if found.exponents:
        items += exponent_tables(found, [growth.tensor for scheme in found.tower for growth in scheme.growths])
    evidence = tuple(Prose(line) for line in found.evidence)
    sections = [Section(f"Class: {found.label}", tuple(items))]
    sections += [Section("What this rests on", evidence)] if evidence else []
    system = found.system
    symbols = (found.kernel_name, bias, weight, system.vertex or "", *(rate.name for rate in system.rates))
    named = frozenset(filter(None, (*symbols, *(entry.name for entry in system.tower))))
    names = KnownNames(named, kernel=found.kernel_name)
    return Report(found.activation, tuple(sections), found.activation, names=names)
