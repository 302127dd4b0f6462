"""What the parser could not read, in the reader's words: where, what was expected, what would work."""

from __future__ import annotations

from lark import Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from ptheory.language.errors import LanguageError, did_you_mean
from ptheory.language.expressions import Span
from ptheory.language.grammar import OPENERS, TokenWatcher
from ptheory.language.keywords import FIGURES, KEYWORDS
from ptheory.language.source import Source

_MARKS = {
    "EQUALS": "`=`", "TILDE": "`~`", "LPAR": "`(`", "RPAR": "`)`", "LBRACKET": "`[`", "RBRACKET": "`]`",
    "LBRACE": "`{`", "RBRACE": "`}`", "COMMA": "`,`", "COLON": "`:`", "GT": "`>`", "RANGLE": "`⟩`", "NAME": "a name",
    "NUMBER": "a number", "STRING": 'a text in "quotes"', "LATEX_BODY": "\\begin{equation} ... \\end{equation}",
    "$END": "the end of the file",
}  # fmt: skip
_OPERAND = {"LPAR", "LANGLE", "AVERAGE", "GROUP", "NUMBER", "NAME"}
_RELATIONS = {"LT", "GT", "AT_MOST", "AT_LEAST", "SAME", "DIFFERENT"}


def syntax_error(problem: UnexpectedInput, source: Source, watcher: TokenWatcher) -> LanguageError:
    """The LanguageError for what lark stopped at."""
    if isinstance(problem, UnexpectedCharacters):
        return _unexpected_character((problem.pos_in_stream or 0) + watcher.offset, source)
    assert isinstance(problem, UnexpectedToken)
    token = problem.token
    if token is not watcher.latest and token.type != "$END":
        watcher.move(token)  # the lexer stopped at it, before it came past the watcher
    accepts = {str(name) for name in (problem.accepts or problem.expected or ())}
    previous = watcher.previous
    if previous is not None and _is_no_figure(previous, source):
        return no_figure(str(previous), _span(previous, source))
    if token.type == "$END":
        return _unexpected_end(accepts, previous, source, watcher)
    words = sorted(KEYWORDS[name] for name in accepts if name in KEYWORDS)
    if previous is not None and previous.line != token.line and accepts >= {"NUMBER", "LPAR"}:
        return _breaks_off("the formula breaks off", "write the rest of it", previous, token, source)
    if previous is not None and token.type == "MISPLACED" and accepts == {"NAME"}:
        remedy = "write it, or leave the `,` out" if previous.type == "COMMA" else "write it"
        return _breaks_off("a name is missing", remedy, previous, token, source)
    if token.type == "MISPLACED" or (token.type == "NAME" and words and "NAME" not in accepts):
        return _unknown_word(token, words, accepts - {"NAME"}, source)
    if token.type in _RELATIONS:
        return _misplaced_relation(token, accepts, source, watcher)
    if token.type in _OPERAND and "TIMES" in accepts:
        return _missing_operator(token, source)
    return LanguageError(
        f"unexpected `{_shortened(token)}`", _span(token, source), help=_expected(accepts, watcher, source)
    )


def _is_no_figure(previous: Token, source: Source) -> bool:
    """Whether it stands behind `plot` and is the kind of no figure."""
    before = source.text[: previous.start_pos or 0].rstrip()
    return previous.type == "NAME" and previous not in FIGURES and before.endswith(KEYWORDS["PLOT"])


def no_figure(kind: str, place: Span) -> LanguageError:
    """That there is no figure of the kind, and which there are."""
    help = did_you_mean(kind, FIGURES) or f"there are {', '.join(f'plot {name}' for name in FIGURES)}"
    return LanguageError(f"there is no figure {kind}", place, help=help)


def _breaks_off(what: str, remedy: str, previous: Token, token: Token, source: Source) -> LanguageError:
    next_line = (token.line or 1) - source.hidden_lines
    return LanguageError(
        f"{what} after `{_shortened(previous)}`",
        _span(previous, source),
        help=f"{remedy}; the next thing is `{_shortened(token)}`, line {next_line}",
    )


def _unknown_word(token: Token, words: list[str], accepts: set[str], source: Source) -> LanguageError:
    help_text = did_you_mean(str(token), words)
    if help_text is None:
        marks = [text for name, text in _MARKS.items() if name in accepts and name != "$END"]
        help_text = _one_of([*words, *marks])
    if len(words) <= 2 and not accepts & {"RBRACE", "$END"}:
        return LanguageError(f"unexpected `{token}`", _span(token, source), help=help_text)
    return LanguageError(f"unknown word `{token}`", _span(token, source), help=help_text)


_COMPARISON = "write the comparison in parentheses, as in (z >= 0)"


def _misplaced_relation(token: Token, accepts: set[str], source: Source, watcher: TokenWatcher) -> LanguageError:
    if token.type == "SAME" and "EQUALS" in accepts:
        return LanguageError("an equation has one `=`", _span(token, source), help="`==` compares, inside piecewise")
    if token.type == "GT" and not any(opener.type == "AVERAGE" for opener in watcher.open):
        return LanguageError(f"no `<` is open that `{token}` could close", _span(token, source), help=_COMPARISON)
    help_text = _COMPARISON
    if token.type == "LT":
        help_text += "; an expectation ends with `>`, as in <s^2>"
    if token.type == "AT_LEAST" and watcher.open and watcher.open[-1].type == "AVERAGE":
        help_text = "put a space between `>` and `=`"
    return LanguageError(f"`{token}` has no meaning here", _span(token, source), help=help_text)


def _missing_operator(token: Token, source: Source) -> LanguageError:
    return LanguageError(
        f"an operator is missing before `{_shortened(token)}`",
        _span(token, source),
        help="write `*` between two factors",
    )


def _unexpected_end(accepts: set[str], previous: Token | None, source: Source, watcher: TokenWatcher) -> LanguageError:
    if watcher.open:
        opener = watcher.open[-1]
        return LanguageError(
            f"`{opener}` is never closed",
            _span(opener, source),
            help=f"close it with `{_closer(opener)}`",
        )
    place = Span() if previous is None else _span(previous, source)
    after = "" if previous is None else f" after `{_shortened(previous)}`"
    return LanguageError(
        f"the file ends too early{after}", place, path=source.path, help=_expected(accepts, watcher, source)
    )


def _unexpected_character(offset: int, source: Source) -> LanguageError:
    character = source.text[offset]
    line, column = source.position(offset)
    place = Span(offset, offset + 1, line, column, source)
    rest = source.text[offset : offset + 40]
    if character == '"':
        return LanguageError('this text has no closing `"`', place, help="a text stands in quotes on one line")
    if rest.startswith("\\begin") or rest.startswith("\\[") or character == "$":
        return LanguageError(
            "this LaTeX has no end",
            place,
            help="give the whole \\begin{equation} ... \\end{equation}, \\[ ... \\] or $ ... $",
        )
    if character == "\\":
        return LanguageError(
            "LaTeX has no meaning here",
            place,
            help='LaTeX goes into a claim: claim latex "label": \\begin{equation} ...',
        )
    if character == "_":
        return LanguageError("a name does not begin with `_`", place, help="start it with a letter, as in C_W")
    if character == "%":
        return LanguageError("`%` does not start a comment", place, help="comments start with #")
    name = character if character.isprintable() else f"code {ord(character):#06x}"
    return LanguageError(f"unexpected character `{name}`", place)


def _expected(accepts: set[str], watcher: TokenWatcher, source: Source) -> str | None:
    if (
        watcher.open
        and watcher.open[-1].type != "LBRACE"
        and OPENERS[watcher.open[-1].type] in accepts
        and not accepts & {"NUMBER"}
    ):
        opener = watcher.open[-1]
        place = f"line {(opener.line or 1) - source.hidden_lines}, column {opener.column}"
        return f"`{opener}` of {place} is still open; close it with `{_closer(opener)}`"
    if accepts >= {"NUMBER", "LPAR"}:
        return "expected a formula here"
    words = sorted(KEYWORDS[name] for name in accepts if name in KEYWORDS)
    marks = [text for name, text in _MARKS.items() if name in accepts]
    return _one_of([*marks, *words])


def _closer(opener: Token) -> str:
    return _MARKS[OPENERS[opener.type]].strip("`")


def _one_of(choices: list[str]) -> str | None:
    if not choices:
        return None
    if len(choices) > 16:
        choices = [*choices[:14], "..."]
    *others, last = choices
    return f"expected {', '.join(others)} or {last}" if others else f"expected {last}"


def _shortened(token: Token) -> str:
    text = str(token).split("\n")[0]
    return text if len(text) <= 40 else text[:37] + "..."


def _span(token: Token, source: Source) -> Span:
    start = token.start_pos or 0
    end = token.end_pos or start + 1
    return Span(start, end, token.line or 1, token.column or 1, source)
