"""The clock of what has a limit: processor time without collections of cycles.

Where much is kept from before, one collection takes seconds. It would come at any place of a derivation, and a verdict
would depend on what was derived earlier in the same process.
"""

from __future__ import annotations

import gc
from time import process_time


class Collector:
    """The processor time that collections of cycles have taken."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._began = 0.0

    def __call__(self, phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            self._began = process_time()
        else:
            self.seconds += process_time() - self._began


_collector = Collector()
gc.callbacks.append(_collector)


def seconds_of_work() -> float:
    """The processor time of this process without collections of cycles."""
    return process_time() - _collector.seconds
