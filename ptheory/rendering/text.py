"""The display tree as text in the language's own syntax, Unicode or ASCII, on one line.

Where that is too long, ``text_pieces.py`` breaks it.

Both styles read as the right side of a claim. At symbolic samples ASCII writes sums over dummies as
sum(a,b in {1,2}, ...) and derivatives as d(..., a, b); Unicode writes Σ_{a,b∈{1,2}} and ∂a∂b.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from ptheory.language.claim_names import ACTIVATION_SHORTHAND, KERNEL_BELOW
from ptheory.language.exchanges import labels_together
from ptheory.language.functions import BUILTIN_FUNCTIONS
from ptheory.rendering.notation import Notation
from ptheory.rendering.tree import (
    BracketNode,
    CallNode,
    CollectiveNode,
    FieldNode,
    FormulaNode,
    FractionNode,
    FunctionNode,
    LegLabel,
    MeanNode,
    NeuronSumNode,
    Node,
    ObservableNode,
    ParameterNode,
    PowerNode,
    RaisedSumNode,
    ScalarNode,
    Sum,
    SummationNode,
    SusceptibilityNode,
    SymmetricNode,
    TensorNode,
    Term,
    WidthNode,
    WidthRatioNode,
)
from ptheory.rendering.written_formulas import TextStyle, formula_text


@dataclass(frozen=True)
class TextWriter:
    """``the_activation``: the one generic function, written ``s`` in ASCII (None when there are several)."""

    style: TextStyle
    the_activation: str | None = None

    def sum(self, total: Sum, depth: int = 0, side_by_side: bool = False) -> str:
        """Terms with their signs; 0 for none."""
        if not total.terms:
            return "0"
        pieces = []
        for k, term in enumerate(total.terms):
            body = self.term(Term(abs(term.coefficient), term.factors), depth, side_by_side)
            if k:
                sign = self.style.minus if term.coefficient < 0 else "+"
                pieces.append(f" {sign} {body}")
            else:
                pieces.append((self.style.minus if term.coefficient < 0 else "") + body)
        return "".join(pieces)

    def term(self, term: Term, depth: int = 0, side_by_side: bool = False) -> str:
        """A term with a non-negative coefficient; a Σ encloses everything after it.

        Inside ⟨⟩ names may stand side by side.
        """
        written = "" if term.coefficient == 1 else _number(term.coefficient)
        for k, factor in enumerate(term.factors):
            if isinstance(factor, NeuronSumNode):
                body = self.term(Term(Fraction(1), term.factors[k + 1 :]), depth + 1)
                summed = f"Σ_{{{','.join(factor.indices)}}} {body}"
                return self._times(
                    written, summed if self.style.unicode else f"sum({','.join(factor.indices)}, {body})"
                )
            if isinstance(factor, SummationNode):
                body = self.term(Term(Fraction(1), term.factors[k + 1 :]), depth + 1)
                return self._times(written, self._summation(factor, body))
            if isinstance(factor, PowerNode) and factor.exponent < 0:
                positive = factor.base if factor.exponent == -1 else PowerNode(factor.base, -factor.exponent)
                written = f"{written or '1'}/{self.node(positive, depth)}"
                continue
            written = self._times(written, self.node(factor, depth), side_by_side)
        return written or "1"

    def _times(self, left: str, right: str, side_by_side: bool = False) -> str:
        if not left:
            return right
        gap = " " if side_by_side and self.style.unicode and right[0].isalpha() else self.style.times
        return f"{left}{gap}{right}"

    def node(self, node: Node, depth: int = 0) -> str:
        """One factor; ``depth`` counts the brackets around it. A Σ is written by ``term``, with what it encloses."""
        match node:
            case FunctionNode():
                return self.function(node)
            case PowerNode(base, exponent):
                return self.style.raised(self._base(base, depth), exponent)
            case BracketNode(body):
                return f"({self.sum(body, depth + 1)})"
            case SymmetricNode(body, first, second):
                written = self.sum(body, depth + 1)
                single = written if len(body.terms) == 1 else f"({written})"
                return f"({single} + ({self._exchange(first, second)}))"
            case RaisedSumNode() | FractionNode() | CallNode():
                return self._scalar(node)
            case MeanNode():
                return self._mean(node, depth)
        return self._leaf(node)

    def _scalar(self, node: RaisedSumNode | FractionNode | CallNode) -> str:
        """A part of a closed form."""
        match node:
            case CallNode(function, arguments):
                return f"{function}({', '.join(self.sum(argument, 1) for argument in arguments)})"
            case FractionNode(above, below):
                bottom = self.term(below, 1)
                single = len(below.factors) + (below.coefficient != 1) == 1
                return f"{self.term(above, 1)}/{bottom if single else f'({bottom})'}"
            case RaisedSumNode(body, exponent):
                written = self.sum(body, 1)
                if exponent == Fraction(1, 2):
                    return f"sqrt({written})"
                if exponent.denominator == 1:
                    return self.style.raised(f"({written})", int(exponent)) if exponent != 1 else f"({written})"
                return f"({written})^({exponent})"

    def _leaf(self, node: Node) -> str:
        """A factor with no sum inside."""
        style = self.style
        match node:
            case ScalarNode(name, layer):
                return style.name(name) + ("" if layer is None else f"[{self._layer(layer)}]")
            case SusceptibilityNode(name, legs):
                return style.name(name) + (f"[{','.join(map(self.label, legs))}]" if legs else "")
            case FormulaNode(formula):
                return formula_text(formula, style)
            case WidthNode():
                return "n"
            case WidthRatioNode():
                return f"n[{self._layer(0)}]/n[{self._layer(-1)}]"
            case TensorNode():
                return self.tensor(node)
            case CollectiveNode(name, legs, next_layer):
                return self.collective(name) + style.primes(int(next_layer)) + f"[{','.join(map(self.label, legs))}]"
            case ParameterNode(name, indices):
                return f"{style.name(name)}[{','.join(indices)}]"
            case ObservableNode(name, legs, next_layer):
                return (
                    f"{style.name(name)}{style.primes(int(next_layer))}[{','.join(map(self._neuron_and_sample, legs))}]"
                )
            case FieldNode(field, leg):
                return style.name(field) + self._slot(leg)
        raise TypeError(f"no way to write {node!r}")

    def _exchange(self, first: tuple[LegLabel, ...], second: tuple[LegLabel, ...]) -> str:
        """12 <-> 34."""
        sides = (labels_together([self.label(label) for label in side]) for side in (first, second))
        return (" ↔ " if self.style.unicode else " <-> ").join(sides)

    def _mean(self, node: MeanNode, depth: int) -> str:
        inside = self._differentiated(self.sum(node.body, depth + 1, side_by_side=True), node.derivatives)
        kernel = f"_{KERNEL_BELOW}[{self._layer(-node.depth)}]" if node.depth else ""
        return f"⟨{inside}⟩{kernel}" if self.style.unicode else f"<{inside}>{kernel}"

    def tensor(self, node: TensorNode) -> str:
        """V[1,2,3,4]; V' on the left, K[1,2;l-1] of a layer below; no brackets where nothing has to be said."""
        primed = self.style.name(node.name) + (self.style.primes(1) if node.next_layer else "")
        slots = ",".join(map(self.label, node.slots))
        layer = self._layer(-node.layers_below) if node.layers_below else ""
        inside = ";".join(part for part in (slots, layer) if part)
        return primed + (f"[{inside}]" if inside else "")

    def collective(self, name: str) -> str:
        """Ĝ; ASCII has no hats."""
        return hatted(name) if self.style.unicode else f"{name}hat"

    def function(self, node: FunctionNode) -> str:
        """f^(m) at a leg or at a combination of fields; an opaque formula inside d(...)."""
        primes = self.style.primes(node.order)
        if node.argument is not None:
            return self._of_combination(node, self.sum(node.argument, 1))
        if not isinstance(node.function, str):
            variable = self.label(node.leg)
            written = formula_text(node.function, self.style, {"z": variable})
            return f"({written})" if not node.order else f"d({written}{f',{variable}' * node.order})"
        name = (
            ACTIVATION_SHORTHAND
            if node.function == self.the_activation and not self.style.unicode
            else self.style.name(node.function)
        )
        if node.leg.field:
            return f"{name}{primes}({self.label(node.leg)})"
        sample = self._slot(node.leg)
        return f"{name}{primes}{sample}" if sample.startswith("[") else f"{name}{sample}{primes}"

    def _of_combination(self, node: FunctionNode, argument: str) -> str:
        if isinstance(node.function, str):
            return f"{self.style.name(node.function)}{self.style.primes(node.order)}({argument})"
        written = formula_text(node.function, self.style, {"z": f"({argument})"})
        return f"({written})" if not node.order else f"d({written}{f',{argument}' * node.order})"

    def label(self, label: LegLabel) -> str:
        """A leg: a letter for a dummy, the field where there are several, else neuron and sample."""
        if label.letter:
            return label.letter
        layer = f"[{self._layer(-label.depth)}]" if label.depth else ""
        named = self.style.name(label.field) + self._slot(label) if label.field else self._neuron_and_sample(label)
        return named + layer

    def _slot(self, label: LegLabel) -> str:
        return f"[{self._neuron_and_sample(label)}]" if label.neuron else self.style.slot(label.sample)

    def _neuron_and_sample(self, label: LegLabel) -> str:
        return ";".join(part for part in (label.neuron, label.sample) if part)

    def _base(self, base: Node, depth: int) -> str:
        written = self.node(base, depth)
        return f"({written})" if isinstance(base, (WidthRatioNode, FormulaNode)) else written

    def _differentiated(self, inside: str, derivatives: tuple[LegLabel, ...]) -> str:
        if not derivatives:
            return inside
        legs = [self.label(leg) for leg in derivatives]
        if self.style.unicode:
            return "".join(f"∂{leg}" for leg in legs) + f"({inside})"
        return f"d({','.join([inside, *legs])})"

    def _summation(self, node: SummationNode, body: str) -> str:
        if not self.style.unicode:
            for dummies, over in reversed(node.ranges):
                inputs = ",".join(map(self.label, over))
                body = f"sum({','.join(map(self.label, dummies))} in {{{inputs}}}, {body})"
            return body
        groups = (
            f"{','.join(map(self.label, dummies))}∈{{{','.join(self.label(leg) for leg in over)}}}"
            for dummies, over in node.ranges
        )
        return f"Σ_{{{'; '.join(groups)}}} {body}"

    def _layer(self, offset: int) -> str:
        name = "ℓ" if self.style.unicode else "l"
        return name if not offset else f"{name}{offset:+d}"


def hatted(name: str) -> str:
    """Ĝ."""
    return unicodedata.normalize("NFC", f"{name}\u0302")


def text_writer(notation: Notation, unicode: bool = True) -> TextWriter:
    """The writer for one equation; an activation is written ``s`` where it is the only function."""
    functions = notation.functions
    is_alone = len(functions) == 1 and not notation.definitions and not notation.several_fields
    is_free = ACTIVATION_SHORTHAND not in notation.names.hyperparameters
    has_short_name = is_alone and is_free and functions[0] not in BUILTIN_FUNCTIONS
    return TextWriter(TextStyle(unicode), functions[0] if has_short_name else None)


def _number(value: Fraction) -> str:
    return str(value)
