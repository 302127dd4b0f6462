"""Networks of finite width about a K* > 0 that attracts: their kernels, and how the distance of nearby inputs grows.

G-hat, the covariance that the neurons of a layer have in one network, has mean K + G1/n + ... and variance V/n + ....
Where perturbations decay, chi_par < 1, both recursions have a fixed point, V = b/(1 - chi_par^2) among them. The mean
over networks of what depends on the kernel alone follows: E f(G-hat) = f(K*) + (f' G1 + f'' V/2)/n.

D, the squared distance of two nearby inputs, is multiplied by a random factor in every layer, whose logarithm has
fluctuations of order 1/n that neighbouring layers share: those of the kernel live for -1/log chi_par layers. Over l
layers, with rates a and S,

    log E[D]  = l (log chi_perp + a/n),     Var log D = l S/n,     E log D = log E[D] - Var log D/2 + O(1/n^2),

log D being Gaussian to this order: its cumulants beyond the second are l times O(1/n^2). Both rates are those of
derived recursions, of components along a separation dx across the input, of which D is K[dx,dx]: it goes as chi_perp^l,
components with 2m slots at dx as its power m, and those that nothing else damps grow by a and S a layer beside it:

    G1[dx,dx]' = chi_perp G1[dx,dx] + a chi_perp D,     V[dx,dx,dx,dx]' = chi_perp^2 V[dx,dx,dx,dx] + S chi_perp^2 D^2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import mpmath
import numpy as np
import sympy as sp

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.algebra.refusal import Refusal
from ptheory.criticality.kernel_system import LinearRecursion, Quantity, coefficient_of, expanded, kernel_derivative
from ptheory.criticality.specialised import K, SpecialisedSystem
from ptheory.recursion.nearby import ALONG
from ptheory.recursion.tensors import Tensor

Number: TypeAlias = Any  # a number of mpmath, or an array of doubles, one for every kernel


@dataclass(frozen=True)
class Growth:
    """Of the squared distance D of nearby inputs, n times what a layer adds beside log chi_perp: to ``mean``, log E[D];
    to ``typical``, E log D; to ``variance``, that of log D. nan where no fixed point of the recursions is behind it."""

    mean: Number
    variance: Number

    @property
    def typical(self) -> Number:
        """E log D = log E[D] - Var log D/2."""
        return self.mean - self.variance / 2

    def in_networks(self, perpendicular: mpmath.mpf, width: int, depth: int) -> tuple[mpmath.mpf, ...]:
        """Of log D after ``depth`` layers over D before them: its mean, its standard deviation, and the share of
        networks in which it is negative."""
        mean = depth * (mpmath.log(perpendicular) + self.typical / width)
        deviation = mpmath.sqrt(depth * self.variance / width)
        return mean, deviation, mpmath.ncdf(-mean / deviation)


UNKNOWN_GROWTH = Growth(mpmath.nan, mpmath.nan)


@dataclass(frozen=True)
class FiniteWidth:
    """n times what is of order 1/n at large depth: ``variance`` of the kernel from network to network, ``shift`` of its
    mean from K*, and of the mean perpendicular susceptibility (nan where its derivatives are not known); ``growth`` of
    distances."""

    variance: mpmath.mpf
    shift: mpmath.mpf
    perpendicular: mpmath.mpf
    growth: Growth = UNKNOWN_GROWTH


@dataclass(frozen=True)
class Fluctuations:
    """The recursions of what fluctuates: vertex, first ``correction`` of the kernel, and where they are derived the
    components of both along a separation, ``components``: name -> tensor."""

    spec: SpecialisedSystem
    correction: str
    components: Mapping[str, Tensor]

    @property
    def of_one_input(self) -> Iterator[LinearRecursion]:
        """Those without a separation."""
        return (one for one in self.spec.system.tower if one.name not in self.components)


class Evaluate(Protocol):
    """A polynomial at one kernel, or at an array of them; ``known``: values of the tensors in it."""

    def __call__(self, polynomial: Polynomial, known: Mapping[Atom, Number]) -> Number: ...


def at_kernel(spec: SpecialisedSystem, given: Mapping[Atom, sp.Expr], kernel: mpmath.mpf, digits: int) -> Evaluate:
    """To ``digits`` digits, the variances at their values."""

    def value(polynomial: Polynomial, known: Mapping[Atom, Number]) -> Number:
        values = {**given, **{atom: sp.Float(number, digits + 15) for atom, number in known.items()}}
        return spec.value(polynomial, kernel, values, digits)

    return value


def on_grid(spec: SpecialisedSystem, given: Mapping[Atom, np.ndarray | float], kernels: np.ndarray) -> Evaluate:
    """In double precision, the variances at their values for every kernel."""

    def value(polynomial: Polynomial, known: Mapping[Atom, Number]) -> Number:
        if not polynomial:
            return np.zeros_like(kernels)
        with np.errstate(all="ignore"):
            return np.broadcast_to(spec.grid(polynomial, kernels, {**given, **known}), kernels.shape)

    return value


def finite_width(
    fluctuations: Fluctuations, given: Mapping[Atom, sp.Expr], kernel: mpmath.mpf, digits: int
) -> FiniteWidth:
    """At K* = ``kernel``. Raises Refusal."""
    spec = fluctuations.spec
    vertex = spec.system.vertex
    assert vertex is not None
    with mpmath.workdps(digits + 10):
        evaluate = at_kernel(spec, given, kernel, digits)
        known = fixed(fluctuations, evaluate)
        variance, shift = known[Quantity(vertex)], known[Quantity(fluctuations.correction)]
        try:
            found = growth(fluctuations, evaluate, known)
        except Refusal:
            found = UNKNOWN_GROWTH
        try:
            first, second = _slopes(spec, given, kernel, digits)
        except Refusal:
            return FiniteWidth(variance, shift, mpmath.nan, found)
        return FiniteWidth(variance, shift, first * shift + second * variance / 2, found)


def fixed(fluctuations: Fluctuations, evaluate: Evaluate) -> dict[Atom, Number]:
    """The tensors of one input at large depth: X with X = a X + b. Of weights that are not Gaussian, the fourth
    cumulant of a neuron is among them."""
    known: dict[Atom, Number] = {}
    for recursion in fluctuations.of_one_input:
        a, b = _parts(recursion, evaluate, known)
        known[Quantity(recursion.name)] = b / (1 - a)
    return known


def growth(fluctuations: Fluctuations, evaluate: Evaluate, of_one_input: Mapping[Atom, Number]) -> Growth:
    """The rates of G1[dx,dx] and V[dx,dx,dx,dx], in units of D = 1; nan without them, and where components along the
    input decay more slowly than D, chi_par^2 > chi_perp. Raises Refusal where an average diverges."""
    known = dict(of_one_input)
    across = evaluate(expanded(fluctuations.spec.system.perpendicular_susceptibility), {})
    mean = variance = mpmath.nan
    for recursion in fluctuations.spec.system.tower:
        tensor = fluctuations.components.get(recursion.name)
        if tensor is None:
            continue
        along = sum(leg.sample == ALONG for leg in tensor.legs)
        if along % 2 or tensor.is_kernel:  # K[x,dx] = 0 across the input, K[dx,dx] = 1
            known[Quantity(recursion.name)] = (along + 1) % 2 + 0 * across
            continue
        a, b = _parts(recursion, evaluate, known)
        size = across ** (along // 2)
        if along == len(tensor.legs) == 2:
            mean = b / size
        elif along == len(tensor.legs) and tensor.is_vertex:
            variance = b / size
        else:
            known[Quantity(recursion.name)] = _where(a < size, b / (size - a))
    return Growth(mean, variance)


def _where(holds: Any, value: Number) -> Number:
    """The value where something holds, else nan."""
    if isinstance(value, np.ndarray):
        return np.where(holds, value, np.nan)
    return value if holds else mpmath.nan


def _parts(recursion: LinearRecursion, evaluate: Evaluate, known: Mapping[Atom, Number]) -> tuple[Number, Number]:
    """a and b of X' = a X + b."""
    source, slope = coefficient_of(recursion.rhs, Quantity(recursion.name))
    return evaluate(slope, known), evaluate(source, known)


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
