"""The LaTeX of every file in ``derivations/``, as it should come out: ``derivations/expected/NAME.tex``.

After a change that is meant, run ``python -m tests.golden`` and review the difference as mathematics.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import ptheory as pt
from ptheory.rendering.latex_document import to_latex_document
from ptheory.rendering.rounding import with_page_digits
from ptheory.session.result import Result

DERIVATIONS = Path(__file__).resolve().parents[1] / "derivations"
EXPECTED = DERIVATIONS / "expected"
SIMULATED = re.compile(r"(agrees with real networks;)[^}]*")
ITERATED = re.compile(r"(?m) & -?\d\.\d+ & -?[\d.]+ & \d+ (\\\\)$|(amplitudes agree to) .*")


def names() -> list[str]:
    return sorted(path.stem for path in DERIVATIONS.glob("*.deriv"))


@cache
def result(name: str) -> Result:
    return pt.run(DERIVATIONS / f"{name}.deriv")


def latex(name: str) -> str:
    """The document without what a simulation or an iteration found: its last digits differ between processors."""
    report = with_page_digits(result(name).report)
    return ITERATED.sub(r"\1\2 ...", SIMULATED.sub(r"\1 ...", to_latex_document(report)))


def main() -> None:
    EXPECTED.mkdir(exist_ok=True)
    for name in names():
        (EXPECTED / f"{name}.tex").write_text(latex(name), "utf-8")
        print(EXPECTED / f"{name}.tex")


if __name__ == "__main__":
    main()
