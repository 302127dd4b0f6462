r"""The notation block: which symbol of the author stands for which name of ours, and the macros of the document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from ptheory.claims.latex.author_notation import AuthorNotation, AuthorSymbol, author_symbol
from ptheory.language.errors import LanguageError
from ptheory.language.latex_macros import Macro, MacroError, macros_in
from ptheory.language.statements import LayerMarks, NotationEntry, StyleNotation


def read_notation(entries: Iterable[NotationEntry | StyleNotation]) -> AuthorNotation:
    """The author's symbols and macros. LanguageError at an entry that is no symbol, or that another one repeats."""
    written: list[NotationEntry] = []
    layers = LayerMarks.SUPERSCRIPT
    for entry in entries:
        match entry:
            case StyleNotation(LayerMarks() as marks):
                layers = marks
            case NotationEntry():
                written.append(entry)
    macros: dict[str, Macro] = {}
    for entry in written:
        if not entry.name:
            macros |= _macros_of(entry)
    symbols = [_symbol_of(entry, macros) for entry in written if entry.name]
    for k, (symbol, entry) in enumerate(symbols):
        if any((s.base, s.below, s.above) == (symbol.base, symbol.below, symbol.above) for s, _ in symbols[:k]):
            raise LanguageError(f"{entry.latex} stands for two names", entry.span, help="each symbol has one meaning")
    ordered = sorted((symbol for symbol, _ in symbols), key=lambda s: -len(s.base + s.below + s.above))
    return AuthorNotation(tuple(ordered), layers, macros)


COMMENT = "%"


@lru_cache(maxsize=8)
def read_notation_once(entries: tuple[NotationEntry | StyleNotation, ...]) -> AuthorNotation:
    """The same for claim after claim of one file."""
    return read_notation(entries)


def _macros_of(entry: NotationEntry) -> dict[str, Macro]:
    try:
        found = macros_in(entry.latex)
    except MacroError as error:
        from ptheory.claims.latex.written_out import place_in_file

        place = place_in_file(entry.latex_span, error.start, error.end)
        raise LanguageError(error.message, place, help=error.help) from None
    if not found:
        raise LanguageError("which name is this?", entry.span, help='write NAME = "...", or "\\newcommand{...}{...}"')
    return found


def _symbol_of(entry: NotationEntry, macros: Mapping[str, Macro]) -> tuple[AuthorSymbol, NotationEntry]:
    from ptheory.claims.latex.read_latex_tokens import all_tokens
    from ptheory.claims.latex.written_out import text_of

    text = text_of(entry.latex, entry.latex_span, macros)
    symbol = author_symbol(entry.name, all_tokens(text), entry.latex, text.body)
    if symbol is None or COMMENT in text.body:
        help = "a letter, accented or not, with a subscript and a superscript"
        raise LanguageError("this is no symbol", entry.latex_span, help=help)
    return symbol, entry
