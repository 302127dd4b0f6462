"""The first layer in terms of the inputs: proved for all of them, refuted at concrete ones, refused anywhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from ptheory.networks.shared_parameters import shared_in_first_layer
from tests.claims.setting import MLP, system_of, verdicts_of, verdicts_of_latex

OVERLAP = "sum(k, x[k;1]*x[k;2])"
TRUE = (
    f"K[1,2] = C_b + C_W*{OVERLAP}/n0 for MLP, l = 1",
    "K = C_b + C_W*sum(k, x[k]^2)/n0 for MLP, inputs one, l = 1",
    f"K[1,2] - C_b = C_W/n0*{OVERLAP} for MLP, l = 1",
    "K[a,b] = C_b + C_W/n0*sum(i, x[i;b]*x[i;a]) for MLP, inputs a b, l = 1",
    "K[l] = C_b[l] + C_W[l]*sum(k, x[k]^2)/n0 for MLP, inputs one, l = 1",
    f"Theta[1,2] = lambda_b + lambda_W*{OVERLAP}/n0 for MLP, l = 1",
    f"Theta[1,2] = C_b + C_W*{OVERLAP}/n0 for MLP, l = 1, lambda_b = C_b, lambda_W = C_W",
    f"K[1,2] = 2*{OVERLAP}/n0 for MLP, l = 1, C_b = 0, C_W = 2",
    f"K[1,1]*K[2,2] - K[1,2]^2 = C_W^2*(sum(k, x[k;1]^2)*sum(k, x[k;2]^2) - {OVERLAP}^2)/n0^2 for MLP, l = 1, C_b = 0",
    "V + K = C_b + C_W*sum(k, x[k]^2)/n0 for MLP, inputs one, l = 1",
    f"K[1,2] = C_b + C_W*{OVERLAP}/n0 for MLP, inputs 2, l = 1, with sigma = relu",
)
FALSE = (
    f"K[1,2] = C_b + C_W*{OVERLAP} for MLP, l = 1",
    f"K[1,2] = C_b + C_W*{OVERLAP}/n0^2 for MLP, l = 1",
    f"K[1,2] = C_W*{OVERLAP}/n0 for MLP, l = 1",
    f"K[1,2] = C_b + C_W^2*{OVERLAP}/n0 for MLP, l = 1",
    "K[1,2] = C_b + C_W*sum(k, x[k;1]*x[k;1])/n0 for MLP, l = 1",
    "K[1,2] = C_b + C_W*sum(k, x[k;1]*x[k;3])/n0 for MLP, l = 1",
    f"K[1,1] = C_b + C_W*{OVERLAP}/n0 for MLP, l = 1",
    f"Theta[1,2] = C_b + C_W*{OVERLAP}/n0 for MLP, l = 1",
    f"Theta[1,2] = lambda_b + C_W*{OVERLAP}/n0 for MLP, l = 1",
    f"{OVERLAP}^2 = sum(k, x[k;1]^2)*sum(k, x[k;2]^2) for MLP, l = 1",
    "n0 = 2 for MLP, inputs one, l = 1",
)
UNREADABLE = (
    f"K[1,2] = C_b + C_W*{OVERLAP}/n0 for MLP",
    f"K[1,2] = C_b + C_W*{OVERLAP}/n0 for MLP, l = 2",
    "K[1,2] = C_b + C_W*sum(k, x[j;1]*x[k;2])/n0 for MLP, l = 1",
    "K[1,2] = C_b + C_W*x[k;1]*x[k;2]/n0 for MLP, l = 1",
    "K[1,2] = C_b + C_W*x[1;1]*x[1;2]/n0 for MLP, l = 1",
    "K[1,2] = C_b + sum(k, C_W*x[k;1]*x[k;2])/n0 for MLP, l = 1",
    "K[1,2] = C_b + C_W*sum(k, x[k;1]^3)/n0 for MLP, l = 1",
    "K[1,2] = C_b + C_W*sum(j, k, x[j;1]*x[k;2])/n0 for MLP, l = 1",
    "K[1,2] = C_b + C_W*sum(k, x[k]*x[k])/n0 for MLP, l = 1",
    "K = C_b + C_W*sum(k, x[k;2]^2)/n0 for MLP, inputs one, l = 1",
    "K = C_b + C_W*sum(k, x[k]^2)/n0 for MLP, inputs one, l = 1, unit inputs",
    "K = C_b + C_W*sum(k, x[k]^2)/n0 for MLP, inputs one, l = 1, at fixed point",
    "1 = C_b + C_W*sum(k, x[k]^2)/n0 for MLP, inputs one, l = 1, at K = 1",
    "K >= C_b + C_W*sum(k, x[k]^2)/n0 for MLP, inputs one, l = 1",
    "sum(k, x[k]^2) >= 0 for MLP, inputs one, l = 1",
)
UNDECIDED = (
    f"K'[1,2] = C_b + C_W*{OVERLAP}/n0 for MLP, l = 1",
    f"K[1,2] = C_b + C_W*{OVERLAP}/n for MLP, l = 1",
    f"<z1*z2> = C_b + C_W*{OVERLAP}/n0 for MLP, l = 1",
)


@pytest.mark.parametrize(
    ("verdict", "claims"),
    [("proved", TRUE), ("refuted", FALSE), ("unreadable", UNREADABLE), ("undecided", UNDECIDED)],
)
def test_verdicts(tmp_path: Path, verdict: str, claims: tuple[str, ...]) -> None:
    found = verdicts_of(tmp_path, *claims)
    wrong = [(text, v["verdict"]) for text, v in zip(claims, found, strict=True) if v["verdict"] != verdict]
    assert not wrong


def test_a_refutation_names_the_inputs_and_what_the_layer_is(tmp_path: Path) -> None:
    (found,) = verdicts_of(tmp_path, f"K[1,2] = C_b + C_W*{OVERLAP} for MLP, l = 1")
    at = found["counterexample"]["values"]
    assert at["n0"] == "2" and at["inputs"].count("[") == 2 and OVERLAP in at
    assert found["corrected"] == f"K[1,2] = C_W*{OVERLAP}/n0 + C_b"
    (again,) = verdicts_of(tmp_path, f"{found['corrected']} for MLP, l = 1")
    assert again["verdict"] == "proved"


def test_what_the_first_layer_is_made_of() -> None:
    system, _ = system_of(MLP, "MLP")
    architecture = system.model.architecture
    (equation,) = architecture.first
    found = [(p.name, reads) for _, p, reads in shared_in_first_layer(architecture, equation.field, equation.field)]
    assert found == [("b", False), ("W", True)]


LATEX_UNREADABLE = (
    r"K^{(0)}_{12} = C_b + C_W\frac{x_1\cdot x_2}{n_0}",
    r"K^{(\ell)}_{12} = C_b + C_W\frac{x_1\cdot x_2}{n_0}",
    r"K^{(1)}_{12} = C_b + C_W\frac{x_1\times x_2}{n_0}",
    r"K^{(1)}_{12} = C_b + C_W\frac{x_1x_2}{n_0}",
    r"K^{(1)}_{12} = C_b + \frac{C_W}{n_0}\sum_{i=1}^{n}x_{i,1}x_{i,2}",
    r"K^{(1)}_{12} = C_b + \frac{C_W}{n_0}\sum_{i=2}^{n_0}x_{i,1}x_{i,2}",
    r"K^{(1)}_{12} = C_b + \frac{C_W}{n_0}\sum_{i=1}^{n_0}x_{j,1}x_{i,2}",
    r"K^{(1)}_{12} = C_b + \frac{C_W}{n_0}\sum_{i=1}^{n_0}x_{i,1}",
    r"K^{(1)}_{12} = C_b + \frac{C_W^{(2)}}{n_0}x_1^Tx_2",
    r"K^{(1)}_{12} = C_b + \frac{C_W}{n_0}x_\alpha^Tx_\beta",
    r"K^{(1)}_{12} = C_b + \frac{C_W}{n_0}x^Tx'",
    r"K^{(1)}_{12} = C_b + \frac{C_W}{n_0}x_1x_2^T",
    r"K^{(1)}_{12} = C_b + \frac{C_W}{n_0}x_1^\top x_2^\top",
    r"K^{(1)}_{12} = C_b + \frac{C_W}{n_0}x_1'\cdot x_2",
    r"K^{(1)}_{12} = C_b + \frac{C_W}{n_0}x_1^2\cdot x_2",
)


@pytest.mark.parametrize("body", LATEX_UNREADABLE)
def test_what_is_no_overlap_in_latex(tmp_path: Path, body: str) -> None:
    assert verdicts_of_latex(tmp_path, body, "for MLP")["verdict"] == "unreadable"
