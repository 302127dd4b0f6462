"""Which components along a separation of two inputs exist where an activation has kinks, and how far their series go.

A component is the coefficient of a product of separations. Where an average in its recursion diverges (ReLU''^2), the
tensor goes like a lower power of the separation there, |dx| instead of dx^2, and so does all that is made of it.
Where a delta stands beside a function that jumps at the same point a, inputs x +- dx/2 meet it on either side. At a = 0
both sides weigh the same; elsewhere by how much the norms of the two differ, so that with two separations or more there
is no one coefficient.

The series of a component goes on in steps of dx^2. Where the averages of one step exist, what is left out is smaller
than it; that it is of the next step and no power between is known where those of the next exist, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ptheory.criticality.derived import component_name, is_along
from ptheory.expectations import Moment
from ptheory.expectations.expectation_errors import AmbiguousMoment, DivergentMoment
from ptheory.export.tensor_symbols import scalar_symbol
from ptheory.flows.moment_values import MomentTable, enclosed_to
from ptheory.recursion.dummies import relabel_atom
from ptheory.recursion.equation import Equation
from ptheory.recursion.nearby import ALONG, HERE, near_right_side
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import Expectation, Leg, Tensor
from ptheory.session.next_to_kinks import next_term

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.activations.activation import Activation

DIGITS = 15
DIRECTED = "on the direction of the separation: a delta stands at a jump at z = {}"


@dataclass
class Components:
    """``labels``: x and dx; ``through``: the power of dx asked for. ``missing``: why a component does not exist, None
    where it does."""

    activations: Mapping[str, Activation]
    labels: tuple[str, str]
    through: int = 0
    missing: dict[Tensor, str | None] = field(default_factory=dict)

    def why_missing(self, equation: Equation) -> str | None:
        """Why the component that an equation is of does not exist; None where it does."""
        return self._why(_at_order(equation, 0)) if self._has_kinks else None

    def series(self, equation: Equation) -> tuple[Equation, int, str]:
        """The equation of a component that exists, as far as it exists through the order asked, that order, and why it
        stops before the one asked; "" where it does not."""
        if not self._has_kinks:
            return equation, self.through, ""
        order = separations = sum(leg.sample == ALONG for leg in equation.target.legs)
        kept = _at_order(equation, separations)
        while order < self.through:
            further = _at_order(equation, order + 2)
            why = self._further(further, order + 2)
            if why is not None:
                dx = self.labels[1]
                follows = next_term(equation, self.activations, self.labels)
                known = f"; what follows is {follows}" if follows else ""
                return (
                    kept,
                    order if order > separations else 0,
                    f"stands through {dx}^{order}: {why}{known}",
                )
            order += 2
            kept = further if order <= self.through else kept
        return kept, self.through, ""

    @property
    def _has_kinks(self) -> bool:
        return any(activation.kinks for activation in self.activations.values())

    def _why(self, equation: Equation) -> str | None:
        target = equation.target
        if target in self.missing:
            return self.missing[target]
        self.missing[target] = None  # what drives itself exists where everything else does
        self.missing[target] = self._divergence(equation) or self._made_of(equation)
        return self.missing[target]

    def _divergence(self, equation: Equation) -> str | None:
        diverges = self._diverges(equation)
        if diverges is not None:
            return f"it goes like a lower power of the separation, since {diverges}"
        separations = sum(leg.sample == ALONG for leg in equation.target.legs)
        if separations > 1 or (separations and self._one_sided_at(self._all_here(equation)) is not None):
            place = self._one_sided_at(equation)
            if place is not None:
                return f"it depends {DIRECTED.format(place)}"
        return None

    def _further(self, equation: Equation, order: int) -> str | None:
        """Why the terms of an order beyond the leading one do not exist; None where they do."""
        dx = self.labels[1]
        diverges = self._diverges(equation)
        if diverges is not None:
            return f"the next power of {dx} is lower than {dx}^{order}, since {diverges}"
        place = self._one_sided_at(equation)
        if place is not None:
            return f"the next term depends {DIRECTED.format(place)}"
        missing = self._missing_in(equation)
        if missing is not None:
            return f"{missing}, of which the next term is made, goes like a lower power of {dx}"
        return None

    def _diverges(self, equation: Equation) -> str | None:
        from ptheory.session.specialise import closed_moments

        try:
            closed_moments(equation, self.activations, False)
        except (DivergentMoment, AmbiguousMoment) as error:
            return error.message.partition(";")[0]
        return None

    def _all_here(self, equation: Equation) -> Equation:
        target = relabel_atom(equation.target, lambda leg: Leg(leg.field, Sample(HERE)))
        return _at_order(replace(equation, target=target), 0)

    def _one_sided_at(self, equation: Equation) -> Expr | None:
        """A kink other than zero at which one factor of an average has a delta and another one jumps."""
        table = MomentTable(equation.system.model.sites, self.activations, scalar_symbol, enclosed_to(DIGITS))
        for expected in (a for a in equation.right.atoms() if isinstance(a, Expectation)):
            for _, moment, _ in table.moments(expected):
                for place in _kinks_beside_zero(moment):
                    if _is_delta_at_a_jump(moment, place):
                        return place
        return None

    def _made_of(self, equation: Equation) -> str | None:
        """What the component is made of that does not exist."""
        missing = self._missing_in(equation)
        return None if missing is None else f"{missing}, of which it is made, has none either"

    def _missing_in(self, equation: Equation) -> str | None:
        system, names = equation.system, equation.names
        for atom in sorted((a for a in equation.right.atoms() if isinstance(a, Tensor)), key=lambda a: a.sort_key):
            if atom == equation.target or not is_along(atom):
                continue
            below = Equation(names.of(atom).name, atom, near_right_side(system, atom), system, names)
            if self._why(below) is not None:
                return component_name(atom, equation, self.labels)
        return None


def _at_order(equation: Equation, order: int) -> Equation:
    """The equation of the same component through dx^order, its leading order at least."""
    return replace(equation, right=near_right_side(equation.system, equation.target, order))


def _kinks_beside_zero(moment: Moment) -> set[Expr]:
    return {kink for activation, _, _ in moment.factors for kink in activation.kinks if kink != 0}


def _is_delta_at_a_jump(moment: Moment, place: Expr) -> bool:
    deltas = [any(j != 0 for j in a.jumps(place, order)[:order]) for a, order, _ in moment.factors]
    jumps = [a.jumps(place, order)[order] != 0 for a, order, _ in moment.factors]
    return any(d and j for k, d in enumerate(deltas) for n, j in enumerate(jumps) if n != k)
