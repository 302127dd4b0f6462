"""Claims at large depth, K ~ 1/(2*l): the expansions of the recursions in 1/l and log l at the critical point.

Where the activation decides the critical point the variances are those of it, and

    K* = 0, K* > 0    every tensor is a series in y = 1/l (``criticality.asymptotics``);
    a line            a polynomial in l with the kernel in its coefficients (``criticality.line``).

L ~ R says L/R -> 1. Of a sum on the right-hand side every term is compared: the difference must be smaller than each. A
second route knows no series: the recursions are iterated in doubles, and the quotient has to approach one.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from ptheory.algebra.polynomial import Atom
from ptheory.algebra.refusal import Refusal
from ptheory.claims.bound import undecided
from ptheory.claims.comparison import NO_VALUE
from ptheory.claims.kinds.iteration import Iterated, NoIteration
from ptheory.claims.kinds.regimes import critical_network
from ptheory.claims.kinds.sides_in_kernel import NotExpanded, SidesInKernel
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.sides import ReadClaim, is_defined, read_sides
from ptheory.claims.terms.layer_power import LAYER_SYMBOL, LayerPower
from ptheory.claims.verdict import Ball, Counterexample, Kind, Verdict
from ptheory.criticality.asymptotics import DEPTH, fixed_rates, solve_tower
from ptheory.criticality.fixed_points import CriticalPoint
from ptheory.criticality.kernel_system import KERNEL
from ptheory.criticality.line import solve_line
from ptheory.criticality.local import local_flow
from ptheory.criticality.series import LogSeries, NoExpansion, NoLeadingTerm, factored, order_key
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Add, Expression, Negate
from ptheory.language.statements import ClaimStatement
from ptheory.networks.coefficients import TensorAt
from ptheory.recursion.means.mean import Mean
from ptheory.recursion.tensors import Expectation, Tensor

ORDERS = 2  # of the tower beyond its leading one
KERNEL_ORDER = 4  # of averages in powers of K, beside the leading one
UNKNOWN = (NoExpansion, NoLeadingTerm, NotExpanded, *NO_VALUE)


def decide_large_depth(formula: ClaimStatement, vocabulary: Vocabulary) -> Verdict:
    """Proved, or refuted with the law that is derived. LanguageError where the critical point is not determined."""
    if not vocabulary.one_input:
        raise LanguageError("large depth is at one input", formula.span, help="add `inputs one` to the claim")
    if any(name not in vocabulary.binding and not is_defined(name) for name in vocabulary.functions):
        help = "bind it: with sigma = tanh"
        raise LanguageError("what happens at large depth depends on the activation", formula.span, help=help)
    read = read_sides(formula, replace(vocabulary, in_every_layer=True))
    wanted = tuple(dict.fromkeys(_declared(atom, vocabulary) for atom in read.content.tensors if not atom.is_kernel))
    network = critical_network(vocabulary, wanted, formula.span)
    spec, point = network.spec, network.point
    try:
        sides = _InDepth(read, spec, *_laws(spec, point, tuple(t.name for t in wanted)))
        left = sides.of(read.left, sp.Integer(KERNEL_ORDER))
        terms = [sides.of(read.reader.read(term), sp.Integer(KERNEL_ORDER)) for term in _terms(formula.right)]
        right = sides.of(read.right, sp.Integer(KERNEL_ORDER))
        smaller = _is_smaller(left - right, terms)
    except UNKNOWN as error:
        return undecided(read, "no expansion at large depth is known", str(error))
    if smaller is None:
        return undecided(
            read, "the expansion at large depth is not known to this order", "state the leading term alone"
        )
    try:
        iterated = Iterated(read, spec, point, network.kernels)
        last = max(range(len(terms)), key=lambda k: _size(terms[k]))
        approaches = iterated.approaches(read.reader.read(_terms(formula.right)[last]), terms[last].leading[1] > 0)
    except (NoIteration, Refusal) as error:
        return undecided(read, "the recursion could not be iterated", str(error))
    if smaller != approaches:
        reason = "the series and the iterated recursion disagree; this is a mistake in the engine, please report it"
        return undecided(read, "two routes disagree at large depth", reason)
    if smaller:
        message = f"every term written agrees as l -> infinity{read.reach}"
        return Verdict(Kind.PROVED, formula.label, message, read.understood)
    layer, values = iterated.shown()
    at = Counterexample(layer, *(Ball(f"{value:.10g}", f"{abs(value) * 1e-9:.1g}", rigorous=False) for value in values))
    law = _law(left, len(terms))
    corrected = f"{read.understood.partition(' ~ ')[0]} ~ {law}" if law else ""
    message = "the sides do not approach each other as l -> infinity"
    return Verdict(Kind.REFUTED, formula.label, message, read.understood, at, corrected=corrected)


def _declared(atom: Tensor, vocabulary: Vocabulary) -> TensorAt:
    named = vocabulary.names.of(atom)
    return TensorAt(named.declared, named.order)


def _terms(side: Expression) -> tuple[Expression, ...]:
    """The terms of a sum, without their signs: only their sizes matter."""
    terms = side.terms if isinstance(side, Add) else (side,)
    return tuple(term.operand if isinstance(term, Negate) else term for term in terms)


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
        self.laws = laws
        self.kernel = kernel

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


def _is_smaller(difference: LogSeries, terms: list[LogSeries]) -> bool | None:
    """Whether the difference is of lower order than every term; None where it is not known as far as that."""
    least = max((_size(term) for term in terms), default=None)
    if least is None:
        return None
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


def _law(left: LogSeries, count: int) -> str:
    """The first terms in l; empty where a coefficient is a constant that the first layers decide."""
    depth, text = sp.Symbol("l", positive=True), ""
    for (exponent, power), value in left.sorted_terms()[:count]:
        if any(symbol.name.startswith(("c_", "l_")) for symbol in value.free_symbols):
            break
        term = factored((-1) ** power * value) * depth ** (-exponent) * sp.log(depth) ** power
        written = str(sp.sstr(term)).replace("**", "^")
        text += f" - {written[1:]}" if text and written.startswith("-") else f" + {written}" if text else written
    return text
