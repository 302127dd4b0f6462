r"""How names are written in LaTeX: the author's symbols where a ``notation`` block gives them, ours elsewhere.

notation { C_W = "\sigma_w^2"  K = "q"  layer = argument } writes C_W^2 as \sigma_w^4 and K' as q(\ell+1).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ptheory.language.claim_names import LAYER, WIDTH, critical_name
from ptheory.language.statements import Averages, LayerMarks, Style
from ptheory.rendering.identifiers import latex_function, latex_identifier


@dataclass(frozen=True)
class Symbol:
    r"""\sigma_w^2: ``base`` \sigma with ``below`` w and ``above`` 2, without the braces of the scripts."""

    base: str
    below: str = ""
    above: str = ""

    @property
    def power(self) -> int | None:
        r"""k of \sigma_w^k; None where nothing, or no number, stands above."""
        return int(self.above) if self.above.isdigit() and int(self.above) else None

    def latex(self, below: str = "", above: str = "") -> str:
        """With more scripts: those below behind a comma, those above around what the symbol has itself."""
        scripts = ",".join(part for part in (self.below, below) if part)
        stem = self.base + (f"^{braced(above)}" if above else "") + (f"_{braced(scripts)}" if scripts else "")
        if not self.above:
            return stem
        return rf"\bigl({stem}\bigr)^{braced(self.above)}" if above else f"{stem}^{braced(self.above)}"

    def raised(self, exponent: int, below: str = "") -> str:
        r"""\sigma_w^4 for the square of \sigma_w^2."""
        if self.power is not None:
            return Symbol(self.base, self.below, str(self.power * exponent)).latex(below)
        stem = self.latex(below)
        return (rf"\bigl({stem}\bigr)" if self.above else stem) + f"^{script(exponent)}"


@dataclass(frozen=True)
class Spelling:
    """``symbols``: the author's, by our names; ``layers``: where the author marks them; ``averages``: how."""

    symbols: Mapping[str, Symbol] = field(default_factory=dict)
    layers: LayerMarks = LayerMarks.SUPERSCRIPT
    averages: Averages = Averages.DERIVATIVES

    def in_style(self, styles: Iterable[Style]) -> Spelling:
        """The same symbols, layers and averages written as these say."""
        spelling = self
        for style in styles:
            match style:
                case LayerMarks():
                    spelling = replace(spelling, layers=style)
                case Averages():
                    spelling = replace(spelling, averages=style)
        return spelling

    def symbol(self, name: str) -> Symbol:
        """The author's symbol for a name, or for what it is without its samples, else ours."""
        written = self.symbols.get(name)
        if written is not None:
            return written
        at = _AT_SAMPLES.fullmatch(name)
        if at is not None and at[1] in self.symbols:
            return replace(self.symbols[at[1]], below=",".join(filter(None, (self.symbols[at[1]].below, at[2]))))
        base, _, below = latex_identifier(name).partition("_")
        return Symbol(base, below.removeprefix("{").removesuffix("}"))

    def name(self, name: str) -> str:
        """A name by itself."""
        if name.endswith(STAR):
            return self.starred(name.removesuffix(STAR))
        at = _AT_SAMPLES.fullmatch(name)
        is_the_authors = name in self.symbols or (at is not None and at[1] in self.symbols)
        return self.symbol(name).latex() if is_the_authors else latex_identifier(name)

    def function(self, name: str) -> str:
        """The name of a function."""
        return self.name(name) if name in self.symbols else latex_function(name)

    def starred(self, name: str) -> str:
        r"""K^\star, its value at the critical point."""
        return self.symbol(name).latex(above=r"\star")

    def at_layer(self, symbol: Symbol, offset: int, below: str = "", above: str = "") -> str:
        r"""A symbol at layer l + offset: V^{(\ell+1)}_{12}, V_{12}(\ell+1), or V'_{12}."""
        if self.layers is LayerMarks.SUPERSCRIPT or (self.layers is LayerMarks.NONE and offset not in (0, 1)):
            return symbol.latex(below, f"{above}({self.layer(offset)})")
        if self.layers is LayerMarks.ARGUMENT:
            return f"{symbol.latex(below, above)}({self.layer(offset)})"
        if offset and not (above or symbol.above):
            return replace(symbol, base=symbol.base + "'").latex(below)
        return symbol.latex(below, above + (r"\prime" if offset else ""))

    def layer(self, offset: int) -> str:
        r"""\ell+1."""
        letter = self.name(LAYER) if LAYER in self.symbols else r"\ell"
        return letter if not offset else f"{letter}{offset:+d}"

    def width(self, offset: int = 0) -> str:
        r"""n_{\ell}: the width of layer l + offset."""
        return self.symbol(WIDTH).latex(self.layer(offset))


OURS = Spelling()

STAR = critical_name("")

_AT_SAMPLES = re.compile(r"([A-Za-z]+(?:_[A-Za-z]+)*)_(\d+)")
_SCRIPT = re.compile(r"[_^]\s*")
_CONTROL = re.compile(r"\\(?:[A-Za-z]+|.)")


def symbol_of(latex: str) -> Symbol:
    """The symbol that one letter with its scripts is: what stands outside braces before _ and ^, and behind each."""
    parts = {"": "", "_": "", "^": ""}
    place, now = 0, ""
    while place < len(latex):
        mark = _SCRIPT.match(latex, place)
        if mark is not None:
            now, place = latex[place], mark.end()
        end = _end_of_piece(latex, place)
        parts[now] += latex[place:end]
        place = end
    below, above = (parts[mark].strip() for mark in "_^")
    return Symbol(parts[""].strip(), _without_braces(below), _without_braces(above))


def _end_of_piece(latex: str, place: int) -> int:
    """Behind the group, command or character at ``place``; a command takes what it is applied to along."""
    control = _CONTROL.match(latex, place)
    if control is not None:
        return control.end()
    if latex[place] != "{":
        return place + 1
    depth = 0
    for end in range(place, len(latex)):
        depth += {"{": 1, "}": -1}.get(latex[end], 0)
        if not depth:
            return end + 1
    return len(latex)


def _without_braces(text: str) -> str:
    return text[1:-1] if text.startswith("{") and _end_of_piece(text, 0) == len(text) else text


def braced(text: str) -> str:
    """A script, in braces where it is more than one character."""
    return text if len(text) == 1 else f"{{{text}}}"


def script(exponent: int) -> str:
    """An exponent as a superscript."""
    return braced(str(exponent))
