"""Phases with several kernels: against those of the network that reads one layer, and maps written out by hand."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

import ptheory as pt
from ptheory.criticality.phases import Phase
from ptheory.language.errors import LanguageError
from ptheory.results.phase_result import PhaseOfSeveral, PhasePoint
from tests.criticality.test_several_kernels import DENSE, GATED, INTERLEAVED

NODES = np.arange(-180, 181) / 20  # the trapezoid rule, exact to rounding for functions as smooth as these
WEIGHTS = np.exp(-(NODES**2) / 2) / np.exp(-(NODES**2) / 2).sum()


def phase_of(text: str, block: str) -> PhaseOfSeveral:
    (task,) = pt.run_text(f"{text}{block}\n").specialised
    assert task.phases is not None and isinstance(task.phases.found, PhaseOfSeveral), task.phases
    return task.phases.found


def plain(values: str) -> Phase:
    (task,) = pt.run_text(
        f"ptheory 1\ninclude mlp\ninclude correlators\nwith sigma = tanh {{ {values} phase }}\n"
    ).specialised
    assert task.phases is not None and isinstance(task.phases.found, PhasePoint)
    return task.phases.found.phase


@pytest.mark.parametrize(
    ("bias", "near", "far", "name"), [("1/20", "1", "1", "chaotic"), ("1/20", "1/2", "1/4", "ordered")]
)
def test_layers_that_read_further_down_have_the_kernels_of_one_layer_and_other_lengths(
    bias: str, near: str, far: str, name: str
) -> None:
    """K* and c* are those at C_W + C_R; a perturbation falls with λ, λ² = χ (C_W λ + C_R)/(C_W + C_R)."""
    found = phase_of(
        DENSE, f"with sigma = tanh for Dense {{ set C_b = {bias}, C_W = {near}, C_R = {far} phase }}"
    ).phase
    one = plain(f"set C_b = {bias}, C_W = {near} + {far}")
    assert found.name == one.name == name
    assert found.K_star == pytest.approx(one.K_star, rel=1e-13)
    assert found.fixed_correlation == pytest.approx(one.fixed_correlation, rel=1e-12)

    def slower(chi: float) -> float:
        w, r = float(Fraction(near)), float(Fraction(far))
        return max(abs(root) for root in np.roots([1, -chi * w / (w + r), -chi * r / (w + r)]))

    assert float(found.parallel) == pytest.approx(slower(float(one.parallel)), rel=1e-12)
    assert float(found.perpendicular) == pytest.approx(slower(float(one.perpendicular)), rel=1e-12)
    response = math.exp(-1 / float(one.correlation_length))
    assert float(found.correlation_length) == pytest.approx(-1 / math.log(slower(response)), rel=1e-10)


def _pair_mean(function: np.ufunc, norm: float, covariance: float) -> float:
    """<f(z1) f(z2)> on a product of nodes."""
    slope = covariance / norm
    first = np.sqrt(norm) * NODES
    second = slope * first[:, None] + np.sqrt(max(norm - slope * covariance, 0)) * NODES[None, :]
    return float(WEIGHTS @ (function(first) * (function(second) @ WEIGHTS)))


def test_two_kinds_of_layers_by_hand() -> None:
    """y' = b + A tanh(z), z' = B sin(y): K and c iterated to where they stay."""
    set_to = "set C_A = 3, C_B = 4, C_b = 1/10"
    found = phase_of(INTERLEAVED, f"with sigma = tanh, tau = sin for Interleaved {{ {set_to} phase }}")
    y, z, cy, cz = 1.0, 1.0, 0.9, 0.9
    for _ in range(400):
        y, z, cy, cz = (
            0.1 + 3 * _pair_mean(np.tanh, z, z), 4 * _pair_mean(np.sin, y, y),
            0.1 + 3 * _pair_mean(np.tanh, z, cz), 4 * _pair_mean(np.sin, y, cy),
        )  # fmt: skip
    assert found.phase.name == "chaotic"
    assert {name: float(k) for name, k in found.kernels.items()} == pytest.approx({"K_y": y, "K_z": z}, rel=1e-9)
    assert {n: float(c) for n, c in found.correlations.items()} == pytest.approx(
        {"K_y": cy / y, "K_z": cz / z}, rel=1e-9
    )


@pytest.mark.parametrize(
    ("text", "block", "name", "note"),
    [
        (DENSE, "with sigma = tanh for Dense { set C_W = 1/2, C_R = 1/4, C_b = 0 phase }", "collapse", ""),
        (
            DENSE,
            "with sigma = tanh for Dense { set C_W = 1/2, C_R = 1/2, C_b = 0 phase }",
            "edge",
            "as a power of the depth",
        ),
        (DENSE, "with sigma = relu for Dense { set C_W = 1, C_R = 1, C_b = 0 phase }", "edge", "every kernel is fixed"),
        (DENSE, "with sigma = relu for Dense { set C_W = 2, C_R = 1, C_b = 0 phase }", "explosion", ""),
        (GATED, "with sigma = sigmoid for Gated { set C_W = 2, C_U = 3 phase }", "collapse", "large kernels explode"),
    ],
)
def test_what_kernels_do_otherwise(text: str, block: str, name: str, note: str) -> None:
    found = phase_of(text, block).phase
    assert found.name == name and note in found.note
    if name == "collapse" and text == DENSE:
        assert float(found.parallel) == pytest.approx((1 / 2 + math.sqrt(1 / 4 + 1)) / 2, rel=1e-14)  # λ² = λ/2 + 1/4


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("set C_A = 2 phase", "there is no value of C_B and of C_b"),
        ("set C_A = 2, C_B = 1, C_b = 0 phase depth 20 widths 100", "nothing is known at finite width"),
    ],
)
def test_what_is_missing_is_said(block: str, said: str) -> None:
    with pytest.raises(LanguageError, match=said):
        pt.run_text(f"{INTERLEAVED}with sigma = tanh, tau = erf {{ {block} }}\n")


def test_json_has_every_kernel() -> None:
    block = "with sigma = tanh, tau = erf for Interleaved { set C_A = 1/2, C_B = 1, C_b = 1/10 phase }"
    (task,) = pt.run_text(f"{INTERLEAVED}{block}\n").specialised
    assert task.phases is not None
    found = task.phases.to_json()
    assert found["phase"] == "ordered" and set(found["kernels"]) == {"K_y", "K_z"}
    assert found["K_y_star"] == found["kernels"]["K_y"]["K_star"]
