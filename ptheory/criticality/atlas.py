"""The atlas: many activations classified, one row each, every entry computed.

``classify`` is handed in (it knows the architecture); rows hold text, so that a table can be written in any format.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping

from ptheory.activations import Activation, Z, from_formula, lookup
from ptheory.criticality.universality import Classification, decimal_text, exact_text, governing_point

COLUMNS = ("activation", "class", "K_star", "C_b", "C_W", "stability", "p_0", "p_par", "p_perp", "V/(nK^2) per l/n")
NAMED = (
    "linear",
    "relu",
    "leaky_relu",
    "abs",
    "tanh",
    "sin",
    "erf",
    "arctan",
    "asinh",
    "softsign",
    "elu",
    "selu",
    "hard_tanh",
    "gelu",
    "swish",
    "mish",
    "snake",
    "sigmoid",
    "softplus",
    "step",
    "sign",
    "probit",
    "gaussian",
    "cos",
    "exp",
    "sinh",
    "quadratic",
    "cubic",
    "relu2",
)


def atlas_activations() -> dict[str, Activation]:
    """The activations of the atlas: those of the table, and formulas in no table."""
    import sympy as sp

    formulas = {
        "z - z^3/6": Z - Z**3 / 6,
        "He2": Z**2 - 1,
        "He3": Z**3 - 3 * Z,
        "z tanh z": Z * sp.tanh(Z),
        "quick GELU": Z / (1 + sp.exp(-sp.Rational(1702, 1000) * Z)),
        "softplus - log 2": sp.log(1 + sp.exp(Z)) - sp.log(2),
        "z exp(-z^2/2)": Z * sp.exp(-(Z**2) / 2),
        "tanh + z/2": sp.tanh(Z) + Z / 2,
    }
    found = {name: lookup(name) for name in NAMED}
    found.update({name: from_formula(name, formula) for name, formula in formulas.items()})
    return found


def atlas(
    activations: Mapping[str, Activation], classify: Callable[[Activation, str], Classification]
) -> Iterator[Classification]:
    """Classify one activation after the other; yields as it goes, so that a caller can show progress."""
    for name, activation in activations.items():
        yield classify(activation, name)


def atlas_row(found: Classification) -> dict[str, str]:
    """One row of the table: the governing critical point, exponents, and V/(nK^2) in units of l/n."""
    row = dict.fromkeys(COLUMNS, "")
    row["activation"], row["class"] = found.activation, found.label
    point = governing_point(found.critical_points)
    if point is not None:
        row["K_star"] = (
            "any" if point.K_star is None else _short(decimal_text(point.K_star, 15), exact_text(point.K_star))
        )
        row["C_b"] = _short(decimal_text(point.C_b, 15), exact_text(point.C_b))
        row["C_W"] = _short(decimal_text(point.C_W, 15), exact_text(point.C_W))
        row["stability"] = point.stability
    for key in ("p_0", "p_par", "p_perp"):
        if key in found.exponents:
            row[key] = exact_text(found.exponents[key])
    amplitude = found.amplitudes.get("V/(nK^2)")
    if amplitude is not None:
        row[COLUMNS[-1]] = _short(decimal_text(amplitude, 10), exact_text(amplitude))
    return row


def _short(decimal: str, text: str) -> str:
    """The exact form where it is no longer than the decimal one."""
    return text if len(text) <= len(decimal) else decimal


def atlas_csv(found: Mapping[str, Classification]) -> str:
    """The table as comma-separated values with a header line."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for classification in found.values():
        writer.writerow(atlas_row(classification))
    return out.getvalue()
