"""What the neurons of a layer that are carried over make layers remember: sums of covariances over all distances.

With z'_i = c z_i + ..., the fields of one neuron k layers apart have E[z z_k] = c^|k| K, to leading order. Noise that
is an average over neurons of F(z) in one layer and of G(z) in another has correlated values there; over many layers
they add up to

    N = sum over k from -oo to oo of c^(p |k|) Cov(F(z), G(z_k)),

p the number of derivatives of z along a direction in parameter space that F and G share, each with correlation c^|k|
(where p > 0 the product of means is not subtracted). By Hermite polynomials, F = sum_m F_m He_m(z/sqrt(K))/sqrt(m!),

    N = Cov(F, G) + sum_m F_m G_m 2 c^(p + m)/(1 - c^(p + m)),

for homogeneous functions in closed form: of z^i F_m ends, and of z^i sign(z)

    <x^i sign(x) He_m(x)> = 2 i! He_(m-i-1)(0)/sqrt(2 pi),     m > i, m + i odd.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import mpmath
import numpy as np
import sympy as sp

from ptheory.algebra.polynomial import Atom, Polynomial, SortKey, Symbol
from ptheory.criticality.exact_numbers import Number
from ptheory.criticality.kernel_system import SECOND
from ptheory.criticality.series import LogSeries, NoExpansion, is_zero, normal, number_value
from ptheory.criticality.specialised import KernelAt, SpecialisedSystem
from ptheory.criticality.tuning import Unknown
from ptheory.expectations import DivergentMoment
from ptheory.expectations.kernel_series import half_moment, odd_factorial, sides_at_zero
from ptheory.recursion.jets import FieldValue, Jet
from ptheory.recursion.means.mean import Mean, mean_of
from ptheory.recursion.means.product_rule import differentiate

DIGITS = 30
LATTICES = (
    (24, 32),
    (40, 56),
)  # angles up to a right one where covariances are evaluated; what both of two have is known
SMALLEST = 1e-17  # correlations below are zero in doubles
LONGEST_MEMORY = 20_000  # layers
LEAST_ANGLE = 0.06  # between the fields of two layers that remember no longer
MOST_HERMITE = 2_000_000  # of signs, in the same memory
MOST_POWERS = 8  # of z at zero, in both functions together
TINY = 1e-300
CERTAIN = 1e-10  # relative
HALF = sp.Rational(1, 2)


class NoGrowth(NoExpansion):
    """What fluctuations add in each layer is not known; the message says why."""


@dataclass(frozen=True)
class BetweenLayers:
    """N of the module docstring, of F and G whose averages are ``first`` and ``second``; ``shared``: p.

    ``later``: the sum over k >= 1 alone. ``slopes``: so many derivatives of N by K.
    """

    first: Mean
    second: Mean
    shared: int = 0
    later: bool = False
    slopes: int = 0

    @cached_property
    def sort_key(self) -> SortKey:
        return (7, 1, self.first.sort_key, self.second.sort_key, self.shared, self.later, self.slopes)

    @property
    def is_constant(self) -> bool:
        """Whether neither function depends on the field."""
        return not self.first.factors and not self.second.factors

    def __str__(self) -> str:
        layers = "later layers" if self.later else "all layers"
        return f"{'∂K ' * self.slopes}sum over {layers} of {self.first}{self.second}"


@dataclass(frozen=True)
class RememberingSystem(SpecialisedSystem):
    """With averages over two layers among its atoms; ``strength``: c, a polynomial in hyperparameters, ``unknowns`` are
    those that are solved for."""

    strength: Polynomial = Polynomial()  # noqa: RUF009 - polynomials never change
    unknowns: tuple[Unknown, ...] = ()
    _kept: dict[tuple[Hashable, ...], sp.Float] = field(default_factory=dict, repr=False, compare=False)
    _lattices: dict[tuple[Hashable, ...], tuple[_OnAngles, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def carried(self, hyper: Mapping[Atom, sp.Expr]) -> sp.Expr:
        """c as a number. Raises NoGrowth where it is not between -1 and 1."""
        known = {**self.values, **hyper}
        for unknown in self.unknowns:  # a power of it is solved for
            if unknown.symbol in known:
                known[Symbol(unknown.name)] = unknown.root(known[unknown.symbol])
        missing = sorted(str(atom) for atom in self.strength.atoms() if atom not in known)
        if missing:
            raise NoGrowth(f"{', '.join(missing)} has no value")
        value = self.strength.evaluate(lambda atom: known[atom], lambda q: sp.Rational(q.numerator, q.denominator))
        if abs(number_value(value)) >= 1:
            raise NoGrowth(f"neurons are carried over undiminished, with a factor {value}")
        return value

    def _atom_series(self, atom: Atom, hyper: Mapping[Atom, sp.Expr], order: sp.Expr | int) -> LogSeries:
        if isinstance(atom, BetweenLayers):
            return self._small_kernel(atom, self.carried(hyper))
        return super()._atom_series(atom, hyper, order)

    def scalar(self, atom: Atom, kernel: KernelAt, hyper: Mapping[Atom, sp.Expr]) -> Number:
        """Sums over layers too, at K* > 0."""
        if isinstance(atom, BetweenLayers):
            assert not isinstance(kernel, tuple)
            at = atom, float(kernel), self.carried(hyper), self.kinks_dropped
            if at not in self._kept:
                self._kept[at] = self._at_kernel(*at[:3])
            return self._kept[at]
        return super().scalar(atom, kernel, hyper)

    def closed_form(self, polynomial: Polynomial, hyper: Mapping[Atom, sp.Expr]) -> sp.Expr | None:
        """None where there is a sum over layers, of which none is known."""
        if any(isinstance(atom, BetweenLayers) for atom in polynomial.atoms()):
            return None
        return super().closed_form(polynomial, hyper)

    # -- K -> 0 ---------------------------------------------------------------------------------------------------
    def _small_kernel(self, atom: BetweenLayers, strength: sp.Expr) -> LogSeries:
        """The leading term as K -> 0; all of it where functions are homogeneous."""
        sides = [self._sides(mean) for mean in (atom.first, atom.second)]
        homogeneous = all(self._is_homogeneous(mean) for mean in (atom.first, atom.second))
        outer = len(atom.first.derivatives)
        sums = _SumOfPowers(strength, atom.shared, atom.later, outer)
        for total in range(MOST_POWERS + 1):
            value = sp.Integer(0)
            for i in range(total + 1):
                value += sums.of(i, *sides[0][i], total - i, *sides[1][total - i])
            if value.has(sp.Float):
                value = sp.N(value, DIGITS)
            if not is_zero(normal(value)):
                power = sp.Rational(total - outer, 2)
                factor = sp.ff(power, atom.slopes)
                known = None if homogeneous else power - atom.slopes + HALF
                return LogSeries({(power - atom.slopes, 0): normal(value) * factor} if factor else {}, known)
        return LogSeries({}, None if homogeneous else sp.Rational(MOST_POWERS + 1 - outer, 2) - atom.slopes)

    def _sides(self, mean: Mean) -> list[tuple[sp.Expr, sp.Expr]]:
        """(m, d) of z^0, z^1, ..., outer derivatives left out: half the sum and half the difference of what stands for
        z > 0 and for z < 0."""
        if not mean.factors:
            return [(sp.Integer(int(not k)), sp.Integer(0)) for k in range(MOST_POWERS + 1)]
        try:
            right, left = sides_at_zero(self.moment(Mean(mean.factors)), MOST_POWERS)
        except DivergentMoment as error:
            raise NoGrowth(error.message) from error
        return [((r + s) / 2, (r - s) / 2) for r, s in zip(right, left, strict=True)]

    def _is_homogeneous(self, mean: Mean) -> bool:
        return all(self.activation(jet.function).homogeneous_degree is not None for jet in mean.jets)

    # -- K* > 0 ---------------------------------------------------------------------------------------------------
    def _at_kernel(self, atom: BetweenLayers, kernel: float, strength: sp.Expr) -> sp.Float:
        """In doubles, on two lattices of angles between the fields of two layers; the digits that both have."""
        if atom.slopes:
            raise NoGrowth("how the memory of a layer depends on the kernel is known at K* = 0 and on lines alone")
        c = float(strength)
        first, second = (
            differentiate(mean.integrand, *mean.derivatives) if mean.factors else Polynomial.constant(1)
            for mean in (atom.first, atom.second)
        )
        here = 0.0
        if not atom.later:
            apart = mean_of(first) * mean_of(second) if not atom.shared else Polynomial()
            here = float(self.value(mean_of(first * second) - apart, sp.Float(kernel, DIGITS), {}))
        distances: list[int] = []
        while abs(c) ** (len(distances) + 1) > SMALLEST:
            distances.append(len(distances) + 1)
            if len(distances) > LONGEST_MEMORY:
                raise NoGrowth(f"neurons are remembered for more than {LONGEST_MEMORY} layers")
        times = 1 if atom.later else 2
        if not distances:
            return sp.Float(f"{here:.12g}", DIGITS)
        correlations = c ** np.array(distances)
        weights = times * correlations**atom.shared
        both = mean_of(first * second.rename_atoms(_at_the_second))
        wanted = np.arccos(correlations)
        for sizes in LATTICES:
            at = both, kernel, c < 0, self.kinks_dropped, sizes
            if at not in self._lattices:
                self._lattices[at] = self._covariances(both, kernel, c < 0, sizes)
            rough, fine = (here + float(weights @ one.at(wanted, bool(atom.shared))) for one in self._lattices[at])
            spread = abs(fine - rough) / max(abs(fine), TINY) + 1e-15
            if spread <= CERTAIN:
                return sp.Float(f"{fine:.{min(12, int(-np.log10(spread)))}g}", DIGITS)
        raise NoGrowth("the covariances of functions of two layers are not known to ten digits")

    def _covariances(
        self, both: Polynomial, kernel: float, alternates: bool, lattices: tuple[int, ...]
    ) -> tuple[_OnAngles, ...]:
        """<F(z1) G(z2)> on either lattice, at all angles between fields that are remembered for LONGEST_MEMORY layers;
        of two neighbouring layers it is more than a right angle where ``alternates``."""
        centre, reach = (
            (np.pi / 2, np.pi / 2 - LEAST_ANGLE)
            if alternates
            else (
                (np.pi / 2 + LEAST_ANGLE) / 2,
                (np.pi / 2 - LEAST_ANGLE) / 2,
            )
        )
        sizes = [size * (1 + alternates) for size in lattices]
        turns = [(np.arange(size) + 0.5) * np.pi / size for size in sizes]
        angles = [centre - reach * np.cos(turn) for turn in turns]  # Chebyshev points
        cosines = np.cos(np.concatenate([*angles, [np.pi / 2]]))
        covariances = np.full((len(cosines), 2, 2), kernel)
        covariances[:, 0, 1] = covariances[:, 1, 0] = kernel * cosines
        values = self.grid_of_pairs(both, covariances, {})
        kept = np.split(values[:-1], [sizes[0]])
        return tuple(_OnAngles(*known, values[-1]) for known in zip(turns, angles, kept, strict=True))


@dataclass(frozen=True)
class _OnAngles:
    """<F(z1) G(z2)> at Chebyshev points in the angle, in which it is smooth even with kinks; ``apart``: of independent
    fields."""

    turns: np.ndarray
    angles: np.ndarray
    values: np.ndarray
    apart: float

    def at(self, wanted: np.ndarray, keep_means: bool) -> np.ndarray:
        """The polynomial through the values, by the barycentric formula; a covariance unless ``keep_means``."""
        distance = wanted[:, None] - self.angles[None, :]
        close = np.abs(distance) < 1e-15
        shares = np.sin(self.turns) * (-1.0) ** np.arange(len(self.turns)) / np.where(close, 1.0, distance)
        found: np.ndarray = (shares @ self.values) / shares.sum(axis=1)
        hit = close.any(axis=1)
        found[hit] = self.values[close.argmax(axis=1)[hit]]
        return found if keep_means else found - self.apart


def _at_the_second(factor: Atom) -> Atom:
    return replace(factor, leg=SECOND) if isinstance(factor, (Jet, FieldValue)) else factor


# ---- powers and powers with a sign, at variance one -----------------------------------------------------------------


@dataclass(frozen=True)
class _SumOfPowers:
    """N of functions x^i (m + d sign x) of fields of variance one, of the first the derivative of order ``outer``:
    <F^(s) He_m> = <F He_(m+s)>, which is finite at a kink (of sums over other layers alone)."""

    strength: sp.Expr
    shared: int
    later: bool
    outer: int = 0

    def of(self, i: int, m: sp.Expr, d: sp.Expr, j: int, m2: sp.Expr, d2: sp.Expr) -> sp.Expr:
        """N of x^i (m + d sign x) and x^j (m2 + d2 sign x): exact but for two signs, DIGITS digits then."""
        if (not m and not d) or (not m2 and not d2):
            return sp.Integer(0)
        total = sp.Integer(0)
        if not self.later:
            total = (m * m2 + d * d2) * _moment(i + j, 0) + (m * d2 + d * m2) * _moment(i + j, 1)
            if not self.shared:
                total -= (m * _moment(i, 0) + d * _moment(i, 1)) * (m2 * _moment(j, 0) + d2 * _moment(j, 1))
        for order in range(self.lowest, max(i, j) + 1):
            left, right = _hermite(i, m, d, order + self.outer), _hermite(j, m2, d2, order)
            if left and right:
                total += left * right / sp.factorial(order) * self._distances(order)
        if d and d2 and (i + j + self.outer) % 2 == 0:
            total += sp.Float(self._of_signs(i, j), DIGITS + 5) * d * d2
        return sp.expand(total)

    @property
    def lowest(self) -> int:
        """Of the Hermite polynomials: the mean belongs to N where derivatives are shared."""
        return 0 if self.shared else 1

    def _distances(self, order: int) -> sp.Expr:
        """The sum of c^((p + m) |k|) over k != 0, or k > 0."""
        power = self.strength ** (self.shared + order)
        return (1 if self.later else 2) * power / (1 - power)

    def _of_signs(self, i: int, j: int) -> mpmath.mpf:
        """The Hermite polynomials beyond those of x^max(i, j), of which each sign has every second one."""
        with mpmath.workdps(DIGITS + 10):
            c = mpmath.mpf(sp.N(self.strength, DIGITS + 10))
            if not c:
                return mpmath.mpf(0)
            s, m = self.outer, max(i, j) + 1
            if (m + j) % 2 == 0:
                m += 1
            first = _hermite_of_sign(i, m + s) * _hermite_of_sign(j, m) / sp.factorial(m)
            product = mpmath.mpf(sp.Rational(sp.expand(first * sp.pi)))
            product, total = product / mpmath.pi, mpmath.mpf(0)
            power, square = c ** (self.shared + m), c * c
            while True:
                term = product * power / (1 - power)
                total += term
                product *= mpmath.mpf((m + s - i) * (m - j)) / ((m + 1) * (m + 2))
                power *= square
                m += 2
                if abs(power) < mpmath.mpf(10) ** (-DIGITS - 8):
                    return total * (1 if self.later else 2)
                if m > MOST_HERMITE:
                    raise NoGrowth(f"neurons are remembered for more than {LONGEST_MEMORY} layers")


def _moment(power: int, signs: int) -> sp.Expr:
    """<x^power sign(x)^signs>."""
    return 2 * half_moment(power) if (power + signs) % 2 == 0 else sp.Integer(0)


def _hermite(i: int, m: sp.Expr, d: sp.Expr, order: int) -> sp.Expr:
    """<x^i (m + d sign x) He_order(x)>."""
    found = sp.Integer(0)
    if m and order <= i and (i + order) % 2 == 0:
        found += m * sp.ff(i, order) * odd_factorial(i - order - 1)
    if d:
        found += d * _hermite_of_sign(i, order)
    return found


def _hermite_of_sign(i: int, order: int) -> sp.Expr:
    """<x^i sign(x) He_order(x)>."""
    if (i + order) % 2 == 0:
        return sp.Integer(0)
    if order > i:
        zero = (-1) ** ((order - i - 1) // 2) * odd_factorial(order - i - 2)
        return 2 * sp.factorial(i) * zero / sp.sqrt(2 * sp.pi)
    x = sp.Symbol("x")
    terms = sp.Poly(sp.hermite_prob(order, x), x).terms()
    return sp.expand(sum(coefficient * _moment(i + power, 1) for (power,), coefficient in terms))
