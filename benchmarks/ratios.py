"""Table of ratios from a pytest-benchmark JSON file: how many times longer than ptheory each other one takes.

    pytest benchmarks/test_wick.py benchmarks/test_coincidences.py --benchmark-json=kernels.json
    python benchmarks/ratios.py kernels.json

Best rounds are compared; FORM's start-up is taken off and the rest divided by the number of copies in one run. Of
several routes by one program the fastest counts.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

OTHERS = ("FORM", "FLINT", "SymPy")


def times(report: dict[str, list[dict[str, object]]]) -> dict[str, dict[str, float]]:
    """kernel -> program -> seconds for one evaluation."""
    found: dict[str, dict[str, float]] = {}
    for run in report["benchmarks"]:
        info, stats = run["extra_info"], run["stats"]
        assert isinstance(info, dict) and isinstance(stats, dict)
        kernel = found.setdefault(str(run["group"]), {})
        kernel[info["by"]] = min(kernel.get(info["by"], float("inf")), stats["min"] / info["copies"])
        if info["by"] == "FORM" and run["group"] != "start-up":
            kernel["FORM"] = max(kernel["FORM"] - found["start-up"]["FORM"] / info["copies"], 0.0)
    return found


def main() -> None:
    found = times(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    print("| kernel | " + " | ".join(f"{name} / ptheory" for name in OTHERS) + " |")
    print("|---|" + "--:|" * len(OTHERS))
    for kernel, by in found.items():
        if "ptheory" in by and len(by) > 1:
            cells = (f"{by[name] / by['ptheory']:.2g}" if name in by else "–" for name in OTHERS)
            print(f"| {kernel} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
