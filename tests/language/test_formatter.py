"""parse(format(tree)) == tree for random trees; formatting is idempotent; no comment is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from ptheory.language import load, parse
from ptheory.language.expressions import Expression
from ptheory.language.formatter import format_expression, format_file
from ptheory.language.prelude import FOLDER
from ptheory.language.statements import File, LetStatement
from tests.language.strategies import EXPRESSIONS, FILES

DERIVATIONS = Path(__file__).resolve().parents[2] / "derivations"


@given(EXPRESSIONS)
@settings(max_examples=400, deadline=None)
def test_an_expression_survives_printing(expression: Expression) -> None:
    parsed = parse(f"ptheory 1\nlet A = {format_expression(expression)}\n").statements[0]
    assert isinstance(parsed, LetStatement)
    assert parsed.right == expression


@given(FILES)
@settings(max_examples=150, deadline=None)
def test_a_file_survives_printing(file: File) -> None:
    text = format_file(file)
    assert parse(text) == file
    assert format_file(parse(text)) == text


COMMENTED = """# above everything

ptheory 1   # the version
# about MLP, first line
# second line
architecture MLP { # opens
  # inside, before weights
  weights W[i,j]~Normal(0,C_W/n)rate lambda_W/n#tight
  first z[i;a] = sum(k, # in a formula
      W[i,k]*x[k;a])
  layer z[i;a] = sum(j, W[i,j]*sigma(z[j;a]))

  # last inside
} # closes
# between

derive G # at the end of a line
claim "c": # after the label
   V' = V # after the formula
  # two

  # paragraphs
with sigma=tanh{inputs one;critical # shared line
}
# at the very end"""


def test_every_comment_is_kept_where_it_belongs() -> None:
    text = format_file(parse(COMMENTED))
    assert text == (Path(__file__).parent / "commented_expected.deriv").read_text(encoding="utf-8")


def test_commented_text_is_stable_and_means_the_same() -> None:
    text = format_file(parse(COMMENTED))
    assert parse(text) == parse(COMMENTED)
    assert format_file(parse(text)) == text
    assert text.count("#") == COMMENTED.count("#")


@pytest.mark.parametrize("path", sorted([*FOLDER.glob("*.deriv"), *DERIVATIONS.glob("*.deriv")]), ids=lambda p: p.name)
def test_shipped_files_survive(path: Path) -> None:
    file = load(path)
    text = format_file(file)
    assert parse(text) == file
    assert format_file(parse(text)) == text
    assert all(comment.text in text for comment in file.comments)
