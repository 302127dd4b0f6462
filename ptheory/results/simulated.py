"""What ``check by simulation`` gives: theory beside networks drawn at random, and the verdict they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ptheory.claims.verdict import Kind, Verdict
from ptheory.displayed import Displayed

ALLOWED_ERRORS = 4.5  # standard errors, for the worst of some dozens of comparisons
RESOLVED = 0.5  # a standard error above this share of the prediction tells nothing
HEAVY_TAIL = 0.5  # one block of a hundred with this share of the squared error: the tail is not sampled


@dataclass(frozen=True)
class Compared:
    """A component at a layer: theory to order 1/n, and what the networks gave.

    ``left_out``: an estimate of the first order left out; ``heaviest``: see ``ptheory.simulation.jackknife.Estimate``.
    """

    tensor: str
    component: str
    layer: int
    predicted: float
    left_out: float
    simulated: float
    error: float
    heaviest: float

    @property
    def what(self) -> str:
        """V[a,a,b,b] at layer 3."""
        return f"{self.component} at layer {self.layer}"

    @property
    def in_errors(self) -> float:
        """How far apart simulation and prediction are, in standard errors, beyond what the series leaves out."""
        excess = max(abs(self.simulated - self.predicted) - self.left_out, 0.0)
        return excess / self.error if self.error else (0.0 if excess <= 1e-9 * abs(self.predicted) else float("inf"))

    @property
    def is_resolved(self) -> bool:
        """Whether the networks say something: errors small beside the prediction, theory's too, tail sampled."""
        blur = self.error + self.left_out
        return self.heaviest < HEAVY_TAIL and (not self.predicted or blur <= RESOLVED * abs(self.predicted))

    def __str__(self) -> str:
        return (
            f"{self.what}: theory to order 1/n {self.predicted:.6g}, networks {self.simulated:.6g} ± {self.error:.2g}"
            f" ({self.in_errors:.1f} standard errors)"
        )


@dataclass(frozen=True)
class SimulationResult(Displayed):
    """Networks of one width, layers 2 to ``depth``; ``networks``: how many were drawn.

    ``compared``: every component at every layer; ``rates_of_one``: learning rates that nobody set, taken as 1.
    """

    width: int
    depth: int
    networks: int
    compared: tuple[Compared, ...]
    rates_of_one: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Checked or refuted by the worst comparison that is resolved; undecided where none is."""
        done = self.networks
        label = f"simulation, width {self.width}, layers 2-{self.depth}, {done} networks"
        resolved = [one for one in self.compared if one.is_resolved]
        blurred = [one for one in self.compared if not one.is_resolved]
        reason = "" if not blurred else f"not resolved by {done} networks: " + ", ".join(
            f"{one.what} (error {one.error + one.left_out:.2g} beside {one.predicted:.2g})" for one in blurred
        )  # fmt: skip
        if not resolved:
            return Verdict(Kind.UNDECIDED, label, "these networks resolve nothing", reason=reason)
        worst = max(resolved, key=lambda one: one.in_errors)
        names = list(dict.fromkeys(one.tensor for one in resolved))
        each = ", ".join(_of_tensor(name, resolved) for name in names)
        summary = f"{worst}, the largest of {len(resolved)}; by tensor: {each}"
        if self.rates_of_one:
            summary += f"; with {' = '.join(self.rates_of_one)} = 1, which the block does not set"
        agrees = worst.in_errors <= ALLOWED_ERRORS
        return Verdict(
            Kind.CHECKED if agrees else Kind.REFUTED,
            label,
            f"{'agrees' if agrees else 'disagrees'} with real networks; {summary}",
            reason=reason,
            points=len(resolved),
        )


@dataclass(frozen=True)
class NotSimulated(Displayed):
    """Tensors that have no estimate from networks, or no theory to compare it with: name -> why."""

    reasons: Mapping[str, str]

    @property
    def verdict(self) -> Verdict:
        """Undecided."""
        reasons = "; ".join(f"{name}: {why}" for name, why in self.reasons.items())
        return Verdict(Kind.UNDECIDED, "simulation", f"not simulated: {', '.join(self.reasons)}", reason=reasons)


def _of_tensor(name: str, resolved: Sequence[Compared]) -> str:
    """How many components were compared, the largest deviation, and how sharp the least sharp comparison is."""
    own = [one for one in resolved if one.tensor == name]
    sharp = max((one.error / abs(one.predicted) for one in own if one.predicted), default=0.0)
    return f"{name} ({len(own)}) {max(one.in_errors for one in own):.1f} standard errors of at most {sharp:.1%}"
