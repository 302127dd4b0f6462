r"""Sums over the inputs of the claim, \sum_{\beta_1,\beta_2\in\mathcal{D}}."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

from lark import Token, Tree

from ptheory.claims.latex.input_slots import NEURON_LETTERS
from ptheory.claims.latex.latex_scripts import Symbol, flattened, index_name, without_braces
from ptheory.claims.latex.read_latex_means import Part
from ptheory.language.expressions import Add, Expression, Name, Number, Span, SumOver

if TYPE_CHECKING:
    from ptheory.claims.latex.formula_reader import FormulaReader

MOST_INDICES = 20
MOST_TERMS = 64  # of a sum that is written out


def sum_over_inputs(reader: FormulaReader, sign: Tree, parts: Sequence[Part], inside: bool, span: Span) -> Expression:
    r"""\sum_{\beta_1,\beta_2\in\mathcal{D}} of all that follows in its product."""
    token = sign.children[0].children[0]
    if len(sign.children) != 2 or sign.children[1].data != "subscript" or not parts or parts[0][0] == "over":
        raise reader.text.error("a sum over what?", token, help=r"write \sum_{\beta_1,\beta_2}, a sum over the inputs")
    tokens = without_braces(sign.children[1].children[2:-1])
    kinds = [t.type for t in tokens]
    over: tuple[Expression, ...] = ()
    if "IN" in kinds:
        over = _inputs_of_set(reader, tokens[kinds.index("IN") + 1 :], token, tokens[-1])
        tokens = tokens[: kinds.index("IN")]
    indices = _indices(reader, tokens, token)
    if not over and any(_differentiates_by(index, parts) for index in indices):
        return _written_out(reader, indices, parts, inside, token, span)
    with reader.table.inputs.summed(indices):
        body = reader.read_parts([("beside", parts[0][1]), *parts[1:]], inside)
    _check_that_all_stand(reader, indices, token)
    return SumOver(tuple(indices), body, over, span=span)


def _inputs_of_set(reader: FormulaReader, tokens: Sequence[Token], sign: Token, last: Token) -> tuple[Expression, ...]:
    r"""\{1,2\}; nothing for \mathcal{D}, all inputs."""
    kinds = [t.type for t in tokens]
    if kinds == ["MEASURE"]:
        return ()
    if len(kinds) < 3 or kinds[0] != "SETOPEN" or kinds[-1] != "SETCLOSE":
        help = r"\mathcal{D} is the set of all inputs; some of them are \{1,2\}"
        raise reader.text.error("a sum over which inputs?", last, help=help)
    separated = (*tokens[1:-1], Token("COMMA", ","))  # one input is a list, too: {12} is input 12
    place = reader.text.span(sign.start_pos or 0, last.end_pos or 0)
    return tuple(replace(slot, span=place) for slot in reader.table.inputs.read(separated, Symbol(sign), None))


def _check_that_all_stand(reader: FormulaReader, indices: Sequence[str], sign: Token) -> None:
    for index in indices:
        if index not in reader.table.inputs.summed_that_stand:
            help = "a sum over an index that nothing depends on multiplies by the number of inputs: write that"
            raise reader.text.error(f"{index} is summed over and does not stand in the sum", sign, help=help)


def _differentiates_by(index: str, parts: Sequence[Part]) -> bool:
    r"""Whether \partial_\beta stands in a sum over \beta."""
    tokens = [token for _, part in parts for token in flattened([part])]
    for place, token in enumerate(tokens):
        if token.type == "PARTIAL" and index_name(without_braces(tokens[place + 2 : place + 6]))[0] == index:
            return True
    return False


def _written_out(
    reader: FormulaReader, indices: Sequence[str], parts: Sequence[Part], inside: bool, sign: Token, span: Span
) -> Expression:
    """The sum term by term, at the inputs of the claim: derivatives by a summed preactivation are carried out."""
    inputs = reader.vocabulary.inputs
    if inputs is None:
        help = "say which: for MLP, inputs 2"
        raise reader.text.error("a derivative by the preactivation at each of which inputs?", sign, help=help)
    count = inputs.count ** len(indices)
    if count > MOST_TERMS:
        raise reader.text.error(f"a sum of {count} terms", sign, help=f"up to {MOST_TERMS} are written out")
    numbers = range(1, inputs.count + 1)
    slots = [Name(reader.vocabulary.sample_text(k)) if inputs.names else Number(Fraction(k)) for k in numbers]
    terms = []
    for chosen in product(slots, repeat=len(indices)):
        with reader.table.inputs.chosen(dict(zip(indices, chosen, strict=True))):
            terms.append(reader.read_parts([("beside", parts[0][1]), *parts[1:]], inside))
        _check_that_all_stand(reader, indices, sign)
    return terms[0] if len(terms) == 1 else Add(tuple(terms), span=span)


def _between(reader: FormulaReader, found: list[str], around: Sequence[Token], at: Token) -> list[str]:
    r"""The indices that \beta_1,\ldots,\beta_4 leaves out."""
    kinds = [token.type for token in around]
    if kinds == ["NUMBER", "COMMA", "DOTS", "COMMA", "SYMBOL", "SUB", "NUMBER"] and found:
        letter, _, first = found[-1].partition("_")
        last = around[6].value
        if around[4].value == letter and first.isdigit() and last.isdigit() and int(first) < int(last) <= MOST_INDICES:
            return [f"{letter}_{k}" for k in range(int(first) + 1, int(last))]
    raise reader.text.error("which indices do these dots stand for?", at, help=r"write \beta_1,\ldots,\beta_4")


def _indices(reader: FormulaReader, tokens: Sequence[Token], at: Token) -> list[str]:
    r"""The names of \beta_1, \beta_2 or \alpha, \beta."""
    found: list[str] = []
    place = 0
    while place < len(tokens):
        if tokens[place].type == "DOTS":
            found += _between(reader, found, tokens[place - 2 : place + 5], tokens[place])
            place += 2
            continue
        name, used = index_name(tokens[place:])
        if name is None or tokens[place].value in NEURON_LETTERS:
            raise reader.text.error(
                "a sum over what?", tokens[place], help="only inputs are summed over: components carry no neuron index"
            )
        found.append(name)
        place += used
        if place < len(tokens) and tokens[place].type == "COMMA":
            place += 1
    if not found or len(set(found)) < len(found):
        raise reader.text.error("a sum over what?", at, help=r"write \sum_{\beta_1,\beta_2}, a sum over the inputs")
    return found
