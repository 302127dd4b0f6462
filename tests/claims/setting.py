"""Claims decided from text: a derivation file is checked, its architecture's system built, the last claim decided."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ptheory.claims.claims import decide
from ptheory.claims.verdict import Verdict
from ptheory.language import parse
from ptheory.networks.program import ClaimTask, Program, check_file
from ptheory.recursion.declared import observable_kind, tensor_names
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensor_names import TensorNames
from tests.reported.running import HEAD, on_text

SIX_POINT = " + ".join(
    f"d{a}{b} d{c}{d} d{e}{f} V_six[{a},{b},{c},{d},{e},{f}]"
    for a, b, c, d, e, f in [
        (1, 2, 3, 4, 5, 6), (1, 2, 3, 5, 4, 6), (1, 2, 3, 6, 4, 5), (1, 3, 2, 4, 5, 6), (1, 3, 2, 5, 4, 6),
        (1, 3, 2, 6, 4, 5), (1, 4, 2, 3, 5, 6), (1, 4, 2, 5, 3, 6), (1, 4, 2, 6, 3, 5), (1, 5, 2, 3, 4, 6),
        (1, 5, 2, 4, 3, 6), (1, 5, 2, 6, 3, 4), (1, 6, 2, 3, 4, 5), (1, 6, 2, 4, 3, 5), (1, 6, 2, 5, 3, 4),
    ]
)  # fmt: skip
MLP = f"ptheory 1\ninclude mlp\ndefine V_six by E[z1 z2 z3 z4 z5 z6]_c = ({SIX_POINT}) / n^2\n"


@cache
def program(text: str) -> Program:
    return check_file(parse(text))


@cache
def system_of(text: str, architecture: str) -> tuple[RecursionSystem, TensorNames]:
    """Built once per declarations, so that what a claim derives is kept for the next one."""
    declared = program(text)
    kinds = {name: observable_kind(o) for name, o in declared.observables.items()}
    definitions = tuple(dict.fromkeys(declared.definitions.values()))
    names = TensorNames(tensor_names(definitions, declared.observables, kinds))
    return RecursionSystem(declared.architectures[architecture], tuple(kinds.values())), names


def verdict(
    claim: str,
    scope: str = "inputs one",
    declarations: str = MLP,
    binding: Mapping[str, Any] | None = None,
    **hard: int,
) -> Verdict:
    """The verdict on ``claim for scope``; ``declarations`` is the text of the file before it."""
    text = declarations + f'claim "c": {claim}' + (f" for {scope}" if scope else "") + "\n"
    checked = check_file(parse(text))
    (task,) = (task for task in checked.tasks if isinstance(task, ClaimTask))
    system, names = system_of(declarations, task.architecture)
    lets = {name: statement.right for name, statement in checked.lets.items()}
    return decide(task.statement, system, names, binding, lets, **hard)


def verdicts_of(folder: Path, *claims: str, head: str = HEAD) -> list[Any]:
    """What ``check --json`` says of claims ``left = right for ...`` in one file with the standard definitions."""
    text = head + "".join(f'claim "{number}": {claim}\n' for number, claim in enumerate(claims, start=1))
    (document,) = on_text(folder, text, "check", "--json").json["files"]
    found: list[Any] = document["claims"]
    return found


def verdicts_of_latex(folder: Path, body: str, scope: str, head: str = HEAD) -> dict[str, Any]:
    """The same of one claim in LaTeX, ``\\[ body \\] scope``."""
    text = head + f'claim latex "c": \\[ {body} \\] {scope}\n'
    (document,) = on_text(folder, text, "check", "--json").json["files"]
    (found,) = document["claims"]
    return dict(found)
