"""`angle`: where correlations go and how fast, against maps written down by hand and iterated in plain floats."""

import math

import mpmath
import numpy as np
import pytest

import ptheory as pt
from ptheory.language.errors import LanguageError

HEAD = "ptheory 1\ninclude mlp\ninclude residual\n"
NODES = np.linspace(-9, 9, 145)  # the trapezoid rule: errors far below doubles for functions with poles at i pi/2
WEIGHTS = np.exp(-(NODES**2) / 2) / np.exp(-(NODES**2) / 2).sum()


def angles(block, head=HEAD):
    (found,) = pt.run_text(f"{head}with sigma = {block}\n").specialised
    return found.angles


def relu_map(c):
    return (math.sqrt(max(0.0, 1 - c * c)) + (math.pi - math.acos(c)) * c) / math.pi


def smooth_layer(sigma, bias, weight, kernel, cross):
    """(K', K12') by a product rule."""
    u = np.sqrt(kernel) * NODES[:, None]
    c = cross / kernel
    v = np.sqrt(kernel) * (c * NODES[:, None] + math.sqrt(1 - c * c) * NODES[None, :])
    both = WEIGHTS[:, None] * WEIGHTS[None, :]
    one = (WEIGHTS * sigma(u[:, 0]) ** 2).sum()
    return bias + weight * float(one), bias + weight * float((both * sigma(u) * sigma(v)).sum())


def extrapolated(values, layers):
    """The limit of a + b/l + d/l^2 through the last three."""
    rows = np.array([[1, 1 / layer, 1 / layer**2] for layer in layers[-3:]])
    return np.linalg.solve(rows, np.array(values[-3:]))[0]


# ---- at a kernel that stays ---------------------------------------------------------------------------------------


def test_relu_layer_by_layer_and_at_large_depth():
    found = angles("relu { angle from 0, 1/2 depth 50 }")
    for path in found.paths:
        c = float(path.start)
        for layer, ours in enumerate(path.correlations, start=1):
            assert float(ours) == pytest.approx(c, abs=1e-13), layer
            c = relu_map(c)
        assert path.limit == 1
    (one,) = found.found.fixed
    assert str(one.law.exact) == "9*pi**2/2" and one.law.power == 2
    mpmath.mp.dps = 30
    try:
        distances, layers, c = [], [], mpmath.mpf(0)
        for layer in range(1, 40001):
            if layer in (10000, 20000, 40000):
                distances.append(float((1 - c) * layer**2))
                layers.append(layer)
            c = (mpmath.sqrt(1 - c * c) + (mpmath.pi - mpmath.acos(c)) * c) / mpmath.pi
    finally:
        mpmath.mp.dps = 15
    amplitude = 4.5 * math.pi**2  # what is left falls as log(l)/l
    gaps = [1 - distance / amplitude for distance in distances]
    assert gaps[2] < 1e-3 and gaps[1] / gaps[2] == pytest.approx(2, abs=0.15)


@pytest.mark.parametrize(("bias", "weight", "start"), [(0.05, 2.0, "0"), (0.05, 2.0, "9/10"), (0.1, 1.0, "1/2")])
def test_erf_flows_to_its_correlation_with_the_amplitude(bias, weight, start):
    """K12' = C_b + C_W (2/pi) asin(2 K12/(1 + 2 K)), iterated until doubles say no more."""
    found = angles(f"erf {{ set C_b = {bias}, C_W = {weight}; angle from {start} depth 4 }}")
    (path,) = found.paths
    mpmath.mp.dps = 40
    try:
        bias, weight = mpmath.mpf(str(bias)), mpmath.mpf(str(weight))

        def after(kernel, cross):
            return bias + weight * 2 / mpmath.pi * mpmath.asin(2 * cross / (1 + 2 * kernel))

        kernel = mpmath.findroot(lambda k: after(k, k) - k, 0.9 if weight > 1 else 0.4)
        star = mpmath.mpf(1) if weight < 2 else mpmath.findroot(lambda c: after(kernel, c * kernel) / kernel - c, 0.43)
        slope = mpmath.diff(lambda c: after(kernel, c * kernel) / kernel, star)
        c, layer = mpmath.mpf(eval_fraction(start)), 1
        while abs(c - star) > 1e-12:
            c, layer = after(kernel, c * kernel) / kernel, layer + 1
        amplitude = (c - star) / slope**layer
    finally:
        mpmath.mp.dps = 15
    (stable,) = [one for one in found.found.fixed if one.stability == "stable"]
    assert float(stable.correlation) == pytest.approx(float(star), abs=1e-14)
    assert float(stable.slope) == pytest.approx(float(slope), abs=1e-14)
    assert float(path.limit) == pytest.approx(float(star)) and float(path.amplitude) == pytest.approx(
        float(amplitude), rel=1e-7
    )


def eval_fraction(text):
    top, _, bottom = text.partition("/")
    return mpmath.mpf(top) / (int(bottom) if bottom else 1)


def test_a_slope_that_jumps_has_half_powers_and_its_amplitude_all_the_same():
    """ReLU in the ordered phase: 1 - c' = chi (1 - c) - B (1 - c)^(3/2) + ..."""
    found = angles("relu { set C_b = 1/10, C_W = 1; angle from 1/2 depth 3 }")
    (path,) = found.paths
    mpmath.mp.dps = 40
    try:
        c, layer = mpmath.mpf(1) / 2, 1
        while 1 - c > mpmath.mpf(10) ** -24:
            c = (1 + (mpmath.sqrt(1 - c * c) + (mpmath.pi - mpmath.acos(c)) * c) / mpmath.pi) / 2
            layer += 1
        amplitude = (c - 1) * mpmath.mpf(2) ** layer
    finally:
        mpmath.mp.dps = 15
    assert float(path.amplitude) == pytest.approx(float(amplitude), rel=1e-8)


def test_tanh_in_the_ordered_phase_to_the_last_layers():
    found = angles("tanh { set C_b = 1/10, C_W = 1; angle from 1/2 depth 30 }")
    (path,) = found.paths
    kernel = 0.3
    for _ in range(400):
        kernel, _ = smooth_layer(np.tanh, 0.1, 1.0, kernel, 0.0)
    c = 0.5
    for ours in path.correlations:
        assert float(ours) == pytest.approx(c, abs=1e-12)
        c = smooth_layer(np.tanh, 0.1, 1.0, kernel, c * kernel)[1] / kernel
    # against the law, far below what doubles tell from one
    tail = [1 - value for value in path.correlations[-2:]]
    (one,) = found.found.fixed
    assert float(tail[1] / tail[0]) == pytest.approx(float(one.slope), rel=1e-4)
    assert float(-path.amplitude * one.slope**30) == pytest.approx(float(tail[1]), rel=1e-4)


def test_functions_that_jump_and_odd_ones():
    found = angles("sign { set C_b = 0, C_W = 1; angle from 1/2 depth 3 }")
    assert [(float(one.correlation), one.stability) for one in found.found.fixed] == [
        (-1, "unstable"), (0, "stable"), (1, "unstable")
    ]  # fmt: skip
    assert float(found.paths[0].correlations[2]) == pytest.approx(2 / math.pi * math.asin(2 / math.pi * math.asin(0.5)))


def test_the_half_stable_kernel_and_the_edge_at_a_kernel():
    found = angles("gelu { angle from 0 depth 4 }")
    assert str(found.found.kernel) == "3/2 + sqrt(17)/2"
    (one,) = found.found.fixed
    kernel = (3 + math.sqrt(17)) / 2

    def average(f):
        nodes, weights = np.polynomial.hermite_e.hermegauss(120)
        return float((weights / weights.sum() * f(math.sqrt(kernel) * nodes)).sum())

    density = lambda z: np.exp(-z * z / 2) / math.sqrt(2 * math.pi)  # noqa: E731
    normal = lambda z: 0.5 * (1 + np.array([math.erf(x / math.sqrt(2)) for x in z]))  # noqa: E731
    first = average(lambda z: (normal(z) + z * density(z)) ** 2)
    second = average(lambda z: ((2 - z * z) * density(z)) ** 2)
    assert float(one.law.amplitude) == pytest.approx(2 * first / (kernel * second), rel=1e-9)
    edge = angles("tanh { set K = 1; critical; angle from 1/2 depth 2 }")
    assert edge.found.kernel == 1 and edge.found.fixed[0].law.power == 1


# ---- where kernels go to zero -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["tanh", "sin"])
def test_odd_functions_keep_an_angle(name):
    """c -> m, c - m -> m (1 - m^2)/(6 l), by iterating both kernels to layer 1600."""
    found = angles(f"{name} {{ angle from 1/2 depth 12 }}")
    (path,) = found.paths
    kernel, cross, values, layers = 1.0, 0.5, [], []
    for layer in range(1, 1601):
        if layer <= 12:
            assert float(path.correlations[layer - 1]) == pytest.approx(cross / kernel, abs=1e-13)
            assert float(found.found.kernels[layer - 1]) == pytest.approx(kernel, abs=1e-13)
        if layer in (400, 800, 1600):
            values.append(cross / kernel)
            layers.append(layer)
        kernel, cross = smooth_layer(getattr(np, name), 0.0, 1.0, kernel, cross)
    limit = extrapolated(values, layers)
    assert float(path.limit) == pytest.approx(limit, abs=2e-6)
    m = float(path.limit)
    slopes = [(value - m) * layer for value, layer in zip(values, layers, strict=True)]
    assert slopes[-1] == pytest.approx(m * (1 - m * m) / 6, rel=0.02)
    (law,) = found.found.tending
    assert law.power == 1 and str(law.amplitude) == "c*(1 - c**2)/6"


def test_functions_without_parity_end_at_sixty_degrees():
    """sigma = z + z^2/4 - z^3/10 in exact moments: c - 1/2 falls as l^(-5/33)."""
    found = angles("z + z^2/4 - z^3/10 { angle from 0, 9/10 depth 5 }")
    assert [(str(one.correlation), one.stability, str(one.power)) for one in found.found.tending] == [
        ("1/2", "stable", "5/33"), ("1", "unstable", "-5/33")
    ]  # fmt: skip
    assert all(path.limit == 0.5 for path in found.paths)

    def after(k, x):
        """<sigma sigma> from <z1 z2>, <z1^2 z2^2>, <z1^3 z2>, <z1^3 z2^3>."""
        return x + (k * k + 2 * x * x) / 16 - 0.6 * k * x + (9 * k * k * x + 6 * x**3) / 100

    kernel, cross, seen = 1.0, 0.0, {}
    for layer in range(1, 100001):
        if layer <= 5:
            assert float(found.paths[0].correlations[layer - 1]) == pytest.approx(cross / kernel, abs=1e-14)
        if layer in (50000, 100000):
            distance = cross / kernel - 0.5
            seen[layer] = distance / (1 - 2 * distance)  # g_1 = (1/16) (2 d) (d - 1/2), integrated
        kernel, cross = after(kernel, kernel), after(kernel, cross)
    assert math.log(seen[100000] / seen[50000]) / math.log(2) == pytest.approx(-5 / 33, abs=2e-4)


# ---- what cannot be had -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("relu { set C_b = 0, C_W = 3; angle }", "K grows without end"),
        ("sin { set C_b = 0, C_W = 1/2; angle }", "K* = 0 attracts exponentially"),
        ("softplus { angle }", "no critical point that attracts"),
        ("tanh { set K = 1, C_b = 0; critical; angle }", "K is given beside C_b"),
    ],
)
def test_there_is_no_angle(block, said):
    found = angles(block)
    assert said in found.found and found.to_json()["none"] == found.found


def test_what_moves_beyond_all_orders_has_no_law():
    found = angles("hard_tanh { angle from 1/2 depth 2 }")
    assert "beyond all orders" in found.found.unknown and found.paths[0].limit is None


@pytest.mark.parametrize(
    ("block", "message", "place"),
    [
        ("tanh { angle from 1 }", "a fraction from -1 to below 1", "1"),
        ("tanh { angle from 1/2, 1/2 }", "stands twice", "1/2"),
        ("tanh { angle depth 0 }", "the depth must be", "0"),
        ("tanh { angle depth 10001 }", "angles over 10001 layers", "angle"),
        ("tanh { set C_W[2] = 1; angle; check by simulation }", "another number in layer 2", "C_W[2]"),
        ("tanh { angle; angle }", "`angle` stands twice", "angle"),
        ("tanh for Gated { angle }", "a kernel for each of its fields", "angle"),
    ],
)
def test_bad_settings_are_pointed_at(block, message, place):
    text = HEAD + f"include gated\nwith sigma = {block}\n"
    with pytest.raises(LanguageError) as caught:
        pt.run_text(text)
    assert message in caught.value.message
    span = caught.value.span
    assert text[span.start : span.end].startswith(place)


def test_every_layer_is_in_the_data():
    found = angles("relu { angle from 0 depth 60 }").to_json()
    (path,) = found["paths"]
    assert len(path["c"]) == 60 and found["fixed"][0]["amplitude"] == "9*pi**2/2" and found["fixed"][0]["power"] == -2
    assert found["K_star"] == "any" and found["map"] == "(c*asin(c) + pi*c/2 + sqrt(1 - c**2))/pi"
