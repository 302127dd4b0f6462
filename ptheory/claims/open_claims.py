"""Claims about a tensor whose recursion does not close: both sides are numbers in a concrete network, and are compared.

With a skip connection V at layer l+1 is no function of V and K at layer l, so there is nothing to be equal to in normal
form. But at given hyperparameters, inputs and a polynomial activation both sides are exact rational numbers: tensors
of layers l and l+1 from the joint law of a neuron's branches (``flows.history_flow``), averages from the kernel of
layer l. A network where they differ refutes. Where they agree in every network tried, that is said, and no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations_with_replacement, product
from typing import TypeAlias

import mpmath
from flint import arb

from ptheory.activations import Activation, from_formula
from ptheory.algebra.polynomial import Atom, Polynomial, SortKey, Symbol
from ptheory.algebra.real import Real
from ptheory.algebra.refusal import DivisionByZero, Refusal
from ptheory.claims.points.assignment import Assignment, Coefficients, NotRational
from ptheory.claims.points.ball_values import BallValues, NoNumber, exact_ball
from ptheory.claims.points.bound_moments import BoundMoments
from ptheory.claims.points.exact_points import polynomial_text
from ptheory.claims.points.points import TRANSCENDENTAL
from ptheory.claims.reading.claim_text import Writer, expression_text
from ptheory.claims.reading.read_claim import ClaimReader
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.sides import is_defined
from ptheory.claims.terms.claim_normal_form import ClaimNormalForm
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.verdict import Ball, Counterexample, Kind, Verdict
from ptheory.expectations import ExpectationError
from ptheory.flows.history_flow import HistoryFlow
from ptheory.flows.layer_values import FlowSetting, LayerValues, constant_scalars
from ptheory.language.claim_names import SUSCEPTIBILITIES
from ptheory.language.expressions import Indexed, Name, walk
from ptheory.language.statements import ClaimStatement
from ptheory.networks.check_architecture import hyperparameters
from ptheory.networks.fields import Field
from ptheory.recursion.closure import OpenHierarchy
from ptheory.recursion.dummies import relabel_atom
from ptheory.recursion.layer_model import with_merged_sites
from ptheory.recursion.means.binding import Unbound
from ptheory.recursion.places import Sample
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensors import WIDTH_RATIO, Leg, Tensor, covariance, tensor

_F = Fraction
POLYNOMIALS: tuple[Coefficients, ...] = (
    (_F(0), _F(1), _F(1, 2)),
    (_F(0), _F(0), _F(1)),
    (_F(1), _F(-1), _F(1, 3)),
    (_F(0), _F(1)),
)
LAYERS = (1, 2)  # the layers l of l -> l+1; a form that is right at layer 2 alone is wrong at layer 3
DIGITS = 24

Value: TypeAlias = "Fraction | arb"  # a Fraction, or a ball of python-flint


class NoTensorHere(Refusal):
    """A tensor of a layer that a network does not have, or of several layers at once."""


NO_VALUE_HERE = (NotRational, NoNumber, Unbound, ExpectationError, NoTensorHere, DivisionByZero)


@dataclass(frozen=True)
class NextTensor:
    """A tensor component of layer l+1."""

    component: Tensor

    @cached_property
    def sort_key(self) -> SortKey:
        return (3, 1, *self.component.sort_key)

    def __str__(self) -> str:
        return f"next {self.component}"


class _NetworkReader(ClaimReader):
    """Primed tensors that cannot be derived stay what they are: values at the next layer."""

    def derived(self, target: Tensor) -> Polynomial:
        try:
            return super().derived(target)
        except OpenHierarchy:
            return Polynomial.atom(NextTensor(target))


def decide_open(claim: ClaimStatement, vocabulary: Vocabulary, error: OpenHierarchy) -> Verdict:
    """Refuted at a network where the sides differ, else undecided with the reason the recursion gives."""
    if vocabulary.assumes:
        message, reason = "a recursion that does not close cannot be compared under assumptions", str(error)
        written = f"{expression_text(claim.left)} = {expression_text(claim.right)}"
        return Verdict(Kind.UNDECIDED, claim.label, message, written, reason=f"{reason}. {error.help}")
    samples = tuple(range(1, vocabulary.inputs.count + 1)) if vocabulary.inputs is not None else ()
    reader = _NetworkReader(vocabulary, samples)
    sides = reader.read(claim.left), reader.read(claim.right)
    understood = f"{expression_text(claim.left)} = {expression_text(claim.right)}"
    agreeing = 0
    for network in _networks(sides, vocabulary):
        try:
            left, right = network.values(sides)
        except NO_VALUE_HERE:
            continue
        if _differ(left, right):
            at = Counterexample(network.shown(sides), _ball(left), _ball(right))
            message = "the two sides differ in a network"
            reason = str(error) + _remark(claim, vocabulary)
            return Verdict(Kind.REFUTED, claim.label, message, understood, at, reason=reason)
        agreeing += 1
    found = f"equal in {agreeing} networks, which proves nothing: " if agreeing else ""
    message = "a recursion that does not close cannot be compared in normal form"
    return Verdict(Kind.UNDECIDED, claim.label, message, understood, reason=f"{found}{error}. {error.help}")


def _remark(claim: ClaimStatement, vocabulary: Vocabulary) -> str:
    """A susceptibility here is a derivative of the whole K', which published forms often write without the skip."""
    named = {node.name for node in (*walk(claim.left), *walk(claim.right)) if isinstance(node, (Name, Indexed))}
    used = [name for name in SUSCEPTIBILITIES if name in named]
    direct = vocabulary.system.model.architecture.direct_terms
    return f". {used[0]} is derived from the whole of K', the skip included" if used and direct else ""


def _differ(left: Value, right: Value) -> bool:
    """Exactly for fractions; beyond what a flow of ``DIGITS`` digits leaves open for numbers."""
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left != right
    x, y = (exact_ball(v) if isinstance(v, Fraction) else v for v in (left, right))
    return bool(abs(x - y) > (abs(x) + abs(y)) * arb(10) ** -(DIGITS // 2))


def _ball(value: Value) -> Ball:
    if isinstance(value, Fraction):
        return Ball(str(value))
    return Ball(value.mid().str(DIGITS // 2, radius=False), f"1e-{DIGITS // 2}", rigorous=False)


@dataclass(frozen=True)
class _Network:
    """One network between layers ``layer`` and ``layer`` + 1; ``polynomials``: activations that are polynomials."""

    vocabulary: Vocabulary
    flow: LayerValues
    layer: int
    numbers: Mapping[str, Fraction]
    polynomials: Mapping[str, Coefficients]

    def values(self, sides: Sequence[Ratio]) -> tuple[Value, ...]:
        """Exact where every activation is a polynomial, else to ``DIGITS`` digits.

        Raises one of ``NO_VALUE_HERE`` where a side has no value in this network.
        """
        exact = all(name in self.polynomials for name in self.flow.setting.activations)
        return tuple(self._exact(side) if exact else self._number(side) for side in sides)

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
        return {atom: self._scalar(atom) for atom in (*kernels, *_scalars_of(side))}

    def _scalar(self, atom: Atom) -> Real:
        if isinstance(atom, Tensor):
            return self._tensor(atom)
        if isinstance(atom, NextTensor):
            return self.flow.value(self.layer + 1, atom.component)
        if atom == WIDTH_RATIO:
            return _F(1)
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
        tensors = {atom for side in sides for atom in _scalars_of(side) if isinstance(atom, Tensor)}
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


def _scalars_of(side: Ratio) -> list[Atom]:
    """What a side is made of besides averages and the width."""
    return [a for a in side.atoms() if isinstance(a, (Tensor, NextTensor, Symbol)) or a == WIDTH_RATIO]


def _networks(sides: Sequence[Ratio], vocabulary: Vocabulary) -> Iterator[_Network]:
    """Networks to try: polynomials for what is left open, two choices of hyperparameters, layers 1 -> 2 and 2 -> 3."""
    architecture = vocabulary.system.model.declared
    if any(parameter.excess_fan_in or not parameter.law.is_gaussian for parameter in architecture.parameters):
        return  # flows with skips know variances C_W/n and C_b of Gaussian weights only
    names = [name for name in hyperparameters(architecture) if name not in TRANSCENDENTAL]
    system = RecursionSystem(with_merged_sites(architecture), vocabulary.system.model.kinds)
    inputs = _inputs(sides, vocabulary)
    open_names = [name for name in vocabulary.functions if name not in vocabulary.binding and not is_defined(name)]
    bound = {name: c for name, a in vocabulary.binding.items() if (c := _coefficients(a)) is not None}
    for polynomial, shift in product(POLYNOMIALS if open_names else POLYNOMIALS[:1], (0, 1)):
        numbers = {name: _F(k + 1 + shift, 2 + (k + shift) % 3) for k, name in enumerate(names)}
        polynomials = {**bound, **dict.fromkeys(open_names, polynomial)}
        activations = {**vocabulary.binding, **{name: _activation(name, polynomial) for name in open_names}}
        flow = HistoryFlow(system, FlowSetting(inputs, constant_scalars(numbers), activations, digits=DIGITS))
        for layer in LAYERS:
            yield _Network(vocabulary, flow, layer, numbers, polynomials)


def _activation(name: str, coefficients: Coefficients) -> Activation:
    import sympy

    from ptheory.activations import Z

    terms = (sympy.Rational(c.numerator, c.denominator) * Z**k for k, c in enumerate(coefficients))
    return from_formula(name, sympy.Add(*terms))


def _coefficients(activation: Activation) -> Coefficients | None:
    """Those of a polynomial with rational coefficients."""
    found = activation.polynomial_coefficients() if activation.is_polynomial else None
    if found is None or not all(c.is_Rational for c in found):
        return None
    return tuple(_F(int(c.p), int(c.q)) for c in found)


def _inputs(sides: Sequence[Ratio], vocabulary: Vocabulary) -> list[list[Fraction]]:
    """As many inputs as the claim is made for, or as its slots name."""
    vectors = [[_F(1), _F(1)], [_F(1), _F(-1, 2)], [_F(1, 2), _F(2)], [_F(0), _F(1)]]
    if vocabulary.inputs is not None:
        return vectors[: vocabulary.inputs.count]
    tensors = [a.component if isinstance(a, NextTensor) else a for side in sides for a in _scalars_of(side)]
    slots = [leg.sample for a in tensors if isinstance(a, Tensor) for leg in a.legs]
    return vectors[: max(slots, default=1)]
