"""The normal form: equal expressions meet in it, different ones do not, and its value is that of the moment it came
from.
"""

from __future__ import annotations

import random
from fractions import Fraction
from math import prod

import mpmath
import pytest

from ptheory.activations import lookup
from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.expectations import evaluate, moment
from ptheory.expectations.identities import RULES, Kernel, generic, kernel, normal_form
from ptheory.expectations.moments import Moment
from ptheory.networks.fields import Field
from ptheory.recursion.jets import FieldValue, Jet
from ptheory.recursion.means.as_moments import moment_of
from ptheory.recursion.means.mean import Mean
from ptheory.recursion.means.product_rule import differentiate
from ptheory.recursion.means.stein import mean_without_fields
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import Leg, Tensor

K3 = [
    [Fraction(3, 2), Fraction(2, 5), Fraction(-1, 4)],
    [Fraction(2, 5), Fraction(4, 5), Fraction(1, 3)],
    [Fraction(-1, 4), Fraction(1, 3), Fraction(1)],
]


def value_of(form: Polynomial) -> mpmath.mpf:
    total = mpmath.mpf(0)
    for monomial, coefficient in form:
        term = mpmath.mpf(coefficient.numerator) / coefficient.denominator
        for atom, power in monomial:
            if isinstance(atom, Kernel):
                term *= (mpmath.mpf(1) * K3[atom.a][atom.b]) ** power
            else:
                assert isinstance(atom, Moment)
                term *= evaluate(atom, K3, 25).as_mpf() ** power
        total += term
    return total


@pytest.mark.parametrize("name", ["erf", "sin", "gelu", "gaussian", "exp", "cubic"])
def test_normal_form_has_the_value_of_the_moment(name: str) -> None:
    rng = random.Random(name)
    sigma = lookup(name)
    for _ in range(6):
        factors = tuple((sigma, rng.randint(0, 2), rng.randint(0, 2)) for _ in range(2))
        original = Moment(factors, tuple(rng.randint(0, 2) for _ in range(3)), tuple(rng.choices(range(3), k=2)))
        with mpmath.workdps(25):
            expected = evaluate(original, K3, 25).as_mpf()
            assert abs(value_of(normal_form(original)) - expected) < 1e-20 * (1 + abs(expected))


def test_equal_expressions_have_one_form() -> None:
    s = generic("sigma")
    # ⟨σσ(z² − K)⟩ = K²⟨∂²(σσ)⟩ and = 2K²(⟨σ'σ'⟩ + ⟨σσ''⟩)
    left = normal_form(moment((s, 0), (s, 0), powers=(2,))) - kernel(0, 0) * normal_form(moment((s, 0), (s, 0)))
    middle = kernel(0, 0) ** 2 * normal_form(moment((s, 0), (s, 0), derivatives=(0, 0)))
    right = 2 * kernel(0, 0) ** 2 * (normal_form(moment((s, 1), (s, 1))) + normal_form(moment((s, 0), (s, 2))))
    assert left == middle == right
    assert left != right + normal_form(moment((s, 0), (s, 0)))


def test_stein_on_two_inputs() -> None:
    s, t = generic("sigma"), generic("tau")
    form = normal_form(moment((s, 0, 0), (t, 0, 1), powers=(1,)))
    expected = kernel(0, 0) * normal_form(moment((s, 1, 0), (t, 0, 1))) + kernel(0, 1) * normal_form(
        moment((s, 0, 0), (t, 1, 1))
    )
    assert form == expected


def test_polynomials_need_no_averages() -> None:
    assert normal_form(Moment((), (2, 2))) == kernel(0, 0) * kernel(1, 1) + 2 * kernel(0, 1) ** 2


def test_declared_symmetries() -> None:
    odd = generic("odd", parity=-1)
    assert normal_form(moment((odd, 0), (odd, 1))) == Polynomial()
    assert normal_form(moment((odd, 0), powers=(1,))) == kernel(0, 0) * normal_form(moment((odd, 1)))
    homogeneous = generic("h", homogeneous_degree=1)
    zh = normal_form(moment((homogeneous, 1), (homogeneous, 0), powers=(1,)))
    assert zh == normal_form(moment((homogeneous, 0), (homogeneous, 0)))


def test_every_rule_states_its_validity_and_source() -> None:
    for rule in RULES:
        assert rule.valid_when and rule.source and rule.statement


def test_different_generic_moments_stay_different() -> None:
    s = generic("sigma")
    forms = {normal_form(moment((s, a), (s, b), (s, c))) for a in range(3) for b in range(a, 3) for c in range(b, 3)}
    assert len(forms) == 10


def test_the_verbs_of_a_mean_lead_to_the_same_normal_form() -> None:
    """Two implementations that share no rule: on jets at legs, and on moments of numbered variables."""
    rng = random.Random(11)
    functions = {name: generic(name) for name in ("sigma", "tau")}
    legs = [Leg(Field("z"), Sample(sample)) for sample in (1, 2, 3)]

    def as_kernels_and_averages(atom: Atom) -> Polynomial | None:
        if isinstance(atom, Tensor):
            return kernel(*(legs.index(leg) for leg in atom.legs))
        assert isinstance(atom, Mean) and not atom.explicit_power and not atom.derivatives
        at = [legs.index(leg) for leg in atom.variables]
        found = moment_of(atom.factors, legs, (), functions.__getitem__)
        assert found.size == max(at) + 1
        return Polynomial.atom(found)

    for _ in range(40):
        atoms = [
            Jet(rng.choice(list(functions)), rng.randint(0, 2), rng.choice(legs)) for _ in range(rng.randint(0, 2))
        ]
        fields = [FieldValue(rng.choice(legs)) for _ in range(rng.randint(0, 3))]
        derivatives = tuple(rng.choices(legs, k=rng.randint(0, 2)))
        integrand = prod((Polynomial.atom(atom) for atom in (*atoms, *fields)), start=Polynomial.constant(1))
        ((factors, _),) = integrand
        by_rules = normal_form(
            moment_of(factors, legs, [legs.index(leg) for leg in derivatives], functions.__getitem__)
        )
        by_verbs = mean_without_fields(differentiate(integrand, *derivatives))
        assert by_verbs.map_atoms(as_kernels_and_averages) == by_rules
