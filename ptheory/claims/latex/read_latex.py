r"""Claims pasted as LaTeX: tokens, our own grammar, a declared symbol table; the same tree as a claim in plain syntax.

What was understood is printed back by ``reading.claim_text``. Ambiguity is refused: ``1/2 K``, ``\sigma^{(2)}``,
``K_{12}^{-1}``, a function next to a parenthesis that might be a product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from lark import Tree

from ptheory.claims.latex.author_notation import OURS, AuthorNotation
from ptheory.claims.latex.base_layer import base_layer, numbered_rows
from ptheory.claims.latex.formula_reader import FormulaReader
from ptheory.claims.latex.latex_scripts import flattened
from ptheory.claims.latex.latex_tree import parsed
from ptheory.claims.latex.read_latex_orders import check_order, power_of, without_order
from ptheory.claims.latex.read_latex_symbols import (
    SymbolTable,
)
from ptheory.claims.latex.read_latex_tokens import latex_tokens
from ptheory.claims.latex.written_out import text_of
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.language.claim_names import LAYER
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import (
    Name,
    Number,
)
from ptheory.language.statements import Binding, ClaimStatement, LatexClaimStatement, Scope


def read_latex(
    claim: LatexClaimStatement, vocabulary: Vocabulary, notation: AuthorNotation = OURS
) -> list[ClaimStatement]:
    r"""The claim in plain syntax: every equation of it, of a chain a = b = c the equations a = b and b = c.

    ``notation``: the author's symbols and macros, beside the formula's own. LanguageError points into the LaTeX.
    """
    text = text_of(claim.body, claim.body_span, notation.macros)
    tokens, layers = numbered_rows(text, latex_tokens(text, notation), vocabulary)
    tree = parsed(text, tokens, "equations")
    found: list[ClaimStatement] = []
    equations = [part for part in tree.children if isinstance(part, Tree)]
    for equation, layer in zip(equations, layers, strict=True):
        reader = FormulaReader(text, SymbolTable(vocabulary, text, base_layer(text, equation, layer == 1)))
        trees = [part for part in equation.children if isinstance(part, Tree)]
        stripped = [without_order(reader, side) for side in trees if side.data != "condition"]
        sides = [reader.read(side, False) for side, _ in stripped]
        orders = {power_of(reader, term): term for _, term in stripped if term is not None}
        for power, term in orders.items():
            check_order(reader, sides, power, term)
        reader.check_means_without_law(sides)
        conditions = tuple(_condition(reader, part) for part in trees if part.data == "condition")
        check_given_once(reader, claim.scope, conditions, layer)
        at_layer = () if layer is None else (Binding(LAYER, Number(Fraction(layer)), span=claim.body_span),)
        scope = replace(claim.scope, bindings=(*claim.scope.bindings, *conditions, *at_layer))
        beyond = min(orders, default=None)
        found += [ClaimStatement(claim.label, *pair, scope, beyond=beyond, span=claim.span) for pair in pairwise(sides)]
    return found


def check_given_once(reader: FormulaReader, scope: Scope, conditions: Sequence[Binding], numbered: int | None) -> None:
    """Each assumption stands once, in the LaTeX or after ``for``; a number of the layer fits the layers written."""
    given = {binding.name for binding in scope.bindings}
    for condition in conditions:
        if condition.name in given:
            raise LanguageError(f"{condition.name} is given twice", condition.span, help="keep one of the two")
        given.add(condition.name)
    if LAYER in given and (numbered is not None or reader.table.base):
        raise LanguageError(
            "the layer is given twice",
            reader.text.place,
            help="leave out `l = ...`, or write (\\ell+1) for the next layer and (\\ell) for this one",
        )


def _condition(reader: FormulaReader, node: Tree) -> Binding:
    r"""C_b = 0 after a comma or \text{for}: the value of a hyperparameter. LanguageError for anything else."""
    left, _, right = node.children
    if [token.value for token in flattened([left])] == [LAYER]:
        layer = reader.read(right, False)
        if not isinstance(layer, Number) or layer.value.denominator > 1 or layer.value < 1:
            raise reader.text.error("a layer is 1, 2, ...", flattened([right])[0], help="layer 1 is made of x")
        return Binding(LAYER, layer, span=reader.span(node))
    name = reader.read(left, False)
    if not isinstance(name, Name) or name.name not in reader.vocabulary.hyperparameters:
        raise reader.text.error(
            "this is no assumption that a claim can make", flattened([left])[0], help="write C_b = 0, a value"
        )
    return Binding(name.name, reader.read(right, False), span=reader.span(node))
