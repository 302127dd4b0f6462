"""The names the language itself gives in formulas, in one place: nothing may be declared that would be read as another.

The leading coefficient of a two-point function G is K, of G_u it is K_u; <...> stands for averages of the activation s.
"""

from __future__ import annotations

import re

CHI_PAR, CHI_PERP, CURVATURE = "chi_par", "chi_perp", "h"
INVERSE_KERNEL = "Kinv"
KERNEL_DERIVATIVE = "d"
MEAN, KRONECKER = "E", "d"
SEPARATION = "d"  # before the name of an input: dx, the separation of two inputs near x
"""E[...] over the parameters of a network of finite width; d12, d[i,j] of the neurons of slots."""
LAYER, WIDTH = "l", "n"
ACTIVATION_SHORTHAND = "s"
_SERIES, _LEADING = "G", "K"
_SHORTHAND_AT_SAMPLE = re.compile(rf"{ACTIVATION_SHORTHAND}\d*")

SUSCEPTIBILITIES: dict[str, str] = {
    CHI_PAR: "the parallel susceptibility",
    CHI_PERP: "the perpendicular susceptibility",
    CURVATURE: "the derivative of the perpendicular susceptibility",
}
DERIVED: dict[str, str] = {**SUSCEPTIBILITIES, INVERSE_KERNEL: "the inverse kernel"}
"""Scalars that claims may use and nobody declares: name -> what it is."""

CRITICAL_EXPONENTS = ("p_0", "p_par", "p_perp")
"""K ~ l^(-p_0) at a critical point, and how perturbations parallel and perpendicular to an input fall."""

KERNEL_BELOW = _LEADING
"""What stands below an average where the kernel has no name of its own: <...>_K."""


def is_activation_shorthand(name: str) -> bool:
    """s, and s1, s2, ... at samples."""
    return _SHORTHAND_AT_SAMPLE.fullmatch(name) is not None


def leading_name(series: str) -> str:
    """What the leading coefficient of a two-point function of fields is called: K for G, K_u for G_u, else as it is."""
    return _LEADING + series[1:] if series.startswith(_SERIES) else series


def series_name(leading: str) -> str | None:
    """The two-point function that would have this leading coefficient: G for K; None for a name that says none."""
    return _SERIES + leading[1:] if leading.startswith(_LEADING) else None


def critical_name(kernel: str) -> str:
    """What the kernel at a critical point is called: K_star."""
    return f"{kernel}_star"
