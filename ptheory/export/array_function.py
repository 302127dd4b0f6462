"""A right-hand side as a function of NumPy or JAX arrays, with the source that does the same."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy

from ptheory.algebra.refusal import Refusal
from ptheory.export.array_helpers import DEPENDS, Helper, array_helpers
from ptheory.export.array_source import ArraySource, helper_source
from ptheory.export.array_values import ArrayValues
from ptheory.export.formula import Formula
from ptheory.export.legal_names import legal_names, python_name
from ptheory.export.operations import carried_out

TAKEN = ("np", "numpy", "math", "erf", "next_layer", *DEPENDS)

HEADS = {
    "numpy": "import math\n\nimport numpy\nimport numpy as np\n",
    "jax": "import jax.numpy as np\nimport numpy\nfrom jax.scipy.special import erf\n",
}
ERF_OF_ARRAYS = "erf = np.vectorize(math.erf, otypes=[float])\n"


class WrongArguments(Refusal):
    """A call with arguments the function has not, or without some it has."""


class JaxMissing(Refusal):
    """JAX is not installed where a function of its arrays is called."""

    help = "pip install jax; .source can be read and copied without it"


@dataclass(frozen=True)
class ArrayFunction:
    """next value = f(K, V, ..., C_W, ...), element by element: arrays of shapes that broadcast, or numbers.

    ``arguments``: name -> what it stands for, in the order of the call; keywords may be given instead. ``source``: a
    text in Python that stands on its own and defines the same function as ``next_layer``. ``library``: "numpy", "jax".
    """

    formula: Formula
    library: str

    @cached_property
    def names(self) -> dict[str, str]:
        """symbol -> argument"""
        return legal_names(self.formula.symbols, python_name, TAKEN)

    @cached_property
    def arguments(self) -> dict[str, str]:
        """argument -> what it stands for"""
        return {self.names[symbol]: self.formula.meaning(symbol) for symbol in self.formula.symbols}

    @cached_property
    def source(self) -> str:
        """Python that defines ``next_layer``, the same function, with nothing of ptheory."""
        writer = ArraySource(self.names)
        result = carried_out(self.formula.right, writer)[0]
        helpers = helper_source(writer.used, array_helpers(numpy, math.erf))
        uses_erf = "erf(" in result or "erf(" in helpers
        head = HEADS[self.library]
        if self.library == "numpy":
            head = f"{head}\n{ERF_OF_ARRAYS}" if uses_erf else head.replace("import math\n\n", "")
        if "numpy.polynomial" not in helpers:
            head = head.replace("import numpy\n", "")
        listed = "\n".join(f"    {name}: {meaning}" for name, meaning in self.arguments.items())
        arguments = ", ".join(self.arguments)
        broadcast = f"    {arguments}{',' if len(self.arguments) == 1 else ''} = np.broadcast_arrays({arguments})\n"
        return (
            f"{head}\n"
            + (f"\n{helpers}\n" if helpers else "")
            + f"\ndef next_layer({arguments}):\n"
            + f'    """{self.formula.left} {self.formula.context}\n\n{listed}\n    """\n'
            + (broadcast if self.arguments else "")
            + f"    return {result}\n"
        )

    def __call__(self, *values: Any, **named: Any) -> Any:
        """Raises WrongArguments, JaxMissing."""
        np, erf = self._library
        given = self._given(values, named)
        arrays = np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in given.values())) if given else []
        by_symbol = dict(zip(self.names, arrays, strict=True))
        worker = ArrayValues(np, erf, array_helpers(np, erf), by_symbol)
        with numpy.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            found = carried_out(self.formula.right, worker)
        return float(found) if self.library == "numpy" and numpy.ndim(found) == 0 else found

    def __repr__(self) -> str:
        return f"<{self.library} function of {', '.join(self.arguments)}: {self.formula.left}>"

    def _given(self, values: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
        """symbol -> value, in the order of ``names``."""
        wanted = list(self.arguments)
        expected = f"the arguments are {', '.join(wanted) or 'none'}"
        if len(values) > len(wanted):
            raise WrongArguments(f"{len(values)} arguments where {len(wanted)} are expected; {expected}")
        placed = dict(zip(wanted, values, strict=False))
        unknown = [name for name in named if name not in wanted or name in placed]
        missing = [name for name in wanted if name not in placed and name not in named]
        if unknown or missing:
            what = f"no argument {unknown[0]} is left" if unknown else f"{', '.join(missing)} missing"
            raise WrongArguments(f"{what}; {expected}")
        by_name = {**placed, **named}
        return {symbol: by_name[name] for symbol, name in self.names.items()}

    @property
    def _library(self) -> tuple[ModuleType | Any, Helper]:
        if self.library == "numpy":
            return numpy, numpy.vectorize(math.erf, otypes=[float])
        try:
            return import_module("jax.numpy"), import_module("jax.scipy.special").erf
        except ImportError:
            raise JaxMissing("jax is not installed") from None


def array_function(formula: Formula, library: str) -> ArrayFunction:
    """The function, its docstring that of the formula. Raises NoArrayForm where it has none."""
    found = ArrayFunction(formula, library)
    listed = "\n".join(f"{name}: {meaning}" for name, meaning in found.arguments.items())
    carried_out(formula.right, ArraySource(found.names))  # what has no form is refused before the first call
    object.__setattr__(found, "__doc__", f"{formula.left} {formula.context}\n\n{listed}")
    return found
