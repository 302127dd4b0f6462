"""Several kernels near zero: the direction in which they stay of one size, and the flow along it.

K' = F(K), F(0) = 0, has A = ∂F/∂K at zero. Where the largest eigenvalue of A is one, with entries r >= 0 of its
vector, kernels that start anywhere fall onto a curve

    K_i = ξ_i(x) = r_i x + ...,     x = K_1,     ξ_i(φ(x)) = F_i(ξ(x)),     φ = F_1(ξ(x)),

all other directions shrinking exponentially (or, where an eigenvalue is -1, as a power of the depth: ``alternating``
says which, and whether that is fast enough). What is left is
one recursion x' = φ(x), and every quantity of the layers a function of x.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import sympy as sp

from ptheory.activations import Activation
from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.criticality.coupled_recursions import Direction, unit_direction
from ptheory.criticality.kernel_system import Quantity, coefficient_of
from ptheory.criticality.linear_recursions import AsymptoticFailure
from ptheory.criticality.series import ONE, ZERO, LogSeries, NoSeries, exact, is_zero, normal, order_key
from ptheory.criticality.several_kernels import KernelMean, SeveralKernels
from ptheory.criticality.specialised import SpecialisedSystem

MOST_CORRECTIONS = 40


class NotAtZero(AsymptoticFailure):
    """Kernels that do not stay at zero, or do not shrink to it as a power of the depth; the message says which."""


@dataclass(frozen=True)
class AlongCurve(SpecialisedSystem):
    """A system whose averages are over fields with kernels of their own: series in x, each kernel on ``curve``."""

    curve: Mapping[str, LogSeries] = field(default_factory=dict)

    def _atom_series(self, atom: Atom, hyper: Mapping[Atom, sp.Expr], order: sp.Expr | int) -> LogSeries:
        if isinstance(atom, KernelMean):
            return _composed(self.average_series(atom.mean, order), self.curve[atom.kernel])
        if isinstance(atom, Quantity) and atom.name in self.curve:
            return self.curve[atom.name]
        return super()._atom_series(atom, hyper, order)


@dataclass(frozen=True)
class Kernels:
    """``system`` at chosen activations and hyperparameters."""

    system: SeveralKernels
    spec: SpecialisedSystem

    @staticmethod
    def of(system: SeveralKernels, activations: Mapping[str, Activation], values: Mapping[Atom, sp.Expr]) -> Kernels:
        """Raises FormulaError where a hyperparameter inside a function has no value."""
        return Kernels(system, system.derived.specialise(activations, values))

    # -- the linear part --------------------------------------------------------------------------------------------
    def at_zero(self) -> tuple[list[sp.Expr], sp.Matrix]:
        """F(0) and A. Raises NoSeries where F has no linear part there."""
        found = [self._to_first_order(right) for right in self.system.maps]
        slopes = [[linear.get(name, ZERO) for name in self.system.kernels] for _, linear in found]
        return [value for value, _ in found], sp.Matrix(slopes)

    def constant(self, polynomial: Polynomial) -> sp.Expr:
        """The value of a polynomial where all kernels are zero. Raises NoSeries."""
        return self._to_first_order(polynomial)[0]

    def _to_first_order(self, polynomial: Polynomial) -> tuple[sp.Expr, dict[str, sp.Expr]]:
        value, slopes = ZERO, dict.fromkeys(self.system.kernels, ZERO)
        for monomial, coefficient in polynomial:
            term, moved = exact(coefficient), dict.fromkeys(self.system.kernels, ZERO)
            for atom, power in monomial:
                if power < 0:
                    raise NoSeries("a recursion of a kernel divides by one")
                at, by = self._atom_to_first_order(atom)
                for _ in range(power):
                    moved = {name: moved[name] * at + term * by.get(name, ZERO) for name in moved}
                    term = term * at
            value += term
            slopes = {name: slopes[name] + moved[name] for name in slopes}
        return normal(value), {name: normal(slope) for name, slope in slopes.items()}

    def _atom_to_first_order(self, atom: Atom) -> tuple[sp.Expr, dict[str, sp.Expr]]:
        if isinstance(atom, KernelMean):
            series = self.spec.average_series(atom.mean, 1)
            between = [e for e, _ in series.terms if not (e == 0 or order_key(e) >= 1)]
            if between:
                raise NoSeries(f"{atom} starts with {atom.kernel}^({between[0]}), of which there is no linear part")
            return series.coefficient(0), {atom.kernel: series.coefficient(1)}
        if isinstance(atom, Quantity):
            return ZERO, {atom.name: ONE}
        return exact(self.spec.scalar(atom, None, {})), {}

    def check_zero(self) -> None:
        """Raises NotAtZero where kernels do not stay at zero."""
        for name, value in zip(self.system.kernels, self.at_zero()[0], strict=True):
            if not is_zero(value):
                raise NotAtZero(f"{name}' = {value} where all kernels are zero")

    def direction(self) -> list[sp.Expr]:
        """r, with r_1 = 1. Raises NotAtZero where A has another largest eigenvalue than one, or r other signs."""
        right = self._unit_direction().right
        return [normal(entry / right[0]) for entry in right]

    def share_of_first(self) -> sp.Expr:
        """How much of the slow direction is the first kernel, l_1 r_1: what it is moved by in a layer moves the whole
        along that direction by so much. Raises what ``direction`` does."""
        found = self._unit_direction()
        return normal(found.left[0] * found.right[0])

    def _unit_direction(self) -> Direction:
        self.check_zero()
        try:
            found = unit_direction(self.at_zero()[1])
        except AsymptoticFailure as error:
            raise NotAtZero(f"near zero the kernels do not stay: {error}") from error
        if found is None:
            raise NotAtZero("near zero all kernels shrink exponentially")
        entry_of_first = found.right[0]
        if is_zero(entry_of_first) or not all((entry / entry_of_first).evalf().is_nonnegative for entry in found.right):
            first, *_ = self.system.kernels
            raise NotAtZero(
                f"near zero {first} shrinks exponentially while another kernel stays: declare the field of one that "
                "stays first"
            )
        return found

    # -- the curve --------------------------------------------------------------------------------------------------
    def curve(self, order: int) -> tuple[AlongCurve, LogSeries]:
        """The system on the curve, and φ, both known through x^order (all of them where the series end).

        Raises what ``direction`` does.
        """
        right = self.direction()
        start = {name: LogSeries.power(1, r) for name, r in zip(self.system.kernels, right, strict=True)}
        spec = AlongCurve(
            self.spec.system, self.spec.activations, self.spec.values, self.spec.kinks_dropped, self.spec._slow, start
        )
        return self._corrected(spec, right, self.at_zero()[1], order)

    def _corrected(
        self, spec: AlongCurve, right: Sequence[sp.Expr], matrix: sp.Matrix, order: int
    ) -> tuple[AlongCurve, LogSeries]:
        """Term by term: δ x^s with δ_1 = 0 is wrong by A δ - δ - r (A δ)_1 more."""
        names = self.system.kernels
        size = len(names)
        first_row = sp.Matrix([list(matrix.row(0))])
        moved = (matrix - sp.eye(size) - sp.Matrix(right) * first_row)[1:, 1:]
        end = exact(order) + sp.Rational(1, 2)
        for _ in range(MOST_CORRECTIONS):
            mapped = [spec.series(right_hand_side, {}, order) for right_hand_side in self.system.maps]
            wrong = [
                image - spec.curve[name].compose(mapped[0]) for image, name in zip(mapped[1:], names[1:], strict=True)
            ]
            wrong = [one if one.truncation is None else one.truncated(end) for one in wrong]
            left = [place for one in wrong for place in one.terms if order_key(place[0]) <= order]
            if not left:
                return self._known(spec, wrong, mapped[0], end)
            place = min(left, key=lambda at: (order_key(at[0]), -at[1]))
            change = moved.LUsolve(-sp.Matrix([one.terms.get(place, ZERO) for one in wrong]))
            curve = dict(spec.curve)
            for name, value in zip(names[1:], change, strict=True):
                curve[name] = (curve[name] + LogSeries({place: normal(value)})).truncated(end)
            spec = replace(spec, curve=curve)
        raise AsymptoticFailure("the curve of the kernels has more terms than are computed")

    def _known(
        self, spec: AlongCurve, wrong: Sequence[LogSeries], flow: LogSeries, end: sp.Expr
    ) -> tuple[AlongCurve, LogSeries]:
        """Exact where nothing is left over at all; else known to the order computed."""
        if flow.truncation is None and all(one.truncation is None and not one.terms for one in wrong):
            return spec, flow
        curve = {name: series.truncated(end) for name, series in spec.curve.items()}
        first = self.system.kernels[0]
        curve[first] = LogSeries.power(1)
        return replace(spec, curve=curve), flow.truncated(end)


def _composed(series: LogSeries, kernel: LogSeries) -> LogSeries:
    """The series at a kernel; one that is zero as far as it is known is no more than that."""
    if kernel.terms:
        return series.compose(kernel)
    return LogSeries.constant(series.coefficient(0), kernel.truncation)


def split(right: Polynomial, members: Sequence[str]) -> tuple[list[Polynomial], Polynomial]:
    """(coefficients, rest) of a right-hand side linear in the quantities ``members``. Raises NotAffine."""
    coefficients = []
    for name in members:
        right, slope = coefficient_of(right, Quantity(name))
        coefficients.append(slope)
    return coefficients, right
