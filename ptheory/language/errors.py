"""The one error a user's text can cause: it points at the smallest offender and says what would work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from ptheory.algebra.refusal import Refusal
from ptheory.language.expressions import NOWHERE, Span
from ptheory.language.source import Source

LONGEST_LINE_SHOWN = 140


class LanguageError(Refusal):
    """A refusal with its place in a derivation file: what is wrong, where, and what would work.

    ``also`` holds further, independent mistakes of the same file; ``render`` shows them all.
    """

    def __init__(
        self,
        message: str,
        span: Span = NOWHERE,
        *,
        help: str | None = None,
        path: str | None = None,
        also: tuple[LanguageError, ...] = (),
    ) -> None:
        super().__init__(message, help)
        self.span = span
        self.also = also
        self._path = path

    @property
    def each(self) -> tuple[LanguageError, ...]:
        """The mistakes one by one."""
        first = LanguageError(self.message, self.span, help=self.help, path=self._path) if self.also else self
        return (first, *self.also)

    @property
    def place(self) -> str:
        """``file:line:column``, or the file alone where there is no text to point at."""
        if self.span.line < 1:
            return self.path
        if self._path is None and self.span.source is not None:
            return self.span.source.place(self.span.line, self.span.column)
        return f"{self.path}:{self.line}:{self.span.column}"

    @property
    def path(self) -> str:
        """The file the message names: its own, or the one its place is in."""
        if self._path is not None:
            return self._path
        return self.span.source.path if self.span.source is not None else "<text>"

    @property
    def line(self) -> int:
        """The line in the user's text, from 1."""
        return self.span.line if self.span.source is None else self.span.source.number(self.span.line)

    @property
    def source_line(self) -> str | None:
        """The line the error stands on, or None where there is no text to point at."""
        if self.span.source is None or self.span.line < 1:
            return None
        return self.span.source.line(self.span.line)

    def render(self) -> str:
        """``file:line:column: error: message``, the line with a caret under the offender, ``help: ...``."""
        return "\n".join([*self._render_alone(), *(line for error in self.also for line in error._render_alone())])

    def _render_alone(self) -> list[str]:
        lines = [f"{self.place}: error: {self.message}"]
        text = self.source_line
        if text is not None and text.strip():
            lines += self._pointer(text)
        if self.help:
            lines.append(f"  help: {self.help}")
        return lines

    def _pointer(self, text: str) -> list[str]:
        column = self.span.column - 1
        length = max(1, min(self.span.end - self.span.start, len(text) - column))
        if len(text) > LONGEST_LINE_SHOWN:
            first = max(0, column - LONGEST_LINE_SHOWN // 3)
            text, column = text[first : first + LONGEST_LINE_SHOWN], column - first
            length = max(1, min(length, len(text) - column))
        shown = "".join(character if character.isprintable() else " " for character in text)
        gutter = f"  {self.line} | "
        return [gutter + shown.rstrip(), " " * (len(gutter) - 2) + "| " + " " * column + "^" * length]

    def __str__(self) -> str:
        return self.render()


def in_order(errors: Iterable[LanguageError], source: Source) -> tuple[LanguageError, ...]:
    """Each mistake once: those of other files first, then those of the text itself from its top to its end."""
    alone = [one for error in errors for one in error.each]
    alone.sort(key=lambda error: (error.span.source is source, error.span.start))
    return tuple({error.render(): error for error in alone}.values())


def joined(errors: Sequence[LanguageError]) -> LanguageError:
    """One error that holds all of them; ``errors`` is not empty."""
    first, *others = errors
    also = (*first.also, *(alone for error in others for alone in error.each))
    return LanguageError(first.message, first.span, help=first.help, path=first.path, also=also)


def did_you_mean(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """``did you mean `tanh`?`` for the closest known name, or None where nothing is close."""
    near = closest(name, known, cutoff)
    return None if near is None else f"did you mean `{near}`?"


def closest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The closest known name; another case or swapped letters (``C_w``, ``tahn``) count as closest."""
    names = sorted(set(known))
    folded = name.lower()
    ranked = [other for other in names if other.lower() == folded]
    swapped = [other for other in names if sorted(other.lower()) == sorted(folded)]
    ranked += sorted(swapped, key=lambda other: sorted(other) != sorted(name))
    ranked += get_close_matches(name, names, n=1, cutoff=cutoff)
    return ranked[0] if ranked else None


def suggestion(name: str, known: Iterable[str], kind: str) -> str:
    """A help line for an unknown name: the closest known one, otherwise the list of what is known."""
    names = sorted(set(known))
    close = did_you_mean(name, names)
    if close:
        return close
    if not names:
        return f"no {kind} is declared here"
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"known here: {shown}"
