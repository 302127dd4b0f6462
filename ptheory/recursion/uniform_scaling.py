"""Powers of the width other than those of an expansion in 1/n: C_R/n^(1+s), lambda_W*n^s, a rate without its 1/n.

A tensor is the coefficient of n^-power in a joint cumulant (``Tensor``). Where variances and rates have other powers of
the width, it is the coefficient of n^(offset - power); the offset is found by counting:

uniform    every rate of the layers has n^rho beside its usual power, every variance and rate of an output n^-delta and
           n^(rho - delta). Every term of a tensor with E rates and m pairs of outputs then has n^(rho E - delta m), at
           every order in 1/n: what is derived is what is derived without these powers. This module.
otherwise  terms of a tensor differ in their powers of n. Its offset is the largest of them in layers that are deep
           enough, and of its recursion the terms that have it are kept (``recursion.leading_powers``).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ptheory.algebra.exponents import ZERO, Exponent
from ptheory.networks.architecture import Architecture, parameters_in
from ptheory.recursion.tensors import Tensor


@dataclass(frozen=True)
class UniformScaling:
    """n^(``rate`` * rates - ``output`` * pairs of outputs) for every tensor."""

    rate: Exponent = ZERO
    output: Exponent = ZERO
    equal_widths: bool = False
    """Whether the width of ``rate`` is that of the layer below each tensor: equal ones are taken, then."""

    def offset(self, target: Tensor, outputs: Collection[str]) -> Exponent:
        """The power of n beside the usual one."""
        of_outputs = sum(leg.field.name in outputs for leg in target.legs)
        return self.rate.times(target.rates) - self.output.times(of_outputs // 2)


def uniform_scaling(architecture: Architecture) -> UniformScaling | None:
    """That of an architecture; None where terms of a tensor differ in their powers of n."""
    layers, first = parameters_in(architecture.layers), parameters_in(architecture.first)
    if any(p.variance_power.total for p in layers) or any(p.variance_power.network for p in first):
        return None
    rates = {p.rate_power.total for p in layers if p.rate is not None}
    rates |= {p.rate_power.network for p in first if p.rate is not None}
    if len(rates) > 1:
        return None
    rate = next(iter(rates), ZERO)
    last = parameters_in(architecture.last)
    outputs = {ZERO - p.variance_power.total for p in last}
    outputs |= {rate - p.rate_power.total for p in last if p.rate is not None}
    if len(outputs) > 1:
        return None
    return UniformScaling(rate, next(iter(outputs), ZERO), any(p.rate_power.read for p in layers))
