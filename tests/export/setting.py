"""Flows whose layers exported functions have to step through: at one input and at two, in several architectures."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import ptheory as pt
from ptheory.results.specialisation import BoundEquation
from ptheory.session.result import Result

HEAD = """ptheory 1
include mlp
include residual
include gated
include observables
activation leaky(z) = piecewise((z >= 0): z, otherwise: z/10)
activation bent(z) = tanh(z) + abs(z - 1/2)/3
architecture Varying {
    weights W[i,j] ~ Normal(0, C_W[l]/n[l-1])
    biases  b[i]   ~ Normal(0, C_b[l])
    first   z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = b[i] + sum(j, W[i,j]*sigma(z[j;a]))
}
"""
MLP_VALUES = {"C_b": 0.1, "C_W": 1.2, "lambda_b": 0.2, "lambda_W": 0.75}
SET = "set C_b = 1/10, C_W = 6/5, lambda_b = 1/5, lambda_W = 3/4"


@cache
def ran(text: str) -> Result:
    return pt.run_text(HEAD + text)


@cache
def at_one_input(activation: str) -> tuple[Any, Mapping[int, Mapping[str, float]]]:
    """The block of an activation, and the flow of the same: layer -> {"K", "V", "Theta"}."""
    result = ran(
        f"with sigma = {activation} for MLP {{ inputs one; show G, V, Theta }}\n"
        f"flow MLP with sigma = {activation} {{ inputs [1/2, 3/4]  {SET}  depth 3  digits 15  show G, V, Theta }}\n"
    )
    (block,), (flow,) = result.specialised, result.flows
    layers = {
        layer: {
            "K": float(tensors["G"]["0,0"].coefficient(0)),
            "V": float(tensors["V"]["0,0,0,0"].coefficient(0)),
            "Theta": float(tensors["Theta"]["0,0"].coefficient(0)),
        }
        for layer, tensors in flow.values.items()
    }
    return block, layers


@cache
def at_two_inputs(activation: str) -> tuple[Any, Mapping[int, Mapping[str, float]]]:
    """The same for the kernel at inputs a and b: layer -> {"K_11", "K_12", "K_22"}."""
    result = ran(
        f"with sigma = {activation} for MLP {{ inputs a b; show G }}\n"
        f"flow MLP with sigma = {activation} {{ inputs [1/2, 3/4] [1, -1/3]  {SET}  depth 3  digits 15  show G }}\n"
    )
    (block,), (flow,) = result.specialised, result.flows
    keys = {"K_11": "0,0", "K_12": "0,1", "K_22": "1,1"}
    return block, {
        layer: {name: float(tensors["G"][key].coefficient(0)) for name, key in keys.items()}
        for layer, tensors in flow.values.items()
    }


def of_arguments(names: Any, *values: Mapping[str, float]) -> dict[str, float]:
    """The values of these arguments, from the first mapping that has them."""
    return {name: next(found[name] for found in values if name in found) for name in names}


def equation(activation: str, left: str) -> BoundEquation:
    """An equation at one input, or at inputs a and b where its left side has them."""
    block = (at_two_inputs if "[" in left else at_one_input)(activation)[0]
    found: BoundEquation = block[left]
    return found
