"""Rows of the atlas, the statement that asks for it, and its figure."""

import csv
import io

import pytest
import sympy as sp

import ptheory as pt
from ptheory.activations import lookup
from ptheory.criticality.atlas import COLUMNS, PER_ASPECT, atlas_row
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.universality import classify_system
from ptheory.language.errors import LanguageError
from ptheory.rendering.csv_tables import tables_csv
from ptheory.rendering.report import Figure
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
