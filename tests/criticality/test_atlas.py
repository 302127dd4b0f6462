"""Rows of the atlas, the statement that asks for it, its figure, and the figures drawn with matplotlib."""

import csv
import io

import numpy as np
import pytest
import sympy as sp

import ptheory as pt
from ptheory.activations import lookup
from ptheory.criticality.atlas import COLUMNS, PER_ASPECT, atlas_row
from ptheory.criticality.figures import exponent_fit, kernel_flow, phase_diagram, vertex_growth
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.universality import classify_system
from ptheory.language.errors import LanguageError
from ptheory.rendering.csv_tables import tables_csv
from ptheory.rendering.dot_plot import dots, ticks
from ptheory.rendering.report import DotPlot
from tests.criticality.hand_made import mlp


def classify(activation, name):
    return classify_system(SpecialisedSystem(mlp(), (activation,)), name)


def test_a_row_holds_exact_entries():
    row = atlas_row(classify(lookup("erf"), "erf"))
    assert tuple(row) == COLUMNS
    assert (row["class"], row["C_W"], row[PER_ASPECT]) == ("K*=0", sp.pi / 4, sp.Rational(2, 3))
    nothing = atlas_row(classify(lookup("step"), "step"))
    assert nothing["class"] == "none" and {nothing[c] for c in COLUMNS[2:]} == {""}


ATLAS = """ptheory 1
include mlp
activation leaky(z) = piecewise((z >= 0): z, otherwise: z/10)
atlas sigma for MLP {
    relu, leaky, erf, exp,
    z^3 - 3*z
}
"""


def test_an_atlas_is_one_table_and_one_figure():
    report = pt.run_text(ATLAS).report
    (text,) = tables_csv(report)
    rows = {row["activation"]: row for row in csv.DictReader(io.StringIO(text))}
    assert list(rows) == ["relu", "leaky", "erf", "exp", "z^3 - 3*z"]
    assert (rows["erf"]["C_W"], rows["erf"][PER_ASPECT], rows["exp"]["class"]) == ("pi/4", "2/3", "none")
    # 3 A4/A2^2 - 1 at slopes 1, 1/10
    assert rows["leaky"][PER_ASPECT] == "49805/10201" and rows["leaky"]["C_W"] == "200/101"
    assert rows["z^3 - 3*z"]["C_W"] == "1/9"
    (plot,) = [item for section in report.sections for item in section.items if isinstance(item, DotPlot)]
    assert [label for label, _ in dots(plot)] == ["erf", "z^3 - 3*z", "leaky", "relu"]


@pytest.mark.parametrize("largest", [0.03, 0.9, 1.0, 4.7, 10.0, 73.0])
def test_the_axis_reaches_past_the_largest_value(largest):
    found = ticks(largest)
    assert found[0] == 0 and found[-1] >= largest * (1 - 1e-12) and 2 <= len(found) <= 12


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


def test_figures_are_drawn(tmp_path):
    spec = SpecialisedSystem(mlp(), (lookup("sin"),))
    hyper = {spec.system.bias: 0, spec.system.weight: 1}
    layers = np.array([10, 100, 1000])
    drawn = {
        "flow": kernel_flow(spec, hyper, 2.0),
        "edge": phase_diagram(spec, [0.01, 0.1, 1.0, 2.0]),
        "vertex": vertex_growth(2 / 3, [0, 0.5, 1], {0.5: (0.34, 0.02)}),
        "fit": exponent_fit("K", layers, 1 / layers, -1, 1),
    }
    for name, figure in drawn.items():
        target = tmp_path / f"{name}.svg"
        figure.savefig(target)
        assert target.stat().st_size > 1000
