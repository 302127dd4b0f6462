"""The same bytes in every format, whatever order the hashes of a process give."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

RICH = """ptheory 1
include mlp
derive G to order 1/n
derive V
with sigma = tanh { critical; exponents V }
with sigma = relu { inputs a b; show G }
flow MLP with sigma = z + z^2/4 { inputs [1/2] [1]; set C_b = 0, C_W = 1; depth 2; order 1/n; show G, V }
claim "vertex": V' = C_W^2*(<s^4> - <s^2>^2) + chi_par^2*V for MLP, inputs one
claim "wrong": V' = C_W^2*(<s^4> - <s^2>^2) + 2*chi_par^2*V for MLP, inputs one
"""
RUN = (sys.executable, "-m", "ptheory", "run", "../case.deriv", "-o", ".", "--to", "text,latex,html,csv,json")


def test_every_format_is_the_same_whatever_hashes_are(tmp_path: Path) -> None:
    (tmp_path / "case.deriv").write_text(RICH, "utf-8")
    folders = {seed: tmp_path / seed for seed in ("1", "4321")}
    started = []
    for seed, folder in folders.items():
        folder.mkdir()
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        started.append(subprocess.Popen(RUN, cwd=folder, env=environment, **pipes))
    first_text, second_text = (one.communicate()[0] for one in started)
    assert [one.returncode for one in started] == [1, 1]
    first, second = ({p.relative_to(f): p.read_bytes() for p in f.rglob("*.*")} for f in folders.values())
    assert len(first) > 15 and first.keys() == second.keys()
    assert [path for path in first if first[path] != second[path]] == []
    assert first_text == second_text != b""
