"""ReLU with the derivative of automatic differentiation (sigma'' = 0): the published recursions iterated by hand."""

from __future__ import annotations

from fractions import Fraction as Q

from tests.recursion.front_end import EngineFlow

TEXT = """ptheory 1
include mlp
include observables
flow MLP with sigma = relu {
    inputs [1, 1]
    set C_b = 0, C_W = 1/2, lambda_b = 1/5, lambda_W = 1/3
    depth 4
    derivatives almost everywhere
    show V, Theta, D, F, A, B, P, Q, R, S, T, U
}
"""
C, RATE_B, RATE_W = Q(1, 2), Q(1, 5), Q(1, 3)
R_ = RATE_W / C


def by_hand(depth: int) -> dict[str, Q]:
    """<s^4> = 3K^2/2, <s^2> = K/2, <s^2 s'^2> = K/2, <s'^2> = <s'^4> = 1/2, h = 0, sigma'' = 0."""
    K, t = C, dict.fromkeys("VDFABPQRSTU", Q(0))
    theta = RATE_B + RATE_W
    chi = C / 2
    for _ in range(depth - 1):
        m = C**2 * (K / 2 - K / 2 * Q(1, 2))
        V = chi**2 * t["V"] + C**2 * (3 * K**2 / 2 - K**2 / 4)
        F = chi**2 * t["F"] + C**2 * K / 2 * theta
        D = chi**2 * t["D"] + R_ * V + m * theta
        A = chi**2 * t["A"] + R_**2 * V + 2 * R_ * (m * theta + chi**2 * t["D"]) + C**2 * (Q(1, 2) - Q(1, 4)) * theta**2
        B = chi**2 * t["B"] + C**2 * theta**2 / 2
        q = chi**2 * t["Q"]
        S, T = chi**2 * t["S"] + R_ * B, chi**2 * t["T"] + R_**2 * F + 2 * R_ * q
        t = {"V": V, "D": D, "F": F, "A": A, "B": B, "P": Q(0), "Q": R_ * F + q, "R": Q(0), "S": S, "T": T, "U": Q(0)}
        theta = RATE_B + RATE_W * K / 2 + chi * theta
        K = C * K / 2
    return {**t, "Theta": theta}


def test_the_family_at_layers_two_to_four() -> None:
    engine = EngineFlow(TEXT)
    for layer in (2, 3, 4):
        for name, value in by_hand(layer).items():
            assert engine.coefficients(layer, name, (0,) * (2 if name == "Theta" else 4), 1) == [value], (layer, name)
