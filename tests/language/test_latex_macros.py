r"""Macros of a paper: found where they stand, in time linear in its length."""

from __future__ import annotations

from time import process_time

import pytest

from ptheory.language.latex_macros import definitions_in, macros_in

KINDS = (
    r"\def\a#1#2{x#1} \newcommand*\b{\{} \renewcommand{\c}[2]{#1{#2}} \DeclareMathOperator*{\ab}{ab}"
    r" \providecommand{\q}[1][2]{x} \newcommand{\|}{x}"
)


def test_where_definitions_stand() -> None:
    found = [KINDS[start:end] for start, end in definitions_in(KINDS)]
    assert found == [
        r"\def\a#1#2{x#1}",
        r"\newcommand*\b{\{}",
        r"\renewcommand{\c}[2]{#1{#2}}",
        r"\DeclareMathOperator*{\ab}{ab}",
        r"\providecommand{\q}[1][2]{x}",
        r"\newcommand{\|}{x}",
    ]
    assert [list(macros_in(text)) for text in (found[0], found[2])] == [["\\a"], ["\\c"]]


@pytest.mark.parametrize("text", [r"\newcommand{\a}{x", r"\def\a(#1){x}", r"\newcommand", r"\def\a{\{"])
def test_what_is_no_definition_or_has_no_end_is_left_out(text: str) -> None:
    assert definitions_in(text) == []


def test_a_definition_within_another_is_part_of_it() -> None:
    text = r"\newcommand{\a}{\def\b{y}}\def\c{z}"
    assert [text[start:end] for start, end in definitions_in(text)] == [r"\newcommand{\a}{\def\b{y}}", r"\def\c{z}"]


@pytest.mark.parametrize(
    "text",
    [
        "\\newcommand{\\a}[1]{\\langle #1 \\rangle}\n" * 20_000,
        "\\def\\a{" * 200_000,
        "\\def\\a" * 200_000,
        "\\newcommand{\\a}[1" * 100_000,
        "\\newcommand" + " " * 1_000_000,
        "{" * 1_000_000,
    ],
    ids=["many", "open", "no text", "open count", "blanks", "braces"],
)
def test_long_texts_take_no_time(text: str) -> None:
    before = process_time()
    definitions_in(text)
    assert process_time() - before < 3
