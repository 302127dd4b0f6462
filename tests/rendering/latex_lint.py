"""What every emitted LaTeX fragment must satisfy without running TeX."""

from __future__ import annotations

import re

OPENING, CLOSING = ("bigl", "biggl", "Biggl", "left"), ("bigr", "biggr", "Biggr", "right")


def assert_well_formed(latex: str) -> None:
    """Braces balance on every line of an align, environments nest, sized delimiters pair up over the whole."""
    bare = re.sub(r"\\[{}\\]", "", latex)
    for row in re.split(r"\\\\\n", latex):
        assert_braces(re.sub(r"\\[{}]", "", row))
    assert_braces(bare)
    stack: list[str] = []
    for kind, name in re.findall(r"\\(begin|end)\{([a-z]+\*?)\}", latex):
        if kind == "begin":
            stack.append(name)
        else:
            assert stack and stack.pop() == name, latex
    assert not stack, latex
    for left, right in zip(OPENING, CLOSING, strict=True):
        assert len(re.findall(rf"\\{left}\b", latex)) == len(re.findall(rf"\\{right}\b", latex)), (left, latex)
    assert latex.count(r"\langle") == latex.count(r"\rangle"), latex
    assert "\x00" not in latex, "a break mark was left behind"


def assert_braces(text: str) -> None:
    depth = 0
    for character in text:
        depth += (character == "{") - (character == "}")
        assert depth >= 0, text
    assert depth == 0, text
