"""Closed forms in the layer, V = 5 K^2 (l-1): claims about the tensors of every layer l = 1, 2, ..., by induction.

    layer 1       tensors are what the first layer makes of the inputs, K = C_b + C_W x·x/n0, Theta the same with the
                  rates, and all that comes with a power of 1/n is zero;
    l -> l+1      the claim at l is solved for one tensor that stands in it to the first power, the claim at l+1 is
                  written in tensors of layer l by their recursions, and must hold.

Whatever induction says, the claim is put to concrete networks, layer by layer from their recursions: a network where
the sides differ refutes, and before *proved* is said they agree in all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.algebra.refusal import DivisionByZero
from ptheory.claims.bound import undecided
from ptheory.claims.kinds.networks_tried import networks_of
from ptheory.claims.points.bound_moments import BoundMoments
from ptheory.claims.points.network import (
    NO_VALUE_HERE,
    Network,
    as_ball,
    differ,
)
from ptheory.claims.reading.claim_text import Writer, expression_text
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.sides import ReadClaim, read_sides
from ptheory.claims.terms.cancellation import lowest_terms
from ptheory.claims.terms.layer_power import (
    LAYER_SYMBOL,
    LayerPower,
    in_layer,
    mentions_layer,
    power_of_layer,
    simplified,
    substituted,
    summed_over_layers,
)
from ptheory.claims.terms.linear_solution import slope_and_rest
from ptheory.claims.terms.ratio import Ratio, TooLarge
from ptheory.claims.terms.scalar_functions import with_values
from ptheory.claims.verdict import Counterexample, Kind, Verdict
from ptheory.expectations.symbolic_arithmetic import NoClosedForm
from ptheory.language.claim_names import LAYER
from ptheory.language.constants import layer_offset
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Add, Expression, Indexed, Name, Number, rewritten, walk
from ptheory.language.statements import ClaimStatement, Regime
from ptheory.networks.architecture import Parameter
from ptheory.networks.shared_parameters import shared_in_first_layer
from ptheory.recursion.layer_maps import required_rate
from ptheory.recursion.means.mean import Mean
from ptheory.recursion.tensors import Expectation, Leg, Tensor
from ptheory.recursion.variables import leading_kernel

LAYERS = range(1, 6)  # of the networks that are tried
OVERLAP = Symbol("x·x/n0")  # of the one input, the mean square of its components
OVERLAP_OF_X = Polynomial.atom(OVERLAP)
UNIT_INPUTS = (
    (Fraction(1),),
    (Fraction(7, 5), Fraction(1, 5)),
    (Fraction(1), Fraction(-1), Fraction(1)),
)
INPUTS: tuple[tuple[Fraction, ...], ...] = (
    (Fraction(1),),
    (Fraction(1, 2), Fraction(3, 4)),
    (Fraction(2), Fraction(1), Fraction(-1, 3)),
)


def is_layer_form(formula: ClaimStatement) -> bool:
    """Whether the number of the layer is part of what is claimed."""
    return any(mentions_layer(side) for side in formula.sides)


def decide_layer_form(formula: ClaimStatement, vocabulary: Vocabulary) -> Verdict:
    """Proved by induction, or refuted by a network; undecided with the reason. LanguageError for several inputs."""
    if not vocabulary.one_input:
        raise LanguageError(
            "a closed form in the layer is claimed at one input", formula.span, help="add `inputs one` to the claim"
        )
    if vocabulary.at_layer is not None:
        raise LanguageError(
            "the layer is given, and its number stands in the formula", formula.span, help="leave one of the two out"
        )
    if vocabulary.held or formula.scope.is_in(Regime.FIXED_POINT):
        raise LanguageError(
            "the kernel is given, and the number of the layer stands in the formula",
            formula.span,
            help="write K where it is the same in every layer, and give the variances",
        )
    formula = _at_one_layer(formula, vocabulary)
    read = read_sides(formula, replace(vocabulary, in_every_layer=True))
    _check_same_in_every_layer(read)
    agreeing = 0
    for network in _networks(read):
        try:
            left, right = network.values((read.left, read.right))
        except NO_VALUE_HERE:
            continue
        if differ(left, right):
            at = Counterexample(network.shown((read.left, read.right)), as_ball(left), as_ball(right))
            message = f"the two sides differ in layer {network.layer} of a network"
            return Verdict(Kind.REFUTED, formula.label, message, read.understood, at, corrected=_corrected(read))
        agreeing += 1
    try:
        reason = _Induction(read).missing()
    except (DivisionByZero, NoClosedForm):
        reason = "a side has no value in some layer"
    if reason is None and agreeing:
        below = {atom for side in (read.left, read.right) for factor, _ in side.factors for atom in factor.atoms()}
        where = ", where both sides have a value" if LAYER_SYMBOL in below else ""
        message = f"proved by induction over the layers{read.reach}{where}"
        return Verdict(Kind.PROVED, formula.label, message, read.understood)
    reason = reason or "no network was found where both sides have values"
    message = f"not proved by induction; equal in {agreeing} layers of networks"
    return undecided(read, message, reason)


def _corrected(read: ReadClaim) -> str:
    """The claim with the derived form on its right-hand side, where the left is a tensor whose recursion is solved."""
    atoms = read.left.atoms()
    target = next(iter(atoms), None)
    if len(atoms) > 1 or not isinstance(target, Tensor) or read.left != Ratio.atom(target):
        return ""
    try:
        found = _Induction(read).in_layers(target)
    except (DivisionByZero, NoClosedForm, TooLarge):
        return ""
    return "" if found is None else f"{expression_text(read.claim.left)} = {Writer(read.vocabulary).ratio(found)}"


def _check_same_in_every_layer(read: ReadClaim) -> None:
    """LanguageError at a hyperparameter that depends on the layer."""
    varying = next((symbol for symbol in read.content.symbols if symbol.layer is not None), None)
    if varying is not None:
        raise LanguageError(
            f"{varying} is another number in every layer, and the number of the layer is part of the claim",
            read.claim.span,
            help=f"a closed form in the layer is for a {varying.name} that is the same in all of them",
        )


def _at_one_layer(formula: ClaimStatement, vocabulary: Vocabulary) -> ClaimStatement:
    """V' = 5 K'^2 l as V = 5 K^2 (l-1). LanguageError where tensors of both layers stand beside l."""

    def is_tensor(node: Expression) -> bool:
        if not isinstance(node, (Name, Indexed)):
            return False
        return vocabulary.tensor(node.name) is not None or vocabulary.series(node.name) is not None

    tensors = [node for side in formula.sides for node in walk(side) if is_tensor(node)]
    marks = {_layer_of(node) for node in tensors}
    if marks <= {0}:
        return formula
    if marks != {1}:
        both = next(node for node in tensors if _layer_of(node))
        raise LanguageError(
            "tensors of layers l and l+1 stand beside the number of the layer",
            both.span,
            help="state the closed form at one layer: V = ..., the recursion as a claim of its own",
        )

    def lowered(node: Expression) -> Expression | None:
        if isinstance(node, Indexed) and is_tensor(node):
            slots = tuple(
                a for a in node.arguments if not any(isinstance(n, Name) and n.name == LAYER for n in walk(a))
            )
            return replace(node, arguments=slots, primes=0, layer=None)
        if isinstance(node, Name) and node.name == LAYER:
            return Add((node, Number(Fraction(-1), span=node.span)), span=node.span)
        return None

    return replace(formula, left=rewritten(formula.left, lowered), right=rewritten(formula.right, lowered))


def _layer_of(node: Expression) -> int:
    if not isinstance(node, Indexed):
        return 0
    written = any(isinstance(n, Name) and n.name == LAYER for a in node.arguments for n in walk(a))
    offset = layer_offset(node.arguments[0]) if written and len(node.arguments) == 1 else node.layer
    return node.primes + (offset or 0)


# ---- induction ----------------------------------------------------------------------------------------------------


@dataclass
class _Induction:
    read: ReadClaim
    _sums: dict[Tensor, Ratio | None] = field(default_factory=dict)

    @cached_property
    def _moments(self) -> BoundMoments:
        vocabulary = self.read.vocabulary
        return BoundMoments(self.read.normal, vocabulary.binding, vocabulary.almost_everywhere)

    def in_layers(self, target: Tensor) -> Ratio | None:
        """The closed form of a tensor where its recursion can be summed. DivisionByZero, NoClosedForm, TooLarge."""
        found = self._summed(target)
        return None if found is None else lowest_terms(found)

    def missing(self) -> str | None:
        """None where the claim is proved; else what a proof would need. DivisionByZero, NoClosedForm, TooLarge."""
        claimed = _times_layers_below(self._closed(self.read.left) - self._closed(self.read.right))
        if any(isinstance(atom, (Mean, Expectation)) for atom in _inside(claimed)):
            return "an average in it has no closed form"
        first = substituted(in_layer(claimed, 1), self._in_layer_one)
        if not _is_zero(first):
            return "the first layer could not be shown to satisfy it"
        above = substituted(claimed, self._in_next_layer)
        if any(isinstance(atom, (Mean, Expectation)) for atom in _inside(above)):
            return "an average in the recursion has no closed form"
        if _is_zero(above):
            return None
        for target, value in self._solved(claimed):
            stepped = substituted(above, _at({target: value}))
            if _is_zero(stepped) or _is_zero(substituted(stepped, self._kernel_in_layers)):
                return None
        if _is_zero(substituted(claimed, self._summed)):
            return None
        return "from layer l to l+1 it does not follow from the claim alone"

    def _kernel_in_layers(self, atom: Atom) -> Ratio | None:
        """K(1) a^(l-1) where K' = a K, a the same in every layer."""
        if not isinstance(atom, Tensor) or not atom.is_kernel:
            return None
        above, first = self._in_next_layer(atom), self._in_layer_one(atom)
        assert above is not None and first is not None
        factor = lowest_terms(above * Ratio.atom(atom).inverse())
        inside = _inside(factor)
        if not factor or any(isinstance(a, Tensor) or a == LAYER_SYMBOL or _varies(a) for a in inside):
            return None
        return first * power_of_layer(factor, 1, -1)

    def _summed(self, atom: Atom) -> Ratio | None:
        """A tensor in every layer, where its recursion is X' = X + b(l), b a polynomial in l: X(1) + sum_m b(m).

        Tensors in b are replaced first; the kernel stays, and is the same in every layer.
        """
        if not isinstance(atom, Tensor) or atom.is_kernel:
            return None
        if atom not in self._sums:
            self._sums[atom] = None  # while it is being solved: a tensor that it drives itself is left alone
            self._sums[atom] = self._sum_of(atom)
        return self._sums[atom]

    def _sum_of(self, target: Tensor) -> Ratio | None:
        growth = self._in_next_layer(target)
        assert growth is not None
        growth = lowest_terms(growth - Ratio.atom(target))
        kernels = [atom for atom in growth.atoms() if isinstance(atom, Tensor) and atom.is_kernel]
        if target in growth.atoms() or not all(_is_zero(self._change(kernel)) for kernel in kernels):
            return None
        growth = lowest_terms(substituted(growth, self._summed))
        if any((isinstance(atom, Tensor) and not atom.is_kernel) or _varies(atom) for atom in _inside(growth)):
            return None
        first = self._in_layer_one(target)
        assert first is not None
        if OVERLAP in first.atoms():  # what the first layer makes of x is written in its kernel
            overlap = self._overlap_by_the_kernel(target)
            first = None if overlap is None else substituted(first, _at({OVERLAP: overlap}))
        total = summed_over_layers(growth)
        return None if total is None or first is None else first + total

    def _change(self, kernel: Tensor) -> Ratio:
        above = self._in_next_layer(kernel)
        assert above is not None
        return above - Ratio.atom(kernel)

    def _overlap_by_the_kernel(self, target: Tensor) -> Ratio | None:
        """x·x/n0 where K = C_b + C_W x·x/n0, in the one kernel of the fields of a tensor."""
        kernel = leading_kernel(target.legs[0], target.legs[0])
        first = self._in_layer_one(kernel)
        assert first is not None
        slope = Ratio.sum(
            Ratio(Polynomial({tuple((a, e) for a, e in m if a != OVERLAP): c}), first.factors)
            for m, c in first.numerator
            if OVERLAP in dict(m)
        )
        if not slope:
            return None
        rest = first - slope * Ratio.atom(OVERLAP)
        return (Ratio.atom(kernel) - rest) * slope.inverse()

    def _closed(self, value: Ratio) -> Ratio:
        return self._given(self._moments.of(value))

    def _given(self, value: Ratio) -> Ratio:
        given = self.read.reader.given
        return with_values(value, given) if given else value

    def _in_next_layer(self, atom: Atom) -> Ratio | None:
        match atom:
            case Tensor():
                return self._closed(Ratio(self.read.reader.derived(atom)))
            case LayerPower(base):
                return power_of_layer(substituted(Ratio(base), self._in_next_layer), 1, 1)
        return Ratio.atom(LAYER_SYMBOL) + Ratio.constant(1) if atom == LAYER_SYMBOL else None

    def _in_layer_one(self, atom: Atom) -> Ratio | None:
        """A tensor of the first layer: overlaps of the inputs, or zero."""
        if not isinstance(atom, Tensor):
            return None
        if len(atom.components) > 1 or atom.order:
            return Ratio(Polynomial())
        (component,) = atom.components
        left, right = component.legs[0], component.legs[-1]
        if component.is_covariance:
            return self._given(self._overlap(left, right, tangent=False))
        if len(component.observables) == 1 and len(component.observables[0].kind.edges) == 1:
            return self._given(self._overlap(left, right, tangent=True))
        return Ratio(Polynomial())

    def _overlap(self, left: Leg, right: Leg, tangent: bool) -> Ratio:
        """sum over the parameters both legs share of their variance, or rate: C_b + C_W x·x/n0."""
        architecture = self.read.vocabulary.system.model.architecture
        total = Polynomial()
        for coefficient, parameter, reads_input in shared_in_first_layer(architecture, left.field, right.field):
            varies = reads_input and not self.read.vocabulary.unit_inputs
            scale = OVERLAP_OF_X if varies else Polynomial.constant(1)
            total = total + coefficient * _strength(parameter, tangent) * scale
        return Ratio(total)

    def _solved(self, claimed: Ratio) -> Iterator[tuple[Tensor, Ratio]]:
        """(tensor, what the claim says it is) for every tensor that stands in it to the first power, with a factor
        that is zero in no layer."""
        for target in sorted((a for a in claimed.atoms() if isinstance(a, Tensor)), key=lambda a: a.sort_key):
            found = slope_and_rest(claimed, target)
            if found is not None and _is_zero_in_no_layer(found[0]):
                yield target, -Ratio(found[1]) * Ratio(found[0]).inverse()


def _at(values: Mapping[Atom, Ratio]) -> Callable[[Atom], Ratio | None]:
    return lambda atom: values.get(atom)


def _strength(parameter: Parameter, tangent: bool) -> Polynomial:
    return required_rate(parameter) if tangent else parameter.variance


def _varies(atom: Atom) -> bool:
    """Whether an atom is a hyperparameter that depends on the layer."""
    return isinstance(atom, Symbol) and atom.layer is not None


def _is_zero_in_no_layer(slope: Polynomial) -> bool:
    """One term without l, or the same polynomial in hyperparameters in every layer."""
    atoms = slope.atoms()
    return LAYER_SYMBOL not in atoms and (len(slope) == 1 or all(isinstance(atom, Symbol) for atom in atoms))


def _inside(value: Ratio) -> set[Atom]:
    """Every atom, those under roots and in arguments of functions too."""
    found: set[Atom] = set()

    def note(atom: Atom) -> None:
        found.add(atom)

    substituted(value, note)
    return found


def _is_zero(value: Ratio) -> bool:
    return not lowest_terms(simplified(value))


def _times_layers_below(claimed: Ratio) -> Ratio:
    """What vanishes where the claim holds: without denominators of the number of the layer alone, V/(l-1)."""
    if all(factor.atoms() <= {LAYER_SYMBOL} for factor, _ in claimed.factors):
        return Ratio(claimed.numerator)
    return claimed


# ---- networks -----------------------------------------------------------------------------------------------------


def _networks(read: ReadClaim) -> Iterator[Network]:
    """Networks in the layers tried: two choices of what is left open, as many of the input."""
    for number, inputs in enumerate(UNIT_INPUTS if read.vocabulary.unit_inputs else INPUTS):
        yield from networks_of(read, [inputs], number, LAYERS)
