"""What the README and the documents show is what comes out."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from ptheory.language import parse
from tests.session.command_line import ptheory

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def pasted(command: str) -> list[str]:
    """The lines shown below a command in the README, ``...`` for what was left out."""
    block = re.search(rf"^    \$ {re.escape(command)}\n((?:(?:    (?!\$).*)?\n)*)", README, re.MULTILINE)
    assert block is not None, command
    return [line.strip() for line in block.group(1).splitlines() if line.strip() not in ("", "...")]


def assert_in_order(shown: list[str], output: str) -> None:
    lines = iter(line.strip() for line in output.splitlines())
    for wanted in shown:
        assert any(line == wanted for line in lines), wanted


def test_the_first_look_of_the_readme(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")
    assert ptheory(monkeypatch, "run", "derivations/00-first-look.deriv") == 0
    assert_in_order(pasted("ptheory run derivations/00-first-look.deriv"), capsys.readouterr().out)


def test_the_file_of_the_readme() -> None:
    text = (ROOT / "derivations" / "00-first-look.deriv").read_text("utf-8")
    shown = pasted("cat derivations/00-first-look.deriv")
    assert shown == [line.strip() for line in text.splitlines() if line.strip()]


def test_the_refuted_claim_of_the_readme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = pasted("ptheory check wrong.deriv")
    claim = next(line.removeprefix("understood: ") for line in shown if line.startswith("understood"))
    path = tmp_path / "wrong.deriv"
    path.write_text(f'ptheory 1\ninclude mlp\nclaim "from my notes": {claim} for MLP, inputs one\n', "utf-8")
    assert ptheory(monkeypatch, "check", str(path)) == 1
    assert_in_order(shown, capsys.readouterr().out)


def test_the_papers_of_the_readme_and_of_the_papers_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs" / "papers.md").read_text("utf-8")
    paper, output = re.findall(r"^```(?:latex)?\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[:2]
    top = "".join(line for line in paper.splitlines(keepends=True) if "newcommand" in line or "include" in line)
    of_the_readme = top + "\n".join(pasted('grep -B1 -A4 "claim for" paper.tex'))
    monkeypatch.chdir(tmp_path)
    for text, shown in ((paper, output.splitlines()), (of_the_readme, pasted("ptheory check paper.tex"))):
        (tmp_path / "paper.tex").write_text(text, "utf-8")
        assert ptheory(monkeypatch, "check", "paper.tex") == 0
        assert_in_order([line.strip() for line in shown], capsys.readouterr().out)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


PACKAGES = sorted(path.parent.name for path in (ROOT / "ptheory").glob("*/__init__.py"))
NAMED_FILE = re.compile(rf"`((?:{'|'.join((*PACKAGES, 'tests', 'derivations', 'docs'))})/[\w./-]+)`")


def test_named_files_exist() -> None:
    for page in PAGES:
        for name in NAMED_FILE.findall(page.read_text("utf-8")):
            path = ROOT / ("ptheory" if name.split("/")[0] in PACKAGES else "") / name
            assert path.exists(), f"{page.name}: {name}"


def test_the_python_of_the_commands_page_runs() -> None:
    page = (ROOT / "docs" / "commands.md").read_text("utf-8").split("## From Python", 1)[1]
    code = textwrap.dedent("\n".join(line for line in page.splitlines() if line.startswith("    ")))
    assert code.startswith("import ptheory as pt")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "1. Next-layer product" in done.stdout


def test_the_python_of_the_export_page_runs() -> None:
    """Block after block in one space, as someone reads the page."""
    page = (ROOT / "docs" / "export.md").read_text("utf-8")
    blocks = re.findall(r"(?:^(?:    .*)?\n)+", page, re.MULTILINE)
    code = "\n".join(textwrap.dedent(block) for block in blocks if block.strip())
    space: dict[str, object] = {}
    exec(code, space)
    assert str(space["right"]) == "C_W*<tanh(z_1)**2> + C_b"
    assert str(space["chi_par"].evalf(20)) == "0.36359537628097414950"  # type: ignore[attr-defined]
    assert list(space["step"].arguments)[:2] == ["K_11", "K_12"]  # type: ignore[attr-defined]


def test_documents_parse_as_text() -> None:
    """A version line shown in a document is one the parser accepts."""
    for page in PAGES:
        for version in re.findall(r"^    (ptheory \d+)$", page.read_text("utf-8"), re.MULTILINE):
            parse(f"{version}\ninclude mlp\n")


def test_the_files_that_treat_every_kind_of_term_are_listed() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    for path in sorted((ROOT / "ptheory").rglob("*.py")):
        text = path.read_text("utf-8")
        if "assert_never(" in text and "from ptheory.networks.architecture import" in text:
            assert f"`{path.relative_to(ROOT / 'ptheory').as_posix()}`" in page
