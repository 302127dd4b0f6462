"""Builds expression nodes as the parser reduces them: no parse tree, no recursion, spans attached."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any, Protocol

from lark import Token

from ptheory.language.claim_names import KERNEL_DERIVATIVE
from ptheory.language.constants import check_exponent, layer_index, layer_offset
from ptheory.language.errors import LanguageError
from ptheory.language.exchanges import Exchange, exchange_of, negated, sum_of
from ptheory.language.expressions import (
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
    Span,
    SumOver,
    Symmetrised,
)
from ptheory.language.functions import BUILTIN_FUNCTIONS
from ptheory.language.names import canonical_name, prime_count, superscript_value
from ptheory.language.source import Source

DEEPEST_NESTING = 100
LONGEST_NUMBER = 200
LARGEST_DECIMAL_EXPONENT = 400

_RELATIONS = {"LT": "<", "GT": ">", "AT_MOST": "<=", "AT_LEAST": ">=", "SAME": "==", "DIFFERENT": "!="}

Children = list[Any]
"""What the parts of a rule were reduced to, in the order of the grammar: tokens, nodes, what helper rules return."""


class Placed(Protocol):
    """What has a place in the source: a node of a formula, a statement."""

    @property
    def span(self) -> Span:
        """Where it was written."""


class ExpressionBuilder:
    """One method per grammar rule of a formula.

    ``side_by_side`` collects the places where two factors stand next to each other without ``*``; the constructs that
    allow it (<...>, E[...], define, let, claim) remove theirs, and what is left at the end is a mistake. Averages may
    always stand side by side: <s^2><s'^2>. ``layer_marks`` does the same for layers of tensors and averages, and
    ``claimed_fields`` for what only a claim has: fields at numbers or of the next layer, z'[i;1], and E[...]_c.
    ``exchanges``: those that stand behind no term.
    """

    def __init__(self) -> None:
        self.begin(Source("<text>", ""))

    def begin(self, source: Source) -> None:
        """Start on a source, nothing remembered of the last one."""
        self.source = source
        self.side_by_side: list[Span] = []
        self.layer_marks: list[Span] = []
        self.claimed_fields: list[LanguageError] = []
        self.exchanges: list[Span] = []
        self._depths: dict[int, tuple[int, Expression]] = {}  # the node is kept so that its id stays its own

    # ---- positions --------------------------------------------------------------------------------------------

    def span(self, first: Token | Placed, last: Token | Placed | None = None) -> Span:
        """From the start of ``first`` to the end of ``last``: tokens or nodes."""
        last = first if last is None else last
        end = last.end_pos if isinstance(last, Token) else last.span.end
        if isinstance(first, Token):
            return Span(first.start_pos or 0, end, first.line or 0, first.column or 0, self.source)
        return Span(first.span.start, end, first.span.line, first.span.column, self.source)

    def allow_side_by_side(self, span: Span) -> None:
        """Factors may stand next to each other within this place."""
        self.side_by_side = [place for place in self.side_by_side if not span.start <= place.start < span.end]

    def allow_layers(self, span: Span) -> None:
        """Tensors and averages may have layers within this place."""
        self.layer_marks = [place for place in self.layer_marks if not span.start <= place.start < span.end]

    def allow_claimed_fields(self, span: Span) -> None:
        """Fields at numbered inputs, of the next layer, and E[...]_c may stand within this place."""
        self.claimed_fields = [e for e in self.claimed_fields if not span.start <= e.span.start < span.end]

    def _layer(self, index: Expression, place: Span) -> int:
        offset = layer_offset(index)
        if offset is None:
            raise LanguageError("this is not a layer", index.span, help="write l, l+1 or l-1")
        self.layer_marks.append(place)
        return offset

    def _deepen(self, node: Expression, *children: Expression) -> Expression:
        depth = 1 + max((self._depths[id(child)][0] for child in children if id(child) in self._depths), default=1)
        if depth > DEEPEST_NESTING:
            raise LanguageError(
                f"this formula is nested more than {DEEPEST_NESTING} deep",
                node.span,
                help="name a part of it (an activation, a let) and use the name",
            )
        self._depths[id(node)] = (depth, node)
        return node

    # ---- sums, products, powers -------------------------------------------------------------------------------

    def add(self, children: Children) -> Expression:
        """a + b - c, a difference as a sum with a negated term."""
        terms = [children[0]]
        for sign, term in zip(children[1::2], children[2::2], strict=True):
            terms.append(negated(term, self.span(sign, term)) if sign.type == "MINUS" else term)
        span = self.span(terms[0], terms[-1])
        found = sum_of(terms, span)
        if isinstance(found, Symmetrised):
            self.exchanges = [one for one in self.exchanges if one.start != terms[-1].span.start]
            help = "it stands in claims"
            self.claimed_fields.append(LanguageError("an exchange of inputs has no meaning here", span, help=help))
        return self._deepen(found, *(term for term in terms if not isinstance(term, Exchange)))

    def exchange(self, children: Children) -> Exchange:
        """(12 <-> 34), which is to be added behind one term."""
        (token,) = children
        found = exchange_of(token, self.span(token))
        self.exchanges.append(found.span)
        return found

    def negate(self, children: Children) -> Expression:
        """-a."""
        sign, operand = children
        return self._deepen(Negate(operand, span=self.span(sign, operand)), operand)

    def product_tail(self, children: Children) -> tuple[str, Expression]:
        """What goes on a product: "*", "/" or " " (side by side) and its operand."""
        if len(children) == 1:
            return " ", children[0]
        operator, operand = children
        return ("*" if operator.type == "TIMES" else "/"), operand

    def multiply(self, children: Children) -> Expression:
        """a*b/c, from left to right; factors that stand side by side are a product too.

        Raises LanguageError where two stand so that could be a slip, such as 2 3.
        """
        result, pending = children[0], [children[0]]
        before = "*"
        for operator, operand in children[1:]:
            if operator == " ":
                self._check_side_by_side(before, pending[-1], operand)
            before = operator
            if operator != "/":
                pending.append(operand)
                continue
            result = self._product(pending)
            result = self._deepen(Divide(result, operand, span=self.span(result, operand)), result, operand)
            pending = [result]
        return self._product(pending)

    def _check_side_by_side(self, before: str, left: Expression, right: Expression) -> None:
        """``before``: the operator before the left one of two factors that stand side by side."""
        if before == "/":
            raise LanguageError(
                "what stands below the `/` could end before this factor or after it",
                right.span,
                help="write (a/b)*c or a/(b*c)",
            )
        if not (_is_average(left) and _is_average(right)):
            self.side_by_side.append(right.span)

    def _product(self, factors: list[Expression]) -> Expression:
        if len(factors) == 1:
            return factors[0]
        return self._deepen(Multiply(tuple(factors), span=self.span(factors[0], factors[-1])), *factors)

    def raised(self, children: Children) -> Expression:
        """base^exponent."""
        base, _, exponent = children
        return self._power(base, exponent, self.span(base, exponent))

    def raised_above(self, children: Children) -> Expression:
        """base², with superscript digits."""
        base, written = children
        place, value = self.span(written), superscript_value(written)
        exponent: Expression = Number(Fraction(abs(value)), span=place)
        if value < 0:
            exponent = Negate(exponent, span=place)
        return self._power(base, exponent, self.span(base, written))

    def _power(self, base: Expression, exponent: Expression, span: Span) -> Expression:
        power = Power(base, exponent, span=span)
        self._deepen(power, base, exponent)
        check_exponent(power)
        return power

    # ---- atoms ------------------------------------------------------------------------------------------------

    def number(self, children: Children) -> Expression:
        """A decimal number, exact, with its spelling."""
        return Number(self.number_value(children[0]), spelling=str(children[0]), span=self.span(children[0]))

    def number_value(self, token: Token) -> Fraction:
        """The exact value of a number. Raises LanguageError where it is too long to compute with."""
        mantissa, _, exponent = token.lower().partition("e")
        if len(mantissa) > LONGEST_NUMBER or len(exponent) > 5 or abs(int(exponent or 0)) > LARGEST_DECIMAL_EXPONENT:
            raise LanguageError(
                "this number is too long",
                self.span(token),
                help=f"numbers of up to {LONGEST_NUMBER} digits and decimal exponents up to {LARGEST_DECIMAL_EXPONENT}",
            )
        return Fraction(str(token))

    def parenthesis(self, children: Children) -> Expression:
        """(a): the formula itself, its place widened to the parentheses."""
        opening, inner, closing = children
        widened = replace(inner, span=self.span(opening, closing))
        return self._deepen(widened, inner)

    def compare(self, children: Children) -> Expression:
        """(a < b), one of < <= > >= == !=."""
        opening, left, relation, right, closing = children
        node = Compare(relation, left, right, span=self.span(opening, closing))
        return self._deepen(node, left, right)

    def relation(self, children: Children) -> str:
        """The relation as it is spelled in ASCII."""
        return _RELATIONS[children[0].type]

    def bracket(self, children: Children) -> Expression:
        """<a> or <a>_K[l+k]."""
        opening, body, closing = children[:3]
        layer, last = children[3] if len(children) == 4 else (None, closing)
        span = self.span(opening, last)
        self.allow_side_by_side(span)
        return self._deepen(Bracket(body, layer, span=span), body)

    def at_kernel(self, children: Children) -> tuple[int | None, Token]:
        """(k of _K[l+k], the last token); _K' is the kernel of the next layer."""
        kernel, last = children[0], children[-1]
        if len(children) == 1:
            return None, last
        if len(children) == 4:
            return self._layer(children[2], self.span(kernel, last)), last
        if prime_count(last) != 1:
            raise LanguageError("one prime marks the next layer", self.span(last), help="write <...>_K[l+1]")
        return self._layer(layer_index(1), self.span(kernel, last)), last

    def primed(self, children: Children) -> tuple[Token, int, Token]:
        """(name, how many primes, the last token)"""
        return children[0], prime_count(children[1]) if len(children) == 2 else 0, children[-1]

    def name(self, children: Children) -> Expression:
        """x, or a tensor with primes and no slots: V'."""
        ((token, primes, last),) = children
        name, span = canonical_name(token), self.span(token, last)
        return Indexed(name, (), primes, span=span) if primes else Name(name, span=span)

    # ---- indices ----------------------------------------------------------------------------------------------

    def slots(self, children: Children) -> tuple[list[Expression], list[Expression] | None]:
        """(indices before the semicolon, those after it or None)"""
        groups: list[list[Expression]] = [[]]
        for child in children:
            if isinstance(child, Expression):
                groups[-1].append(child)
            elif child.type == "SEMICOLON":
                groups.append([])
        return groups[0], groups[1] if len(groups) == 2 else None

    def indexed(self, children: Children) -> Expression:
        """V[1,2,3,4], V'[1,2;l+1], W[i,j], z[i;a]. LanguageError for a field at a place that is none."""
        (token, primes, _), _, (before, after) = children[:3]
        if children[-1].type == "PRIMES":
            primes += prime_count(children[-1])
        name, span = canonical_name(token), self.span(token, children[-1])
        if after is None:
            return self._deepen(Indexed(name, tuple(before), primes, span=span), *before)
        if len(after) == 1 and layer_offset(after[0]) is not None:
            layer = self._layer(after[0], after[0].span)
            return self._deepen(Indexed(name, tuple(before), primes, layer, span=span), *before)
        return self._field(name, before, after, primes, span)

    def _field(
        self, name: str, neurons: list[Expression], samples: list[Expression], primes: int, span: Span
    ) -> Expression:
        example = f"write {name}[i;a]: a neuron, then a sample"
        for part in (*neurons, *samples):
            if isinstance(part, Number) and part.value.denominator == 1:
                self.claimed_fields.append(
                    LanguageError("the index of a field is a plain name", part.span, help=example)
                )
            elif not isinstance(part, Name):
                raise LanguageError("the index of a field is a plain name", part.span, help=example)
        if len(neurons) != 1 or len(samples) != 1:
            raise LanguageError(
                f"the field {name} takes one neuron index and one sample label",
                span,
                help=f"write {name}[i;a]: a neuron, then a sample",
            )
        if primes > 1:
            raise LanguageError("a field has one prime at most", span, help="one prime: the next layer, in claims")
        if primes:
            help = "a prime marks the next layer of a tensor, as in V'"
            self.claimed_fields.append(LanguageError("a field has no prime", span, help=help))
        neuron, sample = (_label(part) for part in (*neurons, *samples))
        return FieldAt(name, neuron, sample, primes=primes, span=span)

    def connected(self, children: Children) -> Expression:
        """E[z1 z2 z3 z4]_c. LanguageError where anything else than E has a _c."""
        (token, primes, _), _, (before, after), _, last = children
        span = self.span(token, last)
        if token not in ("E", "𝔼") or primes or after is not None or len(before) != 1:
            raise LanguageError("_c marks the connected part of an expectation", span, help="write E[z1 z2 z3 z4]_c")
        help = "it stands in claims and, with its tensors, in define"
        self.claimed_fields.append(LanguageError("E[...]_c has no meaning here", span, help=help))
        return self._deepen(Connected(before[0], span=span), before[0])

    # ---- calls ------------------------------------------------------------------------------------------------

    def argument(self, children: Children) -> tuple[Expression, Expression | tuple[Expression, ...] | None]:
        """One argument; (condition, value) where a colon stands in it, (index, inputs) of a sum in a claim."""
        return children[0], children[-1] if len(children) > 1 else None

    def over(self, children: Children) -> tuple[Expression, ...]:
        """{1,2} of a sum over these inputs, in claims only."""
        help = "sums over given inputs stand in claims; sum(j, ...) is over all neurons"
        self.claimed_fields.append(LanguageError("a sum over inputs", self.span(children[0]), help=help))
        return tuple(self._input(token) for token in children[1:] if token.type in ("NAME", "NUMBER"))

    def _input(self, token: Token) -> Expression:
        if token.type == "NAME":
            return Name(canonical_name(token), span=self.span(token))
        return Number(self.number_value(token), spelling=str(token), span=self.span(token))

    def summed(self, children: Children) -> tuple[list[Token], tuple[Expression, ...]]:
        """(the indices, the inputs they run over)"""
        return [token for token in children[:-1] if token.type == "NAME"], children[-1]

    def summation(self, children: Children) -> Expression:
        """Σ_{a,b∈{1,2}; c∈{3,4}} body: a sum in a sum for every group of indices."""
        body: Expression = children[-1]
        for group in reversed([child for child in children[:-1] if isinstance(child, tuple)]):
            names, over = group
            plain: list[Expression] = [Name(canonical_name(name), span=self.span(name)) for name in names]
            body = self._deepen(_sum_over([*plain, body], self.span(children[0], body), over), body)
        return body

    def last_sum(self, children: Children) -> tuple[str, Expression]:
        """A sum at the end of a product."""
        return "*", children[1]

    def derivative(self, children: Children) -> Expression:
        """∂a∂b(F): d(F, a, b), the derivative of what stands in an average, by preactivations."""
        opening, closing, body = children[0], children[-1], children[-2]
        legs = [self._input(token) for token in children[:-3] if token.type in ("NAME", "NUMBER")]
        return self._deepen(Call(KERNEL_DERIVATIVE, (body, *legs), span=self.span(opening, closing)), body)

    def call(self, children: Children) -> Expression:
        """f(a, b); piecewise(...), sum(...) and prev(...) become nodes of their own. Raises LanguageError."""
        (token, primes, _), closing = children[0], children[-1]
        arguments = [child for child in children[1:] if isinstance(child, tuple)]
        name, span = canonical_name(token), self.span(token, closing)
        parts = [part for pair in arguments for part in pair if isinstance(part, Expression)]
        if (name == "sum" or token == "Σ") and len(arguments) > 1 and isinstance(arguments[-2][1], tuple):
            *indices, (last, over), (body, _) = arguments
            return self._deepen(_sum_over([*(first for first, _ in indices), last, body], span, over), *parts)
        if name == "piecewise":
            return self._deepen(_piecewise(arguments, span), *parts)
        for _, second in arguments:
            if isinstance(second, tuple):
                help = "write sum(a,b in {1,2}, ...): the indices, the inputs, the body"
                raise LanguageError("a set of inputs has no meaning here", span, help=help)
            if second is not None:
                raise LanguageError("`:` has no meaning here", second.span, help="only piecewise(...) has branches")
        plain = [first for first, _ in arguments]
        if name == "sum" or token == "Σ":
            return self._deepen(_sum_over(plain, span), *parts)
        if name == "prev":
            return _previous(plain, span)
        if name in BUILTIN_FUNCTIONS:
            _check_arity(name, len(plain), span)
        return self._deepen(Call(name, tuple(plain), primes, span=span), *parts)


def _label(index: Expression) -> str:
    """The letter or the number of a neuron or a sample."""
    return index.name if isinstance(index, Name) else str(index.value) if isinstance(index, Number) else ""


def _is_average(node: Expression) -> bool:
    return isinstance(node.base if isinstance(node, Power) else node, Bracket)


def _sum_over(arguments: list[Expression], span: Span, over: tuple[Expression, ...] = ()) -> Expression:
    if len(arguments) < 2:
        raise LanguageError("a sum needs an index and a body", span, help="write sum(j, W[i,j]*sigma(z[j;a]))")
    indices: list[str] = []
    for index in arguments[:-1]:
        if not isinstance(index, Name):
            raise LanguageError(
                "a summation index is a plain name", index.span, help="write sum(j, ...): the indices, then the body"
            )
        if index.name in indices:
            raise LanguageError(f"the index {index.name} is summed twice", index.span)
        indices.append(index.name)
    return SumOver(tuple(indices), arguments[-1], over, span=span)


def _previous(arguments: list[Expression], span: Span) -> Expression:
    if len(arguments) != 1 or not isinstance(arguments[0], FieldAt):
        raise LanguageError(
            "prev(...) takes one field", span, help="write sigma(prev(z[j;a])): the field one layer further down"
        )
    return replace(arguments[0], depth=arguments[0].depth + 1, span=span)


def _piecewise(arguments: list[tuple[Expression, Expression | None]], span: Span) -> Expression:
    example = "write piecewise((z >= 0): z, otherwise: z/10)"
    branches: list[tuple[Expression, Expression]] = []
    otherwise: Expression | None = None
    for condition, value in arguments:
        if value is None:
            raise LanguageError("a branch of piecewise is `condition: value`", condition.span, help=example)
        if otherwise is not None:
            raise LanguageError("`otherwise` is the last branch", condition.span, help=example)
        if condition == Name("otherwise"):
            otherwise = value
        elif isinstance(condition, Compare):
            branches.append((condition, value))
        else:
            raise LanguageError("this condition is not a comparison", condition.span, help=example)
    if otherwise is None:
        raise LanguageError("piecewise has no `otherwise` branch", span, help=example)
    return Piecewise(tuple(branches), otherwise, span=span)


def _check_arity(name: str, count: int, span: Span) -> None:
    fewest, most = BUILTIN_FUNCTIONS[name]
    if not fewest <= count <= most:
        takes = "one argument" if most == 1 else f"{fewest} to {most} arguments"
        raise LanguageError(f"{name} takes {takes}, not {count}", span)
