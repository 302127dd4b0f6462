"""``check by simulation`` compares every component of every tensor shown, says which, and what it could not resolve."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ptheory.flows.flow import Flow
from ptheory.recursion.tensors import Tensor
from tests.reported.running import HEAD, on_text

RATES = "lambda_b = 1, lambda_W = 1"


def verdicts(folder: Path, text: str, head: str = HEAD) -> list[dict[str, Any]]:
    ran = on_text(folder, head + text, "run", "--to", "json")
    assert ran.err == ""
    found: list[dict[str, Any]] = ran.json["verdicts"]
    return found


def test_every_tensor_shown_is_simulated_and_what_cannot_be_is_said(tmp_path: Path) -> None:
    text = (
        f"with sigma = tanh {{ inputs one; set C_b = 1/5, C_W = 1, {RATES}; show Theta, F, A, P\n"
        "  check by simulation widths 8 16 depth 2 networks 1500 }\n"
    )
    at_eight, at_sixteen, rest = verdicts(tmp_path, text)
    for width, verdict in ((8, at_eight), (16, at_sixteen)):
        assert verdict["verdict"] == "checked"
        assert verdict["label"] == f"simulation, width {width}, layers 2-2, 1500 networks"
        for name in ("Theta (1)", "F (1)", "A (1)"):
            assert name in verdict["message"]
        assert "G (" not in verdict["message"] and "V (" not in verdict["message"]
    assert rest["verdict"] == "undecided" and rest["reason"].startswith("P: no estimate")


RESIDUAL = """ptheory 1
include residual
with sigma = relu for Residual {{ set C_b = 0, C_W = 1, xi = 7/10; show G, V; {} }}
"""
SIMULATED = "check by simulation widths 32 depth 2 networks 2000"


def test_what_has_no_recursion_is_simulated_all_the_same(tmp_path: Path) -> None:
    """The vertex of a residual network closes with no recursion; its flow is what the networks are compared with."""
    ran = on_text(tmp_path, RESIDUAL.format(SIMULATED), "run", "--to", "json")
    (verdict,) = ran.json["verdicts"]
    assert ran.err == "" and ran.code == 0 and verdict["verdict"] == "checked"
    assert "G (1)" in verdict["message"] and "V (1)" in verdict["message"]
    kinds = {item["type"]: item for section in ran.json["sections"] for item in section["items"]}
    assert kinds["specialised equation"]["name"] == "K"
    assert kinds["prose"]["text"].startswith("V has no equation here: for Residual, whose neurons remember their past")


def test_without_a_simulation_it_is_a_mistake_to_show_what_has_no_recursion(tmp_path: Path) -> None:
    ran = on_text(tmp_path, RESIDUAL.format("critical"), "run")
    assert ran.code == 2 and "this tensor does not close with those of the fields" in ran.err


def test_every_component_at_two_inputs(tmp_path: Path) -> None:
    """Three of G, six of V, by symmetry; D has no symmetry between its pairs: nine."""
    text = (
        f"with sigma = sin {{ inputs a b; set C_b = 1/5, C_W = 1, {RATES}; show G, V, D\n"
        "  check by simulation widths 12 depth 2 networks 1500 }\n"
    )
    (verdict,) = verdicts(tmp_path, text)
    assert verdict["verdict"] == "checked", verdict
    assert all(part in verdict["message"] for part in ("G (3)", "V (6)", "D (9)"))
    assert "the largest of 18" in verdict["message"]


@pytest.mark.parametrize("wrong", ["F", "V"])
def test_a_wrong_theory_is_refuted_by_name(tmp_path: Path, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half again as much of one tensor, and of nothing else."""
    right = Flow.value

    def value(self: Flow, layer: int, target: Tensor) -> Any:
        covariances = [component.is_covariance for component in target.components]
        is_wrong = covariances == ([True, True] if wrong == "V" else [False]) and len(target.legs) == 4
        return right(self, layer, target) * (3 if is_wrong else 2) / 2

    monkeypatch.setattr(Flow, "value", lambda self, layer, target: value(self, layer, target))
    text = (
        f"with sigma = tanh {{ inputs one; set C_b = 1/5, C_W = 1, {RATES}; show {wrong}\n"
        "  check by simulation widths 16 depth 2 networks 4000 }\n"
    )
    (verdict,) = verdicts(tmp_path, text)
    assert verdict["verdict"] == "refuted"
    assert verdict["message"].startswith(f"disagrees with real networks; {wrong} at layer 2")


def test_what_too_few_networks_do_not_resolve_is_said(tmp_path: Path) -> None:
    text = (
        "with sigma = tanh { inputs one; set C_b = 1/5, C_W = 1; show V\n"
        "  check by simulation widths 8 depth 2 networks 3 }\n"
    )
    (verdict,) = verdicts(tmp_path, text)
    assert verdict["verdict"] == "undecided"
    assert verdict["reason"].startswith("not resolved by 3 networks: V at layer 2 (error")


def test_names_do_not_steer_and_several_fields_are_compared(tmp_path: Path) -> None:
    head = """ptheory 1
architecture Net {
    weights W[i,j] ~ Normal(0, g/n)
    weights U[i,j] ~ Normal(0, 2*g/n)
    first   u[i;a] = sum(k, W[i,k]*x[k;a])
    first   v[i;a] = sum(k, U[i,k]*x[k;a])
    layer   u[i;a] = sum(j, W[i,j]*sigma(u[j;a])*v[j;a])
    layer   v[i;a] = sum(j, U[i,j]*sigma(u[j;a]))
}
define Q by E[u1 u2]_c = d12 Q[1,2]
define V by E[u1 v2]_c = d12 V[1,2]
define Y by E[u1 u2 v3 v4]_c = (d12 d34 Y[1,2,3,4] + d13 d24 Yx[1,3,2,4] + d14 d23 Yx[1,4,2,3]) / n
"""
    head = head.replace("define Y by", "define Y, Yx by")
    text = (
        "with sigma = tanh { inputs one; set g = 1/2; show Q, Y\n"
        "  check by simulation widths 16 depth 3 networks 2000 }\n"
    )
    (verdict,) = verdicts(tmp_path, text, head)
    assert verdict["verdict"] == "checked", verdict
    assert "Q (2)" in verdict["message"] and "Y (2)" in verdict["message"]


def test_a_residual_network_without_show_compares_kernel_and_vertex(tmp_path: Path) -> None:
    text = (
        "with sigma = relu for Residual { inputs one; set C_b = 0, C_W = 1, xi = 1/2\n"
        "  check by simulation widths 16 depth 3 networks 2000 }\n"
    )
    (verdict,) = verdicts(tmp_path, text, "ptheory 1\ninclude residual\n")
    assert verdict["verdict"] == "checked", verdict
    assert "G (2)" in verdict["message"] and "V (2)" in verdict["message"]


def test_learning_rates_nobody_set_are_one_and_said_to_be(tmp_path: Path) -> None:
    text = (
        "with sigma = tanh { inputs one; set C_b = 0, C_W = 1; show Theta\n"
        "  check by simulation widths 8 depth 2 networks 500 }\n"
    )
    (verdict,) = verdicts(tmp_path, text)
    assert verdict["verdict"] == "checked"
    assert "lambda_W = lambda_b = 1, which the block does not set" in verdict["message"]
