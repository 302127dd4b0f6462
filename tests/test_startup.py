"""What has to be quick does not import what is slow: no clock here, only the list of imported modules."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SLOW = ("sympy", "mpmath", "flint", "numpy", "matplotlib", "jinja2")

REPORT = """
finally:
    import sys
    print(','.join(sorted({m.split('.')[0] for m in sys.modules})), file=sys.stderr)
"""


def imported_by(code: str) -> set[str]:
    """The top-level modules in memory after the code has run."""
    body = "\n".join(f"    {line}" for line in code.splitlines())
    done = subprocess.run(
        [sys.executable, "-c", f"try:\n{body}{REPORT}"], capture_output=True, text=True, timeout=120, check=False
    )
    return set(done.stderr.strip().splitlines()[-1].split(","))


def command(*words: str) -> str:
    arguments = ["ptheory", *words]
    return f"import sys\nsys.argv = {arguments!r}\nfrom ptheory.cli import main\ntry: main()\nexcept SystemExit: pass"


def bad_file(folder: Path) -> Path:
    path = folder / "bad.deriv"
    path.write_text("ptheory 1\ninclude mlp\nderive G to ordr 1/n\n", "utf-8")
    return path


def test_the_list_of_imports_is_seen() -> None:
    assert "sympy" in imported_by("import sympy")


def test_import_ptheory() -> None:
    assert not imported_by("import ptheory") & {*SLOW, "lark", "rich", "click"}


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("run", "--help")])
def test_version_and_help(words: tuple[str, ...]) -> None:
    found = imported_by(command(*words))
    assert "ptheory" in found and not found & {*SLOW, "lark"}


@pytest.mark.parametrize("verb", ["run", "check", "flow", "fmt"])
def test_a_parse_error(verb: str, tmp_path: Path) -> None:
    found = imported_by(command(verb, str(bad_file(tmp_path))))
    assert "ptheory" in found and not found & set(SLOW)


def test_formatting(tmp_path: Path) -> None:
    path = tmp_path / "good.deriv"
    path.write_text("ptheory 1\ninclude mlp\nderive G\n", "utf-8")
    assert not imported_by(command("fmt", str(path))) & set(SLOW)


OF_OTHER_TASKS = (
    "claims.corrections.search",
    "claims.kinds.large_depth",
    "claims.kinds.numbers",
    "claims.latex.read_latex",
    "criticality.analysed_at_large_depth",
    "rendering.figure_sketch",
    "session.block_kernels",
    "session.flow_task",
    "session.plotted_figure",
    "simulation",
)
"""What the first look does not ask for."""


def test_the_first_look_loads_nothing_of_other_tasks() -> None:
    derivation = Path(__file__).resolve().parents[1] / "derivations" / "00-first-look.deriv"
    modules = "\nprint(','.join(name for name in sys.modules if name.startswith('ptheory.')), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", command("run", str(derivation)) + modules],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    loaded = set(done.stderr.strip().splitlines()[-1].split(","))
    assert "ptheory.verification.certify" in loaded
    assert not loaded & {f"ptheory.{name}" for name in OF_OTHER_TASKS}
