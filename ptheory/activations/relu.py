"""ReLU and leaky ReLU: positively homogeneous of degree one."""

from __future__ import annotations

import sympy

from ptheory.activations.activation import Activation
from ptheory.activations.parameters import ParameterValue, exact
from ptheory.activations.symbols import Z


def relu() -> Activation:
    """σ(z) = max(0, z)."""
    return Activation("relu", sympy.Max(0, Z), source="Cho & Saul, NeurIPS 2009: arc-cosine kernel of order 1")


def leaky_relu(slope: ParameterValue = "1/100", positive: ParameterValue = 1) -> Activation:
    """σ(z) = positive·z for z ≥ 0, slope·z for z < 0; slopes may be numbers or SymPy symbols."""
    below, above = exact(slope), exact(positive)
    formula = sympy.Piecewise((above * Z, Z >= 0), (below * Z, True))
    parameters = (("positive", above), ("slope", below))
    return Activation("leaky_relu", formula, parameters, source="Tsuchida, Roosta & Gallagher, arXiv:1711.09090")
