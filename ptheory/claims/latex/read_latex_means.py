r"""Expectation signs of papers: \mathbb{E}_{z\sim\mathcal{N}(0,K)}[...], \mathrm{Var}, \mathrm{Cov}, integrals.

All of them are <...> at the leading kernel of a layer, with what stands before it. A variable of unit variance is
z/sqrt(K), so that \sigma(\sqrt{K}z) is the activation at the preactivation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from lark import Token, Tree

from ptheory.claims.latex.gaussian_pairs import Pair
from ptheory.claims.latex.input_slots import NEURON_LETTERS
from ptheory.claims.latex.latex_scripts import flattened, kernel_below, layer_of, without_braces
from ptheory.language.claim_names import SUSCEPTIBILITIES
from ptheory.language.constants import layer_offset
from ptheory.language.expressions import (
    Add,
    Call,
    Divide,
    Expression,
    Indexed,
    Multiply,
    Name,
    Negate,
    Span,
)

if TYPE_CHECKING:
    from ptheory.claims.latex.formula_reader import FormulaReader

Part: TypeAlias = tuple[str, Tree]
"""A factor of a product and how it stands there: beside, times, over."""

WRITE_A_LAW = r"write \mathbb{E}_{z\sim\mathcal{N}(0,K)}[...], or \langle ... \rangle_K"


@dataclass(frozen=True)
class Law:
    r"""What an expectation is over: ``variables`` as they are called, one, or those at inputs 1, 2, ...

    ``layer``: of the kernel, counted from the recursion's; ``is_unit``: of variance one; ``says_kernel``: whether the
    law is written at all; ``pair``: over two independent variables of unit variance; ``neuron``, ``at``: the label and
    the layer that z_i^{(\ell)} is written with.
    """

    variables: tuple[str, ...] = ()
    layer: int | None = None
    is_unit: bool = False
    says_kernel: bool = False
    pair: Pair | None = None
    neuron: tuple[Token, ...] = ()
    at: int | None = None


def expectation(reader: FormulaReader, atom: Tree, span: Span) -> Expression:
    r"""\mathbb{E}, \mathrm{Var}, \mathrm{Cov} with what stands below and in brackets."""
    sign = atom.children[0]
    scripts = [c for c in atom.children[1:] if isinstance(c, Tree) and c.data in ("subscript", "superscript", "prime")]
    bodies = [c for c in atom.children[1:] if isinstance(c, Tree) and c not in scripts]
    law = _law_below(reader, sign, scripts)
    if not scripts:
        law = _unsaid_law(reader, [t for body in bodies for t in flattened([body])])
    if len(bodies) != (2 if sign.value == "Cov" else 1):
        what = "two formulas" if sign.value == "Cov" else "one formula"
        help = r"write \mathbb{E}[\sigma_1\sigma_2], \mathrm{Var}[\sigma], \mathrm{Cov}[\sigma_1, \sigma_2]"
        raise reader.text.error(f"{sign.value} is of {what}", sign, help=help)
    if not law.says_kernel:
        _check_random(reader, sign, bodies)
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


def _check_random(reader: FormulaReader, sign: Token, bodies: Sequence[Tree]) -> None:
    r"""\mathrm{Var}[\Theta] of a tensor, which is a number: LanguageError."""
    names = {str(token.value) for body in bodies for token in flattened([body]) if token.type == "SYMBOL"}
    if not any(name in reader.vocabulary.fields or reader.vocabulary.is_activation(name) for name in names):
        help = 'tensors are numbers; H of `include observables` fluctuates: notation { H = "\\Theta" }'
        raise reader.text.error(f"{sign.value} of something that is not random", sign, help=help)


def _unsaid_law(reader: FormulaReader, tokens: Sequence[Token]) -> Law:
    r"""Of \mathbb{E}[\phi(\sqrt{q}Z)]: Z has variance one where it stands behind the root of K, and nowhere else."""
    roots = {place: token for place, token in enumerate(tokens) if _is_behind_root_of_kernel(reader, tokens, place)}
    letters = {str(token.value) for token in roots.values()}
    found = [place for place, token in enumerate(tokens) if token.type == "SYMBOL" and token.value in letters]
    labels = {place: _label_behind(tokens, place) for place in found}
    if letters and len(letters) == 1 and all(labels.values()) and len(set(labels.values())) == 2:
        (letter,) = letters
        first, second = sorted(set(labels.values()))
        return Law(is_unit=True, says_kernel=True, pair=Pair(((letter, first), (letter, second))))
    for place in found:
        if place not in roots or labels[place]:
            raise reader.text.error(
                f"the law of {tokens[place].value} is not said",
                tokens[place],
                help=r"write \mathbb{E}_{Z\sim\mathcal{N}(0,1)}[...], or \sqrt{K} before it everywhere",
            )
    if len(letters) > 1:
        raise reader.text.error("two variables of unit variance", roots[max(roots)], help=WRITE_A_LAW)
    return Law(tuple(letters), is_unit=True, says_kernel=True) if letters else Law()


def _is_behind_root_of_kernel(reader: FormulaReader, tokens: Sequence[Token], place: int) -> bool:
    r"""Whether a letter without a meaning, or a preactivation's, stands behind \sqrt{K}."""
    token = tokens[place]
    is_letter = token.type == "SYMBOL" and place > 0 and tokens[place - 1].type == "RBRACE"
    name = str(token.value)
    if not is_letter or (reader.table.is_known(name) and name not in reader.vocabulary.fields):
        return False
    depth = 0
    for start in range(place - 1, -1, -1):
        depth += {"RBRACE": 1, "LBRACE": -1}.get(tokens[start].type, 0)
        if not depth:
            is_root = start > 0 and tokens[start - 1].type == "SQRT"
            return is_root and reader.table.names_the_kernel(str(tokens[start + 1].value))
    return False


def _label_behind(tokens: Sequence[Token], place: int) -> str:
    behind = without_braces(tokens[place + 1 : place + 5])
    return str(behind[1].value) if len(behind) > 1 and behind[0].type == "SUB" else ""


def _law_below(reader: FormulaReader, sign: Token, scripts: Sequence[Tree]) -> Law:
    if not scripts:
        return Law()
    if len(scripts) > 1 or scripts[0].data != "subscript":
        raise reader.text.error(f"only what {sign.value} is over can stand here", sign, help=WRITE_A_LAW)
    raw = tuple(scripts[0].children[2:-1])
    tokens = without_braces(raw)
    kernel = kernel_below(raw)
    if kernel.name is not None and reader.table.names_the_kernel(kernel.name):
        return Law(layer=reader.table.layer(kernel.layer), says_kernel=True)
    kinds = [t.type for t in tokens]
    if "SIM" in kinds:
        place = kinds.index("SIM")
        variable, neuron, layer = _labelled(reader, tokens[:place])
        law = _normal(reader, tokens[place + 1 :], _variables(reader, variable), tokens[place])
        if layer is not None and reader.table.layer(layer) != law.layer:
            raise reader.text.error("a preactivation of one layer and a kernel of another", sign, help=WRITE_A_LAW)
        return replace(law, neuron=tuple(neuron), at=layer)
    if kinds[:1] == ["NORMAL"]:
        return _normal(reader, tokens, (), tokens[0])
    return Law(_variables(reader, tokens))


def _labelled(reader: FormulaReader, tokens: list[Token]) -> tuple[list[Token], list[Token], int | None]:
    r"""(z, i, the layer) of z_i^{(\ell)}: one neuron and a layer, as labels of one letter."""
    neuron: list[Token] = []
    layer: int | None = None
    place = 1
    while place < len(tokens) and tokens[0].type == "SYMBOL" and tokens[place].type in ("SUB", "SUP"):
        end = next((k for k in range(place + 1, len(tokens)) if tokens[k].type in ("SUB", "SUP")), len(tokens))
        inside = tokens[place + 1 : end]
        if tokens[place].type == "SUP" and layer is None and layer_of(inside) is not None:
            layer = layer_of(inside)
        elif tokens[place].type == "SUB" and not neuron and len(inside) == 1 and inside[0].value in NEURON_LETTERS:
            neuron = inside
        else:
            return tokens, [], None
        place = end
    return (tokens[:1], neuron, layer) if neuron or layer is not None else (tokens, [], None)


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
    numbered = _numbered(items)
    if numbered:
        variable_named(reader, [tokens[0]], tokens)
        return numbered
    names = tuple(variable_named(reader, item, tokens) for item in items)
    if len(set(names)) < len(names) or (len(names) > 1 and any(name in fields for name in names)):
        raise reader.text.error("what is this average over?", tokens[0], help=WRITE_A_LAW)
    return names


def _numbered(items: Sequence[Sequence[Token]]) -> tuple[str, ...]:
    r"""epsilon_1, epsilon_2 of (\epsilon_1, \epsilon_2), at inputs 1 and 2; nothing for anything else."""
    letters = {str(item[0].value) for item in items if [t.type for t in item] == ["SYMBOL", "SUB", "NUMBER"]}
    numbers = [str(item[-1].value) for item in items if item]
    is_one = len(items) > 1 and len(letters) == 1 and all(len(item) == 3 for item in items)
    if not is_one or numbers != [str(k + 1) for k in range(len(items))]:
        return ()
    return tuple(f"{letter}_{number}" for letter in letters for number in numbers)


def variable_named(reader: FormulaReader, item: Sequence[Token], tokens: Sequence[Token]) -> str:
    """One letter that has no other meaning; a susceptibility of that name has none inside an average."""
    if len(item) == 1 and item[0].type == "SYMBOL":
        name = str(item[0].value)
        if name in reader.vocabulary.fields:
            return name
        if name in (parameter.name for parameter in reader.vocabulary.system.model.architecture.parameters):
            raise reader.text.error("an average over the parameters", item[0], help=WRITE_A_LAW)
        is_free = name in SUSCEPTIBILITIES or not reader.table.is_known(name)
        if len(reader.vocabulary.fields) == 1 and is_free:
            return name
    place = next(iter((*item, *tokens)), None)
    raise reader.text.error("what is this average over?", place, help=WRITE_A_LAW)


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
        if reader.kernel_is_one:
            return Law(variables, says_kernel=True)
        return Law(variables, is_unit=True, says_kernel=True)
    kernel = kernel_below(variance)
    if kernel.name is None or not reader.table.names_the_kernel(kernel.name):
        shown = f"the variance {variance[0].value}" if variance else "this variance"
        raise reader.text.error(f"{shown} is not the kernel", variance[0] if variance else at, help=WRITE_A_LAW)
    return Law(variables, reader.table.layer(kernel.layer), says_kernel=True)


# ---- variables of unit variance ---------------------------------------------------------------------------------


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


def layer_of_kernel(kernel: Expression | None) -> int | None:
    r"""The layer relative to the recursion's own, where one is written: K^{(\ell+1)}, K'."""
    if not isinstance(kernel, Indexed):
        return None
    return layer_offset(kernel.arguments[0]) if kernel.arguments else kernel.primes
