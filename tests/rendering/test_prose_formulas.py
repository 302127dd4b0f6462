"""Formulas in the language's own spelling that stand in what is said: found, read, typeset in the author's symbols."""

from __future__ import annotations

import pytest

from ptheory.language.statements import LayerMarks
from ptheory.rendering.known_names import KnownNames
from ptheory.rendering.prose_formulas import typeset_words
from ptheory.rendering.spelling import OURS, Spelling, Symbol
from ptheory.rendering.words import words_latex, words_text
from ptheory.rendering.written_formulas import TextStyle

NAMES = KnownNames(
    frozenset(("K", "G", "V", "V6", "C_W", "C_b", "sigma", "z", "A")),
    frozenset(("sigma",)),
    frozenset(("G", "K", "V", "V6")),
    "K",
)
AUTHORS = Spelling(
    {"K": Symbol("q"), "C_W": Symbol(r"\sigma", "w", "2"), "sigma": Symbol(r"\phi"), "n": Symbol("N"), "l": Symbol("L")}
)


def shown(line: str, spelling: Spelling = OURS) -> str:
    words = typeset_words(line, NAMES, spelling)
    assert words_text(words, TextStyle(unicode=False)) == line  # nothing is lost or added
    return words_latex(words, spelling)


@pytest.mark.parametrize(
    ("line", "latex"),
    [
        ("exact series f(K) - K = -2*K^2 + ... at C_W = 1",
         r"exact series $f\left(q\right)-q = -2\,q^2+\cdots$ at $\sigma_w^2 = 1$"),
        ("class: K*=0, half-integer", r"class: $q^{\star} = 0$, half-integer"),
        ("no roots at K > 0", "no roots at $q > 0$"),
        ("searched K between 1e-06 and 1e+06 on 481 points",
         "searched $q$ between $10^{-6}$ and $10^{6}$ on 481 points"),
        ("V' = C_W^2*(<s^4> - <s^2>^2) + V",
         r"$V^{(L+1)} = \sigma_w^4\,\left(\left\langle \phi^{4}\right\rangle-"
         r"\left\langle \phi^{2}\right\rangle^{2}\right)+V^{(L)}$"),
        ("given at criticality (K* = 3/2 + sqrt(17)/2, stable)",
         r"given at criticality ($q^{\star} = \frac{3}{2}+\frac{\sqrt{17}}{2}$, stable)"),
        ("counterexample at C_W = 2, K = 1.25e-7: left 3, right 4",
         r"counterexample at $\sigma_w^2 = 2$, $q = 1.25 \cdot 10^{-7}$: left 3, right 4"),
        ("K, G1 and V: 6 expectations", r"$q$, $G^{\{1\}}$ and $V$: 6 expectations"),
        ("V6 (4 points) and <s1 s2>",
         r"$V_6$ (4 points) and $\left\langle \phi_1\,\phi_2\right\rangle$"),
        ("G1' = V*G1 + V6[1,2]", r"$G^{\{1\}(L+1)} = V^{(L)}\,G^{\{1\}(L)}+V^{(L)}_{6,12}$"),
        ("as l -> infinity", r"as $L \to \infty$"),
    ],
)  # fmt: skip
def test_formulas_are_found(line: str, latex: str) -> None:
    assert shown(line, AUTHORS) == latex


@pytest.mark.parametrize(
    "line",
    [
        "no critical point is stable on any side; found: none at all",
        "A check of 12 numbers, of 3.5 each - and no more",
        "at K.deriv:12:3",
        r"help: write \(K\)",
        "half-stable, re-run, e.g. 3/4",
        "agrees (half of 2, or 1/2)",
        "-1.25e-07",
        "",
    ],
)
def test_words_stay_words(line: str) -> None:
    assert typeset_words(line, NAMES, OURS) == line


def test_what_cannot_be_read_has_its_names_typeset() -> None:
    assert shown("order 1/n 20 and K K*/ V", AUTHORS).count("$") == 8


def test_primes_of_activations_are_derivatives() -> None:
    names = KnownNames(frozenset(("K", "sigma", "tau", "C_W", "z")), frozenset(("sigma", "tau")), frozenset(("K",)))
    words = typeset_words("K' = C_W*<sigma'(z) tau1''>", names, OURS)
    assert words_latex(words) == r"$K^{(\ell+1)} = C_W\,\left\langle \sigma'\left(z\right)\,\tau_1''\right\rangle$"


def test_layers_are_marked_as_the_author_does() -> None:
    arguments = Spelling(AUTHORS.symbols, LayerMarks.ARGUMENT)
    assert shown("K' = C_b + K", arguments) == "$q(L+1) = C_b+q(L)$"
    assert shown("K[l+1] = 2*K[l]^2", arguments) == r"$q(L+1) = 2\,q(L)^{2}$"
