"""Elementary functions of one argument, one row each: how every part of the project spells them and what it knows.

Only names and facts stand here, in plain data (nothing is imported from SymPy, NumPy, mpmath or FLINT): formulas,
enclosures, derivatives and canonical spellings are made where they are used, the engine's and the witnesses'
separately. What both sides share is this table of names, and a fact of it is checked against mpmath in the tests.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

EXTREMA = ("max", "min")
"""The functions of several arguments: in formulas by these names, in SymPy as Max and Min."""


@dataclass(frozen=True)
class ElementaryFunction:
    """One function f of one real argument; a column holds its default where the fact does not hold."""

    name: str
    """in formulas, in claims, and in the libraries where nothing else is said"""
    spellings: tuple[str, ...] = ()
    """further names in formulas and in claims"""
    claim_spellings: tuple[str, ...] = ()
    """further names in claims only"""
    in_formulas: bool = True
    """may stand in a formula of the language"""
    in_claims: bool = True
    """may be taken of a scalar in a claim"""
    in_libraries: bool = False
    """SymPy, mpmath, math and the balls of python-flint have it under its name"""
    sympy: str = ""
    """the SymPy class or function where there is one; formulas without one are composed of others"""
    numpy: str = ""
    """the function of arrays in NumPy"""
    latex_macros: tuple[str, ...] = ()
    """macros of LaTeX that stand for it, without backslash"""
    latex: str = ""
    """how it is typeset where it has neither a macro nor its name upright"""
    parity: int = 0
    """1 where f(−x) = f(x), −1 where f(−x) = −f(x)"""
    at_zero: int | None = None
    """f(0) where it is 0 or 1"""
    at_one_over_pi: Fraction | None = None
    """f(1)/pi where it is rational"""
    is_increasing: bool = False
    """strictly, on the whole real line"""
    derivative: tuple[int, str] | None = None
    """(sign, row) where f′ is another row, or its negative"""
    inverse: str = ""
    """the row that undoes an increasing f where its inverse is elementary"""
    bound: int | None = None
    """a whole number not below |f(x)| for every real x"""
    branch_points: tuple[int, ...] = ()
    """real points across which f is not analytic, or not real on one side"""
    has_imaginary_cut: bool = False
    """cut along the imaginary axis from ±i outwards"""
    has_scale: bool = False
    """analytic on the real line, with a behaviour for |x| ≫ 1 that differs from the one for |x| ≪ 1"""

    @property
    def names(self) -> tuple[str, ...]:
        """Every name in formulas; in claims too, where claims know the function."""
        return (self.name, *self.spellings)

    @property
    def sympy_name(self) -> str:
        """The SymPy class or function, or nothing where SymPy has none."""
        return self.sympy or (self.name if self.in_libraries else "")

    @property
    def is_smooth(self) -> bool:
        """Analytic where it is defined, in formulas, and with an enclosure: what quadrature can take."""
        return self.in_formulas and self.in_libraries

    @property
    def value_at_zero(self) -> int | None:
        """f(0) where it is 0 or 1: an odd function vanishes there."""
        return 0 if self.parity == -1 else self.at_zero


_Row = ElementaryFunction

ELEMENTARY: tuple[ElementaryFunction, ...] = (
    _Row(
        "exp",
        in_libraries=True,
        numpy="exp",
        latex_macros=("exp",),
        at_zero=1,
        is_increasing=True,
        derivative=(1, "exp"),
        inverse="log",
        has_scale=True,
    ),
    _Row(
        "log",
        claim_spellings=("ln",),
        in_libraries=True,
        numpy="log",
        latex_macros=("log", "ln"),
        inverse="exp",
        at_one_over_pi=Fraction(0),
        branch_points=(0,),
    ),
    _Row("sqrt", sympy="sqrt", numpy="sqrt", at_zero=0, branch_points=(0,)),
    _Row("sin", in_libraries=True, numpy="sin", latex_macros=("sin",), parity=-1, bound=1, derivative=(1, "cos")),
    _Row(
        "cos",
        in_libraries=True,
        numpy="cos",
        latex_macros=("cos",),
        parity=1,
        at_zero=1,
        bound=1,
        derivative=(-1, "sin"),
    ),
    _Row("tan", in_libraries=True, numpy="tan", latex_macros=("tan",), parity=-1),
    _Row(
        "sinh",
        in_libraries=True,
        numpy="sinh",
        latex_macros=("sinh",),
        parity=-1,
        is_increasing=True,
        derivative=(1, "cosh"),
        inverse="asinh",
        has_scale=True,
    ),
    _Row(
        "cosh",
        in_libraries=True,
        numpy="cosh",
        latex_macros=("cosh",),
        parity=1,
        at_zero=1,
        derivative=(1, "sinh"),
        has_scale=True,
    ),
    _Row(
        "tanh",
        in_libraries=True,
        numpy="tanh",
        latex_macros=("tanh",),
        parity=-1,
        is_increasing=True,
        inverse="atanh",
        bound=1,
        has_scale=True,
    ),
    _Row("sech", in_claims=False, sympy="sech", parity=1, at_zero=1, bound=1, has_scale=True),
    _Row(
        "asin",
        ("arcsin",),
        in_formulas=False,
        in_libraries=True,
        numpy="arcsin",
        latex_macros=("arcsin",),
        parity=-1,
        at_one_over_pi=Fraction(1, 2),
        branch_points=(-1, 1),
    ),
    _Row(
        "acos",
        ("arccos",),
        in_formulas=False,
        in_libraries=True,
        numpy="arccos",
        latex_macros=("arccos",),
        at_one_over_pi=Fraction(0),
        branch_points=(-1, 1),
    ),
    _Row(
        "atan",
        ("arctan",),
        in_libraries=True,
        numpy="arctan",
        latex_macros=("arctan",),
        parity=-1,
        at_one_over_pi=Fraction(1, 4),
        is_increasing=True,
        inverse="tan",
        bound=2,
        has_imaginary_cut=True,
        has_scale=True,
    ),
    _Row(
        "asinh",
        ("arcsinh",),
        in_libraries=True,
        numpy="arcsinh",
        parity=-1,
        is_increasing=True,
        inverse="sinh",
        has_imaginary_cut=True,
        has_scale=True,
    ),
    _Row(
        "acosh",
        ("arccosh",),
        in_formulas=False,
        in_libraries=True,
        numpy="arccosh",
        at_one_over_pi=Fraction(0),
        branch_points=(1,),
    ),
    _Row(
        "atanh", ("arctanh",), in_formulas=False, in_libraries=True, numpy="arctanh", parity=-1, branch_points=(-1, 1)
    ),
    _Row("erf", in_libraries=True, parity=-1, is_increasing=True, bound=1, has_scale=True),
    _Row("erfc", in_libraries=True, at_zero=1, bound=2, has_scale=True),
    _Row("Phi", is_increasing=True, bound=1, has_scale=True),
    _Row("abs", sympy="Abs", numpy="abs", parity=1, at_zero=0, branch_points=(0,)),
    _Row("sign", in_claims=False, sympy="sign", numpy="sign", parity=-1, bound=1, branch_points=(0,)),
    _Row("step", ("heaviside", "theta"), in_claims=False, sympy="Heaviside", bound=1, branch_points=(0,)),
    _Row("relu", in_claims=False, latex=r"\mathrm{ReLU}", at_zero=0, branch_points=(0,)),
    _Row("sigmoid", is_increasing=True, bound=1, has_scale=True),
    _Row("softplus", is_increasing=True, has_scale=True),
    _Row("gelu", in_claims=False, latex=r"\mathrm{GELU}", at_zero=0, has_scale=True),
    _Row("swish", in_claims=False, at_zero=0, has_scale=True),
)

BY_NAME: dict[str, ElementaryFunction] = {name: row for row in ELEMENTARY for name in row.names}
"""every name but those of claims only -> its row"""


def spelled(rows: Iterable[ElementaryFunction]) -> frozenset[str]:
    """Every name of these rows."""
    return frozenset(name for row in rows for name in row.names)
