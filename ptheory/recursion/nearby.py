"""Recursions at two nearby inputs, x and x + dx: the components of a tensor of which some slots carry the separation.

A tensor is a function of the inputs in its slots. Where slot s carries the separation stands the derivative along it,

    T[.., dx, ..] = (dx . ∂/∂x_s) T[.., x_s, ..]   at coinciding inputs,

so that T at inputs x + s_1 dx, x + s_2 dx, ... has the component as the coefficient of the product of those s. The
recursions follow by the product rule, slot by slot, with what an average depends on through its covariance (Price):

    (dx . ∂/∂x_s) ⟨F⟩ = sum_b K[dx_s, b] ⟨∂_s ∂_b F⟩,    b over every field and input of the average.

Each slot is differentiated once. Then every input is x: derivatives by the field at a slot are carried onto its own
function, those by b act on the whole product, outside, so that nothing is split into divergent parts at a kink.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import count, product

from ptheory.algebra.polynomial import Atom, Monomial, Polynomial
from ptheory.algebra.refusal import Refusal
from ptheory.networks.architecture import SiteFunction
from ptheory.recursion.dummies import by_leg, by_sample, canonical_dummies, relabel_atom
from ptheory.recursion.equation import Equation
from ptheory.recursion.means.layer_functions import carried_onto_factors
from ptheory.recursion.means.relabel import with_samples
from ptheory.recursion.normal_form import sum_out_dummies
from ptheory.recursion.places import Sample
from ptheory.recursion.sources import legs_read
from ptheory.recursion.system import RecursionSystem, generic_slots
from ptheory.recursion.tensors import Expectation, Leg, Tensor, covariance, dummy_leg, tensor

HERE, ALONG = 1, 2  # the samples that x and dx stand as


class NoNearbyInputs(Refusal):
    """A recursion that reads other layers than the one below."""


def near_components(equation: Equation) -> list[Equation]:
    """The equation of every independent component at x and dx, those with fewer dx first.

    Raises NoNearbyInputs.
    """
    slots = sorted(leg.sample for leg in equation.target.legs)
    found: dict[Tensor, dict[int, int]] = {}
    for choice in sorted(product((HERE, ALONG), repeat=len(slots)), key=lambda c: (c.count(ALONG), c)):
        samples = dict(zip(slots, choice, strict=True))
        found.setdefault(relabel_atom(equation.target, by_sample(samples)), samples)
    return [_component(equation, target, samples) for target, samples in found.items()]


def _component(equation: Equation, target: Tensor, samples: dict[int, int]) -> Equation:
    right = _right_side(equation.right, samples, equation.system.model.sites)
    return replace(equation, target=target, right=right)


def near_right_side(system: RecursionSystem, target: Tensor) -> Polynomial:
    """The next-layer value of a component, its legs at HERE and ALONG. Raises NoNearbyInputs."""
    samples = {slot: leg.sample for slot, leg in enumerate(target.legs, start=1)}
    return _right_side(system.right_hand_side(generic_slots(target)), samples, system.model.sites)


def _right_side(right: Polynomial, samples: dict[int, int], sites: tuple[SiteFunction, ...]) -> Polynomial:
    """The right side with distinct slots as its samples, taken to HERE or along the separation at each."""
    marks = {slot: slot for slot in samples}
    for slot, which in samples.items():
        if which == ALONG:
            mark = max(samples) + slot
            marks[mark] = slot
            right = _along(right, slot, mark, sites)
    return _at_one_input(right, sites, {m: HERE if m in samples else ALONG for m in marks})


# ---- one slot ---------------------------------------------------------------------------------------------------


def _along(polynomial: Polynomial, slot: int, mark: int, sites: tuple[SiteFunction, ...]) -> Polynomial:
    """The derivative along the separation by the input of a slot; ``mark``: the sample that stands for dx there."""
    return Polynomial.sum(
        part * coefficient for monomial, coefficient in polynomial for part in _terms(dict(monomial), slot, mark, sites)
    )


def _terms(factors: dict[Atom, int], slot: int, mark: int, sites: tuple[SiteFunction, ...]) -> Iterator[Polynomial]:
    for atom, power in factors.items():
        if isinstance(atom, Tensor):
            for place, leg in enumerate(atom.legs):
                if not leg.is_dummy and leg.sample == slot:
                    moved = _with_leg(atom, place, Leg(leg.field, Sample(mark)))
                    yield _product({**factors, atom: power - 1}) * Polynomial.atom(moved) * power
        elif isinstance(atom, Expectation):
            for leg in _read(atom, sites):
                if leg.sample == slot:
                    yield from _through(factors, atom, leg, Leg(leg.field, Sample(mark)))


def _through(factors: dict[Atom, int], average: Expectation, leg: Leg, mark: Leg) -> Iterator[Polynomial]:
    """What the average contributes: by its covariance, and by the tensors at its dummies, which reach the slot too."""
    power = factors[average]
    rest = {**factors, average: power - 1}
    fresh = _unused(factors)
    kernel = tensor((covariance(mark, fresh),))
    yield _product(rest) * Polynomial.atom(average.differentiated(leg, fresh)) * Polynomial.atom(kernel) * power
    for dummy in dict.fromkeys(d for d in average.derivatives if d.is_dummy):
        reached = _renamed(average, dummy, leg)
        holding = {a: e for a, e in rest.items() if isinstance(a, Tensor) and dummy in a.legs}
        moved = {relabel_atom(a, by_leg({dummy: mark})): e for a, e in holding.items()}
        others = {a: e for a, e in rest.items() if a not in holding}
        yield _product(others) * _product(moved) * Polynomial.atom(reached) * power


def _renamed(average: Expectation, dummy: Leg, leg: Leg) -> Expectation:
    kept = list(average.derivatives)
    kept.remove(dummy)
    return Expectation(average.factors, tuple(kept)).differentiated(leg)


def _with_leg(atom: Tensor, place: int, leg: Leg) -> Tensor:
    """The tensor with one of its legs replaced."""
    number = count()
    moved: Tensor = relabel_atom(atom, lambda old: leg if next(number) == place else old)
    return moved


def _unused(factors: dict[Atom, int]) -> Leg:
    taken = [d.place.number for a in factors if isinstance(a, Expectation) for d in a.derivatives if d.is_dummy]
    return dummy_leg(max(taken, default=0) + 1)


def _read(average: Expectation, sites: tuple[SiteFunction, ...]) -> list[Leg]:
    found = legs_read(average, sites)
    if any(not isinstance(leg.place, Sample) for leg in found):
        raise NoNearbyInputs("an average over several layers is not expanded in the separation of two inputs")
    return found


def _product(factors: dict[Atom, int]) -> Polynomial:
    monomial: Monomial = tuple(sorted(((a, e) for a, e in factors.items() if e), key=lambda item: item[0].sort_key))
    return Polynomial({monomial: Fraction(1)})


# ---- all inputs at x --------------------------------------------------------------------------------------------


def _at_one_input(polynomial: Polynomial, sites: tuple[SiteFunction, ...], samples: dict[int, int]) -> Polynomial:
    """Derivatives by slots carried onto their own functions, every input x, dummies summed over the fields there."""

    def carried(atom: Atom) -> Polynomial | None:
        if not isinstance(atom, Expectation):
            return None
        outside = [leg for leg in atom.derivatives if leg.is_dummy]
        inside = Expectation(atom.factors, tuple(leg for leg in atom.derivatives if not leg.is_dummy))
        return Polynomial.sum(
            Polynomial.atom(on_factors.differentiated(*outside)) * coefficient
            for ((on_factors, _),), coefficient in carried_onto_factors(inside)
            if isinstance(on_factors, Expectation)
        )

    return sum_out_dummies(canonical_dummies(with_samples(polynomial.map_atoms(carried), samples)), sites)
