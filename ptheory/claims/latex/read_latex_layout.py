r"""The layout of a LaTeX formula, checked and then dropped: environments, math shifts, \left and \right, line breaks.

Layout says nothing about the value, but what does not match was not meant: \begin{align} that ends with \end{split},
\left( that ends with \right], a new line that begins with a factor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from lark import Token

from ptheory.language.errors import LanguageError

if TYPE_CHECKING:
    from ptheory.claims.latex.written_out import Text

CLOSING_MATH = {r"\]": r"\[", r"\)": r"\("}
ENDS_A_FACTOR = frozenset(("NUMBER", "SYMBOL", "RPAR", "RBRACK", "RBRACE", "RANGLE", "PRIME"))
_BEGINS_A_FACTOR = frozenset(
    ("NUMBER", "SYMBOL", "LPAR", "LBRACK", "LBRACE", "LANGLE", "SETOPEN", "FRAC", "SQRT", "FUNCTION", "EXPECTATION",
     "INT", "SUM", "DOT", "DECORATED")
)  # fmt: skip
_GAPS = ("COLUMN", "GAP")
_OPENS = ("LBRACE", "LPAR", "LBRACK", "LANGLE", "SETOPEN")
_CLOSES = ("RBRACE", "RPAR", "RBRACK", "RANGLE", "SETCLOSE")
_ENCLOSING = frozenset(("BEGIN", "END", "MATH", "LEFT", "RIGHT"))


def without_layout(text: Text, tokens: Iterable[Token]) -> Iterator[Token]:
    """The tokens without those of layout, ROW between two equations. LanguageError where the layout does not match."""
    open_now: list[Token] = []
    previous: Token | None = None
    broken: Token | None = None
    stream = _with_conditions_in_parentheses(list(tokens))
    _check_rows(text, stream)
    for place, token in enumerate(stream):
        if token.type in _GAPS:
            continue
        if token.type in _ENCLOSING:
            _enclose(text, open_now, token)
        elif token.type == "BREAK":
            broken = token
        else:
            if broken is not None and previous is not None:
                if _begins_an_equation(stream[place:], stream[place - 1].type not in _GAPS):
                    yield broken.update(type="ROW")
                else:
                    _check_line_break(text, previous, token)
            previous, broken = token, None
            yield token
    if open_now:
        raise text.error(f"{_shown(open_now[-1])} is not closed", open_now[-1], help="close it, or leave it out")


def _with_conditions_in_parentheses(stream: list[Token]) -> list[Token]:
    r"""A = B \quad (C_b = 0) at the end of a line as A = B, C_b = 0."""
    made = list(stream)
    place = 0
    while place + 1 < len(made):
        if made[place].type in _GAPS and made[place + 1].type == "LPAR":
            end = _closing(made, place + 1)
            inside = [] if end is None else made[place + 2 : end]
            if end is not None and _is_last(made[end + 1 :]) and _holds_a_condition(inside):
                made[place + 1] = made[place + 1].update(type="COMMA", value=",")
                del made[end]
        place += 1
    return made


def _closing(stream: list[Token], opening: int) -> int | None:
    depth = 0
    for place in range(opening, len(stream)):
        depth += (stream[place].type in _OPENS) - (stream[place].type in _CLOSES)
        if not depth:
            return place
    return None


def _is_last(rest: list[Token]) -> bool:
    """Whether a line ends here, its punctuation left aside."""
    kinds = [token.type for token in rest if token.type not in _GAPS and token.value not in (".", ",")]
    return not kinds or kinds[0] in ("BREAK", "END", "MATH")


def _holds_a_condition(inside: list[Token]) -> bool:
    return _equals(inside) is not None or any(token.type == "PARITY" for token in inside)


def _enclose(text: Text, open_now: list[Token], token: Token) -> None:
    if token.type in ("BEGIN", "LEFT") or (token.type == "MATH" and _opens(open_now, token)):
        open_now.append(token)
        return
    if not open_now or not _matches(open_now[-1], token):
        before = f"{_shown(open_now[-1])} is open" if open_now else "nothing is open"
        help = r"what opens closes in the same way: \begin{align} ... \end{align}, \left( ... \right), \[ ... \]"
        raise text.error(f"{_shown(token)} closes nothing here: {before}", token, help=help)
    open_now.pop()


def _opens(open_now: list[Token], token: Token) -> bool:
    if token.value in CLOSING_MATH:
        return False
    return token.value in CLOSING_MATH.values() or not (open_now and open_now[-1].value == token.value)


def _matches(opening: Token, closing: Token) -> bool:
    if closing.type == "MATH":
        return bool(opening.type == "MATH" and opening.value == CLOSING_MATH.get(closing.value, closing.value))
    if closing.type == "RIGHT":
        return bool(opening.type == "LEFT")
    return bool(opening.type == "BEGIN" and opening.value == closing.value)


def _begins_an_equation(row: list[Token], at_the_left: bool) -> bool:
    """Whether a row has a left-hand side of its own, and = stands in it.

    It goes on with the row above where it begins with =, + or -, but for a sign ``at_the_left`` of an & before its =.
    """
    place = _equals(row)
    if place is None:
        return False
    signed = row[0].type in ("PLUS", "MINUS") and at_the_left and row[place - 1].type == "COLUMN"
    return row[0].type in _BEGINS_A_FACTOR or signed


def _equals(row: list[Token]) -> int | None:
    """Where the first = of a row stands, outside of brackets."""
    depth = 0
    for place, token in enumerate(row):
        depth += {**dict.fromkeys(_OPENS, 1), **dict.fromkeys(_CLOSES, -1)}.get(token.type, 0)
        if depth < 0 or token.type in ("BREAK", "END"):
            return None
        if token.type == "EQUALS" and not depth:
            return place
    return None


def _check_rows(text: Text, stream: list[Token]) -> None:
    """After an = a gap or an & may stand before a condition or in a long formula, not before another equation."""
    seen, before = False, ""
    for place, token in enumerate(stream):
        if token.type == "BREAK":
            seen = False
        elif token.type == "EQUALS":
            seen = True
        elif token.type in _GAPS and seen and before not in ("COMMA", "EQUALS", "WORD"):
            _check_gap(text, [other for other in stream[place:] if other.type not in _GAPS])
        if token.type not in _GAPS:
            before = token.type


def _check_gap(text: Text, rest: list[Token]) -> None:
    kinds = [token.type for token in rest[:4]]
    if kinds[:1] and kinds[0] not in ("EQUALS", "WORD", "COMMA", "BREAK", "END") and _equals(rest) is not None:
        raise text.error(
            "does another equation begin here?",
            rest[0],
            help=r"give each equation a row of its own; a condition follows a comma or \text{for}",
        )
    if kinds[:3] == ["LPAR", "NUMBER", "RPAR"] and (len(kinds) == 3 or kinds[3] in ("END", "BREAK", "MATH")):
        raise text.error("the number of an equation?", rest[0], help=r"write \tag{...}")


def _shown(token: Token) -> str:
    if token.type in ("BEGIN", "END"):
        return f"\\{token.type.lower()}{{{token.value}}}"
    return token.value if token.type == "MATH" else f"\\{token.value}"


def _check_line_break(text: Text, before: Token, after: Token) -> None:
    if before.type in ENDS_A_FACTOR and after.type in _BEGINS_A_FACTOR:
        raise LanguageError(
            "is this line multiplied by the one above?",
            text.span(after.start_pos or 0, after.end_pos or 0),
            help=r"begin the line with +, - or \times",
        )
