r"""What a LaTeX symbol with its subscripts and superscripts stands for: the declared symbol table of one claim.

    V_{(12)(34)}, V_{1234}, V_{\alpha_1\alpha_2\alpha_3\alpha_4}   V[1,2,3,4]
    V^{(\ell+1)}                                                   V', where V^{(\ell)} or V is the layer below
    G^{\{1\}}                                                      G1
    \chi_\parallel, \chi_\perp, C_W, \lambda_b, n_\ell             chi_par, chi_perp, C_W, lambda_b, n[l]
    \sigma'_1, \sigma_{1}'', \sigma'(z_1), z_{\alpha_1}            s1', s1'', s'(z1), z1

What could be read in two ways is refused with both readings, never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from lark import Token, Tree

from ptheory.language.errors import suggestion
from ptheory.language.expressions import Expression, Indexed, Name, Number, Span
from ptheory.language.functions import CONSTANTS
from ptheory.networks.scalars import layer_index
from ptheory.verification.read_latex_tokens import Text
from ptheory.verification.vocabulary import SUSCEPTIBILITIES, TensorReference, Vocabulary

Raw = Any  # a Token, or a Tree: a braced group of them


@dataclass(frozen=True)
class Scripts:
    """What hangs on a symbol: ``layer`` relative to l, ``order`` from \\{1\\}, ``power``: tokens of an exponent."""

    primes: int = 0
    below: tuple[Raw, ...] | None = None
    layer: int | None = None
    order: int | None = None
    power: tuple[Raw, ...] | None = None
    at: Token | None = None  # where the scripts begin, for messages


@dataclass(frozen=True)
class Symbol:
    """A bare symbol with its scripts, before it is given a meaning."""

    token: Token
    scripts: Scripts = field(default_factory=Scripts)


class SymbolTable:
    """``base``: the layer offset that means "this layer" in the claim; one more is the next layer."""

    def __init__(self, vocabulary: Vocabulary, text: Text, base: int) -> None:
        self.vocabulary = vocabulary
        self.text = text
        self.base = base

    # ---- scripts ----------------------------------------------------------------------------------------------

    def scripts(self, nodes: Sequence[Tree]) -> Scripts:
        """All scripts of one atom, in any order; a second subscript or a second power is refused."""
        found = Scripts()
        for script in nodes:
            if script.data == "prime":
                found = replace(found, primes=found.primes + len(script.children[0]), at=script.children[0])
                continue
            marker, raw = script.children[0], tuple(script.children[2:-1])
            if script.data == "subscript":
                if found.below is not None:
                    raise self.text.error("a second subscript", marker, help="write one subscript in braces")
                found = replace(found, below=raw, at=marker)
            else:
                found = self._superscript(replace(found, at=marker), raw, marker)
        return found

    def _superscript(self, found: Scripts, raw: tuple[Raw, ...], marker: Token) -> Scripts:
        while raw and isinstance(raw[0], Token) and raw[0].type == "PRIME":
            found = replace(found, primes=found.primes + len(raw[0]))
            raw = raw[1:]
        order = order_of(raw)
        if order is not None:
            found, raw = replace(found, order=order), raw[3:]
        layer = layer_of(raw)
        if layer is not None:
            found, raw = replace(found, layer=layer), ()
        if raw:
            if found.power is not None:
                raise self.text.error("a second power", marker, help="write one superscript in braces")
            found = replace(found, power=raw)
        return found

    # ---- symbols ----------------------------------------------------------------------------------------------

    def meaning(self, symbol: Symbol, span: Span, inside: bool) -> Expression:
        """The claim-syntax node of a symbol, its power left aside. LanguageError where there is none, or several."""
        name, scripts = symbol.token.value, symbol.scripts
        readings = [
            reading
            for reading in (
                self._scalar(name, scripts, span),
                self._tensor(symbol, span),
                self._random(symbol, span) if inside else None,
            )
            if reading is not None
        ]
        if len(readings) > 1:
            raise self.text.error(f"{self._shown(symbol)} can be read in two ways", symbol.token)
        if not readings:
            raise self._unknown(symbol, inside)
        return readings[0]

    def _scalar(self, name: str, scripts: Scripts, span: Span) -> Expression | None:
        """Hyperparameters, widths, susceptibilities, lets, constants: a name, or a name and a word below it."""
        if scripts.primes or scripts.order is not None:
            return None
        if name == "n":
            return self._width(scripts, span)
        word = "" if scripts.below is None else self._word(scripts.below)
        if word is None:
            return None
        full = f"{name}_{word}" if word else name
        vocabulary = self.vocabulary
        if full in vocabulary.hyperparameters:
            if scripts.layer is not None:
                return Indexed(full, (layer_index(scripts.layer - self.base),), span=span)
            return Name(full, span=span)
        if full in SUSCEPTIBILITIES or full in vocabulary.lets or (full in CONSTANTS and scripts.layer is None):
            return Name(full, span=span)
        return None

    def _width(self, scripts: Scripts, span: Span) -> Expression | None:
        if scripts.below is None:
            return Name("n", span=span) if scripts.layer is None else None
        layer = layer_of(scripts.below)
        return None if layer is None else Indexed("n", (layer_index(layer - self.base),), span=span)

    def _tensor(self, symbol: Symbol, span: Span) -> Expression | None:
        name, scripts = symbol.token.value, symbol.scripts
        word = None if scripts.below is None else self._word(scripts.below)
        if word and f"{name}_{word}" in self.vocabulary.tensor_names:
            name, scripts = f"{name}_{word}", replace(scripts, below=None)
        if scripts.order:
            name += str(scripts.order)
        elif scripts.order == 0 and self.vocabulary.series(name) is not None:
            name = "K" + name[1:]
        reference = self.vocabulary.tensor(name)
        if reference is None and self.vocabulary.series(name) is None:
            return None
        primes = scripts.primes + (0 if scripts.layer is None else scripts.layer - self.base)
        if primes not in (0, 1):
            raise self.text.error(
                f"{self._shown(symbol)} is not of this layer or the next",
                symbol.token,
                help="write (\\ell) and (\\ell+1)",
            )
        if scripts.below is None:
            return Indexed(name, (), primes, span=span) if primes else Name(name, span=span)
        slots = self._slots(scripts.below, symbol, reference)
        return Indexed(name, tuple(replace(slot, span=span) for slot in slots), primes, span=span)

    def _random(self, symbol: Symbol, span: Span) -> Expression | None:
        """An activation or a preactivation at a sample."""
        name, scripts = symbol.token.value, symbol.scripts
        vocabulary = self.vocabulary
        is_field = name in vocabulary.fields
        if not is_field and not vocabulary.is_activation(name):
            return None
        if scripts.layer is not None or scripts.order is not None:
            raise self.text.error(
                f"{self._shown(symbol)}: a layer, a derivative or a power?",
                symbol.token,
                help="write primes for derivatives, and drop the layer under <...>",
            )
        if scripts.below is None:
            written = name
        else:
            slots = self._slots(scripts.below, symbol, None)
            if len(slots) != 1:
                raise self.text.error(f"{self._shown(symbol)} takes one sample", symbol.token)
            (slot,) = slots
            written = f"{name}{slot.value}" if isinstance(slot, Number) else f"{name}_{slot.name}"
        return Indexed(written, (), scripts.primes, span=span) if scripts.primes else Name(written, span=span)

    # ---- subscripts -------------------------------------------------------------------------------------------

    def _slots(self, raw: tuple[Raw, ...], symbol: Symbol, reference: TensorReference | None) -> list[Number | Name]:
        """Digits, \\alpha_1 and named inputs, in any grouping by parentheses and commas."""
        flat = flattened(raw)
        has_comma = any(token.type == "COMMA" for token in flat)
        slots: list[Number | Name] = []
        index = 0
        while index < len(flat):
            token = flat[index]
            index += 1
            if token.type in ("LPAR", "RPAR", "COMMA", "LBRACE", "RBRACE"):
                continue
            if token.type == "NUMBER" and token.value.isdigit():
                digits = [token.value] if has_comma else list(token.value)
                slots += [Number(Fraction(digit)) for digit in digits]
                continue
            if token.type == "SYMBOL":
                number = _number_below(flat[index:])
                if number is not None:
                    slots.append(Number(Fraction(number.value)))
                    index += _length_of_subscript(flat[index:])
                    continue
                if self.vocabulary.named_sample(token.value) is not None:
                    slots.append(Name(token.value))
                    continue
                raise self.text.error(
                    f"which input is {token.value}?",
                    token,
                    help=f"write a number, as in {token.value}_1, or name the inputs: inputs {token.value} ...",
                )
            raise self.text.error("this is not a sample", token, help="write 1, 2, ... or \\alpha_1, \\alpha_2, ...")
        if not slots or (reference is not None and len(slots) != reference.arity):
            takes = f"{reference.arity} samples" if reference is not None else "a sample"
            raise self.text.error(f"{self._shown(symbol)} takes {takes}, not {len(slots)}", symbol.token)
        return slots

    def _word(self, raw: tuple[Raw, ...]) -> str | None:
        """Letters only: W, b, par, perp; None where there is anything else."""
        flat = [token for token in flattened(raw) if token.type not in ("LBRACE", "RBRACE")]
        if not flat or any(token.type != "SYMBOL" for token in flat):
            return None
        return "".join(token.value for token in flat)

    def _shown(self, symbol: Symbol) -> str:
        return symbol.token.value if len(symbol.token.value) == 1 else f"\\{symbol.token.value}"

    def _unknown(self, symbol: Symbol, inside: bool) -> Exception:
        vocabulary, name = self.vocabulary, symbol.token.value
        word = None if symbol.scripts.below is None else self._word(symbol.scripts.below)
        full = f"{name}_{word}" if word else name
        if not inside and (name in vocabulary.fields or vocabulary.is_activation(name)):
            return self.text.error(
                f"{self._shown(symbol)} depends on a neuron's preactivation",
                symbol.token,
                help="take its expectation: \\langle ... \\rangle_K",
            )
        known = {*vocabulary.hyperparameters, *vocabulary.tensor_names, *vocabulary.lets, *SUSCEPTIBILITIES, *CONSTANTS}
        known |= {*vocabulary.functions, *vocabulary.fields} if inside else set()
        return self.text.error(f"unknown symbol {full}", symbol.token, help=suggestion(full, known, "symbol"))


def flattened(raw: Sequence[Raw]) -> list[Token]:
    found: list[Token] = []
    for part in raw:
        if isinstance(part, Token):
            found.append(part)
        else:
            found += flattened([child for child in part.children if child is not None])
    return found


def layer_of(raw: Sequence[Raw]) -> int | None:
    """k for (\\ell+k) or \\ell+k; None for anything else."""
    flat = [token for token in flattened(raw) if token.type not in ("LBRACE", "RBRACE")]
    if len(flat) >= 2 and flat[0].type == "LPAR" and flat[-1].type == "RPAR":
        flat = flat[1:-1]
    if not flat or flat[0].type != "SYMBOL" or flat[0].value != "l":
        return None
    if len(flat) == 1:
        return 0
    if len(flat) == 3 and flat[1].type in ("PLUS", "MINUS") and flat[2].type == "NUMBER" and flat[2].value.isdigit():
        return int(flat[2].value) * (1 if flat[1].type == "PLUS" else -1)
    return None


def order_of(raw: Sequence[Raw]) -> int | None:
    """k for \\{k\\} at the beginning."""
    match list(raw[:3]):
        case [Token(type="SET"), Token(type="NUMBER") as number, Token(type="SET")] if number.value.isdigit():
            return int(number.value)
    return None


def _number_below(flat: Sequence[Token]) -> Token | None:
    """The number of \\alpha_{1} given the tokens behind \\alpha."""
    match list(flat[:4]):
        case [Token(type="SUB"), Token(type="LBRACE"), Token(type="NUMBER") as number, Token(type="RBRACE")]:
            return number if number.value.isdigit() else None
        case [Token(type="SUB"), Token(type="NUMBER") as number, *_]:
            return number if number.value.isdigit() else None
    return None


def _length_of_subscript(flat: Sequence[Token]) -> int:
    return 4 if flat[1].type == "LBRACE" else 2
