r"""The formulas that stand in running text in the language's own spelling, found to be typeset on a page.

``exact series f(K) - K = -2*K^2 + ... at C_W = 1`` has two: what is a run of names that mean something here, numbers,
signs and brackets, and can be read as a formula, is one. Words stay words; of a run that cannot be read the names are
typeset.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from ptheory.language.claim_names import KERNEL_DERIVATIVE, KRONECKER, LAYER, MEAN, critical_name
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Expression
from ptheory.language.functions import BUILTIN_FUNCTIONS, CONSTANTS
from ptheory.language.parser import parse_text
from ptheory.language.statements import ClaimStatement
from ptheory.rendering.known_names import KnownNames
from ptheory.rendering.report import (
    CriticalPoint,
    DerivedEquation,
    Figure,
    Formula,
    Item,
    Prose,
    Report,
    SpecialisedEquation,
    Table,
    Typeset,
    Verdict,
    Words,
)
from ptheory.rendering.spelling import Spelling
from ptheory.rendering.written_formulas import formula_latex

RELATIONS = {
    "=": "=", "->": r"\to", "~": r"\sim", "<=": r"\leq", ">=": r"\geq", "<": "<", ">": ">", "±": r"\pm",
}  # fmt: skip
DOTS, DECIMAL = "dots", "decimal_"
CALLED, BRACKETED = ("O", "sum", KERNEL_DERIVATIVE), (MEAN, KRONECKER)  # before a parenthesis, before a bracket
ARTICLE = "A"
SEPARATORS = (",", ";")
PAIRS = {"(": ")", "[": "]", "<": ">"}
_NUMBER = re.compile(r"\s*[-+]?\d+(?:\.\d+)?(?:e[+-]?\d+)?\s*")
_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<dots>\.\.\.)|(?P<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![A-Za-z_.\d]))"
    r"|(?P<star>[A-Za-z]\w*\*(?=[\s,;:)=>.]|$))"  # K* = 0, but not K*V
    r"|(?P<name>[A-Za-z][A-Za-z0-9_]*(?:'+(?![A-Za-z]))?(?!['\w]|\.\w))"
    r"|(?P<relation>->|<=|>=|=|~|±|(?<=\s)[<>](?=\s))|(?P<mark>\]_c|[-+*/^()\[\],;<>])"
    r"|(?P<other>\S*(?:\\|://|\.(?:deriv|tex)\b)\S*|[A-Za-z][\w.'-]*|.)",  # LaTeX as it is written, places in files
    re.S,
)


@dataclass(frozen=True)
class Token:
    """``kind``: name, number, relation, mark, dots, space, or other for what is no mathematics."""

    kind: str
    text: str

    @property
    def name(self) -> str:
        """The name without its primes."""
        return critical_name(self.text[:-1]) if self.text.endswith("*") else self.text.rstrip("'")


def with_typeset_prose(report: Report) -> Report:
    """The report with the formulas found in what is said: prose, evidence, details of verdicts, heads, captions.

    What an author wrote as words, such as the label of a claim, stays as it is.
    """

    def typeset(words: Words) -> Words:
        return typeset_words(words, report.names, report.spelling)

    sections = tuple(
        replace(one, title=typeset(one.title), items=tuple(_typeset_item(item, typeset) for item in one.items))
        for one in report.sections
    )
    return replace(report, sections=sections)


def _typeset_item(item: Item, typeset: Callable[[Words], Words]) -> Item:
    match item:
        case Prose(words):
            return Prose(typeset(words))
        case CriticalPoint():
            return replace(item, evidence=tuple(map(typeset, item.evidence)))
        case DerivedEquation() | SpecialisedEquation():
            note = typeset(item.note)
            return item if note == item.note else replace(item, note=note)  # what is arranged of an item is kept by it
        case Table():
            rows = tuple(tuple(map(typeset, row)) for row in item.rows)
            return replace(item, headers=tuple(map(typeset, item.headers)), rows=rows, caption=typeset(item.caption))
        case Figure():
            return replace(item, caption=typeset(item.caption))
        case Verdict():
            what = item.what if item.name else typeset(item.what)
            return replace(item, what=what, details=tuple(map(typeset, item.details)))
    return item


def typeset_words(words: Words, names: KnownNames, spelling: Spelling) -> Words:
    """The words with their formulas as such; what is a formula already stays."""
    if isinstance(words, Formula) or (isinstance(words, str) and _NUMBER.fullmatch(words)):
        return words  # a number alone is a cell of a table, aligned with others
    found: list[str | Formula] = []
    for piece in (words,) if isinstance(words, str) else words:
        for part in _of_line(piece, names, spelling) if isinstance(piece, str) else (piece,):
            if found and isinstance(part, str) and isinstance(found[-1], str):
                found[-1] += part
            else:
                found.append(part)
    return words if all(isinstance(piece, str) for piece in found) and isinstance(words, str) else tuple(found)


def _of_line(line: str, names: KnownNames, spelling: Spelling) -> Iterator[str | Formula]:
    tokens = _tokens(line, names)
    start = 0
    while start < len(tokens):
        end = start
        while end < len(tokens) and tokens[end].kind != "other":
            end += 1
        for segment in _segments(tokens[start:end]):
            yield from _of_segment(segment, names, spelling)
        yield from (token.text for token in tokens[end : end + 1])
        start = end + 1


def _tokens(line: str, names: KnownNames) -> list[Token]:
    """The line in tokens, words as such that mean nothing here."""
    found = [Token(_kind(match), match.group()) for match in _TOKEN.finditer(line)]
    kinds = [*found, Token("other", ""), Token("other", "")]
    for place, token in enumerate(found):
        if token.kind != "name":
            continue
        before, after = kinds[place - 1].text, kinds[place + 1].text
        function = token.name in BUILTIN_FUNCTIONS or token.name in CALLED
        called = (after == "(" and function) or (after == "[" and token.name in BRACKETED)
        index = len(token.text) == 1 and before in ("[", "(", ",") and after in ("]", ",")
        article = token.text == ARTICLE and kinds[place + 2].text.islower() and not names.has(kinds[place + 2].text)
        known = names.has(token.name) or token.name in CONSTANTS or called or index
        if not known or article:
            found[place] = Token("other", token.text)
    return found


def _kind(match: re.Match[str]) -> str:
    kind = str(match.lastgroup)
    return "name" if kind == "star" else kind


def _segments(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Runs apart at commas outside brackets, and at brackets that have no partner."""
    apart = _without_partner(tokens)
    start, depth = 0, 0
    for place, token in enumerate(tokens):
        if place not in apart and token.kind == "mark":
            depth += (token.text in PAIRS) - (token.text[0] in PAIRS.values())
        if place in apart or (token.text in SEPARATORS and not depth):
            yield tokens[start:place]
            yield tokens[place : place + 1]
            start = place + 1
    yield tokens[start:]


def _without_partner(tokens: Sequence[Token]) -> set[int]:
    opened: list[int] = []
    alone: set[int] = set()
    for place, token in enumerate(tokens):
        if token.kind != "mark":
            continue
        if token.text in PAIRS:
            opened.append(place)
        elif token.text[0] in PAIRS.values():
            if opened and PAIRS[tokens[opened[-1]].text] == token.text[0]:
                opened.pop()
            else:
                alone.add(place)
    return alone | set(opened)


def _of_segment(tokens: Sequence[Token], names: KnownNames, spelling: Spelling) -> Iterator[str | Formula]:
    """One formula, what cannot end one before and behind it."""
    start, end = 0, len(tokens)
    while start < end and _cannot_begin(tokens[start]):
        start += 1
    while start < end and _cannot_end(tokens[end - 1]):
        end -= 1
    inner = tokens[start:end]
    yield from (token.text for token in tokens[:start])
    if any((token.kind == "name" and names.has(token.name)) or _is_power_of_ten(token) for token in inner):
        latex = _latex(inner, names, spelling)
        if latex is not None:
            yield Formula(Typeset(latex, "".join(token.text for token in inner)))
        else:
            yield from _names_alone(inner, names, spelling)
    else:
        yield from (token.text for token in inner)
    yield from (token.text for token in tokens[end:])


def _is_power_of_ten(token: Token) -> bool:
    return token.kind == "number" and "e" in token.text


def _cannot_begin(token: Token) -> bool:
    return token.kind in ("space", "relation") or token.text in ("+", "*", "/", "^", *SEPARATORS)


def _cannot_end(token: Token) -> bool:
    return _cannot_begin(token) or token.text == "-"


def _names_alone(tokens: Sequence[Token], names: KnownNames, spelling: Spelling) -> Iterator[str | Formula]:
    for token in tokens:
        latex = _latex((token,), names, spelling) if token.kind == "name" and names.has(token.name) else None
        yield token.text if latex is None else Formula(Typeset(latex, token.text))


def _latex(tokens: Sequence[Token], names: KnownNames, spelling: Spelling) -> str | None:
    """Sides and relations between them; None for what is no formula."""
    decimals = {f"{DECIMAL}{k}": t.text for k, t in enumerate(tokens) if t.kind == "number" and not t.text.isdigit()}
    ready = {DOTS: r"\cdots", **{name: _decimal(text) for name, text in decimals.items()}}
    sides, relations = [""], []
    for place, token in enumerate(tokens):
        if token.kind == "relation":
            relations.append(RELATIONS[token.text])
            sides.append("")
        elif f"{DECIMAL}{place}" in decimals:
            sides[-1] += f"{DECIMAL}{place}"
        else:
            sides[-1] += {"dots": DOTS, "name": token.text.replace(token.text.rstrip("'"), token.name)}.get(
                token.kind, token.text
            )
            if token.kind == "name" and (special := names.ready(token.name, spelling)):
                ready[token.name] = special
    read = [_read(side.strip()) for side in sides]
    if any(side is None for side in read):
        return None
    says_a_layer = any(
        token.text == LAYER or (token.text.endswith("'") and not names.is_activation(token.name)) for token in tokens
    )
    here = names.tensors if says_a_layer else ()
    named = {token.name for token in tokens if token.kind == "name"}
    orders = {name: order for name in named if (order := names.order(name, spelling)) is not None}
    written = [formula_latex(side, ready, spelling, here, orders) for side in read if side is not None]
    return written[0] + "".join(f" {sign} {side}" for sign, side in zip(relations, written[1:], strict=True))


@lru_cache(maxsize=1000)
def _read(text: str) -> Expression | None:
    """A formula of claims: averages and primes are in it."""
    try:
        (claim,) = parse_text(f'ptheory 1\nclaim "c": 0 = {text}\n', "<prose>").statements
    except LanguageError:
        return None
    read_whole = isinstance(claim, ClaimStatement) and claim.beyond is None
    return claim.right if read_whole and isinstance(claim, ClaimStatement) else None


def _decimal(text: str) -> str:
    mantissa, _, power = text.partition("e")
    if not power:
        return mantissa
    return f"10^{{{int(power)}}}" if mantissa == "1" else rf"{mantissa} \cdot 10^{{{int(power)}}}"
