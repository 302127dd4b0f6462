"""No wrong version of a true claim is accepted: a sample of the 5,000 that ``python -m tests.mutants`` goes through."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import mpmath
import pytest

from tests.mutants.evaluate import is_true, sides_at
from tests.mutants.plane import plain_mean
from tests.mutants.reading import read_formula
from tests.mutants.run import mutants, run, verdicts
from tests.mutants.table import TRUE
from tests.mutants.two_inputs import NoValue, relu_of_two

SAMPLE = 70  # of which some two thirds are about the activations below
LATER = 100_003  # other seeds than those of the full run
QUICK = (None, "relu", "z", "z + z^2/4", "z^3", "sign", "exp")  # the others take seconds of integrals each
CHEAP = [row for row in TRUE if row[2] in QUICK]


@pytest.mark.parametrize(("claim", "inputs", "activation"), CHEAP, ids=[f"{c}, {a}" for c, _, a in CHEAP])
def test_the_evaluator_knows_the_true_claims(claim: str, inputs: int, activation: str | None) -> None:
    assert is_true(claim, inputs, activation) is True


def test_the_evaluator_sees_small_changes() -> None:
    assert is_true("K' = C_b + C_W*<s^2> + 10^(-60)", 1, None) is False
    assert is_true("K' = C_b + C_W*K/2 + exp(-500*K)", 1, "relu") is False
    assert is_true("<s> = sqrt((1 + 10^(-60))*K/(2*pi))", 1, "relu") is False
    assert is_true("K' = C_b + C_W*K/2 + log(K^2) - 2*log(K)", 1, "relu") is True


def test_no_mutant_is_accepted_unless_it_is_true(tmp_path: Path) -> None:
    chosen = [found for found in mutants(SAMPLE, LATER) if found.activation in QUICK]
    outcome = run(chosen, tmp_path)
    assert not outcome.lies
    assert outcome.counts["refuted"] > len(chosen) / 2


def test_the_table_itself_is_accepted(tmp_path: Path) -> None:
    from tests.mutants.run import Mutant

    table = [Mutant(row[0], number) for number, row in enumerate(TRUE) if row in CHEAP]
    said = dict(verdicts(table, tmp_path))
    assert {verdict for verdict in said.values()} <= {"proved", "checked"}


def test_polar_coordinates_give_the_classical_forms_of_relu() -> None:
    """<relu relu'> = sqrt(K11) (1 + rho)/(2 sqrt(2 pi)) and Stein's <z1 relu(z2)> = K12/2, at any correlation."""
    with mpmath.workdps(40):
        for c in (mpmath.mpf(-3) / 2, mpmath.mpf(1) / 3, mpmath.mpf(2)):
            a, b = mpmath.mpf(4), mpmath.mpf(25) / 16
            rho = c / mpmath.sqrt(a * b)
            slope = relu_of_two(((("s", 0, 1), 1), (("s", 1, 2), 1)), a, b, mpmath.acos(rho))
            stein = relu_of_two(((("s", 0, 2), 1), (("z", 0, 1), 1)), a, b, mpmath.acos(rho))
            assert abs(slope - mpmath.sqrt(a) * (1 + rho) / (2 * mpmath.sqrt(2 * mpmath.pi))) < mpmath.mpf(10) ** -35
            assert abs(stein - c / 2) < mpmath.mpf(10) ** -35


KERNEL = ((4, -1.5), (-1.5, 1.5625))
AT_TWO = {"K[1,1]": "4", "K[1,2]": "-3/2", "K[2,2]": "25/16"}


def test_quadrature_in_the_plane() -> None:
    """Against <relu''(z1) relu(z2)> = sqrt(K22 - K12^2/K11)/(2 pi), Williams' slopes of erf, and what is odd."""
    bent = 1 / (4 * mpmath.pi)
    assert abs(plain_mean(read_formula("relu''(z1)*relu(z2)"), "relu", KERNEL) - bent) < mpmath.mpf(10) ** -14
    slopes = 4 / (mpmath.pi * mpmath.sqrt(9 * mpmath.mpf(33) / 8 - 9))
    assert abs(plain_mean(read_formula("erf'(z1)*erf'(z2)"), "erf", KERNEL) - slopes) < mpmath.mpf(10) ** -14
    assert plain_mean(read_formula("sin(z1)*sin(z2^2)"), "sin", KERNEL) == 0
    assert sides_at("2*<relu(z1^2)^2> = 1", 2, "relu", AT_TWO)[0] == pytest.approx(96, rel=1e-13)


def test_no_value_where_quadrature_fails() -> None:
    with pytest.raises(NoValue):
        plain_mean(read_formula("sin(10^6*z1)*sin(z2)"), "sin", KERNEL)


def test_a_kernel_inside_an_average_over_the_next_layer_is_that_of_this_one() -> None:
    """<z^2 - K>_K[l+1] = K' - K, not zero."""
    left, right = sides_at("<z^2 - K>_K[l+1] = C_b + C_W*<s^2> - K", 1, "z", {"K": "3", "C_W": "2", "C_b": "1/5"})
    assert left == right == Fraction(3) + Fraction(1, 5)
