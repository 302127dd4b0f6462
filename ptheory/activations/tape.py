"""A SymPy formula compiled once, to run on any kind of number: mpmath, Arb balls, floats, arrays.

``tape_of`` walks the tree and lists its operations, every distinct subexpression once; ``compiled`` gives each the
function that a number system has for it. No code is made from text. Engine and verification share this walk and the
names of operations; what an operation does is in the record of each number system, of which they have their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import add, mul
from typing import Any

import mpmath
import sympy
from sympy import Expr

from ptheory.activations.activation_errors import UnsupportedFormula
from ptheory.activations.function_values import row_of
from ptheory.activations.symbols import Z
from ptheory.algebra.elementary import ELEMENTARY
from ptheory.algebra.refusal import Refusal

Function = Callable[..., Any]

JOINED: dict[Any, str] = {
    sympy.Add: "+", sympy.Mul: "*", sympy.Max: "max", sympy.Min: "min", sympy.And: "and", sympy.Or: "or",
    sympy.StrictLessThan: "<", sympy.LessThan: "<=", sympy.StrictGreaterThan: ">", sympy.GreaterThan: ">=",
    sympy.Equality: "==", sympy.Unequality: "!=",
}  # fmt: skip
"""SymPy's nodes of two and more parts, which are joined from the left."""

SMOOTH = frozenset(("+", "*", "^", *(row.name for row in ELEMENTARY if row.is_smooth)))
"""What the integrands of quadrature are made of."""


@dataclass(frozen=True, eq=False)
class Numbers:
    """A number system.

    ``constant``: the number of an expression without variables. ``raising``: from a constant exponent to the function
    that raises to it. ``operations``: those of two numbers by the names in ``JOINED`` and "power", elementary functions
    by the names of their rows, and "select": from pairs of functions (condition, value) to the function that takes the
    first value whose condition holds.
    """

    constant: Callable[[Expr], Any]
    raising: Callable[[Expr], Function]
    operations: Mapping[str, Function]


@dataclass(frozen=True)
class Instruction:
    """An operation on the results of earlier instructions.

    "variable" (``data``: which one), "constant" (the expression), "^" (the exponent), "select" (pairs of tapes), or an
    operation of ``Numbers``.
    """

    operation: str
    arguments: tuple[int, ...] = ()
    data: Any = None


Tape = tuple[Instruction, ...]
"""The last result is the formula's."""


@lru_cache(maxsize=2048)
def tape_of(formula: Expr) -> Tape:
    """The instructions for a smooth formula in Z. Raises UnsupportedFormula for an operation not in ``SMOOTH``."""
    return Recorder((Z,), SMOOTH).tape(formula)


class Recorder:
    """Tapes of formulas in these variables, made of these operations (``JOINED``, "^", "power", "select", names)."""

    def __init__(self, variables: Sequence[Expr], operations: frozenset[str]) -> None:
        self.variables = tuple(variables)
        self.operations = operations
        self._tape: list[Instruction] = []
        self._places: dict[Any, int] = {}

    def tape(self, formula: Expr) -> Tape:
        """Raises ``refusal`` of the first node with another operation."""
        self._tape, self._places = [], {}
        self._place(formula)
        return tuple(self._tape)

    def is_constant(self, node: Expr) -> bool:
        """Whether a node is left to the number system as it is: here every one without a variable."""
        return not node.has(*self.variables)

    def refusal(self, node: Expr) -> Refusal:
        """What is raised where a node is none of the operations."""
        return UnsupportedFormula(f"cannot compute with {node.func.__name__} in {node}")

    def _place(self, node: Expr) -> int:
        if node not in self._places:
            operation, arguments, data = self._read(node)
            if operation not in ("variable", "constant") and operation not in self.operations:
                raise self.refusal(node)
            places = [self._place(argument) for argument in arguments]
            while len(places) > 2:
                places = [self._append(operation, tuple(places[:2])), *places[2:]]
            self._places[node] = self._append(operation, tuple(places), data)
        return self._places[node]

    def _append(self, operation: str, arguments: tuple[int, ...], data: Any = None) -> int:
        self._tape.append(Instruction(operation, arguments, data))
        return len(self._tape) - 1

    def _read(self, node: Expr) -> tuple[str, tuple[Expr, ...], Any]:
        """The operation of a node, what it is applied to, and its data."""
        if node in self.variables:
            return "variable", (), self.variables.index(node)
        if self.is_constant(node):
            return "constant", (), node
        if node.is_Pow:
            base, exponent = node.args
            return ("^", (base,), exponent) if self.is_constant(exponent) else ("power", (base, exponent), None)
        if isinstance(node, sympy.Piecewise) and "select" in self.operations:
            own = type(self)(self.variables, self.operations)
            return "select", (), tuple((own.tape(condition), own.tape(value)) for value, condition in node.args)
        row = row_of(node)
        name = row.name if row is not None else JOINED.get(node.func, "")
        return name, node.args[:1] if row is not None else node.args, None


def compiled(tape: Tape, numbers: Numbers) -> Function:
    """The formula as a function of its variables in one number system, constants at the precision in force now."""
    results: list[Any] = [None] * len(tape)
    variables: list[tuple[int, int]] = []
    steps: list[tuple[int, Function, int, int]] = []
    known: set[int] = set()
    for place, instruction in enumerate(tape):
        if instruction.operation == "variable":
            variables.append((place, instruction.data))
        elif instruction.operation == "constant":
            results[place] = numbers.constant(instruction.data)
            known.add(place)
        elif instruction.arguments and known.issuperset(instruction.arguments):
            results[place] = _function(instruction, numbers)(*(results[a] for a in instruction.arguments))
            known.add(place)
        else:
            first, second, *_ = (*instruction.arguments, -1, -1)
            steps.append((place, _function(instruction, numbers), first, second))

    def value(*inputs: Any) -> Any:
        values = results.copy()
        for place, variable in variables:
            values[place] = inputs[variable]
        for place, function, first, second in steps:
            if second >= 0:
                values[place] = function(values[first], values[second])
            elif first >= 0:
                values[place] = function(values[first])
            else:
                values[place] = function(*inputs)
        return values[-1]

    return value


def _function(instruction: Instruction, numbers: Numbers) -> Function:
    if instruction.operation == "^":
        return numbers.raising(instruction.data)
    if instruction.operation == "select":
        pairs = [(compiled(condition, numbers), compiled(value, numbers)) for condition, value in instruction.data]
        chosen: Function = numbers.operations["select"](pairs)
        return chosen
    return numbers.operations[instruction.operation]


def _multiprecision_constant(value: Expr) -> Any:
    if value.is_Integer:
        return mpmath.mpf(int(value))
    if value.is_Rational:
        return mpmath.mpf(int(value.p)) / int(value.q)
    return mpmath.mpmathify(sympy.N(value, mpmath.mp.dps + 5))


def _multiprecision_power(exponent: Expr) -> Function:
    power = int(exponent) if exponent.is_Integer else _multiprecision_constant(exponent)
    return lambda base: base**power


MULTIPRECISION = Numbers(
    _multiprecision_constant,
    _multiprecision_power,
    {"+": add, "*": mul, **{row.name: getattr(mpmath, row.name) for row in ELEMENTARY if row.is_smooth}},
)
"""mpmath at the working precision in force when a formula is compiled."""


def multiprecision(formula: Expr) -> Function:
    """A smooth formula as a function of an mpmath number, constants at the precision in force now."""
    return compiled(tape_of(formula), MULTIPRECISION)
