"""Criticality on a page: critical points, the class and its evidence, given variances, tables of exponents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import mpmath
import sympy as sp

from ptheory.criticality.asymptotics import DEPTH
from ptheory.criticality.constrained import KeptKernel, OnEdge
from ptheory.criticality.laws import DECAYS, Law, laws, meaning
from ptheory.criticality.phases import Phase
from ptheory.criticality.series import readable_text
from ptheory.criticality.tower_exponents import SHOWN_DIGITS
from ptheory.criticality.universality import Classification, exact_text
from ptheory.language.claim_names import CHI_PAR, CHI_PERP
from ptheory.rendering.report import AtLargeDepth, CriticalPoint, Formula, Item, Prose, Quantity, Table, Words
from ptheory.rendering.result_names import joined
from ptheory.results.criticality_result import (
    AtGivenVariances,
    CriticalInitialisation,
    Criticality,
    Keeping,
    NotFound,
    NothingStays,
)

if TYPE_CHECKING:
    from sympy import Expr

READ_DIGITS = 15
HEADERS = ("quantity", "", "exponent", "amplitude", "at large depth")
DECAY_EXPONENTS = ("p_0", *DECAYS)
CONSTANTS = ("c_par", "c_perp")
SET_BY_INPUTS = ", the constants of the kernel's components along the separation, are set by the inputs"
OF_ONE_INPUT_AND_COMPONENTS = "criticality is that of one input"
OF_ONE_INPUT = f"criticality and exponents are those of one input, {CHI_PERP} that of two inputs drawn together"


def critical_items(found_in: Criticality, several_inputs: bool, of: Sequence[str] = ()) -> list[Item]:
    """Criticality as report items; what could not be analysed is said; ``of``: ends the names of its results."""
    found = found_in.classification
    if found is None:
        return [Prose("class: undecided"), Prose(f"undecided: {found_in.undecided}")]
    items: list[Item] = [_critical_point(point, found, found_in.activation, of) for point in found_in.critical_points]
    items.append(Prose(f"class: {found.label}"))
    items += [Prose(line) for line in found.evidence]
    if several_inputs:
        items.append(Prose(OF_ONE_INPUT_AND_COMPONENTS if _has_components(found) else OF_ONE_INPUT))
    if found_in.at_given is not None:
        items += [Prose(line) for line in _on_edge(found_in.at_given, found)]
        items += [Prose(line) for line in _at_given_variances(found_in.at_given, found.kernel_name)]
    if found_in.asked and found.exponents:
        items += exponent_tables(found, found_in.asked, of)
    return items


def _critical_point(
    point: CriticalInitialisation, found: Classification, activation: str, of: Sequence[str]
) -> CriticalPoint:
    powers = ", ".join(f"{power} = {exact_text(value)}" for power, value in point.powers.items())
    kernel = "any" if point.kernel is None else point.kernel
    evidence = (powers,) if powers else ()
    name = joined("critical", *of, point.stability)
    return CriticalPoint(found.kernel_name, kernel, point.hyperparameters, point.stability, activation, evidence, name)


def _on_edge(given: AtGivenVariances, found: Classification) -> Iterator[str]:
    """None, one, several or a line of points at which kernels are fixed and inputs neither merge nor separate."""
    name, (bias, weight) = found.kernel_name, found.variances
    where = _prescribed(given, name)
    edge = given.edge
    match edge:
        case None:
            return
        case NotFound(reason):
            yield f"the edge of chaos {where} was not found: {reason}"
            return
        case OnEdge(is_line=True):
            yield f"on the edge of chaos {where}: every {name}"
            return
    if not edge.points and not edge.excluded:
        yield f"on the edge of chaos {where}: no {name} > 0 (searched between {edge.searched})"
    for number, point in enumerate(edge.points):
        values = [(name, point.kernel)] if given.kernel is None else []
        values += [(n, v) for n, v in ((bias, point.bias), (weight, point.weight)) if n not in given.given]
        listed = ", ".join(f"{n} = {_decimal(v)}" for n, v in values)
        count = f" ({number + 1} of {len(edge.points)})" if len(edge.points) > 1 else ""
        attracts = "" if point.parallel <= 1 else f", which does not attract: {CHI_PAR} > 1"
        yield f"on the edge of chaos {where}{count}: {listed}; {CHI_PAR} = {_decimal(point.parallel)}{attracts}"
    for point in edge.excluded:
        values = [(n, v) for n, v in ((bias, point.bias), (weight, point.weight)) if n not in given.given]
        listed = ", ".join(f"{n} = {_decimal(v)}" for n, v in values)
        at = "" if given.kernel is not None else f"{name} = {_decimal(point.kernel)} and "
        yield f"on the edge of chaos {where}: none, it would need {at}{listed}, and variances are not negative"


def _at_given_variances(found: AtGivenVariances, name: str) -> Iterator[Words]:
    where, kept = _prescribed(found), found.kept
    match kept:
        case NotFound(reason):
            yield f"what keeps the kernel {where} was not found: {reason}"
        case NothingStays(reason):
            yield f"{where} no kernel {name} that stays where it is was found: {reason}"
        case Keeping(free, kernel, None):
            yield f"{where} no {free} keeps {name} = {_decimal(kernel)}"
        case Keeping(free, kernel, value, KeptKernel() as at) if value is not None:
            responses = _responses(at.parallel, at.perpendicular)
            said = f"keeping {name} = {_decimal(kernel)} {where} needs {free} = {_decimal(value)}"
            there = f"; there {responses}: {at.fate}"
            is_decimal = value.has(sp.Float) or value.is_Rational
            yield f"{said}{there}" if is_decimal else (f"{said} = ", Formula(value), there)
        case Phase():
            star = "every kernel stays" if kept.K_star is None else f"{name} -> {_decimal(kept.K_star)}"
            note = f"; {kept.note}" if kept.note else ""
            yield f"{where} the phase is {kept.name}: {star}, {_responses(kept.parallel, kept.perpendicular)}{note}"
        case tuple():
            for at in kept:
                responses = _responses(at.parallel, at.perpendicular)
                yield f"{where} the kernel stays at {name} = {_decimal(at.kernel)}, where {responses}: {at.fate}"


def _prescribed(found: AtGivenVariances, kernel_name: str = "") -> str:
    """What is not tuned, in words: at C_b = 0; with no bias to tune. The kernel, too, where its name is given."""
    given = dict(found.given)
    if kernel_name and found.kernel is not None:
        given[kernel_name] = found.kernel
    values = " and ".join(f"{name} = {readable_text(value)}" for name, value in given.items())
    parts = (f"at {values}" if values else "", "" if found.has_bias else "with no bias to tune")
    return " ".join(part for part in parts if part)


def _responses(parallel: Expr, perpendicular: Expr) -> str:
    return f"{CHI_PAR} = {_decimal(parallel)}, {CHI_PERP} = {_decimal(perpendicular)}"


def _decimal(value: Expr) -> str:
    number = sp.N(value, READ_DIGITS + 5) if isinstance(value, sp.Expr) else value
    return str(mpmath.nstr(mpmath.mpf(number), READ_DIGITS)).removesuffix(".0")


def exponent_tables(found: Classification, wanted: Sequence[str], of: Sequence[str] = ()) -> list[Item]:
    """K, perturbations and V; then, per choice of learning rates, the wanted tensors and their dimensionless ratios."""
    at_depth = laws(found)
    decaying = next((name for name in found.amplitudes if name not in found.exponents), None)  # K, or K - K*
    first = []
    for name, value in found.exponents.items():
        law = at_depth.get(decaying if name == "p_0" and decaying else name)
        amplitude, behaviour = _amplitude_and_law(law) if law else ("", _meaning(name, found))
        kind = "decay" if name in DECAY_EXPONENTS else "growth"
        first.append((Formula(Quantity(name)), kind, Formula(shown(value)), amplitude, behaviour))
    items: list[Item] = [Table(HEADERS, tuple(first), labels=2, name=joined("exponents", *of))]
    if _has_components(found):
        items.append(Prose((Formula(CONSTANTS[0]), " and ", Formula(CONSTANTS[1]), SET_BY_INPUTS)))
    for scheme in found.tower:
        rows = tuple(
            (
                Formula(Quantity(growth.name)),
                "growth",
                Formula(shown(growth.power)),
                *_amplitude_and_law(at_depth[f"{growth.name} ({scheme.title})"]),
            )
            for growth in scheme.growths
            if _is_wanted(growth.tensor, wanted)
        )
        rates = [Formula(AtLargeDepth(rate, DEPTH**power)) for rate, power in scheme.powers.items()]
        between = [piece for rate in rates for piece in (", ", rate)][1:]
        said = (f"at {scheme.title}", ": " if between else "", *between)
        items.append(Table(HEADERS, rows, said, labels=2, name=joined("exponents", *of, scheme.title)))
    return items


def _is_wanted(tensor: str, wanted: Sequence[str]) -> bool:
    """Whether exponents of a tensor, or of a component of it along a separation of inputs, were asked for."""
    return tensor.partition("[")[0] in wanted


def _has_components(found: Classification) -> bool:
    """Whether there are exponents of components along a separation of inputs, V[x,dx,x,dx]."""
    growths = (growth for scheme in found.tower for growth in scheme.growths)
    return any(symbol.name in CONSTANTS for growth in growths for symbol in growth.amplitude.free_symbols)


def _amplitude_and_law(law: Law) -> tuple[Words, Words]:
    return Formula(shown(law.amplitude)), Formula(AtLargeDepth(law.quantity, law.expression()))


def _meaning(exponent: str, found: Classification) -> Words:
    """What an exponent is the exponent of, where its law has no amplitude."""
    power = DEPTH ** -sp.Symbol(exponent)
    if exponent in DECAYS:
        return f"{DECAYS[exponent]} ", Formula(AtLargeDepth("", power))
    said, _, law = meaning(exponent, found).partition(" ~ ")
    return Formula(AtLargeDepth(said, power)) if law else said


def shown(value: sp.Expr) -> sp.Expr:
    """Numbers known to many digits with twenty of them."""
    return sp.N(value, SHOWN_DIGITS) if value.has(sp.Float) else value
