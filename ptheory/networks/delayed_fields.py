"""Reading further down through weights of its own, as fields: z' = W σ(z) + R σ(prev(z)) is

    z' = W σ(z) + v,     v' = R σ(z),

at equal widths and with the same law of R in all layers: what reads layer l-1 is made one layer earlier and handed on.
prev(prev(z)) takes two such fields, v' = w + ..., w' = R σ(z). Neurons of z are then independent of those of layers
below, given the covariances of z and v (``recursion.closure.carries_new_parts``), and recursions lead from l to l+1.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from ptheory.algebra.polynomial import Polynomial
from ptheory.language.expressions import Expression, FieldAt, rewritten
from ptheory.networks.architecture import (
    Architecture,
    Bias,
    Direct,
    FirstEquation,
    LayerEquation,
    LayerTerm,
    SiteFunction,
    site_of,
)
from ptheory.networks.fields import Field


def with_delays_as_fields(architecture: Architecture) -> Architecture | None:
    """The architecture with a field for what each layer equation reads of layers further down, or carries over.

    None where weights read several layers, or a function mixes them.
    """
    families = Counter(weights.name for term in architecture.layer_terms for weights in term.parameters)
    layers: list[LayerEquation] = []
    delays: list[LayerEquation] = []
    for equation in architecture.layers:
        by_depth: dict[int, list[LayerTerm]] = {}
        for term in equation.terms:
            site = site_of(term)
            depths = frozenset({0}) if site is None else site.depths or frozenset({0})
            depth = max(depths)
            if len(depths) > 1 or (depth and any(families[weights.name] > 1 for weights in term.parameters)):
                return None
            by_depth.setdefault(depth, []).append(_read_now(term) if depth else term)
        chain = _chain(equation.field, by_depth)
        layers.append(chain[0])
        delays += chain[1:]
    if any(site.deepest for equation in architecture.last for term in equation.terms if (site := site_of(term))):
        return None
    first = tuple(FirstEquation(delay.field, ()) for delay in delays)
    return replace(architecture, first=(*architecture.first, *first), layers=(*layers, *delays))


def with_delays_read_now(architecture: Architecture) -> Architecture:
    """The architecture without prev(...): all that is read of layer l. It keeps the kernels that the other keeps."""

    def now(equation: LayerEquation) -> LayerEquation:
        return replace(equation, terms=tuple(map(_read_now, equation.terms)))

    return replace(architecture, layers=tuple(map(now, architecture.layers)))


def delay(field: Field, layers: int) -> Field:
    """What hands on to ``field`` what it reads so many layers further down."""
    return Field("prev(" * layers + field.name + ")" * layers)


def is_delay(field: Field) -> bool:
    """Whether a field is one that ``with_delays_as_fields`` has made."""
    return field.name.startswith("prev(")


def _chain(field: Field, by_depth: dict[int, list[LayerTerm]]) -> list[LayerEquation]:
    """The equation of a field and of those that hand on to it, nearest first."""
    deepest = max(by_depth, default=0)
    found = []
    for depth in range(deepest + 1):
        own = field if not depth else delay(field, depth)
        terms = list(by_depth.get(depth, ()))
        if depth < deepest:
            above = delay(field, depth + 1)
            handed_on = SiteFunction(FieldAt(above.name, "i", "a"), (above,))
            terms.append(Direct(Polynomial.constant(1), handed_on))
        found.append(LayerEquation(own, tuple(terms)))
    return found


def _read_now(term: LayerTerm) -> LayerTerm:
    """The term with prev(...) taken off what it reads."""
    if isinstance(term, Bias):
        return term

    def here(node: Expression) -> Expression | None:
        return replace(node, depth=0) if isinstance(node, FieldAt) else None

    site = SiteFunction(rewritten(term.site.formula, here), tuple(f._replace(depth=0) for f in term.site.fields))
    return replace(term, site=site)
