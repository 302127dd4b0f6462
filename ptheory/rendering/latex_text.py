r"""Plain text as LaTeX: every special character escaped, accents composed, and no character dropped.

What the fonts of pdfTeX do not have (Chinese, emoji, Cyrillic) stands in \unicodetext{code points}{characters}:
LuaLaTeX sets it in a font that has it; without one, or with another engine, the code points stand in the text and in
the log.
"""

from __future__ import annotations

import re
import unicodedata

from ptheory.language.names import GREEK_LETTERS
from ptheory.rendering.identifiers import letter_latex

FOREIGN = r"\unicodetext{"
_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "Ĝ": r"$\widehat{G}$",
    "`": r"\textasciigrave{}",
    "–": "--",
    "—": "---",
    "…": r"\ldots{}",
    "′": r"$'$",
    "″": r"$''$",
    "∥": r"$\parallel$",
    "⊥": r"$\perp$",
    "⟨": r"$\langle$",
    "⟩": r"$\rangle$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "±": r"$\pm$",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "≈": r"$\approx$",
    "→": r"$\to$",
    "−": "$-$",
    "∞": r"$\infty$",
    "∂": r"$\partial$",
    "Σ": r"$\Sigma$",
    "ℓ": r"$\ell$",
    "√": r"$\surd$",
    "«": r"$\ll$",
    "»": r"$\gg$",
    "∈": r"$\in$",
    "∉": r"$\notin$",
    "∑": r"$\sum$",
    "∏": r"$\prod$",
    "∫": r"$\int$",
    "∇": r"$\nabla$",
    "∀": r"$\forall$",
    "∃": r"$\exists$",
    "⊗": r"$\otimes$",
    "⊕": r"$\oplus$",
    "∘": r"$\circ$",
    "∝": r"$\propto$",
    "∼": r"$\sim$",
    "≡": r"$\equiv$",
    "≠": r"$\ne$",
    "≪": r"$\ll$",
    "≫": r"$\gg$",
    "←": r"$\gets$",
    "↔": r"$\leftrightarrow$",
    "⇒": r"$\Rightarrow$",
    "⇔": r"$\Leftrightarrow$",
    "‖": r"$\Vert$",
    "†": r"\dag{}",
    "‡": r"\ddag{}",
    "•": r"\textbullet{}",
    "§": r"\S{}",
    "¶": r"\P{}",
    "°": r"$^{\circ}$",
    "µ": r"$\mu$",
    "¬": r"$\neg$",
    "‴": r"$'''$",
    "⁗": r"$''''$",
    "≃": r"$\simeq$",
    "≅": r"$\cong$",
    "∧": r"$\wedge$",
    "∨": r"$\vee$",
    "∪": r"$\cup$",
    "∩": r"$\cap$",
    "⊂": r"$\subset$",
    "⊆": r"$\subseteq$",
    "∅": r"$\emptyset$",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "\u00a0": "~",
    "\u2009": r"\,",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "ı": r"\i{}",
    "ȷ": r"\j{}",
    "¡": "!`",
    "¿": "?`",
    "©": r"\copyright{}",
    "£": r"\pounds{}",
}
_ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u", "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0323": "d", "\u0327": "c", "\u0331": "b",
}  # fmt: skip
_SPECIAL = "\\{}%#$&~^_"
_SUPERSCRIPTS, _SUBSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "₀₁₂₃₄₅₆₇₈₉"


def latex_text(text: str) -> str:
    """Plain text for LaTeX text mode."""
    pieces: list[str] = []
    foreign = ""
    for cluster in clusters(text):
        written = _known(cluster)
        if written is None and foreign and _is_leftward(cluster) != _is_leftward(foreign):
            pieces.append(_foreign(foreign))
            foreign = cluster
        elif written is None or (foreign and _goes_on(foreign, cluster)):
            foreign += cluster
        else:
            pieces += [_foreign(foreign), written] if foreign else [written]
            foreign = ""
    if foreign:
        pieces.append(_foreign(foreign))
    written = "".join(pieces)
    return f"{{{written[0]}}}{written[1:]}" if written[:1] in ("[", "*") else written  # no option of \\ or \item


def _goes_on(foreign: str, cluster: str) -> bool:
    """Whether what could be set by itself belongs to the foreign text before it: a space, a letter of a Greek word."""
    return cluster == " " or (foreign[-1] != " " and cluster in GREEK_LETTERS)


def _is_leftward(text: str) -> bool:
    """Hebrew and Arabic."""
    return unicodedata.bidirectional(text[0]) in ("R", "AL")


def clusters(text: str) -> list[str]:
    """Characters with the combining marks that follow them."""
    found: list[str] = []
    for character in text:
        if found and unicodedata.category(character) in ("Mn", "Me"):
            found[-1] += character
        else:
            found.append(character)
    return found


def _known(cluster: str) -> str | None:
    """A character with its accents in pdfTeX's own fonts; None for what they do not have."""
    if cluster in _ESCAPES:
        return _ESCAPES[cluster]
    if cluster in GREEK_LETTERS:
        return f"${letter_latex(GREEK_LETTERS[cluster])}$"
    if cluster in _SUPERSCRIPTS and cluster:
        return "$^{" + "0123456789-"[_SUPERSCRIPTS.index(cluster)] + "}$"
    if cluster in _SUBSCRIPTS:
        return "$_{" + "0123456789"[_SUBSCRIPTS.index(cluster)] + "}$"
    if cluster in "\t\n\r" or (len(cluster) == 1 and " " <= cluster < "\x7f"):
        return cluster
    base, *marks = list(unicodedata.normalize("NFD", cluster))
    if not marks or not base.isascii() or not base.isalnum() or any(mark not in _ACCENTS for mark in marks):
        return None
    written = base
    for mark in marks:
        written = rf"\{_ACCENTS[mark]}{{{written}}}"
    return written


def _foreign(characters: str) -> str:
    """Both spellings; trailing spaces stay outside."""
    bare = characters.rstrip(" ")
    codes = " ".join(f"{ord(c):04X}" for c in bare)
    shown = "".join(c if c.isprintable() and c not in _SPECIAL else " " for c in bare)
    return f"{FOREIGN}{codes}}}{{{shown}}}" + characters[len(bare) :]


def missing_characters(log: str) -> str:
    """The characters that a log of TeX says no font had, in order."""
    codes = dict.fromkeys(re.findall(r"ptheory: no font has U\+([0-9A-F]+)", log))
    return "".join(chr(int(code, 16)) for code in codes)
