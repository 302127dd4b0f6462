"""One canonical ASCII spelling for every name: ``σ`` is ``sigma``, ``λ_W`` is ``lambda_W``, ``χ∥`` is ``chi_par``."""

from __future__ import annotations

import re

GREEK_LETTERS: dict[str, str] = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ϵ": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ϑ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi",
    "ο": "omicron", "π": "pi", "ρ": "rho", "σ": "sigma", "ς": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi",
    "ϕ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda",
    "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Υ": "Upsilon", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega", "ℓ": "l",
}  # fmt: skip
GREEK_NAMES: frozenset[str] = frozenset(GREEK_LETTERS.values()) - {"l"}

_DIRECTIONS = {"∥": "par", "‖": "par", "⊥": "perp"}
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_PRIME_COUNTS = {"'": 1, "′": 1, "’": 1, "″": 2, "‴": 3, "⁗": 4}
_SLOTTED = re.compile(r"([A-Za-z_]+(?:_[A-Za-z0-9]+)*?)(\d+)\Z")


def canonical_name(text: str) -> str:
    """The ASCII spelling of a name as written."""
    pieces: list[str] = []
    for character in text.translate(_SUBSCRIPTS):
        if character in _DIRECTIONS:
            pieces.append(_DIRECTIONS[character] if pieces and pieces[-1] == "_" else "_" + _DIRECTIONS[character])
        else:
            pieces.append(GREEK_LETTERS.get(character, character))
    return "".join(pieces)


def superscript_value(text: str) -> int:
    """The integer a run of superscript digits spells: ``⁻¹²`` is -12."""
    return int(text.translate(_SUPERSCRIPTS))


def prime_count(text: str) -> int:
    """How many primes a run of prime characters stands for: ``″'`` is 3."""
    return sum(_PRIME_COUNTS[character] for character in text)


def split_slots(name: str) -> tuple[str, tuple[int, ...]] | None:
    """``H12`` as (``H``, (1, 2)): one digit per slot. None when the name does not end in digits."""
    match = _SLOTTED.match(name)
    if match is None:
        return None
    return match.group(1), tuple(int(digit) for digit in match.group(2))
