"""Other tensors of the next layer on the right: A' - 2 r D' + r^2 V' has fewer terms than A'.

What multiplies a right-hand side is a product of hyperparameters; the candidates are the quotients of a term of the
equation and a term of the other one, and the more terms agree on one the sooner it is tried.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ptheory.algebra.polynomial import Monomial, Polynomial, Symbol
from ptheory.recursion.jets import Scalar
from ptheory.recursion.tensors import Tensor
from ptheory.rendering.arrange import NextLayer
from ptheory.rendering.shortest.single_means import without

MOST_FACTORS = 2  # tried for one tensor before it is given up

Width = Callable[[Polynomial], float]


@dataclass(frozen=True)
class Recursion:
    """``target``' = ``right``, in averages of single products."""

    target: Tensor
    right: Polynomial

    @property
    def symbol(self) -> Polynomial:
        """target' as an atom."""
        return Polynomial.atom(NextLayer(self.target))


def with_next_layer(right: Polynomial, others: Sequence[Recursion], width: Width) -> Polynomial:
    """Multiples of the others' left sides for what they stand for, the one that narrows most first."""
    rest, taken = right, Polynomial()
    narrowest = width(right)
    while True:
        tried = []
        for other in others:
            for factor in factors_between(rest, other.right):
                left_over, added = rest - factor * other.right, taken + factor * other.symbol
                tried.append((width(left_over + added), left_over, added))
        best = min(tried, key=lambda one: one[0], default=None)
        if best is None or best[0] >= narrowest:
            return rest + taken
        narrowest, rest, taken = best


def factors_between(right: Polynomial, other: Polynomial) -> list[Polynomial]:
    """The quotients of terms that most terms of the other equation agree on, made of hyperparameters alone."""
    agreed: Counter[tuple[Monomial, Fraction]] = Counter()
    by_rest: dict[Monomial, list[tuple[Monomial, Fraction]]] = {}
    for monomial, coefficient in right:
        by_rest.setdefault(beside_scalars(monomial), []).append((monomial, coefficient))
    for below, divisor in other:
        for above, coefficient in by_rest.get(beside_scalars(below), ()):
            agreed[without(above, below), coefficient / divisor] += 1
    ranked = sorted(agreed.items(), key=lambda item: (-item[1], str(item[0])))
    return [Polynomial({monomial: c}) for (monomial, c), votes in ranked[:MOST_FACTORS] if 2 * votes > len(other)]


def beside_scalars(monomial: Monomial) -> Monomial:
    """What of a term is no hyperparameter."""
    return tuple(item for item in monomial if not isinstance(item[0], (Symbol, Scalar)))
