"""The numbers of a flow as they are shown: every independent component once, and which others it is equal to."""

from __future__ import annotations

from ptheory.algebra.order import power_text
from ptheory.rendering.report import Formula, Item, Prose, Table, Words
from ptheory.rendering.written_numbers import exact_number
from ptheory.session.flow_task import FlowResult

LONGEST_EXACT = 60  # characters of a fraction in a cell


def flow_items(result: FlowResult) -> tuple[Item, ...]:
    """One table, layer by layer, and the components equal by symmetry."""
    rows = [
        (str(layer), f"{name}[{group[0]}]", *(number_cell(c, result.digits) for c in tensors[name][group[0]]))
        for layer, tensors in result.layers.items()
        for name in tensors
        for group in result.equal[name]
    ]
    orders = max((len(row) - 2 for row in rows), default=1)
    headers = ("layer", "component", *(power_text(k) for k in range(orders)))
    padded = tuple((*row, *([""] * (orders - (len(row) - 2)))) for row in rows)
    equal = equalities(result)
    below = [f"Equal by symmetry: {'; '.join(equal)}."] if equal else []
    below += [f"{note[0].upper()}{note[1:]}." for note in result.notes]
    return (Table(headers, padded, labels=2), *map(Prose, below))


def equalities(result: FlowResult) -> list[str]:
    """``V[0,0,1,1] = V[1,1,0,0]`` for every component that stands for others."""
    return [
        " = ".join(f"{name}[{key}]" for key in group)
        for name, groups in result.equal.items()
        for group in groups
        if len(group) > 1
    ]


def number_cell(text: str, digits: int) -> Words:
    """A long fraction to be shown with the digits of the flow; any other number as it stands."""
    exact = exact_number(text) if len(text) > LONGEST_EXACT else None
    return text if exact is None else Formula(exact, digits=digits, longest=LONGEST_EXACT)
