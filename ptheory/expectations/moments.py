r"""The central object: ⟨∂_{d1}…∂_{dk} [Π_i σ_i^{(m_i)}(z_{a_i}) Π_a z_a^{p_a}]⟩_K over zero-mean Gaussian z_0 …
z_{r−1}.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import sympy

from ptheory.activations.activation import Activation
from ptheory.algebra.polynomial import SortKey

Factor = tuple[Activation, int, int]


@dataclass(frozen=True)
class Moment:
    """``factors``: (activation, derivative order, variable) triples, kept sorted; ``powers``: exponents of the
    explicit z_a;
    ``derivatives``: the variables of the outer derivatives, which act on everything inside."""

    factors: tuple[Factor, ...]
    powers: tuple[int, ...] = ()
    derivatives: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for activation, order, variable in self.factors:
            if not isinstance(activation, Activation) or order < 0 or variable < 0:
                raise ValueError("a factor is (Activation, derivative order >= 0, variable >= 0)")
        if any(p < 0 for p in self.powers) or any(d < 0 for d in self.derivatives):
            raise ValueError("powers and variables are natural numbers")
        ordered = sorted(self.factors, key=lambda f: (f[2], f[0].sort_key, f[1]))
        object.__setattr__(self, "factors", tuple(ordered))
        powers = list(self.powers)
        while powers and powers[-1] == 0:
            powers.pop()
        object.__setattr__(self, "powers", tuple(powers))
        object.__setattr__(self, "derivatives", tuple(sorted(self.derivatives)))

    @cached_property
    def sort_key(self) -> SortKey:
        inside = tuple((activation.sort_key, order, variable) for activation, order, variable in self.factors)
        return (4, inside, self.powers, self.derivatives)

    @cached_property
    def size(self) -> int:
        """Number of variables: one more than the largest variable that occurs."""
        used = [variable for _, _, variable in self.factors]
        return max([*used, *self.derivatives, len(self.powers) - 1, 0]) + 1

    def power(self, variable: int) -> int:
        """The explicit power of z_a, a = ``variable`` from 0; 0 where none is given."""
        return self.powers[variable] if variable < len(self.powers) else 0

    def factors_at(self, variable: int) -> tuple[tuple[Activation, int], ...]:
        """(activation, order of its derivative) for every factor at one variable."""
        return tuple((activation, order) for activation, order, a in self.factors if a == variable)

    def differentiate(self, *variables: int) -> Moment:
        """∂ of the integrand with respect to the given variables."""
        return Moment(self.factors, self.powers, self.derivatives + variables)

    def slopes(self, variable: int) -> Iterator[tuple[int, Moment]]:
        """∂ by one variable of what the outer derivatives act on, carried out: (coefficient, moment) term by term."""
        power = self.power(variable)
        if power:
            powers = tuple(p - (a == variable) for a, p in enumerate(self.powers))
            yield power, Moment(self.factors, powers, self.derivatives)
        for k, (activation, order, a) in enumerate(self.factors):
            if a == variable:
                factors = (*self.factors[:k], (activation, order + 1, a), *self.factors[k + 1 :])
                yield 1, Moment(factors, self.powers, self.derivatives)

    def parity(self, variables: Collection[int]) -> int | None:
        """+1 or −1 when the integrand is even or odd under z → −z of these variables together, None otherwise."""
        sign = 1
        for activation, order, variable in self.factors:
            if variable in variables:
                if activation.parity is None:
                    return None
                sign *= activation.parity * (-1) ** order
        odd_ones = sum(self.power(a) for a in variables) + sum(a in variables for a in self.derivatives)
        found: int | None = sign * (-1) ** odd_ones
        return found

    @property
    def is_odd(self) -> bool:
        """Whether the integrand changes sign with all variables together, so that its mean is zero."""
        return self.parity(range(self.size)) == -1

    def kernel_derivative(self, a: int, b: int) -> tuple[Fraction, Moment]:
        """d⟨F⟩/dK_ab = c·⟨∂_a∂_b F⟩ as (c, moment): c = 1 for a ≠ b (K_ab and K_ba move together), 1/2 for a = b."""
        return (Fraction(1, 2) if a == b else Fraction(1)), self.differentiate(a, b)

    def __str__(self) -> str:
        parts = [f"z{a}^{p}" if p > 1 else f"z{a}" for a, p in enumerate(self.powers) if p]
        parts += [f"{activation.name}{primes(m)}(z{a})" for activation, m, a in self.factors]
        body = " ".join(parts) or "1"
        outer = "".join(f"d{a} " for a in self.derivatives)
        return f"<{outer}[{body}]>" if outer else f"<{body}>"


def moment(
    *factors: tuple[Activation, int] | tuple[Activation, int, int],
    powers: tuple[int, ...] = (),
    derivatives: tuple[int, ...] = (),
) -> Moment:
    """A moment from (activation, order) or (activation, order, variable) tuples; the variable defaults to 0."""
    return Moment(tuple((f[0], f[1], f[2] if len(f) > 2 else 0) for f in factors), powers, derivatives)


def almost_everywhere(original: Moment) -> Moment:
    """The same moment with every σ^(m) replaced by its almost-everywhere derivative (ReLU″ = 0), the convention of
    automatic
    differentiation. Outer derivatives stay distributional."""
    factors = tuple((a.derivative_almost_everywhere(m), 0, v) for a, m, v in original.factors)
    return Moment(factors, original.powers, original.derivatives)


_VARIANCE = re.compile(r"K(?:(\d)\1|(\d\d+)_\2)")


def covariance_symbol(a: int, b: int) -> sympy.Symbol:
    """K_ab as a symbol named K00, K01, …: diagonal ones positive, the others real."""
    low, high = min(a, b), max(a, b)
    name = f"K{low}{high}" if high < 10 else f"K{low}_{high}"
    return sympy.Symbol(name, positive=True) if low == high else sympy.Symbol(name, real=True)


def variance_index(symbol: sympy.Symbol) -> int | None:
    """a where the symbol is K_aa of :func:`covariance_symbol`, None for any other."""
    match = _VARIANCE.fullmatch(symbol.name)
    variable = int(match.group(1) or match.group(2)) if match else 0
    return variable if symbol == covariance_symbol(variable, variable) else None


def primes(m: int) -> str:
    """The mark of an m-th derivative: ', '', ''', ^(4)."""
    return "'" * m if m <= 3 else f"^({m})"
