"""The sides of a claim where the recursions of a critical network are iterated: what its law is held against."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import isfinite, log
from types import MappingProxyType

import numpy as np
import sympy as sp

from ptheory.activations.function_values import OF_SCALARS
from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.algebra.refusal import Refusal
from ptheory.claims.points.ball_values import BallValues, NoNumber
from ptheory.claims.points.bound_moments import BoundMoments
from ptheory.claims.sides import ReadClaim
from ptheory.claims.terms.claim_atoms import Root, ScalarCall
from ptheory.claims.terms.layer_power import LAYER_SYMBOL
from ptheory.claims.terms.ratio import Ratio
from ptheory.criticality.between_layers import RememberingSystem
from ptheory.criticality.carried_iteration import every_tensor_on
from ptheory.criticality.fixed_points import CriticalPoint
from ptheory.criticality.iterated import LeavesCriticalPoint, kernels_towards
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.expectations import ExpectationError
from ptheory.expectations.time_limits import time_limit
from ptheory.recursion.tensors import WIDTH, WIDTH_RATIO, Tensor

LAYERS = (60, 240, 960)  # where the quotient of the sides is looked at, where no neuron is carried over
MOST_MEMORY = 100  # layers that a skip remembers
MOST_DEPTHS = 16  # how many times deeper for the memory of a skip
NEAR = 0.6  # of the difference that may be left when the depth is four times larger
CLOSE = 0.02  # what counts as zero
BESIDE_A_LOGARITHM = 0.3
SECONDS = 6.0
WIDTH_TRIED = 100.0


class NoIteration(Refusal):
    """What cannot be iterated, or evaluated in a layer."""


def critical_values(
    spec: SpecialisedSystem, point: CriticalPoint, given: Mapping[Symbol, Fraction] = MappingProxyType({})
) -> dict[Atom, float]:
    """The variances of a critical point, and learning rates: those given, different ones for the others."""
    system = spec.system
    rates: dict[Atom, float] = {r: float(given.get(r, Fraction(3, 3 + k))) for k, r in enumerate(system.rates)}
    return {**rates, system.weight: float(point.C_W), system.bias: float(point.C_b)}


def layers_looked_at(spec: SpecialisedSystem, point: CriticalPoint) -> tuple[int, ...]:
    """LAYERS; with a skip, whose depth counts as (1 - c^2) l, that many times deeper. NoIteration where neurons are
    remembered for longer than such depths show."""
    if not isinstance(spec, RememberingSystem):
        return LAYERS
    strength = float(spec.carried({spec.system.weight: point.C_W, spec.system.bias: point.C_b}))
    memory = 1 / (1 - strength**2)
    if memory > MOST_MEMORY:
        raise NoIteration(f"neurons are remembered for some {memory:.0f} layers, {MOST_MEMORY} are told from a law")
    return tuple(min(MOST_DEPTHS, round(memory)) * layer for layer in LAYERS)


def iterated_kernels(spec: SpecialisedSystem, point: CriticalPoint) -> np.ndarray:
    """K in all layers to the deepest that is looked at, from the side that is attracted. NoIteration where it leaves
    the critical point."""
    try:
        with time_limit(SECONDS):
            depth = layers_looked_at(spec, point)[-1]
            return kernels_towards(spec, point, critical_values(spec, point), depth)
    except (ExpectationError, LeavesCriticalPoint) as error:
        raise NoIteration(error.message) from None


class Iterated:
    """``kernels`` and ``tensors`` hold all layers to the deepest of ``layers``."""

    def __init__(
        self,
        read: ReadClaim,
        spec: SpecialisedSystem,
        values: Mapping[Atom, float],
        kernels: np.ndarray,
        layers: tuple[int, ...] = LAYERS,
    ) -> None:
        self.read, self.spec, self.kernels, self.values, self.layers = read, spec, kernels, values, layers

    @cached_property
    def tensors(self) -> dict[str, np.ndarray]:
        """Every tensor of the tower by its name."""
        return every_tensor_on(self.spec, self.kernels, self.values)

    # ---- sides --------------------------------------------------------------------------------------------------

    def approaches(self, term: Ratio, has_logarithm: bool, limit: float = 0.0) -> bool:
        """Whether (left - right)/term - limit is small, or goes on shrinking, from one of ``layers`` to the next.

        ``term``: the smallest one written. Beside a logarithm what is left may fall as slowly as b/log l: the a of
        a + b/log l is small then.
        """
        gaps = []
        for layer in self.layers:
            left, right = self.sides(layer)
            scale = self._value(term, layer)
            if scale == 0 or not isfinite((left - right) / scale):
                raise NoIteration(f"a side is {right} in layer {layer}")
            gaps.append((left - right) / scale - limit)
        if abs(gaps[-1]) < CLOSE or all(abs(after) < NEAR * abs(before) for before, after in pairwise(gaps)):
            return True
        near, far = log(self.layers[-2]), log(self.layers[-1])
        return has_logarithm and abs(gaps[-1] * far - gaps[-2] * near) / (far - near) < BESIDE_A_LOGARITHM

    def shown(self) -> tuple[tuple[tuple[str, str], ...], tuple[float, float]]:
        """The deepest layer and both sides there."""
        layer = self.layers[-1]
        start = ("K in layer 1", f"{self.kernels[0]:.6g}")
        return (("l", str(layer)), start), self.sides(layer)

    def sides(self, layer: int) -> tuple[float, float]:
        """Both sides in a layer. Raises NoIteration."""
        return self._value(self.read.left, layer), self._value(self.read.right, layer)

    def _value(self, side: Ratio, layer: int) -> float:
        total = self._polynomial(side.numerator, layer)
        for factor, power in side.factors:
            total /= self._polynomial(factor, layer) ** power
        return total

    def _polynomial(self, polynomial: Polynomial, layer: int) -> float:
        total = 0.0
        for monomial, coefficient in polynomial:
            term = float(coefficient)
            for atom, exponent in monomial:
                term *= self._atom(atom, layer) ** exponent
            total += term
        return total

    def _atom(self, atom: Atom, layer: int) -> float:
        match atom:
            case Tensor() if atom.is_kernel:
                return float(self.kernels[layer - 1])
            case Tensor():
                return float(self.tensors[self.read.vocabulary.names.of(atom).name][layer - 1])
            case ScalarCall(function, argument):
                return float(OF_SCALARS[function](sp.Float(self._value(argument, layer))))
            case Root(base, degree):
                return float(self._value(base, layer) ** (1 / degree))
            case Symbol("pi"):
                return float(sp.pi)
            case Symbol() if atom in self.values:
                return self.values[atom]
        if atom == LAYER_SYMBOL:
            return float(layer)
        if atom in (WIDTH, WIDTH_RATIO):
            return WIDTH_TRIED if atom == WIDTH else 1.0
        return self._average(atom, layer)

    def _average(self, atom: Atom, layer: int) -> float:
        vocabulary = self.read.vocabulary
        moments = BoundMoments(self.read.normal, vocabulary.binding, vocabulary.almost_everywhere)
        kernel = Fraction(float(self.kernels[layer - 1]))
        scalars: dict[Atom, Fraction] = {a: kernel for a in self.read.content.tensors if a.is_kernel}
        try:
            return float(BallValues(moments, scalars, 15).value(Ratio.atom(atom)).mid())
        except (ExpectationError, NoNumber) as error:
            raise NoIteration(str(error)) from None
