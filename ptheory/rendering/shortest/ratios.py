"""Quotients of two hyperparameters under one letter: lambda_W/C_W as r."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from ptheory.algebra.polynomial import Monomial, Polynomial, Symbol, multiply_monomials
from ptheory.language.expressions import Divide, Expression, Name

LETTERS = ("r", "r_1", "r_2", "r_3", "r_4")

Ratio = tuple[Symbol, Symbol]  # above, below


def ratios_in(polynomial: Polynomial) -> list[Ratio]:
    """The quotients that stand in it, where a hyperparameter has a negative power; each once, in order."""
    return sorted({pair for monomial, _ in polynomial for pair in _pairs(monomial)}, key=_by_names)


def _by_names(pair: Ratio) -> tuple[str, str]:
    return pair[0].name, pair[1].name


def _pairs(monomial: Monomial) -> list[Ratio]:
    """Of hyperparameters that are the same in every layer."""
    symbols = [(atom, exponent) for atom, exponent in monomial if isinstance(atom, Symbol) and atom.layer is None]
    above = [atom for atom, exponent in symbols if exponent > 0]
    below = [atom for atom, exponent in symbols if exponent < 0]
    return list(zip(above, below, strict=False))


def with_ratios(polynomial: Polynomial, letters: Mapping[Ratio, str]) -> Polynomial:
    """Every quotient that has a letter written by it, to the power to which it stands there."""
    total: dict[Monomial, Fraction] = {}
    for monomial, coefficient in polynomial:
        powers, written = dict(monomial), monomial
        for above, below in _pairs(monomial):
            if (above, below) in letters:
                power = min(powers[above], -powers[below])
                quotient = ((above, -power), (below, power), (Symbol(letters[above, below]), power))
                written = multiply_monomials(written, quotient)
        total[written] = total.get(written, Fraction(0)) + coefficient
    return Polynomial(total)


def quotient(pair: Ratio) -> Polynomial:
    """What the letter of a ratio stands for."""
    return Polynomial.atom(pair[0]) * Polynomial.atom(pair[1], -1)


@dataclass(frozen=True)
class Names:
    """``taken``: names that no letter may have; ``given``: the letters of the file for quotients.

    ``one_family``: whether all weights of the file have one variance, so that r alone says which quotient it is.
    """

    taken: Collection[str] = ()
    given: Mapping[Ratio, str] = field(default_factory=dict)
    one_family: bool = True


def lettered(pairs: Collection[Ratio], names: Names) -> dict[Ratio, str]:
    """A letter for every quotient: the file's own name for it, else its own, else one that nothing is called.

    Its own does not depend on the other equations: a letter has one meaning on all pages of a file.
    """
    found = {pair: names.given[pair] if pair in names.given else _own_letter(pair, names.one_family) for pair in pairs}
    taken = {*names.taken, *names.given.values()}
    free = iter(letter for letter in LETTERS if letter not in {*taken, *found.values()})
    for pair, letter in found.items():
        if pair not in names.given and (not letter or letter in taken):
            found[pair] = next(free, "")
    return {pair: letter for pair, letter in found.items() if letter}


def _own_letter(pair: Ratio, one_family: bool) -> str:
    """r of lambda_W/C_W where there is one family of weights, else r_W; r_RW of C_R/C_W; nothing without subscripts."""
    above, below = (symbol.name.partition("_")[2] for symbol in pair)
    if not above or not below:
        return ""
    if above == below:
        return "r" if one_family else f"r_{above}"
    return f"r_{above}{below}"


def given_ratios(lets: Mapping[str, Expression]) -> dict[Ratio, str]:
    """The abbreviations of a file that are quotients of two hyperparameters: let r = lambda_W/C_W."""
    found: dict[Ratio, str] = {}
    for name, value in lets.items():
        match value:
            case Divide(Name(above), Name(below)):
                found.setdefault((Symbol(above), Symbol(below)), name)
    return found
