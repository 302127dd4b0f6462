"""Log-power series and the formal solver, against exact solutions and iterated maps at 50 digits."""

import mpmath
import pytest
import sympy as sp

from ptheory.criticality.linear_recursions import AsymptoticFailure, Flow, depth_of, invert_depth, solve_linear
from ptheory.criticality.series import LogSeries, NamedNumber, NoSeries, UndecidedZero, exact, is_zero

R = sp.Rational
X = sp.Symbol("x", positive=True)


def series(truncation=None, **powers):
    return LogSeries({(R(k[1:].replace("_", "/")), 0): v for k, v in powers.items()}, truncation)


def test_a_series_knows_where_it_ends():
    known = series(3, x1=1, x2=-2)
    assert known.coefficient(2) == -2
    with pytest.raises(NoSeries, match="known up to"):
        known.coefficient(3)
    assert (known * known).truncation == 4


def test_products_powers_logarithms_and_compositions_agree_with_sympy():
    inner = series(5, x1=2, x2=3, x3=R(1, 2))
    expected = sp.series(sp.log(1 + 3 * X / 2 + X**2 / 4), X, 0, 4).removeO()
    logarithm = inner.logarithm() - LogSeries({(sp.Integer(0), 1): 1, (sp.Integer(0), 0): sp.log(2)})
    assert sp.expand(logarithm.to_expr(X) - expected) == 0
    root = inner.real_power(R(-1, 2))
    expected = sp.series((1 + 3 * X / 2 + X**2 / 4) ** R(-1, 2), X, 0, 4).removeO() / sp.sqrt(2 * X)
    assert sp.expand(root.to_expr(X) - sp.expand(expected)) == 0


def test_text_and_floats_are_not_exact_numbers():
    with pytest.raises(TypeError):
        exact("1/2")
    with pytest.raises(TypeError):
        exact(0.5)


def test_zero_is_proved_not_guessed():
    assert is_zero(sp.expand(sp.sqrt(2) * sp.sqrt(3) - sp.sqrt(6)))
    assert not is_zero(sp.pi - R(355, 113))
    almost = sp.exp(sp.pi * sp.sqrt(163)) - 640320**3 - 744
    assert not is_zero(almost)
    hidden = 16 * sp.atan(R(1, 5)) - 4 * sp.atan(R(1, 239)) - sp.pi
    with pytest.raises(UndecidedZero):
        is_zero(hidden)


@pytest.mark.parametrize("c", [R(-2), R(-1, 3)])
def test_the_depth_of_an_integrable_flow_is_exact(c):
    """x' = x/(1 - c x) has 1/x' = 1/x - c: the depth is -1/(c x) with no corrections."""
    flow = Flow(LogSeries({(R(k), 0): c ** (k - 1) for k in range(1, 7)}, 7))
    assert depth_of(flow).terms == {(R(-1), 0): -1 / c}
    shift = sp.Symbol("l_0")
    y = sp.Symbol("y", positive=True)
    found = invert_depth(flow, shift, R(4)).to_expr(y)
    exact_solution = sp.series(-1 / (c * (1 / y + shift)), y, 0, 5).removeO()
    assert sp.expand(found - exact_solution) == 0


def test_a_half_integer_flow_that_can_be_integrated():
    """1/sqrt(x') = 1/sqrt(x) + 1: x = 1/(l + l_0)^2."""
    terms = sp.series(1 / (1 + X) ** 2, X, 0, 6).removeO()
    flow = Flow(LogSeries({(1 + R(k, 2), 0): terms.coeff(X, k) for k in range(6)}, 4))
    assert depth_of(flow).terms == {(R(-1, 2), 0): 1}


def test_linear_recursions_with_resonances_match_iteration():
    """x' = x - x^2, X' = (1 - s x) X + x^t at 50 digits against the solved series and its free constants."""
    flow = Flow(series(9, x1=1, x2=-1))
    for s, t in ((2, 3), (3, 1), (R(5, 2), 2), (1, 2)):
        alpha = series(8, x0=1, x1=-s)
        solved = solve_linear(flow, alpha, LogSeries({(R(t), 0): 1}, 8))
        with mpmath.workdps(50):
            x, value = mpmath.mpf(1) / 4, mpmath.mpf(2) / 7
            samples = []
            for layer in range(2001):
                if layer in (1000, 2000):
                    particular = mpmath.mpf(sp.N(solved.particular.to_expr(X).subs(X, sp.Float(x, 50)), 50))
                    homogeneous = mpmath.mpf(sp.N(solved.homogeneous.to_expr(X).subs(X, sp.Float(x, 50)), 50))
                    samples.append((value - particular) / homogeneous)
                value = (1 - mpmath.mpf(sp.N(s, 50)) * x) * value + x**t
                x = x - x**2
            assert abs(samples[0] / samples[1] - 1) < mpmath.mpf(10) ** -9, (s, t, samples)


def test_homogeneous_solutions_that_are_no_powers_are_named():
    flow = Flow(series(5, x1=1, x3=-1))
    stretched = solve_linear(flow, series(4, x0=1, x1=-1), LogSeries())
    assert stretched.homogeneous is None and "stretched exponential" in stretched.growth
    geometric = solve_linear(flow, series(4, x0=R(1, 2)), LogSeries({(R(1), 0): 1}, 4))
    assert geometric.homogeneous is None and "1/2 per layer" in geometric.growth
    assert geometric.particular.coefficient(1) == 2


def test_a_flow_that_does_not_move_is_refused():
    with pytest.raises(AsymptoticFailure):
        Flow(series(3, x1=1))


def test_exponents_known_only_as_numbers_stay_exact():
    p = NamedNumber("p", "0.38196601125010515179541316563436188")
    flow = Flow(series(4, x1=1, x2=-1))
    solved = solve_linear(flow, LogSeries({(R(0), 0): 1, (R(1), 0): -p}, 3), LogSeries({(R(1), 0): 1}, 3))
    assert solved.homogeneous.leading[0] == p
    assert sp.simplify(solved.particular.leading[2] - 1 / p) == 0
