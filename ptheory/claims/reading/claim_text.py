"""Formulas written back in the syntax of claims: what was understood, terms of a correction, values of symbols."""

from __future__ import annotations

from fractions import Fraction

from ptheory.algebra.polynomial import Atom, Monomial, Polynomial
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.terms.claim_atoms import NextMean, Root, ScalarCall
from ptheory.claims.terms.ratio import Ratio
from ptheory.language.claim_names import KERNEL_BELOW
from ptheory.language.constants import constant_value, layer_index
from ptheory.language.exchanges import exchange_text
from ptheory.language.expressions import (
    Add,
    Bracket,
    Call,
    Compare,
    Connected,
    Divide,
    Expression,
    FieldAt,
    Indexed,
    Multiply,
    Name,
    Negate,
    Number,
    Piecewise,
    Power,
    SumOver,
    Symmetrised,
    rewritten,
)
from ptheory.language.statements import ClaimStatement
from ptheory.recursion.jets import VARIABLE, FieldValue, Jet
from ptheory.recursion.means.mean import Mean, mean_of
from ptheory.recursion.means.product_rule import differentiate
from ptheory.recursion.tensors import WIDTH, WIDTH_RATIO, Leg, Tensor
from ptheory.recursion.variables import CombinedLeg

MOST_DECIMALS = 30
SUM, PRODUCT, POWER, ATOM = range(4)  # how tightly a formula binds


def expression_text(node: Expression) -> str:
    """The formula in claim syntax; reading it back gives the same tree up to redundant parentheses."""
    return _written(node)[0]


def equation_text(claim: ClaimStatement) -> str:
    """left = right, left ~ right, left = right to 4 digits: one link of a claim in its syntax."""
    right = expression_text(claim.right)
    if claim.order_relation:
        return f"({expression_text(claim.left)} {claim.order_relation} {right})"
    sign = "~" if claim.asymptotic else "="
    if claim.digits is not None:
        number = constant_value(claim.right)
        right = f"{right if number is None else decimal_text(number)} to {claim.digits} digits"
    return f"{expression_text(claim.left)} {sign} {right}"


def decimal_text(number: Fraction) -> str:
    """1.983 for 1983/1000; as a fraction where the decimals do not end, or are many."""
    for places in range(MOST_DECIMALS):
        scaled = number * 10**places
        if scaled.denominator == 1:
            sign, digits = "-" if scaled < 0 else "", str(abs(int(scaled))).rjust(places + 1, "0")
            return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"
    return str(number)


def _written(node: Expression) -> tuple[str, int]:
    """The text and how tightly it binds."""
    match node:
        case Number(value):
            return (str(value), ATOM) if value.denominator == 1 and value >= 0 else (str(value), PRODUCT)
        case Negate(operand):
            return "-" + _enclosed(operand, PRODUCT), SUM
        case Add(terms):
            return _sum_text(terms), SUM
        case Symmetrised(body):
            return f"{_enclosed(body, PRODUCT)} + ({exchange_text(node)})", SUM
        case Multiply(factors):
            first, *rest = factors
            return "*".join([_enclosed(first, PRODUCT), *(_enclosed(f, POWER) for f in rest)]), PRODUCT
        case Divide(numerator, denominator):
            return f"{_enclosed(numerator, PRODUCT)}/{_enclosed(denominator, POWER)}", PRODUCT
        case Power(base, exponent):
            return f"{_enclosed(base, ATOM)}^{_enclosed(exponent, ATOM)}", POWER
    return _atom_text(node), ATOM


def _atom_text(node: Expression) -> str:
    """Names, and everything that brings its own brackets."""
    match node:
        case Name(name):
            return name
        case Indexed(name, arguments, primes, layer):
            inside = ",".join(map(expression_text, arguments))
            inside += "" if layer is None else ";" + expression_text(layer_index(layer))
            return name + "'" * primes + (f"[{inside}]" if arguments else "")
        case FieldAt(field, neuron, sample, _, primes):
            return f"{field}{chr(39) * primes}[{neuron};{sample}]"
        case Connected(body):
            return f"E[{expression_text(body)}]_c"
        case Call(function, arguments, primes):
            return f"{function}{chr(39) * primes}({', '.join(map(expression_text, arguments))})"
        case Bracket(body, layer):
            kernel = "" if layer is None else f"_{KERNEL_BELOW}[{expression_text(layer_index(layer))}]"
            return f"<{expression_text(body)}>{kernel}"
        case SumOver(indices, body, over):
            inputs = f" in {{{','.join(map(expression_text, over))}}}" if over else ""
            return f"sum({', '.join(indices)}{inputs}, {expression_text(body)})"
        case Compare(relation, left, right):
            return f"({expression_text(left)} {relation} {expression_text(right)})"
        case Piecewise(branches, otherwise):
            parts = [f"{expression_text(condition)}: {expression_text(value)}" for condition, value in branches]
            return f"piecewise({', '.join([*parts, f'otherwise: {expression_text(otherwise)}'])})"
    raise TypeError(type(node).__name__)


def _enclosed(node: Expression, least: int) -> str:
    text, binding = _written(node)
    return text if binding >= least else f"({text})"


def _sum_text(terms: tuple[Expression, ...]) -> str:
    text = ""
    for term in terms:
        if isinstance(term, Negate):
            text += (" - " if text else "-") + _enclosed(term.operand, PRODUCT)
        else:
            text += (" + " if text else "") + _enclosed(term, PRODUCT)
    return text


class Writer:
    """Writes polynomials in the names of one claim."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def ratio(self, value: Ratio) -> str:
        """The quotient as numerator/(product of factors), the denominator only where there is one."""
        top = self.polynomial(value.numerator)
        if not value.factors:
            return top
        below = [f"({self.polynomial(f)})" + (f"^{p}" if p > 1 else "") for f, p in value.factors]
        return f"({top})/({'*'.join(below)})" if len(below) > 1 else f"({top})/{below[0]}"

    def polynomial(self, polynomial: Polynomial) -> str:
        """The terms in the order of their atoms, signs between them; 0 for none."""
        text = ""
        for monomial, coefficient in polynomial.sorted_terms():
            sign = "-" if coefficient < 0 else "+"
            term = self.term(monomial, abs(coefficient))
            text += (f" {sign} " if text else sign.replace("+", "")) + term
        return text or "0"

    def term(self, monomial: Monomial, coefficient: Fraction) -> str:
        """A coefficient, which is not negative, times a monomial: negative powers stand behind slashes."""
        above = [self._power(a, e) for a, e in monomial if e > 0]
        below = [self._power(a, -e) for a, e in monomial if e < 0]
        if coefficient != 1 or not above:
            above.insert(0, str(coefficient))
        return "*".join(above) + "".join(f"/{factor}" for factor in below)

    def _power(self, atom: Atom, exponent: int) -> str:
        return self.atom(atom) + (f"^{exponent}" if exponent > 1 else "")

    def atom(self, atom: Atom) -> str:
        """One atom as a claim would name it: a tensor, a mean, a preactivation, a function of scalars, a symbol."""
        if isinstance(atom, Tensor):
            return self.tensor(atom)
        if isinstance(atom, Mean) and atom.derivatives:
            return f"({self.polynomial(mean_of(differentiate(atom.integrand, *atom.derivatives)))})"
        if isinstance(atom, Mean):
            return "<" + " ".join(self._random(x) + (f"^{p}" if p > 1 else "") for x, p in atom.factors) + ">"
        if isinstance(atom, NextMean):
            return f"{self.atom(atom.mean)}_{KERNEL_BELOW}[l+1]"
        if isinstance(atom, FieldValue):
            return self._field(atom.leg)
        if isinstance(atom, ScalarCall):
            return f"{atom.function}({self.ratio(atom.argument)})"
        if isinstance(atom, Root):
            return f"({self.ratio(atom.base)})^(1/{atom.degree})"
        if atom == WIDTH:
            return "n"
        if atom == WIDTH_RATIO:
            return "(n[l]/n[l-1])"
        return str(atom)

    def tensor(self, atom: Tensor) -> str:
        """The tensor under its declared name, its samples in slots where there is more than one input."""
        named = self.vocabulary.names.of(atom)
        depths = dict.fromkeys(leg.field.depth for leg in atom.legs)
        if any(depths):
            layers = ",".join(f"l-{depth}" if depth else "l" for depth in depths)
            slots = ",".join(self.vocabulary.sample_text(leg.sample) for leg in atom.legs)
            return f"{named.name}[{'' if self.vocabulary.one_input else f'{slots};'}{layers}]"
        if self.vocabulary.one_input:
            return named.name
        return f"{named.name}[{','.join(self.vocabulary.sample_text(leg.sample) for leg in named.arguments)}]"

    def _random(self, factor: Jet | FieldValue) -> str:
        place = self._field(factor.leg)
        if isinstance(factor, FieldValue):
            return place
        if isinstance(factor.function, str):
            return f"{self._function(factor.function)}{chr(39) * factor.order}({place})"
        variable = f"({place})" if isinstance(factor.leg, CombinedLeg) else place
        formula = expression_text(in_place_of_variable(factor.function, variable))
        return f"({formula})" if not factor.order else f"({formula}){chr(39) * factor.order}"

    def _function(self, name: str) -> str:
        return name

    def _field(self, leg: Leg) -> str:
        if isinstance(leg, CombinedLeg):
            return self.polynomial(
                Polynomial.sum(slope * Polynomial.atom(FieldValue(part)) for part, slope in leg.parts)
            )
        if self.vocabulary.one_input:
            return str(leg.field)
        text = self.vocabulary.sample_text(leg.sample)
        return str(leg.field) + (text if text.isdigit() else f"_{text}")


def in_place_of_variable(formula: Expression, name: str) -> Expression:
    """The formula with the placeholder variable called ``name``."""
    return rewritten(formula, lambda node: Name(name) if node == VARIABLE else None)
