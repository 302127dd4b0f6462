"""The kept table of enumerations above layer two: ``python -m tests.residual.table`` makes it anew (some minutes).

The rows are those the tests ask for: they are run with every row enumerated on the spot, and the answers written down.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from tests.residual import comparison


def main() -> None:
    rows: dict[str, list[Fraction]] = {}

    def exact(row: comparison.Row) -> list[Fraction]:
        if row.key not in rows:
            rows[row.key] = comparison.enumerated(row)
        return rows[row.key]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(comparison.Row, "exact", property(exact))
        ended = pytest.main([str(Path(__file__).parent), "-q", "-x", "-k", "not simulation"])
    if ended != pytest.ExitCode.OK:
        raise SystemExit(int(ended))
    kept = {key: row for key, row in rows.items() if f"layer {comparison.LIVE}:" not in key}
    comparison.TABLE.write(sorted(kept.items()))
    print(f"{comparison.TABLE.path}: {len(kept)} rows")


if __name__ == "__main__":
    main()
