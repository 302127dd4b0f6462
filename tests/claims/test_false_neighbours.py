"""Neighbours of the true claims of every kind: one number of a side changed, and nothing of it is proved or checked.

Every such change makes these claims false. Orders, O(K^3), are left alone: a claim up to a lower one is true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache

import pytest

from ptheory.claims.claims import decide
from ptheory.claims.verdict import Kind, Verdict
from ptheory.language import LanguageError, parse
from ptheory.language.expressions import Call, Expression, Number, children, rewritten
from ptheory.language.statements import ClaimStatement
from ptheory.networks.program import ClaimTask, Program, check_file
from ptheory.session.systems import Systems, bound_activations
from tests.claims.test_expansions import TRUE as EXPANSIONS
from tests.claims.test_large_depth import TRUE as LARGE_DEPTH
from tests.claims.test_layer_forms import TRUE as LAYER_FORMS
from tests.claims.test_regimes import CHECKED
from tests.claims.test_regimes import TRUE as REGIMES
from tests.reported.running import HEAD

CHANGES: tuple[Callable[[Fraction], Fraction], ...] = (
    lambda x: x + 1,
    lambda x: x + Fraction(1, 100),
    lambda x: -x if x else Fraction(1, 2),
)
EVERY = 4  # of the neighbours of a claim one in so many is tried, another one for every claim
EVEN_POWERS = ("(-1)^(2*l) = 1", "(-1)^(2*l+1)*(-2)^(2*l)")  # true of the opposite base, too
CLAIMS = tuple(
    claim
    for claim in (*LAYER_FORMS, *REGIMES, *CHECKED, *EXPANSIONS, *LARGE_DEPTH)
    if not claim.startswith(EVEN_POWERS)
)


@cache
def systems() -> Systems:
    return Systems(check_file(parse(HEAD)))


def numbers_in(node: Expression) -> Iterator[Number]:
    """The numbers of a formula, those of orders left out."""
    if isinstance(node, Call) and node.function == "O":
        return
    if isinstance(node, Number):
        yield node
    for inner in children(node):
        yield from numbers_in(inner)


def neighbours(claim: ClaimStatement) -> Iterator[ClaimStatement]:
    """The claim with one number of one side changed."""
    for name in ("left", "right"):
        side: Expression = getattr(claim, name)
        for number in numbers_in(side):
            for change in CHANGES:
                new = replace(number, value=change(number.value))
                kept = rewritten(side, lambda node, at=number, new=new: new if node is at else None)
                yield replace(claim, **{name: kept})


def verdict(program: Program, task: ClaimTask, claim: ClaimStatement) -> Verdict | None:
    known = systems()
    try:
        return decide(
            claim,
            known.system(task.architecture),
            known.names(task.architecture),
            bound_activations(program, task.bindings),
        )
    except LanguageError:
        return None


@pytest.mark.parametrize(("place", "claim"), tuple(enumerate(CLAIMS)))
def test_no_false_neighbour_is_accepted(place: int, claim: str) -> None:
    program = check_file(parse(f'{HEAD}claim "c": {claim}\n'))
    (task,) = (task for task in program.tasks if isinstance(task, ClaimTask))
    assert isinstance(task.statement, ClaimStatement)
    for number, neighbour in enumerate(neighbours(task.statement)):
        if number % EVERY == place % EVERY:
            found = verdict(program, task, neighbour)
            assert found is None or found.kind not in (Kind.PROVED, Kind.CHECKED), found.understood
