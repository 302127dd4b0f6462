"""One claim of a file mutilated at random: the other claims of the file must keep their verdicts.

``python -m tests.fuzz.mutilated [COUNT [START]]`` goes through more of them than the suite does.
"""

from __future__ import annotations

import random
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.reported.running import ptheory

CLAIMS = 4
PLAIN = [
    ("K' = C_b + C_W*<s^2>", "proved"),
    ("K' = C_b + 2*C_W*<s^2>", "refuted"),
    ("V' = C_W^2*(<s^4> - <s^2>^2) + chi_par^2*V", "proved"),
    ("<z^4> = 3*K^2", "proved"),
]
LATEX = [
    (r"K' = C_b + C_W \langle\sigma^2\rangle", "proved"),
    (r"K' = C_b + 2 C_W \langle\sigma^2\rangle", "refuted"),
    (r"\langle z^4\rangle = 3 K^2", "proved"),
    (r"\langle z^2\rangle = K", "proved"),
]
HEADS = {
    "deriv": "ptheory 1\ninclude mlp\ninclude observables\n",
    "tex": "\\documentclass{article}\n% ptheory: include mlp\n% ptheory: include observables\n\\begin{document}\n",
    "md": "<!-- ptheory: include mlp -->\n<!-- ptheory: include observables -->\n",
}
JUNK = [
    *"()[]{}<>\"$%#=&\\^_'.;:\n\x00≈",
    *("\\begin{equation}", "\\end{equation}", "\\end{align}", "\\[", "\\]", "$$", "==", "for", "MPL", "\\\\", "claim"),
    *("\n\n", "ptheory:", "-->", "<!--", "\\frac", "\\left(", "let", "include", "9^9", "\\foo", "sigma", "e^", "..."),
    *("", ""),
]


@dataclass(frozen=True)
class Mutilated:
    """A file with ``HEADS``' first lines, and the verdicts of the claims that are whole."""

    kind: str
    text: str
    hurt: str
    expected: dict[str, str]


def mutilated(kind: str, number: int) -> Mutilated:
    """Every file is a function of its number alone."""
    rng = random.Random(f"{kind} {number}")
    parts = [_claim(kind, rng, f"c{k}") for k in range(CLAIMS)]
    place = rng.randrange(CLAIMS)
    hurt = _hurt(rng, parts[place][0])
    text = HEADS[kind] + "".join(hurt if k == place else part for k, (part, _) in enumerate(parts))
    return Mutilated(kind, text, hurt, {f"c{k}": verdict for k, (_, verdict) in enumerate(parts) if k != place})


def _claim(kind: str, rng: random.Random, label: str) -> tuple[str, str]:
    scope = "for MLP, inputs one"
    if kind == "deriv" and rng.random() < 0.5:
        claim, verdict = rng.choice(PLAIN)
        return f'claim "{label}": {claim} {scope}\n', verdict
    claim, verdict = rng.choice(LATEX)
    name, gap = rng.choice(["equation", "align", "equation*"]), rng.choice(["\n", " "])
    display = rng.choice([f"\\begin{{{name}}}{gap}{claim}{gap}\\end{{{name}}}", f"\\[ {claim} \\]", f"$$ {claim} $$"])
    if kind == "deriv":
        return f'claim latex "{label}":{gap}{display} {scope}\n', verdict
    if kind == "tex":
        return f"% ptheory: claim {label} {scope}\n{display}\nSome text with $x$.\n", verdict
    return f"<!-- ptheory: claim {label} {scope} -->\n{display}\n\nText.\n", verdict


def _hurt(rng: random.Random, claim: str) -> str:
    """A few characters taken out and junk put in; the line end behind the claim stays, and so does its first word, by
    which a claim of a derivation file is told from what goes on with the statement above."""
    kept = len("claim ") if claim.startswith("claim ") else 0
    for _ in range(rng.randint(1, 3)):
        start = rng.randrange(kept, len(claim))
        end = min(len(claim), start + rng.choice([0, 0, 1, 1, 2, 5, 20]))
        claim = claim[:start] + rng.choice(JUNK) + claim[end:]
    return claim.rstrip("\n") + "\n"


def fault(given: Mutilated) -> str | None:
    """Which whole claims have another verdict than alone; None where none has."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"case.{given.kind}"
        path.write_text(given.text, "utf-8")
        ran = ptheory("check", "--json", path)
    if ran.code not in (0, 1, 2, 3):
        return f"exit code {ran.code}: {ran.err}"
    found = {claim["label"]: claim["verdict"] for claim in ran.json["files"][0].get("claims", [])}
    wrong = {label: found.get(label) for label, verdict in given.expected.items() if found.get(label) != verdict}
    return f"{given.hurt!r}: {wrong} instead of {given.expected}" if wrong else None


def main(words: list[str]) -> int:
    count, start = (int(words[0]) if words else 1_000), (int(words[1]) if len(words) > 1 else 0)
    faults = 0
    for number in range(start, start + count):
        for kind in HEADS:
            found = fault(mutilated(kind, number))
            if found is not None:
                faults += 1
                print(f"--- {kind} {number}: {found}", flush=True)
    print(f"{count} files of each of {', '.join(HEADS)}, {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
