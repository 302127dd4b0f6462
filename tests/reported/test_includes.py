"""An include reads derivation files below the folder of the command or of the file, and nothing else of a computer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.reported.running import Ran, ptheory

CLAIM = 'claim "c": K\' = C_b + C_W*<s^2> for MLP, inputs one\n'


def include(*names: str) -> str:
    return "ptheory 1\n" + "".join(f'include "{name}"\n' for name in names)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder ``project`` with ``notes/`` in it, where the command runs elsewhere; a secret beside the project."""
    (tmp_path / "secret").write_text("root:x:hunter2\n")
    (tmp_path / "outside.deriv").write_text("ptheory 1\ninclude mlp\n")
    (tmp_path / "project/notes/deep").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (tmp_path / "project/mine.deriv").write_text("ptheory 1\ninclude mlp\n")
    (tmp_path / "project/notes/mine.deriv").write_text("ptheory 1\ninclude mlp\n")
    return tmp_path / "project"


def check(path: Path, text: str) -> Ran:
    path.write_text(text, "utf-8")
    return ptheory("check", path)


@pytest.mark.parametrize("name", ["mine.deriv", "deep/../mine.deriv", "./mine.deriv", "../notes/mine.deriv"])
def test_below_the_file(project: Path, name: str) -> None:
    assert check(project / "notes/a.deriv", include(name) + CLAIM).code == 0


def test_below_the_folder_of_the_command_where_that_is_higher(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = include("../mine.deriv") + CLAIM
    assert check(project / "notes/a.deriv", text).code == 2
    monkeypatch.chdir(project)
    assert check(project / "notes/a.deriv", text).code == 0
    assert ptheory("check", "notes/a.deriv").code == 0
    monkeypatch.chdir(project / "notes/deep")  # lower than the file: the folder of the file counts
    assert check(project / "notes/a.deriv", include("mine.deriv") + CLAIM).code == 0


@pytest.mark.parametrize(
    "name", ["../../outside.deriv", "../../secret", "notes/../../outside.deriv", "../nowhere.deriv"]
)
def test_not_above(project: Path, name: str) -> None:
    found = check(project / "a.deriv", include(name) + CLAIM)
    assert found.code == 2 and "a.deriv:2:9: error:" in found.err and "hunter2" not in found.err + found.out


@pytest.mark.parametrize("name", ["/etc/passwd", "/dev/zero", "/proc/self/environ", "{project}/mine.deriv"])
def test_no_absolute_path(project: Path, name: str) -> None:
    found = check(project / "a.deriv", include(name.format(project=project)) + CLAIM)
    assert found.code == 2 and "absolute path" in found.err and "root:" not in found.err


@pytest.mark.parametrize("to", ["../outside.deriv", "/etc/passwd", ".."])
def test_no_link_that_leads_out(project: Path, to: str) -> None:
    (project / "link").symlink_to(to)
    for name in ("link", "link/outside.deriv"):
        found = check(project / "a.deriv", include(name) + CLAIM)
        assert found.code == 2 and "a.deriv:2:9: error:" in found.err and "root:" not in found.err


def test_a_link_that_stays_inside_is_followed(project: Path) -> None:
    (project / "link.deriv").symlink_to("notes/mine.deriv")
    assert check(project / "a.deriv", include("link.deriv") + CLAIM).code == 0


@pytest.mark.parametrize(
    "text", ["root:x:hunter2\n", "hunter2 = 3\nptheory 1\n", "", "\x00hunter2", "ptheory 9\nhunter2\n"]
)
def test_what_does_not_begin_with_a_version_line_is_not_shown(project: Path, text: str) -> None:
    (project / "other.txt").write_text(text)
    found = check(project / "a.deriv", include("other.txt") + CLAIM)
    assert found.code == 2 and "a.deriv:2:9: error: other.txt is not a derivation file" in found.err
    assert "hunter2" not in found.err + found.out and len(found.err.splitlines()) == 4


def test_chains(project: Path) -> None:
    for number in range(1, 40):
        (project / f"c{number}.deriv").write_text(include(f"c{number + 1}.deriv"))
    (project / "c16.deriv").write_text("ptheory 1\ninclude mlp\n")
    assert check(project / "a.deriv", include("c1.deriv") + CLAIM).code == 0
    (project / "c16.deriv").write_text(include("c17.deriv"))
    found = check(project / "a.deriv", include("c1.deriv") + CLAIM)
    assert found.code == 2 and "c16.deriv:2:9: error:" in found.err and "at most 16" in found.err
    assert found.err.count("error:") == 1


@pytest.mark.parametrize("way", ["a.deriv", "notes/../a.deriv", "link.deriv", "folder/a.deriv", "b.deriv"])
def test_circles(project: Path, way: str) -> None:
    (project / "link.deriv").symlink_to("a.deriv")
    (project / "folder").symlink_to(".")
    (project / "b.deriv").write_text(include("notes/../folder/a.deriv"))
    found = check(project / "a.deriv", include(way) + "include mlp\n" + CLAIM)
    assert found.code == 0 and "proved" in found.out


def test_links_in_a_circle(project: Path) -> None:
    (project / "one").symlink_to("two")
    (project / "two").symlink_to("one")
    assert check(project / "a.deriv", include("one")).code == 2
    assert ptheory("check", project / "one").code == 2


@pytest.mark.parametrize("kind", ["folder", "pipe", "large", "device"])
def test_what_is_no_file_of_text(project: Path, kind: str) -> None:
    target = project / "odd"
    if kind == "folder":
        target.mkdir()
    elif kind == "pipe":
        os.mkfifo(target)
    elif kind == "device":
        target.symlink_to("/dev/zero")
    else:
        target.write_bytes(b"ptheory 1\n" + b"#\n" * 1_100_000)
    for found in (check(project / "a.deriv", include("odd") + CLAIM), ptheory("check", target)):
        assert found.code == 2 and found.err.count("error:") == 1 and "Traceback" not in found.err
