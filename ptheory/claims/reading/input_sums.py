"""Sums over inputs, sum(a,b, ...), and entries of the inverse kernel: written out, or over any inputs at all."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from ptheory.claims.reading.kernel_inverse import LARGEST, inverse_entry
from ptheory.claims.reading.preactivations import Place
from ptheory.claims.terms.claim_normal_form import ClaimNormalForm
from ptheory.claims.terms.open_sums import FIRST, NotContracted, SumSign, contracted, inverse_over_any, is_open
from ptheory.claims.terms.ratio import Ratio, TooLarge
from ptheory.language.claim_names import INVERSE_KERNEL
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Expression, Indexed, Span, SumOver, walk
from ptheory.networks.fields import Field
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import Leg
from ptheory.recursion.variables import kernel_between

if TYPE_CHECKING:
    from ptheory.claims.reading.read_claim import ClaimReader

LARGEST_SUM = 10_000  # terms


def sum_over_inputs(reader: ClaimReader, node: SumOver, place: Place) -> Ratio:
    """A sum over the inputs that it or the claim says, written out; over any where none are. LanguageError."""
    samples = tuple(reader.slot(one, place) for one in node.over) or reader.samples
    if len(set(samples)) < len(samples):
        raise LanguageError("an input stands twice in what this sum runs over", node.span, help="write it once")
    indices = sum(len(inner.indices) for inner in walk(node) if isinstance(inner, SumOver))
    is_long = not node.over and len(samples) ** indices > LARGEST_SUM and _has_inverse_kernel(node)
    if not samples or is_long:
        return _sum_over_any(reader, node, place)
    count = len(samples) ** len(node.indices)
    if count > LARGEST_SUM:
        raise LanguageError(
            f"a sum over {len(node.indices)} indices of {len(samples)} inputs has {count} terms",
            node.span,
            help=f"sums of up to {LARGEST_SUM} terms are within budget",
        )
    parts = []
    for chosen in product(samples, repeat=len(node.indices)):
        inner = replace(place, indices=(*place.indices, *zip(node.indices, chosen, strict=True)))
        parts.append(reader.part(node.body, inner))
    return Ratio.sum(parts)


def _sum_over_any(reader: ClaimReader, node: SumOver, place: Place) -> Ratio:
    """The term of a sum over any inputs, at inputs of its own; what the sum is, is worked out around it."""
    if not _has_inverse_kernel(node) and not any(number >= FIRST for _, number in place.indices):
        raise LanguageError(
            "what does this sum run over?",
            node.span,
            help="say which inputs: for MLP, inputs a b, or inputs one, or sum(a in {1,2}, ...)",
        )
    reader.has_open_sums = True
    numbers = [FIRST + reader.summed + k for k in range(len(node.indices))]
    reader.summed += len(numbers)
    inner = replace(place, indices=(*place.indices, *zip(node.indices, numbers, strict=True)))
    value = reader.part(node.body, inner)
    for number in numbers:
        value = value * Ratio.atom(SumSign(number))
    return value


def with_sums_done(reader: ClaimReader, value: Ratio, node: Expression) -> Ratio:
    """LanguageError where a sum over any inputs is left."""
    if not is_open(value):
        return value
    try:
        return contracted(value, ClaimNormalForm(reader.system, equal_widths=False))
    except NotContracted as error:
        help = "say which inputs, so that it is written out: for MLP, inputs a b"
        raise LanguageError(f"this sum over any inputs is not done: {error}", node.span, help=help) from None


def inverse_kernel(reader: ClaimReader, samples: tuple[int, ...] | None, span: Span, at_next: bool = False) -> Ratio:
    """An entry of the inverse of K, or of K' where ``at_next``, over the inputs of the claim. LanguageError."""
    if samples is not None and any(sample >= FIRST for sample in samples):
        return _inverse_over_any(reader, samples, span, at_next)
    if not reader.samples:
        raise LanguageError("the inverse of which kernel matrix?", span, help="say which inputs: for MLP, inputs a b")
    if len(reader.vocabulary.fields) != 1:
        raise LanguageError(f"{INVERSE_KERNEL} needs a single field", span)
    if samples is None and len(reader.samples) == 1:
        samples = (reader.samples[0], reader.samples[0])
    if samples is None or len(samples) != 2:
        raise LanguageError(f"{INVERSE_KERNEL} takes 2 slots", span, help=f"write {INVERSE_KERNEL}[1,2]")
    if any(sample not in reader.samples for sample in samples):
        raise LanguageError(f"{INVERSE_KERNEL} covers the inputs of the claim only", span)
    field = Field(reader.vocabulary.fields[0])
    kernel = reader.next_kernel if at_next else kernel_between
    legs = [Leg(field, Sample(number)) for number in reader.samples]
    matrix = tuple(tuple(kernel(a, b) for b in legs) for a in legs)
    try:
        return inverse_entry(matrix, reader.samples.index(samples[0]), reader.samples.index(samples[1]))
    except TooLarge as error:
        size = len(reader.samples)
        raise LanguageError(
            f"the inverse of a {size} by {size} kernel matrix has about {error.terms} terms in every entry",
            span,
            help=f"up to {LARGEST} inputs can be written out",
        ) from None


def _inverse_over_any(reader: ClaimReader, samples: tuple[int, ...], span: Span, at_next: bool) -> Ratio:
    """An entry of the inverse at an input that is summed over."""
    if len(reader.vocabulary.fields) != 1:
        raise LanguageError(f"{INVERSE_KERNEL} needs a single field", span)
    if len(samples) != 2:
        raise LanguageError(f"{INVERSE_KERNEL} takes 2 slots", span, help=f"write {INVERSE_KERNEL}[1,2]")
    if at_next:
        help = "say which inputs, so that it is written out: for MLP, inputs a b"
        raise LanguageError("the inverse kernel of the next layer in a sum over any inputs", span, help=help)
    first, second = (Leg(Field(reader.vocabulary.fields[0]), Sample(number)) for number in samples)
    return Ratio.atom(inverse_over_any(first, second))


def _has_inverse_kernel(node: Expression) -> bool:
    return any(isinstance(inner, Indexed) and inner.name == INVERSE_KERNEL for inner in walk(node))
