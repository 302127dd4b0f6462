"""Claims at large depth, K ~ 1/(2*l): the expansions of the recursions in 1/l and log l at the critical point.

Where the activation decides the critical point the variances are those of it, and

    K* = 0, K* > 0    every tensor is a series in y = 1/l (``criticality.asymptotics``);
    a line, K = K*    a polynomial in l with the kernel in its coefficients (``criticality.line``).

Where layers carry their neurons over, tensors of four fields are known to leading order in 1/l (``carried_tower``).

L ~ R says L/R -> 1. Of a sum every term is compared: the difference must be smaller than each, in parentheses too.
Coefficients are compared exactly; those that are derived as numbers, to DIGITS digits, and any to the digits that are
claimed. A second route knows no series: the recursions are iterated in doubles, with a skip those of all layers
together (``carried_iteration``), and the quotient has to approach one.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf

import numpy as np
import sympy as sp

from ptheory.algebra.polynomial import Atom, Symbol
from ptheory.algebra.refusal import Refusal
from ptheory.claims.bound import undecided
from ptheory.claims.comparison import NO_VALUE
from ptheory.claims.kinds.iteration import Iterated, NoIteration, critical_values, layers_looked_at
from ptheory.claims.kinds.regimes import critical_network
from ptheory.claims.kinds.sides_in_kernel import NotExpanded, SidesInKernel
from ptheory.claims.points.bound_moments import BoundMoments
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.sides import ReadClaim, is_defined, read_sides
from ptheory.claims.terms.layer_power import LAYER_SYMBOL, LayerPower
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.verdict import Ball, Counterexample, Kind, Verdict
from ptheory.criticality.asymptotics import DEPTH, Rates, fixed_rates, solve_tower
from ptheory.criticality.carried_exponents import CERTAIN_DIGITS
from ptheory.criticality.fixed_points import CriticalPoint
from ptheory.criticality.kernel_system import KERNEL
from ptheory.criticality.line import solve_line
from ptheory.criticality.linear_recursions import RunsAway
from ptheory.criticality.local import flow_in_own_units, local_flow
from ptheory.criticality.series import LogSeries, NoExpansion, NoLeadingTerm, factored, number_value, order_key
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.tower_exponents import over_scale
from ptheory.language.claim_names import critical_name
from ptheory.language.constants import constant_value
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Add, Bracket, Call, Expression, Negate, children, walk
from ptheory.language.statements import ClaimStatement
from ptheory.networks.coefficients import TensorAt
from ptheory.recursion.means.mean import Mean
from ptheory.recursion.tensors import Expectation, Tensor

DIGITS = CERTAIN_DIGITS  # to which an amplitude that is derived as a number is compared
ORDERS = 2  # of the tower beyond its leading one
KERNEL_ORDER = 4  # of averages in powers of K, beside the leading one
KNOWN = 20  # digits of an amplitude that is derived as a number, where CERTAIN_DIGITS are not all
SHOWN = 10  # digits of a number that is no fraction
LONGEST = 60  # of a term of a derived law that is shown as it is
FIRST_LAYERS = ("c_", "l_")  # how constants begin that the first layers decide
JUST_ABOVE = sp.Rational(1, 1000)  # what is added to a power of 1/l of which the terms are the last that are known
UNKNOWN = (NoExpansion, NoLeadingTerm, NotExpanded, *NO_VALUE)


def decide_large_depth(formula: ClaimStatement, vocabulary: Vocabulary) -> Verdict:
    """Proved, or refuted with the law that is derived. LanguageError where the critical point is not determined."""
    check_scope(formula, vocabulary)
    read = read_sides(formula, replace(vocabulary, in_every_layer=True))
    tensors = [atom for atom in read.content.tensors if not atom.is_kernel]
    wanted = tuple(dict.fromkeys(_declared(atom, vocabulary) for atom in tensors))
    network = critical_network(vocabulary, wanted, formula.span)
    spec, point = network.spec, network.point
    if vocabulary.stays_critical:
        _check_kernel(formula, vocabulary, point)
    try:
        names = tuple(vocabulary.names.of(one).name for one in tensors)
        sides = InDepth(read, spec.system.rates, *_laws(spec, point, vocabulary.stays_critical, names))
        law = Law(sides, CERTAIN_DIGITS if spec.system.at_large_depth and point.K_star else KNOWN)
        unknown = not_compared(law)
    except (RunsAway, *UNKNOWN) as error:
        return undecided(read, "no expansion at large depth is known", str(error))
    if unknown is not None:
        return unknown

    def iterate() -> Iterated:
        numbers = {atom: float(value) for atom, value in spec.values.items()}
        numbers |= critical_values(spec, point, sides.given)
        layers = layers_looked_at(spec, point)
        kernels = np.full(layers[-1], float(point.K_star or 0)) if vocabulary.stays_critical else network.kernels
        return Iterated(read, spec, {**_of_outputs(vocabulary, numbers), **numbers}, kernels, layers)

    return decided_by_law(law, iterate, bool(point.K_star) and not vocabulary.stays_critical)


def decided_by_law(law: Law, iterate: Callable[[], Iterated], comes_slowly: bool = False) -> Verdict:
    """What the series say, held against the recursions that ``iterate`` has. ``comes_slowly``: the kernel may be far
    from the critical one in all layers looked at."""
    read, smaller = law.sides.read, law.is_met
    try:
        iterated = iterate()
        approaches = law.is_approached(iterated)
    except (NoIteration, Refusal) as error:
        return undecided(read, "the recursion could not be iterated", str(error))
    if not smaller and approaches and law.is_left_open:
        reason = "a constant in the law depends on the first layers"
        return undecided(read, "true of some networks, not of all", reason)
    if approaches and not smaller:
        reason = f"they are too close in {iterated.layers[-1]} layers; the series differ"
        return undecided(read, "the iterated recursion does not tell the sides apart", reason)
    if smaller and not approaches and comes_slowly:
        name = read.vocabulary.kernel_name
        reason = f"{name} comes to {critical_name(name)} too slowly; state the law `at {name} = {critical_name(name)}`"
        return undecided(read, "the series agree, the iterated recursion has not come to them", reason)
    if smaller != approaches:
        reason = "the series and the iterated recursion disagree; this is a mistake in the engine, please report it"
        return undecided(read, "two routes disagree at large depth", reason)
    if smaller:
        return _holds(read, law)
    layer, values = iterated.shown()
    at = Counterexample(layer, *(Ball(f"{value:.10g}", f"{abs(value) * 1e-9:.1g}", rigorous=False) for value in values))
    derived = _derived_law(law.left, law.right, len(law.terms), min(law.known, max(SHOWN, read.claim.digits or 0)))
    corrected = f"{read.understood.partition(' ~ ')[0]} ~ {derived}" if derived else ""
    message = "the sides do not approach each other as l -> infinity"
    return Verdict(Kind.REFUTED, read.claim.label, message, read.understood, at, corrected=corrected)


def not_compared(law: Law) -> Verdict | None:
    """Undecided where the series do not say whether the law holds; None where they do. Raises UNKNOWN."""
    read = law.sides.read
    if law.is_met is None:
        return undecided(
            read, "the expansion at large depth is not known to this order", "state the leading term alone"
        )
    if law.is_met and law.digits is not None and law.digits < (read.claim.digits or 0):
        return undecided(read, f"amplitudes are derived to {law.known} digits", f"claim {law.known} digits or fewer")
    if law.is_met and not law.is_met_inside:
        reason = "a term of a sum in it is too small to be seen at this order, or wrong; state the leading term alone"
        return undecided(read, "the leading term agrees, what stands in parentheses was not shown", reason)
    return None


def _holds(read: ReadClaim, law: Law) -> Verdict:
    message = f"every term of the law agrees as l -> infinity{read.reach}"
    if law.digits is None:
        return Verdict(Kind.PROVED, read.claim.label, message, read.understood)
    message += f", amplitudes to {law.digits} digits"
    return Verdict(Kind.CHECKED, read.claim.label, message, read.understood, digits=law.digits, points=1)


def _of_outputs(vocabulary: Vocabulary, values: Mapping[Atom, float]) -> dict[Atom, float]:
    """Values of the hyperparameters that the layers do not have, those of outputs: a law holds at any of them."""
    free = sorted((s for s in vocabulary.symbols if s not in values), key=lambda symbol: symbol.sort_key)
    return {symbol: 1 + (k + 1) / (len(free) + 2) for k, symbol in enumerate(free)}


def _declared(atom: Tensor, vocabulary: Vocabulary) -> TensorAt:
    named = vocabulary.names.of(atom)
    return TensorAt(named.declared, named.order)


def check_scope(formula: ClaimStatement, vocabulary: Vocabulary) -> None:
    """LanguageError for several inputs, one layer, what the first layers decide, and activations left open."""
    if not vocabulary.one_input:
        raise LanguageError("large depth is at one input", formula.span, help="add `inputs one` to the claim")
    if vocabulary.at_layer is not None:
        raise LanguageError("the layer is given, and this is a law at large depth", formula.span, help="keep one")
    if vocabulary.unit_inputs:
        raise LanguageError("a law at large depth is for any inputs", formula.span, help="leave out `unit inputs`")
    if any(name not in vocabulary.binding and not is_defined(name) for name in vocabulary.functions):
        help = "bind it: with sigma = tanh"
        raise LanguageError("what happens at large depth depends on the activation", formula.span, help=help)


def _check_kernel(formula: ClaimStatement, vocabulary: Vocabulary, point: CriticalPoint) -> None:
    """LanguageError where no kernel is the critical one in every layer, or every kernel is."""
    if not point.K_star:
        star = critical_name(vocabulary.kernel_name)
        why = "every kernel is critical" if point.K_star is None else f"{star} = 0 is only approached"
        (item,) = (value for value in formula.scope.values if vocabulary.is_kernel(value.name))
        help = f"leave out `at {vocabulary.kernel_name} = {star}`"
        raise LanguageError(f"the kernel does not stay at {star}: {why}", item.span, help=help)


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
    spec: SpecialisedSystem, point: CriticalPoint, stays_critical: bool, names: tuple[str, ...]
) -> tuple[dict[str, LogSeries], LogSeries | None]:
    """Every tensor by its name as a series in 1/l; and K as such where averages may be expanded in it."""
    system = spec.system
    if point.K_star is None or stays_critical:
        hyper: dict[Atom, sp.Expr] = {system.weight: point.C_W, system.bias: point.C_b}
        zeros = {r.name: sp.Integer(0) for r in system.tower if r.name != system.tangent}
        kept = flow_in_own_units(spec, point) if stays_critical else None
        line = solve_line(spec, hyper, fixed_rates(system), zeros, kept=kept)
        _check_known(names, line.expressions, line.failures)
        exact = {name: _polynomial_in_depth(e) for name, e in line.expressions.items()}
        return _as_far_as_known(exact, system.at_large_depth), None
    local = local_flow(spec, point)
    if local.flow is None:
        raise NotExpanded("the flow is beyond all orders in K")
    tower = solve_tower(system, local.expand, local.flow, local.kernel, fixed_rates(system), ORDERS)
    _check_known(names, tower.behaviours, tower.failures)
    laws = {name: behaviour.in_depth for name, behaviour in tower.behaviours.items()}
    laws = _as_far_as_known(laws, system.at_large_depth)
    return laws, laws[KERNEL] if point.K_star == 0 else None


def _check_known(names: tuple[str, ...], known: Container[str], failures: Mapping[str, str]) -> None:
    """NotExpanded for a tensor that has no law."""
    for name in names:
        if name not in known:
            raise NotExpanded(f"{name}: {failures.get(name, 'no form is known')}")


def _as_far_as_known(laws: dict[str, LogSeries], at_large_depth: Container[str]) -> dict[str, LogSeries]:
    """Of what is known to leading order in 1/l alone, the terms with that power of l."""
    return {name: _leading_power(law) if name in at_large_depth else law for name, law in laws.items()}


def _leading_power(law: LogSeries) -> LogSeries:
    if not law.terms:
        return law
    leading = law.leading[0]
    terms = {term: value for term, value in law.terms.items() if term[0] == leading}
    return LogSeries(terms, leading + JUST_ABOVE)


def _polynomial_in_depth(expression: sp.Expr) -> LogSeries:
    terms = sp.Poly(expression, DEPTH).terms() if expression.has(DEPTH) else [((0,), expression)]
    return LogSeries({(sp.Integer(-power), 0): coefficient for (power,), coefficient in terms})


class InDepth(SidesInKernel):
    """Series in y = 1/l, log y = -log l."""

    def __init__(
        self,
        read: ReadClaim,
        rates: Sequence[Symbol],
        laws: Mapping[str, LogSeries],
        kernel: LogSeries | None,
    ) -> None:
        super().__init__(read)
        coefficients = {rate: Rates({}, "").coefficient(rate) for rate in rates}
        self.rates: dict[Atom, LogSeries] = {rate: LogSeries.constant(c) for rate, c in coefficients.items()}
        names = {rate.name: rate for rate in rates}
        values = {n: constant_value(v) for n, v in read.vocabulary.given.items() if n in names}
        self.given = {names[n]: value for n, value in values.items() if value is not None}
        put_in = {coefficients[r]: sp.Rational(v.numerator, v.denominator) for r, v in self.given.items()}
        self.laws = {name: law.map(lambda c: c.subs(put_in)) for name, law in laws.items()}
        self.kernel = kernel

    def series(self, side: Ratio) -> LogSeries:
        """A side of the claim, or a part of one; averages in closed form where the kernel does not go to zero."""
        if self.kernel is None:
            vocabulary = self.read.vocabulary
            side = BoundMoments(self.read.normal, vocabulary.binding, vocabulary.almost_everywhere).of(side)
        return self.of(side, sp.Integer(KERNEL_ORDER))

    def law_of(self, tensor: Tensor) -> LogSeries:
        """A tensor at large depth. Raises NotExpanded."""
        name = self.read.vocabulary.names.of(tensor).name
        law = self.laws[KERNEL if tensor.is_kernel else name]
        if not law.terms and law.truncation is not None:
            raise NotExpanded(f"{name} cancels to the order computed")
        return law

    def atom(self, atom: Atom, order: sp.Rational) -> LogSeries:
        match atom:
            case Tensor():
                return self.law_of(atom)
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
class Law:
    """The sides as series, and the terms of the one that is a law in l: the right-hand side where both name tensors.

    ``known``: the digits of amplitudes that are derived as numbers."""

    sides: InDepth
    known: int = KNOWN

    @cached_property
    def left(self) -> LogSeries:
        """The left-hand side in 1/l."""
        return self.sides.series(self.sides.read.left)

    @cached_property
    def right(self) -> LogSeries:
        """The right-hand side in 1/l."""
        return self.sides.series(self.sides.read.right)

    @cached_property
    def difference(self) -> LogSeries:
        """Without what is within the digits to which coefficients are compared."""
        return self._compared[0]

    @property
    def digits(self) -> int | None:
        """To how many digits coefficients were compared; None where all that agree do so exactly."""
        return self._compared[1]

    @cached_property
    def _compared(self) -> tuple[LogSeries, int | None]:
        found, digits, claimed = self.left - self.right, None, self.sides.read.claim.digits
        while found.terms:
            exponent, power, value = found.leading
            is_number = value.has(sp.Float)
            wanted = min(claimed, self.known) if claimed is not None and is_number else claimed
            if (claimed is None and not is_number) or not _is_within(value, self.stated(found), wanted):
                break
            digits = wanted or DIGITS
            rest = {term: one for term, one in found.terms.items() if term != (exponent, power)}
            found = LogSeries(rest, found.truncation)
        return found, digits

    def stated(self, series: LogSeries) -> sp.Expr:
        """What the law has before the leading power of l of a series."""
        law = self.left if self._is_on_the_left else self.right
        return law.terms.get(series.leading[:2], sp.Integer(0))

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
        """The terms of the law as they are written, each as a series."""
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
        if self.is_met and self.digits is not None:  # the sides differ by a rounding
            rounding = self._off_by(self.left - self.right, self.terms[last], iterated)
            return iterated.approaches(scale, has_logarithm, rounding or 0.0)
        approaches = iterated.approaches(scale, has_logarithm)
        off = None if self.is_met else self._off_by(self.difference, self.terms[last], iterated)
        return approaches and not (off and iterated.approaches(scale, has_logarithm, off))

    def _off_by(self, difference: LogSeries, term: LogSeries, iterated: Iterated) -> float | None:
        """What (left - right)/term goes to by the series; None where it grows, or a constant of it is left open."""
        if not difference.terms:
            return None
        exponent, power, amplitude = difference.leading
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


def _is_within(difference: sp.Expr, stated: sp.Expr, digits: int | None) -> bool:
    """Whether all numbers of a coefficient are those ``stated``, to ``digits`` digits (rounded) or else to DIGITS."""
    if not stated:
        return False
    (above, below), (top, bottom) = (sp.fraction(sp.together(number_value(value))) for value in (difference, stated))
    off, beside = (sp.expand(value).as_coefficients_dict() for value in (above * bottom, top * below))
    share = _half_a_unit(stated, digits)
    return all(factor in beside and abs(value) <= share * abs(beside[factor]) for factor, value in off.items())


def _half_a_unit(stated: sp.Expr, digits: int | None) -> sp.Expr:
    """Of the last of the digits, beside the number in front of a coefficient."""
    if digits is None:
        return sp.Rational(1, 10**DIGITS)
    number = abs(sp.factor(stated).as_coeff_Mul()[0])
    return sp.Rational(1, 2) * sp.Integer(10) ** (sp.floor(sp.log(number, 10)) - digits + 1) / number


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


def _derived_law(left: LogSeries, right: LogSeries, count: int, shown: int) -> str:
    """The first terms in l; empty where a coefficient is a constant that the first layers decide."""
    depth, text = sp.Symbol("l", positive=True), ""
    for (exponent, power), value in left.sorted_terms()[:count]:
        if any(symbol.name.startswith(FIRST_LAYERS) for symbol in value.free_symbols):
            break
        coefficient = factored((-1) ** power * _as_stated(value, right.terms.get((exponent, power))))
        term = coefficient * depth ** (-exponent) * sp.log(depth) ** power
        written = str(sp.sstr(term)).replace("**", "^")
        if len(written) > LONGEST or term.has(sp.Float):
            written = str(sp.sstr(sp.N(term, shown))).replace("**", "^")
        text += f" - {written[1:]}" if text and written.startswith("-") else f" + {written}" if text else written
    return text


def _as_stated(value: sp.Expr, stated: sp.Expr | None) -> sp.Expr:
    """A coefficient with decimals as a number times the one that was claimed, where it is that."""
    if not stated or not value.has(sp.Float):
        return value
    share = over_scale(value, sp.factor(stated))
    return share * sp.factor(stated) if share.is_Float else value
