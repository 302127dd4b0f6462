"""That there are no other critical kernels than those found, proved or only searched for.

Where the condition N(K) = 0 is that of one average, <F>_K = 0 (in a fully connected layer F = s s'', with a skip a
multiple of it), ``expectations.sign_changes`` bounds the number of its zeros in all of 0 < K < infinity. Where as many
were found, each certified, there are no others.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from ptheory.algebra.polynomial import Atom, Monomial, Polynomial, Symbol
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.expectations import ExpectationError, TimeExceeded
from ptheory.expectations.one_variable import one_variable
from ptheory.expectations.sign_changes import NotCounted, Signs, combined, signs_of_even_part
from ptheory.expectations.time_limits import time_limit
from ptheory.recursion.means.mean import Mean

LONGEST = 2.0  # seconds of processor time
RULE = "by Descartes' rule for Laplace transforms"


def signs_of(spec: SpecialisedSystem, condition: Polynomial) -> Signs:
    """The changes of sign of F where the condition is <F> = 0. Raises NotCounted, TimeExceeded."""
    parts = []
    for monomial, coefficient in condition:
        average, constant = _taken_apart(spec, monomial)
        moment = spec.moment(average)
        if moment.size != 1:
            raise NotCounted("the condition has averages over two inputs")
        part = one_variable(moment.factors_at(0), moment.power(0), len(moment.derivatives))
        parts.append((sp.Rational(coefficient.numerator, coefficient.denominator) * constant, part))
    if not parts:
        raise NotCounted("the condition holds everywhere")
    with time_limit(LONGEST):
        found = signs_of_even_part(parts[0][1] if len(parts) == 1 and parts[0][0] == 1 else combined(parts))
    if not found.first:
        raise NotCounted("the condition on the kernel alone holds at every kernel")
    return found


def _taken_apart(spec: SpecialisedSystem, monomial: Monomial) -> tuple[Mean, sp.Expr]:
    """The average of a term and the constant before it."""
    averages: list[Atom] = [atom for atom, _ in monomial if isinstance(atom, Mean)]
    if len(averages) != 1 or dict(monomial)[averages[0]] != 1:
        raise NotCounted("the condition has products of averages")
    constant = sp.Integer(1)
    for atom, exponent in monomial:
        if isinstance(atom, Mean):
            continue
        if not isinstance(atom, Symbol) or atom not in spec.values:
            raise NotCounted(f"the condition depends on {atom} otherwise than through averages")
        constant *= spec.values[atom] ** exponent
    assert isinstance(averages[0], Mean)
    return averages[0], constant


def completeness(spec: SpecialisedSystem, condition: Polynomial, certified: Sequence[bool]) -> tuple[str, bool, bool]:
    """What is known of zeros at K > 0 beside those found: in words, whether it is a proof, and whether it contradicts
    the search. ``certified``: for every zero found, whether its existence is."""
    named = spec.system.kernel_name
    try:
        signs = signs_of(spec, condition)
    except TimeExceeded:
        return f"that no {named}* > 0 is missing was searched for, not proved", False, False
    except ExpectationError as error:
        return f"that no {named}* > 0 is missing was searched for, not proved: {error}", False, False
    changes, found = len(signs.changes), len(certified)
    what = f"the condition is a vanishing average, and the even part of its integrand {_changing(signs)}"
    if found > changes:
        return f"{found} zeros at {named} > 0 where there are at most {changes} {RULE}: {what}", False, True
    if found < changes:
        known = f"at most {changes} zeros at {named} > 0 {RULE}, of which {found or 'none'} found"
        return f"{known}; that there are no others was searched for, not proved: {what}", False, False
    if not found:
        return f"no critical {named}* > 0, proved {RULE}: {what}", True, False
    if not all(certified):
        return f"at most {changes} critical {named}* > 0, proved {RULE}: {what}", True, False
    only = f"the only {named}* > 0" if found == 1 else f"all {found} {named}* > 0"
    return f"{only} at which the conditions hold, proved {RULE}: {what}", True, False


def _changing(signs: Signs) -> str:
    if not signs.changes:
        return "does not change its sign at positive arguments"
    places = " and ".join(f"between {low:.6g} and {high:.6g}" for low, high in signs.changes)
    times = "once" if len(signs.changes) == 1 else f"{len(signs.changes)} times"
    return f"changes its sign {times} at positive arguments, {places}"
