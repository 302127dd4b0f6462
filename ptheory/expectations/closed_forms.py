"""Closed forms of expectations at a symbolic covariance, derived by the recursion of ``gaussian_integral``; nothing
is looked up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import sympy
from sympy import Expr, S

from ptheory.activations.pieces import Shape
from ptheory.expectations.gaussian_integral import gaussian_integral
from ptheory.expectations.moments import Moment, covariance_symbol
from ptheory.expectations.one_variable import one_variable
from ptheory.expectations.polynomial_moments import polynomial_moment
from ptheory.expectations.symbolic_arithmetic import NoClosedForm, SymbolicArithmetic, constant

TERM_BUDGET = 400
DERIVATION = (
    "exponentials absorbed by tilting and shifting the Gaussian; steps and error functions written as orthant events; "
    "powers removed by Stein's identity; orthant probabilities of at most three Gaussians"
)


@dataclass(frozen=True)
class ClosedForm:
    """``expression`` in the symbols K00, K01, … (covariance_symbol), ``derivation`` in words, ``source`` of the
    families used.
    """

    moment: Moment
    expression: Expr
    derivation: str
    source: str

    def latex(self) -> str:
        """LaTeX with the covariance written K_{ab} from 0; K for one variable."""
        names = {}
        size = self.moment.size
        for a in range(size):
            for b in range(a, size):
                names[covariance_symbol(a, b)] = "K" if size == 1 else f"K_{{{a}{b}}}"
        return str(sympy.latex(self.expression, symbol_names=names, inv_trig_style="full"))


@lru_cache(maxsize=1024)
def closed_form(moment: Moment) -> ClosedForm | None:
    """⟨moment⟩ as a function of a non-singular covariance, or None when no closed form is known.

    Raises DivergentMoment and AmbiguousMoment as ``evaluate`` does.
    """
    try:
        return derive_closed_form(moment)
    except NoClosedForm:
        return None


def derive_closed_form(moment: Moment) -> ClosedForm:
    """As ``closed_form``, but NoClosedForm carries the reason."""
    size = moment.size
    parts = []
    combinations = 1
    for a in range(size):
        part = one_variable(moment.factors_at(a), moment.power(a), moment.derivatives.count(a))
        if part.pieces is None:
            names = ", ".join(sorted({f.name for f, _ in moment.factors_at(a) if f.pieces is None}))
            raise NoClosedForm(f"no closed form is known for {names}")
        combinations *= len(part.pieces) + len(part.deltas)
        parts.append(part)
    if combinations > TERM_BUDGET:
        raise NoClosedForm(f"the product has {combinations} terms, beyond the budget of {TERM_BUDGET}")
    covariance = [[covariance_symbol(a, b) for b in range(size)] for a in range(size)]
    if all(part.pieces is not None and part.pieces.is_polynomial and not part.deltas for part in parts):
        expression = _polynomial_mean([list(part.pieces or ()) for part in parts], covariance)
    else:
        expression = gaussian_integral(parts, covariance, SymbolicArithmetic()).expression()
    sources = sorted({f.source for f, _, _ in moment.factors if f.source})
    return ClosedForm(moment, real_form(expression), DERIVATION, "; ".join(sources))


def _polynomial_mean(parts: Sequence[Sequence[tuple[Shape, Expr]]], covariance: list[list[Expr]]) -> Expr:
    """A product of polynomials, one in each variable: contractions are counted, nothing is cancelled on the way."""
    symbols = sorted({entry for row in covariance for entry in row}, key=str)
    polynomials, *generators = sympy.ring(symbols, sympy.QQ)
    entry = dict(zip(symbols, generators, strict=True))
    matrix = [[entry[symbol] for symbol in row] for row in covariance]
    total = S.Zero
    for chosen in product(*parts):
        value = polynomials(polynomial_moment(tuple(shape.power for shape, _ in chosen), matrix))
        total += sympy.Mul(*(weight for _, weight in chosen)) * value.as_expr()
    return constant(sympy.expand(total)).expression()


def real_form(expression: Expr) -> Expr:
    """Imaginary parts cancel by construction; expand so that they do so visibly."""
    return sympy.expand(expression) if expression.has(S.ImaginaryUnit) else expression
