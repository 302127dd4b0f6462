"""An activation function: a formula, and the facts that follow from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import sympy
from sympy import Expr, S

from ptheory.activations.activation_errors import KinkAtZero
from ptheory.activations.branches import Branch, Branches, branches
from ptheory.activations.discovery import pieces_of_branches
from ptheory.activations.growth import Envelope, envelope
from ptheory.activations.pieces import Pieces
from ptheory.activations.symbols import Z
from ptheory.activations.taylor import taylor_coefficients

SMOOTHNESS_CHECKED = 8


@dataclass(frozen=True)
class Derivative:
    """σ^(m) as a distribution: ``regular`` almost everywhere, plus Σ coefficient · δ^(order)(z − point)."""

    regular: Expr
    deltas: tuple[tuple[Expr, int, Expr], ...]


@dataclass(frozen=True)
class Activation:
    """A real function σ(z) of one variable; equal when name and formula are.

    ``source`` cites where the family comes from; every other fact is derived from ``formula``.
    """

    name: str
    formula: Expr
    parameters: tuple[tuple[str, Expr], ...] = ()
    source: str = field(default="", compare=False)

    @cached_property
    def sort_key(self) -> tuple[str, str]:
        return (self.name, str(self.formula))

    def __str__(self) -> str:
        return self.name

    @cached_property
    def _hash(self) -> int:
        return hash((self.name, self.formula, self.parameters))

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def branches(self) -> Branches:
        """Smooth formulas between consecutive kinks, left to right."""
        return branches(self.formula)

    @cached_property
    def pieces(self) -> Pieces | None:
        """The decomposition into integrable pieces, or None: then no closed form of ⟨…⟩ is known."""
        return pieces_of_branches(self.branches)

    @cached_property
    def kinks(self) -> tuple[Expr, ...]:
        """Points where σ or one of its derivatives jumps, in increasing order."""
        if self.pieces is not None:
            return self.pieces.starts
        return tuple(branch.lower for branch in self.branches[1:])

    @cached_property
    def parity(self) -> int | None:
        """+1 for even σ, −1 for odd σ, None otherwise (or when it cannot be decided)."""
        return _parity(self.formula, self.branches, self.pieces)

    @cached_property
    def homogeneous_degree(self) -> int | None:
        """p with σ(λz) = λ^p σ(z) for every λ > 0, or None."""
        if len(self.branches) > 2 or any(b.lower != 0 for b in self.branches[1:]):
            return None
        degrees = set()
        for branch in self.branches:
            polynomial = sympy.expand(branch.formula).as_poly(Z)
            if polynomial is None or len(polynomial.terms()) > 1:
                return None
            if not polynomial.is_zero:
                degrees.add(polynomial.degree())
        return degrees.pop() if len(degrees) == 1 else None

    @cached_property
    def growth(self) -> Envelope | None:
        """A bound on |σ| for |z| ≥ 1, or None when none could be derived."""
        return envelope(self.branches)

    @property
    def is_polynomial(self) -> bool:
        """Whether σ is a polynomial in z, so that every moment is exact."""
        return self.pieces is not None and self.pieces.is_polynomial

    def polynomial_coefficients(self) -> tuple[Expr, ...] | None:
        """Coefficients of 1, z, z², … when σ is a polynomial, else None."""
        if self.pieces is None or not self.pieces.is_polynomial:
            return None
        found = {shape.power: c for shape, c in self.pieces}
        return tuple(found.get(k, S.Zero) for k in range(max(found, default=0) + 1))

    def side(self, point: Expr, side: int) -> Expr:
        """The smooth formula that continues σ from the right (side=+1) or the left (−1) of ``point``."""
        return side_of(self.branches, point, side)

    def derivative(self, m: int = 1) -> Derivative:
        """σ^(m) as a distribution; the deltas come from the jumps of σ, …, σ^(m−1) at the kinks."""
        return _derivative(self, m)

    def derivative_almost_everywhere(self, m: int = 1) -> Activation:
        """σ^(m) without its deltas, as automatic differentiation sees it."""
        if m == 0:
            return self
        return Activation(f"{self.name}{_primes(m)} a.e.", self.derivative(m).regular, self.parameters, self.source)

    def jumps(self, point: Expr, order: int) -> tuple[Expr, ...]:
        """σ^(k)(point+) − σ^(k)(point−) for k = 0 … order."""
        right, left = self.jet(point, +1, order), self.jet(point, -1, order)
        return tuple(sympy.expand(above - below) for above, below in zip(right, left, strict=True))

    def jet(self, point: Expr, side: int, order: int) -> tuple[Expr, ...]:
        """One-sided derivatives σ^(k)(point±), k = 0 … order."""
        coefficients = taylor_coefficients(self.side(point, side), point, order)
        return tuple(c * sympy.factorial(k) for k, c in enumerate(coefficients))

    def taylor(self, order: int, side: int = 0) -> tuple[Expr, ...]:
        """Exact coefficients c_k of z^k at 0, k = 0 … order; side=±1 takes the one-sided series.

        side=0 where left and right differ up to that order raises KinkAtZero.
        """
        if side:
            return tuple(taylor_coefficients(self.side(S.Zero, side), S.Zero, order))
        right = taylor_coefficients(self.side(S.Zero, +1), S.Zero, order)
        if any(k == 0 for k in self.kinks):
            left = taylor_coefficients(self.side(S.Zero, -1), S.Zero, order)
            if any(sympy.expand(a - b) != 0 for a, b in zip(left, right, strict=True)):
                raise KinkAtZero(f"'{self.name}' has a kink at 0 within order {order}: ask for one side")
        return tuple(right)


def side_of(parts: Branches, point: Expr, side: int) -> Expr:
    """The branch formula just right (side > 0) or left of ``point``."""
    for branch in parts:
        inside = branch.lower < point and point < branch.upper
        edge = branch.lower == point if side > 0 else branch.upper == point
        if inside or edge:
            return branch.formula
    raise ValueError(f"no branch next to {point}")


def formula_of_branches(parts: Branches) -> Expr:
    """The piecewise formula with these branches (points shared by two branches take the right one)."""
    if len(parts) == 1:
        return parts[0].formula
    cases = [(branch.formula, branch.upper > Z) for branch in parts[:-1]]
    return sympy.Piecewise(*cases, (parts[-1].formula, True))


@lru_cache(maxsize=1024)
def _derivative(activation: Activation, m: int) -> Derivative:
    if m == 0:
        return Derivative(activation.formula, ())
    regular = tuple(Branch(b.lower, b.upper, b.formula.diff(Z, m)) for b in activation.branches)
    deltas: list[tuple[Expr, int, Expr]] = []
    for point in activation.kinks:
        for k, jump in enumerate(activation.jumps(point, m - 1)):
            if jump != 0:
                deltas.append((point, m - 1 - k, jump))
    return Derivative(formula_of_branches(regular), tuple(deltas))


def _primes(m: int) -> str:
    return "'" * m if m <= 3 else f"^({m})"


def _parity(formula: Expr, parts: Branches, pieces: Pieces | None) -> int | None:
    if pieces is not None:
        mirrored = pieces.rescaled(S.NegativeOne)
        if mirrored == pieces:
            return 1
        return -1 if mirrored == pieces.scaled(S.NegativeOne) else None
    right, left = parts[-1].formula, parts[0].formula.subs(Z, -Z)
    if [b.lower for b in parts[1:]] != [-b.lower for b in reversed(parts[1:])]:
        return None
    if (
        len(parts) > 2
        and any(
            sympy.expand(b.formula - c.formula.subs(Z, -Z)) != 0 for b, c in zip(parts, reversed(parts), strict=True)
        )
        and any(
            sympy.expand(b.formula + c.formula.subs(Z, -Z)) != 0 for b, c in zip(parts, reversed(parts), strict=True)
        )
    ):
        return None
    if _vanishes(right - left):
        return 1
    return -1 if _vanishes(right + left) else None


def same_formula(left: Expr, right: Expr) -> bool:
    """Are two formulas provably the same function? False when it could not be proved."""
    return _vanishes(left - right)


def _vanishes(difference: Expr) -> bool:
    """Exactly zero, by expansion; formulas in exp are brought over one denominator first."""
    if sympy.expand(difference) == 0:
        return True
    others = sorted(difference.free_symbols - {Z}, key=str)  # hyperparameters without a value: a slope, a threshold
    numbers = {symbol: sympy.Rational(k + 5, k + 7) for k, symbol in enumerate(others)}
    at_numbers = difference.subs(numbers)
    if any(abs(sympy.N(at_numbers.subs(Z, x), 20)) > 1e-12 for x in (sympy.Rational(3, 7), sympy.Rational(-11, 5))):
        return False
    return bool(sympy.simplify(difference.rewrite(sympy.exp)) == 0)
