"""From ``define`` as written to a checked record: slots on both sides, deltas, arities, powers of n."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ptheory.algebra.polynomial import Polynomial, Symbol
from ptheory.language.claim_names import DERIVED, KERNEL_BELOW, is_activation_shorthand, series_name
from ptheory.language.errors import LanguageError, suggestion
from ptheory.language.expressions import Add, Divide, Expression, Indexed, Multiply, Name, Negate, walk
from ptheory.language.functions import RESERVED
from ptheory.language.statements import DefineStatement
from ptheory.networks.observables import Definition, Observable, SlotField, TensorTerm
from ptheory.networks.scalars import inverse, scalar_polynomial
from ptheory.networks.slots import slot_field

_DEFINE_EXAMPLE = "write define V by E[z1 z2 z3 z4]_c = (d12 d34 V[1,2,3,4] + ...) / n"
_ONE = Polynomial.constant(1)


def check_definition(
    statement: DefineStatement,
    fields: Collection[str],
    observables: Mapping[str, Observable],
    scalars: Collection[str] = (),
    activations: Collection[str] = (),
    elsewhere: Collection[str] = (),
) -> Definition:
    """``scalars``: the hyperparameters a coefficient may hold; ``activations``: names that layer equations apply;

    ``elsewhere``: tensors of other definitions, which may stand in this one beside its own.

    Raises LanguageError at the first mistake.
    """
    names = tuple(name.name for name in statement.names)
    for name in statement.names:
        if name.name in fields or name.name in observables or name.name in RESERVED or name.name == "d":
            raise LanguageError(f"the name {name.name} is taken", name.span, help="choose another name for the tensor")
        meaning = "an activation" if name.name in activations else _meaning(name.name)
        if meaning is not None:
            raise LanguageError(
                f"the name {name.name} is taken: {meaning}", name.span, help="choose another name for the tensor"
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
    terms = tuple(_TensorReader((*names, *elsewhere), tuple(slots), scalars).read(statement.right, _ONE))
    used = {term.tensor for term in terms}
    for name in statement.names:
        if name.name not in used:
            raise LanguageError(
                f"{name.name} is defined but stands nowhere on the right", name.span, help=_DEFINE_EXAMPLE
            )
    return Definition(names, factors, statement.connected, terms, span=statement.span)


def _meaning(name: str) -> str | None:
    """What a name means in claims whatever is declared."""
    if name == KERNEL_BELOW:
        return f"the leading coefficient of {series_name(name)}"
    return "the activation" if is_activation_shorthand(name) else DERIVED.get(name)


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
    def __init__(self, names: tuple[str, ...], slots: tuple[int, ...], scalars: Collection[str]) -> None:
        self.names = names
        self.slots = slots
        self.scalars = {*scalars, "n", "l"}

    def read(self, expression: Expression, scale: Polynomial) -> list[TensorTerm]:
        """The terms of a sum of scale * deltas * tensor; scalars are multiplied in, sums multiplied out."""
        match expression:
            case Add():
                return [part for term in expression.terms for part in self.read(term, scale)]
            case Negate():
                return self.read(expression.operand, -scale)
            case Divide():
                return self.read(expression.numerator, scale * self._inverse(expression.denominator))
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

    def _inverse(self, denominator: Expression) -> Polynomial:
        self._scalar(denominator)
        return inverse(denominator)

    def _is_sum(self, factor: Expression) -> bool:
        return isinstance(factor, (Add, Divide, Negate)) and any(
            isinstance(node, Indexed) and node.name in self.names for node in walk(factor)
        )

    def _plain(self, factor: Expression) -> Polynomial:
        if self._delta(factor) is not None or isinstance(factor, Indexed):
            raise LanguageError(
                "write the deltas inside the sum, next to their tensor", factor.span, help=_DEFINE_EXAMPLE
            )
        return self._scalar(factor)

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
                scale = scale * self._scalar(factor)
        if tensor is None:
            raise LanguageError("this term holds no tensor", whole.span, help=_DEFINE_EXAMPLE)
        arguments = self._arguments(tensor)
        coefficient, order = _over_n(scale, whole)
        return TensorTerm(coefficient, order, tuple(deltas), tensor.name, arguments)

    def _is_layered(self, factor: Indexed) -> bool:
        return any(isinstance(node, Name) and node.name == "l" for node in factor.arguments)

    def _scalar(self, factor: Expression) -> Polynomial:
        for node in walk(factor):
            if isinstance(node, (Name, Indexed)) and node.name not in self.scalars:
                raise LanguageError(
                    f"unknown name {node.name}",
                    node.span,
                    help="a term is a product of numbers, hyperparameters, deltas such as d12, and one tensor",
                )
        return scalar_polynomial(factor)

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
                help=f"every slot of the left side is one: {tensor.name}[{','.join(map(str, self.slots))}]",
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
