"""No wrong version of a true claim is accepted: a sample of the 5,000 that ``python -m tests.mutants`` goes through."""

from __future__ import annotations

from pathlib import Path

import mpmath
import pytest

from tests.mutants.evaluate import is_true
from tests.mutants.run import mutants, run, verdicts
from tests.mutants.table import TRUE
from tests.mutants.two_inputs import relu_of_two

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
