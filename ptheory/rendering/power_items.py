"""The power of n that every tensor comes with, where variances or rates have other powers of n than 1/n and 1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from ptheory.algebra.exponents import Exponent
from ptheory.language.expressions import Name
from ptheory.recursion.equation import Equation
from ptheory.recursion.system import LeftOut
from ptheory.recursion.uniform_scaling import uniform_scaling
from ptheory.rendering.powers_of_width import number_formula, power_of_width
from ptheory.rendering.report import Formula, Item, Prose, Table, Words

ENDS = (Fraction(0), Fraction(1))  # of the open exponent


def power_items(equations: Sequence[Equation], name: str = "") -> Iterator[Item]:
    """A table of the tensors of equations and their powers of n, and what is left out beside the leading ones; nothing
    for an architecture without such powers."""
    named = {equation.name: equation for equation in equations if equation.system.model.declared.is_scaled}
    scaled = list(named.values())
    if not scaled:
        return
    open_exponent = scaled[0].system.model.declared.open_exponent
    headers: list[Words] = ["tensor", "comes with"]
    if open_exponent is not None:
        headers += [("at ", Formula(Name(open_exponent)), f" = {end}") for end in ENDS]
    rows: list[tuple[Words, ...]] = []
    for equation in scaled:
        power = equation.power_of_width
        cells: list[Words] = [Formula(Name(equation.name)), Formula(power_of_width(power))]
        if open_exponent is not None:
            cells += [Formula(power_of_width(Exponent(power.at(end)))) for end in ENDS]
        rows.append(tuple(cells))
    yield Table(tuple(headers), tuple(rows), name=name)
    yield Prose(_how_read(open_exponent))
    yield from _largest_without_growth([equation for equation in scaled if equation.outputs])
    for equation in scaled:
        for left_out in equation.left_out:
            yield Prose(_left_out(equation, left_out))
    if any(equation.system.needs_equal_widths for equation in scaled):
        yield Prose("All layers are taken to be equally wide, so that powers of n are of one width.")


def _how_read(open_exponent: str | None) -> Words:
    counted = "The power of n of a correlator is counted term by term; a tensor is what multiplies it"
    if open_exponent is None:
        return f"{counted}."
    return (f"{counted}, for any 0 < ", Formula(Name(open_exponent)), " < 1.")


def _largest_without_growth(equations: Sequence[Equation]) -> Iterator[Item]:
    """The largest s at which no tensor of an output grows with n, where every term of a tensor has its power: that
    holds beyond 0 < s < 1."""
    powers = {equation.name: equation.power_of_width for equation in equations}
    growing = [power for power in powers.values() if power.slope > 0]
    if not growing or any(uniform_scaling(equation.system.model.declared) is None for equation in equations):
        return
    largest = min(-power.constant / power.slope for power in growing)
    of_order_one = [name for name, power in powers.items() if power.at(largest) == 0]
    if any(power.at(largest) > 0 for power in powers.values()):
        return
    names: list[str | Formula] = [piece for name in of_order_one for piece in (", ", Formula(Name(name)))][1:]
    symbol = Formula(Name(growing[0].symbol))
    at = (symbol, " = ", Formula(number_formula(largest)))
    yield Prose(("No tensor of an output here grows with n up to ", *at, "; of order one there: ", *names, "."))


def _left_out(equation: Equation, left_out: LeftOut) -> Words:
    below = left_out.below
    if left_out.in_layer_one:
        smaller = Formula(power_of_width(below.times(-1)))
        return ("In layer 1 terms of ", Formula(Name(equation.name)), " are smaller by ", smaller, ": they drop out.")
    of_names: list[str | Formula] = [piece for name in left_out.names for piece in (", ", Formula(Name(name)))][1:]
    which: list[str | Formula] = [" with ", *of_names] if of_names else []
    start: list[str | Formula] = ["Beside the leading power, terms of ", Formula(Name(equation.name)), *which]
    return (*start, " are smaller by ", Formula(power_of_width(below.times(-1))), ": they drop out.")
