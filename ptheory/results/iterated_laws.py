"""What ``check by iteration`` gives: laws at large depth beside the recursions iterated layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, log10
from typing import TYPE_CHECKING

from ptheory.claims.verdict import Kind, Verdict
from ptheory.displayed import Displayed

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.criticality.extrapolation import Extrapolated

MOST_DIGITS = 12  # of double precision, after many layers
FEWEST_DIGITS = 3  # with which a law is told from its neighbours
WRONG, SURE = 1e-2, 1e-4  # relative: a difference that is no slow approach, beside an extrapolation that has settled


@dataclass(frozen=True)
class IteratedLaw:
    """``quantity`` ~ amplitude l^power (log l)^log_power / n^width as derived, amplitude and power as extrapolated."""

    quantity: str
    power: Expr
    amplitude: Expr
    log_power: int
    width: int
    found_power: Extrapolated
    found_amplitude: Extrapolated

    @property
    def digits(self) -> int:
        """In how many significant digits the amplitudes agree."""
        return _digits(self._apart / abs(float(self.amplitude)))

    @property
    def places(self) -> int:
        """In how many places after the point the exponents agree."""
        return _digits(abs(self.found_power.value - float(self.power)))

    @property
    def contradicts(self) -> bool:
        """Whether the iteration has settled, elsewhere."""
        size = abs(float(self.amplitude))
        return self._apart > WRONG * size and self.found_amplitude.error < SURE * size

    @property
    def _apart(self) -> float:
        return abs(self.found_amplitude.value - float(self.amplitude))


@dataclass(frozen=True)
class IterationResult(Displayed):
    """Layers 1 to ``depth``; ``without``: what has no law, and why; ``rates_of_one``: what nobody set, taken as 1;
    ``together``: tensors that close with those of all other layers alone, which were iterated together;
    ``place``: where the kernel is, where there are two, K = K*."""

    depth: int
    laws: tuple[IteratedLaw, ...]
    without: Mapping[str, str]
    rates_of_one: tuple[str, ...] = ()
    together: tuple[str, ...] = ()
    place: str = ""

    @property
    def verdict(self) -> Verdict:
        """Checked where every law is confirmed to FEWEST_DIGITS; refuted where an iteration settles elsewhere."""
        label = f"iteration to layer {self.depth}" + (f", {self.place}" if self.place else "")
        reasons = [f"{name} has no law to be held against: {why}" for name, why in self.without.items()]
        if self.rates_of_one:
            reasons.append(f"with {' = '.join(self.rates_of_one)} = 1, which the block does not set")
        if self.together:
            named = ", ".join(self.together)
            reasons.append(f"{named}: with the covariances of all pairs of layers, not the recursions the laws solve")
        reason = "; ".join(reasons)
        wrong = [one.quantity for one in self.laws if one.contradicts]
        unsettled = [one.quantity for one in self.laws if min(one.digits, one.places) < FEWEST_DIGITS]
        if wrong:
            return Verdict(Kind.REFUTED, label, f"settles elsewhere: {', '.join(wrong)}", reason=reason)
        if unsettled or not self.laws:
            message = f"not settled by this layer: {', '.join(unsettled)}" if unsettled else "no law is known"
            return Verdict(Kind.UNDECIDED, label, message, reason=reason)
        fewest, places = min(one.digits for one in self.laws), min(one.places for one in self.laws)
        message = f"amplitudes agree to {fewest} digits or more, exponents to {places} places"
        return Verdict(Kind.CHECKED, label, message, reason=reason, digits=fewest, points=len(self.laws))


def _digits(apart: float) -> int:
    return MOST_DIGITS if apart < 10**-MOST_DIGITS else floor(-log10(apart))
