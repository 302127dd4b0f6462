"""Whole tensors written out in powers of 1/n: V is V + V1/n + ..., of layer l+1 as derived."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from ptheory.algebra.order import Order
from ptheory.algebra.polynomial import Monomial, Polynomial
from ptheory.claims.moments.whole_tensor import WholeTensor
from ptheory.claims.terms.ratio import Ratio
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Expression
from ptheory.recursion.tensors import WIDTH, WIDTH_RATIO, Tensor, tensor

Derived = Callable[[Tensor], Polynomial]


def expanded(value: Ratio, order: Order, derived: Derived, side: Expression) -> Ratio:
    """The quotient in coefficients of series, up to ``order``. LanguageError where a series stands in a denominator."""
    if any(isinstance(a, WholeTensor) or a == WIDTH for factor, _ in value.factors for a in factor.atoms()):
        raise LanguageError("a series in 1/n divided by a sum with n in it", side.span, help="multiply out")
    assert order.last is not None
    parts = [_term(monomial, coefficient, order.last, derived, side) for monomial, coefficient in value.numerator]
    return Ratio(Polynomial.sum(parts), value.factors)


def _term(monomial: Monomial, coefficient: Fraction, last: int, derived: Derived, side: Expression) -> Polynomial:
    """One term through 1/n^last: what is left of the order after its own power of 1/n goes to its series."""
    power = -dict(monomial).get(WIDTH, 0)
    total = Polynomial({tuple((a, e) for a, e in monomial if not isinstance(a, WholeTensor)): coefficient})
    if power > last:
        return Polynomial()
    for atom, exponent in monomial:
        if isinstance(atom, WholeTensor):
            if exponent < 0:
                raise LanguageError("a quotient of moments order by order", side.span, help="multiply out")
            for _ in range(exponent):
                total = _through(total * _series(atom, last - power, derived), last)
    return total


def _series(atom: WholeTensor, last: int, derived: Derived) -> Polynomial:
    """X + X1/n + ... through 1/n^last, n the width of the layer below."""
    small = Polynomial.atom(WIDTH, -1)
    if not atom.is_next:
        small = small * Polynomial.atom(WIDTH_RATIO)
    parts = []
    for k in range(last + 1):
        coefficient = tensor(atom.tensor.components, k)
        value = derived(coefficient) if atom.is_next else Polynomial.atom(coefficient)
        parts.append(value * small**k)
    return Polynomial.sum(parts)


def _through(value: Polynomial, last: int) -> Polynomial:
    return Polynomial({m: c for m, c in value if -dict(m).get(WIDTH, 0) <= last})
