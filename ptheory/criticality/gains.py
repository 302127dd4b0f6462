"""Which variance of the weights? One answer for every constraint that is asked of it in practice.

    kept                    f(K) = K at a variance of the biases that is given
    kept about the mean     the same after what all inputs share is subtracted: K' - K12' = K at K12 = 0
    edge, kernel given      f(K) = K and perpendicular susceptibility one: both variances are solved for
    edge, biases given      the same at a variance of the biases that is given, wherever K then is
    critical                the parallel susceptibility is one as well

The gain is the square root of n times the variance of the weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import mpmath
import sympy as sp

from ptheory.algebra.polynomial import Atom
from ptheory.algebra.refusal import Refusal
from ptheory.criticality.constrained import (
    DIGITS,
    OnEdge,
    fate_of,
    in_words,
    kept_about_the_mean,
    kept_kernel,
    on_edge,
    susceptibilities,
)
from ptheory.criticality.edge import EdgePoint
from ptheory.criticality.fixed_points import CriticalSearch, critical_points
from ptheory.criticality.given import at_given
from ptheory.criticality.phases import phase
from ptheory.criticality.specialised import SpecialisedSystem

KEPT, ABOUT_THE_MEAN = "kept", "kept about the mean"
EDGE_AT_KERNEL, EDGE_AT_BIAS, CRITICAL = "edge, kernel given", "edge, biases given", "critical"


@dataclass(frozen=True)
class Gain:
    """The variances that satisfy a constraint; ``weight`` None where none does, and ``why`` says so.

    ``kernel`` None: every K. ``parallel``, ``perpendicular``: the susceptibilities there. ``fate``: the phase in a
    word, and what more there is to say of it after a semicolon.
    """

    constraint: str
    kernel: sp.Expr | None
    bias: sp.Expr | None = None
    weight: sp.Expr | None = None
    parallel: sp.Expr | None = None
    perpendicular: sp.Expr | None = None
    fate: str = ""
    why: str = ""


def gains(spec: SpecialisedSystem, kernel: sp.Expr, bias: sp.Expr) -> tuple[Gain, ...]:
    """A row for every constraint, several where it has several solutions."""
    search = critical_points(spec)
    rows = [*_kept(spec, kernel, bias), *_about_the_mean(spec, kernel, bias)]
    rows += _on_edge(spec, kernel, bias, search)
    return (*rows, *_critical(spec, search))


def _kept(spec: SpecialisedSystem, kernel: sp.Expr, bias: sp.Expr) -> Iterator[Gain]:
    try:
        found = kept_kernel(spec, kernel, {spec.system.bias: bias})
    except Refusal as error:
        yield Gain(KEPT, kernel, bias, why=str(error))
        return
    if found is None:
        yield Gain(KEPT, kernel, bias, why=f"no {spec.system.weight} keeps it: the biases alone make it larger")
        return
    yield Gain(KEPT, kernel, bias, found.weight, found.parallel, found.perpendicular, found.fate)


def _about_the_mean(spec: SpecialisedSystem, kernel: sp.Expr, bias: sp.Expr) -> Iterator[Gain]:
    try:
        weight = kept_about_the_mean(spec, kernel)
        if weight is None:
            yield Gain(ABOUT_THE_MEAN, kernel, why="all that the layer makes of orthogonal inputs is common to them")
            return
        hyper: dict[Atom, sp.Expr] = {spec.system.bias: bias, spec.system.weight: sp.Float(weight, DIGITS)}
        parallel, perpendicular = susceptibilities(spec, kernel, hyper)
        fate = _phase(spec, hyper)
    except Refusal as error:
        yield Gain(ABOUT_THE_MEAN, kernel, why=str(error))
        return
    yield Gain(ABOUT_THE_MEAN, kernel, bias, hyper[spec.system.weight], parallel, perpendicular, fate)


def _phase(spec: SpecialisedSystem, hyper: Mapping[Atom, sp.Expr]) -> str:
    """The phase of the network at these variances, where the kernel itself need not be fixed."""
    try:
        name, _, rest = in_words(phase(spec, hyper), spec.system.kernel_name).partition(" ")
    except Refusal as error:
        return f"not known; the phase at these variances: {error.message}"
    return f"{name.removesuffix(',')}; {rest.replace('at ', 'kernels tend to ', 1)}" if rest else name


def _on_edge(spec: SpecialisedSystem, kernel: sp.Expr, bias: sp.Expr, search: CriticalSearch) -> Iterator[Gain]:
    given: dict[Atom, sp.Expr] = {spec.system.bias: bias}
    line = any(p.K_star is None for p in at_given(search, spec.system, given).points)
    for constraint, fixed, at in ((EDGE_AT_KERNEL, {}, kernel), (EDGE_AT_BIAS, given, None)):
        try:
            found = on_edge(spec, fixed, at, line and at is None)
        except Refusal as error:
            yield Gain(constraint, at, why=str(error))
            continue
        yield from _points(spec, constraint, at, bias, found, search)


def _points(
    spec: SpecialisedSystem, constraint: str, at: sp.Expr | None, given: sp.Expr, found: OnEdge, search: CriticalSearch
) -> Iterator[Gain]:
    system = spec.system
    if found.is_line:
        (line,) = (p for p in search.points if p.K_star is None)
        one = sp.Integer(1)
        yield Gain(constraint, None, line.C_b, line.C_W, one, one, "edge")
        return
    for point in found.points:
        yield _at_point(spec, constraint, at, given, point)
    for point in found.excluded:
        needed = f"{system.weight} = {_shown(point.weight)}, {system.bias} = {_shown(point.bias)}"
        yield Gain(constraint, at, why=f"it would need {needed}, and variances are not negative")
    if not found.points and not found.excluded:
        yield Gain(constraint, at, why=f"no {system.kernel_name} > 0 between {found.searched}")


def _at_point(spec: SpecialisedSystem, constraint: str, at: sp.Expr | None, given: sp.Expr, point: EdgePoint) -> Gain:
    """``at`` None: the variance of the biases is the ``given`` one, the kernel was solved for."""
    bias = given if at is None else sp.Float(max(point.bias, mpmath.mpf(0)), DIGITS)
    weight = sp.Float(point.weight, DIGITS)
    kernel = sp.Float(point.kernel, DIGITS) if at is None else at
    hyper: dict[Atom, sp.Expr] = {spec.system.bias: bias, spec.system.weight: weight}
    fate = fate_of(spec, kernel, hyper, point.parallel, mpmath.mpf(1))
    return Gain(constraint, kernel, bias, weight, point.parallel, sp.Integer(1), fate)


def _critical(spec: SpecialisedSystem, search: CriticalSearch) -> Iterator[Gain]:
    one = sp.Integer(1)
    for point in search.points:
        yield Gain(CRITICAL, point.K_star, point.C_b, point.C_W, one, one, point.stability)
    for question in search.open_questions:
        yield Gain(CRITICAL, None, why=f"undecided: {question}")
    if not search.points and not search.open_questions:
        notes = search.notes[-1:] if search.complete else search.notes
        yield Gain(CRITICAL, None, why="; ".join(notes) or "no kernel satisfies the conditions")


def _shown(value: mpmath.mpf) -> str:
    return str(mpmath.nstr(value, 8)).removesuffix(".0")
