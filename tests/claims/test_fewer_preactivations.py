"""exp(f(z1) + g(z2)), max(z1, z2) and min(z1, z2): made of functions of one linear combination each, or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.claims.setting import verdicts_of

DISTANCE = "sqrt((K[1,1] + K[2,2] - 2*K[1,2])/(2*pi))"
GAUSSIAN = "1/sqrt((1 + K[1,1])*(1 + K[2,2]) - K[1,2]^2)"
TRUE = (
    f"<max(z1,z2)> = {DISTANCE}",
    f"<min(z1,z2)> = -{DISTANCE}",
    "<max(z1,z2)> + <min(z1,z2)> = 0",
    "<max(z1,z2)*min(z1,z2)> = K[1,2]",
    "<max(z1,z2)^2> = (K[1,1] + K[2,2])/2",
    "<max(2*z1,z2)> = sqrt((4*K[1,1] + K[2,2] - 4*K[1,2])/(2*pi))",
    "<max(z1+z2,0)> = sqrt((K[1,1] + K[2,2] + 2*K[1,2])/(2*pi))",
    f"<exp(-z1^2/2 - z2^2/2)> = {GAUSSIAN}",
    f"<exp(-(z1^2 + z2^2)/2)> = {GAUSSIAN}",
    f"<exp(-1/2*(z1^2 + z2^2))> = {GAUSSIAN}",
    "<exp(-z1^2/2 + z2)> = exp(K[2,2]/2 - K[1,2]^2/(2*(1 + K[1,1])))/sqrt(1 + K[1,1])",
    "<exp(-z1^2/2 - z2^2/2)*sigma(z1)> = <exp(-z1^2/2)*exp(-z2^2/2)*sigma(z1)>",
)
FALSE = (
    "<max(z1,z2)> = sqrt((K[1,1] + K[2,2] + 2*K[1,2])/(2*pi))",
    f"<min(z1,z2)> = {DISTANCE}",
    f"<max(2*z1,z2)> = {DISTANCE}",
    "<max(z1,z2)^2> = K[1,1] + K[2,2]",
    "<exp(-z1^2/2 - z2^2/2)> = 1/sqrt((1 + K[1,1])*(1 + K[2,2]))",
    f"<exp(-z1^2/2 + z2)> = {GAUSSIAN}",
    f"<exp(-(z1^2 + z2^2))> = {GAUSSIAN}",
    f"<exp(-(z1^2 - z2)/2)> = {GAUSSIAN}",
)
UNREADABLE = (
    "<exp(z1*z2)> = 1",
    "<exp(z1*(z2 + z1))> = 1",
    "<exp(z1*z2 + z1)> = 1",
    "<max(z1*z2, 0)> = 1",
    "<max(z1, z2, 0)> = 1",
    "<max(sin(z1), z2)> = 1",
    "<tanh(z1^2 + z2^2)> = 1",
)


@pytest.mark.parametrize(("verdict", "claims"), [("proved", TRUE), ("refuted", FALSE), ("unreadable", UNREADABLE)])
def test_verdicts(tmp_path: Path, verdict: str, claims: tuple[str, ...]) -> None:
    found = verdicts_of(tmp_path, *(f"{claim} for MLP, inputs 2" for claim in claims))
    wrong = [(text, v["verdict"]) for text, v in zip(claims, found, strict=True) if v["verdict"] != verdict]
    assert not wrong
