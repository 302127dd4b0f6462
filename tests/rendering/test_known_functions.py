"""Known functions are written as such: cos(z1), not sin'1; sin(z1) z1, not sin1 z1; and read back so."""

from __future__ import annotations

import json

import mpmath as mp
import pytest

import ptheory as pt
from ptheory.algebra.elementary import ELEMENTARY
from ptheory.algebra.polynomial import Polynomial
from ptheory.claims.verdict import Kind
from ptheory.networks.fields import Field
from ptheory.recursion.jets import Jet
from ptheory.recursion.means.derivatives_with_names import with_names
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import Leg
from ptheory.session.outputs import result_json

NAMED = [row.name for row in ELEMENTARY if row.derivative is not None]
HEAD = """ptheory 1
include observables
architecture Known {
    weights W[i,j] ~ Normal(0, C_W/n)   rate lambda_W/n
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = sum(j, W[i,j]*%s)
}
include mlp
"""
DEFINED = "derive V, D, F, P for Known\n"


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("order", range(6))
def test_derivatives_by_finite_differences(name: str, order: int) -> None:
    leg = Leg(Field("z"), Sample(1))
    (((jet, _),), sign) = next(iter(with_names(Polynomial.atom(Jet(name, order, leg)))))
    assert isinstance(jet, Jet) and not jet.order
    with mp.workdps(40):
        found = sign * getattr(mp, str(jet.function))(mp.mpf("0.7"))
        assert abs(found - mp.diff(getattr(mp, name), mp.mpf("0.7"), order)) < 1e-12


def test_short_forms_in_cos() -> None:
    result = pt.run_text(HEAD % "sin(z[j;a])" + DEFINED)
    printed = {name: str(result[name].short) for name in "VDFP"}
    assert "'" not in printed["P"].partition("=")[2] and "cos(z1)" in printed["P"]
    document = json.dumps(result_json(result))
    assert r"\\cos(z_1)" in document and "sin'" not in document.replace("d(sin", "")
    one = [item["claim"] for section in json.loads(document)["sections"] for item in section["items"]]
    assert any("<cos(z)^2 - sin(z)^2>" in claim or "chi_par" in claim for claim in one if claim)


@pytest.mark.parametrize(
    ("site", "scope"),
    [
        ("sin(z[j;a])", ""),
        ("cos(z[j;a])", ""),
        ("exp(z[j;a])", ""),
        ("tanh(z[j;a])", "inputs one"),
        ("sin(z[j;a])*z[j;a]", "inputs one"),  # s*z was written, which a claim reads otherwise
    ],
)
def test_every_claim_of_the_document_is_proved(site: str, scope: str) -> None:
    head = HEAD % site
    document = json.loads(json.dumps(result_json(pt.run_text(head + DEFINED))))
    claims = [
        claim
        for section in document["sections"]
        for item in section["items"]
        for claim in (item.get("claim"), *item.get("definition_claims", []))
    ]
    assert claims and None not in claims
    wanted = dict.fromkeys(claim for claim in claims if claim.endswith(scope))
    text = head + "".join(f'claim "{k}": {claim}\n' for k, claim in enumerate(wanted))
    assert {verdict.kind for verdict in pt.run_text(text).verdicts} == {Kind.PROVED}


@pytest.mark.parametrize(
    ("claim", "kind"),
    [
        ("V' = chi_par^2*V + C_W^2*(<sin(z)^4> - <sin(z)^2>^2)", Kind.PROVED),
        ("V' = C_W^2*<cos(z)^2 - sin(z)^2>^2*V + C_W^2*(<sin(z)^4> - <sin(z)^2>^2)", Kind.PROVED),
        ("V' = C_W^2*<cos(z)^2 + sin(z)^2>^2*V + C_W^2*(<sin(z)^4> - <sin(z)^2>^2)", Kind.REFUTED),
        ("chi_perp = C_W*<cos(z)^2>", Kind.PROVED),
        ("chi_perp = -C_W*<cos(z)^2>", Kind.REFUTED),
        ("<sin''*cos(z)> = -<sin'*sin(z)>", Kind.PROVED),
        ("h = -chi_par/2", Kind.PROVED),
    ],
)
def test_cos_is_the_derivative_of_sin_in_claims(claim: str, kind: Kind) -> None:
    (verdict,) = pt.run_text(f'{HEAD % "sin(z[j;a])"}claim "c": {claim} for Known, inputs one\n').verdicts
    assert verdict.kind is kind
