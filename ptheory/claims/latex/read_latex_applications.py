r"""A symbol before a parenthesis: \sigma(z_1) is a function of z_1, \chi_\perp(K) is chi_perp, others are factors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from lark import Token, Tree

from ptheory.claims.latex.gaussian_pairs import preactivation
from ptheory.claims.latex.input_slots import INPUT_LETTERS
from ptheory.claims.latex.latex_scripts import Scripts, Symbol, flattened, without_braces
from ptheory.claims.latex.read_latex_means import layer_of_kernel, under_root_times_unit
from ptheory.claims.latex.read_latex_random import check_no_activation, field
from ptheory.language.claim_names import SUSCEPTIBILITIES
from ptheory.language.constants import layer_index
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
    walk,
)

if TYPE_CHECKING:
    from ptheory.claims.latex.formula_reader import FormulaReader


MOST_DERIVATIVES = 12
MOST_PRIMES = 3  # sigma''', but sigma^{(4)}


def application(reader: FormulaReader, tree: Tree, following: Tree | None, inside: bool) -> Expression | None:
    r"""\sigma(z_1) as a function of z_1; \chi_\perp(K) as chi_perp. Other symbols before a ( are factors."""
    if following is None or tree.children[0].data != "symbol" or following.children[0].data != "group":
        return None
    if following.children[0].children[0].type != "LPAR":
        return None
    token, scripts = tree.children[0].children[0], reader.table.scripts(tree.children[1:])
    if inside and (at_input := _preactivation_at(reader, Symbol(token, scripts), following)) is not None:
        return at_input
    check_no_activation(reader.table, token)
    argument = reader.read(following.children[0].children[1], inside)
    if inside and reader.vocabulary.is_activation(token.value):
        argument = _preactivation_of(reader, argument, token)
        return _activation_of(reader, Symbol(token, scripts), argument, tree, following)
    if scripts.power is None and len(following.children) == 1:
        _check_no_argument(reader, tree, argument, token, inside)
    meaning = None if inside else reader.known(tree)
    if isinstance(meaning, (Name, Indexed)) and meaning.name in (*SUSCEPTIBILITIES, *reader.vocabulary.lets):
        if reader.is_kernel(argument) and len(following.children) == 1 and scripts.power is None:
            return _at_kernel(reader, meaning, argument, token)
        is_let = meaning.name in reader.vocabulary.lets
        if _is_no_argument(reader, argument) or (is_let and isinstance(argument, (Add, Multiply, Divide))):
            return None  # a product: an abbreviation is a number
        raise reader.text.error(
            f"is this {meaning.name} at an argument, or times it?",
            token,
            help=f"{meaning.name} needs no argument; write \\cdot for a product",
        )
    return None


def _activation_of(
    reader: FormulaReader, symbol: Symbol, argument: Expression, tree: Tree, following: Tree
) -> Expression | None:
    r"""\sigma(z), \sigma^2(z), \sigma^{(4)}(z); None where the parenthesis is a factor."""
    token, scripts = symbol.token, _with_derivatives(reader, symbol.token, symbol.scripts)
    if reader.law is not None and reader.law.is_unit and argument == reader.unit:
        raise reader.text.error(
            "this variable has variance one, and preactivations have the variance K",
            token,
            help=r"write \sigma(\sqrt{K}z), or z\sim\mathcal{N}(0,K); or add `at K = 1` to the claim",
        )
    if _is_primed_alone(argument, reader) and len(following.children) > 1:
        return None
    if _is_preactivation(reader, argument) and scripts.below is None:
        return _applied(reader, token, scripts, argument, tree, following)
    if _is_preactivation(reader, argument) or (
        scripts.power is None and scripts.below is None and not _is_polynomial_with_kernel(reader, argument)
    ):
        raise reader.text.error(
            f"is this {token.value} of what stands in parentheses, or times it?",
            token,
            help="write \\cdot for a product; a function of a larger formula belongs in the plain syntax",
        )
    return None


def _is_no_argument(reader: FormulaReader, argument: Expression) -> bool:
    """1 + <s s''>/<s'^2>: a sum with an average or a susceptibility in it and no kernel outside of them is a factor."""
    if not isinstance(argument, Add):
        return False
    outside = list(_outside_averages(argument))
    named = [node.name for node in outside if isinstance(node, (Name, Indexed))]
    has_average = any(isinstance(node, Bracket) for node in outside) or any(n in SUSCEPTIBILITIES for n in named)
    return has_average and not any(reader.vocabulary.is_kernel(name) for name in named)


def _outside_averages(node: Expression) -> Iterator[Expression]:
    yield node
    if not isinstance(node, Bracket):
        for child in children(node):
            yield from _outside_averages(child)


def _with_derivatives(reader: FormulaReader, token: Token, scripts: Scripts) -> Scripts:
    r"""f^{(4)} before an argument is the fourth derivative; refused beside layers with numbers."""
    match without_braces(scripts.power or ()):
        case [Token(type="LPAR"), Token(type="NUMBER") as number, Token(type="RPAR")] if number.value.isdigit():
            if scripts.primes:
                raise reader.text.error("primes and a number of derivatives", token, help="write one of them")
            if reader.has_numbered_layers or int(number.value) > MOST_DERIVATIVES:
                raise reader.text.error("a layer or a derivative?", number, help="write primes for derivatives")
            return replace(scripts, primes=int(number.value), power=None)
    return scripts


def high_derivative(reader: FormulaReader, token: Token, scripts: Scripts) -> Scripts:
    r"""\sigma^{(4)} beside other factors is the fourth derivative; up to the third they are written with primes."""
    match without_braces(scripts.power or ()):
        case [Token(type="LPAR"), Token(type="NUMBER") as number, Token(type="RPAR")] if number.value.isdigit():
            if int(number.value) > MOST_PRIMES:
                return _with_derivatives(reader, token, scripts)
    return scripts


def _is_primed_alone(argument: Expression, reader: FormulaReader) -> bool:
    r"""\sigma' alone in parentheses, as in \sigma (\sigma')^2: a derivative without an argument is none of another."""
    if not isinstance(argument, Indexed) or not argument.primes:
        return False
    return any(map(reader.vocabulary.is_activation, (argument.name, argument.name.rstrip("0123456789"))))


def _preactivation_at(reader: FormulaReader, symbol: Symbol, following: Tree) -> Expression | None:
    r"""z(x), f(x'), z_i^{(\ell)}(x_\alpha): a preactivation at an input; None for anything else in parentheses."""
    group = following.children[0]
    raw = without_braces(flattened([group])[1:-1])
    is_input = bool(raw) and raw[0].type == "SYMBOL" and raw[0].value in INPUT_LETTERS
    if not is_input or not all(token.type in ("SYMBOL", "PRIME", "SUB", "NUMBER") for token in raw):
        return None
    if reader.table.neurons.is_inside and symbol.token.value in reader.vocabulary.fields:
        value = field(reader.table, symbol, reader.span(group), tuple(raw))
        return _raised(reader, value, following, symbol.token)
    law = reader.law
    named = law.variables if law is not None and law.variables else reader.vocabulary.fields
    if symbol.token.value not in named or raw[0].value in named or len(named) > 1 or (law is not None and law.is_unit):
        return None
    reader.check_same_variable(symbol)
    bare = Symbol(symbol.token, Scripts(below=tuple(raw), at=symbol.scripts.at))
    value = reader.table.meaning(bare, reader.span(group), True)
    return _raised(reader, value, following, symbol.token)


def _raised(reader: FormulaReader, value: Expression, argument: Tree, at: Token) -> Expression:
    """With the power behind the parentheses."""
    outer = reader.table.scripts(argument.children[1:])
    reader.only_a_power(outer, at)
    return value if outer.power is None else reader.raised(value, outer.power, at)


def _check_no_argument(reader: FormulaReader, tree: Tree, argument: Expression, token: Token, inside: bool) -> None:
    r"""K(0), V(K), \Theta(z): a number is at no argument, and nobody multiplies by these in parentheses."""
    looks_like_one = argument == Number(Fraction(0)) or reader.is_kernel(argument)
    if not looks_like_one and not (inside and _is_preactivation(reader, argument)):
        return
    meaning = reader.known(tree)
    if isinstance(meaning, (Name, Indexed)) and meaning.name not in (*SUSCEPTIBILITIES, *reader.vocabulary.lets):
        raise reader.text.error(
            f"is this {meaning.name} at an argument, or times it?", token, help="write \\cdot for a product"
        )


def _preactivation_of(reader: FormulaReader, argument: Expression, at: Token) -> Expression:
    """sqrt(K) u of a variable u of unit variance is the preactivation; the layer of K is that of the average."""
    if reader.law is not None and reader.law.pair is not None:
        return preactivation(reader, reader.law.pair, argument, at, argument.span)
    found = under_root_times_unit(argument) if reader.law is not None and reader.law.is_unit else None
    if found is None or not reader.is_kernel(found[0]):
        return argument
    reader.layers_of_roots.append(layer_of_kernel(found[0]))
    return found[1]


def _is_polynomial_with_kernel(reader: FormulaReader, argument: Expression) -> bool:
    """z^2 - K, z1 z2 - K12: nothing an activation is applied to, so it is a factor beside one."""
    if not isinstance(argument, Add):
        return False
    nodes = list(walk(argument))
    is_plain = not any(isinstance(node, (Call, Bracket)) for node in nodes)
    has_kernel = any(isinstance(n, (Name, Indexed)) and reader.vocabulary.is_kernel(n.name) for n in nodes)
    return is_plain and has_kernel and any(_degree(reader, term) > 1 for term in argument.terms)


def _degree(reader: FormulaReader, term: Expression) -> int:
    """In preactivations, of a product of powers."""
    match term:
        case Negate(operand):
            return _degree(reader, operand)
        case Multiply(factors):
            return sum(_degree(reader, factor) for factor in factors)
        case Power(base, Number(exponent)) if exponent.denominator == 1:
            return _degree(reader, base) * int(exponent)
    return int(_is_preactivation(reader, term))


def _at_kernel(reader: FormulaReader, meaning: Name | Indexed, argument: Expression, token: Token) -> Expression:
    """chi_perp(K) says nothing new but its layer."""
    if isinstance(argument, Name):
        return meaning
    assert isinstance(argument, Indexed)
    if isinstance(meaning, Indexed):
        raise reader.text.error("a layer here and a layer at the kernel", token, help="write the layer once")
    return Indexed(meaning.name, (layer_index(argument.primes),), span=meaning.span)


def _is_preactivation(reader: FormulaReader, argument: Expression) -> bool:
    """z, z1, z_a."""
    if not isinstance(argument, Name):
        return False
    stem, _, sample = argument.name.partition("_")
    if sample and reader.table.inputs.is_sample(sample):
        return stem in reader.vocabulary.fields
    return argument.name.rstrip("0123456789_") in reader.vocabulary.fields


def _applied(
    reader: FormulaReader, token: Token, scripts: Scripts, argument: Expression, tree: Tree, following: Tree
) -> Expression:
    if scripts.layer is not None or scripts.order is not None:
        raise reader.text.error("a derivative is written with primes", token)
    value: Expression = Call(token.value, (argument,), scripts.primes, span=reader.span(tree))
    outer = reader.table.scripts(following.children[1:])
    if scripts.power is not None and outer.power is not None:
        raise reader.text.error("two powers of one function", token)
    reader.only_a_power(outer, token)
    power = scripts.power or outer.power
    return value if power is None else reader.raised(value, power, token)
