"""The expression tree of the language: small immutable nodes, spans kept out of equality, nothing simplified."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from ptheory.language.source import Source


@dataclass(frozen=True)
class Span:
    """Where a node stands in its source: character offsets, and line and column counted from 1."""

    start: int = 0
    end: int = 0
    line: int = 0
    column: int = 0
    source: Source | None = field(default=None, compare=False, repr=False)


NOWHERE = Span()


@dataclass(frozen=True)
class Expression:
    """A node of a formula. ``span``: where it was written; it does not count for equality."""

    span: Span = field(default=NOWHERE, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True)
class Number(Expression):
    """``spelling``: as written, so that the formatter leaves it alone (1e250, 0.50)."""

    value: Fraction
    spelling: str = field(default="", compare=False, repr=False, kw_only=True)


@dataclass(frozen=True)
class Name(Expression):
    """A scalar, a constant (pi), an activation's variable, or a bare name such as K or chi_par."""

    name: str


@dataclass(frozen=True)
class FieldAt(Expression):
    """z[j;a]: a field at a neuron and a sample; ``depth`` 1 inside prev(...).

    In claims the sample may be a number, and ``primes`` is 1 at the next layer.
    """

    field: str
    neuron: str
    sample: str
    depth: int = 0
    primes: int = 0


@dataclass(frozen=True)
class Call(Expression):
    """function(arguments), the function differentiated ``primes`` times."""

    function: str
    arguments: tuple[Expression, ...]
    primes: int = 0


@dataclass(frozen=True)
class Add(Expression):
    """The sum of two terms or more; a difference has a negated term."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True)
class Multiply(Expression):
    """The product of two factors or more."""

    factors: tuple[Expression, ...]


@dataclass(frozen=True)
class Negate(Expression):
    """-operand."""

    operand: Expression


@dataclass(frozen=True)
class Divide(Expression):
    """numerator/denominator."""

    numerator: Expression
    denominator: Expression


@dataclass(frozen=True)
class Power(Expression):
    """base^exponent."""

    base: Expression
    exponent: Expression


@dataclass(frozen=True)
class Compare(Expression):
    """left REL right with REL one of < <= > >= == !=; only inside piecewise."""

    relation: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Piecewise(Expression):
    """branches: (condition, value) pairs; ``otherwise`` is the value where no condition holds."""

    branches: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression


@dataclass(frozen=True)
class Indexed(Expression):
    """name[1,2,3,4] (a tensor at slots), W[i,j], C_W[l+1]; the arguments are kept as written.

    ``layer``: k of V[1,2,3,4;l+k], None where no layer is written behind the slots.
    """

    name: str
    arguments: tuple[Expression, ...]
    primes: int = 0
    layer: int | None = None


@dataclass(frozen=True)
class SumOver(Expression):
    """sum(j, body) or sum(mu,nu, body); ``over``: the inputs a sum in a claim runs over, sum(a in {1,2}, body); empty
    where nothing is said."""

    indices: tuple[str, ...]
    body: Expression
    over: tuple[Expression, ...] = ()


@dataclass(frozen=True)
class Bracket(Expression):
    """<body>: the Gaussian expectation at the leading kernel; ``s``, ``s1``, ``s'`` ... stand for the activation.

    ``layer``: k of <body>_K[l+k], None where no layer is written.
    """

    body: Expression
    layer: int | None = None


@dataclass(frozen=True)
class Connected(Expression):
    """E[body]_c: the joint cumulant of the factors of a product, over the parameters of a network of finite width."""

    body: Expression


@dataclass(frozen=True)
class Symmetrised(Expression):
    """body + (12 <-> 34): the body, and the body with the inputs ``first`` and ``second`` exchanged, one by one."""

    body: Expression
    first: tuple[Expression, ...]
    second: tuple[Expression, ...]


def children(expression: Expression) -> tuple[Expression, ...]:
    """The direct subexpressions, left to right."""
    match expression:
        case Call() | Indexed():
            return expression.arguments
        case Add():
            return expression.terms
        case Multiply():
            return expression.factors
        case Negate():
            return (expression.operand,)
        case Divide():
            return (expression.numerator, expression.denominator)
        case Power():
            return (expression.base, expression.exponent)
        case Compare():
            return (expression.left, expression.right)
        case Piecewise():
            return (*(part for branch in expression.branches for part in branch), expression.otherwise)
        case SumOver() | Bracket() | Connected() | Symmetrised():
            return (expression.body,)
        case _:
            return ()


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and everything below it, parents first, left to right."""
    yield expression
    for child in children(expression):
        yield from walk(child)


def rewritten(node: Expression, change: Callable[[Expression], Expression | None]) -> Expression:
    """The tree with every node for which ``change`` gives another one exchanged, parents first."""
    new = change(node)
    if new is not None:
        return new
    match node:
        case Call() | Indexed():
            return replace(node, arguments=tuple(rewritten(a, change) for a in node.arguments))
        case Add():
            return replace(node, terms=tuple(rewritten(t, change) for t in node.terms))
        case Multiply():
            return replace(node, factors=tuple(rewritten(f, change) for f in node.factors))
        case Negate():
            return replace(node, operand=rewritten(node.operand, change))
        case Divide():
            return replace(
                node, numerator=rewritten(node.numerator, change), denominator=rewritten(node.denominator, change)
            )
        case Power():
            return replace(node, base=rewritten(node.base, change), exponent=rewritten(node.exponent, change))
        case SumOver() | Bracket() | Connected() | Symmetrised():
            return replace(node, body=rewritten(node.body, change))
        case Compare():
            return replace(node, left=rewritten(node.left, change), right=rewritten(node.right, change))
        case Piecewise():
            branches = tuple((rewritten(c, change), rewritten(v, change)) for c, v in node.branches)
            return replace(node, branches=branches, otherwise=rewritten(node.otherwise, change))
    return node
