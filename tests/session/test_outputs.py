"""What ``run`` shows and writes: terminal, LaTeX, PDF, HTML, JSON, the steps; whole files or none."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ptheory import cli
from tests.session.command_line import FILES, PROGRAM, ptheory, write


def run(monkeypatch: pytest.MonkeyPatch, folder: Path, formats: str, code: int = 0) -> Path:
    out = folder / "out"
    assert ptheory(monkeypatch, "run", *write(folder, "derive"), "-o", str(out), "--to", formats) == code
    return out


def test_text_is_for_stdout_and_messages_for_stderr(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = run(monkeypatch, tmp_path, "text,latex")
    shown = capsys.readouterr()
    assert "V′ = χ∥²·V + C_W²·(⟨σ⁴⟩ − ⟨σ²⟩²)" in shown.out
    assert "With sigma = relu" in shown.out and "\x1b[" not in shown.out
    assert str(out / "derive.tex") in shown.err and str(out) not in shown.out


def test_latex_is_a_document_and_a_fragment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = run(monkeypatch, tmp_path, "latex")
    document, fragment = (out / "derive.tex").read_text("utf-8"), (out / "derive-fragment.tex").read_text("utf-8")
    assert document.startswith(r"\documentclass") and r"\end{document}" in document
    assert r"\documentclass" not in fragment and r"\begin{align" in fragment
    assert all(display in document for display in re.findall(r"\\begin\{align\}.*?\\end\{align\}", fragment, re.DOTALL))
    assert "Recursions of" in document and r"\section" not in fragment and "one input, equal widths" not in fragment
    assert document.isascii() and fragment.isascii()


def test_html_is_one_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (run(monkeypatch, tmp_path, "html") / "derive.html").read_text("utf-8")
    assert page.lower().startswith("<!doctype html>") and page.rstrip().endswith("</html>")
    assert "Recursions of MLP" in page


def test_json_says_everything_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = json.loads((run(monkeypatch, tmp_path, "json") / "derive.json").read_text("utf-8"))
    assert {"title", "source", "sections", "file", "verdicts", "flows", "exit_code"} <= set(document)
    items = [item for section in document["sections"] for item in section["items"]]
    equations = {item["name"]: item for item in items if item["type"] == "equation"}
    assert set(equations) == {"K", "G1", "V"} or set(equations) == {"G", "V"}
    assert {"lhs", "rhs", "latex", "order", "power"} <= set(equations["V"])
    assert equations["V"]["lhs"] == "V'[1,2,3,4]" and equations["V"]["power"] == 1
    (closed,) = [item for item in items if item["type"] == "specialised equation" and item["bindings"]]
    assert closed["bindings"] == {"sigma": "relu"} and closed["inputs"] == "one"
    assert closed["closed_form"] == "C_W^2*(5*K^2 + V)/4"


def test_json_alone_goes_to_stdout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ptheory(monkeypatch, "run", *write(tmp_path, "derive"), "--to", "json") == 0
    assert json.loads(capsys.readouterr().out)["exit_code"] == 0


@pytest.mark.slow
def test_pdf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    out = run(monkeypatch, tmp_path, "pdf")
    assert f"and {out / 'derive.pdf'}" in capsys.readouterr().err
    assert (out / "derive.pdf").read_bytes().startswith(b"%PDF-")
    assert (out / "derive.tex").exists()


def test_without_tex_the_source_is_written_and_the_message_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_: None)
    out = run(monkeypatch, tmp_path, "pdf", code=2)
    assert [p.name for p in out.iterdir()] == ["derive.tex"]
    assert "apt-get install" in capsys.readouterr().err


def test_explain_shows_the_steps_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ptheory(monkeypatch, "run", *write(tmp_path, "derive"), "--explain", "V") == 0
    shown = capsys.readouterr().out
    steps = re.findall(r"^\s*(\d)\. (.*?)[.:]", shown, re.MULTILINE)
    assert [int(number) for number, _ in steps] == list(range(1, len(steps) + 1)) and len(steps) >= 5
    words = " ".join(name.lower() for _, name in steps)
    places = [words.find(word) for word in ("product", "wick", "coincidence", "expan", "match")]
    assert -1 not in places and places == sorted(places)


CLAIMS = """ptheory 1
include mlp
claim "vertex": V' = C_W^2*(<s^4> - <s^2>^2) + 2*chi_par^2*V for MLP, inputs one
claim "with ReLU": K' = C_b + C_W*K + V for MLP, inputs one, with sigma = relu
claim "kernel": K' = C_b + C_W*<s^2> for MLP, inputs one
"""


def test_explain_a_claim_shows_its_sides_term_by_term(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "claims.deriv"
    path.write_text(CLAIMS, "utf-8")
    assert ptheory(monkeypatch, "run", str(path), "--explain", "vertex", "--explain", "with ReLU") == 1
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "C_W^2*<sigma(z)^4> 1 1" in lines and "C_W^2*<sigma(z)^2>^2 -1 -1" in lines
    assert "C_W^2*V*<sigma'(z)^2>^2 1 2 differs" in lines
    assert "C_b 1 1" in lines and "C_W*K 1/2 1 differs" in lines and "V 0 1 differs" in lines


def test_explain_a_claim_that_is_not_refuted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "claims.deriv"
    path.write_text(CLAIMS, "utf-8")
    assert ptheory(monkeypatch, "run", str(path), "--explain", "kernel", "--explain", "kernels") == 2
    shown = capsys.readouterr().err
    assert "kernel is proved, and has no terms to be shown" in shown and "kernels was not derived" in shown


def test_explain_of_what_was_not_derived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ptheory(monkeypatch, "run", *write(tmp_path, "derive"), "--explain", "W") == 2
    assert "was not derived" in capsys.readouterr().err


def test_fmt_rewrites_once_and_then_leaves_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "loose.deriv"
    path.write_text("ptheory 1\ninclude   mlp   # the network\nderive  G,V  to order 1/n\n", "utf-8")
    assert ptheory(monkeypatch, "fmt", "--check", str(path)) == 1
    assert ptheory(monkeypatch, "fmt", str(path)) == 0
    once = path.read_text("utf-8")
    assert "# the network" in once and "derive G, V to order 1/n" in once
    capsys.readouterr()
    assert ptheory(monkeypatch, "fmt", str(path)) == 0
    assert path.read_text("utf-8") == once and capsys.readouterr().out == ""
    assert ptheory(monkeypatch, "fmt", "--check", str(path)) == 0


def test_fmt_leaves_a_bad_file_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = write(tmp_path, "bad", "derive")
    assert ptheory(monkeypatch, "fmt", bad, good) == 2
    assert Path(bad).read_text("utf-8") == FILES["bad"]


def test_files_appear_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ptheory.rendering.files import write_atomically

    target = tmp_path / "page.tex"
    write_atomically(target, "old")

    def fails(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(target, "new")
    assert target.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["page.tex"]


LONG = """ptheory 1
include mlp
flow MLP with sigma = z + z^2/4 - z^3/9 {
    inputs [1/2, 3/4] [1, -1/3] [2, 1] [1, 1/5]
    set C_b = 1/10, C_W = 6/5
    depth 40
    order 1/n^3
    show G, V
}
"""


@pytest.fixture
def heard_interrupts() -> Iterator[None]:
    """Ctrl-C as in a terminal, also where the suite runs in the background, with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.slow
@pytest.mark.usefixtures("heard_interrupts")
def test_an_interrupt_leaves_whole_files_only(tmp_path: Path) -> None:
    (first,) = write(tmp_path, "derive")
    endless, out = tmp_path / "endless.deriv", tmp_path / "out"
    endless.write_text(LONG, "utf-8")
    process = subprocess.Popen(
        [str(PROGRAM), "run", first, str(endless), "-o", str(out), "--to", "json,latex"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        waited_until = time.monotonic() + 120
        while not (out / "derive" / "V.tex").exists() and time.monotonic() < waited_until:
            time.sleep(0.1)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, message = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130 and "interrupted" in message and "Traceback" not in message
    written = ["derive", "derive-fragment.tex", "derive-macros.tex", "derive.json", "derive.tex"]
    assert sorted(p.name for p in out.iterdir()) == written
    assert json.loads((out / "derive.json").read_text("utf-8"))["exit_code"] == 0


@pytest.mark.usefixtures("heard_interrupts")
@pytest.mark.parametrize(("pressed", "code"), [(True, 130), (False, None)])
def test_an_interrupt_that_became_another_exception(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], pressed: bool, code: int | None
) -> None:
    """Compiled code that calls back turns a KeyboardInterrupt into a SystemError; one that nobody caused is shown."""

    def command(_: object) -> int:
        try:
            if pressed:
                os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt:
            pass
        raise SystemError("returned a result with an exception set")

    monkeypatch.setattr(cli, "outcome", command)
    with pytest.raises(SystemExit if pressed else SystemError) as ended:
        cli.main()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if isinstance(ended.value, SystemExit):
        assert ended.value.code == code
        assert capsys.readouterr().err == "interrupted; files already written are whole\n"
