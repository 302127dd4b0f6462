"""Aspect ratios at every strength of a skip connection on a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sympy as sp

from ptheory.criticality.asymptotics import DEPTH
from ptheory.criticality.atlas import PER_ASPECT
from ptheory.criticality.laws import readable
from ptheory.criticality.skip_strengths import Balanced, SkipStrengths
from ptheory.rendering.report import AtLargeDepth, Formula, Item, Prose, Quantity, Table, Words
from ptheory.rendering.result_names import joined
from ptheory.results.consequences_result import BlockConsequences

WIDTH, SLOPE = sp.Symbol("n", positive=True), sp.Symbol(PER_ASPECT, positive=True)
ROOT_DIGITS = 6


def skip_items(skips: SkipStrengths, found: BlockConsequences, of: Sequence[str]) -> Iterator[Item]:
    """nu and 1/nu by the strength, its form where it has one, and the strengths that balance given shapes."""
    strength = sp.Symbol(skips.name, positive=True)
    kernel = (", ", Formula(Quantity(skips.kernel))) if skips.kernel else ()
    counted = 1 - strength**2
    rows = tuple(
        tuple(Formula(readable(value)) for value in (at, slope, 1 / slope, slope / (1 - at**2)))
        for at, slope in skips.rows
    )
    said: tuple[str | Formula, ...] = (
        "aspect ratios by the strength of the skip: networks of one shape differ by ",
        Formula(AtLargeDepth(skips.ratio, SLOPE * DEPTH / WIDTH)), *kernel,
        ", of order one at ", Formula(1 / SLOPE), "; last, in the depth that counts, ", Formula(counted * DEPTH),
    )  # fmt: skip
    headers: tuple[Words, ...] = tuple(map(Formula, (strength, SLOPE, 1 / SLOPE, SLOPE / counted)))
    yield Table(headers, rows, said, name=joined("skips", *of))
    if skips.form is not None:
        yield Prose((Formula(SLOPE), " = ", Formula(skips.form), ", exactly"))
    if skips.largest is not None:
        at, slope = (Formula(sp.Float(value, ROOT_DIGITS)) for value in skips.largest)
        yield Prose(
            ("fluctuations are largest at ", Formula(strength), " = ", at, ", where ", Formula(SLOPE), " = ", slope)
        )
    yield from _shapes(skips, found, strength, of)
    yield Prose(("depth scales and learning rates: set ", Formula(strength)))


def _shapes(skips: SkipStrengths, found: BlockConsequences, strength: sp.Symbol, of: Sequence[str]) -> Iterator[Item]:
    if not skips.balanced:
        return
    information = any(one.at_stationary is not None for one in skips.balanced)
    rows = tuple(_row(one, information) for one in skips.balanced)
    said: tuple[str | Formula, ...] = (
        f"networks of {found.depth} layers: the strengths at which ", Formula(SLOPE * DEPTH / WIDTH),
        " is one, where networks of that shape differ by order one",
    )  # fmt: skip
    last: tuple[Words, ...] = ()
    if information:
        last = (("at ", Formula(sp.Symbol("n_L", positive=True)), f" = {found.outputs}"),)
        said += ("; last, where the mutual information of two groups of neurons, as a series, is stationary",)
    headers: tuple[Words, ...] = (Formula(WIDTH), Formula(DEPTH / WIDTH), Formula(strength), *last)
    yield Table(headers, rows, said, name=joined("balanced", *of))


def _row(one: Balanced, information: bool) -> tuple[Words, ...]:
    cells: list[Words] = [Formula(sp.Integer(one.width)), Formula(readable(one.ratio)), _strengths(one.at_one)]
    if information:
        cells.append(_strengths(one.at_stationary or ()))
    return tuple(cells)


def _strengths(found: tuple[float, ...]) -> Words:
    return ", ".join(f"{value:.{ROOT_DIGITS}g}" for value in found) or "none: less at every strength"
