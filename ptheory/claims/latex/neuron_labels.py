r"""Which neurons and inputs stand in a subscript of an expectation over the parameters: z_{i_1;\alpha_1}, \delta_{ij}.

i_1, i_2       neurons 1 and 2, and slots 1 and 2 where they stand at \alpha_1 and \alpha_2
j_1            beside i_1 another one, called j_1
i, j           neurons i and j
1, 2           slots, where a \delta_{12} stands beside them, or an order alone
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from lark import Token

from ptheory.claims.latex.input_slots import NEURON_LETTERS
from ptheory.claims.latex.latex_scripts import Raw, index_name, without_braces
from ptheory.claims.latex.written_out import Text
from ptheory.claims.reading.vocabulary import Vocabulary

_WRITE = r"neurons are i, j, k or i_1, i_2, ..., inputs stand behind a semicolon: z_{i_1;\alpha_1}"


@dataclass(frozen=True)
class SlotLabels:
    """``neurons`` by their labels, ``inputs``: the tokens behind the semicolon, None where there is none."""

    neurons: tuple[str, ...]
    inputs: tuple[Token, ...] | None


class NeuronLabels:
    """The neurons of one claim by the labels that its formula gives them.

    ``is_read``: the claim is about expectations over the parameters; ``is_inside`` one; ``at_next_layer``: some of them
    are of layer l+1, so that what stands beside them says its layer.
    """

    def __init__(self, vocabulary: Vocabulary, text: Text) -> None:
        self.vocabulary = vocabulary
        self.text = text
        self.is_read = False
        self.is_inside = False
        self.at_next_layer = False
        self.first_number: Token | None = None  # of z_1, a number for a neuron
        self.has_numbered_delta = False
        self._numbered = ""  # the letter of i_1, i_2; or "number" of 1, 2
        self._summed: list[str] = []
        self.summed_that_stand: set[str] = set()

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Within: the body of an expectation."""
        before, self.is_inside = self.is_inside, True
        try:
            yield
        finally:
            self.is_inside = before

    @contextmanager
    def summed(self, labels: Sequence[str]) -> Iterator[None]:
        """Within: these neurons are summed over."""
        before = self._summed
        self._summed = [*before, *labels]
        self.summed_that_stand.difference_update(labels)
        try:
            yield
        finally:
            self._summed = before

    def is_summed(self, label: str) -> bool:
        """Whether a sum over this neuron is open."""
        return label in self._summed

    def names_one(self, token: Token) -> bool:
        """Whether a letter is a neuron's: i, j, k, m where no input is called so."""
        is_letter = token.type == "SYMBOL" and token.value in NEURON_LETTERS
        return is_letter and self.vocabulary.named_sample(str(token.value)) is None

    def split(self, raw: tuple[Raw, ...]) -> SlotLabels:
        r"""i_1i_2;\alpha_1\alpha_2 as neurons 1, 2 and what stands behind the semicolon. LanguageError."""
        tokens = without_braces(raw)
        marks = [place for place, token in enumerate(tokens) if token.type == "SEMICOLON"]
        if len(marks) > 1:
            raise self.text.error("a second semicolon", tokens[marks[1]], help=_WRITE)
        if not marks:
            return SlotLabels(tuple(self.labels(tokens)), None)
        return SlotLabels(tuple(self.labels(tokens[: marks[0]])), tuple(tokens[marks[0] + 1 :]))

    def labels(self, tokens: Sequence[Token]) -> list[str]:
        """The neurons of i_1i_2, ij, 12, commas between them or not. LanguageError at anything else."""
        found: list[str] = []
        place = 0
        while place < len(tokens):
            token = tokens[place]
            if token.type == "NUMBER" and token.value.isdigit():
                self._check_numbered("number", token)
                self.first_number = self.first_number or token
                found += list(token.value)
                place += 1
            elif self.names_one(token):
                name, used = index_name(tokens[place:])
                assert name is not None
                found.append(self._label(name, token))
                place += used
            else:
                raise self.text.error("which neuron is this?", token, help=_WRITE)
            place += place < len(tokens) and tokens[place].type == "COMMA"
        return found

    def names(self, tokens: Sequence[Token]) -> list[str]:
        """The neurons i_1, j of a sum by their whole names. LanguageError at anything else."""
        found: list[str] = []
        place = 0
        while place < len(tokens):
            name, used = index_name(tokens[place:])
            if name is None or not self.names_one(tokens[place]):
                raise self.text.error("which neuron is this?", tokens[place], help=_WRITE)
            found.append(name)
            place += used
            place += place < len(tokens) and tokens[place].type == "COMMA"
        return found

    def _label(self, name: str, token: Token) -> str:
        letter, _, number = name.partition("_")
        if self.is_summed(name):
            self.summed_that_stand.add(name)
            return name
        if not number:
            return letter
        if self._numbered == "number" or not self._numbered:
            self._check_numbered(letter, token)
        return number if letter == self._numbered else name

    def _check_numbered(self, kind: str, token: Token) -> None:
        """1 and i_1 may be the same neuron or not."""
        if (self._numbered or kind) != kind:
            raise self.text.error("numbers for neurons beside i_1, i_2", token, help=_WRITE)
        self._numbered = kind
