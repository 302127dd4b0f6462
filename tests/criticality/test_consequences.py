"""Aspect ratios, depth scales and learning rates against plain iteration of the recursions by a quadrature of its own.

Nothing of the engine is used for the numbers: averages are sums over Gauss-Legendre nodes on either side of zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import erf, log, pi, sqrt

import numpy as np
import pytest
import sympy as sp

import ptheory as pt
from ptheory.criticality.asymptotics import DEPTH
from ptheory.criticality.consequences import Consequences
from ptheory.criticality.detuning import Detuned
from ptheory.criticality.rate_scalings import LAYERS
from ptheory.criticality.shared_information import (
    NEURONS,
    VARIANCE,
    mutual_information,
    relative_entropy,
    stationary_variance,
)
from ptheory.language.errors import LanguageError
from ptheory.rendering.latex_document import to_latex_document
from ptheory.rendering.lines import to_text
from ptheory.rendering.rounding import with_page_digits
from tests.residual.two_layers import vertex

NODES, WEIGHTS = np.polynomial.legendre.leggauss(60)
Function = Callable[[np.ndarray], np.ndarray]
array_erf = np.vectorize(erf)


@dataclass(frozen=True)
class Own:
    """An activation with its slope, and its kinks in units of z."""

    value: Function
    slope: Function
    kinks: tuple[float, ...] = (0.0,)

    def mean(self, kernel: float, of: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]) -> float:
        """The average of ``of``(z, sigma, sigma') at a kernel."""
        width = sqrt(kernel)
        ends = sorted({*(kink / width for kink in self.kinks if abs(kink) < 11 * width), -11.0, -4.0, 4.0, 11.0})
        total = 0.0
        for low, high in pairwise(ends):
            x = (high + low) / 2 + (high - low) / 2 * NODES
            z = width * x
            density = np.exp(-x * x / 2) / sqrt(2 * pi)
            total += float(np.sum(WEIGHTS * density * of(z, self.value(z), self.slope(z))) * (high - low) / 2)
        return total

    def second(self, kernel: float) -> float:
        return self.mean(kernel, lambda z, s, d: s * s)

    def perpendicular(self, kernel: float) -> float:
        return self.mean(kernel, lambda z, s, d: d * d)

    def parallel(self, kernel: float) -> float:
        """<sigma sigma'' + sigma'^2>, without a second derivative: <z sigma sigma'>/K."""
        return self.mean(kernel, lambda z, s, d: z * s * d) / kernel


def _softsign_slope(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.abs(z)) ** 2


def _gelu(z: np.ndarray) -> np.ndarray:
    return z * (1 + array_erf(z / sqrt(2))) / 2


def _gelu_slope(z: np.ndarray) -> np.ndarray:
    return (1 + array_erf(z / sqrt(2))) / 2 + z * np.exp(-z * z / 2) / sqrt(2 * pi)


OWN = {
    "tanh": Own(np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "softsign": Own(lambda z: z / (1 + np.abs(z)), _softsign_slope),
    "hard_tanh": Own(lambda z: np.clip(z, -1, 1), lambda z: (np.abs(z) < 1).astype(float), (-1.0, 0.0, 1.0)),
    "gelu": Own(_gelu, _gelu_slope),
    "z^2 - 1": Own(lambda z: z * z - 1, lambda z: 2 * z),
    "tanh(z) + z^2/4": Own(lambda z: np.tanh(z) + z * z / 4, lambda z: 1 / np.cosh(z) ** 2 + z / 2),
    "relu": Own(lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(float)),
}


@cache
def of(activation: str) -> Consequences:
    text = f"ptheory 1\ninclude mlp\ninclude observables\nwith sigma = {activation} for MLP {{ consequences }}\n"
    found = pt.run_text(text).specialised[0].consequences
    assert found is not None and found.found is not None
    return found.found


def point(activation: str) -> tuple[float, float, float]:
    """(K*, C_b, C_W) of the class."""
    points = of(activation).classification.critical_points
    found = next(p for kind in ("stable", "marginal", "half-stable") for p in points if p.stability == kind)
    kernel = 1.0 if found.K_star is None else float(found.K_star)
    return kernel, float(found.C_b), float(found.C_W)


# ---- aspect ratios ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("activation", "start", "layers"),
    [("relu", 1.0, 50), ("tanh", 0.01, 3000), ("gelu", None, 50), ("z^2 - 1", None, 50)],
)
def test_the_slope_is_that_of_the_iterated_vertex(activation: str, start: float | None, layers: int) -> None:
    own, (star, bias, weight) = OWN[activation], point(activation)
    kernel = star if start is None else start
    vertex, ratios = 0.0, []
    for _ in range(layers):
        fourth = own.mean(kernel, lambda z, s, d: s**4)
        source = weight**2 * (fourth - own.second(kernel) ** 2)
        vertex = (weight * own.parallel(kernel)) ** 2 * vertex + source
        kernel = bias + weight * own.second(kernel) if start is not None else star
        ratios.append(vertex / kernel**2)
    slope = (ratios[-1] - ratios[-11]) / 10
    found = of(activation).situations[0].slope
    assert slope == pytest.approx(float(found), rel=3e-3 if activation == "tanh" else 1e-9)


def test_exact_numbers() -> None:
    assert [of(name).situations[0].slope for name in ("relu", "tanh", "z^2 - 1")] == [
        5, sp.Rational(2, 3), sp.Rational(7, 2),
    ]  # fmt: skip
    at, towards = of("z^2 - 1").situations
    assert at.aspect_ratio == sp.Rational(2, 7) and towards.slope == at.slope / 5
    assert at.shift_depth is not None and sp.simplify(at.shift_depth - 4 / sp.sqrt(21)) == 0
    assert of("relu").situations[0].stationary_ratio == sp.Rational(4, 5) / (3 * NEURONS + 20)


def test_fluctuations_shift_the_kernel_by_the_square_of_the_depth() -> None:
    text = "ptheory 1\ninclude mlp\nflow MLP with sigma = z^2 - 1 {\n inputs [1]\n depth 60\n order 1/n\n"
    text += " set C_b = 1/2, C_W = 1/4, C_W[1] = 1/2\n layers 60\n show G\n}\n"
    flow = pt.run_text(text).flows[0]
    leading, correction = (one.value for one in next(iter(flow.numbers[60]["G"].values())))
    shift = of("z^2 - 1").situations[0].shift
    assert leading == 1 and shift is not None
    assert float(correction) / float(shift * 60**2) == pytest.approx(1, abs=0.1)


# ---- information ----------------------------------------------------------------------------------------------


def _entropies(logs: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Relative entropy, from independent Gaussians, of one and of two neurons of variance exp(logs) by ``weights``."""
    scales = np.exp(logs)
    scales = scales / np.sum(weights * scales)
    found = []
    for neurons in (1, 2):
        edges = np.linspace(0, 40, 81)
        total = 0.0
        for low, high in pairwise(edges):
            r = (high + low) / 2 + (high - low) / 2 * NODES
            shell = np.full_like(r, 2.0) if neurons == 1 else 2 * pi * r
            gauss = -r * r / 2 - neurons / 2 * log(2 * pi)
            mixed = np.sum(
                weights[:, None] * np.exp(-r * r / 2 / scales[:, None]) / (2 * pi * scales[:, None]) ** (neurons / 2), 0
            )
            with np.errstate(divide="ignore", invalid="ignore"):
                integrand = np.where(mixed > 0, mixed * (np.log(mixed) - gauss), 0.0)
            total += float(np.sum(WEIGHTS * shell * integrand) * (high - low) / 2)
        found.append(total)
    return found[0], found[1]


def _gamma_mixture(width: int) -> tuple[np.ndarray, np.ndarray]:
    """log of chi^2_n/n, the variance given one linear hidden layer, with weights."""
    x = np.linspace(-12, 12, 801) * sqrt(2 / width)
    density = np.exp(width / 2 * (x - np.exp(x) + 1))
    return x, density / density.sum()


def test_the_series_of_the_information_is_that_of_a_linear_network() -> None:
    errors = []
    for width in (64, 128):
        one, two = _entropies(*_gamma_mixture(width))
        v = sp.Rational(2, width)
        errors.append(two - 2 * one - float(mutual_information(sp.Integer(1), sp.Integer(1)).subs(VARIANCE, v)))
        assert abs(errors[-1]) < 4 * float(v**4)
    assert errors[0] / errors[1] == pytest.approx(16, rel=0.25)  # what is left is of order 1/n^4
    assert relative_entropy().subs({sp.Symbol("N", positive=True): 2}).coeff(VARIANCE, 2) == sp.Rational(1, 2)


def test_where_the_series_is_stationary_nothing_is_largest() -> None:
    assert sp.simplify(stationary_variance() - 4 / (3 * NEURONS + 20)) == 0
    grid = np.linspace(-9, 9, 401)
    weights = np.exp(-grid * grid / 2) / np.exp(-grid * grid / 2).sum()
    informations = []
    for ratio in (0.02, 0.2, 1.0, 3.0):  # in units of 1/nu; the series is stationary at 4/26 of it
        one, two = _entropies(sqrt(ratio) * grid, weights)
        informations.append(two - 2 * one)
    assert informations == sorted(informations)


# ---- learning rates -------------------------------------------------------------------------------------------


def _contributions(activation: str, start: float, layers: int) -> dict[str, np.ndarray]:
    """What every layer gives Theta(L) at rates one, by the rate; and the kernels, all of layers 2 to L."""
    own, (_, bias, weight) = OWN[activation], point(activation)
    kernels, sources, damping = [start], [], []
    for _ in range(layers - 1):
        kernel = kernels[-1]
        sources.append(own.second(kernel))
        damping.append(weight * own.perpendicular(kernel))
        kernels.append(bias + weight * own.second(kernel))
    later = np.append(np.cumprod(np.array(damping)[1:][::-1])[::-1], 1.0)
    return {"lambda_b": later, "lambda_W": np.array(sources) * later, "kernel": np.array(kernels[1:])}


CASES = [("relu", 1.0, 2e-4), ("tanh", 0.3, 0.02), ("softsign", 0.3, 0.03), ("tanh(z) + z^2/4", 0.3, 0.03)]


@pytest.mark.parametrize(("activation", "start", "tolerance"), CASES)
def test_every_layer_contributes_alike(activation: str, start: float, tolerance: float) -> None:
    layers = 4000
    made = _contributions(activation, start, layers)
    rates = of(activation).situations[-1].rates
    assert [rate.rate for rate in rates] == ["lambda_b", "lambda_W"]
    for rate in rates:
        scaling = sp.lambdify((DEPTH, LAYERS), rate.in_layer, "math")
        part = float(rate.part.subs(sp.Symbol("K", positive=True), start))
        for layer in (layers // 4, layers // 2, layers):
            given = made[rate.rate][layer - 2] * scaling(layer, layers) * layers
            assert given == pytest.approx(part, rel=tolerance), (rate.rate, layer)
        share = sp.lambdify((DEPTH, LAYERS), rate.equal_share, "math")
        measured = made[rate.rate][layers // 2 - 2] / made[rate.rate].sum()
        assert measured == pytest.approx(share(layers // 2, layers), rel=2 * tolerance)


def test_on_the_way_to_a_kernel_above_zero() -> None:
    """z^2 - 1 from below; exponents of the depth are seen from layers so deep that 1/l is small."""
    made = _contributions("z^2 - 1", 0.5, 6000)
    biases, weights = of("z^2 - 1").situations[1].rates
    assert (biases.layer, biases.depth) == (-sp.Rational(4, 3), sp.Rational(1, 3))
    for rate, name in ((biases, "lambda_b"), (weights, "lambda_W")):
        given = made[name]
        power = log(given[5998] / given[2998]) / log(2)
        assert power == pytest.approx(float(-rate.layer), abs=0.01)


def test_logarithms_where_the_flow_is_beyond_all_orders() -> None:
    """log l stands for kappa/K: contributions are compared in the kernel itself."""
    layers = 3000
    made = _contributions("hard_tanh", 0.2, layers)
    for rate in of("hard_tanh").situations[0].rates:
        factors = made["kernel"] ** -float(rate.layer_log)  # (log l)^p is (kappa/K)^p
        given = made[rate.rate] * factors
        assert given[layers // 8] / given[-1] == pytest.approx(1, rel=0.06)
    assert [rate.layer_log for rate in of("hard_tanh").situations[0].rates] == [-sp.Rational(1, 2), sp.Rational(1, 2)]


def test_at_a_kernel_above_zero_all_layers_are_alike() -> None:
    own, (star, _, weight) = OWN["gelu"], point("gelu")
    assert weight * own.perpendicular(star) == pytest.approx(1, abs=1e-12)
    biases, weights = of("gelu").situations[0].rates
    assert (biases.in_layer, biases.part) == (1 / LAYERS, 1)
    assert float(weights.part) == pytest.approx(own.second(star), rel=1e-12)


# ---- depth scales ---------------------------------------------------------------------------------------------


def _kept(own: Own, bias: float, weight: float, low: float, high: float) -> float:
    """The attracting fixed kernel in an interval: f(K) - K falls through zero."""
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if bias + weight * own.second(middle) > middle else (low, middle)
    return (low + high) / 2


def _moved(activation: str, one: Detuned, delta: float) -> tuple[float, float]:
    _, bias, weight = point(activation)
    change = one.side * delta
    return (bias, weight * (1 + change)) if one.relative else (bias + change, weight)


SETTLED = [
    ("tanh", "C_W", 1, 1e-3), ("tanh", "C_b", 1, 1e-6), ("softsign", "C_W", 1, 1e-3), ("softsign", "C_b", 1, 1e-9),
    ("tanh(z) + z^2/4", "C_W", 1, 1e-4), ("tanh(z) + z^2/4", "C_b", 1, 1e-7), ("gelu", "C_W", 1, 1e-10),
    ("gelu", "C_b", 1, 1e-10), ("z^2 - 1", "C_W", -1, 1e-6), ("z^2 - 1", "C_b", -1, 1e-6),
]  # fmt: skip


@pytest.mark.parametrize(("activation", "variance", "side", "delta"), SETTLED)
def test_lengths_at_the_kernel_that_attracts(activation: str, variance: str, side: int, delta: float) -> None:
    own, star = OWN[activation], point(activation)[0]
    (one,) = (d for d in of(activation).detunings if (d.variance, d.side) == (variance, side))
    assert one.kernel is not None and one.norms is not None and one.angles is not None
    bias, weight = _moved(activation, one, delta)
    expected = float(one.kernel(sp.Float(delta)))
    inward = 1.0 if star == 0 else 1.0 if activation == "gelu" else -1.0
    ends = sorted((star + inward * expected / 3, star + inward * expected * 3))
    kernel = _kept(own, bias, weight, *ends)
    assert abs(kernel - star) == pytest.approx(expected, rel=0.02)
    parallel, perpendicular = weight * own.parallel(kernel), weight * own.perpendicular(kernel)
    assert -1 / log(parallel) == pytest.approx(float(one.norms(sp.Float(delta))), rel=0.02)
    assert 1 / abs(log(perpendicular)) == pytest.approx(float(one.angles(sp.Float(delta))), rel=0.02)
    assert one.outcome == ("ordered" if perpendicular < 1 else "chaotic")


@pytest.mark.parametrize("activation", ["tanh", "softsign", "hard_tanh", "relu"])
def test_kernels_collapse_below(activation: str) -> None:
    (one,) = (d for d in of(activation).detunings if (d.variance, d.side) == ("C_W", -1))
    bias, weight = _moved(activation, one, 1e-3)
    assert one.outcome == "collapse" and one.norms is not None
    factor = (bias + weight * OWN[activation].second(1e-14)) / 1e-14
    assert -1 / log(factor) == pytest.approx(float(one.norms(sp.Float(1e-3))), rel=2e-3)


@pytest.mark.parametrize(("variance", "side"), [("C_W", 1), ("C_b", 1)])
def test_kernels_pass_where_none_is_fixed(variance: str, side: int) -> None:
    """z^2 - 1: K' = C_b + C_W (3 K^2 - 2 K + 1)."""
    (one,) = (d for d in of("z^2 - 1").detunings if (d.variance, d.side) == (variance, side))
    bias, weight = _moved("z^2 - 1", one, 1e-7)
    kernel, layers = 0.5, 0
    while kernel < 1.5:
        kernel, layers = bias + weight * (3 * kernel * kernel - 2 * kernel + 1), layers + 1
    assert one.outcome == "passage" and one.passage is not None
    assert layers == pytest.approx(float(one.passage(sp.Float(1e-7))), rel=0.01)


def test_the_rest_of_the_line() -> None:
    up, down, bias = of("relu").detunings
    assert (up.outcome, down.outcome, bias.outcome) == ("explosion", "collapse", "growth")
    assert up.norms is not None and up.norms(sp.Rational(1, 100)) == 100 and bias.norms is None
    assert [d.reason != "" for d in of("hard_tanh").detunings] == [True, False, True]


def test_depth_counts_less_with_a_skip() -> None:
    text = "ptheory 1\ninclude residual\ninclude observables\n"
    block = pt.run_text(text + "with sigma = tanh { set xi = 4/5; consequences }\n").specialised[0].consequences
    assert block is not None and block.found is not None
    (one,) = block.found.situations
    assert one.slope == sp.Rational(246, 625)  # (2/3)(1 - xi^4)
    above, below, _ = block.found.detunings
    assert above.norms is not None and above.norms.coefficient == sp.Rational(25, 9)  # 1/(1 - xi^2)
    assert below.angles is not None and below.angles.coefficient == sp.Rational(25, 9)


@pytest.mark.parametrize(("activation", "slope"), [("tanh", "2/3"), ("z", "2")])
def test_the_slope_at_all_strengths_of_a_skip(activation: str, slope: str) -> None:
    """nu = nu_0 (1 - xi^4), and nu l/n = 1 and 2/25 (n_L = 10) solved for xi."""
    text = f"ptheory 1\ninclude residual\nwith sigma = {activation} {{ consequences depth 40 widths 50 outputs 10 }}\n"
    block = pt.run_text(text).specialised[0].consequences
    assert block is not None and block.skips is not None and block.skips.form is not None
    nu, strength = sp.Rational(slope), sp.Symbol("xi", positive=True)
    assert sp.expand(block.skips.form - nu * (1 - strength**4)) == 0
    assert all(value == nu * (1 - at**4) for at, value in block.skips.rows)
    (one,) = block.skips.balanced
    wanted = [1 - sp.Rational(5, 4) / nu, 1 - sp.Rational(5, 4) * sp.Rational(2, 25) / nu]
    assert one.at_stationary is not None
    for found, fourth in zip((one.at_one, one.at_stationary), wanted, strict=True):
        assert len(found) == int(bool(fourth > 0)) and all(abs(at**4 - fourth) < 1e-6 for at in found)


def test_the_strength_at_which_a_skip_of_relu_is_worst() -> None:
    text = "ptheory 1\ninclude residual\nwith sigma = relu { consequences depth 10 widths 20 }\n"
    block = pt.run_text(text).specialised[0].consequences
    assert block is not None and block.skips is not None and block.skips.form is None
    assert block.skips.largest is not None and abs(block.skips.largest[0] - 0.4488) < 1e-3
    numbers = {float(at): float(value) for at, value in block.skips.rows}
    (strength,) = block.skips.balanced[0].at_one  # nu = 2
    _, values = vertex(
        lambda z: np.maximum(z, 0), lambda z: 1.0 * (z > 0), strength, 2 * (1 - strength**2), 0.0, 1.0, 800, 100
    )
    assert abs((values[799] - values[399]) / 400 - 2) < 1e-3 and abs(numbers[0.5] - 6.49631) < 1e-5


def test_a_skip_whose_strength_is_open_twice_is_asked_for() -> None:
    text = (
        "ptheory 1\ninclude correlators\narchitecture Net {\n weights W[i,j] ~ Normal(0, C_W/n)\n"
        " first z[i;a] = sum(k, W[i,k]*x[k;a])\n layer z[i;a] = xi*z[i;a] + xi*sum(j, W[i,j]*sigma(z[j;a]))\n}\n"
        "with sigma = tanh { consequences }\n"
    )
    with pytest.raises(LanguageError, match="Net needs a value for xi"):
        pt.run_text(text)


# ---- in a file ------------------------------------------------------------------------------------------------


def page(block: str) -> str:
    return shown(f"include mlp\ninclude observables\nwith sigma = {block}\n")


def shown(text: str) -> str:
    """The page of a file on lines as long as they get, and in tables as wide."""
    return to_text(with_page_digits(pt.run_text("ptheory 1\n" + text).report), width=2000)


def test_shapes_and_outputs_are_those_asked_for() -> None:
    text = page("tanh { consequences depth 50 widths 500 1000 outputs 10 }")
    assert "3/25" in text and "n_L" not in text  # 4/((20 + 3*10) 2/3)
    assert "networks of 50 layers" in text and "0.0666667" in text and "0.0333333" in text
    assert "n_L" in page("tanh { consequences }") and "networks of 50" not in page("tanh { consequences }")


def test_learning_rates_that_are_set_are_numbers() -> None:
    block = pt.run_text(
        "ptheory 1\ninclude mlp\ninclude observables\n"
        "with sigma = tanh { set lambda_b = 3, lambda_W = 5; consequences }\n"
    ).specialised[0]
    assert block.consequences is not None and block.consequences.found is not None
    assert [rate.part for rate in block.consequences.found.situations[0].rates] == [3, sp.Rational(5, 2)]


def test_what_there_is_not_is_said() -> None:
    assert "no critical point, no consequences: no critical point is stable" in page("sigmoid { consequences }")
    no_tangent = shown("include mlp\nwith sigma = tanh { consequences }\n")
    assert "no learning rates: no neural tangent kernel" in no_tangent
    gated = shown("include gated\nwith sigma = tanh { set C_U = 1; consequences }\n")
    assert "no consequences are known" in gated and "of several kernels, critical points above zero are not" in gated
    given = page("tanh { set C_b = 1/10; consequences }")
    assert "no critical point, no consequences" in given


OWN_VARIANCES = """architecture Own {
    weights W[i,j] ~ Uniform(0, C_W/n)  rate lambda_W/n
    biases  b[i]   ~ Normal(0, 2*C_b)   rate lambda_b
    first   z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = b[i] + sum(j, W[i,j]*sigma(z[j;a]))
}
"""


def test_variances_in_other_units_and_neurons_that_are_not_gaussian() -> None:
    text = shown(
        f"include mlp\ninclude observables\n{OWN_VARIANCES}with sigma = relu for Own {{ consequences outputs 4 }}\n"
    )
    assert "grow by 2·δ a layer" in text and "n_L" not in text and "not an optimum" not in text
    assert "of neurons that are not Gaussian, given the layers below, the mutual information is not known" in text


def test_names_of_the_file_stand_in_the_tables() -> None:
    names = 'notation { K = "q"  Theta = "\\hat H" }\n'
    result = pt.run_text(
        "ptheory 1\ninclude mlp\ninclude observables\n" + names + "with sigma = gelu { consequences }\n"
    )
    page = to_latex_document(result.report)
    assert (
        r"$q = q^{\star}$" in page
        and r"$q$ tends to $q^{\star}$" in page
        and r"\hat H" in page
        and "K" not in page.split(r"\section*{With")[1].replace("\\K", "")
    )


MISTAKES = [
    ("consequences depth 50", "a shape has a depth and widths", "add widths 500"),
    ("consequences widths 50", "a shape has a depth and widths", "add depth 50"),
    ("consequences outputs 1", "one neuron has no other", "write outputs 2"),
    ("consequences outputs 2 3", "takes one number", None),
    ("consequences networks 5", "consequences has no option networks", "options: depth, widths, outputs"),
    ("consequences depth 5 depth 6", "stands twice", None),
    ("consequences; consequences", "`consequences` stands twice in this block", "keep one of the two"),
]


@pytest.mark.parametrize(("setting", "message", "help"), MISTAKES)
def test_mistakes_are_pointed_at(setting: str, message: str, help: str | None) -> None:
    with pytest.raises(LanguageError, match=message) as caught:
        page(f"tanh {{ {setting} }}")
    assert help is None or str(caught.value.help).startswith(help)
