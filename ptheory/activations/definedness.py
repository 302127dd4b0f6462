"""Is σ(z) a finite real number for every real z? Denominators, logarithms and roots are checked where they can fail:
exactly where the argument is a polynomial, at sample points otherwise.
"""

from __future__ import annotations

import mpmath
import sympy
from sympy import Expr

from ptheory.activations.activation import Activation
from ptheory.activations.activation_errors import UndefinedPoint, UnsupportedFormula
from ptheory.activations.branches import Branch, roots_of
from ptheory.activations.symbols import Z
from ptheory.activations.tape import multiprecision, tape_of

REACH = 40
SAMPLES = 641


def check_defined(activation: Activation) -> None:
    """Raise UndefinedPoint naming a place where the formula fails, UnsupportedFormula for functions that cannot be
    computed.
    """
    if activation.formula.free_symbols - {Z}:
        return  # a formula with parameters is checked once numbers are put in
    for branch in activation.branches:
        if branch.formula.has(sympy.zoo, sympy.nan, sympy.oo, -sympy.oo):  # 1/heaviside(z) where heaviside is zero
            raise UndefinedPoint(f"'{activation.name}' has no finite value at z = {_inside(branch)}")
        tape_of(branch.formula)
        for node in sympy.preorder_traversal(branch.formula):
            if isinstance(node, Expr) and node.has(Z):
                _check_node(activation.name, node, branch)


def _inside(branch: Branch) -> Expr:
    """A point of the branch, a simple one."""
    if branch.lower.is_finite and branch.upper.is_finite:
        return (branch.lower + branch.upper) / 2
    if branch.upper.is_finite:
        return branch.upper - 1
    return branch.lower + 1 if branch.lower.is_finite else sympy.S.Zero


def _check_node(name: str, node: Expr, branch: Branch) -> None:
    if isinstance(node, sympy.log):
        _require(name, node, node.args[0], branch, positive=True, closed=True)
    elif isinstance(node, sympy.tan):
        if not (branch.lower.is_finite and branch.upper.is_finite) and node.args[0].is_polynomial(Z):
            raise UndefinedPoint(f"'{name}' is not defined everywhere: {node} has poles")
        _require(name, node, sympy.cos(node.args[0]), branch, positive=False, closed=True)
    elif node.is_Pow and not node.exp.has(Z):
        if node.exp.is_Integer and node.exp < 0:
            _require(name, node, node.base, branch, positive=False, closed=True)
        elif not node.exp.is_Integer:
            _require(name, node, node.base, branch, positive=True, closed=bool(node.exp.is_negative))
    elif node.is_Pow:
        raise UnsupportedFormula(
            f"'{name}': a power with z in the exponent needs a positive constant base: write exp(…)"
        )


def _require(name: str, node: Expr, argument: Expr, branch: Branch, *, positive: bool, closed: bool) -> None:
    """``argument`` must stay > 0 (positive) or ≠ 0 on the branch, end points included when ``closed``."""
    if argument.is_positive or (not positive and argument.is_negative):
        return
    value = multiprecision(argument)
    low = max(float(branch.lower), -REACH) if branch.lower.is_finite else -REACH
    high = min(float(branch.upper), REACH) if branch.upper.is_finite else REACH
    previous = None
    points = [low + (high - low) * k / (SAMPLES - 1) for k in range(SAMPLES)]
    inner = points if closed else points[1:-1]
    for point in [*inner, *([0.0] if low < 0 < high else [])]:
        number = value(mpmath.mpf(point))
        bad = isinstance(number, mpmath.mpc) or mpmath.isnan(number) or number == 0 or (positive and number < 0)
        flipped = previous is not None and point != 0.0 and not bad and (number > 0) != (previous > 0)
        if bad or (flipped and not positive):
            raise UndefinedPoint(
                f"'{name}' is not defined near z = {float(point):.6g}: {node} has no finite real value there"
            )
        if point != 0.0:
            previous = number
    polynomial = argument.as_poly(Z)
    if polynomial is None or polynomial.free_symbols_in_domain:
        return
    for root in roots_of(argument):  # far out, or between two sample points
        if (branch.lower < root and root < branch.upper) or (closed and root in (branch.lower, branch.upper)):
            raise UndefinedPoint(
                f"'{name}' is not defined near z = {float(root):.6g}: {node} has no finite real value there"
            )
