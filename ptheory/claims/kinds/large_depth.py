"""Claims at large depth, K ~ 1/(2*l): the expansions of the recursions in 1/l and log l at the critical point.

Where the activation decides the critical point the variances are those of it, and

    K* = 0, K* > 0    every tensor is a series in y = 1/l (``criticality.asymptotics``);
    a line            a polynomial in l with the kernel in its coefficients (``criticality.line``).

L ~ R says L/R -> 1. Of a sum every term is compared: the difference must be smaller than each, in parentheses too. A
second route knows no series: the recursions are iterated in doubles, and the quotient has to approach one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf

import sympy as sp

from ptheory.algebra.polynomial import Atom, Symbol
from ptheory.algebra.refusal import Refusal
from ptheory.claims.bound import undecided
from ptheory.claims.comparison import NO_VALUE
from ptheory.claims.kinds.iteration import LAYERS, Iterated, NoIteration, critical_values
from ptheory.claims.kinds.regimes import critical_network
from ptheory.claims.kinds.sides_in_kernel import NotExpanded, SidesInKernel
from ptheory.claims.points.bound_moments import BoundMoments
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.sides import ReadClaim, is_defined, read_sides
from ptheory.claims.terms.layer_power import LAYER_SYMBOL, LayerPower
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.verdict import Ball, Counterexample, Kind, Verdict
from ptheory.criticality.asymptotics import DEPTH, fixed_rates, solve_tower
from ptheory.criticality.fixed_points import CriticalPoint
from ptheory.criticality.kernel_system import KERNEL
from ptheory.criticality.line import solve_line
from ptheory.criticality.linear_recursions import RunsAway
from ptheory.criticality.local import local_flow
from ptheory.criticality.series import LogSeries, NoExpansion, NoLeadingTerm, factored, number_value, order_key
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.language.constants import constant_value
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Add, Bracket, Call, Expression, Negate, children, walk
from ptheory.language.statements import ClaimStatement
from ptheory.networks.coefficients import TensorAt
from ptheory.recursion.means.mean import Mean
from ptheory.recursion.tensors import Expectation, Tensor

ORDERS = 2  # of the tower beyond its leading one
KERNEL_ORDER = 4  # of averages in powers of K, beside the leading one
LONGEST = 60  # of a term of a derived law that is shown as it is
FIRST_LAYERS = ("c_", "l_")  # how constants begin that the first layers decide
UNKNOWN = (NoExpansion, NoLeadingTerm, NotExpanded, *NO_VALUE)


def decide_large_depth(formula: ClaimStatement, vocabulary: Vocabulary) -> Verdict:
    """Proved, or refuted with the law that is derived. LanguageError where the critical point is not determined."""
    _check_scope(formula, vocabulary)
    if any(name not in vocabulary.binding and not is_defined(name) for name in vocabulary.functions):
        help = "bind it: with sigma = tanh"
        raise LanguageError("what happens at large depth depends on the activation", formula.span, help=help)
    read = read_sides(formula, replace(vocabulary, in_every_layer=True))
    wanted = tuple(dict.fromkeys(_declared(atom, vocabulary) for atom in read.content.tensors if not atom.is_kernel))
    network = critical_network(vocabulary, wanted, formula.span)
    spec, point = network.spec, network.point
    try:
        sides = _InDepth(read, spec, *_laws(spec, point, tuple(t.name for t in wanted)))
        law = _Law(sides)
        smaller, smaller_inside = law.is_met, law.is_met_inside
    except (RunsAway, *UNKNOWN) as error:
        return undecided(read, "no expansion at large depth is known", str(error))
    if smaller is None:
        return undecided(
            read, "the expansion at large depth is not known to this order", "state the leading term alone"
        )
    if smaller and not smaller_inside:
        reason = "a term of a sum in it is too small to be seen at this order, or wrong; state the leading term alone"
        return undecided(read, "the leading term agrees, what stands in parentheses was not shown", reason)
    try:
        numbers = critical_values(spec, point, sides.given)
        iterated = Iterated(read, spec, {**_of_outputs(vocabulary, numbers), **numbers}, network.kernels)
        approaches = law.is_approached(iterated)
    except (NoIteration, Refusal) as error:
        return undecided(read, "the recursion could not be iterated", str(error))
    if not smaller and approaches and law.is_left_open:
        reason = "a constant in the law depends on the first layers"
        return undecided(read, "true of some networks, not of all", reason)
    if approaches and not smaller:
        reason = f"they are too close in {LAYERS[-1]} layers; the series differ"
        return undecided(read, "the iterated recursion does not tell the sides apart", reason)
    if smaller != approaches:
        reason = "the series and the iterated recursion disagree; this is a mistake in the engine, please report it"
        return undecided(read, "two routes disagree at large depth", reason)
    if smaller:
        message = f"every term of the law agrees as l -> infinity{read.reach}"
        return Verdict(Kind.PROVED, formula.label, message, read.understood)
    layer, values = iterated.shown()
    at = Counterexample(layer, *(Ball(f"{value:.10g}", f"{abs(value) * 1e-9:.1g}", rigorous=False) for value in values))
    derived = _derived_law(law.left, len(law.terms))
    corrected = f"{read.understood.partition(' ~ ')[0]} ~ {derived}" if derived else ""
    message = "the sides do not approach each other as l -> infinity"
    return Verdict(Kind.REFUTED, formula.label, message, read.understood, at, corrected=corrected)


def _of_outputs(vocabulary: Vocabulary, values: Mapping[Atom, float]) -> dict[Atom, float]:
    """Values of the hyperparameters that the layers do not have, those of outputs: a law holds at any of them."""
    free = sorted((s for s in vocabulary.symbols if s not in values), key=lambda symbol: symbol.sort_key)
    return {symbol: 1 + (k + 1) / (len(free) + 2) for k, symbol in enumerate(free)}


def _declared(atom: Tensor, vocabulary: Vocabulary) -> TensorAt:
    named = vocabulary.names.of(atom)
    return TensorAt(named.declared, named.order)


def _check_scope(formula: ClaimStatement, vocabulary: Vocabulary) -> None:
    """LanguageError for several inputs, for one layer, and for what the first layers decide."""
    if not vocabulary.one_input:
        raise LanguageError("large depth is at one input", formula.span, help="add `inputs one` to the claim")
    if vocabulary.at_layer is not None:
        raise LanguageError("the layer is given, and this is a law at large depth", formula.span, help="keep one")
    if vocabulary.unit_inputs:
        raise LanguageError("a law at large depth is for any inputs", formula.span, help="leave out `unit inputs`")


def _terms(side: Expression) -> tuple[Expression, ...]:
    """The terms of a sum, without their signs: only their sizes matter."""
    terms = side.terms if isinstance(side, Add) else (side,)
    return tuple(term.operand if isinstance(term, Negate) else term for term in terms)


def _sums_inside(node: Expression, is_top: bool = True) -> Iterator[Expression]:
    """Sums that are no side, averages left closed. NotExpanded for one in an argument of a function."""
    match node:
        case Bracket():
            return
        case Call() if any(isinstance(inner, Add) for inner in walk(node)):
            raise NotExpanded(f"a sum in an argument of {node.function}")
        case Add() if not is_top:
            yield node
    for inner in children(node):
        yield from _sums_inside(inner, False)


def _laws(
    spec: SpecialisedSystem, point: CriticalPoint, names: tuple[str, ...]
) -> tuple[dict[str, LogSeries], LogSeries | None]:
    """Every tensor by its name as a series in 1/l; and K as such where averages may be expanded in it."""
    system = spec.system
    if point.K_star is None:
        hyper: dict[Atom, sp.Expr] = {system.weight: point.C_W, system.bias: point.C_b}
        zeros = {r.name: sp.Integer(0) for r in system.tower if r.name != system.tangent}
        line = solve_line(spec, hyper, fixed_rates(system), zeros)
        for name in names:
            if name not in line.expressions:
                raise NotExpanded(f"{name}: {line.failures.get(name, 'no form is known')}")
        return {name: _polynomial_in_depth(e) for name, e in line.expressions.items()}, None
    local = local_flow(spec, point)
    if local.flow is None:
        raise NotExpanded("the flow is beyond all orders in K")
    tower = solve_tower(system, local.expand, local.flow, local.kernel, fixed_rates(system), ORDERS)
    for name in names:
        if name not in tower.behaviours:
            raise NotExpanded(f"{name}: {tower.failures.get(name, 'no form is known')}")
    laws = {name: behaviour.in_depth for name, behaviour in tower.behaviours.items()}
    return laws, laws[KERNEL] if point.K_star == 0 else None


def _polynomial_in_depth(expression: sp.Expr) -> LogSeries:
    terms = sp.Poly(expression, DEPTH).terms() if expression.has(DEPTH) else [((0,), expression)]
    return LogSeries({(sp.Integer(-power), 0): coefficient for (power,), coefficient in terms})


class _InDepth(SidesInKernel):
    """Series in y = 1/l, log y = -log l."""

    def __init__(
        self, read: ReadClaim, spec: SpecialisedSystem, laws: dict[str, LogSeries], kernel: LogSeries | None
    ) -> None:
        super().__init__(read)
        rates = fixed_rates(spec.system)
        self.rates: dict[Atom, LogSeries] = {r: LogSeries.constant(rates.coefficient(r)) for r in spec.system.rates}
        names = {rate.name: rate for rate in spec.system.rates}
        values = {n: constant_value(v) for n, v in read.vocabulary.given.items() if n in names}
        self.given = {names[n]: value for n, value in values.items() if value is not None}
        put_in = {rates.coefficient(r): sp.Rational(v.numerator, v.denominator) for r, v in self.given.items()}
        self.laws = {name: law.map(lambda c: c.subs(put_in)) for name, law in laws.items()}
        self.kernel = kernel

    def series(self, side: Ratio) -> LogSeries:
        """A side of the claim, or a part of one; averages in closed form where the kernel does not go to zero."""
        if self.kernel is None:
            vocabulary = self.read.vocabulary
            side = BoundMoments(self.read.normal, vocabulary.binding, vocabulary.almost_everywhere).of(side)
        return self.of(side, sp.Integer(KERNEL_ORDER))

    def atom(self, atom: Atom, order: sp.Rational) -> LogSeries:
        match atom:
            case Tensor():
                law = self.laws[KERNEL if atom.is_kernel else self.read.vocabulary.names.of(atom).name]
                if not law.terms and law.truncation is not None:
                    raise NotExpanded(f"{self.read.vocabulary.names.of(atom).name} cancels to the order computed")
                return law
            case LayerPower():
                raise NotExpanded("an exponential in l is no power of it")
            case Mean() | Expectation():
                if self.kernel is None:
                    raise NotExpanded("averages are expanded where the kernel goes to zero")
                return super().atom(atom, order).compose(self.kernel)
        if atom in self.rates:
            return self.rates[atom]
        if atom == LAYER_SYMBOL:
            return LogSeries.power(-1)
        return super().atom(atom, order)


@dataclass
class _Law:
    """The sides as series, and the terms of the one that is a law in l: the right-hand side where both name tensors."""

    sides: _InDepth

    @cached_property
    def left(self) -> LogSeries:
        return self.sides.series(self.sides.read.left)

    @cached_property
    def right(self) -> LogSeries:
        return self.sides.series(self.sides.read.right)

    @cached_property
    def difference(self) -> LogSeries:
        return self.left - self.right

    @cached_property
    def _is_on_the_left(self) -> bool:
        read = self.sides.read
        names = [any(isinstance(a, (Tensor, Mean, Expectation)) for a in s.atoms()) for s in (read.left, read.right)]
        return names == [False, True]

    @cached_property
    def _side(self) -> Expression:
        return self.sides.read.claim.left if self._is_on_the_left else self.sides.read.claim.right

    @cached_property
    def terms(self) -> dict[Expression, LogSeries]:
        reader = self.sides.read.reader
        return {term: self.sides.series(reader.read(term)) for term in _terms(self._side)}

    @cached_property
    def is_met(self) -> bool | None:
        """Whether the sides differ by less than every term."""
        return _is_smaller(self.difference, [_size(term) for term in self.terms.values()])

    @cached_property
    def is_met_inside(self) -> bool | None:
        """Whether they differ by less than every term of a sum in parentheses: of b in (a + b) c, than b c."""
        reader = self.sides.read.reader
        exponent, power = _size(self.left if self._is_on_the_left else self.right)
        sizes = []
        for total in _sums_inside(self._side):
            parts = [_size(self.sides.series(reader.read(part))) for part in (total, *_terms(total))]
            least = max(parts[1:])
            sizes.append((exponent + least[0] - parts[0][0], power + least[1] - parts[0][1]))
        return _is_smaller(self.difference, sizes)

    def is_approached(self, iterated: Iterated) -> bool:
        """Whether the iterated recursion, which knows no series, meets the law too. NoIteration."""
        last = max(self.terms, key=lambda term: _size(self.terms[term]))
        scale, has_logarithm = self.sides.read.reader.read(last), self.terms[last].leading[1] > 0
        approaches = iterated.approaches(scale, has_logarithm)
        off = None if self.is_met else self._off_by(self.terms[last], iterated)
        return approaches and not (off and iterated.approaches(scale, has_logarithm, off))

    def _off_by(self, term: LogSeries, iterated: Iterated) -> float | None:
        """What (left - right)/term goes to by the series; None where it grows, or a constant of it is left open."""
        exponent, power, amplitude = self.difference.leading
        if (exponent, power) != term.leading[:2]:
            return None
        values = {sp.Symbol(a.name, positive=True): v for a, v in iterated.values.items() if isinstance(a, Symbol)}
        ratio = number_value(amplitude / term.leading[2]).subs(values)
        kernels = [symbol for symbol in ratio.free_symbols if symbol.name == KERNEL]
        ratio = ratio.subs(dict.fromkeys(kernels, float(iterated.kernels[-1])))
        return float(ratio) if ratio.is_number else None

    @property
    def is_left_open(self) -> bool:
        """Whether the sides differ by a constant that the first layers decide."""
        return any(symbol.name.startswith(FIRST_LAYERS) for symbol in self.difference.leading[2].free_symbols)


def _is_smaller(difference: LogSeries, sizes: list[tuple[float, int]]) -> bool | None:
    """Whether the difference is of lower order than terms of these sizes; None where it is not known as far as that."""
    least = max(sizes, default=(-inf, 0))
    if difference.terms:
        exponent, power, _ = difference.leading
        return (order_key(exponent), -power) > least
    if difference.truncation is None:
        return True
    return True if order_key(difference.truncation) > least[0] else None


def _size(term: LogSeries) -> tuple[float, int]:
    """Larger for what is smaller at large depth."""
    exponent, power, _ = term.leading
    return order_key(exponent), -power


def _derived_law(left: LogSeries, count: int) -> str:
    """The first terms in l; empty where a coefficient is a constant that the first layers decide."""
    depth, text = sp.Symbol("l", positive=True), ""
    for (exponent, power), value in left.sorted_terms()[:count]:
        if any(symbol.name.startswith(FIRST_LAYERS) for symbol in value.free_symbols):
            break
        term = factored((-1) ** power * value) * depth ** (-exponent) * sp.log(depth) ** power
        written = str(sp.sstr(term)).replace("**", "^")
        if len(written) > LONGEST:
            written = str(sp.sstr(sp.N(term, 10))).replace("**", "^")
        text += f" - {written[1:]}" if text and written.startswith("-") else f" + {written}" if text else written
    return text
