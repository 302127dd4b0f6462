r"""K^\star, q^*: the kernel at a fixed point. An equation in it alone is read for any kernel, of which it is one.

What is true of every kernel is true there; what is false for some kernel may hold there, so that nothing is refuted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from lark import Token

from ptheory.claims.latex.latex_scripts import script_ends, without_braces
from ptheory.claims.latex.written_out import Text
from ptheory.language.claim_names import LAYER, critical_name

STARS = (("SYMBOL", "star"), ("TIMES", "*"))
_WRITE = r"write the same kernel everywhere: K, or K^\star"


def without_stars(text: Text, tokens: Sequence[Token], is_kernel: Callable[[str], bool]) -> tuple[list[Token], bool]:
    """(the equation with K for K^\\star, whether it had one). LanguageError beside another kernel, a layer, alone."""
    starred: list[range] = []  # the scripts that are a star
    plain: Token | None = None
    for place, token in enumerate(tokens):
        if token.type == "SYMBOL" and is_kernel(str(token.value)):
            star = _star(tokens, place + 1)
            if star is None:
                plain = plain or token
            else:
                starred.append(star)
    if not starred:
        return list(tokens), False
    at = tokens[starred[0][0]]
    if plain is not None:
        shown = text.body[plain.start_pos or 0 : plain.end_pos or 0]
        raise text.error(f"{shown} beside {shown}^*, the kernel at a fixed point", plain, help=_WRITE)
    layer = next((token for token in tokens if token.type == "SYMBOL" and token.value == LAYER), None)
    if layer is not None and not _counts_layers(tokens):
        raise text.error("a layer beside the kernel of a fixed point, which is the same in all", layer, help=_WRITE)
    dropped = {place for star in starred for place in star}
    kept = [token for place, token in enumerate(tokens) if place not in dropped]
    if any(len(side) == 1 and is_kernel(str(side[0].value)) for side in _sides(kept)):
        if len(starred) > 1 or any(token.type in ("LANGLE", "EXPECTATION", "INT") for token in tokens):
            help = r"write K' = K with the values of the hyperparameters"
            raise text.error("the value of a fixed point", at, help=help)
        return [_named(t) if t.type == "SYMBOL" and is_kernel(str(t.value)) else t for t in kept], False
    return kept, True


def _named(kernel: Token) -> Token:
    r"""K^\star = ... alone is the value at the critical point, which has a name."""
    return kernel.update(value=critical_name(str(kernel.value)))


def _counts_layers(tokens: Sequence[Token]) -> bool:
    r"""Whether \ell stands as a number, 5(\ell-1), and not only in superscripts."""
    depth, before = 0, ""
    for token in tokens:
        if token.type == "LBRACE" and (depth or before in ("SUP", "SUB")):
            depth += 1
        elif token.type == "RBRACE" and depth:
            depth -= 1
        elif not depth and (token.type, token.value) == ("SYMBOL", LAYER):
            return True
        before = token.type
    return False


def _star(tokens: Sequence[Token], place: int) -> range | None:
    """The script among those that begin at ``place`` which is a star alone."""
    while True:
        end = script_ends(tokens, place, most=1)
        if end == place:
            return None
        inside = [(token.type, str(token.value)) for token in without_braces(tokens[place + 1 : end])]
        if tokens[place].type in ("SUP", "SUB") and len(inside) == 1 and inside[0] in STARS:
            return range(place, end)
        place = end


def _sides(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    held: list[Token] = []
    for token in tokens:
        if token.type == "EQUALS":
            yield without_braces(held)
            held = []
        else:
            held.append(token)
    yield without_braces(held)


def evaluated(text: Text, tokens: Sequence[Token], is_kernel: Callable[[str], bool]) -> list[Token]:
    r"""\left. X \right|_{K=K^\star} as X with K^\star for K; LanguageError at any other point."""
    made: list[Token] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if token.type != "AT_POINT":
            made.append(token)
            place += 1
            continue
        end = script_ends(tokens, place + 1, most=1)
        star = _fixed_point(without_braces(tokens[place + 2 : end]), is_kernel)
        if star is None or tokens[place + 1].type != "SUB":
            help = r"a value at a point is an assumption of the claim: \text{for } C_W = 1; or write |_{K=K^\star}"
            raise text.error("at which point is this taken?", token, help=help)
        start = _opening(made)
        made[start:] = _starred(made[start:], star, is_kernel)
        place = end
    return made


def _fixed_point(inside: Sequence[Token], is_kernel: Callable[[str], bool]) -> list[Token] | None:
    r"""The tokens ^ { \star } of K = K^\star or K^\star."""
    kinds = [token.type for token in inside]
    if kinds[:2] == ["SYMBOL", "EQUALS"] and is_kernel(str(inside[0].value)):
        inside, kinds = inside[2:], kinds[2:]
    if len(inside) != 3 or not is_kernel(str(inside[0].value)) or kinds[1] not in ("SUP", "SUB"):
        return None
    if (kinds[2], str(inside[2].value)) not in STARS:
        return None
    marker, star = inside[1:]
    return [marker, marker.update(type="LBRACE", value="{"), star, star.update(type="RBRACE", value="}")]


def _opening(tokens: Sequence[Token]) -> int:
    """Where the group opens that ends here."""
    depth = 0
    for place in range(len(tokens) - 1, -1, -1):
        depth += {"RBRACE": 1, "LBRACE": -1}.get(tokens[place].type, 0)
        if not depth:
            return place
    return 0


def _starred(tokens: Sequence[Token], star: Sequence[Token], is_kernel: Callable[[str], bool]) -> Iterator[Token]:
    for place, token in enumerate(tokens):
        yield token
        if token.type == "SYMBOL" and is_kernel(str(token.value)) and _star(tokens, place + 1) is None:
            yield from star
