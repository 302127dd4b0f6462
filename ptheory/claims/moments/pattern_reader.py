"""A side of a claim about moments at one pattern of equal and different neurons: a quotient in whole tensors.

An exact reading takes a tensor for its whole series, as ``define`` does: E[z1 z2] = d12 G holds to every order. What
names coefficients of series (K, G1, averages at the kernel K) is a statement order by order: there V is the leading
coefficient as everywhere else, and G the series K + G1/n + ...
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ptheory.algebra.polynomial import Polynomial, Symbol
from ptheory.claims.moments.cumulants import At, Cumulants, classes
from ptheory.claims.moments.neuron_terms import (
    BodyReader,
    Label,
    Term,
    body_of,
    delta_labels,
    is_expectation,
    refuse_given_inputs,
)
from ptheory.claims.moments.whole_tensor import WholeTensor
from ptheory.claims.reading.preactivations import Place
from ptheory.claims.reading.read_claim import ClaimReader
from ptheory.claims.reading.vocabulary import TensorReference, Vocabulary
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.terms.scalar_functions import with_values
from ptheory.language.claim_names import WIDTH as WIDTH_NAME
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Connected, Expression, Multiply, Name, Power, Span, SumOver, children, walk
from ptheory.networks.width_powers import power_of_width
from ptheory.recursion.leading_powers import WidthMark
from ptheory.recursion.tensors import WIDTH, WIDTH_RATIO

ZERO = Ratio(Polynomial())


class _Scalars(ClaimReader):
    """What stands in E[...] beside random variables."""

    def scalar(self, node: Expression) -> Ratio:
        """Numbers, hyperparameters and n. LanguageError for anything else."""
        value = self.read(node)
        if not all(isinstance(atom, Symbol) or atom in (WIDTH, WIDTH_RATIO) for atom in value.atoms()):
            raise LanguageError("a number inside an expectation", node.span, help="take it out: E[c*X] is c*E[X]")
        return value

    def input(self, number: int, span: Span) -> int:
        """The input a number stands for."""
        return self._sample(number, span)


class Bodies:
    """The terms of every E[...] of a claim, read once."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        reader = _Scalars(vocabulary)
        self._reader = BodyReader(vocabulary, reader.scalar, reader.input)
        self._terms: dict[Expression, list[Term]] = {}

    def terms(self, node: Expression) -> list[Term]:
        """LanguageError where the body has no meaning, or is no product though a cumulant is asked for."""
        if node not in self._terms:
            body = body_of(node)
            if isinstance(node, Connected):
                _check_product(body)
            self._terms[node] = self._reader.terms(body)
            if isinstance(node, Connected) and any(term.deltas for term in self._terms[node]):
                raise LanguageError(
                    "E[...]_c holds fields and observables", node.span, help="take the deltas out of it"
                )
        return self._terms[node]

    def labels(self, node: Expression) -> tuple[str, ...]:
        """The neurons of the claim that stand in an E[...], each once."""
        found = dict.fromkeys(label for term in self.terms(node) for label in term.neurons())
        return tuple(label for label in found if isinstance(label, str))


def _check_product(body: Expression) -> None:
    """The connected part is that of the factors of one product."""
    factors = body.factors if isinstance(body, Multiply) else (body,)
    for factor in factors:
        base = factor.base if isinstance(factor, Power) else factor
        if any(isinstance(node, (SumOver, Multiply)) or len(_terms_of(node)) > 1 for node in walk(base)):
            help = "write it with moments: E[X^2] - E[X]^2"
            raise LanguageError("the connected part of a sum, or of a product within?", factor.span, help=help)


def _terms_of(node: Expression) -> Sequence[object]:
    return getattr(node, "terms", ())


@dataclass(frozen=True)
class Setting:
    """What the sides of a claim are read with: ``exact`` or order by order; ``moments``: how E[...] is worked out."""

    vocabulary: Vocabulary
    bodies: Bodies
    cumulants: Cumulants
    exact: bool


class PatternReader(ClaimReader):
    """``pattern``: neuron -> the number of its class."""

    def __init__(self, setting: Setting, pattern: Mapping[str, int], samples: tuple[int, ...] = ()) -> None:
        super().__init__(setting.vocabulary, samples)
        self.setting = setting
        self.pattern = dict(pattern)

    def side(self, node: Expression) -> Ratio:
        """The value of a side, values of hyperparameters put in. LanguageError, NotStated."""
        return self.with_given(self.read(node))

    def with_given(self, value: Ratio) -> Ratio:
        """The value with those of hyperparameters that the claim assumes."""
        return with_values(value, self.given) if self.vocabulary.given else value

    # ---- what ClaimReader does not know -----------------------------------------------------------------------

    def _read_atom(self, node: Expression, place: Place) -> Ratio:
        if is_expectation(node, self.vocabulary):
            return self.moment(node)
        delta = delta_labels(node, self.vocabulary) if not place.inside else None
        if delta is not None:
            for label in delta:
                if label not in self.pattern:
                    raise LanguageError(
                        f"neuron {label} stands in no expectation", node.span, help="deltas join neurons of E[...]"
                    )
            return Ratio.constant(int(classes(self.pattern[label] for label in delta) == 1))
        if isinstance(node, SumOver) and self._is_over_neurons(node):
            return self._over_neurons(node.indices, node, place)
        return super()._read_atom(node, place)

    def _is_over_neurons(self, node: SumOver) -> bool:
        found = {
            label
            for inner in walk(node.body)
            if is_expectation(inner, self.vocabulary)
            for label in self.setting.bodies.labels(inner)
        }
        found |= {label for inner in walk(node.body) for label in delta_labels(inner, self.vocabulary) or ()}
        over = [index in found for index in node.indices]
        if any(over) and not all(over):
            raise LanguageError("a sum over neurons and inputs", node.span, help="write two sums, one in the other")
        return all(over)

    def _over_neurons(self, indices: Sequence[str], node: SumOver, place: Place) -> Ratio:
        """sum(i, ...) outside of E[...]: neuron i is one of those that are named, or another one."""
        refuse_given_inputs(node)
        if not indices:
            return self.part(node.body, place)
        self._require_equal_widths(node.span)
        index, rest = indices[0], indices[1:]
        if index in self.pattern:
            raise LanguageError(f"neuron {index} is summed and stands outside of the sum", node.span)
        count = classes(self.pattern.values())
        total = ZERO
        for number in range(count + 1):
            self.pattern[index] = number
            value = self._over_neurons(rest, node, place)
            weight = Ratio.constant(1) if number < count else Ratio.atom(WIDTH) + Ratio.constant(-count)
            total = total + value * weight
        del self.pattern[index]
        return total

    def _require_equal_widths(self, span: Span) -> None:
        if not self.setting.cumulants.equal_widths:
            help = "write n for the width of all layers"
            raise LanguageError("a sum over neurons beside widths of different layers", span, help=help)

    def _named(self, name: str, primes: int, samples: tuple[int, ...] | None, span: Span, place: Place) -> Ratio:
        series = self.vocabulary.series(name)
        if series is not None and not place.inside and name not in self.vocabulary.lets and primes <= 1:
            reference = TensorReference(series, 0)
            return self._whole(reference, self._samples_of(name, reference, samples, span), primes)
        return super()._named(name, primes, samples, span, place)

    def _tensor(
        self, name: str, reference: TensorReference, primes: int, samples: tuple[int, ...] | None, span: Span
    ) -> Ratio:
        is_whole = self.setting.exact and not (reference.order or reference.is_kernel)
        at_inputs = reference.is_kernel and self.vocabulary.at_layer == 1 and not primes  # G of layer 1 is K
        if primes > 1 or not (is_whole or at_inputs):
            return super()._tensor(name, reference, primes, samples, span)
        return self._whole(reference, self._samples_of(name, reference, samples, span), primes)

    def _whole(self, reference: TensorReference, samples: tuple[int, ...], primes: int) -> Ratio:
        target = reference.at(samples)
        if self.setting.cumulants.vanishes(target.components):
            return ZERO
        if self.vocabulary.at_layer == 1 and not primes and target.power:
            return ZERO
        return self.whole_tensor(WholeTensor(target, bool(primes)))

    def whole_tensor(self, atom: WholeTensor) -> Ratio:
        """A tensor with its whole series."""
        return Ratio.atom(atom)

    def _power(self, node: Expression, base: Expression, exponent: Expression, place: Place) -> Ratio:
        """n^(-1 + s) is a power of n that is counted beside those of 1/n, where leading ones are claimed."""
        if self.vocabulary.leading_only and not place.inside and isinstance(base, Name) and base.name == WIDTH_NAME:
            power = power_of_width(node, "this power", self.vocabulary.names_in_powers)
            return Ratio.atom(WidthMark(power))
        return super()._power(node, base, exponent, place)

    # ---- expectations -----------------------------------------------------------------------------------------

    def moment(self, node: Expression) -> Ratio:
        """E[...] at the pattern. LanguageError, NotStated."""
        connected = isinstance(node, Connected)
        total = ZERO
        for term in self.setting.bodies.terms(node):
            is_next = any(factor.is_next for factor in term.factors)
            if term.summed:
                self._require_equal_widths(node.span)
            values = []
            for classes_of, weight in assignments(term.summed, self._placed(self.setting.bodies.labels(node))):
                if all(classes(classes_of[label] for label in delta) == 1 for delta in term.deltas):
                    factors = [(f.observable, tuple(classes_of[label] for label in f.neurons)) for f in term.factors]
                    values.append(weight * self.value(factors, is_next, connected))
            total = total + term.coefficient * Ratio(Polynomial.sum(values))
        return total

    def _placed(self, labels: Sequence[str]) -> dict[Label, int]:
        """The neurons of one expectation with the numbers of their classes, which count from zero."""
        for label in labels:
            assert label in self.pattern, label
        numbers = {number: k for k, number in enumerate(dict.fromkeys(self.pattern[label] for label in labels))}
        return {label: numbers[self.pattern[label]] for label in labels}

    def value(self, factors: Sequence[At], is_next: bool, connected: bool) -> Polynomial:
        """The mean, or the joint cumulant, of factors at neurons."""
        cumulants = self.setting.cumulants
        return cumulants.connected(factors, is_next) if connected else cumulants.mean(factors, is_next)


def assignments(summed: Sequence[int], placed: Mapping[Label, int]) -> Iterator[tuple[dict[Label, int], Polynomial]]:
    """Every way a summed neuron is one of the others or a new one, with the number of neurons it may be."""
    if not summed:
        yield dict(placed), Polynomial.constant(1)
        return
    count = classes(placed.values())
    for number in range(count + 1):
        choices = Polynomial.atom(WIDTH) - count if number == count else Polynomial.constant(1)
        for found, weight in assignments(summed[1:], {**placed, summed[0]: number}):
            yield found, choices * weight


def labels_of(sides: Sequence[Expression], bodies: Bodies, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The neurons of a claim, those that are summed over left out."""
    found: dict[str, None] = {}
    for side in sides:
        _collect(side, bodies, vocabulary, frozenset(), found)
    return tuple(found)


def _collect(
    node: Expression, bodies: Bodies, vocabulary: Vocabulary, summed: frozenset[str], found: dict[str, None]
) -> None:
    if is_expectation(node, vocabulary):
        found.update(dict.fromkeys(label for label in bodies.labels(node) if label not in summed))
        return
    inner = summed | frozenset(node.indices) if isinstance(node, SumOver) else summed
    for child in children(node):
        _collect(child, bodies, vocabulary, inner, found)
