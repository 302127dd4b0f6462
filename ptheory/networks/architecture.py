"""Checked architectures: parameters and layer equations as plain data, no algebra.

A layer equation for a field u at neuron i, sample a of layer l+1 is a sum of terms

    coefficient * P[i]                                  (bias)
    coefficient * sum_j P[i,j] * phi(fields of layer l at neuron j, sample a)   (weighted sum)
    coefficient * phi(fields of layer l at neuron i, sample a)                  (direct: a skip connection)

with ``phi`` a site function: any formula in the fields at one neuron and one sample.
"""

from __future__ import annotations

from dataclasses import dataclass

from ptheory.algebra.polynomial import Polynomial
from ptheory.language.expressions import Expression
from ptheory.networks.laws import NORMAL, Law


@dataclass(frozen=True)
class Parameter:
    """A family of independent parameters, Var = variance / n^fan_in, learning rate = rate / n^rate_fan_in.

    ``law`` says what they are beyond their variance. ``n`` is the width of the layer the weights read from. ``rate``
    is None where none was declared.
    """

    name: str
    kind: str  # "weights" (two neuron indices) or "biases" (one)
    variance: Polynomial
    fan_in: int  # power of 1/n in the variance: 1 for C_W/n, 0 for biases
    rate: Polynomial | None = None
    rate_fan_in: int = 0
    law: Law = NORMAL

    @property
    def excess_fan_in(self) -> int:
        """The largest power of 1/n beyond those that leave a finite limit: C_W/n, lambda_W/n and C_b, lambda_b."""
        least = 1 if self.kind == "weights" else 0
        return max(self.fan_in, self.rate_fan_in if self.rate is not None else 0) - least


@dataclass(frozen=True)
class SiteFunction:
    """phi(fields at one neuron, one sample): a formula whose only free names are fields (``FieldAt`` nodes).

    ``fields`` lists (field name, depth below the layer read: 0, or 1 for prev(...)) in order of first appearance.
    """

    formula: Expression
    fields: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class LayerTerm:
    """One term of a layer equation; see the module docstring. ``parameter`` None means direct."""

    coefficient: Polynomial
    parameter: Parameter | None
    site: SiteFunction | None  # None: a bias, or the input x in a first-layer equation


@dataclass(frozen=True)
class LayerEquation:
    """field = sum of terms: the preactivation of one layer in the layers below."""

    field: str
    terms: tuple[LayerTerm, ...]


@dataclass(frozen=True)
class Architecture:
    """``first``: equations of layer 1 (they read the inputs); ``layers``: equations of every layer above."""

    name: str
    parameters: tuple[Parameter, ...]
    first: tuple[LayerEquation, ...]
    layers: tuple[LayerEquation, ...]

    @property
    def has_gaussian_rows(self) -> bool:
        """Whether every layer above the first is Gaussian given the layers below it."""
        used = (term.parameter for equation in self.layers for term in equation.terms)
        return all(parameter is None or parameter.law.is_gaussian for parameter in used)

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields, in the order of declaration."""
        return tuple(equation.field for equation in self.layers)
