r"""Expectation signs of papers: \mathbb{E}_{z\sim\mathcal{N}(0,K)}[...], \mathrm{Var}, \mathrm{Cov}, integrals.

All of them are <...> at the leading kernel of a layer, with what stands before it. A variable of unit variance is
z/sqrt(K), so that \sigma(\sqrt{K}z) is the activation at the preactivation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from lark import Token, Tree

from ptheory.algebra.refusal import Refusal
from ptheory.claims.latex.read_latex_symbols import NEURON_LETTERS, flattened, index_name, kernel_below
from ptheory.claims.reading.read_claim import ClaimReader, Place
from ptheory.language.claim_names import SUSCEPTIBILITIES
from ptheory.language.constants import layer_offset
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import (
    Add,
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

if TYPE_CHECKING:
    from ptheory.claims.latex.read_latex import FormulaReader

Part: TypeAlias = tuple[str, Tree]
"""A factor of a product and how it stands there: beside, times, over."""

MOST_INDICES = 20
MEASURE = "D"
_ONE, _TWO = Number(Fraction(1)), Number(Fraction(2))
_WRITE_A_MEASURE = r"write dz, or \mathcal{D}z for a z of unit variance; or \langle ... \rangle_K for the average"
_WRITE_A_LAW = r"write \mathbb{E}_{z\sim\mathcal{N}(0,K)}[...], or \langle ... \rangle_K"


@dataclass(frozen=True)
class Law:
    """What an expectation is over: ``variables`` as they are called, one, or those at inputs 1, 2, ...

    ``layer``: of the kernel, counted from the recursion's; ``is_unit``: of variance one; ``says_kernel``: whether the
    law is written at all.
    """

    variables: tuple[str, ...] = ()
    layer: int | None = None
    is_unit: bool = False
    says_kernel: bool = False


def expectation(reader: FormulaReader, atom: Tree, span: Span) -> Expression:
    r"""\mathbb{E}, \mathrm{Var}, \mathrm{Cov} with what stands below and in brackets."""
    sign = atom.children[0]
    scripts = [c for c in atom.children[1:] if isinstance(c, Tree) and c.data in ("subscript", "superscript", "prime")]
    bodies = [c for c in atom.children[1:] if isinstance(c, Tree) and c not in scripts]
    law = _law_below(reader, sign, scripts)
    if len(bodies) != (2 if sign.value == "Cov" else 1):
        what = "two formulas" if sign.value == "Cov" else "one formula"
        help = r"write \mathbb{E}[\sigma_1\sigma_2], \mathrm{Var}[\sigma], \mathrm{Cov}[\sigma_1, \sigma_2]"
        raise reader.text.error(f"{sign.value} is of {what}", sign, help=help)
    if not law.says_kernel:
        reader.without_law.append(sign)

    def mean(*factors: Tree) -> Expression:
        def product() -> Expression:
            read = tuple(reader.read(factor, True) for factor in factors)
            return read[0] if len(read) == 1 else Multiply(read, span=span)

        return reader.mean(product, law, span)

    if sign.value == "E":
        return mean(bodies[0])
    first, second = bodies[0], bodies[-1]
    return Add((mean(first, second), Negate(Multiply((mean(first), mean(second)), span=span))), span=span)


def _law_below(reader: FormulaReader, sign: Token, scripts: Sequence[Tree]) -> Law:
    if not scripts:
        return Law()
    if len(scripts) > 1 or scripts[0].data != "subscript":
        raise reader.text.error(f"only what {sign.value} is over can stand here", sign, help=_WRITE_A_LAW)
    raw = tuple(scripts[0].children[2:-1])
    tokens = [t for t in flattened(raw) if t.type not in ("LBRACE", "RBRACE")]
    kernel = kernel_below(raw)
    if kernel.name is not None and reader.names_the_kernel(kernel.name):
        return Law(layer=reader.table.layer(kernel.layer), says_kernel=True)
    kinds = [t.type for t in tokens]
    if "SIM" in kinds:
        place = kinds.index("SIM")
        return _normal(reader, tokens[place + 1 :], _variables(reader, tokens[:place]), tokens[place])
    if kinds[:1] == ["NORMAL"]:
        return _normal(reader, tokens, (), tokens[0])
    return Law(_variables(reader, tokens))


def _variables(reader: FormulaReader, tokens: Sequence[Token]) -> tuple[str, ...]:
    r"""z, u, (u,v): one letter for the preactivation, or one for that at each of the inputs 1, 2, ..."""
    if tokens and (tokens[0].type, tokens[-1].type) == ("LPAR", "RPAR"):
        tokens = tokens[1:-1]
    items: list[list[Token]] = [[]]
    for token in tokens:
        if token.type == "COMMA":
            items.append([])
        else:
            items[-1].append(token)
    fields = reader.vocabulary.fields
    if all([t.type for t in item] == ["SYMBOL", "SUB", "NUMBER"] and item[0].value in fields for item in items):
        return ()  # z_1, z_2 by their own names
    names = tuple(_variable(reader, item, tokens) for item in items)
    if len(set(names)) < len(names) or (len(names) > 1 and any(name in fields for name in names)):
        raise reader.text.error("what is this average over?", tokens[0], help=_WRITE_A_LAW)
    return names


def _variable(reader: FormulaReader, item: Sequence[Token], tokens: Sequence[Token]) -> str:
    """One letter that has no other meaning; a susceptibility of that name has none inside an average."""
    if len(item) == 1 and item[0].type == "SYMBOL":
        name = str(item[0].value)
        if name in reader.vocabulary.fields:
            return name
        if name in (parameter.name for parameter in reader.vocabulary.system.model.architecture.parameters):
            raise reader.text.error("an average over the parameters", item[0], help=_WRITE_A_LAW)
        is_free = name in SUSCEPTIBILITIES or not reader.table.is_known(name)
        if len(reader.vocabulary.fields) == 1 and is_free:
            return name
    place = next(iter((*item, *tokens)), None)
    raise reader.text.error("what is this average over?", place, help=_WRITE_A_LAW)


def _normal(reader: FormulaReader, tokens: Sequence[Token], variables: tuple[str, ...], at: Token) -> Law:
    r"""\mathcal{N}(0, K^{(\ell)}), N(0,K), \mathcal{N}(0,1): mean zero, the kernel or one for a variance."""
    kinds = [t.type for t in tokens]
    is_named = kinds[:1] == ["NORMAL"] or (tokens and tokens[0].value == "N")
    inside = list(tokens[2:-1])
    if not is_named or kinds[1:2] != ["LPAR"] or kinds[-1] != "RPAR" or [t.type for t in inside[1:2]] != ["COMMA"]:
        raise reader.text.error("this is no normal law", at, help=r"write z\sim\mathcal{N}(0,K)")
    if inside[0].value != "0":
        raise reader.text.error("a mean that is not zero", inside[0], help=r"preactivations have mean zero")
    variance = inside[2:]
    if [t.value for t in variance] == ["1"]:
        return Law(variables, is_unit=True, says_kernel=True)
    kernel = kernel_below(variance)
    if kernel.name is None or not reader.names_the_kernel(kernel.name):
        raise reader.text.error("this variance is not the kernel", variance[0] if variance else at, help=_WRITE_A_LAW)
    return Law(variables, reader.table.layer(kernel.layer), says_kernel=True)


# ---- integrals ------------------------------------------------------------------------------------------------------


def integral(reader: FormulaReader, sign: Tree, parts: Sequence[Part], span: Span) -> Expression:
    r"""\int dz e^{-z^2/(2K)} F = sqrt(2 pi K) <F>_K; \int \mathcal{D}z F = <F> over a z of unit variance."""
    token = sign.children[0].children[0]
    _check_limits(reader, sign, token)
    rest = list(parts)
    variable, is_unit, below = _measure(reader, rest, token)
    before: list[Expression] = []
    kernel: Expression | None = None
    if not is_unit:
        weight, kernel = _weight(reader, rest, variable, token)
        del rest[weight]
        variance = (_TWO, Name("pi")) if kernel is None else (_TWO, Name("pi"), kernel)
        before = [Call("sqrt", (Multiply(variance),))]
    if below is not None:
        before = [] if before == [below] else [*before, Divide(_ONE, below)]
    if rest and rest[0][0] == "over":
        raise reader.text.error("what is divided here?", token, help=r"write \frac{...}{...}")
    law = Law((variable,), layer_of(kernel), is_unit=kernel is None, says_kernel=True)
    mean = reader.mean(lambda: reader.read_parts(rest), law, span)
    return Multiply((*before, mean), span=span) if before else mean


def _check_limits(reader: FormulaReader, sign: Tree, token: Token) -> None:
    """Over the whole line, written or not."""
    for script in sign.children[1:]:
        kinds = [t.type for t in flattened(script.children[2:-1])] if script.data != "prime" else ["PRIME"]
        allowed = (["MINUS", "INFINITY"],) if script.data == "subscript" else (["INFINITY"], ["PLUS", "INFINITY"])
        if kinds not in allowed:
            raise reader.text.error("an integral over a part of the line", token, help=_WRITE_A_LAW)


def _measure(reader: FormulaReader, rest: list[Part], token: Token) -> tuple[str, bool, Expression | None]:
    r"""(the variable, whether the measure is Gaussian of variance one, what dz stands over); taken out of ``rest``."""
    unwritten = all(not _is_letter(f, "d") and f.children[0].data not in ("measure", "fraction") for _, f in rest)
    for k, (_, factor) in enumerate(rest):
        kind = factor.children[0].data
        is_unit = kind == "measure" or (unwritten and _is_letter(factor, MEASURE))  # Dz, as some write it
        if is_unit or _is_letter(factor, "d"):
            if k + 1 == len(rest):
                break
            letters = flattened([rest[k + 1][1]])
            name = _variable(reader, letters, letters)
            del rest[k : k + 2]
            return name, is_unit, None
        if kind == "fraction" and len(factor.children) == 1:
            above, below = (c for c in factor.children[0].children if isinstance(c, Tree))
            sign, *letters = flattened([above])
            if len(letters) == 1 and sign == "d":
                del rest[k]
                return _variable(reader, letters, letters), False, reader.read(below, False)
    raise reader.text.error("an integral over what?", token, help=_WRITE_A_MEASURE)


def _is_letter(factor: Tree, letter: str) -> bool:
    atom = factor.children[0]
    return bool(atom.data == "symbol" and len(factor.children) == 1 and atom.children[0] == letter)


def _weight(reader: FormulaReader, rest: Sequence[Part], variable: str, token: Token) -> tuple[int, Expression | None]:
    """(which factor is the Gaussian weight, the kernel in it; None for a variance of one)."""
    for k, (how, factor) in enumerate(rest):
        exponent = _exponent(factor)
        if exponent is None or how == "over":
            continue
        with reader.over(Law((variable,), says_kernel=True)):
            read = reader.read_exponent(exponent)
        kernels = {node for node in walk(read) if isinstance(node, (Name, Indexed)) and reader.is_kernel(node)}
        kernel = next(iter(kernels), None)
        if len(kernels) < 2 and _is_gaussian(reader, read, kernel):
            return k, kernel
    raise reader.text.error("this integral has no Gaussian weight", token, help=r"write e^{-z^2/(2K)}, or \mathcal{D}z")


def _exponent(factor: Tree) -> Tree | None:
    r"""What stands above e, or in \exp(...)."""
    atom = factor.children[0]
    if atom.data == "call" and atom.children[0] == "exp" and len(factor.children) == 1 and len(atom.children) == 2:
        return atom.children[1] if isinstance(atom.children[1], Tree) else None
    if atom.data == "symbol" and atom.children[0] == "e" and len(factor.children) == 2:
        script = factor.children[1]
        return script if script.data == "superscript" else None
    return None


def _is_gaussian(reader: FormulaReader, exponent: Expression, kernel: Expression | None) -> bool:
    """Whether the exponent is -z^2/(2K), as rational functions."""
    z = Name(reader.vocabulary.fields[0])
    below = _TWO if kernel is None else Multiply((_TWO, kernel))
    difference = Add((exponent, Divide(Power(z, _TWO), below)))
    try:
        return not ClaimReader(reader.vocabulary).read(difference, Place(inside=True))
    except (LanguageError, Refusal):
        return False


def layer_of(kernel: Expression | None) -> int | None:
    r"""The layer relative to the recursion's own, where one is written: K^{(\ell+1)}, K'."""
    if not isinstance(kernel, Indexed):
        return None
    return layer_offset(kernel.arguments[0]) if kernel.arguments else kernel.primes


# ---- variables of unit variance -------------------------------------------------------------------------------------


def unit_variable(name: str, kernel: str, span: Span) -> Expression:
    """z/sqrt(K), the variable of unit variance, in terms of the preactivation."""
    return Divide(Name(name, span=span), Call("sqrt", (Name(kernel, span=span),), span=span), span=span)


def under_root_times_unit(argument: Expression) -> tuple[Expression, Expression] | None:
    """(K, z) where the argument is sqrt(K) u, u the variable of unit variance; None for anything else."""
    if isinstance(argument, Multiply) and len(argument.factors) == 2:
        for root, variable in (argument.factors, argument.factors[::-1]):
            if isinstance(root, Call) and root.function == "sqrt" and isinstance(variable, Divide):
                return root.arguments[0], variable.numerator
    return None


# ---- sums over inputs -----------------------------------------------------------------------------------------------


def sum_over_inputs(reader: FormulaReader, sign: Tree, parts: Sequence[Part], inside: bool, span: Span) -> Expression:
    r"""\sum_{\beta_1,\beta_2\in\mathcal{D}} of all that follows in its product."""
    token = sign.children[0].children[0]
    if len(sign.children) != 2 or sign.children[1].data != "subscript" or not parts or parts[0][0] == "over":
        raise reader.text.error("a sum over what?", token, help=r"write \sum_{\beta_1,\beta_2}, a sum over the inputs")
    tokens = [t for t in flattened(sign.children[1].children[2:-1]) if t.type not in ("LBRACE", "RBRACE")]
    kinds = [t.type for t in tokens]
    if "IN" in kinds:
        if kinds[kinds.index("IN") + 1 :] != ["MEASURE"]:
            raise reader.text.error(
                "a sum over which inputs?", tokens[-1], help=r"\mathcal{D} is the set of all inputs"
            )
        tokens = tokens[: kinds.index("IN")]
    indices = _indices(reader, tokens, token)
    with reader.table.summed(indices):
        body = reader.read_parts([("beside", parts[0][1]), *parts[1:]], inside)
    for index in indices:
        if index not in reader.table.summed_that_stand:
            help = "a sum over an index that nothing depends on multiplies by the number of inputs: write that"
            raise reader.text.error(f"{index} is summed over and does not stand in the sum", token, help=help)
    return SumOver(tuple(indices), body, span=span)


def _between(reader: FormulaReader, found: list[str], around: Sequence[Token], at: Token) -> list[str]:
    r"""The indices that \beta_1,\ldots,\beta_4 leaves out."""
    kinds = [token.type for token in around]
    if kinds == ["NUMBER", "COMMA", "DOTS", "COMMA", "SYMBOL", "SUB", "NUMBER"] and found:
        letter, _, first = found[-1].partition("_")
        last = around[6].value
        if around[4].value == letter and first.isdigit() and last.isdigit() and int(first) < int(last) <= MOST_INDICES:
            return [f"{letter}_{k}" for k in range(int(first) + 1, int(last))]
    raise reader.text.error("which indices do these dots stand for?", at, help=r"write \beta_1,\ldots,\beta_4")


def _indices(reader: FormulaReader, tokens: Sequence[Token], at: Token) -> list[str]:
    r"""The names of \beta_1, \beta_2 or \alpha, \beta."""
    found: list[str] = []
    place = 0
    while place < len(tokens):
        if tokens[place].type == "DOTS":
            found += _between(reader, found, tokens[place - 2 : place + 5], tokens[place])
            place += 2
            continue
        name, used = index_name(tokens[place:])
        if name is None or tokens[place].value in NEURON_LETTERS:
            raise reader.text.error(
                "a sum over what?", tokens[place], help="only inputs are summed over: components carry no neuron index"
            )
        found.append(name)
        place += used
        if place < len(tokens) and tokens[place].type == "COMMA":
            place += 1
    if not found or len(set(found)) < len(found):
        raise reader.text.error("a sum over what?", at, help=r"write \sum_{\beta_1,\beta_2}, a sum over the inputs")
    return found
