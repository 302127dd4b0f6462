"""Atlas rows and figures; the atlas itself is classified on the fast entries only."""

import csv
import io

import numpy as np

from ptheory.activations import lookup
from ptheory.criticality.atlas import COLUMNS, atlas, atlas_activations, atlas_csv
from ptheory.criticality.figures import exponent_fit, kernel_flow, phase_diagram, vertex_growth
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.universality import classify_system
from tests.criticality.hand_made import mlp

FAST = ("linear", "relu", "abs", "sin", "erf", "step", "sign", "exp", "cubic", "cos", "He3", "z - z^3/6", "gaussian")


def classify(activation, name):
    return classify_system(SpecialisedSystem(mlp(), (activation,)), name)


def test_the_atlas_covers_thirty_activations():
    assert len(atlas_activations()) >= 30


def test_rows_of_the_atlas():
    chosen = {name: activation for name, activation in atlas_activations().items() if name in FAST}
    found = {c.activation: c for c in atlas(chosen, classify)}
    rows = {row["activation"]: row for row in csv.DictReader(io.StringIO(atlas_csv(found)))}
    assert set(rows) == set(FAST) and set(rows["sin"]) == set(COLUMNS)
    assert (rows["abs"]["class"], rows["abs"]["C_W"]) == ("scale-invariant", "1")
    assert (rows["erf"]["C_W"], rows["erf"][COLUMNS[-1]]) == ("pi/4", "2/3")
    assert {rows[name]["class"] for name in ("step", "sign", "exp", "cubic")} == {"none"}
    assert rows["He3"]["class"] == rows["z - z^3/6"]["class"] == "K*=0"
    assert not any(row["class"] == "undecided" for row in rows.values())


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
