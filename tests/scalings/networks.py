"""Networks with an output of its own equation, as a derivation file and as data for the oracles."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from tests.oracles.network import Network, Term, at, bias, power_series, reads_input, weighted

SIGMA = "z + z^2/4"
TAU = "z/2 - z^2/3"
VALUES = {
    "C_W": "6/5",
    "C_b": "1/10",
    "C_R": "2/7",
    "C_c": "1/3",
    "lambda_W": "2/3",
    "lambda_b": "1/5",
    "lambda_R": "3/4",
    "lambda_c": "5/6",
}

ARCHITECTURE = """ptheory 1
include outputs
architecture Net {
    weights W[i,j] ~ Normal(0, C_W/n)   rate lambda_W/n
    weights R[i,j] ~ Normal(0, C_R/n)   rate lambda_R/n
    biases  b[i]   ~ Normal(0, C_b)     rate lambda_b
    biases  c[i]   ~ Normal(0, C_c)     rate lambda_c
    first   z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = b[i] + sum(j, W[i,j]*sigma(z[j;a]))
    last    y[i;a] = 2*c[i] + sum(j, R[i,j]*tau(z[j;a])) - sum(j, W[i,j]*z[j;a])
}
"""


def network(depth: int, inputs: tuple[tuple[str, ...], ...], widths: tuple[str, ...]) -> Network:
    """The same network as data: layers 1 to depth - 1 hidden, the output above them."""
    z = at("z")
    hidden = {"z": [bias("b"), weighted("W", power_series([0, 1, "1/4"], z))]}
    top = {"y": [bias("c", 2), weighted("R", power_series([0, "1/2", "-1/3"], z)), weighted("W", z, -1)]}
    first: Mapping[str, list[Term]] = {"z": [bias("b"), reads_input("W")]}
    values = {name: Fraction(value) for name, value in VALUES.items()}
    families = ("W", "b", "R", "c")
    return Network(
        (first, *[hidden] * (depth - 2), top),
        ({family: values[f"C_{family}"] for family in families},) * depth,
        tuple(tuple(map(Fraction, vector)) for vector in inputs),
        tuple(map(Fraction, widths)),
        ({family: values[f"lambda_{family}"] for family in families},) * depth,
    )
