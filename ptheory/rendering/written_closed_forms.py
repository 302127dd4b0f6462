"""Closed forms at inputs by their names, K[a,b] and K_{ab} as in the equations; single expectations: ⟨σ²⟩_K = K/2."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.rendering.arrange import arrange, tensor_node
from ptheory.rendering.brackets import WHERE_SHORT, open_expectations
from ptheory.rendering.closed_forms.as_tree import ClosedFormTree
from ptheory.rendering.closed_forms.closed_form_pieces import NotCollected
from ptheory.rendering.latex import LatexWriter
from ptheory.rendering.notation import Notation, notation_of
from ptheory.rendering.spelling import OURS, Spelling
from ptheory.rendering.text import text_writer
from ptheory.rendering.tree import Sum, TensorNode
from ptheory.rendering.written_formulas import TextStyle
from ptheory.results.specialisation import BoundEquation

if TYPE_CHECKING:
    from sympy import Expr


@dataclass(frozen=True)
class ClosedForms:
    """Writes the closed forms of an equation; ``spelling``: of names in LaTeX."""

    found: BoundEquation
    spelling: Spelling = OURS

    @cached_property
    def _notation(self) -> Notation:
        return notation_of(self.found.equation, self.found.inputs)

    @cached_property
    def _tree(self) -> ClosedFormTree:
        """How they are collected: by the tensors of the equation, in its kernels."""
        symbols = self.found.symbols
        nodes = {name: tensor_node(atom, self._notation) for name, atom in symbols.items()}
        kernels = frozenset(name for name, atom in symbols.items() if atom.is_kernel)
        own = next((name for name, atom in symbols.items() if atom == self.found.equation.target), "")
        return ClosedFormTree(nodes, kernels, own, self.found.susceptibilities)

    def sum(self, value: Expr) -> Sum | None:
        """Collected and in factors; None where it has long rationals, or functions that are not taken apart."""
        from ptheory.rendering.written_numbers import is_rounded

        if is_rounded(value):
            return None
        try:
            return self._tree.sum(value)
        except NotCollected:
            return None

    @cached_property
    def susceptibilities(self) -> tuple[tuple[str, Sum], ...]:
        """Those that stand by their names in the closed form of the equation, each with its own."""
        whole = None if self.found.closed_form is None else self.sum(self.found.closed_form)
        names = () if whole is None else self._tree.names_in(whole)
        by_itself = replace(self, found=replace(self.found, susceptibilities={}))
        written = ((name, by_itself.sum(self.found.susceptibilities[name])) for name in names)
        return tuple((name, value) for name, value in written if value is not None)

    @cached_property
    def _nodes(self) -> dict[str, TensorNode]:
        """K_12 is the tensor K at inputs a and b; at one input K and V are called so, G1 is G with its order."""
        nodes = {name: tensor_node(atom, self._notation) for name, atom in self.found.symbols.items()}
        return {name: node for name, node in nodes.items() if self.found.inputs or node.order}

    def latex(self, value: Expr) -> str:
        """A right-hand side as LaTeX."""
        collected = self.sum(value)
        if collected is not None:
            return LatexWriter(self.spelling).sum(collected)
        from ptheory.rendering.sympy_forms import sympy_latex

        writer = LatexWriter(self.spelling)
        return sympy_latex(value, {name: writer.symbol(node) for name, node in self._nodes.items()}, self.spelling)

    def text(self, value: Expr, style: TextStyle) -> str:
        """The same as text."""
        writer, collected = text_writer(self._notation, style.unicode), self.sum(value)
        if collected is not None:
            return writer.sum(collected)
        from ptheory.rendering.sympy_forms import sympy_text

        return sympy_text(value, style, {name: writer.tensor(node) for name, node in self._nodes.items()})

    def moment_latex(self, atom: Atom, value: Expr) -> str:
        """⟨...⟩_K = value as LaTeX."""
        opened = open_expectations(Polynomial.atom(atom), self._notation, WHERE_SHORT)
        shown = arrange(opened, self._notation)
        return f"{LatexWriter(self.spelling).sum(shown)} = {self.latex(value)}"

    def moment_text(self, atom: Atom, value: Expr, style: TextStyle) -> str:
        """⟨...⟩_K = value as text."""
        shown = arrange(open_expectations(Polynomial.atom(atom), self._notation), self._notation)
        left = text_writer(self._notation, style.unicode).sum(shown)
        return f"{left} = {self.text(value, style)}"
