"""Kernels of networks of finite width about a K* > 0 that attracts: what V and the first correction tend to with depth.

G-hat, the covariance that the neurons of a layer have in one network, has mean K + G1/n + ... and variance V/n + ....
Where perturbations decay, chi_par < 1, both recursions have a fixed point, V = b/(1 - chi_par^2) among them. The mean
over networks of what depends on the kernel alone follows: E f(G-hat) = f(K*) + (f' G1 + f'' V/2)/n.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import mpmath
import sympy as sp

from ptheory.algebra.polynomial import Atom
from ptheory.algebra.refusal import Refusal
from ptheory.criticality.kernel_system import LinearRecursion, Quantity, coefficient_of, expanded, kernel_derivative
from ptheory.criticality.specialised import K, SpecialisedSystem


@dataclass(frozen=True)
class FiniteWidth:
    """n times what is of order 1/n at large depth: ``variance`` of the kernel from network to network, ``shift`` of its
    mean from K*, and of the mean perpendicular susceptibility (nan where its derivatives are not known)."""

    variance: mpmath.mpf
    shift: mpmath.mpf
    perpendicular: mpmath.mpf


def finite_width(
    spec: SpecialisedSystem, given: Mapping[Atom, sp.Expr], kernel: mpmath.mpf, correction: str, digits: int
) -> FiniteWidth:
    """At K* = ``kernel``; ``correction``: what the first correction of the kernel is called. Raises Refusal."""
    vertex = spec.system.vertex
    assert vertex is not None
    with mpmath.workdps(digits + 10):
        known: dict[Atom, mpmath.mpf] = {}
        for recursion in spec.system.tower:  # of weights that are not Gaussian, the fourth cumulant of a neuron too
            known[Quantity(recursion.name)] = _fixed(spec, given, kernel, recursion, known, digits)
        variance, shift = known[Quantity(vertex)], known[Quantity(correction)]
        try:
            first, second = _slopes(spec, given, kernel, digits)
        except Refusal:
            return FiniteWidth(variance, shift, mpmath.nan)
        return FiniteWidth(variance, shift, first * shift + second * variance / 2)


def _slopes(
    spec: SpecialisedSystem, given: Mapping[Atom, sp.Expr], kernel: mpmath.mpf, digits: int
) -> tuple[mpmath.mpf, mpmath.mpf]:
    """The first two derivatives of the perpendicular susceptibility by K. Refusal where an average has none."""
    susceptibility = expanded(spec.system.perpendicular_susceptibility)
    form = spec.closed_form(susceptibility, given)
    if form is not None:  # at a kink derivatives of the averages have no value, and their sum is smooth
        values = (sp.diff(form, K, k).subs(K, sp.Float(kernel, digits + 15)) for k in (1, 2))
        first, second = (mpmath.mpf(sp.N(value, digits + 5)._to_mpmath(mpmath.mp.prec)) for value in values)
        return first, second
    slope = kernel_derivative(susceptibility)
    first, second = (spec.value(expanded(p), kernel, given, digits) for p in (slope, kernel_derivative(slope)))
    return first, second


def _fixed(
    spec: SpecialisedSystem,
    given: Mapping[Atom, sp.Expr],
    kernel: mpmath.mpf,
    recursion: LinearRecursion,
    known: Mapping[Atom, mpmath.mpf],
    digits: int,
) -> mpmath.mpf:
    """X with X = a X + b, the recursion of X at the kernel and at what is known already."""
    source, slope = coefficient_of(recursion.rhs, Quantity(recursion.name))
    values = {**given, **{atom: sp.Float(value, digits + 15) for atom, value in known.items()}}
    a, b = (spec.value(part, kernel, values, digits) for part in (slope, source))
    return b / (1 - a)
