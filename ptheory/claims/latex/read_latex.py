r"""Claims pasted as LaTeX: tokens, our own grammar, a declared symbol table; the same tree as a claim in plain syntax.

What was understood can be printed back (``claim_text``). Ambiguity is refused: ``1/2 K``, ``\sigma^{(2)}``,
``K_{12}^{-1}``, a function next to a parenthesis that might be a product.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput, UnexpectedToken
from lark.lexer import Lexer

from ptheory.claims.latex.read_latex_symbols import (
    Raw,
    Scripts,
    Symbol,
    SymbolTable,
    flattened,
    kernel_below,
    layer_of,
    order_of,
)
from ptheory.claims.latex.read_latex_tokens import Text, latex_tokens
from ptheory.claims.reading.claim_text import expression_text
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.language.claim_names import INVERSE_KERNEL, KERNEL_BELOW, SUSCEPTIBILITIES
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
)
from ptheory.language.grammar import grammar_path
from ptheory.language.statements import ClaimStatement, LatexClaimStatement


def read_latex(claim: LatexClaimStatement, vocabulary: Vocabulary) -> ClaimStatement:
    """The claim in plain syntax. LanguageError points into the LaTeX."""
    text = Text(claim)
    tokens = latex_tokens(text)
    tree = _parsed(text, tokens, "equation")
    reader = _FormulaReader(text, SymbolTable(vocabulary, text, _base_layer(text, tree)))
    left, _, right = tree.children
    return ClaimStatement(
        claim.label, reader.read(left, False), reader.read(right, False), claim.scope, span=claim.span
    )


def claim_text(claim: ClaimStatement) -> str:
    """The claim's formula in plain syntax."""
    return f"{expression_text(claim.left)} = {expression_text(claim.right)}"


# ---- parsing ----------------------------------------------------------------------------------------------------


class _Tokens(Lexer):  # type: ignore[misc]
    """Hands the tokens of ``latex_tokens`` to the parser."""

    def __init__(self, lexer_conf: Any) -> None:
        pass

    def lex(self, data: Any) -> Any:
        yield from data


@lru_cache(maxsize=1)
def _tables() -> Lark:
    grammar = grammar_path("latex_formula.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer=_Tokens, start=["equation", "sum"])


def _parsed(text: Text, tokens: list[Token], start: str) -> Tree:
    try:
        return _tables().parse(tokens, start=start)
    except UnexpectedToken as problem:
        token = problem.token
        if token.type == "$END":
            last = tokens[-1] if tokens else None
            raise text.error("the formula ends too early", last, help="a claim is one equation: left = right") from None
        if token.type == "EQUALS":
            raise text.error("a second = sign", token, help="one equation per claim") from None
        raise text.error(f"`{token.value}` is not expected here", token) from None
    except UnexpectedInput:
        raise text.error("this is not a formula", tokens[0] if tokens else None) from None


def _base_layer(text: Text, tree: Tree) -> int:
    """The offset that means "this layer": the lower one of two neighbours, 0 of (ℓ) and (ℓ+1), -1 of (ℓ-1) and (ℓ).

    Refused where it is unclear.
    """
    offsets: dict[int, Token] = {}
    for factor in tree.find_data("factor"):
        for layer, marker in _layers_written(factor):
            offsets.setdefault(layer, marker)
    if not offsets or set(offsets) <= {0, 1}:
        left = tree.children[0]
        if set(offsets) == {0} and isinstance(left, Tree) and _is_one_tensor_of_a_layer(left):
            raise text.error(
                "is (ℓ) on the left the next layer or this one?",
                next(marker for _, marker in _layers_written(_only_factor(left))),
                help="write (\\ell+1) for the next layer and (\\ell) for this one",
            )
        return 0
    if set(offsets) == {-1} or max(offsets) - min(offsets) == 1:
        return min(offsets)
    worst = max(offsets, key=abs)
    raise text.error(
        "more than two layers occur, or one that is neither (ℓ) nor next to it",
        offsets[worst],
        help="write (\\ell+1) on the left, (\\ell) on the right",
    )


def _layers_written(factor: Tree) -> list[tuple[int, Token]]:
    """Layers of X^{(l+k)}, X^{\\{1\\}(l+k)}, X_{(l+k)} and of an expectation's kernel _{K^{(l+k)}}; n_l is a width."""
    atom = factor.children[0]
    found = []
    for script in factor.children[1:]:
        if script.data == "prime":
            continue
        raw = flattened(script.children[2:-1])
        if script.data == "superscript":
            layer = layer_of(raw[3:] if order_of(raw) is not None else raw)
        elif atom.data == "mean":
            layer = kernel_below(raw).layer
        else:
            layer = None if _is_width(atom) else layer_of(raw)
        if layer is not None:
            found.append((layer, script.children[0]))
    return found


def _is_width(atom: Tree) -> bool:
    return bool(atom.data == "symbol" and atom.children[0].value == "n")


def _only_factor(side: Tree) -> Tree:
    return next(side.find_data("factor"))


def _is_one_tensor_of_a_layer(side: Tree) -> bool:
    """V^{(l)} alone: whether it is V or V' depends on what stands opposite. A susceptibility has one layer only."""
    factors = list(side.find_data("factor"))
    if len(factors) != 1 or factors[0].children[0].data != "symbol":
        return False
    susceptibilities = {name.partition("_")[0] for name in SUSCEPTIBILITIES}
    symbol = factors[0].children[0].children[0].value
    return symbol not in susceptibilities and bool(_layers_written(factors[0]))


# ---- building ---------------------------------------------------------------------------------------------------


class _FormulaReader:
    def __init__(self, text: Text, table: SymbolTable) -> None:
        self.text = text
        self.table = table
        self.vocabulary = table.vocabulary

    def span(self, tree: Tree) -> Span:
        tokens = [t for t in flattened([tree])]
        return self.text.span(tokens[0].start_pos or 0, tokens[-1].end_pos or 0)

    def read(self, node: Tree, inside: bool) -> Expression:
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
        """Factors side by side; a slash divides by one factor, and what follows it must say whether it is below."""
        parts: list[tuple[str, Tree]] = [("beside", node.children[0])]
        for tail in node.children[1:]:
            parts.append((tail.data, tail.children[-1]))
        factors: list[Expression] = []
        divided = False
        index = 0
        while index < len(parts):
            how, tree = parts[index]
            index += 1
            following = parts[index] if index < len(parts) and parts[index][0] == "beside" else None
            applied = self._application(tree, following[1] if following else None, inside)
            if applied is not None:
                index += 1
                value = applied
            else:
                value = self._factor(tree, inside)
            if how == "beside" and divided:
                raise self.text.error(
                    "is this factor above or below the fraction line?",
                    flattened([tree])[0],
                    help="write \\frac{...}{...}, or \\cdot between factors",
                )
            divided = how == "over"
            if how == "over":
                factors = [Divide(self._joined(factors), value, span=self.span(node))]
            else:
                factors.append(value)
        return self._joined(factors, self.span(node))

    def _joined(self, factors: list[Expression], span: Span | None = None) -> Expression:
        return factors[0] if len(factors) == 1 else Multiply(tuple(factors), span=span or factors[0].span)

    def _application(self, tree: Tree, following: Tree | None, inside: bool) -> Expression | None:
        r"""\sigma(z_1) as a function of z_1; \chi_\perp(K) as chi_perp. Other symbols before a ( are factors."""
        if following is None or tree.children[0].data != "symbol" or following.children[0].data != "group":
            return None
        if following.children[0].children[0].type != "LPAR":
            return None
        token, scripts = tree.children[0].children[0], self.table.scripts(tree.children[1:])
        argument = self.read(following.children[0].children[1], inside)
        if inside and self.vocabulary.is_activation(token.value):
            if self._is_preactivation(argument) and scripts.below is None:
                return self._applied(token, scripts, argument, tree, following)
            if self._is_preactivation(argument) or (scripts.power is None and scripts.below is None):
                raise self.text.error(
                    f"is this {token.value} of what stands in parentheses, or times it?",
                    token,
                    help="write \\cdot for a product; a function of a larger formula belongs in the plain syntax",
                )
            return None
        meaning = None if inside else self._known(tree)
        if isinstance(meaning, (Name, Indexed)) and meaning.name in (*SUSCEPTIBILITIES, *self.vocabulary.lets):
            if self._is_kernel(argument) and len(following.children) == 1 and scripts.power is None:
                return self._at_kernel(meaning, argument, token)
            raise self.text.error(
                f"is this {meaning.name} at an argument, or times it?",
                token,
                help=f"{meaning.name} needs no argument; write \\cdot for a product",
            )
        return None

    def _is_kernel(self, argument: Expression) -> bool:
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
        return isinstance(argument, Name) and argument.name.rstrip("0123456789_") in self.vocabulary.fields

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
            if isinstance(value, Indexed) and value.name == INVERSE_KERNEL:
                return value  # its superscript is its indices
        elif atom.data == "mean":
            value = self._mean(atom, scripts, span)
        else:
            self._only_a_power(scripts, first)
            value = self._plain(atom, span, inside)
        return value if scripts.power is None else self._raised(value, scripts.power, first)

    def _symbol(self, symbol: Symbol, span: Span, inside: bool) -> Expression:
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

    def _mean(self, atom: Tree, scripts: Scripts, span: Span) -> Expression:
        if scripts.primes or scripts.order is not None:
            raise self.text.error("only a power or the kernel K can follow here", scripts.at)
        kernel = kernel_below(scripts.below or ())
        if scripts.below is not None and not self._names_the_kernel(kernel.name):
            raise self.text.error(
                "an expectation is at the leading kernel K",
                scripts.at,
                help="write \\rangle_K or \\rangle_{K^{(\\ell)}}",
            )
        if kernel.layer is not None and scripts.layer is not None:
            raise self.text.error("a layer above and a layer below", scripts.at, help="write the layer once")
        layer = scripts.layer if kernel.layer is None else kernel.layer
        self.table.check_layer("this average", replace(scripts, layer=layer))
        return Bracket(self.read(atom.children[1], True), self.table.layer(layer), span=span)

    def _names_the_kernel(self, name: str | None) -> bool:
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
            return Call(atom.children[0].value, (self._plain(parts[0], span, inside),), span=span)
        return replace(self.read(parts[0], inside), span=span)

    def _raised(self, base: Expression, power: tuple[Raw, ...], token: Token) -> Expression:
        tokens = flattened(power)
        named = base != Name("e") and any(token.type == "SYMBOL" for token in tokens)
        if named or (tokens[0].type == "LPAR" and tokens[-1].type == "RPAR"):
            raise self.text.error(
                "this superscript is neither a power nor a layer",
                tokens[0],
                help="a power is a number; a derivative is written with primes, a layer (\\ell+1), indices below",
            )
        exponent = self.read(_parsed(self.text, tokens, "sum"), False)
        if base == Name("e"):
            return Call("exp", (exponent,), span=base.span)
        raised = Power(base, exponent, span=base.span)
        check_exponent(raised)
        return raised


def _is_minus_one(raw: tuple[Raw, ...]) -> bool:
    return [token.value for token in flattened(raw)] in (["-", "1"], ["−", "1"])
