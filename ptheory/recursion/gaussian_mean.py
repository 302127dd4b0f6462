"""An average over a Gaussian law as a SymPy expression: differentiated in the kernel, evaluated at numbers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

import mpmath
import sympy

from ptheory.activations.branches import branches
from ptheory.activations.symbols import Z
from ptheory.activations.tape import multiprecision
from ptheory.algebra.refusal import Refusal

if TYPE_CHECKING:
    from sympy.printing import StrPrinter


class NoCode(Refusal):
    """Code that SymPy is to make of an average."""

    help = 'result["V"].one_input.to_numpy(sigma="tanh") is a function of arrays, and .evalf() a number of one variable'


class WrongKernel(Refusal):
    """A kernel that has not one entry for each pair of variables."""


class GaussianMean(sympy.Expr):  # type: ignore[misc]
    """⟨integrand⟩_K, unevaluated: the expectation over Gaussian ``variables`` of covariance K.

    ``kernel`` holds the entries K_ab, a <= b, row by row: they are free symbols of the mean, which is differentiated by
    ∂⟨F⟩/∂K_aa = ⟨∂_a ∂_a F⟩/2 and ∂⟨F⟩/∂K_ab = ⟨∂_a ∂_b F⟩ (Price, Bonnet). The variables are bound.
    """

    is_commutative = True

    def __new__(
        cls, integrand: sympy.Expr, variables: Sequence[sympy.Symbol], kernel: Sequence[sympy.Expr]
    ) -> GaussianMean:
        size = len(variables)
        if len(kernel) != size * (size + 1) // 2:
            entries = size * (size + 1) // 2
            raise WrongKernel(f"{size} variables have {entries} entries of the kernel, not {len(kernel)}")
        mean: GaussianMean = sympy.Expr.__new__(
            cls, sympy.S.Zero + integrand, sympy.Tuple(*variables), sympy.Tuple(*kernel)
        )
        return mean

    @property
    def integrand(self) -> sympy.Expr:
        """F of ⟨F⟩_K, an expression in ``variables``."""
        return self.args[0]

    @property
    def variables(self) -> sympy.Tuple:
        """The bound variables z_1, z_2, ..., as a SymPy tuple."""
        return self.args[1]

    @property
    def kernel(self) -> sympy.Tuple:
        """K_11, K_12, ..., K_22, ...: the entries with a <= b, row by row, as a SymPy tuple."""
        return self.args[2]

    @property
    def bound_symbols(self) -> list[sympy.Symbol]:
        """The variables: what a substitution leaves alone."""
        return list(self.variables)

    @property
    def free_symbols(self) -> set[sympy.Symbol]:
        """Symbols of the kernel, and those of the integrand that are no variables."""
        found: set[sympy.Symbol] = (self.integrand.free_symbols - set(self.variables)) | self.kernel.free_symbols
        return found

    def _eval_derivative(self, symbol: sympy.Expr) -> sympy.Expr:
        if symbol in self.variables:
            return sympy.Integer(0)
        slope = self._mean_of(self.integrand.diff(symbol))
        pairs = combinations_with_replacement(self.variables, 2)
        for (left, right), entry in zip(pairs, self.kernel, strict=True):
            inner = entry.diff(symbol)
            if inner != 0:
                multiplicity = sympy.Rational(1, 2) if left == right else sympy.Integer(1)
                slope += inner * multiplicity * self._mean_of(self.integrand.diff(left, right))
        return slope

    def _mean_of(self, integrand: sympy.Expr) -> sympy.Expr:
        """⟨integrand⟩ over the same law, numbers in front of it."""
        content, body = sympy.expand(integrand).primitive()
        if not body.free_symbols & set(self.variables):
            return content * body
        return content * self.func(body, self.variables, self.kernel)

    def _eval_subs(self, old: sympy.Expr, _new: sympy.Expr) -> sympy.Expr:
        return self if old in self.variables else None

    def _eval_evalf(self, precision: int) -> sympy.Expr:
        """At numbers, of one variable and nothing open: by quadrature; else the mean as it is, its kernel evaluated."""
        kernel = [entry.evalf(mpmath.libmp.prec_to_dps(precision)) for entry in self.kernel]
        integrand = self.integrand
        is_open = integrand.has(sympy.core.function.AppliedUndef) or integrand.free_symbols - set(self.variables)
        if len(self.variables) > 1 or is_open or not kernel[0].is_Float or kernel[0] < 0:
            return self.func(integrand, self.variables, kernel)
        (variable,) = self.variables
        with mpmath.workprec(precision + 10):
            variance = self.kernel[0]._to_mpmath(precision + 10)
            return sympy.Expr._from_mpmath(mean_of_one(integrand.subs(variable, Z), variance), precision)

    def _is_no_code(self, _printer: object) -> str:
        raise NoCode("an average is no function that lambdify knows")

    _lambdacode = _pythoncode = _numpycode = _scipycode = _mpmathcode = _jaxcode = _is_no_code

    def _latex(self, printer: StrPrinter, exp: str | None = None) -> str:
        written = rf"\left\langle {printer.doprint(self.integrand)} \right\rangle_{{K}}"
        return written if exp is None else rf"{written}^{{{exp}}}"

    def _sympystr(self, printer: StrPrinter) -> str:
        return f"<{printer.doprint(self.integrand)}>"


def mean_of_one(integrand: sympy.Expr, variance: mpmath.mpf) -> mpmath.mpf:
    """<integrand(Z)> at mpmath's working precision, between the kinks and at the scales of both factors."""
    spread = mpmath.sqrt(variance)
    if not spread:
        return mpmath.mpmathify(sympy.N(integrand.subs(Z, 0), mpmath.mp.dps))
    reach = spread * mpmath.sqrt(2 * (mpmath.mp.dps + 5) * mpmath.log(10))
    total = mpmath.mpf(0)
    for branch in branches(integrand):
        function = multiprecision(branch.formula)
        lower, upper = (_clipped(end, reach) for end in (branch.lower, branch.upper))
        inner = {c * scale for c in (-4, -2, -1, 0, 1, 2, 4) for scale in (1, spread)}
        points = [lower, *sorted(p for p in inner if lower < p < upper), upper]
        total += mpmath.quad(lambda z, f=function: f(z) * mpmath.exp(-z * z / (2 * variance)), points)
    return total / (spread * mpmath.sqrt(2 * mpmath.pi))


def _clipped(end: sympy.Expr, reach: mpmath.mpf) -> mpmath.mpf:
    if end.is_infinite:
        return reach if end > 0 else -reach
    return max(-reach, min(reach, mpmath.mpmathify(sympy.N(end, mpmath.mp.dps + 5))))
