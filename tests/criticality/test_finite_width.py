"""Networks of finite width: the growth of distances and the edge of chaos, against formulas written down by hand.

By hand: r' = chi(G) (1 - u^2) + m u^2 + noise is the factor by which D grows, u^2 the part of the separation along the
input, and its logarithm is averaged with the covariances of G, u and the noise of one and the same layer.
"""

from __future__ import annotations

from functools import cache
from math import erf, log, sqrt

import numpy as np
import pytest

import ptheory as pt
from ptheory.criticality.edge import edge_at
from ptheory.criticality.edge_at_width import edge_shift, edge_shifts
from ptheory.session.chosen_network import chosen_network
from tests.criticality.drawn_distances import FUNCTIONS, by_their_covariances, by_their_weights, rates

SLOPE_SQUARED = {"hard_tanh": lambda kernel: erf(1 / sqrt(2 * kernel))}


@cache
def along():
    return pt.phase("tanh", bias="1/20")


@cache
def point(name: str, bias: str, weight: str):
    return pt.phase(name, bias=bias, weight=weight).to_json()


def by_hand(name: str, bias: float, weight: float) -> dict[str, float]:
    function, slope = FUNCTIONS[name]
    nodes = np.linspace(-9, 9, 300_001 if name in SLOPE_SQUARED else 401)  # a jump is met to a part of the distance
    density = np.exp(-(nodes**2) / 2)
    density /= density.sum()

    def mean(of, kernel):
        return float(density @ of(np.sqrt(kernel) * nodes))

    def kernel_map(kernel):
        return bias + weight * mean(lambda z: function(z) ** 2, kernel)

    def chi(kernel):
        return weight * SLOPE_SQUARED.get(name, lambda k: mean(lambda z: slope(z) ** 2, k))(kernel)

    star = 1.0
    for _ in range(80):
        star = kernel_map(star)
    step = 2e-3
    ahead, behind = star + step, star - step
    parallel = (kernel_map(ahead) - kernel_map(behind)) / (2 * step)
    bend = (kernel_map(ahead) - 2 * kernel_map(star) + kernel_map(behind)) / step**2
    across = chi(star)
    first, second = (chi(ahead) - chi(behind)) / (2 * step), (chi(ahead) - 2 * across + chi(behind)) / step**2
    squares, slopes = mean(lambda z: function(z) ** 2, star), mean(lambda z: slope(z) ** 2, star)
    both = mean(lambda z: (function(z) * slope(z)) ** 2, star)
    vertex = weight**2 * (mean(lambda z: function(z) ** 4, star) - squares**2) / (1 - parallel**2)
    shift = bend * vertex / 2 / (1 - parallel)
    along = weight**2 * both / (star * (across - parallel**2))
    m = weight * mean(lambda z: (z * slope(z)) ** 2, star) / star
    noise = weight**2 * (3 * mean(lambda z: slope(z) ** 4, star) - slopes**2)
    shared = (parallel * first * vertex + weight**2 * (both - squares * slopes)) / (across * (1 - parallel))
    rate = (first * shift + second * vertex / 2 + (m - across) * along + first * shared) / across
    variance = (first**2 * vertex + noise + 2 * across * first * shared) / across**2
    return {"chi": across, "mean": rate, "typical": rate - variance / 2, "variance": variance}


@pytest.mark.parametrize(
    ("name", "bias", "weight"), [("tanh", "1/20", "2"), ("sin", "1/10", "3/2"), ("hard_tanh", "1/20", "2")]
)
def test_growth_of_distances(name: str, bias: str, weight: str) -> None:
    """The mean, what is typical, and the spread; at a kink too."""
    found = point(name, bias, weight)["finite_width"]
    hand = by_hand(name, eval_fraction(bias), eval_fraction(weight))
    assert float(found["rate_of_mean"]) == pytest.approx(hand["mean"], abs=1e-3)
    assert float(found["rate_typical"]) == pytest.approx(hand["typical"], abs=1e-3)
    assert float(found["rate_of_variance"]) == pytest.approx(hand["variance"], rel=1e-3)


def eval_fraction(text: str) -> float:
    above, _, below = text.partition("/")
    return float(above) / float(below or 1)


def test_distances_of_networks_drawn() -> None:
    """Two widths extrapolated to n = oo, within four standard errors; what is of order 1/L is in the tolerance of S."""
    found = point("tanh", "1/20", "2")
    chi, seen = float(found["chi_perp"]), {}
    for n in (24, 48):
        seen[n] = rates(by_their_covariances("tanh", 0.05, 2.0, n, 4000, 20, n), n, 20, chi)
    for name, which, rounding in (("rate_typical", 0, 0.0), ("rate_of_variance", 1, 0.1)):
        extrapolated = 2 * seen[48][which][0] - seen[24][which][0]
        error = np.hypot(2 * seen[48][which][1], seen[24][which][1])
        assert abs(extrapolated - float(found["finite_width"][name])) < 4 * error + rounding
    weights = rates(by_their_weights("tanh", 0.05, 2.0, 24, 400, 20, 1), 24, 20, chi)
    for one, other in zip(weights, seen[24], strict=True):
        assert abs(one[0] - other[0]) < 4 * np.hypot(one[1], other[1])


def test_on_a_straight_piece_only_the_noise_is_left() -> None:
    """relu: D' = (C_W/n) sum over neurons that are on, whatever G is: the mean is exact, log D has 5 - 1/n ..."""
    found = pt.phase("relu", bias="1/10", weight="3/2").to_json()["finite_width"]
    assert float(found["rate_of_mean"]) == pytest.approx(0, abs=1e-12)
    assert float(found["rate_of_variance"]) == pytest.approx(5) and float(found["rate_typical"]) == pytest.approx(-2.5)


def test_no_rate_where_components_along_the_input_decay_more_slowly() -> None:
    """z^2 at K* = 1/8: chi_par^2 > chi_perp, and D goes as the square of the component along the input."""
    slow, fast = (pt.phase("z^2", bias=bias, weight="1").to_json() for bias in ("5/64", "1/64"))
    assert (slow["chi_par"], slow["chi_perp"]) == ("0.75", "0.5") and slow["finite_width"]["rate_of_mean"] is None
    assert float(slow["finite_width"]["variance"]) > 0 and fast["finite_width"]["rate_of_mean"] is not None


def test_the_edge_moves_to_where_the_rate_is_zero() -> None:
    """log chi + r/n = 0 solved for C_W at n = 10^4 by hand, C_b held; the derivatives of chi, and both precisions."""
    name = "tanh"
    network = chosen_network(name, None, (), {})
    place = edge_at(network.spec, 1, 15)
    fluctuations = network.fluctuations
    assert fluctuations is not None
    exact = edge_shift(fluctuations, place, network.spec.system.weight, 15)
    (double,) = edge_shifts(fluctuations, [place])
    bias, weight, n = float(place.bias), float(place.weight), 10_000
    for which in ("mean", "typical"):
        assert float(getattr(double, which)) == pytest.approx(float(getattr(exact, which)), rel=1e-8)
        expected = float(getattr(exact, which))

        def rate(w: float, which: str = which) -> float:
            found = by_hand(name, bias, w)
            return log(found["chi"]) + found[which] / n

        low, high = weight + (expected - 1) / n, weight + (expected + 1) / n
        root = low - rate(low) * (high - low) / (rate(high) - rate(low))
        assert (root - weight) * n == pytest.approx(expected, abs=0.02)
    assert float(double.spread) == pytest.approx(float(exact.spread), rel=1e-8)
    _, low, high = exact.interval(place.weight, 100, 40)
    assert float(high - low) == pytest.approx(2 * float(exact.spread) / sqrt(4000))


def test_networks_scatter_about_the_shifted_edge() -> None:
    """At the typical edge of width 192 half of the networks bring inputs together; a spread above it, 16 %."""
    found = along().to_json()["edge"][0]
    width, n, depth = found["finite_width"], 192, 60
    place = float(found["C_W"]) + float(width["typical_shift_of_C_W"]) / n
    spread = float(width["spread_of_C_W"]) / sqrt(n * depth)
    for off, share in ((0.0, 0.5), (1.0, 0.159)):
        grown = by_their_covariances("tanh", 0.05, place + off * spread, n, 400, depth, 3)
        assert (grown < 0).mean() == pytest.approx(share, abs=0.07)


def test_along_a_variance_and_in_the_plane() -> None:
    """One row for every stretch whose kernel attracts and for the edge; nothing for networks whose vertex does not
    close."""
    data = along().to_json()
    assert [row["finite_width"] is not None for row in data["phases"]] == [True, True]
    assert float(data["edge"][0]["finite_width"]["typical_shift_of_C_W"]) == pytest.approx(7.87279, abs=1e-5)
    across = pt.phase("hard_tanh", bias=None, weight="2").to_json()["edge"][0]["finite_width"]
    assert float(across["spread_of_C_b"]) > 0
    plane = pt.phase("hard_tanh", bias=None, weight=None).to_json()["edge"][0]
    assert plane[0]["finite_width"]["shift_of_C_W"] is None  # 1 - chi_par is below what doubles resolve
    assert float(plane[-1]["finite_width"]["typical_shift_of_C_W"]) > 0
    assert "typical shift" in str(along()._repr_html_())
