r"""Averages of derivatives by insertions: <∂_a ∂_b f> = <f (z^a z^b - K^{ab})>, at one input <f''> = <f (z^2 - K)>/K^2.

Integration by parts with the weight exp(-z K^{-1} z / 2): every derivative is a factor z^a = sum_b K^{ab} z_b, pairs of
them taken off, with K^{ab} the inverse of the kernel over the inputs of the average. Holds where K has an inverse.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

from ptheory.rendering.latex import LatexWriter
from ptheory.rendering.notation import Notation
from ptheory.rendering.tree import (
    BracketNode,
    FieldNode,
    InverseKernelNode,
    LegLabel,
    MeanNode,
    Node,
    PowerNode,
    RaisedSumNode,
    ScalarNode,
    Sum,
    SymmetricNode,
    Term,
    power,
)


def with_insertions(total: Sum, notation: Notation) -> Sum:
    """The same sum, every average of derivatives at the leading kernel written by insertions."""
    return Sum(tuple(_term(term, notation) for term in total.terms))


def has_raised_fields(total: Sum) -> bool:
    """Whether an insertion with an index above stands in it."""
    return any(isinstance(node, FieldNode) and node.raised for node in nodes_in(total))


def what_is_raised(notation: Notation, writer: LatexWriter) -> tuple[str, str]:
    r"""z^a = \sum_b K^{ab} z_b, and \sum_b K^{ab} <z_b z_c> = \delta_{ac}."""
    a, b, c = (LegLabel(sample=letter) for letter in "abc")
    field, kernel = notation.fields[0], notation.covariance.name
    inverse = rf"\sum_b {writer.node(InverseKernelNode(kernel, (a, b)))}"
    below = (FieldNode(field, b), FieldNode(field, c))
    entry = writer.node(MeanNode(Sum((Term(Fraction(1), below),)), kernel))
    raised = writer.node(FieldNode(field, a, raised=True))
    return rf"{raised} = {inverse} {writer.node(below[0])}", rf"{inverse} {entry} = \delta_{{ac}}"


def nodes_in(total: Sum) -> Iterator[Node]:
    """Every factor, those inside averages and brackets among them."""
    for term in total.terms:
        for factor in term.factors:
            base = factor.base if isinstance(factor, PowerNode) else factor
            yield base
            if isinstance(base, (BracketNode, SymmetricNode, MeanNode, RaisedSumNode)):
                yield from nodes_in(base.body)


def _term(term: Term, notation: Notation) -> Term:
    before: list[Node] = []
    written: list[Node] = []
    inverse = 0
    for factor in term.factors:
        base, exponent = (factor.base, factor.exponent) if isinstance(factor, PowerNode) else (factor, 1)
        if isinstance(base, MeanNode) and base.derivatives and not base.fluctuating:
            inverse += exponent * len(base.derivatives)
            written.append(power(_inserted(base, notation), exponent))
        else:
            target = before if isinstance(base, ScalarNode) and not written else written
            target.append(power(_inside(base, notation), exponent))
    if inverse and notation.one_input:
        before.append(PowerNode(ScalarNode(notation.covariance.name), -inverse))
    return replace(term, factors=(*before, *written))


def _inside(node: Node, notation: Notation) -> Node:
    match node:
        case BracketNode(body) | SymmetricNode(body):
            return replace(node, body=with_insertions(body, notation))
    return node


def _inserted(mean: MeanNode, notation: Notation) -> MeanNode:
    """<body (z^a z^b - K^{ab})>, without the powers of the kernel that it is divided by at one input."""
    if notation.one_input:
        insertion = _at_one_input(len(mean.derivatives), notation)
    else:
        insertion = _at_indices(mean.derivatives, mean.covariance, notation)
    single = len(insertion.terms) == 1
    factors: tuple[Node, ...] = insertion.terms[0].factors if single else (RaisedSumNode(insertion, Fraction(1)),)
    if len(mean.body.terms) == 1:
        (body,) = mean.body.terms
    else:
        body = Term(Fraction(1), (RaisedSumNode(mean.body, Fraction(1)),))
    return replace(mean, body=Sum((replace(body, factors=(*body.factors, *factors)),)), derivatives=())


def _at_one_input(count: int, notation: Notation) -> Sum:
    """The Hermite polynomial of a variable of variance K: z, z^2 - K, z^3 - 3 K z, z^4 - 6 K z^2 + 3 K^2."""
    field, kernel = FieldNode(notation.fields[0], LegLabel()), ScalarNode(notation.covariance.name)
    terms = []
    ways = Fraction(1)  # of choosing the pairs
    for pairs in range(count // 2 + 1):
        left = count - 2 * pairs
        factors = [power(kernel, pairs)] if pairs else []
        terms.append(Term(ways * (-1) ** pairs, (*factors, *([power(field, left)] if left else []))))
        ways *= Fraction(left * (left - 1), 2 * (pairs + 1))
    return Sum(tuple(terms))


def _at_indices(legs: tuple[LegLabel, ...], kernel: str, notation: Notation) -> Sum:
    """Every choice of pairs of indices once: z^a z^b - K^{ab}."""
    found: Counter[tuple[Node, ...]] = Counter()
    for pairs in _choices_of_pairs(tuple(range(len(legs)))):
        paired = {k for pair in pairs for k in pair}
        kernels = (InverseKernelNode(kernel, tuple(sorted((legs[a], legs[b]), key=str))) for a, b in pairs)
        fields = (FieldNode(notation.fields[0], leg, True) for k, leg in enumerate(legs) if k not in paired)
        found[(*sorted(kernels, key=str), *fields)] += (-1) ** len(pairs)
    return Sum(tuple(Term(Fraction(times), factors) for factors, times in found.items()))


def _choices_of_pairs(places: tuple[int, ...]) -> Iterator[tuple[tuple[int, int], ...]]:
    """Every set of disjoint pairs among the places, fewer pairs first."""
    for count in range(len(places) // 2 + 1):
        for pairs in combinations(list(combinations(places, 2)), count):
            if len({place for pair in pairs for place in pair}) == 2 * count:
                yield pairs
