"""What the commands of LaTeX are in MathML: letters, operators, functions, accents, alphabets, spaces."""

from __future__ import annotations

import unicodedata
from functools import cache

from ptheory.algebra.elementary import ELEMENTARY, EXTREMA

FUNCTIONS = frozenset(macro for row in ELEMENTARY for macro in row.latex_macros) | {
    "arg", "cot", "coth", "csc", "deg", "dim", "hom", "ker", "lg", "sec",
}  # fmt: skip
LIMITS = frozenset(("det", "gcd", "inf", "lim", "liminf", "limsup", "Pr", "sup", "argmax", "argmin", *EXTREMA))
"""Functions whose scripts stand below and above them in a display."""

LARGE = {"sum": "∑", "prod": "∏", "coprod": "∐", "bigcup": "⋃", "bigcap": "⋂", "bigoplus": "⨁", "bigotimes": "⨂"}
"""Signs whose scripts stand below and above them in a display."""

INTEGRALS = {"int": "∫", "iint": "∬", "iiint": "∭", "oint": "∮"}

ACCENTS = {
    "hat": "ˆ", "widehat": "ˆ", "tilde": "˜", "widetilde": "˜", "bar": "¯", "overline": "‾", "dot": "˙",
    "ddot": "¨", "vec": "→", "check": "ˇ", "breve": "˘", "overbrace": "⏞", "overrightarrow": "→",
}  # fmt: skip
STRETCHED = frozenset(("widehat", "widetilde", "overline", "underline", "overbrace", "underbrace", "overrightarrow"))
UNDER = {"underline": "_", "underbrace": "⏟"}

SPACES = {
    ",": 3 / 18, "thinspace": 3 / 18, ":": 4 / 18, ">": 4 / 18, "medspace": 4 / 18, ";": 5 / 18, "thickspace": 5 / 18,
    "!": -3 / 18, "negthinspace": -3 / 18, "quad": 1.0, "qquad": 2.0, " ": 5 / 18, "enspace": 0.5,
}  # fmt: skip

SIZES = {name + side: size for name, size in (("big", 1.2), ("Big", 1.8), ("bigg", 2.4), ("Bigg", 3.0)) for side in
         ("", "l", "r", "m")}  # fmt: skip
"""Fences of a given size, in em."""

FENCES = {
    "(": "(", ")": ")", "[": "[", "]": "]", "|": "|", "/": "/", ".": "", "{": "{", "}": "}", "lbrace": "{",
    "rbrace": "}", "langle": "⟨", "rangle": "⟩", "vert": "|", "lvert": "|", "rvert": "|", "Vert": "‖", "lVert": "‖",
    "rVert": "‖", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "<": "⟨", ">": "⟩", "lbrack": "[",
    "rbrack": "]", "backslash": "∖", "uparrow": "↑", "downarrow": "↓",
}  # fmt: skip
DOUBLE_BAR = "‖"  # \|, which is | after a backslash
OPENING = frozenset("([{⟨⌊⌈")

ALPHABETS = {
    "mathrm": "", "operatorname": "", "mathsf": "", "mathtt": "", "mathup": "", "mathit": "ITALIC", "mathbf": "BOLD",
    "boldsymbol": "BOLD", "bm": "BOLD", "mathbb": "DOUBLE-STRUCK", "mathcal": "SCRIPT", "mathscr": "SCRIPT",
    "mathfrak": "FRAKTUR", "pmb": "BOLD",
}  # fmt: skip
TEXT = frozenset(("text", "textrm", "textnormal", "mbox", "hbox", "textup"))
SILENT = frozenset(
    ("displaystyle", "textstyle", "scriptstyle", "limits", "nolimits", "nonumber", "notag", "allowbreak", "nobreak",
     "noindent", "hfill", "relax", "mathstrut", "strut", "centering", "mathord", "mathrel", "mathbin", "mathopen",
     "mathclose", "mathpunct", "mathinner", "protect")
)  # fmt: skip
"""What says how a formula is set and numbered, and changes no sign of it."""

OTHER = {
    "ne": "≠", "iff": "⟺", "implies": "⟹", "colon": ":", "coloneqq": "≔", "eqqcolon": "≕", "bot": "⊥", "top": "⊤",
    "Re": "ℜ", "Im": "ℑ", "prime": "′", "triangle": "△", "hbar": "ℏ", "imath": "ı", "jmath": "ȷ", "gets": "←",
    "lbrace": "{", "rbrace": "}", "{": "{", "}": "}", "|": "‖", "%": "%", "$": "$", "&": "&", "#": "#", "_": "_",
    "land": "∧", "lor": "∨", "lnot": "¬", "neg": "¬", "dotsc": "…", "dotsb": "⋯", "dotsm": "⋯", "dotsi": "⋯",
    "ldotp": ".", "cdotp": "·", "lvert": "|", "rvert": "|", "mid": "∣", "cdot": "⋅", "bullet": "∙", "backslash": "∖",
}  # fmt: skip


@cache
def sign_of(command: str) -> str:
    r"""The character of a command: α for alpha, ≤ for le; nothing for a command that is no single sign."""
    if command in OTHER:
        return OTHER[command]
    from pylatexenc.latex2text import get_default_latex_context_db

    spec = get_default_latex_context_db().get_macro_spec(command)
    written = getattr(spec, "simplify_repl", None)
    return written if isinstance(written, str) and len(written) == 1 else ""


def is_letter(sign: str) -> bool:
    """Whether a character stands for a quantity, and not for what is done with it or how it is related."""
    return unicodedata.category(sign)[0] in "LN" or sign in "∞∅∂∇′ℏ∀∃⊤⊥⋯…⋮⋱∠%$#&"


def in_alphabet(text: str, alphabet: str) -> str:
    """𝐱, 𝔼, 𝒩: the letters of a text in a mathematical alphabet, where Unicode has them."""
    return "".join(_letter(character, alphabet) for character in text)


@cache
def _letter(character: str, alphabet: str) -> str:
    name = unicodedata.name(character, "")
    if not alphabet or not name:
        return character
    if character.isascii() and character.isalpha():
        case = "CAPITAL" if character.isupper() else "SMALL"
        wanted = f"{case} {character.upper()}"
    elif name.startswith("GREEK ") and " LETTER " in name:
        wanted = name.removeprefix("GREEK ").replace(" LETTER", "")
    elif character.isdigit():
        wanted = f"DIGIT {name.removeprefix('DIGIT ')}"
    else:
        return character
    plain = {"SCRIPT": "SCRIPT", "FRAKTUR": "BLACK-LETTER", "DOUBLE-STRUCK": "DOUBLE-STRUCK"}.get(alphabet, "")
    for candidate in (f"MATHEMATICAL {alphabet} {wanted}", f"{plain} {wanted}" if plain else ""):
        try:
            return unicodedata.lookup(candidate)
        except KeyError:
            continue
    return character
