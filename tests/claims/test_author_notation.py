r"""notation { ... }: claims in the author's own symbols, read in ours; what has no meaning there is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from ptheory.language import LanguageError, parse
from ptheory.language.formatter import format_file
from ptheory.networks.program import check_file
from tests.reported.running import HEAD, on_text

NOTATION = r"""notation {
    C_W = "\sigma_w^2"  C_b = "\sigma_b^2"  K = "q"  sigma = "\phi"  chi_par = "\chi_1"  Theta = "\hat{\Theta}"
    "\newcommand{\avg}[1]{\left\langle #1 \right\rangle}"
}
"""


def run(tmp_path: Path, body: str, scope: str = "MLP, inputs one", notation: str = NOTATION) -> dict[str, str]:
    ran = on_text(tmp_path, HEAD + notation + f'claim latex "c": \\[ {body} \\] for {scope}\n', "check", "--json")
    (found,) = ran.json["files"][0]["claims"]
    return dict(found)


TRUE = [
    (
        r"q^{(\ell+1)} = \sigma_b^2 + \sigma_w^2\avg{\phi(z)^2}_{q^{(\ell)}}",
        "MLP, inputs one",
        "K' = C_b + C_W*<sigma(z)^2>_K[l]",
    ),
    (
        r"V^{(\ell+1)} = \sigma_w^4(\avg{\phi^4} - \avg{\phi^2}^2) + \chi_1^2 V^{(\ell)}",
        "MLP, inputs one",
        "V' = C_W^2*(<sigma^4> - <sigma^2>^2) + chi_par^2*V[l]",
    ),
    (
        r"q' = \sigma^2_b + \sigma_{w}^{2}\int\mathcal{D}z\,\phi(\sqrt{q}z)^2",
        "MLP, inputs one",
        "K' = C_b + C_W*<sigma(z)^2>",
    ),
    (
        r"q_{\alpha\beta}' = \sigma_b^2 + \sigma_w^2\avg{\phi_\alpha\phi_\beta}_q",
        "MLP",
        "K'[1,2] = C_b + C_W*<sigma1*sigma2>",
    ),
    (r"\chi_1^2 = \sigma_w^{{4}}\avg{z\phi\phi'}^2/q^2", "MLP, inputs one", "chi_par^2 = C_W^2*<z*sigma*sigma'>^2/K^2"),
    (r"\hat\Theta_{12} = \hat{\Theta}_{21}", "MLP", "Theta[1,2] = Theta[2,1]"),
]


@pytest.mark.parametrize(("body", "scope", "plain"), TRUE, ids=[plain for _, _, plain in TRUE])
def test_the_authors_symbols_are_read_as_ours(tmp_path: Path, body: str, scope: str, plain: str) -> None:
    found = run(tmp_path, body, scope)
    assert (found["verdict"], found["understood"]) == ("proved", plain)


REFUSED = [
    (r"q' = \sigma_w\avg{\phi^2}", r"only \sigma_w^2 has a meaning"),
    (r"q' = \sigma_w^3\avg{\phi^2}", r"only \sigma_w^2 has a meaning"),
    (r"q' = \sigma_b^2 + \sigma_w^0\avg{\phi^2}", r"only \sigma_w^2 has a meaning"),
    (r"K' = \sigma_b^2", "K is written q here"),
    (r"q' = \sigma_b^2 + \sigma_w^2\avg{\sigma^2}", r"sigma is written \phi here"),
    (r"q' = \sigma_b^2 + \sigma_w^2{}^2\avg{\phi^2}", "a second script at"),
    (r"q' = \sigma_b^2 + \sigma_w^2_{12}\avg{\phi^2}", "a second script at"),
    (r"q' = \sigma_b^2 + C_W\avg{\phi^2}", r"C_W is written \sigma_w^2 here"),
    (r"q' = \hat q", r"\hat has no meaning here"),
    (r"q' = \chi_2 q", "unknown symbol chi"),
]


@pytest.mark.parametrize(("body", "message"), REFUSED, ids=[body for body, _ in REFUSED])
def test_other_symbols_have_no_meaning(tmp_path: Path, body: str, message: str) -> None:
    found = run(tmp_path, body)
    assert found["verdict"] == "unreadable" and found["message"].startswith(message)


@pytest.mark.parametrize(
    ("symbol", "written", "verdict"),
    [
        (r"\mathrm{ReLU}", r"\langle\mathrm{ReLU}(z)^2\rangle = \frac{K}{2}", "proved"),
        (r"\mathrm{ReLU}", r"\langle\mathrm{ReLU}^2\rangle = \frac{K}{2}", "proved"),
        (r"\mathrm{ReLU}", r"\langle\mathrm{ReLU}(z)^2\rangle = K", "refuted"),
        (r"\mathrm{f}", r"\langle\mathrm{f}(z)^2\rangle = \frac{K}{2}", "proved"),
        (r"\mathrm{elu}", r"\langle\mathrm{selu}(z)^2\rangle = \frac{K}{2}", "unreadable"),
        (r"\phi", r"\langle{\phi}(z)^2\rangle = \frac{K}{2}", "proved"),
        (r"\phi", r"\langle{\phi'}(z)^2\rangle = \frac{1}{2}", "proved"),
    ],
)
def test_a_word_names_an_activation_as_a_whole(tmp_path: Path, symbol: str, written: str, verdict: str) -> None:
    text = HEAD + f'notation {{ sigma = "{symbol}" }}\nclaim latex "c": \\[ {written} \\] for MLP, inputs one'
    (found,) = on_text(tmp_path, text + ", with sigma = relu\n", "check", "--json").json["files"][0]["claims"]
    assert found["verdict"] == verdict, found


def test_a_false_claim_in_the_authors_symbols_is_refuted(tmp_path: Path) -> None:
    found = run(tmp_path, r"q' = \sigma_b^2 + \sigma_w^4\avg{\phi^2}")
    assert found["verdict"] == "refuted"


MISTAKES = [
    (r'notation { C_Q = "\sigma_w^2" }', "nothing is called C_Q"),
    (r'notation { C_W = "\sigma_w^2"  C_W = "a" }', "C_W is written in two ways"),
    (r'notation { C_W = "a" } notation { C_W = "b" }', "C_W is written in two ways"),
    ("notation { }", "this notation is empty"),
    ("notation { C_W = 2 }", None),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES, ids=[text for text, _ in MISTAKES])
def test_mistakes_in_the_block(text: str, message: str | None) -> None:
    with pytest.raises(LanguageError, match=message):
        check_file(parse(HEAD + text + "\n"))


NO_SYMBOL = [
    (r'notation { C_W = "\sigma + 1" }', "this is no symbol"),
    (r'notation { C_W = "a"  C_b = "a" }', "stands for two names"),
    (r'notation { C_W = "\foo" }', r"\foo has no meaning here"),
    (r'notation { "C_W" }', "which name is this"),
    (r'notation { "\newcommand{\a}[1]{#2}" }', "does not take"),
]


@pytest.mark.parametrize(("text", "message"), NO_SYMBOL, ids=[text for text, _ in NO_SYMBOL])
def test_latex_that_is_no_symbol_is_a_mistake_without_any_claim(tmp_path: Path, text: str, message: str) -> None:
    ran = on_text(tmp_path, HEAD + text + "\nderive V\n", "run")
    assert ran.code == 2 and message in ran.err


def test_the_formatter_keeps_the_block() -> None:
    formatted = format_file(parse(HEAD + NOTATION))
    assert formatted == format_file(parse(formatted))
    assert r'    C_W = "\sigma_w^2"' in formatted and r"\newcommand{\avg}[1]" in formatted
