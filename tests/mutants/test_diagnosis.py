"""Slips are refuted at points that re-check, and named: a sample of the 10,000 of ``python -m tests.mutants``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.mutants.base import FILES, TrueClaim, _claims_of
from tests.mutants.diagnosis import Table, chosen, diagnosed
from tests.mutants.evaluate import sides_at
from tests.mutants.slips import OPERATORS, slips

SAMPLE = 60
EXACT = (None, "linear", "z", "z^2", "z^3")
CLAIMS = [claim for path in FILES if path.stem in ("pdlt", "published") for claim in _claims_of(path)]


def test_a_sample_of_slips(tmp_path: Path) -> None:
    table = Table()
    quick = [claim for claim in CLAIMS if claim.activation in EXACT and claim.inputs == 1 and claim.is_true()]
    table.add(diagnosed(chosen(SAMPLE, quick, seed=3), tmp_path))
    total = sum((row for row in table.rows.values()), start=Counter())
    assert not table.lies
    assert total["refuted"] == total["rechecked"] == total["slips"]
    assert total["named"] >= 0.9 * total["slips"], table.text()


def test_every_operator_applies_somewhere() -> None:
    claims = [claim for path in FILES for claim in _claims_of(path)]
    assert {slip.operator for claim in claims for slip in slips(claim)} == set(OPERATORS)


@pytest.mark.parametrize(
    ("claim", "values", "sides"),
    [
        ("V' = C_W^2*(<s^4> - <s^2>^2) + 2*chi_par^2*V", {"sigma(z)": "z", "C_W": "2", "K": "1", "V": "2"}, (16, 24)),
        ("K' = C_b + C_W*<s^2>/2", {"sigma(z)": "1 + z", "C_W": "2", "C_b": "3", "K": "1"}, (7, 5)),
    ],
)
def test_the_evaluator_at_a_point(claim: str, values: dict[str, str], sides: tuple[int, int]) -> None:
    assert sides_at(claim, 1, None, values) == sides


def test_slips_of_one_claim() -> None:
    found = {slip.right: slip.operator for slip in slips(TrueClaim("K'", "C_b + C_W*<s^2>", 1))}
    assert found["C_b + C_W*<s'^2>"] == "sigma' for sigma"
    assert found["C_b + C_W*<s>^2"] == "<s^2>^2 for <s^4>"
    assert found["C_W*<s^2>"] == "missing term"
    assert found["C_b + C_W*<s^2>_K[l + 1]"] == "layer shifted by one"
