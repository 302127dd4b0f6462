"""A command in a process of its own: how long it takes, and how much memory at most."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PTHEORY = str(Path(sys.executable).with_name("ptheory"))


def run(*words: str, expect: int = 0) -> int:
    """Run ``ptheory`` with these words; the peak memory of the process in kB. It must end with ``expect``."""
    process = subprocess.Popen([PTHEORY, *words], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == expect, words
    return used.ru_maxrss


def measure(benchmark: Any, *words: str, expect: int = 0, rounds: int = 5) -> None:
    """Wall time by pytest-benchmark, peak memory of the worst round beside it."""
    peaks: list[int] = []
    benchmark.pedantic(lambda: peaks.append(run(*words, expect=expect)), rounds=rounds, warmup_rounds=1)
    benchmark.extra_info["peak_memory_MB"] = round(max(peaks) / 1024, 1)
