r"""The corrected equation, and what was understood, in the author's own LaTeX: what is printed reads back the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ptheory.language.parser import parse_text
from ptheory.language.statements import ClaimStatement
from ptheory.rendering.claim_latex import ClaimLatex
from tests.reported.running import HEAD, on_text, ptheory

PAPER = Path(__file__).resolve().parents[2] / "derivations" / "paper" / "effective-theory.tex"
SYMBOLS = r'sigma = "\phi"  C_W = "\sigma_w^2"  C_b = "\sigma_b^2"  K = "q"  Theta = "\widehat{\Theta}"'
NOTATION = f"notation {{ {SYMBOLS} }}\n"
WRONG = [  # as an author writes it, the correction in the same hand, the scope
    (
        r"V^{(\ell+1)} = \sigma_w^4(\langle\phi^4\rangle - \langle\phi^2\rangle^2) + 2\chi_\parallel^2 V^{(\ell)}",
        r"V^{(\ell+1)} = \sigma_w^4 "
        r"\left(\left\langle \phi^4 \right\rangle - \left\langle \phi^2 \right\rangle^2\right)"
        r" + \chi_{\parallel}^2 V^{(\ell)}",
        "inputs one",
    ),
    (
        r"q^{(\ell+1)} = \sigma_b^2 + \sigma_w \sigma_w \langle\phi^2\rangle",
        "",  # unreadable: half of \sigma_w^2 has no name of its own, or pairs up
        "inputs one",
    ),
    (
        r"q^{(\ell+1)} = \sigma_b^2 + \sigma_w^4 \left\langle\phi^2\right\rangle_{q^{(\ell)}}",
        r"q^{(\ell+1)} = \sigma_b^2 + \sigma_w^2 \left\langle \phi^2 \right\rangle_{q^{(\ell)}}",
        "inputs one",
    ),
    (
        r"q'_{12} = \sigma_b^2 + \sigma_w^2 \langle\phi_1\phi_1\rangle",
        r"q'_{12} = \sigma_b^2 + \sigma_w^2 \left\langle \phi_2 \phi_1 \right\rangle",
        "inputs 2",
    ),
    (
        r"\widehat{\Theta}' = \lambda_b + \lambda_W \langle\phi^2\rangle + \chi_\parallel \widehat{\Theta}",
        r"\widehat{\Theta}' = \lambda_b + \lambda_W \left\langle \phi^2 \right\rangle + \chi_{\perp} \widehat{\Theta}",
        "inputs one",
    ),
    (r"\langle z_1^2 z_2^2\rangle = q_{11} q_{22} + q_{12}^2", r"q_{11} q_{22} + 2 q_{12}^2", "inputs 2"),
]


def judged(folder: Path, body: str, scope: str, notation: str = NOTATION) -> dict[str, Any]:
    text = f'{HEAD}{notation}claim latex "c": \\[ {body} \\] for MLP, {scope}\n'
    (claim,) = on_text(folder, text, "check", "--json").json["files"][0]["claims"]
    found: dict[str, Any] = claim
    return found


@pytest.mark.parametrize(("body", "corrected", "scope"), [case for case in WRONG if case[1]])
def test_a_correction_in_the_authors_hand_reads_back_and_is_true(
    body: str, corrected: str, scope: str, tmp_path: Path
) -> None:
    claim = judged(tmp_path, body, scope)
    assert claim["verdict"] == "refuted" and claim["corrected_latex"].endswith(corrected)
    again = judged(tmp_path, claim["corrected_latex"], scope)
    assert again["verdict"] == "proved" and again["understood"] == claim["corrected"]
    shown = on_text(tmp_path, f'{HEAD}{NOTATION}claim latex "c": \\[ {body} \\] for MLP, {scope}\n', "check")
    assert f"in LaTeX: {claim['corrected_latex']}" in shown.out


@pytest.mark.parametrize(("body", "scope"), [(body, scope) for body, _, scope in WRONG])
def test_nothing_is_shown_that_would_read_otherwise(body: str, scope: str, tmp_path: Path) -> None:
    claim = judged(tmp_path, body, scope)
    for plain, latex in (("understood", "understood_latex"), ("corrected", "corrected_latex")):
        if latex in claim:
            assert judged(tmp_path, claim[latex], scope)["understood"] == claim[plain]


def test_every_equation_of_our_own_paper_is_typeset_again() -> None:
    claims = ptheory("check", PAPER, "--json").json["files"][0]["claims"]
    assert [claim["label"] for claim in claims if "understood_latex" not in claim] == []
    by_label = {claim["label"]: claim["understood_latex"] for claim in claims}
    assert by_label["eq:correlation"] == (
        r"q_{12}^{(\ell+1)} = \sigma_b^2 + \sigma_w^2 \left\langle \phi_1 \phi_2 \right\rangle_{q^{(\ell)}}"
    )
    assert r"V^{(\beta_1 \beta_2)(\beta_3 \beta_4)}_{(\ell)}" in by_label["two inputs, in general"]
    assert r"\frac{n_{\ell}}{n_{\ell-1}}" in by_label["unequal widths"]


def test_what_the_notation_cannot_say_is_left_out(tmp_path: Path) -> None:
    r"""A layer has no place at \sigma_w^2, whose superscript is taken."""
    body = r"K^{(\ell+1)} = C_b^{(\ell+1)} + 2 C_W^{(\ell+1)} \langle\sigma^2\rangle"
    claim = judged(tmp_path, body, "inputs one", "")
    assert r"C_W^{(\ell+1)} \left\langle" in claim["corrected_latex"]
    from ptheory.claims.latex.read_notation import read_notation

    (statement, plain) = parse_text(f'ptheory 1\n{NOTATION}claim "c": C_W[l+1] = 1\n').statements
    assert isinstance(plain, ClaimStatement)
    writer = ClaimLatex(read_notation(statement.entries), ("sigma",), ("z",), "K", lambda _: False, True)  # type: ignore
    with pytest.raises(ValueError, match="a layer or a sample at"):
        writer.formula(plain.left)


def test_records_of_all_claims(tmp_path: Path) -> None:
    """Text as written, its SHA-256, version, seed, points, digits: also of what is unreadable."""
    from hashlib import sha256

    from ptheory import __version__

    plain = 'claim "a": <z^4> =\n    3*K^2 for MLP, inputs one'
    bad = 'claim "b": <z^4> = = 3 for MLP'
    bound = 'claim "c": <z^2> = K for MLP, inputs one, with sigma = tanh'
    false = 'claim "d": <z^2> = 2*K for MLP, inputs one'
    ran = on_text(tmp_path, f"{HEAD}{plain}  # why\n{bad}\n{bound}\n{false}\n", "check", "--json")
    records = [claim["record"] for claim in ran.json["files"][0]["claims"]]
    assert [record["text"] for record in records] == [plain, bad, bound, false]
    for record in records:
        assert record["sha256"] == sha256(record["text"].encode()).hexdigest()
        assert record["version"] == __version__ and record["seed"] == "deterministic" and record["digits"] == 30
    assert [record["points"] for record in records] == [0, 0, 0, 1]
    again = on_text(tmp_path, f"{HEAD}{plain}  # why\n{bad}\n{bound}\n{false}\n", "check", "--json")
    assert json.loads(ran.out) == json.loads(again.out)


def test_the_record_of_a_papers_claim_is_its_mark_and_its_equation() -> None:
    claims = ptheory("check", PAPER, "--json").json["files"][0]["claims"]
    text = claims[0]["record"]["text"]
    assert text.startswith("claim length map for MLP, inputs one\n\\begin{equation}\n")
    assert text.endswith("\\end{equation}") and text in PAPER.read_text("utf-8")
