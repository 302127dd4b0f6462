"""Slips of the pen and hidden perturbations of a claim's right side, the same ones for the same seed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

NAMES = {
    "chi_par": "chi_perp", "chi_perp": "chi_par", "C_W": "C_b", "C_b": "C_W", "lambda_W": "lambda_b",
    "lambda_b": "lambda_W", "V": "K", "s1": "s2", "s2": "s1", "z1": "z2", "z2": "z1", "asin": "acos", "acos": "asin",
    "sinh": "cosh", "exp": "sinh", "sqrt": "exp", "h": "chi_perp", "D": "F", "F": "D", "B": "F", "Theta": "V",
}  # fmt: skip
FACTORS = ("2", "1/2", "3", "(1 + 10^(-60))", "(1 - 10^(-30))", "10^60", "10^(-60)", "(1 + 1/10^12)", "(-1)")
TERMS = (
    "10^(-60)", "10^(-20)", "10^60", "exp(-500*K)", "exp(-10^6*K)", "exp(-1/K)/10^20", "K/10^60", "K^6/10^40",
    "(K - 1)/10^60", "(abs(K - 1) - K + 1)/10^9", "(sqrt((K - 1)^2) - K + 1)", "(log(K^2) - 2*log(K))",
    "(abs(K - 2) - sqrt((K - 2)^2))", "(asin(K/(1 + K)) - atan(K/sqrt(1 + 2*K)))",
    "(atan(2*K/(1 - K^2)) - 2*atan(K))/10^6", "(log((K - 1)^2) - 2*log(abs(K - 1)))",
    "(abs(K - 1) - 2*abs(K - 1001/1000) + abs(K - 1002/1000))", "0*K",
)  # fmt: skip
WHOLE = ("sqrt(({})^2)", "abs({})", "-({})", "({})*K/abs(K)", "log(exp({}))")


def mutant(claim: str, inputs: int, seed: int) -> str:
    """One changed version; sometimes with two changes."""
    draw = random.Random(f"{claim} {seed}")
    left, right = claim.split(" = ")
    for _ in range(draw.choice((1, 1, 1, 2))):
        right = _changed(right, inputs, draw)
    return f"{right} = {left}" if draw.random() < 0.1 else f"{left} = {right}"


def _changed(right: str, inputs: int, draw: random.Random) -> str:
    for _ in range(50):
        new = draw.choice(CHANGES)(right, inputs, draw)
        if new != right:
            return new
    return f"2*({right})"


def _somewhere(pattern: str, text: str, draw: random.Random, new: Callable[[re.Match[str]], str]) -> str:
    places = list(re.finditer(pattern, text))
    if not places:
        return text
    place = draw.choice(places)
    return text[: place.start()] + new(place) + text[place.end() :]


def _number(right: str, inputs: int, draw: random.Random) -> str:
    changes = ("{}+1", "2*{}", "{}/2", "{}-1", "{}+10^(-60)", "{}*10^60", "-{}", "{}-10^(-30)")
    changed = "(" + draw.choice(changes) + ")"
    return _somewhere(r"(?<![\w,\[^])\d+(?![\w,\]'])", right, draw, lambda m: changed.format(m.group()))


def _exponent(right: str, inputs: int, draw: random.Random) -> str:
    def other(found: re.Match[str]) -> str:
        return draw.choice(("", f"^{int(found[1]) + 1}", f"^{int(found[1]) + 2}"))

    return _somewhere(r"\^(\d)(?!\d)", right, draw, other)


def _name(right: str, inputs: int, draw: random.Random) -> str:
    known = "|".join(sorted(NAMES, key=len, reverse=True))
    return _somewhere(rf"(?<!\w)({known})(?!\w)", right, draw, lambda m: NAMES[m.group()])


def _prime(right: str, inputs: int, draw: random.Random) -> str:
    return _somewhere(r"(?<!\w)(s\d?)('*)(?![\w(])", right, draw, lambda m: m[1] + draw.choice((m[2] + "'", m[2][1:])))


def _slot(right: str, inputs: int, draw: random.Random) -> str:
    return _somewhere(r"(?<=[\[,])[12](?=[\],])", right, draw, lambda m: "2" if m.group() == "1" else "1")


def _sign(right: str, inputs: int, draw: random.Random) -> str:
    return _somewhere(r" [+-] ", right, draw, lambda m: " - " if "+" in m.group() else " + ")


def _factor(right: str, inputs: int, draw: random.Random) -> str:
    factor = draw.choice(FACTORS)
    return _somewhere(r"(?<![\w^/])(?:C_W|K|V|<|chi_p|asin|sqrt)", right, draw, lambda m: f"{factor}*{m.group()}")


def _term(right: str, inputs: int, draw: random.Random) -> str:
    term = draw.choice(TERMS)
    kernel = "K" if inputs == 1 else draw.choice(("K[1,1]", "K[2,2]"))
    return f"{right} {draw.choice('+-')} {re.sub('K', kernel, term)}"


def _dropped(right: str, inputs: int, draw: random.Random) -> str:
    depth, cuts = 0, [0]
    for k, letter in enumerate(right):
        depth += (letter in "([<") - (letter in ")]>")
        if not depth and letter in "+-" and right[k - 1] == " ":
            cuts.append(k)
    if len(cuts) < 2:
        return right
    cut = draw.randrange(1, len(cuts))
    end = cuts[cut + 1] if cut + 1 < len(cuts) else len(right)
    return (right[: cuts[cut]] + right[end:]).strip()


def _whole(right: str, inputs: int, draw: random.Random) -> str:
    return draw.choice(WHOLE).format(right).replace("K/abs(K)", "K/abs(K)" if inputs == 1 else "K[1,2]/abs(K[1,2])")


CHANGES = (
    _number, _number, _exponent, _exponent, _name, _name, _prime, _slot, _sign, _factor, _factor, _term, _term, _term,
    _dropped, _whole,
)  # fmt: skip
