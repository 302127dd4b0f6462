r"""Relations that are no equality: K \sim 1/(2\ell), V \to 5\ell, C_W \approx 1.983.

They separate the sides of a claim as = does, and say of a link what is claimed of it:

    \sim, \to           the quotient of the sides goes to one at large depth;
    <, \geq             an inequality;
    \simeq, \approx     the same where the number of the layer stands in the formula, to the digits of the decimal
                        in it; to the digits of a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lark import Token

from ptheory.claims.latex.latex_scripts import without_braces
from ptheory.claims.latex.written_out import Text
from ptheory.claims.terms.layer_power import mentions_layer
from ptheory.language.expressions import Negate, Number
from ptheory.language.statements import ClaimStatement

ALMOST, LIMIT = "ALMOST", ("SIM", "ARROW")
STRICT = {"GREATER": ">", "LESS": "<"}
STRICTLY = (">", "<", "gt", "lt")
BEHIND_NO_RELATION = frozenset(("NORMAL", "INFINITY"))  # z \sim \mathcal{N}, \ell \to \infty


def with_relations(tokens: Sequence[Token]) -> list[Token]:
    """The relations between sides as signs of equality that remember what they were; laws and limits as they are."""
    found: list[Token] = []
    following = [*(token.type for token in tokens[1:]), ""][: len(tokens)]
    depth = 0
    for token, after in zip(tokens, following, strict=True):
        depth += (token.type in ("LBRACE", "LPAR", "LBRACK")) - (token.type in ("RBRACE", "RPAR", "RBRACK"))
        if not depth and token.type in (ALMOST, *LIMIT) and after not in BEHIND_NO_RELATION:
            token = token.update(type="EQUALS", value=token.type)
        elif not depth and token.type in STRICT:
            sign = STRICT[token.type] + ("" if token.value in STRICTLY else "=")
            token = token.update(type="EQUALS", value=sign)
        found.append(token)
    return found


def related(text: Text, link: ClaimStatement, sign: Token, right: Sequence[Token]) -> ClaimStatement:
    """The link as its sign means it; ``right``: the tokens of its right-hand side. LanguageError."""
    if sign.value in LIMIT:
        return replace(link, asymptotic=True)
    if sign.value[:1] in STRICT.values():
        return replace(link, order_relation=str(sign.value))
    if sign.value != ALMOST:
        return link
    number = link.right.operand if isinstance(link.right, Negate) else link.right
    numbers = [str(token.value) for token in without_braces(right) if token.type == "NUMBER"]
    if isinstance(number, Number):
        digits = _significant("".join(numbers))
        if digits:
            return replace(link, digits=digits)
    if any(mentions_layer(side) for side in (link.left, link.right)):
        decimals = [written for written in numbers if "." in written]
        return replace(link, asymptotic=True, digits=_significant(decimals[0]) if len(decimals) == 1 else None)
    help = r"write a decimal number, + O(K^3) at small K, or \sim with \ell at large depth"
    raise text.error("approximately: how closely?", sign, help=help)


def _significant(written: str) -> int:
    """How many digits of a number are."""
    return len(written.replace(".", "").lstrip("0"))
