r"""Subscripts that are part of a tensor's name: V_{6,(12)(34)(56)} of V6, K_{y,12} of K_y, K_{u,u_1u_2} of K_u."""

from __future__ import annotations

from collections.abc import Sequence

from lark import Token

from ptheory.claims.latex.latex_scripts import Raw, without_braces
from ptheory.claims.reading.vocabulary import TensorReference, Vocabulary


def of_the_name(vocabulary: Vocabulary, name: str, below: tuple[Raw, ...]) -> tuple[str, tuple[Raw, ...] | None] | None:
    """(the tensor's whole name, what is left below it, None for nothing); None where the subscript is its slots.

    A number is part of a name where it cannot be slots, and fields are read where they are those of the slots.
    """
    tokens = without_braces(below)
    if tokens and tokens[0].type == "NUMBER":
        return _with_number(vocabulary, name, tokens)
    return _with_word(vocabulary, name, tokens)


def _with_word(vocabulary: Vocabulary, name: str, tokens: Sequence[Token]) -> tuple[str, tuple[Raw, ...] | None] | None:
    if tokens and all(token.type == "SYMBOL" for token in tokens):
        full = f"{name}_{''.join(token.value for token in tokens)}"
        return None if _declared(vocabulary, full) is None else (full, None)
    place = next((k for k, token in enumerate(tokens) if token.type == "COMMA"), 0)
    word, rest = tokens[:place], tokens[place + 1 :]
    if not word or any(token.type != "SYMBOL" for token in word):
        return None
    full = f"{name}_{''.join(token.value for token in word)}"
    reference = _declared(vocabulary, full)
    if reference is not None and rest and not any(token.type == "SYMBOL" for token in rest):
        return full, tuple(rest)  # K_{y,12}: the name says the fields
    slots = None if reference is None else _without_fields(rest, fields_of(reference))
    if reference is None or slots is None:
        return None
    if not slots:
        return (full, None) if vocabulary.one_input else None
    return full, tuple(slots)


def fields_of(reference: TensorReference) -> list[str]:
    """The field at every slot of a declared tensor."""
    legs = reference.entry.shape.legs
    return [legs[slot - 1].field.name for slot in reference.entry.arguments]


def _declared(vocabulary: Vocabulary, name: str) -> TensorReference | None:
    if name in vocabulary.tensor_names:
        return vocabulary.tensor(name)
    series = vocabulary.series(name)
    return None if series is None else TensorReference(series, 0)


def _with_number(
    vocabulary: Vocabulary, name: str, tokens: Sequence[Token]
) -> tuple[str, tuple[Raw, ...] | None] | None:
    first, rest = tokens[0], tokens[1:]
    full = f"{name}{first.value}"
    reference, plain = (_declared(vocabulary, one) for one in (full, name))
    if reference is None or (not rest and plain is not None and plain.arity == len(first.value)):
        return None
    if not rest:
        return full, None
    is_paired = len(rest) > 1 and rest[0].type == "COMMA" and rest[1].type == "LPAR"
    is_list = [t.type for t in rest] == ["COMMA", "NUMBER"] and len(rest[1].value) == reference.arity
    slots_are_two = plain is not None and plain.arity == 2
    return (full, tuple(rest[1:])) if is_paired or (is_list and not slots_are_two) else None


def _without_fields(tokens: Sequence[Token], fields: Sequence[str]) -> list[Token] | None:
    r"""1,2 of u_1u_2, nothing of uu; None where the fields are not those of the slots."""
    found: list[Token] = []
    named: list[str] = []
    numbers = 0
    for k, token in enumerate(tokens):
        if token.type == "SYMBOL":
            named.append(token.value)
        elif token.type == "NUMBER" and k and tokens[k - 1].type == "SUB":
            found += [*([Token("COMMA", ",")] if numbers else []), token]
            numbers += 1
        elif token.type != "SUB":
            return None if token.type not in ("LPAR", "RPAR") else _without_fields(_plain(tokens), fields)
    if named != list(fields) or numbers not in (0, len(named)):
        return None
    return found


def _plain(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if token.type not in ("LPAR", "RPAR")]
