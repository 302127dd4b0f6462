"""Whole tensors of layer l+1 in those of layer l, where the recursion of moments ends: exactly in n.

    Ĝ'[a,b] = C_b + (C_W/n) sum_j φ_a(z_j) φ_b(z_j),

so E[Ĝ' Ĝ' ...] is a sum over coincidences of the summed neurons of averages ⟨φ φ ...⟩ at the covariance Ĝ. Where these
are polynomials in Ĝ (polynomial activations; at one input also ReLU and the like), it is one in moments of Ĝ.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from ptheory.algebra.partitions import moebius_coefficient, set_partitions
from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.algebra.refusal import DivisionByZero, Refusal
from ptheory.claims.moments.cumulants import Components, Cumulants
from ptheory.claims.moments.whole_tensor import WholeTensor
from ptheory.claims.points.bound_moments import BoundMoments
from ptheory.claims.terms.claim_normal_form import ClaimNormalForm
from ptheory.claims.terms.ratio import Ratio
from ptheory.expectations.expectation_errors import ExpectationError
from ptheory.expectations.symbolic_arithmetic import NoClosedForm
from ptheory.recursion.coincidences import conditional_mean
from ptheory.recursion.next_layer import collective_as_neuron_sums
from ptheory.recursion.tensors import WIDTH, Collective, Expectation, Tensor

if TYPE_CHECKING:
    from ptheory.activations import Activation

MOST_SUMS = 4  # covariances of layer l+1 in one moment


class DoesNotEnd(Refusal):
    """An average that is no polynomial in the covariances."""


class LayerBelow:
    """Of one network with its activations bound."""

    def __init__(self, cumulants: Cumulants, normal: ClaimNormalForm, binding: Mapping[str, Activation]) -> None:
        self.cumulants = cumulants
        self.model = cumulants.system.model
        self.bound = BoundMoments(normal, binding)
        self._moments: dict[Components, Polynomial] = {}
        self._averages: dict[Atom, Polynomial] = {}

    def whole(self, atom: WholeTensor) -> Polynomial:
        """n^power κ(C'_1, ..., C'_m) of layer l+1 in hyperparameters, n and whole tensors of layer l. DoesNotEnd."""
        components = atom.tensor.components
        if not all(component.is_covariance for component in components) or len(components) > MOST_SUMS:
            raise DoesNotEnd(f"{atom} is no cumulant of up to {MOST_SUMS} covariances")
        parts = []
        for partition in set_partitions(components):
            value = Polynomial.constant(moebius_coefficient(len(partition)))
            for block in partition:
                value = value * self.moment(tuple(block))
            parts.append(value)
        return Polynomial.atom(WIDTH, atom.tensor.power) * Polynomial.sum(parts) if atom.tensor.power else parts[0]

    def moment(self, components: Components) -> Polynomial:
        """E[Ĝ' Ĝ' ...]. DoesNotEnd."""
        key = tuple(sorted(components, key=lambda c: c.sort_key))
        if key not in self._moments:
            sums = [collective_as_neuron_sums(self.model, component) for component in key]
            given_below = conditional_mean(sums).map_atoms(self._average)
            self._moments[key] = Polynomial.sum(self._over_layers(m, c) for m, c in given_below)
        return self._moments[key]

    def _average(self, atom: Atom) -> Polynomial | None:
        """⟨φ φ ...⟩ as a polynomial in covariances Ĝ."""
        if not isinstance(atom, Expectation):
            return None
        if atom not in self._averages:
            self._averages[atom] = self._average_anew(atom)
        return self._averages[atom]

    def _average_anew(self, atom: Expectation) -> Polynomial:
        try:
            value = self.bound.of(Ratio.atom(atom))
        except (NoClosedForm, ExpectationError, DivisionByZero):
            raise DoesNotEnd(str(atom)) from None
        if value.factors or not all(_is_plain(a, e) for monomial in value.numerator.terms for a, e in monomial):
            raise DoesNotEnd(str(atom))
        return value.numerator.map_atoms(
            lambda found: Polynomial.atom(found.components[0]) if isinstance(found, Tensor) else None
        )

    def _over_layers(self, monomial: tuple[tuple[Atom, int], ...], coefficient: Fraction) -> Polynomial:
        """E over the layers below of a product of covariances, its other factors left as they are."""
        covariances = tuple(a for a, e in monomial if isinstance(a, Collective) for _ in range(e))
        rest = tuple((a, e) for a, e in monomial if not isinstance(a, Collective))
        return Polynomial({rest: coefficient}) * self.cumulants.joint_mean(covariances, False)


def _is_plain(atom: Atom, exponent: int) -> bool:
    """A hyperparameter, or a covariance to a whole power."""
    return isinstance(atom, Symbol) or (isinstance(atom, Tensor) and atom.is_kernel and exponent > 0)
