r"""Overlaps of inputs, x_1^Tx_2, x\cdot x', \sum_{j=1}^{n_0}x_{j,\alpha}x_{j,\beta}: one symbol at two inputs.

They are found in the tokens: a product of components is no product of symbols that have a meaning by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lark import Token

from ptheory.claims.kinds.about_inputs import COMPONENTS
from ptheory.claims.latex.input_slots import INPUT_LETTERS
from ptheory.claims.latex.latex_scripts import script_ends
from ptheory.claims.latex.latex_signs import BOLD

OVERLAP = "x·x"
TRANSPOSE = "transpose"
_NUMBER_OF_COMPONENTS = ("n_0", "n_in", "d_in", "d_0")
_DOTS = ("cdot", "\\cdot", "·")


def with_overlaps(tokens: Sequence[Token]) -> Iterator[Token]:
    r"""The tokens with OVERLAP AT { \alpha , \beta } for an overlap, and n0 for n_0, d_{\mathrm{in}}."""
    tokens = list(_with_components(tokens))
    place = 0
    while place < len(tokens):
        found = _sum(tokens, place) or _product(tokens, place)
        if found is None:
            yield tokens[place]
            place += 1
            continue
        first, second, end = found
        at = tokens[place]
        yield at.update(type="SYMBOL", value=OVERLAP)
        yield at.update(type="AT", value="(")
        yield at.update(type="LBRACE", value="{")
        yield from first
        yield at.update(type="COMMA", value=",")
        yield from second
        yield tokens[end - 1].update(type="RBRACE", value="}")
        place = end


def _with_components(tokens: Sequence[Token]) -> Iterator[Token]:
    r"""n0 in place of n_0, n_{\mathrm{in}}, d_{in}."""
    place = 0
    while place < len(tokens):
        token = tokens[place]
        end = script_ends(tokens, place + 1, 1) if token.type == "SYMBOL" else place
        scripts = [t for t in tokens[place + 1 : end] if t.type not in ("LBRACE", "RBRACE", "UPRIGHT")]
        below = "".join(str(t.value) for t in scripts[1:]) if scripts and scripts[0].type == "SUB" else ""
        if f"{token.value}_{below}" in _NUMBER_OF_COMPONENTS:
            yield token.update(value=COMPONENTS)
            place = end
        else:
            yield token
            place += 1


@dataclass(frozen=True)
class _Vector:
    """``name``: the tokens that say which input; ``above``, ``below``: the tokens of its scripts; where it ``end``s."""

    name: tuple[Token, ...]
    below: tuple[Token, ...]
    above: tuple[Token, ...]
    end: int

    @property
    def is_transposed(self) -> bool:
        return [token.value for token in self.above] in (["T"], [TRANSPOSE])


def _vector(tokens: Sequence[Token], place: int) -> _Vector | None:
    r"""x, x', x_1, x_\alpha, \mathbf{x}^T at ``place``."""
    if place < len(tokens) and tokens[place].type == "DECORATED" and tokens[place].value in BOLD:
        if [token.type for token in tokens[place + 1 : place + 4]] != ["LBRACE", "SYMBOL", "RBRACE"]:
            return None
        letter, start = tokens[place + 2], place + 4
    elif place < len(tokens):
        letter, start = tokens[place], place + 1
    else:
        return None
    if letter.type != "SYMBOL" or letter.value not in INPUT_LETTERS:
        return None
    name = [letter]
    below: tuple[Token, ...] = ()
    above: tuple[Token, ...] = ()
    end = start
    while (after := script_ends(tokens, end, 1)) > end:
        inside = tuple(tokens[end + 2 : after - 1])
        match tokens[end].type:
            case "PRIME" if len(name) == 1:
                name.append(tokens[end])
            case "SUB" if not below:
                below = inside
            case "SUP" if not above:
                above = inside
            case _:
                return None
        end = after
    return _Vector(tuple(name), below, above, end)


def _product(tokens: Sequence[Token], place: int) -> tuple[Sequence[Token], Sequence[Token], int] | None:
    r"""x_1^Tx_2, x\cdot x' as (input, input, where it ends)."""
    first = _vector(tokens, place)
    if first is None:
        return None
    dotted = first.end < len(tokens) and tokens[first.end].value in _DOTS and not first.above
    second = _vector(tokens, first.end + dotted)
    if second is None or second.above or not (dotted or first.is_transposed):
        return None
    return _of_vector(first), _of_vector(second), second.end


def _of_vector(vector: _Vector) -> Sequence[Token]:
    """The input of a whole vector: x_1, x_a, x', with the braces of its subscript left out."""
    if not vector.below:
        return vector.name
    letter = vector.name[0]
    return (*vector.name, letter.update(type="SUB", value="_"), *vector.below)


def _sum(tokens: Sequence[Token], place: int) -> tuple[Sequence[Token], Sequence[Token], int] | None:
    r"""\sum_{j=1}^{n_0}x_{j,\alpha}x_{j,\beta}, \sum_jx_j^2 as (input, input, where it ends)."""
    if tokens[place].type != "SUM":
        return None
    index, start = _index(tokens, place + 1)
    first = _vector(tokens, start) if index else None
    of_first = _of_component(first, index)
    if first is None or of_first is None:
        return None
    if [token.value for token in first.above] == ["2"]:
        return of_first, of_first, first.end
    second = _vector(tokens, first.end)
    of_second = _of_component(second, index)
    if second is None or of_second is None or first.above or second.above:
        return None
    return of_first, of_second, second.end


def _index(tokens: Sequence[Token], place: int) -> tuple[str, int]:
    r"""(j of _{j=1}^{n_0}, _j, where it ends); no name where it is another sum."""
    end = script_ends(tokens, place, 1)
    below = [str(token.value) for token in tokens[place + 2 : end - 1]]
    if end == place or tokens[place].type != "SUB" or below[1:] not in ([], ["=", "1"]):
        return "", place
    after = script_ends(tokens, end, 1)
    if after > end and [str(token.value) for token in tokens[end:after][2:-1]] != [COMPONENTS]:
        return "", place
    return below[0] if below else "", after


def _of_component(vector: _Vector | None, index: str) -> Sequence[Token] | None:
    r"""The input of x_{j,\alpha}, x_j, x'_j; None where j is not the component."""
    if vector is None or not vector.below or vector.below[0].value != index:
        return None
    if len(vector.below) == 1:
        return vector.name
    if vector.below[1].type not in ("COMMA", "SEMICOLON") or len(vector.below) < 3 or len(vector.name) > 1:
        return None
    return vector.below[2:]
