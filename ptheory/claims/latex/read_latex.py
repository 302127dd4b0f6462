r"""Claims pasted as LaTeX: tokens, our own grammar, a declared symbol table; the same tree as a claim in plain syntax.

What was understood is printed back by ``reading.claim_text``. Ambiguity is refused: ``1/2 K``, ``\sigma^{(2)}``,
``K_{12}^{-1}``, a function next to a parenthesis that might be a product.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from lark import Token, Tree

from ptheory.claims.kinds.layers_apart import MOST_APART, every_activation_is_bound
from ptheory.claims.latex.author_notation import OURS, AuthorNotation
from ptheory.claims.latex.base_layer import UnclearLayer, base_layer, numbered_layers
from ptheory.claims.latex.formula_reader import FormulaReader
from ptheory.claims.latex.half_powers import HALF, paired, unpaired
from ptheory.claims.latex.input_deltas import Coincidence, check_no_deviation, coincidences
from ptheory.claims.latex.input_overlaps import OVERLAP
from ptheory.claims.latex.latex_relations import related
from ptheory.claims.latex.latex_scripts import flattened
from ptheory.claims.latex.latex_tree import parsed
from ptheory.claims.latex.read_latex_correlators import check_deltas, check_slots, observables_alone, prepare
from ptheory.claims.latex.read_latex_orders import check_order, power_of, without_order
from ptheory.claims.latex.read_latex_symbols import SymbolTable
from ptheory.claims.latex.read_latex_tokens import latex_tokens
from ptheory.claims.latex.separations import with_separations
from ptheory.claims.latex.side_statements import Line, read_line
from ptheory.claims.latex.starred_kernels import evaluated, without_stars
from ptheory.claims.latex.written_out import Text, text_of
from ptheory.claims.reading.claim_text import expression_text
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.language.claim_names import LAYER
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Expression, Name, Number, Power
from ptheory.language.statements import Binding, ClaimStatement, LatexClaimStatement, Parity, Scope


def read_latex(
    claim: LatexClaimStatement, vocabulary: Vocabulary, notation: AuthorNotation = OURS
) -> list[ClaimStatement]:
    r"""The claim in plain syntax: every equation of it, of a chain a = b = c the equations a = b and b = c.

    ``notation``: the author's symbols and macros, beside the formula's own. LanguageError points into the LaTeX.
    """
    text = text_of(claim.body, claim.body_span, notation.macros)
    tokens = with_separations(latex_tokens(text, notation, observables_alone(vocabulary)), vocabulary)
    lines = [read_line(text, row, vocabulary) for row in _rows(tokens)]
    return [found for line in lines for found in _statements(text, claim, vocabulary, line)]


def _rows(tokens: Sequence[Token]) -> list[list[Token]]:
    rows: list[list[Token]] = [[]]
    for token in tokens:
        if token.type == "ROW":
            rows.append([])
        else:
            rows[-1].append(token)
    return rows


def _statements(text: Text, claim: LatexClaimStatement, vocabulary: Vocabulary, line: Line) -> Iterator[ClaimStatement]:
    """All equations of a line."""
    for tokens in line.equations:
        yield from _links(text, claim, vocabulary, line, tokens)


def _links(
    text: Text, claim: LatexClaimStatement, vocabulary: Vocabulary, line: Line, tokens: list[Token]
) -> Iterator[ClaimStatement]:
    """The links of one chain a = b = c, with all that its line assumes."""
    check_no_deviation(text, tokens, vocabulary)
    reader_of_names = SymbolTable(vocabulary, text, 0)
    tokens = evaluated(text, tokens, reader_of_names.names_the_kernel)
    tokens, is_starred = without_stars(text, tokens, reader_of_names.names_the_kernel)
    for same in coincidences(text, tokens, vocabulary):
        yield from _links_where(text, claim, vocabulary, line, tokens, is_starred, same)


def _links_where(
    text: Text,
    claim: LatexClaimStatement,
    vocabulary: Vocabulary,
    line: Line,
    tokens: list[Token],
    is_starred: bool,
    same: Coincidence,
) -> Iterator[ClaimStatement]:
    """The same where inputs of deltas are equal and different as said."""
    numbered, layer = numbered_layers(tokens, vocabulary)
    if layer == 0:
        raise text.error("layer 0 is the input", tokens[0], help="layer 1 is the first one, made of x")
    equation = parsed(text, numbered, "equation")
    try:
        apart = MOST_APART if every_activation_is_bound(vocabulary) else 1
        base = base_layer(text, equation, vocabulary, layer == 1, apart)
    except UnclearLayer:
        _check_names(text, vocabulary, equation)
        raise
    table = SymbolTable(vocabulary, text, base)
    table.inputs.same = same
    table.made_of_inputs = layer == 1 and any(token.value == OVERLAP for token in numbered)
    prepare(table, equation)
    reader = FormulaReader(text, table, has_numbered_layers=layer is not None)
    has_root = any(token.type == "SQRT" for token in numbered)  # of \sqrt{K}Z, which says what Z is
    reader.kernel_is_one = not has_root and any(v.value == Number(Fraction(1)) for v in claim.scope.values)
    stripped = [without_order(reader, side) for side in equation.children if isinstance(side, Tree)]
    sides = [_side(reader, side) for side, _ in stripped]
    orders = {power_of(reader, term): term for _, term in stripped if term is not None}
    for power, term in orders.items():
        check_order(reader, sides, power, term)
    reader.check_means_without_law(sides)
    check_slots(reader, sides, bool(orders))
    conditions = tuple(_condition(reader, parsed(text, part, "equation")) for part in line.conditions)
    check_given_once(reader, claim.scope, (*conditions, *line.parities), layer)
    at_layer = () if layer is None else (Binding(LAYER, Number(Fraction(layer)), span=claim.body_span),)
    scope = replace(
        claim.scope,
        bindings=(*claim.scope.bindings, *conditions, *at_layer),
        parities=(*claim.scope.parities, *line.parities),
        regimes=(*claim.scope.regimes, *line.regimes),
    )
    beyond = min(orders, default=None)
    signs = [token for token in equation.children if isinstance(token, Token)]
    written = [flattened([side]) for side in equation.children if isinstance(side, Tree)]
    for pair, sign, right in zip(pairwise(sides), signs, written[1:], strict=True):
        check_deltas(reader, *pair)
        link = ClaimStatement(claim.label, *pair, scope, beyond=beyond, at_fixed_point=is_starred, span=claim.span)
        yield related(text, link, sign, right)


def _check_names(text: Text, vocabulary: Vocabulary, equation: Tree) -> None:
    """LanguageError at what has no meaning in any layer, which is said before a layer is asked for."""
    table = SymbolTable(vocabulary, text, 0)
    prepare(table, equation)
    *_, right = (side for side in equation.children if isinstance(side, Tree))
    FormulaReader(text, table).read(without_order(FormulaReader(text, table), right)[0], False)


def _side(reader: FormulaReader, node: Tree) -> Expression:
    r"""One side; LanguageError at a \sigma_w that stands alone where \sigma_w^2 has a name."""
    side = paired(reader.read(node, False))
    for left in unpaired(side):
        if left.span in reader.halves:
            help = f"it stands for {expression_text(left.base)}; half of it has one where two meet, in its own square"
            raise LanguageError(f"only {reader.halves[left.span]} has a meaning", left.span, help=help)
    return side


def check_given_once(
    reader: FormulaReader, scope: Scope, conditions: Sequence[Binding | Parity], numbered: int | None
) -> None:
    """Each assumption stands once, in the LaTeX or after ``for``; a number of the layer fits the layers written."""
    given = {b.name for b in scope.bindings} | {parity.name for parity in scope.parities}
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
    left, right, *more = (side for side in node.children if isinstance(side, Tree))
    if more:
        raise reader.text.error("a condition is one equation", flattened(more)[0], help="write C_b = 0, a value")
    if [token.value for token in flattened([left])] == [LAYER]:
        layer = reader.read(right, False)
        if not isinstance(layer, Number) or layer.value.denominator > 1 or layer.value < 1:
            raise reader.text.error("a layer is 1, 2, ...", flattened([right])[0], help="layer 1 is made of x")
        return Binding(LAYER, layer, span=reader.span(node))
    name, value = reader.read(left, False), _side(reader, right)
    if isinstance(name, Power) and name.exponent == HALF:  # \sigma_b = 0 says that \sigma_b^2 = 0
        squared = Number(value.value**2) if isinstance(value, Number) else Power(value, Number(Fraction(2)))
        name, value = name.base, replace(squared, span=value.span)
    if not isinstance(name, Name):
        raise reader.text.error("this value is of no hyperparameter", flattened([left])[0], help="write C_b = 0")
    return Binding(name.name, value, span=reader.span(node))
