"""Panels: where they end, and that the rule on them integrates."""

from __future__ import annotations

from itertools import pairwise

import mpmath
import pytest

from ptheory.verification.quadrature_rules import WIDTH, _ends, panels_of_one_variable


@pytest.mark.parametrize("spread", ["0.001", "0.3", "1", "1.6", "1000"])
@pytest.mark.parametrize("kinks", [(), (0,), (-3, 3), (0, 6), (0, "0.25"), (5000,)])
def test_panels_ascend_split_at_kinks_and_are_no_wider_than_asked(spread: str, kinks: tuple[object, ...]) -> None:
    width, far = WIDTH * mpmath.mpf(spread), 13 * mpmath.mpf(spread)
    bends = tuple(map(mpmath.mpf, kinks))
    ends = _ends(width, far, bends)
    steps = [b - a for a, b in pairwise(ends)]
    assert (ends[0], ends[-1]) == (-far, far)
    assert all(0 < step <= width * (1 + mpmath.mpf(10) ** -10) for step in steps)
    assert {kink for kink in bends if abs(kink) < far} <= set(ends)
    if width > 1:  # about 0 and about kinks they are as narrow as the functions bend
        for bend in (*bends, mpmath.mpf(0)):
            beside = [step for (a, b), step in zip(pairwise(ends), steps, strict=True) if bend in (a, b)]
            assert max(beside, default=0) <= max(mpmath.mpf(1) / 2, width / 8) or width < 4


@pytest.mark.parametrize("spread", ["0.01", "1", "40"])
def test_the_rule_integrates_a_gaussian_to_all_digits(spread: str) -> None:
    with mpmath.workdps(40):
        s = mpmath.mpf(spread)
        rule = panels_of_one_variable(WIDTH, s, (mpmath.mpf(1) / 3,), 36, mpmath.mpf(15), mpmath.mp.prec)
        total = mpmath.fsum(w * mpmath.exp(-((z / s) ** 2) / 2) for z, w in zip(rule.nodes, rule.weights, strict=True))
        assert abs(total / (s * mpmath.sqrt(2 * mpmath.pi)) - 1) < mpmath.mpf(10) ** -36
        assert list(rule.nodes) == sorted(rule.nodes)
