"""The atoms of a recursion: legs, collective variables, tensors and Gaussian expectations.

Leg
    A field at a place (``recursion.places``): at a sample, or a *dummy*, summed over every field and sample of the
    expectation it differentiates.
Collective
    One connected component of a product of observables whose legs share neurons in blocks, different blocks standing
    at different neurons: the joint cumulant, given the layers below, that the blocks stand for. Of preactivations
    alone there is one for every even number of legs at one neuron; beyond the conditional covariance they vanish where
    the weights are Gaussian,

        Ĝ[1,2] = E[z_i(1) z_i(2) | layers below]   (any one neuron i),
        Ĉ[1,2,3,4] = κ[z_i(1), z_i(2), z_i(3), z_i(4) | layers below].

    H12 with its own two neuron indices equal is the kernel average; H12 z3 z4 paired across is another; and so on.
Tensor
    The coefficient of n^-(m-1+order) in the joint cumulant of collective variables with 2m legs in all, n the width of
    the layer below: K = (Ĝ; 0), G1 = (Ĝ; 1), V = (Ĝ, Ĝ; 0), C4 = (Ĉ; 0), ...
Expectation
    ⟨ ∂_legs prod_k ∂^{d_k} phi_k(sample a_k) ⟩ over the leading single-neuron Gaussian law of covariance K.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import groupby, permutations, product

from ptheory.algebra.hashing import hash_once
from ptheory.algebra.polynomial import SortKey
from ptheory.networks.fields import Field
from ptheory.recursion.places import Dummy, Past, Place, Sample

ATOMS_KEPT = 2**16  # equal atoms made one after the other are one object, its hash and sort key known


@dataclass(frozen=True, order=True)
class Kind:
    """An observable built from parameter derivatives of preactivations, as a graph: vertices are its slots, an edge

    is a parameter summed with its learning rate over the two slots it differentiates. ``edges`` join leg positions:
    H12 = sum_mu rate ∂_mu z1 ∂_mu z2 is one edge, dH012 the path 1-0-2, a preactivation a single vertex. Without slots
    it is a mean over the neurons of a layer.
    """

    name: str
    slots: int
    edges: tuple[tuple[int, int], ...] = ()

    __hash__ = hash_once

    @property
    def leg_symmetries(self) -> tuple[tuple[int, ...], ...]:
        """The permutations of the legs that leave the observable unchanged: automorphisms of the graph."""
        return _automorphisms(self.slots, self.edges)


@cache
def _automorphisms(slots: int, edges: tuple[tuple[int, int], ...]) -> tuple[tuple[int, ...], ...]:
    return tuple(p for p in permutations(range(slots)) if relabelled_edges(edges, p) == tuple(sorted(edges)))


def relabelled_edges(edges: tuple[tuple[int, int], ...], place: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """The edges after vertex v has moved to place[v], in canonical order."""
    return tuple(sorted((min(place[a], place[b]), max(place[a], place[b])) for a, b in edges))


@dataclass(frozen=True, order=True)
class Leg:
    """A field at a sample, or a dummy, whose field is called *."""

    field: Field
    place: Place

    __hash__ = hash_once

    @property
    def is_dummy(self) -> bool:
        """Whether the leg is summed over every field and sample of the expectation it differentiates."""
        return isinstance(self.place, Dummy)

    @property
    def at(self) -> Sample:
        """The sample it stands at; not for dummies."""
        assert isinstance(self.place, Sample)
        return self.place

    @property
    def past(self) -> Past:
        """The layer of a neuron's history that it stands at; for those only."""
        assert isinstance(self.place, Past)
        return self.place

    @property
    def sample(self) -> int:
        """The number of that sample, 1, 2, ...; not for dummies."""
        return self.at.number

    @property
    def sort_key(self) -> SortKey:
        return (self.field, self.place)

    def __str__(self) -> str:
        return f"{self.field}{self.place}"


@cache
def dummy_leg(number: int) -> Leg:
    """The dummy of that number, 1, 2, ...: summed over every field and sample of what it differentiates."""
    return Leg(Field("*"), Dummy(-number))


PREACTIVATION = Kind("z", 1)  # the kind of every one-leg observable, whatever its field is called


@dataclass(frozen=True, order=True)
class ObservableAt:
    """An observable with its legs filled: z(1) or H(1,2)."""

    kind: Kind
    legs: tuple[Leg, ...]

    __hash__ = hash_once


Position = tuple[int, int]  # (which observable of the product, which of its legs)
Block = tuple[Position, ...]  # legs at one neuron


@dataclass(frozen=True, order=True)
class Collective:
    """See the module docstring. ``blocks`` index into ``observables``; build with :func:`collective`."""

    observables: tuple[ObservableAt, ...]
    blocks: tuple[Block, ...]

    __hash__ = hash_once

    @property
    def legs(self) -> tuple[Leg, ...]:
        """The legs of all observables, in their order."""
        return tuple(leg for observable in self.observables for leg in observable.legs)

    @property
    def cost(self) -> int:
        """What it adds to a joint cumulant, n^(1 - sum of costs): 1 for two legs, and for a mean that has none."""
        return max(len(self.legs) // 2, 1)

    @property
    def is_covariance(self) -> bool:
        """Ĝ: two preactivations at one neuron."""
        return len(self.observables) == 2 and self.is_of_fields

    @property
    def is_of_fields(self) -> bool:
        """A cumulant of preactivations at one neuron, symmetric in its legs."""
        return all(o.kind == PREACTIVATION for o in self.observables)

    @cached_property
    def sort_key(self) -> SortKey:
        return (2, len(self.legs), _key(self))

    @cached_property
    def structure_first(self) -> SortKey:
        """Orders by observables and fields before slots, so that exchanged slots leave a tensor of one shape."""
        kinds = tuple((o.kind.name, tuple(leg.field for leg in o.legs)) for o in self.observables)
        return (len(self.legs), kinds, self.blocks, tuple(leg.place for leg in self.legs))

    def __str__(self) -> str:
        inside = " ".join(f"{o.kind.name}({','.join(map(str, o.legs))})" for o in self.observables)
        return f"{{{inside}}}"


def _key(component: Collective) -> SortKey:
    return (
        tuple((o.kind.name, tuple((leg.field, leg.place) for leg in o.legs)) for o in component.observables),
        component.blocks,
    )


@lru_cache(maxsize=ATOMS_KEPT)
def covariance(left: Leg, right: Leg) -> Collective:
    """Ĝ[left, right], symmetric."""
    return field_cumulant((left, right))


def field_cumulant(legs: Iterable[Leg]) -> Collective:
    """The joint cumulant of preactivations at one neuron given the layers below, symmetric: Ĝ for two of them."""
    observables = tuple(ObservableAt(PREACTIVATION, (leg,)) for leg in sorted(legs))
    return Collective(observables, (tuple((k, 0) for k in range(len(observables))),))


@cache
def collective(observables: tuple[ObservableAt, ...], blocks: tuple[Block, ...]) -> Collective:
    """The canonical form: least over reorderings of equal kinds of observable and the leg symmetries of each."""
    if all(o.kind == PREACTIVATION for o in observables):
        return field_cumulant(observable.legs[0] for observable in observables)
    least_blocks, moves = _least_orders(tuple(o.kind for o in observables), blocks)
    arranged = (
        tuple(
            ObservableAt(observables[old].kind, tuple(observables[old].legs[p] for p in leg_order))
            for old, leg_order in move
        )
        for move in moves
    )
    return Collective(min(arranged, key=_fields_before_samples), least_blocks)


def _fields_before_samples(observables: tuple[ObservableAt, ...]) -> SortKey:
    legs = [leg for observable in observables for leg in observable.legs]
    return (tuple(leg.field for leg in legs), tuple(leg.place for leg in legs))


# for each place: which observable comes there, and the order of its legs
Move = tuple[tuple[int, tuple[int, ...]], ...]


@cache
def _least_orders(kinds: tuple[Kind, ...], blocks: tuple[Block, ...]) -> tuple[tuple[Block, ...], tuple[Move, ...]]:
    """The least blocks over all reorderings, and the reorderings that give them; whatever the legs are labelled."""
    by_kind = sorted(range(len(kinds)), key=lambda k: kinds[k])
    groups = [tuple(members) for _, members in groupby(by_kind, key=lambda k: kinds[k])]
    least: tuple[Block, ...] | None = None
    moves: list[Move] = []
    for orders in product(*(permutations(group) for group in groups)):
        order = [k for group in orders for k in group]
        for leg_orders in product(*(kinds[k].leg_symmetries for k in order)):
            position = {(old, p): (new, q) for new, old in enumerate(order) for q, p in enumerate(leg_orders[new])}
            moved = tuple(sorted(tuple(sorted(position[leg] for leg in block)) for block in blocks))
            if least is None or moved < least:
                least, moves = moved, []
            if moved == least:
                moves.append(tuple(zip(order, leg_orders, strict=True)))
    assert least is not None
    return least, tuple(moves)


@dataclass(frozen=True)
class Tensor:
    """Coefficient of n^-(m-1+order) of a joint cumulant of collective variables; see the module docstring."""

    components: tuple[Collective, ...]
    order: int = 0

    __hash__ = hash_once

    @property
    def legs(self) -> tuple[Leg, ...]:
        """The legs of all components, in their order: 2m of them for a tensor that comes with n^-(m-1+order)."""
        return tuple(leg for component in self.components for leg in component.legs)

    @cached_property
    def dummies(self) -> tuple[Leg, ...]:
        """The legs that are summed over."""
        return tuple(leg for leg in self.legs if leg.is_dummy)

    @property
    def power(self) -> int:
        """The power of 1/n it comes with."""
        return sum(component.cost for component in self.components) - 1 + self.order

    @property
    def is_kernel(self) -> bool:
        """The leading mean of one covariance: K."""
        return self.order == 0 and len(self.components) == 1 and self.components[0].is_covariance

    @property
    def is_mean(self) -> bool:
        """The leading mean of a collective variable with two legs: K, Theta."""
        return self.order == 0 and len(self.legs) == 2

    @property
    def is_of_fields(self) -> bool:
        """A cumulant of fields alone, no parameter derivatives in it."""
        return all(component.is_of_fields for component in self.components)

    @property
    def is_vertex(self) -> bool:
        """The leading cumulant of two covariances: V."""
        return self.order == 0 and len(self.components) == 2 and all(c.is_covariance for c in self.components)

    @property
    def rates(self) -> int:
        """How many learning rates it carries: one for every parameter its observables sum over."""
        return sum(len(o.kind.edges) for component in self.components for o in component.observables)

    @property
    def is_tangent_kernel(self) -> bool:
        """The leading mean of an observable of two slots and one learning rate: Theta."""
        return self.order == 0 and (len(self.legs), self.rates) == (2, 1)

    @cached_property
    def sort_key(self) -> SortKey:
        return (3, len(self.legs), self.order, tuple(_key(c) for c in self.components))

    def __str__(self) -> str:
        suffix = f"^({self.order})" if self.order else ""
        return "κ" + suffix + "".join(map(str, self.components))


@lru_cache(maxsize=ATOMS_KEPT)
def tensor(components: tuple[Collective, ...], order: int = 0) -> Tensor:
    """A tensor with its (commuting) components in canonical order."""
    return Tensor(tuple(sorted(components, key=lambda c: c.structure_first)), order)


@dataclass(frozen=True, order=True)
class SiteFactor:
    """∂_{fields} phi at one place; ``site`` numbers the site functions of the architecture."""

    site: int
    derivatives: tuple[Field, ...]
    place: Sample

    __hash__ = hash_once

    @property
    def sort_key(self) -> SortKey:
        return (self.site, self.derivatives, self.place)


@dataclass(frozen=True)
class Expectation:
    """⟨ ∂_{legs} prod factors ⟩_K; the derivatives act on the whole product."""

    factors: tuple[SiteFactor, ...]
    derivatives: tuple[Leg, ...] = ()

    __hash__ = hash_once

    @cached_property
    def sort_key(self) -> SortKey:
        return (
            4,
            tuple(f.sort_key for f in self.factors),
            tuple((leg.field, leg.place) for leg in self.derivatives),
        )

    def differentiated(self, *legs: Leg) -> Expectation:
        """⟨∂_legs of the same product⟩, on top of the derivatives already there."""
        return Expectation(self.factors, tuple(sorted((*self.derivatives, *legs))))

    def __str__(self) -> str:
        inside = " ".join(f"φ{f.site}{''.join(map(str, f.derivatives))}({f.place})" for f in self.factors)
        legs = "".join(f"∂{leg}" for leg in self.derivatives)
        return f"⟨{legs} {inside}⟩" if legs else f"⟨{inside}⟩"


@lru_cache(maxsize=ATOMS_KEPT)
def expectation(factors: tuple[SiteFactor, ...], derivatives: tuple[Leg, ...] = ()) -> Expectation:
    """An expectation with its commuting factors and derivatives in canonical order."""
    return Expectation(tuple(sorted(factors)), tuple(sorted(derivatives)))


@dataclass(frozen=True)
class Width:
    """n, the width of layer l (the layer the new weights read)."""

    @property
    def sort_key(self) -> SortKey:
        return (0, "n")

    def __str__(self) -> str:
        return "n"


@dataclass(frozen=True)
class WidthRatio:
    """n_l / n_(l-1): one at equal widths."""

    @property
    def sort_key(self) -> SortKey:
        return (0, "ratio")

    def __str__(self) -> str:
        return "(n[l]/n[l-1])"


WIDTH = Width()
WIDTH_RATIO = WidthRatio()
