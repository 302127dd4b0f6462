r"""What an abbreviation hides counts as if it were written: the layer, the width, a series, the terms of a law."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.claims.setting import verdicts_of
from tests.reported.running import HEAD

MLP = "for MLP, inputs one"
LINEAR = f"{MLP}, C_b = 0, C_W = 2, with sigma = linear, unit inputs"
DECIDED = (
    ("let m = n", f"m*(G' - K') = G1' {MLP}", "proved"),
    ("let m = n", f"m*(G' - K') = 0 {MLP}", "refuted"),
    ("let gap = G' - K'", f"n*gap = G1' {MLP}", "proved"),
    ("let gap = G' - K'", f"n*gap = 0 {MLP}", "refuted"),
    ("let second = G1/n", f"G = K + second {MLP}", "proved"),
    ("let second = G1/n", f"G = K + 2*second {MLP}", "refuted"),
    ("let growth = 2^l", f"K = growth {LINEAR}", "proved"),
    ("let growth = 2^l", f"K = 2*growth {LINEAR}", "refuted"),
    ("let law = 1/(2*l) + 1/l^2", f"K ~ law {MLP}, with sigma = tanh", "refuted"),
    ("let law = 1/(2*l)", f"K ~ law {MLP}, with sigma = tanh", "proved"),
    ("let third = 7*K^3", f"<sin(z)^2> = K + third + O(K^2) {MLP}", "unreadable"),
    ("let third = 7*K^3", f"<sin(z)^2> = K - K^2 + third + O(K^4) {MLP}", "refuted"),
)


@pytest.mark.parametrize(("abbreviation", "claim", "expected"), DECIDED)
def test_an_abbreviation_hides_nothing(abbreviation: str, claim: str, expected: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim, head=f"{HEAD}{abbreviation}\n")
    assert verdict["verdict"] == expected
