"""A derived recursion as a first-class value: left side, right side, and how it came about."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from ptheory.algebra.exponents import Exponent
from ptheory.algebra.polynomial import Polynomial
from ptheory.displayed import Displayed
from ptheory.recursion.dummies import by_sample, relabel_atom
from ptheory.recursion.normal_form import at_samples, normal_form
from ptheory.recursion.steps import Step, derivation_steps
from ptheory.recursion.system import LeftOut, RecursionSystem
from ptheory.recursion.tensor_names import TensorNames
from ptheory.recursion.tensors import Tensor

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Equation(Displayed):
    """target' = right, ``target`` with its legs at slots, everything on the right at layer l.

    ``right`` is in powers of hyperparameters, n_l/n_(l-1), tensors and expectations; the overall n^-(m-1+order) of the
    target is stripped.
    """

    name: str
    target: Tensor
    right: Polynomial
    system: RecursionSystem
    names: TensorNames

    def at(self, samples: Mapping[int, int]) -> Equation:
        """The equation at concrete samples: slot -> sample; dummies summed out, like terms merged."""
        target = relabel_atom(self.target, by_sample(samples))
        right = at_samples(self.right, dict(samples), self.system.model.sites)
        return Equation(self.name, target, right, self.system, self.names)

    def at_one_input(self) -> Equation:
        """The equation with the same sample in every slot: K, V, G1 without indices."""
        return self.at({leg.sample: 1 for leg in self.target.legs})

    @property
    def outputs(self) -> tuple[str, ...]:
        """The outputs it is about, which no layer reads; none where it leads from a layer to the next."""
        fields = {leg.field.name for leg in self.target.legs}
        return tuple(name for name in self.system.model.architecture.outputs if name in fields)

    @property
    def power_of_width(self) -> Exponent:
        """The power of n the correlator comes with: -power, and what variances and rates add to it."""
        return self.system.offset(self.target) - Exponent(Fraction(self.target.power))

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What of the recursion has lower powers of n, and is left out of it."""
        return self.system.left_out(self.target)

    def steps(self) -> tuple[Step, ...]:
        """How the equation came about, its last line the equation itself. Raises what its derivation raises."""
        return derivation_steps(self.system.derivation(self.target), self.right, self.system.needs_equal_widths)

    @cached_property
    def normal_form(self) -> Polynomial:
        """The right-hand side in jet moments; equal recursions have identical normal forms."""
        return normal_form(self.right, self.system.model.sites)


def equation(system: RecursionSystem, names: TensorNames, name: str, order: int) -> Equation:
    """The recursion of a declared tensor at the given order beyond its leading one. KeyError: not declared."""
    target = names.tensor(name, order)
    if target is None:
        raise KeyError(name)
    return Equation(names.of(target).name, target, system.right_hand_side(target), system, names)
