"""Whatever the bytes: a file or a LanguageError, never another exception, never a hang."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptheory.language import LanguageError, load, parse
from ptheory.networks.program import check_file

WHOLE = (Path(__file__).parent / "whole_language.deriv").read_text(encoding="utf-8")
_WORDS = """
ptheory 1|architecture|MLP|{|}|weights|W[i,j]|~|Normal(0, C_W/n)|first|layer|z[i;a]|=|sum(j,|)|(|sigma(|z[j;a]
+|-|*|/|^|<|>|<=|'|[|]|,|;|:|with|sigma|tanh|inputs|one|flow|depth|3|claim|"x"|latex|$x$|\\begin{equation}
define|by|E[z1 z2]|_c|d12|G[1,2]|derive|to|order|1/n|for|include|mlp|piecewise(|otherwise|prev(|⟨|⟩|σ′|²|#c
9^99^9|check|show G,|set|critical|order|atlas|observable|activation|let|derivatives|flow layers|K,|assume|fraction
"""
PIECES = st.sampled_from(["\n", *(word for line in _WORDS.split("\n") for word in line.split("|"))])


def survives(text: str) -> None:
    try:
        check_file(parse(text))
    except LanguageError as error:
        assert error.render()


@given(st.text(max_size=60))
@settings(max_examples=150)
def test_any_text(text: str) -> None:
    survives(text)
    survives("ptheory 1\n" + text)


@given(st.lists(PIECES, max_size=25))
@settings(max_examples=300)
def test_any_pieces(pieces: list[str]) -> None:
    survives("ptheory 1\n" + " ".join(pieces))


@given(st.data())
@settings(max_examples=200)
def test_a_file_with_something_cut_out_or_put_in(data: st.DataObject) -> None:
    start = data.draw(st.integers(10, len(WHOLE)))
    length = data.draw(st.integers(0, 40))
    put = data.draw(st.one_of(st.just(""), PIECES, st.characters()))
    survives(WHOLE[:start] + put + WHOLE[start + length :])


@given(st.binary(max_size=200))
@settings(max_examples=60)
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "junk.deriv"
    path.write_bytes(data)
    with pytest.raises(LanguageError):
        load(path)


@pytest.mark.parametrize(
    "text",
    [
        "let A = " + "(" * 100_000 + "z",
        "let A = " + "-" * 40_000 + "z",
        "let A = " + "2^" * 20_000 + "2",
        "let A = z" + "/2" * 20_000,
        "let A = " + "<" * 20_000,
        "let A = z" + "'" * 100_000,
        "activation f(z) = " + "sin(" * 10_000 + "z" + ")" * 10_000,
        "let A = 9**9**9",
        "let A = 10^200^200",
        "let A = 1e9999999999",
        "let A = " + "9" * 40_000,
        "let A = " + "x" * 3_000_000,
        "architecture A {\n biases b[i] ~ Normal(0, ("
        + "+".join(f"c{i}" for i in range(40))
        + ")^100)\n first z[i;a] = b[i]\n layer z[i;a] = b[i]\n}",
        "architecture A {\n biases b[i] ~ Normal(0, C_b)\n first z[i;a] = b[i]\n layer z[i;a] = b[i]"
        + "*(a_1 + b_1 + c_1)*(a_2 + b_2 + c_2)" * 30
        + "\n}",
    ],
    ids=lambda text: text[:20],
)
def test_excess_is_refused(text: str) -> None:
    with pytest.raises(LanguageError):
        check_file(parse("ptheory 1\n" + text + "\n"))


def test_a_file_of_ten_megabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "big.deriv"
    path.write_bytes(b"ptheory 1\nlet A = " + b"z + " * 2_600_000)
    with pytest.raises(LanguageError, match="larger than"):
        load(path)


@pytest.mark.parametrize("name", [".", "missing.deriv", "nul\0.deriv"])
def test_what_cannot_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(LanguageError):
        load(str(tmp_path / name))
