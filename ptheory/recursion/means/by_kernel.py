"""The derivative of a mean by the covariance it is taken at (Price, Bonnet).

    ∂⟨F⟩/∂K_ab = ⟨∂_a ∂_b F⟩ for a ≠ b (K_ab and K_ba move together),     ∂⟨F⟩/∂K_aa = ⟨∂_a ∂_a F⟩/2

hold for any F whose derivative exists in the sense of distributions. The derivatives stay outside, so that at a kink
nothing is split into divergent parts.
"""

from __future__ import annotations

from fractions import Fraction

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.recursion.means.mean import Mean, reads
from ptheory.recursion.tensors import Expectation, Leg
from ptheory.recursion.variables import leading_kernel


def by_kernel(polynomial: Polynomial, a: Leg, b: Leg, kernel: Atom | None = None) -> Polynomial:
    """∂/∂K_ab of a polynomial in scalars, means and K_ab, which is symmetric; all else is constant.

    ``kernel``: the atom that stands for K_ab, where it is not the tensor.
    """
    entry = leading_kernel(a, b) if kernel is None else kernel
    weight = Fraction(1, 2) if a == b else Fraction(1)

    def slope(atom: Atom) -> Polynomial | None:
        if atom == entry:
            return Polynomial.constant(1)
        if isinstance(atom, (Expectation, Mean)) and reads(atom, a) and reads(atom, b):
            return Polynomial.atom(atom.differentiated(a, b)) * weight
        return None

    return polynomial.derivative(slope)
