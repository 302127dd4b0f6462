"""The families and expectations whose closed forms are derived, tested and listed in the documentation.

``python -m ptheory.expectations.catalogue`` prints the table of docs/expectations-table.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sympy import Symbol, latex, sin

from ptheory.activations import Activation, Z, from_formula, lookup
from ptheory.expectations.closed_forms import ClosedForm, closed_form
from ptheory.expectations.errors import DivergentMoment
from ptheory.expectations.moments import Moment, moment

CHECKS = "Arb quadrature at 30 rational points; mpmath to 30 digits; ∂/∂K"
CHECKS_WITHOUT_MPMATH = "Arb quadrature at 30 rational points; ∂/∂K"  # deltas, three and four inputs


@dataclass(frozen=True)
class Entry:
    """One row: ``limit`` says which other family the closed form was followed into."""

    family: Activation
    expectation: str
    form: ClosedForm
    limit: str


SLOPE = Symbol("a", real=True)
PAIR = r"\langle\sigma_0^2\sigma_1^2\rangle"
THREE = r"\langle\sigma_0\sigma_1\sigma_2\rangle"
FOUR = r"\langle\sigma_0\sigma_1\sigma_2\sigma_3\rangle"

FAMILIES: tuple[tuple[Activation, str], ...] = (
    (lookup("linear"), "leaky ReLU with equal slopes"),
    (lookup("quadratic"), "twice squared ReLU, even part"),
    (lookup("cubic"), "contractions counted by pairings"),
    (from_formula("cubic_polynomial", Z + Z**2 / 4 - Z**3 / 9), "linear at small K"),
    (lookup("step"), "probit of large scale"),
    (lookup("sign"), "2 step - 1"),
    (lookup("relu"), "leaky ReLU of slope 0"),
    (lookup("leaky_relu", slope=SLOPE), "linear at a = 1, ReLU at a = 0, abs at a = -1"),
    (lookup("relu2"), "ReLU squared"),
    (lookup("relu3"), "ReLU cubed"),
    (lookup("abs"), "leaky ReLU of slope -1"),
    (lookup("erf"), "sign at large scale"),
    (lookup("probit"), "step at large scale"),
    (lookup("sin"), "linear at small scale"),
    (lookup("cos"), "1 at small scale"),
    (lookup("snake"), "linear at small frequency"),
    (lookup("exp"), "cosh + sinh"),
    (lookup("cosh"), "even part of exp"),
    (from_formula("z_sin", Z * sin(Z)), "quadratic at small scale"),
    (lookup("gaussian"), "1 at small scale"),
    (lookup("gelu"), "ReLU at large scale"),
    (lookup("elu"), "ReLU at large scale"),
    (lookup("hard_tanh"), "sign at large scale"),
)

EXPECTATIONS: tuple[tuple[str, tuple[tuple[int, int], ...]], ...] = (
    (r"\langle\sigma^2\rangle", ((0, 0), (0, 0))),
    (r"\langle\sigma'^2\rangle", ((1, 0), (1, 0))),
    (r"\langle\sigma\sigma''\rangle", ((0, 0), (2, 0))),
    (r"\langle\sigma^4\rangle", ((0, 0), (0, 0), (0, 0), (0, 0))),
    (r"\langle\sigma^2\sigma'^2\rangle", ((0, 0), (0, 0), (1, 0), (1, 0))),
    (r"\langle\sigma'^4\rangle", ((1, 0), (1, 0), (1, 0), (1, 0))),
    (r"\langle\sigma_0\sigma_1\rangle", ((0, 0), (0, 1))),
    (r"\langle\sigma'_0\sigma'_1\rangle", ((1, 0), (1, 1))),
    (PAIR, ((0, 0), (0, 0), (0, 1), (0, 1))),
    (THREE, ((0, 0), (0, 1), (0, 2))),
    (FOUR, ((0, 0), (0, 1), (0, 2), (0, 3))),
)

OVER_A_PAGE = {  # closed forms too long to print, or whose derivation ends in one that is not elementary only late
    ("cubic", FOUR),
    ("cubic_polynomial", PAIR),
    ("cubic_polynomial", THREE),
    ("leaky_relu", FOUR),
    ("relu^2", THREE),
    ("snake", PAIR),
    ("snake", THREE),
    ("cubic_polynomial", FOUR),
    ("snake", FOUR),
    ("z_sin", THREE),
    ("z_sin", FOUR),
    ("gelu", THREE),
    ("relu^3", THREE),
    ("elu", PAIR),
    ("hard_tanh", PAIR),
}


def catalogue() -> Iterator[Entry]:
    """Every (family, expectation) with a closed form, in order."""
    for family, limit in FAMILIES:
        for name, factors in EXPECTATIONS:
            if (family.name, name) in OVER_A_PAGE:
                continue
            try:
                form = closed_form(catalogue_moment(family, factors))
            except DivergentMoment:
                continue
            if form is not None and (form.expression != 0 or form.moment.size < 3):
                yield Entry(family, name, form, limit)


def catalogue_moment(family: Activation, factors: tuple[tuple[int, int], ...]) -> Moment:
    return moment(*((family, order, variable) for order, variable in factors))


def table() -> str:
    """The Markdown table."""
    lines = ["| family | expectation | formula | source | verified |", "|---|---|---|---|---|"]
    for entry in catalogue():
        family = f"{entry.family.name} ${latex(entry.family.formula)}$"
        formula = entry.form.latex().replace("|", r"\vert ")
        source = f"derived ({entry.form.source})" if entry.form.source else "derived"
        singular = any(activation.derivative(order).deltas for activation, order, _ in entry.form.moment.factors)
        checks = CHECKS_WITHOUT_MPMATH if singular or entry.form.moment.size > 2 else CHECKS
        lines.append(f"| {family} | ${entry.expectation}$ | ${formula}$ | {source} | {checks}; limit: {entry.limit} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
