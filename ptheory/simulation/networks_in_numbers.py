"""Real finite-width networks, many at once, layer by layer, for any checked architecture.

A layer is made in two steps, which the estimators need apart. Given the layers below, the fields of neuron i are
direct_i + s_i with s_i independent vectors (over fields and samples) of covariance Ghat, the same for every i.
``NumericArchitecture.read`` finds direct_i and Ghat; ``draw_weights`` then draws every weight and bias of the layer.
``draw_rows`` draws the s_i from their law instead where it is Gaussian: the same distribution of networks at a cost of
n instead of n^2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

import numpy as np

from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.algebra.refusal import Refusal
from ptheory.networks.absent_fields import term_at_layer
from ptheory.networks.architecture import (
    Architecture,
    Bias,
    Biases,
    Direct,
    FirstTerm,
    LayerEquation,
    LayerTerm,
    Parameter,
    ReadsInput,
    SiteFunction,
    WeightedSum,
    Weights,
)
from ptheory.networks.width_powers import WidthPower
from ptheory.simulation.array_formulas import Activations, evaluate
from ptheory.simulation.array_functions import Array

Hyperparameters = Mapping[str | tuple[str, int], float]
"""name -> value in every layer, or (name, layer) -> value in that layer."""

Fields = dict[str, Array]
"""field -> array of shape (networks, samples, neurons)"""


DRAWN_AT = Fraction(1)  # s in powers of n such as n^s


class CannotSimulate(Refusal):
    """Networks that cannot be drawn as they are asked for."""


@dataclass(frozen=True)
class ReadLayer:
    """What a layer's fields are made of. Arrays run over networks, legs (field, sample), neurons.

    ``direct``: (networks, legs, neurons) or None; ``sums``: for each weight family its variance and the vectors it
    multiplies, (networks, legs, neurons below), zero rows for fields that do not use it; ``biases``: for each bias
    family its variance and its coefficient in each leg. ``weight_families``, ``bias_families`` name them in order.
    """

    direct: Array | None
    sums: tuple[tuple[float, Array], ...]
    biases: tuple[tuple[float, Array], ...]
    networks: int
    weight_families: tuple[Weights, ...]
    bias_families: tuple[Biases, ...]

    def covariance(self) -> Array:
        """Ghat, (networks, legs, legs)."""
        total: Array = np.zeros((1, 1))
        for variance, coefficients in self.biases:
            total = total + variance * np.outer(coefficients, coefficients)
        for variance, vectors in self.sums:
            total = total + variance * np.matmul(vectors, np.swapaxes(vectors, -1, -2))
        legs = total.shape[-1]
        return np.broadcast_to(total, (self.networks, legs, legs))

    def fourth_cumulant(self) -> Array | None:
        """The fourth joint cumulant of the fields of one neuron given the layers below, (networks, legs x 4); None

        where the parameters are Gaussian: kappa_4 variance^2 sum_j v_a v_b v_c v_d over the weight families.
        """
        families = [
            (variance**2 * float(family.law.cumulant(4)), vectors)
            for (variance, vectors), family in zip(self.sums, self.weight_families, strict=True)
            if not family.law.is_gaussian
        ]
        if not families:
            return None
        each = (weight * np.einsum("xaj,xbj,xcj,xdj->xabcd", v, v, v, v, optimize=True) for weight, v in families)
        return sum(each, np.zeros(()))


Draw = Callable[[ReadLayer, int, np.random.Generator], Array]
"""(layer, width, random numbers) -> its fields, (networks, legs, neurons)."""


@dataclass(frozen=True)
class DrawnParameters:
    """``weights``: per family (networks, neurons below, neurons); ``biases``: per family (networks, 1, neurons)."""

    weights: tuple[Array, ...]
    biases: tuple[Array, ...]


def draw_parameters(layer: ReadLayer, width: int, rng: np.random.Generator) -> DrawnParameters:
    """Every weight and bias of a layer."""
    weights = [
        np.sqrt(variance) * family.law.draw(rng, (layer.networks, vectors.shape[-1], width))
        for (variance, vectors), family in zip(layer.sums, layer.weight_families, strict=True)
    ]
    biases = [
        np.sqrt(variance) * family.law.draw(rng, (layer.networks, 1, width))
        for (variance, _), family in zip(layer.biases, layer.bias_families, strict=True)
    ]
    return DrawnParameters(tuple(weights), tuple(biases))


def fields_of(layer: ReadLayer, parameters: DrawnParameters) -> Array:
    """The fields of a layer, (networks, legs, neurons)."""
    total: Array = np.zeros((1, 1, 1)) if layer.direct is None else layer.direct
    for (_, vectors), weights in zip(layer.sums, parameters.weights, strict=True):
        total = total + np.matmul(vectors, weights)
    for (_, coefficients), biases in zip(layer.biases, parameters.biases, strict=True):
        total = total + coefficients[:, None] * biases
    return total


def draw_weights(layer: ReadLayer, width: int, rng: np.random.Generator) -> Array:
    """The fields of a layer from all its weights and biases, drawn one by one."""
    return fields_of(layer, draw_parameters(layer, width, rng))


def draw_rows(layer: ReadLayer, width: int, rng: np.random.Generator) -> Array:
    """The neurons drawn from their joint Gaussian law given the layers below; no weight is made.

    Raises CannotSimulate where the parameters are not Gaussian, and so the neurons are not.
    """
    if not all(family.law.is_gaussian for family in (*layer.weight_families, *layer.bias_families)):
        raise CannotSimulate("neurons of weights that are not Gaussian are drawn weight by weight")
    covariance = layer.covariance()
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))[:, None, :]
    noise = np.matmul(root, rng.standard_normal((layer.networks, covariance.shape[-1], width)))
    found: Array = noise if layer.direct is None else layer.direct + noise
    return found


@dataclass(frozen=True)
class NumericArchitecture:
    """An architecture with all its numbers: hyperparameters, inputs (samples x components), hidden widths."""

    architecture: Architecture
    activations: Activations
    hyperparameters: Hyperparameters
    inputs: Array
    widths: tuple[int, ...]

    @property
    def samples(self) -> int:
        """How many inputs the networks are given."""
        return len(self.inputs)

    @property
    def legs(self) -> tuple[tuple[str, int], ...]:
        """(field, sample) in the order of every estimate's indices."""
        return tuple((name, a) for name in self.architecture.all_fields for a in range(self.samples))

    def width_below(self, layer: int) -> int:
        """Neurons a layer reads from; the first layer reads the components of the input."""
        return self.inputs.shape[1] if layer == 1 else self.widths[layer - 2]

    def _terms(self, layer: int) -> dict[str, Sequence[FirstTerm | LayerTerm]]:
        """field -> the terms it has at a layer: outputs too, which are read off every layer and zero in layer 1."""
        if layer == 1:
            return {equation.field.name: equation.terms for equation in self.architecture.first}
        return {equation.field.name: terms_at_layer(equation, layer) for equation in self.architecture.above_first}

    def read(self, layer: int, below: Sequence[Fields], networks: int) -> ReadLayer:
        """The layer given those below it (nearest first)."""
        direct: dict[str, Array] = {}
        sums: dict[Weights, dict[str, Array]] = {}
        biases: dict[Biases, dict[str, float]] = {}
        below_width = self.width_below(layer)
        for name, terms in self._terms(layer).items():
            for term in terms:
                coefficient = self.number(term.coefficient, layer)
                match term:
                    case Direct(site=site):
                        _add(direct, name, coefficient * self.site(site, layer, below))
                    case Bias():
                        (family,) = term.parameters
                        of_family = biases.setdefault(family, {})
                        of_family[name] = of_family.get(name, 0.0) + coefficient
                    case WeightedSum() | ReadsInput():
                        (weights,) = term.parameters
                        _add(sums.setdefault(weights, {}), name, coefficient * self._summed(term, layer, below))
                    case _:
                        assert_never(term)
        return ReadLayer(
            self._stack(direct, networks) if direct else None,
            tuple((self._variance(p, layer, v), self._stack(v, networks)) for p, v in sums.items()),
            tuple((self._over_width(p, layer, below_width), self._coefficients(c)) for p, c in biases.items()),
            networks,
            tuple(sums),
            tuple(biases),
        )

    def unstack(self, legs: Array) -> Fields:
        """(networks, legs, neurons) taken apart by field."""
        names = self.architecture.all_fields
        return dict(zip(names, np.split(legs, len(names), axis=1), strict=True))

    def _summed(self, term: WeightedSum | ReadsInput, layer: int, below: Sequence[Fields]) -> Array:
        """What the weights of a term multiply."""
        match term:
            case ReadsInput():
                return self.inputs[None]
            case WeightedSum(site=site):
                return self.site(site, layer, below)
            case _:
                assert_never(term)

    def site(self, site: SiteFunction, layer: int, below: Sequence[Fields]) -> Array:
        """phi at every neuron, (networks, samples, neurons)."""
        fields = {(field.name, field.depth): below[field.depth][field.name] for field in site.fields}
        value = evaluate(site.formula, fields, lambda n, shift: self.scalar(n, layer + shift), self.activations)
        return np.asarray(value, dtype=float)

    def scalar(self, name: str, layer: int) -> float:
        """A hyperparameter's value for a layer; n is the width of the layer read from."""
        if name == "n":
            return float(self.width_below(layer))
        if (name, layer) in self.hyperparameters:
            return self.hyperparameters[name, layer]
        if name not in self.hyperparameters:
            raise CannotSimulate(f"no value for the hyperparameter {name} at layer {layer}")
        return self.hyperparameters[name]

    def number(self, polynomial: Polynomial, layer: int) -> float:
        """A polynomial in hyperparameters for the layer being made; C_W[l] is the value at that layer."""

        def value(atom: Atom) -> float:
            if not isinstance(atom, Symbol):
                raise CannotSimulate(f"{atom} is not a hyperparameter")
            return self.scalar(atom.name, layer + (0 if atom.name == "n" else atom.layer or 0))

        return polynomial.evaluate(value, float)

    def _variance(self, parameter: Weights, layer: int, vectors: Fields) -> float:
        return self._over_width(parameter, layer, next(iter(vectors.values())).shape[-1])

    def _over_width(self, parameter: Parameter, layer: int, read: int) -> float:
        """Its variance in a layer that reads ``read`` neurons, or components."""
        variance = self.number(parameter.variance, layer) / float(read) ** parameter.fan_in
        return variance * self.power_of_width(parameter.variance_power, read)

    def rate(self, parameter: Parameter, layer: int, read: int) -> float:
        """Its learning rate there. Raises CannotSimulate where it has none."""
        if parameter.rate is None:
            raise CannotSimulate(f"{parameter.name} has no learning rate")
        rate = self.number(parameter.rate, layer) / float(read) ** parameter.rate_fan_in
        return rate * self.power_of_width(parameter.rate_power, read)

    def power_of_width(self, power: WidthPower, read: int) -> float:
        """n to a power; ``read``: the width of the layer read, that of layer 1 stands for the hidden layers'."""
        hidden = float(self.widths[0]) if self.widths else 1.0
        beside: float = float(read) ** float(power.read) * hidden ** float(power.network.at(DRAWN_AT))
        return beside

    def _stack(self, by_field: Fields, networks: int) -> Array:
        neurons = next(iter(by_field.values())).shape[-1]
        shape = (networks, self.samples, neurons)
        rows = [np.broadcast_to(by_field.get(name, np.zeros(())), shape) for name in self.architecture.all_fields]
        return rows[0] if len(rows) == 1 else np.concatenate(rows, axis=1)

    def _coefficients(self, by_field: dict[str, float]) -> Array:
        return np.array([by_field.get(name, 0.0) for name, _ in self.legs])


def _add(to: Fields, name: str, value: Array) -> None:
    to[name] = to[name] + value if name in to else value


def terms_at_layer(equation: LayerEquation, layer: int) -> list[LayerTerm]:
    """What the equation says at one layer above the first: at layer 2 without what prev(...) is absent from."""
    return [term for term in (term_at_layer(term, layer) for term in equation.terms) if term is not None]
