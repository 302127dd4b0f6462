"""Every example of docs/language.md parses, checks, and survives the formatter; every construct has an example."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ptheory.language import LanguageError, parse
from ptheory.language.formatter import format_file
from ptheory.language.keywords import KEYWORDS
from ptheory.networks.program import check_file

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "language.md"
CONTEXT = "ptheory 1\ninclude mlp\ninclude observables\n"
BLOCKS = re.findall(r"```ptheory\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


def whole(block: str) -> str:
    return block if block.startswith("ptheory ") else CONTEXT + block


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.strip().split("\n")[-1][:40])
def test_example(block: str) -> None:
    file = parse(whole(block))
    assert parse(format_file(file)) == file
    check_file(file)


def test_every_keyword_has_an_example() -> None:
    text = "\n".join(BLOCKS)
    missing = [word for word in KEYWORDS.values() if not re.search(rf"\b{word}\b", text)]
    assert missing == []


def test_the_context_is_the_one_documented() -> None:
    assert "    " + CONTEXT.replace("\n", "\n    ").strip() in DOCUMENT.read_text(encoding="utf-8")


def test_the_message_shown_is_the_one_given() -> None:
    text = (
        "ptheory 1\narchitecture A {\n    weights W[i,j] ~ Normal(0, C_W/n)\n    biases  b[i] ~ Normal(0, C_b)\n"
        "    first   z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])\n"
        "    layer   z[i;a] = b[i] + sum(j, W[i,j]*tahn(z[j;a]))\n}\n"
    )
    with pytest.raises(LanguageError) as caught:
        check_file(parse(text, "mine.deriv"))
    shown = caught.value.render().replace("\n", "\n    ")
    assert shown in DOCUMENT.read_text(encoding="utf-8")
