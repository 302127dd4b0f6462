"""An abbreviation has a name of its own: one that means something already would be read in the other meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ptheory.language.claim_names import DERIVED, is_activation_shorthand
from ptheory.language.errors import LanguageError
from ptheory.language.functions import NAMED_ACTIVATIONS, RESERVED
from ptheory.language.statements import LetStatement
from ptheory.networks.architecture import Architecture
from ptheory.networks.check_architecture import generic_activations, hyperparameters
from ptheory.networks.coefficients import tensor_at
from ptheory.networks.observables import Definition

IN_CLAIMS = {**DERIVED, "E": "an expectation", "n": "the width", "l": "the layer", "x": "the input"}


def check_let(
    statement: LetStatement,
    architectures: Mapping[str, Architecture],
    activations: Iterable[str],
    definitions: Mapping[str, Definition],
    observables: Iterable[str],
) -> None:
    """Raises LanguageError where the name has a meaning in claims."""
    meaning = meaning_in_claims(statement.name, architectures, set(activations), definitions, set(observables))
    if meaning is not None:
        raise LanguageError(
            f"{statement.name} is {meaning} already", statement.name_span, help="give the abbreviation another name"
        )


def meaning_in_claims(
    name: str,
    architectures: Mapping[str, Architecture],
    activations: set[str],
    definitions: Mapping[str, Definition],
    observables: set[str],
) -> str | None:
    """What a name stands for in claims, None where it is free."""
    if name in IN_CLAIMS:
        return IN_CLAIMS[name]
    if is_activation_shorthand(name):
        return "the activation"
    if name in RESERVED or name in NAMED_ACTIVATIONS or name in activations:
        return "a function"
    tensor = tensor_at(name, definitions, observables)
    if tensor is not None:
        return "a tensor" if tensor.order is None else f"a coefficient of {tensor.name}"
    for architecture in architectures.values():
        if name in hyperparameters(architecture):
            return f"a hyperparameter of {architecture.name}"
        if name.rstrip("0123456789") in architecture.all_fields:
            return f"a field of {architecture.name}"
        if name in generic_activations(architecture, activations):
            return f"an activation of {architecture.name}"
    return None
