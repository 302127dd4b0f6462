"""Averages of sums as sums of averages of single products, where algebra is done, and back, as they are read."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeGuard

from ptheory.algebra.factoring import factors
from ptheory.algebra.polynomial import Atom, Monomial, Polynomial, multiply_monomials
from ptheory.recursion.jets import FieldValue, Jet
from ptheory.rendering.brackets import MeanAtom, primitive_part


def in_single_means(polynomial: Polynomial) -> Polynomial:
    """⟨a F + b G⟩ = a ⟨F⟩ + b ⟨G⟩ for products F, G of jets and preactivations; left are averages of derivatives."""
    return polynomial.map_atoms(lambda atom: _linear(atom) if _is_plain(atom) else None)


def _is_plain(atom: Atom) -> TypeGuard[MeanAtom]:
    """An average of the leading law that no derivative acts on."""
    return isinstance(atom, MeanAtom) and not atom.derivatives and not atom.fluctuating


def _linear(atom: MeanAtom) -> Polynomial:
    parts = []
    for monomial, coefficient in atom.body:
        random = tuple((a, e) for a, e in monomial if isinstance(a, (Jet, FieldValue)))
        scalars = Polynomial({tuple(item for item in monomial if item not in random): coefficient})
        mean = MeanAtom(Polynomial({random: Fraction(1)}))
        parts.append(scalars * Polynomial.atom(mean) if random else scalars)
    return Polynomial.sum(parts)


def in_joint_means(coefficient: Polynomial) -> Polynomial:
    """a ⟨F⟩ + b ⟨G⟩ = c ⟨a/c F + b/c G⟩, factor by factor, wherever the same stands beside the averages."""
    if not any(isinstance(atom, MeanAtom) for atom in coefficient.atoms()):
        return coefficient
    content, parts = factors(coefficient)
    product = Polynomial.constant(content)
    for part, exponent in parts:
        product = product * _joined(part) ** exponent
    return product


def _joined(factor: Polynomial) -> Polynomial:
    """One irreducible factor; it may be a power of one atom."""
    if len(factor) < 2:
        return factor
    beside: dict[Monomial, dict[Monomial, Fraction]] = {}
    others: dict[Monomial, Fraction] = {}
    for monomial, coefficient in factor:
        means = [(atom, exponent) for atom, exponent in monomial if isinstance(atom, MeanAtom)]
        if len(means) == 1 and means[0][1] == 1 and _is_plain(means[0][0]):
            (mean, _) = means[0]
            rest = tuple(item for item in monomial if item[0] != mean)
            (inside,) = mean.body.terms
            beside.setdefault(rest, {})[inside] = coefficient
        else:
            others[monomial] = coefficient
    total = Polynomial(others)
    for rest, bodies in beside.items():
        scale, body = primitive_part(Polynomial(bodies))
        joint = Polynomial.atom(MeanAtom(body))
        total = total + Polynomial({rest: Fraction(1)}) * scale * joint
    return total


def without(monomial: Monomial, divisor: Monomial) -> Monomial:
    """monomial / divisor."""
    return multiply_monomials(monomial, tuple((atom, -exponent) for atom, exponent in divisor))
