"""What ``angle`` gives: the map of correlations, its fixed points, c layer by layer, and how c gets where it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from ptheory.displayed import Displayed
from ptheory.language.json_values import JsonObject, JsonValue
from ptheory.results.phase_result import number

if TYPE_CHECKING:
    import mpmath
    from sympy import Expr

    from ptheory.criticality.angle_at_zero import Tending
    from ptheory.criticality.angle_map import FixedCorrelation


@dataclass(frozen=True)
class Path:
    """c in layers 1, 2, ... of inputs that start at ``start``; ``limit``: what it tends to, None where not known;
    ``amplitude``: A of c - limit -> A lambda^l, None where the approach is another one or was not found."""

    start: Fraction
    correlations: tuple[mpmath.mpf, ...]
    limit: mpmath.mpf | None
    amplitude: mpmath.mpf | None = None


@dataclass(frozen=True)
class AnglesAtKernel:
    """K stays: ``form`` is c' in c where it has a closed form (in K and the variances as symbols where these are
    decimals). ``kernel`` None: every K. ``is_identity``: every correlation stays."""

    kernel: Expr | None
    form: Expr | None
    is_identity: bool
    fixed: tuple[FixedCorrelation, ...]


@dataclass(frozen=True)
class AnglesAtZero:
    """K goes to zero as a power of the depth, from 1 in the first layer: ``kernels`` by layer; ``tending``: what c
    does; ``unknown``: why that is not known."""

    kernels: tuple[mpmath.mpf, ...]
    tending: tuple[Tending, ...]
    is_identity: bool = False
    unknown: str = ""


@dataclass(frozen=True)
class Angles(Displayed):
    """``values``: the hyperparameters, those that are set and those of the critical point. ``found`` is a text where
    there is nothing to follow, and says why."""

    activation: str
    architecture: str
    kernel_name: str
    values: Mapping[str, Expr]
    found: AnglesAtKernel | AnglesAtZero | str
    paths: tuple[Path, ...] = ()

    def to_json(self) -> JsonObject:
        """Numbers are strings with their digits; every layer is there; what is not known is null."""
        head: JsonObject = {
            "activation": self.activation,
            "architecture": self.architecture,
            "values": {name: str(value) for name, value in self.values.items()},
        }
        paths: JsonValue = [
            {
                "from": str(path.start),
                "c": [number(c) for c in path.correlations],
                "limit": None if path.limit is None else number(path.limit),
                "amplitude": None if path.amplitude is None else number(path.amplitude),
            }
            for path in self.paths
        ]
        match self.found:
            case str() as reason:
                return {**head, "none": reason}
            case AnglesAtKernel():
                return {**head, **_at_kernel(self.found, self.kernel_name), "paths": paths}
            case AnglesAtZero():
                return {**head, **_at_zero(self.found, self.kernel_name), "paths": paths}


def _at_kernel(found: AnglesAtKernel, kernel: str) -> JsonObject:
    fixed: list[JsonValue] = [
        {
            "c": number(one.correlation),
            "slope": number(one.slope),
            "stability": one.stability,
            "xi_c": number(one.length),
            **(
                {}
                if one.law is None
                else {"power": -one.law.power, "amplitude": str(one.law.exact or number(one.law.amplitude))}
            ),
        }
        for one in found.fixed
    ]
    return {
        f"{kernel}_star": "any" if found.kernel is None else str(found.kernel),
        "map": None if found.form is None else str(found.form),
        "every_c_stays": found.is_identity,
        "fixed": fixed,
    }


def _at_zero(found: AnglesAtZero, kernel: str) -> JsonObject:
    tending: list[JsonValue] = [
        {
            "c": str(one.correlation),
            "stability": one.stability,
            "power": str(-one.power) if one.rate is None else None,
            "amplitude": None if one.amplitude is None else str(one.amplitude),
            "with_logarithm": one.log,
            **({} if one.rate is None else {"rate": str(one.rate), "stretched_power": str(one.power)}),
        }
        for one in found.tending
    ]
    return {
        f"{kernel}_star": "0",
        "kernels": [number(k) for k in found.kernels],
        "every_c_stays": found.is_identity,
        "tends_to": tending,
        "unknown": found.unknown,
    }
