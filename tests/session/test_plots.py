"""The numbers of figures: those of flows, of the criticality interface, of quadrature written here, of networks."""

from __future__ import annotations

import re
from fractions import Fraction
from math import sqrt

import mpmath
import numpy as np
import pytest
import sympy as sp

import ptheory as pt
from ptheory.criticality.edge import edge_at, hyperparameters, phase
from ptheory.language.errors import LanguageError
from ptheory.language.grammar import grammar_path
from ptheory.language.parser import parse_text
from ptheory.networks.program import check_file
from ptheory.rendering.figure_data import number_text
from ptheory.rendering.flow_items import flow_texts

HEAD = "ptheory 1\ninclude mlp\ninclude observables\n"
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(200)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def one(statement: str, head: str = HEAD):
    (figure,) = pt.run_text(head + statement + "\n").figures.values()
    return figure


def mean(function, kernel):
    """<function>_K by Gauss and Hermite."""
    return float(WEIGHTS @ function(sqrt(kernel) * NODES))


# ---- flow -------------------------------------------------------------------------------------------------------

FLOW = "MLP with sigma = relu { inputs [1, 0] [1, 1]; set C_b = 0, C_W = 2; depth 4; order 1/n; show G, V }"


def test_a_figure_of_a_flow_has_the_numbers_of_the_flow():
    result = pt.run_text(f"{HEAD}flow {FLOW.replace('show', 'digits 8; show')}\nplot flow {FLOW}\n")
    (flow,) = result.flows
    (figure,) = result.figures.values()
    kernel, correction, vertex, _ = figure.drawing.panels
    assert kernel.y.label.text == "K[l]" and correction.y.label.text == "G1[l]" and vertex.y.label.text == "V[l]"
    for panel, name, order in ((kernel, "G", 0), (correction, "G", 1), (vertex, "V", 0)):
        for curve, group in zip(panel.curves, flow.equal[name], strict=True):
            expected = [flow_texts(flow)[layer][name][group[0]][order] for layer in range(1, 5)]
            assert [number_text(value, 8) for value in curve.y] == expected and curve.x == (1, 2, 3, 4)


def test_the_kernel_that_attracts_is_marked_in_a_flow():
    figure = one("plot flow MLP with sigma = erf { inputs [1]; set C_b = 1/10, C_W = 2; depth 9; show G }")
    (curve, line) = figure.drawing.panels[0].curves
    spec = pt.kernel_system("erf")
    star = phase(spec, hyperparameters(spec, Fraction(1, 10), 2)).K_star
    assert line.role == "guide" and abs(line.y[0] - star) < 1e-12 and abs(curve.y[-1] - star) < 1e-3


# ---- kernel map -------------------------------------------------------------------------------------------------


def test_a_map_is_the_recursion_and_its_fixed_points():
    data = one("plot map with sigma = tanh { set C_b = 1/20, C_W = 2; range K = 1/10 to 2 }").data
    assert (data.kernels[0], data.kernels[-1]) == (0.1, 2.0)
    for kernel, image in list(zip(data.kernels, data.images, strict=True))[::40]:
        assert abs(image - (0.05 + 2 * mean(lambda z: np.tanh(z) ** 2, kernel))) < 1e-9
    (fixed,) = data.fixed
    assert fixed.stability == "stable" and abs(float(fixed.kernel) - 0.7217618726720) < 1e-10


def test_fixed_points_of_every_stability():
    half = one("plot map with sigma = gelu").data
    stability = {one.stability: float(one.kernel) for one in half.fixed}
    assert stability["half-stable"] == pytest.approx((3 + sqrt(17)) / 2) and 3 < stability["stable"] < 3.1
    (zero, above) = one("plot map with sigma = tanh { set C_b = 0, C_W = 2 }").data.fixed
    assert (zero.kernel, zero.stability, above.stability) == (0, "unstable", "stable")
    assert one("plot map with sigma = relu").data.every_kernel


def test_a_kernel_on_the_grid_of_the_search_is_found():
    """K* = 1/10 of relu at C_b = 1/20, C_W = 1 lies on it exactly."""
    spec = pt.kernel_system("relu")
    found = phase(spec, hyperparameters(spec, Fraction(1, 20), 1))
    assert found.name == "ordered" and abs(found.K_star - mpmath.mpf(1) / 10) < 1e-12


# ---- phases -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def phases():
    return one("plot phase with sigma = erf { range C_W = 0 to 3, C_b = 0 to 1 }").data


def test_the_edge_is_that_of_the_interface_and_of_closed_forms(phases):
    spec = pt.kernel_system("erf")
    (edge,) = phases.diagram.edge
    assert len(edge) > 20
    for point in edge[3::7]:
        other = edge_at(spec, point.kernel)
        assert abs(other.bias - point.bias) + abs(other.weight - point.weight) < 1e-12
        kernel = float(point.kernel)
        assert float(point.weight) * 4 / np.pi / sqrt(1 + 4 * kernel) == pytest.approx(1, abs=1e-10)
        square = 2 / np.pi * np.arcsin(2 * kernel / (1 + 2 * kernel))
        assert float(point.bias + point.weight * square) == pytest.approx(kernel, abs=1e-10)


def test_phases_stand_where_they_are_found(phases):
    spec = pt.kernel_system("erf")
    found = {named.phase.name: named for named in phases.diagram.named}
    assert set(found) == {"ordered", "chaotic"}
    for name, named in found.items():
        assert phase(spec, hyperparameters(spec, named.bias, named.weight)).name == name
    assert phases.critical == ((0, sp.pi / 4, 0, "stable"),)


def inside(place, outline):
    """By the number of sides that a ray to the right crosses."""
    x, y = place
    crossed = False
    for (x1, y1), (x2, y2) in zip(outline, [*outline[1:], outline[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            crossed = not crossed
    return crossed


@pytest.mark.parametrize(
    ("activation", "axes"),
    [
        ("erf", (3, 1)),
        ("relu", (4, 1)),
        ("gelu", (4, Fraction(7, 10))),
        ("z + sin(z)^2", (Fraction(3, 2), Fraction(1, 20))),
    ],
)
def test_regions_are_the_phases_of_a_lattice(activation, axes):
    """Every point of a lattice is in the region of its phase, and in none where no kernel attracts."""
    spec = pt.kernel_system(activation)
    head = HEAD + f"activation own(z) = {activation}\n" if "z" in activation else HEAD
    name = "own" if "z" in activation else activation
    weight, bias = axes
    data = one(f"plot phase with sigma = {name} {{ range C_W = 0 to {weight}, C_b = 0 to {bias} }}", head).data
    for i in (1, 3, 5, 6):
        for j in (1, 3, 5):
            place = Fraction(weight) * i / 7 + Fraction(1, 997), Fraction(bias) * j / 7 + Fraction(1, 1997)
            found = phase(spec, hyperparameters(spec, place[1], place[0]), 12).name
            covered = {
                region.name for region in data.diagram.regions if inside(tuple(map(float, place)), region.outline)
            }
            assert found in covered if found in ("ordered", "chaotic") else not covered, (place, found, covered)


# ---- angles -----------------------------------------------------------------------------------------------------


def test_angles_are_iterated_correlations():
    data = one("plot angle with sigma = erf { set C_b = 1/10, C_W = 2; depth 40; correlations -1/2, 1/3 }").data
    kernel = 1.0
    for _ in range(400):
        kernel = 0.1 + 2 * 2 / np.pi * np.arcsin(2 * kernel / (1 + 2 * kernel))
    assert data.flow.kernels[0] == pytest.approx(kernel, abs=1e-10) and data.flow.phase.name == "chaotic"
    for start, found in data.flow.correlations.items():
        c = float(start)
        for value in found:
            assert value == pytest.approx(c, abs=1e-9)
            c = (0.1 + 2 * 2 / np.pi * np.arcsin(2 * kernel * c / (1 + 2 * kernel))) / kernel
        assert abs(found[-1] - float(data.flow.phase.fixed_correlation)) < 0.02


def test_the_angle_of_relu_closes_by_its_law():
    """c' = (sqrt(1 - c^2) + c (pi - arccos c))/pi, 1 - c -> 9 pi^2/(2 l^2)."""
    figure = one("plot angle with sigma = relu { depth 400; correlations 0 }")
    (found,) = figure.data.flow.correlations.values()
    c = 0.0
    for value in found:
        assert value == pytest.approx(c, abs=1e-8)
        c = (sqrt(1 - c * c) + c * (np.pi - np.arccos(c))) / np.pi
    law = figure.drawing.panels[0].curves[-1]
    assert law.role == "law" and float(law.y[-1]) == pytest.approx(4.5 * np.pi**2 / 400**2)
    assert 1 - found[-1] == pytest.approx(float(law.y[-1]), rel=0.1)


def test_angles_at_a_half_stable_kernel_are_those_of_the_edge():
    """Decimals of critical variances have no fixed kernel, or two: the point itself is followed."""
    figure = one("plot angle with sigma = gelu { depth 30; correlations 0 }")
    flow = figure.data.flow
    assert flow.phase.name == "edge" and flow.law is not None
    assert flow.kernels == (float(flow.phase.K_star),) * 30 and abs(flow.phase.K_star - (3 + sqrt(17)) / 2) < 1e-12


def test_angles_of_ordered_networks_are_drawn_as_far_as_they_are_known():
    figure = one("plot angle with sigma = erf { set C_b = 1/2, C_W = 1; depth 100 }")
    (curve, *_, law) = figure.drawing.panels[0].curves
    assert figure.drawing.panels[0].y.logarithmic and min(curve.y) > 1e-12 and len(curve.x) < 100
    slope = (law.y[-1] / law.y[0]) ** (1 / (len(law.y) - 1))
    assert slope == pytest.approx(float(figure.data.flow.phase.perpendicular))


# ---- vertex -----------------------------------------------------------------------------------------------------


def test_the_vertex_is_that_of_the_flow_and_of_networks():
    statement = "plot vertex with sigma = relu { check by simulation widths 24 48 depth 4 networks 800 seed 3 }"
    result = pt.run_text(
        HEAD + statement + "\nflow MLP with sigma = relu { inputs [1, 1]; set C_b = 0, C_W = 2; depth 4; show G, V }\n"
    )
    (flow,), (figure,) = result.flows, result.figures.values()
    data = figure.data
    for layer, ratio in enumerate(data.growth, start=1):
        kernel, vertex = (next(iter(flow.values[layer][name].values())).coefficient(0) for name in ("G", "V"))
        assert ratio == pytest.approx(float(vertex / kernel**2)) == pytest.approx(5 * (layer - 1))
    assert data.law == (5, 1) and data.widths == (24, 48)
    compared = {(check.width, c.layer): c for check in data.checks for c in check.compared}
    assert (
        {(p.width, p.layer) for p in data.simulated} == set(compared) == {(n, k) for n in (24, 48) for k in (2, 3, 4)}
    )
    for point in data.simulated:
        found = compared[point.width, point.layer]
        assert point.value == pytest.approx(found.simulated / point.width / 4) and point.error > 0
        assert abs(point.value - float(data.growth[point.layer - 1]) / point.width) < 6 * point.error + 0.2
    assert [verdict.kind.value for verdict in result.verdicts] == ["checked", "checked"] and result.exit_code == 0
    points = figure.drawing.panels[0].points
    assert [len(p.errors) for p in points] == [3, 3] and points[0].x == (
        Fraction(1, 12),
        Fraction(1, 8),
        Fraction(1, 6),
    )


def test_the_depth_of_a_vertex_is_one():
    with pytest.raises(LanguageError, match="a figure of 3 layers, and networks of 5"):
        one("plot vertex with sigma = relu { depth 3; check by simulation widths 8 depth 5 networks 30 }")


# ---- exponents --------------------------------------------------------------------------------------------------


def test_laws_are_those_of_the_classification_and_meet_the_iteration():
    figure = one("plot exponents with sigma = erf { exponents G, V, Theta, D }")
    found = pt.classify("erf", tower=True)
    growths = found.growths()
    laws = {law.tensor: law for law in figure.data.laws}
    assert set(laws) == {"K", "V", "Theta", "D"} and figure.data.rates == ("lambda_b", "lambda_W")
    assert (laws["K"].power, laws["K"].amplitude) == (-1, found.amplitudes["K"])
    assert laws["D"].power == growths["D/(nKTheta) (fixed rates)"].power
    for law in laws.values():
        predicted = float(law.amplitude) * 1000 ** float(law.power)
        assert law.values[-1] == pytest.approx(predicted, rel=0.05), law.tensor
    # V and K of erf iterated in closed form
    kernel, vertex, c = 0.25, 0.0, np.pi / 4
    for layer in range(3):
        assert laws["K"].values[layer] == pytest.approx(kernel, abs=1e-12)
        assert laws["V"].values[layer] == pytest.approx(vertex / kernel**2, abs=1e-9)
        square = 2 / np.pi * np.arcsin(2 * kernel / (1 + 2 * kernel))
        fourth = mean(np.vectorize(lambda z: sp.erf(z).evalf() ** 4), kernel)
        slope = 4 / np.pi / (1 + 2 * kernel) / sqrt(1 + 4 * kernel)
        vertex = c**2 * (fourth - square**2) + (c * slope) ** 2 * vertex
        kernel = c * square


def test_what_has_no_law_is_said():
    figure = one("plot exponents with sigma = relu { exponents V, S }")
    assert [law.tensor for law in figure.data.laws] == ["V"]
    assert "delta" in figure.data.without_law["S"] and "S has no law" in str(figure.drawing.caption)


# ---- atlas ------------------------------------------------------------------------------------------------------


def test_an_atlas_is_drawn_by_its_classifications():
    figure = one("plot atlas sigma { relu, erf, sigmoid }")
    (panel,) = figure.drawing.panels
    assert [name.text for name in panel.y.names] == ["erf", "relu"]
    assert {p.label.text: p.x for p in panel.points} == {"K*=0": (float(Fraction(2, 3)),), "scale-invariant": (5.0,)}
    assert len(figure.data.atlas.classifications) == 3


# ---- mistakes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "message", "help"),
    [
        ("plot phases with sigma = erf", "there is no figure phases", "did you mean `phase`"),
        ("plot picture with sigma = erf", "there is no figure picture", "plot flow, plot map"),
        ("plot phase with sigma = erf { depth 4 }", "plot phase has no setting `depth`", "it has set, range"),
        ("plot vertex with sigma = erf { check by quadrature }", "no setting `check by quadrature`", "by simulation"),
        ("plot angle with sigma = relu { set C_b = 0, C_W = 3 }", "K grows without end", None),
        ("plot angle with sigma = erf { set C_b = 0, C_W = 1/4 }", "attracts exponentially", None),
        ("plot angle with sigma = sigmoid", "no critical point", "set C_b = ..., C_W = ..."),
        ("plot angle with sigma = erf { correlations 1 }", "from -1 to below 1", "one and the same"),
        ("plot angle with sigma = erf { correlations 0, 0 }", "stands twice", "keep one"),
        ("plot angle with sigma = erf { depth 1 }", "a figure of 1 layers", "from 2 to"),
        ("plot phase with sigma = softplus", "no critical point to choose the axes by", "range C_W = 0 to 4"),
        ("plot phase with sigma = relu { range C_W = 3 to 4, C_b = 0 to 1 }", "no kernel attracts", "plot map"),
        ("plot phase with sigma = erf { set C_W = 1 }", "C_W is an axis of the figure", "range C_W"),
        ("plot phase with sigma = erf { range K = 0 to 1 }", "K is no axis of `plot phase`", "C_b and C_W"),
        ("plot phase with sigma = erf { range C_W = 2 to 1 }", "the range of C_W is empty", "smaller number first"),
        ("plot phase with sigma = erf { range C_W = 0 to 1, C_W = 0 to 2 }", "stands twice", None),
        ("plot phase with sigma = erf { set C_W[2] = 1 }", "for one layer", None),
        ("plot exponents with sigma = sigmoid", "no critical point", "plot map"),
        ("plot exponents with sigma = erf { exponents W }", "unknown tensor W", None),
        ("plot map with sigma = exp { set C_b = 0, C_W = 1; range K = 0 to 1000 }", "overflows", "range K"),
        ('plot phase "a/b" with sigma = erf', "part of a file's name", "letters, digits"),
        ("plot phase with sigma = erf\nplot phase with sigma = erf", "another figure", 'plot phase "name"'),
        ("plot flow with sigma = erf { inputs [1]; depth 2; show G }", "unexpected `sigma`", None),
        ("plot flow MLP with sigma = erf { depth 2; show G; set C_b = 0, C_W = 1 }", "no inputs", "inputs [1/2"),
        ("plot phase with tau = erf", "no activation tau", None),
    ],
)  # fmt: skip
def test_what_has_no_figure_is_pointed_at(statement, message, help):
    with pytest.raises(LanguageError) as caught:
        pt.run_text(HEAD + statement + "\n")
    assert message in caught.value.message and caught.value.span.line >= 4
    assert help is None or help in (caught.value.help or "")


BLOCK = {
    "set": "set C_b = 1/10", "range": "range C_W = 0 to 1", "depth": "depth 5", "correlations": "correlations 0",
    "exponents": "exponents V", "check": "check by simulation", "derivatives": "derivatives almost everywhere",
    "inputs": "inputs one", "critical": "critical", "show": "show V", "phase": "phase", "solve": "solve V in l",
    "angle": "angle", "consequences": "consequences",
}  # fmt: skip
HAS = {
    "map": {"set", "range"},
    "phase": {"set", "range"},  # phase too, with the shape of networks
    "angle": {"set", "depth", "correlations"},
    "vertex": {"set", "depth", "check", "derivatives"},
    "exponents": {"set", "exponents", "depth", "derivatives"},
}


@pytest.mark.parametrize("setting", BLOCK)
@pytest.mark.parametrize("kind", HAS)
def test_every_setting_is_of_the_figure_or_refused(kind, setting):
    file = parse_text(HEAD + f"plot {kind} with sigma = relu {{ {BLOCK[setting]} }}\n", "<text>")
    if setting in HAS[kind]:
        check_file(file)
    else:
        with pytest.raises(LanguageError, match=f"plot {kind} has no setting `{setting}`"):
            check_file(file)


def test_every_setting_of_the_grammar_is_tried():
    grammar = grammar_path().read_text("utf-8")
    (rules,) = re.findall(r"^\?plot_setting: (.*)$", grammar, re.MULTILINE)
    (shared,) = re.findall(r"^\?with_setting: (.*)$", grammar, re.MULTILINE)
    found = {rule.strip() for rule in f"{rules} | {shared}".split("|")} - {"with_setting"}
    assert {name.replace("almost_everywhere", "derivatives") for name in found} == set(BLOCK)


def test_skips_and_gates_have_the_figures_their_recursions_allow():
    text = "ptheory 1\ninclude residual\nplot exponents with sigma = erf { set xi = 1/2; exponents G }\n"
    result = pt.run_text(text + "plot vertex with sigma = erf { set xi = 1/2; depth 5 }\n")
    laws, vertex = (figure.data for figure in result.figures.values())
    assert [law.tensor for law in laws.laws] == ["K"] and len(vertex.growth) == 5 and vertex.law is None
    with pytest.raises(LanguageError, match="a kernel for each of its fields"):
        pt.run_text("ptheory 1\ninclude gated\nplot map with sigma = erf\n")


def test_laws_of_what_a_skip_leaves_closed_at_large_depth():
    head = "ptheory 1\ninclude residual\ninclude observables\nplot exponents with sigma = tanh for Residual"
    (figure,) = pt.run_text(head + " { set xi = 1/2; exponents V, F }\n").figures.values()
    for law, amplitude in zip(figure.data.laws[1:], (5 / 8, 3 / 16), strict=True):
        assert float(law.amplitude) == amplitude
        assert abs(law.values[-1] / len(law.values) / amplitude - 1) < 0.02
    with pytest.raises(LanguageError, match="V1: for Residual, whose neurons remember their past"):
        pt.run_text(head + " { set xi = 1/2; exponents V, V1 }\n")


def test_saving_a_figure(tmp_path):
    figure = one("plot map with sigma = relu { set C_b = 1/10, C_W = 1 }")
    figure.save(tmp_path / "map.pdf")
    assert (tmp_path / "map.pdf").read_bytes().startswith(b"%PDF")
    assert "<svg" in figure._repr_svg_() and "K[l+1]" in str(figure)
    with pytest.raises(ValueError, match="no figure is written as"):
        figure.save(tmp_path / "map.png")
    assert pt.plot("map", "relu", settings="set C_b = 1/10, C_W = 1").data == figure.data
