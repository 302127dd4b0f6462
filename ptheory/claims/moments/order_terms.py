"""+ O(1/n^2) on a side of a claim about moments: the equation is claimed up to terms of that order."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from ptheory.algebra.order import power_text
from ptheory.claims.moments.neuron_terms import is_about_moments, is_expectation
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.reading.written_orders import lowest_power_written, power_of_inverse_width
from ptheory.language.claim_names import KERNEL_DERIVATIVE
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Add, Call, Expression, Indexed, Name, Number, walk
from ptheory.language.statements import ClaimStatement, Regime

ORDER = "O"


def with_orders_read(claim: ClaimStatement, vocabulary: Vocabulary) -> ClaimStatement:
    """The claim without its O(...), ``beyond`` set. LanguageError for an order in anything but 1/n, or two of them."""
    if not is_about_moments(claim.sides, vocabulary):
        return claim
    _check_scope(claim)
    _check_derivatives(claim, vocabulary)
    if is_at_leading_order(claim, vocabulary):
        _refuse_orders_in_sums(claim)
        return claim
    return claim if vocabulary.is_activation(ORDER) else _with_order_taken_off(claim)


def _with_order_taken_off(claim: ClaimStatement) -> ClaimStatement:
    left, right = _without(claim.left), _without(claim.right)
    found = [call for side in (left, right) for call in side[1]]
    for side, _ in (left, right):
        for node in walk(side):
            if isinstance(node, Call) and node.function == ORDER:
                raise LanguageError("an order is added to a side", node.span, help="write ... + O(1/n^2)")
    if not found:
        return claim
    if len(found) > 1 or claim.beyond is not None:
        raise LanguageError("this claim has two orders", found[-1].span, help="keep one of them")
    (call,) = found
    power = power_of_inverse_width(call.arguments[0]) if len(call.arguments) == 1 else None
    if power is None or power < 1:
        raise LanguageError("an order in something else than 1/n", call.span, help="write O(1/n), O(1/n^2)")
    for side, _ in (left, right):
        for term in side.terms if isinstance(side, Add) else (side,):
            if lowest_power_written(term) >= power:
                help = "raise the order, or leave the term out"
                raise LanguageError(f"a term beyond O({power_text(power)}) is written", term.span, help=help)
    return replace(claim, left=left[0], right=right[0], beyond=power)


def is_an_order(side: Expression) -> bool:
    """Whether a side is O(...) and nothing else."""
    return isinstance(side, Call) and side.function == ORDER and not side.primes


def is_at_leading_order(claim: ClaimStatement, vocabulary: Vocabulary) -> bool:
    """Whether a claim about moments is about their largest power of n: as it says, or by an O(n^p) that is a whole side
    in a network with powers of n of its own."""
    if claim.scope.is_in(Regime.LEADING_ORDER):
        return True
    scaled = vocabulary.system.model.declared.is_scaled
    return scaled and is_an_order(claim.right) and not vocabulary.is_activation(ORDER)


def _refuse_orders_in_sums(claim: ClaimStatement) -> None:
    for side, whole in ((claim.left, False), (claim.right, True)):
        orders = [node for node in walk(side) if isinstance(node, Call) and node.function == ORDER]
        if orders and not (whole and is_an_order(side) and len(orders) == 1):
            help = "write E[...] = O(n^(-1 + s)), or leave the order out: smaller powers of n are not compared"
            raise LanguageError("an order beside the leading one", orders[0].span, help=help)


def _check_scope(claim: ClaimStatement) -> None:
    """Assumptions that claims about moments do not know are refused, so that none is passed over."""
    help = "E[...] is claimed for every kernel, exactly in n or up to O(1/n^k)"
    others = (item for item in claim.scope.regimes if item.regime is not Regime.LEADING_ORDER)
    for item in (*others, *claim.scope.values):
        raise LanguageError("this assumption has no meaning beside E[...]", item.span, help=help)
    if claim.digits is not None or claim.asymptotic or claim.at_fixed_point:
        raise LanguageError("moments have neither digits nor a limit here", claim.span, help=help)


def _check_derivatives(claim: ClaimStatement, vocabulary: Vocabulary) -> None:
    """d(E[z^2], K) and d(G, K) are refused: whole series are no functions of their leading coefficient."""
    for node in (inner for side in claim.sides for inner in walk(side)):
        if isinstance(node, Call) and node.function == KERNEL_DERIVATIVE and _has_series(node, vocabulary, ()):
            help = "d(X, K) is of averages at the kernel, <...>, of K, and of what is made of them"
            raise LanguageError("a derivative beside E[...] of what holds to all orders", node.span, help=help)


def _has_series(node: Expression, vocabulary: Vocabulary, opened: tuple[str, ...]) -> bool:
    for inner in walk(node):
        if is_expectation(inner, vocabulary):
            return True
        if isinstance(inner, (Name, Indexed)) and inner.name not in opened:
            if vocabulary.series(inner.name) is not None:
                return True
            body = vocabulary.lets.get(inner.name)
            if body is not None and _has_series(body, vocabulary, (*opened, inner.name)):
                return True
    return False


def _without(side: Expression) -> tuple[Expression, list[Call]]:
    """(the side without its orders, which are terms at its top, and these)"""
    terms = side.terms if isinstance(side, Add) else (side,)
    orders = [term for term in terms if isinstance(term, Call) and term.function == ORDER and not term.primes]
    kept = [term for term in terms if term not in orders]
    if not orders:
        return side, []
    if not kept:
        return Number(Fraction(0), span=side.span), orders
    return (kept[0] if len(kept) == 1 else Add(tuple(kept), span=side.span)), orders
