"""A mean as moments of bound activations: the one bridge from jets at legs to numbered variables, to ``expectations``.

    ⟨∂_legs F⟩ = sum over terms of  coefficient * ⟨∂... prod_k σ_k^(m_k)(z_{a_k}) prod_a z_a^{p_a}⟩,     a = 0, 1, ...

where z_a is a field at a sample or a linear combination of fields. Derivatives stay outside, by the variables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ptheory.activations.activation import Activation
from ptheory.algebra.polynomial import Polynomial
from ptheory.expectations.moments import Moment
from ptheory.language.expressions import Expression
from ptheory.recursion.jets import Jet
from ptheory.recursion.means.mean import Factors, terms
from ptheory.recursion.tensors import Leg
from ptheory.recursion.variables import chain_rule, in_order

Bind = Callable[[str | Expression], Activation]  # the activation a jet names, or that its formula in VARIABLE defines


class MomentPart(NamedTuple):
    """``coefficient``, a polynomial in scalars, times ``moment``; ``variables[a]`` is z_a; a mean of 1 has none."""

    coefficient: Polynomial
    moment: Moment
    variables: tuple[Leg, ...]


def as_moments(integrand: Polynomial, derivatives: Sequence[Leg], bind: Bind) -> list[MomentPart]:
    """⟨∂_derivatives integrand⟩ of a polynomial in jets, preactivations and scalars. Raises what ``bind`` raises."""
    found = []
    for scalars, factors in terms(integrand):
        variables = in_order(factor.leg for factor, _ in factors)
        for slope, numbers in chain_rule(derivatives, variables):
            found.append(MomentPart(slope * scalars, moment_of(factors, variables, numbers, bind), variables))
    return found


def moment_of(factors: Factors, variables: Sequence[Leg], derivatives: Sequence[int], bind: Bind) -> Moment:
    """⟨∂_derivatives prod factors⟩ at numbered variables: z_a is ``variables[a]``, a from 0."""
    number = {leg: k for k, leg in enumerate(variables)}
    bound: list[tuple[Activation, int, int]] = []
    powers = [0] * len(variables)
    for factor, exponent in factors:
        if isinstance(factor, Jet):
            bound += [(bind(factor.function), factor.order, number[factor.leg])] * exponent
        else:
            powers[number[factor.leg]] += exponent
    return Moment(tuple(bound), tuple(powers), tuple(derivatives))
