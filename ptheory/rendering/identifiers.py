"""How an identifier of the language is written: ``lambda_W`` as \\lambda_W, λ_W or lambda_W.

User text never reaches LaTeX raw.
"""

from __future__ import annotations

import re

from ptheory.algebra.elementary import ELEMENTARY, EXTREMA
from ptheory.language.claim_names import SEPARATION
from ptheory.language.names import GREEK_LETTERS, GREEK_NAMES, canonical_name

_UNICODE_OF = {
    name: next(letter for letter, spelled in GREEK_LETTERS.items() if spelled == name) for name in sorted(GREEK_NAMES)
}
_NO_LATEX_MACRO = {"omicron": "o"}
_VARIANTS = {"epsilon": r"\varepsilon"}
_SUBSCRIPTS = {"par": r"\parallel", "perp": r"\perp", "star": "*"}
_UNICODE_DIRECTIONS = {"par": "∥", "perp": "⊥"}
_FUNCTIONS = {
    **{row.name: row.latex for row in ELEMENTARY if row.latex},
    **{name: "\\" + name for row in ELEMENTARY if row.in_formulas for name in row.names if name in row.latex_macros},
    **{row.name: "\\" + row.latex_macros[0] for row in ELEMENTARY if row.latex_macros},
    **{name: "\\" + name for name in EXTREMA},
}
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_SUBSCRIPT_DIGITS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def safe_stem(stem: str) -> str:
    """The name of a file as TeX takes it inside \\includegraphics: other characters become dashes."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-") or "figure"


def latex_identifier(name: str) -> str:
    """A name in math mode: C_W, \\lambda_W, \\chi_\\parallel, K_{12}, \\mathrm{width}."""
    base, *subscripts = canonical_name(name).split("_")
    match = re.fullmatch(r"([A-Za-z]+)(\d+)", base)
    if match and (len(match.group(1)) == 1 or match.group(1) in GREEK_NAMES):
        base, subscripts = match.group(1), [match.group(2), *subscripts]
    written = letter_latex(base)
    if not subscripts:
        return written
    inner = ",".join(_SUBSCRIPTS.get(part) or letter_latex(part) for part in subscripts)
    return f"{written}_{{{inner}}}" if len(inner) > 1 else f"{written}_{inner}"


def latex_input(name: str) -> str:
    r"""The name of an input: x, \alpha, and \mathrm{d}x of the separation dx from another one."""
    rest = name.removeprefix(SEPARATION)
    is_separation = rest != name and (len(rest) == 1 or rest in GREEK_NAMES)
    return rf"\mathrm{{d}}{letter_latex(rest)}" if is_separation else latex_identifier(name)


def latex_exchange(written: str) -> str:
    r"""(12 \leftrightarrow 34) of 12 <-> 34."""
    return rf"({written.replace('<->', chr(92) + 'leftrightarrow')})"


def latex_function(name: str) -> str:
    """A function's name in math mode: \\tanh, \\mathrm{ReLU}, \\sigma."""
    return _FUNCTIONS.get(name) or latex_identifier(name)


def letter_latex(part: str) -> str:
    """One part of a name in math mode: a letter, a Greek letter by its name, a word upright."""
    if part in GREEK_NAMES:
        return _NO_LATEX_MACRO.get(part) or _VARIANTS.get(part) or _greek_macro(part)
    if part.isascii() and part.isalnum():
        return part if len(part) == 1 or part.isdigit() else rf"\mathrm{{{part}}}"
    safe = "".join(c for c in part if c.isascii() and c.isalnum())
    return rf"\mathrm{{{safe or 'x'}}}"


def _greek_macro(name: str) -> str:
    return {"Upsilon": r"\Upsilon"}.get(name, "\\" + name)


def unicode_identifier(name: str) -> str:
    """λ_W, C_W, χ∥, ξ: a spelling the language reads as the same name."""
    base, *subscripts = canonical_name(name).split("_")
    match = re.fullmatch(r"([A-Za-z]+)(\d+)", base)
    if match and match.group(1) in GREEK_NAMES:
        written = _UNICODE_OF[match.group(1)] + subscript_digits(match.group(2))
    else:
        written = _UNICODE_OF.get(base, base)
    for part in subscripts:
        written += _UNICODE_DIRECTIONS.get(part) or "_" + _UNICODE_OF.get(part, part)
    return written


def superscript(exponent: int) -> str:
    """A whole number in superscript digits."""
    return str(exponent).translate(_SUPERSCRIPTS)


def subscript_digits(digits: str) -> str:
    """Digits as subscripts, everything else as it is."""
    return digits.translate(_SUBSCRIPT_DIGITS)
