"""The kept table of enumerations above layer two: ``python -m tests.ntk.table`` makes it anew (some minutes).

The rows are those the tests ask for: they are run with every row enumerated on the spot, and the answers written down.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest

from tests.ntk import comparison


def main() -> None:
    kept: dict[str, list[Fraction]] = {}

    def exact(setting: comparison.Comparison, layer: int, name: str, samples: Sequence[int]) -> list[Fraction]:
        found = setting.enumerated(layer, name, samples)
        if layer > comparison.LIVE:
            kept[setting.key(layer, name, samples)] = found
        return found

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(comparison.Comparison, "exact", exact)
        ended = pytest.main([str(Path(__file__).parent / "test_enumeration.py"), "-q", "-x"])
    if ended != pytest.ExitCode.OK:
        raise SystemExit(int(ended))
    comparison.TABLE.write(sorted(kept.items()))
    print(f"{comparison.TABLE.path}: {len(kept)} rows")


if __name__ == "__main__":
    main()
