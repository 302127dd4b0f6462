"""The variable of every activation formula."""

from __future__ import annotations

import sympy

Z = sympy.Symbol("z", real=True)
