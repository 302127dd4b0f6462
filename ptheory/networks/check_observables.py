"""From ``observable`` as written to a checked record: slots, parameter indices, rates, derivatives."""

from __future__ import annotations

from collections.abc import Collection

from ptheory.algebra.polynomial import Polynomial
from ptheory.language.errors import LanguageError, suggestion
from ptheory.language.expressions import Add, Call, Divide, Expression, Indexed, Multiply, Name, Negate, SumOver
from ptheory.language.functions import RESERVED
from ptheory.language.statements import ObservableStatement
from ptheory.networks.observables import Observable, ObservableTerm, ParameterDerivative, SlotField
from ptheory.networks.scalars import check_terms, inverse, scalar_polynomial
from ptheory.networks.slots import slot_field

_ONE = Polynomial.constant(1)


def check_observable(statement: ObservableStatement, fields: Collection[str]) -> Observable:
    """``fields`` are the fields of the file's architectures. Raises LanguageError at the first mistake."""
    if statement.name in fields or statement.name in RESERVED:
        raise LanguageError(f"the name {statement.name} is taken", statement.name_span, help="choose another name")
    if len(set(statement.slots)) != len(statement.slots):
        raise LanguageError(
            "a slot stands twice on the left", statement.name_span, help="every slot has its own number"
        )
    reader = _ObservableReader(statement, fields)
    return Observable(statement.name, statement.slots, reader.read(), span=statement.name_span)


class _ObservableReader:
    def __init__(self, statement: ObservableStatement, fields: Collection[str]) -> None:
        self.statement = statement
        self.fields = fields

    def read(self) -> tuple[ObservableTerm, ...]:
        terms = tuple(self._terms(self.statement.right, ()))
        for slot in self.statement.slots:
            for term in terms:
                if slot not in [derivative.slot for derivative in term.derivatives]:
                    raise LanguageError(
                        f"slot {slot} stands on the left only",
                        self.statement.name_span,
                        help=f"use it on the right, as in d(z{slot},mu)",
                    )
        return terms

    def _terms(self, expression: Expression, summed: tuple[str, ...]) -> list[ObservableTerm]:
        match expression:
            case Add():
                return [part for term in expression.terms for part in self._terms(term, summed)]
            case Negate():
                return [self._scale(term, Polynomial.constant(-1)) for term in self._terms(expression.operand, summed)]
            case Divide():
                scale = inverse(expression.denominator)
                return [self._scale(term, scale) for term in self._terms(expression.numerator, summed)]
            case SumOver():
                return [self._close_sum(term, expression) for term in self._open_sum(expression, summed)]
            case Multiply():
                product = [ObservableTerm(_ONE, (), (), ())]
                for factor in expression.factors:
                    terms = self._terms(factor, summed)
                    check_terms(len(product) * len(terms), expression)
                    product = [_joined(a, b) for a in product for b in terms]
                return product
            case Call(function="rate"):
                return [ObservableTerm(_ONE, (), (self._rate(expression, summed),), ())]
            case Call(function="d"):
                return [ObservableTerm(_ONE, (), (), (self._derivative(expression, summed),))]
            case Name() | Indexed() if self._field_at(expression) is not None:
                return [ObservableTerm(_ONE, (), (), (self._slot(expression, ()),))]
            case Name() if expression.name in summed:
                raise LanguageError(
                    f"the parameter index {expression.name} is not a number",
                    expression.span,
                    help=f"write rate({expression.name}) or d(z1,{expression.name})",
                )
            case Call():
                raise LanguageError(
                    f"{expression.function}(...) has no place in an observable",
                    expression.span,
                    help="observables are built from rate(mu), d(z1,mu) and fields at slots",
                )
            case _:
                return [ObservableTerm(scalar_polynomial(expression), (), (), ())]

    def _scale(self, term: ObservableTerm, scale: Polynomial) -> ObservableTerm:
        return ObservableTerm(term.coefficient * scale, term.summed, term.rates, term.derivatives)

    def _open_sum(self, expression: SumOver, summed: tuple[str, ...]) -> list[ObservableTerm]:
        for index in expression.indices:
            if index in summed:
                raise LanguageError(f"the index {index} is taken", expression.span, help="use another letter")
        return self._terms(expression.body, (*summed, *expression.indices))

    def _close_sum(self, term: ObservableTerm, expression: SumOver) -> ObservableTerm:
        for index in expression.indices:
            if not any(index in derivative.by for derivative in term.derivatives):
                raise LanguageError(
                    f"the index {index} is summed but no derivative is taken by it",
                    expression.span,
                    help=f"use it, as in d(z1,{index})",
                )
        return ObservableTerm(term.coefficient, (*expression.indices, *term.summed), term.rates, term.derivatives)

    def _parameter_index(self, index: Expression, summed: tuple[str, ...]) -> str:
        if not isinstance(index, Name):
            raise LanguageError("a parameter index is a plain name", index.span, help="write rate(mu), d(z1,mu)")
        if index.name not in summed:
            raise LanguageError(
                f"the parameter index {index.name} is not summed",
                index.span,
                help=f"put it under sum({index.name}, ...)",
            )
        return index.name

    def _rate(self, call: Call, summed: tuple[str, ...]) -> str:
        if len(call.arguments) != 1:
            raise LanguageError("rate takes one parameter index", call.span, help="write rate(mu)")
        return self._parameter_index(call.arguments[0], summed)

    def _derivative(self, call: Call, summed: tuple[str, ...]) -> ParameterDerivative:
        if len(call.arguments) < 2:
            raise LanguageError(
                "d takes a field at a slot and the parameters to differentiate by", call.span, help="write d(z1,mu)"
            )
        by = tuple(self._parameter_index(index, summed) for index in call.arguments[1:])
        return self._slot(call.arguments[0], by)

    def _field_at(self, expression: Expression) -> SlotField | None:
        slots = slot_field(expression)
        return slots if slots is not None and slots.name in self.fields else None

    def _slot(self, expression: Expression, by: tuple[str, ...]) -> ParameterDerivative:
        slots = slot_field(expression)
        if slots is None:
            raise LanguageError(
                "this is not a field at a slot", expression.span, help="write z1 for the field z at slot 1"
            )
        if slots.name not in self.fields:
            raise LanguageError(
                f"unknown field {slots.name}", expression.span, help=suggestion(slots.name, self.fields, "field")
            )
        if len(slots.slots) != 1:
            raise LanguageError(f"the field {slots.name} has one slot", expression.span, help=f"write {slots.name}1")
        if slots.slots[0] not in self.statement.slots:
            raise LanguageError(
                f"slot {slots.slots[0]} stands on the right only",
                expression.span,
                help="slots on the left: " + ", ".join(map(str, self.statement.slots)),
            )
        return ParameterDerivative(slots.name, slots.slots[0], by)


def _joined(left: ObservableTerm, right: ObservableTerm) -> ObservableTerm:
    return ObservableTerm(
        left.coefficient * right.coefficient,
        left.summed + right.summed,
        left.rates + right.rates,
        left.derivatives + right.derivatives,
    )
