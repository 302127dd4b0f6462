"""Derivatives by preactivations inside averages, <d(s1*s2, a, b)>: carried out by the product rule."""

from __future__ import annotations

from collections.abc import Callable

from ptheory.claims.reading.preactivations import Place
from ptheory.claims.terms.open_sums import FIRST
from ptheory.claims.terms.ratio import Ratio
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Call, Expression, Name
from ptheory.networks.fields import Field
from ptheory.recursion.jets import FieldValue, Jet
from ptheory.recursion.means.product_rule import differentiate
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import Leg

MOST_DERIVATIVES = 8  # of one product


def field_derivative(node: Call, read: Callable[[Expression], Ratio], leg: Callable[[Expression], Leg]) -> Ratio:
    """d(F, a, b): the derivative of F by the preactivations at a and b. LanguageError where F divides by a function."""
    body, *by = node.arguments
    if len(by) > MOST_DERIVATIVES:
        help = f"up to {MOST_DERIVATIVES} are carried out"
        raise LanguageError(f"{len(by)} derivatives of one product", node.span, help=help)
    legs = [leg(one) for one in by]
    value = read(body)
    if any(isinstance(a, (Jet, FieldValue)) for factor, _ in value.factors for a in factor.atoms()):
        raise LanguageError("a derivative of a quotient", body.span, help="write it out")
    return Ratio(differentiate(value.numerator, *legs), value.factors)


def leg_of_derivative(
    by: Expression, fields: tuple[str, ...], named: Callable[[Name], Leg | None], slot: Callable[[Expression], int]
) -> Leg:
    """z, z1, u_a by name; an input or a summation index where there is one field."""
    leg = named(by) if isinstance(by, Name) else None
    if leg is not None:
        return leg
    sample = slot(by)
    if sample >= FIRST:
        help = "say which inputs, so that it is written out: for MLP, inputs a b"
        raise LanguageError("a derivative by the preactivation at any input", by.span, help=help)
    if len(fields) != 1:
        raise LanguageError("a derivative by which field?", by.span, help=f"write a field at an input: {fields[0]}1")
    return Leg(Field(fields[0]), Sample(sample))


def is_input(name: str, place: Place, named_sample: Callable[[str], int | None]) -> bool:
    """Whether a name is a summation index or an input of the claim."""
    return place.sample(name) is not None or named_sample(name) is not None
