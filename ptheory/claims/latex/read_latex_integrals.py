r"""Gaussian integrals: \int dz e^{-z^2/(2K)} F, \int \mathcal{D}z F over a z of unit variance."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from lark import Token, Tree

from ptheory.algebra.refusal import Refusal
from ptheory.claims.latex.gaussian_pairs import Pair, labelled_letter
from ptheory.claims.latex.latex_scripts import flattened
from ptheory.claims.latex.read_latex_means import WRITE_A_LAW, Law, Part, layer_of_kernel, variable_named
from ptheory.claims.reading.preactivations import Place
from ptheory.claims.reading.read_claim import ClaimReader
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import (
    Add,
    Call,
    Divide,
    Expression,
    Indexed,
    Multiply,
    Name,
    Number,
    Power,
    Span,
    walk,
)

if TYPE_CHECKING:
    from ptheory.claims.latex.formula_reader import FormulaReader

MEASURE = "D"
_ONE, _TWO = Number(Fraction(1)), Number(Fraction(2))
_WRITE_A_MEASURE = r"write dz, or \mathcal{D}z for a z of unit variance; or \langle ... \rangle_K for the average"


def integral(reader: FormulaReader, sign: Tree, parts: Sequence[Part], span: Span) -> Expression:
    r"""\int dz e^{-z^2/(2K)} F = sqrt(2 pi K) <F>_K; \int \mathcal{D}z F = <F> over a z of unit variance."""
    token = sign.children[0].children[0]
    _check_limits(reader, sign, token)
    rest = list(parts)
    pair = _pair(rest)
    if pair is not None:
        del rest[:4]
        law = Law(is_unit=True, says_kernel=True, pair=pair)
        return reader.mean(lambda: reader.read_parts(rest), law, span)
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
    law = Law((variable,), layer_of_kernel(kernel), is_unit=kernel is None, says_kernel=True)
    mean = reader.mean(lambda: reader.read_parts(rest), law, span)
    return Multiply((*before, mean), span=span) if before else mean


def _pair(rest: Sequence[Part]) -> Pair | None:
    r"""\mathcal{D}z_1\mathcal{D}z_2: two independent variables of unit variance."""
    factors = [factor for how, factor in rest[:4] if how == "beside"]
    if len(factors) < 4 or any(f.children[0].data != "measure" or len(f.children) > 1 for f in factors[::2]):
        return None
    letters = [labelled_letter(factor) for factor in factors[1::2]]
    first, second = letters
    return Pair((first, second)) if first and second and first != second else None


def _check_limits(reader: FormulaReader, sign: Tree, token: Token) -> None:
    """Over the whole line, written or not."""
    for script in sign.children[1:]:
        kinds = [t.type for t in flattened(script.children[2:-1])] if script.data != "prime" else ["PRIME"]
        allowed = (["MINUS", "INFINITY"],) if script.data == "subscript" else (["INFINITY"], ["PLUS", "INFINITY"])
        if kinds not in allowed:
            raise reader.text.error("an integral over a part of the line", token, help=WRITE_A_LAW)


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
            name = variable_named(reader, letters, letters)
            del rest[k : k + 2]
            return name, is_unit, None
        if kind == "fraction" and len(factor.children) == 1:
            above, below = (c for c in factor.children[0].children if isinstance(c, Tree))
            sign, *letters = flattened([above])
            if len(letters) == 1 and sign == "d":
                del rest[k]
                return variable_named(reader, letters, letters), False, reader.read(below, False)
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
