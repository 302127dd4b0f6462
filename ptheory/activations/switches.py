"""Where an integrand switches between formulas: the points at which quadrature must split."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sympy

from ptheory.algebra.refusal import Refusal

if TYPE_CHECKING:
    from sympy import Expr


class KinkNotFound(Refusal):
    """A switch whose argument is not linear in the variable of integration."""

    help = "write the activation as piecewise, its conditions linear in z"


def kinks(integrand: Expr, variable: Expr) -> tuple[Expr, ...]:
    """The points where an argument of |.|, sign, step, max, min or a condition vanishes. Raises KinkNotFound."""
    switches: set[Expr] = set()
    for node in integrand.atoms(sympy.Abs, sympy.sign, sympy.Heaviside):
        switches.add(node.args[0])
    for node in integrand.atoms(sympy.Max, sympy.Min):
        switches |= {node.args[0] - other for other in node.args[1:]}
    for node in integrand.atoms(sympy.core.relational.Relational):
        switches.add(node.lhs - node.rhs)
    found = {_root(switch, variable) for switch in switches if switch.has(variable)}
    return tuple(sorted(found, key=sympy.default_sort_key))


def _root(switch: Expr, variable: Expr) -> Expr:
    slope = sympy.expand(switch).coeff(variable, 1)
    rest = sympy.expand(switch - slope * variable)
    if slope == 0 or rest.has(variable):
        raise KinkNotFound(f"a switch at the zeros of {switch}")
    return -rest / slope
