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
@settings(max_examples=400)
def test_an_expression_survives_printing(expression: Expression) -> None:
    parsed = parse(f"ptheory 1\nlet A = {format_expression(expression)}\n").statements[0]
    assert isinstance(parsed, LetStatement)
    assert parsed.right == expression


@given(FILES)
@settings(max_examples=150)
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


@pytest.mark.parametrize("path", sorted([*FOLDER.glob("*.deriv"), *DERIVATIONS.glob("*.deriv")]), ids=lambda p: p.name)
def test_shipped_files_are_canonical(path: Path) -> None:
    assert format_file(load(path)) == path.read_text(encoding="utf-8")


def test_a_short_with_block_stands_on_one_line() -> None:
    assert formatted("with sigma=relu{critical\nexponents G,V}") == "with sigma = relu { critical  exponents G, V }\n"


def test_a_with_block_that_is_long_or_commented_does_not() -> None:
    assert formatted("with sigma=relu{critical # why\n}").count("\n") == 3
    assert formatted("with sigma=relu{inputs x y;show G,V;check by quadrature digits 20}").count("\n") == 5


def test_declarations_are_aligned() -> None:
    text = formatted(
        "architecture A {weights W[i,j]~Normal(0,C_W/n)rate lambda_W/n\nbiases b[i]~Normal(0,C_b)rate lambda_b\n"
        "first z[i;a]=sum(k,W[i,k]*x[k;a])\nlayer z[i;a]=b[i]+sum(j,W[i,j]*z[j;a])}"
    )
    assert text.splitlines()[1:5] == [
        "    weights W[i,j] ~ Normal(0, C_W/n)   rate lambda_W/n",
        "    biases  b[i]   ~ Normal(0, C_b)     rate lambda_b",
        "    first   z[i;a] = sum(k, W[i,k]*x[k;a])",
        "    layer   z[i;a] = b[i] + sum(j, W[i,j]*z[j;a])",
    ]


def test_neighbouring_definitions_are_aligned() -> None:
    text = formatted(
        "define G by E[z1 z2]_c=d12 G[1,2]\n"
        "define V by E[z1 z2 z3 z4]_c=(d12 d34 V[1,2,3,4]+d13 d24 V[1,3,2,4]+d14 d23 V[1,4,2,3])/n\n\n"
        "define Y by E[z1 z2]_c=d12 Y[1,2]"
    )
    assert text.splitlines() == [
        "define G by E[z1 z2]_c       = d12 G[1,2]",
        "define V by E[z1 z2 z3 z4]_c = (d12 d34 V[1,2,3,4] + d13 d24 V[1,3,2,4] + d14 d23 V[1,4,2,3]) / n",
        "",
        "define Y by E[z1 z2]_c = d12 Y[1,2]",
    ]


def test_a_long_claim_is_broken_before_its_signs() -> None:
    body = " + ".join(f"chi_par^{k}*<s^{k} s'^{k}>*Theta" for k in range(10, 22))
    rows = formatted(f'claim "c": A\' = {body} for MLP, inputs one').splitlines()
    assert len(rows) > 3 and all(len(row) <= 120 for row in rows)
    assert all(row.startswith("        + ") for row in rows[2:-1])
    assert rows[-1] == "    for MLP, inputs one"


def formatted(statement: str) -> str:
    """The canonical text of one or more statements, without the version line."""
    return format_file(parse(f"ptheory 1\n{statement}\n")).split("\n", 1)[1].removeprefix("\n")
