"""The families and expectations whose closed forms are derived, tested and listed in the documentation.

``python -m tests.expectations.catalogue`` prints the table of docs/expectations-table.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sympy import latex, sin

from ptheory.activations import Activation, Z, from_formula, lookup
from ptheory.expectations.closed_forms import ClosedForm, closed_form
from ptheory.expectations.expectation_errors import DivergentMoment
from ptheory.expectations.moments import Moment, moment
from tests.expectations.family_limits import LIMITS, SLOPE, Limit, applies

TABLE = Path(__file__).parents[2] / "docs" / "expectations-table.md"
CHECKS = "enclosures at 30 points; mpmath to 30 digits; ∂/∂K; LaTeX read back"


@dataclass(frozen=True)
class Entry:
    """One row: ``limits`` say which other families the closed form is followed into, or from."""

    family: Activation
    expectation: str
    form: ClosedForm
    limits: tuple[Limit, ...]


PAIR = r"\langle\sigma_0^2\sigma_1^2\rangle"
THREE = r"\langle\sigma_0\sigma_1\sigma_2\rangle"
FOUR = r"\langle\sigma_0\sigma_1\sigma_2\sigma_3\rangle"

FAMILIES: tuple[Activation, ...] = (
    lookup("linear"),
    lookup("quadratic"),
    lookup("cubic"),
    from_formula("cubic_polynomial", Z + Z**2 / 4 - Z**3 / 9),
    lookup("step"),
    lookup("sign"),
    lookup("relu"),
    lookup("leaky_relu", slope=SLOPE),
    lookup("relu2"),
    lookup("relu3"),
    lookup("abs"),
    lookup("erf"),
    lookup("probit"),
    lookup("sin"),
    lookup("cos"),
    lookup("snake"),
    lookup("exp"),
    lookup("cosh"),
    from_formula("z_sin", Z * sin(Z)),
    lookup("gaussian"),
    lookup("gelu"),
    lookup("elu"),
    lookup("hard_tanh"),
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
    for family in FAMILIES:
        for name, factors in EXPECTATIONS:
            if (family.name, name) in OVER_A_PAGE:
                continue
            try:
                form = closed_form(catalogue_moment(family, factors))
            except DivergentMoment:
                continue
            if form is not None and (form.expression != 0 or form.moment.size < 3):
                yield entry_of(family, name, form)


def entry_of(family: Activation, expectation: str, form: ClosedForm) -> Entry:
    limits = tuple(limit for limit in LIMITS[family.name] if applies(limit, form.moment))
    return Entry(family, expectation, form, limits)


@dataclass(frozen=True)
class Row:
    """A row of the table on file: which closed forms there are, before any is derived."""

    family: Activation
    expectation: str
    formula: str

    @property
    def moment(self) -> Moment:
        return catalogue_moment(self.family, dict(EXPECTATIONS)[self.expectation])

    @property
    def has_bivariate_normal(self) -> bool:
        return r"\Phi_2" in self.formula

    def entry(self) -> Entry:
        form = closed_form(self.moment)
        assert form is not None
        return entry_of(self.family, self.expectation, form)


def rows() -> list[Row]:
    """The rows of the table on file."""
    families = {family.name: family for family in FAMILIES}
    _, *lines = (line for line in TABLE.read_text("utf-8").splitlines() if line.startswith("| "))
    cells = (line.removeprefix("| ").split(" | ") for line in lines)
    return [
        Row(families[name.split(" ")[0]], expectation.strip("$"), formula) for name, expectation, formula, *_ in cells
    ]


def catalogue_moment(family: Activation, factors: tuple[tuple[int, int], ...]) -> Moment:
    return moment(*((family, order, variable) for order, variable in factors))


def table_formula(entry: Entry) -> str:
    """The formula as it stands in the table."""
    return without_bars(entry.form.latex())


def without_bars(text: str) -> str:
    """A bar would end the cell of the table."""
    return text.replace("|", r"\vert ")


def table() -> str:
    """The Markdown table."""
    lines = ["| family | expectation | formula | source | verified |", "|---|---|---|---|---|"]
    for entry in catalogue():
        family = f"{entry.family.name} ${without_bars(latex(entry.family.formula))}$"
        source = f"derived ({entry.form.source})" if entry.form.source else "derived"
        orders = {order for _, order, _ in entry.form.moment.factors}
        limits = without_bars("; ".join(limit.text(orders) for limit in entry.limits))
        lines.append(f"| {family} | ${entry.expectation}$ | ${table_formula(entry)}$ | {source} | {CHECKS}; {limits} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
