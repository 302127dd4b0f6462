"""Names that are legal in another language, each symbol its own."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Collection, Iterable


def python_name(name: str) -> str:
    """C_W, K_12; C_W_lp1 for C_W[l+1]; lambda_ for a keyword."""
    plain = re.sub(r"\[l([+-]?)(\d*)\]", lambda m: f"_l{ {'+': 'p', '-': 'm', '': ''}[m[1]] }{m[2]}", name)
    plain = re.sub(r"\W", "_", plain)
    return plain + "_" if keyword.iskeyword(plain) else plain


def mathematica_name(name: str) -> str:
    """cW, k12, lambdaW: Mathematica's own names begin with a capital, and _ is a pattern."""
    first, *others = [part for part in python_name(name).split("_") if part]
    return first[:1].lower() + first[1:] + "".join(part[:1].upper() + part[1:] for part in others)


def form_name(name: str) -> str:
    """CW, K12: FORM's own names end in _."""
    return python_name(name).replace("_", "")


def legal_names(names: Iterable[str], rule: Callable[[str], str], taken: Collection[str] = ()) -> dict[str, str]:
    """name -> what ``rule`` makes of it, told apart by a letter more where two would be one or one is taken."""
    found: dict[str, str] = {}
    for name in sorted(names):
        legal = rule(name)
        while legal in taken or legal in found.values():
            legal += "x"
        found[name] = legal
    return found
