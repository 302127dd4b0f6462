"""What two fields of the first layer have in common: every bias and every weight that both are made with."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import assert_never

from ptheory.algebra.polynomial import Polynomial
from ptheory.networks.architecture import Architecture, Bias, Parameter, ReadsInput
from ptheory.networks.fields import Field


def shared_in_first_layer(
    architecture: Architecture, left: Field, right: Field
) -> Iterator[tuple[Polynomial, Parameter, bool]]:
    """(product of the coefficients, parameter, whether it reads the input) of every term that both equations have.

    Their covariance is sum coefficient * variance * (1 for a bias, x·x / n0^fan_in for weights).
    """
    equations = {equation.field: equation for equation in architecture.first}
    if left not in equations or right not in equations:  # an output: it is read off a layer
        return
    for s, t in product(equations[left].terms, equations[right].terms):
        if s.parameters != t.parameters:
            continue
        (parameter,) = s.parameters
        match s:
            case Bias():
                reads_input = False
            case ReadsInput():
                reads_input = True
            case _:
                assert_never(s)
        yield s.coefficient * t.coefficient, parameter, reads_input
