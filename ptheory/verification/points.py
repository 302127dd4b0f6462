"""Points to try a claim at: small rational values for every symbol, simple ones first, the same in every run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

from ptheory.algebra.polynomial import Symbol
from ptheory.language.expressions import Call, Expression, walk
from ptheory.language.functions import BUILTIN_FUNCTIONS
from ptheory.networks.scalars import with_named_scalars
from ptheory.recursion.jets import VARIABLE, FieldValue, Jet, expand_factors
from ptheory.recursion.normal_form import leading_kernel
from ptheory.recursion.tensors import WIDTH, WIDTH_RATIO, Expectation, Leg, Tensor
from ptheory.recursion.variables import parts_of
from ptheory.verification.assignment import Coefficients
from ptheory.verification.claim_atoms import Mean, NextMean, Root, ScalarCall
from ptheory.verification.claim_normal_form import ClaimNormalForm
from ptheory.verification.ratio import Ratio

TRANSCENDENTAL = ("pi", "e")

_F = Fraction
POLYNOMIALS: tuple[Coefficients, ...] = (
    (_F(0), _F(1)),
    (_F(1), _F(1)),
    (_F(0), _F(0), _F(1)),
    (_F(0), _F(1), _F(1, 2)),
    (_F(1), _F(-1), _F(1)),
    (_F(0), _F(1), _F(0), _F(1, 3)),
    (_F(1), _F(1), _F(-1, 2), _F(1, 3)),
    (_F(2), _F(-1), _F(1, 3), _F(1, 2), _F(1, 5)),
)
MOST_FROM_STEIN = 12
LOW_DERIVATIVES = 2  # up to here the polynomials above are of high enough degree


def simple_polynomials(highest_derivative: int) -> tuple[Coefficients, ...]:
    """What activations are set to, simple ones first; two more of them than the derivatives leave of degree zero."""
    m = highest_derivative
    if m <= LOW_DERIVATIVES:
        return POLYNOMIALS
    powers = tuple(tuple(_F(int(j == k)) for j in range(k + 1)) for k in (m, m + 1, m + 2))
    return POLYNOMIALS[:3] + powers + general_polynomials(m)


def general_polynomials(highest_derivative: int) -> tuple[Coefficients, ...]:
    """Without a coefficient that could hide a term, of a degree that leaves no derivative constant."""
    degree = max(highest_derivative + 1, 3)
    first = (_F(1), _F(1), _F(-1, 2), *(_F((-1) ** (k + 1), k + k % 3) for k in range(3, degree + 1)))
    second = (_F(-1, 2), _F(2), _F(3, 4), *(_F(1, k + 2 - k % 2) for k in range(3, degree + 1)))
    return first, second


@dataclass(frozen=True)
class Content:
    """What a side consists of, once: symbols, tensors, the (field, sample) variables and functions of its means."""

    symbols: tuple[Symbol, ...]
    tensors: tuple[Tensor, ...]
    legs: tuple[Leg, ...]
    functions: tuple[str, ...]
    formulas: tuple[Expression, ...]
    has_width: bool
    has_ratio: bool
    has_scalar_functions: bool
    has_next_means: bool
    highest_derivative: int  # of an activation, those under derived means included


def content(sides: Iterable[Ratio], normal: ClaimNormalForm) -> Content:
    symbols: dict[Symbol, None] = {}
    tensors: dict[Tensor, None] = {}
    legs: dict[Leg, None] = {}
    functions: dict[str, None] = {}
    formulas: dict[Expression, None] = {}
    seen: dict[str, bool] = {"width": False, "ratio": False, "scalar": False, "next": False}
    pending: list[Any] = [atom for side in sides for atom in side.atoms()]
    visited: set[Any] = set()
    highest = 0
    while pending:
        atom = pending.pop()
        if atom in visited:
            continue
        visited.add(atom)
        if isinstance(atom, Symbol):
            symbols.setdefault(atom)
        elif isinstance(atom, Tensor):
            tensors.setdefault(atom)
            if atom.power == 0 and all(c.is_covariance for c in atom.components):
                legs.update(dict.fromkeys(atom.legs))
        elif isinstance(atom, Expectation):
            jets = expand_factors(normal.system.model.sites, atom.factors).atoms()
            orders = [jet.order for jet in jets if isinstance(jet, Jet)]
            highest = max(highest, max(orders, default=0) + len(atom.derivatives))
            pending += jets
        elif isinstance(atom, NextMean):
            seen["next"] = True
            pending += [atom.mean, *(inner for _, kernel in atom.kernels for inner in kernel.atoms())]
        elif isinstance(atom, Mean):
            explicit = sum(power for factor, power in atom.factors if isinstance(factor, FieldValue))
            orders = [factor.order for factor, _ in atom.factors if isinstance(factor, Jet)]
            if orders:  # each explicit preactivation is one more derivative, by Stein's identity
                highest = max(highest, max(orders) + min(explicit, MOST_FROM_STEIN))
            pending += [factor for factor, _ in atom.factors]
        elif isinstance(atom, FieldValue):
            legs.setdefault(atom.leg)
        elif isinstance(atom, Jet):
            for leg, slope in parts_of(atom.leg):
                legs.setdefault(leg)
                pending += slope.atoms()
            highest = max(highest, atom.order)
            if isinstance(atom.function, str):
                functions.setdefault(atom.function)
            else:
                formulas.setdefault(atom.function)
                _, inside = with_named_scalars(atom.function)
                symbols.update(dict.fromkeys(s for name, s in inside.items() if name != VARIABLE.name))
                inner = (node.function for node in walk(atom.function) if isinstance(node, Call))
                functions.update(dict.fromkeys(name for name in inner if name not in BUILTIN_FUNCTIONS))
        elif isinstance(atom, (ScalarCall, Root)):
            seen["scalar"] = True
            pending += (atom.argument if isinstance(atom, ScalarCall) else atom.base).atoms()
        elif atom == WIDTH:
            seen["width"] = True
        elif atom == WIDTH_RATIO:
            seen["ratio"] = True
    for leg in legs:
        tensors.update(dict.fromkeys(leading_kernel(leg, other) for other in legs))
    return Content(
        tuple(sorted(symbols, key=lambda a: a.sort_key)),
        tuple(sorted(tensors, key=lambda a: a.sort_key)),
        tuple(sorted(legs)),
        tuple(sorted(functions)),
        tuple(formulas),
        seen["width"],
        seen["ratio"],
        seen["scalar"],
        seen["next"],
        highest,
    )


def is_kernel(atom: Tensor) -> bool:
    """K at two legs, constrained to a positive-definite matrix; every other tensor is a free number."""
    return atom.order == 0 and len(atom.components) == 1 and atom.components[0].is_covariance


def scalar_values(found: Content, normal: ClaimNormalForm, attempt: int) -> dict[Any, Fraction]:
    """Values of every scalar atom; attempt 0 is the simplest."""
    draw = Random(attempt)

    def value(k: int) -> Fraction:
        if attempt == 0:
            return Fraction(k + 2)
        return Fraction(draw.randint(1, 6 + attempt), draw.randint(1, 2 + attempt))

    values: dict[Any, Fraction] = {
        symbol: value(k) for k, symbol in enumerate(found.symbols) if symbol.name not in TRANSCENDENTAL
    }
    free = [atom for atom in found.tensors if not is_kernel(atom)]
    values |= {atom: Fraction(0) if normal.vanishes(atom) else value(k) for k, atom in enumerate(free)}
    size = max(len(found.legs), 1)
    for k, atom in enumerate(atom for atom in found.tensors if is_kernel(atom)):
        if atom.legs[0] == atom.legs[1]:
            values[atom] = 1 + Fraction(k, 2 * size) if attempt == 0 else 1 + value(k) / 4
        else:  # rows sum to less than the diagonal
            share = Fraction(k % 5 + 1, 6) if attempt == 0 else Fraction(draw.randint(-5, 5), 6)
            values[atom] = Fraction(0) if normal.vanishes(atom) else share / size
    if found.has_width:
        values[WIDTH] = Fraction(attempt + 3)
    values[WIDTH_RATIO] = Fraction(1) if normal.equal_widths else Fraction(attempt + 2, 3)
    return values


def attempts(
    found: Content,
    normal: ClaimNormalForm,
    free: tuple[str, ...],
    polynomials: tuple[Coefficients, ...],
    most: int = 40,
) -> Iterator[tuple[dict[Any, Fraction], dict[str, Coefficients]]]:
    """Points to try, every polynomial of the list at simple values first. ``free``: activations."""
    for attempt in range(most):
        chosen = {name: polynomials[(attempt + 3 * k) % len(polynomials)] for k, name in enumerate(free)}
        yield scalar_values(found, normal, attempt // len(polynomials) if free else attempt), chosen
