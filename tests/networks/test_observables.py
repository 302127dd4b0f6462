"""Observables and tensor definitions as data; the prelude has the published conventions."""

from __future__ import annotations

import pytest

from ptheory.algebra.polynomial import Polynomial
from ptheory.language import parse
from ptheory.networks.observables import Observable, ParameterDerivative, SlotField, TensorTerm
from ptheory.networks.program import Program, check_file

ONE = Polynomial.constant(1)


def program(text: str) -> Program:
    return check_file(parse("ptheory 1\ninclude mlp\n" + text))


def derivative(slot: int, *by: str) -> ParameterDerivative:
    return ParameterDerivative("z", slot, by)


@pytest.fixture(scope="module")
def prelude() -> Program:
    return program("include observables\n")


def test_the_tangent_kernel_and_its_differentials(prelude: Program) -> None:
    (kernel,) = prelude.observables["H"].terms
    assert prelude.observables["H"].slots == (1, 2)
    assert (kernel.coefficient, kernel.summed, kernel.rates) == (ONE, ("mu",), ("mu",))
    assert kernel.derivatives == (derivative(1, "mu"), derivative(2, "mu"))
    (differential,) = prelude.observables["dH"].terms
    assert prelude.observables["dH"].slots == (0, 1, 2)
    assert (differential.summed, differential.rates) == (("mu", "nu"), ("mu", "nu"))
    assert differential.derivatives == (derivative(0, "mu", "nu"), derivative(1, "mu"), derivative(2, "nu"))
    (second,) = prelude.observables["ddI"].terms
    assert second.derivatives == (
        derivative(0, "mu", "nu", "rho"),
        derivative(1, "mu"),
        derivative(2, "nu"),
        derivative(3, "rho"),
    )
    (other,) = prelude.observables["ddII"].terms
    assert other.derivatives == (
        derivative(1, "mu", "nu"),
        derivative(2, "rho", "mu"),
        derivative(3, "nu"),
        derivative(4, "rho"),
    )
    assert all(observable.fields == ("z",) for observable in prelude.observables.values())


# name -> (left side, connected, [(deltas, tensor, arguments)]), each over one power of n but for G and Theta
PUBLISHED = {
    "G": ("z1 z2", True, [("12", "G", "12")]),
    "V": ("z1 z2 z3 z4", True, [("12 34", "V", "1234"), ("13 24", "V", "1324"), ("14 23", "V", "1423")]),
    "Theta": ("H12", False, [("12", "Theta", "12")]),
    "D": ("H12 z3 z4", True, [("12 34", "D", "1234"), ("13 24", "F", "1324"), ("14 23", "F", "1423")]),
    "A": ("H12 H34", True, [("12 34", "A", "1234"), ("13 24", "B", "1324"), ("14 23", "B", "1423")]),
    "P": ("dH012 z3", False, [("03 12", "P", "0123"), ("01 23", "Q", "0123"), ("02 13", "Q", "0213")]),
    "R": ("ddI0123", False, [("01 23", "R", "0123"), ("02 13", "R", "0231"), ("03 12", "R", "0312")]),
    "S": ("ddII1234", False, [("12 34", "S", "1234"), ("13 24", "T", "1324"), ("14 23", "U", "1423")]),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_conventions_of_the_prelude(prelude: Program, name: str) -> None:
    left, connected, terms = PUBLISHED[name]
    definition = prelude.definitions[name]
    assert " ".join(map(str, definition.factors)) == left
    assert definition.connected is connected
    order = 0 if name in ("G", "Theta") else 1
    assert definition.terms == tuple(
        TensorTerm(
            ONE,
            order,
            tuple(tuple(map(int, delta)) for delta in deltas.split()),
            tensor,
            tuple(map(int, arguments)),
        )
        for deltas, tensor, arguments in terms
    )


def test_names_of_one_definition_share_it(prelude: Program) -> None:
    assert prelude.definitions["D"] is prelude.definitions["F"]
    assert prelude.definitions["S"].names == ("S", "T", "U")
    assert set(prelude.definitions) == {*"GVDFABPQRSTU", "Theta"}


def test_coefficients_blocks_and_many_slots() -> None:
    checked = program("define X, Y by E[z[1] z2 z[10]]_c = -2/(3*n^2)*(d[1,2,10] X[1,2,10] - C_W*Y[10,2,1]/2)\n")
    definition = checked.definitions["X"]
    assert definition.factors == (SlotField("z", (1,)), SlotField("z", (2,)), SlotField("z", (10,)))
    assert (definition.slots, definition.rank) == ((1, 2, 10), 3)
    first, second = definition.terms
    assert (str(first.coefficient), first.order, first.deltas, first.arguments) == (
        "-2/3",
        2,
        ((1, 2, 10),),
        (1, 2, 10),
    )
    assert (str(second.coefficient), second.order, second.deltas, second.arguments) == ("1/3*C_W", 2, (), (10, 2, 1))
    assert str(SlotField("H", (1, 10))) == "H[1,10]"


def test_an_observable_of_several_terms() -> None:
    checked: Observable = program(
        "observable Q[1,2] = sum(mu, rate(mu)*d(z1,mu)*d(z2,mu))/2 - z1*sum(nu, d(z2,nu,nu))\n"
    ).observables["Q"]
    half, product = checked.terms
    assert str(half.coefficient) == "1/2" and half.rates == ("mu",)
    assert str(product.coefficient) == "-1" and product.rates == () and product.summed == ("nu",)
    assert product.derivatives == (derivative(1), derivative(2, "nu", "nu"))
