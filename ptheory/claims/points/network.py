"""Concrete networks, numbers for hyperparameters, inputs and activations: the sides of a claim in one layer of them.

Tensors are those of a flow, exact where every activation is a polynomial; averages are over the kernel of the layer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations_with_replacement
from typing import TypeAlias

import mpmath
from flint import arb

from ptheory.activations import Activation
from ptheory.algebra.polynomial import Atom, SortKey, Symbol
from ptheory.algebra.real import Real
from ptheory.algebra.refusal import DivisionByZero, Refusal
from ptheory.claims.points.assignment import Assignment, Coefficients, NotRational
from ptheory.claims.points.ball_values import BallValues, NoNumber, exact_ball
from ptheory.claims.points.bound_moments import BoundMoments
from ptheory.claims.points.exact_points import polynomial_text
from ptheory.claims.reading.claim_text import Writer
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.terms.claim_normal_form import ClaimNormalForm
from ptheory.claims.terms.layer_power import in_layer
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.verdict import Ball
from ptheory.expectations import ExpectationError
from ptheory.flows.layer_values import LayerValues
from ptheory.networks.fields import Field
from ptheory.recursion.dummies import relabel_atom
from ptheory.recursion.means.binding import Unbound
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import WIDTH, WIDTH_RATIO, Leg, Tensor, covariance, tensor

DIGITS = 24
WIDTH_TRIED = Fraction(10)

Value: TypeAlias = "Fraction | arb"  # a Fraction, or a ball of python-flint


@dataclass(frozen=True)
class NextTensor:
    """A tensor component of layer l+1."""

    component: Tensor

    @cached_property
    def sort_key(self) -> SortKey:
        return (3, 1, *self.component.sort_key)

    def __str__(self) -> str:
        return f"next {self.component}"


class NoTensorHere(Refusal):
    """A tensor of a layer that a network does not have, or of several layers at once."""


NO_VALUE_HERE = (NotRational, NoNumber, Unbound, ExpectationError, NoTensorHere, DivisionByZero)


def differ(left: Value, right: Value) -> bool:
    """Exactly for fractions; beyond what a flow of ``DIGITS`` digits leaves open for numbers."""
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left != right
    x, y = (exact_ball(v) if isinstance(v, Fraction) else v for v in (left, right))
    return bool(abs(x - y) > (abs(x) + abs(y)) * arb(10) ** -(DIGITS // 2))


def as_ball(value: Value) -> Ball:
    """A side's value as it is printed, to half the digits of a flow where it is not exact."""
    if isinstance(value, Fraction):
        return Ball(str(value))
    return Ball(value.mid().str(DIGITS // 2, radius=False), f"1e-{DIGITS // 2}", rigorous=False)


@dataclass(frozen=True)
class Network:
    """One network between layers ``layer`` and ``layer`` + 1; ``polynomials``: activations that are polynomials."""

    vocabulary: Vocabulary
    flow: LayerValues
    layer: int
    numbers: Mapping[str, Fraction]
    polynomials: Mapping[str, Coefficients]

    def values(self, sides: Sequence[Ratio]) -> tuple[Value, ...]:
        """Exact where activations are polynomials and the sides have no roots or functions, else to ``DIGITS`` digits.

        Raises one of ``NO_VALUE_HERE`` where a side has no value in this network.
        """
        sides = [in_layer(side, self.layer) for side in sides]
        if all(name in self.polynomials for name in self.flow.setting.activations):
            try:
                return tuple(self._exact(side) for side in sides)
            except NotRational:
                pass  # a root, a function: a number with an error bound
        return tuple(self._number(side) for side in sides)

    def _exact(self, side: Ratio) -> Fraction:
        system = self.vocabulary.system
        found = Assignment(system.model.sites, self._scalars(side), self.polynomials).value(side)
        if not isinstance(found, (int, Fraction)):
            raise NotRational(str(found))
        return Fraction(found)

    def _number(self, side: Ratio) -> arb:
        scalars = {atom: _as_fraction(value) for atom, value in self._scalars(side).items()}
        moments = BoundMoments(ClaimNormalForm(self.vocabulary.system, True), self.flow.setting.activations)
        return BallValues(moments, scalars, DIGITS).value(side)

    def _scalars(self, side: Ratio) -> dict[Atom, Real]:
        samples = range(1, len(self.flow.setting.inputs) + 1)
        depths = range(self.layer)
        fields = [Field(name, depth) for depth in depths for name in self.vocabulary.fields]
        legs = [Leg(field, Sample(sample)) for field in fields for sample in samples]
        pairs = [(a, b) for a, b in combinations_with_replacement(legs, 2) if a.field.depth == b.field.depth]
        kernels = [tensor((covariance(a, b),)) for a, b in pairs]
        return {atom: self._scalar(atom) for atom in (*kernels, *scalars_of(side))}

    def _scalar(self, atom: Atom) -> Real:
        if isinstance(atom, Tensor):
            return self._tensor(atom)
        if isinstance(atom, NextTensor):
            return self.flow.value(self.layer + 1, atom.component)
        if atom == WIDTH_RATIO:
            return Fraction(1)
        if atom == WIDTH:
            return WIDTH_TRIED
        assert isinstance(atom, Symbol)
        return self.numbers[atom.name]

    def _tensor(self, atom: Tensor) -> Real:
        """At layer l, or at the one further down its legs name. NoTensorHere where there is none, or several."""
        depths = {leg.field.depth for leg in atom.legs}
        if len(depths) > 1 or max(depths) >= self.layer:
            raise NoTensorHere(str(atom))
        here = relabel_atom(atom, lambda leg: Leg(Field(leg.field.name), leg.place))
        return self.flow.value(self.layer - depths.pop(), here)

    def shown(self, sides: Sequence[Ratio]) -> tuple[tuple[str, str], ...]:
        """The network, and the tensors of layer l in it."""
        writer = Writer(self.vocabulary)
        values = [(f"{name}(z)", polynomial_text(c)) for name, c in self.polynomials.items()]
        values += [(f"{n}(z)", str(a.formula)) for n, a in self.vocabulary.binding.items() if n not in self.polynomials]
        values += [(name, str(value)) for name, value in self.numbers.items()]
        inputs = " ".join("[" + ", ".join(map(str, vector)) + "]" for vector in self.flow.setting.inputs)
        values += [("inputs", inputs), ("l", str(self.layer))]
        values += [("n", str(WIDTH_TRIED))] if any(WIDTH in side.atoms() for side in sides) else []
        tensors = {atom for side in sides for atom in scalars_of(side) if isinstance(atom, Tensor)}
        for atom in sorted(tensors, key=lambda a: a.sort_key):
            value = self._tensor(atom)
            values.append((writer.atom(atom), str(value) if isinstance(value, Fraction) else mpmath.nstr(value, 15)))
        return tuple(values)


def _as_fraction(value: Real) -> Fraction:
    if isinstance(value, (int, Fraction)):
        return Fraction(value)
    sign, mantissa, exponent, _ = mpmath.mpf(value)._mpf_
    found: Fraction = Fraction((-1) ** sign * int(mantissa)) * Fraction(2) ** exponent
    return found


def scalars_of(side: Ratio) -> list[Atom]:
    """What a side is made of besides averages."""
    numbers = (WIDTH, WIDTH_RATIO)
    return [a for a in side.atoms() if isinstance(a, (Tensor, NextTensor, Symbol)) or a in numbers]


def rational_coefficients(activation: Activation) -> Coefficients | None:
    """Those of a polynomial with rational coefficients."""
    found = activation.polynomial_coefficients() if activation.is_polynomial else None
    if found is None or not all(c.is_Rational for c in found):
        return None
    return tuple(Fraction(int(c.p), int(c.q)) for c in found)
