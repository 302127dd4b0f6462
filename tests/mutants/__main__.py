"""All mutants by one command: ``python -m tests.mutants [COUNT]``, 5000 of them where no number is given."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutants.run import BATCH, Outcome, mutants, run

ALL = 5000
REPORTED_EVERY = 10 * BATCH


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ALL
    chosen = mutants(count)
    total = Outcome.empty()
    with TemporaryDirectory() as folder:
        for start in range(0, count, REPORTED_EVERY):
            total.add(run(chosen[start : start + REPORTED_EVERY], Path(folder)))
            print(f"{min(start + REPORTED_EVERY, count)} of {count}: {dict(total.counts)}", flush=True)
            for found, verdict in total.lies:
                print(f"  {verdict}, and false: {found.claim} for MLP, {found.scope}", flush=True)
    print(f"{len(total.lies)} of {count} accepted and false")
    return 1 if total.lies else 0


if __name__ == "__main__":
    sys.exit(main())
