"""The wheel carries the grammars and the prelude; an installed wheel and an editable checkout both work."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CLAIMS = {  # one for each grammar
    "formula": 'claim "kernel": K\' = C_b + C_W*<s^2> for MLP, inputs one',
    "latex": 'claim latex "kernel": $ K\' = C_b + C_W \\langle \\sigma\\sigma \\rangle_K $ for MLP, inputs one',
}


def run(*words: str | Path, cwd: Path, code: int = 0) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("ptheory-*.whl")
    return built


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A virtual environment that sees the libraries of this one, but not this checkout."""
    folder = tmp_path / "venv"
    venv.create(folder, with_pip=False, symlinks=True)
    libraries = next(path for path in sys.path if path.endswith("site-packages"))
    site = next((folder / "lib").glob("python3*")) / "site-packages"
    (site / "libraries.pth").write_text(f"{libraries}\n", "utf-8")
    return folder


def install(environment: Path, *words: str | Path) -> Path:
    """Install into the environment without looking for anything else; its ``bin``."""
    programs = environment / "bin"
    run(
        sys.executable,
        *("-m", "pip", "--python", programs / "python", "install", "-q", "--no-deps", "--no-index"),
        *("--no-build-isolation", "--force-reinstall", "--disable-pip-version-check", *words),
        cwd=environment,
    )
    return programs


def check_installation(programs: Path, folder: Path, expected: Path) -> None:
    for name, claim in CLAIMS.items():
        path = folder / f"{name}.deriv"
        path.write_text(f"ptheory 1\ninclude mlp\n{claim}\n", "utf-8")
        assert "proved: kernel" in run(programs / "ptheory", "check", path, cwd=folder)
    where = run(programs / "python", "-c", "import ptheory; print(ptheory.__file__)", cwd=folder)
    assert Path(where.strip()).is_relative_to(expected)


@pytest.mark.slow
def test_the_wheel_has_grammars_prelude_and_templates(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, inside, pattern in (
        ("grammars", "ptheory/grammars", "*.lark"),
        ("ptheory/language/prelude", "ptheory/language/prelude", "*.deriv"),
        ("ptheory/rendering/templates", "ptheory/rendering/templates", "*.jinja"),
    ):
        files = [path.name for path in (ROOT / folder).glob(pattern)]
        assert files and {f"{inside}/{name}" for name in files} <= names
    assert not [name for name in names if name.startswith(("tests/", "docs/", "derivations/"))]


@pytest.mark.slow
def test_an_installed_wheel_works(wheel: Path, fresh: Path, tmp_path: Path) -> None:
    check_installation(install(fresh, wheel), tmp_path, fresh)


@pytest.mark.slow
def test_an_editable_install_works(fresh: Path, tmp_path: Path) -> None:
    check_installation(install(fresh, "-e", ROOT), tmp_path, ROOT)
