"""Susceptibilities derived from the kernel recursion of the architecture at hand, whatever it is.

chi_par[1]    = ∂K'[1,1]/∂K[1,1]        along one input
chi_perp[1,2] = ∂K'[1,2]/∂K[1,2]        chi_perp[1]: the same at coincident inputs
h[1]          = (1/2) ∂chi_perp[1]/∂K[1,1]
"""

from __future__ import annotations

from fractions import Fraction

from ptheory.algebra.polynomial import Polynomial
from ptheory.algebra.refusal import Refusal
from ptheory.networks.fields import Field
from ptheory.recursion.closure import reads_earlier_layers
from ptheory.recursion.means.by_kernel import by_kernel
from ptheory.recursion.means.layer_functions import carried_onto_factors
from ptheory.recursion.means.relabel import with_samples
from ptheory.recursion.normal_form import sum_out_dummies
from ptheory.recursion.places import Sample
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensors import Expectation, Leg
from ptheory.recursion.variables import leading_kernel


class SeveralFields(Refusal):
    """A susceptibility of an architecture with several fields, or that reads several layers, is not one number."""


def chi_par(system: RecursionSystem, sample: int) -> Polynomial:
    """∂K'[a,a]/∂K[a,a] at sample a: how the kernel of one input responds to itself. Raises SeveralFields."""
    leg = Leg(_only_field(system), Sample(sample))
    return by_kernel(_next_kernel(system, leg, leg), leg, leg)


def chi_perp(system: RecursionSystem, first: int, second: int) -> Polynomial:
    """∂K'[a,b]/∂K[a,b] at samples a and b; equal ones are the limit of different ones. Raises SeveralFields."""
    field = _only_field(system)
    other = second if second != first else first + 1
    a, b = Leg(field, Sample(first)), Leg(field, Sample(other))
    slope = by_kernel(_next_kernel(system, a, b), a, b)
    on_factors = slope.map_atoms(lambda atom: carried_onto_factors(atom) if isinstance(atom, Expectation) else None)
    return with_samples(on_factors, {first: first, other: second})


def h(system: RecursionSystem, sample: int) -> Polynomial:
    """½ ∂chi_perp/∂K[a,a], both legs of chi_perp at sample a. Raises SeveralFields."""
    leg = Leg(_only_field(system), Sample(sample))
    return by_kernel(chi_perp(system, sample, sample), leg, leg) * Fraction(1, 2)


def _only_field(system: RecursionSystem) -> Field:
    fields = system.model.architecture.fields
    if len(fields) != 1 or reads_earlier_layers(system.model.architecture):
        raise SeveralFields
    return Field(fields[0])


def _next_kernel(system: RecursionSystem, a: Leg, b: Leg) -> Polynomial:
    return sum_out_dummies(system.right_hand_side(leading_kernel(a, b)), system.model.sites)
