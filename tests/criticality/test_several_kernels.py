"""Critical points and exponents with a kernel for each of several fields, and where layers further down are read.

Recursions of K, V and G1 are written out by hand, iterated in doubles with Gauss-Hermite averages and extrapolated to
infinite depth with corrections in 1/l and log l/l; whole towers are held against those of plain networks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest
import sympy as sp

import ptheory as pt
from ptheory.criticality.universality import Classification
from ptheory.language.errors import LanguageError

DENSE = """ptheory 1
include mlp
include observables
include correlators
architecture Dense {
    weights W[i,j] ~ Normal(0, C_W/n)   rate lambda_W/n
    weights R[i,j] ~ Normal(0, C_R/n)   rate lambda_W/n
    biases  b[i]   ~ Normal(0, C_b)     rate lambda_b
    first   z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = b[i] + sum(j, W[i,j]*sigma(z[j;a])) + sum(j, R[i,j]*sigma(prev(z[j;a])))
}
"""
INTERLEAVED = """ptheory 1
architecture Interleaved {
    weights A[i,j] ~ Normal(0, C_A/n)   rate lambda_A/n
    weights B[i,j] ~ Normal(0, C_B/n)   rate lambda_B/n
    biases  b[i]   ~ Normal(0, C_b)
    first   y[i;a] = b[i] + sum(k, A[i,k]*x[k;a])
    first   z[i;a] = sum(k, B[i,k]*x[k;a])
    layer   y[i;a] = b[i] + sum(j, A[i,j]*sigma(z[j;a]))
    layer   z[i;a] = sum(j, B[i,j]*tau(y[j;a]))
}
define G_y by E[y1 y2]_c = d12 G_y[1,2]
define G_z by E[z1 z2]_c = d12 G_z[1,2]
define V_y by E[y1 y2 y3 y4]_c = (d12 d34 V_y[1,2,3,4] + d13 d24 V_y[1,3,2,4] + d14 d23 V_y[1,4,2,3]) / n
define V_yz, S_yz by E[y1 y2 z3 z4]_c = (d12 d34 V_yz[1,2,3,4] + d13 d24 S_yz[1,3,2,4] + d14 d23 S_yz[1,4,2,3]) / n
"""
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(80)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def classified(text: str, block: str) -> Classification:
    (task,) = pt.run_text(f"{text}{block}\n").specialised
    found = task.classification
    assert isinstance(found, Classification)
    return found


def growths(found: Classification, scheme: int = 0) -> dict[str, tuple[sp.Expr, sp.Expr]]:
    """(power of l, amplitude) by name, at fixed rates or at those of the equivalence principle."""
    return {growth.name: (growth.power, growth.amplitude) for growth in found.tower[scheme].growths}


def mean(function: Callable[[np.ndarray], np.ndarray], kernel: float) -> float:
    return float(WEIGHTS @ function(np.sqrt(kernel) * NODES))


At = Callable[[float], tuple[float, float, float, float]]
"""Of C σ² at a kernel: its mean, the first two derivatives of that by K, and its variance."""


def tanh(weight: float) -> At:
    def at(kernel: float) -> tuple[float, float, float, float]:
        squares = np.tanh(np.sqrt(kernel) * NODES) ** 2
        mean = float(WEIGHTS @ squares)
        slope = float(WEIGHTS @ (2 - 8 * squares + 6 * squares**2)) / 2
        curvature = float(WEIGHTS @ (-16 + 136 * squares - 240 * squares**2 + 120 * squares**3)) / 4
        variance = float(WEIGHTS @ squares**2) - mean**2
        return weight * mean, weight * slope, weight * curvature, weight**2 * variance

    return at


def relu(weight: float) -> At:
    """<relu²> = <z²>/2 and <relu⁴> = <z⁴>/2."""
    return lambda kernel: (weight * kernel / 2, weight / 2, 0.0, weight**2 * kernel**2 * 5 / 4)


def at_infinity(values: Mapping[int, float]) -> float:
    """a of a + b/l + c log(l)/l through three depths."""
    depths = np.array(sorted(values), dtype=float)
    system = np.stack([np.ones(3), 1 / depths, np.log(depths) / depths], axis=1)
    return float(np.linalg.solve(system, [values[int(d)] for d in depths])[0])


def dense(near: At, far: At, depths: tuple[int, ...], start: float = 1.0) -> dict[str, dict[int, float]]:
    """Ĝ' = ψ(z) + χ, χ' = ψ̃(z), of which V, A and B are the covariances, by hand; G1 and H1 the means at 1/n."""
    found: dict[str, dict[int, float]] = {"K": {}, "V": {}, "G1": {}}
    k, h, v, a, b, g1, h1 = start, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for layer in range(1, max(depths) + 1):
        if layer in depths:
            found["K"][layer], found["V"][layer], found["G1"][layer] = k * layer, v / k**2 / layer, g1 / k / layer
        (m0, s0, c0, n0), (m1, s1, c1, n1) = near(k), far(k)
        v, a, b, g1, h1, k, h = (
            s0**2 * v + 2 * s0 * a + b + n0,
            s0 * s1 * v + s1 * a + np.sqrt(n0 * n1),
            s1**2 * v + n1,
            s0 * g1 + c0 * v / 2 + h1,
            s1 * g1 + c1 * v / 2,
            m0 + h,
            m1,
        )
    return found


DEPTHS = (5000, 10000, 20000)


def test_a_densely_connected_network_by_hand() -> None:
    found = growths(classified(DENSE, "with sigma = tanh for Dense { set C_R = 1/3 critical exponents V, G1 }"))
    by_hand = dense(tanh(2 / 3), tanh(1 / 3), DEPTHS)
    assert found["K"] == (-1, sp.Rational(2, 3)) and at_infinity(by_hand["K"]) == pytest.approx(2 / 3, rel=1e-6)
    assert found["V/(nK^2)"] == (1, sp.Rational(3, 8)) and at_infinity(by_hand["V"]) == pytest.approx(3 / 8, rel=1e-5)
    assert found["G1/(nK)"] == (1, -sp.Rational(3, 16))
    assert at_infinity(by_hand["G1"]) == pytest.approx(-3 / 16, rel=1e-5)


NETWORKS = {64: 80_000, 128: 40_000, 256: 20_000}


def simulated(sigma: Callable[[np.ndarray], np.ndarray], near: float, far: float, depth: int) -> tuple[float, float]:
    """n Var(Ĝ) in a layer of networks drawn anew, extrapolated to infinite width by a parabola in 1/n; its standard
    error. Given the layers below neurons are Gaussian, with one covariance."""
    random, found = np.random.default_rng(7), []
    for width, networks in NETWORKS.items():
        z, below = np.sqrt(0.5) * random.standard_normal((networks, width)), np.zeros((networks, 1))
        for _ in range(depth - 1):
            square = np.mean(sigma(z) ** 2, axis=1, keepdims=True)
            covariance, below = near * square + below, far * square
            z = np.sqrt(covariance) * random.standard_normal((networks, width))
        parts = width * np.var(covariance.reshape(20, -1), axis=1, ddof=1)
        found.append((np.mean(parts), np.std(parts, ddof=1) / np.sqrt(20)))
    powers = np.array([[1, 1 / width, 1 / width**2] for width in NETWORKS])
    weights = np.linalg.inv(powers)[0]
    value = sum(w * mean for w, (mean, _) in zip(weights, found, strict=True))
    return float(value), float(np.sqrt(sum((w * error) ** 2 for w, (_, error) in zip(weights, found, strict=True))))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sigma", "near", "far"),
    [(np.tanh, tanh(2 / 3), tanh(1 / 3)), (lambda z: np.maximum(z, 0), relu(1), relu(1))],
)
def test_networks_drawn_at_random(sigma: Callable[[np.ndarray], np.ndarray], near: At, far: At) -> None:
    """V in layer 8 of densely connected networks, against the recursion by hand from the same first layer."""
    is_tanh = sigma is np.tanh
    value, error = simulated(sigma, 2 / 3 if is_tanh else 1, 1 / 3 if is_tanh else 1, 8)
    by_hand = dense(near, far, (8,), start=0.5)
    expected = by_hand["V"][8] * 8 * (by_hand["K"][8] / 8) ** 2
    assert abs(value - expected) < 4 * error and error < 0.06 * expected, (value, error, expected)


def test_a_densely_connected_network_of_relu_by_hand() -> None:
    found = classified(DENSE, "with sigma = relu for Dense { set C_W = 1 critical exponents V, G1 }")
    assert found.label == "scale-invariant"
    assert growths(found)["V/(nK^2)"] == (1, sp.Rational(20, 9)) and growths(found)["G1"] == (0, 0)
    by_hand = dense(relu(1), relu(1), DEPTHS)
    assert at_infinity(by_hand["V"]) == pytest.approx(20 / 9, rel=1e-9)


def interleaved(first: At, second: At, depths: tuple[int, ...]) -> dict[str, dict[int, float]]:
    """K, V and G1 of y, made of z by ``first``; those of z, made of y by ``second``."""
    found: dict[str, dict[int, float]] = {"K": {}, "V": {}, "G1": {}}
    y, z = [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]
    for layer in range(1, max(depths) + 1):
        if layer in depths:
            found["K"][layer], found["V"][layer], found["G1"][layer] = (
                y[0] * layer,
                y[1] / y[0] ** 2 / layer,
                y[2] / y[0] / layer,
            )
        y, z = (
            [mean, slope**2 * below[1] + noise, slope * below[2] + curvature * below[1] / 2]
            for (mean, slope, curvature, noise), below in ((first(z[0]), z), (second(y[0]), y))
        )
    return found


def test_layers_of_two_kinds_in_turn_by_hand() -> None:
    """tanh and relu: each layer adds (2 + 5)/2 on average, a third of which stays where K falls as 1/l."""
    block = "with sigma = tanh, tau = relu for Interleaved { set C_A = 1 critical exponents G_z, V_y, V_yz, G_y1 }"
    result = classified(INTERLEAVED, block)
    found, by_hand = growths(result), interleaved(tanh(1), relu(2), DEPTHS)
    assert found["K_y"] == found["K_z"] == (-1, 1) and at_infinity(by_hand["K"]) == pytest.approx(1, rel=1e-6)
    assert found["V_y/(nK_y^2)"] == (1, sp.Rational(7, 6)) and at_infinity(by_hand["V"]) == pytest.approx(
        7 / 6, rel=1e-5
    )
    assert found["G_y1/(nK_y)"] == (1, -sp.Rational(7, 12)) and at_infinity(by_hand["G1"]) == pytest.approx(
        -7 / 12, rel=1e-5
    )
    assert found["V_yz"] == (0, 0)  # the two chains of layers have nothing in common
    assert result.exponents["p_perp"] == 1 and result.exponents["p_par"] == 2


BLOCK = """ptheory 1
include observables
architecture Block {
    weights U[i,j] ~ Normal(0, C_U/n)   rate lambda_U/n
    weights W[i,j] ~ Normal(0, C_W/n)   rate lambda_W/n
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    first   y[i;a] = sum(k, U[i,k]*x[k;a])
    layer   z[i;a] = xi*prev(z[i;a]) + sum(j, W[i,j]*sigma(y[j;a]))
    layer   y[i;a] = sum(j, U[i,j]*sigma(z[j;a]))
}
define G by E[z1 z2]_c = d12 G[1,2]
define Theta by E[H12] = d12 Theta[1,2]
"""


def test_a_skip_around_two_layers_by_hand() -> None:
    """z'' = xi z + W tanh(U tanh(z)): the kernels and the mean tangent kernel, in pairs of layers."""
    found = growths(
        classified(BLOCK, "with sigma = tanh for Block { set xi = 1/2, C_U = 1 critical exponents G, Theta }")
    )
    inner, outer = tanh(1), tanh(3 / 4)
    kernel, tangent = 1.0, 1.0
    kernels, tangents = {}, {}
    for pair in range(1, DEPTHS[-1] // 2 + 1):
        below, _, _, _ = inner(kernel)
        slope, steeper = (_slope_of_tanh(k) for k in (kernel, below))  # <σ'²> of either layer
        mean = outer(below)[0]
        tangent = tangent / 4 + mean / (3 / 4) + 3 / 4 * steeper * (inner(kernel)[0] + slope * tangent)
        kernel = kernel / 4 + mean
        if 2 * pair in DEPTHS:
            kernels[2 * pair], tangents[2 * pair] = kernel * 2 * pair, tangent
    assert found["K"] == (-1, sp.Rational(2, 3)) and at_infinity(kernels) == pytest.approx(2 / 3, rel=1e-5)
    power, amplitude = found["Theta"]
    assert power == 0 and amplitude.subs({s: 1 for s in amplitude.free_symbols}) == sp.Rational(7, 12)
    assert at_infinity(tangents) == pytest.approx(7 / 12, rel=1e-5)


def _slope_of_tanh(kernel: float) -> float:
    return float(WEIGHTS @ (1 - np.tanh(np.sqrt(kernel) * NODES) ** 2) ** 2)


def test_skips_from_both_layers_are_correlated() -> None:
    text = BLOCK.replace("xi*prev(z[i;a])", "xi*prev(z[i;a]) + z[i;a]/3")
    result = pt.run_text(f"{text}with sigma = tanh for Block {{ set xi = 1/2, C_U = 1 critical }}\n")
    assert "are correlated: criticality of several kernels is for fields made with" in " ".join(
        str(result.report).split()
    )


@pytest.mark.parametrize(
    ("text", "block", "digits"),
    [
        (DENSE, "with sigma = tanh for Dense { set C_R = 1/3 critical exponents V, G1, Theta, D, F, A, B", 8),
        (DENSE, "with sigma = relu for Dense { set C_W = 1 critical exponents V, Theta, D, F, A, B", 10),
        (INTERLEAVED, "with sigma = tanh, tau = relu { set C_A = 1 critical exponents G_z, V_y, G_y1", 3),
    ],
)
def test_recursions_iterated(text: str, block: str, digits: int) -> None:
    (verdict,) = pt.run_text(f"{text}{block} check by iteration depth 20000 }}\n").verdicts
    assert verdict.kind.value == "checked" and verdict.digits is not None and verdict.digits >= digits


def test_an_iteration_that_has_nothing_to_tend_to() -> None:
    with pytest.raises(LanguageError, match="towards zero and on lines"):
        pt.run_text(f"{DENSE}with sigma = gelu for Dense {{ set C_W = 1 critical check by iteration }}\n")
    with pytest.raises(LanguageError, match="no critical point to whose laws"):
        pt.run_text(f"{GATED}with sigma = sigmoid for Gated {{ set C_W = 1 critical check by iteration }}\n")


FIRST = "V, G1, Theta, D, F, A, B"
TOWER = f"{FIRST}, P, Q, R, S, T, U"


@pytest.mark.parametrize(
    ("sigma", "far", "asked"),
    [("tanh", "1/3", TOWER), ("sin", "1/2", FIRST), ("softsign", "1/4", FIRST), ("z - z^5/7", "2/5", FIRST)],
)
def test_a_densely_connected_network_is_a_plain_one_of_another_shape(sigma: str, far: str, asked: str) -> None:
    """What comes from further down comes later: a layer counts as 1/(1 + C_R), and so does a neuron's share of 1/n.

    Whatever grows as l/n has (1 + C_R)^-2 times the amplitude of the network that reads one layer.
    """
    share = 1 / (1 + sp.Rational(far))
    block = f"with sigma = {sigma} for {{name}} {{{{ {{set}} critical exponents {asked} }}}}"
    of_delayed = classified(DENSE, block.format(name="Dense", set=f"set C_R = {far}"))
    of_plain = classified(DENSE, block.format(name="MLP", set=""))
    assert [scheme.powers for scheme in of_delayed.tower] == [scheme.powers for scheme in of_plain.tower]
    equivalent = growths(of_delayed, 1)
    for name, (power, amplitude) in growths(of_plain, 1).items():
        if "/(n" in name and power == 1 and not (amplitude.free_symbols | equivalent[name][1].free_symbols):
            assert sp.simplify(equivalent[name][1] - share**2 * amplitude) == 0, name
    delayed, plain = growths(of_delayed), growths(of_plain)
    ratios = [name for name in plain if "/(n" in name and plain[name][1] != 0]
    assert len(ratios) >= 6
    for name in ratios:
        power, amplitude = plain[name]
        assert delayed[name][0] == power
        assert sp.simplify(delayed[name][1] - share**2 * amplitude) == 0 or power != 1, name
    assert {name for name, (power, _) in plain.items() if power == 1 and "/(n" in name} >= {"V/(nK^2)"}


def test_above_zero_the_depth_counts_by_what_is_read_there() -> None:
    """GELU: N of a layer times the square of the share 1/(1 + C_R <σσ>'/...), and K - K* later by it."""
    found = classified(DENSE, "with sigma = gelu for Dense { set C_W = 1 critical exponents V }")
    plain = classified(DENSE, "with sigma = gelu for MLP { critical exponents V, Theta }")
    (point,) = [p for p in found.critical_points if p.K_star]
    (own,) = [p for p in plain.critical_points if p.K_star]
    assert point.K_star == own.K_star and abs(sp.N(point.C_b - own.C_b, 25)) < 1e-20
    share = 1 / (1 + (own.C_W - 1) / own.C_W)
    assert found.exponents["p_perp"] == pytest.approx(float(sp.N(plain.exponents["p_perp"])), rel=1e-12)
    amplitude = growths(plain)["V/(nK^2)"][1]
    assert float(growths(found)["V/(nK^2)"][1]) == pytest.approx(float(share**2 * amplitude), rel=1e-12)
    assert float(found.amplitudes["K - K*"]) == pytest.approx(float(plain.amplitudes["K - K*"] / share), rel=1e-12)


GATED = "ptheory 1\ninclude gated\n"


def test_gated_networks() -> None:
    """K' = C_U <σ(u)²> K: a gate that closes as exp(-z²/2) has <σ²> = (1 + 2K)^(-1/2)."""
    found = classified(GATED, "with sigma = exp(-z^2/2) for Gated { set C_W = 1 critical exponents G_u, G_v }")
    assert found.label == "K*=0" and growths(found)["K_u"] == growths(found)["K_v"] == (-1, 1)
    assert found.critical_points[0].certificate.endswith("at C_U = 1; K_v/K_u -> 1")
    opening = classified(GATED, "with sigma = sigmoid for Gated { set C_W = 1 critical }")
    assert opening.label == "none" and opening.critical_points[0].stability == "unstable"


@pytest.mark.parametrize(
    ("text", "block", "said"),
    [
        (INTERLEAVED, "with sigma = tanh, tau = relu { critical }", "C_A and C_B are not set, and one hyperparameter"),
        (DENSE, "with sigma = tanh for Dense { critical }", "C_W and C_R are in variances of weights"),
    ],
)
def test_what_is_tuned_is_one_hyperparameter(text: str, block: str, said: str) -> None:
    with pytest.raises(LanguageError, match=said):
        pt.run_text(f"{text}{block}\n")


@pytest.mark.parametrize(
    ("text", "block", "said"),
    [
        (
            INTERLEAVED,
            "with sigma = tanh, tau = relu { set C_A = 1, C_B = 3 critical }",
            "by a factor 1.22474 per layer",
        ),
        (
            INTERLEAVED,
            "with sigma = tanh, tau = relu { set C_A = 1, C_b = 1/10 critical }",
            "K_y' = 1/10 where all kernels",
        ),
        (INTERLEAVED, "with sigma = tanh, tau = cos { set C_A = 1 critical }", "where all kernels are zero"),
        (GATED, "with sigma = tanh { set C_W = 1 critical }", "critical points above zero are not searched for"),
        (
            DENSE.replace("sigma(prev(z[j;a]))", "sigma(z[j;a] + prev(z[j;a]))"),
            "with sigma = tanh for Dense { set C_R = 1 critical }",
            "otherwise than",
        ),
    ],
)
def test_what_is_not_known_is_said(text: str, block: str, said: str) -> None:
    result = pt.run_text(f"{text}{block}\n")
    (task,) = result.specialised
    report = str(result.report)
    assert task.classification is None and "class: undecided" in report
    assert said in " ".join(report.split())


@pytest.mark.parametrize(
    ("sigma", "given", "slope", "parts"),
    [
        ("tanh", "C_R = 1/3", sp.Rational(3, 8), {"lambda_b": (-1, 0, "3/4"), "lambda_W": (0, 0, "1")}),
        ("relu", "C_W = 1", sp.Rational(20, 9), {"lambda_b": (0, -1, "2/3"), "lambda_W": (0, -1, "2*K/3")}),
    ],
)
def test_consequences(sigma: str, given: str, slope: sp.Expr, parts: Mapping[str, tuple[int, int, str]]) -> None:
    """1/nu, and learning rates: of biases a layer has the share 1/(1 + C_R ...) of the plain network's, and W and R
    read as much of it each as their variances say."""
    (task,) = pt.run_text(f"{DENSE}with sigma = {sigma} for Dense {{ set {given} consequences }}\n").specialised
    assert task.consequences is not None and task.consequences.found is not None
    (situation,) = task.consequences.found.situations
    assert situation.slope == slope and situation.aspect_ratio == 1 / slope
    found = {one.rate: (one.layer, one.depth, sp.sstr(one.part)) for one in situation.rates}
    assert found == parts


def test_consequences_above_zero() -> None:
    (task,) = pt.run_text(f"{DENSE}with sigma = gelu for Dense {{ set C_W = 1 consequences }}\n").specialised
    assert task.consequences is not None and task.consequences.found is not None
    (situation,) = task.consequences.found.situations
    assert situation.kernel == "K = K*" and float(situation.slope) == pytest.approx(2.19212446, rel=1e-6)


BESIDE = """ptheory 1
architecture Beside {
    weights A[i,j] ~ Normal(0, C_A/n)
    weights B[i,j] ~ Normal(0, C_B/n)
    weights D[i,j] ~ Normal(0, C_D/n)
    first   y[i;a] = sum(k, A[i,k]*x[k;a])
    first   w[i;a] = sum(k, B[i,k]*x[k;a])
    layer   y[i;a] = sum(j, A[i,j]*sigma(y[j;a]))
    layer   w[i;a] = sum(j, B[i,j]*sigma(w[j;a])) + sum(j, D[i,j]*sigma(y[j;a]))
}
define G_y by E[y1 y2]_c = d12 G_y[1,2]
define G_w by E[w1 w2]_c = d12 G_w[1,2]
define V_y by E[y1 y2 y3 y4]_c = (d12 d34 V_y[1,2,3,4] + d13 d24 V_y[1,3,2,4] + d14 d23 V_y[1,4,2,3]) / n
define V_w by E[w1 w2 w3 w4]_c = (d12 d34 V_w[1,2,3,4] + d13 d24 V_w[1,3,2,4] + d14 d23 V_w[1,4,2,3]) / n
"""


def test_a_field_that_is_driven_and_one_that_dies_out() -> None:
    """K_w' = K_w/2 + K_y/3 follows K_y at 2/3 of it; without what drives it, it is gone."""
    found = growths(
        classified(BESIDE, "with sigma = tanh { set C_B = 1/2, C_D = 1/3 critical exponents G_w, V_w, V_y }")
    )
    assert found["K_w"] == (-1, sp.Rational(1, 3)) and found["V_w"] == (-1, sp.Rational(2, 27))
    assert found["V_w/(nK_w^2)"] == found["V_y/(nK_y^2)"] == (1, sp.Rational(2, 3))
    alone = classified(BESIDE, "with sigma = tanh { set C_A = 1, C_B = 1/2, C_D = 0 critical exponents G_w, V_y }")
    assert growths(alone)["V_y/(nK_y^2)"] == (1, sp.Rational(2, 3)) and "K_w" not in growths(alone)
    assert any(line.startswith("K_w (fixed rates): it shrinks faster") for line in alone.evidence)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("C_A = 1, C_B = 1, C_D = 0", "two of its combinations keep their size"),
        ("C_A = 1/2, C_D = 1/3", "at C_B = 1 near zero K_y shrinks exponentially while another kernel stays"),
    ],
)
def test_two_kernels_that_stay_are_not_one(given: str, said: str) -> None:
    report = str(pt.run_text(f"{BESIDE}with sigma = tanh {{ set {given} critical }}\n").report)
    assert "class: undecided" in report and said in " ".join(report.split())


RING = """ptheory 1
architecture Ring {
    weights A[i,j] ~ Normal(0, C_A/n)
    weights B[i,j] ~ Normal(0, s^2/n)
    weights D[i,j] ~ Normal(0, C_D/n)
    first   y[i;a] = sum(k, A[i,k]*x[k;a])
    first   w[i;a] = sum(k, B[i,k]*x[k;a])
    first   z[i;a] = sum(k, D[i,k]*x[k;a])
    layer   y[i;a] = 2*sum(j, A[i,j]*sigma(z[j;a]))
    layer   w[i;a] = sum(j, B[i,j]*tau(y[j;a]))
    layer   z[i;a] = sum(j, D[i,j]*rho(w[j;a]))
}
define G_y by E[y1 y2]_c = d12 G_y[1,2]
define V_y by E[y1 y2 y3 y4]_c = (d12 d34 V_y[1,2,3,4] + d13 d24 V_y[1,3,2,4] + d14 d23 V_y[1,4,2,3]) / n
"""


def test_three_kinds_of_layers_with_a_kink_that_counts() -> None:
    """4 C_A <tanh²>, s² <relu²>, C_D <softsign²>: C_D s²/2 4 C_A = 1, and softsign alone moves K, by K^(3/2)."""
    block = "with sigma = tanh, tau = relu, rho = softsign { set C_A = 1/2, C_D = 1 critical exponents V_y, G_y1 }"
    found = classified(RING, block)
    assert found.label == "K*=0, half-integer" and found.exponents["p_0"] == 2
    assert growths(found)["V_y/(nK_y^2)"] == (1, 1)  # (2 + 5 + 2)/3 from each layer, a third of which is left
    assert growths(found)["G_y1/(nK_y)"] == (1, -sp.Rational(3, 8))
    kernel, depth = 1.0, 9_000
    for _ in range(depth // 3):
        w = kernel / 2
        z = _mean_of_softsign(w)
        kernel = 2 * float(WEIGHTS @ np.tanh(np.sqrt(z) * NODES) ** 2)
    assert found.amplitudes["K_y"] == 9 * sp.pi / 4
    assert kernel * depth**2 == pytest.approx(9 * np.pi / 4, rel=0.02)  # corrections are log l/l


GRID = np.linspace(0, 12, 6_001)
DENSITY = np.exp(-(GRID**2) / 2) * 2 / np.sqrt(2 * np.pi) * (GRID[1] - GRID[0])


def _mean_of_softsign(kernel: float) -> float:
    z = np.sqrt(kernel) * GRID
    return float(DENSITY @ (z / (1 + z)) ** 2)
