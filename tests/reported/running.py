"""A derivation file through a command of ptheory, in this process, with what it printed."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ptheory import cli

FILES = Path(__file__).resolve().parent / "files"
HEAD = "ptheory 1\ninclude mlp\ninclude observables\n"


@dataclass(frozen=True)
class Ran:
    """What a command printed on stdout and stderr, and its exit code."""

    out: str
    err: str
    code: int

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def ptheory(*words: str | Path) -> Ran:
    """``ptheory WORDS...`` in this process."""
    out, err = io.StringIO(), io.StringIO()
    before, code = sys.argv, 0
    sys.argv = ["ptheory", *map(str, words)]
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = _exit_code(cli.main)
    finally:
        sys.argv = before
    return Ran(out.getvalue(), err.getvalue(), code)


def _exit_code(call: Callable[[], None]) -> int:
    try:
        call()
    except SystemExit as ended:
        assert isinstance(ended.code, int)
        return ended.code
    return 0


def on_text(folder: Path, text: str, *words: str | Path) -> Ran:
    """The command on a file holding ``text``: ``on_text(tmp_path, HEAD + "derive V", "run")``."""
    path = folder / "case.deriv"
    path.write_text(text, "utf-8")
    return ptheory(*words, path)


def verdicts(path: Path) -> dict[str, str]:
    """Label -> verdict of every claim of a file."""
    (document,) = ptheory("check", path, "--json").json["files"]
    return {claim["label"]: claim["verdict"] for claim in document["claims"]}


def verdict(folder: Path, claim: str, head: str = HEAD) -> str:
    """The verdict on one claim, written without its keyword and label: ``<z^2> = K for MLP, inputs one``."""
    path = folder / "claim.deriv"
    path.write_text(f'{head}claim "c": {claim}\n', "utf-8")
    return verdicts(path)["c"]
