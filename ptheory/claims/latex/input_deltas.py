r"""\delta^\alpha_\gamma, \delta_{\alpha\beta}: one where two inputs are the same, zero where they are different.

A claim with such deltas says something of equal and of different inputs, so it is read once for each way in which the
inputs of its deltas may be the same; where the inputs are given, once for every choice of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise, product
from typing import TYPE_CHECKING

from lark import Token

from ptheory.algebra.partitions import set_partitions
from ptheory.claims.latex.input_slots import NEURON_LETTERS
from ptheory.claims.latex.latex_scripts import Symbol, index_name, script_ends, without_braces
from ptheory.claims.latex.written_out import Text
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.language.expressions import Name, Number, Span
from ptheory.language.names import GREEK_NAMES

if TYPE_CHECKING:
    from ptheory.claims.latex.read_latex_symbols import SymbolTable

DELTA = "delta"
MOST_READINGS = 64
_EACH = r"a delta of inputs is \delta_{\alpha\beta} or \delta^\alpha_\beta, with two letters"

Coincidence = Mapping[str, Number | Name]
"""How the letters of deltas are read: the input that each of them is, under its name or its number."""


def check_no_deviation(text: Text, tokens: Sequence[Token], vocabulary: Vocabulary) -> None:
    r"""LanguageError at \delta K, a small deviation of K."""
    for token, following in pairwise(tokens):
        if (token.type, token.value, following.type) == ("SYMBOL", DELTA, "SYMBOL") and not vocabulary.is_scalar(DELTA):
            help = "claim the derivative instead: \\frac{\\partial K^{(\\ell+1)}}{\\partial K^{(\\ell)}} = ..."
            raise text.across(token, following, "{}, a deviation, has no meaning here", help=help)


def coincidences(text: Text, tokens: Sequence[Token], vocabulary: Vocabulary) -> list[Coincidence]:
    """The readings of a formula; one, of nothing, where no delta of inputs stands in it. LanguageError for too many."""
    labels = _labels(tokens, vocabulary)
    if not labels:
        return [{}]
    if vocabulary.inputs is not None:
        samples = range(1, vocabulary.inputs.count + 1)
        slots = [Name(vocabulary.sample_text(k)) if vocabulary.inputs.names else Number(Fraction(k)) for k in samples]
        found: list[Coincidence] = [dict(zip(labels, at, strict=True)) for at in product(slots, repeat=len(labels))]
    else:
        blocks = (sorted(partition, key=lambda b: labels.index(b[0])) for partition in set_partitions(labels))
        numbered = ({label: k for k, block in enumerate(p, 1) for label in block} for p in blocks)
        found = [{label: Number(Fraction(k)) for label, k in numbers.items()} for numbers in numbered]
    if len(found) > MOST_READINGS:
        at = next(token for token in tokens if token.value == DELTA)
        help = f"up to {MOST_READINGS} are read; claim the equation for fewer of them"
        raise text.error(f"these deltas can be read at {len(found)} choices of their inputs", at, help=help)
    return found


def _labels(tokens: Sequence[Token], vocabulary: Vocabulary) -> list[str]:
    """The letters in deltas of inputs, in order; none where a delta has a neuron or a number in it, or is a name."""
    found: dict[str, None] = {}
    if vocabulary.is_scalar(DELTA):
        return []
    for place, token in enumerate(tokens):
        if (token.type, token.value) == ("SYMBOL", DELTA):
            names = _names(without_braces(tokens[place + 1 : script_ends(tokens, place + 1)]))
            if names is None:
                return []
            found |= dict.fromkeys(names)
    return list(found)


def _names(scripts: Sequence[Token]) -> list[str] | None:
    r"""alpha, gamma of ^\alpha_\gamma; None where anything else stands there."""
    names: list[str] = []
    place = 0
    while place < len(scripts):
        if scripts[place].type in ("SUB", "SUP", "COMMA"):
            place += 1
            continue
        name, used = index_name(scripts[place:])
        if name is None or scripts[place].value in NEURON_LETTERS or scripts[place].value not in GREEK_NAMES:
            return None
        names.append(name)
        place += used
    return names if len(names) == 2 else None


def delta_of_inputs(table: SymbolTable, symbol: Symbol, span: Span) -> Number | None:
    """One or zero, as the formula is read; None for any other symbol. LanguageError."""
    scripts = symbol.scripts
    is_delta = symbol.token.value == DELTA and not table.vocabulary.is_scalar(DELTA)
    if not is_delta or not table.inputs.same or scripts.primes or scripts.layer is not None:
        return None
    slots = [
        slot
        for raw in (scripts.power, scripts.below)
        if raw is not None
        for slot in table.inputs.read(raw, symbol, None)
    ]
    if len(slots) != 2:
        raise table.text.error("a delta joins two inputs", symbol.token, help=_EACH)
    for slot in slots:
        if isinstance(slot, Name) and table.inputs.is_summed(slot.name):
            help = "put the other input in its place"
            raise table.text.error("a delta at an input that is summed over", symbol.token, help=help)
    return Number(Fraction(int(slots[0] == slots[1])), span=span)
