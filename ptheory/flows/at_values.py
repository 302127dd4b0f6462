"""A recursion system whose hyperparameters are set: what is derived from it has the numbers in place of the names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from ptheory.algebra.exponents import Exponent
from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.algebra.refusal import DivisionByZero
from ptheory.networks.set_values import Value, at_values
from ptheory.recursion.jets import Scalar
from ptheory.recursion.system import LeftOut, RecursionSystem
from ptheory.recursion.tensors import Tensor


class SystemAtValues(RecursionSystem):
    """``base`` with ``values`` put in, in every layer above the first; nothing is derived anew."""

    def __init__(self, base: RecursionSystem, values: Mapping[str, Value]) -> None:
        self.base = base
        self.values = dict(values)
        self.degrees = base.degrees
        sites = tuple(replace(site, formula=at_values(site.formula, self.values)) for site in base.model.sites)
        self.model = replace(base.model, sites=sites)

    @property
    def needs_equal_widths(self) -> bool:
        """As of ``base``."""
        return self.base.needs_equal_widths

    def offset(self, target: Tensor) -> Exponent:
        """As of ``base``."""
        return self.base.offset(target)

    def leads_in_first_layer(self, power: Exponent, target: Tensor) -> bool:
        """As of ``base``."""
        return self.base.leads_in_first_layer(power, target)

    def left_out(self, target: Tensor) -> tuple[LeftOut, ...]:
        """As of ``base``."""
        return self.base.left_out(target)

    def right_hand_side(self, target: Tensor) -> Polynomial:
        """As of ``base``, with the values. Raises what that raises, and DivisionByZero."""
        return polynomial_at_values(self.base.right_hand_side(target), self.values)


def polynomial_at_values(polynomial: Polynomial, values: Mapping[str, Value]) -> Polynomial:
    """Hyperparameters replaced by their values: rational numbers, or constants such as sqrt(2) as atoms."""

    def put(atom: Atom) -> Polynomial | None:
        if not isinstance(atom, Symbol) or atom.name not in values:
            return None
        value = values[atom.name]
        return Polynomial.constant(value) if isinstance(value, Fraction) else Polynomial.atom(Scalar(value))

    for monomial, _ in polynomial:
        for atom, exponent in monomial:
            if exponent < 0 and isinstance(atom, Symbol) and values.get(atom.name) == 0:
                raise DivisionByZero(f"{atom.name} = 0 stands below a division")
    return polynomial.map_atoms(put)
