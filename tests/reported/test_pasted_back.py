"""Every formula of ``run --to json`` that has a claim reads back from it, proved or checked; the others say so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ptheory as pt
from ptheory.rendering.json_report import to_json
from tests.reported.running import HEAD, on_text

RELU_PASTED = (
    "K'[1,2] = C_W*K[1,2]*asin(K[1,2]/(sqrt(K[1,1])*sqrt(K[2,2])))/(2*pi) + C_W*K[1,2]/4"
    " + C_W*sqrt(K[1,1]*K[2,2] - K[1,2]^2)/(2*pi) + C_b"
)
ONE_INPUT = ["relu", "erf", "gelu", "sin", "cos", "exp", "tanh", "z - z^3/6", "leaky_relu", "hard_tanh", "elu"]
TWO_INPUTS = ["relu", "erf", "sin", "z + z^2/4", "leaky_relu"]
GATED = "ptheory 1\ninclude gated\n"
RESIDUAL = "ptheory 1\ninclude residual\n"
COMPOUND = """ptheory 1
include correlators
architecture Mixed {
    weights W[i,j] ~ Normal(0, C_W/n)
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = sum(j, W[i,j]*(sigma(z[j;a])*tau(z[j;a]) + c*z[j;a] - z[j;a]^2/4))
}
"""
VARYING = """ptheory 1
include correlators
architecture Varying {
    weights W[i,j] ~ Normal(0, C_W[l]/n[l-1])
    biases  b[i]   ~ Normal(0, C_b[l])
    first   z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = b[i] + sum(j, W[i,j]*sigma(z[j;a]))
}
"""


def formulas(item: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    """(formula, its claim) of an item."""
    for formula, claim in (("rhs", "claim"), ("explicit", "explicit_claim"), ("closed_form", "closed_form_claim")):
        if formula in item:
            yield item[formula], item[claim]
    yield from zip(item.get("definitions", ()), item.get("definition_claims", ()), strict=True)
    yield from ((moment["text"], moment["claim"]) for moment in item.get("moments", ()))


def read_back(head: str, tasks: str) -> tuple[int, list[str]]:
    """How many formulas have claims, and the formulas that have none; each claim is proved or checked."""
    report = pt.run_text(head + tasks).report
    found = [pair for s in to_json(report)["sections"] for item in s["items"] for pair in formulas(item)]
    claims = list(dict.fromkeys(claim for _, claim in found if claim is not None))
    verdicts = pt.run_text(head + "".join(f'claim "{k}": {claim}\n' for k, claim in enumerate(claims))).verdicts
    for claim, verdict in zip(claims, verdicts, strict=True):
        assert verdict.kind.value in ("proved", "checked"), (claim, verdict.message, verdict.reason)
    return len(claims), [formula for formula, claim in found if claim is None]


def test_the_formula_that_could_not_be_pasted_back(tmp_path: Path) -> None:
    ran = on_text(tmp_path, f"{HEAD}with sigma = relu {{ inputs 2; show G }}\n", "run", "--to", "json")
    mixed = ran.json["sections"][0]["items"][1]
    assert f"{mixed['lhs']} = {mixed['closed_form']}" == RELU_PASTED
    assert mixed["closed_form_claim"] == f"{RELU_PASTED} for MLP, inputs 2, with sigma = relu"
    back = on_text(tmp_path, f'{HEAD}claim "own output": {mixed["closed_form_claim"]}\n', "check")
    assert back.code == 0 and "proved" in back.out


def test_at_one_input() -> None:
    claims, without = read_back(HEAD, "".join(f"with sigma = {a} {{ inputs one; show G }}\n" for a in ONE_INPUT))
    assert claims >= len(ONE_INPUT) and not without


@pytest.mark.slow
def test_vertices_at_one_input() -> None:
    some = ("relu", "sin", "z - z^3/6")
    claims, without = read_back(HEAD, "".join(f"with sigma = {a} {{ inputs one; show V, F }}\n" for a in some))
    assert claims >= 2 + 2 * len(some) and not without


def test_at_two_inputs() -> None:
    claims, without = read_back(HEAD, "".join(f"with sigma = {a} {{ inputs 2; show G }}\n" for a in TWO_INPUTS))
    assert claims == 3 + 3 * len(TWO_INPUTS) and not without


@pytest.mark.slow
def test_a_vertex_at_two_inputs() -> None:
    claims, without = read_back(HEAD, "with sigma = relu { inputs x y; show V }\n")
    assert claims == 12 and not without


@pytest.mark.parametrize(
    "head, tasks, claims",
    [
        (HEAD, "derive G to order 1/n\nderive V, Theta, D, F\n", 11),
        (RESIDUAL, "derive G\n", 1),
        (GATED, "derive G_u, G_v\n", 2),
        (COMPOUND, "derive G\nwith sigma = tanh, tau = sin { inputs one; show G }\n", 2),
        (VARYING, "derive G, V\n", 3),
    ],
    ids=["MLP", "residual", "gated", "compound", "varying"],
)
def test_derived_at_symbolic_inputs(head: str, tasks: str, claims: int) -> None:
    """The sums over samples and the derivatives of the page are written out."""
    found, _ = read_back(head, tasks)
    assert found >= claims


def test_what_has_no_claim_says_so() -> None:
    """A product of numbers of more than two hundred digits, a right-hand side of a thousand terms."""
    report = pt.run_text(f"{HEAD}with sigma = selu {{ inputs one; show V }}\n").report
    (item,) = to_json(report)["sections"][0]["items"]
    assert item["closed_form_claim"] is None and item["claim"] is not None and len(item["closed_form"]) > 1000


def test_a_hyperparameter_that_is_set_is_assumed_by_the_claim() -> None:
    report = pt.run_text(f"{HEAD}with sigma = relu {{ inputs one; set C_b = 0, C_W = 2; show G }}\n").report
    item = to_json(report)["sections"][0]["items"][0]
    assert item["claim"] == "K' = 2*<s^2> for MLP, inputs one, C_b = 0, C_W = 2"
    assert item["closed_form_claim"] == "K' = K for MLP, inputs one, C_b = 0, C_W = 2, with sigma = relu"
    tasks = "with sigma = relu { inputs one; set C_b = 0, C_W = 2; show G, V }\n"
    assert read_back(HEAD, tasks) == (5, [])


def test_symbols_of_closed_forms_are_tensors_in_claims(tmp_path: Path) -> None:
    symbols = RELU_PASTED.replace("K[1,2]", "K_12").replace("K[1,1]", "K_11").replace("K[2,2]", "K_22")
    claim = f'claim "own output": {symbols} for MLP, inputs 2, with sigma = relu\n'
    ran = on_text(tmp_path, HEAD + claim, "check")
    assert ran.code == 0 and "proved" in ran.out
