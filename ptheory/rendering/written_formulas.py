"""Formulas of the language (activations, layer functions, constants) as LaTeX and as text."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction

from ptheory.language.claim_names import KERNEL_BELOW, KRONECKER, MEAN, WIDTH, is_activation_shorthand
from ptheory.language.constants import layer_offset
from ptheory.language.expression_printer import format_expression
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
)
from ptheory.rendering.identifiers import (
    latex_identifier,
    subscript_digits,
    superscript,
    unicode_identifier,
)
from ptheory.rendering.spelling import OURS, Spelling, Symbol

SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4  # how tightly a form binds
_RELATIONS = {"<": "<", ">": ">", "<=": r"\le ", ">=": r"\ge ", "==": "=", "!=": r"\ne "}

OWN_FORMS = {"sqrt": (r"\sqrt{", "}"), "abs": (r"\left|", r"\right|")}


def formula_latex(
    formula: Expression,
    names: Mapping[str, str] | None = None,
    spelling: Spelling = OURS,
    here: Collection[str] = (),
    orders: Mapping[str, tuple[str, int]] | None = None,
) -> str:
    """LaTeX; ``names`` gives ready LaTeX for chosen names (an activation's variable at a leg); ``here``: what is said
    to be of layer l where no layer is written; ``orders``: G1 -> (G, 1), orders of a tensor beyond the leading one."""
    return _LatexWriter(names or {}, spelling, here, orders or {}).write(formula)


class _LatexWriter:
    """A formula as LaTeX, with how tightly each form binds; parentheses only where they are needed."""

    def __init__(
        self,
        names: Mapping[str, str],
        spelling: Spelling,
        here: Collection[str],
        orders: Mapping[str, tuple[str, int]],
    ) -> None:
        self.here = here
        self.orders = orders
        self.names = names
        self.spelling = spelling

    def write(self, node: Expression, least: int = SUM) -> str:
        """In parentheses where the form binds less tightly than ``least``."""
        text, level = self._form(node)
        return text if level >= least else rf"\left({text}\right)"

    def _form(self, node: Expression) -> tuple[str, int]:
        write = self.write
        match node:
            case Add(terms):
                return self._sum(terms), SUM
            case Negate(operand):
                return "-" + write(operand, PRODUCT), SUM
            case Multiply(factors):
                return _juxtaposed([write(f, PRODUCT if k == 0 else POWER) for k, f in enumerate(factors)]), PRODUCT
            case Divide(above, below):
                return rf"\frac{{{write(above)}}}{{{write(below)}}}", PRODUCT
            case Power(Call(function, arguments, 0), exponent) if function not in OWN_FORMS:
                return rf"{self.spelling.function(function)}^{{{write(exponent)}}}{self._applied(arguments)}", POWER
            case Power(Name(name), Number(value)) if name in self.spelling.symbols and not self._is_given(name):
                return self._symbol_raised(name, value), POWER
            case Power(Name(name), exponent) if name == WIDTH:
                return f"{write(Name(name), ATOM)}^{{{self._in_powers_of_width.write(exponent)}}}", POWER
            case Power(base, exponent):
                return f"{_raisable(write(base, ATOM))}^{{{write(exponent)}}}", POWER
            case Compare(relation, left, right):
                return f"{write(left)}{_RELATIONS[relation]}{write(right)}", SUM
            case SumOver(indices, body, over):
                inside = rf"\in\{{{','.join(map(write, over))}\}}" if over else ""
                return rf"\sum_{{{','.join(map(latex_identifier, indices))}{inside}}} {write(body, PRODUCT)}", PRODUCT
            case Number(value):
                return _number(value)
        return self._atom(node), ATOM

    def _atom(self, node: Expression) -> str:
        """What no operator joins."""
        write = self.write
        match node:
            case Name(name):
                if name in self.here or name in self.orders:
                    return self._at_layer(name, "", None)
                return self.names.get(name) or self.spelling.name(name)
            case FieldAt(field, neuron, sample):
                return self.spelling.symbol(field).latex(f"{latex_identifier(neuron)};{latex_identifier(sample)}")
            case Call(function, (argument,), 0) if function in OWN_FORMS:
                left, right = OWN_FORMS[function]
                return f"{left}{write(argument)}{right}"
            case Call(function, arguments, primes):
                return f"{self.spelling.function(function)}{chr(39) * primes}{self._applied(arguments)}"
            case Piecewise(branches, otherwise):
                rows = [rf"{write(value)} & {write(condition)}" for condition, value in branches]
                rows.append(rf"{write(otherwise)} & \text{{otherwise}}")
                return r"\begin{cases}" + r" \\ ".join(rows) + r"\end{cases}"
            case Indexed():
                return self._indexed(node)
            case Connected(body):
                return rf"\mathrm{{E}}\left[{write(body)}\right]_c"
            case Bracket(body, layer):
                written = rf"\left\langle {write(body)}\right\rangle"
                if layer is None:
                    return written
                return f"{written}_{{{self.spelling.at_layer(self.spelling.symbol(KERNEL_BELOW), layer)}}}"
        raise TypeError(f"no way to write {type(node).__name__}")

    @property
    def _in_powers_of_width(self) -> _LatexWriter:
        """Of n^(-1 + s): there s is no activation."""
        names = {name: latex for name, latex in self.names.items() if not is_activation_shorthand(name)}
        return _LatexWriter(names, self.spelling, self.here, self.orders)

    def _is_given(self, name: str) -> bool:
        return name in self.names or name in self.here or name in self.orders

    def _at_layer(self, name: str, inside: str, layer: int | None) -> str:
        r"""V^{(\ell+1)}_{12}, G^{\{1\}}; ``layer``: offset from l, None where nothing is said."""
        base, order = self.orders.get(name, (name, 0))
        symbol, above = self.spelling.symbol(base), rf"\{{{order}\}}" if order else ""
        if layer is None and base in self.here:
            layer = 0
        return symbol.latex(inside, above) if layer is None else self.spelling.at_layer(symbol, layer, inside, above)

    def _sum(self, terms: tuple[Expression, ...]) -> str:
        first, *others = terms
        written = self.write(first, SUM if isinstance(first, Negate) else PRODUCT)
        for term in others:
            written += self.write(term) if isinstance(term, Negate) else "+" + self.write(term, PRODUCT)
        return written

    def _applied(self, arguments: tuple[Expression, ...]) -> str:
        return rf"\left({','.join(self.write(argument) for argument in arguments)}\right)"

    def _indexed(self, node: Indexed) -> str:
        """C_W^{(\\ell+1)} for a layer, other indices below; a prime is a derivative, of a tensor the next layer."""
        if node.name in self.names:
            return self.names[node.name] + "'" * node.primes
        offset = layer_offset(node.arguments[0]) if len(node.arguments) == 1 else None
        if node.name == MEAN and len(node.arguments) == 1:
            return rf"\mathrm{{E}}\left[{self.write(node.arguments[0])}\right]"
        if node.name == WIDTH and offset is not None:
            return self.spelling.width(offset)
        if offset is not None:
            return self._at_layer(node.name, "", offset)
        slots = [self.write(argument) for argument in node.arguments]
        inside = ("," if any(len(slot) > 1 for slot in slots) else "").join(slots)
        layer = 1 if node.layer is None and node.primes == 1 else node.layer
        if layer is not None or not (node.primes or node.name == KRONECKER):
            return self._at_layer(node.name, inside, layer)
        symbol = Symbol(r"\delta") if node.name == KRONECKER else self.spelling.symbol(node.name)
        return symbol.latex(inside, r"\prime" * node.primes)

    def _symbol_raised(self, name: str, exponent: Fraction) -> str:
        symbol = self.spelling.symbol(name)
        if exponent.denominator == 1:
            return symbol.raised(exponent.numerator)
        return (
            rf"{symbol.latex()}^{{{exponent}}}" if not symbol.above else rf"\bigl({symbol.latex()}\bigr)^{{{exponent}}}"
        )


def _raisable(base: str) -> str:
    """What a power may stand behind: in parentheses where it has a superscript already."""
    depth, bare = 0, ""
    for character in base:
        depth += {"{": 1, "}": -1}.get(character, 0)
        bare += character if not depth else ""
    is_enclosed = (base.startswith(r"\left(") and base.endswith(r"\right)")) or base.startswith(r"\left\langle ")
    return rf"\left({base}\right)" if "^" in bare and not is_enclosed else base


def _number(value: Fraction) -> tuple[str, int]:
    if value.denominator == 1:
        return str(value), ATOM if value >= 0 else SUM
    return rf"\frac{{{value.numerator}}}{{{value.denominator}}}", PRODUCT


def _juxtaposed(factors: list[str]) -> str:
    written = factors[0]
    for factor in factors[1:]:
        written += (r" \cdot " if factor[0].isdigit() or factor.startswith(r"\frac") else r"\,") + factor
    return written


@dataclass(frozen=True)
class TextStyle:
    """``unicode``: ⟨σ₁²⟩, λ_W; otherwise <sigma1^2>, lambda_W. Both are read by the language.

    ``exact``: long rationals with all their digits, for data; otherwise as decimals, for reading.
    """

    unicode: bool = True
    exact: bool = False

    def name(self, name: str) -> str:
        """An identifier, Greek letters and subscripts as such in Unicode."""
        return unicode_identifier(name) if self.unicode else name

    def raised(self, base: str, exponent: int) -> str:
        """base^exponent, superscript digits in Unicode."""
        return base + (superscript(exponent) if self.unicode else f"^{exponent}")

    def primes(self, count: int) -> str:
        """The mark of ``count`` derivatives, or of the next layer."""
        if not self.unicode:
            return "'" * count
        fours, rest = divmod(count, 4)
        return "⁗" * fours + ("", "′", "″", "‴")[rest]

    def slot(self, sample: str) -> str:
        """A sample attached to a name: s1, σ₁; s[10], s[x] where a digit would not do."""
        if not sample:
            return ""
        if len(sample) == 1 and sample.isdigit():
            return subscript_digits(sample) if self.unicode else sample
        return f"[{sample}]"

    @property
    def times(self) -> str:
        """The sign of a product."""
        return "·" if self.unicode else "*"

    @property
    def minus(self) -> str:
        """The sign of a difference."""
        return "−" if self.unicode else "-"


_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_INTEGER_POWER = re.compile(r"\^(\d+)(?![\d.])")


def formula_text(formula: Expression, style: TextStyle, names: dict[str, str] | None = None) -> str:
    """Text in the language's own syntax; ``names`` gives ready text for chosen names."""
    known = names or {}
    text = format_expression(formula)
    if style.unicode:
        text = _INTEGER_POWER.sub(lambda m: superscript(int(m.group(1))), text)
        text = text.replace("*", style.times).replace("-", style.minus)
    return _NAME.sub(lambda m: known.get(m.group()) or style.name(m.group()), text)
