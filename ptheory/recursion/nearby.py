"""Recursions at two nearby inputs, x and x + dx: the components of a tensor of which some slots carry the separation.

A tensor is a function of the inputs in its slots. Where slot s carries the separation stands the derivative along it,

    T[.., dx, ..] = (dx . ∂/∂x_s) T[.., x_s, ..]   at coinciding inputs,

so that T at inputs x + s_1 dx, x + s_2 dx, ... has the component as the coefficient of the product of those s. At the
two inputs x ± dx/2 themselves fields are z± = z ± dz/2, tensors are linear in each field, and components are exact:
T[.., x, ..] is half the sum and T[.., dx, ..] the difference over the two inputs in that slot. The recursions follow
by the product rule, slot by slot, with what an average depends on through its covariance (Price):

    (dx . ∂/∂x_s) ⟨F⟩ = sum_b K[dx_s, b] ⟨∂_s ∂_b F⟩,    b over every field and input of the average.

As T[.., dx, ..] does not depend on the place along the separation any more, repeated derivatives end at K[dx, dx], and

    T'[slots] = sum over a_1, a_2, ... of prod_s w(a_s) ∂^(a_s)/∂s^(a_s) T'[x, x, ..]   (w: ``_weight``)

is the whole series in the separation, the term of a_1, a_2, ... of order dx^(a_1 + a_2 + ...). To leading order a slot
with dx is differentiated once and one with x is not. Then every input is x: derivatives by the field at a slot are
carried onto its own function, those by b act on the whole product, outside, so that nothing is split into divergent
parts at a kink.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import count, product
from math import factorial

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


def near_components(equation: Equation, order: int = 0) -> list[Equation]:
    """The equation of every independent component at x and dx, those with fewer dx first.

    ``order``: the power of the separation through which they are given, each to its own leading one at least. Raises
    NoNearbyInputs.
    """
    slots = sorted(leg.sample for leg in equation.target.legs)
    found: dict[Tensor, dict[int, int]] = {}
    for choice in sorted(product((HERE, ALONG), repeat=len(slots)), key=lambda c: (c.count(ALONG), c)):
        samples = dict(zip(slots, choice, strict=True))
        found.setdefault(relabel_atom(equation.target, by_sample(samples)), samples)
    return [_component(equation, target, samples, order) for target, samples in found.items()]


def _component(equation: Equation, target: Tensor, samples: dict[int, int], order: int) -> Equation:
    is_difference = _is_difference(equation.target, samples)
    right = _right_side(equation.right, samples, equation.system.model.sites, order, is_difference)
    return replace(equation, target=target, right=right)


def near_right_side(system: RecursionSystem, target: Tensor, order: int = 0) -> Polynomial:
    """The next-layer value of a component, its legs at HERE and ALONG. Raises NoNearbyInputs."""
    samples = {slot: leg.sample for slot, leg in enumerate(target.legs, start=1)}
    generic = generic_slots(target)
    is_difference = _is_difference(generic, samples)
    return _right_side(system.right_hand_side(generic), samples, system.model.sites, order, is_difference)


def _right_side(
    right: Polynomial, samples: dict[int, int], sites: tuple[SiteFunction, ...], order: int, is_difference: bool
) -> Polynomial:
    """The right side with distinct slots as its samples, each at HERE or along the separation, through dx^order.

    Slot after slot, with the parts of every order in dx apart; what later slots need at least is left free.
    """
    parts = {0: right}
    left = sum(which == ALONG for which in samples.values())
    highest = max(order, left)
    if highest > left and is_difference:
        return _difference(right, samples, sites, highest)
    for slot, which in samples.items():
        left -= which == ALONG
        taken: dict[int, list[Polynomial]] = {}
        for power, part in parts.items():
            derivative = part
            for times in range(highest - power - left + 1):
                if times:
                    derivative = _along(derivative, slot, _mark(slot, times, samples), sites)
                if (times % 2 == 1) == (which == ALONG):
                    taken.setdefault(power + times, []).append(derivative * _weight(times))
        parts = {power: Polynomial.sum(found) for power, found in taken.items()}
    marks = {_mark(slot, times, samples): ALONG for slot in samples for times in range(1, highest + 1)}
    return _at_one_input(Polynomial.sum(parts.values()), sites, {**marks, **dict.fromkeys(samples, HERE)})


def _is_difference(generic: Tensor, samples: dict[int, int]) -> bool:
    """Whether a component is (T++ - T--)/2, of two slots that may be exchanged: a difference of values at one input."""
    if len(samples) != 2 or sorted(samples.values()) != [HERE, ALONG]:
        return False
    first, second = samples
    return bool(relabel_atom(generic, by_sample({first: second, second: first})) == generic)


def _difference(
    right: Polynomial, samples: dict[int, int], sites: tuple[SiteFunction, ...], highest: int
) -> Polynomial:
    """(T++ - T--)/2 with both slots at one input, where a product of functions has no other kinks than their square."""
    slot = min(samples)
    derivative, found = with_samples(right, dict.fromkeys(samples, slot)), []
    for times in range(1, highest + 1):
        derivative = _along(derivative, slot, _mark(slot, times, samples), sites)
        if times % 2:
            found.append(derivative * _weight(times) * Fraction(1, 2))
    marks = {_mark(slot, times, samples): ALONG for times in range(1, highest + 1)}
    return _at_one_input(Polynomial.sum(found), sites, {**marks, slot: HERE})


def _mark(slot: int, times: int, slots: dict[int, int]) -> int:
    """The sample that stands for dx where a slot is differentiated for the ``times``-th time."""
    return max(slots) * times + slot


def _weight(times: int) -> Fraction:
    """Of the derivative so many times by the position s of an input: half the sum of s = ±1/2, or their difference."""
    return Fraction(1, 2 ** (times - times % 2) * factorial(times))


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
        if not isinstance(atom, Expectation) or len({factor.place for factor in atom.factors}) == 1:
            return None
        outside = [leg for leg in atom.derivatives if leg.is_dummy]
        inside = Expectation(atom.factors, tuple(leg for leg in atom.derivatives if not leg.is_dummy))
        return Polynomial.sum(
            Polynomial.atom(on_factors.differentiated(*outside)) * coefficient
            for ((on_factors, _),), coefficient in carried_onto_factors(inside)
            if isinstance(on_factors, Expectation)
        )

    return sum_out_dummies(canonical_dummies(with_samples(polynomial.map_atoms(carried), samples)), sites)
