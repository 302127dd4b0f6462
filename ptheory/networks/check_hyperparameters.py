"""A hyperparameter has a name of its own: one that a tensor, a field or an activation has would be read as that."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from ptheory.language.claim_names import DERIVED
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Expression, Indexed, Name, Span, walk
from ptheory.language.statements import ArchitectureStatement
from ptheory.networks.architecture import Architecture
from ptheory.networks.check_architecture import generic_activations, hyperparameters
from ptheory.networks.coefficients import tensor_at
from ptheory.networks.observables import Definition

OTHER_NAME = "give one of the two another name"
_AT_SAMPLES = re.compile(r"(_(lm\d+_)?\d)?\d+$")  # V1234; V_1234 and K_lm1_12 (of an earlier layer) as SymPy symbols
_UNDECLARED = r"(?:kappa_)?(?:K|G\d*|V\d*|C\d+(?:_\d+)*)"  # what equations call tensors that nobody declared
_OF_LAYER = re.compile(r"(.+)_l(?:[pm]\d+)?")  # C_W_lp1: C_W[l+1] as a SymPy symbol; n_l, n_lm1: the widths


def check_hyperparameters(
    statement: ArchitectureStatement,
    architecture: Architecture,
    activations: Collection[str],
    definitions: Mapping[str, Definition],
    observables: Collection[str],
    instead: Mapping[str, Span],
) -> None:
    """Raises LanguageError at the first hyperparameter whose name means something else in formulas or in SymPy's.

    ``instead``: where to point at a tensor it is confused with, for an architecture nobody can change.
    """
    for name in hyperparameters(architecture):
        meaning = _meaning(name, architecture, activations, definitions, observables) or _in_sympy(
            name, architecture, definitions, _layered(statement)
        )
        if meaning is not None:
            tensor = _tensor(name, definitions, observables)
            place = instead.get(tensor[0]) if tensor is not None else None
            raise LanguageError(
                f"the hyperparameter {name} of {architecture.name} would be read as {meaning}",
                place or _place(name, statement),
                help=OTHER_NAME,
            )


def _meaning(
    name: str,
    architecture: Architecture,
    activations: Collection[str],
    definitions: Mapping[str, Definition],
    observables: Collection[str],
) -> str | None:
    stem = name.rstrip("0123456789")
    at_slot = "" if stem == name else " at a sample"
    if name in DERIVED:
        return DERIVED[name]
    if stem in architecture.all_fields:
        return f"a field of {architecture.name}{at_slot}"
    if stem in generic_activations(architecture, activations):
        return f"an activation of {architecture.name}{at_slot}"
    tensor = _tensor(name, definitions, observables)
    return None if tensor is None else tensor[1]


def _in_sympy(
    name: str, architecture: Architecture, definitions: Collection[str], layered: Collection[str]
) -> str | None:
    """What a SymPy symbol of this name is in right-hand sides and closed forms, besides a hyperparameter."""
    of_layer = _OF_LAYER.fullmatch(name)
    if of_layer is not None and of_layer[1] in layered:
        return f"{of_layer[1]} at a layer, which SymPy is given as {name}"
    field = "(?:" + "|".join(map(re.escape, architecture.all_fields)) + r")(?:_lm\d+)?"
    tensors = "|".join([_UNDECLARED, *map(re.escape, definitions)])
    legs = rf"(?:{field}\d*)(?:_?{field}\d*)+"  # u1_v2; uv at one input
    if re.fullmatch(rf"(?:{tensors})(?:{field})*(?:_lm\d+)?_(?:\d\d+|\d+(?:_\d+)+|{legs})", name):
        return f"a component of a tensor, which SymPy is given as {name}"
    return f"a preactivation, which SymPy is given as {name}" if re.fullmatch(rf"{field}_\d+", name) else None


def _layered(statement: ArchitectureStatement) -> set[str]:
    """The hyperparameters written with a layer, and the width."""
    nodes = (node for formula in _formulas(statement) for node in walk(formula))
    indexed = (node for node in nodes if isinstance(node, Indexed))
    return {"n", *(node.name for node in indexed if Name("l") in [leaf for a in node.arguments for leaf in walk(a)])}


def _tensor(name: str, definitions: Mapping[str, Definition], observables: Collection[str]) -> tuple[str, str] | None:
    """The tensor that a name stands for, and how: V, a coefficient V1, a component V1234 or, in SymPy, V_1234."""
    found = tensor_at(name, definitions, observables)
    if found is not None:
        return found.name, f"the tensor {name}" if found.order is None else f"a coefficient of the tensor {found.name}"
    found = tensor_at(_AT_SAMPLES.sub("", name), definitions, observables)
    return None if found is None else (found.name, f"a component of the tensor {found.name}")


def _place(name: str, statement: ArchitectureStatement) -> Span:
    for formula in _formulas(statement):
        for node in walk(formula):
            if isinstance(node, (Name, Indexed)) and node.name == name:
                return node.span
    return statement.span


def _formulas(statement: ArchitectureStatement) -> Iterator[Expression]:
    for parameter in statement.parameters:
        yield parameter.variance
        if parameter.rate is not None:
            yield parameter.rate
    for equation in statement.equations:
        yield equation.right
