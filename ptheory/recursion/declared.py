"""Step 5 of the expansion: declared tensors matched with the blocks of equal neurons they stand for.

At an index pattern, blocks of legs at equal neurons, a connected correlator of next-layer observables is the joint
cumulant of the collective variables of its connected components, so each declared term (deltas times a tensor) names
one cumulant. A definition must name every pairing; what it leaves out is reported as the missing structure. Larger
blocks of fields occur where the weights are not Gaussian.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ptheory.algebra.order import power_text
from ptheory.algebra.partitions import connected_groups, pairings
from ptheory.language.errors import LanguageError
from ptheory.networks.fields import Field
from ptheory.networks.observables import Definition, Observable, SlotField, TensorTerm
from ptheory.recursion.dummies import relabel_atom
from ptheory.recursion.places import Sample
from ptheory.recursion.system import generic_slots
from ptheory.recursion.tensor_names import TensorName
from ptheory.recursion.tensors import (
    PREACTIVATION,
    Block,
    Collective,
    Kind,
    Leg,
    ObservableAt,
    Tensor,
    collective,
    tensor,
)


def observable_kind(observable: Observable) -> Kind:
    """The graph of an observable: its slots joined by the parameters summed over.

    Raises LanguageError where the observable is not a single product with each parameter in two derivatives and one
    rate, or not connected.
    """
    if len(observable.terms) != 1 or observable.terms[0].coefficient.constant_term != 1:
        raise LanguageError(
            f"the observable {observable.name} is not a single product",
            observable.span,
            help="write one sum(mu, ...) of rates and derivatives with coefficient one, and combine results instead",
        )
    (term,) = observable.terms
    slots = [derivative.slot for derivative in term.derivatives]
    if sorted(slots) != sorted(observable.slots):
        raise LanguageError(f"a slot of {observable.name} occurs twice on the right", observable.span)
    position = {slot: k for k, slot in enumerate(observable.slots)}
    edges = []
    for index in term.summed:
        ends = [position[d.slot] for d in term.derivatives for by in d.by if by == index]
        if len(ends) != 2 or ends[0] == ends[1] or term.rates.count(index) != 1:
            raise LanguageError(
                f"the parameter index {index} of {observable.name} is not shared by two slots with one rate",
                observable.span,
                help=f"each summed parameter stands in two derivatives of different slots and in one rate({index})",
            )
        edges.append((min(ends), max(ends)))
    kind = Kind(observable.name, len(observable.slots), tuple(sorted(edges)))
    if not _is_connected(kind):
        raise LanguageError(
            f"the observable {observable.name} is a product of independent parts",
            observable.span,
            help="declare the parts, and define correlators of their product, as in E[H12 H34]_c",
        )
    return kind


def _is_connected(kind: Kind) -> bool:
    return len(connected_groups(kind.slots, kind.edges)) == 1


def tensor_names(
    definitions: Sequence[Definition], observables: Mapping[str, Observable], kinds: Mapping[str, Kind]
) -> list[TensorName]:
    """Every declared tensor with its cumulant. Raises LanguageError: structure missing or inconsistent."""
    found: dict[str, TensorName] = {}
    for definition in definitions:
        _check_connected(definition)
        structures = {}
        for term in definition.terms:
            entry = _named(definition, term, observables, kinds)
            known = found.get(term.tensor)
            if known is not None and not _same(known, entry):
                raise LanguageError(
                    f"{term.tensor} stands for two different structures",
                    definition.span,
                    help="terms that are not permutations of each other need different names",
                )
            found.setdefault(term.tensor, entry)
            structures[_pairing_key(term.deltas)] = term
        for pairing in pairings(list(definition.slots)):
            if _pairing_key(tuple(pairing)) not in structures:
                missing = " ".join(f"d{a}{b}" if max(a, b) < 10 else f"d[{a},{b}]" for a, b in pairing)
                target = _cumulant(definition.factors, pairing, observables, kinds)
                own = [found[term.tensor] for term in definition.terms]
                raise LanguageError(
                    f"the right-hand side has no term with {missing}",
                    definition.span,
                    help=f"add {missing} {_coefficient(target, [*own, *found.values()])}: "
                    "the correlator has this structure at the same order",
                )
    return list(found.values())


def _coefficient(target: Tensor, declared: Iterable[TensorName]) -> str:
    """The tensor of a structure: a declared one at other slots, or a new one with its power of 1/n."""
    shape, slots = generic_slots(target), [leg.sample for leg in target.legs]
    for entry in declared:
        if entry.shape == shape:
            return f"{entry.name}[{','.join(str(slots[argument - 1]) for argument in entry.arguments)}]"
    return f"times a new tensor{f' at order {power_text(target.power)}' if target.power else ''}"


def _pairing_key(deltas: Sequence[Sequence[int]]) -> frozenset[frozenset[int]]:
    return frozenset(frozenset(block) for block in deltas)


def _check_connected(definition: Definition) -> None:
    if not definition.connected and len(definition.factors) > 1:
        kinds = [factor for factor in definition.factors if len(factor.slots) % 2 == 0]
        if kinds or len(definition.factors) > 2:
            raise LanguageError(
                "this correlator has a disconnected part", definition.span, help="write E[...]_c for the connected one"
            )
    if definition.rank % 2:
        raise LanguageError(
            "a correlator with an odd number of neuron indices is not derived",
            definition.span,
            help="without skip connections it vanishes, the weights being symmetric about zero; with them it need not, "
            "and there is no recursion for it yet: pair every neuron index",
        )


def _named(
    definition: Definition, term: TensorTerm, observables: Mapping[str, Observable], kinds: Mapping[str, Kind]
) -> TensorName:
    if sum(map(len, term.deltas)) != definition.rank or any(len(block) % 2 for block in term.deltas):
        raise LanguageError(
            "the deltas of each term hold every slot, an even number each", definition.span, help="as in d12 d34"
        )
    of_fields = not any(factor.name in observables for factor in definition.factors)
    if any(len(block) > 2 for block in term.deltas) and not of_fields:
        raise LanguageError(
            "with an observable, each term pairs all slots by deltas of two slots",
            definition.span,
            help="larger blocks such as d1234 are derived for fields alone: at one neuron they are correlated beyond "
            "pairs where the weights are not Gaussian",
        )
    target = _cumulant(definition.factors, term.deltas, observables, kinds)
    if term.coefficient.constant_term != 1 or len(term.coefficient) != 1:
        raise LanguageError(f"{term.tensor} has a coefficient; leave it out", definition.span)
    if term.order != target.power:
        power = "" if target.power == 0 else " / n" if target.power == 1 else f" / n^{target.power}"
        raise LanguageError(
            f"{term.tensor} is declared at order {power_text(term.order)}, but this structure starts at "
            f"{power_text(target.power)}",
            definition.span,
            help=f"write ({term.tensor}[...] ...){power}",
        )
    declared = tuple(leg.sample for leg in target.legs)
    place = {slot: number for number, slot in enumerate(declared, start=1)}
    return TensorName(term.tensor, generic_slots(target), tuple(place[slot] for slot in term.arguments), declared)


def _cumulant(
    factors: Sequence[SlotField],
    deltas: Sequence[Sequence[int]],
    observables: Mapping[str, Observable],
    kinds: Mapping[str, Kind],
) -> Tensor:
    """The joint cumulant that a pairing of the slots of a product of observables stands for."""
    nodes = [observable_at(factor, observables, kinds) for factor in factors]
    position = {leg.sample: (k, p) for k, node in enumerate(nodes) for p, leg in enumerate(node.legs)}
    blocks = [tuple(position[slot] for slot in block) for block in deltas]
    return tensor(components_of(nodes, blocks))


def components_of(nodes: Sequence[ObservableAt], blocks: Sequence[Block]) -> tuple[Collective, ...]:
    """The collective variables a product of observables leaves where the legs of each block share a neuron."""
    components: list[Collective] = []
    for members in connected_groups(len(nodes), [[k for k, _ in block] for block in blocks]):
        place = {node: k for k, node in enumerate(members)}
        inner = tuple(tuple((place[k], p) for k, p in block) for block in blocks if block[0][0] in place)
        components.append(collective(tuple(nodes[k] for k in members), inner))
    return tuple(components)


def observable_at(factor: SlotField, observables: Mapping[str, Observable], kinds: Mapping[str, Kind]) -> ObservableAt:
    """A field or an observable with its slots as samples of its legs."""
    if factor.name not in observables:
        return ObservableAt(PREACTIVATION, (Leg(Field(factor.name), Sample(factor.slots[0])),))
    observable = observables[factor.name]
    fields = {d.slot: d.field for d in observable.terms[0].derivatives}
    legs = tuple(Leg(Field(fields[slot]), Sample(at)) for slot, at in zip(observable.slots, factor.slots, strict=True))
    return ObservableAt(kinds[factor.name], legs)


def _same(a: TensorName, b: TensorName) -> bool:
    """Both entries write every component of the tensor the same way (up to the tensor's own symmetries)."""
    if a.shape != b.shape:
        return False
    back = {slot: k for k, slot in enumerate(a.arguments)}
    names = {slot: b.arguments[k] for slot, k in back.items()}
    moved = relabel_atom(a.shape, lambda leg: Leg(leg.field, Sample(names[leg.sample])))
    return bool(moved == tensor(b.shape.components, b.shape.order))
