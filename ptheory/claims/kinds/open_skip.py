"""Laws at large depth whose skip strength is left open, V/(n*K^2) ~ (2/3)*(1 - xi^4)*l/n for every xi.

Critical points are found at numbers. Such a claim is looked at where the strength is each of SKIPS, signs and sizes
apart: what is refuted at one of them is wrong, what holds at all of them is checked, and nothing is proved for others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from ptheory.algebra.polynomial import Symbol
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.verdict import Kind, Verdict
from ptheory.criticality.analysed_at_large_depth import carries_neurons
from ptheory.language.expressions import Number
from ptheory.language.statements import Binding, ClaimStatement
from ptheory.networks.roles import roles

SKIPS = tuple(Fraction(*pair) for pair in ((1, 2), (-1, 3), (4, 5), (1, 5), (-2, 3)))


def open_skip(formula: ClaimStatement, vocabulary: Vocabulary) -> str | None:
    """The hyperparameter in the strength of the skip that the scope of a claim at large depth does not give, nor is
    solved for; None where there is none, or more than one."""
    architecture = vocabulary.system.model.architecture
    if not vocabulary.one_input or not carries_neurons(architecture):
        return None
    given = {binding.name for binding in formula.scope.bindings}
    named = {a.name for term in architecture.direct_terms for a in term.coefficient.atoms() if isinstance(a, Symbol)}
    known = roles(architecture)
    free = [name for name in known.others if name in named and name not in given]
    is_solved_for = all(name in given for name in known.weights)
    return free[0] if len(free) == 1 and not is_solved_for else None


def at_several_skips(formula: ClaimStatement, name: str, decided: Callable[[ClaimStatement], Verdict]) -> Verdict:
    """The verdict where the strength is each of SKIPS: of the first that does not hold, else that all do."""
    found: list[Verdict] = []
    for value in SKIPS:
        bindings = (*formula.scope.bindings, Binding(name, Number(value)))
        verdict = decided(replace(formula, scope=replace(formula.scope, bindings=bindings)))
        if verdict.kind not in (Kind.PROVED, Kind.CHECKED):
            return verdict
        found.append(verdict)
    digits = [verdict.digits for verdict in found if verdict.digits is not None]
    first, *others = (f"{name} = {value}" for value in SKIPS)
    message = found[0].message.replace(first, f"{', '.join([first, *others[:-1]])} and {others[-1]} in turn", 1)
    message += f"; not proved for every {name}"
    return replace(found[0], kind=Kind.CHECKED, message=message, digits=min(digits, default=None), points=len(SKIPS))
