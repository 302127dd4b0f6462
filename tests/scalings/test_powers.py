"""Powers of n in variances and rates: offsets and leading coefficients against exact correlators of finite networks.

At n = m^2 every variance and rate is rational, s = 1/2 included. A tensor over its power of n is a polynomial in 1/m;
its constant term is the coefficient that is derived.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import count
from typing import Any

import pytest
from flint import fmpq, fmpq_poly

from ptheory.algebra.exponents import Exponent
from ptheory.language import parse
from ptheory.networks.program import check_file
from ptheory.results.specialisation import Specialisation
from ptheory.session.run import carry_out
from tests.oracles.covariance_transfer import CovarianceTransfer
from tests.oracles.jets import jet_network
from tests.oracles.network import Network, at, bias, power_series, reads_input, weighted
from tests.oracles.tensors import interpolate, paired_correlator
from tests.oracles.training_tensors import DIRECTIONS
from tests.oracles.training_tensors import tensor as exact_tensor
from tests.recursion.front_end import EngineFlow

VALUES = {"C_W": "6/5", "C_b": "1/10", "C_R": "2/7", "lambda_W": "2/3", "lambda_b": "1/5", "lambda_R": "3/4"}
NUMBERS = {name: Fraction(value) for name, value in VALUES.items()}
COMPONENTS = 2
ALL = ("G_y", "V_y", "Theta_y", "D_y", "F_y", "A_y", "B_y", "P_y", "Q_y", "R_y", "S_y", "T_y", "U_y")
HIDDEN = ("V", "Theta", "D", "F", "P", "Q")


@dataclass(frozen=True)
class Scaling:
    """How W, b and R scale, as written, and by which power of n beside C_W/n, C_b, lambda_W/n, lambda_b: hidden layers
    and, of rates, the first one. ``s``: what stands for the name in powers."""

    variance: str  # of R
    rates: tuple[str, str, str]  # of W, b, R
    extra: Mapping[str, Fraction]
    first: Mapping[str, Fraction]
    s: Fraction = Fraction(0)

    @property
    def text(self) -> str:
        w, b, r = self.rates
        return (
            "ptheory 1\ninclude outputs\narchitecture Net {\n"
            f"    weights W[i,j] ~ Normal(0, C_W/n) rate {w}\n"
            f"    weights R[i,j] ~ Normal(0, {self.variance}) rate {r}\n"
            f"    biases b[i] ~ Normal(0, C_b) rate {b}\n"
            "    first z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])\n"
            "    layer z[i;a] = b[i] + sum(j, W[i,j]*sigma(z[j;a]))\n"
            "    last y[i;a] = sum(j, R[i,j]*sigma(z[j;a]))\n}\n"
        )


def powers(**named: str) -> dict[str, Fraction]:
    return {name: Fraction(value) for name, value in named.items()}


HALF = Fraction(1, 2)
MAXIMAL_UPDATE = ("lambda_W*n^s/n", "lambda_b*n^s", "lambda_R/n")
SCALINGS = {
    "maximal update, s = 1": Scaling(
        "C_R/n^(1 + s)", MAXIMAL_UPDATE, powers(R="-1", W_rate="1", b_rate="1"), powers(W_rate="1", b_rate="1"),
        Fraction(1),
    ),
    "between, s = 1/2": Scaling(
        "C_R/n^(1 + s)", MAXIMAL_UPDATE, powers(R="-1/2", W_rate="1/2", b_rate="1/2"),
        powers(W_rate="1/2", b_rate="1/2"), HALF,
    ),
    "maximal update in whole powers": Scaling(
        "C_R/n^2", ("lambda_W*n[1]/n", "lambda_b*n[1]", "lambda_R/n"), powers(R="-1", W_rate="1", b_rate="1"),
        powers(W_rate="1", b_rate="1"),
    ),
    "one rate for all": Scaling(
        "C_R/n", ("lambda_W", "lambda_b", "lambda_R"), powers(W_rate="1", R_rate="1"), powers(W_rate="0")
    ),
    "small output, usual rates": Scaling(
        "C_R/n^(1 + s)", ("lambda_W/n", "lambda_b", "lambda_R/n"), powers(R="-1/2"), powers(), HALF
    ),
    "mean field output, one rate for all": Scaling(
        "C_R/n^2", ("lambda_W", "lambda_b", "lambda_R"), powers(R="-1", W_rate="1", R_rate="1"), powers(W_rate="0")
    ),
    "a power of three halves": Scaling(
        "C_R/n^(3/2)", ("lambda_W/n", "lambda_b", "lambda_R/n^(3/2)"), powers(R="-1/2", R_rate="-1/2"), powers()
    ),
    "biases that learn slowly": Scaling(
        "C_R/n", ("lambda_W/n", "lambda_b/n^s", "lambda_R/n"), powers(b_rate="-1/2"), powers(b_rate="-1/2"), HALF
    ),
    "an output that learns fast": Scaling(
        "C_R/n", ("lambda_W/n", "lambda_b", "lambda_R*n^s/n"), powers(R_rate="1/2"), powers(), HALF
    ),
}  # fmt: skip


def power(m: int, exponent: Fraction) -> Fraction:
    """n^exponent at n = m^2."""
    doubled = 2 * exponent
    assert doubled.denominator == 1
    return Fraction(m) ** int(doubled)


def network(scaling: Scaling, depth: int, m: int, output: bool) -> Network:
    z = at("z")
    square = power_series([0, 1, "1/4"], z)
    hidden = {"z": [bias("b"), weighted("W", square)]}
    layers = [{"z": [bias("b"), reads_input("W")]}, *[hidden] * (depth - 2)]
    layers.append({"y": [weighted("R", square)]} if output else hidden)
    variances, rates = [], []
    for layer in range(1, depth + 1):
        beside = scaling.first if layer == 1 else scaling.extra
        read = Fraction(COMPONENTS) if layer == 1 and scaling.rates[0] == "lambda_W" else Fraction(1)
        raised = {name: power(m, beside.get(name, Fraction(0))) for name in ("R", "W_rate", "b_rate", "R_rate")}
        variances.append({"W": NUMBERS["C_W"], "b": NUMBERS["C_b"], "R": NUMBERS["C_R"] * raised["R"]})
        rates.append(
            {
                "W": NUMBERS["lambda_W"] * raised["W_rate"] * read,
                "b": NUMBERS["lambda_b"] * raised["b_rate"],
                "R": NUMBERS["lambda_R"] * raised["R_rate"],
            }
        )
    return Network(
        tuple(layers), tuple(variances), ((Fraction(1), Fraction(-1, 2)),), (Fraction(1),) * depth, tuple(rates)
    )


@cache
def transfer(called: str, depth: int, m: int, output: bool, directions: int) -> CovarianceTransfer:
    plain = network(SCALINGS[called], depth, m, output)
    return CovarianceTransfer(jet_network(plain, directions) if directions else plain)


def value(called: str, depth: int, m: int, name: str) -> fmpq:
    """The correlator at width n = m^2."""
    stem, output = name.removesuffix("_y"), name.endswith("_y")
    field = "y" if output else "z"
    moment = transfer(called, depth, m, output, DIRECTIONS.get(stem, 0)).moment
    at_one_input = (0,) * (2 if stem in ("G", "Theta") else 4)
    correlator: Any = (
        exact_tensor(moment, stem, at_one_input, field=field)
        if stem in DIRECTIONS
        else paired_correlator(moment, at_one_input, field)
    )
    return (fmpq_poly([0]) + correlator)(fmpq(1, m * m))


def leading(called: str, depth: int, name: str, exponent: Fraction) -> Fraction:
    """The constant term of the correlator over n^exponent, a polynomial in 1/m."""
    points = []
    for m in count(1):
        found = value(called, depth, m, name)
        points.append((m, Fraction(int(found.p), int(found.q)) / power(m, exponent)))
        if m > 5:
            try:
                first = interpolate(points)[0]
            except ValueError:
                continue
            return Fraction(int(first.p), int(first.q))
    raise AssertionError


@cache
def engine(called: str, depth: int) -> EngineFlow:
    values = ", ".join(f"{name} = {number}" for name, number in VALUES.items())
    return EngineFlow(
        SCALINGS[called].text + f"flow Net with sigma = z + z^2/4 {{ inputs [1, -1/2]; set {values}; depth {depth}; "
        f"show {', '.join((*ALL, *HIDDEN))} }}\n"
    )


def exponent(called: str, depth: int, name: str) -> Exponent:
    """The power of n the correlator comes with, as derived."""
    found = engine(called, depth)
    target = found.component(name, (0,) * (2 if name in ("G_y", "Theta", "Theta_y") else 4))
    return found.flow.system.offset(target) - Exponent(Fraction(target.power))


def compare(called: str, depth: int, name: str) -> None:
    raised = exponent(called, depth, name).at(SCALINGS[called].s)
    legs = 2 if name in ("G_y", "Theta", "Theta_y") else 4
    (derived,) = engine(called, depth).coefficients(depth, name, (0,) * legs, 1)
    assert leading(called, depth, name, raised) == derived, (called, name, raised)


@pytest.mark.parametrize("called", SCALINGS)
@pytest.mark.parametrize("name", ["G_y", "V_y", "Theta_y", "D_y", "F_y", "B_y", "P_y", "Q_y"])
def test_outputs_above_one_hidden_layer(called: str, name: str) -> None:
    compare(called, 2, name)


@pytest.mark.parametrize("called", ["between, s = 1/2", "one rate for all", "mean field output, one rate for all"])
@pytest.mark.parametrize("name", ["A_y", "R_y", "S_y", "T_y", "U_y"])
def test_the_larger_tensors(called: str, name: str) -> None:
    compare(called, 2, name)


@pytest.mark.parametrize("called", ["between, s = 1/2", "one rate for all", "mean field output, one rate for all"])
@pytest.mark.parametrize("name", ["V_y", "Theta_y", "D_y", "F_y", "P_y", "Q_y", "Theta", "F"])
def test_two_hidden_layers(called: str, name: str) -> None:
    compare(called, 3, name)


def test_the_comparison_has_teeth() -> None:
    """At depth three no leading coefficient of the family is zero, so a power too high or too low would be seen."""
    for name in ("Theta_y", "D_y", "F_y", "P_y", "Q_y", "R_y", "S_y", "T_y", "U_y"):
        legs = 2 if name == "Theta_y" else 4
        assert engine("one rate for all", 3).coefficients(3, name, (0,) * legs, 1) != [0]


POWERS = {
    "G_y": "-s", "V_y": "-1 - 2*s", "Theta_y": "0", "D_y": "-1 - s", "F_y": "-1 - s", "A_y": "-1", "B_y": "-1",
    "P_y": "-1",
    "Q_y": "-1",
    "R_y": "-1 + s", "S_y": "-1 + s", "T_y": "-1 + s", "U_y": "-1 + s", "Theta": "s", "D": "-1 + s",
}  # fmt: skip


@pytest.mark.parametrize("name", POWERS)
def test_the_powers_of_the_family(name: str) -> None:
    """Trees with q legs in all and r trees: n^(-(q/2 - 1)) n^(s (q/2 - r)), counted by hand."""
    assert str(exponent("between, s = 1/2", 3, name)) == POWERS[name]


def test_a_rate_that_drops_out_has_no_scaling_with_depth() -> None:
    text = SCALINGS["one rate for all"].text + "with sigma = tanh for Net { critical; exponents Theta, Theta_y }\n"
    (block,) = carry_out(check_file(parse(text, "test.deriv")), "test.deriv").outcomes
    assert isinstance(block, Specialisation)
    assert block.criticality is not None and block.criticality.classification is not None
    for scheme in block.criticality.classification.tower:
        assert set(scheme.powers) == {"lambda_W"}


BIASES_OVER_N = """ptheory 1
include mlp
include observables
architecture Slow {
    weights W[i,j] ~ Normal(0, C_W/n)   rate lambda_W/n
    biases  b[i]   ~ Normal(0, C_b/n)   rate lambda_b/n
    first   z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = b[i] + sum(j, W[i,j]*sigma(z[j;a]))
}
with sigma = linear for Slow {
    show G, Theta
    set C_W = 1, C_b = 8, lambda_b = 8
    check by simulation widths 8 depth 2 networks 4000 seed 3
}
"""


def test_simulated_biases_have_their_power_of_n() -> None:
    """C_b/n and lambda_b/n are orders of the expansion: at width 8 they are one beside 8."""
    (block,) = carry_out(check_file(parse(BIASES_OVER_N, "test.deriv")), "test.deriv").outcomes
    assert isinstance(block, Specialisation)
    assert [check.verdict.kind.value for check in block.checks] == ["checked"]
