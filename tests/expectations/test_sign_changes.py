"""Changes of sign that are proved, against brute force on a fine grid; zeros of averages, never more than those."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from ptheory.activations import Z, from_formula, lookup
from ptheory.activations.activation import Activation
from ptheory.expectations import sign_changes
from ptheory.expectations.one_variable import OneVariable, one_variable
from ptheory.expectations.sign_changes import NotCounted, Signs, combined, signs_of_even_part
from ptheory.expectations.tail_signs import NoTail, tail_sign
from ptheory.simulation.array_activations import evaluate_sympy


def part(activation: Activation, first: int = 0, second: int = 2) -> OneVariable:
    """s^(first) s^(second)."""
    return one_variable(((activation, first), (activation, second)), 0, 0)


def integrand(formula: sp.Expr) -> OneVariable:
    return one_variable(((from_formula("f", formula), 0),), 0, 0)


def counted(of: OneVariable) -> int:
    return len(signs_of_even_part(of).changes)


def even_on(formula: sp.Expr, z: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.broadcast_to(evaluate_sympy(formula, z) + evaluate_sympy(formula, -z), z.shape)


def seen_on_a_grid(formula: sp.Expr, reach: float = 25.0) -> list[float]:
    """Where the even part changes its sign among 250,000 points, in double precision; no proof, no balls."""
    z = np.linspace(1e-2, reach, 250_000)
    even = even_on(formula, z)
    kept = np.flatnonzero(np.isfinite(even) & (np.abs(even) > 1e-13 * np.nanmax(np.abs(even))))
    signs = np.sign(even[kept])
    return [float(z[kept[k]]) for k in np.flatnonzero(signs[:-1] != signs[1:])]


SMOOTH = ["tanh", "gelu", "swish", "mish", "softplus", "erf", "sigmoid", "gaussian", "arctan", "exp"]
FORMULAS = [
    Z - Z**3 / 6, Z + Z**2 / 10 - Z**3 / 10, Z * sp.exp(-(Z**2)), Z * sp.tanh(Z), Z * sp.erf(Z), Z**3 - 5 * Z,
    Z * sp.exp(-(Z**2) / 7) + Z**3 / 11, sp.tanh(Z) + Z / 2, sp.log(1 + sp.exp(Z)) - sp.log(2),
]  # fmt: skip


@pytest.mark.parametrize("which", [*SMOOTH, *FORMULAS], ids=str)
def test_as_many_as_a_grid_shows_and_where(which: str | sp.Expr) -> None:
    activation = lookup(which) if isinstance(which, str) else from_formula("f", which)
    found = signs_of_even_part(part(activation))
    formula = activation.branches[0].formula
    places = seen_on_a_grid(formula * formula.diff(Z, 2))
    assert len(found.changes) == len(places)
    for (low, high), place in zip(found.changes, places, strict=True):
        assert low - 2e-4 <= place <= high + 2e-4


def zeros_of_the_average(of: OneVariable, formula: sp.Expr) -> int:
    """Changes of sign of <F>_K on a grid of K, by a lattice of its own."""
    u = np.linspace(-9, 9, 1501)
    kernels = np.logspace(-3, 2, 120)
    z = np.sqrt(kernels)[:, None] * u
    with np.errstate(all="ignore"):
        values = np.broadcast_to(evaluate_sympy(formula, z), z.shape) * np.exp(-u * u / 2)
    average, size = values.sum(axis=1), np.abs(values).sum(axis=1)
    signs = np.sign(average[np.isfinite(average) & (np.abs(average) > 1e-9 * size)])
    return int((signs[:-1] != signs[1:]).sum())


def test_averages_have_no_more_zeros_than_changes_of_sign() -> None:
    """Random polynomials times Gaussians, exponentials and rational functions: the theorem, on numbers."""
    rng = np.random.default_rng(5)
    several = 0
    for k in range(16):
        coefficients = rng.integers(-6, 7, size=7)
        polynomial = sum((int(c) * Z**p for p, c in enumerate(coefficients)), sp.S.Zero)
        formula = [polynomial * sp.exp(-(Z**2)), polynomial / (1 + Z**2) ** 5, polynomial][k % 3]
        if polynomial.is_number:
            continue
        of = integrand(formula)
        bound = counted(of)
        zeros = zeros_of_the_average(of, formula)
        assert zeros <= bound, formula
        several += bound >= 2
    assert several >= 3


def test_changes_far_out_and_close_together_are_not_missed() -> None:
    """What a tail that is taken for known too early, or a coarse subdivision, would miss."""
    assert counted(integrand((1 - Z**2 / 10_000) * sp.exp(-(Z**2)))) == 1
    assert counted(integrand((1 + 1 / sp.cosh(Z) ** 2 - Z**2 / 90_000) / (1 + Z**2) ** 3)) == 1
    assert counted(integrand((Z**2 - 1) * (Z**2 - sp.Rational(1001, 1000)) * sp.exp(-(Z**2)))) == 2
    assert counted(integrand(((Z**2 - 1) ** 2 + sp.Rational(1, 10**8)) * sp.exp(-(Z**2)))) == 0
    assert counted(integrand(1 / sp.cosh(Z) ** 2 - sp.exp(-3) / 100)) == 1  # e^{-2z} against a constant


def test_masses_at_kinks_count_as_values() -> None:
    """relu6: s s'' = -6 delta(z - 6); softer at one kink than at another, with opposite signs."""
    assert signs_of_even_part(part(lookup("relu6"))) == Signs(-1, ())
    shape = sp.Piecewise((Z, Z < 1), (2 * Z - 1, Z < 3), (sp.Integer(5), True))
    assert counted(part(from_formula("f", shape))) == 1  # +1 at z = 1, -10 at z = 3


def test_sums_of_integrands() -> None:
    one, other = integrand(sp.exp(-(Z**2))), integrand(Z**2 * sp.exp(-(Z**2)))
    assert counted(combined([(sp.Integer(1), one), (sp.Integer(-4), other)])) == 1
    assert counted(combined([(sp.Integer(1), one), (sp.Integer(4), other)])) == 0
    elu = part(lookup("elu"))
    assert counted(combined([(sp.Integer(1), elu), (sp.Rational(1, 10), one)])) == 1  # -w + w^2 + exp(-z^2)/5


@pytest.mark.parametrize("formula", [Z * sp.sin(Z), Z * sp.asinh(Z), sp.cos(Z) * sp.exp(-(Z**2)), Z + sp.sin(Z) ** 2])
def test_what_is_not_known_is_not_counted(formula: sp.Expr) -> None:
    with pytest.raises(NotCounted):
        signs_of_even_part(integrand(formula * (1 + Z**2)))


def test_a_tail_taken_for_the_wrong_sign_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_changes, "tail_sign", lambda *_: 1)
    with pytest.raises(NotCounted, match="disagree"):
        signs_of_even_part(integrand(-(Z**4) * sp.exp(-(Z**2)) / 7))


def test_signs_of_tails() -> None:
    assert tail_sign(sp.tanh(Z) - 1, 4) == -1 and tail_sign(sp.erf(Z) - sp.exp(-Z) / 9, 4) == 1
    assert tail_sign(sp.log(1 + sp.exp(Z)) - Z, 4) == 1 and tail_sign(sp.atan(Z) - 2, 4) == -1
    for formula in (sp.erf(Z) - 1, 1 - Z / 50, sp.exp(-Z) - 3 * Z**4 * sp.exp(-2 * Z)):
        with pytest.raises(NoTail):
            tail_sign(formula, 4)
