"""Consequences on a page: tables of aspect ratios, of depth scales and of learning rates, and what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sympy as sp

from ptheory.criticality.asymptotics import DEPTH
from ptheory.criticality.atlas import PER_ASPECT
from ptheory.criticality.consequences import TENDS_TO, Consequences, Situation
from ptheory.criticality.detuning import DRIFT, Detuned, PowerLaw
from ptheory.criticality.laws import DECAYS, laws, readable
from ptheory.criticality.rate_scalings import LAYERS, RateScaling
from ptheory.criticality.shared_information import NEURONS, stationary_variance
from ptheory.rendering.report import AtLargeDepth, Formula, Item, Prose, Quantity, Table, Words
from ptheory.rendering.result_names import joined
from ptheory.rendering.skip_items import skip_items
from ptheory.results.consequences_result import BlockConsequences

DELTA, WIDTH = sp.Symbol("delta", positive=True), sp.Symbol("n", positive=True)
SLOPE = sp.Symbol(PER_ASPECT, positive=True)
NORMS, ANGLES = "xi_par", "xi_perp"
SHAPE_DIGITS = 15
SIDES = {1: "above", -1: "below"}


def consequence_items(found: BlockConsequences, of: Sequence[str] = ()) -> Iterator[Item]:
    """What a block with ``consequences`` shows; ``of``: ends the names of its tables."""
    implied = found.found
    if implied is None:
        yield Prose(f"no consequences are known: {found.undecided}")
        return
    if implied.none:
        yield Prose(f"no critical point, no consequences: {implied.none}")
        return
    if found.skips is not None:
        yield from skip_items(found.skips, found, of)
        return
    yield from _aspect_ratios(implied, found.outputs, of)
    yield from _shapes(found, implied, of)
    yield from _depth_scales(implied, of)
    yield from _rates(implied, of)


def _aspect_ratios(implied: Consequences, outputs: int | None, of: Sequence[str]) -> Iterator[Item]:
    ratio = implied.classification.system.vertex_ratio
    known = [one for one in implied.situations if one.slope is not None]
    for one in implied.situations:
        if one.slope is None:
            yield Prose((*_begins(one), f"no aspect ratio: {one.no_slope}"))
    if known:
        several = len(implied.situations) > 1
        is_gaussian = all(one.is_gaussian for one in known)
        stationary = (Formula(_at_outputs(stationary_variance() / SLOPE, outputs)),) if is_gaussian else ()
        headers: tuple[Words, ...] = (Formula(SLOPE), Formula(1 / SLOPE), *stationary)
        rows = [
            (*((where(one),) if several else ()), *map(Formula, map(tidied, _ratios(one, outputs)))) for one in known
        ]
        said: tuple[str | Formula, ...] = (
            "aspect ratios: networks of one shape differ by ",
            Formula(AtLargeDepth(ratio, SLOPE * DEPTH / WIDTH)),
            ", of order one at ",
            Formula(1 / SLOPE),
        )
        if is_gaussian:
            said += (
                "; last, where the mutual information of two groups of neurons, as a series to order 1/",
                Formula(WIDTH**3),
                ", is stationary: a property of the truncated series, not an optimum",
            )
        elif outputs is not None:
            said += ("; of neurons that are not Gaussian, given the layers below, the mutual information is not known",)
        yield Table(
            (*(("kernel",) if several else ()), *headers), tuple(rows), said, labels=int(several),
            name=joined("aspect-ratios", *of),
        )  # fmt: skip
    for one in implied.situations:
        if one.shift_depth is not None:
            name = implied.classification.kernel_name
            star, depth = Formula(Quantity(f"{name}*")), Formula(readable(one.shift_depth) * sp.sqrt(WIDTH))
            yield Prose((
                *_begins(one), "fluctuations shift the mean kernel as ", Formula(DEPTH**2 / WIDTH),
                ", to the side on which kernels leave ", star, ", by as much as ", star, " at ",
                Formula(DEPTH), " = ", depth,
            ))  # fmt: skip


def _begins(one: Situation) -> tuple[str | Formula, ...]:
    return (*where(one), ": ") if one.kernel else ()


def where(one: Situation) -> tuple[str | Formula, ...]:
    """Which kernels the layers have: K = K*, K tends to K*."""
    kernel, tends, star = one.kernel.partition(TENDS_TO)
    return (Formula(Quantity(kernel)), tends, Formula(Quantity(star))) if tends else (Formula(Quantity(kernel)),)


def _ratios(one: Situation, outputs: int | None) -> tuple[sp.Expr, ...]:
    assert one.slope is not None and one.aspect_ratio is not None
    stationary = one.stationary_ratio
    return one.slope, one.aspect_ratio, *(() if stationary is None else (_at_outputs(stationary, outputs),))


def _at_outputs(value: sp.Expr, outputs: int | None) -> sp.Expr:
    return value if outputs is None else value.subs(NEURONS, outputs)


def _cell(value: sp.Expr) -> Words:
    return Formula(readable(value))


def _shapes(found: BlockConsequences, implied: Consequences, of: Sequence[str]) -> Iterator[Item]:
    """The networks whose depth and widths are given."""
    one = implied.governing
    if found.depth is None or one is None or one.slope is None:
        return
    shapes = [(width, sp.Rational(found.depth, width)) for width in found.widths]
    rows = tuple(
        (Formula(width), _cell(shape), Formula(sp.Float(one.slope * shape, SHAPE_DIGITS))) for width, shape in shapes
    )
    kernel = (", ", *where(one)) if one.kernel else ()
    ratio = Formula(Quantity(implied.classification.system.vertex_ratio))
    order = (", to leading order in ", Formula(1 / WIDTH), " and at large depth")
    said = (f"networks of {found.depth} layers", *kernel, *order)
    yield Table(
        (Formula(WIDTH), Formula(DEPTH / WIDTH), ratio), rows,
        said,
        name=joined("shapes", *of),
    )  # fmt: skip


def _depth_scales(implied: Consequences, of: Sequence[str]) -> Iterator[Item]:
    """At criticality, and next to it."""
    yield Prose(_at_criticality(implied))
    if implied.no_detunings:
        yield Prose(f"no depth scales next to criticality: {implied.no_detunings}")
        return
    system = implied.classification.system
    name, bias, weight = system.kernel_name, system.bias.name, system.weight.name
    rows = tuple(
        (moved(one), _outcome(one, name), *map(at_delta, (_distance(one), one.norms, one.angles)))
        for one in implied.detunings
        if not one.reason
    )
    variances = {one.variance for one in implied.detunings}
    off: tuple[str | Formula, ...] = (
        Formula(DELTA),
        ": the fraction by which ",
        Formula(weight),
        " is off its critical value",
    )
    if bias in variances:
        off = (*off, ", the distance by which ", Formula(bias), " is off its own")
    said = (
        "depth scales next to criticality, ", *off, "; perturbations of norms and of angles change by the factor e in ",
        Formula(Quantity(NORMS)), " and ", Formula(Quantity(ANGLES)), " layers",
    )  # fmt: skip
    star = Formula(Quantity(f"|{name} - {name}*|"))
    headers: tuple[Words, ...] = ("off", "kernels", star, Formula(Quantity(NORMS)), Formula(Quantity(ANGLES)))
    if rows:
        yield Table(headers, rows, said, name=joined("depth-scales", *of))
    for one in implied.detunings:
        if one.reason:
            yield Prose((Formula(one.variance), f" {SIDES[one.side]} its critical value: no depth scale, {one.reason}"))


def _at_criticality(implied: Consequences) -> Words:
    found = implied.classification
    said: list[str | Formula] = ["at criticality: "]
    flowing = (law for key, law in laws(found).items() if key not in found.exponents and (law.power or law.log_power))
    decaying = next(flowing, None)
    if decaying is None:
        return f"at criticality: {found.kernel_name} and perturbations are the same in every layer"
    said.append(Formula(AtLargeDepth(decaying.quantity, decaying.expression())))
    for exponent, what in DECAYS.items():
        if exponent in found.exponents:
            said += [f", {what} ", Formula(AtLargeDepth("", DEPTH ** -readable(found.exponents[exponent])))]
    if decaying.quantity != found.kernel_name:
        star, start = (Formula(Quantity(name.format(found.kernel_name))) for name in ("{0}*", "|{0} - {0}*|"))
        amplitude = Formula(readable(decaying.amplitude))
        said += [", of kernels from the stable side of ", star, ", at depths large beside ", amplitude, "/", start]
        said.append(" of layer 1")
    if decaying.log_power:
        said += [", times powers of ", Formula(sp.log(DEPTH))]
    return tuple(said)


def moved(one: Detuned) -> Words:
    """Which variance, to which side."""
    return Formula(one.variance), f" {SIDES[one.side]}"


def _distance(one: Detuned) -> PowerLaw | None:
    """Of the kernel that attracts from the critical one."""
    return None if one.outcome == DRIFT else one.kernel


def _outcome(one: Detuned, name: str) -> Words:
    if one.passage is not None:
        return f"pass {name}* in ", _power(one.passage), " layers"
    if one.outcome == DRIFT and one.kernel is not None:
        return "grow by ", _power(one.kernel), " a layer"
    return one.outcome


def at_delta(law: PowerLaw | None) -> Words:
    """A law in delta; nothing where there is none."""
    return "" if law is None else _power(law)


def _power(law: PowerLaw) -> Formula:
    return Formula(readable(law.coefficient) * DELTA**law.exponent)


def _rates(implied: Consequences, of: Sequence[str]) -> Iterator[Item]:
    tangent = implied.classification.system.tangent
    for one in implied.situations:
        if one.no_rates:
            yield Prose((*_begins(one), f"no learning rates: {one.no_rates}"))
    several = len(implied.situations) > 1
    rows = [(*((where(one),) if several else ()), *_rate_row(rate)) for one in implied.situations for rate in one.rates]
    if not rows or tangent is None:
        return
    in_tangent = Formula(Quantity(f"{tangent}({LAYERS})"))
    layer = ("in layer ", Formula(DEPTH), " of ", Formula(LAYERS))
    headers: tuple[Words, ...] = ("rate", layer, ("in ", in_tangent), "share at equal rates")
    said: tuple[str | Formula, ...] = (
        "learning rates by the equivalence principle, numbers times these scalings: every layer contributes alike to ",
        in_tangent,
        ", the sum of these numbers times the third column; last, the share of layer ",
        Formula(DEPTH),
        " where a rate is the same in every layer",
    )
    yield Table(
        (*(("kernel",) if several else ()), *headers), tuple(rows), said, labels=1 + several, name=joined("rates", *of)
    )


def _rate_row(rate: RateScaling) -> tuple[Words, ...]:
    share = rate.equal_share
    return (
        Formula(rate.rate),
        Formula(tidied(rate.in_layer)),
        _cell(rate.part),
        "of the first layers" if share is None else Formula(tidied(share)),
    )


def tidied(value: sp.Expr) -> sp.Expr:
    """Decimal numbers, and long exact ones, as they are read."""
    if not value.free_symbols:
        return readable(value)
    number, rest = value.as_independent(*value.free_symbols, as_Add=False)
    return readable(number) * rest.xreplace({one: readable(one) for one in rest.atoms(sp.Float)})
