"""The notebook runs from top to bottom and shows formulas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"


def outputs(cell: Any) -> str:
    shown = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        shown += [output.get("text", ""), data.get("text/latex", ""), data.get("text/plain", "")]
    return "\n".join(shown)


def in_html(cell: Any) -> str:
    return "\n".join(output.get("data", {}).get("text/html", "") for output in cell.get("outputs", []))


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # of the notebook client's own loop and sockets
def test_first_look() -> None:
    notebook = nbformat.read(FOLDER / "first_look.ipynb", as_version=4)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}})
    client.execute()
    shown = {cell.source: outputs(cell) for cell in notebook.cells if cell.cell_type == "code"}
    assert r"\langle" in shown["result['V']"] and "$" in shown["result['V']"]
    assert "1. Next-layer product" in shown["print(result['V'].explain())"]
    verdicts = next(text for source, text in shown.items() if source.startswith("for verdict"))
    assert "proved: four-point vertex, one input" in verdicts and "checked" in verdicts
    refuted = next(text for source, text in shown.items() if "mixed.verdicts" in source)
    assert refuted.startswith("refuted") and "yours 1/2, derived 1" in refuted
    assert "Fraction(47764559763, 81920000000)" in next(
        text for source, text in shown.items() if source.startswith("numbers")
    )
    assert "half-stable" in next(text for source, text in shown.items() if "pt.classify" in source)
    cells = {cell.source: in_html(cell) for cell in notebook.cells if cell.cell_type == "code"}
    whole = next(html for source, html in cells.items() if source.startswith("%%ptheory cells"))
    bound = "With <math><mi>ϕ</mi></math> = relu"  # in the notation of the cell
    assert all(kind in whole for kind in ("Recursions of MLP", bound, "Flow of MLP", "slip of the pen"))
    squared = "<msubsup><mi>σ</mi><mi>w</mi><mn>4</mn></msubsup>"
    assert squared in whole and squared in cells["cells['V'].one_input"] and "LaTeX" not in whole
    assert "<math" in cells["cells.specialised['relu']"] and "<table" in cells["cells.flows[0]"]
    assert 'class="verdict refuted"' in cells["cells.verdicts[-1]"]
    mistake = next(cell for cell in notebook.cells if cell.source.startswith("%%ptheory\n"))
    (said,) = (output for output in mistake.outputs if output.output_type == "stream")
    assert said.name == "stderr" and ":3:13: error: unexpected `ordr`" in said.text and "Traceback" not in said.text
    assert "<math" in in_html(mistake)


def test_the_notebook_is_kept_without_outputs() -> None:
    notebook = nbformat.read(FOLDER / "first_look.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
