r"""Formulas of claims in LaTeX, in the author's own symbols: the reading map of `claims.latex`, backwards.

C_W^2 with notation { C_W = "\sigma_w^2" } is \sigma_w^4, K[l] with K = "q" is q^{(\ell)}. What has no spelling (a layer
at a symbol that has a superscript of its own) raises `Unwritable`; whoever shows a formula reads it back first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ptheory.algebra.refusal import Refusal
from ptheory.claims.latex.author_notation import AuthorNotation, AuthorSymbol
from ptheory.language.claim_names import (
    ACTIVATION_SHORTHAND,
    INVERSE_KERNEL,
    KERNEL_DERIVATIVE,
    LAYER,
    WIDTH,
    critical_name,
    is_activation_shorthand,
)
from ptheory.language.constants import layer_offset
from ptheory.language.exchanges import exchange_text
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
    SumOver,
    Symmetrised,
)
from ptheory.language.statements import LayerMarks
from ptheory.rendering.identifiers import latex_exchange, latex_function, latex_identifier, latex_input
from ptheory.rendering.written_formulas import OWN_FORMS

SUM, PRODUCT, ATOM = range(3)  # how tightly a formula binds
_SUPERSCRIPT = re.compile(r"\^\s*(?:\{[^{}]*\}|\\[A-Za-z]+|[^\\{}\s])")
_ORDER = re.compile(r"([A-Za-z]+)(\d+)")
STAR = critical_name("")
_RAISED = "raised_"  # how reading calls the indices of V^{(12)(34)} that it sums over


class Unwritable(Refusal):
    """A formula that the author's notation has no spelling for."""


@dataclass(frozen=True)
class ClaimLatex:
    r"""``functions`` and ``fields``: the activations and preactivations of the claim; ``kernel``: the name of K;
    ``is_series``: of which names the coefficients are G^{\{1\}}; ``layered``: whether V' is V^{(\ell+1)};
    ``careful``: with dots and parentheses where a reader may wonder, and usually does not; ``here``: tensors of which
    layer l is said where a claim says no layer; ``the_activation``: what s stands for, "" where that is s itself."""

    notation: AuthorNotation
    functions: Collection[str]
    fields: Collection[str]
    kernel: str
    is_series: Callable[[str], bool]
    layered: bool
    careful: bool = False
    here: Collection[str] = ()
    the_activation: str = ""

    def equation(self, sides: Sequence[Expression]) -> str:
        """left = right. Raises Unwritable."""
        return " = ".join(self.formula(side) for side in sides)

    def formula(self, node: Expression) -> str:
        """One side. Raises Unwritable."""
        return self._written(node)[0]

    # ---- sums and products ------------------------------------------------------------------------------------

    def _written(self, node: Expression) -> tuple[str, int]:
        match node:
            case Number(value):
                return _number(value), (ATOM if value >= 0 else SUM)
            case Negate(operand):
                return "-" + self._enclosed(operand, PRODUCT), SUM
            case Add(terms):
                return self._sum(terms), SUM
            case Symmetrised(body):
                return rf"{self._enclosed(body, PRODUCT)} + {latex_exchange(exchange_text(node))}", SUM
            case Multiply(factors):
                return self._product(factors), PRODUCT
            case Divide(numerator, denominator):
                return rf"\frac{{{self.formula(numerator)}}}{{{self.formula(denominator)}}}", ATOM
            case Power(base, exponent):
                return self._power(base, exponent), ATOM
            case SumOver(indices, body, over):
                return self._sum_over(indices, body, over)
        return self._atom(node), ATOM

    def _enclosed(self, node: Expression, least: int) -> str:
        text, binding = self._written(node)
        return text if binding >= least else rf"\left({text}\right)"

    def _sum(self, terms: Sequence[Expression]) -> str:
        text = ""
        for term in terms:
            is_negative = isinstance(term, Negate)
            written = self._enclosed(term.operand if isinstance(term, Negate) else term, PRODUCT)
            sign = "-" if is_negative else "+"
            text += f" {sign} {written}" if text else written if not is_negative else f"-{written}"
        return text

    def _product(self, factors: Sequence[Expression]) -> str:
        """Side by side, a dot before what a factor could be taken to be applied to, or to go on with."""
        text = ""
        for place, factor in enumerate(factors):
            last = place == len(factors) - 1
            written = self._enclosed(factor, PRODUCT if isinstance(factor, SumOver) and last else ATOM)
            dotted = (self.careful and written.startswith(r"\left(")) or written[:1].isdigit()
            text += (r" \cdot " if dotted else r" ") + written if text else written
        return text

    def _power(self, base: Expression, exponent: Expression) -> str:
        is_width = isinstance(base, Name) and base.name == WIDTH
        raised = _script((replace(self, the_activation="") if is_width else self).formula(exponent))
        symbol = self.notation_symbol(base.name) if isinstance(base, Name) else None
        if symbol is not None and symbol.power is not None and isinstance(exponent, Number):
            if exponent.value.denominator > 1 or exponent.value < 1:
                raise Unwritable(f"{base} to this power")
            return f"{_stem(symbol)}^{_script(str(symbol.power * int(exponent.value)))}"
        text, binding = self._written(base)
        is_at_an_argument = isinstance(base, Call) and base.function in self.functions
        doubtful = "'" in text or is_at_an_argument
        doubled = "^" in _outside_braces(text) or isinstance(base, Divide | Power)
        if (
            binding < ATOM
            or doubled
            or (doubtful and self.careful)
            or (isinstance(base, Call) and not is_at_an_argument)
        ):
            text = rf"\left({text}\right)"
        return f"{text}^{raised}"

    def _sum_over(self, indices: Sequence[str], body: Expression, over: Sequence[Expression]) -> tuple[str, int]:
        if all(index.startswith(_RAISED) for index in indices):
            return self._raised(body), ATOM
        names = ",".join(map(latex_identifier, indices))
        inputs = rf"\{{{','.join(map(self.formula, over))}\}}" if over else r"\mathcal{D}"
        return rf"\sum_{{{names}\in{inputs}}} {self._enclosed(body, PRODUCT)}", PRODUCT

    def _raised(self, body: Expression) -> str:
        """V^{(12)(34)}, which is read as a sum over V with an inverse kernel at each slot."""
        match body:
            case Multiply((*inverses, Indexed() as entry)) if all(
                isinstance(one, Indexed) and one.name == INVERSE_KERNEL for one in inverses
            ):
                slots = [one.arguments[0] for one in inverses if isinstance(one, Indexed)]
                below = "" if entry.layer is None else f"_{{{self._layer(entry.layer)}}}"
                return f"{self._symbol(entry.name)}^{{{self._slots(slots, True)}}}{below}"
        raise Unwritable("a sum over raised indices")

    # ---- atoms ------------------------------------------------------------------------------------------------

    def _atom(self, node: Expression) -> str:
        match node:
            case Name(name):
                return self._named(name, 0)
            case Indexed(name, arguments, primes, layer):
                return self._indexed(name, arguments, primes, layer)
            case Call(function, arguments, primes):
                return self._call(function, arguments, primes)
            case Bracket(body, layer):
                kernel = "" if layer is None else f"_{{{self._symbol(self.kernel)}^{{{self._layer(layer)}}}}}"
                return rf"\left\langle {self.formula(body)} \right\rangle{kernel}"
        raise Unwritable(f"no LaTeX for {type(node).__name__}")

    def _call(self, function: str, arguments: Sequence[Expression], primes: int) -> str:
        if function == KERNEL_DERIVATIVE and not self._is_by_kernel(arguments):
            signs = "".join(rf"\partial_{{{self.formula(one)}}}" for one in arguments[1:])
            return rf"{signs}\left({self.formula(arguments[0])}\right)"
        inside = ", ".join(map(self.formula, arguments))
        if function == KERNEL_DERIVATIVE and len(arguments) == 2:
            by, sign = self.formula(arguments[1]), "d" if isinstance(arguments[1], Name) else r"\partial"
            return rf"\frac{{{sign}}}{{{sign} {by}}} {self._enclosed(arguments[0], ATOM)}"
        if function in OWN_FORMS:
            opening, closing = OWN_FORMS[function]
            return opening + inside + closing
        if self.the_activation and function == ACTIVATION_SHORTHAND:
            function = self.the_activation
        name = self._symbol(function) if function in self.functions else latex_function(function)
        brackets = "({})" if function in self.functions else r"\left({}\right)"
        return name + "'" * primes + brackets.format(inside)

    def _is_by_kernel(self, arguments: Sequence[Expression]) -> bool:
        """d(X, K) rather than d(F, a, b) of what stands in an average."""
        by = arguments[1] if len(arguments) == 2 else None
        return isinstance(by, (Name, Indexed)) and by.name == self.kernel

    def _indexed(self, name: str, arguments: Sequence[Expression], primes: int, layer: int | None) -> str:
        offset = layer_offset(arguments[0]) if len(arguments) == 1 else None
        if name == "n" and offset is not None:
            return f"{self._symbol(name)}_{_script(self._layer(offset)[1:-1])}"
        if name == INVERSE_KERNEL:
            below = "" if layer is None else f"_{{{self._layer(layer)}}}"
            return f"{self._symbol(self.kernel)}^{{{self._slots(arguments, True)}}}{below}"
        if offset is not None:
            return self._named(name, 0, offset)
        if not arguments:
            return self._named(name, primes)
        return self._with_slots(name, self._slots(arguments, False), primes, layer)

    def _named(self, name: str, primes: int, layer: int | None = None) -> str:
        """A bare name: an activation or a preactivation at a sample, a tensor, a hyperparameter, the layer."""
        if name == LAYER:
            return self._layer(0)[1:-1]
        if name.endswith(STAR):
            return self._starred(name.removesuffix(STAR))
        stem, sample = self._at_a_sample(name)
        if sample is not None:
            return f"{self._symbol(stem)}{chr(39) * primes}" + (f"_{_script(sample)}" if sample else "")
        return self._with_slots(name, "", primes, layer)

    def _starred(self, kernel: str) -> str:
        symbol = self.notation_symbol(kernel)
        if symbol is not None and symbol.above:
            raise Unwritable(f"a star at {symbol.latex}")
        return rf"{self._symbol(kernel)}^\star"

    def _at_a_sample(self, name: str) -> tuple[str, str | None]:
        if self.the_activation and is_activation_shorthand(name):
            return self.the_activation, name.removeprefix(ACTIVATION_SHORTHAND)
        for stem in sorted((*self.functions, *self.fields), key=len, reverse=True):
            rest = name.removeprefix(stem)
            if name.startswith(stem) and (not rest or rest.isdigit() or rest.startswith("_")):
                return stem, latex_identifier(rest.lstrip("_")) if rest else ""
        return name, None

    def _with_slots(self, name: str, slots: str, primes: int, layer: int | None) -> str:
        symbol = self.notation_symbol(name)
        order, base = "", name
        ordered = _ORDER.fullmatch(name)
        if symbol is None and ordered is not None and self.is_series(ordered[1]):
            base, order = ordered[1], rf"\{{{ordered[2]}\}}"
            symbol = self.notation_symbol(base)
        at = 1 if primes and self.layered else 0 if layer is None and base in self.here else layer
        mark = "" if at is None else self._layer(at)
        behind = mark if self.notation.layers is LayerMarks.ARGUMENT else ""
        above = order + ("" if behind else mark)
        if symbol is not None and ((symbol.above and (above or primes)) or (symbol.below and slots)):
            raise Unwritable(f"a layer or a sample at {symbol.latex}")
        marks = "" if not primes or self.layered else "'" * primes
        stem, own = self._symbol(base), ""
        if symbol is None and slots:  # K_u at samples 1, 2 is K_{u,12}: a symbol has one subscript
            stem, _, own = stem.partition("_")
        scripts = ",".join(filter(None, (own.removeprefix("{").removesuffix("}"), slots)))
        below = f"_{_script(scripts)}" if scripts else ""
        return stem + marks + below + (f"^{{{above}}}" if above else "") + behind

    def _slots(self, slots: Sequence[Expression], raised: bool) -> str:
        """12, (12)(34), 1,2 where it stands above, alpha beta."""
        written = []
        for slot in slots:
            match slot:
                case Number(value) if value.denominator == 1 and 0 <= value < 10:
                    written.append(str(value))
                case Name(name):
                    written.append(latex_input(name))
                case _:
                    raise Unwritable("a sample")
        if len(written) == 4:
            return f"({_side_by_side(written[:2])})({_side_by_side(written[2:])})"
        numbers = any(one.isdigit() for one in written)
        return ",".join(written) if (raised and numbers) or len(written) > 4 else _side_by_side(written)

    def _layer(self, offset: int) -> str:
        r"""(\ell+1)."""
        letter = self._symbol(LAYER) if self.notation_symbol(LAYER) else r"\ell"
        return f"({letter}{f'{offset:+d}' if offset else ''})"

    def _symbol(self, name: str) -> str:
        symbol = self.notation_symbol(name)
        return latex_identifier(name) if symbol is None else symbol.latex

    def notation_symbol(self, name: str) -> AuthorSymbol | None:
        """The author's symbol for a name of ours."""
        return next((symbol for symbol in self.notation.symbols if symbol.name == name), None)


def _number(value: Fraction) -> str:
    sign, size = ("-" if value < 0 else ""), abs(value)
    return f"{sign}{size}" if size.denominator == 1 else rf"{sign}\frac{{{size.numerator}}}{{{size.denominator}}}"


def _script(text: str) -> str:
    return text if len(text) == 1 else f"{{{text}}}"


def _stem(symbol: AuthorSymbol) -> str:
    """The symbol without its superscript."""
    return _SUPERSCRIPT.sub("", symbol.latex, count=1)


def _side_by_side(parts: Sequence[str]) -> str:
    if any(part.startswith(r"\mathrm") for part in parts):  # x,\mathrm{d}x: which d is whose
        return ",".join(parts)
    return " ".join(parts) if any(part.startswith("\\") for part in parts) else "".join(parts)


def _outside_braces(text: str) -> str:
    r"""The text without what stands in braces or between \left and \right."""
    shown, depth = "", 0
    for place, character in enumerate(text):
        if text.startswith(r"\left", place) or character == "{":
            depth += 1
        shown += character if not depth else ""
        if text.startswith(r"\right", place) or character == "}":
            depth -= 1
    return shown
