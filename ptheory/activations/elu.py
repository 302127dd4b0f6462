"""Exponential linear units."""

from __future__ import annotations

import sympy

from ptheory.activations.activation import Activation
from ptheory.activations.parameters import ParameterValue, exact
from ptheory.activations.symbols import Z

SELU_ALPHA = "1.6732632423543772848170429916717"
SELU_SCALE = "1.0507009873554804934193349852946"


def elu(alpha: ParameterValue = 1) -> Activation:
    """σ(z) = z for z > 0, alpha·(exp z − 1) for z ≤ 0."""
    a = exact(alpha)
    formula = sympy.Piecewise((Z, Z > 0), (a * (sympy.exp(Z) - 1), True))
    return Activation("elu", formula, (("alpha", a),), source="Tsuchida et al., arXiv:2002.08517")


def selu() -> Activation:
    """σ(z) = scale·ELU(z; alpha) with the published decimals of scale and alpha taken as exact."""
    a, scale = sympy.Rational(SELU_ALPHA), sympy.Rational(SELU_SCALE)
    formula = sympy.Piecewise((scale * Z, Z > 0), (scale * a * (sympy.exp(Z) - 1), True))
    return Activation("selu", formula, source="Klambauer et al., arXiv:1706.02515")
