"""One fuzzed input through the real command, in this process, within a limit of CPU time."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fuzz.inputs import Input
from tests.reported.running import Ran, ptheory

LIMIT = 10.0  # seconds of CPU
CODES = {0, 1, 2, 3}


class TooLong(BaseException):
    """The limit is reached."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    def over(*_: object) -> None:
        raise TooLong

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def fault(given: Input, limit: float = LIMIT) -> str | None:
    """What is wrong with the answer to an input, None where it is as documented."""
    os.environ["PTHEORY_TRACEBACK"] = "1"  # so that a report of a defect says where it is
    try:
        with tempfile.TemporaryDirectory() as folder, limited(limit):
            words = list(given.words)
            if given.data is not None:
                path = Path(folder) / "fuzz.deriv"
                path.write_bytes(given.data)
                words.append(str(path))
            ran = ptheory(*words)
            again = ptheory("fmt", "--check", path) if words[0] == "fmt" and ran.code == 0 and len(words) == 2 else None
    except TooLong:
        return f"over {limit} s"
    except Exception:
        return f"an exception left the command:\n{traceback.format_exc()}"
    finally:
        os.environ.pop("PTHEORY_TRACEBACK", None)
    if again is not None and again.code != 0:
        return "what fmt wrote is not in canonical layout"
    return _fault_of(given, ran)


def _fault_of(given: Input, ran: Ran) -> str | None:
    if ran.code not in CODES or "Traceback" in ran.err:
        return f"exit code {ran.code}: {ran.err[-3000:]}"
    if ran.code == 2 and "error:" not in ran.err.lower():
        return f"exit code 2 without an error: {ran.err[-1000:]}"
    if "--json" in given.words and ran.out:
        try:
            json.loads(ran.out)
        except ValueError as problem:
            return f"no JSON: {problem}"
    return None
