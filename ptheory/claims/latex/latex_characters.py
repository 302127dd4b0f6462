"""LaTeX to single tokens, macro by macro and character by character, as they stand.

Every macro that is not known is an error that points at it; nothing is skipped because it was not understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lark import Token
from pylatexenc.latexwalker import LatexWalker, LatexWalkerEndOfStream, LatexWalkerParseError

from ptheory.claims.latex.latex_signs import (
    ANGLES,
    ARTICLES,
    BEFORE_A_CONDITION,
    BEFORE_A_REGIME,
    BRACKET_SIZES,
    CHARACTERS,
    CLOSE_MISS,
    DECORATIONS,
    DOTS,
    ELSEWHERE,
    ENVIRONMENTS,
    EXPECTATIONS,
    FUNCTIONS,
    GAUSSIAN_PROCESS,
    LAYOUT,
    MACROS,
    NAMED_BY_ALPHABET,
    NAMED_OPERATORS,
    OPERATORS,
    PARITIES,
    REGIMES,
    SPACING,
    SYMBOL_MACROS,
    UPRIGHT,
    UPRIGHT_WORD,
    WITH_DROPPED_ARGUMENT,
)
from ptheory.claims.latex.written_out import Text, token_at
from ptheory.language.errors import LanguageError, did_you_mean, suggestion
from ptheory.language.names import GREEK_NAMES, canonical_name


def raw_tokens(text: Text) -> Iterator[Token]:
    """The tokens of the formula as they stand, spacing and labels left out. LanguageError at what is not known."""
    walker = LatexWalker(text.body)
    position = 0
    is_size = False
    while True:
        try:
            token = walker.get_token(position, environments=True)
        except LatexWalkerEndOfStream:
            return
        except LatexWalkerParseError as problem:
            start = getattr(problem, "pos", None) or position
            help = "a backslash begins the name of a macro; braces open and close in pairs"
            raise LanguageError("this is not LaTeX", text.span(start, start + 1), help=help) from None
        start, position = token.pos, token.pos + token.len
        sized, is_size = is_size, token.tok == "macro" and token.arg in BRACKET_SIZES
        if token.tok == "macro" and token.arg in ("left", "right") and text.body[position : position + 1] == ".":
            position += 1  # \left. is an empty delimiter
            yield token_at(LAYOUT[token.arg], f"{token.arg}.", start, position)
            continue
        if token.tok == "macro" and token.arg in WITH_DROPPED_ARGUMENT:
            position += text.body[position : position + 1] == "*"  # \tag*{...}, \hspace*{...}
            position = _group_end(text, position) + 1
            continue
        if token.tok == "macro" and (alphabet := _alphabet(text, token.arg, start, position)) is not None:
            position = alphabet.end_pos or 0
            yield alphabet
            continue
        if token.tok == "macro" and token.arg in UPRIGHT:
            end, named = _upright(text, token.arg, start, position)
            if named:
                position = end
                yield from named
            elif (word := UPRIGHT_WORD.match(text.body, position)) is not None:
                yield token_at("UPRIGHT", word.group(1), start, word.end())
            continue
        if token.tok == "char" and token.arg == ":" and text.body[position : position + 1] == "=":
            position += 1
            yield token_at("EQUALS", ":=", start, position)
            continue
        made = _one(text, token, start, position)
        if made is not None:
            yield made.update(type=ANGLES[made.type]) if sized and made.type in ANGLES else made


def _upright(text: Text, macro: str, start: int, position: int) -> tuple[int, list[Token]]:
    r"""\operatorname{erf}, \mathrm{Var}, \text{for odd}: where the group ends and what it says.

    Nothing where its letters are symbols of their own, which \operatorname's are not.
    """
    if text.body[position : position + 1] == "*":
        position += 1
    if macro.startswith(("operatorname", "mathop")) or text.body[position:].lstrip().startswith("{"):
        end = _group_end(text, position)
        inside = text.body[text.body.find("{", position) + 1 : end]
        name = re.sub(r"\s", "", inside)
        kind, value = _named(name)
        if kind:
            return end + 1, [token_at(kind, value, start, end + 1)]
        phrase = _parity_phrase(inside.split()) or _regime_phrase(inside.split())
        if phrase:
            return end + 1, [token_at(*item, start, end + 1) for item in phrase]
        if macro.startswith(("operatorname", "mathop")):
            place = text.span(start, end + 1)
            raise LanguageError(
                f"the function {name} is not known", place, help=suggestion(name, NAMED_OPERATORS, "function")
            )
    return position, []


def _named(name: str) -> tuple[str, str]:
    """(kind of token, its value) of an upright word that has a meaning."""
    if name in BEFORE_A_CONDITION:
        return "WORD", name
    if name in EXPECTATIONS:
        return "EXPECTATION", EXPECTATIONS[name]
    if name == GAUSSIAN_PROCESS:
        return "NORMAL", name
    return ("FUNCTION", NAMED_OPERATORS[name]) if name in NAMED_OPERATORS else ("", "")


def _parity_phrase(words: list[str]) -> list[tuple[str, str]]:
    """`odd`, `is odd`, `for an even`: the parity, and the word that introduces it."""
    *before, last = words or [""]
    if last not in PARITIES:
        return []
    if before and before[0] in BEFORE_A_CONDITION and set(before[1:]) <= ARTICLES:
        return [("WORD", before[0]), ("PARITY", last)]
    return [("PARITY", last)] if set(before) <= {*ARTICLES, "is"} else []


def _regime_phrase(words: list[str]) -> list[tuple[str, str]]:
    """`at criticality`, `to leading order`: the regime, behind the word that introduces it."""
    if len(words) < 2 or words[0] not in BEFORE_A_REGIME or " ".join(words[1:]) not in REGIMES:
        return []
    return [("WORD", words[0]), ("REGIME", " ".join(words[1:]))]


def _alphabet(text: Text, macro: str, start: int, position: int) -> Token | None:
    r"""\mathbb{E}, \mathcal{N}, \mathcal D: the letters of other alphabets that have a meaning of their own."""
    written = re.compile(r"\s*(?:\{\s*([A-Za-z]{1,2}|1)\s*\}|([A-Za-z1]))").match(text.body, position)
    letter = (written.group(1) or written.group(2)) if written else ""
    kind = NAMED_BY_ALPHABET.get((macro, letter))
    return None if kind is None or written is None else token_at(kind, letter, start, written.end())


def _group_end(text: Text, position: int) -> int:
    """Where the {...} that follows closes."""
    opening = text.body.find("{", position)
    if opening < 0 or text.body[position:opening].strip():
        raise LanguageError(
            "a { is missing here", text.span(position, position + 1), help="write its argument in braces"
        )
    depth = 0
    for place in range(opening, len(text.body)):
        depth += {"{": 1, "}": -1}.get(text.body[place], 0)
        if depth == 0:
            return place
    raise LanguageError("this { is not closed", text.span(opening, opening + 1), help="close it, or leave it out")


def _one(text: Text, token: Any, start: int, end: int) -> Token | None:
    kind = token.tok
    if kind == "comment":
        return None
    if kind in ("begin_environment", "end_environment"):
        if token.arg not in ENVIRONMENTS:
            raise LanguageError(
                f"the environment {token.arg} is not a formula", text.span(start, end), help="use equation or align"
            )
        return token_at("BEGIN" if kind == "begin_environment" else "END", token.arg, start, end)
    if kind in ("brace_open", "brace_close"):
        return token_at("LBRACE" if kind == "brace_open" else "RBRACE", token.arg, start, end)
    if kind == "macro":
        return _macro(text, token.arg, start, start + 1 + len(token.arg))
    if kind in ("mathmode_inline", "mathmode_display"):
        return token_at("MATH", token.arg, start, end)
    value = token.arg if isinstance(token.arg, str) else token.arg.specials_chars
    return _character(text, value, start, end)


def _macro(text: Text, name: str, start: int, end: int) -> Token | None:
    if name in SPACING:
        return None
    for kinds in (LAYOUT, OPERATORS, MACROS):
        if name in kinds:
            return token_at(kinds[name], name, start, end)
    if name in FUNCTIONS:
        return token_at("FUNCTION", FUNCTIONS[name], start, end)
    if name in DOTS:
        return token_at("DOT", "'" * DOTS.index(name) + "'", start, end)
    if name in DECORATIONS:
        return token_at("DECORATED", name, start, end)
    if name in SYMBOL_MACROS:
        return token_at("PRIME" if name == "prime" else "SYMBOL", SYMBOL_MACROS[name], start, end)
    if name in GREEK_NAMES:
        return token_at("SYMBOL", name, start, end)
    close = did_you_mean(name, {*FUNCTIONS, *MACROS, *SYMBOL_MACROS, *GREEK_NAMES, "frac", "sqrt"}, CLOSE_MISS)
    general = close.replace("`", "`\\", 1) if close else "use letters, \\frac, \\sqrt and \\langle ... \\rangle"
    raise LanguageError(f"\\{name} has no meaning here", text.span(start, end), help=ELSEWHERE.get(name) or general)


def _character(text: Text, value: str, start: int, end: int) -> Token | None:
    if value == "&":
        return token_at("COLUMN", value, start, end)
    if value == "~" or value.isspace():
        return None
    if value == "''":
        return token_at("PRIME", "''", start, end)
    if value in CHARACTERS:
        return token_at(CHARACTERS[value], value, start, end)
    if value.isdigit() and value.isascii():
        return token_at("NUMBER", value, start, end)
    if value == ".":
        return token_at("NUMBER", ".", start, end)
    if value.isalpha():
        return token_at("SYMBOL", canonical_name(value), start, end)
    help = "write letters, digits, brackets and the signs + - * / = ^ _"
    raise LanguageError(f"`{value}` has no meaning here", text.span(start, end), help=help)
