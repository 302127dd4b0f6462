r"""Which inputs stand in a subscript: V_{(12)(34)}, K_{\alpha_1\alpha_2}, K_{\alpha\beta}, K_{ab}, sums over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction

from lark import Token

from ptheory.claims.latex.latex_scripts import Raw, Symbol, index_name, without_braces
from ptheory.claims.latex.written_out import Text
from ptheory.claims.reading.vocabulary import TensorReference, Vocabulary
from ptheory.language.expressions import Name, Number
from ptheory.language.names import GREEK_NAMES

NEURON_LETTERS = frozenset("ijkm")
INPUT_LETTERS = frozenset("xy")


class InputSlots:
    """The inputs of one claim by the names that its formula gives them; each input has one name."""

    def __init__(self, vocabulary: Vocabulary, text: Text) -> None:
        self.vocabulary = vocabulary
        self.text = text
        self.same: Mapping[str, Number | Name] = {}  # what letters of deltas are, in this reading of the claim
        self._letters: dict[str, str] = {}  # how inputs are called: 1, 2 or \alpha_1, \alpha_2 or \alpha, \beta
        self._free: dict[str, int] = {}  # \alpha, \beta, ... -> slots, in the order in which they appear
        self._names: dict[int, str] = {}  # x, x' of inputs 1, 2
        self._summed: list[str] = []
        self._chosen: dict[str, Number | Name] = {}  # summed letters that are written out, at one of the inputs
        self.summed_that_stand: set[str] = set()  # those of them that the formula has at a slot

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

    @contextmanager
    def chosen(self, slots: Mapping[str, Number | Name]) -> Iterator[None]:
        """Within: these letters of a sum are the inputs that are given for them."""
        before = self._chosen
        self._chosen = {**before, **slots}
        self.summed_that_stand.difference_update(slots)
        try:
            yield
        finally:
            self._chosen = before

    def is_summed_letter(self, raw: Sequence[Raw]) -> bool:
        """Whether this is one letter, and that of a sum around it."""
        tokens = without_braces(raw)
        name, used = index_name(tokens)
        return name is not None and self.is_summed(name) and used == len(tokens)

    def slot_of(self, raw: Sequence[Raw]) -> Number | Name | None:
        r"""The input that the letter of \partial_\beta is; None where it is no letter of a sum that is written out."""
        name, used = index_name(without_braces(raw))
        if name not in self._chosen or used != len(without_braces(raw)):
            return None
        self.summed_that_stand.add(name)
        return self._chosen[name]

    def is_summed(self, name: str) -> bool:
        """Whether a sum over this input is open."""
        return name in self._summed

    def is_sample(self, name: str) -> bool:
        """Whether a word names an input: of the claim, or one that is summed over."""
        return name in self._summed or self.vocabulary.named_sample(name) is not None

    def read(self, raw: tuple[Raw, ...], symbol: Symbol, reference: TensorReference | None) -> list[Number | Name]:
        r"""Digits, \alpha_1 and named inputs; parentheses join them in pairs, (12)(34)."""
        flat = without_braces(raw)
        neuron = next((token for token in flat if token.type == "SEMICOLON"), None)
        if neuron is not None:
            help = (
                r"a neuron and an input stand at fields in \mathbb{E}[...]; averages at the kernel are over one neuron"
            )
            raise self.text.error("`;` has no meaning here", neuron, help=help)
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
                self._check_no_delta(token)
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
        if len(slots) == 1 and reference is not None and reference.is_kernel and flat[0].type == "SYMBOL":
            slots *= 2  # q_a is the variance at input a
        if not slots or (reference is not None and len(slots) != reference.arity):
            takes = f"{reference.arity} samples" if reference is not None else "a sample"
            raise self.text.error(
                f"{symbol.shown} takes {takes}, not {len(slots)}",
                symbol.token,
                help="each slot holds one input, K_{12}",
            )
        return slots

    def of_vectors(self, raw: tuple[Raw, ...], symbol: Symbol) -> list[Number | Name]:
        """The inputs of vectors x_1, x_2: 1 and 2 beside numbers at other symbols."""
        flat = without_braces(raw)
        if "" in self._letters:
            numbered = [
                k for k in range(len(flat) - 2) if flat[k].value in INPUT_LETTERS and flat[k + 2].type == "NUMBER"
            ]
            flat = [token for k, token in enumerate(flat) if not {k, k - 1} & set(numbered)]
        return self.read(tuple(flat), symbol, None)

    def _letter(self, token: Token, behind: Sequence[Token]) -> tuple[Number | Name, int]:
        r"""(the slot of \alpha_1 or of an input's name, how many tokens behind the letter it takes)"""
        name, used = index_name([token, *behind])
        if name in self._chosen:
            self.summed_that_stand.add(name)
            return self._chosen[name], used - 1
        if self.same and (found := self._of_a_delta(token, behind)) is not None:
            return found
        if token.value in INPUT_LETTERS and self.vocabulary.named_sample(token.value) is None:
            found = self._input(token, behind)
            if found is not None:
                return found
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

    def _of_a_delta(self, token: Token, behind: Sequence[Token]) -> tuple[Number | Name, int] | None:
        """The input that a letter of a delta is; None for names of the claim and of sums. LanguageError for others."""
        name, used = index_name([token, *behind])
        if name is None or name in self._summed or self.vocabulary.named_sample(name) is not None:
            return None
        if name not in self.same:
            help = r"each input of such a claim stands in a delta: \delta^\alpha_\gamma"
            raise self.text.error(f"is {name} the same input as one of the delta's?", token, help=help)
        return self.same[name], used - 1

    def _input(self, token: Token, behind: Sequence[Token]) -> tuple[Number | Name, int] | None:
        r"""x, x', y as inputs 1, 2, 2; x_\alpha as \alpha. None for x_1."""
        match list(behind):
            case [Token(type="SUB"), Token(type="SYMBOL") as letter]:
                if letter.value in NEURON_LETTERS and self.vocabulary.named_sample(letter.value) is None:
                    self._called("letters", letter.value, letter)
                    return Number(Fraction(self._free.setdefault(letter.value, len(self._free) + 1))), 2
                slot, _ = self._letter(letter, ())
                return slot, 2
            case [Token(type="SUB"), *_]:
                return None
            case [Token(type="PRIME") as primes, *_]:
                return self._numbered(token, 1 + len(primes), f"{token.value}{primes}"), 1
        return self._numbered(token, 1 if token.value == "x" else 2, str(token.value)), 0

    def _numbered(self, token: Token, number: int, name: str) -> Number:
        """The input of that number, which one name stands for."""
        self._called("'", "x", token)
        before = self._names.setdefault(number, name)
        if before != name:
            raise self.text.error(f"are {before} and {name} the same input?", token, help="write x and x', or x and y")
        return Number(Fraction(number))

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

    def _check_no_delta(self, token: Token) -> None:
        if self.same:
            raise self.text.error(f"is input {token.value} the same as one of the delta's?", token, help="use letters")

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
