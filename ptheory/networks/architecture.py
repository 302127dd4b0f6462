"""Checked architectures: parameters and layer equations as plain data, no algebra.

A layer equation for a field u at neuron i, sample a of layer l+1 is a sum of terms, each of one of these kinds:

    Bias          coefficient * b[i]
    WeightedSum   coefficient * sum_j W[i,j] * phi(fields of layer l at neuron j, sample a)
    Direct        coefficient * phi(fields of layer l at neuron i, sample a)                  (a skip connection)
    ReadsInput    coefficient * sum_k W[i,k] * x[k;a]                                         (layer 1)

with ``phi`` a site function: any formula in the fields at one neuron and one sample. An output is a field that no layer
reads; its equation has the terms of a layer equation but ``Direct``. The kinds are a closed union: a
function that treats every kind matches on them and ends in ``assert_never``, so that a kind added here is missed
nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, TypeAlias, assert_never

from ptheory.algebra.polynomial import Polynomial
from ptheory.language.expressions import Expression, FieldAt
from ptheory.networks.fields import Field
from ptheory.networks.laws import NORMAL, Law
from ptheory.networks.width_powers import NO_POWER, WidthPower

# ---- parameters -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Family:
    """A family of independent parameters, Var = variance / n^fan_in, learning rate = rate / n^rate_fan_in, both times

    another power of the width, ``variance_power`` and ``rate_power``, which is no whole power of 1/n that an expansion
    in 1/n has (``recursion.scalings``). ``law`` says what they are beyond their variance. ``n`` is the width of the
    layer the weights read from. ``rate`` is None where none was declared.
    """

    name: str
    variance: Polynomial
    fan_in: int  # power of 1/n in the variance: 1 for C_W/n, 0 for biases
    rate: Polynomial | None = None
    rate_fan_in: int = 0
    law: Law = NORMAL
    variance_power: WidthPower = NO_POWER
    rate_power: WidthPower = NO_POWER

    keyword: ClassVar[str]
    neuron_indices: ClassVar[int]
    least_fan_in: ClassVar[int]
    """The power of 1/n in variance and rate that leaves a finite limit: C_W/n, lambda_W/n and C_b, lambda_b."""

    @property
    def excess_fan_in(self) -> int:
        """The largest power of 1/n beyond ``least_fan_in``."""
        return max(self.fan_in, self.rate_fan_in if self.rate is not None else 0) - self.least_fan_in

    @property
    def is_scaled(self) -> bool:
        """Whether its variance or rate has a power of the width that is not one of an expansion in 1/n."""
        return bool(self.variance_power or self.rate_power)


@dataclass(frozen=True)
class Weights(_Family):
    """W[i,j]: from neuron j of the layer read, or component j of the input, to neuron i of the layer made."""

    keyword = "weights"
    neuron_indices = 2
    least_fan_in = 1


@dataclass(frozen=True)
class Biases(_Family):
    """b[i], added to neuron i of the layer made."""

    keyword = "biases"
    neuron_indices = 1
    least_fan_in = 0


Parameter: TypeAlias = Weights | Biases


# ---- terms ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SiteFunction:
    """phi(fields at one neuron, one sample): a formula whose only free names are fields (``FieldAt`` nodes).

    ``fields`` lists those it reads, in order of first appearance.
    """

    formula: Expression
    fields: tuple[Field, ...]

    @property
    def depths(self) -> frozenset[int]:
        """How far below the layer read the fields are: {0}, or with prev(...) others too; empty for a constant."""
        return frozenset(field.depth for field in self.fields)

    @property
    def deepest(self) -> int:
        """The largest of ``depths``; 0 for a constant."""
        return max(self.depths, default=0)

    @property
    def carried(self) -> Field | None:
        """The field it is, where it is nothing but one field."""
        return self.fields[0] if isinstance(self.formula, FieldAt) else None


@dataclass(frozen=True)
class Bias:
    """coefficient * b[i]. ``parameters``: the factors b of the term, one today."""

    coefficient: Polynomial
    parameters: tuple[Biases, ...]


@dataclass(frozen=True)
class WeightedSum:
    """coefficient * sum_j W[i,j] * site(neuron j). ``parameters``: the factors W of the term, one today."""

    coefficient: Polynomial
    parameters: tuple[Weights, ...]
    site: SiteFunction


@dataclass(frozen=True)
class Direct:
    """coefficient * site(neuron i): nothing random is in it, given the layers below."""

    coefficient: Polynomial
    site: SiteFunction
    parameters: ClassVar[tuple[()]] = ()

    @property
    def carried_field(self) -> Field | None:
        """The field that the term carries over, where it is a multiple of one; else None."""
        return self.site.carried


@dataclass(frozen=True)
class ReadsInput:
    """coefficient * sum_k W[i,k] * x[k;a]. ``parameters``: the factors W of the term, one today."""

    coefficient: Polynomial
    parameters: tuple[Weights, ...]


FirstTerm: TypeAlias = Bias | ReadsInput
LayerTerm: TypeAlias = Bias | WeightedSum | Direct


def site_of(term: LayerTerm) -> SiteFunction | None:
    """The site function through which a term reads the layers below; None where it reads none."""
    match term:
        case WeightedSum(site=site) | Direct(site=site):
            return site
        case Bias():
            return None
        case _:
            assert_never(term)


def carries_over(term: FirstTerm | LayerTerm) -> bool:
    """Whether a term hands on neuron i of the layer below, so that a field is not independent of that layer's."""
    match term:
        case Direct():
            return True
        case Bias() | WeightedSum() | ReadsInput():
            return False
        case _:
            assert_never(term)


# ---- equations ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FirstEquation:
    """The equation of one field of layer 1."""

    field: Field
    terms: tuple[FirstTerm, ...]


@dataclass(frozen=True)
class LayerEquation:
    """The equation of one field of every layer above the first, or of an output, which is read off any of them."""

    field: Field
    terms: tuple[LayerTerm, ...]


def parameters_in(equations: Iterable[FirstEquation | LayerEquation]) -> tuple[Parameter, ...]:
    """The parameters of the equations, each once, in order of first appearance."""
    found: dict[Parameter, None] = {}
    for equation in equations:
        for term in equation.terms:
            found.update(dict.fromkeys(term.parameters))
    return tuple(found)


@dataclass(frozen=True)
class Architecture:
    """``first``: equations of layer 1 (they read the inputs); ``layers``: equations of every layer above; ``last``:

    equations of the outputs, which no layer reads: that of layer l+1 is what a network ends in whose hidden layers are
    1 to l.
    """

    name: str
    parameters: tuple[Parameter, ...]
    first: tuple[FirstEquation, ...]
    layers: tuple[LayerEquation, ...]
    last: tuple[LayerEquation, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the hidden fields, in the order of their equations."""
        return tuple(equation.field.name for equation in self.layers)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs, in the order of their equations."""
        return tuple(equation.field.name for equation in self.last)

    @property
    def all_fields(self) -> tuple[str, ...]:
        """The names of the hidden fields and of the outputs."""
        return (*self.fields, *self.outputs)

    @property
    def above_first(self) -> tuple[LayerEquation, ...]:
        """The equations that read a layer: those of the layers, and of the outputs."""
        return (*self.layers, *self.last)

    @property
    def equations(self) -> tuple[FirstEquation | LayerEquation, ...]:
        """Those of the first layer, then those above."""
        return (*self.first, *self.above_first)

    @property
    def layer_terms(self) -> tuple[LayerTerm, ...]:
        """The terms of all equations that read a layer."""
        return tuple(term for equation in self.above_first for term in equation.terms)

    @property
    def direct_terms(self) -> tuple[Direct, ...]:
        """The skip connections: what carries neuron i over to neuron i of the next layer."""
        return tuple(term for term in self.layer_terms if isinstance(term, Direct))

    @cached_property
    def sites(self) -> tuple[SiteFunction, ...]:
        """The distinct site functions, in order of first appearance."""
        found = (site_of(term) for term in self.layer_terms)
        return tuple(dict.fromkeys(site for site in found if site is not None))

    @property
    def layers_read(self) -> int:
        """How many layers below it a layer reads at most: 1, with prev(...) 2, with prev(prev(...)) 3."""
        return 1 + max((site.deepest for site in self.sites), default=0)

    @property
    def is_scaled(self) -> bool:
        """Whether a parameter has a power of the width that is not one of an expansion in 1/n."""
        return any(parameter.is_scaled for parameter in self.parameters)

    @property
    def open_exponent(self) -> str | None:
        """The name that powers of n hold, as in C_W/n^(1 + s); None where all of them are numbers."""
        powers = (power for p in self.parameters for power in (p.variance_power, p.rate_power))
        return next((power.network.symbol for power in powers if power.network.slope), None)

    @property
    def has_independent_rows(self) -> bool:
        """Whether the neurons of every layer above the first are independent given the layers below them."""
        return all(parameter.law.rows_are_independent for parameter in parameters_in(self.above_first))

    @property
    def has_gaussian_rows(self) -> bool:
        """Whether every layer above the first is Gaussian given the layers below it."""
        return all(parameter.law.is_gaussian for parameter in parameters_in(self.above_first))
