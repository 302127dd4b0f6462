"""What stands for a random variable inside <...>: activations and preactivations at samples, s, s1', sigma2, z, z_a."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.terms.ratio import Ratio
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Span
from ptheory.networks.fields import Field
from ptheory.recursion.jets import FieldValue
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import Leg


@dataclass(frozen=True)
class Place:
    """Where a formula stands: inside a bracket or not, and what summation indices, lets and exchanges are in force.

    ``exchanged``: input written -> input meant.
    """

    inside: bool = False
    indices: tuple[tuple[str, int], ...] = ()
    opened: tuple[str, ...] = ()  # lets being expanded
    exchanged: tuple[tuple[int, int], ...] = ()

    def sample(self, name: str) -> int | None:
        """The input a summation index stands for here; None for any other name."""
        return dict(self.indices).get(name)

    def meant(self, sample: int) -> int:
        """The input that stands in the place of one that is written."""
        return dict(self.exchanged).get(sample, sample) if self.exchanged else sample

    def with_exchange(self, pairs: Mapping[int, int]) -> Place:
        """The same with inputs exchanged in what is written, those in force put on top."""
        both = {**dict(self.exchanged), **{written: self.meant(instead) for written, instead in pairs.items()}}
        return replace(self, exchanged=tuple(sorted(both.items())))


OUTSIDE = Place()


class Preactivations:
    """``sample``: the input that a number stands for. LanguageError where it stands for none."""

    def __init__(self, vocabulary: Vocabulary, sample: Callable[[int, Span], int]) -> None:
        self.vocabulary = vocabulary
        self.sample = sample

    def random_variable(
        self, name: str, primes: int, samples: tuple[int, ...] | None, span: Span, place: Place
    ) -> Ratio | None:
        """An activation or a field at a sample: s, s1', sigma2, z, z1, u_a, s[1]; None for a scalar."""
        vocabulary = self.vocabulary
        stem, sample = self.split(name, place)
        if samples is not None:
            if sample is not None or len(samples) != 1:
                return None
            sample = samples[0]
        is_field = stem in vocabulary.fields
        if not is_field and not vocabulary.is_activation(stem):
            return None
        if is_field and primes:
            raise LanguageError("a preactivation has no derivative", span, help=f"write {stem} without primes")
        sample = self._default_sample(name, sample, span)
        if is_field:
            return Ratio.atom(FieldValue(Leg(Field(stem), Sample(sample))))
        return Ratio(vocabulary.jets(stem, primes, None, sample, span))

    def split(self, name: str, place: Place) -> tuple[str, int | None]:
        """(name, None) as it stands, or a name with its sample: z1, s_a, sa for an input or index called a."""
        vocabulary = self.vocabulary

        def names_something(stem: str) -> bool:
            return stem in vocabulary.fields or vocabulary.is_activation(stem)

        if names_something(name):
            return name, None
        stem = name.rstrip("0123456789").rstrip("_")
        digits = name[len(name.rstrip("0123456789")) :]
        if digits and names_something(stem):
            return stem, place.meant(int(digits))
        labels = [label for label, _ in place.indices]
        labels += list(vocabulary.inputs.names) if vocabulary.inputs is not None else []
        for label in sorted(labels, key=len, reverse=True):
            if name.endswith(label) and names_something(name[: -len(label)].rstrip("_")):
                summed = place.sample(label)
                named = vocabulary.named_sample(label)
                return name[: -len(label)].rstrip("_"), place.meant(named) if summed is None and named else summed
        return name, None

    def _default_sample(self, name: str, sample: int | None, span: Span) -> int:
        if sample is not None:
            return self.sample(sample, span)
        if self.vocabulary.one_input:
            return 1
        raise LanguageError(f"{name} at which input?", span, help=f"write {name}1, or add `inputs one` to the claim")

    def leg(self, name: str, span: Span, place: Place) -> Leg | None:
        """The preactivation a name stands for; None for any other name."""
        stem, sample = self.split(name, place)
        if stem not in self.vocabulary.fields:
            return None
        return Leg(Field(stem), Sample(self._default_sample(name, sample, span)))
