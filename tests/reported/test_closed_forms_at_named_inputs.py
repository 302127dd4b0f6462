"""Closed forms said K_12 where the equation above them says K[left,right]."""

from __future__ import annotations

import re

import ptheory as pt
from ptheory.rendering.html import to_html
from ptheory.rendering.json_report import to_json
from ptheory.rendering.latex_document import to_latex_document
from ptheory.rendering.lines import to_text

HEAD = "ptheory 1\ninclude mlp\n"


def test_the_closed_form_names_the_inputs_as_its_equation_does() -> None:
    report = pt.run_text(f"{HEAD}with sigma = relu {{ inputs left right  show G, V }}\n").report
    text, latex, html = to_text(report), to_latex_document(report), to_html(report)
    assert "= C_b + 1/2·C_W·K[left,left]" in text and "K[left,right]²" in text and "V[left,left,right,right]" in text
    assert (
        r"C_b + \frac{C_W}{2} K^{(\ell)}_{\mathrm{left},\mathrm{left}}" in latex
        and r"\bigl(K^{(\ell)}_{\mathrm{left},\mathrm{right}}\bigr)^2" in latex
    )
    for page in (text, latex, html):
        assert not re.search(r"[KV]_\{?[12]", page)
    items = to_json(report)["sections"][0]["items"]
    assert r"K^{(\ell)}_{\mathrm{left},\mathrm{left}}" in items[0]["closed_form_latex"]


def test_single_means_name_the_inputs_too() -> None:
    report = pt.run_text(f"{HEAD}with sigma = erf {{ inputs a b  show V }}\n").report
    text, latex = to_text(report), to_latex_document(report)
    assert "⟨σ[a] σ[b]⟩ = " in text and "K[a,b]" in text and not re.search(r"K_\{?[12]|σ₁", text)
    assert r"\langle \sigma_a \sigma_b\rangle_K" in latex and r"K^{(\ell)}_{ab}" in latex


def test_numbered_inputs_are_written_with_their_numbers() -> None:
    report = pt.run_text(f"{HEAD}with sigma = relu {{ inputs 2  show G }}\n").report
    assert "= C_b + 1/2·C_W·K[2,2]" in to_text(report)
    assert r"C_b + \frac{C_W}{2} K^{(\ell)}_{22}" in to_latex_document(report)


def test_at_one_input_nothing_is_named() -> None:
    report = pt.run_text(f"{HEAD}derive G to order 1/n\nderive V\nwith sigma = relu {{ }}\n").report
    assert "= C_b + 1/2·C_W·K" in to_text(report) and r"\frac{C_W}{2} G^{\{1\}(\ell)}" in to_latex_document(report)
