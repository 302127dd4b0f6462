"""Gains on a page: one table of constraints, what could not be had, and exact values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import sympy as sp

from ptheory.criticality.series import readable_text
from ptheory.language.claim_names import CHI_PAR, CHI_PERP
from ptheory.rendering.report import Formula, Item, Prose, Report, Section, Table, Words

if TYPE_CHECKING:
    from ptheory.results.gain_result import GainTable, SolvedGain


def gain_report(found: GainTable) -> Report:
    """One section."""
    title = f"Gains of {found.activation} in {found.architecture}"
    return Report(found.activation, (Section(title, tuple(gain_items(found))),), found.activation)


def gain_items(found: GainTable) -> Iterator[Item]:
    """What was asked, the table, then a line for every row with more to say."""
    matrices = " and ".join(f"{name} with Var {name} = {variance}" for name, variance in found.variances.items())
    bias = "" if len(found.hyperparameters) == 1 else f", variance of the biases {readable_text(found.bias)}"
    asked = f"{found.kernel_name} = {readable_text(found.kernel)}{bias}"
    yield Prose(f"{asked}; weights {matrices}: the gain is the square root of its ratio to 1/n")
    solved = [row for row in found.rows if row.found.weight is not None]
    if solved:
        gains = [f"gain {name}" if len(found.variances) > 1 else "gain" for name in found.variances]
        quantities = (found.kernel_name, *found.hyperparameters)
        headers: list[Words] = ["constraint", *map(Formula, quantities), *gains]
        yield Table(
            (*headers, Formula(CHI_PAR), Formula(CHI_PERP), "phase"), tuple(_cells(row, found) for row in solved),
            name="gains",
        )  # fmt: skip
    for row in found.rows:
        yield from map(Prose, _said(row, found))


def _cells(row: SolvedGain, table: GainTable) -> tuple[Words, ...]:
    found = row.found
    kernel: Words = "any" if found.kernel is None else _number(found.kernel)
    values = tuple(_number(row.values[name]) for name in table.hyperparameters)
    responses = (_number(found.parallel), _number(found.perpendicular))
    return (found.constraint, kernel, *values, *map(_number, row.gains.values()), *responses, found.fate.split(";")[0])


def _number(value: sp.Expr) -> Words:
    """Short rationals as they are, all else as decimals."""
    number = value if isinstance(value, sp.Expr) else sp.Float(value, 20)
    if number is sp.nan:
        return "diverges"
    return Formula(number) if number.is_Rational else Formula(sp.N(number, 20))


def _said(row: SolvedGain, table: GainTable) -> Iterator[Words]:
    found = row.found
    if found.weight is None:
        yield f"{found.constraint}: none; {found.why}"
        return
    for name, value in row.values.items():
        if not value.is_Rational and not value.has(sp.Float) and value != table.bias:  # which is given
            yield (f"{found.constraint}: {name} = ", Formula(value))
    _, _, more = found.fate.partition("; ")
    if more:
        yield f"{found.constraint}: {more}"
