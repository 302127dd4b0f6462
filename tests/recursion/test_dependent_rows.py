"""Weights whose rows are not independent, by a law the engine does not have, against exact averages of the network.

W_ij = sqrt(tau) g_ij, g independent Gaussians and tau one number for the whole layer, the mean of n independent ones.
Its joint cumulants are kappa_r(tau) = kappa_r(t) n^(1-r), and so

    kappa(Ĝ'[1,2], Ĝ'[3,4], ... | layer l) = kappa_r(t) n^(1-r) g[1,2] g[3,4] ...,      g = (C_W/n) sum_j phi phi.

The network: layer 1 has independent Gaussian neurons of variance one, sigma = z^2. Given Ĝ the neurons of a layer are
independent Gaussians, so that E Ĝ^k is a polynomial in 1/n, evaluated here at whole n and interpolated: no expansion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import comb, prod

import numpy as np
import pytest
from numpy.typing import NDArray

from ptheory.activations.monomial import monomial
from ptheory.algebra.order import EXACT
from ptheory.flows.flow import Flow
from ptheory.flows.layer_values import FlowSetting, constant_scalars
from ptheory.language import parse
from ptheory.networks.fields import Field
from ptheory.networks.laws import LAWS, Law
from ptheory.networks.laws.law import Identified
from ptheory.networks.program import check_file
from ptheory.recursion.places import Sample
from ptheory.recursion.system import RecursionSystem, RowsNotIndependent, check_laws_of_numbers
from ptheory.recursion.tensors import Kind, Leg, ObservableAt, Tensor, collective, covariance, tensor

C_W = Fraction(1, 3)
T = {Fraction(1, 2): Fraction(2, 3), Fraction(2): Fraction(1, 3)}  # values and probabilities of what tau is a mean of


@dataclass(frozen=True)
class SharedScale:
    """See ``ptheory.networks.laws.law.Law``: no more is needed than this file."""

    name: str = "Shared"
    is_gaussian: bool = True
    rows_are_independent: bool = False

    def cumulant(self, order: int) -> Fraction:
        return Fraction(order == 2)

    def across_rows(self, rows: tuple[int, ...], power: int) -> Iterable[Identified]:
        assert set(rows) == {2}
        r = len(rows)
        if r - 1 <= power:
            yield Identified(tuple((2 * c, 2 * c + 1) for c in range(r)), r - 1, cumulants(t_moment)[r])

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
        raise AssertionError


def t_moment(k: int) -> Fraction:
    return sum((p * t**k for t, p in T.items()), Fraction(0))


def cumulants(moment: Callable[[int], Fraction], most: int = 8) -> list[Fraction]:
    found = [Fraction(0)] * (most + 1)
    for r in range(1, most + 1):
        found[r] = moment(r) - sum((comb(r - 1, s - 1) * found[s] * moment(r - s) for s in range(1, r)), Fraction(0))
    return found


# ---- exact averages at width n --------------------------------------------------------------------------------------


def odd_factorial(p: int) -> int:
    return prod(range(1, p, 2))


def moment_of_mean(moment: Callable[[int], Fraction], k: int, n: int) -> Fraction:
    """E[((y_1 + ... + y_n)/n)^k] of independent ones."""
    total = [Fraction(j == 0) for j in range(k + 1)]
    for _ in range(n):
        total = [sum((comb(j, i) * total[i] * moment(j - i) for i in range(j + 1)), Fraction(0)) for j in range(k + 1)]
    return total[k] / Fraction(n) ** k


@cache
def moment_of_covariance(layer: int, k: int, n: int) -> Fraction:
    """E Ĝ^k at a layer: sigma^2 = z^4, and neurons of one layer are independent given its Ĝ.

    (1/n sum_j z_j^4)^k is (moment of the mean of n numbers y^4, y standard) * Ĝ^(2k).
    """
    if layer == 1:
        return Fraction(1)
    neurons = moment_of_mean(lambda j: Fraction(odd_factorial(4 * j)), k, n)
    return C_W**k * moment_of_mean(t_moment, k, n) * neurons * moment_of_covariance(layer - 1, 2 * k, n)


def exact_coefficients(layer: int, r: int, degree: int) -> list[Fraction]:
    """Of the joint cumulant of r covariances, a polynomial in 1/n of at most ``degree``, by Newton's differences."""
    points = [Fraction(1, n) for n in range(1, degree + 2)]
    slopes = [cumulants(lambda k, n=n: moment_of_covariance(layer, k, n), r)[r] for n in range(1, degree + 2)]
    for step in range(1, degree + 1):
        for k in range(degree, step - 1, -1):
            slopes[k] = (slopes[k] - slopes[k - 1]) / (points[k] - points[k - step])
    found: list[Fraction] = []
    for slope, point in zip(reversed(slopes), reversed(points), strict=True):
        shifted = [Fraction(0), *found]
        found = [s - point * c for s, c in zip(shifted, [*found, Fraction(0)], strict=True)]
        found[0] += slope
    return found


# ---- the engine -----------------------------------------------------------------------------------------------------

FILE = """ptheory 1
architecture Net {
    weights R[i,j] ~ Normal(0, 1/n)
    weights W[i,j] ~ Shared(0, C_W/n)
    first z[i;a] = sum(k, R[i,k]*x[k;a])
    layer z[i;a] = sum(j, W[i,j]*sigma(z[j;a]))
}
"""
Z = Leg(Field("z"), Sample(1))


def system_of(monkeypatch: pytest.MonkeyPatch, law: Law, text: str = FILE) -> RecursionSystem:
    monkeypatch.setitem(LAWS, "Shared", law)
    return RecursionSystem(check_file(parse(text)).architectures["Net"], degrees=(2,))


def flow_of(monkeypatch: pytest.MonkeyPatch, law: Law) -> Flow:
    scalar = constant_scalars({"C_W": C_W})
    return Flow(system_of(monkeypatch, law), FlowSetting([[Fraction(1)]], scalar, {"sigma": monomial(2)}))


def of_covariances(r: int, order: int) -> Tensor:
    return tensor((covariance(Z, Z),) * r, order)


@pytest.mark.parametrize("layer, r, through", [(2, 1, 4), (2, 2, 4), (2, 3, 2), (3, 1, 3), (3, 2, 2), (3, 3, 1)])
def test_cumulants_of_covariances(monkeypatch: pytest.MonkeyPatch, layer: int, r: int, through: int) -> None:
    exact, numbers = exact_coefficients(layer, r, 2 * r * (layer - 1) ** 2 + 2), flow_of(monkeypatch, SharedScale())
    derived = [numbers.value(layer, of_covariances(r, k)) for k in range(through + 1)]
    assert not any(exact[: r - 1])
    assert derived == [exact[r - 1 + k] if r - 1 + k < len(exact) else 0 for k in range(through + 1)]


def test_the_three_levels_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """V' = C_W^2 (<s^4> - <s^2>^2 + kappa_2(t) <s^2>^2) + ...: the last from the parameters, the first from neurons."""
    found = system_of(monkeypatch, SharedScale()).derivation(of_slots(2))
    ((joined,),) = (found.over_parameters[block] for block in found.over_parameters if len(block) == 2)
    assert joined.coefficient.terms and len(joined.summed_indices) == 2
    assert set(found.over_parameters) == {(0,), (1,), (0, 1)} and set(found.over_layers) == {((0,), (1,)), ((0, 1),)}


def of_slots(r: int) -> Tensor:
    legs = [Leg(Field("z"), Sample(k + 1)) for k in range(2 * r)]
    return tensor(tuple(covariance(*legs[2 * k : 2 * k + 2]) for k in range(r)))


def test_what_is_derived_for_independent_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = flow_of(monkeypatch, SharedScale())
    with pytest.raises(RowsNotIndependent, match="need not end"):
        numbers.series(2, of_covariances(1, 0), EXACT)
    pair = (ObservableAt(Kind("H", 2, ((0, 1),)), (Z, Z)),)
    with pytest.raises(RowsNotIndependent, match="parameter derivatives"):
        numbers.system.right_hand_side(tensor((collective(pair, (((0, 0), (0, 1)),)),)))
    for changed in (
        FILE.replace("R[i,j] ~ Normal", "R[i,j] ~ Shared"),
        FILE.replace("= sum(j, W", "= z[i;a] + sum(j, W"),
    ):
        with pytest.raises(RowsNotIndependent, match="first layer, or of skip connections"):
            check_laws_of_numbers(check_file(parse(changed)).architectures["Net"])
