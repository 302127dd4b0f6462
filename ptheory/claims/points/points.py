"""Points to try a claim at: small rational values for every symbol, simple ones first, the same in every run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from ptheory.algebra.polynomial import Atom, Symbol
from ptheory.claims.points.assignment import Coefficients
from ptheory.claims.terms.claim_atoms import NextMean, Root, ScalarCall, ValueAtZero
from ptheory.claims.terms.claim_normal_form import ClaimNormalForm
from ptheory.claims.terms.layer_power import LayerPower
from ptheory.claims.terms.ratio import Ratio
from ptheory.language.expressions import Call, Expression, walk
from ptheory.language.functions import BUILTIN_FUNCTIONS, NAMED_ACTIVATIONS
from ptheory.networks.scalars import with_named_scalars
from ptheory.recursion.jets import VARIABLE, FieldValue, Jet
from ptheory.recursion.means.layer_functions import expand_factors
from ptheory.recursion.means.mean import Mean
from ptheory.recursion.tensors import WIDTH, WIDTH_RATIO, Expectation, Leg, Tensor, Width, WidthRatio
from ptheory.recursion.variables import leading_kernel, parts_of

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


def of_parity(coefficients: Coefficients, sign: int | None) -> Coefficients:
    """The odd or even part of a polynomial; z or 1 + z^2 where nothing else is left; all of it without a sign."""
    if sign is None:
        return coefficients
    part = tuple(c if (-1) ** k == sign else _F(0) for k, c in enumerate(coefficients))
    if any(part[1:]):
        return part
    return (_F(0), _F(1)) if sign < 0 else (_F(1), _F(0), _F(1))


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
    """What two sides consist of, down to the arguments of functions and what stands inside means."""
    collected = _Collected(normal)
    collected.add_all(atom for side in sides for atom in side.atoms())
    return collected.content()


class _Collected:
    """Content while it is gathered, one method for each kind of atom; what an atom has inside is still to visit."""

    def __init__(self, normal: ClaimNormalForm) -> None:
        self.sites = normal.system.model.sites
        self.symbols: set[Symbol] = set()
        self.tensors: set[Tensor] = set()
        self.legs: set[Leg] = set()
        self.functions: set[str] = set()
        self.formulas: dict[Expression, None] = {}
        self.kinds: set[type] = set()  # of the atoms met
        self.highest = 0

    def add_all(self, atoms: Iterable[Atom]) -> None:
        pending = list(atoms)
        visited: set[Atom] = set()
        while pending:
            atom = pending.pop()
            if atom not in visited:
                visited.add(atom)
                self.kinds.add(type(atom))
                pending += self._inside(atom)

    def _inside(self, atom: Atom) -> Iterable[Atom]:
        """Note an atom; the atoms it is made of."""
        match atom:
            case Symbol():
                self.symbols.add(atom)
            case Tensor():
                self._tensor(atom)
            case Expectation():
                return self._expectation(atom)
            case NextMean():
                return [atom.mean, *(inner for _, kernel in atom.kernels for inner in kernel.atoms())]
            case Mean():
                return self._mean(atom)
            case FieldValue(leg):
                self.legs.add(leg)
            case Jet():
                return self._jet(atom)
            case ValueAtZero(function, order):
                self.functions.add(function)
                self.highest = max(self.highest, order)
            case ScalarCall():
                return atom.argument.atoms()
            case Root() | LayerPower():
                return atom.base.atoms()
        return ()

    def _tensor(self, atom: Tensor) -> None:
        self.tensors.add(atom)
        if atom.power == 0 and all(c.is_covariance for c in atom.components):
            self.legs.update(atom.legs)

    def _expectation(self, atom: Expectation) -> Iterable[Atom]:
        jets = expand_factors(self.sites, atom.factors).atoms()
        orders = [jet.order for jet in jets if isinstance(jet, Jet)]
        self.highest = max(self.highest, max(orders, default=0) + len(atom.derivatives))
        return jets

    def _mean(self, atom: Mean) -> Iterable[Atom]:
        if atom.jets:  # each explicit preactivation is one more derivative, by Stein's identity
            order = max(jet.order for jet in atom.jets) + len(atom.derivatives)
            self.highest = max(self.highest, order + min(atom.explicit_power, MOST_FROM_STEIN))
        return [factor for factor, _ in atom.factors]

    def _jet(self, atom: Jet) -> Iterable[Atom]:
        parts = parts_of(atom.leg)
        self.legs.update(leg for leg, _ in parts)
        self.highest = max(self.highest, atom.order)
        if isinstance(atom.function, str):
            self.functions.add(atom.function)
        else:
            self.formulas.setdefault(atom.function)
            _, inside = with_named_scalars(atom.function)
            self.symbols.update(symbol for name, symbol in inside.items() if name != VARIABLE.name)
            called = (node.function for node in walk(atom.function) if isinstance(node, Call))
            self.functions.update(name for name in called if name not in {*BUILTIN_FUNCTIONS, *NAMED_ACTIVATIONS})
        return [inner for _, slope in parts for inner in slope.atoms()]

    def content(self) -> Content:
        kernels = {leading_kernel(leg, other) for leg in self.legs for other in self.legs}
        return Content(
            tuple(sorted(self.symbols, key=lambda a: a.sort_key)),
            tuple(sorted(self.tensors | kernels, key=lambda a: a.sort_key)),
            tuple(sorted(self.legs)),
            tuple(sorted(self.functions)),
            tuple(self.formulas),
            has_width=Width in self.kinds,
            has_ratio=WidthRatio in self.kinds,
            has_scalar_functions=bool(self.kinds & {ScalarCall, Root}),
            has_next_means=NextMean in self.kinds,
            highest_derivative=self.highest,
        )


def scalar_values(found: Content, normal: ClaimNormalForm, attempt: int) -> dict[Atom, Fraction]:
    """Values of every scalar atom; attempt 0 is the simplest."""
    draw = Random(attempt)

    def value(k: int) -> Fraction:
        if attempt == 0:
            return Fraction(k + 2)
        return Fraction(draw.randint(1, 6 + attempt), draw.randint(1, 2 + attempt))

    values: dict[Atom, Fraction] = {
        symbol: value(k) for k, symbol in enumerate(found.symbols) if symbol.name not in TRANSCENDENTAL
    }
    free = [atom for atom in found.tensors if not atom.is_kernel]
    values |= {atom: Fraction(0) if normal.vanishes(atom) else value(k) for k, atom in enumerate(free)}
    size = max(len(found.legs), 1)
    for k, atom in enumerate(atom for atom in found.tensors if atom.is_kernel):
        if atom.legs[0] == atom.legs[1]:
            values[atom] = 1 + Fraction(k, 2 * size) if attempt == 0 else 1 + value(k) / 4
        else:  # rows sum to less than the diagonal
            share = Fraction(k % 5 + 1, 6) if attempt == 0 else Fraction(draw.randint(-5, 5), 6)
            values[atom] = Fraction(0) if normal.vanishes(atom) else share / size
    if found.has_width:
        values[WIDTH] = Fraction(attempt + 3)
    values[WIDTH_RATIO] = Fraction(1) if normal.equal_widths else Fraction(attempt + 2, 3)
    return {**values, **normal.held}


def attempts(
    found: Content,
    normal: ClaimNormalForm,
    free: tuple[str, ...],
    polynomials: tuple[Coefficients, ...],
    most: int,
) -> Iterator[tuple[dict[Atom, Fraction], dict[str, Coefficients]]]:
    """Points to try, every polynomial of the list at simple values first. ``free``: activations."""
    for attempt in range(most):
        chosen = {name: polynomials[(attempt + 3 * k) % len(polynomials)] for k, name in enumerate(free)}
        yield scalar_values(found, normal, attempt // len(polynomials) if free else attempt), chosen
