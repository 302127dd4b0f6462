"""``angle`` in a block: the correlation of two inputs of equal norm, layer by layer, and where it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import mpmath
import sympy as sp

from ptheory.algebra.polynomial import Atom
from ptheory.algebra.refusal import Refusal
from ptheory.algebra.work_clock import seconds_of_work
from ptheory.criticality.angle_at_zero import SmallKernelAngles, Tending
from ptheory.criticality.angle_decay import arrival
from ptheory.criticality.angle_map import DIGITS, AngleMap
from ptheory.criticality.edge import edge_at
from ptheory.criticality.exact_kernels import exact_root
from ptheory.criticality.linear_recursions import AsymptoticFailure
from ptheory.criticality.phases import fixed_points, phase
from ptheory.criticality.specialised import K, SpecialisedSystem
from ptheory.expectations import DivergentMoment
from ptheory.language.errors import LanguageError
from ptheory.networks.formulas import real_number
from ptheory.networks.program import WithTask
from ptheory.results.angle_result import Angles, AnglesAtKernel, AnglesAtZero, Path
from ptheory.session.plotted_network import PlottedNetwork, set_numbers
from ptheory.session.systems import Systems, binding_label

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.networks.check_angle import AngleSetting

SECONDS = 60.0  # of processor time for the layers of one block
KNOWN_DIGITS = 8  # of limits and amplitudes, which are extrapolated
MOST_LAYERS = 200  # to find a limit in, where those shown are not enough


def angles_of_block(task: WithTask, systems: Systems) -> Angles:
    """What a block with ``angle`` asks for. Raises LanguageError where the network has no such recursions."""
    asked = task.angle
    assert asked is not None
    values = set_numbers(task.values)
    try:
        network = PlottedNetwork.of(task.architecture, task.bindings, values, systems, ())
        name = network.spec.system.kernel_name
    except LanguageError:
        raise
    except Refusal as error:
        raise LanguageError(error.message, asked.span, help=error.help) from error
    label = ", ".join(binding_label(binding.value) for binding in task.bindings)

    def angles(shown: Mapping[str, Expr], found: AnglesAtKernel | AnglesAtZero | str, *paths: Path) -> Angles:
        return Angles(label, task.architecture, name, shown, found, paths)

    found: AnglesAtKernel | AnglesAtZero
    try:
        kernel, hyper, shown = _where(task, network)
    except (AsymptoticFailure, Refusal) as error:
        return angles(values, _said(error))
    try:
        if kernel is not None and kernel == 0:
            found, paths = _at_zero(network.spec, hyper, asked)
        else:
            found, paths = _at_kernel(network.spec, hyper, kernel, asked)
    except AsymptoticFailure as error:
        return angles(shown, str(error))
    except Refusal as error:
        raise LanguageError(error.message, asked.span, help=error.help) from error
    return angles(shown, found, *paths)


def _said(error: Exception) -> str:
    return "; ".join(filter(None, (error.message, error.help))) if isinstance(error, Refusal) else str(error)


# ---- at which kernel --------------------------------------------------------------------------------------------


def _where(task: WithTask, network: PlottedNetwork) -> tuple[Expr | None, dict[Atom, Expr], Mapping[str, Expr]]:
    """K* (None: every K stays), the two variances, and every value by name: those given, else the critical ones.

    Raises Refusal, AsymptoticFailure where kernels do not stay.
    """
    if task.kernel is not None:
        return _on_the_edge(network, real_number(task.kernel.value))
    if not network.is_given:
        hyper, about = network.variances()
        values = {name: value for name, value in about.values.items() if isinstance(value, sp.Expr)}
        return network.critical_point.K_star, hyper, values
    hyper = dict(network.given)
    try:
        found = phase(network.spec, hyper, DIGITS)
    except DivergentMoment:  # a function that jumps: inputs however close are told apart
        return _exact(network.spec, hyper, _attracting(network.spec, hyper)), hyper, network.values
    if found.name in ("explosion", "collapse"):
        how = "K grows without end" if found.name == "explosion" else "K* = 0 attracts exponentially"
        raise Refusal(f"{how} at these variances: there is no norm at which an angle could be followed")
    return _exact(network.spec, hyper, found.K_star), hyper, network.values


def _attracting(spec: SpecialisedSystem, hyper: Mapping[Atom, Expr]) -> mpmath.mpf:
    found = [point.kernel for point in fixed_points(spec, hyper, DIGITS) or () if point.stability == "stable"]
    if len(found) != 1:
        raise Refusal("no single kernel attracts at these variances")
    return found[0]


def _exact(spec: SpecialisedSystem, hyper: Mapping[Atom, Expr], kernel: mpmath.mpf | None) -> Expr | None:
    """K* in closed form where the root of f(K) = K has one, else as a decimal."""
    if kernel is None or kernel == 0:
        return None if kernel is None else sp.Integer(0)
    form = spec.closed_form(spec.system.kernel, hyper)
    root = None if form is None else exact_root(form - K, kernel, DIGITS - 2)
    return sp.Float(kernel, DIGITS + 5) if root is None else root


def _on_the_edge(network: PlottedNetwork, kernel: Expr) -> tuple[Expr, dict[Atom, Expr], Mapping[str, Expr]]:
    """`set K = 1; critical`: the variances for which this kernel stays on the edge of chaos."""
    spec, tuned = network.spec, network.analysed.tuning
    name = spec.system.kernel_name
    if tuned.given:
        raise Refusal(
            f"{name} is given beside {' and '.join(tuned.set_variances)}", "give both variances, or the kernel alone"
        )
    point = edge_at(spec, kernel, DIGITS + 5)
    if point.excluded:
        raise Refusal(f"{name} = {kernel} is not on the edge of chaos: {point.excluded}")
    bias, weight = (sp.Float(value, DIGITS + 5) for value in (point.bias, point.weight))
    hyper: dict[Atom, Expr] = {spec.system.bias: bias, spec.system.weight: weight}
    return kernel, hyper, {**tuned.hyperparameters(bias, weight), **network.values}


# ---- what angles do there ---------------------------------------------------------------------------------------


def _at_kernel(
    spec: SpecialisedSystem, hyper: Mapping[Atom, Expr], kernel: Expr | None, asked: AngleSetting
) -> tuple[AnglesAtKernel, list[Path]]:
    moved = AngleMap(spec, hyper, sp.Integer(1) if kernel is None else kernel)
    fixed = moved.fixed()
    clock, paths = _Clock(), list[Path]()
    for start in asked.starts:
        path = [mpmath.mpf(start.numerator) / start.denominator]
        while len(path) < asked.depth:
            clock.check(len(path), start)
            path.append(moved(path[-1]))
        end = arrival(moved, fixed, path)
        if end is None:
            paths.append(Path(start, tuple(path), path[0] if moved.is_identity else None))
        else:
            amplitude = None if end.amplitude is None else _rounded(end.amplitude)
            paths.append(Path(start, tuple(path), end.end.correlation, amplitude))
    return AnglesAtKernel(kernel, moved.form, moved.is_identity, fixed), paths


def _at_zero(
    spec: SpecialisedSystem, hyper: Mapping[Atom, Expr], asked: AngleSetting
) -> tuple[AnglesAtZero, list[Path]]:
    series = SmallKernelAngles(spec, hyper)
    try:
        tending, unknown = series.tending(), ""
        identity = series.keeps_every_angle
        is_open = any(one.correlation.free_symbols for one in tending)
    except AsymptoticFailure as error:
        tending, unknown, identity, is_open = (), str(error), False, False
    clock, kernels = _Clock(), [mpmath.mpf(1)]
    paths: list[Path] = []
    for start in asked.starts:
        path = [mpmath.mpf(start.numerator) / start.denominator]
        limit = series.limit(kernels[0], path[0]) if is_open else None
        while len(path) < asked.depth or (is_open and limit is None and len(path) < MOST_LAYERS):
            clock.check(len(path), start)
            if len(kernels) == len(path):
                kernels.append(spec.value(spec.system.kernel, kernels[-1], hyper, DIGITS + 2))
            path.append(_next(spec, hyper, kernels[len(path) - 1], kernels[len(path)], path[-1]))
            if is_open and limit is None and len(path) >= asked.depth:
                limit = series.limit(kernels[len(path) - 1], path[-1])
        if not is_open:
            limit = path[0] if identity else _basin(path[0], tending)
        paths.append(Path(start, tuple(path[: asked.depth]), None if limit is None else _rounded(limit)))
    return AnglesAtZero(tuple(kernels[: asked.depth]), tending, identity, unknown), paths


def _next(
    spec: SpecialisedSystem, hyper: Mapping[Atom, Expr], kernel: mpmath.mpf, after: mpmath.mpf, c: mpmath.mpf
) -> mpmath.mpf:
    with mpmath.workdps(DIGITS + 10):
        shared = c * kernel if abs(c) < 1 else kernel * int(c)  # no rounding: det = 0 is what it is
        covariance = ((kernel, shared), (shared, kernel))
        moved = spec.value(spec.system.pair, covariance, hyper, DIGITS + 2) / after
        return max(min(moved, mpmath.mpf(1)), mpmath.mpf(-1))


def _basin(start: mpmath.mpf, tending: Sequence[Tending]) -> mpmath.mpf | None:
    """The one value of c that attracts, where there is one and the start is no other that stays."""
    ends = [one for one in tending if one.stability == "stable"]
    if any(start == mpmath.mpf(sp.N(one.correlation, 30)) for one in tending):
        return start
    return mpmath.mpf(sp.N(ends[0].correlation, 30)) if len(ends) == 1 else None


def _rounded(value: mpmath.mpf) -> mpmath.mpf:
    return mpmath.mpf(mpmath.nstr(value, KNOWN_DIGITS))


class _Clock:
    def __init__(self) -> None:
        self.started = seconds_of_work()

    def check(self, layers: int, start: Fraction) -> None:
        """Raise Refusal where the layers take longer than they may."""
        if seconds_of_work() - self.started > SECONDS:
            raise Refusal(
                f"{layers} layers from c = {start} took {SECONDS:.0f} seconds of processor time",
                "ask for a smaller depth, or for fewer starts",
            )
