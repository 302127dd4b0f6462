r"""Quantities of criticality as they are read: p_⊥, ν, K*, V/(nK²), and their laws at large depth, K → 1/(2ℓ)."""

from __future__ import annotations

import re

from ptheory.rendering.identifiers import latex_input
from ptheory.rendering.spelling import OURS, Spelling
from ptheory.rendering.written_formulas import TextStyle

_COMPONENT = re.compile(r"([A-Za-z]\w*)\[(\w+(?:,\w+)+)\]")  # along a separation of inputs
_TOKEN = re.compile(
    r"[A-Za-z]\w*\[\w+(?:,\w+)+\]|log\(l\)|[A-Za-z](?:[A-Za-z0-9]*)(?:_[A-Za-z0-9]+)*\*?|\^-?\d+|.", re.S
)
_GLUED = re.compile(r"\bn(?=[A-Z])")  # the width beside a tensor, as in V/(nK^2)
_TENSORS = re.compile(r"(?<=[A-Z])(?=[A-Z])|(?<=[A-Z])(?=Theta)")


def quantity_text(quantity: str, style: TextStyle) -> str:
    """As it is named in the language, or with Greek letters and raised digits."""
    if not style.unicode:
        return quantity
    return "".join(_shown(token, style) for token in _tokens(quantity))


def _shown(token: str, style: TextStyle) -> str:
    if token == "log(l)":
        return "log(ℓ)"
    if token.startswith("^"):
        return style.raised("", int(token[1:]))
    if (match := _COMPONENT.fullmatch(token)) is not None:
        return f"{style.name(match[1])}[{match[2]}]"
    if token[0].isalpha():
        return style.name(token.removesuffix("*")) + "*" * token.endswith("*")
    return style.minus if token == "-" else token


def quantity_latex(quantity: str, spelling: Spelling = OURS) -> str:
    r"""The same in math mode, K^* for K*, K_{x,\mathrm{d}x} for K[x,dx]."""
    written = ""
    for token in _tokens(quantity):
        match = _COMPONENT.fullmatch(token)
        if match is not None:
            inputs = match[2].split(",")
            below = ("," if any(len(name) > 1 for name in inputs) else "").join(map(latex_input, inputs))
            named = spelling.symbol(match[1]).latex(below)
            written += (" " if written and written[-1].isalnum() else "") + named
            continue
        if token == "log(l)":
            written += rf" \log {spelling.layer(0)}"
        elif token.startswith("^"):
            written += f"^{{{token[1:]}}}" if len(token) > 2 else token
        elif token[0].isalpha():
            named = spelling.starred(token[:-1]) if token.endswith("*") else spelling.name(token)
            written += (" " if written and written[-1].isalnum() else "") + named
        else:
            written += token
    return written


def _tokens(quantity: str) -> list[str]:
    """Names, powers and signs; names side by side apart."""
    apart = _TENSORS.sub(" ", _GLUED.sub("n ", quantity))
    glued = [token for token in _TOKEN.findall(apart)]
    return [t for k, t in enumerate(glued) if t != " " or not (_is_name(glued, k - 1) and _is_name(glued, k + 1))]


def _is_name(tokens: list[str], place: int) -> bool:
    return 0 <= place < len(tokens) and tokens[place][0].isalpha() and tokens[place] != "log(l)"
