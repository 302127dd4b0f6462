"""The numbers of a flow as they are shown: every independent component once, and which others it is equal to."""

from __future__ import annotations

from fractions import Fraction

import mpmath

from ptheory.algebra.order import power_text
from ptheory.flows.significant_digits import Known
from ptheory.language.expressions import Indexed, Number
from ptheory.language.json_values import JsonObject
from ptheory.rendering.report import Formula, Item, Prose, Table, Words
from ptheory.rendering.result_names import joined
from ptheory.rendering.written_numbers import exact_number
from ptheory.results.flow_numbers import FlowTable

EQUAL = "Equal by symmetry: "
LONGEST_EXACT = 60  # characters of a fraction in a cell


def flow_items(result: FlowTable) -> tuple[Item, ...]:
    """One table, layer by layer, and the components equal by symmetry."""
    rows = [
        (str(layer), component(name, group[0]), *(number_cell(text, result.digits) for text in texts[group[0]]))
        for layer, tensors in flow_texts(result).items()
        for name, texts in tensors.items()
        for group in result.equal[name]
    ]
    orders = max((len(row) - 2 for row in rows), default=1)
    headers = ("layer", "component", *(power_text(k) for k in range(orders)))
    padded = tuple((*row, *([""] * (orders - (len(row) - 2)))) for row in rows)
    below: list[Words] = [(EQUAL, *equal, ".")] if (equal := equal_components(result)) else []
    below += [f"{note[0].upper()}{note[1:]}." for note in flow_notes(result)]
    named = joined("flow", *result.bindings.values(), result.architecture)
    table = Table(headers, padded, labels=2, digits=result.digits if result.asked else None, name=named)
    return (table, *map(Prose, below))


def equal_components(result: FlowTable) -> list[str | Formula]:
    """V[0,0,1,1] = V[1,1,0,0]; ... as formulas with the signs between them."""
    written: list[str | Formula] = []
    for name, groups in result.equal.items():
        for group in groups:
            if len(group) > 1:
                between = [piece for key in group for piece in (" = ", component(name, key))][1:]
                written += ["; ", *between] if written else between
    return written


def component(name: str, key: str) -> Formula:
    """V[0,1,1,0], its inputs from 0."""
    return Formula(Indexed(name, tuple(Number(Fraction(part)) for part in key.split(","))))


def flow_json(result: FlowTable) -> JsonObject:
    """The keys "architecture", "layers" (one object per layer, name -> number), and "notes" where there are any."""
    written: JsonObject = {
        "architecture": result.architecture,
        "layers": [{"layer": layer, **tensors} for layer, tensors in flow_texts(result).items()],
    }
    notes = flow_notes(result)
    return {**written, "notes": notes} if notes else written


def flow_text(result: FlowTable) -> str:
    """A plain table: one block per layer, one line per independent component, coefficients of 1, 1/n, ... left to
    right; below it what is equal by symmetry."""
    lines = [f"{result.architecture}: coefficients of 1, 1/n, ... by layer"]
    for layer, tensors in flow_texts(result).items():
        lines.append(f"layer {layer}")
        for name, texts in tensors.items():
            for key, *_ in result.equal[name]:
                lines.append(f"  {name}[{key}]  " + "  ".join(texts[key]))
    equal = equalities(result)
    lines += ["equal by symmetry:", *(f"  {line}" for line in equal)] if equal else []
    return "\n".join([*lines, *(f"note: {note}" for note in flow_notes(result))])


def flow_texts(result: FlowTable) -> dict[int, dict[str, dict[str, list[str]]]]:
    """layer -> tensor -> component -> coefficients of 1, 1/n, ... as text."""
    return {
        layer: {
            name: {key: [known_text(n, result.digits) for n in found] for key, found in components.items()}
            for name, components in tensors.items()
        }
        for layer, tensors in result.numbers.items()
    }


def known_text(number: Known, digits: int) -> str:
    """Exact "p/q" for a rational; else ``digits`` significant digits, fewer where fewer are known; "0e-40" where
    nothing is known but that the number is no larger than 10^-40."""
    value, known = number.value, number.digits
    if isinstance(value, (int, Fraction)):
        return str(value)
    if known is None or known >= digits:
        return str(mpmath.nstr(value, digits, strip_zeros=False))
    if known > 0:
        return str(mpmath.nstr(value, known, strip_zeros=False))
    return f"0e{int(mpmath.ceil(mpmath.log10(abs(value) + number.error)))}" if number.error else "0"


def flow_notes(result: FlowTable) -> list[str]:
    """Which way numbers were estimated, and each tensor at a layer of which fewer digits than asked for are known (and
    written)."""
    lattices = "numbers are estimated in float64, with the digits to which a second lattice agrees"
    powers = [f"{name} is multiplied by n^({power})" for name, power in result.powers.items()]
    scaled = ["beside the power of n in its definition " + ", ".join(powers)] if powers else []
    return (
        scaled
        + [lattices] * result.in_float64
        + [
            f"layer {layer}: of the {result.digits} digits asked for, {certain or 'none'} of a component of {name} "
            "could be made certain"
            for (layer, name), certain in result.uncertain.items()
        ]
    )


def equalities(result: FlowTable) -> list[str]:
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
