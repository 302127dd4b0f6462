"""Which known family a formula belongs to: σ(z) = amplitude·family(scale·z) + offset, found by comparing canonical
pieces.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import sympy
from sympy import Expr, S

from ptheory.activations.activation import Activation, same_formula
from ptheory.activations.branches import branches
from ptheory.activations.discovery import pieces_of_branches
from ptheory.activations.library import lookup
from ptheory.activations.pieces import Pieces, Shape
from ptheory.activations.symbols import Z

FAMILIES = (
    "linear",
    "step",
    "sign",
    "relu",
    "abs",
    "relu2",
    "relu3",
    "erf",
    "probit",
    "sin",
    "cos",
    "exp",
    "sinh",
    "cosh",
    "gaussian",
    "gelu",
    "elu",
    "selu",
    "hard_tanh",
    "relu6",
    "hard_sigmoid",
    "snake",
    "tanh",
    "sigmoid",
    "swish",
    "softplus",
    "mish",
    "softsign",
    "arctan",
    "asinh",
)


@dataclass(frozen=True)
class Recognition:
    """σ(z) = amplitude·family(scale·z) + offset."""

    family: Activation
    amplitude: Expr = S.One
    scale: Expr = S.One
    offset: Expr = S.Zero

    def __str__(self) -> str:
        inner = "z" if self.scale == 1 else f"{self.scale}*z"
        text = f"{self.family.name}({inner})"
        text = text if self.amplitude == 1 else f"{self.amplitude}*{text}"
        return text if self.offset == 0 else f"{text} + {self.offset}"


def recognise(formula: Expr) -> Recognition | None:
    """The family of a formula in ``Z`` up to amplitude, scale and offset, or None when it is in none."""
    parts = branches(formula)
    pieces = pieces_of_branches(parts)
    if pieces is None:
        return _recognise_by_identity(formula)
    offset = pieces.terms.get(Shape(), S.Zero)
    for candidate in (offset, S.Zero):  # sign and step carry a constant of their own
        rest = pieces - Pieces.constant(candidate)
        for name in FAMILIES:
            found = _match(lookup(name), rest, candidate)
            if found is not None:
                return found
    return _recognise_leaky(pieces)


def describe(formula: Expr) -> str:
    """In words: the family, or the kinds of pieces the formula splits into, or that no closed form is known."""
    found = recognise(formula)
    if found is not None:
        known = "closed forms derived" if found.family.pieces is not None else "no closed form is known; expansions "
        "and numbers"
        return f"{found} ({known})"
    pieces = pieces_of_branches(branches(formula))
    if pieces is None:
        return "no closed form is known; expansions and numbers"
    return f"a sum of {', '.join(sorted(_kinds(pieces)))} (closed forms derived piece by piece)"


def _kinds(pieces: Pieces) -> set[str]:
    kinds = set()
    for shape in pieces.terms:
        words = []
        if shape.gates:
            words.append("error functions")
        if shape.linear != 0:
            words.append("sines and cosines" if shape.linear.has(sympy.I) else "exponentials")
        if shape.quadratic != 0:
            words.append("Gaussians")
        if shape.start is not None:
            words.append("steps")
        kinds.add(" times ".join(words) or "polynomials")
    return kinds


def _match(family: Activation, target: Pieces, offset: Expr) -> Recognition | None:
    if family.pieces is None:
        return None
    for scale in _scales(family, target):
        scaled = family.pieces.rescaled(scale)
        own = scaled.terms.get(Shape(), S.Zero)
        bare = scaled - Pieces.constant(own)
        wanted = target - Pieces.constant(target.terms.get(Shape(), S.Zero))
        amplitude = _ratio(bare, wanted)
        if amplitude is not None:
            total = offset + target.terms.get(Shape(), S.Zero) - amplitude * own
            return Recognition(family, amplitude, scale, sympy.expand(total))
    return None


def _scales(family: Activation, target: Pieces) -> list[Expr]:
    """The scales that could map one set of shapes on the other."""
    if family.homogeneous_degree is not None:
        return [S.One] if family.parity is not None else [S.One, S.NegativeOne]
    own, other = _invariants(family.pieces), _invariants(target)
    if own is None or other is None or own == 0:
        return [S.One]
    ratio = sympy.simplify(other / own)
    if not ratio.is_real or ratio == 0:
        return []
    return [ratio] if family.parity is not None else [ratio, -ratio]


def _invariants(pieces: Pieces | None) -> Expr | None:
    """A positive number that is multiplied by b when z → b z."""
    for shape, _ in pieces or ():
        if shape.gates:
            return 1 / sympy.sqrt(shape.gates[0].variance)
    rates = [abs(shape.linear) for shape, _ in pieces or () if shape.linear != 0]
    if rates:
        return max(rates, key=lambda r: sympy.N(r, 30))
    for shape, _ in pieces or ():
        if shape.quadratic != 0:
            return sympy.sqrt(abs(shape.quadratic))
    starts = [abs(s) for s in (pieces.starts if pieces else ()) if s != 0]
    return 1 / max(starts, key=lambda r: sympy.N(r, 30)) if starts else None


def _ratio(family: Pieces, target: Pieces) -> Expr | None:
    if not family.terms or family.terms.keys() != target.terms.keys():
        return None
    first = next(iter(family.terms))
    ratio = sympy.simplify(target.terms[first] / family.terms[first])
    return ratio if family.scaled(ratio) == target else None


def _recognise_leaky(pieces: Pieces) -> Recognition | None:
    line, kinked = Shape(power=1), Shape(power=1, start=S.Zero)
    if set(pieces.terms) != {line, kinked}:
        return None
    slope, jump = pieces.terms[line], pieces.terms[kinked]
    return Recognition(lookup("leaky_relu", slope=slope, positive=slope + jump))


@lru_cache(maxsize=256)
def _recognise_by_identity(formula: Expr) -> Recognition | None:
    """Families without pieces: tanh, sigmoid, … up to amplitude, a scale 1/2, 1 or 2, and offset, proved by
    simplification.
    """
    points = [sympy.Rational(p) for p in ("1/3", "-5/4")]
    families = [lookup(name) for name in FAMILIES if lookup(name).pieces is None]
    for family in families:
        close = all(abs(sympy.N((formula - family.formula).subs(Z, x), 25)) < 1e-18 for x in points)
        if close and same_formula(formula, family.formula):
            return Recognition(family)
    for family in families:
        for scale in (S.One, sympy.Integer(2), S.Half):
            trial = family.formula.subs(Z, scale * Z)
            values = [(formula.subs(Z, x), trial.subs(Z, x)) for x in (*points, S.Zero)]
            (f1, g1), (f2, g2), (f0, g0) = values
            slope = sympy.N((f1 - f0) / (g1 - g0), 25)
            if abs(sympy.N(f2 - f0 - slope * (g2 - g0), 25)) > 1e-18:
                continue
            amplitude = sympy.nsimplify(slope, rational=True, tolerance=1e-20)
            offset = sympy.nsimplify(sympy.N(f0 - amplitude * g0, 25), rational=True, tolerance=1e-20)
            if same_formula(formula, amplitude * trial + offset):
                return Recognition(family, amplitude, scale, offset)
    return None
