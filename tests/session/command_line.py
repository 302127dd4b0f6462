"""The commands as a user runs them, in this process (fast) or in their own (for signals)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ptheory import cli

PROGRAM = Path(sys.executable).with_name("ptheory")

HEAD = "ptheory 1\ninclude mlp\n"
FILES = {
    "proved": HEAD + 'claim "vertex": V\' = C_W^2*(<s^4> - <s^2>^2) + chi_par^2*V for MLP, inputs one\n',
    "checked": HEAD + 'claim "slope": C_W*<s\'^2> = C_W*(1 - 2*<s^2> + <s^4>) for MLP, inputs one, with sigma = tanh\n',
    "refuted": HEAD + 'claim "halved": V\' = C_W^2*(<s^4> - <s^2>^2) + 1/2*chi_par^2*V for MLP, inputs one\n',
    "undecided": HEAD + "claim \"divergent\": <s''^2> = 0 for MLP, inputs one, with sigma = relu\n",
    "bad": HEAD + "derive G to ordr 1/n\n",
    "derive": HEAD + "derive G to order 1/n\nderive V\nwith sigma = relu { inputs one; show V }\n",
    "flow": HEAD + "flow MLP with sigma = z + z^2/4 {\n"
    "    inputs [1/2, 3/4] [1, -1/3]\n    set C_b = 1/10, C_W = 6/5\n    depth 3\n    order 1/n\n    show G, V\n}\n",
}


def write(folder: Path, *names: str) -> list[str]:
    """Files of the table above; their paths."""
    paths = []
    for name in names:
        path = folder / f"{name}.deriv"
        path.write_text(FILES[name], "utf-8")
        paths.append(str(path))
    return paths


def ptheory(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """The exit code of a command run in this process."""
    monkeypatch.setattr(sys, "argv", ["ptheory", *words])
    try:
        cli.main()
    except SystemExit as ended:
        assert isinstance(ended.code, int)
        return ended.code
    return 0
