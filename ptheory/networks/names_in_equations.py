"""Every name and index in a layer equation: declared, of the right kind, with the right number of indices."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ptheory.language.errors import LanguageError, did_you_mean, suggestion
from ptheory.language.expressions import (
    Bracket,
    Call,
    Compare,
    Expression,
    FieldAt,
    Indexed,
    Name,
    Piecewise,
    SumOver,
    children,
    walk,
)
from ptheory.language.functions import BUILTIN_FUNCTIONS, FORMS, NAMED_ACTIVATIONS
from ptheory.language.names import GREEK_NAMES
from ptheory.language.statements import EquationDeclaration
from ptheory.networks.architecture import Biases, Parameter, Weights
from ptheory.networks.scalars import layered_symbol

CLOSE_MISS = 0.75


class EquationNames:
    """Checks one equation against what its architecture declares."""

    def __init__(
        self,
        declaration: EquationDeclaration,
        parameters: Mapping[str, Parameter],
        fields: Collection[str],
        activations: Collection[str],
        outputs: Collection[str] = (),
    ) -> None:
        self.declaration = declaration
        self.parameters = parameters
        self.fields = fields
        self.outputs = outputs
        self.activations = {*activations, *NAMED_ACTIVATIONS} - {*fields, *outputs, *parameters}
        self.neuron = declaration.target.neuron
        self.sample = declaration.target.sample

    def check(self) -> None:
        """Raise LanguageError at the first name or index that is wrong, left to right."""
        if self.neuron == self.sample:
            raise LanguageError(
                f"{self.neuron} is both the neuron and the sample", self.declaration.target.span, help="write z[i;a]"
            )
        self._check(self.declaration.right, ())

    def _check(self, expression: Expression, summed: tuple[str, ...]) -> None:
        match expression:
            case FieldAt():
                self._check_field(expression, summed)
                return
            case Indexed():
                self._check_indexed(expression, summed)
                return
            case Name():
                self._check_name(expression, summed)
            case Call():
                self._check_call(expression)
            case SumOver():
                self._check_sum(expression, summed)
                summed = (*summed, *expression.indices)
            case Piecewise():
                for condition, value in expression.branches:
                    for part in (*children(condition), value):
                        self._check(part, summed)
                self._check(expression.otherwise, summed)
                return
            case Compare():
                raise LanguageError(
                    "a comparison has no value",
                    expression.span,
                    help="comparisons stand in piecewise((z >= 0): ..., ...)",
                )
            case Bracket():
                raise LanguageError(
                    "an expectation has no place in a layer equation", expression.span, help="<...> stands in claims"
                )
        for child in children(expression):
            self._check(child, summed)

    # ---- indices ----------------------------------------------------------------------------------------------

    def _check_sum(self, expression: SumOver, summed: tuple[str, ...]) -> None:
        for index in expression.indices:
            if index in (self.neuron, *summed):
                raise LanguageError(
                    f"the index {index} is taken", expression.span, help="sum over an index that stands nowhere else"
                )
            if index == self.sample:
                raise LanguageError(
                    f"{index} is a sample label; a layer sums over neurons", expression.span, help="write sum(j, ...)"
                )
            used = any(
                (isinstance(node, FieldAt) and index in (node.neuron, node.sample))
                or (isinstance(node, Indexed) and Name(index) in node.arguments)
                for node in walk(expression.body)
            )
            if not used:
                raise LanguageError(
                    f"the index {index} is summed but does not stand in the sum",
                    expression.span,
                    help="sum over the second index of the weight, as in sum(j, W[i,j]*sigma(z[j;a]))",
                )

    def _check_neuron(self, index: str, node: Expression, summed: tuple[str, ...]) -> None:
        if index in (self.neuron, *summed):
            return
        if index == self.sample:
            raise LanguageError(
                f"{index} is a sample label and stands where a neuron index belongs",
                node.span,
                help=f"neuron indices here: {', '.join((self.neuron, *summed))}",
            )
        raise LanguageError(
            f"the index {index} is neither on the left nor summed",
            node.span,
            help=f"sum over it, sum({index}, ...), or use {' or '.join((self.neuron, *summed))}",
        )

    def _check_sample(self, label: str, node: Expression, summed: tuple[str, ...]) -> None:
        if label == self.sample:
            return
        if label in (self.neuron, *summed):
            raise LanguageError(
                f"{label} is a neuron index and stands where a sample label belongs",
                node.span,
                help=f"the sample label here is {self.sample}",
            )
        raise LanguageError(
            f"the sample label {label} stands on the right only",
            node.span,
            help=f"the left side has sample {self.sample}; a layer does not mix samples",
        )

    # ---- names ------------------------------------------------------------------------------------------------

    def _check_field(self, node: FieldAt, summed: tuple[str, ...]) -> None:
        first = self.declaration.kind == "first"
        if node.field == "x" and "x" not in self.fields:
            if not first:
                raise LanguageError(
                    "a layer equation does not read the input x", node.span, help="only first equations read x"
                )
            if node.depth:
                raise LanguageError("there is nothing before the input", node.span)
        elif node.field not in self.fields:
            if node.field in self.parameters:
                raise self._misused_parameter(self.parameters[node.field], node)
            if node.field in self.outputs:
                raise LanguageError(
                    f"{node.field} is an output, which no layer reads",
                    node.span,
                    help=f"equations read the fields of the layers: {', '.join(self.fields)}",
                )
            raise LanguageError(
                f"unknown field {node.field}",
                node.span,
                help=suggestion(node.field, [*self.fields, *(["x"] if first else [])], "field"),
            )
        elif first:
            raise LanguageError(
                f"a first equation does not read the field {node.field}",
                node.span,
                help="layer 1 reads the input: write x[k;a]",
            )
        self._check_neuron(node.neuron, node, summed)
        self._check_sample(node.sample, node, summed)

    def _check_indexed(self, node: Indexed, summed: tuple[str, ...]) -> None:
        parameter = self.parameters.get(node.name)
        if parameter is None:
            self._check_layered(node)
            return
        if len(node.arguments) != parameter.neuron_indices or node.primes:
            raise self._misused_parameter(parameter, node)
        for index in node.arguments:
            if not isinstance(index, Name):
                raise LanguageError("a neuron index is a plain name", index.span)
            self._check_neuron(index.name, index, summed)

    def _check_layered(self, node: Indexed) -> None:
        if node.name == "n":
            raise self._width_in_equation(node)
        if node.name in self.fields or node.name == "x":
            raise LanguageError(
                f"the sample label of {node.name} is missing",
                node.span,
                help=f"write {node.name}[j;{self.sample}]: a neuron, then a sample",
            )
        names = [argument.name for argument in node.arguments if isinstance(argument, Name)]
        if len(names) == len(node.arguments) and names != ["l"]:
            raise LanguageError(
                f"unknown parameter {node.name}", node.span, help=suggestion(node.name, self.parameters, "parameter")
            )
        layered_symbol(node)

    def _width_in_equation(self, node: Expression) -> LanguageError:
        return LanguageError(
            "a layer equation does not hold the width n",
            node.span,
            help="scale the variance instead: weights W[i,j] ~ Normal(0, C_W/n)",
        )

    def _misused_parameter(self, parameter: Parameter, node: Expression) -> LanguageError:
        match parameter:
            case Weights(name=name):
                return LanguageError(
                    f"the weights {name} have two neuron indices", node.span, help=f"write {name}[i,j]"
                )
            case Biases(name=name):
                return LanguageError(f"the biases {name} have one neuron index", node.span, help=f"write {name}[i]")

    def _check_name(self, node: Name, summed: tuple[str, ...]) -> None:
        if node.name == "n":
            raise self._width_in_equation(node)
        if node.name in self.parameters:
            raise self._misused_parameter(self.parameters[node.name], node)
        if node.name in self.fields or node.name == "x":
            raise LanguageError(
                f"{node.name} needs a neuron and a sample", node.span, help=f"write {node.name}[j;{self.sample}]"
            )
        if node.name in (self.neuron, self.sample, *summed, "l"):
            raise LanguageError(f"the index {node.name} is not a number", node.span, help="indices stand inside [ ]")
        if node.name in self.activations or node.name in BUILTIN_FUNCTIONS:
            raise LanguageError(
                f"{node.name} needs its argument", node.span, help=f"write {node.name}(z[j;{self.sample}])"
            )

    def _check_call(self, node: Call) -> None:
        name = node.function
        if name in self.parameters or name in self.fields:
            raise LanguageError(
                f"{name} is not a function",
                node.span,
                help=f"indices stand in [ ]; a product needs `*`: {name}[...]*(...)",
            )
        if name in FORMS:
            raise LanguageError(f"{name}(...) has no place in a layer equation", node.span)
        if name in BUILTIN_FUNCTIONS or name in self.activations:
            if name not in BUILTIN_FUNCTIONS and len(node.arguments) != 1:
                raise LanguageError(f"{name} takes one argument, not {len(node.arguments)}", node.span)
            return
        inside = [inner for argument in node.arguments for inner in walk(argument)]
        if any(isinstance(inner, (Name, Indexed)) and inner.name in (*self.fields, "x") for inner in inside):
            return  # a field without its indices, reported where it stands
        if not any(isinstance(inner, FieldAt) for inner in inside):
            raise LanguageError(
                f"{name} is not a function",
                node.span,
                help=did_you_mean(name, {*BUILTIN_FUNCTIONS, *self.activations})
                or f"a product needs `*`: {name}*(...)",
            )
        if name not in GREEK_NAMES and len(name) > 1:
            close = did_you_mean(name, {*BUILTIN_FUNCTIONS, *self.activations}, CLOSE_MISS)
            if close:
                raise LanguageError(
                    f"unknown activation {name}", node.span, help=close + " (a generic activation is best called sigma)"
                )
        if len(node.arguments) != 1:
            raise LanguageError(f"the activation {name} takes one argument, not {len(node.arguments)}", node.span)
