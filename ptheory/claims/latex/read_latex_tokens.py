"""LaTeX to tokens for ``grammars/latex_formula.lark``: spacing dropped, unbraced arguments braced, spans kept.

Every macro that is not known is an error that points at it; nothing is skipped because it was not understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lark import Token
from pylatexenc.latexwalker import LatexWalker, LatexWalkerEndOfStream, LatexWalkerParseError

from ptheory.algebra.elementary import ELEMENTARY
from ptheory.claims.latex.author_notation import (
    AuthorNotation,
    AuthorSymbol,
    NotOfTheNotation,
    author_symbol,
    with_our_names,
)
from ptheory.claims.latex.read_latex_layout import ENDS_A_FACTOR, without_layout
from ptheory.language.errors import LanguageError, did_you_mean
from ptheory.language.expressions import Span
from ptheory.language.latex_macros import Character, Macro, MacroError, macros_in, replaced
from ptheory.language.names import GREEK_NAMES
from ptheory.language.statements import NotationEntry

DEEPEST_NESTING = 40
CLOSE_MISS = 0.75

SPACING = frozenset(
    (
        ",", ";", ":", "!", " ", ">", "nonumber", "notag", "displaystyle", "textstyle", "big", "Big",
        "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "Biggl", "Biggr", "mathit", "rm",
        "allowbreak", "limits", "nolimits", "thinspace", "enspace",
    )
)  # fmt: skip
WITH_DROPPED_ARGUMENT = frozenset(("label", "tag", "hspace", "vspace"))
ENVIRONMENTS = frozenset(
    ("equation", "equation*", "align", "align*", "aligned", "split", "gather", "gather*", "multline", "multline*",
     "displaymath", "math", "eqnarray", "eqnarray*", "flalign", "flalign*")
)  # fmt: skip
FUNCTIONS = {macro: row.name for row in ELEMENTARY for macro in row.latex_macros}
NAMED_OPERATORS = {
    name: row.name for row in ELEMENTARY if row.in_libraries for name in row.names if name not in FUNCTIONS
}
OPERATORS = {
    "frac": "FRAC", "tfrac": "FRAC", "dfrac": "FRAC", "sqrt": "SQRT", "max": "EXTREME", "min": "EXTREME",
    **dict.fromkeys(("braket", "Braket", "ev", "expval"), "BRAKET"),
}  # fmt: skip
DOTS = ("dot", "ddot", "dddot")
LAYOUT = {"left": "LEFT", "right": "RIGHT", "\\": "BREAK", "quad": "GAP", "qquad": "GAP"}
EXPECTATIONS = {
    "E": "E", "\\mathbb{E}": "E", "\\mathbbE": "E", "Var": "Var", "var": "Var", "Cov": "Cov", "cov": "Cov",
}  # fmt: skip
NAMED_BY_ALPHABET = {("mathbb", "E"): "EXPECTATION", ("mathcal", "N"): "NORMAL", ("mathcal", "D"): "MEASURE",
                     ("mathcal", "O"): "BIGO"}  # fmt: skip
UPRIGHT = frozenset(("mathrm", "text", "textrm", "operatorname", "operatorname*", "mathop"))
BEFORE_A_CONDITION = frozenset(("for", "if", "with", "at", "when", "where", "and"))
MACROS = {
    "cdot": "TIMES", "times": "TIMES", "langle": "LANGLE", "rangle": "RANGLE", "lbrace": "SETOPEN",
    "rbrace": "SETCLOSE", "{": "SETOPEN", "}": "SETCLOSE", "lbrack": "LBRACK", "rbrack": "RBRACK", "lparen": "LPAR",
    "rparen": "RPAR", "equiv": "EQUALS", "coloneqq": "EQUALS", "triangleq": "EQUALS", "int": "INT", "sum": "SUM",
    "dots": "DOTS", "ldots": "DOTS", "cdots": "DOTS", "in": "IN", "sim": "SIM", "infty": "INFINITY",
    "partial": "PARTIAL", "lvert": "BAR", "rvert": "BAR", "vert": "BAR",
}  # fmt: skip
CHARACTERS = {
    "+": "PLUS", "-": "MINUS", "−": "MINUS", "*": "TIMES", "·": "TIMES", "×": "TIMES", "/": "SLASH", "(": "LPAR",
    ")": "RPAR", "[": "LBRACK", "]": "RBRACK", ",": "COMMA", "=": "EQUALS", "_": "SUB", "^": "SUP", "'": "PRIME",
    "’": "PRIME", "′": "PRIME", "⟨": "LANGLE", "⟩": "RANGLE", "|": "BAR",
}  # fmt: skip
SYMBOL_MACROS = {
    "ell": "l", "star": "star", "ast": "star", "parallel": "par", "|": "par", "Vert": "par", "perp": "perp",
    "prime": "'", "varphi": "phi", "varepsilon": "epsilon", "vartheta": "theta", "varrho": "rho", "varsigma": "sigma",
}  # fmt: skip
ARGUMENTS = {"SUB": 1, "SUP": 1, "SQRT": 1, "FRAC": 2, "DOT": 1, "DECORATED": 1}  # how many each takes
UNCLEAR_ARGUMENTS = frozenset(("SUB", "SUP", "FRAC", "SQRT", "FUNCTION", "EQUALS"))
# What is LaTeX but has no meaning in a claim, with what to write instead.
_AVERAGE = "an expectation is written \\langle ... \\rangle_K"
_ALPHABET = "letters of another alphabet are other symbols; the names here are plain letters"
_ACCENT = "accented symbols have no meaning of their own here"
_RELATION = "a claim is one equation: left = right"
_TEX = "TeX is not run here: \\newcommand, \\def and \\DeclareMathOperator are read, nothing else"
_MEANS = {
    _AVERAGE: ("mathbb", "iint", "oint"),
    _ALPHABET: ("mathcal", "mathbf", "mathsf", "mathfrak", "mathscr", "mathtt", "boldsymbol", "bm"),
    _ACCENT: ("hat", "widehat", "tilde", "widetilde", "bar", "overline", "vec"),
    _RELATION: ("approx", "simeq", "propto", "to", "rightarrow", "le", "leq", "ge", "geq", "neq"),
    _TEX: ("csname", "write", "input", "include", "catcode", "expandafter", "immediate", "loop", "let"),
    "write the product out": ("prod",),
    "write the sum out": ("substack",),
    "write two claims": ("pm", "mp"),
}
DECORATIONS = frozenset((*_MEANS[_ALPHABET], *_MEANS[_ACCENT]))
ELSEWHERE = {macro: meaning for meaning, macros in _MEANS.items() for macro in macros}
_WORD = re.compile(r"\s*\{\s*([A-Za-z]{2,}|[A-Za-z]+(?:\s+[A-Za-z]+)+)\s*\}")  # one word, or several
OTHER_LAYERS = ("L", "h", "t", "k")
VARIANTS = frozenset(value for name, value in SYMBOL_MACROS.items() if name.startswith("var"))


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


def read_notation(entries: Iterable[NotationEntry]) -> AuthorNotation:
    """The author's symbols and macros. LanguageError at an entry that is no symbol, or that another one repeats."""
    written = list(entries)
    macros: dict[str, Macro] = {}
    for entry in written:
        if not entry.name:
            macros |= _macros_of(entry)
    symbols = [_symbol_of(entry, macros) for entry in written if entry.name]
    for k, (symbol, entry) in enumerate(symbols):
        if any((s.base, s.below, s.above) == (symbol.base, symbol.below, symbol.above) for s, _ in symbols[:k]):
            raise LanguageError(f"{entry.latex} stands for two names", entry.span, help="each symbol has one meaning")
    ordered = sorted((symbol for symbol, _ in symbols), key=lambda s: -len(s.base + s.below + s.above))
    return AuthorNotation(tuple(ordered), macros)


def _macros_of(entry: NotationEntry) -> dict[str, Macro]:
    try:
        found = macros_in(entry.latex)
    except MacroError as error:
        place = place_in_file(entry.latex_span, error.start, error.end)
        raise LanguageError(error.message, place, help=error.help) from None
    if not found:
        raise LanguageError("which name is this?", entry.span, help='write NAME = "...", or "\\newcommand{...}{...}"')
    return found


def _symbol_of(entry: NotationEntry, macros: Mapping[str, Macro]) -> tuple[AuthorSymbol, NotationEntry]:
    tokens = _all_tokens(text_of(entry.latex, entry.latex_span, macros))
    symbol = author_symbol(entry.name, tokens, entry.latex)
    if symbol is None:
        help = "a letter, accented or not, with a subscript and a superscript"
        raise LanguageError("this is no symbol", entry.latex_span, help=help)
    return symbol, entry


def latex_tokens(text: Text, notation: AuthorNotation) -> list[Token]:
    """All tokens of the formula, arguments of scripts, \\frac and \\sqrt braced. LanguageError at what is not known."""
    found = _all_tokens(text)
    _check_variants(text, found)
    try:
        found = list(with_our_names(found, notation))
    except NotOfTheNotation as error:
        raise text.error(error.message, error.token, help=error.help) from None
    for token in found:
        if token.type == "DECORATED":
            raise text.error(f"\\{token.value} has no meaning here", token, help=ELSEWHERE[token.value])
    found = _with_other_layers(_with_orders(found))
    depth = 0
    for token in found:
        depth += {"LBRACE": 1, "RBRACE": -1}.get(token.type, 0)
        if depth > DEEPEST_NESTING:
            raise text.error(f"this formula is nested more than {DEEPEST_NESTING} deep", token)
    return found


def _all_tokens(text: Text) -> list[Token]:
    plain = without_layout(text, _with_absolute_values(text, _brakets(text, _raw_tokens(text))))
    return list(_dotted(text, list(_braced(text, _numbers(plain)))))


def _with_orders(tokens: list[Token]) -> list[Token]:
    """O before a parenthesis is an order, as a calligraphic O is."""
    following = [*(token.type for token in tokens[1:]), ""]
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
        if places and len(re.findall(of_layers, written)) == len(places):
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


def _token(kind: str, value: str, start: int, end: int) -> Token:
    return Token(kind, value, start_pos=start, end_pos=end)


def _raw_tokens(text: Text) -> Iterator[Token]:
    walker = LatexWalker(text.body)
    position = 0
    while True:
        try:
            token = walker.get_token(position, environments=True)
        except LatexWalkerEndOfStream:
            return
        except LatexWalkerParseError as problem:
            start = getattr(problem, "pos", None) or position
            raise LanguageError("this is not LaTeX", text.span(start, start + 1)) from None
        start, position = token.pos, token.pos + token.len
        if token.tok == "macro" and token.arg in ("left", "right") and text.body[position : position + 1] == ".":
            position += 1  # \left. is an empty delimiter
        if token.tok == "macro" and token.arg in WITH_DROPPED_ARGUMENT:
            position += text.body[position : position + 1] == "*"  # \tag*{...}, \hspace*{...}
            position = _group_end(text, position) + 1
            continue
        if token.tok == "macro" and token.arg in UPRIGHT:
            end, named = _upright(text, token.arg, start, position)
            if named is not None:
                position = end
                yield named
            elif (word := _WORD.match(text.body, position)) is not None:
                yield _token("UPRIGHT", word.group(1), start, word.end())
            continue
        if token.tok == "macro" and (alphabet := _alphabet(text, token.arg, start, position)) is not None:
            position = alphabet.end_pos or 0
            yield alphabet
            continue
        if token.tok == "char" and token.arg == ":" and text.body[position : position + 1] == "=":
            position += 1
            yield _token("EQUALS", ":=", start, position)
            continue
        made = _one(text, token, start, position)
        if made is not None:
            yield made


def _upright(text: Text, macro: str, start: int, position: int) -> tuple[int, Token | None]:
    r"""\operatorname{erf}, \mathrm{Var}, \text{ReLU}: where the group ends and what it names.

    None where its letters are symbols of their own, which \operatorname's are not.
    """
    if text.body[position : position + 1] == "*":
        position += 1
    if macro.startswith(("operatorname", "mathop")) or text.body[position:].lstrip().startswith("{"):
        end = _group_end(text, position)
        name = re.sub(r"\s", "", text.body[text.body.find("{", position) + 1 : end])
        if name in EXPECTATIONS:
            return end + 1, _token("EXPECTATION", EXPECTATIONS[name], start, end + 1)
        if name in BEFORE_A_CONDITION:
            return end + 1, _token("WORD", name, start, end + 1)
        if name in NAMED_OPERATORS:
            return end + 1, _token("FUNCTION", NAMED_OPERATORS[name], start, end + 1)
        if macro.startswith(("operatorname", "mathop")):
            raise LanguageError(f"the function {name} is not known", text.span(start, end + 1))
    return position, None


def _alphabet(text: Text, macro: str, start: int, position: int) -> Token | None:
    r"""\mathbb{E}, \mathcal{N}, \mathcal D: the letters of other alphabets that have a meaning of their own."""
    written = re.compile(r"\s*(?:\{\s*([A-Za-z])\s*\}|([A-Za-z]))").match(text.body, position)
    letter = (written.group(1) or written.group(2)) if written else ""
    kind = NAMED_BY_ALPHABET.get((macro, letter))
    return None if kind is None or written is None else _token(kind, letter, start, written.end())


def _brakets(text: Text, tokens: Iterable[Token]) -> Iterator[Token]:
    r"""\braket{...} as \langle ... \rangle."""
    open_now: list[bool] = []  # whether each { that is open is one of \braket
    pending: Token | None = None
    for token in tokens:
        if pending is not None and token.type != "LBRACE":
            raise text.error("a { is missing here", pending)
        if token.type == "BRAKET":
            pending = token
        elif token.type == "LBRACE":
            open_now.append(pending is not None)
            yield token if pending is None else _token("LANGLE", "{", pending.start_pos or 0, token.end_pos or 0)
            pending = None
        elif token.type == "RBRACE" and open_now and open_now.pop():
            yield _token("RANGLE", "}", token.start_pos or 0, token.end_pos or 0)
        else:
            yield token


def _with_absolute_values(text: Text, tokens: Iterable[Token]) -> Iterator[Token]:
    r"""|z| and \\left|z\\right| as abs(z): a bar closes where what stands before it can end a factor."""
    opened: list[Token] = []
    before: Token | None = None
    for token in tokens:
        if token.type != "BAR":
            before = token
            yield token
            continue
        closes = before is not None and bool(opened) and before.type in ENDS_A_FACTOR
        if closes:
            opened.pop()
        else:
            opened.append(token)
        start, end = token.start_pos or 0, token.end_pos or 0
        if not closes:
            yield _token("FUNCTION", "abs", start, end)
        before = _token("RPAR" if closes else "LPAR", "|", start, end)
        yield before
    if opened:
        help = "a value at a point is an assumption of the claim: \\text{for } K = 1"
        raise text.error("this | is not closed", opened[-1], help=help)


def _dotted(text: Text, tokens: list[Token]) -> Iterator[Token]:
    r"""\dot{\sigma}: the symbol, then its dots, which say how often it is differentiated."""
    place = 0
    while place < len(tokens):
        token = tokens[place]
        place += 1
        if token.type != "DOT":
            yield token
            continue
        inside = tokens[place : place + 3]
        if [t.type for t in inside] != ["LBRACE", "SYMBOL", "RBRACE"]:
            raise text.error("a dot stands over one symbol", token, help="write \\dot\\sigma, or primes")
        yield inside[1]
        yield token
        place += 3


def _group_end(text: Text, position: int) -> int:
    """Where the {...} that follows closes."""
    opening = text.body.find("{", position)
    if opening < 0 or text.body[position:opening].strip():
        raise LanguageError("a { is missing here", text.span(position, position + 1))
    depth = 0
    for place in range(opening, len(text.body)):
        depth += {"{": 1, "}": -1}.get(text.body[place], 0)
        if depth == 0:
            return place
    raise LanguageError("this { is not closed", text.span(opening, opening + 1))


def _one(text: Text, token: Any, start: int, end: int) -> Token | None:
    kind = token.tok
    if kind == "comment":
        return None
    if kind in ("begin_environment", "end_environment"):
        if token.arg not in ENVIRONMENTS:
            raise LanguageError(
                f"the environment {token.arg} is not a formula", text.span(start, end), help="use equation or align"
            )
        return _token("BEGIN" if kind == "begin_environment" else "END", token.arg, start, end)
    if kind in ("brace_open", "brace_close"):
        return _token("LBRACE" if kind == "brace_open" else "RBRACE", token.arg, start, end)
    if kind == "macro":
        return _macro(text, token.arg, start, start + 1 + len(token.arg))
    if kind in ("mathmode_inline", "mathmode_display"):
        return _token("MATH", token.arg, start, end)
    value = token.arg if isinstance(token.arg, str) else token.arg.specials_chars
    return _character(text, value, start, end)


def _macro(text: Text, name: str, start: int, end: int) -> Token | None:
    if name in SPACING:
        return None
    for kinds in (LAYOUT, OPERATORS, MACROS):
        if name in kinds:
            return _token(kinds[name], name, start, end)
    if name in FUNCTIONS:
        return _token("FUNCTION", FUNCTIONS[name], start, end)
    if name in DOTS:
        return _token("DOT", "'" * DOTS.index(name) + "'", start, end)
    if name in DECORATIONS:
        return _token("DECORATED", name, start, end)
    if name in SYMBOL_MACROS:
        return _token("PRIME" if name == "prime" else "SYMBOL", SYMBOL_MACROS[name], start, end)
    if name in GREEK_NAMES:
        return _token("SYMBOL", name, start, end)
    close = did_you_mean(name, {*FUNCTIONS, *MACROS, *SYMBOL_MACROS, *GREEK_NAMES, "frac", "sqrt"}, CLOSE_MISS)
    general = close.replace("`", "`\\", 1) if close else "use letters, \\frac, \\sqrt and \\langle ... \\rangle"
    raise LanguageError(f"\\{name} has no meaning here", text.span(start, end), help=ELSEWHERE.get(name) or general)


def _character(text: Text, value: str, start: int, end: int) -> Token | None:
    from ptheory.language.names import canonical_name

    if value == "&":
        return _token("COLUMN", value, start, end)
    if value == "~" or value.isspace():
        return None
    if value == "''":
        return _token("PRIME", "''", start, end)
    if value in CHARACTERS:
        return _token(CHARACTERS[value], value, start, end)
    if value.isdigit() and value.isascii():
        return _token("NUMBER", value, start, end)
    if value == ".":
        return _token("NUMBER", ".", start, end)
    if value.isalpha():
        return _token("SYMBOL", canonical_name(value), start, end)
    help = "a second equation stands in a row of its own; neurons have no index" if value == ";" else None
    raise LanguageError(f"`{value}` has no meaning here", text.span(start, end), help=help)


def _numbers(tokens: Iterator[Token]) -> Iterator[Token]:
    """Digits that touch become one number, except where TeX takes a single one: after ^, _ and \\frac."""
    held: Token | None = None
    singles = 0
    for token in tokens:
        if token.type == "NUMBER" and held is not None and held.end_pos == token.start_pos:
            held = _token("NUMBER", held.value + token.value, held.start_pos or 0, token.end_pos or 0)
            continue
        if held is not None:
            yield held
            held = None
        if token.type == "NUMBER" and not singles:
            held = token
            continue
        singles = ARGUMENTS.get(token.type, max(0, singles - 1))
        if token.type == "LBRACE":
            singles = 0
        yield token
    if held is not None:
        yield held


def _without_empty_groups(stream: list[Token]) -> list[Token]:
    """={}& and the like: a pair of braces with nothing in it that is no argument is spacing.

    Braces around one symbol say nothing either; arguments get theirs again.
    """
    kept: list[Token] = []
    for token in stream:
        before = kept[-2].type if len(kept) > 1 else ""
        empty = token.type == "RBRACE" and kept and kept[-1].type == "LBRACE"
        around = [t.type for t in kept[-2:]] == ["LBRACE", "SYMBOL"] and (len(kept) < 3 or kept[-3].type != "FUNCTION")
        if empty and before not in ("SUB", "SUP", "SQRT", "FRAC", "FUNCTION"):
            kept.pop()
        elif token.type == "RBRACE" and around:
            del kept[-2]
        else:
            kept.append(token)
    return kept


def _without_punctuation(stream: list[Token]) -> list[Token]:
    """Without the commas and full stops after displayed equations."""
    kept: list[Token] = []
    for token in [*stream, None]:
        if token is None or token.type == "ROW":
            while kept and kept[-1].value in (".", ","):
                kept.pop()
        if token is not None:
            kept.append(token)
    return kept


def _braced(text: Text, tokens: Iterator[Token]) -> Iterator[Token]:
    """The tokens with every argument in braces, the punctuation after the formula left out."""
    stream = _without_empty_groups(list(tokens))
    stream = _without_punctuation(stream)
    for token in stream:
        if token.type == "NUMBER" and not token.value.strip("."):
            raise text.error("a dot stands alone here", token, help="write \\cdot for a product")
        if token.type == "NUMBER" and token.value.count(".") > 1:
            raise text.error("a number has one decimal point", token, help="write \\cdot for a product")
    reader = _ArgumentReader(text, stream)
    while not reader.is_at_end:
        yield from reader.one()


class _ArgumentReader:
    """Reads tokens from left to right, each with the arguments it takes."""

    def __init__(self, text: Text, stream: list[Token]) -> None:
        self.text = text
        self.stream = stream
        self.place = 0

    @property
    def is_at_end(self) -> bool:
        return self.place >= len(self.stream)

    def one(self) -> Iterator[Token]:
        """The token at ``place`` and its arguments."""
        token = self.stream[self.place]
        self.place += 1
        yield token
        for _ in range(ARGUMENTS.get(token.type, 0)):
            if self.is_at_end or self.stream[self.place].type == "RBRACE":
                raise self.text.error("an argument is missing here", token)
            yield from self._argument()

    def _argument(self) -> Iterator[Token]:
        argument = self.stream[self.place]
        if argument.type == "LBRACE":
            yield from self._group()
            return
        if argument.type in UNCLEAR_ARGUMENTS or (argument.type == "NUMBER" and len(argument.value) > 1):
            raise self.text.error("write this argument in braces", argument)
        self.place += 1
        yield _token("LBRACE", "{", argument.start_pos or 0, argument.start_pos or 0)
        yield argument
        yield _token("RBRACE", "}", argument.end_pos or 0, argument.end_pos or 0)

    def _group(self) -> Iterator[Token]:
        depth = 0
        while not self.is_at_end:
            depth += {"LBRACE": 1, "RBRACE": -1}.get(self.stream[self.place].type, 0)
            yield from self.one()
            if depth == 0:
                return
        raise self.text.error("this { is not closed", self.stream[-1])
