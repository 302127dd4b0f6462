"""``result["V"].rhs``: the kernel stands in the averages, so that ∂/∂K is the derivative and not silently zero.

The independent value: Gauss-Hermite quadrature of the averages at a concrete activation, differentiated by a
difference quotient in K.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import ptheory as pt
from ptheory.recursion.gaussian_mean import GaussianMean

SIGMA = sp.Function("sigma")
K, K11, K12, K22 = sp.symbols("K K_11 K_12 K_22")
TEXT = "ptheory 1\ninclude mlp\ninclude observables\nderive G to order 1/n\nderive V, Theta\n"
GATED = "ptheory 1\ninclude gated\nderive G_u\n"
NUMBERS = {"C_W": 1.3, "C_b": 0.2, "V": 0.7, "G1": 0.4, "Theta": 1.1, "lambda_W": 0.9, "lambda_b": 0.5}


@pytest.fixture(scope="module")
def derived() -> Any:
    return pt.run_text(TEXT)


def mean(integrand: Any, variables: Any, kernel: Any) -> float:
    """⟨integrand⟩ of one or two variables: Gauss-Hermite in the Cholesky factor of the covariance."""
    function = sp.lambdify(tuple(variables), integrand, "numpy")
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()
    entries = [float(entry) for entry in kernel]
    if len(variables) == 1:
        return float(weights @ function(np.sqrt(entries[0]) * nodes))
    a = np.sqrt(entries[0])
    b = entries[1] / a
    c = np.sqrt(entries[2] - b * b)
    first, second = np.meshgrid(nodes, nodes, indexing="ij")
    return float(weights @ function(a * first, b * first + c * second) @ weights)


def number(expression: Any, kernel: dict[Any, float], shape: Any) -> Any:
    concrete = expression.replace(SIGMA, shape).doit().subs(kernel)
    means = {m: mean(m.integrand, m.variables, m.kernel) for m in concrete.atoms(GaussianMean)}
    concrete = concrete.xreplace(means)
    return concrete.subs({s: 1 if s.is_positive else NUMBERS[s.name] for s in concrete.free_symbols})


@pytest.mark.parametrize("name", ["K", "V", "G1", "Theta"])
def test_derivative_in_the_kernel_at_one_input(derived: Any, name: str) -> None:
    right = derived[name].one_input.rhs
    assert K in right.free_symbols
    at, step = 0.8, 1e-4
    above, below = (number(right, {K: at + shift}, sp.sin) for shift in (step, -step))
    slope = number(right.diff(K), {K: at}, sp.sin)
    assert slope != 0
    assert abs((above - below) / (2 * step) - slope) < 1e-6 * abs(slope)


@pytest.mark.parametrize("entry", [K11, K12, K22])
def test_derivative_in_each_entry_at_two_inputs(derived: Any, entry: Any) -> None:
    right = derived["K"].rhs
    assert {K11, K12, K22} <= right.free_symbols
    point, step = {K11: 0.8, K12: 0.3, K22: 1.1}, 1e-4
    shifted = ({**point, entry: point[entry] + shift} for shift in (step, -step))
    above, below = (number(right, kernel, sp.tanh) for kernel in shifted)
    slope = number(right.diff(entry), point, sp.tanh)
    assert abs((above - below) / (2 * step) - slope) < 1e-5 * abs(slope)


def test_the_susceptibility_is_the_derivative_of_the_kernel(derived: Any) -> None:
    """V' = chi_par^2 V + ..., with chi_par = ∂K'/∂K taken by SymPy."""
    susceptibility = derived["K"].one_input.rhs.diff(K)
    equal_widths = {s: 1 for s in derived["V"].one_input.rhs.free_symbols if s.is_positive}
    assert sp.expand(derived["V"].one_input.rhs.subs(equal_widths).diff(sp.Symbol("V")) - susceptibility**2) == 0


def test_what_else_a_mean_is() -> None:
    z, g = sp.Symbol("z", real=True), sp.Symbol("g")
    average = GaussianMean(sp.sin(g * z) * z, [z], [K])
    assert average.free_symbols == {g, K}
    assert average.diff(z) == 0 and average.subs(z, 1) == average
    assert average.subs(K, 2).diff(K) == 0 and average.subs(K, 2) != average
    assert average.diff(g) == GaussianMean(z**2 * sp.cos(g * z), [z], [K])
    assert GaussianMean(z**2, [z], [K]).diff(K) == 1  # <z^2> = K
    assert GaussianMean(z**4, [z], [K**2]).diff(K) == 2 * K * GaussianMean(z**2, [z], [K**2]) * 6  # the chain rule
    with pytest.raises(ValueError, match="3 entries"):
        GaussianMean(z, [z, g], [K])


def test_fields_have_kernels_of_their_own() -> None:
    """K_u' = C_W ⟨σ(u)² v²⟩ depends on the kernels of u, of v and of both."""
    right = pt.run_text(GATED)["G_u"].one_input.rhs
    kernels = {s for s in right.free_symbols if s.name.startswith("K")}
    assert len(kernels) == 3 and all(right.diff(s) != 0 for s in kernels)


def test_averages_of_an_earlier_layer_have_its_kernel() -> None:
    text = """ptheory 1
include correlators
architecture Dense {
    weights W[i,j] ~ Normal(0, C_W/n)
    weights R[i,j] ~ Normal(0, C_R/n)
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = sum(j, W[i,j]*sigma(z[j;a])) + sum(j, R[i,j]*sigma(prev(z[j;a])))
}
derive G
"""
    right = pt.run_text(text)["G"].one_input.rhs
    z, earlier = sp.Symbol("z", real=True), sp.Symbol("z_lm1", real=True)
    assert right.diff(K) == sp.Symbol("C_W") * GaussianMean(SIGMA(z) ** 2, [z], [K]).diff(K)
    assert right.diff(sp.Symbol("K_lm1")) == sp.Symbol("C_R") * GaussianMean(
        SIGMA(earlier) ** 2, [earlier], [sp.Symbol("K_lm1")]
    ).diff(sp.Symbol("K_lm1"))
