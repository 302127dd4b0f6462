"""Which components along a separation of two inputs exist where an activation has kinks.

A component is the coefficient of a product of separations. Where an average in its recursion diverges (ReLU''^2), the
tensor goes like a lower power of the separation there, |dx| instead of dx^2, and so does all that is made of it.
Where a delta stands beside a function that jumps at the same point a, inputs x +- dx/2 meet it on either side. At a = 0
both sides weigh the same; elsewhere by how much the norms of the two differ, so that with two separations or more there
is no one coefficient.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ptheory.expectations import Moment
from ptheory.expectations.expectation_errors import AmbiguousMoment, DivergentMoment
from ptheory.export.tensor_symbols import scalar_symbol
from ptheory.flows.moment_values import MomentTable, enclosed_to
from ptheory.recursion.dummies import relabel_atom
from ptheory.recursion.equation import Equation
from ptheory.recursion.nearby import ALONG, HERE, near_right_side
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import Expectation, Leg, Tensor

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.activations.activation import Activation

DIGITS = 15


@dataclass
class Components:
    """``missing``: why a component does not exist, None where it does."""

    activations: Mapping[str, Activation]
    missing: dict[Tensor, str | None] = field(default_factory=dict)

    def why_missing(self, equation: Equation) -> str | None:
        """Why the component that an equation is of does not exist; None where it does."""
        if not any(activation.kinks for activation in self.activations.values()):
            return None
        return self._why(equation)

    def _why(self, equation: Equation) -> str | None:
        target = equation.target
        if target in self.missing:
            return self.missing[target]
        self.missing[target] = None  # what drives itself exists where everything else does
        self.missing[target] = self._divergence(equation) or self._made_of(equation)
        return self.missing[target]

    def _divergence(self, equation: Equation) -> str | None:
        from ptheory.session.specialise import closed_moments

        try:
            closed_moments(equation, self.activations, False)
        except (DivergentMoment, AmbiguousMoment) as error:
            return f"it goes like a lower power of the separation, since {error.message.partition(';')[0]}"
        separations = sum(leg.sample == ALONG for leg in equation.target.legs)
        if separations > 1 or (separations and self._is_one_sided(self._all_here(equation))):
            place = self._one_sided_at(equation)
            if place is not None:
                return f"it depends on the direction of the separation: a delta stands at a jump at z = {place}"
        return None

    def _all_here(self, equation: Equation) -> Equation:
        target = relabel_atom(equation.target, lambda leg: Leg(leg.field, Sample(HERE)))
        right = near_right_side(equation.system, target)
        return Equation(equation.name, target, right, equation.system, equation.names)

    def _is_one_sided(self, equation: Equation) -> bool:
        return self._one_sided_at(equation) is not None

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
        system, names = equation.system, equation.names
        for atom in sorted((a for a in equation.right.atoms() if isinstance(a, Tensor)), key=lambda a: a.sort_key):
            if atom == equation.target or all(leg.sample != ALONG for leg in atom.legs):
                continue
            below = Equation(names.of(atom).name, atom, near_right_side(system, atom), system, names)
            if self._why(below) is not None:
                return f"{below.name} at fewer separations, of which it is made, has none either"
        return None


def _kinks_beside_zero(moment: Moment) -> set[Expr]:
    return {kink for activation, _, _ in moment.factors for kink in activation.kinks if kink != 0}


def _is_delta_at_a_jump(moment: Moment, place: Expr) -> bool:
    deltas = [any(j != 0 for j in a.jumps(place, order)[:order]) for a, order, _ in moment.factors]
    jumps = [a.jumps(place, order)[order] != 0 for a, order, _ in moment.factors]
    return any(d and j for k, d in enumerate(deltas) for n, j in enumerate(jumps) if n != k)
