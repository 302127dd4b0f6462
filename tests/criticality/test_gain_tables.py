"""Gains as public tables of initialisations list them, beside those the engine finds; docs/gains.md names the sources.

Beside either stands the square root of 1/<s^2>, or of 1/(<s^2> - <s>^2), by Gauss-Legendre panels split at kinks.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from ptheory.criticality.constrained import kept_about_the_mean, kept_kernel
from ptheory.criticality.gains import ABOUT_THE_MEAN, CRITICAL, KEPT, gains
from ptheory.criticality.phases import phase
from ptheory.session.chosen_network import chosen_network

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "gains.md").read_text("utf-8")
NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)
PANELS = np.concatenate([np.arange(-14.0, 14.0, 0.5), [14.0]])  # kinks at 0 and 6 are ends of panels

Function = Callable[[np.ndarray], np.ndarray]
ERF = np.vectorize(math.erf)
ACTIVATIONS: dict[str, tuple[str, Function]] = {
    "linear": ("linear", lambda z: z),
    "relu": ("relu", lambda z: np.maximum(z, 0)),
    "leaky_relu(0.01)": ("max(z, z/100)", lambda z: np.maximum(z, z / 100)),
    "leaky_relu(0.2)": ("max(z, z/5)", lambda z: np.maximum(z, z / 5)),
    "prelu(0.25)": ("max(z, z/4)", lambda z: np.maximum(z, z / 4)),
    "relu6": ("relu6", lambda z: np.clip(z, 0, 6)),
    "elu": ("elu", lambda z: np.where(z > 0, z, np.expm1(z))),
    "celu": ("elu", lambda z: np.where(z > 0, z, np.expm1(z))),
    "selu": ("selu", lambda z: 1.0507009873554805 * np.where(z > 0, z, 1.6732632423543773 * np.expm1(z))),
    "gelu": ("gelu", lambda z: z * (1 + ERF(z / math.sqrt(2))) / 2),
    "silu": ("silu", lambda z: z / (1 + np.exp(-z))),
    "sigmoid": ("sigmoid", lambda z: 1 / (1 + np.exp(-z))),
    "log_sigmoid": ("-softplus(-z)", lambda z: -np.log1p(np.exp(-z))),
    "softplus": ("softplus", lambda z: np.log1p(np.exp(z))),
    "softsign": ("softsign", lambda z: z / (1 + np.abs(z))),
    "tanh": ("tanh", np.tanh),
    "sin": ("sin", np.sin),
    "snake": ("snake", lambda z: z + np.sin(z) ** 2),
    "mish": ("mish", lambda z: z * np.tanh(np.log1p(np.exp(z)))),
    "erf": ("erf", ERF),
    "hard_tanh": ("hard_tanh", lambda z: np.clip(z, -1, 1)),
}


def mean(function: Function) -> float:
    """<f> at K = 1."""
    half = np.diff(PANELS) / 2
    z = (PANELS[:-1] + half)[:, None] + half[:, None] * NODES
    return float((half[:, None] * WEIGHTS * function(z) * np.exp(-z * z / 2)).sum() / math.sqrt(2 * math.pi))


def by_panels(function: Function, about_the_mean: bool) -> float:
    centre = mean(function) ** 2 if about_the_mean else 0.0
    return (mean(lambda z: function(z) ** 2) - centre) ** -0.5


@pytest.fixture(scope="module")
def engine() -> dict[str, tuple[float, float]]:
    """Both gains at K = 1 without biases, by name."""
    found = {}
    for name, (formula, _) in ACTIVATIONS.items():
        spec = chosen_network(formula, None, ()).spec
        kept = kept_kernel(spec, sp.Integer(1), {spec.system.bias: sp.Integer(0)})
        centred = kept_about_the_mean(spec, sp.Integer(1))
        assert kept is not None and centred is not None
        found[name] = (float(sp.sqrt(kept.weight)), float(sp.sqrt(centred)))
    return found


def test_every_gain_by_an_independent_quadrature(engine: dict[str, tuple[float, float]]) -> None:
    assert len(ACTIVATIONS) >= 20
    for name, (_, function) in ACTIVATIONS.items():
        kept, centred = engine[name]
        assert kept == pytest.approx(by_panels(function, False), rel=3e-13), name
        assert centred == pytest.approx(by_panels(function, True), rel=3e-13), name


def right_digits(listed: float, exact: float) -> int:
    """How many significant digits of the listed number are right, rounded; 16 where all that doubles have."""
    return next(k for k in range(16, -1, -1) if k == 0 or f"{listed:.{k - 1}e}" == f"{exact:.{k - 1}e}")


NFNETS = {
    "linear": 1.0, "celu": 1.270926833152771, "elu": 1.2716004848480225, "gelu": 1.7015043497085571,
    "leaky_relu(0.01)": 1.70590341091156, "log_sigmoid": 1.9193484783172607, "relu": 1.7139588594436646,
    "relu6": 1.7131484746932983, "selu": 1.0008515119552612, "sigmoid": 4.803835391998291, "silu": 1.7881293296813965,
    "softsign": 2.338853120803833, "softplus": 1.9203323125839233, "tanh": 1.5939117670059204,
}  # fmt: skip
"""deepmind-research, nfnets/base.py: by sampling, about the mean."""
TORCH = {
    "linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2), "leaky_relu(0.01)": math.sqrt(2 / 1.0001),
    "prelu(0.25)": math.sqrt(2 / 1.0625), "selu": 0.75,
}  # fmt: skip
"""torch.nn.init.calculate_gain."""
STYLEGAN = {
    "linear": 1.0, "relu": math.sqrt(2), "leaky_relu(0.2)": math.sqrt(2), "tanh": 1.0, "sigmoid": 1.0, "elu": 1.0,
    "selu": 1.0, "softplus": 1.0, "silu": math.sqrt(2),
}  # fmt: skip
"""NVlabs/stylegan3, torch_utils/ops/bias_act.py: def_gain."""
SINGLE_TABLES = (("apax", "silu"), ("SIREN", "sin"), ("Snake", "snake"))
SINGLE = {
    "silu": 1.6765324703310907, "sin": math.sqrt(2),
    "snake": (1 + (1 + math.exp(-8) - 2 * math.exp(-4)) / 8) ** -0.5,
}  # fmt: skip
"""apax; SIREN, where the sine of a unit Gaussian is sent on with C_W = 2; Ziyin et al. 2020, about the mean."""
TABLES = (("NFNets", NFNETS, True), ("PyTorch", TORCH, False), ("StyleGAN", STYLEGAN, False))


def rows_of_the_page() -> dict[tuple[str, str], tuple[str, str, str, str]]:
    """(table, activation) -> what the page says."""
    rows = re.findall(r"^\| (\S+) \| (\S+) \| (\S+) \| (\S+) \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)
    return {(row[0], row[1]): (row[2], row[3], row[4].strip(), row[5].strip()) for row in rows if row[0] != "table"}


def test_what_the_page_says_of_every_entry_of_the_tables(engine: dict[str, tuple[float, float]]) -> None:
    """Each listed number as it is, the exact one, and how many digits are right: all, some, or none and why."""
    said = rows_of_the_page()
    entries = [(table, name, value, centred) for table, of, centred in TABLES for name, value in of.items()]
    entries += [(table, name, SINGLE[name], table == "Snake") for table, name in SINGLE_TABLES]
    assert {(table, name) for table, name, _, _ in entries} == set(said)
    for table, name, value, centred in entries:
        listed, exact, constraint, right = said[table, name]
        found = engine[name][centred]
        assert float(listed) == pytest.approx(value, rel=1e-15 if len(listed) > 14 else 1e-9), (table, name)
        assert float(exact) == pytest.approx(found, rel=1e-11), (table, name)
        assert constraint == ("about the mean" if centred else "kept"), (table, name)
        digits = right_digits(value, found)
        expected = "all" if digits >= 15 else "wrong" if digits < 2 else f"{digits} digits"
        assert right.startswith(expected), (table, name, digits)


def test_rounded_divisors_of_magnitude_preserving_layers(engine: dict[str, tuple[float, float]]) -> None:
    """EDM2 divides silu by 0.596; others gelu by 0.652: the root mean squares at K = 1, to the digits they have."""
    assert f"{1 / engine['silu'][0]:.3f}" == "0.596" and f"{1 / engine['gelu'][0]:.3f}" == "0.652"
    assert 1 / engine["gelu"][0] == pytest.approx(0.652090087772, abs=1e-12)
    assert 1 / engine["silu"][0] == pytest.approx(0.596469211123, abs=1e-12)


def test_a_gated_unit_is_the_product_of_its_parts(engine: dict[str, tuple[float, float]]) -> None:
    """GLU, x sigma(y) of independent unit x and y, has mean zero and <sigma^2>: listed to 3 right digits."""
    assert right_digits(1.8484294414520264, engine["sigmoid"][0]) == 3


def test_critical_variances_of_published_tables() -> None:
    """arXiv:2106.10165, chapter 5, and what is no gain of a table: K* of sin at C_W = 2 by Lambert's W."""
    for name, weight in (("tanh", "1"), ("sin", "1"), ("erf", "pi/4"), ("relu", "2")):
        spec = chosen_network(name, None, ()).spec
        rows = gains(spec, sp.Integer(1), sp.Integer(0))
        (critical,) = (row for row in rows if row.constraint == CRITICAL)
        assert str(critical.weight) == weight
        assert {row.constraint for row in rows} >= {KEPT, ABOUT_THE_MEAN}
    spec = chosen_network("sin", None, ()).spec
    kept = 1 + sp.LambertW(-2 * sp.exp(-2)) / 2  # K = 1 - exp(-2 K)
    found = kept_kernel(spec, kept.evalf(30), {spec.system.bias: sp.Integer(0)})
    assert found is not None and float(found.weight) == pytest.approx(2, rel=1e-14)


def test_the_wrong_ones_do_what_the_page_says() -> None:
    for name, weight, phase_name, kernel in (
        ("tanh", "25/9", "chaotic", 1.1784804903859077), ("selu", "9/16", "chaotic", 0.023033784610758383),
        ("sigmoid", "1", "ordered", 0.26468687518189248), ("silu", "2", "collapse", 0.0),
        ("max(z, z/5)", "2", "explosion", math.inf),
    ):  # fmt: skip
        spec = chosen_network(name, None, ()).spec
        found = phase(spec, {spec.system.bias: 0, spec.system.weight: weight})
        assert found.name == phase_name and float(found.K_star) == pytest.approx(kernel, rel=1e-12), name
        shown = f"{kernel:.6g}"
        assert not kernel or kernel == math.inf or shown in PAGE, shown
        if 0 < kernel < math.inf:  # K = C_W <s^2> at this kernel, by panels
            function = ACTIVATIONS[name][1]
            after = float(Fraction(weight)) * mean(lambda z, f=function, k=kernel: f(math.sqrt(k) * z) ** 2)
            assert after == pytest.approx(kernel, rel=1e-9), name
