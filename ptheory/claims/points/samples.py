"""Points where numbers are compared: kernels from 10^-6 to 10^6, correlations to ±99/100, signs both ways.

Hyperparameters that are variances are positive, as the law Normal(mean, variance) demands, and so are learning rates;
every other symbol takes both signs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from ptheory.algebra.polynomial import Atom
from ptheory.claims.points.points import TRANSCENDENTAL, Content, scalar_values
from ptheory.claims.terms.claim_normal_form import ClaimNormalForm
from ptheory.networks.roles import positive_hyperparameters
from ptheory.recursion.tensors import WIDTH, WIDTH_RATIO, Leg
from ptheory.recursion.variables import leading_kernel

Scalars = dict[Atom, Fraction]


@dataclass(frozen=True)
class Profile:
    """``scales``: the square roots of K[a,a], in turn; ``share``: the square root of the correlations' size.

    ``opposed``: every second input has the opposite sign; ``signed``: symbols take both signs; ``size``: of symbols.
    """

    scales: tuple[Fraction, ...]
    share: Fraction
    opposed: bool = False
    signed: bool = False
    size: Fraction = Fraction(1)


def _profile(scales: str, share: str, opposed: bool = False, signed: bool = False, size: str = "1") -> Profile:
    return Profile(tuple(map(Fraction, scales.split())), Fraction(share), opposed, signed, Fraction(size))


PROFILES = (
    _profile("7/5 9/10 1/3", "3/5", opposed=True, signed=True),
    _profile("9/10 5/4", "13/15", signed=True),
    _profile("1/1000", "199/200", size="1/100"),  # K = 10^-6, correlation 0.99
    _profile("1000", "199/200", opposed=True, signed=True, size="100"),
    _profile("1/30 1/7 1/11", "19/20", signed=True),
    _profile("10 31 17", "19/20", opposed=True),
    _profile("1/2 4/3 3", "1/30", signed=True, size="1/10"),
    _profile("1/1000 1000 1", "4/5", size="10"),
    _profile("100 1/10 1/100", "7/8", opposed=True, signed=True),
)
MIXTURE = Fraction(1, 20)  # of independent correlations, so that three and more inputs are in no special position


def samples(found: Content, normal: ClaimNormalForm) -> Iterator[Scalars]:
    """Values of every scalar atom: the simplest ones, then one point for each profile."""
    yield scalar_values(found, normal, 0)
    for number, profile in enumerate(PROFILES):
        yield sample(found, normal, profile, number)


def sample(found: Content, normal: ClaimNormalForm, profile: Profile, number: int = 0) -> Scalars:
    """Values of every scalar atom in the ranges of one profile, the same in every run."""
    draw = Random(1000 + number)
    positive = positive_hyperparameters(normal.system.model.architecture)
    values: Scalars = {}
    for symbol in found.symbols:
        if symbol.name not in TRANSCENDENTAL:
            values[symbol] = profile.size * Fraction(draw.randint(3, 19), draw.randint(5, 13))
            if profile.signed and (symbol.name not in positive) and draw.random() < 0.7:
                values[symbol] = -values[symbol]
    for atom in found.tensors:
        if not atom.is_kernel:
            value = Fraction(draw.randint(3, 19), draw.randint(2, 11)) * draw.choice((1, -1 if profile.signed else 1))
            values[atom] = Fraction(0) if normal.vanishes(atom) else value
    values |= kernel_values(found, normal, profile, draw)
    if found.has_width:
        values[WIDTH] = Fraction(max(3, int(100 * profile.size)) + number)
    values[WIDTH_RATIO] = Fraction(1) if normal.equal_widths else Fraction(draw.randint(1, 9), draw.randint(2, 7))
    return {**values, **normal.held}


def kernel_values(found: Content, normal: ClaimNormalForm, profile: Profile, draw: Random) -> Scalars:
    """K over the legs of the claim, positive definite: one common factor, mixed with small independent correlations."""
    legs = found.legs
    scale = {leg: profile.scales[k % len(profile.scales)] for k, leg in enumerate(legs)}
    factor = {
        leg: (profile.share - Fraction(k, 1000)) * (-1 if profile.opposed and k % 2 else 1)
        for k, leg in enumerate(legs)
    }
    own = {
        frozenset((a, b)): Fraction(draw.randint(-5, 5), 6 * len(legs)) for i, a in enumerate(legs) for b in legs[:i]
    }
    for mixture in (Fraction(0) if len(legs) < 3 else MIXTURE, Fraction(1)):
        values: Scalars = {}
        for i, a in enumerate(legs):
            values[leading_kernel(a, a)] = scale[a] ** 2
            for b in legs[:i]:
                shared = (1 - mixture) * factor[a] * factor[b] + mixture * own[frozenset((a, b))]
                atom = leading_kernel(a, b)
                values[atom] = Fraction(0) if normal.vanishes(atom) else scale[a] * scale[b] * shared
        if is_positive_definite(legs, values):
            break
    return values


def is_positive_definite(legs: tuple[Leg, ...], values: Scalars) -> bool:
    """Whether the kernel over ``legs`` is positive definite, by exact elimination."""
    matrix = [[values[leading_kernel(a, b)] for b in legs] for a in legs]
    for k, pivot in enumerate(matrix):
        if pivot[k] <= 0:
            return False
        for row in matrix[k + 1 :]:
            share = row[k] / pivot[k]
            row[k:] = [x - share * y for x, y in zip(row[k:], pivot[k:], strict=True)]
    return True
