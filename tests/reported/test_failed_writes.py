"""What cannot be written is one line and exit code 2; nothing written before is touched, and nothing is left behind."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ptheory.rendering import files
from ptheory.rendering.files import WriteFailed, write_atomically
from tests.reported.running import HEAD, on_text, ptheory

OK = HEAD + 'claim "k": K\' = C_b + C_W*<s^2> for MLP, inputs one\n'
COMMAND = [sys.executable, "-c", "from ptheory.cli import main; main()"]
FULL = Path("/dev/full")


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.name.endswith(".part")]


@pytest.mark.parametrize("to", ["latex", "html", "csv", "json", "latex,html"])
def test_a_file_in_the_way_of_the_folder(to: str, tmp_path: Path) -> None:
    (tmp_path / "afile").write_text("x")
    found = on_text(
        tmp_path, OK.replace("claim", "derive G\nclaim"), "run", "--to", to, "-o", str(tmp_path / "afile/sub")
    )
    if to == "csv":  # no table, nothing to write
        assert found.code == 0
        return
    assert found.code == 2 and found.err.count("\n") == len(to.split(","))
    assert "afile/sub" in found.err and "cannot be written" in found.err and (tmp_path / "afile").read_text() == "x"


def test_a_folder_in_the_way_of_the_file_stops_no_other_format(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "case.tex" / "kept").mkdir(parents=True)
    found = on_text(tmp_path, OK, "run", "--to", "latex,html,json", "-o", str(out))
    assert found.code == 2 and "case.tex: cannot be written: a folder is in the way" in found.err
    assert (out / "case.tex" / "kept").is_dir() and (out / "case.html").is_file() and (out / "case.json").is_file()
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO])
def test_a_disk_that_is_full_or_read_only(code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "case.html").write_text("old")

    def fails(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(files.os, "fsync", fails)
    found = on_text(tmp_path, OK, "run", "--to", "html", "-o", str(out))
    assert found.code == 2 and found.err.count("\n") == 1 and os.strerror(code) in found.err
    assert (out / "case.html").read_text() == "old" and not leftovers(tmp_path)


@pytest.mark.parametrize("kind", ["device", "pipe"])
def test_what_is_no_ordinary_file_is_not_replaced(kind: str, tmp_path: Path) -> None:
    target = tmp_path / "target"
    if kind == "pipe":
        os.mkfifo(target)
    else:
        target.symlink_to("/dev/null")
    with pytest.raises(WriteFailed, match="no ordinary file"):
        write_atomically(target, "text")
    assert not target.is_file() or target.is_symlink()


def test_a_write_protected_file_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "kept.deriv"
    target.write_text("ptheory  1\n")
    monkeypatch.setattr(files.os, "access", lambda *_: False)  # for root everything is writable
    found = ptheory("fmt", target)
    assert found.code == 2 and "write-protected" in found.err and target.read_text() == "ptheory  1\n"


def test_an_interrupt_while_writing_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "page.html"
    target.write_text("old")
    for place in ("fsync", "chmod", "replace"):

        def pressed(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(files.os, place, pressed)
        with pytest.raises(KeyboardInterrupt):
            write_atomically(target, "new")
        assert target.read_text() == "old" and not leftovers(tmp_path)
        monkeypatch.undo()


@pytest.mark.parametrize(
    "words", [["--help"], ["run", "--help"], ["--version"], ["fmt", "-"], ["check", "-"], ["run", "-"]]
)
def test_a_stdout_that_takes_nothing(words: list[str]) -> None:
    text = "ptheory 1\n" if words[0] == "fmt" else OK
    with FULL.open("wb") as full:
        done = subprocess.run(COMMAND + words, input=text, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "stdout: cannot be written: No space left on device\n")


@pytest.mark.parametrize("words", [["--help"], ["fmt", "-"]])
def test_a_pipe_that_is_closed_ends_quietly(words: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(COMMAND + words, input=b"ptheory 1\n", stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize(
    ("closed", "words", "code"),
    [
        (">&-", "--help", 2),
        (">&-", "fmt -", 2),
        ("2>&-", "fmt -", 0),
        ("2>&-", "check nowhere.deriv", 2),
        ("<&-", "fmt -", 2),
    ],
)
def test_closed_streams(closed: str, words: str, code: int, tmp_path: Path) -> None:
    script = f'"$0" -c "from ptheory.cli import main; main()" {words} {closed}'
    done = subprocess.run(
        ["sh", "-c", script, sys.executable], input="ptheory 1\n", capture_output=True, text=True, check=False
    )
    assert done.returncode == code and "Traceback" not in done.stderr + done.stdout
    assert "error" not in done.stdout  # messages never land among the results


@pytest.mark.parametrize("columns", ["0", "1", "-5", "x"])
def test_a_terminal_without_columns(columns: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    found = on_text(tmp_path, OK, "run")
    assert found.code == 0 and "proved: k" in found.out


@pytest.mark.parametrize("to", ["text,html", "latex", "json", "csv"])
def test_a_name_that_is_not_utf8(to: str, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"bad\xff\xe9.deriv")
    path.write_text(OK)
    found = ptheory("run", path, "--to", to, "-o", tmp_path / "out")
    assert found.code == 0
    assert all(made.read_bytes().decode("utf-8") for made in (tmp_path / "out").glob("*.*"))


def test_a_defect_is_said_as_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ptheory.claims import claims

    decide = claims.decide

    def fails(claim: object, *rest: object, **more: object) -> object:
        if getattr(claim, "label", "") == "k":
            raise ValueError("math domain error")  # as a library would: not the user's mistake
        return decide(claim, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(claims, "decide", fails)
    text = OK + 'claim "other": K\' = C_b + C_W*<s^2> for MLP, inputs one\n'
    found = on_text(tmp_path, text, "check", "--json")
    assert found.code == found.json["exit_code"] == 4 and "Traceback" not in found.err
    assert "defect in ptheory, not a mistake of yours: ValueError: math domain error" in found.err
    assert [claim["verdict"] for claim in found.json["files"][0]["claims"]] == ["undecided", "proved"]
    monkeypatch.setenv("PTHEORY_TRACEBACK", "1")
    assert "Traceback (most recent call last)" in on_text(tmp_path, text, "check").err
