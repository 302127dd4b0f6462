"""Averages whose integrands are largest further out than numbers reach, or take long: a refusal that names the size."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from pathlib import Path

import mpmath
import pytest

from ptheory.activations import from_formula, lookup
from ptheory.activations.growth import Envelope
from ptheory.activations.symbols import Z
from ptheory.expectations import ExpectationError, Moment, evaluate, moment
from ptheory.expectations.expectation_errors import PrecisionNotMet
from ptheory.expectations.line_integral import cut
from ptheory.flows.polynomial_values import polynomial_value
from tests.reported.running import HEAD, on_text, ptheory

HUGE = Fraction(9 * 10**811)


def test_a_flow_at_two_inputs_whose_kernel_is_a_tower(tmp_path: Path) -> None:
    flow = "inputs [1, 0] [1/2, 1] set C_b = 1/10, C_W = 1 depth 9 order 1/n show G, V"
    ran = on_text(tmp_path, HEAD + f"flow MLP with sigma = exp(z) {{ {flow} }}\n", "flow")
    assert ran.code == 2 and "a variance of 9.2e+811 is beyond the range" in ran.err


def test_powers_beyond_closed_forms_times_an_exponential(tmp_path: Path) -> None:
    flow = "inputs [1] set C_b = 1/10, C_W = 1 depth 3 show G"
    ran = on_text(tmp_path, HEAD + f"flow MLP with sigma = z^150*exp(z) {{ {flow} }}\n", "flow")
    assert ran.code == 2 and "a variance of 5.77e+328 is beyond the range" in ran.err


@pytest.mark.parametrize(
    ("name", "kernel"),
    [
        ("exp", [[HUGE]]),
        ("exp", [[HUGE, HUGE / 2], [HUGE / 2, HUGE]]),
        ("tanh", [[HUGE, HUGE / 2], [HUGE / 2, HUGE]]),
        ("softplus", [[1 / HUGE, 0], [0, HUGE**3]]),
        ("sin", [[HUGE, HUGE - 1], [HUGE - 1, HUGE]]),
    ],
)
def test_kernels_beyond_double_precision(name: str, kernel: list[list[Fraction]]) -> None:
    activation = lookup(name)
    places = (0, len(kernel) - 1)
    moment = Moment(tuple((activation, 0, place) for place in places), (0,) * len(kernel), ())
    try:
        value = evaluate(moment, kernel, 20)
    except ExpectationError:
        return
    assert value.kind == "exact" or value.radius <= abs(value.as_mpf()) / 10**20


@pytest.mark.parametrize("variance", [Fraction(1), Fraction(7, 3), Fraction(10**40), Fraction(10**4000)])
@pytest.mark.parametrize("bound", [Envelope(Fraction(2), 5), Envelope(Fraction(1), 300, Fraction(2))])
def test_the_cut_is_found_at_any_variance(bound: Envelope, variance: Fraction) -> None:
    """s T²/2 ≥ p + rT, T grown from a power of two by eighths or ones."""
    reach, tail = cut(bound, variance, 100)
    far = Fraction(int(reach.p), int(reach.q))
    assert far**2 / variance / 2 >= bound.power + bound.rate * far
    assert tail < 2.0**-100


def test_no_bound_of_an_integrand_that_is_not_integrable() -> None:
    with pytest.raises(PrecisionNotMet):
        cut(Envelope(Fraction(1), quadratic=Fraction(1)), Fraction(2), 100)


def test_averages_that_take_too_long_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ptheory.flows.moment_values.LONGEST_AVERAGE", -1)
    flow = "inputs [1] set C_b = 0, C_W = 1 depth 2 show G"
    ran = on_text(tmp_path, HEAD + f"flow MLP with sigma = tanh {{ {flow} }}\n", "flow")
    assert ran.code == 2 and "an average at kernel entries up to 1.0 takes more than -1 seconds" in ran.err


def test_a_check_by_quadrature_that_takes_too_long_is_undecided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ptheory.verification.certify.LONGEST_AVERAGE", -1)
    ran = on_text(tmp_path, HEAD + "with sigma = tanh { inputs one show V check by quadrature }\n", "run")
    assert ran.code == 3 and "0 of 3 were compared" in ran.out


@pytest.mark.parametrize("formula", ["(1e30)^12*z^2", "1e200*z^3", "z^2/(1e30)^12"])
def test_classes_of_activations_whose_averages_no_double_holds(formula: str) -> None:
    ran = ptheory("classify", formula)
    assert ran.code == 0 and "Class: none\n" in ran.out and not ran.err


def test_a_kept_moment_belongs_to_its_precision() -> None:
    """Fraction(9) and mpf(9) are one key: after a flow in mpmath numbers an exact one got its rounded moments."""
    power = from_formula("power", Z**40)
    wanted = moment((power, 0, 0))
    with mpmath.workdps(15):
        rounded = polynomial_value(wanted, ((mpmath.mpf(9),),))
    exact = polynomial_value(wanted, ((Fraction(9),),))
    with mpmath.workdps(60):
        sharp = polynomial_value(wanted, ((mpmath.mpf(9),),))
        assert exact == 9**20 * prod(range(1, 40, 2)) and isinstance(exact, Fraction)
        assert sharp == mpmath.mpf(exact.numerator) and rounded != sharp
