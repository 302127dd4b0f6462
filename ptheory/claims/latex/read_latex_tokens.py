"""LaTeX to tokens for ``grammars/latex_formula.lark``: spacing dropped, unbraced arguments braced, spans kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lark import Token

from ptheory.algebra.elementary import BY_NAME
from ptheory.claims.latex.author_notation import AuthorNotation, NotOfTheNotation, with_our_names
from ptheory.claims.latex.connected_parts import with_connected_parts
from ptheory.claims.latex.hatted_observables import without_hats
from ptheory.claims.latex.indicators import with_steps
from ptheory.claims.latex.input_overlaps import with_overlaps
from ptheory.claims.latex.inputs_in_parentheses import with_inputs
from ptheory.claims.latex.latex_arguments import braced, dotted, numbers
from ptheory.claims.latex.latex_characters import raw_tokens
from ptheory.claims.latex.latex_relations import with_relations
from ptheory.claims.latex.latex_scripts import called_before
from ptheory.claims.latex.latex_signs import (
    ACCENTS,
    COUNTED_LAYER,
    DEEPEST_NESTING,
    ELSEWHERE,
    EMPTY_LEFT,
    OTHER_LAYERS,
    VARIANTS,
)
from ptheory.claims.latex.layer_arguments import with_layers_above
from ptheory.claims.latex.read_latex_exchanges import with_exchanges
from ptheory.claims.latex.read_latex_layout import ENDS_A_FACTOR, without_layout
from ptheory.claims.latex.written_out import Text, token_at


def latex_tokens(text: Text, notation: AuthorNotation, observables: frozenset[str] = frozenset()) -> list[Token]:
    r"""All tokens of the formula, arguments of scripts, \frac and \sqrt braced. LanguageError at what is not known.

    ``observables``: those that may be written with a hat, where the notation has no symbol for them.
    """
    found = all_tokens(text)
    _check_variants(text, found)
    try:
        found = list(with_our_names(found, notation))
    except NotOfTheNotation as error:
        raise text.error(error.message, error.token, help=error.help) from None
    found = without_hats(text, found, observables - {symbol.name for symbol in notation.symbols})
    found = with_layers_above(text, found, notation.layers)
    found = list(with_steps(text, list(with_overlaps(list(with_inputs(found))))))
    for token in found:
        if token.type == "DECORATED":
            raise text.error(f"\\{token.value} has no meaning here", token, help=_help_with(text, found, token))
    found = with_relations(_with_other_layers(_with_orders(_with_functions(found, notation))))
    depth = 0
    for token in found:
        depth += {"LBRACE": 1, "RBRACE": -1}.get(token.type, 0)
        if depth > DEEPEST_NESTING:
            message = f"this formula is nested more than {DEEPEST_NESTING} deep"
            raise text.error(message, token, help="state the claim in parts, or leave braces out")
    return found


def _help_with(text: Text, tokens: list[Token], accent: Token) -> str:
    r"""What to write for \\hat\\Theta: the line of a notation block that would give it a meaning."""
    place = next(k for k, token in enumerate(tokens) if token is accent)
    inside = tokens[place + 1 : place + 4]
    if accent.value not in ACCENTS or [token.type for token in inside] != ["LBRACE", "SYMBOL", "RBRACE"]:
        return ELSEWHERE[accent.value]
    name, latex = inside[1].value, text.body[inside[1].start_pos or 0 : inside[1].end_pos or 0]
    entry = f'notation {{ {name} = "\\{accent.value}{{{latex}}}" }}'
    return f"{ELSEWHERE[accent.value]}; if it is {name}, write {entry}"


def all_tokens(text: Text) -> list[Token]:
    """The tokens of a text, layout left out and arguments braced, before the author's symbols are replaced."""
    plain = without_layout(
        text, _with_absolute_values(text, _with_points(with_connected_parts(_brakets(text, raw_tokens(text)))))
    )
    return with_exchanges(text, list(dotted(text, list(braced(text, numbers(_with_double_factorials(plain)))))))


def _with_double_factorials(tokens: Iterable[Token]) -> Iterator[Token]:
    """!! in one piece: (2m-1)!! is no factorial of a factorial."""
    held: Token | None = None
    for token in tokens:
        if held is not None and token.type == "FACTORIAL" and held.end_pos == token.start_pos:
            held = token_at("FACTORIAL", held.value + token.value, held.start_pos or 0, token.end_pos or 0)
            continue
        if held is not None:
            yield held
        held = token if token.type == "FACTORIAL" else None
        if held is None:
            yield token
    if held is not None:
        yield held


def _with_functions(tokens: list[Token], notation: AuthorNotation) -> list[Token]:
    r"""The author's symbols for functions that have a name of their own, step = "\\Theta"."""
    names = {symbol.name for symbol in notation.symbols} & BY_NAME.keys()
    return [t.update(type="FUNCTION") if t.type == "SYMBOL" and t.value in names else t for t in tokens]


def _with_orders(tokens: list[Token]) -> list[Token]:
    """O before a parenthesis is an order, as a calligraphic O is."""
    following = [*(token.type for token in tokens[1:]), ""][: len(tokens)]
    return [
        token.update(type="BIGO") if (token.type, token.value, after) == ("SYMBOL", "O", "LPAR") else token
        for token, after in zip(tokens, following, strict=True)
    ]


def _with_other_layers(tokens: list[Token]) -> list[Token]:
    r"""V^{(L+1)}, n_L, \Sigma^{(h)}: another letter for the layer where no \ell is written and it is nothing else."""
    letters = {token.value for token in tokens if token.type == "SYMBOL"}
    written = "".join(f"{token.value} " for token in tokens)
    for letter in OTHER_LAYERS if "l" not in letters else ():
        places = [k for k, token in enumerate(tokens) if token.type == "SYMBOL" and token.value == letter]
        of_layers = rf"[_^] {{ (?:\{{ \d+ \}} )?\( {letter} (?:[+-] \d+ )?\) }}|n _ {{ {letter} (?:[+-] \d+ )?}}"
        rest = re.sub(of_layers, "", written)
        if letter == COUNTED_LAYER and len(rest) < len(written):  # (L-1) beside V^{(L)} is the number of the layer
            rest = re.sub(rf"(?<![_^{{] )\b{letter} (?![_^'(\[])", "", rest)
        if places and not re.search(rf"\b{letter} ", rest):
            return [token.update(value="l") if k in places else token for k, token in enumerate(tokens)]
    return tokens


def _check_variants(text: Text, tokens: list[Token]) -> None:
    """One symbol has one shape: \\phi and \\varphi beside each other are two symbols, and only one has a name."""
    shapes: dict[str, str] = {}
    for token in tokens:
        if token.type == "SYMBOL" and token.value in VARIANTS:
            shape = text.body[token.start_pos or 0 : token.end_pos or 0]
            if shapes.setdefault(token.value, shape) != shape:
                raise text.error(
                    f"are {shapes[token.value]} and {shape} the same symbol?",
                    token,
                    help="write one of them throughout",
                )


def _brakets(text: Text, tokens: Iterable[Token]) -> Iterator[Token]:
    r"""\braket{...} as \langle ... \rangle."""
    open_now: list[bool] = []  # whether each { that is open is one of \braket
    pending: Token | None = None
    for token in tokens:
        if pending is not None and token.type != "LBRACE":
            raise text.error("a { is missing here", pending, help="write \\braket{...}")
        if token.type == "BRAKET":
            pending = token
        elif token.type == "LBRACE":
            open_now.append(pending is not None)
            yield token if pending is None else token_at("LANGLE", "{", pending.start_pos or 0, token.end_pos or 0)
            pending = None
        elif token.type == "RBRACE" and open_now and open_now.pop():
            yield token_at("RANGLE", "}", token.start_pos or 0, token.end_pos or 0)
        else:
            yield token


def _with_points(tokens: Iterable[Token]) -> Iterator[Token]:
    r"""\\left. X \\right|_{...} as { X } AT_POINT _{...}: the value of X at a point."""
    stream = list(tokens)
    opened: list[int] = []
    for place, token in enumerate(stream):
        if token.type == "LEFT":
            opened.append(place)
        elif token.type == "RIGHT" and opened:
            start = opened.pop()
            bar = stream[place + 1] if place + 1 < len(stream) else token
            if stream[start].value == EMPTY_LEFT and bar.type == "BAR":
                stream[start] = stream[start].update(type="LBRACE", value="{")
                stream[place] = token.update(type="RBRACE", value="}")
                stream[place + 1] = bar.update(type="AT_POINT")
    yield from stream


def _with_absolute_values(text: Text, tokens: Iterable[Token]) -> Iterator[Token]:
    r"""|z| and \\left|z\\right| as abs(z): a bar closes where what stands before it can end a factor."""
    tokens = list(tokens)
    opened: list[Token] = []
    before: Token | None = None
    for token in tokens:
        if token.type != "BAR":
            before = token
            yield token
            continue
        closes = before is not None and bool(opened) and before.type in (*ENDS_A_FACTOR, "RIGHT")
        if closes:
            opened.pop()
        else:
            opened.append(token)
        start, end = token.start_pos or 0, token.end_pos or 0
        if not closes:
            yield token_at("FUNCTION", "abs", start, end)
        before = token_at("RPAR" if closes else "LPAR", "|", start, end)
        yield before
    if opened and (called := called_before(tokens, tokens.index(opened[-1]))) is not None:
        help = "write out what it stands for; a function of a claim is an activation"
        raise text.across(*called, "{} at arguments of its own has no meaning here", help=help)
    if opened:
        help = "a value at a point is an assumption of the claim: \\text{for } K = 1"
        raise text.error("this | is not closed", opened[-1], help=help)
