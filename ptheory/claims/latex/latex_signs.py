"""The LaTeX that has a meaning in a claim, by the kind of token it makes, and what to write for the rest."""

from __future__ import annotations

import re

from ptheory.algebra.elementary import ELEMENTARY
from ptheory.language.names import GREEK_NAMES
from ptheory.language.statements import Regime

DEEPEST_NESTING = 40
CLOSE_MISS = 0.75

SPACING = frozenset(
    (
        ",", ";", ":", "!", " ", ">", "nonumber", "notag", "displaystyle", "textstyle", "big", "Big",
        "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "Biggl", "Biggr", "mathit", "rm",
        "allowbreak", "limits", "nolimits", "thinspace", "enspace",
    )
)  # fmt: skip
WITH_DROPPED_ARGUMENT = frozenset(("label", "tag", "hspace", "vspace"))
ENVIRONMENTS = frozenset(
    ("equation", "equation*", "align", "align*", "aligned", "split", "gather", "gather*", "multline", "multline*",
     "displaymath", "math", "eqnarray", "eqnarray*", "flalign", "flalign*")
)  # fmt: skip
FUNCTIONS = {macro: row.name for row in ELEMENTARY for macro in row.latex_macros}
NAMED_OPERATORS = {
    name: row.name
    for row in ELEMENTARY
    if row.in_libraries or row.bound is not None
    for name in row.names
    if name not in FUNCTIONS and name not in GREEK_NAMES
} | {"sgn": "sign"}
ANGLES = {"LESS": "LANGLE", "GREATER": "RANGLE"}  # \left< ... \right>
BRACKET_SIZES = frozenset(("left", "right", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "Biggl", "Biggr"))
OPERATORS = {
    "frac": "FRAC", "tfrac": "FRAC", "dfrac": "FRAC", "sqrt": "SQRT", "max": "EXTREME", "min": "EXTREME",
    **dict.fromkeys(("braket", "Braket", "ev", "expval"), "BRAKET"),
}  # fmt: skip
DOTS = ("dot", "ddot", "dddot")
EMPTY_LEFT = "left."
LAYOUT = {"left": "LEFT", "right": "RIGHT", "\\": "BREAK", "quad": "GAP", "qquad": "GAP"}
EXPECTATIONS = {
    "E": "E", "\\mathbb{E}": "E", "\\mathbbE": "E", "Var": "Var", "var": "Var", "Cov": "Cov", "cov": "Cov",
}  # fmt: skip
GAUSSIAN_PROCESS = "GP"
NAMED_BY_ALPHABET = {("mathbb", "E"): "EXPECTATION", ("mathcal", "N"): "NORMAL", ("mathcal", "D"): "MEASURE",
                     ("mathcal", "O"): "BIGO",
                     **{(macro, "1"): "INDICATOR" for macro in ("mathbb", "mathbf", "mathbbm", "mathds", "mathrm")},
                     ("mathcal", GAUSSIAN_PROCESS): "NORMAL"}  # fmt: skip
UPRIGHT = frozenset(("mathrm", "text", "textrm", "operatorname", "operatorname*", "mathop"))
BEFORE_A_CONDITION = frozenset(("for", "if", "with", "at", "when", "where", "and", "as"))
REGIMES = {
    "criticality": Regime.CRITICALITY, "the critical point": Regime.CRITICALITY,
    "the critical initialization": Regime.CRITICALITY, "the critical initialisation": Regime.CRITICALITY,
    "the fixed point": Regime.FIXED_POINT, "leading order": Regime.LEADING_ORDER,
    "large depth": Regime.LARGE_DEPTH, "unit inputs": Regime.UNIT_INPUTS,
}  # fmt: skip
BEFORE_A_REGIME = frozenset(("at", "to", "for"))
ARTICLES = frozenset(("a", "an", "any", "all", "every"))
PARITIES = {"odd": -1, "even": 1}
MACROS = {
    "cdot": "TIMES", "times": "TIMES", "langle": "LANGLE", "rangle": "RANGLE", "lbrace": "SETOPEN",
    "rbrace": "SETCLOSE", "{": "SETOPEN", "}": "SETCLOSE", "lbrack": "LBRACK", "rbrack": "RBRACK", "lparen": "LPAR",
    "rparen": "RPAR", "equiv": "EQUALS", "coloneqq": "EQUALS", "triangleq": "EQUALS", "int": "INT", "sum": "SUM",
    "dots": "DOTS", "ldots": "DOTS", "cdots": "DOTS", "in": "IN", "sim": "SIM", "infty": "INFINITY",
    "simeq": "ALMOST", "approx": "ALMOST", "to": "ARROW", "rightarrow": "ARROW", "longrightarrow": "ARROW",
    "leftrightarrow": "BETWEEN", "longleftrightarrow": "BETWEEN",
    "gg": "MUCH",
    "partial": "PARTIAL", "lvert": "BAR", "det": "DET", "gt": "GREATER", "lt": "LESS",
    "geq": "GREATER", "ge": "GREATER", "geqslant": "GREATER", "leq": "LESS", "le": "LESS", "leqslant": "LESS",
    "rvert": "BAR", "vert": "BAR",
}  # fmt: skip
CHARACTERS = {
    "+": "PLUS", "-": "MINUS", "−": "MINUS", "*": "TIMES", "·": "TIMES", "×": "TIMES", "/": "SLASH", "(": "LPAR",
    ")": "RPAR", "[": "LBRACK", "]": "RBRACK", ",": "COMMA", "=": "EQUALS", "_": "SUB", "^": "SUP", "'": "PRIME",
    ";": "SEMICOLON", "’": "PRIME", "′": "PRIME", "⟨": "LANGLE", "⟩": "RANGLE", "|": "BAR", ">": "GREATER", "<": "LESS",
    "!": "FACTORIAL", "↔": "BETWEEN",
}  # fmt: skip
SYMBOL_MACROS = {
    "ell": "l", "star": "star", "ast": "star", "parallel": "par", "|": "par", "Vert": "par", "perp": "perp",
    "top": "transpose", "intercal": "transpose",
    "prime": "'", "varphi": "phi", "varepsilon": "epsilon", "vartheta": "theta", "varrho": "rho", "varsigma": "sigma",
}  # fmt: skip
ARGUMENTS = {"SUB": 1, "SUP": 1, "SQRT": 1, "FRAC": 2, "DOT": 1, "DECORATED": 1}  # how many each takes
UNCLEAR_ARGUMENTS = frozenset(("SUB", "SUP", "FRAC", "SQRT", "FUNCTION", "EQUALS"))
# What is LaTeX but has no meaning in a claim, with what to write instead.
_AVERAGE = "an expectation is written \\langle ... \\rangle_K"
_ALPHABET = "letters of another alphabet are other symbols; the names here are plain letters"
_ACCENT = "accented symbols have no meaning of their own here"
_RELATION = "a claim is one equation: left = right"
_TEX = "TeX is not run here: \\newcommand, \\def and \\DeclareMathOperator are read, nothing else"
_MEANS = {
    _AVERAGE: ("mathbb", "iint", "oint"),
    _ALPHABET: ("mathcal", "mathbf", "mathsf", "mathfrak", "mathscr", "mathtt", "boldsymbol", "bm"),
    _ACCENT: ("hat", "widehat", "tilde", "widetilde", "bar", "overline", "vec"),
    _RELATION: ("propto", "neq"),
    _TEX: ("csname", "write", "input", "include", "catcode", "expandafter", "immediate", "loop", "let"),
    "write the product out": ("prod",),
    "write the sum out": ("substack",),
    "write two claims": ("pm", "mp"),
}
ACCENTS = frozenset(_MEANS[_ACCENT])
BOLD = frozenset(("mathbf", "boldsymbol", "bm"))
DECORATIONS = frozenset((*_MEANS[_ALPHABET], *_MEANS[_ACCENT]))
ELSEWHERE = {macro: meaning for meaning, macros in _MEANS.items() for macro in macros}
UPRIGHT_WORD = re.compile(r"\s*\{\s*([A-Za-z]{2,}|[A-Za-z]+(?:\s+[A-Za-z]+)+)\s*\}")  # one word, or several
COUNTED_LAYER = "L"
OTHER_LAYERS = (COUNTED_LAYER, "h", "t", "k", "mu")
VARIANTS = frozenset(value for name, value in SYMBOL_MACROS.items() if name.startswith("var"))
