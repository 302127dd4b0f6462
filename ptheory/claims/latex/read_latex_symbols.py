r"""What a LaTeX symbol with its subscripts and superscripts stands for: the declared symbol table of one claim.

    V_{(12)(34)}, V_{1234}, V_{\alpha_1\alpha_2\alpha_3\alpha_4}   V[1,2,3,4]
    V^{(\ell+1)}, V^{(\ell)}, C_W^{(\ell+1)}                        V', V[l], C_W[l+1]
    K^{00}, K^{\alpha_1\alpha_2}                                   Kinv[0,0], Kinv[1,2]
    V^{(\alpha_1\alpha_2)(\alpha_3\alpha_4)}                       V with an inverse kernel at each slot
    G^{\{1\}}                                                      G1
    \chi_\parallel, \chi_\perp, C_W, \lambda_b, n_\ell             chi_par, chi_perp, C_W, lambda_b, n[l]
    \sigma'_1, \sigma_{1}'', \sigma'(z_1), z_{\alpha_1}            s1', s1'', s'(z1), z1

What could be read in two ways is refused with both readings, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TypeAlias

from lark import Token, Tree

from ptheory.claims.latex.read_latex_tokens import Text
from ptheory.claims.reading.claim_layers import is_next, require_layer_made, require_this_layer
from ptheory.claims.reading.vocabulary import TensorReference, Vocabulary
from ptheory.language.claim_names import INVERSE_KERNEL, SUSCEPTIBILITIES, leading_name
from ptheory.language.constants import layer_index
from ptheory.language.errors import suggestion
from ptheory.language.expressions import Expression, Indexed, Multiply, Name, Number, Span, SumOver
from ptheory.language.functions import CONSTANTS
from ptheory.language.names import GREEK_NAMES

NEURON_LETTERS = frozenset("ijkm")
_INDEX_TOKENS = frozenset(("NUMBER", "SYMBOL", "COMMA", "LPAR", "RPAR", "SUB"))

Raw: TypeAlias = "Token | Tree"  # a Token, or a Tree: a braced group of them


@dataclass(frozen=True)
class Scripts:
    """What hangs on a symbol: ``layer`` relative to l, ``order`` from \\{1\\}, ``power``: tokens of an exponent."""

    primes: int = 0
    dots: int = 0  # of the primes, those written as dots
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
        self._letters: dict[str, str] = {}  # how inputs are called: 1, 2 or \alpha_1, \alpha_2 or \alpha, \beta
        self._free: dict[str, int] = {}  # \alpha, \beta, ... -> slots, in the order in which they appear
        self._summed: list[str] = []
        self.summed_that_stand: set[str] = set()  # those of them that the formula has at a slot
        self.variables: tuple[str, ...] = ()  # what an average calls the preactivation, or those at inputs 1, 2, ...

    # ---- scripts ----------------------------------------------------------------------------------------------

    def scripts(self, nodes: Sequence[Tree]) -> Scripts:
        """All scripts of one atom, in any order; a second subscript or a second power is refused."""
        found, raised = Scripts(), False
        for script in nodes:
            if script.data == "prime":
                found = replace(found, primes=found.primes + len(script.children[0]), at=script.children[0])
                continue
            if script.data == "dot":
                dots = len(script.children[0])
                found = replace(found, primes=found.primes + dots, dots=found.dots + dots, at=script.children[0])
                continue
            marker, raw = script.children[0], tuple(script.children[2:-1])
            if script.data == "subscript":
                if found.below is not None:
                    raise self.text.error("a second subscript", marker, help="write one subscript in braces")
                found = replace(found, below=raw, at=marker)
            else:
                if raised:
                    raise self.text.error("a second superscript", marker, help="write one superscript in braces")
                raised = True
                found = self._superscript(replace(found, at=marker), raw, marker)
        return found

    def with_layer_below(self, scripts: Scripts) -> Scripts:
        r"""K_{(\ell)}, K_\ell: a layer below the symbol is one like a layer above it."""
        layer = None if scripts.below is None else layer_of(scripts.below)
        if layer is None:
            return scripts
        if scripts.layer is not None:
            raise self.text.error("a layer above and a layer below", scripts.at, help="write the layer once")
        return replace(scripts, layer=layer, below=None)

    @contextmanager
    def summed(self, indices: Sequence[str]) -> Iterator[None]:
        """Within: these letters are summed over the inputs."""
        before = self._summed
        self._summed = [*before, *indices]
        self.summed_that_stand.difference_update(indices)
        try:
            yield
        finally:
            self._summed = before

    def is_sample(self, name: str) -> bool:
        """Whether a word names an input: of the claim, or one that is summed over."""
        return name in self._summed or self.vocabulary.named_sample(name) is not None

    def is_known(self, name: str) -> bool:
        """Whether a letter has a meaning of its own, so that it cannot name a variable of integration."""
        return self.vocabulary.is_scalar(name) or self.vocabulary.is_known(name)

    def layer(self, layer: int | None) -> int | None:
        """A layer written, counted from the layer that a recursion reads."""
        return None if layer is None else layer - self.base

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
        return replace(found, power=raw) if raw else found

    # ---- symbols ----------------------------------------------------------------------------------------------

    def meaning(self, symbol: Symbol, span: Span, inside: bool) -> Expression:
        """The claim-syntax node of a symbol, its power left aside. LanguageError where there is none, or several."""
        name, scripts = symbol.token.value, symbol.scripts
        if scripts.dots and not (inside and self.vocabulary.is_activation(name)):
            raise self.text.error(
                f"a dot over {self._shown(symbol)}", symbol.token, help="it differentiates an activation"
            )
        is_field = inside and name in (*self.vocabulary.fields, *self.variables)  # the field called h
        readings = [
            reading
            for reading in (
                None if is_field else self._scalar(name, scripts, span),
                None if is_field else self._tensor(symbol, span),
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
        scripts = self.with_layer_below(scripts)
        vocabulary = self.vocabulary
        word = "" if scripts.below is None else self._word(scripts.below)
        full = self._numbered(name, scripts) if word is None else f"{name}_{word}" if word else name
        if full is None:
            return None
        if full in vocabulary.hyperparameters:
            self.check_layer(full, scripts)
            return self._of_layer(full, scripts, span)
        if full in SUSCEPTIBILITIES or full in vocabulary.lets:
            self.check_layer(full, scripts)
            return self._of_layer(full, scripts, span)
        return Name(full, span=span) if full in CONSTANTS and scripts.layer is None else None

    def _numbered(self, name: str, scripts: Scripts) -> str | None:
        r"""The one hyperparameter that is set as C_{12}: C_12 or C12."""
        digits = [token.value for token in flattened(scripts.below or ()) if token.type not in ("LBRACE", "RBRACE")]
        if len(digits) != 1 or not digits[0].isdigit():
            return None
        spelled = {f"{name}_{digits[0]}", f"{name}{digits[0]}"} & self.vocabulary.hyperparameters
        return spelled.pop() if len(spelled) == 1 else None

    def _of_layer(self, name: str, scripts: Scripts, span: Span) -> Expression:
        layer = self.layer(scripts.layer)
        return Name(name, span=span) if layer is None else Indexed(name, (layer_index(layer),), span=span)

    def check_layer(self, what: str, scripts: Scripts) -> None:
        """Layer l or the next, an abbreviation at layer l; pointed at where the layer is written."""
        marker = scripts.at
        if marker is not None:
            place = self.text.span(marker.start_pos or 0, marker.end_pos or 0)
            self.check_offset(what, self.layer(scripts.layer), place)

    def check_offset(self, what: str, layer: int | None, place: Span) -> None:
        """The same of a layer counted from the one that the recursion reads."""
        if layer is None or what in self.vocabulary.layered:
            return
        if what in self.vocabulary.hyperparameters:
            require_layer_made(what, layer, place)
        elif what in self.vocabulary.lets:
            require_this_layer(what, layer, place)
        else:
            is_next(what, layer, place)

    def _width(self, scripts: Scripts, span: Span) -> Expression | None:
        if scripts.layer is not None:
            return None
        if scripts.below is None:
            return Name("n", span=span)
        layer = layer_of(scripts.below)
        return None if layer is None else Indexed("n", (layer_index(layer - self.base),), span=span)

    def _tensor(self, symbol: Symbol, span: Span) -> Expression | None:
        name, scripts = symbol.token.value, self.with_layer_below(symbol.scripts)
        word = None if scripts.below is None else self._word(scripts.below)
        if word and f"{name}_{word}" in self.vocabulary.tensor_names:
            name, scripts = f"{name}_{word}", replace(scripts, below=None)
        if scripts.order:
            name += str(scripts.order)
        elif scripts.order == 0 and self.vocabulary.series(name) is not None:
            name = leading_name(name)
        reference = self.vocabulary.tensor(name)
        if reference is None and self.vocabulary.series(name) is None:
            return None
        layer = self.layer(scripts.layer)
        if scripts.primes and layer is not None:
            raise self.text.error(f"{self._shown(symbol)} has a prime and a layer", symbol.token, help="write one")
        primes = scripts.primes if layer is None else layer
        if primes not in (0, 1):
            raise self.text.error(
                f"{self._shown(symbol)} is not of this layer or the next",
                symbol.token,
                help="write (\\ell) and (\\ell+1)",
            )
        if self._has_raised_indices(symbol, name):
            return self._inverse(symbol, name, scripts, span)
        if scripts.below is None:
            if layer == 0:
                return Indexed(name, (layer_index(0),), span=span)
            return Indexed(name, (), primes, span=span) if primes else Name(name, span=span)
        slots = self._slots(scripts.below, symbol, reference)
        at = 0 if layer == 0 else None
        return Indexed(name, tuple(replace(slot, span=span) for slot in slots), primes, at, span=span)

    # ---- raised indices ---------------------------------------------------------------------------------------

    def _has_raised_indices(self, symbol: Symbol, name: str) -> bool:
        r"""K^{00}, K^{\alpha\beta}: no power. Refused where it could be one: K^{12}."""
        power = [token for token in flattened(symbol.scripts.power or ()) if token.type not in ("LBRACE", "RBRACE")]
        arity = self._arity(name)
        if not power or any(token.type not in _INDEX_TOKENS for token in power):
            return False
        if len(power) == 1 and power[0].type == "NUMBER":
            digits = power[0].value
            if len(digits) != arity or arity < 2:
                return False
            if not digits.startswith("0"):
                raise self.text.error(
                    f"the power {digits} of {self._shown(symbol)}, or raised indices?",
                    power[0],
                    help=f"write ({self._shown(symbol)})^{{{digits}}}, or indices with a comma between them",
                )
            return True
        return any(token.type in ("SYMBOL", "COMMA") for token in power)

    def _arity(self, name: str) -> int:
        reference = self.vocabulary.tensor(name)
        return 2 if reference is None else reference.arity

    def _inverse(self, symbol: Symbol, name: str, scripts: Scripts, span: Span) -> Expression:
        """Raised indices: an entry of the inverse kernel, or a tensor with that inverse at each of its slots."""
        assert scripts.power is not None
        first = flattened(scripts.power)[0]
        if scripts.below is not None:
            raise self.text.error("indices above and below", first, help="K_{12} is the kernel, K^{1,2} its inverse")
        if scripts.primes:
            raise self.text.error("what is raised has no prime", first, help="write it at layer (\\ell)")
        reference = self.vocabulary.tensor(name)
        self.check_layer("the inverse kernel", scripts)
        slots = [replace(slot, span=span) for slot in self._slots(scripts.power, symbol, reference)]
        at = self.layer(scripts.layer)
        if self.vocabulary.is_kernel(name):
            return Indexed(INVERSE_KERNEL, tuple(slots), 0, at, span=span)
        if at not in (None, 0):
            raise self.text.error("raised indices at the next layer", first, help="write it at layer (\\ell)")
        lowered = [f"raised_{k}" for k in range(1, len(slots) + 1)]
        inverses = (
            Indexed(INVERSE_KERNEL, (slot, Name(index)), 0, at, span=span)
            for slot, index in zip(slots, lowered, strict=True)
        )
        entry = Indexed(name, tuple(map(Name, lowered)), 0, at, span=span)
        return SumOver(tuple(lowered), Multiply((*inverses, entry), span=span), span=span)

    def _random(self, symbol: Symbol, span: Span) -> Expression | None:
        """An activation or a preactivation at a sample."""
        name, scripts = symbol.token.value, symbol.scripts
        vocabulary = self.vocabulary
        sample = ""
        if self.variables:
            name, sample = self._renamed(symbol)
        is_field = name in vocabulary.fields
        if not is_field and not vocabulary.is_activation(name):
            return None
        if scripts.layer is not None or scripts.order is not None:
            raise self.text.error(
                f"{self._shown(symbol)}: a layer, a derivative or a power?",
                symbol.token,
                help="write primes for derivatives, and drop the layer under <...>",
            )
        if sample and scripts.below is not None:
            raise self.text.error(f"{self._shown(symbol)} is a variable at one input", symbol.token)
        if scripts.below is None:
            written = name + sample
        else:
            slots = self._slots(scripts.below, symbol, None)
            if len(slots) != 1:
                raise self.text.error(f"{self._shown(symbol)} takes one sample", symbol.token)
            (slot,) = slots
            written = f"{name}{slot.value}" if isinstance(slot, Number) else f"{name}_{slot.name}"
        return Indexed(written, (), scripts.primes, span=span) if scripts.primes else Name(written, span=span)

    def _renamed(self, symbol: Symbol) -> tuple[str, str]:
        """(the preactivation where the average calls it otherwise, its input); its own name stands for nothing then."""
        written = str(symbol.token.value)
        if written in self.vocabulary.fields and written not in self.variables:
            called = " and ".join(self.variables)
            raise self.text.error(f"this average is over {called}", symbol.token, help=f"write {called}")
        if written not in self.variables:
            return written, ""
        number = self.variables.index(written) + 1
        return self.vocabulary.fields[0], str(number) if len(self.variables) > 1 else ""

    # ---- subscripts -------------------------------------------------------------------------------------------

    def _slots(self, raw: tuple[Raw, ...], symbol: Symbol, reference: TensorReference | None) -> list[Number | Name]:
        r"""Digits, \alpha_1 and named inputs; parentheses join them in pairs, (12)(34)."""
        flat = [token for token in flattened(raw) if token.type not in ("LBRACE", "RBRACE")]
        has_comma = any(token.type == "COMMA" for token in flat)
        slots: list[Number | Name] = []
        pairs: list[tuple[int, Token]] = []  # (how many slots stand before it, a parenthesis)
        index = 0
        while index < len(flat):
            token = flat[index]
            index += 1
            if token.type in ("LPAR", "RPAR"):
                pairs.append((len(slots), token))
            elif token.type == "NUMBER" and token.value.isdigit():
                self._called("", "1", token)
                slots += [Number(Fraction(digit)) for digit in ([token.value] if has_comma else token.value)]
            elif token.type == "SYMBOL":
                slot, used = self._letter(token, flat[index : index + 2])
                slots.append(slot)
                index += used
            elif token.type != "COMMA":
                raise self.text.error(
                    "this is not a sample", token, help="write 1, 2, ... or \\alpha_1, \\alpha_2, ..."
                )
        self._check_pairs(pairs, len(slots))
        if not slots or (reference is not None and len(slots) != reference.arity):
            takes = f"{reference.arity} samples" if reference is not None else "a sample"
            raise self.text.error(f"{self._shown(symbol)} takes {takes}, not {len(slots)}", symbol.token)
        return slots

    def _letter(self, token: Token, behind: Sequence[Token]) -> tuple[Number | Name, int]:
        r"""(the slot of \alpha_1 or of an input's name, how many tokens behind the letter it takes)"""
        match list(behind):
            case [Token(type="SUB"), Token(type="NUMBER") as number] if number.value.isdigit():
                if f"{token.value}_{number.value}" in self._summed:
                    self.summed_that_stand.add(f"{token.value}_{number.value}")
                    return Name(f"{token.value}_{number.value}"), 2
                if token.value in NEURON_LETTERS:
                    raise self.text.error(
                        f"is {token.value}_{number.value} a neuron or a sample?",
                        token,
                        help="components carry no neuron index; samples are 1, 2, ... or \\alpha_1, \\alpha_2, ...",
                    )
                self._called(token.value, f"{token.value}_1", token)
                return Number(Fraction(number.value)), 2
        if token.value in self._summed:
            self.summed_that_stand.add(token.value)
            return Name(token.value), 0
        if self.vocabulary.named_sample(token.value) is not None:
            return Name(token.value), 0
        if token.value in GREEK_NAMES and (self.vocabulary.inputs is None or not self.vocabulary.inputs.names):
            self._called("letters", token.value, token)
            return Number(Fraction(self._free.setdefault(token.value, len(self._free) + 1))), 0
        neuron = " (components carry no neuron index)" if token.value in NEURON_LETTERS else ""
        raise self.text.error(
            f"which input is {token.value}?",
            token,
            help=f"write a number, as in \\alpha_1, or name the inputs: inputs {token.value} ...{neuron}",
        )

    def _called(self, family: str, example: str, token: Token) -> None:
        r"""Inputs have one name each: 1 and \alpha_1, or \alpha_1 and \beta, may be the same input or not."""
        self._letters.setdefault(family, example)
        if len(self._letters) > 1:
            first, second = self._letters.values()
            raise self.text.error(
                f"are {first} and {second} the same input?",
                token,
                help="number all inputs with one letter, or with none",
            )

    def _check_pairs(self, parentheses: list[tuple[int, Token]], slots: int) -> None:
        kinds = [token.type for _, token in parentheses]
        places = [place for place, _ in parentheses]
        regular = kinds == ["LPAR", "RPAR"] * (slots // 2) and places == [
            place for k in range(0, slots - 1, 2) for place in (k, k + 2)
        ]
        if parentheses and (slots % 2 or not regular):
            raise self.text.error(
                "parentheses in a subscript join its slots in pairs", parentheses[0][1], help="write V_{(12)(34)}"
            )

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
        if name == "delta":
            return self.text.error(
                "the Kronecker delta has no meaning here", symbol.token, help="components carry no neuron indices"
            )
        known = {*vocabulary.hyperparameters, *vocabulary.tensor_names, *vocabulary.lets, *SUSCEPTIBILITIES, *CONSTANTS}
        known |= {*vocabulary.functions, *vocabulary.fields} if inside else set()
        if full in known and (full != name or symbol.scripts != Scripts()):
            return self.text.error(
                f"a label at {self._shown(symbol)} that has no meaning there",
                symbol.scripts.at or symbol.token,
                help="tensors have a layer (\\ell), an order \\{1\\} beside the series G, a prime and samples below; "
                "other names have a layer at most",
            )
        return self.text.error(f"unknown symbol {full}", symbol.token, help=suggestion(full, known, "symbol"))


def flattened(raw: Sequence[Raw]) -> list[Token]:
    """The tokens of a parsed subscript or superscript, from left to right."""
    found: list[Token] = []
    for part in raw:
        if isinstance(part, Token):
            if part.type != "UPRIGHT":  # the letters of the word follow
                found.append(part)
        else:
            found += flattened([child for child in part.children if child is not None])
    return found


def index_name(tokens: Sequence[Token]) -> tuple[str | None, int]:
    r"""(the name of \beta_1 or \beta, how many tokens it takes); None where no letter stands there."""
    match list(tokens[:3]):
        case [Token(type="SYMBOL") as letter, Token(type="SUB"), Token(type="NUMBER") as number]:
            return f"{letter.value}_{number.value}", 3
        case [Token(type="SYMBOL") as letter, *_]:
            return str(letter.value), 1
    return None, 0


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


@dataclass(frozen=True)
class KernelBelow:
    """What stands below an expectation: the name of the kernel, None where it is none, and the layer written at it."""

    name: str | None = None
    layer: int | None = None


def layers_inside(raw: Sequence[Raw]) -> list[tuple[int, Token]]:
    r"""The layers written at symbols within a script: z\sim\mathcal{N}(0,K^{(\ell)}), -z^2/(2K^{(\ell)})."""
    tokens = flattened(raw)
    found = []
    for place, marker in enumerate(tokens):
        if marker.type in ("SUP", "SUB") and place + 1 < len(tokens) and tokens[place + 1].type == "LBRACE":
            end = next((k for k in range(place, len(tokens)) if tokens[k].type == "RBRACE"), place)
            layer = layer_of(tokens[place + 2 : end])
            if layer is not None:
                found.append((layer, marker))
    return found


def kernel_below(raw: Sequence[Raw]) -> KernelBelow:
    """K, K^{(l+k)}, K_{(l+k)}, with any letter for K; anything else is no kernel."""
    tokens = [token for token in flattened(raw) if token.type not in ("LBRACE", "RBRACE")]
    if not tokens or tokens[0].type != "SYMBOL":
        return KernelBelow()
    if len(tokens) == 1:
        return KernelBelow(tokens[0].value)
    layer = layer_of(tokens[2:]) if tokens[1].type in ("SUP", "SUB") else None
    return KernelBelow() if layer is None else KernelBelow(tokens[0].value, layer)


def order_of(raw: Sequence[Raw]) -> int | None:
    """k for \\{k\\} at the beginning."""
    match list(raw[:3]):
        case [Token(type="SETOPEN"), Token(type="NUMBER") as number, Token(type="SETCLOSE")] if number.value.isdigit():
            return int(number.value)
    return None
