"""Claims that cannot be read: one message each, pointing at the smallest offender, with what would work."""

from __future__ import annotations

import pytest

from ptheory.language import LanguageError
from tests.claims.setting import MLP, verdict

BAD = [
    ("V[1,2] = 3", "inputs one", "V takes 4 slots, not 2", "V[1,2]", "write V[1,2,3,4]"),
    ("Vv' = 3", "inputs one", "unknown name Vv", "Vv'", "did you mean `V`?"),
    ("V' = chi_prep*V", "inputs one", "unknown name chi_prep", "chi_prep", "did you mean `chi_perp`?"),
    ("V' = C_w*V", "inputs one", "unknown name C_w", "C_w", "did you mean `C_W`?"),
    ("<q^2> = K", "inputs one", "unknown name q", "q", "known here"),
    ("<sigm(z)> = K", "inputs one", "unknown name sigm", "sigm(z)", "did you mean `sigma`?"),
    ("V' = s^2", "inputs one", "depends on a neuron's preactivation", "s", "<s>"),
    ("V' = sigma(z)", "inputs one", "depends on a neuron's preactivation", "sigma(z)", "<sigma>"),
    ("V6' = V", "inputs one", "V6 is not declared", "V6'", "define V6"),
    ("K' = C_W*<s^2>", "", "K at which samples?", "K'", "inputs one"),
    ("K'[1,2] = C_W*<s^2>", "", "s at which input?", "s", "write s1"),
    ("chi_par = 1", "", "chi_par at which input?", "chi_par", "chi_par[1]"),
    ("V' = 1/(chi_par - chi_par)", "inputs one", "division by zero", "(chi_par - chi_par)", None),
    ("K' = <s>/<z>", "inputs one", "zero for every activation", None, None),
    ("K' = <s/(z - z)>", "inputs one", "division by zero", "(z - z)", None),
    ("V'[1,2,3,4] = 0", "inputs a b", "there is no input 3", "3", "2 inputs"),
    ("K'[a,c] = 0", "inputs a b", "no input is called c", "c", "known here: a, b"),
    ("K'[1/2,1] = 0", "", "a slot is a number", "1/2", None),
    ("V'' = 0", "inputs one", "V has two primes", "V''", "one prime"),
    ("chi_par' = 0", "inputs one", "chi_par has no prime", "chi_par'", None),
    ("<z'> = 0", "inputs one", "a preactivation has no derivative", "z'", None),
    ("K'[1,2] = <1/(1+z1*z2)>", "", "several preactivations", "z2", None),
    ("<sigma(V*z)> = 0", "inputs one", "V cannot stand inside this function", "V", None),
    ("K' = V^C_W", "inputs one", "an exponent is a number", "C_W", "exp"),
    ("K'[1,2] = sum(a, V[a,a,a,a])", "", "what does this sum run over?", None, "inputs"),
    ("K'[1,2] = Kinv[1,2]", "", "the inverse of which kernel matrix?", "Kinv[1,2]", "inputs a b"),
    ("K' = C_b[l] + C_W*<s^2>", "inputs one", "the same in every layer", "C_b[l]", "write C_b"),
    ("K' = n[l+1]", "inputs one", "only n[l] and n[l-1]", "n[l+1]", None),
    ("K' = arcsine(K)", "inputs one", "unknown function arcsine", "arcsine(K)", "did you mean `asin`?"),
    ("V' = (<s>+<s^2>+<s^3>+<s^4>+V+K+C_W)^120", "inputs one", "terms", None, "smaller parts"),
]


@pytest.mark.parametrize(("claim", "scope", "message", "offender", "help"), BAD, ids=[bad[0] for bad in BAD])
def test_bad_claims(claim: str, scope: str, message: str, offender: str | None, help: str | None) -> None:
    with pytest.raises(LanguageError) as caught:
        verdict(claim, scope)
    error = caught.value
    assert message in error.message
    assert error.span.line == MLP.count("\n") + 1
    assert error.span.source is not None
    if offender is not None:
        assert error.span.source.text[error.span.start : error.span.end] == offender
    if help is not None:
        assert error.help is not None and help in error.help


def test_an_abbreviation_that_uses_itself() -> None:
    with pytest.raises(LanguageError):
        verdict("K' = g", declarations=MLP + "let g = g + 1\n")


TWO = """ptheory 1
include correlators
architecture Two {
    weights W[i,j] ~ Normal(0, C_W/n)
    first z[i;a] = sum(k, W[i,k]*x[k;a])
    layer z[i;a] = sum(j, W[i,j]*sigma(z[j;a])*tau(z[j;a]))
}
"""


def test_the_shorthand_is_refused_where_two_activations_could_be_meant() -> None:
    with pytest.raises(LanguageError, match="does not say which activation") as caught:
        verdict("K' = C_W*<s^2>", "inputs one", TWO)
    assert caught.value.help == "write its name: sigma, tau"


def test_susceptibilities_of_several_fields_are_refused() -> None:
    with pytest.raises(LanguageError, match="only where there is one field"):
        verdict("chi_par[1] = 1", "Gated", "ptheory 1\ninclude gated\n")
