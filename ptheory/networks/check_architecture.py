"""From an architecture as written to an ``Architecture``: parameters and layer equations as plain data."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from fractions import Fraction

from ptheory.algebra.polynomial import Polynomial, Symbol
from ptheory.language.errors import LanguageError, suggestion
from ptheory.language.expressions import Call, Indexed, Name, Number, walk
from ptheory.language.functions import BUILTIN_FUNCTIONS, NAMED_ACTIVATIONS, RESERVED
from ptheory.language.statements import ArchitectureStatement, EquationDeclaration, ParameterDeclaration
from ptheory.networks.architecture import (
    Architecture,
    Biases,
    FirstEquation,
    LayerEquation,
    Parameter,
    Weights,
    carries_over,
)
from ptheory.networks.check_width_powers import check_exponents, check_first_layer, check_has_limit
from ptheory.networks.equations import read_first_equation, read_layer_equation
from ptheory.networks.laws import LAWS, Law
from ptheory.networks.names_in_equations import EquationNames
from ptheory.networks.width_powers import NO_POWER, WidthPower, over_width


def check_architecture(statement: ArchitectureStatement, activations: Collection[str] = ()) -> Architecture:
    """The checked architecture; ``activations`` are the names defined by formula (in the file or the prelude).

    A function applied to a field that is neither built in nor among ``activations`` is a generic activation: see
    ``generic_activations``. Raises LanguageError at the first mistake.
    """
    parameters = _check_parameters(statement)
    equations = _check_targets(statement, parameters)
    fields = tuple(dict.fromkeys(equation.target.field for equation in equations if equation.kind == "layer"))
    outputs = tuple(equation.target.field for equation in equations if equation.kind == "last")
    first: list[FirstEquation] = []
    above: dict[str, list[LayerEquation]] = {"layer": [], "last": []}
    for equation in equations:
        EquationNames(equation, parameters, fields, activations, outputs).check()
        if equation.kind == "first":
            first.append(read_first_equation(equation, parameters))
        else:
            above[equation.kind].append(_above_first(equation, parameters))
    ordered_first = sorted(first, key=lambda equation: fields.index(equation.field.name))
    architecture = Architecture(
        statement.name, tuple(parameters.values()), tuple(ordered_first), tuple(above["layer"]), tuple(above["last"])
    )
    check_exponents(architecture, statement, hyperparameters(architecture))
    return architecture


def _above_first(equation: EquationDeclaration, parameters: dict[str, Parameter]) -> LayerEquation:
    """An equation that reads a layer. Raises LanguageError; also where an output carries neurons over."""
    read = read_layer_equation(equation, parameters)
    if equation.kind == "last" and any(carries_over(term) for term in read.terms):
        raise LanguageError(
            f"the output {equation.target.field} carries a neuron of the last hidden layer over",
            equation.right.span,
            help="outputs are as many as there are targets, not as many as neurons: read the layer through weights, "
            f"sum(j, W[{equation.target.neuron},j]*...)",
        )
    return read


def generic_activations(architecture: Architecture, activations: Collection[str] = ()) -> tuple[str, ...]:
    """The activations left open (sigma, tau, ...), in order of first appearance."""
    names: dict[str, None] = {}
    for site in architecture.sites:
        for node in walk(site.formula):
            if isinstance(node, Call) and not is_known_function(node.function, activations):
                names[node.function] = None
    return tuple(names)


def is_known_function(name: str, activations: Collection[str]) -> bool:
    """Whether a function is defined: by the language, the library of activations or the file."""
    return name in BUILTIN_FUNCTIONS or name in NAMED_ACTIVATIONS or name in activations


def hyperparameters(architecture: Architecture) -> tuple[str, ...]:
    """The names a user can set: those in variances, rates, coefficients and site functions; not the width n."""
    names: dict[str, None] = {}

    def collect(polynomial: Polynomial) -> None:
        for atom in sorted(polynomial.atoms(), key=lambda a: a.sort_key):
            if isinstance(atom, Symbol) and atom.name != "n":
                names[atom.name] = None

    for parameter in architecture.parameters:
        collect(parameter.variance)
    for parameter in architecture.parameters:
        if parameter.rate is not None:
            collect(parameter.rate)
    for equation in architecture.equations:
        for term in equation.terms:
            collect(term.coefficient)
    for site in architecture.sites:
        for node in walk(site.formula):
            if isinstance(node, (Name, Indexed)) and node.name not in ("n", "l", "pi", "e"):
                names[node.name] = None
    return tuple(names)


def rate_names(architecture: Architecture) -> frozenset[str]:
    """The hyperparameters that stand in learning rates only."""
    without = Architecture(
        architecture.name,
        tuple(replace(parameter, rate=None) for parameter in architecture.parameters),
        architecture.first,
        architecture.layers,
        architecture.last,
    )
    return frozenset(hyperparameters(architecture)) - frozenset(hyperparameters(without))


# ---- parameters -----------------------------------------------------------------------------------------------


def _check_parameters(statement: ArchitectureStatement) -> dict[str, Parameter]:
    parameters: dict[str, Parameter] = {}
    read_by = _kinds_of_equations(statement)
    for declaration in statement.parameters:
        if declaration.name in parameters:
            raise LanguageError(
                f"{declaration.name} is declared twice", declaration.name_span, help="give the second one another name"
            )
        _check_free_name(declaration.name, declaration)
        parameters[declaration.name] = _check_parameter(declaration, read_by.get(declaration.name, ()))
    if any(parameter.is_scaled for parameter in parameters.values()):
        return {name: _as_powers(parameter) for name, parameter in parameters.items()}
    return parameters


def _kinds_of_equations(statement: ArchitectureStatement) -> dict[str, set[str]]:
    """The kinds of equations every name stands in."""
    found: dict[str, set[str]] = {}
    for equation in statement.equations:
        for node in walk(equation.right):
            if isinstance(node, Indexed):
                found.setdefault(node.name, set()).add(equation.kind)
    return found


def _check_free_name(name: str, declaration: ParameterDeclaration) -> None:
    if name in RESERVED:
        raise LanguageError(f"the name {name} is reserved", declaration.name_span, help="choose another name")


_FAMILIES: dict[str, type[Parameter]] = {family.keyword: family for family in (Weights, Biases)}


def _check_law(declaration: ParameterDeclaration) -> Law:
    law = LAWS.get(declaration.law.name)
    if law is None:
        raise LanguageError(
            f"unknown law of parameters {declaration.law.name}",
            declaration.law.span,
            help=suggestion(declaration.law.name, LAWS, "law"),
        )
    if _FAMILIES[declaration.kind] is Biases and not law.is_gaussian:
        raise LanguageError(
            f"biases of the law {law.name} leave no Gaussian limit of large n",
            declaration.law.span,
            help="one bias is added to a neuron, not a sum of n: write biases with ~ Normal(0, C_b)",
        )
    return law


def _check_parameter(declaration: ParameterDeclaration, read_by: Collection[str]) -> Parameter:
    """``read_by``: the kinds of equations it stands in, "first", "layer" or "last"."""
    law = _check_law(declaration)
    if not (isinstance(declaration.mean, Number) and declaration.mean.value == 0):
        raise LanguageError(
            "parameters have mean zero",
            declaration.mean.span,
            help=f"write {law.name}(0, variance); a mean is not supported",
        )
    variance, power = over_width(declaration.variance, "the variance")
    if not variance:
        raise LanguageError("the variance is zero", declaration.variance.span, help="leave the parameter out instead")
    if variance.is_constant and variance.constant_term < 0:
        raise LanguageError("the variance is negative", declaration.variance.span)
    family = _FAMILIES[declaration.kind]
    fan_in, variance_power = _counted(power, family, read_by)
    if not _is_made_once(read_by):
        check_has_limit(variance_power, declaration, law)
    elif "first" in read_by:
        check_has_limit(WidthPower(network=variance_power.network), declaration, law)
    if "first" in read_by:
        check_first_layer(power, declaration.variance, "the variance")
    rate, rate_fan_in, rate_power = None, 0, NO_POWER
    if declaration.rate is not None:
        rate, power = over_width(declaration.rate, "the rate")
        rate_fan_in, rate_power = _counted(power, family, read_by)
        if "first" in read_by:
            check_first_layer(power, declaration.rate, "the rate")
    return family(declaration.name, variance, fan_in, rate, rate_fan_in, law, variance_power, rate_power)


def _is_made_once(read_by: Collection[str]) -> bool:
    """Whether parameters stand in outputs, and in no layer that a recursion makes."""
    return "last" in read_by and "layer" not in read_by


def _counted(power: WidthPower, family: type[Parameter], read_by: Collection[str]) -> tuple[int, WidthPower]:
    """The power of 1/n that an expansion in 1/n counts, and the power of the width beside it.

    Whole powers of 1/n in the layers are orders of the expansion. All else is a power of its own: fractions, n^s, more
    than a limit of large n has, and what an output has beyond that, since it is made once.
    """
    least = family.least_fan_in
    is_order = power.read.denominator == 1 and -power.read >= least and not power.network
    if is_order and not _is_made_once(read_by):
        return -int(power.read), NO_POWER
    return least, WidthPower(power.read + least, power.network)


def _as_powers(parameter: Parameter) -> Parameter:
    """Higher orders of the expansion as powers of the width: they are compared with others that are no orders."""
    variance, rate = parameter.fan_in - parameter.least_fan_in, parameter.rate_fan_in - parameter.least_fan_in
    has_rate = parameter.rate is not None
    return replace(
        parameter,
        fan_in=parameter.least_fan_in,
        variance_power=parameter.variance_power * WidthPower(Fraction(-variance)),
        rate_fan_in=parameter.least_fan_in if has_rate else parameter.rate_fan_in,
        rate_power=parameter.rate_power * WidthPower(Fraction(-rate)) if has_rate else parameter.rate_power,
    )


# ---- equations ------------------------------------------------------------------------------------------------


def _check_targets(
    statement: ArchitectureStatement, parameters: dict[str, Parameter]
) -> tuple[EquationDeclaration, ...]:
    """Every field has exactly one first and one layer equation, every output one last equation."""
    seen: dict[tuple[str, str], EquationDeclaration] = {}
    for equation in statement.equations:
        name = equation.target.field
        if name in parameters:
            raise LanguageError(f"{name} is a parameter, not a field", equation.target.span)
        if name in RESERVED or name == "d":
            raise LanguageError(f"the name {name} is reserved", equation.target.span, help="choose another name")
        if name[-1].isdigit():
            raise LanguageError(
                f"the field name {name} ends in a digit",
                equation.target.span,
                help="z1 means the field z at slot 1; use a letter",
            )
        if (equation.kind, name) in seen:
            raise LanguageError(
                f"a second {equation.kind} equation for {name}", equation.target.span, help="a field has one of each"
            )
        _check_output(equation, seen)
        seen[equation.kind, name] = equation
    if not seen:
        raise LanguageError(
            f"the architecture {statement.name} has no equations",
            statement.span,
            help="write first z[i;a] = ... and layer z[i;a] = ...",
        )
    if all(kind == "last" for kind, _ in seen):
        raise LanguageError(
            f"the architecture {statement.name} has no layers below its output",
            statement.span,
            help="write first z[i;a] = ... and layer z[i;a] = ... above last ...",
        )
    for (kind, name), equation in seen.items():
        other = "layer" if kind == "first" else "first"
        if kind != "last" and (other, name) not in seen:
            raise LanguageError(
                f"the field {name} has a {kind} equation but no {other} equation",
                equation.target.span,
                help=f"write {other} {name}[i;a] = ...",
            )
    return statement.equations


def _check_output(equation: EquationDeclaration, earlier: Collection[tuple[str, str]]) -> None:
    """A field is hidden or an output, not both."""
    name = equation.target.field
    others = ("first", "layer") if equation.kind == "last" else ("last",)
    if any((kind, name) in earlier for kind in others):
        raise LanguageError(
            f"{name} has a last equation beside those of the layers",
            equation.target.span,
            help=f"give the output a name of its own, last y[i;a] = ...: tensors of {name} are those of the layers",
        )
