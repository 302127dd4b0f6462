"""Three and four correlated inputs without a closed form: enclosures, estimates and closed forms against each other,
deltas among smooth factors, strongly correlated inputs, and the time limit."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
import sympy
from flint import arb

from ptheory.activations import Z, from_formula, lookup
from ptheory.expectations import TimeExceeded, evaluate, moment
from ptheory.expectations.balls import bits
from ptheory.expectations.covariance import read_covariance
from ptheory.expectations.lattice_integral import lattice_integral
from ptheory.expectations.moments import Moment
from ptheory.expectations.product_integral import product_integral
from ptheory.expectations.reduction import Block, reduce_moment

K4 = [[Fraction(i == j) + Fraction((-1) ** (i + j), 3 + i + j) for j in range(4)] for i in range(4)]


def block_of(target: Moment) -> Block:
    (term,) = reduce_moment(target, read_covariance(K4, target.size))
    (block,) = term.blocks
    return block


def product_of(name: str, size: int) -> Moment:
    sigma = lookup(name)
    return moment(*((sigma, 0, a) for a in range(size)))


@pytest.mark.parametrize("name", ["relu", "gelu", "sin", "leaky_relu"])
@pytest.mark.parametrize("size", [2, 3, 4])
def test_product_rule_against_closed_forms(name: str, size: int) -> None:
    target = product_of(name, size)
    if name == "sin" and size == 3:
        target = Moment(target.factors, (1,))  # without the power it vanishes by parity
    block = block_of(target)
    with bits(44):
        enclosure = product_integral(block.parts, block.covariance).real
    exact = evaluate(target, K4, 20)
    middle = arb(str(mpmath.nstr(exact.value, 25)))
    assert enclosure.is_finite() and enclosure.rad() < 1e-7
    assert enclosure.overlaps(middle)


@pytest.mark.parametrize(
    ("name", "size"),
    [*((name, size) for name in ("relu", "gelu", "elu", "softplus") for size in (2, 3)), ("swish", 4), ("relu", 4)],
)
def test_estimates_agree_with_enclosures(name: str, size: int) -> None:
    """The nested rule that stands in where no bound is available, with its error estimate."""
    target = product_of(name, size)
    enclosure = evaluate(target, K4, 6)
    estimate, error = lattice_integral(block_of(target), 6)
    assert enclosure.kind == "bound"
    assert abs(estimate - enclosure.value) <= 3 * error + enclosure.radius
    assert error < 1e-5


def test_three_tanh_by_stein() -> None:
    """⟨z0 tanh tanh tanh⟩ by Stein: K00⟨σ'σσ⟩ + K01⟨σσ'σ⟩ + K02⟨σσσ'⟩."""
    tanh = lookup("tanh")
    direct = evaluate(moment(*((tanh, 0, a) for a in range(3)), powers=(1,)), K4, 15)
    assert direct.kind == "bound"
    pieces = [
        (K4[0][b], evaluate(moment(*((tanh, int(a == b), a) for a in range(3))), K4, 15).as_mpf()) for b in range(3)
    ]
    with mpmath.workdps(25):
        total = sum(mpmath.mpf(k.numerator) / k.denominator * v for k, v in pieces)
        assert abs(total - direct.as_mpf()) < 1e-15


@pytest.mark.parametrize("order", [2, 3])
def test_deltas_among_smooth_factors(order: int) -> None:
    """⟨relu^(m)(z0) tanh(z1) tanh(z2)⟩ = 2 ∂/∂K00 of the moment with m − 2, which carries no delta."""
    relu, tanh = lookup("relu"), lookup("tanh")
    direct = evaluate(moment((relu, order, 0), (tanh, 0, 1), (tanh, 0, 2)), K4, 12)
    assert direct.kind == ("bound" if order == 2 else "exact")  # zero by parity with one delta'
    step = Fraction(1, 10**6)
    sides = []
    for sign in (1, -1):
        moved = [list(row) for row in K4]
        moved[0][0] += sign * step
        sides.append(evaluate(moment((relu, order - 2, 0), (tanh, 0, 1), (tanh, 0, 2)), moved, 20).as_mpf())
    assert abs(direct.as_mpf() - (sides[0] - sides[1]) * 10**6) < 1e-9


@pytest.mark.parametrize("correlation", ["99/100", "-99/100"])
def test_strongly_correlated_inputs(correlation: str) -> None:
    """Two nearly equal (opposite) inputs: one-variable quadrature at the limit, corrected by ∂/∂K to first order."""
    c = Fraction(correlation)
    sign = 1 if c > 0 else -1
    softsign = lookup("softsign")
    value = evaluate(moment((softsign, 0, 0), (softsign, 0, 1)), [[1, c], [c, 1]], 12)
    limit = evaluate(moment((softsign, 0), (softsign, 0)), 1, 12).as_mpf() * sign
    slope = evaluate(moment((softsign, 1), (softsign, 1)), 1, 12).as_mpf()
    assert value.kind == "bound"
    assert abs(value.as_mpf() - (limit + slope * float(c - sign))) < 1e-4


@pytest.mark.parametrize(("distance", "digits"), [(12, 10), (20, 10), (12, 20)])
@pytest.mark.parametrize("name", ["step", "relu"])
def test_four_gates_that_are_almost_never_open_together(name: str, distance: int, digits: int) -> None:
    """Correlations -1/3 + e: the sum s of the four is N(0, 12 e), the other directions have variance 4/3, and all four
    are positive on the simplex of side s: ∫ Π z^p over it, 2 s^3/3! and 2 s^7/7!, to leading order in e."""
    e = Fraction(1, 10**distance)
    kernel = [[Fraction(1) if a == b else e - Fraction(1, 3) for b in range(4)] for a in range(4)]
    gate = lookup("relu")
    order = 1 if name == "step" else 0
    found = evaluate(moment(*((gate, order, k) for k in range(4))), kernel, digits)
    power = 3 if name == "step" else 7
    with mpmath.workdps(30):
        half_moment = (
            mpmath.mpf(2) ** ((power - 1) // 2) * mpmath.factorial((power - 1) // 2) / mpmath.sqrt(2 * mpmath.pi)
        )
        simplex = 2 / mpmath.factorial(power) * (12 * mpmath.mpf(10) ** -distance) ** (mpmath.mpf(power) / 2)
        expected = half_moment * simplex / (8 * mpmath.pi / 3) ** mpmath.mpf("1.5")
        assert abs(found.as_mpf() / expected - 1) < 1e-9 and found.kind == "bound"


def test_time_limit() -> None:
    fresh = from_formula("fresh", sympy.tanh(Z * sympy.Rational(101, 100)))  # nothing of it is kept from other tests
    with pytest.raises(TimeExceeded, match=r"40 digits could not be reached within 0\.2 seconds"):
        evaluate(moment(*((fresh, 0, k) for k in range(4))), K4, 40, seconds=0.2)
    with pytest.raises(TimeExceeded):
        evaluate(product_of("tanh", 2), K4, 1500, seconds=0.1)
    assert evaluate(product_of("erf", 4), K4, 10, seconds=60).kind == "bound"


@pytest.mark.parametrize("power", [8, 12, 16])
def test_small_kernels_follow_the_taylor_series(power: int) -> None:
    """tanh = z − z³/3 + …, swish = z/2 + z²/4 − …: by Wick, with relative corrections of order K² (three inputs: K)."""
    size = Fraction(1, 10**power)
    a, b, c = size, Fraction(3, 10) * size, Fraction(4, 5) * size
    tanh, swish = lookup("tanh"), lookup("swish")
    expected = {tanh: b - b * (a + c), swish: b / 4 + (a * c + 2 * b * b) / 16}
    for sigma, series in expected.items():
        value = evaluate(moment((sigma, 0, 0), (sigma, 0, 1)), [[a, b], [b, c]], 3 * power, seconds=30)
        assert value.kind == "bound"
        with mpmath.workdps(80):
            exact = mpmath.mpf(series.numerator) / series.denominator
            assert abs(value.as_mpf() - exact) < 20 * mpmath.mpf(10) ** (-3 * power)
    k = [[size * (3 if i == j else 1) for j in range(3)] for i in range(3)]
    wick = sum(k[i][j] * k[m][m] + 2 * k[i][m] * k[j][m] for i, j, m in ((0, 1, 2), (0, 2, 1), (1, 2, 0))) / 16
    value = evaluate(moment((swish, 0, 0), (swish, 0, 1), (swish, 0, 2)), k, 2 * power + 3, seconds=30)
    assert value.kind == "bound" and abs(float(value.as_mpf()) / float(wick) - 1) < 1e-2
