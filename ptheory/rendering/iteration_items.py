"""Laws at large depth beside the recursions iterated, as a table."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from ptheory.rendering.report import AtLargeDepth, Formula, Table
from ptheory.rendering.result_names import joined
from ptheory.rendering.written_numbers import readable, with_rounded_constants
from ptheory.results.iterated_laws import IteratedLaw, IterationResult

DIGITS = 9


def laws_table(found: IterationResult, of: Sequence[str]) -> Table:
    """quantity ~ law, its exponent and amplitude as extrapolated, and in how many digits they agree."""
    depth, where = Formula(sp.Integer(found.depth)), f", {found.place}," if found.place else ""
    return Table(
        ("law", "exponent iterated", "amplitude iterated", "digits"),
        tuple(_row(one) for one in found.laws),
        ("recursions iterated to layer ", depth, f"{where} in double precision, extrapolated from layers that double"),
        name=joined("iteration", *of, *(["kept"] if found.place else [])),
        digits=DIGITS,
    )


def _row(one: IteratedLaw) -> tuple[str | tuple[str | Formula, ...] | Formula, ...]:
    from ptheory.criticality.asymptotics import DEPTH
    from ptheory.criticality.laws import WIDTH

    amplitude = with_rounded_constants(one.amplitude, lambda constant: sp.N(constant, DIGITS))
    law = amplitude * DEPTH ** readable(one.power) * sp.log(DEPTH) ** one.log_power / WIDTH**one.width
    return (
        Formula(AtLargeDepth(one.quantity, law)),
        one.found_power.shown_in_places(DIGITS),
        one.found_amplitude.shown(DIGITS),
        str(max(one.digits, 0)),
    )
