r"""The LaTeX we write, read as TeX reads it: a list of atoms, each with a class, a nucleus and scripts.

Everything that is printed in formulas passes here, our own trees, SymPy's closed forms and an author's symbols alike,
so that one measure (``font_metrics.py``) and one breaker (``breaking.py``) serve them all. A command that is not known
is an ordinary sign.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from ptheory.rendering.math_signs import (
    ACCENTS,
    CLASSES,
    CLOSING,
    INNER,
    LARGE,
    OPENING,
    OPERATOR,
    ORDINARY,
    RELATION,
)


@dataclass(frozen=True)
class Sign:
    """One sign, by its character or command; ``font`` rm, bf, cal, ... where it is not that of formulas."""

    name: str
    font: str = ""


@dataclass(frozen=True)
class Row:
    """A formula in braces; ``accented``: with a hat or a bar over it."""

    atoms: tuple[Atom, ...]
    accented: bool = False


@dataclass(frozen=True)
class Words:
    """Text inside a formula."""

    text: str


@dataclass(frozen=True)
class Quotient:
    r"""\frac, \tfrac or \dfrac."""

    above: tuple[Atom, ...]
    below: tuple[Atom, ...]
    command: str


@dataclass(frozen=True)
class Root:
    """A root, square where it has no ``index``."""

    body: tuple[Atom, ...]
    index: tuple[Atom, ...] = ()


@dataclass(frozen=True)
class Fenced:
    r"""\left ... \right: delimiters as high as what is inside."""

    left: str
    body: tuple[Atom, ...]
    right: str


@dataclass(frozen=True)
class Delimiter:
    r"""\bigl( and the like: a delimiter of the size written."""

    size: str
    sign: str


@dataclass(frozen=True)
class Space:
    """A space that is written, in mu; not an atom to its neighbours."""

    mu: float


@dataclass(frozen=True)
class Cases:
    """Rows of a value and a condition behind a brace."""

    rows: tuple[tuple[tuple[Atom, ...], ...], ...]


Nucleus = Sign | Row | Words | Quotient | Root | Fenced | Delimiter | Space | Cases


@dataclass(frozen=True)
class Atom:
    """``latex``: its source, ``bare`` without the scripts; ``apart``: whether white space stands before it there, as
    before a factor."""

    kind: int
    nucleus: Nucleus
    above: tuple[Atom, ...] | None = None
    below: tuple[Atom, ...] | None = None
    latex: str = ""
    bare: str = ""
    apart: bool = False

    @property
    def is_space(self) -> bool:
        """Whether it is no atom to its neighbours."""
        return isinstance(self.nucleus, Space)


_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.S)
_ENDS_IN_COMMAND = re.compile(r"\\[A-Za-z]+$")
_SPACES = {r"\,": 3.0, r"\:": 4.0, r"\>": 4.0, r"\;": 5.0, r"\!": -3.0, r"\quad": 18.0, r"\qquad": 36.0, r"\ ": 6.0}
_FRACTIONS = (r"\frac", r"\tfrac", r"\dfrac")
_FONTS = {
    r"\mathrm": "rm", r"\mathbf": "bf", r"\mathcal": "cal", r"\mathsf": "sf", r"\mathit": "it", r"\mathtt": "tt",
    r"\mathbb": "rm", r"\mathfrak": "rm", r"\mathscr": "cal", r"\boldsymbol": "", r"\bm": "",
}  # fmt: skip
_WORDS = (r"\text", r"\textrm", r"\mbox")
_BIG = {
    rf"\{size}{side}": (size, kind)
    for size in ("big", "Big", "bigg", "Bigg")
    for side, kind in (("", ORDINARY), ("l", OPENING), ("r", CLOSING), ("m", RELATION))
}
_SILENT = (r"\displaystyle", r"\textstyle", r"\scriptstyle", r"\limits", r"\nolimits", r"\allowbreak", r"\relax")


@lru_cache(maxsize=2000)
def math_list(latex: str) -> tuple[Atom, ...]:
    """The atoms of a formula, one after the other; braces that do not match end it."""
    return _Reader(latex).atoms(lambda _: False)


class _Reader:
    """Reads tokens one by one; every reading leaves the place behind what it has read."""

    def __init__(self, latex: str) -> None:
        self.latex = latex
        self.tokens = [(match.group(), match.start()) for match in _TOKEN.finditer(latex)]
        self.place = 0

    def peek(self) -> str:
        """The next token; nothing at the end."""
        return self.tokens[self.place][0] if self.place < len(self.tokens) else ""

    def take(self) -> str:
        """The next token, passed over."""
        token = self.peek()
        self.place += 1
        return token

    def start(self) -> int:
        """Where in the source the next token stands."""
        return self.tokens[self.place][1] if self.place < len(self.tokens) else len(self.latex)

    def blank(self) -> bool:
        """Pass over white space; whether there was any."""
        found = False
        while self.peek().isspace():
            self.take()
            found = True
        return found

    def atoms(self, ends: Callable[[str], bool]) -> tuple[Atom, ...]:
        """Atoms up to a token that ends them, which is left, or to the end."""
        found: list[Atom] = []
        apart = self.blank()
        while self.peek() and not ends(self.peek()) and self.peek() != "}":
            if self.peek() in _SILENT:
                self.take()
            else:
                begin = self.start()
                found.append(self._scripted(self.atom(), begin, apart))
            apart = self.blank() or (bool(found) and found[-1].is_space)
        return tuple(found)

    def atom(self) -> Atom:
        """The next atom without its scripts."""
        token = self.take()
        if token == "{":
            return Atom(ORDINARY, _row(self._to_brace()))
        if token in _SPACES:
            return Atom(ORDINARY, Space(_SPACES[token]))
        if token in _FRACTIONS:
            return Atom(ORDINARY, Quotient(self.argument(), self.argument(), token))
        if token in _BIG:
            size, kind = _BIG[token]
            return Atom(kind, Delimiter(size, self._delimiter()))
        if token in (r"\left", r"\begin"):
            return self._fenced() if token == r"\left" else self._environment()
        if token == r"\sqrt":
            return Atom(ORDINARY, self._root())
        return self._named(token)

    def _named(self, token: str) -> Atom:
        if token == r"\operatorname":
            return Atom(OPERATOR, Row(_in_font(self.argument(), "rm")))
        if token in _FONTS:
            return Atom(ORDINARY, _row(_in_font(self.argument(), _FONTS[token])))
        if token in ACCENTS:
            return Atom(ORDINARY, Row(self.argument(), accented=True))
        if token in _WORDS:
            return Atom(ORDINARY, Words(self._raw()))
        return Atom(CLASSES.get(token, ORDINARY), Sign(token))

    def argument(self) -> tuple[Atom, ...]:
        """What a command takes: a group, or one token."""
        self.blank()
        if self.peek() == "{":
            self.take()
            return self._to_brace()
        begin = self.start()
        atom = self.atom()
        source = self.latex[begin : self.start()]
        return (replace(atom, latex=source, bare=source),)

    def _to_brace(self) -> tuple[Atom, ...]:
        found = self.atoms(lambda _: False)
        self.take()
        return found

    def _raw(self) -> str:
        self.blank()
        if self.peek() != "{":
            return self.take()
        self.take()
        depth, text = 1, ""
        while self.peek():
            token = self.take()
            depth += (token == "{") - (token == "}")
            if not depth:
                break
            text += token
        return text

    def _delimiter(self) -> str:
        self.blank()
        return self.take()

    def _fenced(self) -> Atom:
        left = self._delimiter()
        body = self.atoms(lambda token: token == r"\right")
        self.take()
        return Atom(INNER, Fenced(left, body, self._delimiter()))

    def _root(self) -> Root:
        self.blank()
        index: tuple[Atom, ...] = ()
        if self.peek() == "[":
            self.take()
            index = self.atoms(lambda token: token == "]")
            self.take()
        return Root(self.argument(), index)

    def _environment(self) -> Atom:
        self._raw()
        rows: list[tuple[tuple[Atom, ...], ...]] = []
        cells: list[tuple[Atom, ...]] = []
        while self.peek():
            cells.append(self.atoms(lambda token: token in ("&", r"\\", r"\end")))
            end = self.take()
            if end != "&":
                rows.append(tuple(cells))
                cells = []
            if end in (r"\end", "", "}"):
                break
        self._raw()
        return Atom(INNER, Cases(tuple(rows)))

    def _scripted(self, atom: Atom, begin: int, apart: bool) -> Atom:
        """The atom with the primes, superscript and subscript that follow it, and its source from ``begin`` on."""
        bare = self.latex[begin : self.start()]
        above: tuple[Atom, ...] = ()
        below: tuple[Atom, ...] = ()
        while True:
            ahead = self.place
            self.blank()
            token = self.peek()
            if token == "'":
                above += (Atom(ORDINARY, Sign(r"\prime")),)
                self.take()
            elif token == "^":
                self.take()
                above += self.argument()
            elif token == "_":
                self.take()
                below += self.argument()
            else:
                self.place = ahead
                latex = self.latex[begin : self.start()]
                latex, bare = latex.rstrip() or latex, bare.rstrip() or bare
                return Atom(atom.kind, atom.nucleus, above or None, below or None, latex, bare, apart)


def _row(atoms: tuple[Atom, ...]) -> Nucleus:
    """A group; one sign in braces is the sign."""
    if len(atoms) == 1 and atoms[0].kind == ORDINARY and atoms[0].above is atoms[0].below is None:
        return atoms[0].nucleus
    return Row(atoms)


def _in_font(atoms: tuple[Atom, ...], font: str) -> tuple[Atom, ...]:
    return tuple(replace(a, nucleus=Sign(a.nucleus.name, font)) if isinstance(a.nucleus, Sign) else a for a in atoms)


def is_large(atom: Atom) -> bool:
    """A sum, a product or an integral, or an extremum, with what it runs over below it."""
    return isinstance(atom.nucleus, Sign) and atom.nucleus.name in (*LARGE, r"\max", r"\min", r"\sup", r"\inf", r"\lim")


def row_latex(atoms: Sequence[Atom]) -> str:
    """The source of atoms side by side."""
    written = ""
    for atom in atoms:
        joins_letters = bool(_ENDS_IN_COMMAND.search(written)) and atom.latex[:1].isalpha()
        written += (" " if written and (atom.apart or joins_letters) else "") + atom.latex
    return written
