"""Rows of the atlas, the statement that asks for it, and its figure."""

import csv
import io
import math
from math import erf, erfc

import numpy as np
import pytest
import sympy as sp

import ptheory as pt
from ptheory.activations import lookup
from ptheory.criticality.atlas import COLUMNS, PER_ASPECT, atlas_row
from ptheory.criticality.consequences import consequences
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.universality import classify_system
from ptheory.language.errors import LanguageError
from ptheory.language.parser import read_file
from ptheory.language.prelude import prelude_path
from ptheory.language.statements import ActivationStatement
from ptheory.rendering.csv_tables import tables_csv
from ptheory.rendering.report import Figure, Prose
from ptheory.session.classify_command import read_activation
from tests.criticality.hand_made import mlp


def row_of(activation, name):
    spec = SpecialisedSystem(mlp(), (activation,))
    return atlas_row(consequences(spec, classify_system(spec, name), has_bias=True))


def test_a_row_holds_exact_entries():
    row = row_of(lookup("erf"), "erf")
    assert tuple(row) == COLUMNS
    assert (row["class"], row["C_W"], row[PER_ASPECT]) == ("K*=0", sp.pi / 4, sp.Rational(2, 3))
    nothing = row_of(lookup("step"), "step")
    assert nothing["class"] == "none" and {nothing[c] for c in COLUMNS[2:]} == {""}


ATLAS = """ptheory 1
include mlp
activation leaky(z) = piecewise((z >= 0): z, otherwise: z/10)
atlas sigma for MLP {
    relu, leaky, erf, exp,
    z^3 - 3*z
}
"""


def test_an_atlas_is_two_tables_and_one_figure():
    report = pt.run_text(ATLAS).report
    text, implied = tables_csv(report)
    rows = {row["activation"]: row for row in csv.DictReader(io.StringIO(text))}
    assert list(rows) == ["relu", "leaky", "erf", "exp", "z^3 - 3*z"]
    assert (rows["erf"]["C_W"], rows["erf"][PER_ASPECT], rows["exp"]["class"]) == ("pi/4", "2/3", "none")
    # 3 A4/A2^2 - 1 at slopes 1, 1/10
    assert rows["leaky"][PER_ASPECT] == "49805/10201" and rows["leaky"]["C_W"] == "200/101"
    assert rows["z^3 - 3*z"]["C_W"] == "1/9"
    consequences = {row["activation"]: row for row in csv.DictReader(io.StringIO(implied))}
    assert list(consequences) == ["relu", "leaky", "erf", "z^3 - 3*z"] and "lambda_b" not in consequences["erf"]
    assert (consequences["erf"]["1/nu"], consequences["erf"]["xi_perp"]) == ("3/2", "3/delta^2")
    (figure,) = [item for section in report.sections for item in section.items if isinstance(item, Figure)]
    (panel,) = figure.panels
    assert [name.text for name in panel.y.names] == ["erf", "z^3 - 3*z", "leaky", "relu"]
    places = {y: x for points in panel.points for x, y in zip(points.x, points.y, strict=True)}
    assert places == pytest.approx({0: 2 / 3, 1: 2 / 3, 2: 49805 / 10201, 3: 5})


def test_two_atlases_have_a_figure_each_whatever_their_order():
    first, second = "atlas sigma { relu, erf }\n", "atlas sigma { erf, sin }\n"
    files = []
    for text in (first + second, second + first):
        report = pt.run_text("ptheory 1\ninclude mlp\n" + text, "two.deriv").report
        files.append({i.file: i.panels for s in report.sections for i in s.items if isinstance(i, Figure)})
    assert files[0] == files[1] and len(files[0]) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("erf, exp", "erf, erf"), "stands twice"),
        (("exp,", "expp,"), "unknown activation expp"),
        (("atlas sigma", "atlas tau"), "has no activation tau"),
        (("for MLP", "for Residual"), "unknown architecture Residual"),
    ],
)
def test_mistakes_in_an_atlas_are_pointed_at(change, message):
    with pytest.raises(LanguageError, match=message) as caught:
        pt.run_text(ATLAS.replace(*change))
    assert caught.value.span.line in (4, 5)


NTK = "ptheory 1\ninclude mlp\ninclude observables\ninclude more_activations\n"


def rows_of(text):
    (atlas,) = pt.run_text(NTK + text).atlases
    return atlas, [one.classification.activation for one in atlas.rows]


def test_rows_are_of_the_classes_asked_for_and_ranked():
    listed = "{ relu, z^2 - 1, cos, tanh, linear, sin, erf, sigmoid }"
    atlas, every = rows_of(f"atlas sigma ranked by nu {listed}")
    assert every == ["tanh", "sin", "erf", "linear", "z^2 - 1", "relu", "cos", "sigmoid"]  # ties as in the file
    assert atlas_row(atlas.rows[4])[PER_ASPECT] == sp.Rational(7, 2)  # with the kernel at K*
    assert rows_of(f'atlas sigma where class = "half-stable", "scale-invariant" ranked by nu {listed}')[1] == [
        "linear", "z^2 - 1", "relu",
    ]  # fmt: skip
    assert rows_of(f"atlas sigma ranked by C_W {listed}")[1][:2] == ["z^2 - 1", "erf"]
    atlas, nothing = rows_of('atlas sigma where class = "half-stable" { relu, tanh }')
    assert nothing == [] and atlas.searched == 2
    figure = pt.run_text(NTK + 'plot atlas sigma where class = "scale-invariant" { relu, tanh }').figures
    assert [one.activation for one in next(iter(figure.values())).data.atlas.classifications] == ["relu"]


def test_rates_and_lengths_stand_beside_the_aspect_ratio():
    report = pt.run_text(NTK + "atlas sigma { relu, tanh, softsign, hard_tanh, sigmoid }").report
    _, implied = tables_csv(report)
    rows = {row["activation"]: row for row in csv.DictReader(io.StringIO(implied))}
    assert [rows[name]["lambda_b"] for name in ("relu", "tanh", "softsign")] == ["1/L", "1/l", "L/l^2"]
    assert [rows[name]["lambda_W"] for name in ("relu", "tanh", "softsign")] == ["1/L", "1", "L"]
    assert rows["hard_tanh"]["off"] == "C_W below" and rows["tanh"]["off"] == "C_W above"
    assert "sigmoid" not in rows


def test_what_cannot_be_analysed_keeps_its_row(monkeypatch):
    """With no time for any."""
    monkeypatch.setattr("ptheory.session.atlas_task.SECONDS", 0.0)
    result = pt.run_text(NTK + "atlas sigma { mish, relu }")
    (atlas,) = result.atlases
    assert [one.label for one in atlas.classifications] == ["undecided"] * 2
    words = [str(item.words) for s in result.report.sections for item in s.items if isinstance(item, Prose)]
    assert any(text.startswith("mish: undecided: ") for text in words)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('atlas sigma where class = "half stable" { tanh }', 'there is no class "half stable"'),
        ('atlas sigma where class = "none", "none" { tanh }', "stands twice"),
        ("atlas sigma ranked by mu { tanh }", "an atlas has no column mu of numbers"),
    ],
)
def test_a_class_and_a_rank_are_those_there_are(text, message):
    with pytest.raises(LanguageError, match=message) as caught:
        pt.run_text(NTK + text)
    assert caught.value.help


NODES, WEIGHTS = np.polynomial.legendre.leggauss(400)
BY_HAND = {
    "serf": lambda z: z * np.vectorize(erf)(np.logaddexp(0, z)),
    "gish": lambda z: z * np.log1p(-np.expm1(-np.exp(z))),
    "star_relu": lambda z: 0.8944 * np.where(z > 0, z, 0) ** 2 - 0.4472,
    "laplace": lambda z: 0.5 * (1 + np.vectorize(erf)((z - 0.5**0.5) / ((0.25 / np.pi) ** 0.5 * 2**0.5))),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_critical_point_holds_by_another_quadrature(name):
    """f(K) = K, f'(K) = 1 and <sigma'^2> = 1/C_W at what is found, from values of the formula alone."""
    sigma = BY_HAND[name]
    (one,) = rows_of(f"atlas sigma {{ {name} }}")[0].rows
    point = [p for p in one.classification.critical_points if p.K_star][-1]
    kernel, bias, weight = (float(v) for v in (point.K_star, point.C_b, point.C_W))
    pieces = [(low, low + 1) for low in range(-3, 3)] + [(-40, -3), (3, 40)]
    z = np.concatenate([(b + a) / 2 + (b - a) / 2 * NODES for a, b in pieces])
    w = np.concatenate([(b - a) / 2 * WEIGHTS for a, b in pieces])

    def mean(k, values):
        return float(np.sum(w * values * np.exp(-z * z / (2 * k)) / np.sqrt(2 * np.pi * k)))

    step = 1e-6
    slope = (sigma(z + step) - sigma(z - step)) / (2 * step)
    assert bias + weight * mean(kernel, sigma(z) ** 2) == pytest.approx(kernel, rel=1e-9)
    moved = [weight * mean(kernel + k * 1e-4, sigma(z) ** 2) for k in (-1, 1)]
    assert (moved[1] - moved[0]) / 2e-4 == pytest.approx(1, abs=1e-6)
    assert weight * mean(kernel, slope**2) == pytest.approx(1, abs=1e-5)
    source = weight**2 * (mean(kernel, sigma(z) ** 4) - mean(kernel, sigma(z) ** 2) ** 2)
    assert float(one.situations[0].slope) == pytest.approx(source / kernel**2, rel=1e-8)


def softplus(x):
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def logistic(x):
    return 1 / (1 + math.exp(-x))


def normal(x):
    return erfc(-x / math.sqrt(2)) / 2


IN_WORDS = {
    "gudermannian": lambda x: math.atan(math.sinh(x)), "isru": lambda x: math.sin(math.atan(x)),
    "lecun_tanh": lambda x: 1.7159 * math.tanh(0.6666666666666666 * x),
    "penalized_tanh": lambda x: max(math.tanh(x), 0.25 * math.tanh(x)),
    "rectified_tanh": lambda x: math.tanh(x) if x > 0 else 0.0,
    "sqnl": lambda x: math.copysign(1 - (1 - min(abs(x), 2) / 2) ** 2, x), "tanhshrink": lambda x: x - math.tanh(x),
    "cloglog": lambda x: -math.expm1(-math.exp(x)), "gompertz": lambda x: math.exp(-math.exp(-x)),
    "triangular": lambda x: 1 - abs(x) if abs(x) < 1 else 0.0,
    "ricker": lambda x: (1 - x) * (1 + x) * math.exp(-x * x / 2),
    "isrlu": lambda x: x if x > 0 else x / math.hypot(1, x),
    "celu": lambda x: max(0, x) + min(0, math.expm1(2 * x) / 2),
    "erfrelu": lambda x: x if x > 0 else erf(x), "elish": lambda x: logistic(x) * (x if x > 0 else math.expm1(x)),
    "hard_elish": lambda x: max(0, min(1, (x + 1) / 2)) * (x if x > 0 else math.expm1(x)),
    "nlrelu": lambda x: math.log1p(max(0, x)), "squareplus": lambda x: x / 2 + math.hypot(1, x / 2),
    "smelu": lambda x: max(0, x) if abs(x) > 1 else (x + 1) ** 2 / 4,
    "star_relu": lambda x: 0.8944 * max(0, x) ** 2 - 0.4472,
    "shifted_softplus": lambda x: math.log(0.5 + math.exp(x) / 2),
    "log_sigmoid": lambda x: -softplus(-x), "hard_swish": lambda x: x * min(6, max(0, x + 3)) / 6,
    "gelu_tanh": lambda x: x / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "quick_gelu": lambda x: x * logistic(1.702 * x), "logish": lambda x: x * math.log1p(logistic(x)),
    "tanhexp": lambda x: x * math.tanh(math.exp(x)), "serf": lambda x: x * erf(softplus(x)),
    "phish": lambda x: x * math.tanh(x * normal(x)), "smish": lambda x: x * math.tanh(math.log1p(logistic(x))),
    "gish": lambda x: x * math.log(2 - math.exp(-math.exp(x))), "pflu": lambda x: x / 2 * (1 + x / math.hypot(1, x)),
    "atlu": lambda x: x * (math.atan(x) + math.pi / 2) / math.pi, "expexpish": lambda x: x * math.exp(-math.exp(-x)),
    "aria2": lambda x: x * logistic(2 * x) ** 1.5, "colu": lambda x: x / (1 - x * math.exp(-(x + math.exp(x)))),
    "lisht": lambda x: x * math.tanh(x), "tanhsoft": lambda x: math.tanh(x) * softplus(x),
    "sinlu": lambda x: logistic(x) * (x + math.sin(x)), "gcu": lambda x: x * math.cos(x),
    "dsilu": lambda x: logistic(x) + x * logistic(x) * logistic(-x),
    "laplace": lambda x: normal((x - math.sqrt(0.5)) / math.sqrt(1 / (4 * math.pi))),
    "bent_identity": lambda x: x + (math.hypot(1, x) - 1) / 2, "symlog": lambda x: math.copysign(math.log1p(abs(x)), x),
    "softshrink": lambda x: math.copysign(max(0, abs(x) - 0.5), x), "hardshrink": lambda x: x if abs(x) > 0.5 else 0.0,
}  # fmt: skip


def test_further_activations_are_what_the_literature_calls_so():
    declared = [s for s in read_file(prelude_path("more_activations")).statements if isinstance(s, ActivationStatement)]
    assert {s.name for s in declared} == set(IN_WORDS) and len(declared) == 46
    for name, own in IN_WORDS.items():
        formula = read_activation(name).formula
        (z,) = formula.free_symbols
        for x in (-3.7, -1.3, -0.2, 0.3, 0.9, 2.6):
            assert float(formula.subs(z, x)) == pytest.approx(own(x), rel=1e-12), (name, x)
