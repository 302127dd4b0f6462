r"""Derivatives by the preactivation inside averages, \partial^2(\sigma^2), \partial_z(z\sigma): carried out where read.

They are of polynomials in activations of preactivations; the one that they are by is said, \partial_{z_2}, or the only
one of the claim, or that of an input which is summed over, \partial_\beta. At inputs by their labels alone, also those
of a sum over given ones, \partial_a\partial_b(\sigma_1\sigma_2) is read as d(s1*s2, a, b) of the plain syntax.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from lark import Token, Tree

from ptheory.claims.latex.latex_scripts import Symbol, flattened, without_braces
from ptheory.claims.latex.read_latex_means import Part
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.language.claim_names import KERNEL_DERIVATIVE
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import (
    Add,
    Call,
    Expression,
    Indexed,
    Multiply,
    Name,
    Negate,
    Number,
    Power,
    Span,
)

if TYPE_CHECKING:
    from ptheory.claims.latex.formula_reader import FormulaReader

MOST = 8  # derivatives of one product
ZERO, ONE = Number(Fraction(0)), Number(Fraction(1))


def derived(reader: FormulaReader, factor: Tree, following: Sequence[Part], span: Span) -> Expression:
    r"""\partial, \partial^2, \partial_z^2 of the factor that follows. LanguageError where it is by anything else."""
    first = flattened([factor])[0]
    if factor.children[0].data != "partial":
        raise reader.text.error("a derivative by what?", first, help=r"write \partial_z inside an average")
    by = _preactivation(reader, factor)
    if by is None and len(reader.vocabulary.fields) == 1 and _has_input(factor):
        return _at_inputs(reader, factor, following, span)
    if by is None or len(reader.vocabulary.fields) != 1:
        help = r"add `inputs one` to the claim, write \partial_{z_1}, or \sigma' for the derivative"
        raise reader.text.error("a derivative by which preactivation?", first, help=help)
    if reader.law is not None and (reader.law.is_unit or reader.law.pair is not None):
        help = r"write the average over the preactivation, \langle ... \rangle_K"
        raise reader.text.error("a derivative by the variable of variance one, or the preactivation?", first, help=help)
    is_one = len(following) == 1 or (len(following) == 2 and reader.is_application(following, inside=True))
    is_one = is_one or (bool(following) and following[0][1].children[0].data == "partial")
    if not is_one or following[0][0] == "over":
        help = r"write \partial\left( ... \right), parentheses around all of it"
        raise reader.text.error("what does this derivative act on?", first, help=help)
    value = reader.read_parts(following, True)
    for _ in range(_times(reader, factor.children[1:], first)):
        value = _derivative(value, reader.vocabulary, by)
    return value


def _has_input(factor: Tree) -> bool:
    return any(script.data == "subscript" for script in factor.children[1:])


def _at_inputs(reader: FormulaReader, factor: Tree, following: Sequence[Part], span: Span) -> Expression:
    r"""d(F, a, b) of \partial_a\partial_b(F), of \partial_a^2(F) too: by the preactivations at inputs."""
    first, by = flattened([factor])[0], _legs(reader, factor)
    if reader.law is not None and (reader.law.is_unit or reader.law.pair is not None):
        help = r"write the average over the preactivation, \langle ... \rangle_K"
        raise reader.text.error("a derivative by the variable of variance one, or the preactivation?", first, help=help)
    while following and following[0][0] == "beside" and following[0][1].children[0].data == "partial":
        by, following = [*by, *_legs(reader, following[0][1])], following[1:]
    is_group = bool(following) and following[0][1].children[0].data == "group" and len(following[0][1].children) == 1
    if not is_group or len(following) > 1 or following[0][0] == "over":
        help = r"write \partial_a\left( ... \right), parentheses around all of it, in an average of its own"
        raise reader.text.error("what does this derivative act on?", first, help=help)
    return Call(KERNEL_DERIVATIVE, (reader.read_parts(following, True), *by), span=span)


def _legs(reader: FormulaReader, factor: Tree) -> list[Expression]:
    r"""The inputs of \partial_a, of \partial_a^4 four times."""
    first, times = flattened([factor])[0], 1
    slots: Sequence[Expression] = ()
    for script in factor.children[1:]:
        raw = tuple(script.children[2:-1]) if script.data in ("subscript", "superscript") else ()
        text = "".join(str(token.value) for token in without_braces(raw))
        if script.data == "superscript" and text.isdigit() and 1 <= int(text) <= MOST:
            times = int(text)
        elif script.data == "subscript" and raw and not slots:
            slots = reader.table.inputs.read(raw, Symbol(first), None)
        else:
            slots = ()
            break
    if len(slots) != 1:
        help = rf"write \partial_1 or \partial_a, an input below, and \partial_1^2 up to \partial_1^{MOST}"
        raise reader.text.error("a derivative by what?", first, help=help)
    return [replace(slots[0], span=reader.span(factor))] * times


def _preactivation(reader: FormulaReader, factor: Tree) -> str | None:
    r"""The label of the preactivation that a derivative is by, "2" of \partial_{z_2}; None where that is not said."""
    below = next((script.children[2:-1] for script in factor.children[1:] if script.data == "subscript"), ())
    slot = reader.table.inputs.slot_of(below)
    tokens = without_braces(below)
    if slot is None and [token.type for token in tokens[1:2]] == ["SUB"] and _is_field(reader, tokens[0]):
        (slot, *more) = reader.table.inputs.read(tuple(tokens[2:]), Symbol(tokens[0]), None)
        slot = None if more else slot
    if slot is None:
        return "" if reader.vocabulary.one_input else None
    return str(slot.value) if isinstance(slot, Number) else slot.name


def _is_field(reader: FormulaReader, token: Token) -> bool:
    return token.value in reader.vocabulary.fields


def _times(reader: FormulaReader, scripts: Sequence[Tree], first: Token) -> int:
    r"""2 of \partial^2, \partial_z^2."""
    times = 1
    for script in scripts:
        tokens = without_braces(script.children[2:-1]) if script.data in ("subscript", "superscript") else []
        text = "".join(str(token.value) for token in tokens)
        named = reader.law.variables if reader.law is not None and reader.law.variables else reader.vocabulary.fields
        if script.data == "superscript" and text.isdigit() and 1 <= int(text) <= MOST:
            times = int(text)
        elif script.data != "subscript" or not (text in named or _says_an_input(reader, script, tokens)):
            help = rf"write \partial_{named[0]}, or \partial^2 up to \partial^{MOST}"
            raise reader.text.error("a derivative by what?", first, help=help)
    return times


def _says_an_input(reader: FormulaReader, script: Tree, tokens: Sequence[Token]) -> bool:
    r"""\partial_{z_2}, or \partial_\beta in a sum over \beta."""
    if reader.table.inputs.slot_of(script.children[2:-1]) is not None:
        return True
    return len(tokens) > 2 and tokens[1].type == "SUB" and _is_field(reader, tokens[0])


def _derivative(node: Expression, vocabulary: Vocabulary, by: str) -> Expression:
    """By one preactivation: sums, products and whole powers of activations, preactivations and numbers."""
    span = node.span
    match node:
        case Number():
            return ZERO
        case Negate(operand):
            return Negate(_derivative(operand, vocabulary, by), span=span)
        case Add(terms):
            found = [d for term in terms if (d := _derivative(term, vocabulary, by)) != ZERO]
            return found[0] if len(found) == 1 else Add(tuple(found), span=span) if found else ZERO
        case Multiply(factors):
            return _sum_of_products(factors, vocabulary, by, span)
        case Power(base, Number(value)) if value.denominator == 1 and value >= 1:
            lowered = [base] if value == 2 else [Power(base, Number(value - 1), span=span)] if value > 1 else []
            inner = _derivative(base, vocabulary, by)
            if inner == ZERO:
                return ZERO
            scale = [Number(value, span=span)] if value > 1 else []
            return _product([*scale, *lowered, inner], span)
        case Name(name) | Indexed(name, (), _, None) if (at := _random(name, vocabulary)) is not None:
            stem, label = at
            if label != by:
                return ZERO
            primes = node.primes if isinstance(node, Indexed) else 0
            return ONE if stem in vocabulary.fields else Indexed(name, (), primes + 1, span=span)
        case Call(name, (Name(argument),), primes) if vocabulary.is_activation(name):
            at = _random(argument, vocabulary)
            if at is not None and at[0] in vocabulary.fields:
                return Call(name, node.arguments, primes + 1, span=span) if at[1] == by else ZERO
        case Name(name) if name in vocabulary.hyperparameters:
            return ZERO
    help = "it is of sums and products of activations and preactivations; write the derivative out"
    raise LanguageError("this derivative is not carried out here", span, help=help)


def _random(name: str, vocabulary: Vocabulary) -> tuple[str, str] | None:
    """(z, 2) of z2, (sigma, a) of sigma_a, (z, "") of z: an activation or a preactivation, and its input."""
    if vocabulary.is_activation(name) or name in vocabulary.fields:
        return name, ""
    stem = name.rstrip("0123456789").rstrip("_")
    label = name[len(name.rstrip("0123456789")) :]
    if not label:
        stem, _, label = name.rpartition("_")
    return (stem, label) if vocabulary.is_activation(stem) or stem in vocabulary.fields else None


def _sum_of_products(factors: Sequence[Expression], vocabulary: Vocabulary, by: str, span: Span) -> Expression:
    """The product rule."""
    terms = []
    for place, factor in enumerate(factors):
        inner = _derivative(factor, vocabulary, by)
        if inner != ZERO:
            terms.append(_product([*factors[:place], inner, *factors[place + 1 :]], span))
    return terms[0] if len(terms) == 1 else Add(tuple(terms), span=span) if terms else ZERO


def _product(factors: Sequence[Expression], span: Span) -> Expression:
    kept = [factor for factor in factors if factor != ONE]
    return kept[0] if len(kept) == 1 else Multiply(tuple(kept), span=span) if kept else ONE
