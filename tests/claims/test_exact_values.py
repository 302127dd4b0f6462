"""Functions of numbers with an exact value: a term that is exactly zero does not leave a true claim undecided."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reported.running import HEAD, on_text

KERNEL = "K' = C_b + C_W*<s^2> + "
CLAIMS = [
    *((KERNEL + zero, "proved") for zero in ("log(1)", "sqrt(0)", "acosh(1)", "acos(1)", "log(K/K)", "sin(pi)")),
    (KERNEL + "log(1) + K", "refuted"),
    ("cos(pi) + cos(2*pi) + sin(pi/2) + sin(-3*pi/2) + 4*atan(1)/pi + asin(-1) = 3 - pi/2", "proved"),
    ("cos(pi) = 1", "refuted"),
    ("cos(pi/2) = 0", "proved"),
    ("sin(pi*K) = 0", "refuted"),
    ("sin(5*pi/2) = -1", "refuted"),
    ("exp(log(1)) = 1", "proved"),
    ("1/log(1) = 1", "unreadable"),
]


@pytest.mark.parametrize(("claim", "verdict"), CLAIMS, ids=[claim for claim, _ in CLAIMS])
def test_verdict(claim: str, verdict: str, tmp_path: Path) -> None:
    ran = on_text(tmp_path, HEAD + f'claim "c": {claim} for MLP, inputs one\n', "check")
    assert f"{verdict}: c: " in ran.out, ran.out + ran.err
