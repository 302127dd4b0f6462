"""What ``plot`` gives: the numbers of a figure, every one derived or simulated; ``rendering`` draws them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ptheory.claims.verdict import Verdict
from ptheory.displayed import Displayed
from ptheory.language.expressions import Expression
from ptheory.results.atlas_result import Atlas
from ptheory.results.flow_numbers import FlowTable
from ptheory.results.simulated import NotSimulated, SimulationResult

if TYPE_CHECKING:
    from fractions import Fraction

    import mpmath
    from sympy import Expr

    from ptheory.criticality.angles import AngleFlow
    from ptheory.criticality.edge_at_width import EdgeShift
    from ptheory.criticality.iterated import DepthLaw
    from ptheory.criticality.phase_diagram import PhaseDiagram
    from ptheory.criticality.phases import FixedKernel


@dataclass(frozen=True)
class About:
    """What a figure is of: ``bindings`` as written, ``values`` of hyperparameters: those that are set, and of the
    critical point (``critical``) where it is one."""

    architecture: str
    bindings: Mapping[str, Expression]
    values: Mapping[str, Expression | Expr]
    critical: bool = False


@dataclass(frozen=True)
class FlowFigure(Displayed):
    """``plot flow``: the numbers of a flow. ``kernels``: those of its tensors that are the kernel -> what their leading
    coefficient is called; ``fixed``: the kernels that attract at these variances, where that is known."""

    name: str
    about: About
    table: FlowTable
    kernels: Mapping[str, str]
    fixed: tuple[mpmath.mpf, ...]


@dataclass(frozen=True)
class MapFigure(Displayed):
    """``plot map``: K' at ``kernels``, and the kernels that are fixed (``every_kernel``: all of them)."""

    name: str
    about: About
    kernel: str
    kernels: tuple[float, ...]
    images: tuple[float, ...]
    fixed: tuple[FixedKernel, ...]
    every_kernel: bool


@dataclass(frozen=True)
class PhaseFigure(Displayed):
    """``plot phase``: the plane of the two variances. ``critical``: (bias variance, weight variance, K*, stability) of
    every critical point in the window, K* None on a line. ``shape``: the number of layers and the widths of networks
    whose edge is drawn too, ``shifts``: those of every point of every piece of the edge."""

    name: str
    about: About
    kernel: str
    bias: str
    weight: str
    diagram: PhaseDiagram
    critical: tuple[tuple[Expr, Expr, Expr | None, str], ...]
    shape: tuple[int, tuple[int, ...]] | None = None
    shifts: tuple[tuple[EdgeShift, ...], ...] = ()


@dataclass(frozen=True)
class AngleFigure(Displayed):
    """``plot angle``: the correlation of two inputs, layer by layer, from several starts."""

    name: str
    about: About
    kernel: str
    flow: AngleFlow


@dataclass(frozen=True)
class SimulatedVertex:
    """The relative size of the fluctuations in networks of one width at a layer, with its standard error."""

    width: int
    layer: int
    value: float
    error: float


@dataclass(frozen=True)
class VertexFigure(Displayed):
    """``plot vertex``: the vertex over K^2, layer by layer from layer 1 on (``growth``), which every width shares.

    ``law``: (amplitude, power) of it at large depth, None off criticality or where no law is known; ``widths``: those
    the figure shows; ``simulated``: networks at these widths, over K^2 as derived; ``checks``: what they say.
    """

    name: str
    about: About
    vertex: str
    kernel: str
    widths: tuple[int, ...]
    growth: tuple[mpmath.mpf, ...]
    law: tuple[Expr, Expr] | None
    simulated: tuple[SimulatedVertex, ...]
    checks: tuple[SimulationResult | NotSimulated, ...]

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What the networks say, as of ``check by simulation``."""
        return tuple(check.verdict for check in self.checks)


@dataclass(frozen=True)
class ExponentsFigure(Displayed):
    """``plot exponents``: iterated recursions beside their laws at large depth.

    ``kernel`` and ``tangent``: what kernel and tangent kernel are called; ``start``: K in the first layer; ``rates``:
    learning rates that nobody set, taken as 1; ``without_law``: what has none, and why.
    """

    name: str
    about: About
    kernel: str
    tangent: str
    laws: tuple[DepthLaw, ...]
    start: Fraction
    rates: tuple[str, ...]
    without_law: Mapping[str, str]


@dataclass(frozen=True)
class AtlasFigure(Displayed):
    """``plot atlas``: how fast fluctuations grow with depth, for many activations."""

    name: str
    atlas: Atlas


FIGURES = (FlowFigure, MapFigure, PhaseFigure, AngleFigure, VertexFigure, ExponentsFigure, AtlasFigure)
Figure: TypeAlias = FlowFigure | MapFigure | PhaseFigure | AngleFigure | VertexFigure | ExponentsFigure | AtlasFigure
