"""``python -m tests.fuzz.interrupts [TIMES]``: runs that write files, ended at random moments by Ctrl-C and by kill -9.

After each, every file is whole, the old or the new one; after Ctrl-C the exit code is 130, nothing is left unfinished,
and no traceback is shown.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

TIMES = 60
COMMAND = [sys.executable, "-c", "from ptheory.cli import main; main()"]
WRITTEN = ("work.tex", "work-fragment.tex", "work.html", "work.json")
OLD = "what stood here before\n"
TEXT = """ptheory 1
include mlp
derive V
flow MLP with sigma = z + z^2/4 {
    inputs [1/2, 3/4]
    set C_b = 1/10, C_W = 6/5
    depth 3
    show G, V
}
"""


def started(folder: Path) -> subprocess.Popen[str]:
    """A run in ``folder``, heard by Ctrl-C also where the program that starts it ignores that."""
    (folder / "work.deriv").write_text(TEXT, "utf-8")
    words = ["run", "work.deriv", "--to", "text,latex,html,json", "-o", "out"]
    return subprocess.Popen(
        COMMAND + words,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=_environment(),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def _environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    return {**os.environ, "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}


def undisturbed() -> tuple[float, dict[str, str]]:
    """How long a run takes that nobody ends, and what it writes."""
    with tempfile.TemporaryDirectory() as name:
        began = time.monotonic()
        process = started(Path(name))
        process.communicate()
        assert process.returncode == 0
        return time.monotonic() - began, {name_: (Path(name) / "out" / name_).read_text("utf-8") for name_ in WRITTEN}


def faults(ended_by: signal.Signals, times: int, seed: int, longest: float, new: dict[str, str]) -> Iterator[str]:
    """What was wrong after each of ``times`` runs ended at a moment of their own."""
    chance = random.Random(seed)
    for number in range(times):
        with tempfile.TemporaryDirectory() as name:
            folder, old = Path(name), number % 2 == 0
            if old:
                (folder / "out").mkdir()
                for written in WRITTEN:
                    (folder / "out" / written).write_text(OLD)
            process = started(folder)
            time.sleep(chance.uniform(0, longest))
            process.send_signal(ended_by)
            _, message = process.communicate(timeout=300)
            found = [*_of_files(folder / "out", ended_by, old, new)]
            if ended_by == signal.SIGINT:
                found += _of_the_answer(process.returncode, message)
            yield from (f"{ended_by.name} {number}: {fault}" for fault in found)


def _of_files(out: Path, ended_by: signal.Signals, old: bool, new: dict[str, str]) -> Iterator[str]:
    for path in sorted(out.iterdir()) if out.exists() else []:
        if path.name in WRITTEN:
            if path.read_text("utf-8") not in (OLD if old else None, new[path.name]):
                yield f"{path.name} is not whole"
        elif ended_by == signal.SIGINT or not path.name.endswith(".part"):
            yield f"{path.name} is left behind"
    if old and not all((out / name).exists() for name in WRITTEN):
        yield "a file that was there is gone"


def _of_the_answer(code: int, message: str) -> Iterator[str]:
    if (code not in (0, 130) or "Traceback" in message) and not _before_ptheory(code, message):
        yield f"exit code {code}: {message}"


def _before_ptheory(code: int, message: str) -> bool:
    """Ctrl-C while Python starts, before a function of ptheory runs: Python answers as it does for any program."""
    return code in (-signal.SIGINT, 1, 130) and not re.search(r"ptheory/.*, in (?!<module>)", message)


def main(words: list[str]) -> int:
    times = int(words[0]) if words else TIMES
    longest, new = undisturbed()
    found = [*faults(signal.SIGINT, times, 1, longest, new), *faults(signal.SIGKILL, times, 2, longest, new)]
    print("\n".join([*found, f"{times} x SIGINT, {times} x kill -9 within {longest:.1f} s: {len(found)} faults"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
