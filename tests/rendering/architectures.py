"""Architectures built by hand for the rendering tests, and the recursions asked of them."""

from __future__ import annotations

from fractions import Fraction

from ptheory.algebra.polynomial import Polynomial, Symbol
from ptheory.language.expressions import Add, Call, Divide, Expression, FieldAt, Multiply, Negate, Number, Power
from ptheory.networks.architecture import (
    Architecture,
    Bias,
    Biases,
    FirstEquation,
    LayerEquation,
    ReadsInput,
    SiteFunction,
    WeightedSum,
    Weights,
)
from ptheory.networks.fields import Field
from ptheory.recursion.equation import Equation, equation
from ptheory.recursion.places import Sample
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensor_names import TensorName, TensorNames
from ptheory.recursion.tensors import Leg, covariance, tensor

ONE = Polynomial.constant(1)


def scalar(name: str) -> Polynomial:
    return Polynomial.atom(Symbol(name))


def weights(name: str, variance: str) -> Weights:
    return Weights(name, scalar(variance), 1)


def biases(name: str, variance: str) -> Biases:
    return Biases(name, scalar(variance), 0)


def number(value: int) -> Number:
    return Number(Fraction(value))


Z = FieldAt("z", "j", "a")


def sigma(field: str = "z") -> Expression:
    return Call("sigma", (FieldAt(field, "j", "a"),))


def one_field(name: str, formula: Expression) -> Architecture:
    w, b = weights("W", "C_W"), biases("b", "C_b")
    site = SiteFunction(formula, (Field("z"),))
    return Architecture(
        name,
        (w, b),
        (FirstEquation(Field("z"), (Bias(ONE, (b,)), ReadsInput(ONE, (w,)))),),
        (LayerEquation(Field("z"), (Bias(ONE, (b,)), WeightedSum(ONE, (w,), site))),),
    )


MLP = one_field("MLP", sigma())
TWO_ACTIVATIONS = one_field("TwoActivations", Multiply((sigma(), Call("tau", (Z,)))))
POLYNOMIAL = one_field(
    "Polynomial", Add((Z, Divide(Power(Z, number(2)), number(4)), Negate(Divide(Power(Z, number(3)), number(9)))))
)


def gated() -> Architecture:
    w, u = weights("W", "C_W"), weights("U", "C_U")
    first, second = Field("u"), Field("v")
    site = SiteFunction(Multiply((sigma("u"), FieldAt("v", "j", "a"))), (first, second))
    return Architecture(
        "Gated",
        (w, u),
        (FirstEquation(first, (ReadsInput(ONE, (w,)),)), FirstEquation(second, (ReadsInput(ONE, (u,)),))),
        (
            LayerEquation(first, (WeightedSum(ONE, (w,), site),)),
            LayerEquation(second, (WeightedSum(ONE, (u,), site),)),
        ),
    )


GATED = gated()


def kernel(field: str, other: str | None = None) -> TensorName:
    legs = Leg(Field(field), Sample(1)), Leg(Field(other or field), Sample(2))
    return TensorName("G", tensor((covariance(*legs),)), (1, 2))


def vertex(fields: tuple[str, str, str, str] = ("z", "z", "z", "z")) -> TensorName:
    a, b, c, d = (Leg(Field(field), Sample(slot)) for slot, field in enumerate(fields, start=1))
    return TensorName("V", tensor((covariance(a, b), covariance(c, d))), (1, 2, 3, 4))


def names_of(architecture: Architecture) -> TensorNames:
    fields = architecture.fields
    if fields == ("z",):
        return TensorNames((kernel("z"), vertex()))
    first, second = fields
    return TensorNames((kernel(first), vertex((first, first, second, second))))


def recursion(architecture: Architecture, name: str, order: int = 0) -> Equation:
    return equation(RecursionSystem(architecture), names_of(architecture), name, order)
