r"""What stands in an expectation over the parameters: fields and observables at neurons, deltas, sums over neurons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from lark import Token, Tree

from ptheory.claims.latex.latex_scripts import Raw, Scripts, Symbol, without_braces
from ptheory.claims.latex.read_latex_correlators import observables_alone
from ptheory.claims.latex.read_latex_means import Part
from ptheory.claims.moments.neuron_terms import DELTAS
from ptheory.language.expressions import Expression, FieldAt, Indexed, Name, Number, Span, SumOver

if TYPE_CHECKING:
    from ptheory.claims.latex.formula_reader import FormulaReader
    from ptheory.claims.latex.read_latex_symbols import SymbolTable

_AT_SLOTS = r"write z_{i_1;\alpha_1}: a neuron and an input"


def of_the_network(table: SymbolTable, symbol: Symbol, span: Span) -> Expression | None:
    """A delta, or inside an expectation a field or an observable; None for any other symbol. LanguageError."""
    name = str(symbol.token.value)
    if name == "delta" and not table.vocabulary.is_scalar(name):
        return _delta(table, symbol, span)
    if table.neurons.is_inside and name in table.vocabulary.all_fields:
        return field(table, symbol, span)
    check_no_activation(table, symbol.token)
    if table.neurons.is_inside and name in observables_alone(table.vocabulary):
        return _observable(table, symbol, span)
    return None


def check_no_activation(table: SymbolTable, token: Token) -> None:
    """LanguageError at an activation inside an expectation over the parameters."""
    if table.neurons.is_inside and table.vocabulary.is_activation(str(token.value)):
        help = r"averages of activations are at the kernel: \langle\sigma_1\sigma_2\rangle_K"
        raise table.text.error(f"{token.value} inside an expectation over the parameters", token, help=help)


def _delta(table: SymbolTable, symbol: Symbol, span: Span) -> Expression:
    r"""\delta_{i_1i_2}, \delta_{ij}, \delta_{12}: d12, d[i,j]."""
    scripts = symbol.scripts
    if scripts.below is None or replace(scripts, below=None, at=None, power=None) != Scripts():
        raise table.text.error("a delta joins neurons", symbol.token, help=r"write \delta_{i_1i_2}")
    tokens = without_braces(scripts.below)
    labels = table.neurons.labels(tokens)
    if tokens[:1] and tokens[0].type == "NUMBER":
        table.neurons.has_numbered_delta = True
    short = "d" + "".join(labels)
    if all(label.isdigit() and len(label) == 1 for label in labels) and not table.vocabulary.is_scalar(short):
        return Name(short, span=span)
    called = next((name for name in DELTAS if not table.vocabulary.is_scalar(name)), None)
    if called is None:
        raise table.text.error("d and delta are names of something else", symbol.token, help="give that another name")
    return Indexed(called, tuple(_index(label, span) for label in labels), span=span)


def _index(label: str, span: Span) -> Number | Name:
    return Number(Fraction(label), span=span) if label.isdigit() else Name(label, span=span)


# ---- fields and observables -------------------------------------------------------------------------------------


def field(table: SymbolTable, symbol: Symbol, span: Span, at: tuple[Token, ...] | None = None) -> Expression:
    r"""z_{i_1;\alpha_1}, z^{(\ell+1)}_i, z_i(x_\alpha) with the input ``at`` in parentheses. LanguageError."""
    name, primes = str(symbol.token.value), _layer(table, symbol)
    below = symbol.scripts.below
    if below is None:
        if at is not None:
            raise table.text.error(f"{symbol.shown} at which neuron?", symbol.token, help=_AT_SLOTS)
        return _primed(name, (), primes, span)
    tokens = without_braces(below)
    if [token.type for token in tokens] == ["NUMBER"] and len(tokens[0].value) == 1 and at is None:
        (slot,) = table.neurons.labels(tokens)
        return _primed(f"{name}{slot}", (), primes, span)
    found = table.neurons.split(below)
    inputs = found.inputs if at is None else at
    if len(found.neurons) != 1 or (at is not None and found.inputs is not None):
        raise table.text.error(f"{symbol.shown} stands at one neuron and one input", symbol.token, help=_AT_SLOTS)
    (neuron,) = found.neurons
    if inputs is None:
        _require_one_input(table, symbol)
        short = neuron.isdigit() and len(neuron) == 1
        return _primed(f"{name}{neuron}" if short else name, () if short else (_index(neuron, span),), primes, span)
    (sample,) = _samples(table, symbol, inputs, 1)
    if neuron == sample and len(neuron) == 1 and table.vocabulary.inputs is None:
        return _primed(f"{name}{neuron}", (), primes, span)
    return FieldAt(name, neuron, sample, primes=primes, span=span)


def _require_one_input(table: SymbolTable, symbol: Symbol) -> None:
    if not table.vocabulary.one_input:
        help = r"write z_{i_1;\alpha_1}: a neuron and an input; or add `inputs one`"
        raise table.text.error(f"{symbol.shown} at which input?", symbol.token, help=help)


def _primed(name: str, arguments: Sequence[Expression], primes: int, span: Span) -> Expression:
    return Indexed(name, tuple(arguments), primes, span=span) if arguments or primes else Name(name, span=span)


def _layer(table: SymbolTable, symbol: Symbol) -> int:
    """0 or 1, of layer l or l+1. LanguageError for other scripts than a layer, a subscript and a power."""
    scripts = symbol.scripts
    if scripts.primes or scripts.order is not None or scripts.inputs is not None:
        raise table.text.error(
            f"a label at {symbol.shown} that has no meaning there",
            scripts.at or symbol.token,
            help=r"write z^{(\ell+1)}_{i_1;\alpha_1}: a layer, a neuron and an input",
        )
    layer = table.layer(scripts.layer) or 0
    if layer not in (0, 1):
        raise table.text.error(
            f"{symbol.shown} is not of this layer or the next", scripts.at, help="write (\\ell) and (\\ell+1)"
        )
    return layer


def _samples(table: SymbolTable, symbol: Symbol, inputs: tuple[Raw, ...], count: int) -> list[str]:
    slots = table.inputs.read(inputs, symbol, None)
    if len(slots) != count:
        raise table.text.error(f"{symbol.shown} at {count} inputs, not {len(slots)}", symbol.token, help=_AT_SLOTS)
    return [str(slot.value) if isinstance(slot, Number) else slot.name for slot in slots]


def _observable(table: SymbolTable, symbol: Symbol, span: Span) -> Expression:
    r"""H_{i_1i_2;\alpha_1\alpha_2}, H_{ij} at one input, H at one neuron and one input. LanguageError."""
    name, primes = str(symbol.token.value), _layer(table, symbol)
    rank = len(table.vocabulary.observables[name].legs)
    if symbol.scripts.below is None:
        return _primed(name, (), primes, span)
    found = table.neurons.split(symbol.scripts.below)
    if len(found.neurons) != rank:
        raise table.text.error(
            f"{symbol.shown} stands at {rank} neurons, not {len(found.neurons)}",
            symbol.token,
            help=rf"write {symbol.shown}_{{i_1i_2;\alpha_1\alpha_2}}, as many inputs as neurons",
        )
    if found.inputs is None:
        _require_one_input(table, symbol)
    else:
        samples = _samples(table, symbol, found.inputs, rank)
        is_one = table.vocabulary.one_input and set(samples) <= {"1", table.vocabulary.sample_text(1)}
        if not is_one and (tuple(samples) != found.neurons or table.vocabulary.inputs is not None):
            raise table.text.error(
                f"{symbol.shown} stands at slots",
                symbol.token,
                help=r"write neuron i_1 with input \alpha_1, i_2 with \alpha_2, or add `inputs one`",
            )
    if all(label.isdigit() and len(label) == 1 for label in found.neurons):
        return _primed(f"{name}{''.join(found.neurons)}", (), primes, span)
    return _primed(name, [_index(label, span) for label in found.neurons], primes, span)


# ---- sums -------------------------------------------------------------------------------------------------------


def is_over_neurons(reader: FormulaReader, sign: Tree) -> bool:
    r"""Whether \sum_i runs over neurons: in a claim about expectations over the parameters."""
    below = [script for script in sign.children[1:] if script.data == "subscript"]
    tokens = [token for script in below for token in without_braces(script.children[2:-1])]
    return reader.table.neurons.is_read and any(map(reader.table.neurons.names_one, tokens[:1]))


def sum_over_neurons(reader: FormulaReader, sign: Tree, parts: Sequence[Part], inside: bool, span: Span) -> Expression:
    r"""\sum_{i=1}^n and \sum_{i,j} of all that follows in its product. LanguageError."""
    token: Token = sign.children[0].children[0]
    help = r"write \sum_{i=1}^n, a sum over the neurons of a layer, of all that follows in its product"
    if not parts or parts[0][0] == "over":
        raise reader.text.error("a sum of what?", token, help=help)
    below = [without_braces(script.children[2:-1]) for script in sign.children[1:] if script.data == "subscript"]
    above = [without_braces(script.children[2:-1]) for script in sign.children[1:] if script.data == "superscript"]
    if len(below) != 1 or len(below) + len(above) != len(sign.children) - 1 or len(above) > 1:
        raise reader.text.error("a sum over which neurons?", token, help=help)
    indices = below[0]
    starts = [t.type for t in indices[-2:]] == ["EQUALS", "NUMBER"] and indices[-1].value == "1"
    if starts != bool(above) or (above and [t.value for t in above[0]] != ["n"]):
        raise reader.text.error("a sum over which neurons?", token, help=help)
    labels = _summed(reader, indices[:-2] if starts else indices)
    with reader.table.neurons.summed(labels):
        body = reader.read_parts([("beside", parts[0][1]), *parts[1:]], inside)
        missing = [label for label in labels if label not in reader.table.neurons.summed_that_stand]
    if missing:
        help = "a sum over a neuron that nothing depends on multiplies by n: write that"
        raise reader.text.error(f"{missing[0]} is summed over and does not stand in the sum", token, help=help)
    return SumOver(tuple(labels), body, span=span)


def _summed(reader: FormulaReader, tokens: Sequence[Token]) -> list[str]:
    """i_1 is called so where it is summed over, whatever its number means elsewhere."""
    names = reader.table.neurons.names(tokens)
    for name in names:
        if reader.table.neurons.is_summed(name) or names.count(name) > 1:
            raise reader.text.error(f"{name} is summed over twice", tokens[0], help="give each sum its own letter")
    return names
