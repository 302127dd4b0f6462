"""Derived equations spelled as claims: what a reader may paste back into a file.

The legs stand at inputs 1, 2, ..., every derivative is carried out and every sum over samples written out, and a
compound layer function stands as its own formula. What the reader of claims does not take (a tensor without a declared
name, a special function) has no claim.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING

from ptheory.algebra.refusal import DivisionByZero
from ptheory.claims.reading.read_claim import ClaimReader
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.language.errors import LanguageError
from ptheory.language.parser import parse_text
from ptheory.language.statements import ClaimStatement, Inputs
from ptheory.recursion.equation import Equation
from ptheory.recursion.nearby import ALONG
from ptheory.recursion.sources import legs_read
from ptheory.recursion.tensors import Expectation, Tensor
from ptheory.rendering.arrange import arrange, tensor_node
from ptheory.rendering.brackets import open_expectations
from ptheory.rendering.notation import Notation, notation_of
from ptheory.rendering.sympy_forms import Unwritable, check_writable, sympy_text
from ptheory.rendering.text import text_writer
from ptheory.rendering.tree import Sum
from ptheory.rendering.written_equations import DisplayedEquation, displayed_in
from ptheory.rendering.written_formulas import TextStyle

if TYPE_CHECKING:
    from sympy import Expr


MOST_TERMS = 300  # of a right-hand side with its sums written out
LONGEST = 5000  # characters of a claim that is still decided in seconds
ASCII = TextStyle(unicode=False, exact=True)


@dataclass(frozen=True)
class ClaimForms:
    """``inputs``: their names, empty for one input or for as many as the equation has slots; ``bindings`` as typed;
    ``symbols``: what the symbols of closed forms stand for; ``near``: the inputs are x and the separation from it,
    ``through`` the power of it that is meant."""

    equation: Equation
    inputs: tuple[str, ...] = ()
    bindings: Mapping[str, str] | None = None
    symbols: Mapping[str, Tensor] | None = None
    equal_widths: bool = False
    near: bool = False
    through: int = 0

    @cached_property
    def concrete(self) -> Equation | None:
        """The equation with its slots at inputs 1, 2, ... and nothing left to sum; None where that is too long."""
        slots = sorted({leg.sample for leg in self.equation.target.legs})
        if self.inputs or slots == [1]:
            return self.equation
        if written_out(self.equation) > MOST_TERMS:
            return None
        return self.equation.at({slot: number for number, slot in enumerate(slots, start=1)})

    @cached_property
    def notation(self) -> Notation:
        """Names as claims use them: no short names for site functions, samples only where there are several inputs."""
        found = notation_of(self.concrete or self.equation, self.inputs, self.equal_widths)
        return replace(
            found,
            sites=self.equation.system.model.sites,
            definitions=(),
            along=ALONG if self.through else 0,
            one_input=found.one_input and not self.inputs,
        )

    @cached_property
    def shown(self) -> DisplayedEquation | None:
        """The equation at the inputs of the claim; None where written out it is too long."""
        return None if self.concrete is None else displayed_in(self.concrete, self.notation)

    @property
    def scope(self) -> str:
        """``for MLP, inputs 2``, as a claim has it."""
        if self.near:
            where = f"inputs {Inputs(2, self.inputs, near=True, through=self.through).nearness}"
        elif self.inputs:
            named = not all(name.isdigit() for name in self.inputs)
            where = f"inputs {' '.join(self.inputs)}" if named else f"inputs {len(self.inputs)}"
        elif self.notation.one_input:
            where = "inputs one"
        else:
            where = f"inputs {len({leg.sample for leg in self.equation.target.legs})}"
        return f"for {self.equation.system.model.architecture.name}, {where}"

    @property
    def left(self) -> str:
        """The left side, V' or V'[1,2,3,4]."""
        node = tensor_node((self.concrete or self.equation).target, self.notation, next_layer=True)
        return text_writer(self.notation, unicode=False).tensor(node)

    @property
    def values(self) -> dict[str, str]:
        """The hyperparameters that are set, which a claim assumes."""
        return {name: value for name, value in (self.bindings or {}).items() if name not in self.notation.functions}

    def sum(self, total: Sum) -> str:
        """A sum in claim syntax."""
        return text_writer(self.notation, unicode=False).sum(total)

    @cached_property
    def right(self) -> str | None:
        """The right side in claim syntax; None where it is too long."""
        return None if self.shown is None else self.sum(self.shown.right_opened)

    @property
    def claim(self) -> str | None:
        """The equation as a claim statement; None where it is too long."""
        return self.stated(self.left, self.right)

    @property
    def explicit(self) -> str | None:
        """The right-hand side without expectations, where the layer is polynomial."""
        found = self.shown.explicit if self.shown is not None else None
        return None if found is None else self.sum(found)

    def closed(self, value: Expr) -> str | None:
        """A closed form in the tensors it is made of: K[1,2] for the symbol K_12; None where there is no spelling."""
        writer = text_writer(self.notation, unicode=False)
        names = {name: writer.tensor(tensor_node(found, self.notation)) for name, found in (self.symbols or {}).items()}
        try:
            check_writable(value)
        except Unwritable:
            return None
        return sympy_text(value, ASCII, names)

    def mean(self, atom: Expectation) -> str:
        """A single expectation."""
        from ptheory.algebra.polynomial import Polynomial

        return self.sum(arrange(open_expectations(Polynomial.atom(atom), self.notation), self.notation))

    def stated(self, left: str, right: str | None, bound: bool = False) -> str | None:
        """``left = right for MLP, inputs 2``, None where the reader of claims would not take it."""
        if right is None or len(left) + len(right) > LONGEST:
            return None
        given = [f"{name} = {value}" for name, value in self.values.items()]
        activations = [(name, value) for name, value in (self.bindings or {}).items() if name not in self.values]
        given += [f"with {name} = {value}" for name, value in activations if bound]
        text = ", ".join([f"{left} = {right} {self.scope}", *given])
        return text if self._is_readable(text) else None

    def _is_readable(self, text: str) -> bool:
        try:
            (claim,) = parse_text(f'ptheory 1\nclaim "c": {text}\n', "<claim>").statements
            assert isinstance(claim, ClaimStatement)
            reader = self._reader(claim.scope.inputs)
            reader.read(claim.right)
            if "'" not in text.partition(" = ")[0].partition("<")[0]:
                reader.read(claim.left)
        except (LanguageError, DivisionByZero):
            return False
        return True

    def _reader(self, inputs: Inputs | None) -> ClaimReader:
        vocabulary = Vocabulary(self.equation.system, self.equation.names, {}, {}, inputs)
        return ClaimReader(vocabulary, tuple(range(1, inputs.count + 1)) if inputs is not None else ())


def written_out(equation: Equation) -> int:
    """How many terms the right-hand side has with every sum over samples written out."""
    total = 0
    for monomial, _ in equation.right:
        expectations = [atom for atom, _ in monomial if isinstance(atom, Expectation)]
        over = [
            len(legs_read(atom, equation.system.model.sites)) ** len({d for d in atom.derivatives if d.is_dummy})
            for atom in expectations
        ]
        total += prod(over)
    return total
