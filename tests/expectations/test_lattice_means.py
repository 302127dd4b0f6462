"""Means on lattices: their error estimates hold for every smooth activation, and what they are not for is refused."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import pytest

from ptheory.activations import lookup
from ptheory.activations.activation_names import FAMILIES
from ptheory.algebra.real import Real
from ptheory.expectations import Moment, moment
from ptheory.expectations.lattice_means import Lattice, NotOnLattice, differentiated
from ptheory.flows.moment_values import Average, Matrix, enclosed_to, moment_value
from ptheory.flows.on_lattices import RULES, known_on_lattices
from ptheory.language import parse_formula
from ptheory.networks.formulas import activation_from_formula

F = Fraction
ONE: Matrix = ((F(9, 10),),)
TWO: Matrix = ((F(1), F(1, 3)), (F(1, 3), F(3, 2)))
CLOSE: Matrix = ((F(1, 2), F(499, 1000)), (F(499, 1000), F(1, 2)))
SMALL: Matrix = ((F(1, 10**9),),)
LARGE: Matrix = ((F(400),),)


def smooth() -> list[str]:
    """One name of every activation of the library that has no kink."""
    found: dict[object, str] = {}
    for name in FAMILIES:
        activation = lookup(name)
        if not activation.kinks:
            found.setdefault(activation.formula, name)
    return list(found.values())


def moments(name: str, matrix: Matrix) -> list[Moment]:
    s = lookup(name)
    if len(matrix) == 1:
        return [
            moment((s, 0), (s, 0)),
            moment((s, 1), (s, 1), powers=(1,)),
            moment((s, 0), (s, 0), (s, 0), (s, 0), derivatives=(0, 0)),
        ]
    return [moment((s, 0, 0), (s, 1, 1)), moment((s, 0, 0), (s, 0, 1), (s, 0, 1), (s, 0, 0), derivatives=(0, 1))]


@pytest.mark.parametrize("name", smooth())
def test_what_two_lattices_agree_on_is_right(name: str) -> None:
    told = 0
    for matrix in (ONE, SMALL, LARGE, TWO) if name in ("tanh", "gelu", "sin") else (ONE, LARGE):
        for asked in moments(name, matrix):

            def at(average: Average, asked: Moment = asked, matrix: Matrix = matrix) -> dict[str, Real]:
                return {"mean": moment_value(asked, matrix, average)}

            found = known_on_lattices(at, 8)
            if found is None:
                continue
            number: Any = found["mean"]
            exact = moment_value(asked, matrix, enclosed_to(16))
            if number.digits is None:
                assert number.value == exact
                continue
            told += 1
            assert abs(number.value - exact) <= number.error
            rounded = [mpmath.nstr(mpmath.mpf(value), number.digits) for value in (number.value, exact)]
            assert rounded[0] == rounded[1] and number.digits >= 7
    assert told or name == "linear" or name == "exp" or lookup(name).polynomial_coefficients() is not None


@pytest.mark.parametrize(("name", "variance"), [("tanh", 10**8), ("sin", 10**4), ("exp", 30)])
def test_lattices_that_do_not_resolve_a_function_do_not_agree(name: str, variance: int) -> None:
    asked, matrix = moment((lookup(name), 1), (lookup(name), 1)), ((F(variance),),)
    assert known_on_lattices(lambda average: {"mean": moment_value(asked, matrix, average)}, 8) is None


def test_nearly_equal_inputs() -> None:
    s = lookup("tanh")
    for asked in (moment((s, 1, 0), (s, 1, 1)), moment((s, 0, 0), (s, 0, 1), derivatives=(0, 1))):
        found = known_on_lattices(lambda average, asked=asked: {0: moment_value(asked, CLOSE, average)}, 8)
        assert found is not None and abs(found[0].value - moment_value(asked, CLOSE, enclosed_to(14))) < 1e-10


def test_three_variables_of_which_one_is_a_combination() -> None:
    """z_2 = z_0 + z_1 up to rounding, which float64 cannot tell from nearly so: no lattice."""
    with pytest.raises(NotOnLattice, match="nearly the same"):
        Lattice([[1.0, 0.3, 1.3], [0.3, 0.8, 1.1], [1.3, 1.1, 2.4]], RULES[1])


def test_the_same_input_twice_is_one_variable() -> None:
    s = lookup("tanh")
    twice = Lattice([[0.7, -0.7], [-0.7, 0.7]], RULES[1]).mean(moment((s, 0, 0), (s, 0, 1)))
    assert twice == pytest.approx(-Lattice([[0.7]], RULES[1]).mean(moment((s, 0, 0), (s, 0, 0))), rel=1e-12)


def test_inputs_whose_difference_is_lost_in_float64_are_refused() -> None:
    with pytest.raises(NotOnLattice, match="nearly the same"):
        Lattice([[1.0, 1.0 + 5e-14], [1.0 + 5e-14, 1.0 + 1e-13]], RULES[1])


@pytest.mark.parametrize("variance", [25.0, 2500.0])
def test_what_changes_within_a_step_is_refused(variance: float) -> None:
    """sin(30 z) at K = 25: both lattices had the same alias."""
    fast = activation_from_formula("fast", parse_formula("sin(30*z)"), "z", {}, {})
    with pytest.raises(NotOnLattice, match="within a step"):
        Lattice([[variance]], RULES[1]).mean(moment((fast, 0, 0), (fast, 0, 0)))


def test_four_variables_of_two_pairs_factorise() -> None:
    s = lookup("tanh")
    block = [[1.0, 0.4, 0, 0], [0.4, 0.7, 0, 0], [0, 0, 0.9, -0.2], [0, 0, -0.2, 1.1]]
    four = Lattice(block, RULES[0]).mean(moment((s, 0, 0), (s, 0, 1), (s, 0, 2), (s, 0, 3)))
    two = [Lattice([row[k : k + 2] for row in block[k : k + 2]], RULES[1]) for k in (0, 2)]
    assert four == pytest.approx(
        two[0].mean(moment((s, 0, 0), (s, 0, 1))) * two[1].mean(moment((s, 0, 0), (s, 0, 1))), rel=1e-6
    )


def test_what_a_lattice_is_not_for_is_refused() -> None:
    relu, tanh = lookup("relu"), lookup("tanh")
    with pytest.raises(NotOnLattice, match="kink"):
        Lattice([[1.0]], RULES[0]).mean(moment((relu, 0), (relu, 0)))
    with pytest.raises(NotOnLattice, match="semidefinite"):
        Lattice([[1.0, 2.0], [2.0, 1.0]], RULES[0])
    with pytest.raises(NotOnLattice, match="semidefinite"):
        Lattice([[0.0, 0.5], [0.5, 1.0]], RULES[0])
    with pytest.raises(NotOnLattice, match="variance"):
        Lattice([[1e-200]], RULES[0])
    with pytest.raises(NotOnLattice, match="5 correlated"):
        Lattice([[float(a == b) for b in range(5)] for a in range(5)], RULES[0])
    assert Lattice([[0.0]], RULES[0]).mean(moment((tanh, 1))) == pytest.approx(1.0)


def test_the_product_rule() -> None:
    tanh = lookup("tanh")
    assert differentiated((((tanh, 0),), 2), 2) == {
        (((tanh, 2),), 2): 1,
        (((tanh, 1),), 1): 4,
        (((tanh, 0),), 0): 2,
    }
