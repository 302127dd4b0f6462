"""What a result is called: by what it is, not by where it stands, so that a file in another order keeps its names.

``V``, ``V:one-input``, ``K:relu:a-b``, ``critical:gelu:half-stable``, ``claim:four-point-vertex``: labels of equations,
names of files and of LaTeX macros are made of these, and ``run --only`` takes them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256

ONE_INPUT = "one-input"
DIGITS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
MACRO_PREFIX = "pt"
TOLD_APART = 6  # hexadecimal digits


def joined(*parts: str) -> str:
    """The parts that say something, as words joined by hyphens, with a colon between them."""
    return ":".join(slug for part in parts if (slug := slug_of(part)))


def slug_of(part: str) -> str:
    """z + z^2/4 as z-plus-z-pow-2-over-4: letters, digits and hyphens."""
    for sign, word in SIGNS.items():
        part = part.replace(sign, f" {word} ")
    words = re.findall(r"[A-Za-z0-9._]+", part)
    return "-".join(words).strip("-._")


SIGNS = {"+": "plus", "*": "times", "/": "over", "^": "pow", "=": "is", "[": "", "]": ""}


def component(slots: Iterable[str]) -> str:
    """The samples of a component: ab, or a-x1 where a name is longer than a letter."""
    named = list(slots)
    return ("-" if any(len(slot) > 1 for slot in named) else "").join(named)


def values_of(bindings: Mapping[str, str], activations: Collection[str]) -> tuple[str, ...]:
    """What an equation is specialised to: gelu, and C_b = 0 where a variance is set."""
    return tuple(value if name in activations else f"{name} = {value}" for name, value in bindings.items())


def told_apart(name: str, content: str) -> str:
    """The name with a mark of what stands there, for results that are called the same and differ."""
    return f"{name}:{sha256(content.encode()).hexdigest()[:TOLD_APART]}"


def label_of(file: str, name: str) -> str:
    """The label of an equation: eq:first-look:V:gelu."""
    return ":".join(part for part in ("eq", slug_of(file), name) if part)


def file_of(name: str) -> str:
    """The file a result is written to, without its ending: V-gelu."""
    return name.replace(":", "-")


def number_macro(of: str, quantity: str, prefix: str = MACRO_PREFIX) -> str:
    r"""A number that belongs to a result: \ptGeluCW."""
    return "\\" + prefix + "".join(_letters(part) for part in (*of.split(":"), quantity))


def macro_of(name: str, prefix: str = MACRO_PREFIX) -> str:
    r"""A command of LaTeX, which has letters only: \ptGeluCW for C_W:gelu, the quantity last."""
    quantity, *rest = name.split(":")
    return "\\" + prefix + "".join(_letters(part) for part in (*rest, quantity))


def macro_told_apart(command: str, name: str) -> str:
    """The command with a mark of the name it is made of, for names that LaTeX's letters cannot tell apart."""
    return command + _letters(sha256(name.encode()).hexdigest()[:TOLD_APART])


def _letters(part: str) -> str:
    words = re.findall(r"[A-Za-z]+|[0-9]", re.sub(r"_(?=[A-Za-z])", "", part))
    return "".join(DIGITS[int(word)] if word.isdigit() else word[0].upper() + word[1:] for word in words)
