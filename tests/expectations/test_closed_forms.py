"""Every closed form of the catalogue: enclosed at 30 rational points by quadrature that does not share its recursion,
compared with mpmath to 30 digits, differentiated in K, and followed into another family."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import mpmath
import pytest
import sympy

from ptheory.activations import Z, from_formula, lookup
from ptheory.expectations import closed_form, covariance_symbol, evaluate, moment
from tests.expectations.catalogue import (
    EXPECTATIONS,
    FAMILIES,
    SLOPE,
    TABLE,
    Entry,
    Row,
    catalogue_moment,
    rows,
    table,
    table_formula,
)
from tests.expectations.closed_form_checks import check_limits, check_mpmath
from tests.expectations.witnesses.enclosures import check_enclosures
from tests.expectations.witnesses.kernel_derivatives import check_kernel_derivatives
from tests.expectations.witnesses.plain_sums import plain_expectation
from tests.expectations.witnesses.points import number, regular_points, substitution
from tests.expectations.witnesses.typesetting import check_latex, compile_formulas

ROWS = rows()
NAMES = [f"{row.family.name}-{k}" for k, row in enumerate(ROWS)]
SAMPLE = {1: 4, 2: 4, 3: 2, 4: 1}
DELTAS = [row for row in ROWS if any(f.derivative(m).deltas for f, m, _ in row.moment.factors)]
WITNESSED = [*DELTAS, *ROWS[::7], *(row for row in ROWS if row.moment.size == 3 and not row.family.kinks)]
WITNESSED = [row for row in dict.fromkeys(WITNESSED) if row.moment.size < 4]
LIMITED = [row for row in ROWS[::3] if not row.has_bivariate_normal and row.family.name != "elu"]


@pytest.fixture
def entry(request: pytest.FixtureRequest) -> Entry:
    """Derived when it is tested: not by every process that lists the tests."""
    row: Row = request.param
    return row.entry()


def entries() -> list[Entry]:
    return [row.entry() for row in ROWS]


def test_there_are_at_least_sixty() -> None:
    assert len(ROWS) >= 60
    found = {(row.family.name, row.expectation) for row in ROWS}
    assert len(found) == len(ROWS)
    for family in ("gelu", "relu^2", "relu^3"):
        for expectation in (r"\langle\sigma_0\sigma_1\rangle", r"\langle\sigma'_0\sigma'_1\rangle"):
            assert (family, expectation) in found


def test_the_bivariate_normal_stands_in_the_formulas_that_have_it() -> None:
    assert [row.has_bivariate_normal for row in ROWS] == ["Phi2" in str(entry.form.expression) for entry in entries()]


@pytest.mark.slow
@pytest.mark.parametrize("entry", ROWS, ids=NAMES, indirect=True)
def test_enclosures_overlap(entry: Entry) -> None:
    """A sample; all thirty points at 30 digits: python -m tests.expectations.closed_form_checks."""
    size = entry.form.moment.size
    compared, _ = check_enclosures(entry, 64 if size < 4 else 40, SAMPLE[size])
    assert compared >= 1


@pytest.mark.slow
@pytest.mark.parametrize("entry", WITNESSED, ids=lambda row: row.family.name, indirect=True)
def test_mpmath_to_thirty_digits(entry: Entry) -> None:
    """Deltas, two and three inputs included; four inputs only in the script."""
    check_mpmath(entry, 1)


DIFFERENTIATED = [row for row in ROWS if not row.has_bivariate_normal][::2]


@pytest.mark.parametrize("entry", DIFFERENTIATED, indirect=True)
def test_kernel_derivatives(entry: Entry) -> None:
    """∂/∂K_ab of the formula is c ⟨∂_a∂_b F⟩, itself a closed form, for every independent K_ab; all formulas in the
    script."""
    identities, differences = check_kernel_derivatives(entry, regular_points(entry, "slopes", 1))
    size = entry.form.moment.size
    assert identities == differences == size * (size + 1) // 2


@pytest.mark.parametrize("entry", LIMITED, ids=lambda row: row.family.name, indirect=True)
def test_limits_into_another_family(entry: Entry) -> None:
    check_limits(entry, 1)


def test_every_row_has_a_limit() -> None:
    assert all(entry.limits for entry in entries())


def test_limits_would_notice_a_wrong_factor() -> None:
    entry = next(row.entry() for row in ROWS if row.family.name == "erf" and row.moment.size == 2)
    wrong = replace(entry, form=replace(entry.form, expression=entry.form.expression * sympy.Rational(101, 100)))
    with pytest.raises(AssertionError):
        check_limits(wrong, 1)


@pytest.mark.parametrize("entry", ROWS, ids=NAMES, indirect=True)
def test_latex_reads_back(entry: Entry) -> None:
    """As printed, and as it stands in the table, where a bar would end the cell."""
    check_latex(entry, entry.form.latex())
    if "|" in entry.form.latex():
        check_latex(entry, table_formula(entry))


def test_latex_reader_would_notice() -> None:
    entry = next(row.entry() for row in ROWS if row.family.name == "relu" and row.moment.size == 2)
    with pytest.raises(AssertionError):
        check_latex(entry, entry.form.latex().replace("2", "3", 1))


def test_every_formula_compiles(tmp_path: Path) -> None:
    formulas = [entry.form.latex() for entry in entries()]
    formulas += [limit.text({0}).strip("$") for entry in entries() for limit in entry.limits]
    assert "Output written" in compile_formulas(list(dict.fromkeys(formulas)), tmp_path)


def test_leaky_slopes_interpolate_between_families() -> None:
    pair = ((0, 0), (0, 1))
    leaky = closed_form(catalogue_moment(lookup("leaky_relu", slope=SLOPE), pair))
    assert leaky is not None
    for slope, name in ((1, "linear"), (0, "relu"), (-1, "abs")):
        other = closed_form(catalogue_moment(lookup(name), pair))
        assert other is not None
        assert sympy.expand(leaky.expression.subs(SLOPE, slope) - other.expression) == 0


def test_published_two_input_kernels() -> None:
    """The closed forms the literature quotes, in its own variables (angle θ), at a rational point."""
    a, b, c = sympy.Rational(3, 2), sympy.Rational(2, 5), sympy.Rational(4, 5)
    theta = sympy.acos(b / sympy.sqrt(a * c))
    pi, root = sympy.pi, sympy.sqrt(a * c)
    published = {
        "step": (pi - theta) / (2 * pi),
        "relu": root * (sympy.sin(theta) + (pi - theta) * sympy.cos(theta)) / (2 * pi),
        "relu2": a
        * c
        * (3 * sympy.sin(theta) * sympy.cos(theta) + (pi - theta) * (1 + 2 * sympy.cos(theta) ** 2))
        / (2 * pi),
        "erf": 2 / pi * sympy.asin(2 * b / sympy.sqrt((1 + 2 * a) * (1 + 2 * c))),
        "probit": sympy.Rational(1, 4) + sympy.asin(b / sympy.sqrt((1 + a) * (1 + c))) / (2 * pi),
        "exp": sympy.exp((a + c) / 2 + b),
        "sin": sympy.exp(-(a + c) / 2) * sympy.sinh(b),
        "cos": sympy.exp(-(a + c) / 2) * sympy.cosh(b),
        "gaussian": 1 / sympy.sqrt((1 + a) * (1 + c) - b * b),
    }
    values = {covariance_symbol(0, 0): a, covariance_symbol(0, 1): b, covariance_symbol(1, 1): c}
    for name, expected in published.items():
        form = closed_form(catalogue_moment(lookup(name), ((0, 0), (0, 1))))
        assert form is not None
        assert abs(sympy.N(form.expression.subs(values) - expected, 40)) < 1e-35, name


def test_published_gelu_moments() -> None:
    k = covariance_symbol(0, 0)
    gelu = lookup("gelu")
    square = k / 4 + k / (2 * sympy.pi) * (sympy.asin(k / (1 + k)) + 2 * k / ((1 + k) * sympy.sqrt(1 + 2 * k)))
    slope = sympy.Rational(1, 4) + sympy.asin(k / (1 + k)) / (2 * sympy.pi)
    slope += k * (3 + 5 * k) / (2 * sympy.pi * (1 + k) * (1 + 2 * k) ** sympy.Rational(3, 2))
    for order, expected in ((0, square), (1, slope)):
        form = closed_form(moment((gelu, order), (gelu, order)))
        assert form is not None
        assert abs(sympy.N((form.expression - expected).subs(k, sympy.Rational(7, 3)), 40)) < 1e-35


@pytest.mark.parametrize("name", ["relu", "erf", "gelu", "sin", "gaussian", "relu2", "leaky_relu"])
def test_degenerate_limits_are_finite_and_continuous(name: str) -> None:
    """c → ±1, K → 0 and one variance zero: the formula near the limit approaches the value at it."""
    sigma = lookup(name)
    pair = moment((sigma, 0, 0), (sigma, 0, 1))
    tiny = Fraction(1, 10**12)
    for at, near in (
        ([[1, 1], [1, 1]], [[1, 1 - tiny], [1 - tiny, 1]]),
        ([[1, -1], [-1, 1]], [[1, tiny - 1], [tiny - 1, 1]]),
        ([[0, 0], [0, 0]], [[tiny, tiny / 2], [tiny / 2, tiny]]),
        ([[2, 0], [0, 0]], [[2, 0], [0, tiny]]),
    ):
        limit, close = (evaluate(pair, m).as_mpf() for m in (at, near))
        assert mpmath.isfinite(limit)
        assert abs(limit - close) < 1e-5


def test_four_input_closed_forms() -> None:
    matrix = [[Fraction(i == j) + Fraction(1, 3 + i + j) for j in range(4)] for i in range(4)]
    for name in ("sin", "exp", "gaussian", "quadratic"):
        four = moment(*((lookup(name), 0, a) for a in range(4)))
        form = closed_form(four)
        assert form is not None
        value = sympy.N(form.expression.subs(substitution(4, matrix, sympy.S.One)), 30)
        assert abs(mpmath.mpmathify(value) - evaluate(four, matrix).as_mpf()) < 1e-14 * (1 + abs(value))
    assert closed_form(moment(*((lookup("relu"), 0, a) for a in range(4)))) is None
    assert closed_form(moment(*((lookup("relu"), 0, a) for a in range(3)))) is not None


def test_no_closed_form_is_said() -> None:
    assert closed_form(moment((lookup("tanh"), 0), (lookup("tanh"), 0))) is None
    assert closed_form(moment(*[(lookup("erf"), 0)] * 4)) is None


OUTSIDE = {  # compositions, shifted kinks, products, sums: none in the catalogue
    "affine": sympy.Rational(3, 2) * sympy.Max(0, -2 * Z) + sympy.Rational(1, 3),
    "shifted": sympy.Max(0, Z - sympy.Rational(1, 2)),
    "sum": sympy.Max(0, Z) + sympy.erf(Z),
    "product": Z * sympy.erf(3 * Z) - 1,
    "bump": sympy.cos(3 * Z) * sympy.exp(-(Z**2) / 2),
    "triangle": sympy.Max(0, 1 - sympy.Abs(Z)),
    "wave": sympy.Max(0, Z) * sympy.sin(Z),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_closed_forms_outside_the_catalogue(name: str) -> None:
    """Alone, and at two inputs with a shifted ReLU whose second derivative is a delta, against mpmath."""
    sigma = from_formula(name, OUTSIDE[name])
    kinked = from_formula("kinked", sympy.Max(0, Z - sympy.Rational(1, 3)))
    matrix = [[Fraction(7, 5), Fraction(2, 5)], [Fraction(2, 5), Fraction(9, 10)]]
    for target in (moment((sigma, 0), (sigma, 0)), moment((sigma, 1, 0), (kinked, 2, 1), powers=(1, 0))):
        form = closed_form(target)
        assert form is not None
        with mpmath.workdps(42):
            ours = number(form.expression, substitution(target.size, matrix, sympy.S.One), 42)
            assert abs(ours - plain_expectation(target, matrix)) < mpmath.mpf(10) ** -30


def test_documentation_table_is_current() -> None:
    assert TABLE.read_text("utf-8").endswith(table())


def test_catalogue_covers_every_expectation() -> None:
    assert len(FAMILIES) * len(EXPECTATIONS) >= len(ROWS)
