"""``phase`` in a block and ``ptheory phase``: what they print, and what cannot be asked."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import mpmath
import numpy as np
import pytest

import ptheory as pt
from tests.criticality.random_kernel import QuadratureKernel
from tests.reported.running import HEAD, on_text, ptheory

RESIDUAL = "ptheory 1\ninclude residual\n"


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("words", "name", "kernel"),
    [
        (("tanh", "--bias", "1/20", "--weight", "1"), "ordered", None),
        (("tanh", "--bias", "1/20", "--weight", "2"), "chaotic", None),
        (("relu", "--bias", "0", "--weight", "2"), "edge", "any"),
        (("sin", "--bias", "0", "--weight", "1"), "edge", "0"),
        (("sin", "--bias", "0", "--weight", "1/450"), "collapse", "0"),
        (("swish", "--bias", "0.04", "--weight", "2.952"), "explosion", "oo"),
    ],
)
def test_every_phase_is_told_apart(words: tuple[str, ...], name: str, kernel: str | None) -> None:
    found = ptheory("phase", *words, "--json").json
    assert found["phase"] == name and (kernel is None or found["K_star"] == kernel)
    if name == "explosion":
        assert found["xi_q"] is found["c_star"] is None and found["chi_par"] == "1.476"
    if name == "collapse":
        assert mpmath.almosteq(mpmath.mpf(found["chi_par"]), mpmath.mpf(1) / 450)


def test_a_point_in_every_format(tmp_path: Path) -> None:
    words = ("--bias", "1/20", "--weight", "2", "--to", "text,latex,html,csv,json", "-o", tmp_path, "--width", "110")
    found = ptheory("phase", "tanh", *words)
    assert found.code == 0 and "chaotic 0.721762 0.744082 0.486522 1.04767 1.38798 25.2134 1.02356" in flat(found.out)
    assert {path.suffix for path in tmp_path.iterdir()} == {".tex", ".html", ".csv", ".json"}


def test_the_edge_of_relu_is_one_point() -> None:
    found = ptheory("phase", "relu", "--width", "120")
    assert "the edge of chaos is one point, C_b = 0, C_W = 2, where every kernel is fixed" in flat(found.out)
    assert ptheory("phase", "relu", "--json").json["every_kernel_at"] == {"C_b": "0", "C_W": "2"}


def test_no_length_where_kernels_grow_without_end() -> None:
    found = ptheory("phase", "swish", "--bias", "0.04", "--weight", "2.952", "--width", "120")
    assert found.code == 0 and "explosion infinite - 1.47600 1.47600 - - 1.21491" in flat(found.out)
    assert "every kernel grows without end: there is no K*, no c* and no correlation length" in flat(found.out)


def test_along_a_variance_in_a_file(tmp_path: Path) -> None:
    text = f"{RESIDUAL}with sigma = relu {{ set xi = 1/2, C_b = 0; phase }}\n"
    found = flat(on_text(tmp_path, text, "run", "--width", "120").out)
    assert "0 1.5 collapse" in found.replace("1.50000", "1.5") and "1.5 infinite explosion" in found.replace(
        "1.50000", "1.5"
    )
    found = flat(
        on_text(tmp_path, f"{HEAD}with sigma = gelu {{ set C_W = 199/100; phase }}\n", "run", "--width", "120").out
    )
    assert "0 0.165081 ordered" in found and "0.165081 2.48328 chaotic" in found and "2.48328 infinite ordered" in found


def test_the_phases_of_a_result() -> None:
    result = pt.run_text(f"{HEAD}with sigma = erf {{ set C_b = 1/10, C_W = 2; critical; phase }}\n")
    (block,) = result.specialised
    assert block.phases is not None and block.phases.found.phase.name == "chaotic"
    assert "growth of curves" in str(block.phases._repr_html_())


@pytest.mark.parametrize(
    ("text", "message", "help"),
    [
        (
            "include gated\nwith sigma = tanh for Gated { phase }",
            "which has several kernels, is that of a point, and there is no value of C_U and of C_W",
            "write `set C_U = ..., C_W = ...`",
        ),
        ("include residual\nwith sigma = tanh for Residual { phase }", "needs a value for xi", "set xi = ..."),
        ("with sigma = tanh { phase depth 3 }", "a shape has a depth and widths", "add widths 500"),
        ("with sigma = tanh { phase widths 3 }", "there is the widths alone", "add depth 50"),
        ("with sigma = tanh { phase depth 3 widths 4 seed 1 }", "phase has no option seed", "options: depth, widths"),
        ("with sigma = tanh { phase depth 0 widths 4 }", "a whole number from 1 on", ""),
        ("plot phase with sigma = tanh { phase }", "plot phase has no setting `phase`", "phase depth 40 widths 100"),
        (
            "include residual\nwith sigma = tanh for Residual { set xi = 1/2; phase depth 3 widths 4 }",
            "nothing is known of Residual at finite width",
            "write `phase`",
        ),
        (
            "include residual\nplot phase with sigma = tanh for Residual { set xi = 1/2; phase depth 3 widths 4 }",
            "nothing is known of Residual at finite width",
            "write `phase`",
        ),
        ("with sigma = tanh { phase; phase }", "`phase` stands twice", "keep one"),
        ("plot map with sigma = tanh { phase }", "plot map has no setting `phase`", "it has"),
        ("flow MLP with sigma = tanh { phase }", "", ""),
    ],
)
def test_bad_input(tmp_path: Path, text: str, message: str, help: str) -> None:
    found = on_text(tmp_path, f"{HEAD}{text}\n", "run")
    assert found.code == 2 and message in found.err and help in found.err and "Traceback" not in found.err


def test_what_has_no_diagram_says_so() -> None:
    found = ptheory("phase", "exp")
    assert (
        found.code == 3
        and "there is no critical point to choose the axes by; with one of C_b and C_W given" in flat(found.out)
    )
    assert ptheory("phase", "tanh", "--weight", "-1").code == 2
    assert "C_W is set by --set too" in ptheory("phase", "tanh", "--weight", "1", "--set", "C_W=1").err


@pytest.mark.parametrize(
    ("words", "exact"),
    [
        (("sin", "--bias", "0", "--weight", "2"), "LambertW(-2*exp(-2))/2 + 1"),
        (("exp", "--bias", "0", "--weight", "1/10"), "-LambertW(-1/5)/2"),
        (("z + z^2/4", "--bias", "1/100", "--weight", "1/2"), "8/3 - 2*sqrt(394)/15"),
        (("relu", "--bias", "1/10", "--weight", "1"), "1/5"),
        (("tanh", "--bias", "1/20", "--weight", "2"), None),
    ],
)
def test_exact_kernels_where_there_are_any(words: tuple[str, ...], exact: str | None) -> None:
    found = ptheory("phase", *words, "--json").json
    assert found.get("K_star_exact") == exact


NODES, DENSITY = np.polynomial.hermite_e.hermegauss(180)
DENSITY = DENSITY / DENSITY.sum()


@pytest.mark.parametrize(
    ("activation", "function", "slope", "bias", "weight"),
    [
        ("tanh", np.tanh, lambda z: 1 / np.cosh(z) ** 2, "1/20", "2"),
        ("sin", np.sin, np.cos, "1/10", "3/2"),
        ("tanh", np.tanh, lambda z: 1 / np.cosh(z) ** 2, "1/5", "1"),
    ],
)
def test_networks_of_finite_width_at_a_point(activation, function, slope, bias, weight):
    """The moments of the random kernel, layer by layer, and E chi(G) by differences of a quadrature."""
    found = pt.phase(activation, bias=bias, weight=weight).to_json()
    C_b, C_W = float(Fraction(bias)), float(Fraction(weight))
    deep = QuadratureKernel(function, C_W, C_b, NODES, DENSITY).run(1.0, (80,))[80]
    width = {name: float(value) for name, value in found["finite_width"].items()}
    assert deep["K"] == pytest.approx(float(found["K_star"]), rel=1e-9)
    assert width["variance"] == pytest.approx(deep["V"], rel=1e-7)
    assert width["shift_of_K"] == pytest.approx(deep["G1"], rel=1e-7)

    def chi(kernel):
        return C_W * float(DENSITY @ slope(np.sqrt(kernel) * NODES) ** 2)

    K, d = deep["K"], 1e-3
    first, second = (chi(K + d) - chi(K - d)) / (2 * d), (chi(K + d) - 2 * chi(K) + chi(K - d)) / d**2
    assert width["shift_of_chi_perp"] == pytest.approx(first * deep["G1"] + second * deep["V"] / 2, rel=1e-4)


def test_networks_of_finite_width_simulated():
    """The law of the kernel of a network, drawn: V and the shift of the mean from two widths."""
    found = pt.phase("tanh", bias="1/20", weight="2").to_json()
    star, width = float(found["K_star"]), {name: float(v) for name, v in found["finite_width"].items()}
    generator = np.random.default_rng(7)
    seen = {}
    for n in (24, 48):
        kernel = np.full(60_000, star)
        for _ in range(10):
            fields = np.sqrt(kernel)[:, None] * generator.standard_normal((len(kernel), n), dtype=np.float32)
            kernel = 0.05 + 2 * (np.tanh(fields) ** 2).mean(axis=1)
        seen[n] = np.array([n * kernel.var(), n * (kernel.mean() - star)])
    variance, shift = 2 * seen[48] - seen[24]
    assert variance == pytest.approx(width["variance"], rel=0.05)
    assert shift == pytest.approx(width["shift_of_K"], abs=0.12)


@pytest.mark.parametrize(
    ("activation", "bias", "weight", "is_known"),
    [("relu", "1/20", "1", True), ("tanh", "0", "1/2", False), ("relu", "0", "2", False), ("relu", "0", "3", False)],
)
def test_where_kernels_of_finite_width_stay(activation, bias, weight, is_known):
    """None where kernels collapse, explode, or are fixed one and all."""
    found = pt.phase(activation, bias=bias, weight=weight).to_json()
    assert ("finite_width" in found) is is_known
    if is_known:  # V = (5/4) C_W^2 K^2/(1 - C_W^2/4), K = C_b/(1 - C_W/2) = 1/10
        assert float(found["finite_width"]["variance"]) == pytest.approx(1 / 60)
        assert float(found["finite_width"]["shift_of_K"]) == float(found["finite_width"]["shift_of_chi_perp"]) == 0


def test_networks_of_finite_width_with_uniform_weights(tmp_path: Path) -> None:
    """The fourth cumulant of a neuron shifts the mean, too: -0.097(55) with two widths of drawn networks, not -0.24."""
    (tmp_path / "uniform.deriv").write_text(
        """ptheory 1
architecture Uniform {
    weights R[i,j] ~ Normal(0, 1/n)
    weights W[i,j] ~ Uniform(0, C_W/n)
    biases  b[i]   ~ Normal(0, C_b)
    first   z[i;a] = b[i] + sum(k, R[i,k]*x[k;a])
    layer   z[i;a] = b[i] + sum(j, W[i,j]*sigma(z[j;a]))
}
define G    by E[z1 z2] = d12 G[1,2]
define V, X by E[z1 z2 z3 z4]_c = (d12 d34 V[1,2,3,4] + d13 d24 V[1,3,2,4] + d14 d23 V[1,4,2,3] + d1234 X[1,2,3,4]) / n
""",
        "utf-8",
    )
    ran = ptheory(
        "phase", "tanh", "--bias", "1/20", "--weight", "2", "--architecture", tmp_path / "uniform.deriv", "--json"
    )
    width = ran.json["finite_width"]
    gaussian = pt.phase("tanh", bias="1/20", weight="2").to_json()["finite_width"]
    assert float(width["variance"]) == pytest.approx(float(gaussian["variance"]))
    assert float(width["shift_of_K"]) == pytest.approx(-0.097, abs=0.11)
    assert float(gaussian["shift_of_K"]) == pytest.approx(-0.240148, abs=1e-6)


def test_networks_of_a_shape_on_the_command_line(tmp_path: Path) -> None:
    found = ptheory("phase", "tanh", "--bias", "1/1000", "--depth", "40", "--widths", "2,300", "--json").json
    (edge,) = found["edge"]
    small, large = edge["finite_width"]["networks"]
    assert "from" not in small and float(large["from"]) < float(large["typical_C_W"]) < float(large["to"])
    with_words = flat(ptheory("phase", "tanh", "--bias", "1/1000", "--depth", "40", "--widths", "2,300").out)
    assert "left out: rows where n is below twice the width" in with_words
    assert "give both --depth and --widths" in ptheory("phase", "tanh", "--depth", "3").err
    assert "is no list of widths" in ptheory("phase", "tanh", "--depth", "3", "--widths", "0,1").err
    (tmp_path / "no-vertex.deriv").write_text(
        """ptheory 1
architecture Bare {
    weights W[i,j] ~ Normal(0, C_W/n)
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = sum(j, W[i,j]*sigma(z[j;a]))
}
define G by E[z1 z2]_c = d12 G[1,2]
""",
        "utf-8",
    )
    words = ("phase", "sin", "--architecture", tmp_path / "no-vertex.deriv")
    assert "no four-point vertex is declared" in ptheory(*words, "--depth", "3", "--widths", "4").err
    assert "no four-point vertex is declared" in flat(ptheory(*words).out)


def test_networks_of_a_shape(tmp_path: Path) -> None:
    """What is shown follows from rates and shifts; where nothing is known that is said; the band of the figure."""
    text = """with sigma = tanh { set C_b = 1/20, C_W = 2  phase depth 40 widths 100 }
with sigma = relu { set C_b = 0, C_W = 2  phase depth 40 widths 100 }
plot phase with sigma = hard_tanh { range C_W = 0 to 3, C_b = 0 to 1  phase depth 40 widths 4 100 }
"""
    result = pt.run_text(HEAD + text)
    point, nothing = (one.phases for one in result.specialised)
    assert point is not None and nothing is not None
    found = point.to_json()
    width, ((network),) = found["finite_width"], found["finite_width"]["networks"]
    mean = 40 * (float(mpmath.log(float(found["chi_perp"]))) + float(width["rate_typical"]) / 100)
    deviation = (40 * float(width["rate_of_variance"]) / 100) ** 0.5
    assert (network["width"], network["depth"]) == (100, 40)
    assert float(network["mean"]) == pytest.approx(mean) and float(network["deviation"]) == pytest.approx(deviation)
    assert float(network["together"]) == pytest.approx(float(mpmath.ncdf(-mean / deviation)))
    assert "networks of 40 layers of finite width: nothing is known of them" in str(nothing._repr_html_())
    figure = next(iter(result.figures.values()))
    bands = [area for area in figure.to_json()["panels"][0]["areas"] if area["role"] == "band"]
    assert [band["label"] for band in bands] == ["n = 4", "n = 100"] and len(bands[0]["x"]) < len(bands[1]["x"])
    (piece,) = figure.data.diagram.edge
    shift, place = figure.data.shifts[0][-1], piece[-1].weight
    half = len(bands[1]["x"]) // 2
    assert float(bands[1]["x"][half - 1]) == pytest.approx(float(shift.interval(place, 100, 40)[1]))
