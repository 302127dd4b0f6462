"""Susceptibilities of a one-field layer as derivatives of its derived kernel recursion.

    chi_par  = ∂K'/∂K                          one input,            ∂⟨F⟩/∂K = ⟨F''⟩/2
    chi_perp = ∂K'[1,2]/∂K[1,2] at K = K[1,1]  two inputs made equal, ∂⟨F⟩/∂K[1,2] = ⟨∂_1 ∂_2 F⟩

Both identities hold for any F whose derivative exists in the sense of distributions (Price, Bonnet).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.networks.fields import Field
from ptheory.recursion.closure import reads_earlier_layers
from ptheory.recursion.dummies import relabel_atom
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensors import Expectation, Leg, SiteFactor, Tensor, expectation
from ptheory.recursion.variables import leading_kernel


@dataclass(frozen=True)
class Susceptibilities:
    """Polynomials in hyperparameters and expectations at one input (sample 1)."""

    parallel: Polynomial
    perpendicular: Polynomial


def susceptibilities(system: RecursionSystem) -> Susceptibilities | None:
    """None for an architecture with several fields, or that reads several layers, where it is a matrix."""
    fields = system.model.architecture.fields
    if len(fields) != 1 or reads_earlier_layers(system.model.architecture):
        return None
    first, second = Leg(Field(fields[0]), 1), Leg(Field(fields[0]), 2)
    two_inputs = system.right_hand_side(leading_kernel(first, second))
    one_input = two_inputs.map_atoms(_at_one_input)
    return Susceptibilities(
        kernel_derivative(one_input, first, first),
        kernel_derivative(two_inputs, first, second).map_atoms(_at_one_input),
    )


def kernel_derivative(polynomial: Polynomial, left: Leg, right: Leg) -> Polynomial:
    """∂/∂K[left, right] of a polynomial in expectations and tensors; K is symmetric."""
    parts = []
    for monomial, coefficient in polynomial:
        for k, (atom, exponent) in enumerate(monomial):
            slope = _slope(atom, left, right)
            if slope:
                rest = (*monomial[:k], *(((atom, exponent - 1),) if exponent > 1 else ()), *monomial[k + 1 :])
                parts.append(Polynomial({rest: coefficient * exponent}) * slope)
    return Polynomial.sum(parts)


def _slope(atom: Atom, left: Leg, right: Leg) -> Polynomial:
    if isinstance(atom, Expectation):
        slope = expectation(atom.factors, (*atom.derivatives, left, right))
        return Polynomial.atom(slope) * Fraction(1, 2) if left == right else product_rule(slope)
    return Polynomial.constant(int(atom == leading_kernel(left, right)))


def product_rule(expected: Expectation) -> Polynomial:
    """The outer derivatives of an expectation on its site factors, so that samples may then be set equal."""
    terms = Polynomial.atom(expectation(expected.factors))
    for leg in expected.derivatives:
        parts = []
        for monomial, coefficient in terms:
            ((atom, _),) = monomial
            assert isinstance(atom, Expectation)
            for k, factor in enumerate(atom.factors):
                if factor.sample == leg.sample:
                    moved = SiteFactor(factor.site, tuple(sorted((*factor.derivatives, leg.field))), factor.sample)
                    factors = (*atom.factors[:k], moved, *atom.factors[k + 1 :])
                    parts.append(Polynomial.atom(expectation(factors)) * coefficient)
        terms = Polynomial.sum(parts)
    return terms


def _at_one_input(atom: Atom) -> Polynomial | None:
    if isinstance(atom, Expectation):
        factors = tuple(SiteFactor(f.site, f.derivatives, 1) for f in atom.factors)
        return Polynomial.atom(expectation(factors, tuple(Leg(leg.field, 1) for leg in atom.derivatives)))
    if isinstance(atom, Tensor):
        return Polynomial.atom(relabel_atom(atom, lambda leg: Leg(leg.field, 1)))
    return None
