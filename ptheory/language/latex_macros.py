r"""Macros of the author, read and never executed: \newcommand, \def, \DeclareMathOperator.

Every character that comes out knows where it stood in the file: one of an argument stands where it was written, one of
a macro's own text at the call. Replacing has a budget, so a macro that calls itself is refused, not followed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ptheory.algebra.refusal import Refusal

MOST_CALLS = 2_000
LONGEST_FORMULA = 40_000  # characters, after replacing

Character: TypeAlias = "tuple[str, int, int]"
"""A character and the place in the source, first and one past the last, that it comes from."""

_CONTROL = re.compile(r"\\(?:[A-Za-z]+|.)", re.DOTALL)
_DEFINITION = re.compile(r"\\(?:(?:re)?newcommand\*?|providecommand\*?|def|DeclareMathOperator\*?)(?![A-Za-z])")
_DEFINITION_HEAD = re.compile(  # all that stands before the { of the text
    _DEFINITION.pattern
    + rf"\s*(?:\{{\s*(?:{_CONTROL.pattern})\s*\}}|{_CONTROL.pattern})\s*(?:\[[^\]\n]{{0,200}}\]\s*|#\d\s*)*",
    re.DOTALL,
)
_BRACES = re.compile(r"\\.|[{}]", re.DOTALL)
_MOST_ARGUMENTS = 9


class MacroError(Refusal):
    """What is wrong with a definition or a call, and where: ``start`` and ``end`` in the source."""

    def __init__(self, message: str, start: int, end: int, help: str) -> None:
        super().__init__(message, help)
        self.start, self.end = start, end


@dataclass(frozen=True)
class Macro:
    """\\newcommand{\\NAME}[arguments]{text}."""

    arguments: int
    text: str


def written(text: str) -> list[Character]:
    """The characters of a source, each at its own place."""
    return [(character, k, k + 1) for k, character in enumerate(text)]


def replaced(text: str, known: Mapping[str, Macro]) -> list[Character]:
    """The formula without definitions, every macro of ``known`` and of the formula's own definitions replaced.

    Raises MacroError.
    """
    if not known and not _DEFINITION.search(text):
        return written(text)
    return _Replacer(written(text), known).run()


def macros_in(text: str) -> dict[str, Macro]:
    r"""The macros a text defines, \newcommand{\avg}[1]{\langle #1\rangle} as {"\\avg": Macro}. Raises MacroError."""
    reader = _Replacer(written(text), {})
    reader.run()
    return reader.known


def definitions_in(text: str) -> list[tuple[int, int]]:
    """Where the definitions of a text stand, those without an end left out. Linear in the length of the text."""
    closing = _closing_braces(text)
    found: list[tuple[int, int]] = []
    for head in _DEFINITION_HEAD.finditer(text):
        within_another = bool(found) and head.start() < found[-1][1]
        if head.end() in closing and not within_another:
            found.append((head.start(), closing[head.end()] + 1))
    return found


def _closing_braces(text: str) -> dict[int, int]:
    """Where each { that is closed is closed; those behind a backslash are no braces."""
    closing: dict[int, int] = {}
    open_now: list[int] = []
    for found in _BRACES.finditer(text):
        if found.group() == "{":
            open_now.append(found.start())
        elif found.group() == "}" and open_now:
            closing[open_now.pop()] = found.start()
    return closing


class _Replacer:
    def __init__(self, source: list[Character], known: Mapping[str, Macro]) -> None:
        self.known = dict(known)
        self.pending = source[::-1]  # what is still to be read, the next character last
        self.done: list[Character] = []
        self.calls = 0

    def run(self) -> list[Character]:
        while self.pending:
            character = self.pending[-1][0]
            if character == "%":
                self._comment()
            elif character == "\\":
                self.control()
            else:
                self.done.append(self.pending.pop())
        return self.done

    def _comment(self) -> None:
        while self.pending and self.pending[-1][0] != "\n":
            self.done.append(self.pending.pop())

    def control(self) -> None:
        """The control sequence that comes next: a definition, a call, or what stays as it is."""
        start = self.pending[-1][1]
        name = self._name()
        if _DEFINITION.fullmatch(name):
            self._define(name, start, start + len(name))
        elif name in self.known:
            self._call(name)
        else:
            self.done += self._taken(len(name))

    def _name(self) -> str:
        """The control word or symbol that comes next, its star with it where it defines."""
        ahead = "".join(character for character, _, _ in self.pending[:-64:-1])
        found = _DEFINITION.match(ahead) or _CONTROL.match(ahead)
        return found.group() if found else "\\"

    def _taken(self, count: int) -> list[Character]:
        return [self.pending.pop() for _ in range(count)]

    # ---- calls ------------------------------------------------------------------------------------------------

    def _call(self, name: str) -> None:
        macro = self.known[name]
        at = self._taken(len(name))
        start, end = at[0][1], at[-1][2]
        self.calls += 1
        arguments = [self._argument(name, start, end) for _ in range(macro.arguments)]
        text = self._filled(macro, arguments, start, end)
        if self.calls > MOST_CALLS or len(text) + len(self.pending) + len(self.done) > LONGEST_FORMULA:
            raise MacroError(f"{name} has no end: it is too long, or stands in what it means", start, end, _HELP_SIZE)
        if text and text[-1][0].isalpha() and self.pending and self.pending[-1][0].isalpha():
            text.append((" ", end, end))  # \alpha b is not \alphab
        self.pending += reversed(text)

    def _filled(self, macro: Macro, arguments: list[list[Character]], start: int, end: int) -> list[Character]:
        found: list[Character] = []
        pieces = re.split(r"#(\d)", macro.text)
        for k, piece in enumerate(pieces):
            if k % 2:
                found += arguments[int(piece) - 1]
            else:
                found += [(character, start, end) for character in piece]
        return found

    def _argument(self, name: str, start: int, end: int) -> list[Character]:
        """A group without its braces, or one token."""
        self._blanks()
        if not self.pending:
            raise MacroError(f"{name} lacks an argument", start, end, f"it takes {self.known[name].arguments}")
        if self.pending[-1][0] == "{":
            return self._group()
        if self.pending[-1][0] == "\\":
            return self._taken(len(self._name()))
        return self._taken(1)

    def _blanks(self) -> None:
        while self.pending and self.pending[-1][0].isspace():
            self.pending.pop()

    def _group(self) -> list[Character]:
        """The inside of the {...} that comes next."""
        opening = self.pending.pop()
        inside: list[Character] = []
        depth = 1
        while self.pending:
            character = self.pending[-1][0]
            if character == "\\":
                inside += self._taken(min(2, len(self.pending)))
                continue
            depth += {"{": 1, "}": -1}.get(character, 0)
            if not depth:
                self.pending.pop()
                return inside
            inside.append(self.pending.pop())
        raise MacroError("this { is not closed", opening[1], opening[2], "close it with }")

    # ---- definitions ------------------------------------------------------------------------------------------

    def _define(self, command: str, start: int, end: int) -> None:
        """``start``, ``end``: where the command stands, which messages about the definition point at."""
        self._taken(len(command))
        name = self._defined_name(start, end)
        if command.startswith(r"\DeclareMathOperator"):
            self.known[name] = Macro(0, "\\operatorname{" + self._text(start, end) + "}")
            return
        count = self._parameters_of_def(start, end) if command == r"\def" else self._count(start, end)
        text = self._text(start, end)
        if any(not digit.isdigit() or not 0 < int(digit) <= count for digit in re.findall(r"#(.?)", text)):
            raise MacroError(f"{name} uses an argument it does not take", start, end, "write [1] before the text")
        self.known[name] = Macro(count, text)

    def _defined_name(self, start: int, end: int) -> str:
        self._blanks()
        inside = self._group() if self.pending and self.pending[-1][0] == "{" else None
        if inside is None:
            inside = self._taken(len(self._name())) if self.pending and self.pending[-1][0] == "\\" else []
        name = "".join(character for character, _, _ in inside).strip()
        if not _CONTROL.fullmatch(name):
            raise MacroError("which macro is defined here?", start, end, r"write \newcommand{\name}{...}")
        return name

    def _count(self, start: int, end: int) -> int:
        """The [2] of \\newcommand{\\name}[2]{...}; a default value is refused."""
        self._blanks()
        if not self.pending or self.pending[-1][0] != "[":
            return 0
        written = "".join(character for character, _, _ in self._until("]"))
        self._blanks()
        if not written.strip().isdigit() or int(written) > _MOST_ARGUMENTS:
            raise MacroError("how many arguments?", start, end, "write a number from 1 to 9 in [ ]")
        if self.pending and self.pending[-1][0] == "[":
            raise MacroError("an argument with a default value", start, end, "define it without one")
        return int(written)

    def _until(self, closing: str) -> list[Character]:
        self.pending.pop()
        found: list[Character] = []
        while self.pending and self.pending[-1][0] != closing:
            found.append(self.pending.pop())
        if self.pending:
            self.pending.pop()
        return found

    def _parameters_of_def(self, start: int, end: int) -> int:
        """#1#2 before the { of a \\def; anything else there delimits arguments, which is not read."""
        found = ""
        while self.pending and self.pending[-1][0] != "{":
            found += self.pending.pop()[0]
        numbers = re.sub(r"\s", "", found)
        if numbers != "".join(f"#{k + 1}" for k in range(len(numbers) // 2)):
            raise MacroError("a macro whose arguments are delimited", start, end, r"use \newcommand{\name}[1]{...}")
        return len(numbers) // 2

    def _text(self, start: int, end: int) -> str:
        self._blanks()
        if not self.pending or self.pending[-1][0] != "{":
            raise MacroError("what does this macro stand for?", start, end, r"write \newcommand{\name}{...}")
        return "".join(character for character, _, _ in self._group())


_HELP_SIZE = f"a formula has at most {LONGEST_FORMULA} characters once its macros are written out"
