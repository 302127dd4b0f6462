r"""Definitions beside an equation: u_1 = \sqrt{q}z, g(K) \equiv \langle\sigma^2\rangle_K, written out.

A definition gives a meaning to a symbol that has none; what has one is claimed, not defined. It is written out, in
braces, where the symbol stands with the same indices, and must stand somewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lark import Token

from ptheory.claims.latex.latex_scripts import script_ends, without_braces
from ptheory.claims.latex.written_out import Text
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.language.claim_names import CRITICAL_EXPONENTS, LAYER, SUSCEPTIBILITIES, critical_name
from ptheory.language.functions import CONSTANTS

MOST_TOKENS = 4_000
IN_FORMULAS = frozenset(("d", "x"))  # the sign of a derivative, an input: no symbols that may be defined
_SCRIPTS = ("SUB", "SUP", "PRIME", "DOT", "AT")


@dataclass(frozen=True)
class Definition:
    """``pattern``: the symbol with its indices, without braces; ``parameter``: the letter of g(K), "" without one."""

    pattern: tuple[tuple[str, str], ...]
    parameter: str
    body: tuple[Token, ...]
    at: Token

    @property
    def has_power(self) -> bool:
        """Whether a superscript is part of the symbol."""
        return any(kind == "SUP" for kind, _ in self.pattern)


def definition(text: Text, tokens: Sequence[Token], vocabulary: Vocabulary) -> Definition | None:
    """The definition that an equation is; None where its left-hand side has a meaning, or is no single symbol."""
    place = next(k for k, token in enumerate(tokens) if token.type == "EQUALS")
    left, body = list(tokens[:place]), tuple(tokens[place + 1 :])
    if not left or left[0].type != "SYMBOL" or not body:
        return None
    end = script_ends(left, 1)
    if _has_meaning(left, end, vocabulary):
        return None
    parameter = ""
    kinds = [token.type for token in left[end:]]
    if kinds == ["LPAR", "SYMBOL", "RPAR"]:
        parameter = str(left[end + 1].value)
    elif kinds:
        return None
    if any(token.type == "EQUALS" for token in body):
        raise text.error("a definition is one equation", body[0], help="write symbol = formula")
    if parameter in IN_FORMULAS:
        raise text.error(f"{parameter} is no parameter", left[end + 1], help="call it by a letter without a meaning")
    if parameter:
        _check_parameter(text, body, parameter)
    return Definition(_plain(left[:end]), parameter, body, left[0])


def _has_meaning(left: Sequence[Token], end: int, vocabulary: Vocabulary) -> bool:
    r"""Whether the symbol is declared: \dot\Sigma is not where \Sigma is, as only activations are differentiated so."""
    name = str(left[0].value)
    if any(token.type == "DOT" for token in left[:end]):
        return vocabulary.is_activation(name)
    words = [name]
    if end > 1 and left[1].type == "SUB":
        word = "".join(str(token.value) for token in without_braces(left[2 : script_ends(left, 1, most=1)]))
        words += [f"{name}_{word}", f"{name}{word}"]
    critical = (*CRITICAL_EXPONENTS, critical_name(vocabulary.kernel_name))
    known = (*SUSCEPTIBILITIES, *CONSTANTS, *vocabulary.fields, *IN_FORMULAS, *critical, LAYER)
    return any(vocabulary.is_scalar(w) or vocabulary.is_known(w) or w in known for w in words)


def _check_parameter(text: Text, body: Sequence[Token], parameter: str) -> None:
    """g(K) depends on K where it says so: every average of it is at K, so that g(K') is at K'."""
    if not any(token.type == "SYMBOL" and token.value == parameter for token in body):
        raise text.error(f"{parameter} does not stand in what is defined", body[0], help="leave it out on the left")
    for place, token in enumerate(body):
        if token.type in ("RANGLE", "EXPECTATION", "INT"):
            scripts = body[place + 1 : script_ends(body, place + 1)]
            if token.type == "INT" or not any(t.value == parameter for t in scripts):
                help = rf"write \langle ... \rangle_{{{parameter}}}"
                raise text.error(f"is this average at {parameter}?", token, help=help)


def written_out(
    text: Text, equations: Sequence[Sequence[Token]], definitions: Sequence[Definition]
) -> list[list[Token]]:
    """The equations, every definition written out. LanguageError at one that stands nowhere, in itself, or twice."""
    for k, defined in enumerate(definitions):
        if any(defined.pattern == other.pattern for other in definitions[:k]):
            raise text.error("this is defined twice", defined.at, help="keep one of the two")
    found = [list(equation) for equation in equations]
    used: set[int] = set()
    for _ in range(len(definitions) + 1):
        before = found
        for k, defined in enumerate(definitions):
            changed = [list(_replaced(text, equation, defined)) for equation in found]
            used |= {k} if changed != found else set()
            found = changed
            if sum(map(len, found)) > MOST_TOKENS:
                raise text.error("written out, this definition has no end", defined.at, help="state it in parts")
        if found == before:
            break
    else:
        raise text.error("this is defined by itself", definitions[0].at, help="write what it stands for")
    for k, defined in enumerate(definitions):
        if k not in used:
            raise text.error("this is defined and stands nowhere", defined.at, help="leave the definition out")
    return found


def _replaced(text: Text, tokens: Sequence[Token], defined: Definition) -> Iterator[Token]:
    place = 0
    while place < len(tokens):
        end = _end_of_match(tokens, place, defined)
        if end is None:
            yield tokens[place]
            place += 1
        elif defined.parameter:
            inside, place = _argument(text, tokens, place, end)
            yield from _applied(text, tokens[place - 1], inside, defined, _primes(tokens, end))
        else:
            yield from _grouped(defined.body, tokens[place])
            place = end


def _end_of_match(tokens: Sequence[Token], place: int, defined: Definition) -> int | None:
    """Where the symbol ends that stands at ``place``; None where it is another one, or has other indices."""
    if tokens[place].type != "SYMBOL" or tokens[place].value != defined.at.value:
        return None
    end = script_ends(tokens, place + 1)
    for stop in range(end, place, -1):  # a power or primes may follow the symbol's own indices
        if _plain(tokens[place:stop]) == defined.pattern:
            rest = tokens[stop:end]
            if not rest or (rest[0].type == "SUP" and not defined.has_power and not defined.parameter):
                return stop
            if defined.parameter and all(token.type == "PRIME" for token in rest):
                return stop
    return None


def _primes(tokens: Sequence[Token], place: int) -> int:
    found = 0
    while place < len(tokens) and tokens[place].type == "PRIME":
        found += len(tokens[place].value)
        place += 1
    return found


def _argument(text: Text, tokens: Sequence[Token], start: int, end: int) -> tuple[list[Token], int]:
    """What stands in the parentheses behind g, and where it ends."""
    place = end
    while place < len(tokens) and tokens[place].type == "PRIME":
        place += 1
    if place == len(tokens) or tokens[place].type != "LPAR":
        raise text.error("this is a function, and its argument is missing", tokens[start])
    depth, first = 0, place
    while place < len(tokens):
        depth += {"LPAR": 1, "RPAR": -1}.get(tokens[place].type, 0)
        place += 1
        if not depth:
            return list(tokens[first + 1 : place - 1]), place
    raise text.error("this ( is not closed", tokens[first])


def _applied(text: Text, at: Token, inside: list[Token], defined: Definition, primes: int) -> Iterator[Token]:
    """The body at the argument; differentiated once where a prime stands."""
    if primes > 1:
        raise text.error("the second derivative of a function", at, help="define its derivative, or write it out")
    body = list(_substituted(defined.body, defined.parameter, inside))
    if not primes:
        yield from _grouped(body, at)
        return
    sign = at.update(type="SYMBOL", value="d")
    opening, closing = at.update(type="LBRACE", value="{"), at.update(type="RBRACE", value="}")
    yield from (opening, at.update(type="FRAC", value="frac"), opening, sign, closing, opening, sign, *inside, closing)
    yield from (at.update(type="LPAR", value="("), *body, at.update(type="RPAR", value=")"), closing)


def _substituted(body: Sequence[Token], parameter: str, inside: Sequence[Token]) -> Iterator[Token]:
    """The body with the argument for its parameter, in braces where a superscript or more than a symbol needs them."""
    is_symbol = bool(inside) and inside[0].type == "SYMBOL" and script_ends(inside, 1) == len(inside)
    for place, token in enumerate(body):
        if token.type != "SYMBOL" or token.value != parameter:
            yield token
            continue
        has_scripts = place + 1 < len(body) and body[place + 1].type in _SCRIPTS
        if is_symbol and not (has_scripts and len(inside) > 1):
            yield from inside
        else:
            yield from _grouped(inside, token)


def _grouped(body: Sequence[Token], at: Token) -> Iterator[Token]:
    yield at.update(type="LBRACE", value="{")
    yield from body
    yield at.update(type="RBRACE", value="}")


def _plain(tokens: Sequence[Token]) -> tuple[tuple[str, str], ...]:
    return tuple((token.type, str(token.value)) for token in without_braces(tokens))
