"""Exported functions of arrays step a flow from layer to layer; their source does the same on its own."""

from __future__ import annotations

import importlib.util
import math
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ptheory.export.array_function import JaxMissing, WrongArguments
from ptheory.export.operations import NoArrayForm
from ptheory.session.at_activations import WrongActivations, WrongSlots
from tests.export.setting import MLP_VALUES, at_one_input, at_two_inputs, equation, of_arguments, ran

ONE_INPUT = ["relu", "erf", "gelu", "sin", "hard_tanh", "leaky", "elu", "tanh", "softsign", "bent", "z - z^3/6"]
TWO_INPUTS = ["relu", "erf", "hard_tanh", "leaky", "tanh", "softsign", "bent"]


def function_of(source: str) -> Callable[..., Any]:
    """What the emitted text defines."""
    space: dict[str, Any] = {}
    exec(source, space)
    found: Callable[..., Any] = space["next_layer"]
    return found


@pytest.mark.parametrize("activation", ONE_INPUT)
def test_one_input(activation: str) -> None:
    """All layers in one call: the arguments are arrays over layers 1 and 2, the results are layers 2 and 3."""
    block, layers = at_one_input(activation)
    known = {name: np.array([layers[layer][name] for layer in (1, 2)]) for name in ("K", "V", "Theta")}
    for name in known:
        function = block[name].to_numpy()
        found = function(**of_arguments(function.arguments, known, MLP_VALUES))
        assert np.allclose(found, [layers[layer][name] for layer in (2, 3)], rtol=1e-11, atol=0), name


@pytest.mark.parametrize("activation", TWO_INPUTS)
def test_two_inputs(activation: str) -> None:
    block, layers = at_two_inputs(activation)
    known = {name: np.array([layers[layer][name] for layer in (1, 2)]) for name in ("K_11", "K_12", "K_22")}
    function = block["K[a,b]"].to_numpy()
    found = function(**of_arguments(function.arguments, known, MLP_VALUES))
    assert np.allclose(found, [layers[layer]["K_12"] for layer in (2, 3)], rtol=1e-9, atol=1e-12)


def test_long_rational_numbers_are_doubles() -> None:
    """SELU's constants have a hundred digits, which no array of whole numbers holds."""
    block, layers = at_one_input("selu")
    function = block["V"].to_numpy()
    found = function_of(function.source)(**of_arguments(function.arguments, layers[2], MLP_VALUES))
    assert found == pytest.approx(layers[3]["V"], rel=1e-10)
    assert function(**of_arguments(function.arguments, layers[2], MLP_VALUES)) == pytest.approx(found, rel=1e-13)


@pytest.mark.parametrize("left", ["K", "V", "K[a,b]"])
@pytest.mark.parametrize("activation", ["relu", "hard_tanh", "gelu", "tanh", "bent", "softsign"])
def test_the_source_defines_the_same_function(activation: str, left: str) -> None:
    function = equation(activation, left).to_numpy()
    values = [*[0.7, 0.3, 1.1][: len(function.arguments) - 2], 1.5, 0.2]
    values = values[: len(function.arguments)]
    arrays = [np.array([value, 1.1 * value]) for value in values]
    assert np.allclose(function_of(function.source)(*arrays), function(*arrays), rtol=1e-14, atol=0)
    assert "ptheory" not in function.source.partition("def next_layer")[0]


def test_shapes_broadcast() -> None:
    function = equation("hard_tanh", "K").to_numpy()
    kernels, weights = np.array([0.5, 1, 2, 4]), np.array([[1.0], [2.0], [3.0]])
    table = function(K=kernels, C_W=weights, C_b=0)
    assert table.shape == (3, 4) and table[1, 2] == function(2, 2.0, 0.0)
    assert isinstance(function(1, 2, 0), float)
    means = equation("tanh", "K").to_numpy()
    assert means(K=kernels, C_W=weights, C_b=0).shape == means(K=1.0, C_W=weights, C_b=kernels).shape == (3, 4)


def test_where_rounding_leaves_the_range() -> None:
    """At equal inputs the correlation is one up to rounding, which must not give nan."""
    function = equation("relu", "K[a,b]").to_numpy()
    for k in np.geomspace(1e-6, 1e6, 40):
        assert function(k, k, k, 2.0, 0.0) == pytest.approx(k, rel=1e-7)
        assert function(k, -k, k, 2.0, 0.0) == pytest.approx(0, abs=1e-7 * k)
    assert math.isnan(function(1.0, 1.1, 1.0, 2.0, 0.0)), "no covariance is that"


@pytest.mark.parametrize("kernel", [1e-4, 1e-2, 1.0, 30.0, 400.0])
def test_quadrature_at_small_and_large_kernels(kernel: float) -> None:
    """<tanh^2> against a rule of its own, the trapezoidal one, which converges geometrically here."""
    x = np.arange(-14 * 4000, 14 * 4000 + 1) / 4000
    weight = np.exp(-x * x / 2) / np.sqrt(2 * np.pi) / 4000
    found = equation("tanh", "K").to_numpy()(kernel, 1.0, 0.0)
    assert found == pytest.approx(float(weight @ np.tanh(np.sqrt(kernel) * x) ** 2), rel=1e-11)


def test_an_average_over_deltas() -> None:
    """<sigma sigma''> + <sigma'^2> of a kinked activation: chi_par, by a difference quotient of the kernel."""
    kernel, vertex = equation("bent", "K").to_numpy(), equation("bent", "V").to_numpy()
    step = 1e-5
    slope = (kernel(1 + step, 1.3, 0.0) - kernel(1 - step, 1.3, 0.0)) / (2 * step)
    assert vertex(1.0, 2.0, 1.3) - vertex(1.0, 1.0, 1.3) == pytest.approx(slope**2, rel=1e-8)


def test_residual_and_gated_and_layered() -> None:
    result = ran(
        "derive G for Residual, Varying\nderive G_u for Gated\n"
        "flow Residual with sigma = tanh { inputs [1/2, 3/4]  set C_b = 1/10, C_W = 6/5, xi = 1/2  depth 2  show G }\n"
        "flow Gated with sigma = tanh { inputs [1/2, 3/4]  set C_W = 3/2, C_U = 2  depth 3  show G_u, G_v }\n"
        "flow Varying with sigma = tanh { inputs [1/2, 3/4]  set C_b = 0, C_W = 1, C_W[2] = 3/2  depth 2  show G }\n"
    )
    residual, gated, varying = ({n: v for n, v in flow.values.items()} for flow in result.flows)

    def kernel(values: Any, layer: int, name: str = "G") -> float:
        return float(values[layer][name]["0,0"].coefficient(0))

    step = result["K"].one_input.to_numpy(sigma="tanh")
    assert step(K=kernel(residual, 1), xi=0.5, C_W=1.2, C_b=0.1) == pytest.approx(kernel(residual, 2), rel=1e-12)
    step = result["K_u"].one_input.to_numpy(sigma="tanh")
    u, v = kernel(gated, 2, "G_u"), kernel(gated, 2, "G_v")
    assert step(K_u=u, Kuv=0.0, K_v=v, C_W=1.5) == pytest.approx(kernel(gated, 3, "G_u"), rel=1e-11)
    step = result["Varying.K"].one_input.to_numpy(sigma="tanh")
    assert step(K=kernel(varying, 1), C_W_lp1=1.5, C_b_lp1=0.0) == pytest.approx(kernel(varying, 2), rel=1e-12)


def test_a_derived_equation_at_inputs() -> None:
    """V[1,1,2,2] of tanh, the activation given by name, by formula, as one of the file."""
    result = ran(
        "derive V for MLP\n"
        "flow MLP with sigma = tanh { inputs [1/2, 3/4] [1, -1/3]\n"
        "    set C_b = 1/10, C_W = 6/5  depth 3  digits 10  show G, V }\n"
    )
    (flow,) = result.flows
    key = {"K_11": ("G", "0,0"), "K_12": ("G", "0,1"), "K_22": ("G", "1,1"), "V_1122": ("V", "0,0,1,1")}
    below = {name: float(flow.values[2][t][c].coefficient(0)) for name, (t, c) in key.items()}
    derived = result["V"].at(1, 1, 2, 2)
    for written in ("tanh", "(exp(2*z) - 1)/(exp(2*z) + 1)"):
        function = derived.to_numpy(sigma=written)
        found = function(**of_arguments(function.arguments, below, MLP_VALUES))
        assert found == pytest.approx(float(flow.values[3]["V"]["0,0,1,1"].coefficient(0)), rel=1e-8)
    assert derived.to_numpy(sigma="bent")(1, 0.5, 1, 0.1, 1) == pytest.approx(
        derived.to_numpy(sigma="tanh(z) + abs(z - 1/2)/3")(1, 0.5, 1, 0.1, 1), rel=1e-13
    )


def test_arguments_say_what_they_are() -> None:
    function = equation("relu", "K[a,b]").to_numpy()
    assert function.arguments == {
        "K_11": "K[a,a] of layer l",
        "K_12": "K[a,b] of layer l",
        "K_22": "K[b,b] of layer l",
        "C_W": "the hyperparameter C_W",
        "C_b": "the hyperparameter C_b",
    }
    assert "K'[a,b] of MLP with sigma = relu, inputs a b" in str(function.__doc__) and "K[a,b] of layer l" in str(
        function.__doc__
    )


def test_refusals() -> None:
    function = equation("relu", "K").to_numpy()
    with pytest.raises(WrongArguments, match="C_b missing; the arguments are K, C_W, C_b"):
        function(1.0, 2.0)
    with pytest.raises(WrongArguments, match="no argument G is left"):
        function(1.0, 2.0, 3.0, G=1)
    with pytest.raises(WrongArguments, match="4 arguments where 3 are expected"):
        function(1.0, 2.0, 3.0, 4.0)
    with pytest.raises(KeyError, match=r"Q is not shown with relu; there are K'"):
        at_one_input("relu")[0]["Q"]
    derived = ran("derive V for MLP\n")["V"]
    with pytest.raises(NoArrayForm, match="an average over 4 variables"):
        derived.to_numpy(sigma="tanh")
    with pytest.raises(WrongActivations, match='V is to be given sigma="tanh"'):
        derived.to_numpy()
    with pytest.raises(WrongSlots, match=r"V'\[1,2,3,4\] has 4 slots"):
        derived.at(1, 2)


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules by the names of JAX's, which are NumPy."""
    special = types.ModuleType("jax.scipy.special")
    special.erf = np.vectorize(math.erf, otypes=[float])  # type: ignore[attr-defined]
    jax, scipy = types.ModuleType("jax"), types.ModuleType("jax.scipy")
    jax.numpy, jax.scipy, scipy.special = np, scipy, special  # type: ignore[attr-defined]
    for name, module in {"jax": jax, "jax.numpy": np, "jax.scipy": scipy, "jax.scipy.special": special}.items():
        monkeypatch.setitem(sys.modules, name, module)  # type: ignore[arg-type]


@pytest.mark.parametrize("activation, left", [("hard_tanh", "K"), ("tanh", "V"), ("gelu", "V"), ("relu", "K[a,b]")])
@pytest.mark.usefixtures("stand_in")
def test_jax_source_with_numpy_for_jax(activation: str, left: str) -> None:
    function = equation(activation, left).to_jax()
    values = [0.7, 0.3, 1.1, 1.5, 0.2][: len(function.arguments)]
    expected = equation(activation, left).to_numpy()(*values)
    assert function_of(function.source)(*values) == pytest.approx(expected, rel=1e-13)
    assert function(*values) == pytest.approx(expected, rel=1e-13)
    assert "import jax.numpy as np" in function.source


def test_jax_itself_where_it_is_installed() -> None:
    """Values and a derivative in the kernel; where there is no JAX, the message says so."""
    function = equation("tanh", "K").to_jax()
    if importlib.util.find_spec("jax") is None:
        with pytest.raises(JaxMissing):
            function(1.0, 1.5, 0.1)
        return
    import jax

    expected = equation("tanh", "K").to_numpy()
    assert float(function(1.0, 1.5, 0.1)) == pytest.approx(expected(1.0, 1.5, 0.1), rel=1e-5)
    slope = (expected(1.001, 1.5, 0.1) - expected(0.999, 1.5, 0.1)) / 0.002
    assert float(jax.grad(lambda k: function(k, 1.5, 0.1))(1.0)) == pytest.approx(slope, rel=1e-4)
