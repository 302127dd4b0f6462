"""The first layer in terms of the inputs, K[1,2] = C_b + C_W*sum(k, x[k;1]*x[k;2])/n0: claims at l = 1 that name them.

``sum(k, x[k;a]*x[k;b])`` is the overlap of inputs a and b, ``n0`` the number of their components. Overlaps are free
numbers beside each other up to inequalities, so that equal polynomials in them is what a claim says; K and Theta of
the first layer are put in as the architecture makes them. The same is asked of networks at concrete inputs, whose first
layer a flow makes of the vectors: one where the sides differ refutes, and all must agree before *proved* is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.claims.bound import undecided
from ptheory.claims.kinds.about_inputs import COMPONENT, COMPONENTS, INPUT, is_of_inputs
from ptheory.claims.kinds.networks_tried import networks_of
from ptheory.claims.points.network import NO_VALUE_HERE, Network, as_ball, differ
from ptheory.claims.reading.claim_text import Writer, expression_text
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.sides import ReadClaim, read_sides
from ptheory.claims.terms.cancellation import lowest_terms
from ptheory.claims.terms.layer_power import substituted
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.terms.scalar_functions import with_values
from ptheory.claims.verdict import Counterexample, Kind, Verdict
from ptheory.language.constants import layer_offset
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import (
    Expression,
    FieldAt,
    Indexed,
    Multiply,
    Name,
    Number,
    Power,
    Span,
    SumOver,
    rewritten,
    walk,
)
from ptheory.language.statements import ClaimStatement
from ptheory.networks.shared_parameters import shared_in_first_layer
from ptheory.recursion.layer_maps import required_rate
from ptheory.recursion.tensors import Leg, Tensor

NETWORKS = 3  # that a claim is put to
_HELP = "write sum(k, x[k;1]*x[k;2])/n0, the overlap of two inputs"


@dataclass
class Inputs:
    """What a claim calls numbers made of its inputs; ``overlaps``: pairs of inputs by the name of their overlap."""

    vocabulary: Vocabulary
    overlaps: dict[str, tuple[int, int]] = field(default_factory=dict)

    def named(self, formula: ClaimStatement) -> ClaimStatement:
        """The claim with a name in place of every overlap. LanguageError where inputs stand in another way."""
        left, right = (rewritten(side, self._in_place_of) for side in formula.sides)
        for node in (*walk(left), *walk(right)):
            if is_of_inputs(node, self.vocabulary) and not isinstance(node, Name):
                raise LanguageError("a component of an input that is not summed over", node.span, help=_HELP)
        return replace(formula, left=left, right=right)

    @property
    def words(self) -> dict[str, Ratio]:
        """Name -> what it stands for."""
        return {name: Ratio.atom(Symbol(name)) for name in (COMPONENTS, *self.overlaps)}

    def overlap(self, a: int, b: int) -> Symbol:
        """x_a·x_b, by the text that a claim writes it with."""
        a, b = sorted((a, b))
        name = self._text(a, b)
        self.overlaps[name] = (a, b)
        return Symbol(name)

    def _text(self, a: int, b: int) -> str:
        first, second = (f"{INPUT}[{COMPONENT};{self.vocabulary.sample_text(sample)}]" for sample in (a, b))
        return f"sum({COMPONENT}, {first}^2)" if a == b else f"sum({COMPONENT}, {first}*{second})"

    def _in_place_of(self, node: Expression) -> Expression | None:
        if isinstance(node, SumOver) and any(is_of_inputs(inner, self.vocabulary) for inner in walk(node)):
            return Name(str(self.overlap(*self._pair(node))), span=node.span)
        match node:
            case Indexed(name, (layer,), 0, None) if name in self.vocabulary.unlayered:
                if layer_offset(layer) == 0:
                    return Name(name, span=node.span)  # C_W[l] of layer 1, the weights that make it
                help = f"layer 1 is made with the {name} of layer 1: write {name}[l]"
                raise LanguageError(f"this {name} is of another layer", node.span, help=help)
        return None

    def _pair(self, node: SumOver) -> tuple[int, int]:
        """The inputs a, b of sum(k, x[k;a]*x[k;b])."""
        if node.over:
            raise LanguageError("components of an input run over all of them", node.span, help=_HELP)
        match node.body:
            case Multiply((first, second)):
                factors = (first, second)
            case Power(base, Number(value)) if value == 2:
                factors = (base, base)
            case _:
                raise LanguageError("a sum over components of the inputs that is no overlap", node.span, help=_HELP)
        if len(node.indices) != 1:
            raise LanguageError("a sum over two components", node.span, help=_HELP)
        a, b = (self._input(factor, node.indices[0]) for factor in factors)
        return a, b

    def _input(self, factor: Expression, index: str) -> int:
        match factor:
            case FieldAt(name, neuron, sample, 0, 0) if name == INPUT and neuron == index:
                return self._sample(sample, factor.span)
            case Indexed(name, (Name(component),), 0, None) if name == INPUT and component == index:
                if self.vocabulary.one_input:
                    return 1
        raise LanguageError(f"this is no component {index} of an input", factor.span, help=_HELP)

    def _sample(self, label: str, span: Span) -> int:
        if label.isdigit():
            return self.vocabulary.sample(int(label), span)
        named = self.vocabulary.named_sample(label)
        if named is None:
            raise LanguageError(f"no input is called {label}", span, help="write x[k;1], or name the inputs")
        return named


def read_first_layer(formula: ClaimStatement, vocabulary: Vocabulary) -> tuple[ReadClaim, Inputs]:
    """Both sides, and the inputs in them. LanguageError where a claim is not about the first layer alone."""
    if vocabulary.at_layer != 1:
        help = "add l = 1 to the claim; in LaTeX write K^{(1)}"
        raise LanguageError("inputs stand in claims about the first layer", formula.span, help=help)
    if formula.scope.regimes:
        regime = formula.scope.regimes[0]
        raise LanguageError(f"the first layer is made of its inputs, not `{regime.regime.value}`", regime.span)
    if formula.scope.values:
        value = formula.scope.values[0]
        raise LanguageError(f"{value.name} is made of the inputs here, and given", value.span, help="leave out `at`")
    inputs = Inputs(vocabulary)
    named = inputs.named(formula)
    read = read_sides(named, replace(vocabulary, starred={**vocabulary.starred, **inputs.words}))
    if vocabulary.layered:
        help = "a first layer in terms of its inputs is for hyperparameters that are the same in all of them"
        raise LanguageError("a hyperparameter is another number in every layer", formula.span, help=help)
    return read, inputs


def decide_first_layer(formula: ClaimStatement, vocabulary: Vocabulary) -> Verdict:
    """Proved where both sides are the same polynomial in overlaps, refuted at concrete inputs. LanguageError."""
    read, inputs = read_first_layer(formula, vocabulary)
    understood = replace(read, claim=formula)
    for atom in (*read.left.atoms(), *read.right.atoms()):
        if not isinstance(atom, Symbol) and _in_first_layer(atom, inputs) is None:
            reason = "beside inputs stand K and Theta, without averages and functions"
            return undecided(understood, "not shown of the first layer", reason)
    for network in _networks(read, inputs):
        try:
            left, right = network.values((read.left, read.right))
        except NO_VALUE_HERE:
            return undecided(understood, "a side has no value in some network", "state it where it has one")
        if differ(left, right):
            at = Counterexample(network.shown((read.left, read.right)), as_ball(left), as_ball(right))
            message = "the two sides differ in the first layer of a network"
            corrected = _corrected(read, inputs)
            return Verdict(Kind.REFUTED, formula.label, message, understood.understood, at, corrected=corrected)
    given = read.reader.given
    difference = substituted(read.left - read.right, lambda atom: _in_first_layer(atom, inputs))
    if not lowest_terms(with_values(difference, given) if given else difference):
        message = "equal in the first layer, for all inputs"
        return Verdict(Kind.PROVED, formula.label, message, understood.understood)
    reason = "the forms differ, and no network was found where the values do"
    return undecided(understood, "not shown of the first layer", reason)


def _in_first_layer(atom: Atom, inputs: Inputs) -> Ratio | None:
    """K and Theta of the first layer: sum over shared parameters of variance, or rate, times 1 or x·x / n0^fan_in."""
    if not isinstance(atom, Tensor) or atom.order or len(atom.components) > 1 or any(d.field.depth for d in atom.legs):
        return None
    (component,) = atom.components
    left, right = component.legs[0], component.legs[-1]
    if component.is_covariance:
        return Ratio(_overlap(left, right, inputs, tangent=False))
    if len(component.observables) == 1 and len(component.observables[0].kind.edges) == 1:
        return Ratio(_overlap(left, right, inputs, tangent=True))
    return None


def _overlap(left: Leg, right: Leg, inputs: Inputs, tangent: bool) -> Polynomial:
    architecture = inputs.vocabulary.system.model.architecture
    components = Polynomial.atom(Symbol(COMPONENTS))
    total = Polynomial()
    for coefficient, parameter, reads_input in shared_in_first_layer(architecture, left.field, right.field):
        strength = required_rate(parameter) if tangent else parameter.variance
        power = parameter.rate_fan_in if tangent else parameter.fan_in
        scale = Polynomial.atom(inputs.overlap(left.sample, right.sample)) if reads_input else Polynomial.constant(1)
        total = total + coefficient * strength * scale * components**-power
    return total


def _corrected(read: ReadClaim, inputs: Inputs) -> str:
    """The claim with what the first layer is on its right-hand side, where the left is one of its tensors."""
    target = next(iter(read.left.atoms()), None)
    if not isinstance(target, Tensor) or read.left != Ratio.atom(target):
        return ""
    made = _in_first_layer(target, inputs)
    return "" if made is None else f"{expression_text(read.claim.left)} = {Writer(read.vocabulary).ratio(made)}"


# ---- networks -----------------------------------------------------------------------------------------------------


def _networks(read: ReadClaim, inputs: Inputs) -> Iterator[Network]:
    """First layers at concrete inputs, as many as the claim has, of two and more components."""
    samples = [leg.sample for atom in read.content.tensors for leg in atom.legs]
    samples += [sample for pair in inputs.overlaps.values() for sample in pair]
    for number in range(NETWORKS):
        vectors = [_vector(sample, 2 + number) for sample in range(1, max(samples, default=1) + 1)]
        numbers = {COMPONENTS: Fraction(2 + number)}
        for name, (a, b) in inputs.overlaps.items():
            numbers[name] = sum((p * q for p, q in zip(vectors[a - 1], vectors[b - 1], strict=True)), Fraction(0))
        yield from networks_of(read, vectors, number, (1,), numbers)


def _vector(sample: int, components: int) -> list[Fraction]:
    """Another vector for every input, no two of them parallel or orthogonal."""
    return [Fraction((3 * sample * sample + 5 * k) % 7 + 1, sample + 1) for k in range(components)]
