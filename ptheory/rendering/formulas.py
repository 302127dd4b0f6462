"""Formulas of the language (activations, layer functions, constants) as LaTeX and as text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ptheory.language.constants import layer_offset
from ptheory.language.expression_printer import format_expression
from ptheory.language.expressions import (
    Add,
    Bracket,
    Call,
    Compare,
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
    latex_function,
    latex_identifier,
    subscript_digits,
    superscript,
    unicode_identifier,
)

SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4  # how tightly a form binds
_RELATIONS = {"<": "<", ">": ">", "<=": r"\le ", ">=": r"\ge ", "==": "=", "!=": r"\ne "}


def formula_latex(formula: Expression, names: dict[str, str] | None = None) -> str:
    """LaTeX; ``names`` gives ready LaTeX for chosen names (an activation's variable at a leg)."""
    known = names or {}

    def write(node: Expression, least: int = SUM) -> str:
        text, level = form(node)
        return text if level >= least else rf"\left({text}\right)"

    def form(node: Expression) -> tuple[str, int]:
        match node:
            case Number(value):
                if value.denominator == 1:
                    return str(value), ATOM if value >= 0 else SUM
                return rf"\frac{{{value.numerator}}}{{{value.denominator}}}", PRODUCT
            case Name(name):
                return known.get(name) or latex_identifier(name), ATOM
            case FieldAt(field, neuron, sample):
                return f"{latex_identifier(field)}_{{{latex_identifier(neuron)};{latex_identifier(sample)}}}", ATOM
            case Add(terms):
                written = write(terms[0], SUM if isinstance(terms[0], Negate) else PRODUCT)
                for term in terms[1:]:
                    if isinstance(term, Negate):
                        written += "-" + write(term.operand, PRODUCT)
                    else:
                        written += "+" + write(term, PRODUCT)
                return written, SUM
            case Negate(operand):
                return "-" + write(operand, PRODUCT), SUM
            case Multiply(factors):
                return _juxtaposed([write(f, PRODUCT if k == 0 else POWER) for k, f in enumerate(factors)]), PRODUCT
            case Divide(above, below):
                return rf"\frac{{{write(above)}}}{{{write(below)}}}", PRODUCT
            case Power(Call(function, arguments, 0), exponent) if function != "sqrt" and function != "abs":
                inside = ",".join(write(a) for a in arguments)
                return rf"{latex_function(function)}^{{{write(exponent)}}}\left({inside}\right)", POWER
            case Power(base, exponent):
                return f"{write(base, ATOM)}^{{{write(exponent)}}}", POWER
            case Call("sqrt", (argument,), 0):
                return rf"\sqrt{{{write(argument)}}}", ATOM
            case Call("abs", (argument,), 0):
                return rf"\left|{write(argument)}\right|", ATOM
            case Call(function, arguments, primes):
                inside = ",".join(write(a) for a in arguments)
                return rf"{latex_function(function)}{chr(39) * primes}\left({inside}\right)", ATOM
            case Compare(relation, left, right):
                return f"{write(left)}{_RELATIONS[relation]}{write(right)}", SUM
            case Piecewise(branches, otherwise):
                rows = [rf"{write(value)} & {write(condition)}" for condition, value in branches]
                rows.append(rf"{write(otherwise)} & \text{{otherwise}}")
                return r"\begin{cases}" + r" \\ ".join(rows) + r"\end{cases}", ATOM
            case Indexed(name, (index,)) if layer_offset(index) is not None:
                return f"{latex_identifier(name)}^{{({write(index).replace('l', chr(92) + 'ell', 1)})}}", ATOM
            case Indexed(name, arguments, primes):
                inside = ",".join(write(a) for a in arguments)
                return f"{latex_identifier(name)}{chr(39) * primes}" + (f"_{{{inside}}}" if inside else ""), ATOM
            case SumOver(indices, body):
                return rf"\sum_{{{','.join(map(latex_identifier, indices))}}} {write(body, PRODUCT)}", PRODUCT
            case Bracket(body):
                return rf"\left\langle {write(body)}\right\rangle", ATOM
        raise TypeError(f"no way to write {type(node).__name__}")

    return write(formula)


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
