r"""Functions of one variable whose Gaussian expectations are known in closed form, as sums of pieces

    c · z^p · exp(α z − β z²/2) · θ(z − s) · Π_k Φ((z + o_k)/√v_k),

θ the unit step (absent when ``start`` is None), Φ the standard normal distribution function. The family is closed
under sums, products and differentiation (almost everywhere: steps at s produce the delta functions that
``Activation`` accounts for), and contains polynomials, piecewise polynomials, exponentials, sines (α imaginary),
Gaussians, error functions and all their products. Φ(−u) = 1 − Φ(u) and θ(−u) = 1 − θ(u) make the representation of a
given function unique up to the order of its terms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import sympy
from sympy import Expr, Integer, S

from ptheory.activations.activation_errors import TooManyPieces
from ptheory.activations.symbols import Z

TERM_LIMIT = 5000


@dataclass(frozen=True)
class Gate:
    """Φ((z + offset)/√variance): the probability that z + offset + noise > 0."""

    offset: Expr
    variance: Expr


@dataclass(frozen=True)
class Shape:
    """Everything of a piece but its coefficient."""

    power: int = 0
    linear: Expr = S.Zero
    quadratic: Expr = S.Zero
    start: Expr | None = None
    gates: tuple[Gate, ...] = ()


def _gate_key(gate: Gate) -> tuple[object, ...]:
    return (gate.offset.sort_key(), gate.variance.sort_key())


def later(left: Expr | None, right: Expr | None) -> Expr | None:
    """The larger of two step positions; None stands for minus infinity."""
    if left is None or right is None:
        return right if left is None else left
    return left if left >= right else right


class Pieces:
    """An immutable sum of pieces."""

    __slots__ = ("terms",)

    def __init__(self, terms: Iterable[tuple[Shape, Expr]] = ()) -> None:
        merged: dict[Shape, Expr] = {}
        for shape, coefficient in terms:
            merged[shape] = merged[shape] + coefficient if shape in merged else coefficient
        self.terms: dict[Shape, Expr] = {}
        for shape, coefficient in merged.items():
            simplified = coefficient if coefficient.is_Rational else sympy.expand(coefficient)
            if simplified != 0:
                self.terms[shape] = simplified
        if len(self.terms) > TERM_LIMIT:
            raise TooManyPieces(f"a product of activations has more than {TERM_LIMIT} terms")

    @staticmethod
    def constant(value: Expr | int) -> Pieces:
        """A number, the same for all z."""
        return Pieces([(Shape(), Integer(value) if isinstance(value, int) else value)])

    @staticmethod
    def power(exponent: int) -> Pieces:
        """z^exponent."""
        return Pieces([(Shape(power=exponent), S.One)])

    @staticmethod
    def exponential(linear: Expr, quadratic: Expr = S.Zero) -> Pieces:
        """exp(linear·z − quadratic·z²/2)."""
        return Pieces([(Shape(linear=linear, quadratic=quadratic), S.One)])

    @staticmethod
    def step(start: Expr) -> Pieces:
        """θ(z − start): 0 below, 1 above."""
        return Pieces([(Shape(start=start), S.One)])

    @staticmethod
    def gate(offset: Expr, variance: Expr) -> Pieces:
        """Φ((z + offset)/√variance)."""
        return Pieces([(Shape(gates=(Gate(offset, variance),)), S.One)])

    def __iter__(self) -> Iterator[tuple[Shape, Expr]]:
        return iter(self.terms.items())

    def __len__(self) -> int:
        return len(self.terms)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pieces) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    def __add__(self, other: Pieces) -> Pieces:
        return Pieces([*self, *other])

    def __sub__(self, other: Pieces) -> Pieces:
        return self + other.scaled(S.NegativeOne)

    def scaled(self, factor: Expr) -> Pieces:
        """Every coefficient times ``factor``."""
        return Pieces((shape, coefficient * factor) for shape, coefficient in self)

    def __mul__(self, other: Pieces) -> Pieces:
        return Pieces((_product(a, b), c * d) for a, c in self for b, d in other)

    def __pow__(self, exponent: int) -> Pieces:
        result = Pieces.constant(1)
        for _ in range(exponent):
            result = result * self
        return result

    @property
    def starts(self) -> tuple[Expr, ...]:
        """Where steps sit, in increasing order."""
        found = {shape.start for shape in self.terms if shape.start is not None}
        return tuple(sorted(found, key=lambda s: sympy.N(s, 30)))

    @property
    def is_polynomial(self) -> bool:
        """Whether no piece has an exponential, a step or a gate."""
        return all(shape == Shape(power=shape.power) for shape in self.terms)

    def derivative(self) -> Pieces:
        """The almost-everywhere derivative: steps are not differentiated."""
        new: list[tuple[Shape, Expr]] = []
        for shape, c in self:
            p, alpha, beta, start, gates = shape.power, shape.linear, shape.quadratic, shape.start, shape.gates
            if p:
                new.append((Shape(p - 1, alpha, beta, start, gates), c * p))
            if alpha != 0:
                new.append((shape, c * alpha))
            if beta != 0:
                new.append((Shape(p + 1, alpha, beta, start, gates), -c * beta))
            for k, gate in enumerate(gates):
                rest = gates[:k] + gates[k + 1 :]
                # d/dz Φ((z+o)/√v) = exp(-(z+o)²/(2v))/√(2πv)
                slope = (
                    c * sympy.exp(-(gate.offset**2) / (2 * gate.variance)) / sympy.sqrt(2 * sympy.pi * gate.variance)
                )
                tilted = Shape(p, alpha - gate.offset / gate.variance, beta + 1 / gate.variance, start, rest)
                new.append((tilted, slope))
        return Pieces(new)

    def smooth_side(self, point: Expr, side: int) -> Pieces:
        """The pieces of the smooth function that continues self from the right (side=+1) or left (-1) of ``point``."""
        kept: list[tuple[Shape, Expr]] = []
        for shape, c in self:
            start = shape.start
            if start is None or start < point or (start == point and side > 0):
                kept.append((Shape(shape.power, shape.linear, shape.quadratic, None, shape.gates), c))
        return Pieces(kept)

    def at(self, point: Expr) -> Expr:
        """The value of a step-free sum at a point."""
        return sympy.expand(self.formula().subs(Z, point)) if self.terms else S.Zero

    def rescaled(self, factor: Expr) -> Pieces:
        """The function z ↦ self(factor·z), factor real and non-zero."""
        new: list[Pieces] = []
        for shape, c in self:
            piece = Pieces(
                [(Shape(shape.power, shape.linear * factor, shape.quadratic * factor**2), c * factor**shape.power)]
            )
            if shape.start is not None:
                step = Pieces.step(shape.start / factor)
                piece = piece * (step if factor > 0 else Pieces.constant(1) - step)
            for gate in shape.gates:
                soft = Pieces.gate(gate.offset / factor, gate.variance / factor**2)
                piece = piece * (soft if factor > 0 else Pieces.constant(1) - soft)
            new.append(piece)
        return Pieces(term for piece in new for term in piece)

    def formula(self) -> Expr:
        """The same function as a SymPy expression in Z (real and imaginary exponentials left as they are)."""
        total = Integer(0)
        for shape, c in self:
            term = c * Z**shape.power * sympy.exp(shape.linear * Z - shape.quadratic * Z**2 / 2)
            if shape.start is not None:
                term *= sympy.Heaviside(Z - shape.start, sympy.Rational(1, 2))
            for gate in shape.gates:
                term *= (1 + sympy.erf((Z + gate.offset) / sympy.sqrt(2 * gate.variance))) / 2
            total += term
        return total


def _product(left: Shape, right: Shape) -> Shape:
    gates = left.gates + right.gates
    return Shape(
        left.power + right.power,
        left.linear + right.linear,
        left.quadratic + right.quadratic,
        later(left.start, right.start),
        tuple(sorted(gates, key=_gate_key)) if left.gates and right.gates else gates,
    )
