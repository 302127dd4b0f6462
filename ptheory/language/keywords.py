"""The words of the language, by the grammar's terminal that reads them."""

from __future__ import annotations

KEYWORDS: dict[str, str] = {
    "PTHEORY": "ptheory", "ARCHITECTURE": "architecture", "WEIGHTS": "weights", "BIASES": "biases", "FIRST": "first",
    "LAYER": "layer", "LAST": "last", "RATE": "rate", "ACTIVATION": "activation", "OBSERVABLE": "observable",
    "DEFINE": "define", "BY": "by", "EXPECTATION": "E", "LET": "let", "INCLUDE": "include",
    "DERIVATIVES": "derivatives", "ALMOST": "almost", "EVERYWHERE": "everywhere", "DERIVE": "derive", "TO": "to",
    "ORDER": "order", "FOR": "for", "WITH": "with", "CRITICAL": "critical", "PHASE": "phase",
    "ANGLE": "angle", "FROM": "from",
    "EXPONENTS": "exponents", "CONSEQUENCES": "consequences", "CHECK": "check",
    "SOLVE": "solve", "IN": "in", "AT": "at",
    "FLOW": "flow", "ATLAS": "atlas", "WHERE": "where", "CLASS": "class", "RANKED": "ranked",
    "DEPTH": "depth", "WIDTHS": "widths", "LAYERS": "layers", "DIGITS": "digits",
    "SHOW": "show", "SET": "set", "INPUTS": "inputs", "CLAIM": "claim", "LATEX": "latex",
    "NOTATION": "notation", "PLOT": "plot", "RANGE": "range", "CORRELATIONS": "correlations",
}  # fmt: skip

FIGURES = ("flow", "map", "phase", "angle", "vertex", "exponents", "atlas")
"""What `plot` draws."""

CLASSES = (
    "scale-invariant", "K*=0", "K*=0, half-integer", "K*=0, degenerate", "K*=0, beyond all orders", "half-stable",
    "K*>0", "none", "undecided",
)  # fmt: skip
"""The labels of universality classes, as `where class = ...` has them; docs/criticality.md."""

STATEMENTS = {
    "activation", "architecture", "atlas", "claim", "define", "derivatives", "derive", "flow", "include", "let",
    "notation", "observable", "plot", "with",
}  # fmt: skip
"""The words a statement starts with."""
