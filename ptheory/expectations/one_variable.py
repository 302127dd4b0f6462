r"""What stands at one variable: ∂^d [z^p Π_i σ_i^{(m_i)}(z)] as a distribution.

The regular part is a product of smooth branches. The singular part is found at each kink c from one-sided
derivatives. Products of distributions
are limits of one common mollifier applied to every activation: writing θ_ε for the smoothed step at c, each factor
that jumps is
f₋ + (f₊ − f₋)θ_ε, and δ_ε = θ_ε′, so δ·Π(f₋ + (f₊ − f₋)θ) = δ·∫₀¹ Π(f₋ + (f₊ − f₋)t) dt whatever the mollifier (θδ =
δ/2). A product of two deltas
diverges or depends on the mollifier and is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from math import comb

import sympy
from sympy import Expr, S

from ptheory.activations.activation import Activation, side_of
from ptheory.activations.branches import Branch, Branches, sample_point
from ptheory.activations.pieces import Pieces
from ptheory.activations.symbols import Z
from ptheory.activations.taylor import taylor_coefficients
from ptheory.expectations.expectation_errors import AmbiguousMoment, DivergentMoment

Delta = tuple[Expr, int, Expr]


@dataclass(frozen=True)
class OneVariable:
    """A distribution of one variable: smooth ``branches``, the same as ``pieces`` where possible, and Σ
    coefficient·δ^(order)(z − point).
    """

    branches: Branches
    pieces: Pieces | None
    deltas: tuple[Delta, ...]

    @cached_property
    def sort_key(self) -> str:
        """An order that is the same in every run."""
        return f"{self.branches} {self.deltas}"

    @property
    def is_polynomial(self) -> bool:
        """Whether it is a polynomial in z alone, without deltas, so that its expectation is exact."""
        return self.pieces is not None and self.pieces.is_polynomial and not self.deltas

    @property
    def parity(self) -> int | None:
        """+1 or −1 for deltas at 0 alone and for polynomials, even or odd; None where it is not seen at once."""
        if self.is_polynomial and self.pieces is not None:
            signs = {(-1) ** shape.power for shape, _ in self.pieces}
        elif self.deltas and all(b.formula == 0 for b in self.branches) and all(c == 0 for c, _, _ in self.deltas):
            signs = {(-1) ** order for _, order, _ in self.deltas}
        else:
            return None
        return signs.pop() if len(signs) == 1 else None

    def rescaled(self, factor: Expr) -> OneVariable:
        """The distribution z ↦ self(factor·z): δ^(k)(factor·z − c) = δ^(k)(z − c/factor)/(|factor| factor^k)."""
        parts = [
            Branch(*_increasing(b.lower / factor, b.upper / factor), b.formula.subs(Z, factor * Z))
            for b in self.branches
        ]
        deltas = tuple((c / factor, k, w / (abs(factor) * factor**k)) for c, k, w in self.deltas)
        pieces = None if self.pieces is None else self.pieces.rescaled(factor)
        return OneVariable(tuple(sorted(parts, key=lambda b: _position(b.lower))), pieces, deltas)

    def times(self, factor: Expr) -> OneVariable:
        """The distribution multiplied by a constant; the pieces are not carried along."""
        parts = tuple(Branch(b.lower, b.upper, factor * b.formula) for b in self.branches)
        return OneVariable(parts, None, tuple((c, k, factor * w) for c, k, w in self.deltas))

    def regular(self) -> OneVariable:
        """The same function without its deltas; the pieces are not carried along."""
        return OneVariable(self.branches, None, ())

    def derivative(self) -> OneVariable:
        """The derivative as a distribution; the pieces are not carried along."""
        deltas = [(c, k + 1, w) for c, k, w in self.deltas]
        for left, right in pairwise(self.branches):
            jump = sympy.expand((right.formula - left.formula).subs(Z, right.lower))
            if jump != 0:
                deltas.append((right.lower, 0, jump))
        parts = tuple(Branch(b.lower, b.upper, b.formula.diff(Z)) for b in self.branches)
        return OneVariable(parts, None, tuple(deltas))

    def shifted(self, mean: Expr) -> OneVariable:
        """The distribution z ↦ self(z + mean), its branches only: the pieces are not carried along."""
        parts = tuple(Branch(b.lower - mean, b.upper - mean, b.formula.subs(Z, Z + mean)) for b in self.branches)
        return OneVariable(parts, None, tuple((c - mean, k, w) for c, k, w in self.deltas))


def _increasing(left: Expr, right: Expr) -> tuple[Expr, Expr]:
    return (left, right) if left < right else (right, left)


def _position(point: Expr) -> Expr:
    return point if not point.is_finite else sympy.N(point, 30)


@lru_cache(maxsize=4096)
def one_variable(factors: tuple[tuple[Activation, int], ...], power: int, outer: int) -> OneVariable:
    """∂^outer [z^power Π σ^(m)(z)]. Raises DivergentMoment where two deltas meet."""
    pieces = _regular_pieces(factors, power, outer)
    parts = _regular_branches(factors, power, outer)
    deltas: list[Delta] = []
    for point in sorted({k for activation, _ in factors for k in activation.kinks}, key=_position):
        deltas.extend(_deltas_at(point, factors, power, outer))
    return OneVariable(parts, pieces, tuple(d for d in deltas if d[2] != 0))


def product(left: OneVariable, right: OneVariable) -> OneVariable:
    """The product of two distributions in one variable (equal inputs). A delta may meet only what is smooth enough
    there: two deltas raise
    DivergentMoment, a delta on a jump AmbiguousMoment."""
    pieces = None if left.pieces is None or right.pieces is None else left.pieces * right.pieces
    deltas: list[Delta] = []
    for first, second in ((left, right), (right, left)):
        for point, order, weight in first.deltas:
            if any(p == point for p, _, _ in second.deltas):
                raise DivergentMoment(
                    f"a product of two delta functions at z = {point} (equal inputs): the expectation diverges"
                )
            low, high = (_formula_jet(side_of(second.branches, point, s), point, order) for s in (-1, 1))
            for j in range(order + 1):
                if sympy.expand(low[j] - high[j]) != 0:
                    raise AmbiguousMoment(f"a delta function meets a jump at z = {point} (equal inputs)")
                deltas.append((point, order - j, weight * (-1) ** j * comb(order, j) * high[j]))
    return OneVariable(_combine([left.branches, right.branches]), pieces, tuple(d for d in deltas if d[2] != 0))


def _formula_jet(formula: Expr, point: Expr, order: int) -> list[Expr]:
    return [c * sympy.factorial(k) for k, c in enumerate(taylor_coefficients(formula, point, order))]


def _regular_pieces(factors: tuple[tuple[Activation, int], ...], power: int, outer: int) -> Pieces | None:
    total = Pieces.power(power)
    for activation, order in factors:
        if activation.pieces is None:
            return None
        total = total * _piece_derivative(activation, order)
    for _ in range(outer):
        total = total.derivative()
    return total


@lru_cache(maxsize=1024)
def _piece_derivative(activation: Activation, order: int) -> Pieces:
    if order == 0:
        assert activation.pieces is not None
        return activation.pieces
    return _piece_derivative(activation, order - 1).derivative()


def _regular_branches(factors: tuple[tuple[Activation, int], ...], power: int, outer: int) -> Branches:
    monomial = (Branch(-S.Infinity, S.Infinity, Z**power),) if power or not factors else ()
    factors_of_z = [_derived(activation.branches, order) for activation, order in factors] + [monomial] * bool(monomial)
    if not outer:
        return _combine(factors_of_z)
    # by Leibniz from the derivatives of the factors: SymPy differentiates a product into ever longer nested sums
    weights = sorted(sympy.multinomial_coefficients(len(factors_of_z), outer).items(), reverse=True)
    terms = [
        [(times, branch) for branch in _combine([_derived(f, k) for f, k in zip(factors_of_z, split, strict=True)])]
        for split, times in weights
    ]
    return tuple(
        Branch(same[0][1].lower, same[0][1].upper, sympy.Add(*(times * branch.formula for times, branch in same)))
        for same in zip(*terms, strict=True)
    )


def _derived(part: Branches, order: int) -> Branches:
    return tuple(Branch(b.lower, b.upper, _derivative(b.formula, order)) for b in part) if order else part


@lru_cache(maxsize=4096)
def _derivative(formula: Expr, order: int) -> Expr:
    return _derivative(formula, order - 1).diff(Z) if order else formula


def _combine(parts: list[Branches]) -> Branches:
    points = {-S.Infinity, S.Infinity} | {b.lower for part in parts for b in part}
    ordered = sorted(points, key=_position)
    combined = []
    for lower, upper in pairwise(ordered):
        middle = sample_point(lower, upper)
        formula = sympy.Mul(*(_at(part, middle) for part in parts))
        combined.append(Branch(lower, upper, formula))
    return tuple(combined)


def _at(part: Branches, point: Expr) -> Expr:
    return next(b.formula for b in part if b.lower < point and point < b.upper)


@dataclass(frozen=True)
class _Local:
    """One factor near a kink: one-sided derivatives of every order needed, and its deltas as {order: coefficient}."""

    left: tuple[Expr, ...]
    right: tuple[Expr, ...]
    deltas: dict[int, Expr]

    def delta_free_to(self, order: int) -> bool:
        """Do derivatives up to ``order`` add no delta (jumps of orders < order vanish)?"""
        return all(sympy.expand(self.left[k] - self.right[k]) == 0 for k in range(order))


def _deltas_at(point: Expr, factors: tuple[tuple[Activation, int], ...], power: int, outer: int) -> list[Delta]:
    highest = max((order for _, order in factors), default=0)
    depth = highest + outer + 1
    locals_: list[_Local] = []
    for activation, order in factors:
        left = activation.jet(point, -1, order + depth)
        right = activation.jet(point, +1, order + depth)
        deltas: dict[int, Expr] = {}
        for k in range(order):
            jump = sympy.expand(right[k] - left[k])
            if jump != 0:
                deltas[order - 1 - k] = jump
        locals_.append(_Local(left[order:], right[order:], deltas))
    monomial = tuple(_falling(power, k) * point ** (power - k) if k <= power else S.Zero for k in range(depth + 1))
    locals_.append(_Local(monomial, monomial, {}))
    singular = _singular_product(point, locals_)
    found = {order + outer: weight for order, weight in singular.items()}
    if outer:
        left_jet, right_jet = (
            _jet_product([x.left for x in locals_], outer),
            _jet_product([x.right for x in locals_], outer),
        )
        for k in range(outer):
            jump = sympy.expand(right_jet[k] - left_jet[k])
            found[outer - 1 - k] = found.get(outer - 1 - k, S.Zero) + jump
    return [(point, order, sympy.expand(weight)) for order, weight in found.items() if sympy.expand(weight) != 0]


def _falling(power: int, k: int) -> Expr:
    return sympy.ff(sympy.Integer(power), k)


def _singular_product(point: Expr, locals_: list[_Local]) -> dict[int, Expr]:
    """The deltas of the product of the factors: δ^(k) F = Σ_j (−1)^j C(k,j) D^(k−j)[δ F^(j)]."""
    singular = [x for x in locals_ if x.deltas]
    if not singular:
        return {}
    if len(singular) > 1:
        raise DivergentMoment(
            f"a product of two delta functions at z = {point} diverges; "
            "'derivatives almost everywhere' is the convention that drops them"
        )
    others = [x for x in locals_ if x is not singular[0]]
    found: dict[int, Expr] = {}
    for k, weight in singular[0].deltas.items():
        for j in range(k + 1):
            value = _delta_times_derivative(point, others, j)
            found[k - j] = found.get(k - j, S.Zero) + weight * (-1) ** j * comb(k, j) * value
    return found


def _delta_times_derivative(point: Expr, others: list[_Local], order: int) -> Expr:
    """The coefficient of δ in δ·(Π others)^(order), by Leibniz."""
    total = S.Zero
    for split in _compositions(order, len(others)):
        weight = sympy.multinomial_coefficients(len(others), order)[split] if len(others) > 1 else 1
        integrand = [S.One]  # coefficients of a polynomial in t
        for x, k in zip(others, split, strict=True):
            if not x.delta_free_to(k):
                raise DivergentMoment(
                    f"a product of two delta functions at z = {point} diverges; "
                    "'derivatives almost everywhere' is the convention that drops them"
                )
            low, slope = x.left[k], x.right[k] - x.left[k]
            integrand = [low * a + slope * b for a, b in zip([*integrand, S.Zero], [S.Zero, *integrand], strict=True)]
        total += weight * sum((c / (n + 1) for n, c in enumerate(integrand)), S.Zero)
    return total


def _compositions(total: int, parts: int) -> list[tuple[int, ...]]:
    if parts == 0:
        return [()] if total == 0 else []
    return [(k, *rest) for k in range(total + 1) for rest in _compositions(total - k, parts - 1)]


def _jet_product(jets: list[tuple[Expr, ...]], order: int) -> list[Expr]:
    """Derivatives 0 … order−1 of a product from the derivatives of its factors."""
    result = [S.One] + [S.Zero] * (order - 1)
    for jet in jets:
        result = [sum((comb(n, k) * result[k] * jet[n - k] for k in range(n + 1)), S.Zero) for n in range(order)]
    return result
