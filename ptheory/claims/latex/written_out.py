"""LaTeX with its macros written out, and where every character of it stands in its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from lark import Token

from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Span
from ptheory.language.latex_macros import Character, Macro, MacroError, replaced


@dataclass(frozen=True)
class Text:
    """LaTeX with its macros written out, and where every character of it stands in its file; ``place``: all of it."""

    characters: tuple[Character, ...]
    place: Span

    @cached_property
    def body(self) -> str:
        """The formula, macros written out."""
        return "".join(character for character, _, _ in self.characters)

    def span(self, start: int, end: int) -> Span:
        """Where characters ``start`` to ``end`` of the formula stand in the file: of a macro's text, at its call."""
        last = len(self.characters) - 1
        first = self.characters[min(start, last)][1]
        return place_in_file(self.place, first, max(self.characters[min(max(start, end - 1), last)][2], first))

    def error(self, message: str, token: Token | None, help: str | None = None) -> LanguageError:
        """A LanguageError that points at a token; at the whole formula where there is none."""
        if token is None:
            return LanguageError(message, self.place, help=help)
        return LanguageError(message, self.span(token.start_pos or 0, token.end_pos or 0), help=help)

    def across(self, first: Token, last: Token, message: str, help: str | None = None) -> LanguageError:
        """A LanguageError that points at all between two tokens, and names it where ``message`` has {}."""
        start, end = first.start_pos or 0, last.end_pos or 0
        return LanguageError(message.replace("{}", self.body[start:end]), self.span(start, end), help=help)


def place_in_file(place: Span, start: int, end: int) -> Span:
    """Where characters ``start`` to ``end`` of a text that stands at ``place`` stand in the file."""
    if place.source is None:
        return Span(start, end, 0, 0)
    line, column = place.source.position(place.start + start)
    return Span(place.start + start, place.start + end, line, column, place.source)


def text_of(body: str, place: Span, macros: Mapping[str, Macro]) -> Text:
    """LaTeX with its macros written out. LanguageError at a definition or a call that is not understood."""
    try:
        return Text(tuple(replaced(body, macros)), place)
    except MacroError as error:
        raise LanguageError(error.message, place_in_file(place, error.start, error.end), help=error.help) from None


def token_at(kind: str, value: str, start: int, end: int) -> Token:
    """A token that stands from character ``start`` to ``end`` of the formula."""
    return Token(kind, value, start_pos=start, end_pos=end)
