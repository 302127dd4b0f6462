"""Decides claims: the left-hand and right-hand sides read, put into normal form, compared; then checked by numbers.

    tree ──read──▶ quotients ──normal form──▶ identical?  ──▶ proved, after agreeing at points by an independent route
                                              different?  ──▶ a point where both sides are exact and differ: refuted
    with an activation bound: closed forms identical ──▶ proved;  else balls: apart ──▶ refuted, agreeing ──▶ checked

What decides a kind of claim is loaded with the first claim of that kind.

``proved`` is never said on one route's word: the comparison of normal forms and the evaluation of both sides as written
(no Stein identity, no product rule) must agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice, pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

from ptheory.algebra.budget import OutOfBudget, processor_time
from ptheory.claims.kinds.about_inputs import is_about_inputs
from ptheory.claims.kinds.layers_apart import spans_layers
from ptheory.claims.kinds.regimes import Regimes, every_kernel_is_fixed, in_regimes
from ptheory.claims.kinds.remainder import remainder_of
from ptheory.claims.moments.neuron_terms import is_about_moments
from ptheory.claims.moments.order_terms import is_at_leading_order, with_orders_read
from ptheory.claims.points.exact_points import ExactPoint, contradiction, exact_points
from ptheory.claims.reading.abbreviations import with_abbreviations_put_in
from ptheory.claims.reading.claim_text import Writer, equation_text, expression_text
from ptheory.claims.reading.exchanged_inputs import refuse_exchanges
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.side_by_side import side_by_side
from ptheory.claims.sides import ReadClaim, read_sides
from ptheory.claims.terms.known_derivatives import KnownDerivatives
from ptheory.claims.terms.layer_power import mentions_layer
from ptheory.claims.terms.ratio import TooLarge
from ptheory.claims.verdict import AlignedTerm, Kind, Verdict, of_several
from ptheory.language.claim_names import LAYER
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Expression, Number
from ptheory.language.statements import (
    Binding,
    ClaimStatement,
    InRegime,
    LatexClaimStatement,
    NotationEntry,
    Regime,
    StyleNotation,
)
from ptheory.networks.architecture import Biases
from ptheory.recursion.closure import OpenHierarchy, has_several_kernels
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensor_names import TensorNames
from ptheory.recursion.tensors import ObservableAt

if TYPE_CHECKING:
    from ptheory.activations import Activation

SECONDS = 4.0  # of processor time for one claim, whatever it asks for
SECONDS_TO_CORRECT = 2.0
DIGITS = 30  # that numbers are compared to where nothing can be proved
AT_LEADING_ORDER = "add `leading order`, E[...] = n^(-1 + s)*(...) for ..., leading order"
RECURSIONS_ONLY = (
    "claims of first layers and of every layer are decided at those; recursions of tensors, which are what multiplies "
    "a power of n, can be claimed here, and E[...] at leading order"
)
SIMPLE_POINTS = 4  # tried before the normal form, which can be much more work


def decide(
    claim: ClaimStatement | LatexClaimStatement,
    system: RecursionSystem,
    names: TensorNames,
    binding: Mapping[str, Activation] | None = None,
    lets: Mapping[str, Expression] | None = None,
    points: int = 3,
    digits: int = DIGITS,
    almost_everywhere: bool = False,
    notation: Sequence[NotationEntry | StyleNotation] = (),
    observables: Mapping[str, ObservableAt] = MappingProxyType({}),
) -> Verdict:
    """The verdict on one claim about ``system``. LanguageError where the claim cannot be read.

    ``binding``: activation name in the architecture -> what it is bound to; the others are generic. ``points`` and
    ``digits``: how hard to look numerically where nothing can be proved. ``almost_everywhere``: kinks of bound
    activations have no delta functions, as automatic differentiation takes them. ``notation``: the author's symbols,
    for claims in LaTeX. ``observables``: what may stand in E[...] beside fields.
    """
    bound, opened = dict(binding or {}), dict(lets or {})
    vocabulary = Vocabulary(
        system, names, bound, opened, claim.scope.inputs, almost_everywhere, observables=observables
    )
    links = [with_abbreviations_put_in(link, vocabulary) for link in _as_formulas(claim, vocabulary, notation)]
    verdicts = [_at_any_skip(link, vocabulary, points, digits) for link in links]
    return verdicts[0] if len(verdicts) == 1 else of_several(verdicts)


def have_one_normal_form(
    claim: ClaimStatement,
    system: RecursionSystem,
    names: TensorNames,
    lets: Mapping[str, Expression],
    equal_widths: bool,
) -> bool:
    """Whether the sides are equal in normal form for every activation; nothing is evaluated. LanguageError.

    One of the two routes to a proof: who takes it has another one of his own. ``equal_widths``: whether n[l]/n[l-1] is
    one; a claim without it is about layers of any widths, too, where they are not equal.
    """
    vocabulary = Vocabulary(system, names, {}, dict(lets), claim.scope.inputs)
    (formula,) = _as_formulas(claim, vocabulary, ())
    try:
        with processor_time(SECONDS, "this claim"):
            read = read_sides(with_abbreviations_put_in(formula, vocabulary), vocabulary)
            normal = KnownDerivatives(system, equal_widths)
            return read.is_generic and not normal.of(read.left - read.right)
    except (OutOfBudget, TooLarge):
        return False


def understood(
    claim: ClaimStatement | LatexClaimStatement,
    system: RecursionSystem,
    names: TensorNames,
    lets: Mapping[str, Expression] | None = None,
    notation: Sequence[NotationEntry | StyleNotation] = (),
    observables: Mapping[str, ObservableAt] = MappingProxyType({}),
) -> str:
    """A claim as it is read, its equations as ``of_several`` joins them, and nothing of it decided.

    LanguageError where it cannot be read, Refusal where a side is too large to be written out.
    """
    vocabulary = Vocabulary(system, names, {}, dict(lets or {}), claim.scope.inputs, observables=observables)
    links = []
    for formula in _as_formulas(claim, vocabulary, notation):
        link = with_abbreviations_put_in(formula, vocabulary)
        with processor_time(SECONDS, "this equation"):
            text = _read_as(link, vocabulary)
        links.append(Verdict(Kind.CHECKED, claim.label, "", text))
    return of_several(links).understood if len(links) > 1 else links[0].understood


def _read_as(formula: ClaimStatement, vocabulary: Vocabulary) -> str:
    """The plain syntax; both sides are read for their mistakes, a recursion that does not close is none."""
    if is_about_moments(formula.sides, vocabulary):
        from ptheory.claims.moments.decide_moments import read_moments

        refuse_exchanges(formula)
        return read_moments(formula, vocabulary)
    text = equation_text(formula)
    if is_about_inputs(formula.sides, vocabulary):
        refuse_exchanges(formula)
        return text
    remainder = remainder_of(formula, vocabulary)
    if remainder is not None:
        formula, vocabulary = remainder.formula, replace(vocabulary, at_zero=True)
    try:
        read_sides(formula, replace(vocabulary, in_every_layer=any(map(mentions_layer, formula.sides))))
    except LanguageError as error:
        if not isinstance(error.__cause__, OpenHierarchy):
            raise
    return text


def _at_any_skip(formula: ClaimStatement, vocabulary: Vocabulary, points: int, digits: int) -> Verdict:
    """The verdict, at several strengths of a skip where a law at large depth leaves it open."""
    if formula.asymptotic or formula.scope.is_in(Regime.LARGE_DEPTH):
        from ptheory.claims.kinds.open_skip import at_several_skips, open_skip

        name = open_skip(formula, vocabulary)
        if name is not None:
            return at_several_skips(formula, name, lambda one: _under_its_assumptions(one, vocabulary, points, digits))
    return _under_its_assumptions(formula, vocabulary, points, digits)


def _under_its_assumptions(formula: ClaimStatement, vocabulary: Vocabulary, points: int, digits: int) -> Verdict:
    """The verdict, and what it rests on: values of hyperparameters, parities of activations, regimes."""
    scope = formula.scope
    given = {b.name: b.value for b in scope.bindings if b.name in vocabulary.hyperparameters}
    parities = {parity.name: parity.sign for parity in scope.parities}
    layer = next((b for b in scope.bindings if b.name == LAYER), None)
    if scope.is_in(Regime.LARGE_DEPTH):
        formula = replace(formula, asymptotic=True)
    if formula.asymptotic and has_several_kernels(vocabulary.system.model.architecture):
        # their critical point is found with the law
        kept = tuple(item for item in scope.regimes if item.regime is not Regime.CRITICALITY)
        scope = replace(scope, regimes=kept)
        formula = replace(formula, scope=scope)
    elif formula.asymptotic and not scope.is_in(Regime.CRITICALITY):
        scope = replace(scope, regimes=(*scope.regimes, InRegime(Regime.CRITICALITY, span=formula.span)))
        formula = replace(formula, scope=scope)
    assuming = replace(vocabulary, given=given, parities=parities, at_layer=_layer_given(layer, vocabulary))
    found = in_regimes(formula, assuming)
    verdict = _within_budget(formula, found, points, digits)
    if formula.at_fixed_point and verdict.kind is Kind.REFUTED and not scope.regimes:
        found, verdict = _at_a_starred_kernel(formula, assuming, verdict, points, digits)
    if verdict.kind is Kind.REFUTED and not formula.asymptotic:
        verdict = _unless_at_another_point(formula, assuming, found, verdict, points, digits)
    if verdict.corrected.partition(" = ")[0] == verdict.corrected.partition(" = ")[2]:
        verdict = replace(verdict, corrected="")  # that a side equals itself says nothing
    assumed = [f"{name} = {expression_text(value)}" for name, value in given.items()]
    assumed += [f"{LAYER} = {assuming.at_layer}"] if layer is not None else []
    assumed += [f"{name} {'odd' if sign < 0 else 'even'}" for name, sign in parities.items()]
    assumed += found.said
    message = verdict.message
    if formula.beyond is not None:
        message += f", up to O(1/n{'' if formula.beyond == 1 else f'^{formula.beyond}'})"
    return replace(verdict, message=f"{message}, given {', '.join(assumed)}" if assumed else message)


def _unless_at_another_point(
    formula: ClaimStatement, vocabulary: Vocabulary, found: Regimes, refuted: Verdict, points: int, digits: int
) -> Verdict:
    """The refutation; undecided where the claim is true at another critical point, which may be meant."""
    for point in found.others:
        try:
            there = in_regimes(formula, vocabulary, point)
            verdict = _within_budget(formula, there, points, digits)
        except LanguageError:
            continue
        if verdict.kind in (Kind.PROVED, Kind.CHECKED):
            reason = f"it holds {there.said[-1]}; give the variances of the one that is meant"
            message = "false at one critical point, true at another"
            return Verdict(Kind.UNDECIDED, formula.label, message, refuted.understood, reason=reason)
    return refuted


def _at_a_starred_kernel(
    formula: ClaimStatement, vocabulary: Vocabulary, otherwise: Verdict, points: int, digits: int
) -> tuple[Regimes, Verdict]:
    """A claim about K^* that is not true of every kernel: proved where it is of every fixed point, else undecided."""
    if every_kernel_is_fixed(vocabulary, formula.span):
        return Regimes(vocabulary, ()), otherwise
    fixed = InRegime(Regime.FIXED_POINT, span=formula.span)
    at_fixed_point = replace(formula, scope=replace(formula.scope, regimes=(fixed,)))
    try:
        found = in_regimes(at_fixed_point, vocabulary)
        verdict = _within_budget(at_fixed_point, found, points, digits)
    except LanguageError:
        verdict = otherwise
    if verdict.kind is Kind.PROVED:
        return found, verdict
    reason = "the kernel is that of a fixed point; where a critical one is meant, add `at criticality`"
    message = "not true of every kernel, nor shown of every fixed point"
    return Regimes(vocabulary, ()), Verdict(Kind.UNDECIDED, formula.label, message, otherwise.understood, reason=reason)


def _layer_given(binding: Binding | None, vocabulary: Vocabulary) -> int | None:
    """The number of layer l. LanguageError at layer 1 of a network whose first layer has 1/n corrections of its own."""
    if binding is None:
        return None
    assert isinstance(binding.value, Number)
    architecture = vocabulary.system.model.architecture
    if binding.value.value == 1 and (architecture.layers_read > 1 or not architecture.has_gaussian_rows):
        help = "it is Gaussian where all weights are, and no layer reads a further one"
        raise LanguageError("the first layer of this network is not known to be Gaussian", binding.span, help=help)
    return int(binding.value.value)


def _within_budget(formula: ClaimStatement, regimes: Regimes, points: int, digits: int) -> Verdict:
    understood = equation_text(formula)
    try:
        with processor_time(SECONDS, "this claim"):
            if formula.order_relation:
                from ptheory.claims.kinds.inequality import decide_inequality

                return decide_inequality(formula, regimes)
            if formula.asymptotic:
                return _at_large_depth(formula, regimes.vocabulary)
            if formula.digits is not None or regimes.numbers is not None:
                from ptheory.claims.kinds.numbers import decide_numbers

                return decide_numbers(formula, regimes.vocabulary, regimes.numbers)
            verdict = _decided(formula, regimes.vocabulary, points, digits)
            if regimes.vanishing and verdict.kind is not Kind.PROVED and _is_of_one_layer(formula, regimes.vocabulary):
                from ptheory.claims.kinds.expansion import decide_limit

                return decide_limit(formula, regimes.vocabulary, verdict)
            return verdict
    except OutOfBudget as error:
        return Verdict(Kind.UNDECIDED, formula.label, "too large to be worked out", understood, reason=str(error))
    except TooLarge as error:
        reason = f"multiplying this out gives about {error.terms} terms; state the claim in smaller parts"
        return Verdict(Kind.UNDECIDED, formula.label, "too large to be worked out", understood, reason=reason)


def _at_large_depth(formula: ClaimStatement, vocabulary: Vocabulary) -> Verdict:
    if has_several_kernels(vocabulary.system.model.architecture):
        from ptheory.claims.kinds.several_at_depth import decide_several

        return decide_several(formula, vocabulary)
    from ptheory.claims.kinds.large_depth import decide_large_depth

    return decide_large_depth(formula, vocabulary)


def _is_of_one_layer(formula: ClaimStatement, vocabulary: Vocabulary) -> bool:
    """Whether a claim is neither an expansion nor one about every layer, which say themselves where they hold."""
    return remainder_of(formula, vocabulary) is None and not any(mentions_layer(side) for side in formula.sides)


def _refuse_what_has_no_separation(formula: ClaimStatement, vocabulary: Vocabulary) -> None:
    """LanguageError for what is not read at inputs near x: all but the recursion from one layer to the next."""
    if not vocabulary.near:
        return
    sides = formula.sides
    other = is_about_moments(sides, vocabulary) or is_about_inputs(sides, vocabulary)
    other = other or remainder_of(formula, vocabulary) is not None or any(map(mentions_layer, sides))
    if other or spans_layers(formula, vocabulary):
        raise LanguageError(
            "at inputs near each other claims are about recursions from one layer to the next",
            formula.span,
            help="write K'[dx,dx] = ..., or leave out `inputs near`",
        )
    for binding in formula.scope.bindings:
        bound = vocabulary.binding.get(binding.name)
        if bound is not None and bound.kinks and vocabulary.through:
            raise LanguageError(
                "a kink ends the series in the separation",
                binding.span,
                help="leave out `to order`; `with ... { inputs near x to order dx^2 }` shows how far each series goes",
            )
        if bound is not None and any(kink != 0 for kink in bound.kinks):
            raise LanguageError(
                "a kink elsewhere than at zero is met from either side, as the separation has it",
                binding.span,
                help="`with ... { inputs near x }` shows the components that do not depend on its direction",
            )


def _decided(formula: ClaimStatement, vocabulary: Vocabulary, points: int, digits: int) -> Verdict:
    _refuse_what_has_no_separation(formula, vocabulary)
    refuse_powers_of_width(formula, vocabulary)
    if is_about_moments(formula.sides, vocabulary):
        from ptheory.claims.moments.decide_moments import decide_moments

        refuse_exchanges(formula)
        return decide_moments(formula, vocabulary, points, digits)
    if is_about_inputs(formula.sides, vocabulary):
        from ptheory.claims.kinds.first_layer import decide_first_layer

        refuse_exchanges(formula)
        return decide_first_layer(formula, vocabulary)
    remainder = remainder_of(formula, vocabulary)
    if remainder is not None:
        from ptheory.claims.kinds.expansion import decide_expansion

        return decide_expansion(remainder, vocabulary)
    if any(mentions_layer(side) for side in formula.sides):
        from ptheory.claims.kinds.layer_form import decide_layer_form

        return decide_layer_form(formula, vocabulary)
    if spans_layers(formula, vocabulary):
        from ptheory.claims.kinds.several_layers import decide_several_layers

        return decide_several_layers(formula, vocabulary)
    try:
        read = read_sides(formula, vocabulary)
    except LanguageError as error:
        if not isinstance(error.__cause__, OpenHierarchy):
            raise
        from ptheory.claims.open_claims import decide_open

        return decide_open(formula, vocabulary, error.__cause__)
    if vocabulary.at_layer == 1 and _is_bound_to_the_inputs(read):
        return _at_the_first_layer(read)
    if read.is_generic:
        return _decide_generic(read)
    if read.content.has_next_means:
        return Verdict(
            Kind.UNDECIDED,
            read.claim.label,
            "an average at the kernel of the next layer",
            read.understood,
            reason="such averages are compared for generic activations and rational numbers only",
        )
    from ptheory.claims.bound import decide_bound

    return decide_bound(read, points, digits)


def refuse_powers_of_width(formula: ClaimStatement, vocabulary: Vocabulary) -> None:
    """LanguageError for a claim that is decided on correlators or on first layers, at other powers of n than usual."""
    if not vocabulary.system.model.declared.is_scaled:
        return
    about_moments = is_about_moments(formula.sides, vocabulary)
    if about_moments and is_at_leading_order(formula, vocabulary):
        return
    on_networks = about_moments or is_about_inputs(formula.sides, vocabulary)
    if on_networks or any(map(mentions_layer, formula.sides)):
        raise LanguageError(
            f"{vocabulary.system.model.declared.name} has variances or rates with other powers of n than C_W/n, C_b, "
            "lambda_W/n and lambda_b",
            formula.span,
            help=AT_LEADING_ORDER if about_moments else RECURSIONS_ONLY,
        )


def _is_bound_to_the_inputs(read: ReadClaim) -> bool:
    """Whether first-layer values of the claim, made of the same x·x/n0, are no free numbers beside each other.

    At one input the tangent kernel is free by the rate of the biases, where the claim does not hold that itself.
    """
    if not any(atom.is_mean and not atom.is_kernel for atom in read.content.tensors):
        return False
    parameters = read.vocabulary.system.model.architecture.parameters
    rates = [p.rate for p in parameters if isinstance(p, Biases) and p.rate is not None]
    named = {symbol for rate in rates for symbol in rate.atoms()}
    return not named or not read.vocabulary.one_input or bool(named & set(read.content.symbols))


def _at_the_first_layer(read: ReadClaim) -> Verdict:
    """Proved where the normal forms agree. Nothing is refuted: K and Theta of layer 1 are made of the same inputs, so
    that they are no free numbers."""
    if read.is_generic and read.equal_in_normal_form:
        return _proved(read)
    return Verdict(
        Kind.UNDECIDED,
        read.claim.label,
        "the first layer's tangent kernel is not free of its kernel",
        read.understood,
        reason="both are made of the inputs; leave out l = 1 where the equation holds for any values of them",
    )


def _as_formulas(
    claim: ClaimStatement | LatexClaimStatement,
    vocabulary: Vocabulary,
    notation: Sequence[NotationEntry | StyleNotation],
) -> list[ClaimStatement]:
    if isinstance(claim, ClaimStatement):
        links = [replace(claim, left=left, right=right, then=()) for left, right in pairwise(claim.sides)]
        return [with_orders_read(link, vocabulary) for link in links]
    from ptheory.claims.latex.read_latex import read_latex
    from ptheory.claims.latex.read_notation import read_notation_once

    found = read_latex(claim, vocabulary, read_notation_once(tuple(notation)))
    return [with_orders_read(link, vocabulary) for link in found]


def _decide_generic(read: ReadClaim) -> Verdict:
    """Identical as written, or apart at a simple point, or else by the normal form, which may be large."""
    if not read.left - read.right:
        return _proved(read)
    simple = next((point for point in islice(exact_points(read), SIMPLE_POINTS) if point.differs), None)
    if simple is not None:
        return _refuted(read, simple)
    if read.equal_in_normal_form:
        return _proved(read)
    point = next((point for point in exact_points(read) if point.differs), None)
    if point is not None:
        return _refuted(read, point)
    return Verdict(
        Kind.UNDECIDED,
        read.claim.label,
        "the normal forms differ, and no point was found where the values do",
        read.understood,
        reason="the sides may still be equal under relations the normal form does not know",
    )


def _proved(read: ReadClaim) -> Verdict:
    """Identical forms, and agreement at a few points by the other route."""
    against = contradiction(read)
    if against is not None:
        return _contradicted(read, against)
    if read.reader.has_open_sums and (unconfirmed := _unconfirmed_sums(read)) is not None:
        return unconfirmed
    scope = "for every activation" if read.content.functions else "identically"
    return Verdict(Kind.PROVED, read.claim.label, f"equal in normal form, {scope}{read.reach}", read.understood)


def _unconfirmed_sums(read: ReadClaim) -> Verdict | None:
    """None where sums over any inputs, written out for some in numbers, agree too."""
    from ptheory.claims.witness import NoWitness
    from ptheory.claims.witness_of_sums import sums_agree

    try:
        if sums_agree(read):
            return None
        message = "the normal forms agree, the sums written out in numbers do not"
        reason = "two routes of the engine disagree; this is a mistake in the engine, please report it"
    except NoWitness as error:
        message, reason = "the sums could not be written out in numbers", str(error)
    return Verdict(Kind.UNDECIDED, read.claim.label, message, read.understood, reason=reason)


def _contradicted(read: ReadClaim, against: ExactPoint) -> Verdict:
    return Verdict(
        Kind.UNDECIDED,
        read.claim.label,
        "the normal forms agree, the values at a point do not",
        read.understood,
        reason="two routes of the engine disagree; this is a mistake in the engine, please report it",
        counterexample=against.as_counterexample(),
    )


def _refuted(read: ReadClaim, point: ExactPoint) -> Verdict:
    from ptheory.claims.corrections.search import NONE_FOUND, corrected
    from ptheory.claims.witness import confirmed

    correction, reason = NONE_FOUND, ""
    terms: tuple[AlignedTerm, ...] = ()
    try:
        with processor_time(SECONDS_TO_CORRECT, "the normal form of the two sides"):
            if read.equal_in_normal_form:
                return _contradicted(read, point)
            left = read.left_normal
            terms = side_by_side(left, read.right_normal, Writer(read.vocabulary))
        correction, reason = corrected(read.reader, read.normal, left, read.claim)
    except (OutOfBudget, TooLarge) as error:
        reason = f"no correction: {error}"
    verdict = Verdict(
        Kind.REFUTED,
        read.claim.label,
        "the two sides differ",
        read.understood,
        point.as_counterexample(),
        correction=correction.change,
        cause=correction.cause,
        corrected=f"{expression_text(read.claim.left)} = {correction.right}" if correction else "",
        reason=reason,
        terms=terms,
    )
    return confirmed(verdict, read, point.assignment.scalars, point.assignment.activations)
