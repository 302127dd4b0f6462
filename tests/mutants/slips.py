"""Single slips of the pen in the right side of a true claim, each with the causes that name it.

One operator for each kind of slip; ``slips`` yields every place where one applies. What comes out may still be true
(``chi_perp`` for ``chi_par`` where they are equal): that is for the evaluator to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import permutations

from ptheory.claims.reading.claim_text import expression_text
from ptheory.language import parse
from ptheory.language.expressions import (
    Add,
    Bracket,
    Call,
    Divide,
    Expression,
    Indexed,
    Multiply,
    Name,
    Negate,
    Number,
    Power,
    children,
    rewritten,
    walk,
)
from ptheory.language.statements import ClaimStatement
from tests.mutants.base import TrueClaim

TENSORS = ("K", "V", "Theta", "D", "F", "A", "B", "P", "Q", "R", "S", "T", "U", "G1")
OTHER_TENSOR = {
    "V": "F", "D": "F", "F": "D", "A": "B", "B": "A", "Theta": "K", "P": "Q", "Q": "P", "R": "S", "S": "T", "T": "S",
    "U": "S",
}  # fmt: skip
OTHER_ORDER = {"K": "G1", "G1": "K"}
OTHER_HYPERPARAMETER = {"C_W": "C_b", "C_b": "C_W", "lambda_W": "lambda_b", "lambda_b": "lambda_W"}
OTHER_FUNCTION = {"asin": "acos", "acos": "asin", "sin": "cos", "cos": "sin", "sinh": "cosh", "cosh": "sinh"}
TWO = Number(Fraction(2))
Changed = Iterator[Expression]


@dataclass(frozen=True)
class Slip:
    """``right``: the wrong side; ``operator``: what was done; ``causes``: the names that say so."""

    claim: TrueClaim
    right: str
    operator: str
    causes: tuple[str, ...]

    @property
    def text(self) -> str:
        """The wrong claim without its scope."""
        return f"{self.claim.left} = {self.right}"


@dataclass(frozen=True)
class Place:
    """A node of a claim; ``outer``: what it stands in, from the whole side down."""

    node: Expression
    outer: tuple[Expression, ...]

    @property
    def parent(self) -> Expression | None:
        """What it stands in directly."""
        return self.outer[-1] if self.outer else None

    @property
    def is_exponent(self) -> bool:
        """Whether it is the exponent of a power."""
        return isinstance(self.parent, Power) and self.parent.exponent is self.node

    @property
    def in_an_average(self) -> bool:
        """Whether it stands inside <...>."""
        return any(isinstance(node, Bracket) for node in self.outer)

    @property
    def is_slot(self) -> bool:
        """Whether it is a slot or a layer."""
        return any(isinstance(node, Indexed) for node in self.outer)


def slips(claim: TrueClaim) -> Iterator[Slip]:
    """Every slip of every operator, each wrong text once."""
    statement = parse(f'ptheory 1\nclaim "c": {claim.left} = {claim.right} for MLP\n').statements[-1]
    assert isinstance(statement, ClaimStatement)
    seen = {claim.right, expression_text(statement.right)}
    for operator, (causes, change) in OPERATORS.items():
        for place in _places(statement.right, ()):
            for new in change(place) if not place.is_slot else ():
                text = expression_text(rewritten(statement.right, _put(place.node, new)))
                if text not in seen:
                    seen.add(text)
                    yield Slip(claim, text, operator, causes)


def _put(old: Expression, new: Expression) -> Callable[[Expression], Expression | None]:
    return lambda node: new if node is old else None


def _places(node: Expression, outer: tuple[Expression, ...]) -> Iterator[Place]:
    yield Place(node, outer)
    for child in children(node):
        yield from _places(child, (*outer, node))


# ---- functions of a preactivation ----------------------------------------------------------------------------------


def _is_activation(node: Expression) -> bool:
    name = node.function if isinstance(node, Call) else node.name if isinstance(node, (Name, Indexed)) else ""
    return name.rstrip("0123456789") in ("s", "sigma", "relu", "erf")


def _prime_more(place: Place) -> Changed:
    match place.node:
        case Name(name) if place.in_an_average and _is_activation(place.node):
            yield Indexed(name, (), 1)
        case Indexed(primes=primes) | Call(primes=primes) if place.in_an_average and _is_activation(place.node):
            yield replace(place.node, primes=primes + 1)


def _prime_less(place: Place) -> Changed:
    match place.node:
        case Indexed(name, (), primes) if place.in_an_average and primes and _is_activation(place.node):
            yield Name(name) if primes == 1 else replace(place.node, primes=primes - 1)
        case Call(primes=primes) if place.in_an_average and primes and _is_activation(place.node):
            yield replace(place.node, primes=primes - 1)


# ---- names ---------------------------------------------------------------------------------------------------------


def _renamed(table: dict[str, str]) -> Callable[[Place], Changed]:
    def change(place: Place) -> Changed:
        node = place.node
        if isinstance(node, (Name, Indexed)) and node.name in table:
            yield replace(node, name=table[node.name])

    return change


def _susceptibility(place: Place) -> Changed:
    node = place.node
    if isinstance(node, (Name, Indexed)) and node.name in ("chi_par", "chi_perp"):
        other = "chi_perp" if node.name == "chi_par" else "chi_par"
        if not (isinstance(node, Indexed) and len(node.arguments) == 2):
            yield replace(node, name=other)


def _order(place: Place) -> Changed:
    """K for G1 and G1 for K, in a term of a recursion."""
    node = place.node
    whole = place.outer[0] if place.outer else node
    if any(isinstance(inner, Name) and inner.name == "G1" for inner in walk(whole)) and not place.in_an_average:
        yield from _renamed(OTHER_ORDER)(place)


def _another_function(place: Place) -> Changed:
    node = place.node
    if isinstance(node, Call) and node.function in OTHER_FUNCTION and not place.in_an_average:
        yield replace(node, function=OTHER_FUNCTION[node.function])


def _layer(place: Place) -> Changed:
    match place.node:
        case Name(name) if name in TENSORS and not place.in_an_average:
            yield Indexed(name, (), 1)
        case Indexed(name, slots, 1) if name in TENSORS:
            yield replace(place.node, primes=0) if slots else Name(name)
        case Indexed(name, slots, 0, None) if name in TENSORS and slots and not place.in_an_average:
            yield replace(place.node, primes=1)
        case Bracket(layer=None | 0):
            yield replace(place.node, layer=1)


# ---- powers --------------------------------------------------------------------------------------------------------


def _exponent(place: Place) -> Changed:
    match place.node:
        case Power(base, Number(value)) if value.denominator == 1:
            yield replace(place.node, exponent=Number(value + 1))
            yield base if value == 2 else replace(place.node, exponent=Number(value - 1))


def _square(place: Place) -> Changed:
    """Theta^2 for Theta and the like."""
    node, parent = place.node, place.parent
    is_base = isinstance(parent, Power) and parent.base is node
    if isinstance(node, (Name, Indexed, Bracket)) and not is_base and not place.is_exponent:
        yield Power(node, TWO)


def _power_of_average(place: Place) -> Changed:
    """<s^2>^2 for <s^4>, <s>^2 for <s^2>."""
    match place.node:
        case Bracket(Power(base, Number(value)) as body) if value == 2:
            yield Power(replace(place.node, body=base), body.exponent)
        case Bracket(Power(base, Number(value))) if value == 4:
            yield Power(replace(place.node, body=Power(base, TWO)), TWO)


def _average_of_power(place: Place) -> Changed:
    """<s^4> for <s^2>^2."""
    match place.node:
        case Power(Bracket(Power(base, Number(inner))) as average, Number(outer)):
            yield replace(average, body=Power(base, Number(inner * outer)))
        case Power(Bracket(body) as average, Number() as outer):
            yield replace(average, body=Power(body, outer))


def _product_of_averages(place: Place) -> Changed:
    """<a>*<b> for <a*b>."""
    match place.node:
        case Bracket(Multiply(factors)) if not any(isinstance(factor, Add) for factor in factors):
            yield Multiply((_average(factors[:1]), _average(factors[1:])))


def _average_of_product(place: Place) -> Changed:
    """<a*b> for <a>*<b>."""
    if isinstance(place.node, Multiply):
        averages = [factor for factor in place.node.factors if isinstance(factor, Bracket)]
        if len(averages) == 2:
            rest = tuple(factor for factor in place.node.factors if not isinstance(factor, Bracket))
            joint = Bracket(Multiply((averages[0].body, averages[1].body)))
            yield Multiply((*rest, joint)) if rest else joint


def _average(factors: tuple[Expression, ...]) -> Bracket:
    return Bracket(Multiply(factors) if len(factors) > 1 else factors[0])


# ---- numbers and terms ---------------------------------------------------------------------------------------------


def _terms(place: Place) -> tuple[Expression, ...]:
    """The terms of a sum, or the whole side where it is none."""
    if isinstance(place.node, Add):
        return place.node.terms
    return (place.node,) if not place.outer else ()


def _with_term(place: Place, term: Expression, new: Expression) -> Expression:
    if not isinstance(place.node, Add):
        return new
    return replace(place.node, terms=tuple(new if other is term else other for other in place.node.terms))


def _scaled(place: Place, factor: Fraction) -> Changed:
    for term in _terms(place):
        bare, sign = (term.operand, True) if isinstance(term, Negate) else (term, False)
        new = Multiply((Number(factor), bare)) if factor.numerator > 1 else Divide(bare, Number(1 / factor))
        yield _with_term(place, term, Negate(new) if sign else new)


def _factor_of_two(place: Place) -> Changed:
    yield from _scaled(place, Fraction(2))
    yield from _scaled(place, Fraction(1, 2))


def _another_factor(place: Place) -> Changed:
    yield from _scaled(place, Fraction(3))
    yield from _scaled(place, Fraction(1, 4))


def _number(place: Place) -> Changed:
    match place.node:
        case Number(value) if not place.is_exponent:
            yield from (Number(value + step) for step in (1, -1) if value + step)


def _sign(place: Place) -> Changed:
    for term in _terms(place):
        yield _with_term(place, term, term.operand if isinstance(term, Negate) else Negate(term))


def _missing_term(place: Place) -> Changed:
    if isinstance(place.node, Add):
        for term in place.node.terms:
            rest = tuple(other for other in place.node.terms if other is not term)
            yield replace(place.node, terms=rest) if len(rest) > 1 else rest[0]


def _extra_term(place: Place) -> Changed:
    if place.outer:
        return
    names = {node.name for node in walk(place.node) if isinstance(node, Name)}
    for name in ("C_W", "C_b", "V", "Theta", "K"):
        if name in names:
            term: Expression = Name(name)
            yield Add((place.node, term)) if not isinstance(place.node, Add) else Add((*place.node.terms, term))
    if names & {"V", "Theta", "chi_par"}:
        yield Add((place.node, Multiply((Name("chi_perp"), Name("V" if "V" in names else "Theta")))))


def _missing_factor(place: Place) -> Changed:
    """One name, average or sum of a product left out."""
    if isinstance(place.node, Multiply):
        for factor in place.node.factors:
            if isinstance(factor, (Name, Indexed, Bracket, Power)) and not _is_activation(factor):
                rest = tuple(other for other in place.node.factors if other is not factor)
                yield Multiply(rest) if len(rest) > 1 else rest[0]


def _extra_factor(place: Place) -> Changed:
    """C_W, K or 1/K at a term."""
    names = {node.name for node in walk(place.node) if isinstance(node, (Name, Indexed))} if not place.outer else set()
    has_slots = any(isinstance(node, Indexed) and len(node.arguments) > 1 for node in walk(place.node))
    kernel: Expression = Name("K") if not has_slots else Indexed("K", (Number(Fraction(1)), Number(Fraction(1))))
    for term in _terms(place) if not place.outer else ():
        bare = term.operand if isinstance(term, Negate) else term
        factors = [Name("C_W")] if "C_W" in names else []
        changed = [Multiply((factor, bare)) for factor in factors]
        changed += [Divide(bare, kernel)] if "K" in names else []
        for new in changed:
            yield _with_term(place, term, Negate(new) if term is not bare else new)


# ---- samples, widths -----------------------------------------------------------------------------------------------


def _slots(place: Place) -> Changed:
    """V[1,2,1,2] for V[1,1,2,2]."""
    if isinstance(place.node, Indexed) and len(place.node.arguments) == 4:
        for order in dict.fromkeys(permutations(place.node.arguments)):
            if order != place.node.arguments:
                yield replace(place.node, arguments=order)


def _input(place: Place) -> Changed:
    """s1 for s2, K[1,1] for K[1,2]."""
    match place.node:
        case Name(name) | Indexed(name, ()) if place.in_an_average and name[-1] in "12":
            yield replace(place.node, name=name[:-1] + ("2" if name[-1] == "1" else "1"))
        case Indexed(_, slots) if all(isinstance(slot, Number) for slot in slots) and not place.is_slot:
            for k, slot in enumerate(slots):
                other = Number(Fraction(2 if slot == Number(Fraction(1)) else 1))
                yield replace(place.node, arguments=(*slots[:k], other, *slots[k + 1 :]))


def _widths(place: Place) -> Changed:
    """n[l-1]/n[l] for n[l]/n[l-1]."""
    match place.node:
        case Divide(Indexed("n") as above, Indexed("n") as below):
            yield Divide(below, above)


DERIVATIVE, POWER, LAYER = "a wrong order of derivative", "a wrong power", "a wrong layer"
NUMBER, TWOFOLD, INPUT, SLOTS = "a wrong number", "a factor of two", "a wrong input", "wrong slots"
OPERATORS: dict[str, tuple[tuple[str, ...], Callable[[Place], Changed]]] = {
    "sigma' for sigma": ((DERIVATIVE,), _prime_more),
    "sigma for sigma'": ((DERIVATIVE,), _prime_less),
    "chi_perp for chi_par": (("one susceptibility for another",), _susceptibility),
    "C_W for C_b": (("one hyperparameter for another",), _renamed(OTHER_HYPERPARAMETER)),
    "lambda_W for C_W": (("one hyperparameter for another",), _renamed({"C_W": "lambda_W", "lambda_W": "C_W"})),
    "one tensor for another": (("one tensor for another",), _renamed(OTHER_TENSOR)),
    "K for G1": (("one order in 1/n for another",), _order),
    "asin for acos": (("one function for another",), _another_function),
    "layer shifted by one": (("a layer too high", "a layer too low", LAYER), _layer),
    "another exponent": ((POWER,), _exponent),
    "square of a factor": ((POWER,), _square),
    "<s^2>^2 for <s^4>": (("the power of an average for the average of a power",), _power_of_average),
    "<s^4> for <s^2>^2": (("the average of a power for the power of an average",), _average_of_power),
    "<a>*<b> for <a*b>": (("the product of averages for the average of a product",), _product_of_averages),
    "<a*b> for <a>*<b>": (("the average of a product for the product of averages",), _average_of_product),
    "factor of two": ((TWOFOLD,), _factor_of_two),
    "factor 3 or 1/4": ((NUMBER,), _another_factor),
    "another number": ((NUMBER, TWOFOLD), _number),
    "another sign": (("a wrong sign",), _sign),
    "missing term": (("a missing term",), _missing_term),
    "extra term": (("an extra term",), _extra_term),
    "missing factor": (("a missing factor",), _missing_factor),
    "extra factor": (("an extra factor", POWER), _extra_factor),
    "wrong slots": ((SLOTS,), _slots),
    "wrong input": ((INPUT, SLOTS), _input),
    "n[l-1]/n[l] for n[l]/n[l-1]": (("one width for another",), _widths),
}
