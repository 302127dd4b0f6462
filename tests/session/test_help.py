"""Help of every command, and what is answered to a command line that means something else."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from ptheory.command_line import cli


@pytest.mark.parametrize("flag", ["-?", "-h", "--help"])
@pytest.mark.parametrize("command", ["", "run", "check", "fmt", "classify", "gain", "phase", "flow", "plot"])
def test_help(command: str, flag: str) -> None:
    found = CliRunner().invoke(cli, [*command.split(), flag])
    assert found.exit_code == 0
    assert found.output.startswith(f"Usage: cli {command}".rstrip())
    assert "..." not in found.output.replace("FILE...", "").replace("ACTIVATION...", "").replace(
        "]...", ""
    )  # no summary is cut short


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("rn a.deriv", "`ptheory run`"),
        ("classfy gelu", "`ptheory classify`"),
        ("help", "`ptheory --help`"),
        ("paper.deriv", "`ptheory run paper.deriv`"),
        ("tanh", "`ptheory classify tanh`"),
        ("run --tex a.deriv", "one of: '--style', '--to'"),
        ("run --to textt a.deriv", "`text`"),
    ],
)
def test_what_was_meant(words: str, meant: str) -> None:
    found = CliRunner().invoke(cli, words.split())
    assert found.exit_code == 2
    assert f"id you mean {meant}?" in found.output
