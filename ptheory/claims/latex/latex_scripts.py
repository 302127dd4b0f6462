r"""What hangs on a symbol: subscripts, superscripts, primes, dots, and what their tokens say by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from lark import Token, Tree

Raw: TypeAlias = "Token | Tree"  # a Token, or a Tree: a braced group of them


@dataclass(frozen=True)
class Scripts:
    """What hangs on a symbol: ``layer`` relative to l, ``order`` from \\{1\\}, ``power``: tokens of an exponent."""

    primes: int = 0
    dots: int = 0  # of the primes, those written as dots
    below: tuple[Raw, ...] | None = None
    layer: int | None = None
    order: int | None = None
    power: tuple[Raw, ...] | None = None
    inputs: tuple[Raw, ...] | None = None  # x, x' of K(x,x')
    is_half: bool = False  # \sigma_w where \sigma_w^2 has a name
    is_connected: bool = False  # \mathbb{E}[...]_c
    at: Token | None = None  # where the scripts begin, for messages


@dataclass(frozen=True)
class Symbol:
    """A bare symbol with its scripts, before it is given a meaning."""

    token: Token
    scripts: Scripts = field(default_factory=Scripts)

    @property
    def shown(self) -> str:
        """The symbol as messages call it."""
        return self.token.value if len(self.token.value) == 1 else f"\\{self.token.value}"


def flattened(raw: Sequence[Raw]) -> list[Token]:
    """The tokens of a parsed subscript or superscript, from left to right."""
    found: list[Token] = []
    for part in raw:
        if isinstance(part, Token):
            if part.type != "UPRIGHT":  # the letters of the word follow
                found.append(part)
        else:
            found += flattened([child for child in part.children if child is not None])
    return found


def without_braces(raw: Sequence[Raw]) -> list[Token]:
    """The same tokens without TeX's own braces, which are not seen."""
    return [token for token in flattened(raw) if token.type not in ("LBRACE", "RBRACE")]


def index_name(tokens: Sequence[Token]) -> tuple[str | None, int]:
    r"""(the name of \beta_1 or \beta, how many tokens it takes); None where no letter stands there."""
    match list(tokens[:3]):
        case [Token(type="SYMBOL") as letter, Token(type="SUB"), Token(type="NUMBER") as number]:
            return f"{letter.value}_{number.value}", 3
        case [Token(type="SYMBOL") as letter, *_]:
            return str(letter.value), 1
    return None, 0


def layer_of(raw: Sequence[Raw]) -> int | None:
    """k for (\\ell+k) or \\ell+k; None for anything else."""
    flat = without_braces(raw)
    if len(flat) >= 2 and flat[0].type == "LPAR" and flat[-1].type == "RPAR":
        flat = flat[1:-1]
    if not flat or flat[0].type != "SYMBOL" or flat[0].value != "l":
        return None
    if len(flat) == 1:
        return 0
    if len(flat) == 3 and flat[1].type in ("PLUS", "MINUS") and flat[2].type == "NUMBER" and flat[2].value.isdigit():
        return int(flat[2].value) * (1 if flat[1].type == "PLUS" else -1)
    return None


@dataclass(frozen=True)
class KernelBelow:
    """What stands below an expectation: the name of the kernel, None where it is none, and the layer written at it."""

    name: str | None = None
    layer: int | None = None


def layers_inside(raw: Sequence[Raw]) -> list[tuple[int, Token]]:
    r"""The layers written at symbols within a script: z\sim\mathcal{N}(0,K^{(\ell)}), -z^2/(2K^{(\ell)})."""
    tokens = flattened(raw)
    found = []
    for place, marker in enumerate(tokens):
        if marker.type in ("SUP", "SUB") and place + 1 < len(tokens) and tokens[place + 1].type == "LBRACE":
            end = next((k for k in range(place, len(tokens)) if tokens[k].type == "RBRACE"), place)
            layer = layer_of(tokens[place + 2 : end])
            if layer is not None:
                found.append((layer, marker))
    return found


def kernel_below(raw: Sequence[Raw]) -> KernelBelow:
    """K, K^{(l+k)}, K_{(l+k)}, with any letter for K; anything else is no kernel."""
    tokens = without_braces(raw)
    if not tokens or tokens[0].type != "SYMBOL":
        return KernelBelow()
    if len(tokens) == 1:
        return KernelBelow(tokens[0].value)
    layer = layer_of(tokens[2:]) if tokens[1].type in ("SUP", "SUB") else None
    return KernelBelow() if layer is None else KernelBelow(tokens[0].value, layer)


def order_of(raw: Sequence[Raw]) -> int | None:
    """k for \\{k\\} at the beginning."""
    match list(raw[:3]):
        case [Token(type="SETOPEN"), Token(type="NUMBER") as number, Token(type="SETCLOSE")] if number.value.isdigit():
            return int(number.value)
    return None


def is_minus_one(raw: Sequence[Raw]) -> bool:
    """Whether this is the superscript -1."""
    return [token.value for token in flattened(raw)] in (["-", "1"], ["−", "1"])


def script_ends(tokens: Sequence[Token], place: int, most: int | None = None) -> int:
    """Where the scripts end that begin at ``place`` of a stream of tokens; of the first ``most`` of them."""
    found = 0
    while place < len(tokens) and found != most:
        if tokens[place].type in ("PRIME", "DOT", "HALF"):
            place += 1
        elif tokens[place].type in ("SUB", "SUP", "AT"):
            depth = 0
            place += 1
            while place < len(tokens):
                depth += {"LBRACE": 1, "RBRACE": -1}.get(tokens[place].type, 0)
                place += 1
                if not depth:
                    break
        else:
            break
        found += 1
    return place


def called_before(tokens: Sequence[Token], place: int) -> tuple[Token, Token] | None:
    r"""Of F_\phi in F_\phi(a, b): where the symbol before the parenthesis that is open at ``place`` begins and ends."""
    depth = 0
    for opening in range(place - 1, -1, -1):
        depth += (tokens[opening].type == "RPAR") - (tokens[opening].type == "LPAR")
        if depth < 0:
            break
    else:
        return None
    start = end = opening - 1
    while start >= 0 and tokens[start].type == "RBRACE":
        braces = 0
        while start >= 0:
            braces += (tokens[start].type == "RBRACE") - (tokens[start].type == "LBRACE")
            if not braces:
                break
            start -= 1
        start -= 1 if tokens[start - 1].type == "DECORATED" else 2
    if start < 0 or tokens[start].type not in ("SYMBOL", "DECORATED"):
        return None
    return tokens[start], tokens[end]
