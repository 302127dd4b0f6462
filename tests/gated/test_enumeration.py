"""Gated layers against exact enumeration: G, V, tangent kernels and their fluctuations, all fields."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product

import pytest

from tests.gated import layer_three
from tests.gated.correlators import PAIRINGS, Correlator
from tests.gated.networks import CORRELATORS, NETWORKS, enumerated
from tests.oracles.jets import jet_name
from tests.oracles.moments import cumulant
from tests.oracles.tensors import divide_by_powers

TELLING = [(0, 0, 1, 1), (0, 1, 0, 1), (0, 1, 1, 0), (1, 0, 0, 0)]


@pytest.mark.parametrize("which", NETWORKS)
@pytest.mark.parametrize("layer", [1, 2, 3])
@pytest.mark.parametrize("fields", ["uu", "uv", "vv"])
def test_kernels_to_next_to_leading_order(which: str, layer: int, fields: str) -> None:
    case = NETWORKS[which]
    moment = case.exact[layer].moment
    for samples in product(range(2), repeat=2):
        legs = [(name, 0, sample) for name, sample in zip(fields, samples, strict=True)]
        means = {
            f"M_{fields}": cumulant(moment, [[leg] for leg in legs]),
            f"Theta_{fields}": moment(tuple((jet_name(name, (1,)), i, a) for name, i, a in legs)),
        }
        for name, series in means.items():
            expected = [*divide_by_powers(series, 0), Fraction(0)][:2]
            assert case.engine.coefficients(layer, name, samples, 2) == expected, (name, samples)


def check(which: str, layer: int, correlator: Correlator, orders: int) -> None:
    for pairing, samples in product(PAIRINGS, TELLING):
        exact = enumerated(which, layer, correlator, pairing, samples)
        compare(which, layer, correlator, pairing, samples, exact, orders)


def compare(
    which: str, layer: int, correlator: Correlator, pairing: str, samples: Sequence[int], exact: list[Fraction],
    orders: int,
) -> None:  # fmt: skip
    expected = [*exact, *[Fraction(0)] * orders][:orders]
    found = NETWORKS[which].engine.coefficients(layer, correlator.tensor(pairing), samples, orders)
    assert found == expected, (correlator.factors, pairing, samples)


@pytest.mark.parametrize("which", NETWORKS)
@pytest.mark.parametrize("correlator", CORRELATORS, ids=lambda c: " ".join(c.factors))
def test_at_layer_two_with_the_first_correction(which: str, correlator: Correlator) -> None:
    check(which, 1, correlator, 2)
    check(which, 2, correlator, 2 if len(correlator.factors) == 4 else 1)


@pytest.mark.parametrize("which", NETWORKS)
@pytest.mark.parametrize("correlator", CORRELATORS, ids=lambda c: " ".join(c.factors))
def test_at_layer_three(which: str, correlator: Correlator) -> None:
    """Against the kept table: enumerating a layer three takes a minute a network."""
    for pairing in PAIRINGS:
        exact = layer_three.TABLE[layer_three.key(which, correlator, pairing)]
        compare(which, 3, correlator, pairing, layer_three.SAMPLES, exact, 1)


def test_the_kept_table_is_what_enumeration_gives() -> None:
    """The cheapest row of it, made anew; ``python -m tests.gated.layer_three`` makes all."""
    vertex = CORRELATORS[0]
    kept = layer_three.TABLE[layer_three.key("independent", vertex, "a")]
    assert kept == enumerated("independent", 3, vertex, "a", layer_three.SAMPLES)
    assert layer_three.TABLE.keys() == {layer_three.key(*row) for row in layer_three.rows()}
