"""Networks that a claim about their layers is put to: numbers for hyperparameters, polynomials for open activations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from ptheory.claims.points.network import DIGITS, Network, rational_coefficients
from ptheory.claims.points.numerical_points import polynomial_activation
from ptheory.claims.points.points import POLYNOMIALS, TRANSCENDENTAL, of_parity
from ptheory.claims.sides import ReadClaim, is_defined
from ptheory.claims.terms.cancellation import lowest_terms
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.terms.scalar_functions import with_values
from ptheory.flows.layer_values import FlowSetting, constant_scalars
from ptheory.flows.of_network import flow_of
from ptheory.language.errors import LanguageError
from ptheory.networks.check_architecture import hyperparameters


def networks_of(
    read: ReadClaim,
    inputs: Sequence[Sequence[Fraction]],
    number: int,
    layers: Iterable[int],
    of_inputs: Mapping[str, Fraction] | None = None,
) -> Iterator[Network]:
    """The layers of the network ``number``, 0, 1, ..., at some inputs; ``of_inputs``: numbers that they are."""
    vocabulary = read.vocabulary
    architecture = vocabulary.system.model.architecture
    names = [name for name in hyperparameters(architecture) if name not in TRANSCENDENTAL]
    open_names = [name for name in vocabulary.functions if name not in vocabulary.binding and not is_defined(name)]
    bound = {name: c for name, a in vocabulary.binding.items() if (c := rational_coefficients(a)) is not None}
    drawn = {name: Fraction(k + 1 + number, 2 + (k + number) % 3) for k, name in enumerate(names)}
    numbers = {**_with_given(read, drawn), **(of_inputs or {})}
    parities = vocabulary.parities
    polynomials = {name: of_parity(POLYNOMIALS[3 + number], parities.get(name)) for name in open_names}
    activations = {**vocabulary.binding, **{name: polynomial_activation(name, c) for name, c in polynomials.items()}}
    setting = FlowSetting(
        inputs,
        constant_scalars(numbers),
        activations,
        digits=DIGITS,
        almost_everywhere=vocabulary.almost_everywhere,
    )
    flow = flow_of(vocabulary.system, setting)
    for layer in layers:
        yield Network(vocabulary, flow, layer, numbers, {**bound, **polynomials})


def _with_given(read: ReadClaim, numbers: dict[str, Fraction]) -> dict[str, Fraction]:
    """The values that the claim assumes, in those drawn for the others. LanguageError where one is no number."""
    drawn = {name: Ratio.constant(value) for name, value in numbers.items()}
    for name, value in read.reader.given.items():
        found = lowest_terms(with_values(value, drawn))
        if found.factors or not found.numerator.is_constant:
            written = read.vocabulary.given.get(name)
            span = read.claim.span if written is None else written.span
            help = "in every layer it is the same rational number, or made of other hyperparameters"
            raise LanguageError(f"the value of {name} is not the same number in every layer", span, help=help)
        numbers[name] = found.numerator.constant_term
    return numbers
