r"""Claims pasted as LaTeX: tokens, our own grammar, a declared symbol table; the same tree as a claim in plain syntax.

What was understood is printed back by ``reading.claim_text``. Ambiguity is refused: ``1/2 K``, ``\sigma^{(2)}``,
``K_{12}^{-1}``, a function next to a parenthesis that might be a product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from lark import Token, Tree

from ptheory.algebra.elementary import BY_NAME, ELEMENTARY
from ptheory.claims.latex.author_notation import OURS, AuthorNotation
from ptheory.claims.latex.base_layer import base_layer, numbered_rows
from ptheory.claims.latex.latex_tree import parsed
from ptheory.claims.latex.read_latex_derivatives import is_operator, is_quotient, operated, quotient
from ptheory.claims.latex.read_latex_means import (
    Law,
    Part,
    expectation,
    integral,
    layer_of,
    sum_over_inputs,
    under_root_times_unit,
    unit_variable,
)
from ptheory.claims.latex.read_latex_orders import check_order, power_of, without_order
from ptheory.claims.latex.read_latex_symbols import (
    Raw,
    Scripts,
    Symbol,
    SymbolTable,
    flattened,
    kernel_below,
)
from ptheory.claims.latex.read_latex_tokens import Text, latex_tokens, text_of
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.language.claim_names import INVERSE_KERNEL, KERNEL_BELOW, LAYER, SUSCEPTIBILITIES
from ptheory.language.constants import check_exponent, layer_index
from ptheory.language.errors import LanguageError
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
    Span,
    SumOver,
    walk,
)
from ptheory.language.statements import Binding, ClaimStatement, LatexClaimStatement, Scope


def read_latex(
    claim: LatexClaimStatement, vocabulary: Vocabulary, notation: AuthorNotation = OURS
) -> list[ClaimStatement]:
    r"""The claim in plain syntax: every equation of it, of a chain a = b = c the equations a = b and b = c.

    ``notation``: the author's symbols and macros, beside the formula's own. LanguageError points into the LaTeX.
    """
    text = text_of(claim.body, claim.body_span, notation.macros)
    tokens, layers = numbered_rows(text, latex_tokens(text, notation), vocabulary)
    tree = parsed(text, tokens, "equations")
    found: list[ClaimStatement] = []
    equations = [part for part in tree.children if isinstance(part, Tree)]
    for equation, layer in zip(equations, layers, strict=True):
        reader = FormulaReader(text, SymbolTable(vocabulary, text, base_layer(text, equation, layer == 1)))
        trees = [part for part in equation.children if isinstance(part, Tree)]
        stripped = [without_order(reader, side) for side in trees if side.data != "condition"]
        sides = [reader.read(side, False) for side, _ in stripped]
        orders = {power_of(reader, term): term for _, term in stripped if term is not None}
        for power, term in orders.items():
            check_order(reader, sides, power, term)
        reader.check_means_without_law(sides)
        conditions = tuple(reader.condition(part) for part in trees if part.data == "condition")
        check_given_once(reader, claim.scope, conditions, layer)
        at_layer = () if layer is None else (Binding(LAYER, Number(Fraction(layer)), span=claim.body_span),)
        scope = replace(claim.scope, bindings=(*claim.scope.bindings, *conditions, *at_layer))
        beyond = min(orders, default=None)
        found += [ClaimStatement(claim.label, *pair, scope, beyond=beyond, span=claim.span) for pair in pairwise(sides)]
    return found


def check_given_once(reader: FormulaReader, scope: Scope, conditions: Sequence[Binding], numbered: int | None) -> None:
    """Each assumption stands once, in the LaTeX or after ``for``; a number of the layer fits the layers written."""
    given = {binding.name for binding in scope.bindings}
    for condition in conditions:
        if condition.name in given:
            raise LanguageError(f"{condition.name} is given twice", condition.span, help="keep one of the two")
        given.add(condition.name)
    if LAYER in given and (numbered is not None or reader.table.base):
        raise LanguageError(
            "the layer is given twice",
            reader.text.place,
            help="leave out `l = ...`, or write (\\ell+1) for the next layer and (\\ell) for this one",
        )


# ---- building ---------------------------------------------------------------------------------------------------


INVERSE_FUNCTIONS = {row.name: f"a{row.name}" for row in ELEMENTARY if f"a{row.name}" in BY_NAME}
r"""\sin^{-1} is the arcsine wherever it is written; one over the sine has a name and a fraction of its own."""


class FormulaReader:
    """From the tree of a formula to the nodes of the claim syntax; what is wrong points into the LaTeX."""

    def __init__(self, text: Text, table: SymbolTable) -> None:
        self.text = text
        self.table = table
        self.vocabulary = table.vocabulary
        self.without_law: list[Token] = []  # expectation signs that do not say what they are over
        self._law: Law | None = None  # of the average being read
        self._layers_of_roots: list[int | None] = []  # of K in sqrt(K) u, u of unit variance
        self._slash_divides_all = False

    def span(self, tree: Tree) -> Span:
        tokens = [t for t in flattened([tree])]
        return self.text.span(tokens[0].start_pos or 0, tokens[-1].end_pos or 0)

    def condition(self, node: Tree) -> Binding:
        r"""C_b = 0 after a comma or \text{for}: the value of a hyperparameter. LanguageError for anything else."""
        left, _, right = node.children
        if [token.value for token in flattened([left])] == [LAYER]:
            layer = self.read(right, False)
            if not isinstance(layer, Number) or layer.value.denominator > 1 or layer.value < 1:
                raise self.text.error("a layer is 1, 2, ...", flattened([right])[0], help="layer 1 is made of x")
            return Binding(LAYER, layer, span=self.span(node))
        name = self.read(left, False)
        if not isinstance(name, Name) or name.name not in self.vocabulary.hyperparameters:
            raise self.text.error(
                "this is no assumption that a claim can make", flattened([left])[0], help="write C_b = 0, a value"
            )
        return Binding(name.name, self.read(right, False), span=self.span(node))

    def read(self, node: Tree, inside: bool) -> Expression:
        """A sum, a signed term or a product; ``inside`` an average preactivations may stand. LanguageError."""
        if node.data == "sum":
            return self._sum(node, inside)
        if node.data == "negated":
            return Negate(self.read(node.children[1], inside), span=self.span(node))
        if node.data == "plain":
            return self.read(node.children[1], inside)
        return self._product(node, inside)

    def _sum(self, node: Tree, inside: bool) -> Expression:
        terms = [self.read(node.children[0], inside)]
        for sign, term in zip(node.children[1::2], node.children[2::2], strict=True):
            value = self.read(term, inside)
            terms.append(Negate(value, span=value.span) if sign.type == "MINUS" else value)
        return terms[0] if len(terms) == 1 else Add(tuple(terms), span=self.span(node))

    # ---- products ---------------------------------------------------------------------------------------------

    def _product(self, node: Tree, inside: bool) -> Expression:
        """Factors side by side; an integral or a sum takes all that follow it."""
        parts: list[Part] = [("beside", node.children[0])]
        parts += [(tail.data, tail.children[-1]) for tail in node.children[1:]]
        return self.read_parts(parts, inside)

    def read_parts(self, parts: Sequence[Part], inside: bool = True) -> Expression:
        """A product of factors, each beside the one before it, after a product sign, or below a slash."""
        parts = [(how, _unbraced(factor)) for how, factor in parts]
        for k, (how, factor) in enumerate(parts):
            if factor.children[0].data in ("integral", "summation") or is_operator(factor):
                if how == "over":
                    raise self.text.error(
                        "what is divided here?", flattened([factor])[0], help="write \\frac{...}{...}"
                    )
                span = self.span(factor)
                if is_operator(factor):
                    value = operated(self, factor, parts[k + 1 :], span)
                elif factor.children[0].data == "integral":
                    value = integral(self, factor, parts[k + 1 :], span)
                else:
                    value = sum_over_inputs(self, factor, parts[k + 1 :], inside, span)
                return self._joined([self.read_parts(parts[:k], inside), value], span) if k else value
        return self._factors(parts, inside) if parts else Number(Fraction(1))

    def _factors(self, parts: Sequence[Part], inside: bool) -> Expression:
        """A slash divides by one factor, and what follows it must say whether it is below."""
        factors: list[Expression] = []
        divided = False
        index = 0
        while index < len(parts):
            how, tree = parts[index]
            index += 1
            following = parts[index] if index < len(parts) and parts[index][0] == "beside" else None
            self._check_bare_argument(tree, parts[index] if index < len(parts) else None)
            applied = self._application(tree, following[1] if following else None, inside)
            if applied is not None:
                index += 1
                value = applied
            else:
                value = self._factor(tree, inside)
            if how == "beside" and divided and not self._slash_divides_all:
                raise self.text.error(
                    "is this factor above or below the fraction line?",
                    flattened([tree])[0],
                    help="write \\frac{...}{...}, or \\cdot between factors",
                )
            divided = how == "over" or (divided and how == "beside")
            if divided:
                factors = [Divide(self._joined(factors), value, span=self.span(tree))]
            else:
                factors.append(value)
        return self._joined(factors, self.span(parts[0][1]) if len(parts) == 1 else self._span_of(parts))

    def is_application(self, parts: Sequence[Part]) -> bool:
        r"""Whether two factors are one thing, \chi_\perp(K)."""
        (_, first), (how, second) = parts
        return how == "beside" and self._application(first, second, False) is not None

    def half_of_derivative(self, raw: Sequence[Raw], sign: Token) -> Expression:
        """What stands behind one of the two signs of a derivative, outside averages."""
        tokens = flattened(raw)
        if not tokens:
            raise self.text.error("nothing stands behind this", sign, help=r"write \frac{dX}{dK}")
        return self.read(parsed(self.text, tokens, "sum"), False)

    def _span_of(self, parts: Sequence[Part]) -> Span:
        tokens = flattened([tree for _, tree in parts])
        return self.text.span(tokens[0].start_pos or 0, tokens[-1].end_pos or 0)

    def _check_bare_argument(self, tree: Tree, following: Part | None) -> None:
        r"""\sin z \cos z is a product; whether \sin z w and \sin z/2 are is not said."""
        atom = tree.children[0]
        if following is None or atom.data != "call" or atom.children[-1].data not in ("bare", "number"):
            return
        how, factor = following
        if how == "over" or (how == "beside" and factor.children[0].data != "call"):
            raise self.text.error(
                f"does the argument of {atom.children[0].value} end here?",
                flattened([following[1]])[0],
                help="write parentheses around the argument",
            )

    def _joined(self, factors: list[Expression], span: Span | None = None) -> Expression:
        return factors[0] if len(factors) == 1 else Multiply(tuple(factors), span=span or factors[0].span)

    def _application(self, tree: Tree, following: Tree | None, inside: bool) -> Expression | None:
        r"""\sigma(z_1) as a function of z_1; \chi_\perp(K) as chi_perp. Other symbols before a ( are factors."""
        if following is None or tree.children[0].data != "symbol" or following.children[0].data != "group":
            return None
        if following.children[0].children[0].type != "LPAR":
            return None
        token, scripts = tree.children[0].children[0], self.table.scripts(tree.children[1:])
        argument = self._preactivation_of(self.read(following.children[0].children[1], inside))
        if inside and self.vocabulary.is_activation(token.value):
            if self._is_preactivation(argument) and scripts.below is None:
                return self._applied(token, scripts, argument, tree, following)
            if self._is_preactivation(argument) or (
                scripts.power is None and scripts.below is None and not self._is_polynomial_with_kernel(argument)
            ):
                raise self.text.error(
                    f"is this {token.value} of what stands in parentheses, or times it?",
                    token,
                    help="write \\cdot for a product; a function of a larger formula belongs in the plain syntax",
                )
            return None
        if scripts.power is None and len(following.children) == 1:
            self._check_no_argument(tree, argument, token, inside)
        meaning = None if inside else self._known(tree)
        if isinstance(meaning, (Name, Indexed)) and meaning.name in (*SUSCEPTIBILITIES, *self.vocabulary.lets):
            if self.is_kernel(argument) and len(following.children) == 1 and scripts.power is None:
                return self._at_kernel(meaning, argument, token)
            if meaning.name in self.vocabulary.lets:
                return None  # an abbreviation is a number: a product
            raise self.text.error(
                f"is this {meaning.name} at an argument, or times it?",
                token,
                help=f"{meaning.name} needs no argument; write \\cdot for a product",
            )
        return None

    def _check_no_argument(self, tree: Tree, argument: Expression, token: Token, inside: bool) -> None:
        r"""K(0), V(K), \Theta(z): a number is at no argument, and nobody multiplies by these in parentheses."""
        looks_like_one = argument == Number(Fraction(0)) or self.is_kernel(argument)
        if not looks_like_one and not (inside and self._is_preactivation(argument)):
            return
        meaning = self._known(tree)
        if isinstance(meaning, (Name, Indexed)) and meaning.name not in (*SUSCEPTIBILITIES, *self.vocabulary.lets):
            raise self.text.error(
                f"is this {meaning.name} at an argument, or times it?", token, help="write \\cdot for a product"
            )

    def _preactivation_of(self, argument: Expression) -> Expression:
        """sqrt(K) u of a variable u of unit variance is the preactivation; the layer of K is that of the average."""
        found = under_root_times_unit(argument) if self._law is not None and self._law.is_unit else None
        if found is None or not self.is_kernel(found[0]):
            return argument
        self._layers_of_roots.append(layer_of(found[0]))
        return found[1]

    def _is_polynomial_with_kernel(self, argument: Expression) -> bool:
        """z^2 - K, z1 z2 - K12: nothing an activation is applied to, so it is a factor beside one."""
        if not isinstance(argument, Add):
            return False
        nodes = list(walk(argument))
        is_plain = not any(isinstance(node, (Call, Bracket)) for node in nodes)
        has_kernel = any(isinstance(n, (Name, Indexed)) and self.vocabulary.is_kernel(n.name) for n in nodes)
        return is_plain and has_kernel and any(self._degree(term) > 1 for term in argument.terms)

    def _degree(self, term: Expression) -> int:
        """In preactivations, of a product of powers."""
        match term:
            case Negate(operand):
                return self._degree(operand)
            case Multiply(factors):
                return sum(map(self._degree, factors))
            case Power(base, Number(exponent)) if exponent.denominator == 1:
                return self._degree(base) * int(exponent)
        return int(self._is_preactivation(term))

    def is_kernel(self, argument: Expression) -> bool:
        """K, K^{(l)}, K^{(l+1)} without samples."""
        if not isinstance(argument, (Name, Indexed)) or not self.vocabulary.is_kernel(argument.name):
            return False
        return isinstance(argument, Name) or not argument.arguments or argument.arguments == (Name("l"),)

    def _at_kernel(self, meaning: Name | Indexed, argument: Expression, token: Token) -> Expression:
        """chi_perp(K) says nothing new but its layer."""
        if isinstance(argument, Name):
            return meaning
        assert isinstance(argument, Indexed)
        if isinstance(meaning, Indexed):
            raise self.text.error("a layer here and a layer at the kernel", token, help="write the layer once")
        return Indexed(meaning.name, (layer_index(argument.primes),), span=meaning.span)

    def _is_preactivation(self, argument: Expression) -> bool:
        """z, z1, z_a."""
        if not isinstance(argument, Name):
            return False
        stem, _, sample = argument.name.partition("_")
        if sample and self.table.is_sample(sample):
            return stem in self.vocabulary.fields
        return argument.name.rstrip("0123456789_") in self.vocabulary.fields

    def _applied(self, token: Token, scripts: Scripts, argument: Expression, tree: Tree, following: Tree) -> Expression:
        if scripts.layer is not None or scripts.order is not None:
            raise self.text.error("a derivative is written with primes", token)
        value: Expression = Call(token.value, (argument,), scripts.primes, span=self.span(tree))
        outer = self.table.scripts(following.children[1:])
        if scripts.power is not None and outer.power is not None:
            raise self.text.error("two powers of one function", token)
        self._only_a_power(outer, token)
        power = scripts.power or outer.power
        return value if power is None else self._raised(value, power, token)

    def _known(self, tree: Tree) -> Expression | None:
        try:
            symbol = Symbol(tree.children[0].children[0], self.table.scripts(tree.children[1:]))
            return self.table.meaning(symbol, self.span(tree), False)
        except LanguageError:
            return None

    # ---- factors ----------------------------------------------------------------------------------------------

    def _factor(self, tree: Tree, inside: bool) -> Expression:
        atom, scripts = tree.children[0], self.table.scripts(tree.children[1:])
        span = self.span(tree)
        first = flattened([atom])[0]
        if atom.data == "symbol":
            value = self._symbol(Symbol(first, scripts), span, inside)
            if isinstance(value, SumOver) or (isinstance(value, Indexed) and value.name == INVERSE_KERNEL):
                return value  # its superscript is its indices
        elif atom.data == "mean":
            value = self._mean(atom, scripts, span)
        elif atom.data == "expected":
            self._only_a_power(scripts, first)
            value = expectation(self, atom, span)
        elif is_quotient(tree):
            self._only_a_power(scripts, first)
            value = quotient(self, tree, span)
        else:
            self._only_a_power(scripts, first)
            value = self._plain(atom, span, inside)
        return value if scripts.power is None else self._raised(value, scripts.power, first, inside)

    def _symbol(self, symbol: Symbol, span: Span, inside: bool) -> Expression:
        law = self._law
        if inside and law is not None and law.is_unit and self._is_variable(symbol.token.value, law):
            if symbol.scripts.below is not None or symbol.scripts.primes:
                raise self.text.error(
                    "one variable of unit variance", symbol.token, help="write \\langle ... \\rangle_K"
                )
            return unit_variable(self.vocabulary.fields[0], self._kernel_name, span)
        if (
            symbol.token.value == "e"
            and symbol.scripts == Scripts(power=symbol.scripts.power, at=symbol.scripts.at)
            and symbol.scripts.power is not None
            and "e" not in self.vocabulary.hyperparameters
        ):
            return Name("e", span=span)
        value = self.table.meaning(symbol, span, inside)
        inverse = symbol.scripts.power is not None and _is_minus_one(symbol.scripts.power)
        is_matrix = isinstance(value, (Name, Indexed)) and self.vocabulary.tensor(value.name) is not None
        if inverse and is_matrix and not self.vocabulary.one_input:
            raise self.text.error(
                "the reciprocal of one entry, or an entry of the inverse matrix?",
                symbol.token,
                help="write \\frac{1}{...} for the reciprocal; the plain syntax has Kinv[1,2] for the inverse",
            )
        return value

    @property
    def _kernel_name(self) -> str:
        return next(name for name in self.vocabulary.tensor_names if self.vocabulary.is_kernel(name))

    def _is_variable(self, name: str, law: Law) -> bool:
        return name in law.variables if law.variables else name in self.vocabulary.fields

    @contextmanager
    def over(self, law: Law) -> Iterator[None]:
        """Within: preactivations are called as the law says, and have its variance."""
        before = self._law, self.table.variables, self._layers_of_roots
        self._law, self._layers_of_roots = law, []
        own = all(name in self.vocabulary.fields for name in law.variables)
        self.table.variables = () if own else law.variables
        try:
            yield
        finally:
            self._law, self.table.variables, self._layers_of_roots = before

    def mean(self, read: Callable[[], Expression], law: Law, span: Span) -> Expression:
        """The average of what is read, at the kernel of the law."""
        with self.over(law):
            body = read()
            layers = set(self._layers_of_roots)
        if len(layers) > 1:
            raise LanguageError("kernels of several layers in one average", span, help="write one of them")
        layer = layers.pop() if layers else law.layer
        self.table.check_offset("this average", layer, span)
        unit = unit_variable(self.vocabulary.fields[0], self._kernel_name, span)
        if layer and unit in walk(body):  # it would be normalised by the kernel of this layer
            raise LanguageError(
                "a variable of unit variance beside the kernel of another layer",
                span,
                help=r"write the average over the preactivation, \langle ... \rangle_{K^{(\ell+1)}}",
            )
        return Bracket(body, layer, span=span)

    def read_exponent(self, node: Tree) -> Expression:
        r"""The exponent of a Gaussian weight, where z^2/2K is z^2/(2K): nothing else is a weight of N(0, K)."""
        self._slash_divides_all = True
        try:
            if node.data == "superscript":
                return self.read(parsed(self.text, flattened(node.children[2:-1]), "sum"), True)
            return self._plain(node, self.span(node), True)
        finally:
            self._slash_divides_all = False

    def check_means_without_law(self, sides: Sequence[Expression]) -> None:
        r"""\mathbb{E}[...] without its law is <...>_K where all is of leading order; else it could be the network's."""
        nodes = [node for side in sides for node in walk(side)]
        for node in nodes if self.without_law else ():
            if isinstance(node, (Name, Indexed)) and self.vocabulary.is_beyond_leading(node.name):
                raise self.text.error(
                    "the mean of a network of finite width, or at the kernel K?",
                    self.without_law[0],
                    help=r"write \mathbb{E}_{z\sim\mathcal{N}(0,K)}[...], or \langle ... \rangle_K",
                )

    def _mean(self, atom: Tree, scripts: Scripts, span: Span) -> Expression:
        if scripts.primes or scripts.order is not None:
            raise self.text.error("only a power or the kernel K can follow here", scripts.at)
        kernel = kernel_below(scripts.below or ())
        if scripts.below is not None and not self.names_the_kernel(kernel.name):
            raise self.text.error(
                "an expectation is at the leading kernel K",
                scripts.at,
                help="write \\rangle_K or \\rangle_{K^{(\\ell)}}",
            )
        if kernel.layer is not None and scripts.layer is not None:
            raise self.text.error("a layer above and a layer below", scripts.at, help="write the layer once")
        layer = scripts.layer if kernel.layer is None else kernel.layer
        self.table.check_layer("this average", replace(scripts, layer=layer))
        with self.over(Law()):
            return Bracket(self.read(atom.children[1], True), self.table.layer(layer), span=span)

    def names_the_kernel(self, name: str | None) -> bool:
        """The leading two-point function, whatever it is called; K where nothing else is."""
        vocabulary = self.vocabulary
        taken = KERNEL_BELOW in vocabulary.hyperparameters or vocabulary.tensor(KERNEL_BELOW) is not None
        return name is not None and (vocabulary.is_kernel(name) or (name == KERNEL_BELOW and not taken))

    def _only_a_power(self, scripts: Scripts, token: Token) -> None:
        if scripts.primes or scripts.below is not None or scripts.layer is not None or scripts.order is not None:
            raise self.text.error("only a power can follow here", scripts.at or token)

    def _plain(self, atom: Tree, span: Span, inside: bool) -> Expression:
        parts = [child for child in atom.children if isinstance(child, Tree)]
        if atom.data == "number":
            return Number(Fraction(atom.children[0].value.rstrip(".")), span=span)
        if atom.data == "fraction":
            return Divide(self.read(parts[0], inside), self.read(parts[1], inside), span=span)
        if atom.data == "root":
            return Call("sqrt", (self.read(parts[0], inside),), span=span)
        if atom.data == "call":
            return self._function(atom, span, inside)
        if atom.data == "extreme":
            return Call(atom.children[0].value, tuple(self.read(part, inside) for part in parts), span=span)
        if atom.data == "order":
            raise self.text.error("an order stands at the end of a side", atom.children[0], help="write ... + O(1/n)")
        if atom.data == "measure":
            raise self.text.error("a measure without an integral", atom.children[0], help="write \\int before it")
        return replace(self.read(parts[0], inside), span=span)

    def _function(self, atom: Tree, span: Span, inside: bool) -> Expression:
        r"""\sin(z), \sin^2 z, \sin 2z: the argument in brackets, or one symbol with a number before it."""
        sign, argument = atom.children[0], atom.children[-1]
        scripts = self.table.scripts([part for part in atom.children[1:-1] if isinstance(part, Tree)])
        self._only_a_power(scripts, sign)
        inverse = scripts.power is not None and _is_minus_one(scripts.power)
        if inverse and sign.value not in INVERSE_FUNCTIONS:
            raise self.text.error(
                f"the inverse of {sign.value}, or one over it?", sign, help="write \\frac{1}{...} for one over it"
            )
        if inverse:
            return Call(INVERSE_FUNCTIONS[sign.value], (self._argument(argument, inside),), span=span)
        value = Call(sign.value, (self._argument(argument, inside),), span=span)
        return value if scripts.power is None else self._raised(value, scripts.power, sign)

    def _argument(self, argument: Tree, inside: bool) -> Expression:
        if argument.data != "bare":
            return self._plain(argument, self.span(argument), inside)
        number, symbol, scripts = None, argument.children[0], argument.children[1:]
        if symbol is None or symbol.type == "NUMBER":
            number, symbol, scripts = argument.children[0], argument.children[1], argument.children[2:]
        factor = Tree("factor", [Tree("symbol", [symbol]), *scripts])
        value = self._factor(factor, inside)
        if number is None:
            return value
        return Multiply((Number(Fraction(number.value.rstrip("."))), value), span=self.span(argument))

    def _raised(self, base: Expression, power: tuple[Raw, ...], token: Token, inside: bool = False) -> Expression:
        tokens = flattened(power)
        is_tensor = isinstance(base, (Name, Indexed)) and self.vocabulary.tensor(base.name) is not None
        if is_tensor and [t.value for t in tokens if t.type not in ("LBRACE", "RBRACE")] in (["0"], ["1"]):
            raise self.text.error(
                "a layer or a power?", tokens[0], help="write (1) for a layer; powers 0 and 1 are left out"
            )
        named = base != Name("e") and any(token.type == "SYMBOL" for token in tokens)
        if named or (tokens[0].type == "LPAR" and tokens[-1].type == "RPAR"):
            raise self.text.error(
                "this superscript is neither a power nor a layer",
                tokens[0],
                help="a power is a number; a derivative is written with primes, a layer (\\ell+1), indices below",
            )
        exponent = self.read(parsed(self.text, tokens, "sum"), inside and base == Name("e"))
        if base == Name("e"):
            return Call("exp", (exponent,), span=base.span)
        raised = Power(base, exponent, span=base.span)
        check_exponent(raised)
        return raised


def _unbraced(factor: Tree) -> Tree:
    r"""The factor that TeX's own braces enclose alone, {\sigma'}(z): they are not seen, and group nothing."""
    while len(factor.children) == 1 and factor.children[0].data == "group":
        group = factor.children[0]
        total = group.children[1]
        if group.children[0].type != "LBRACE" or total.data != "sum" or len(total.children) != 1:
            break
        product = total.children[0]
        if product.data != "product" or len(product.children) != 1 or product.children[0].data != "factor":
            break
        factor = product.children[0]
    return factor


def _is_minus_one(raw: tuple[Raw, ...]) -> bool:
    return [token.value for token in flattened(raw)] in (["-", "1"], ["−", "1"])
