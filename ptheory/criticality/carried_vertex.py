"""The four-point vertex at large depth of layers that carry neurons over, z'_i = c z_i + b_i + sum_j W_ij phi(z_j).

V does not close with K (docs/skip-connections.md). What closes is the covariance of what the layers add, in two layer
labels. Given the layers below, z has the covariance Ŝ' = c^2 Ŝ + Ĝ', where Ĝ' = C_b + (1/n) sum_j psi(z_j) is that of
the new part and psi = C_W phi^2 summed over the weights. To leading order

    Ŝ' - K' = chi_par (Ŝ - K) + xi',     n E[xi'_l xi'_m] = Cov(psi(z_l), psi(z_m)),

psi at one neuron, whose fields in two layers have the covariance c^|l-m| K of the lower one: the noise of a layer is
remembered by those above, through the neurons that are carried over. V is n Var(Ŝ) and what neuron i itself has put
into xi, which does not grow. Where chi_par -> 1 every layer adds N K^2 to it,

    N = sum over k from -oo to oo of Cov(psi(z), psi(z_k))/K^2,     E[z z_k] = c^|k| K.

Where psi is a_+ z^2 for z > 0 and a_- z^2 for z < 0 (homogeneous functions, and all functions as K -> 0), with m and d
half the sum and half the difference of a_+ and a_-,

    N = 2 m^2 (1 + c^2)/(1 - c^2) + d^2 sum_k h(c^|k|),     h(r) = <z1|z1| z2|z2|> at unit variances and correlation r.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import mpmath
import numpy as np
import sympy as sp

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.algebra.refusal import Refusal
from ptheory.criticality.fixed_points import CriticalPoint
from ptheory.criticality.kernel_system import FIRST, KERNEL, SECOND, Quantity
from ptheory.criticality.series import factored, number_value
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.recursion.jets import FieldValue, Jet
from ptheory.recursion.means.mean import Mean, mean_of

DIGITS = 30
LATTICES = 24, 32  # angles at which Cov(psi(z1), psi(z2)) is evaluated; what both have is known
SMALLEST = 1e-17  # correlations below are zero in doubles
LONGEST_MEMORY = 20_000  # layers
CERTAIN = 1e-10  # relative


class NoGrowth(Refusal):
    """The growth of the vertex is not known; the message says why."""


@dataclass(frozen=True)
class CarriedNeuron:
    """``vertex``: what the four-point vertex is called; ``factor``: what a neuron is multiplied by from layer to layer,
    a polynomial in hyperparameters."""

    vertex: str
    factor: Polynomial

    def strength(self, spec: SpecialisedSystem, hyper: Mapping[Atom, sp.Expr]) -> sp.Expr:
        """The factor as a number. Raises NoGrowth where it is not between -1 and 1."""
        known = {**spec.values, **hyper}
        missing = sorted(str(atom) for atom in self.factor.atoms() if atom not in known)
        if missing:
            raise NoGrowth(f"{', '.join(missing)} has no value")
        value = self.factor.evaluate(lambda atom: known[atom], lambda c: sp.Rational(c.numerator, c.denominator))
        if abs(number_value(value)) >= 1:
            raise NoGrowth(f"neurons are carried over undiminished, with a factor {value}")
        return value


@dataclass(frozen=True)
class Growth:
    """``per_layer``: what V/(nK^2) gains in each layer where chi_par = 1, times n; ``digits`` are certain, all where it
    is None."""

    per_layer: sp.Expr
    digits: int | None = None


def growth(
    spec: SpecialisedSystem, carried: CarriedNeuron, point: CriticalPoint, hyper: Mapping[Atom, sp.Expr]
) -> Growth:
    """N at a critical point. Raises NoGrowth, and what an average that cannot be had raises."""
    strength = carried.strength(spec, hyper)
    squared = carried.factor * carried.factor * Polynomial.atom(Quantity(KERNEL))
    source = _integrand(spec.system.kernel - squared)
    if point.K_star:
        return _at_kernel(spec, source, strength, float(point.K_star), hyper)
    leading = spec.series(mean_of(source), hyper, 2)
    mean = leading.coefficient(1)
    square = sp.expand(spec.series(mean_of(source * source), hyper, 3).coefficient(2) / 3 - mean**2)
    smooth = 2 * mean**2 * (1 + strength**2) / (1 - strength**2)
    if sp.simplify(square) == 0:
        return Growth(factored(sp.simplify(smooth)))
    kinked = sp.Float(_sum_of_kinks(strength), DIGITS)
    return Growth(sp.Float(number_value(smooth + square * kinked), DIGITS))


def _integrand(mean: Polynomial) -> Polynomial:
    """psi, of which a polynomial in K and averages is the mean; constants do not matter."""
    square = Polynomial.atom(FieldValue(FIRST)) ** 2
    parts = []
    for monomial, coefficient in mean:
        scalars, factor = Polynomial.constant(coefficient), Polynomial.constant(0)
        for atom, power in monomial:
            if isinstance(atom, Mean) and power == 1 and not atom.derivatives and not factor:
                factor = atom.integrand
            elif atom == Quantity(KERNEL) and power == 1 and not factor:
                factor = square
            elif isinstance(atom, (Mean, Quantity)):
                raise NoGrowth(f"the kernel's recursion is not linear in averages ({atom})")
            else:
                scalars = scalars * Polynomial.atom(atom) ** power
        parts.append(scalars * factor)
    return Polynomial.sum(parts)


# ---- kinks at zero --------------------------------------------------------------------------------------------------


def _sum_of_kinks(strength: sp.Expr) -> mpmath.mpf:
    """sum_k h(c^|k|), h(r) = (2/pi) [(1 + 2 r^2) arcsin r + 3 r sqrt(1 - r^2)]: term by term while c^k is not small,
    and the rest, with h = sum_m h_m r^(2m+1), as sum_m h_m c^((2m+1) k)/(1 - c^(2m+1))."""
    with mpmath.workdps(DIGITS + 10):
        c = mpmath.mpf(sp.N(strength, DIGITS + 10))
        total, power = _kink(mpmath.mpf(1)) / 2, c
        for _ in range(LONGEST_MEMORY):
            if abs(power) < 0.5:
                break
            total += _kink(power)
            power *= c
        else:
            raise NoGrowth(f"neurons are remembered for more than {LONGEST_MEMORY} layers")
        m = 0
        while True:
            odd = 2 * m + 1
            term = _kink_coefficient(m) * power**odd / (1 - c**odd)
            total += term
            m += 1
            if abs(term) < mpmath.mpf(10) ** (-DIGITS - 8) * abs(total) or not term:
                return +(2 * total)


def _kink(r: mpmath.mpf) -> mpmath.mpf:
    return 2 / mpmath.pi * ((1 + 2 * r * r) * mpmath.asin(r) + 3 * r * mpmath.sqrt(1 - r * r))


def _kink_coefficient(m: int) -> mpmath.mpf:
    """Of r^(2m+1): arcsin has b_m/(2m+1), sqrt(1 - r^2) has -b_m/(2m-1) at r^(2m), with b_m = binomial(2m, m)/4^m."""

    def central(k: int) -> mpmath.mpf:
        return mpmath.binomial(2 * k, k) / mpmath.mpf(4) ** k

    below = 2 * central(m - 1) / (2 * m - 1) if m else mpmath.mpf(0)
    return 2 / mpmath.pi * (central(m) / (2 * m + 1) + below - 3 * central(m) / (2 * m - 1))


# ---- any function, at K* > 0 ----------------------------------------------------------------------------------------


def _at_kernel(
    spec: SpecialisedSystem, source: Polynomial, strength: sp.Expr, kernel: float, hyper: Mapping[Atom, sp.Expr]
) -> Growth:
    """The covariances in doubles, on two lattices of angles between the fields of two layers."""
    c = float(strength)
    variance = float(spec.value(mean_of(source * source) - mean_of(source) ** 2, sp.Float(kernel, DIGITS), hyper))
    correlations = [c]
    while abs(correlations[-1]) > SMALLEST:
        correlations.append(correlations[-1] * c)
        if len(correlations) > LONGEST_MEMORY:
            raise NoGrowth(f"neurons are remembered for more than {LONGEST_MEMORY} layers")
    if not c:
        return Growth(sp.Float(variance / kernel**2, 15), 12)
    numbers = {atom: float(value) for atom, value in hyper.items()}
    apart = [float(part.sum()) for part in _covariances(spec, source, kernel, numbers, np.array(correlations))]
    rough, fine = ((variance + 2 * total) / kernel**2 for total in apart)
    spread = abs(fine - rough) / abs(fine) + 1e-15
    if spread > CERTAIN:
        raise NoGrowth("the covariances of functions of two layers are not known to ten digits")
    digits = min(12, int(-np.log10(spread)))
    return Growth(sp.Float(f"{fine:.{digits}g}", DIGITS), digits)


def _covariances(
    spec: SpecialisedSystem,
    source: Polynomial,
    kernel: float,
    numbers: Mapping[Atom, float],
    correlations: np.ndarray,
) -> list[np.ndarray]:
    """Cov(psi(z1), psi(z2)) at correlations, interpolated in the angle, in which it is smooth even with kinks; from
    either lattice."""
    turns = [(np.arange(size) + 0.5) * np.pi / size for size in LATTICES]
    wanted = np.arccos(correlations)
    centre, reach = (wanted.max() + wanted.min()) / 2, (wanted.max() - wanted.min()) / 2
    angles = [centre - reach * np.cos(turn) for turn in turns]  # Chebyshev points of all that is wanted
    cosines = np.cos(np.concatenate([*angles, [np.pi / 2]]))
    covariances = np.full((len(cosines), 2, 2), kernel)
    covariances[:, 0, 1] = covariances[:, 1, 0] = kernel * cosines
    both = mean_of(source * source.rename_atoms(_at_the_second))
    values = spec.grid_of_pairs(both, covariances, numbers)
    differences = np.split(values[:-1] - values[-1], [LATTICES[0]])
    return [_interpolated(*known, wanted) for known in zip(turns, angles, differences, strict=True)]


def _interpolated(turns: np.ndarray, angles: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The polynomial through values at Chebyshev points, by the barycentric formula."""
    apart = wanted[:, None] - angles[None, :]
    close = np.abs(apart) < 1e-15
    shares = np.sin(turns) * (-1.0) ** np.arange(len(turns)) / np.where(close, 1.0, apart)
    found: np.ndarray = (shares @ values) / shares.sum(axis=1)
    hit = close.any(axis=1)
    found[hit] = values[close.argmax(axis=1)[hit]]
    return found


def _at_the_second(factor: Atom) -> Atom:
    return replace(factor, leg=SECOND) if isinstance(factor, (Jet, FieldValue)) else factor
