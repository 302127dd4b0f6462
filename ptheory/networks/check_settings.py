"""Settings that have no meaning where they stand: each is an error, none is dropped."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Sized
from dataclasses import replace
from fractions import Fraction

from ptheory.algebra.polynomial import Polynomial, Symbol
from ptheory.language.constants import constant_value
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Name
from ptheory.language.statements import Assignment, CheckBy, Depth, Inputs, Layers, SetValues, Statement
from ptheory.networks.architecture import Architecture, parameters_in
from ptheory.networks.check_architecture import hyperparameters


def check_no_vectors(inputs: Inputs | None, what: str) -> None:
    """Input vectors have a meaning in a flow only: recursions hold for any inputs."""
    if inputs is not None and inputs.vectors:
        raise LanguageError(
            f"input vectors in {what}, which holds for any inputs",
            inputs.span,
            help=f"write `inputs {inputs.count if inputs.count > 1 else 'one'}`; vectors are for `flow`",
        )


def check_layers_are_simulated(assignments: Iterable[Assignment], checks: Sequence[CheckBy]) -> None:
    """A recursion leads from any layer to the next, so a value for one layer matters to real networks only."""
    if any(check.method == "simulation" for check in checks):
        return
    for assignment in assignments:
        if assignment.layer is not None:
            raise LanguageError(
                f"{assignment.name}[{assignment.layer}] is for one layer, and a recursion holds in every layer",
                assignment.name_span,
                help=f"write `set {assignment.name} = ...`; one layer is for `flow` and `check by simulation`",
            )


def check_layers(assignments: Sequence[Assignment], architecture: Architecture, depth: int) -> None:
    """Every value is used in some layer."""
    for name in dict.fromkeys(assignment.name for assignment in assignments):
        own = [a for a in assignments if a.name == name]
        used = layers_with(architecture, name, depth)
        for assignment in own:
            if assignment.layer is not None and assignment.layer not in used:
                raise LanguageError(
                    f"{name}[{assignment.layer}] is not used: "
                    + (f"the depth is {depth}" if assignment.layer > depth else "that layer does not have it"),
                    assignment.name_span,
                    help=f"{name} is in layer{'s' * (len(used) != 1)} {_listed(used)}" if used else "leave it out",
                )
        set_alone = {a.layer for a in own if a.layer is not None}
        everywhere = next((a for a in own if a.layer is None), None)
        missing = [layer for layer in used if layer not in set_alone]
        if everywhere is not None and used and not missing:
            raise LanguageError(
                f"{name} is not used: every layer has a value of its own", everywhere.name_span, help="leave it out"
            )


def check_variances(assignments: Sequence[Assignment], architecture: Architecture) -> None:
    """No variance is negative where all its hyperparameters are set to rational numbers in every layer."""
    values = {a.name: constant_value(a.value) for a in assignments if a.layer is None}
    for parameter in architecture.parameters:
        variance = _number(parameter.variance, values)
        if variance is not None and variance < 0:
            names = {atom.name for atom in parameter.variance.atoms() if isinstance(atom, Symbol)}
            raise LanguageError(
                f"the variance of {parameter.name} is {variance}, which is negative",
                next(a.span for a in assignments if a.name in names),
                help="no network has it",
            )


def _number(variance: Polynomial, values: Mapping[str, Fraction | None]) -> Fraction | None:
    """The variance at the values; None where one is missing."""
    total = Fraction(0)
    for monomial, coefficient in variance:
        term = Fraction(coefficient)
        for atom, exponent in monomial:
            value = values.get(atom.name) if isinstance(atom, Symbol) else None
            if value is None or (value == 0 and exponent < 0):
                return None
            term *= value**exponent
        total += term
    return total


def check_every_layer_has_a_value(assignments: Sequence[Assignment], architecture: Architecture, depth: int) -> None:
    """A hyperparameter with values for single layers has one in every layer it is in."""
    for name in dict.fromkeys(assignment.name for assignment in assignments):
        own = [a for a in assignments if a.name == name]
        missing = [layer for layer in layers_with(architecture, name, depth) if layer not in {a.layer for a in own}]
        if missing and all(a.layer is not None for a in own):
            raise LanguageError(
                f"{name} has no value in layer {missing[0]}",
                own[0].name_span,
                help=f"add `{name} = ...` for the layers that have none of their own",
            )


def check_of_layers(tensor: Name, fields: Collection[str], architecture: Architecture) -> None:
    """What is asked of every layer has a recursion from layer to layer. Raises LanguageError for outputs' tensors."""
    if any(field in architecture.outputs for field in fields):
        raise LanguageError(
            f"{tensor.name} is of an output, which is made once: it is no recursion from layer to layer",
            tensor.span,
            help=f"ask for the tensors of the layers that it is made of: `derive {tensor.name}` says which",
        )


def check_output_layers(outputs: Sequence[Name], shown: Sized, layers: Layers | None, depth: Depth) -> None:
    """A network ends in an output from layer 2 on. Raises LanguageError where layer 1 is all that one could be of."""
    if not outputs:
        return
    if depth.layers == 1:
        raise LanguageError(
            f"{outputs[0].name} is of an output, which reads a hidden layer",
            depth.span,
            help="write depth 2 or more: the layers count the output",
        )
    if layers is not None and 1 in layers.numbers and len(outputs) == len(shown):
        raise LanguageError(
            f"layer 1 reads the input, and {outputs[0].name} is of an output, which reads a hidden layer",
            layers.span,
            help="leave out layer 1",
        )


def check_one_layer(tensor: Name, fields: Collection[str], architecture: Architecture) -> None:
    """A tensor is of one layer. Raises LanguageError for a correlator of an output with fields of the layers."""
    outputs = [field for field in fields if field in architecture.outputs]
    hidden = [field for field in fields if field in architecture.fields]
    if outputs and hidden:
        raise LanguageError(
            f"{tensor.name} joins the output {outputs[0]} with {hidden[0]} of the layers, "
            "and a layer of a network has only one of them",
            tensor.span,
            help="correlators of different layers are not derived: define those of the output and of the layers apart",
        )


def assignments_of(settings: Sequence[Statement]) -> list[Assignment]:
    """What the `set` lines of a block assign, in order."""
    return [a for setting in settings if isinstance(setting, SetValues) for a in setting.assignments]


def layers_with(architecture: Architecture, name: str, depth: int) -> list[int]:
    """The layers whose equations a hyperparameter is in."""
    first = replace(architecture, parameters=parameters_in(architecture.first), layers=(), last=())
    above = replace(architecture, parameters=parameters_in(architecture.above_first), first=())
    found = [1] if name in hyperparameters(first) else []
    if name in hyperparameters(above):
        found += range(2, depth + 1)
    return found


def _listed(layers: Sequence[int]) -> str:
    return f"{layers[0]}" if len(layers) == 1 else f"{layers[0]} to {layers[-1]}"
