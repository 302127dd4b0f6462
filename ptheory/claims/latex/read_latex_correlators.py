r"""Expectations over the parameters of a network of finite width, as papers write them.

    \mathbb{E}\left[z_{i_1;\alpha_1} z_{i_2;\alpha_2}\right]            E[z1*z2]
    \mathbb{E}\left[ ... \right]\Big|_{\text{connected}}                E[...]_c
    \mathbb{E}\left[\left(z^{(\ell+1)}_i\right)^2\right]                E[z'[i]^2]
    \mathrm{Var}\left[\sum_{i=1}^n z_i^2\right]                         E[sum(i, z[i]^2)^2] - E[sum(i, z[i]^2)]^2
    \delta_{i_1i_2}                                                     d12

An \mathbb{E} without a law is one of these where a field in it has a neuron or a layer, where an observable stands in
it, or its connected part is taken; then all of the claim are. The others are averages at the kernel.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from lark import Token, Tree

from ptheory.claims.latex.base_layer import layers_written
from ptheory.claims.latex.latex_scripts import flattened, without_braces
from ptheory.claims.moments.neuron_terms import EXPECTATION, delta_labels, is_about_moments
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import (
    Add,
    Connected,
    Expression,
    Indexed,
    Multiply,
    Name,
    Negate,
    Number,
    Power,
    Span,
    walk,
)

if TYPE_CHECKING:
    from ptheory.claims.latex.formula_reader import FormulaReader
    from ptheory.claims.latex.read_latex_symbols import SymbolTable

TWO = Number(Fraction(2))
_AT_SLOTS = r"write z_{i_1;\alpha_1}, a neuron and an input; numbers alone are slots beside \delta_{12}"


def prepare(table: SymbolTable, equation: Tree) -> None:
    """Whether the equation is about expectations over the parameters, and where its fields stand. LanguageError."""
    neurons = table.neurons
    found = [factor for factor in equation.find_data("factor") if _is_over_parameters(factor)]
    random = [inner for factor in found for inner in _random_factors(factor, table.vocabulary)]
    spoken = [inner for inner in random if _speaks_of_the_network(inner, table)]
    neurons.is_read = bool(spoken) or any(_is_connected(factor) for factor in found)
    if not neurons.is_read:
        return
    layers = [next((layer for layer, _ in layers_written(inner)), None) for inner in random]
    neurons.at_next_layer = any(layer is not None and layer - table.base == 1 for layer in layers)
    elsewhere = {layer for factor in equation.find_data("factor") for layer, _ in layers_written(factor)}
    for inner, layer in zip(random, layers, strict=True):
        if layer is None and (elsewhere - {0} or any(other is not None for other in layers)):
            token = flattened([inner])[0]
            raise table.text.error(f"{token.value} of which layer?", token, help=r"write z^{(\ell)}_{i_1;\alpha_1}")


def observables_alone(vocabulary: Vocabulary) -> frozenset[str]:
    """The observables whose name is that of nothing else."""
    return frozenset(name for name in vocabulary.observables if not vocabulary.is_scalar(name))


def _is_over_parameters(factor: Tree) -> bool:
    r"""\mathbb{E}[...] without a law below it."""
    atom = factor.children[0]
    return atom.data == "expected" and not any(
        isinstance(child, Tree) and child.data in ("subscript", "superscript", "prime") for child in atom.children
    )


def _is_connected(factor: Tree) -> bool:
    return any(isinstance(script, Tree) and script.data == "connected" for script in factor.children[1:])


def _random_factors(factor: Tree, vocabulary: Vocabulary) -> Iterator[Tree]:
    names = {*vocabulary.all_fields, *observables_alone(vocabulary)}
    for inner in factor.children[0].find_data("factor"):
        atom = inner.children[0]
        if atom.data == "symbol" and atom.children[0].value in names:
            yield inner


def _speaks_of_the_network(inner: Tree, table: SymbolTable) -> bool:
    """Whether a field has a neuron or a layer, which averages at the kernel do not have; an observable always has."""
    if inner.children[0].children[0].value not in table.vocabulary.all_fields or layers_written(inner):
        return True
    below = [script for script in inner.children[1:] if script.data == "subscript"]
    tokens = [token for script in below for token in without_braces(script.children[2:-1])]
    is_split = any(token.type == "SEMICOLON" for token in tokens)
    return is_split or any(table.neurons.names_one(token) for token in tokens[:1])


# ---- expectations -----------------------------------------------------------------------------------------------


def is_correlator(reader: FormulaReader, factor: Tree) -> bool:
    """Whether this expectation is over the parameters."""
    return reader.table.neurons.is_read and _is_over_parameters(factor)


def correlator(reader: FormulaReader, factor: Tree, span: Span) -> Expression:
    r"""\mathbb{E}[...], its connected part, \mathrm{Var} and \mathrm{Cov}. LanguageError."""
    atom = factor.children[0]
    sign: Token = atom.children[0]
    bodies = [child for child in atom.children[1:] if isinstance(child, Tree)]
    if len(bodies) != (2 if sign.value == "Cov" else 1):
        what = "two formulas" if sign.value == "Cov" else "one formula"
        raise reader.text.error(f"{sign.value} is of {what}", sign, help=r"write \mathrm{Cov}[z_i^2, z_j^2]")
    if reader.vocabulary.is_scalar(EXPECTATION) or reader.vocabulary.is_activation(EXPECTATION):
        raise reader.text.error("E is the name of something else", sign, help="give that another name")
    with reader.table.neurons.inside():
        read = [reader.read(body, True) for body in bodies]
    connected = _is_connected(factor)
    if sign.value == "E":
        return _connected(reader, read[0], sign, span) if connected else _mean(read[0], span)
    if connected:
        raise reader.text.error(f"{sign.value} is connected by itself", sign, help="leave the mark out")
    if sign.value == "Var":
        squared, mean = Power(read[0], TWO, span=span), _mean(read[0], span)
        return Add((_mean(squared, span), Negate(Power(mean, TWO, span=span), span=span)), span=span)
    product = Multiply((_mean(read[0], span), _mean(read[1], span)), span=span)
    both = Multiply((read[0], read[1]), span=span)
    return Add((_mean(both, span), Negate(product, span=span)), span=span)


def _mean(body: Expression, span: Span) -> Expression:
    return Indexed(EXPECTATION, (body,), span=span)


def _connected(reader: FormulaReader, body: Expression, sign: Token, span: Span) -> Expression:
    """The joint cumulant of the factors. LanguageError where a power stands beside others: of squares, or not?"""
    factors = body.factors if isinstance(body, Multiply) else (body,)
    if len(factors) > 1 and any(isinstance(factor, Power) for factor in factors):
        help = r"write every factor once more for the cumulant, or \mathrm{Cov}[z_i^2, z_j^2]"
        raise reader.text.error("the connected part with squares: of the squares, or of all factors?", sign, help=help)
    return Connected(body, span=span)


def check_deltas(reader: FormulaReader, left: Expression, right: Expression) -> None:
    r"""LanguageError at a \delta_{ij} in one equation of a chain that has no expectation."""
    if not reader.table.neurons.is_read or is_about_moments((left, right), reader.vocabulary):
        return
    for node in (inner for side in (left, right) for inner in walk(side)):
        if delta_labels(node, reader.vocabulary) is not None:
            help = "claim this equation with an expectation on one of its sides, or without deltas"
            raise LanguageError("this delta joins neurons of no expectation", node.span, help=help)


def check_slots(reader: FormulaReader, sides: Sequence[Expression], has_order: bool) -> None:
    r"""z_1, z_2 are any two slots where \delta_{12} joins them, or an order alone is claimed. LanguageError elsewhere.

    They may be two different neurons otherwise, or two inputs at one.
    """
    neurons = reader.table.neurons
    if neurons.first_number is None or neurons.has_numbered_delta:
        return
    nodes = [inner for side in sides for inner in walk(side)]
    names = {node.name for node in nodes if isinstance(node, (Name, Indexed))}
    has_tensor = any(reader.vocabulary.tensor(n) or reader.vocabulary.series(n) for n in names)
    if has_tensor or not has_order:
        raise reader.text.error("is this number a neuron or an input?", neurons.first_number, help=_AT_SLOTS)
