"""d(X, K) in claims: against sums and products known by heart, and against differences of numbers."""

from __future__ import annotations

from fractions import Fraction

import pytest

from ptheory.activations import lookup
from ptheory.claims.verdict import Kind
from ptheory.language import LanguageError
from tests.claims.setting import verdict

TRUE = [
    "d(<s^2>, K) = <s'^2 + s s''>",
    "d(K', K) = chi_par",
    "d(chi_perp, K) = 2*h",
    "d(d(<s>, K), K) = <s''''>/4",
    "d(K^2/(1+K), K) = 2*K/(1+K) - K^2/(1+K)^2",
    "d(1/<s>, K) = -<s''>/(2*<s>^2)",
    "d(sqrt(1+K^2), K) = K/sqrt(1+K^2)",
    "d(exp(-2*K)*K, K) = (1-2*K)*exp(-2*K)",
    "d(log(1+K), K) = 1/(1+K)",
    "d(atan(K), K) = 1/(1+K^2)",
    "d(C_W*V, K) = 0",
]


@pytest.mark.parametrize("claim", TRUE)
def test_a_derivative_known_by_heart(claim: str) -> None:
    assert verdict(claim).kind is Kind.PROVED, verdict(claim).lines()


@pytest.mark.parametrize(
    ("claim", "name"),
    [
        ("d(<sigma^2>, K) = 1/2", "relu"),
        ("d(d(<sigma^2>, K), K) = 0", "relu"),  # 3/4 <sigma''^2> + ... would be the square of a delta function
        ("d(<sigma^2>, K) = <sigma'^2 + sigma sigma''>", "erf"),
        ("d(2/pi*asin(2*K/(1+2*K)), K) = <sigma'^2 + sigma sigma''>", "erf"),
        ("d(<sigma^2>, K) = exp(-2*K)", "sin"),
    ],
)
def test_a_bound_activation(claim: str, name: str) -> None:
    found = verdict(claim, binding={"sigma": lookup(name)})
    assert found.kind in (Kind.PROVED, Kind.CHECKED), found.lines()


def test_an_entry_of_the_kernel() -> None:
    """Price's theorem, K_12 and K_21 moving together; an entry that an average does not depend on."""
    for claim in (
        "d(<s1 s2>, K[1,2]) = <s1' s2'>",
        "d(<s1 s2>, K[1,1]) = <s1'' s2>/2",
        "d(<s1^2>, K[1,2]) = 0",
        "d(K'[1,2], K[1,2]) = chi_perp[1,2]",
        "d(K[1,2]/sqrt(K[1,1]*K[2,2]), K[1,2]) = 1/sqrt(K[1,1]*K[2,2])",
    ):
        assert verdict(claim, "inputs 2").kind is Kind.PROVED, verdict(claim, "inputs 2").lines()
    assert verdict("d(<s1 s2>, K[1,2]) = 2*<s1' s2'>", "inputs 2").kind is Kind.REFUTED


@pytest.mark.parametrize(
    "claim",
    [
        "d(<s^2>, K) = <s'^2>",
        "d(<s^2>, K) = 2*<s'^2 + s s''>",
        "d(K', K) = chi_perp",
        "d(K*V, K) = 0",
        "d(asin(K/(1+K)), K) = 1/sqrt(1+2*K)",
        "d(1/<s>, K) = <s''>/(2*<s>^2)",
        "d(sqrt(1+K^2), K) = 1/sqrt(1+K^2)",
    ],
)
def test_a_false_neighbour_is_refuted(claim: str) -> None:
    assert verdict(claim).kind is Kind.REFUTED, verdict(claim).lines()


def test_against_differences() -> None:
    """<z^6> = 15 K^3 by its values at K and K + e: (f(K+e) - f(K-e)) / (2e) = 45 K^2 + 15 e^2."""
    step = Fraction(1, 1000)
    slope = (15 * (2 + step) ** 3 - 15 * (2 - step) ** 3) / (2 * step)
    assert slope - 45 * 4 == 15 * step**2
    assert verdict("d(<z^6>, K) = 45*K^2").kind is Kind.PROVED


@pytest.mark.parametrize(
    ("claim", "scope", "message"),
    [
        ("d(<s1 s2>, K) = 0", "", "of which inputs"),
        ("d(<s^2>, V) = 0", "inputs one", "by the kernel"),
        ("d(<s^2>, K') = 0", "inputs one", "kernel of this layer"),
        ("d(<s^2>_K[l+1], K) = 0", "inputs one", "no derivative by K"),
        ("d(tan(K), K) = 0", "inputs one", "not known"),
    ],
)
def test_other_derivatives_are_refused(claim: str, scope: str, message: str) -> None:
    with pytest.raises(LanguageError, match=message):
        verdict(claim, scope)
