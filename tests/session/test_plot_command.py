"""``ptheory plot``, and the figures that ``run`` writes: files whole or not at all, one line for each mistake."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.session.command_line import HEAD, PROGRAM, ptheory

FILE = (
    HEAD
    + "plot map with sigma = relu { set C_b = 1/10, C_W = 1 }\n"
    + 'plot map "other" with sigma = relu { set C_b = 1/10, C_W = 1/2 }\n'
    + "atlas sigma { relu, erf }\n"
)
NAMES = ("map-MLP-relu-C_b-1-10-C_W-1", "other", "atlas-MLP-nu")
SETTING = ("-s", "set C_b = 1/10, C_W = 1")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "my figures.deriv"
    found.write_text(FILE, "utf-8")
    return found


def test_every_format_and_a_sketch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert ptheory(monkeypatch, "plot", "map", "ReLU", *SETTING, "-o", "a.pdf", "-o", "sub/a.svg") == 0
    assert Path("a.pdf").read_bytes().startswith(b"%PDF") and "<svg" in Path("sub/a.svg").read_text("utf-8")
    assert capsys.readouterr().out == ""
    assert ptheory(monkeypatch, "plot", "map", "relu", *SETTING) == 0
    assert "K* stable" in capsys.readouterr().out
    assert ptheory(monkeypatch, "plot", "map", "relu", *SETTING, "--json") == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "map"


def test_a_figure_of_a_file(path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    out = path.with_name("out.svg")
    assert ptheory(monkeypatch, "plot", "map", str(path), "-o", str(out)) == 2
    assert f"add --name: {NAMES[0]}, {NAMES[1]}" in capsys.readouterr().err and not out.exists()
    assert ptheory(monkeypatch, "plot", "map", str(path), "--name", "other", "-o", str(out)) == 0
    assert out.exists()
    assert ptheory(monkeypatch, "plot", "atlas", str(path)) == 0
    assert "relu" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("phases", "erf"), "did you mean `phase`"),
        (("nothing", "erf"), "there are flow, map"),
        (("map", "relu", *SETTING, "-o", "a.png"), "no figure is written as .png"),
        (("map", "relu", *SETTING, "-o", "a"), "no ending"),
        (("map", "relu", *SETTING, "-o", "a.pdf", "-o", "./a.pdf"), "stands twice"),
        (("map", "tahn"), "unknown activation tahn"),
        (("map", "relu", "tanh"), "of one activation, and there are 2"),
        (("angle", "{file}"), "no data for this figure"),
        (("map", "{file}", "--name", "third"), "no `plot map` of"),
        (("map", "{file}", "-s", "depth 3"), "a setting beside a file"),
        (("map", "missing.deriv"), "missing.deriv"),
        (("angle", "relu", "-s", "depth"), "<plot>:"),
        (("atlas", "relu", "-s", "depth 3"), "an atlas has no settings"),
        (("map", "relu", *SETTING, "-o", "{file}/a.pdf"), "cannot be written"),
    ],
)
def test_one_message_and_exit_code_2(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(path.parent)
    assert ptheory(monkeypatch, "plot", *(word.replace("{file}", str(path)) for word in words)) == 2
    shown = capsys.readouterr().err
    assert message in shown and "Traceback" not in shown
    assert {file.name for file in path.parent.iterdir()} == {path.name}


def test_what_run_writes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = path.parent / "out"
    assert ptheory(monkeypatch, "run", str(path), "-o", str(out), "--to", "latex,html,json") == 0
    drawings = {f"my-figures-{name}.pdf" for name in NAMES}
    assert {file.name for file in out.iterdir()} == drawings | {
        "my figures.tex", "my figures-fragment.tex", "my figures-macros.tex", "my figures.html", "my figures.json",
        "my figures",
    }  # fmt: skip
    fragment = (out / "my figures-fragment.tex").read_text("utf-8")
    assert set(re.findall(r"\\includegraphics\{([^}]+)\}", fragment)) == drawings
    assert set(re.findall(r"\\label\{fig:([^}]+)\}", fragment)) == {name.removesuffix(".pdf") for name in drawings}
    assert {f"{name}.tex" for name in NAMES} <= {file.name for file in (out / "my figures").iterdir()}
    page = (out / "my figures.html").read_text("utf-8")
    assert page.count("<figure id=") == 3 <= page.count("<svg ")
    items = [i for s in json.loads((out / "my figures.json").read_text("utf-8"))["sections"] for i in s["items"]]
    assert [i["name"] for i in items if i["type"] == "figure"] == list(NAMES)


def test_the_pdf_has_the_figures(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = path.parent / "out"
    assert ptheory(monkeypatch, "run", str(path), "-o", str(out), "--to", "pdf") == 0
    shown = subprocess.run(
        ["pdftotext", str(out / "my figures.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "Figure 3" in shown and "scale-invariant" in shown  # a word of the caption, a word of the drawing


def test_reordering_a_file_changes_no_drawing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = path.parent / "first", path.parent / "second"
    assert ptheory(monkeypatch, "run", str(path), "-o", str(first), "--to", "latex") == 0
    head, one, other, atlas = HEAD, *FILE.removeprefix(HEAD).splitlines(keepends=True)
    path.write_text(head + atlas + other + one, "utf-8")
    assert ptheory(monkeypatch, "run", str(path), "-o", str(second), "--to", "latex") == 0
    for name in NAMES:
        file = f"my-figures-{name}.pdf"
        assert (first / file).read_bytes() == (second / file).read_bytes()


@pytest.mark.slow
def test_an_interrupt_leaves_whole_files_only(path: Path) -> None:
    out = path.parent / "out"
    process = subprocess.Popen(
        [str(PROGRAM), "run", str(path), "-o", str(out), "--to", "latex,html"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not (out.exists() and any(out.iterdir())) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) in (0, 130)
    for file in out.iterdir():
        assert not file.name.endswith(".part")
        assert file.suffix != ".pdf" or file.read_bytes().rstrip().endswith(b"%%EOF")


def test_the_drawing_library_is_imported_for_a_drawing_only() -> None:
    code = (
        "import sys, ptheory as pt\n"
        "figure = pt.plot('map', 'relu', settings='set C_b = 1/10, C_W = 1')\n"
        "str(figure), figure.to_json()\n"
        "assert 'matplotlib' not in sys.modules\n"
        "figure._repr_svg_()\n"
        "assert 'matplotlib' in sys.modules and 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
