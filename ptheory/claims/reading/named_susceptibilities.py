"""Susceptibilities derived from the kernel recursion of the architecture at hand, whatever it is.

    chi_par[1]    = ∂K'[1,1]/∂K[1,1]        along one input
    chi_perp[1,2] = ∂K'[1,2]/∂K[1,2]        chi_perp[1]: the same at coincident inputs
    h[1]          = (1/2) ∂chi_perp[1]/∂K[1,1]

An expectation depends on K through ∂⟨F⟩/∂K_ab = ⟨∂_a ∂_b F⟩ for a ≠ b (K_ab and K_ba move together) and half of that
for a = b. The outer derivatives are kept where they are, so that at a kink nothing is split into divergent parts.
"""

from __future__ import annotations

from fractions import Fraction

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.algebra.refusal import Refusal
from ptheory.networks.fields import Field
from ptheory.recursion.closure import reads_earlier_layers
from ptheory.recursion.dummies import relabel_atom
from ptheory.recursion.normal_form import sum_out_dummies
from ptheory.recursion.susceptibilities import product_rule
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensors import Expectation, Leg, SiteFactor, Tensor, expectation
from ptheory.recursion.variables import leading_kernel


class SeveralFields(Refusal):
    """A susceptibility of an architecture with several fields, or that reads several layers, is not one number."""


def chi_par(system: RecursionSystem, sample: int) -> Polynomial:
    """∂K'[a,a]/∂K[a,a] at sample a: how the kernel of one input responds to itself."""
    leg = Leg(_only_field(system), sample)
    return kernel_derivative(_next_kernel(system, leg, leg), leg, leg)


def chi_perp(system: RecursionSystem, first: int, second: int) -> Polynomial:
    """At two inputs; equal ones are the limit of different ones."""
    field = _only_field(system)
    a, b = Leg(field, first), Leg(field, second if second != first else first + 1)
    slope = _derivatives_carried_out(kernel_derivative(_next_kernel(system, a, b), a, b))
    return slope if first != second else _relabelled(slope, b, a)


def h(system: RecursionSystem, sample: int) -> Polynomial:
    """½ ∂chi_perp/∂K[a,a], both legs of chi_perp at sample a."""
    leg = Leg(_only_field(system), sample)
    return kernel_derivative(chi_perp(system, sample, sample), leg, leg) * Fraction(1, 2)


def kernel_derivative(polynomial: Polynomial, a: Leg, b: Leg) -> Polynomial:
    """∂/∂K_ab of a polynomial in scalars, K and expectations; K_ab is symmetric, other tensors constant."""
    kernel = leading_kernel(a, b)
    weight = Fraction(1, 2) if a == b else Fraction(1)
    parts = []
    for monomial, coefficient in polynomial:
        for k, (atom, exponent) in enumerate(monomial):
            rest = list(monomial)
            rest[k : k + 1] = [(atom, exponent - 1)] if exponent != 1 else []
            scale = Polynomial({tuple(rest): coefficient * exponent})
            if atom == kernel:
                parts.append(scale)
            elif isinstance(atom, Expectation) and {a.sample, b.sample} <= {f.sample for f in atom.factors}:
                parts.append(scale * Polynomial.atom(atom.differentiated(a, b)) * weight)
    return Polynomial.sum(parts)


def _only_field(system: RecursionSystem) -> Field:
    fields = system.model.architecture.fields
    if len(fields) != 1 or reads_earlier_layers(system.model.architecture):
        raise SeveralFields
    return Field(fields[0])


def _next_kernel(system: RecursionSystem, a: Leg, b: Leg) -> Polynomial:
    return sum_out_dummies(system.right_hand_side(leading_kernel(a, b)), system.model.sites)


def _derivatives_carried_out(polynomial: Polynomial) -> Polynomial:
    """The outer derivatives of every expectation moved onto its factors by the product rule."""
    return polynomial.map_atoms(lambda atom: product_rule(atom) if isinstance(atom, Expectation) else None)


def _relabelled(polynomial: Polynomial, old: Leg, new: Leg) -> Polynomial:
    def replace(atom: Atom) -> Polynomial | None:
        if isinstance(atom, Expectation):
            factors = tuple(
                SiteFactor(f.site, f.derivatives, new.sample if f.sample == old.sample else f.sample)
                for f in atom.factors
            )
            return Polynomial.atom(expectation(factors, atom.derivatives))
        if isinstance(atom, Tensor):
            return Polynomial.atom(relabel_atom(atom, lambda leg: new if leg == old else leg))
        return None

    return polynomial.map_atoms(replace)
