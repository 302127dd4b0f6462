r"""Identities of Gaussian expectations as rules with stated validity, and the normal form they lead to.

Every rule rewrites one moment as a sum of others. The normal form drops what is odd, carries out outer derivatives by
the
product rule, uses homogeneity, and removes explicit z by Stein: what is left is a polynomial in the kernel K_ab and in
averages ⟨Π σ_i^(m_i)(z_a)⟩ without explicit z. At fixed non-singular K these averages are linearly independent over
smooth σ, so two expressions agree for every σ exactly when their normal forms are identical. Price's theorem,
∂⟨F⟩/∂K_ab = ⟨∂_a∂_b F⟩ (a ≠ b) or ½⟨∂_a² F⟩ (a = b), needs no rule: ``Moment.kernel_derivative`` is its right side.

The engine does not use these rules: its own verbs, on jets at legs, are in ``recursion/means``. The two share sums of
terms and nothing else, and a test holds them against each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import sympy

from ptheory.activations.activation import Activation
from ptheory.activations.symbols import Z
from ptheory.algebra.polynomial import Polynomial, SortKey
from ptheory.expectations.moments import Moment

Sum = list[tuple[Polynomial, Moment]]


@dataclass(frozen=True)
class Kernel:
    """K_ab as an atom of a polynomial, a ≤ b."""

    a: int
    b: int

    @property
    def sort_key(self) -> SortKey:
        return (3, self.a, self.b)

    def __str__(self) -> str:
        return f"K{self.a}{self.b}"


@dataclass(frozen=True)
class GenericActivation(Activation):
    """An activation of which only declared symmetries are known."""

    declared_parity: int | None = None
    declared_degree: int | None = None

    @cached_property
    def parity(self) -> int | None:
        return self.declared_parity

    @cached_property
    def homogeneous_degree(self) -> int | None:
        return self.declared_degree

    def __hash__(self) -> int:
        return hash((self.name, self.declared_parity, self.declared_degree))


def generic(name: str, parity: int | None = None, homogeneous_degree: int | None = None) -> GenericActivation:
    """A smooth activation without a formula; parity ±1 and positive homogeneity may be declared."""
    formula = sympy.Function(name)(Z)
    return GenericActivation(name, formula, declared_parity=parity, declared_degree=homogeneous_degree)


@dataclass(frozen=True)
class Rule:
    """``apply`` returns the moments that replace a moment, or None where the rule does not apply."""

    name: str
    statement: str
    valid_when: str
    source: str
    apply: Callable[[Moment], Sum | None]


def kernel(a: int, b: int) -> Polynomial:
    """K_ab as a polynomial of one term; K_ab = K_ba."""
    return Polynomial.atom(Kernel(min(a, b), max(a, b)))


def product_rule(moment: Moment) -> Sum | None:
    """⟨∂_a F⟩ with the derivative carried out on every factor of F."""
    if not moment.derivatives:
        return None
    variable, rest = moment.derivatives[0], moment.derivatives[1:]
    slopes = Moment(moment.factors, moment.powers, rest).slopes(variable)
    return [(Polynomial.constant(times), slope) for times, slope in slopes]


def stein(moment: Moment) -> Sum | None:
    """⟨z_a F⟩ = Σ_b K_ab ⟨∂_b F⟩: one explicit power removed."""
    if moment.derivatives or not moment.powers:
        return None
    a = next(k for k, p in enumerate(moment.powers) if p)
    lowered = Moment(moment.factors, tuple(p - (k == a) for k, p in enumerate(moment.powers)))
    used = sorted({v for _, _, v in lowered.factors} | {k for k, p in enumerate(lowered.powers) if p})
    return [(kernel(a, b) * times, slope) for b in used for times, slope in lowered.slopes(b)]


def parity_rule(moment: Moment) -> Sum | None:
    """No terms where the integrand is odd under z → −z; the rule says nothing about an even one."""
    return [] if moment.is_odd else None


def euler(moment: Moment) -> Sum | None:
    """⟨z_a σ^(m)(z_a) …⟩ = (k − m + 1) ⟨σ^(m−1)(z_a) …⟩ for m ≥ 1 and σ homogeneous of degree k."""
    if moment.derivatives:
        return None
    for k, (activation, m, a) in enumerate(moment.factors):
        degree = activation.homogeneous_degree
        if m and degree is not None and moment.power(a):
            factors = (*moment.factors[:k], (activation, m - 1, a), *moment.factors[k + 1 :])
            powers = tuple(p - (v == a) for v, p in enumerate(moment.powers))
            return [(Polynomial.constant(degree - m + 1), Moment(factors, powers))]
    return None


RULES = (
    Rule(
        "parity",
        "⟨F⟩ = 0 when F(−z) = −F(z)",
        "every activation even or odd, F integrable",
        "symmetry of the centred Gaussian",
        parity_rule,
    ),
    Rule(
        "product rule",
        "∂_a(FG) = (∂_a F)G + F ∂_a G",
        "smooth activations; kinked ones as long as no two deltas and no delta and jump meet at one variable",
        "Leibniz",
        product_rule,
    ),
    Rule(
        "Euler",
        "z σ^(m)(z) = (p − m + 1) σ^(m−1)(z)",
        "σ positively homogeneous of degree p; away from 0, hence under ⟨·⟩ as long as σ^(m−1) carries no delta",
        "Euler's theorem on homogeneous functions",
        euler,
    ),
    Rule(
        "Stein",
        "⟨z_a F⟩ = Σ_b K_ab ⟨∂_b F⟩",
        "F absolutely continuous in each variable, F and ∂F integrable; any K, singular included",
        "Stein 1972; Isserlis 1918 for polynomials",
        stein,
    ),
)


def normal_form(moment: Moment) -> Polynomial:
    """The moment as a polynomial in kernels and in moments without explicit z; see the module docstring."""
    for rule in RULES:
        found = rule.apply(moment)
        if found is not None:
            return Polynomial.sum(weight * normal_form(part) for weight, part in found)
    if not moment.factors:
        return Polynomial.constant(1)
    return Polynomial.atom(Moment(moment.factors))
