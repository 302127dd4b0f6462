"""A SymPy formula as a list of instructions that any kind of number can run: mpmath, Arb balls, numpy arrays.

This replaces string-based code generation: each distinct subexpression becomes one instruction calling a function of
the chosen arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import sympy
from sympy import Expr

from ptheory.activations.errors import UnsupportedFormula
from ptheory.activations.functions import row_of
from ptheory.activations.symbols import Z
from ptheory.algebra.elementary import ELEMENTARY


class Arithmetic(Protocol):
    """What a kind of number must offer: exact constants, powers and the elementary functions by name."""

    functions: Mapping[str, Callable[[Any], Any]]

    def constant(self, value: Expr) -> Any:
        """An exact number in this arithmetic."""

    def power(self, base: Any, exponent: Expr) -> Any:
        """base to an exact exponent that does not depend on z."""


@dataclass(frozen=True)
class Instruction:
    """operation: '+', '*', '^' (with ``data`` the exponent), 'c' (constant ``data``), 'z', or a function's name."""

    operation: str
    arguments: tuple[int, ...] = ()
    data: Expr | None = None


Tape = tuple[Instruction, ...]


@lru_cache(maxsize=2048)
def tape_of(formula: Expr) -> Tape:
    """The instructions for a smooth formula in Z. Raises UnsupportedFormula for a function no arithmetic here knows."""
    tape: list[Instruction] = []
    places: dict[Expr, int] = {}

    def place(node: Expr) -> int:
        if node in places:
            return places[node]
        if node == Z:
            instruction = Instruction("z")
        elif not node.has(Z):
            instruction = Instruction("c", data=node)
        elif node.is_Add or node.is_Mul:
            instruction = Instruction("+" if node.is_Add else "*", tuple(place(a) for a in node.args))
        elif node.is_Pow and not node.exp.has(Z):
            instruction = Instruction("^", (place(node.base),), node.exp)
        elif (row := row_of(node)) is not None and row.is_smooth:
            instruction = Instruction(row.name, (place(node.args[0]),))
        else:
            raise UnsupportedFormula(f"cannot compute with {node.func.__name__} in {node}")
        tape.append(instruction)
        places[node] = len(tape) - 1
        return places[node]

    place(formula)
    return tuple(tape)


def run(tape: Tape, arithmetic: Arithmetic, z: Any, constants: Mapping[int, Any] | None = None) -> Any:
    """The value at z; ``constants`` are instruction results computed beforehand (see ``constants_of``)."""
    known = constants or {}
    values: list[Any] = []
    for position, step in enumerate(tape):
        if position in known:
            values.append(known[position])
        elif step.operation == "z":
            values.append(z)
        elif step.operation == "c":
            values.append(arithmetic.constant(step.data))
        elif step.operation == "+":
            total = values[step.arguments[0]]
            for argument in step.arguments[1:]:
                total = total + values[argument]
            values.append(total)
        elif step.operation == "*":
            product = values[step.arguments[0]]
            for argument in step.arguments[1:]:
                product = product * values[argument]
            values.append(product)
        elif step.operation == "^":
            values.append(arithmetic.power(values[step.arguments[0]], step.data))
        else:
            values.append(arithmetic.functions[step.operation](values[step.arguments[0]]))
    return values[-1]


def constants_of(tape: Tape, arithmetic: Arithmetic) -> dict[int, Any]:
    """The constants of a tape in one arithmetic, to be computed once for many points."""
    return {k: arithmetic.constant(step.data) for k, step in enumerate(tape) if step.operation == "c"}


class MultiprecisionNumbers:
    """mpmath at its current working precision."""

    def __init__(self) -> None:
        import mpmath

        self.functions: Mapping[str, Callable[[Any], Any]] = {
            row.name: getattr(mpmath, row.name) for row in ELEMENTARY if row.is_smooth
        }
        self._digits = mpmath.mp

    def constant(self, value: Expr) -> Any:
        import mpmath

        if value.is_Integer:
            return mpmath.mpf(int(value))
        if value.is_Rational:
            return mpmath.mpf(int(value.p)) / int(value.q)
        return mpmath.mpmathify(sympy.N(value, self._digits.dps + 5))

    def power(self, base: Any, exponent: Expr) -> Any:
        if exponent.is_Integer:
            return base ** int(exponent)
        return base ** self.constant(exponent)


def multiprecision(formula: Expr) -> Callable[[Any], Any]:
    """A smooth formula as a function of an mpmath number, constants at the precision in force now."""
    arithmetic, tape = MultiprecisionNumbers(), tape_of(formula)
    constants = constants_of(tape, arithmetic)
    return lambda z: run(tape, arithmetic, z, constants)
