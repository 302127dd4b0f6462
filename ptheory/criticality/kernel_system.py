"""A one-input recursion system as plain data, and what follows from it by differentiation.

The kernel recursion K' = f(K) and the two-input off-diagonal recursion K12' = f12 are polynomials whose atoms are
hyperparameters (``Symbol``), quantities of the layer below (``Quantity``) and Gaussian averages over it (``Average``);
the tower (V, Theta, D, ...) is a list of recursions X' = rhs, linear in X. Susceptibilities are derivatives of these:

    parallel        d f / d K                            (Gaussian averages: d<F>/dK = <F''>/2)
    perpendicular   d f12 / d K12 at K11 = K22 = K12 = K (d<F(z1) G(z2)>/dK12 = <F' G'>)

Nothing in this package knows which architecture a system came from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ptheory.algebra.polynomial import Atom, Monomial, Polynomial, SortKey, Symbol
from ptheory.algebra.refusal import Refusal

KERNEL = "K"  # no tensor may be declared under this name
PAIR = "K[1,2]"  # nor under one with brackets


@dataclass(frozen=True)
class Quantity:
    """A tensor of the layer below at one input: K, V, Theta, ...; K[1,2] in the two-input recursion."""

    name: str

    @property
    def sort_key(self) -> SortKey:
        return (3, self.name)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, order=True)
class Site:
    """The m-th derivative of the site function number ``function`` at variable ``variable``."""

    function: int
    order: int = 0
    variable: int = 0


@dataclass(frozen=True)
class Average:
    """< d_{derivatives} ( prod_k site_k * prod_a z_a^powers[a] ) > over the Gaussian law of the layer below.

    ``derivatives`` lists variables and acts on the whole product. Build with :func:`average`.
    """

    sites: tuple[Site, ...]
    powers: tuple[int, ...] = ()
    derivatives: tuple[int, ...] = ()

    @property
    def sort_key(self) -> SortKey:
        return (4, tuple((s.function, s.order, s.variable) for s in self.sites), self.powers, self.derivatives)

    def __str__(self) -> str:
        inside = " ".join(f"φ{s.function}{chr(39) * s.order}({s.variable})" for s in self.sites)
        inside += "".join(f" z{a}^{p}" for a, p in enumerate(self.powers) if p)
        return f"⟨{''.join(f'∂{a} ' for a in self.derivatives)}{inside.strip()}⟩"


def average(sites: Sequence[Site], powers: Sequence[int] = (), derivatives: Sequence[int] = ()) -> Average:
    """⟨∂ prod phi prod z^p⟩ in canonical order: sites and derivatives sorted, powers without zeros at the end."""
    trimmed = list(powers)
    while trimmed and not trimmed[-1]:
        trimmed.pop()
    return Average(tuple(sorted(sites)), tuple(trimmed), tuple(sorted(derivatives)))


@dataclass(frozen=True)
class LinearRecursion:
    """X' = rhs: linear in X, polynomial in the quantities solved before it."""

    name: str
    rhs: Polynomial


@dataclass(frozen=True)
class RecursionSystem:
    """See the module docstring.

    ``bias`` and ``weight`` are the variances tuned at criticality, ``rates`` the learning rates, which may depend on
    depth. ``functions`` counts the site functions. ``kernel_name``, ``vertex`` and ``tangent`` are what the kernel, the
    four-point vertex and the neural tangent kernel were declared as, the last two where the tower has them; inside this
    package the kernel is always KERNEL.
    """

    name: str
    kernel: Polynomial
    pair: Polynomial
    tower: tuple[LinearRecursion, ...]
    bias: Symbol
    weight: Symbol
    rates: tuple[Symbol, ...]
    kernel_name: str
    vertex: str | None = None
    tangent: str | None = None
    functions: int = 1

    @property
    def vertex_ratio(self) -> str:
        """The relative size of the fluctuations between networks, in words: V/(nK^2); empty without a vertex."""
        return f"{self.vertex}/(n{self.kernel_name}^2)" if self.vertex is not None else ""

    @property
    def parallel_susceptibility(self) -> Polynomial:
        """d f / d K."""
        return kernel_derivative(self.kernel)

    @property
    def perpendicular_susceptibility(self) -> Polynomial:
        """d f12 / d K12 at coinciding inputs: how an angular perturbation at equal norms propagates."""
        return at_coincidence(pair_derivative(self.pair))

    def recursion(self, name: str) -> LinearRecursion:
        """The recursion of the quantity called ``name``. Raises KeyError where the tower has none."""
        for entry in self.tower:
            if entry.name == name:
                return entry
        raise KeyError(name)


def differentiate(polynomial: Polynomial, atom_derivative: Callable[[Atom], Polynomial | None]) -> Polynomial:
    """The derivative of a polynomial, given the derivatives of its atoms (None: constant)."""
    parts = []
    for monomial, coefficient in polynomial:
        for position, (atom, exponent) in enumerate(monomial):
            inner = atom_derivative(atom)
            if inner is None or not inner:
                continue
            rest = Polynomial({monomial[:position] + monomial[position + 1 :]: coefficient * exponent})
            if exponent != 1:
                rest = rest * Polynomial.atom(atom, exponent - 1)
            parts.append(rest * inner)
    return Polynomial.sum(parts)


def kernel_derivative(polynomial: Polynomial) -> Polynomial:
    """d/dK of a one-input polynomial in K and averages."""

    def rule(atom: Atom) -> Polynomial | None:
        if isinstance(atom, Average):
            raised = average(atom.sites, atom.powers, (*atom.derivatives, 0, 0))
            return Polynomial.atom(raised) * Fraction(1, 2)
        if isinstance(atom, Quantity):
            return Polynomial.constant(1) if atom.name == KERNEL else None
        return None

    return differentiate(polynomial, rule)


def pair_derivative(polynomial: Polynomial) -> Polynomial:
    """d/dK12 of a two-input polynomial in K12 and averages over variables 0 and 1."""

    def rule(atom: Atom) -> Polynomial | None:
        if isinstance(atom, Average):
            return Polynomial.atom(average(atom.sites, atom.powers, (*atom.derivatives, 0, 1)))
        if isinstance(atom, Quantity):
            return Polynomial.constant(1) if atom.name == PAIR else None
        return None

    return differentiate(polynomial, rule)


def at_coincidence(polynomial: Polynomial) -> Polynomial:
    """Both inputs equal: derivatives act on their own variable first, then every variable becomes variable 0."""

    def merge(atom: Atom) -> Polynomial | None:
        if isinstance(atom, Average):
            parts = []
            for term, coefficient in carry_out_derivatives(atom):
                sites = tuple(replace(s, variable=0) for s in term.sites)
                parts.append(Polynomial.atom(average(sites, (sum(term.powers),))) * coefficient)
            return Polynomial.sum(parts)
        if isinstance(atom, Quantity) and atom.name == PAIR:
            return Polynomial.atom(Quantity(KERNEL))
        return None

    return polynomial.map_atoms(merge)


def carry_out_derivatives(term: Average) -> list[tuple[Average, int]]:
    """The product rule applied to every outer derivative: averages without derivatives, with multiplicities."""
    total: dict[Average, int] = {replace(term, derivatives=()): 1}
    for variable in term.derivatives:
        after: dict[Average, int] = {}
        for inner, count in total.items():
            for position, site in enumerate(inner.sites):
                if site.variable == variable:
                    raised = replace(site, order=site.order + 1)
                    sites = (*inner.sites[:position], raised, *inner.sites[position + 1 :])
                    new = average(sites, inner.powers)
                    after[new] = after.get(new, 0) + count
            if variable < len(inner.powers) and inner.powers[variable]:
                power = inner.powers[variable]
                lowered = (*inner.powers[:variable], power - 1, *inner.powers[variable + 1 :])
                new = average(inner.sites, lowered)
                after[new] = after.get(new, 0) + count * power
        total = after
    return list(total.items())


def expanded(polynomial: Polynomial) -> Polynomial:
    """The same polynomial with every outer derivative carried out by the product rule."""

    def carry(atom: Atom) -> Polynomial | None:
        if isinstance(atom, Average) and atom.derivatives:
            return Polynomial.sum(Polynomial.atom(a) * c for a, c in carry_out_derivatives(atom))
        return None

    return polynomial.map_atoms(carry)


class NotAffine(Refusal):
    """A recursion has other powers of a variance or tensor than the zeroth and the first."""


def coefficient_of(polynomial: Polynomial, atom: Atom) -> tuple[Polynomial, Polynomial]:
    """(p0, p1) with polynomial = p0 + p1 atom; NotAffine where it is not affine in the atom."""
    without: dict[Monomial, Fraction] = {}
    linear: dict[Monomial, Fraction] = {}
    for monomial, coefficient in polynomial:
        powers = dict(monomial)
        exponent = powers.pop(atom, 0)
        if exponent not in (0, 1):
            raise NotAffine(f"not affine in {atom}")
        target = linear if exponent else without
        target[tuple((a, e) for a, e in monomial if a != atom)] = coefficient
    return Polynomial(without), Polynomial(linear)
