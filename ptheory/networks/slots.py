"""Names at slots, as written: ``z1``, ``H12``, ``H[1,10]``."""

from __future__ import annotations

from ptheory.language.expressions import Expression, Indexed, Name, Number
from ptheory.language.names import split_slots
from ptheory.networks.observables import SlotField


def slot_field(expression: Expression) -> SlotField | None:
    """``z1``, ``H12`` or ``H[1,10]``; None for anything else."""
    if isinstance(expression, Name):
        split = split_slots(expression.name)
        return None if split is None else SlotField(*split)
    if isinstance(expression, Indexed) and not expression.primes and expression.arguments:
        slots = [
            int(argument.value)
            for argument in expression.arguments
            if isinstance(argument, Number) and argument.value.denominator == 1
        ]
        return SlotField(expression.name, tuple(slots)) if len(slots) == len(expression.arguments) else None
    return None
