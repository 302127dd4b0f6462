"""The derivations a new user runs first, from text to verdicts."""

from __future__ import annotations

from typing import Any

from commands import measure


def test_first_look(benchmark: Any) -> None:
    measure(benchmark, "run", "derivations/00-first-look.deriv", rounds=3)


def test_claims_of_the_mlp(benchmark: Any) -> None:
    measure(benchmark, "check", "derivations/10-mlp.deriv", rounds=3)


def test_classify_gelu(benchmark: Any) -> None:
    measure(benchmark, "classify", "gelu", rounds=3)
