"""All mutants by one command.

``python -m tests.mutants [COUNT]`` diagnoses that many single slips, 10,000 where no number is given, and prints a
table by operator; ``python -m tests.mutants perturbed [COUNT]`` looks at what is accepted of 5000 hidden perturbations.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutants.diagnosis import BATCH, Table, chosen, diagnosed
from tests.mutants.run import Outcome, mutants, run

SLIPS = 10_000
PERTURBED = 5000
REPORTED_EVERY = 200


def main() -> int:
    words = sys.argv[1:]
    if words[:1] == ["perturbed"]:
        return perturbed(int(words[1]) if len(words) > 1 else PERTURBED)
    return slips(int(words[0]) if words else SLIPS)


def slips(count: int) -> int:
    """Every slip with its verdict, counterexample and cause."""
    found = chosen(count)
    table = Table()
    with TemporaryDirectory() as folder:
        for start in range(0, len(found), BATCH):
            table.add(diagnosed(found[start : start + BATCH], Path(folder)))
            print(f"{min(start + BATCH, len(found))} of {len(found)}", file=sys.stderr, flush=True)
    print(table.text())
    for what, said in table.of_note:
        print(
            f"{what}: {said.slip.operator}: {said.slip.text} for {said.slip.claim.scope}: {said.verdict.get('cause')}"
        )
    print(f"{len(table.lies)} of {len(found)} accepted and not true")
    return 1 if table.lies else 0


def perturbed(count: int) -> int:
    """What is accepted of claims with hidden perturbations."""
    found = mutants(count)
    total = Outcome.empty()
    with TemporaryDirectory() as folder:
        for start in range(0, count, REPORTED_EVERY):
            total.add(run(found[start : start + REPORTED_EVERY], Path(folder)))
            print(f"{min(start + REPORTED_EVERY, count)} of {count}: {dict(total.counts)}", flush=True)
            for lie, verdict in total.lies:
                print(f"  {verdict}, and false: {lie.claim} for MLP, {lie.scope}", flush=True)
    print(f"{len(total.lies)} of {count} accepted and false")
    return 1 if total.lies else 0


if __name__ == "__main__":
    sys.exit(main())
