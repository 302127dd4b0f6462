"""``python -m tests.fuzz [COUNT [START]]``: 20,000 inputs through the real commands; every fault with its number.

``python -m tests.fuzz show NUMBER`` prints one input.
"""

from __future__ import annotations

import resource
import sys
import time
from collections import Counter

from tests.fuzz.inputs import first, fuzzed
from tests.fuzz.trial import fault

ALL = 20_000
MEMORY = 6 * 2**30


def main(words: list[str]) -> int:
    if words[:1] == ["show"]:
        given = fuzzed(int(words[1]))
        print(given.words)
        print((given.data or b"").decode("utf-8", "replace"))
        return 0
    count, start = (int(words[0]) if words else ALL), (int(words[1]) if len(words) > 1 else 0)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    faults = 0
    kinds: Counter[str] = Counter()
    slowest = (0.0, 0)
    for given in first(count, start):
        began = time.process_time()
        found = fault(given)
        slowest = max(slowest, (time.process_time() - began, given.number))
        kinds[given.words[0]] += 1
        if found is not None:
            faults += 1
            print(f"--- input {given.number}: {' '.join(given.words)}\n{found}", flush=True)
        if (given.number - start + 1) % 500 == 0:
            print(f"# {given.number - start + 1} done, {faults} faults, slowest {slowest}", file=sys.stderr, flush=True)
    print(f"{count} inputs ({dict(kinds)}), {faults} faults; the slowest, {slowest[1]}, took {slowest[0]:.1f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
