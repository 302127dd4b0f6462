"""The layer-to-layer maps of preactivations and of observables, from the layer equation by the chain rule.

z' is linear in the new parameters, so a derivative of z'_i takes at most one of them. An observable is a graph whose
edges are parameters; each edge is either new or old. For a new edge, ∂z'/∂W_kl leaves delta_ik phi(z_l); the old
edges at a slot differentiate phi(z_j) by Faà di Bruno's formula,

    ∂_S phi(z_j) = sum over set partitions of S into blocks, sum over fields,  ∂_(fields) phi  prod_blocks ∂_B z_j,

and the products of ∂_B z joined by old edges are the layer-l observables: connected graphs again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations, product
from typing import assert_never

from ptheory.algebra.partitions import connected_groups, set_partitions
from ptheory.algebra.polynomial import Polynomial
from ptheory.algebra.refusal import Refusal
from ptheory.networks.architecture import Bias, Direct, LayerTerm, Parameter, WeightedSum
from ptheory.networks.fields import Field
from ptheory.recursion.indexed_terms import IndexedTerm, InnerNeuron, Neuron, OuterNeuron, ParameterFactor
from ptheory.recursion.layer_model import LayerModel
from ptheory.recursion.tensors import PREACTIVATION, WIDTH, Kind, Leg, ObservableAt, SiteFactor, relabelled_edges


class NonlinearSkip(Refusal):
    """A skip connection that is no multiple of a field: the leading law of a neuron is not Gaussian."""

    def __init__(self, field: str) -> None:
        super().__init__(
            f"the skip connection of {field} is not linear, so the leading law of a neuron is not Gaussian"
        )
        self.field = field


class NoLearningRateError(Refusal):
    """An observable needs the learning rate of a parameter that declares none."""

    def __init__(self, parameter: str) -> None:
        super().__init__(f"the parameter {parameter} has no learning rate: declare one with `rate`")
        self.parameter = parameter


def next_preactivation(model: LayerModel, leg: Leg, neuron: OuterNeuron, tag: str) -> list[IndexedTerm]:
    """z'_i(a) as the right-hand side of its layer equation; the inner neuron is labelled ``tag``."""
    terms = []
    for term in model.equations[leg.field].terms:
        inner = InnerNeuron(tag)
        match term:
            case Direct():
                source = ObservableAt(PREACTIVATION, (Leg(direct_field(leg.field, term), leg.place),))
                made = IndexedTerm(term.coefficient, observables=((source, (neuron,)),))
            case Bias():
                made = IndexedTerm(term.coefficient, _factors(term, (neuron,)))
            case WeightedSum():
                site = SiteFactor(model.site_number(term.site), (), leg.at)
                made = IndexedTerm(term.coefficient, _factors(term, (neuron, inner)), ((site, inner),))
            case _:
                assert_never(term)
        terms.append(made)
    return terms


def _factors(term: LayerTerm, indices: tuple[Neuron, ...]) -> tuple[ParameterFactor, ...]:
    return tuple(ParameterFactor(parameter.name, indices) for parameter in term.parameters)


def direct_field(target: Field, term: Direct) -> Field:
    """The field a skip connection carries over. Raises NonlinearSkip for anything but a multiple of one field."""
    carried = term.carried_field
    if carried is None or carried.depth:
        raise NonlinearSkip(target.name)
    return carried


@dataclass(frozen=True)
class SlotDerivative:
    """One way to take the derivatives of a slot: its equation term, its new edge if any, its old edges in blocks."""

    term: LayerTerm
    new_edge: int | None
    blocks: tuple[tuple[int, ...], ...]
    fields: tuple[Field, ...]  # of each block


def next_observable(
    model: LayerModel, observable: ObservableAt, neurons: Sequence[OuterNeuron], tag: str
) -> list[IndexedTerm]:
    """A next-layer observable at neurons of layer l+1 in terms of parameters and layer-l quantities.

    Raises NoLearningRateError, NonlinearSkip.
    """
    kind = observable.kind
    terms: list[IndexedTerm] = []
    for is_new in product((False, True), repeat=len(kind.edges)):
        new_edges = [e for e, new in enumerate(is_new) if new]
        if any(sum(slot in kind.edges[e] for e in new_edges) > 1 for slot in range(kind.slots)):
            continue
        if any(neurons[kind.edges[e][0]] != neurons[kind.edges[e][1]] for e in new_edges):
            continue
        ways = [list(_slot_derivatives(model, kind, slot, observable.legs[slot], is_new)) for slot in range(kind.slots)]
        for choice in product(*ways):
            term = _assemble(model, observable, choice, new_edges, neurons, tag)
            if term is not None:
                terms.append(term)
    return terms


def _slot_derivatives(
    model: LayerModel, kind: Kind, slot: int, leg: Leg, is_new: Sequence[bool]
) -> Iterator[SlotDerivative]:
    mine = [e for e, ends in enumerate(kind.edges) if slot in ends]
    new_edge = next((e for e in mine if is_new[e]), None)
    old = [e for e in mine if not is_new[e]]
    for term in model.equations[leg.field].terms:
        match term:
            case Direct():
                if new_edge is None:
                    yield SlotDerivative(term, None, (tuple(old),), (direct_field(leg.field, term),))
            case Bias():
                if new_edge is not None and not old:
                    yield SlotDerivative(term, new_edge, (), ())
            case WeightedSum():
                for blocks in set_partitions(old):
                    for fields in product(term.site.fields, repeat=len(blocks)):
                        yield SlotDerivative(term, new_edge, tuple(tuple(block) for block in blocks), fields)
            case _:
                assert_never(term)


def _assemble(
    model: LayerModel,
    observable: ObservableAt,
    choice: Sequence[SlotDerivative],
    new_edges: Sequence[int],
    neurons: Sequence[OuterNeuron],
    tag: str,
) -> IndexedTerm | None:
    """The product over slots; None where a new edge would differentiate two different parameter families."""
    kind = observable.kind
    coefficient = Polynomial.constant(1)
    for e in new_edges:
        differentiated, other = (choice[slot].term.parameters for slot in kind.edges[e])
        if differentiated != other:
            return None
        (parameter,) = differentiated
        coefficient = coefficient * learning_rate(parameter)
    parameters: list[ParameterFactor] = []
    sites: list[tuple[SiteFactor, Neuron]] = []
    inner: list[Neuron] = []
    for slot, way in enumerate(choice):
        coefficient = coefficient * way.term.coefficient
        shared = way.new_edge is not None
        index: Neuron = InnerNeuron(f"{tag}e{way.new_edge}" if shared else f"{tag}s{slot}")
        match way.term:
            case Direct():
                index = neurons[slot]
            case WeightedSum(site=site):
                factor = SiteFactor(model.site_number(site), tuple(sorted(way.fields)), observable.legs[slot].at)
                sites.append((factor, index))
            case Bias():
                pass
            case _:
                assert_never(way.term)
        inner.append(index)
        if not shared:
            parameters += _factors(way.term, (neurons[slot], index))
    observables = old_observables(model, observable, choice, inner)
    return IndexedTerm(coefficient, tuple(parameters), tuple(sites), tuple(observables))


def learning_rate(parameter: Parameter) -> Polynomial:
    """rate / n^rate_fan_in, n the width of the layer the weights read."""
    power = ((WIDTH, -parameter.rate_fan_in),) if parameter.rate_fan_in else ()
    return required_rate(parameter) * Polynomial({power: Fraction(1)})


def required_rate(parameter: Parameter) -> Polynomial:
    """The declared rate without its power of the width. Raises NoLearningRateError."""
    if parameter.rate is None:
        raise NoLearningRateError(parameter.name)
    return parameter.rate


def old_observables(
    model: LayerModel, observable: ObservableAt, choice: Sequence[SlotDerivative], inner: Sequence[Neuron]
) -> list[tuple[ObservableAt, tuple[Neuron, ...]]]:
    """The layer-l observables left by the old edges: connected components of the graph of differentiated z's."""
    vertices = [(slot, b) for slot, way in enumerate(choice) for b in range(len(way.blocks))]
    ends: dict[int, list[int]] = {}
    for v, (slot, b) in enumerate(vertices):
        for e in choice[slot].blocks[b]:
            ends.setdefault(e, []).append(v)
    found = []
    for members in connected_groups(len(vertices), ends.values()):
        place = {v: k for k, v in enumerate(members)}
        edges = tuple((place[a], place[b]) for a, b in ends.values() if a in place)
        kind, order = kind_of_graph(model.kinds, len(members), edges)
        legs = []
        for v in order:
            slot, b = vertices[members[v]]
            legs.append((Leg(choice[slot].fields[b], observable.legs[slot].place), inner[slot]))
        found.append((ObservableAt(kind, tuple(leg for leg, _ in legs)), tuple(index for _, index in legs)))
    return found


def kind_of_graph(
    known: Sequence[Kind], vertices: int, edges: tuple[tuple[int, int], ...]
) -> tuple[Kind, tuple[int, ...]]:
    """The named observable with this graph (else one named after it), and which vertex each of its slots is."""
    for kind in known:
        if kind.slots == vertices and len(kind.edges) == len(edges):
            target = tuple(sorted((min(e), max(e)) for e in kind.edges))
            for order in permutations(range(vertices)):
                if relabelled_edges(edges, [order.index(v) for v in range(vertices)]) == target:
                    return kind, order
    least = min(relabelled_edges(edges, place) for place in permutations(range(vertices)))
    place = next(p for p in permutations(range(vertices)) if relabelled_edges(edges, p) == least)
    name = "X" + "".join(f"{a}{b}" for a, b in least)
    return Kind(name, vertices, least), tuple(place.index(s) for s in range(vertices))
