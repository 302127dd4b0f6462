"""Layer equations nobody special-cased, two distinct inputs, layers 2 to 4: the engine equals exact enumeration.

G to order 1/n and every component of V (leading, next order where cheap), in rational arithmetic, against moments of
the finite network transferred layer by layer (``tests.oracles``, no code in common with the engine).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product

import pytest

from tests.oracles.covariance_transfer import CovarianceTransfer
from tests.oracles.moments import cumulant
from tests.oracles.network import Network, Term, at, bias, network, reads_input, weighted
from tests.oracles.tensors import divide_by_powers
from tests.recursion.front_end import TWO_INPUTS, EngineFlow, correlator, vectors

Z, U, V = at("z"), at("u"), at("v")
CUBIC = Z + Z**2 / 4 - Z**3 / 9
FIRST = "first z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])"
PLAIN_FIRST = "first z[i;a] = sum(k, W[i,k]*x[k;a])"
WEIGHTS = "weights W[i,j] ~ Normal(0, C_W/n)"
BIASES = "biases b[i] ~ Normal(0, C_b)"


@dataclass(frozen=True)
class Case:
    """The same network as text for the engine and as data for the enumeration."""

    equations: tuple[str, ...]
    binding: str
    settings: str
    exact: Callable[[int], Network]
    fields: tuple[str, ...] = ("z",)
    widths: tuple[str, ...] = ("1", "1", "1", "1")
    deepest: int = 4
    next_order_to: int = 2  # the last layer at which the next order of V is compared too
    definitions: str = ""

    @property
    def text(self) -> str:
        definitions = "".join(correlator(f"G_{f}", 2, f) + correlator(f"V_{f}", 4, f) for f in self.fields)
        definitions += self.definitions
        body = "\n".join(f"    {line}" for line in self.equations)
        shown = ", ".join(f"G_{f}, V_{f}" for f in self.fields)
        widths = ", ".join(f"{w}*n" for w in self.widths[: self.deepest])
        return (
            f"ptheory 1\narchitecture Unusual {{\n{body}\n}}\n{definitions}"
            f"flow Unusual {self.binding} {{\n    inputs {vectors(TWO_INPUTS)}\n    set {self.settings}\n"
            f"    widths {widths}\n    depth {self.deepest}\n    order 1/n\n    show {shown}\n}}\n"
        )


def one_field(
    layer: Sequence[Term], variances: dict[str, str], biases: bool, widths: Sequence[str] = ("1",) * 4
) -> Callable[[int], Network]:
    first = [bias("b"), reads_input("W")] if biases else [reads_input("W")]
    return lambda depth: network(
        {"z": first}, {"z": layer}, variances, TWO_INPUTS, depth, widths=[Fraction(w) for w in widths][:depth]
    )


def layered(depth: int) -> Network:
    variances = [{"W": c, "b": "1/7"} for c in ("1/2", "3/4", "5/4", "2/3")]
    layer = [bias("b"), weighted("W", Z - Z**2 / 3)]
    return network({"z": [bias("b"), reads_input("W")]}, {"z": layer}, variances, TWO_INPUTS, depth)


def two_fields(depth: int) -> Network:
    layers = {
        "u": [bias("b"), weighted("W", (U - U**2 / 3) * V)],
        "v": [weighted("R", U * V / 2 + V), weighted("W", U / 5)],
    }
    first = {"u": [bias("b"), reads_input("W")], "v": [reads_input("R")]}
    return network(first, layers, {"W": "4/5", "R": "3/4", "b": "1/9"}, TWO_INPUTS, depth)


CASES = {
    "cubic without biases": Case(
        (WEIGHTS, PLAIN_FIRST, "layer z[i;a] = sum(j, W[i,j]*(z[j;a] + z[j;a]^2/4 - z[j;a]^3/9))"),
        "",
        "C_W = 6/5",
        one_field([weighted("W", CUBIC)], {"W": "6/5"}, biases=False),
    ),
    "cubic with biases": Case(
        (WEIGHTS, BIASES, FIRST, "layer z[i;a] = b[i] + sum(j, W[i,j]*(z[j;a] + z[j;a]^2/4 - z[j;a]^3/9))"),
        "",
        "C_W = 4/5, C_b = 1/10",
        one_field([bias("b"), weighted("W", CUBIC)], {"W": "4/5", "b": "1/10"}, biases=True),
        next_order_to=3,
    ),
    "cubic, every width different": Case(
        (WEIGHTS, BIASES, FIRST, "layer z[i;a] = b[i] + sum(j, W[i,j]*(z[j;a] + z[j;a]^2/4 - z[j;a]^3/9))"),
        "",
        "C_W = 4/5, C_b = 1/10",
        one_field(
            [bias("b"), weighted("W", CUBIC)], {"W": "4/5", "b": "1/10"}, biases=True, widths=("1", "2", "1/2", "3")
        ),
        widths=("1", "2", "1/2", "3"),
        next_order_to=3,
    ),
    "a product of activations and a linear piece": Case(
        (WEIGHTS, BIASES, FIRST, "layer z[i;a] = b[i] + sum(j, W[i,j]*(sigma(z[j;a])*tau(z[j;a]) + c*z[j;a]))"),
        "with sigma = z - z^2/3, tau = 1 + z/2",
        "C_W = 3/4, C_b = 1/5, c = 2/5",
        one_field(
            [bias("b"), weighted("W", (Z - Z**2 / 3) * (1 + Z / 2) + Z * Fraction(2, 5))],
            {"W": "3/4", "b": "1/5"},
            biases=True,
        ),
    ),
    "two weight matrices and scaled terms": Case(
        (
            WEIGHTS,
            "weights R[i,j] ~ Normal(0, 2*C_R/n)",
            BIASES,
            FIRST,
            "layer z[i;a] = 3*b[i]/2 + c*sum(j, W[i,j]*z[j;a]^2)",
            "             - sum(j, R[i,j]*z[j;a]) + sum(j, W[i,j]*(1/3 + z[j;a]))",
        ),
        "",
        "C_W = 2/3, C_R = 1/4, C_b = 1/6, c = 1/2",
        one_field(
            [bias("b", "3/2"), weighted("W", Z**2 / 2 + Z + Fraction(1, 3)), weighted("R", -Z)],
            {"W": "2/3", "R": "1/2", "b": "1/6"},
            biases=True,
        ),
    ),
    "hyperparameters of their own in every layer": Case(
        (
            "weights W[i,j] ~ Normal(0, C_W[l]/n[l-1])",
            BIASES,
            FIRST,
            "layer z[i;a] = b[i] + sum(j, W[i,j]*sigma(z[j;a]))",
        ),
        "with sigma = z - z^2/3",
        "C_b = 1/7, C_W[1] = 1/2, C_W[2] = 3/4, C_W[3] = 5/4, C_W[4] = 2/3",
        layered,
    ),
    "two gated fields with a shared weight matrix": Case(
        (
            WEIGHTS,
            "weights R[i,j] ~ Normal(0, C_R/n)",
            BIASES,
            "first u[i;a] = b[i] + sum(k, W[i,k]*x[k;a])",
            "first v[i;a] = sum(k, R[i,k]*x[k;a])",
            "layer u[i;a] = b[i] + sum(j, W[i,j]*sigma(u[j;a])*v[j;a])",
            "layer v[i;a] = sum(j, R[i,j]*(u[j;a]*v[j;a]/2 + v[j;a])) + sum(j, W[i,j]*u[j;a]/5)",
        ),
        "with sigma = z - z^2/3",
        "C_W = 4/5, C_R = 3/4, C_b = 1/9",
        two_fields,
        fields=("u", "v"),
        deepest=3,
        definitions="define G_uv by E[u1 v2]_c = d12 G_uv[1,2]\n"
        "define M, N by E[u1 u2 v3 v4]_c = (d12 d34 M[1,2,3,4] + d13 d24 N[1,3,2,4] + d14 d23 N[1,4,2,3]) / n\n",
    ),
}


@cache
def engine(name: str) -> EngineFlow:
    return EngineFlow(CASES[name].text)


@cache
def enumeration(name: str, layer: int) -> CovarianceTransfer:
    return CovarianceTransfer(CASES[name].exact(layer))


def cumulant_of_pairs(transfer: CovarianceTransfer, fields: Sequence[str], samples: Sequence[int]) -> object:
    """E[z1 z2]_c at equal neurons, or E[z1 z2 z3 z4]_c with neurons equal in the pairs 12 and 34 only."""
    return cumulant(transfer.moment, [[(f, k // 2, s)] for k, (f, s) in enumerate(zip(fields, samples, strict=True))])


def parameters() -> list[object]:
    return [
        pytest.param(name, layer, marks=[pytest.mark.slow] if layer == 4 else [], id=f"{name}, layer {layer}")
        for name, case in CASES.items()
        for layer in range(2, case.deepest + 1)
    ]


@pytest.mark.parametrize(("name", "layer"), parameters())
def test_kernel_to_order_one_over_n(name: str, layer: int) -> None:
    case = CASES[name]
    for field in case.fields:
        for samples in product(range(2), repeat=2):
            exact = divide_by_powers(cumulant_of_pairs(enumeration(name, layer), [field] * 2, samples), 0)
            found = engine(name).coefficients(layer, f"G_{field}", samples, 2)
            assert found == [*exact, Fraction(0)][:2], (field, samples)


@pytest.mark.parametrize(("name", "layer"), parameters())
def test_every_component_of_the_vertex(name: str, layer: int) -> None:
    case = CASES[name]
    ratio = Fraction(case.widths[layer - 2])
    orders = 2 if layer <= case.next_order_to else 1
    for field in case.fields:
        for samples in product(range(2), repeat=4):
            exact = divide_by_powers(cumulant_of_pairs(enumeration(name, layer), [field] * 4, samples), 1, ratio)
            found = engine(name).coefficients(layer, f"V_{field}", samples, orders)
            assert found == [*exact, Fraction(0)][:orders], (field, samples)


@pytest.mark.parametrize("layer", [2, 3])
@pytest.mark.parametrize(
    ("tensor", "fields", "order"), [("G_uv", "uv", 2), ("M", "uuvv", 1), ("N", "uvuv", 1)], ids=["G_uv", "M", "N"]
)
def test_correlators_across_fields(layer: int, tensor: str, fields: str, order: int) -> None:
    name = "two gated fields with a shared weight matrix"
    for samples in product(range(2), repeat=len(fields)):
        exact = cumulant_of_pairs(enumeration(name, layer), fields, samples)
        coefficients = divide_by_powers(exact, len(fields) // 2 - 1)
        found = engine(name).coefficients(layer, tensor, samples, order)
        assert found == [*coefficients, Fraction(0)][:order], samples


UNUSUAL_POWERS = """ptheory 1
include observables
architecture A {{
    weights W[i,j] ~ Normal(0, {weights})   rate lambda_W/{rate}
    biases  b[i]   ~ Normal(0, {biases})   rate lambda_b
    first   z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = b[i] + sum(j, W[i,j]*z[j;a])
}}
include correlators
flow A {{
    inputs [1, 1/2]
    set C_W = 1, C_b = 1, lambda_W = 1, lambda_b = 1
    depth 2
    order 1/n
    show G, V, Theta
}}
"""


def test_variances_and_rates_at_other_powers_of_the_width() -> None:
    """Linear layer 2 by hand, K = x.x/2^p + bias at layer 1: G' = C_b + K/n^p; Theta' = lambda_b + K/n^q + Theta."""
    rate = EngineFlow(UNUSUAL_POWERS.format(weights="C_W/n", rate="n^2", biases="C_b"))
    K, theta = Fraction(5, 8) + 1, 1 + Fraction(5, 16)
    assert rate.coefficients(2, "Theta", (0, 0), 2) == [1 + theta, K]
    bias = EngineFlow(UNUSUAL_POWERS.format(weights="C_W/n", rate="n", biases="C_b/n"))
    assert bias.coefficients(2, "G", (0, 0), 2) == [Fraction(5, 8) + Fraction(1, 2), 1]
    weights = EngineFlow(UNUSUAL_POWERS.format(weights="C_W/n^2", rate="n", biases="C_b"))
    assert weights.coefficients(2, "G", (0, 0), 2) == [1, Fraction(5, 16) + 1]
