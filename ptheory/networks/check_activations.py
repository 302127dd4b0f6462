"""Formulas of one variable: activation definitions and what ``with sigma = ...`` binds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

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
    rewritten,
    walk,
)
from ptheory.language.functions import (
    BUILTIN_FUNCTIONS,
    CONSTANTS,
    FORMS,
    NAMED_ACTIVATIONS,
    REDEFINABLE,
    known_spelling,
)
from ptheory.language.statements import ActivationStatement, Binding

VARIABLE = "z"


def check_activation(statement: ActivationStatement, declared: Collection[str]) -> None:
    """The name is free and the formula is one in the variable alone."""
    name = statement.name
    if name in FORMS or name in CONSTANTS or (name in BUILTIN_FUNCTIONS and name not in REDEFINABLE):
        raise LanguageError(f"{name} is a function already", statement.name_span, help="choose another name")
    if statement.variable in CONSTANTS:
        raise LanguageError(
            f"{statement.variable} is a constant", statement.name_span, help=f"write activation {name}(z) = ..."
        )
    check_formula(statement.formula, statement.variable, declared)


def check_no_cycle(statement: ActivationStatement, declared: Mapping[str, ActivationStatement]) -> None:
    """An activation may use others, but not itself by any way round; reported at the first of the circle."""
    circle = _used_by(statement, declared)
    if statement.name not in circle:
        return
    place = statement
    for name in circle:
        if statement.name in _used_by(declared[name], declared) and declared[name].span.start < place.span.start:
            place = declared[name]
    if place is statement:
        raise LanguageError(
            f"the activation {statement.name} is defined through itself", statement.name_span, help="give it a formula"
        )


def _used_by(statement: ActivationStatement, declared: Mapping[str, ActivationStatement]) -> set[str]:
    """The declared activations its formula rests on, however indirectly."""
    waiting, used = [statement], set[str]()
    while waiting:
        for node in walk(waiting.pop().formula):
            if isinstance(node, Call) and node.function in declared and node.function not in used:
                used.add(node.function)
                waiting.append(declared[node.function])
    return used


def with_known_spellings(formula: Expression, declared: Collection[str]) -> Expression:
    """``ReLU`` as ``relu`` and the like, where nothing of that name is declared: a whole formula, and what it calls."""

    def known(name: str) -> str:
        if name in declared or name in BUILTIN_FUNCTIONS or name in NAMED_ACTIVATIONS or name in FORMS:
            return name
        return known_spelling(name) or name

    def change(node: Expression) -> Expression | None:
        if not isinstance(node, Call):
            return None
        arguments = tuple(rewritten(argument, change) for argument in node.arguments)
        return replace(node, function=known(node.function), arguments=arguments)

    if isinstance(formula, Name) and formula.name != VARIABLE and formula.name not in CONSTANTS:
        return replace(formula, name=known(formula.name))
    return rewritten(formula, change)


def check_binding(binding: Binding, declared: Collection[str]) -> None:
    """``sigma = tanh`` names a known activation, ``sigma = z + z^2/4`` is a formula in z."""
    value = binding.value
    if isinstance(value, Name) and value.name not in (VARIABLE, *CONSTANTS):
        if value.name not in declared and value.name not in NAMED_ACTIVATIONS:
            known = {*declared, *NAMED_ACTIVATIONS}
            raise LanguageError(
                f"unknown activation {value.name}",
                value.span,
                help=did_you_mean(value.name, known) or f"a name such as tanh, or a formula in {VARIABLE}",
            )
        return
    check_formula(value, VARIABLE, declared)


def check_formula(formula: Expression, variable: str, declared: Collection[str]) -> None:
    """Only the variable, numbers, pi, e and known functions; comparisons only as conditions of piecewise."""
    match formula:
        case Name():
            if formula.name != variable and formula.name not in CONSTANTS:
                raise _unknown_name(formula, variable, declared)
        case Call():
            _check_function(formula, declared)
        case Piecewise():
            for condition, value in formula.branches:
                for part in (*children(condition), value):
                    check_formula(part, variable, declared)
            check_formula(formula.otherwise, variable, declared)
            return
        case Compare():
            raise LanguageError(
                "a comparison has no value",
                formula.span,
                help="comparisons stand in piecewise((z >= 0): ..., otherwise: ...)",
            )
        case FieldAt() | Indexed():
            raise LanguageError(
                f"{_text(formula)} has no place in a formula of one variable", formula.span, help=f"write {variable}"
            )
        case SumOver() | Bracket():
            raise LanguageError("this has no place in a formula of one variable", formula.span)
    for child in children(formula):
        check_formula(child, variable, declared)


def _text(formula: FieldAt | Indexed) -> str:
    if isinstance(formula, FieldAt):
        return f"{formula.field}[{formula.neuron};{formula.sample}]"
    return f"{formula.name}[...]" if formula.arguments else f"{formula.name}'"


def _unknown_name(node: Name, variable: str, declared: Collection[str]) -> LanguageError:
    if node.name in BUILTIN_FUNCTIONS or node.name in declared or node.name in NAMED_ACTIVATIONS:
        return LanguageError(f"{node.name} needs its argument", node.span, help=f"write {node.name}({variable})")
    if not variable:
        return LanguageError(
            f"unknown name {node.name}", node.span, help="a value is a number, such as 6/5 or sqrt(2)*pi"
        )
    return LanguageError(
        f"unknown name {node.name}",
        node.span,
        help=f"the variable is {variable}; a hyperparameter stands in a layer equation",
    )


def _check_function(node: Call, declared: Collection[str]) -> None:
    name = node.function
    if name in FORMS:
        raise LanguageError(f"{name}(...) has no place in a formula of one variable", node.span)
    known = {*BUILTIN_FUNCTIONS, *NAMED_ACTIVATIONS, *declared}
    if name not in known:
        raise LanguageError(f"unknown function {name}", node.span, help=suggestion(name, known, "function"))
    if name not in BUILTIN_FUNCTIONS and len(node.arguments) != 1:
        raise LanguageError(f"{name} takes one argument, not {len(node.arguments)}", node.span)
    if node.primes and name in ("max", "min"):
        raise LanguageError(
            f"{name} has no derivative sign", node.span, help="a prime differentiates functions of one argument"
        )
