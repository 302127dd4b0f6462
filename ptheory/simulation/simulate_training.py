"""Estimates of the neural tangent kernel and its correlators from simulated networks, by reverse differentiation.

For output neurons i, j of one field,  H_ij;ab = sum_mu rate_mu d_mu z_i;a d_mu z_j;b.  With delta the derivative of an
output by the fields of a layer, the weights of that layer contribute

    rate/n  sum_{u,v} (sum_i delta_{u,i;a} delta'_{v,i;b}) (sum_j phi_u(j;a) phi_v(j;b)),

biases the same without phi; delta is carried down by the chain rule. Kinks are differentiated almost everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

import numpy as np

from ptheory.networks.architecture import Architecture, Bias, Direct, WeightedSum
from ptheory.simulation.array_formulas import Activations
from ptheory.simulation.array_functions import Array
from ptheory.simulation.array_slopes import evaluate_with_gradient
from ptheory.simulation.jackknife import Averages, Estimate, jackknife
from ptheory.simulation.networks_in_numbers import (
    CannotSimulate,
    DrawnParameters,
    Fields,
    Hyperparameters,
    NumericArchitecture,
    ReadLayer,
    draw_parameters,
    fields_of,
    terms_at_layer,
)
from ptheory.simulation.simulate import MEMORY, Progress, check_setting, over_blocks


@dataclass(frozen=True)
class TrainingEstimates:
    """Tensors of one field at the top layer; array indices are samples in the order of each tensor's bracket:

    E[H12] = d12 Theta[1,2],  E[H12 z3 z4]_c = (d12 d34 D[1,2,3,4] + d13 d24 F[1,3,2,4] + ...)/width_below,
    E[H12 H34]_c = (d12 d34 A[1,2,3,4] + d13 d24 B[1,3,2,4] + ...)/width_below.
    """

    layer: int
    width_below: int
    Theta: Estimate
    D: Estimate
    F: Estimate
    A: Estimate
    B: Estimate
    networks: int
    interrupted: bool


def simulate_training(
    architecture: Architecture,
    activations: Activations,
    hyperparameters: Hyperparameters,
    inputs: Sequence[Sequence[float]],
    widths: Sequence[int],
    depth: int,
    networks: int,
    seed: int,
    *,
    field: str | None = None,
    outputs: int = 8,
    progress: Progress | None = None,
) -> TrainingEstimates:
    """The tangent kernel's tensors at layer ``depth``, from ``outputs`` neurons of ``field`` (or of the first field).

    ``activations``: name -> (sigma, sigma') on arrays; the rest as in ``simulate``. Raises ValueError for settings that
    do not fit together, a parameter without a rate, and direct terms that are not linear (fields with a mean).
    """
    numeric = NumericArchitecture(
        architecture, activations, hyperparameters, np.asarray(inputs, dtype=float), tuple(widths)
    )
    check_setting(numeric, depth, networks)
    _check_training(numeric, depth, outputs)
    name = field or architecture.fields[0]

    def block(size: int, rng: np.random.Generator) -> Averages:
        averages = Averages()
        largest = _networks_at_a_time(numeric, depth, outputs)
        while size > 0:
            count = min(size, largest)
            averages.add(_moments(numeric, depth, count, rng, name, outputs), count)
            size -= count
        return averages

    blocks, done, interrupted = over_blocks(networks, seed, block, progress)
    width = numeric.width_below(depth)

    def scaled(estimate: Estimate, order: tuple[int, ...] = (0, 1, 2, 3)) -> Estimate:
        parts = (width * estimate.value, width * estimate.error, estimate.heaviest)
        return Estimate(*(part.transpose(order) for part in parts))

    bracket = (0, 2, 1, 3)  # slots 1, 3, 2, 4
    return TrainingEstimates(
        depth,
        width,
        jackknife(blocks, lambda m: m["mean"]),
        scaled(jackknife(blocks, lambda m: m["H qq"] - np.einsum("ab,cd->abcd", m["mean"], m["qq"]))),
        scaled(jackknife(blocks, lambda m: m["Hij zi zj"]), bracket),
        scaled(jackknife(blocks, lambda m: m["Hii Hjj"] - np.einsum("ab,cd->abcd", m["mean"], m["mean"]))),
        scaled(jackknife(blocks, lambda m: m["Hij Hij"]), bracket),
        done,
        interrupted,
    )


def _check_training(numeric: NumericArchitecture, depth: int, outputs: int) -> None:
    for parameter in numeric.architecture.parameters:
        if parameter.rate is None:
            raise CannotSimulate(f"{parameter.name} has no learning rate")
    if any(term.carried_field is None for term in numeric.architecture.direct_terms):
        raise CannotSimulate("the tangent kernel is simulated for linear direct terms only")
    if outputs < 2:
        raise CannotSimulate("at least two output neurons are needed")
    if numeric.architecture.direct_terms and depth > 1 and outputs > numeric.width_below(depth):
        raise CannotSimulate("direct terms carry neurons upwards: no more output neurons than the width exist")


def _networks_at_a_time(numeric: NumericArchitecture, depth: int, outputs: int) -> int:
    legs, width = len(numeric.legs), max((*numeric.widths[: depth - 1], numeric.inputs.shape[1], outputs))
    arrays = depth * (width**2 * len(numeric.architecture.parameters) + 4 * legs * width * (outputs + 2))
    return int(max(1, MEMORY // (8 * (arrays + 3 * (outputs * legs) ** 2))))


def _moments(
    numeric: NumericArchitecture, depth: int, networks: int, rng: np.random.Generator, name: str, outputs: int
) -> Mapping[str, Array]:
    """Means over networks and output neurons of the products that the tensors are made of."""
    below: list[Fields] = []  # nearest first
    reads: list[ReadLayer] = []
    drawn: list[DrawnParameters] = []
    top = numeric.width_below(depth) if numeric.architecture.direct_terms and depth > 1 else outputs
    for layer in range(1, depth + 1):
        read = numeric.read(layer, below, networks)
        width = numeric.widths[layer - 1] if layer < depth else top
        parameters = draw_parameters(read, width, rng)
        reads.append(read)
        drawn.append(parameters)
        below.insert(0, numeric.unstack(fields_of(read, parameters)))
    z = below[0][name][:, :, :outputs]
    kernel = tangent_kernel(numeric, below, reads, drawn, name, outputs)
    legs = slice(numeric.architecture.all_fields.index(name) * numeric.samples, None)
    covariance = reads[-1].covariance()[:, legs, legs][:, : numeric.samples, : numeric.samples]
    direct = reads[-1].direct
    mean = np.zeros_like(z) if direct is None else direct[:, legs][:, : numeric.samples, :outputs]
    second = np.einsum("xai,xbi->xiab", mean, mean) + covariance[:, None]
    diagonal = np.einsum("xiiab->xiab", kernel)
    pairs = outputs * (outputs - 1) * networks
    # sums over i != j are sums over all pairs less those with i = j
    h_all, q_all = diagonal.sum(axis=1), second.sum(axis=1)
    crossed = np.einsum("xijab,xci,xdj->abcd", kernel, z, z, optimize=True)
    crossed = crossed - np.einsum("xiab,xci,xdi->abcd", diagonal, z, z, optimize=True)
    same = np.einsum("xiab,xicd->abcd", diagonal, diagonal)
    return {
        "mean": diagonal.mean(axis=(0, 1)),
        "qq": second.mean(axis=(0, 1)),
        "H qq": (np.einsum("xab,xcd->abcd", h_all, q_all) - np.einsum("xiab,xicd->abcd", diagonal, second)) / pairs,
        "Hij zi zj": crossed / pairs,
        "Hii Hjj": (np.einsum("xab,xcd->abcd", h_all, h_all) - same) / pairs,
        "Hij Hij": (np.einsum("xijab,xijcd->abcd", kernel, kernel) - same) / pairs,
    }


def tangent_kernel(
    numeric: NumericArchitecture,
    layers: Sequence[Fields],
    reads: Sequence[ReadLayer],
    drawn: Sequence[DrawnParameters],
    name: str,
    outputs: int,
) -> Array:
    """H of every network at hand, (networks, outputs, outputs, samples, samples); ``layers`` top first."""
    depth, samples, networks = len(reads), numeric.samples, reads[0].networks
    names = numeric.architecture.all_fields
    legs = {field: slice(k * samples, (k + 1) * samples) for k, field in enumerate(names)}
    deltas = [  # by layer, bottom first: (networks, outputs, legs, neurons)
        np.zeros((networks, outputs, len(names) * samples, fields[names[0]].shape[-1])) for fields in reversed(layers)
    ]
    for o in range(outputs):
        deltas[-1][:, o, legs[name], o] = 1.0
    # an output at sample a depends on fields at sample a only, so delta needs no second sample index
    kernel = np.zeros((networks, outputs, outputs, samples, samples))
    for layer in range(depth, 0, -1):
        read, delta = reads[layer - 1], deltas[layer - 1]
        overlap = _overlaps(delta)
        for family, (_, vectors) in zip(read.weight_families, read.sums, strict=True):
            rate = numeric.rate(family, layer, vectors.shape[-1])
            kernel += rate * _contract(overlap, np.matmul(vectors, np.swapaxes(vectors, -1, -2)), samples)
        for biases, (_, coefficients) in zip(read.bias_families, read.biases, strict=True):
            kernel += numeric.rate(biases, layer, numeric.width_below(layer)) * _contract(
                overlap, np.outer(coefficients, coefficients)[None], samples
            )
        if layer > 1:
            below = layers[depth - layer + 1 :]
            weights = dict(zip(read.weight_families, drawn[layer - 1].weights, strict=True))
            for equation in numeric.architecture.above_first:
                for term in terms_at_layer(equation, layer):
                    back = delta[:, :, legs[equation.field.name]]
                    match term:
                        case WeightedSum(parameters=families):
                            for family in families:
                                back = np.matmul(back, np.swapaxes(weights[family], -1, -2)[:, None])
                            _carry_down(numeric, term, layer, below, back, deltas, legs)
                        case Direct():
                            _carry_down(numeric, term, layer, below, back, deltas, legs)
                        case Bias():
                            pass
                        case _:
                            assert_never(term)
    return kernel


def _carry_down(
    numeric: NumericArchitecture,
    term: WeightedSum | Direct,
    layer: int,
    below: Sequence[Fields],
    back: Array,
    deltas: list[Array],
    legs: Mapping[str, slice],
) -> None:
    """Adds coefficient * d phi/d field * back to the deltas of the layers a term reads."""
    fields = {(field.name, field.depth): below[field.depth][field.name] for field in term.site.fields}
    _, gradient = evaluate_with_gradient(
        term.site.formula, fields, lambda n, shift: numeric.scalar(n, layer + shift), numeric.activations
    )
    coefficient = numeric.number(term.coefficient, layer)
    for (field, depth), slope in gradient.items():
        deltas[layer - 2 - depth][:, :, legs[field]] += coefficient * np.asarray(slope)[:, None] * back


def _overlaps(delta: Array) -> Array:
    """sum_i delta_o,p,i delta_o',q,i: (networks, outputs, legs, outputs, legs)."""
    networks, outputs, legs, neurons = delta.shape
    flat = delta.reshape(networks, outputs * legs, neurons)
    found: Array = np.matmul(flat, np.swapaxes(flat, -1, -2)).reshape(networks, outputs, legs, outputs, legs)
    return found


def _contract(overlap: Array, vectors: Array, samples: int) -> Array:
    """Sum over the fields of both legs: (networks, outputs, outputs, samples, samples)."""
    networks, outputs, legs = overlap.shape[:3]
    fields = legs // samples
    split = overlap.reshape(networks, outputs, fields, samples, outputs, fields, samples)
    products = np.broadcast_to(vectors, (networks, legs, legs)).reshape(networks, fields, samples, fields, samples)
    found: Array = np.einsum("xouapvb,xuavb->xopab", split, products, optimize=True)
    return found
