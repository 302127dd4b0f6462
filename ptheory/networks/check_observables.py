"""From ``observable`` and ``define`` as written to checked records: slots on both sides, deltas, arities, powers of n."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ptheory.algebra.polynomial import Polynomial, Symbol
from ptheory.language.errors import LanguageError, suggestion
from ptheory.language.expressions import (
    Add,
    Call,
    Divide,
    Expression,
    Indexed,
    Multiply,
    Name,
    Negate,
    Number,
    SumOver,
    walk,
)
from ptheory.language.functions import RESERVED
from ptheory.language.names import split_slots
from ptheory.language.statements import DefineStatement, ObservableStatement
from ptheory.networks.observables import (
    Definition,
    Observable,
    ObservableTerm,
    ParameterDerivative,
    SlotField,
    TensorTerm,
)
from ptheory.networks.scalars import inverse, scalar_polynomial

_DEFINE_EXAMPLE = "write define V by E[z1 z2 z3 z4]_c = (d12 d34 V[1,2,3,4] + ...) / n"
_ONE = Polynomial.constant(1)


def slot_field(expression: Expression) -> SlotField | None:
    """``z1``, ``H12`` or ``H[1,10]``; None for anything else."""
    if isinstance(expression, Name):
        split = split_slots(expression.name)
        return None if split is None else SlotField(*split)
    if isinstance(expression, Indexed) and not expression.primes and expression.arguments:
        slots = [
            int(argument.value)
            for argument in expression.arguments
            if isinstance(argument, Number) and argument.value.denominator == 1
        ]
        return SlotField(expression.name, tuple(slots)) if len(slots) == len(expression.arguments) else None
    return None


# ---- observables ----------------------------------------------------------------------------------------------


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
                    product = [_joined(a, b) for a in product for b in self._terms(factor, summed)]
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


# ---- tensor definitions ---------------------------------------------------------------------------------------


def check_definition(
    statement: DefineStatement, fields: Collection[str], observables: Mapping[str, Observable]
) -> Definition:
    """Raises LanguageError at the first mistake."""
    names = tuple(name.name for name in statement.names)
    for name in statement.names:
        if name.name in fields or name.name in observables or name.name in RESERVED or name.name == "d":
            raise LanguageError(f"the name {name.name} is taken", name.span, help="choose another name for the tensor")
        if name.name[-1].isdigit():
            raise LanguageError(
                f"the tensor name {name.name} ends in a digit",
                name.span,
                help="G1 means the next order of G; use a letter",
            )
    if len(set(names)) != len(names):
        raise LanguageError("a tensor is named twice", statement.names[-1].span)
    factors = _left_factors(statement.left, fields, observables)
    slots = [slot for factor in factors for slot in factor.slots]
    for position, slot in enumerate(slots):
        if slot in slots[:position]:
            raise LanguageError(
                f"slot {slot} stands twice on the left", statement.left.span, help="every slot stands once"
            )
    terms = tuple(_TensorReader(names, tuple(slots)).read(statement.right, _ONE))
    used = {term.tensor for term in terms}
    for name in statement.names:
        if name.name not in used:
            raise LanguageError(
                f"{name.name} is defined but stands nowhere on the right", name.span, help=_DEFINE_EXAMPLE
            )
    return Definition(names, factors, statement.connected, terms, span=statement.span)


def _left_factors(
    left: Expression, fields: Collection[str], observables: Mapping[str, Observable]
) -> tuple[SlotField, ...]:
    factors: list[SlotField] = []
    known = [*fields, *observables]
    for expression in left.factors if isinstance(left, Multiply) else (left,):
        slots = slot_field(expression)
        if slots is None:
            raise LanguageError(
                "E[...] holds a product of fields and observables at slots", expression.span, help=_DEFINE_EXAMPLE
            )
        if slots.name not in known:
            raise LanguageError(
                f"unknown field or observable {slots.name}",
                expression.span,
                help=suggestion(slots.name, known, "field"),
            )
        rank = len(observables[slots.name].slots) if slots.name in observables else 1
        if len(slots.slots) != rank:
            raise LanguageError(
                f"{slots.name} has {rank} slot{'s' if rank > 1 else ''}, not {len(slots.slots)}",
                expression.span,
                help=f"write {SlotField(slots.name, tuple(range(1, rank + 1)))}",
            )
        factors.append(slots)
    return tuple(factors)


class _TensorReader:
    def __init__(self, names: tuple[str, ...], slots: tuple[int, ...]) -> None:
        self.names = names
        self.slots = slots

    def read(self, expression: Expression, scale: Polynomial) -> list[TensorTerm]:
        """The terms of a sum of scale * deltas * tensor; scalars are multiplied in, sums multiplied out."""
        match expression:
            case Add():
                return [part for term in expression.terms for part in self.read(term, scale)]
            case Negate():
                return self.read(expression.operand, -scale)
            case Divide():
                return self.read(expression.numerator, scale * inverse(expression.denominator))
            case Multiply():
                sums = [factor for factor in expression.factors if self._is_sum(factor)]
                if len(sums) == 1:
                    rest = [factor for factor in expression.factors if factor is not sums[0]]
                    scalars = [self._plain(factor) for factor in rest]
                    for scalar in scalars:
                        scale = scale * scalar
                    return self.read(sums[0], scale)
                return [self._term(expression, expression.factors, scale)]
            case _:
                return [self._term(expression, (expression,), scale)]

    def _is_sum(self, factor: Expression) -> bool:
        return isinstance(factor, (Add, Divide, Negate)) and any(
            isinstance(node, Indexed) and node.name in self.names for node in walk(factor)
        )

    def _plain(self, factor: Expression) -> Polynomial:
        if self._delta(factor) is not None or isinstance(factor, Indexed):
            raise LanguageError(
                "write the deltas inside the sum, next to their tensor", factor.span, help=_DEFINE_EXAMPLE
            )
        return scalar_polynomial(factor)

    def _delta(self, factor: Expression) -> tuple[int, ...] | None:
        slots = slot_field(factor)
        return slots.slots if slots is not None and slots.name in ("d", "delta") and "d" not in self.names else None

    def _term(self, whole: Expression, factors: tuple[Expression, ...], scale: Polynomial) -> TensorTerm:
        deltas: list[tuple[int, ...]] = []
        tensor: Indexed | None = None
        for factor in factors:
            delta = self._delta(factor)
            if delta is not None:
                deltas.append(self._checked_delta(factor, delta, deltas))
            elif isinstance(factor, Indexed) and not (factor.name == "n" or self._is_layered(factor)):
                if tensor is not None:
                    raise LanguageError("a term holds one tensor", factor.span, help=_DEFINE_EXAMPLE)
                tensor = factor
            elif isinstance(factor, Name) and factor.name in self.names:
                raise LanguageError(
                    f"{factor.name} needs its slots",
                    factor.span,
                    help=f"write {factor.name}[{','.join(map(str, self.slots))}]",
                )
            else:
                self._refuse_unknown_slot_name(factor)
                scale = scale * scalar_polynomial(factor)
        if tensor is None:
            raise LanguageError("this term holds no tensor", whole.span, help=_DEFINE_EXAMPLE)
        arguments = self._arguments(tensor)
        coefficient, order = _over_n(scale, whole)
        return TensorTerm(coefficient, order, tuple(deltas), tensor.name, arguments)

    def _is_layered(self, factor: Indexed) -> bool:
        return any(isinstance(node, Name) and node.name == "l" for node in factor.arguments)

    def _refuse_unknown_slot_name(self, factor: Expression) -> None:
        slots = slot_field(factor)
        if isinstance(factor, Name) and slots is not None and len(slots.slots) > 1:
            raise LanguageError(
                f"unknown name {factor.name}", factor.span, help=suggestion(slots.name, [*self.names, "d"], "tensor")
            )

    def _checked_delta(
        self, factor: Expression, delta: tuple[int, ...], earlier: list[tuple[int, ...]]
    ) -> tuple[int, ...]:
        if len(delta) < 2 or len(set(delta)) != len(delta):
            raise LanguageError("a delta joins different slots", factor.span, help="write d12 for slots 1 and 2")
        for slot in delta:
            self._check_slot(slot, factor)
            if any(slot in other for other in earlier):
                raise LanguageError(
                    f"slot {slot} stands in two deltas",
                    factor.span,
                    help="join all equal neurons in one delta, as in d123",
                )
        return tuple(sorted(delta))

    def _check_slot(self, slot: int, place: Expression) -> None:
        if slot not in self.slots:
            raise LanguageError(
                f"slot {slot} stands on the right only",
                place.span,
                help="slots on the left: " + ", ".join(map(str, self.slots)),
            )

    def _arguments(self, tensor: Indexed) -> tuple[int, ...]:
        if tensor.name not in self.names:
            raise LanguageError(
                f"unknown tensor {tensor.name}", tensor.span, help=suggestion(tensor.name, self.names, "tensor")
            )
        if tensor.primes:
            raise LanguageError(
                "a definition has no primes", tensor.span, help="a prime marks the next layer, in claims"
            )
        slots = slot_field(tensor)
        if slots is None:
            raise LanguageError("the arguments of a tensor are slots", tensor.span, help=_DEFINE_EXAMPLE)
        for slot in slots.slots:
            self._check_slot(slot, tensor)
        if len(slots.slots) != len(self.slots):
            raise LanguageError(
                f"{tensor.name} has {len(slots.slots)} slots here, the left side has {len(self.slots)}",
                tensor.span,
                help=f"every slot of the left side is an argument, as in {tensor.name}[{','.join(map(str, self.slots))}]",
            )
        if len(set(slots.slots)) != len(slots.slots):
            repeated = next(slot for slot in slots.slots if slots.slots.count(slot) > 1)
            raise LanguageError(
                f"slot {repeated} stands twice", tensor.span, help="every slot of the left side stands once"
            )
        return slots.slots


def _over_n(scale: Polynomial, place: Expression) -> tuple[Polynomial, int]:
    powers: set[int] = set()
    without: list[Polynomial] = []
    for monomial, coefficient in scale:
        kept = tuple((atom, exponent) for atom, exponent in monomial if atom != Symbol("n"))
        powers.add(-sum(exponent for atom, exponent in monomial if atom == Symbol("n")))
        without.append(Polynomial({kept: coefficient}))
    if len(powers) != 1:
        raise LanguageError("a term has one power of n", place.span, help=_DEFINE_EXAMPLE)
    (power,) = powers
    if power < 0:
        raise LanguageError("a definition has no positive power of n", place.span, help="1/n is pulled out: write / n")
    return Polynomial.sum(without), power
