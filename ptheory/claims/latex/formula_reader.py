"""From the tree of a formula to the nodes of the claim syntax: sums, products, factors, averages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction

from lark import Token, Tree

from ptheory.claims.kinds.remainder import ORDER
from ptheory.claims.latex.base_layer import is_exponent
from ptheory.claims.latex.derivatives_of_fields import derived
from ptheory.claims.latex.exponents_of_width import exponent_of_width
from ptheory.claims.latex.gaussian_pairs import check_pair
from ptheory.claims.latex.half_powers import HALF
from ptheory.claims.latex.latex_scripts import (
    Raw,
    Scripts,
    Symbol,
    flattened,
    is_minus_one,
    kernel_below,
    without_braces,
)
from ptheory.claims.latex.latex_tree import parsed
from ptheory.claims.latex.read_latex_applications import application, high_derivative
from ptheory.claims.latex.read_latex_correlators import correlator, is_correlator
from ptheory.claims.latex.read_latex_derivatives import is_operator, is_quotient, operated, quotient
from ptheory.claims.latex.read_latex_determinants import determinant
from ptheory.claims.latex.read_latex_exchanges import exchange
from ptheory.claims.latex.read_latex_factorials import factorial_of, factorial_sign
from ptheory.claims.latex.read_latex_functions import function
from ptheory.claims.latex.read_latex_integrals import integral
from ptheory.claims.latex.read_latex_means import Law, Part, expectation, unit_variable
from ptheory.claims.latex.read_latex_random import is_over_neurons, sum_over_neurons
from ptheory.claims.latex.read_latex_roots import root
from ptheory.claims.latex.read_latex_sums import sum_over_inputs
from ptheory.claims.latex.read_latex_symbols import SymbolTable
from ptheory.claims.latex.written_out import Text
from ptheory.language.claim_names import INVERSE_KERNEL, LAYER, WIDTH
from ptheory.language.constants import check_exponent
from ptheory.language.errors import LanguageError
from ptheory.language.exchanges import Exchange, negated, sum_of
from ptheory.language.expressions import (
    NOWHERE,
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


class FormulaReader:
    """From the tree of a formula to the nodes of the claim syntax; what is wrong points into the LaTeX."""

    def __init__(self, text: Text, table: SymbolTable, has_numbered_layers: bool = False) -> None:
        self.has_numbered_layers = has_numbered_layers
        self.kernel_is_one = False  # at K = 1, where N(0, 1) is the law of the preactivation
        self.text = text
        self.table = table
        self.vocabulary = table.vocabulary
        self.without_law: list[Token] = []  # expectation signs that do not say what they are over
        self.halves: dict[Span, Token] = {}  # where half of a name stands, and of which
        self.law: Law | None = None  # of the average being read
        self.layers_of_roots: list[int | None] = []  # of K in sqrt(K) u, u of unit variance
        self._slash_divides_all = False

    def span(self, tree: Tree) -> Span:
        """Where the tree stands in the file."""
        tokens = [t for t in flattened([tree])]
        return self.text.span(tokens[0].start_pos or 0, tokens[-1].end_pos or 0)

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
        terms: list[Expression | Exchange] = [first := self.read(node.children[0], inside)]
        for sign, term in zip(node.children[1::2], node.children[2::2], strict=True):
            is_exchange = term.data == "exchanged"
            value = exchange(self.text, term.children[0]) if is_exchange else self.read(term, inside)
            terms.append(negated(value, value.span) if sign.type == "MINUS" else value)
        return first if len(terms) == 1 else sum_of(terms, self.span(node))

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
                    value = (derived if inside else operated)(self, factor, parts[k + 1 :], span)
                elif factor.children[0].data == "integral":
                    value = integral(self, factor, parts[k + 1 :], span)
                else:
                    value = self._sum_sign(factor, parts[k + 1 :], inside, span)
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
            applied = application(self, tree, following[1] if following else None, inside)
            if applied is not None:
                index += 1
                value = applied
            else:
                value = self.factor(tree, inside)
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

    def _sum_sign(self, sign: Tree, parts: Sequence[Part], inside: bool, span: Span) -> Expression:
        over_neurons = is_over_neurons(self, sign)
        return (sum_over_neurons if over_neurons else sum_over_inputs)(self, sign, parts, inside, span)

    def is_application(self, parts: Sequence[Part], inside: bool = False) -> bool:
        r"""Whether two factors are one thing, \chi_\perp(K); ``inside`` an average, \sigma(z)."""
        (_, first), (how, second) = parts
        return how == "beside" and application(self, first, second, inside) is not None

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
        if (
            following is None
            or atom.data != "call"
            or atom.children[-1].data not in ("bare", "number", "mean_argument")
        ):
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

    def is_kernel(self, argument: Expression) -> bool:
        """K, K^{(l)}, K^{(l+1)} without samples."""
        if not isinstance(argument, (Name, Indexed)) or not self.vocabulary.is_kernel(argument.name):
            return False
        return isinstance(argument, Name) or not argument.arguments or argument.arguments == (Name("l"),)

    def known(self, tree: Tree) -> Expression | None:
        """What a symbol with its scripts stands for outside averages; None where it has no meaning."""
        try:
            symbol = Symbol(tree.children[0].children[0], self.table.scripts(tree.children[1:]))
            return self.table.meaning(symbol, self.span(tree), False)
        except LanguageError:
            return None

    # ---- factors ----------------------------------------------------------------------------------------------

    def factor(self, tree: Tree, inside: bool) -> Expression:
        """One atom with what hangs on it. LanguageError where it has no meaning, or several."""
        atom, hanging = tree.children[0], [part for part in tree.children[1:] if part.data != "factorial"]
        scripts = self.table.scripts(hanging)
        for script in hanging:
            if is_exponent(atom, script):
                scripts = replace(scripts, layer=None, power=tuple(script.children[2:-1]))
        span = self.span(tree)
        first = flattened([atom])[0]
        if inside and atom.data == "symbol" and self.vocabulary.is_activation(first.value):
            scripts = high_derivative(self, first, scripts)
        if atom.data == "symbol":
            value = self._symbol(Symbol(first, scripts), span, inside)
            is_delta = isinstance(value, Number)
            if is_delta or isinstance(value, SumOver) or (isinstance(value, Indexed) and value.name == INVERSE_KERNEL):
                return value  # its superscript is its indices
        elif atom.data == "mean":
            value = self._mean(atom, scripts, span)
        elif is_correlator(self, tree):
            self.only_a_power(replace(scripts, is_connected=False), first)
            value = correlator(self, tree, span)
        elif atom.data == "expected":
            self.only_a_power(scripts, first)
            value = expectation(self, atom, span)
        elif is_quotient(tree):
            self.only_a_power(scripts, first)
            value = quotient(self, tree, span)
        else:
            self.only_a_power(scripts, first)
            value = self.plain(atom, span, inside)
        if (sign := factorial_sign(tree)) is not None:
            value = factorial_of(self, sign, value)
        return value if scripts.power is None else self.raised(value, scripts.power, first, inside)

    def _symbol(self, symbol: Symbol, span: Span, inside: bool) -> Expression:
        law = self.law
        if inside and law is not None and law.pair is not None:
            unit = law.pair.unit(symbol.token, symbol.scripts)
            if unit is not None:
                return replace(unit, span=span)
            if symbol.token.value in self.vocabulary.fields:
                raise self.text.error("which of the two variables is this?", symbol.token, help="write its number")
        if inside and law is not None and law.is_unit and self._is_variable(symbol.token.value, law):
            if symbol.scripts.below is not None or symbol.scripts.primes:
                raise self.text.error(
                    "one variable of unit variance", symbol.token, help="write \\langle ... \\rangle_K"
                )
            return unit_variable(self.vocabulary.fields[0], self._kernel_name, span)
        if inside and law is not None and law.is_unit and self.vocabulary.is_activation(symbol.token.value):
            raise self.text.error(
                "an activation of which variable? This average is over one of variance one",
                symbol.token,
                help=r"write \sigma(\sqrt{K}z), or an average over z\sim\mathcal{N}(0,K)",
            )
        if (
            symbol.token.value == "e"
            and symbol.scripts == Scripts(power=symbol.scripts.power, at=symbol.scripts.at)
            and symbol.scripts.power is not None
            and "e" not in self.vocabulary.hyperparameters
        ):
            return Name("e", span=span)
        value = self.table.meaning(replace(symbol, scripts=replace(symbol.scripts, is_half=False)), span, inside)
        if symbol.scripts.is_half:
            self.halves[span] = symbol.scripts.at or symbol.token
            return Power(value, HALF, span=span)
        inverse = symbol.scripts.power is not None and is_minus_one(symbol.scripts.power)
        is_matrix = isinstance(value, (Name, Indexed)) and self.vocabulary.tensor(value.name) is not None
        if inverse and is_matrix and not self.vocabulary.one_input:
            raise self.text.error(
                "the reciprocal of one entry, or an entry of the inverse matrix?",
                symbol.token,
                help="write \\frac{1}{...} for the reciprocal; the plain syntax has Kinv[1,2] for the inverse",
            )
        return value

    @property
    def unit(self) -> Expression:
        """The variable of unit variance, z/sqrt(K)."""
        return unit_variable(self.vocabulary.fields[0], self._kernel_name, NOWHERE)

    @property
    def _kernel_name(self) -> str:
        return next(name for name in self.vocabulary.tensor_names if self.vocabulary.is_kernel(name))

    def _is_variable(self, name: str, law: Law) -> bool:
        return name in law.variables if law.variables else name in self.vocabulary.fields

    def check_same_variable(self, symbol: Symbol) -> None:
        """LanguageError where a preactivation has other labels than the law of the average gives it."""
        labels = (symbol.scripts.below or (), symbol.scripts.layer)
        wanted = ((), None) if self.law is None else (self.law.neuron, self.law.at)
        if symbol.scripts != Scripts(below=symbol.scripts.below, layer=symbol.scripts.layer, at=symbol.scripts.at) or (
            [t.value for t in without_braces(labels[0])] != [t.value for t in wanted[0]] or labels[1] != wanted[1]
        ):
            raise self.text.error(
                "is this the variable that the average is over?",
                symbol.token,
                help="write its labels as the law of the average has them; averages are over one neuron",
            )

    @contextmanager
    def over(self, law: Law) -> Iterator[None]:
        """Within: preactivations are called as the law says, and have its variance."""
        before = self.law, self.table.variables, self.layers_of_roots
        self.law, self.layers_of_roots = law, []
        own = all(name in self.vocabulary.fields for name in law.variables)
        self.table.variables = () if own else law.variables
        try:
            yield
        finally:
            self.law, self.table.variables, self.layers_of_roots = before

    def mean(self, read: Callable[[], Expression], law: Law, span: Span) -> Expression:
        """The average of what is read, at the kernel of the law."""
        with self.over(law):
            body = read()
            layers = set(self.layers_of_roots)
        if len(layers) > 1:
            raise LanguageError("kernels of several layers in one average", span, help="write one of them")
        if law.pair is not None:
            check_pair(self, law.pair, body, span)
        layer = layers.pop() if layers else law.layer
        if law.pair is not None and law.pair.has_layer:
            layer = 0
        self.table.check_offset("this average", layer, span)
        if layer and self.unit in walk(body):  # it would be normalised by the kernel of this layer
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
            return self.plain(node, self.span(node), True)
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
                    help=r"write \mathbb{E}[z_i^2] over the parameters; \langle ... \rangle_K at the kernel",
                )

    def _mean(self, atom: Tree, scripts: Scripts, span: Span) -> Expression:
        if scripts.primes or scripts.order is not None:
            raise self.text.error("only a power or the kernel K can follow here", scripts.at)
        kernel = kernel_below(scripts.below or ())
        if scripts.below is not None and not self.table.names_the_kernel(kernel.name):
            raise self.text.error(
                "an expectation is at the leading kernel K",
                scripts.at,
                help="write \\rangle_K or \\rangle_{K^{(\\ell)}}",
            )
        if kernel.layer is not None and scripts.layer is not None:
            raise self.text.error("a layer above and a layer below", scripts.at, help="write the layer once")
        layer = scripts.layer if kernel.layer is None else kernel.layer
        self.table.check_layer("this average", replace(scripts, layer=layer))
        if _is_one_average(atom.children[1]):
            help = r"write \mathbb{E}[...]_{\mathrm{c}} for the connected part"
            raise self.text.error("an average of an average, or a connected part?", flattened([atom])[0], help=help)
        with self.over(Law()):
            return Bracket(self.read(atom.children[1], True), self.table.layer(layer), span=span)

    def only_a_power(self, scripts: Scripts, token: Token) -> None:
        """LanguageError where anything but a power hangs on an atom."""
        labels = (scripts.below, scripts.layer, scripts.order)
        if scripts.primes or scripts.is_connected or any(label is not None for label in labels):
            help = r"labels stand at symbols; a connected part is \mathbb{E}[...]_{\mathrm{c}}, without a law"
            raise self.text.error("only a power can follow here", scripts.at or token, help=help)

    def plain(self, atom: Tree, span: Span, inside: bool) -> Expression:
        """An atom, what hangs on it left aside. LanguageError where it has no meaning."""
        parts = [child for child in atom.children if isinstance(child, Tree)]
        if atom.data == "number":
            return Number(Fraction(atom.children[0].value.rstrip(".")), span=span)
        if atom.data == "fraction":
            return Divide(self.read(parts[0], inside), self.read(parts[1], inside), span=span)
        if atom.data == "root":
            return root(self, atom, span, inside)
        if atom.data == "determinant":
            return determinant(self, atom, span)
        if atom.data == "call":
            return function(self, atom, span, inside)
        if atom.data == "extreme":
            return Call(atom.children[0].value, tuple(self.read(part, inside) for part in parts), span=span)
        if atom.data == "order":
            return Call(ORDER, (self.read(parts[0], inside),), span=span)
        if atom.data == "measure":
            raise self.text.error("a measure without an integral", atom.children[0], help="write \\int before it")
        return replace(self.read(parts[0], inside), span=span)

    def raised(self, base: Expression, power: tuple[Raw, ...], token: Token, inside: bool = False) -> Expression:
        """The power of what stands before it. LanguageError at a superscript that is none."""
        tokens = flattened(power)
        is_tensor = isinstance(base, (Name, Indexed)) and self.vocabulary.tensor(base.name) is not None
        if is_tensor and [t.value for t in without_braces(power)] in (["0"], ["1"]):
            raise self.text.error(
                "a layer or a power?", tokens[0], help="write (1) for a layer; powers 0 and 1 are left out"
            )
        symbols = {token.value for token in tokens if token.type == "SYMBOL"}
        named = base != Name("e") and bool(symbols)
        if base == Name(WIDTH) and symbols:
            of_width = exponent_of_width(without_braces(power), self.vocabulary.names_in_powers)
            if of_width is not None:
                return Power(base, of_width, span=base.span)
        if symbols == {LAYER} and not isinstance(base, (Name, Indexed, Bracket)) and not inside:
            return Power(base, self.read(parsed(self.text, tokens, "sum"), False), span=base.span)
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


def _is_one_average(body: Tree) -> bool:
    r"""\langle ... \rangle alone, as inside \langle\langle ... \rangle\rangle."""
    node = body
    while len(node.children) == 1 and node.data in ("sum", "product", "factor"):
        node = node.children[0]
    return bool(node.data == "mean")


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
