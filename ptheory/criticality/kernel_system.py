"""A one-input recursion system as plain data, and what follows from it by differentiation.

The kernel recursion K' = f(K) and the two-input off-diagonal recursion K12' = f12 are polynomials whose atoms are
hyperparameters (``Symbol``), quantities of the layer below (``Quantity``) and Gaussian averages over it (``Mean``);
the tower (V, Theta, D, ...) is a list of recursions X' = rhs, linear in X. Susceptibilities are derivatives of these:

    parallel        d f / d K                            (Gaussian averages: d<F>/dK = <F''>/2)
    perpendicular   d f12 / d K12 at K11 = K22 = K12 = K (d<F(z1) G(z2)>/dK12 = <F' G'>)

Nothing in this package knows which architecture a system came from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from ptheory.algebra.polynomial import Atom, Monomial, Polynomial, SortKey, Symbol
from ptheory.algebra.refusal import Refusal
from ptheory.language.expressions import Expression
from ptheory.networks.fields import Field
from ptheory.recursion.jets import FieldValue, Jet
from ptheory.recursion.means.by_kernel import by_kernel
from ptheory.recursion.means.mean import Mean, mean_of
from ptheory.recursion.means.product_rule import differentiate
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import Leg

KERNEL = "K"  # no tensor may be declared under this name
PAIR = "K[1,2]"  # nor under one with brackets
FIRST, SECOND = Leg(Field("z"), Sample(1)), Leg(Field("z"), Sample(2))  # the variables of averages


@dataclass(frozen=True)
class Quantity:
    """A tensor of the layer below at one input: K, V, Theta, ...; K[1,2] in the two-input recursion."""

    name: str

    @property
    def sort_key(self) -> SortKey:
        return (3, self.name)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class LinearRecursion:
    """X' = rhs: linear in X, polynomial in the quantities solved before it."""

    name: str
    rhs: Polynomial


@dataclass(frozen=True)
class RecursionSystem:
    """See the module docstring.

    ``bias`` and ``weight`` are the variances tuned at criticality, ``rates`` the learning rates, which may depend on
    depth. ``kernel_name``, ``vertex`` and ``tangent`` are what the kernel, the four-point vertex and the neural tangent
    kernel were declared as, the last two where the tower has them; inside this package the kernel is always KERNEL.
    ``functions`` are those in the averages: activations by name, or formulas in z. ``constants``: the hyperparameters
    that stand in outputs alone, which are the same at every depth. ``at_large_depth``: quantities whose recursions hold
    to leading order in 1/l alone.
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
    functions: tuple[str | Expression, ...] = ()
    constants: tuple[Symbol, ...] = ()
    at_large_depth: frozenset[str] = frozenset()

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


def kernel_derivative(polynomial: Polynomial) -> Polynomial:
    """d/dK of a one-input polynomial in K and averages."""
    return by_kernel(polynomial, FIRST, FIRST, Quantity(KERNEL))


def pair_derivative(polynomial: Polynomial) -> Polynomial:
    """d/dK12 of a two-input polynomial in K12 and averages over two inputs."""
    return by_kernel(polynomial, FIRST, SECOND, Quantity(PAIR))


def at_coincidence(polynomial: Polynomial) -> Polynomial:
    """Both inputs equal: derivatives act on their own variable first, then every variable is that of the first."""

    def merge(atom: Atom) -> Polynomial | None:
        if isinstance(atom, Mean):
            return mean_of(differentiate(atom.integrand, *atom.derivatives).rename_atoms(_at_the_first))
        if isinstance(atom, Quantity) and atom.name == PAIR:
            return Polynomial.atom(Quantity(KERNEL))
        return None

    return polynomial.map_atoms(merge)


def _at_the_first(factor: Atom) -> Atom:
    return replace(factor, leg=FIRST) if isinstance(factor, (Jet, FieldValue)) else factor


def expanded(polynomial: Polynomial) -> Polynomial:
    """The same polynomial with every outer derivative carried out by the product rule."""

    def carry(atom: Atom) -> Polynomial | None:
        if not isinstance(atom, Mean) or not atom.derivatives:
            return None
        return mean_of(differentiate(atom.integrand, *atom.derivatives))

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
