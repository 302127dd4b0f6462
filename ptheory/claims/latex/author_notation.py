r"""The author's symbols in place of ours: notation { C_W = "\sigma_w^2"  K = "q"  Theta = "\hat\Theta" }.

A symbol of the author is a base with what hangs on it. Its subscript must be the same in the formula; a power must be a
multiple of its own, so that \sigma_w^4 is C_W^2, and \sigma_w alone is half of one; a layer, samples and primes follow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lark import Token

from ptheory.algebra.refusal import Refusal
from ptheory.language.latex_macros import Macro
from ptheory.language.statements import LayerMarks

_SCRIPTS = ("SUB", "SUP")
_BRACES = ("LBRACE", "RBRACE")


@dataclass(frozen=True)
class AuthorSymbol:
    """``name``: ours; ``base``, ``below``, ``above``: tokens without braces, as (type, text); ``latex``: as written;
    ``expanded``: with its macros written out."""

    name: str
    base: tuple[tuple[str, str], ...]
    below: tuple[tuple[str, str], ...]
    above: tuple[tuple[str, str], ...]
    latex: str
    expanded: str

    @property
    def power(self) -> int | None:
        """k of \\sigma_w^k, None where what stands above is no number or zero."""
        match self.above:
            case (("NUMBER", digits),) if digits.isdigit() and int(digits):
                return int(digits)
        return None


@dataclass(frozen=True)
class AuthorNotation:
    """``symbols``: the longest first; ``layers``: where layers are marked; ``macros``: those of the document."""

    symbols: tuple[AuthorSymbol, ...] = ()
    layers: LayerMarks = LayerMarks.SUPERSCRIPT
    macros: Mapping[str, Macro] = field(default_factory=dict)

    @property
    def shown(self) -> dict[str, str]:
        """Our name -> the author's LaTeX."""
        return {symbol.name: symbol.latex for symbol in self.symbols}


OURS = AuthorNotation()


class NotOfTheNotation(Refusal):
    """A symbol that the notation gives another meaning, or only a power of; ``token``: where it stands."""

    def __init__(self, message: str, token: Token, help: str) -> None:
        super().__init__(message, help)
        self.token = token


def author_symbol(name: str, tokens: Sequence[Token], latex: str, expanded: str) -> AuthorSymbol | None:
    """The symbol of one entry; None where its LaTeX is no single symbol with a subscript and a superscript."""
    start = next((k for k, token in enumerate(tokens) if token.type in _SCRIPTS), len(tokens))
    scripts, end = script_groups(tokens, start)
    if end != len(tokens) or not start or any(token.type not in _IN_A_BASE for token in tokens[:start]):
        return None
    if len(scripts) != len({kind for kind, _ in scripts}):
        return None
    found = {kind: _script(inside) for kind, inside in scripts}
    return AuthorSymbol(name, _plain(tokens[:start]), found.get("SUB", ()), found.get("SUP", ()), latex, expanded)


_IN_A_BASE = frozenset(("SYMBOL", "LBRACE", "RBRACE", "DECORATED", "DOT", "UPRIGHT"))


def with_our_names(tokens: Sequence[Token], notation: AuthorNotation) -> Iterator[Token]:
    """The formula with every symbol of the author replaced. Raises NotOfTheNotation."""
    ours = {symbol.name: symbol for symbol in notation.symbols}
    place = 0
    while place < len(tokens):
        found = _first_match(tokens, place, notation.symbols)
        if found is not None:
            symbol, scripts, end, is_half = found
            yield from _replaced(tokens[place], symbol, scripts, is_half, notation)
            place = end
            continue
        token = tokens[place]
        name = _with_word(tokens, place)
        if token.type == "SYMBOL" and name in ours:
            latex = ours[name].latex
            raise NotOfTheNotation(f"{name} is written {latex} here", token, "see the notation block")
        yield token
        place += 1


def _with_word(tokens: Sequence[Token], place: int) -> str:
    """The symbol at ``place``, with the word below it where that is all that stands there: C_W."""
    scripts, _ = script_groups(tokens, place + 1)
    below = [_script(inside) for kind, inside in scripts if kind == "SUB"]
    if below and below[0] and all(kind == "SYMBOL" for kind, _ in below[0]):
        return f"{tokens[place].value}_{''.join(text for _, text in below[0])}"
    return str(tokens[place].value)


Scripts = list[tuple[str, Sequence[Token]]]


def _first_match(
    tokens: Sequence[Token], place: int, symbols: Sequence[AuthorSymbol]
) -> tuple[AuthorSymbol, Scripts, int, bool] | None:
    r"""The symbol at ``place``, the scripts that follow it, where they end, and whether it is half: \sigma_w."""
    partly: tuple[AuthorSymbol, Scripts, int] | None = None
    for symbol in symbols:
        end = _end_of_base(tokens, place, symbol.base)
        if end is None:
            continue
        scripts, after = script_groups(tokens, end)
        kinds = [kind for kind, _ in scripts]
        if len(set(kinds)) < len(kinds):
            help = "write one, or parentheses around what is raised"
            raise NotOfTheNotation(f"a second script at {symbol.latex}", tokens[place], help)
        if _fits(symbol, scripts) or _begins_below(symbol, scripts):
            return symbol, scripts, after, False
        if symbol.power is not None and symbol.below == _below(scripts):
            partly = symbol, scripts, after
    if partly is None:
        return None
    symbol, scripts, after = partly
    if symbol.power == 2 and all(kind == "SUB" for kind, _ in scripts):
        return symbol, scripts, after, True
    raise NotOfTheNotation(f"only {symbol.latex} has a meaning", tokens[place], f"it stands for {symbol.name}")


def _end_of_base(tokens: Sequence[Token], place: int, base: tuple[tuple[str, str], ...]) -> int | None:
    """Where the base ends, braces around it left aside; None where it does not stand there."""
    if tokens[place].type in ("LBRACE", "RBRACE"):
        return None
    wanted = list(base)
    depth = 0
    while place < len(tokens) and (wanted or depth):
        token = tokens[place]
        if token.type in _BRACES:
            depth += 1 if token.type == "LBRACE" else -1
            if depth < 0:
                return None
        elif not wanted or (token.type, token.value) != wanted.pop(0):
            return None
        place += 1
    return None if wanted else place


def script_groups(tokens: Sequence[Token], place: int) -> tuple[Scripts, int]:
    """The subscripts and superscripts from ``place`` on, with their braces, and where they end."""
    found: Scripts = []
    while place + 1 < len(tokens) and tokens[place].type in _SCRIPTS:
        kind, depth, start = tokens[place].type, 0, place + 1
        place += 1
        while place < len(tokens):
            depth += {"LBRACE": 1, "RBRACE": -1}.get(tokens[place].type, 0)
            place += 1
            if depth == 0:
                break
        found.append((kind, tokens[start:place]))
    return found, place


def _plain(tokens: Sequence[Token]) -> tuple[tuple[str, str], ...]:
    return tuple((token.type, str(token.value)) for token in tokens if token.type not in _BRACES)


def _script(tokens: Sequence[Token]) -> tuple[tuple[str, str], ...]:
    """A subscript or superscript, upright or not: Theta_{\\text{NTK}} is Theta_{NTK}."""
    return tuple(item for item in _plain(tokens) if item[0] != "UPRIGHT")


def _below(scripts: Scripts) -> tuple[tuple[str, str], ...]:
    return next((_script(inside) for kind, inside in scripts if kind == "SUB"), ())


def _fits(symbol: AuthorSymbol, scripts: Scripts) -> bool:
    """Whether the formula's scripts hold those of the symbol; others may stand beside them."""
    above = next((_script(inside) for kind, inside in scripts if kind == "SUP"), ())
    if symbol.below and symbol.below != _below(scripts):
        return False
    if not symbol.above or symbol.above == above:
        return True
    return symbol.power is not None and _multiple(above, symbol.power) is not None


def _begins_below(symbol: AuthorSymbol, scripts: Scripts) -> bool:
    r"""\Theta_{\infty\alpha\beta} of \Theta_\infty, \Theta_{\mathrm{NTK},12} of \Theta_{\mathrm{NTK}}: samples follow.

    What a symbol has below must be no letter that could be a sample.
    """
    return not symbol.above and bool(_samples_behind(symbol, scripts))


def _samples_behind(symbol: AuthorSymbol, scripts: Scripts) -> list[Token]:
    """What stands in the subscript behind the symbol's own; nothing where its own does not stand there."""
    below = [token for kind, inside in scripts if kind == "SUB" for token in inside[1:-1]]
    if not symbol.below or not below:
        return []
    word = "".join(text for _, text in symbol.below)
    named = [token for token in below if token.type != "UPRIGHT"]
    is_infinity = {kind for kind, _ in symbol.below} == {"INFINITY"}
    is_word = below[0].type == "UPRIGHT" and str(below[0].value) == word
    if not (is_infinity or is_word) or _plain(named)[: len(symbol.below)] != symbol.below:
        return []
    rest, own = list(named), len(symbol.below)
    while own:  # braces around it are left aside
        own -= rest.pop(0).type not in _BRACES
    while rest and rest[0].type in ("RBRACE", "COMMA", "SEMICOLON"):
        rest.pop(0)
    return rest


def _multiple(above: tuple[tuple[str, str], ...], power: int) -> int | None:
    """m where what stands above is m times the power; m is not 0."""
    match above:
        case (("MINUS", _), ("NUMBER", _) as number):
            multiple = _multiple((number,), power)
            return None if multiple is None else -multiple
        case (("NUMBER", digits),) if digits.isdigit() and int(digits) and int(digits) % power == 0:
            return int(digits) // power
    return None


def _replaced(
    at: Token, symbol: AuthorSymbol, scripts: Scripts, is_half: bool, notation: AuthorNotation
) -> Iterator[Token]:
    """Our name and the scripts that are not part of the symbol; HALF behind half of one."""
    yield at.update(type="SYMBOL", value=symbol.name)
    if is_half:
        yield at.update(type="HALF", value=symbol.latex)
    for kind, inside in scripts:
        marker = at.update(type=kind, value="_" if kind == "SUB" else "^")
        if kind == "SUB" and symbol.below:
            samples = _samples_behind(symbol, scripts)
            yield from (marker, inside[0], *samples, inside[-1]) if samples else ()
            continue
        if kind == "SUP" and symbol.above:
            multiple = None if symbol.power is None else _multiple(_plain(inside), symbol.power)
            if multiple is not None and multiple != 1:
                number = next(token for token in inside if token.type == "NUMBER")
                sign = [token for token in inside if token.type == "MINUS"]
                yield from (marker, inside[0], *sign, number.update(value=str(abs(multiple))), inside[-1])
            continue
        yield marker
        yield from with_our_names(inside, notation) if kind == "SUP" else inside  # a layer: q^{(L)}
