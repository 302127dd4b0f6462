"""Real numbers as they are computed with: exact where they can be, else of mpmath's working precision."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import mpmath

Real: TypeAlias = "Fraction | mpmath.mpf"
"""An int passes for an exact number too."""


def real(value: Fraction) -> Real:
    """A rational number as it is: what the coefficients of a polynomial are among real numbers."""
    return value


RealMatrix: TypeAlias = "Sequence[Sequence[Fraction | mpmath.mpf]]"
