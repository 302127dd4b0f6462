"""What a claim assumes in words: at criticality, at fixed point, at K = 1, leading order.

    at fixed point    K' = K, solved for the variance of the biases (of the weights, where that is given);
    at K = K_star     of a law at large depth: the kernel is that of the critical point in every layer, it does not
                      only tend to it;
    at criticality    besides, chi_perp = 1, solved for the variance of the weights, and chi_par = chi_perp. With every
                      activation bound these have solutions K*, and K is one of them; at K* = 0, which is only
                      approached, K stays free and the variances are critical;
    at K = 1          the kernel is this number;
    unit inputs       x·x/n0 = 1, so that the first layer's kernel is C_b + C_W, in claims about every layer.

For activations that are left open chi_par = chi_perp is a relation among averages, <s s''> = 0 in a fully connected
network, that the activation is taken to satisfy.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache

import numpy as np
import sympy as sp

from ptheory.activations import Activation
from ptheory.algebra.polynomial import Atom, Symbol
from ptheory.algebra.refusal import Refusal
from ptheory.claims.points.bound_moments import BoundMoments
from ptheory.claims.reading.read_claim import ClaimReader
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.sides import is_defined
from ptheory.claims.terms.cancellation import lowest_terms
from ptheory.claims.terms.claim_normal_form import ClaimNormalForm
from ptheory.claims.terms.layer_power import mentions_layer
from ptheory.claims.terms.linear_solution import solved_for
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.terms.sympy_ratio import NotRepresentable, ratio_of
from ptheory.criticality.analysed import Analysed, analysis_of
from ptheory.criticality.fixed_points import CriticalPoint, CriticalSearch, critical_points
from ptheory.criticality.given import at_given
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.universality import governing_point
from ptheory.language.claim_names import CHI_PAR, CHI_PERP, CRITICAL_EXPONENTS, critical_name
from ptheory.language.constants import constant_value
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Expression, Indexed, Name, Span, walk
from ptheory.language.statements import Binding, ClaimStatement, Regime
from ptheory.networks.coefficients import TensorAt
from ptheory.networks.roles import roles
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensor_names import TensorNames
from ptheory.recursion.tensors import Tensor

DIGITS = 60  # of a critical point that is known as a number


@dataclass(frozen=True)
class CriticalNumbers:
    """A critical point that is no rational number: ``kernel`` to DIGITS digits, and exactly where it is known."""

    atom: Tensor
    kernel: Fraction
    exact: Ratio | None


@dataclass(frozen=True)
class CriticalNetwork:
    """A system at one input with its activations bound, and what was found of its critical points."""

    analysed: Analysed
    spec: SpecialisedSystem
    search: CriticalSearch

    @property
    def point(self) -> CriticalPoint:
        """The one that decides the class; the first where none does."""
        return governing_point(self.search.points) or self.search.points[0]

    @cached_property
    def kernels(self) -> np.ndarray:
        """K in the first layers of a network at the critical point. NoIteration."""
        from ptheory.claims.kinds.iteration import iterated_kernels

        return iterated_kernels(self.spec, self.point)

    @cached_property
    def exponents(self) -> dict[str, sp.Expr]:
        """p_0, p_par, p_perp: decays l^(-p) of K (K - K*), of perturbations parallel and perpendicular to an input."""
        return dict(self.analysed.classification(self.spec, "").exponents)


@dataclass(frozen=True)
class Regimes:
    """The vocabulary of a claim in its regimes, how they are said in the verdict, and a critical point that is no
    rational number. ``vanishing``: the critical kernel is zero, which is only approached. ``others``: critical points
    that there are besides."""

    vocabulary: Vocabulary
    said: tuple[str, ...]
    numbers: CriticalNumbers | None = None
    vanishing: bool = False
    others: tuple[CriticalPoint, ...] = ()


def in_regimes(formula: ClaimStatement, vocabulary: Vocabulary, point: CriticalPoint | None = None) -> Regimes:
    """Everything the scope assumes, put into the vocabulary. LanguageError where it cannot be had.

    ``point``: the critical point that is meant; None for the one that decides the class.
    """
    scope = formula.scope
    found = Regimes(vocabulary, ())
    for item in scope.regimes:
        if item.regime in (Regime.CRITICALITY, Regime.FIXED_POINT) and not vocabulary.one_input:
            raise LanguageError(f"`{item.regime}` is at one input", item.span, help="add `inputs one` to the claim")
    for value in scope.values:
        if formula.asymptotic and _is_critical_kernel(value, vocabulary):
            said = (*found.said, f"at {value.name} = {critical_name(value.name)}")
            found = replace(found, vocabulary=replace(found.vocabulary, stays_critical=True), said=said)
        else:
            found = _held(found, value.name, value.value, value.span)
    if scope.is_in(Regime.LEADING_ORDER):
        said = (*found.said, Regime.LEADING_ORDER.value)
        found = replace(found, vocabulary=replace(found.vocabulary, leading_only=True), said=said)
    if scope.is_in(Regime.UNIT_INPUTS):
        if not any(mentions_layer(side) for side in formula.sides):
            item = next(item for item in scope.regimes if item.regime is Regime.UNIT_INPUTS)
            help = "write at K = 1 for the kernel of this layer, or a closed form in l"
            raise LanguageError("unit inputs say what the first layer makes of them", item.span, help=help)
        said = (*found.said, Regime.UNIT_INPUTS.value)
        found = replace(found, vocabulary=replace(found.vocabulary, unit_inputs=True), said=said)
    span = next((r.span for r in scope.regimes if r.regime in (Regime.CRITICALITY, Regime.FIXED_POINT)), formula.span)
    critical = (critical_name(vocabulary.kernel_name), *CRITICAL_EXPONENTS)
    asked = {name for side in formula.sides for name in critical if _names(side, name)}
    asked -= set(vocabulary.hyperparameters) | set(vocabulary.lets)
    if any(name in CRITICAL_EXPONENTS for name in asked):
        found = _with_exponents(found, asked, span)
    starred = vocabulary.one_input and bool(asked)
    if scope.is_in(Regime.CRITICALITY) or (starred and not scope.is_in(Regime.FIXED_POINT)):
        if scope.is_in(Regime.FIXED_POINT):
            raise LanguageError("a critical point is a fixed point", span, help="leave out `at fixed point`")
        return _at_criticality(found, point, span)
    if scope.is_in(Regime.FIXED_POINT):
        return _at_fixed_point(found, span)
    return found


def _names(side: Expression, name: str) -> bool:
    return any(isinstance(node, Name) and node.name == name for node in walk(side))


def _is_critical_kernel(value: Binding, vocabulary: Vocabulary) -> bool:
    """K = K_star."""
    star = critical_name(vocabulary.kernel_name)
    return vocabulary.is_kernel(value.name) and isinstance(value.value, Name) and value.value.name == star


def _held(found: Regimes, name: str, value: Expression, span: Span) -> Regimes:
    vocabulary = found.vocabulary
    number = constant_value(value)
    if not vocabulary.is_kernel(name) or not vocabulary.one_input:
        help = "write `at K = 1` at one input; hyperparameters are given without `at`"
        raise LanguageError("what is given after `at` is the kernel", span, help=help)
    if number is None or number <= 0:
        raise LanguageError("the kernel is a positive number", value.span, help="write at K = 1")
    (atom,) = ClaimReader(vocabulary).read(Name(name, span=span)).atoms()
    held = {**vocabulary.held, atom: number}
    return replace(found, vocabulary=replace(vocabulary, held=held), said=(*found.said, f"at {name} = {number}"))


def _with_exponents(found: Regimes, asked: Collection[str], span: Span) -> Regimes:
    """The critical exponents by their names. LanguageError where the activation is left open, or one is no number."""
    vocabulary = found.vocabulary
    if any(name not in vocabulary.binding and not is_defined(name) for name in vocabulary.functions):
        help = "bind it: with sigma = tanh"
        raise LanguageError("exponents depend on the activation", span, help=help)
    exponents = critical_network(vocabulary, (), span).exponents
    starred = {name: _exactly(value, span) for name, value in exponents.items() if name in asked}
    return replace(found, vocabulary=replace(vocabulary, starred={**vocabulary.starred, **starred}))


# ---- fixed points ---------------------------------------------------------------------------------------------------


def _at_fixed_point(found: Regimes, span: Span) -> Regimes:
    """K' = K solved for the first variance that is not given: of biases, then of weights."""
    vocabulary = found.vocabulary
    known = roles(vocabulary.system.model.architecture)
    name, value = _tuned(_drift(vocabulary, span), (*known.biases, *known.weights), vocabulary, span)
    star = critical_name(vocabulary.kernel_name)
    starred = {**vocabulary.starred, star: _read(vocabulary.kernel_name, vocabulary, span)}
    changed = replace(vocabulary, determined={**vocabulary.determined, name: value}, starred=starred)
    return replace(found, vocabulary=changed, said=(*found.said, Regime.FIXED_POINT.value))


def _tuned(vanishing: Ratio, names: tuple[str, ...], vocabulary: Vocabulary, span: Span) -> tuple[str, Ratio]:
    for name in names:
        if name not in vocabulary.given and name not in vocabulary.determined:
            value = solved_for(vanishing, Symbol(name))
            if value is not None:
                return name, value
    raise LanguageError("no variance is left that could be tuned to this", span, help="leave one of them open")


def _read(name: str, vocabulary: Vocabulary, span: Span, primes: int = 0) -> Ratio:
    node = Indexed(name, (), primes, span=span) if primes else Name(name, span=span)
    return ClaimReader(vocabulary, (1,)).read(node)


def every_kernel_is_fixed(vocabulary: Vocabulary, span: Span) -> bool:
    """Whether K' = K for every K, by what is given and closed forms of what is bound."""
    try:
        drift = _drift(vocabulary, span)
        normal = ClaimNormalForm(vocabulary.system, equal_widths=True, parities=vocabulary.parities)
        return not lowest_terms(BoundMoments(normal, vocabulary.binding).of(drift))
    except (LanguageError, Refusal):
        return False


def _drift(vocabulary: Vocabulary, span: Span) -> Ratio:
    """K' - K."""
    name = vocabulary.kernel_name
    return _read(name, vocabulary, span, primes=1) - _read(name, vocabulary, span)


# ---- criticality ----------------------------------------------------------------------------------------------------


def _at_criticality(found: Regimes, point: CriticalPoint | None, span: Span) -> Regimes:
    vocabulary = found.vocabulary
    if vocabulary.held:
        raise LanguageError("a critical point has its own kernel", span, help="leave out `at K = ...`")
    if all(name in vocabulary.binding or is_defined(name) for name in vocabulary.functions):
        return _at_a_critical_point(found, point, span)
    known = roles(vocabulary.system.model.architecture)
    given = next((name for name in (*known.weights, *known.biases) if name in vocabulary.given), None)
    if given is not None:
        help = f"leave out {given}, or bind the activation"
        raise LanguageError(f"criticality determines {given} where the activation is left open", span, help=help)
    slope = _read(CHI_PERP, vocabulary, span)
    relation = _read(CHI_PAR, vocabulary, span) - slope
    name, value = _tuned(slope - Ratio.constant(1), known.weights, vocabulary, span)
    vocabulary = replace(vocabulary, determined={name: value})
    bias, at = _tuned(_drift(vocabulary, span), known.biases, vocabulary, span)
    star = critical_name(vocabulary.kernel_name)
    starred = {**vocabulary.starred, star: _read(vocabulary.kernel_name, vocabulary, span)}
    vocabulary = replace(vocabulary, determined={name: value, bias: at}, relation=relation, starred=starred)
    return replace(found, vocabulary=vocabulary, said=(*found.said, Regime.CRITICALITY.value))


def _at_a_critical_point(found: Regimes, point: CriticalPoint | None, span: Span) -> Regimes:
    """The critical point that is meant, else the one that decides the class."""
    vocabulary = found.vocabulary
    network = critical_network(vocabulary, (), span)
    point, tuned = point or network.point, network.analysed.tuning
    found = replace(found, others=tuple(p for p in network.search.points if p is not point))
    name, star = vocabulary.kernel_name, critical_name(vocabulary.kernel_name)
    (atom,) = _read(name, vocabulary, span).atoms()
    assert isinstance(atom, Tensor)
    said = _said(point, name, len(network.search.points))
    if point.K_star is None or point.K_star == 0:
        values = tuned.hyperparameters(point.C_b, point.C_W)
        determined = {n: _exactly(v, span) for n, v in values.items() if n not in vocabulary.given}
        at = Ratio.atom(atom) if point.K_star is None else Ratio.constant(0)
        starred = {**vocabulary.starred, star: at}
        vocabulary = replace(vocabulary, determined=determined, starred=starred)
        said_so = (*found.said, said)
        return replace(found, vocabulary=vocabulary, said=said_so, vanishing=point.K_star is not None)
    slope = _read(CHI_PERP, vocabulary, span) - Ratio.constant(1)
    known = roles(vocabulary.system.model.architecture)
    determined = {}
    if any(n not in vocabulary.given for n in known.weights):
        weight, value = _tuned(slope, known.weights, vocabulary, span)
        determined[weight] = value
    vocabulary = replace(vocabulary, determined=determined)
    if any(n not in vocabulary.given for n in known.biases):
        bias, value = _tuned(_drift(vocabulary, span), known.biases, vocabulary, span)
        vocabulary = replace(vocabulary, determined={**determined, bias: value})
    vocabulary = replace(vocabulary, starred={**vocabulary.starred, star: Ratio.atom(atom)})
    if point.K_star.is_Rational:
        number = Fraction(int(point.K_star.p), int(point.K_star.q))
        held: dict[Atom, Fraction] = {atom: number}
        return replace(found, vocabulary=replace(vocabulary, held=held), said=(*found.said, said))
    number = Fraction(str(sp.N(point.K_star, DIGITS)))
    exact = None
    if not point.K_star.has(sp.Float):
        try:
            exact = ratio_of(point.K_star, {})
        except NotRepresentable:
            exact = None
    numbers = CriticalNumbers(atom, number, exact)
    return replace(found, vocabulary=vocabulary, said=(*found.said, said), numbers=numbers)


def critical_network(vocabulary: Vocabulary, wanted: Sequence[TensorAt], span: Span) -> CriticalNetwork:
    """The recursions of the wanted tensors with activations bound, and their critical points.

    LanguageError where there is none, or none is known.
    """
    try:
        values = {name: _number(name, value, span) for name, value in vocabulary.given.items()}
        binding = tuple(vocabulary.binding.items())
        found = _searched(vocabulary.system, vocabulary.names, binding, tuple(values.items()), tuple(wanted))
    except Refusal as error:
        raise LanguageError(f"the critical point is not known: {error}", span, help=error.help) from None
    if found.search.open_questions:
        raise LanguageError(f"the critical points are not known: {found.search.open_questions[0]}", span)
    if not found.search.points:
        why = found.search.notes[-1] if found.search.notes else "no kernel satisfies the conditions"
        raise LanguageError(f"there is no critical point: {why}", span, help="leave out `at criticality`")
    return found


@lru_cache(maxsize=32)
def _searched(
    system: RecursionSystem,
    names: TensorNames,
    binding: tuple[tuple[str, Activation], ...],
    values: tuple[tuple[str, sp.Expr], ...],
    wanted: tuple[TensorAt, ...],
) -> CriticalNetwork:
    """Once for all claims of a file about one network: a search takes a second."""
    analysed = analysis_of(system.model.architecture)(system, names, wanted, dict(values))
    spec = analysed.specialise(dict(binding))
    return CriticalNetwork(analysed, spec, at_given(critical_points(spec, DIGITS), spec.system, analysed.tuning.given))


def _number(name: str, value: Expression, span: Span) -> sp.Expr:
    number = constant_value(value)
    if number is None:
        raise LanguageError(f"{name} is no number, so that the critical point is not known", span)
    return sp.Rational(number.numerator, number.denominator)


def _exactly(value: sp.Expr, span: Span) -> Ratio:
    if value.has(sp.Float):
        raise LanguageError(f"a critical value is known as a number only, {sp.N(value, 9)}", span)
    try:
        return ratio_of(value, {})
    except NotRepresentable:
        raise LanguageError(f"a critical value, {value}, has no form that claims know", span) from None


def _said(point: CriticalPoint, name: str, count: int) -> str:
    at = "any value" if point.K_star is None else _short(point.K_star)
    others = f", one of {count} critical points" if count > 1 else ""
    return f"{Regime.CRITICALITY} ({name}* = {at}, {point.stability}{others})"


def _short(value: sp.Expr) -> str:
    text = str(value)
    return text if not value.has(sp.Float) and len(text) <= 20 else str(sp.N(value, 10))
