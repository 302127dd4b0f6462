"""Derivation files nobody wrote: those of the project torn up and put together again, and texts from the grammar.

Every input is a function of its number alone, so a failure is found again by its number.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAD = "ptheory 1\ninclude mlp\ninclude observables\n"
_STATEMENT = re.compile(
    r"^(?=(?:architecture|activation|observable|define|let|derive|with|flow|claim|include|derivatives)\b)", re.MULTILINE
)
_TOKEN = re.compile(r"\\[A-Za-z]+|[A-Za-z_]\w*|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
_SLOW = re.compile(r"simulation|atlas|exponents|1/n\^|exact|critical|V6|E\[z1 z2 z3 z4 z5")  # not quick by nature
_ODD = [
    *[
        "",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "<",
        ">",
        "⟨",
        "⟩",
        "'",
        '"',
        "^",
        "**",
        "_",
        "$",
        "\\",
        "%",
        "#",
        ";",
        ":",
        ",",
    ],
    *["=", "==", "~", "−", "\r", "\t", "\x00", "\u200b", "é", "σ", "ℓ", "∞", "🙂", "０", "²", "⁻¹", "1e400", "1e-300"],
    *["0", "-1", "10^9", "99999999999", "1/0", "z^200", "prev(z[j;a])", "sum(j, ", "piecewise(", "otherwise", "n", "K"],
    *["G1", "l", "pi", "e", "d12", "E[z1]", "rate", "inputs 3", "with sigma = tanh", "to order 1/n", "derive", "claim"],
    *[
        "ptheory 2",
        'include "x"',
        "latex",
        "\\begin{equation}",
        "\\end{equation}",
        "\\frac",
        "\\left(",
        "&",
        "\\\\",
        "!",
    ],
]
_NUMBERS = ["0", "1", "2", "3", "1/2", "-1", "6/5", "0.1", "1e-30", "1e30", "10^6", "sqrt(2)", "pi", "1/0", "0^0", "7"]
_FUNCTIONS = [
    *["tanh", "sin", "cos", "exp", "log", "sqrt", "erf", "abs", "sign", "relu", "sigmoid", "softplus", "gelu"],
    *["atan", "sinh", "cosh", "step", "asinh", "max", "heaviside", "gamma"],
]
_ATOMS = [
    *["C_b", "C_W", "K", "V", "G1", "chi_par", "chi_perp", "h", "<s^2>", "<s^4>", "<s'^2>", "<s s''>", "<z s'>", "n"],
    *["K'", "V'", "Theta", "D", "F", "lambda_W", "lambda_b", "<s>", "<z^2>", "l", "a", "<s'''>", "<z^4 s^2>"],
]
_COMMANDS = [("run",), ("check",), ("check", "--json"), ("flow",), ("flow", "--json"), ("fmt", "--check"), ("fmt",)]


@dataclass(frozen=True)
class Input:
    """A command line and, for all but ``classify``, the file it is given (None: no file)."""

    number: int
    words: tuple[str, ...]
    data: bytes | None


def fuzzed(number: int) -> Input:
    """Input ``number``."""
    chance = random.Random(number)
    kind = chance.random()
    if kind < 0.1:
        return Input(number, ("classify", *chance.choice([(), ("--json",)]), "--", _activation(chance)), None)
    if kind < 0.55:
        text = _torn(chance)
    elif kind < 0.75:
        text = _whole(chance)
    else:
        text = HEAD + "".join(_statement(chance) for _ in range(chance.randint(1, 4)))
    data = text.encode("utf-8", "surrogatepass")
    if chance.random() < 0.1:
        data = _bytes_changed(data, chance)
    return Input(number, chance.choice(_COMMANDS), data)


# ---- from the files of the project ------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def statements() -> tuple[str, ...]:
    """The statements of every derivation file of the project and its pages, but those that are slow by their nature."""
    folders = ("derivations", "tests/bad_input/files", "tests/reported/files")
    files = [path for folder in folders for path in sorted((ROOT / folder).glob("*.deriv"))]
    texts = [path.read_bytes().decode("utf-8", "replace") for path in files]
    for page in sorted(ROOT.glob("docs/*.md")):
        texts.append("\n".join(re.findall(r"^    (.*)$", page.read_text("utf-8"), re.MULTILINE)))
    found = [piece for text in texts for piece in _STATEMENT.split(text) if piece.strip()]
    quick = [piece for piece in found if len(piece) < 1500 and not _SLOW.search(piece)]
    return tuple(dict.fromkeys(piece for piece in quick if not piece.startswith("ptheory")))


def _torn(chance: random.Random) -> str:
    """One to three statements behind the usual head, a few of their tokens changed."""
    body = "".join(chance.choice(statements()).rstrip() + "\n" for _ in range(chance.randint(1, 3)))
    return HEAD + _tokens_changed(body, chance)


def _whole(chance: random.Random) -> str:
    """Several statements, one change in all of it, the head included."""
    body = "".join(chance.choice(statements()).rstrip() + "\n" for _ in range(chance.randint(2, 5)))
    return _tokens_changed(HEAD + body, chance, changes=1)


def _tokens_changed(text: str, chance: random.Random, changes: int | None = None) -> str:
    tokens = _TOKEN.findall(text)
    for _ in range(changes if changes is not None else chance.randint(0, 4)):
        place = chance.randrange(len(tokens))
        match chance.randrange(6):
            case 0:
                tokens[place] = ""
            case 1:
                tokens[place] = chance.choice(_ODD)
            case 2:
                tokens[place] += chance.choice(_ODD)
            case 3:
                other = chance.randrange(len(tokens))
                tokens[place], tokens[other] = tokens[other], tokens[place]
            case 4:
                tokens[place] = chance.choice(tokens)
            case 5:
                tokens[place:place] = tokens[place : place + chance.randint(1, 12)]
    return "".join(tokens)


def _bytes_changed(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(changed))
        match chance.randrange(4):
            case 0:
                changed[place] = chance.randrange(256)
            case 1:
                del changed[place : place + chance.randint(1, 40)]
            case 2:
                changed[place:place] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 8)))
            case 3:
                del changed[place:]
        if not changed:
            return b""
    return bytes(changed)


# ---- from the grammar -------------------------------------------------------------------------------------------


def _formula(chance: random.Random, atoms: list[str], depth: int) -> str:
    """A formula of ``atoms``, more often sound than not."""
    if depth == 0 or chance.random() < 0.25:
        return chance.choice(atoms) if chance.random() < 0.8 else chance.choice(_NUMBERS)
    part = _formula(chance, atoms, depth - 1)
    match chance.randrange(8):
        case 0 | 1:
            return f"{part} {chance.choice('+-')} {_formula(chance, atoms, depth - 1)}"
        case 2 | 3:
            return f"({part})*({_formula(chance, atoms, depth - 1)})"
        case 4:
            return f"({part})/({_formula(chance, atoms, depth - 1)})"
        case 5:
            return f"({part})^{chance.choice(['2', '3', '-1', '1/2', '12', '(1/3)', '0'])}"
        case 6:
            return f"{chance.choice(_FUNCTIONS)}({part})"
        case _:
            return f"-({part})"


def _activation(chance: random.Random) -> str:
    if chance.random() < 0.15:
        return _tokens_changed(_formula(chance, ["z"], 2), chance)
    return _formula(chance, ["z"], chance.randint(0, 2))


def _statement(chance: random.Random) -> str:
    match chance.randrange(6):
        case 0:
            return f"let a = {_formula(chance, _ATOMS, 2)}\n"
        case 1:
            names = chance.sample(["G", "V", "D", "F", "Theta", "K", "W"], chance.randint(1, 2))
            return f"derive {', '.join(names)}\n"
        case 2:
            inputs = chance.choice(["one", "2", "a b"])
            shown = ["show V", "show G", "check by quadrature digits 12", "derivatives almost everywhere", ""]
            block = f"inputs {inputs}; {chance.choice(shown)}"
            return f"derive V\nwith sigma = {_activation(chance)} {{ {block} }}\n"
        case 3:
            return _flow(chance)
    bound = f"inputs one, with sigma = {_activation(chance)}"
    scope = chance.choice(["inputs one", "inputs one", "inputs 2", bound])
    left = chance.choice(["K'", "V'", "chi_par", _formula(chance, _ATOMS, 1)])
    return f'claim "{chance.randrange(100)}": {left} = {_formula(chance, _ATOMS, 2)} for MLP, {scope}\n'


def _flow(chance: random.Random) -> str:
    settings = [f"inputs [{chance.choice(_NUMBERS)}, 1]", f"depth {chance.choice(['1', '2', '3', '0'])}", "show G, V"]
    settings.append(f"set C_b = {chance.choice(_NUMBERS)}, C_W = {chance.choice(_NUMBERS)}")
    settings.append(chance.choice(["order 1/n", "digits 12", "layers 2", "widths n, 2*n", ""]))
    return f"flow MLP with sigma = {_activation(chance)} {{\n    " + "\n    ".join(settings) + "\n}\n"


def first(count: int, start: int = 0) -> Iterator[Input]:
    return (fuzzed(number) for number in range(start, start + count))
