"""Functions of one preactivation inside a bracket that are no polynomial in activations: <1/(1+z^2)>, <sigma(2*z1)>."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ptheory.algebra.polynomial import Polynomial
from ptheory.claims.reading.claim_layers import require_layer_made
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.terms.ratio import Ratio
from ptheory.language.claim_names import ACTIVATION_SHORTHAND
from ptheory.language.constants import layer_index, layer_offset
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import (
    Add,
    Call,
    Compare,
    Divide,
    Expression,
    Indexed,
    Multiply,
    Name,
    Negate,
    Number,
    Piecewise,
    Power,
    Span,
    rewritten,
    walk,
)
from ptheory.language.functions import CONSTANTS
from ptheory.networks.scalars import layered_symbol
from ptheory.recursion.jets import VARIABLE, Jet, NotAFunctionOfOneField, function_of_combination
from ptheory.recursion.tensors import Leg

LegOf = Callable[[str, Span], Leg | None]


class MixesPreactivations(LanguageError):
    """A function of several preactivations that is no function of one linear combination of them."""


def opaque_jet(vocabulary: Vocabulary, node: Expression, leg_of: LegOf) -> Ratio:
    """The formula as one opaque function of the preactivation or linear combination it reads; else LanguageError."""
    if len(_legs(node, leg_of)) > 1:
        return Ratio(_function_of_combination(vocabulary, node, leg_of))
    formula = rewritten(node, lambda part: _of_variable(part, vocabulary, leg_of))
    (leg,) = _legs(node, leg_of)
    return Ratio.atom(Jet(formula, 0, leg))


def _of_variable(part: Expression, vocabulary: Vocabulary, leg_of: LegOf) -> Expression | None:
    """The part as a function of ``VARIABLE`` where it is no operation, None where its own parts have to be read.

    Raises LanguageError for what has no meaning inside a function of one preactivation.
    """
    match part:
        case Name():
            return _named(part, vocabulary, leg_of)
        case Indexed():
            return _indexed(part, vocabulary)
        case Call():
            if _is_shorthand(part.function, vocabulary):
                raise LanguageError("write the activation's name here", part.span, help="write sigma(2*z1)")
            return None
        case Number() | Negate() | Add() | Multiply() | Divide() | Power() | Compare() | Piecewise():
            return None
    raise LanguageError("this has no meaning inside a function", part.span)


def _named(part: Name, vocabulary: Vocabulary, leg_of: LegOf) -> Expression:
    """The variable for the preactivation, a constant or hyperparameter as it is."""
    name = part.name
    if leg_of(name, part.span) is not None:
        return VARIABLE
    if name in CONSTANTS or (name in vocabulary.unlayered and not _is_activation(name, vocabulary)):
        return part
    if name in vocabulary.layered:
        raise LanguageError(f"{name} of which layer?", part.span, help=f"write {name}[l+1]")
    raise LanguageError(
        f"{name} cannot stand inside this function",
        part.span,
        help="a function under <...> reads one z and numbers; write sigma(z1) for an activation",
    )


def _indexed(part: Indexed, vocabulary: Vocabulary) -> Expression:
    """A hyperparameter of a layer."""
    match part:
        case Indexed(name, (index,), 0, None) if name in vocabulary.hyperparameters and is_layer(index):
            symbol = layered_symbol(part)
            if name in vocabulary.layered:
                return replace(part, arguments=(layer_index(symbol.layer or 0),))
            require_layer_made(name, symbol.layer, part.span)
            return Name(name, span=part.span)
    raise LanguageError(f"{part.name} cannot stand inside this function", part.span)


def is_layer(index: Expression) -> bool:
    """Whether an index is a layer, l + k, rather than an input."""
    return layer_offset(index) is not None


def reads_one_preactivation(node: Expression, leg_of: LegOf) -> bool:
    """Whether exactly one preactivation stands in a formula; ``leg_of`` gives the leg of a name, or None."""
    return len(_legs(node, leg_of)) == 1


def _legs(node: Expression, leg_of: LegOf) -> set[Leg]:
    found = (leg_of(part.name, part.span) for part in walk(node) if isinstance(part, Name))
    return {leg for leg in found if leg is not None}


def _is_activation(name: str, vocabulary: Vocabulary) -> bool:
    """Under <...> a name is read as an activation, at a sample or not, before it is read as a hyperparameter."""
    return vocabulary.is_activation(name) or vocabulary.is_activation(name.rstrip("0123456789"))


def _is_shorthand(function: str, vocabulary: Vocabulary) -> bool:
    """Whether ``s`` is no activation of that name, but stands for the one there is."""
    return function == ACTIVATION_SHORTHAND and function not in vocabulary.functions


def _function_of_combination(vocabulary: Vocabulary, node: Expression, leg_of: LegOf) -> Polynomial:
    """tanh(u1 + c*v1): a jet of the linear combination. LanguageError where the formula is none of one."""
    for part in walk(node):
        if isinstance(part, Name) and leg_of(part.name, part.span) is None:
            known = part.name in CONSTANTS or part.name in vocabulary.hyperparameters
            if not known or _is_activation(part.name, vocabulary):
                raise vocabulary.unknown(part.name, part.span, True)
        if isinstance(part, Call) and _is_shorthand(part.function, vocabulary):
            raise LanguageError("write the activation's name here", part.span, help="write sigma(u1 + v1)")
    try:
        jets = function_of_combination(node, lambda p: leg_of(p.name, p.span) if isinstance(p, Name) else None)
    except NotAFunctionOfOneField as error:
        raise MixesPreactivations(
            "a function of several preactivations that is no function of one linear combination of them",
            error.formula.span if error.formula.span.source is not None else node.span,
            help="inside <...> write products of functions of z1, z2, z1 + z2, ... each",
        ) from None
    return jets
