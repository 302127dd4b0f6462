"""The display tree as LaTeX (amsmath), on one line; ``latex_pieces.py`` breaks it where it is too long."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from ptheory.language.exchanges import labels_together
from ptheory.rendering.identifiers import latex_exchange, latex_identifier, latex_input
from ptheory.rendering.spelling import OURS, Spelling, Symbol, braced, script
from ptheory.rendering.tree import (
    BracketNode,
    CallNode,
    CollectiveNode,
    FieldNode,
    FormulaNode,
    FractionNode,
    FunctionNode,
    InverseKernelNode,
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
from ptheory.rendering.written_formulas import formula_latex

_THIN = r"\,"
OPENS = r"\bigl("  # after a name alone this would be its argument: h \bigl(...
HIGHEST_PRIMES = 3  # σ''' but σ^{(4)}


@dataclass(frozen=True)
class LatexWriter:
    """``spelling``: how names and layers are written."""

    spelling: Spelling = OURS

    def sum(self, total: Sum, depth: int = 0) -> str:
        """Terms with their signs; 0 for none."""
        if not total.terms:
            return "0"
        pieces = []
        for k, term in enumerate(total.terms):
            sign = "-" if term.coefficient < 0 else "+" if k else ""
            body = self.term(Term(abs(term.coefficient), term.factors), depth)
            spaced = f" {sign} " if k else sign
            pieces.append(spaced + body)
        return "".join(pieces)

    def term(self, term: Term, depth: int = 0) -> str:
        """A term, its coefficient not negative; scalars beside a fraction go above it, inverse powers below."""
        above: list[str] = []
        below: list[str] = []
        rest: list[str] = []
        before: Node | None = None
        for factor in term.factors:
            if isinstance(factor, PowerNode) and factor.exponent < 0:
                below.append(self.node(_power(factor.base, -factor.exponent)))
            elif isinstance(_base(factor), (ScalarNode, FormulaNode, WidthNode)) or is_root_of_a_number(factor):
                above.append(self.node(factor))
            else:
                written = self.node(factor, depth)
                called = (
                    written.startswith(OPENS) and before is not None and isinstance(_base(before), SusceptibilityNode)
                )
                rest.append(rf"\cdot {written}" if called else written)
            before = factor
        prefix = _prefix(abs(term.coefficient), above, below, depth)
        return " ".join(part for part in (prefix, *rest) if part) or "1"

    def node(self, node: Node, depth: int = 0) -> str:
        """One factor; ``depth`` counts the brackets around it."""
        match node:
            case PowerNode(base, exponent):
                return self.raised(base, exponent, depth)
            case BracketNode(body):
                return bracketed(self.sum(body, depth + 1))
            case SymmetricNode():
                return self._symmetric(node, depth)
            case RaisedSumNode(body, exponent):
                return self._raised_sum(body, exponent)
            case FractionNode(above, below):
                top, bottom = self._inside_fraction(above), self._inside_fraction(below)
                return rf"{fraction_command(depth)}{{{top}}}{{{bottom}}}"
            case CallNode():
                return self._call(node)
            case MeanNode():
                return self._mean(node, depth)
            case SummationNode(ranges):
                return "".join(self._summation(dummies, over) for dummies, over in ranges).strip()
            case NeuronSumNode(indices):
                return rf"\sum_{{{','.join(map(latex_identifier, indices))}}}"
            case FunctionNode():
                return self.function(node)
        return self._leaf(node)

    def _leaf(self, node: Node) -> str:
        """A factor with no sum inside."""
        match node:
            case ScalarNode(name, layer):
                written = self.spelling
                return written.name(name) if layer is None else written.at_layer(written.symbol(name), layer)
            case SusceptibilityNode(name, legs):
                return self.spelling.symbol(name).latex(self._slots(legs)) if legs else self.spelling.name(name)
            case FormulaNode(formula):
                return formula_latex(formula, spelling=self.spelling)
            case WidthNode():
                return self.spelling.width()
            case WidthRatioNode():
                return rf"\frac{{{self.spelling.width()}}}{{{self.spelling.width(-1)}}}"
            case TensorNode():
                return self.tensor(node)
            case CollectiveNode(name, legs, next_layer):
                inside = "".join(self.label(a) for a in legs)
                symbol = hatted(self.spelling.symbol(name))
                return self.spelling.at_layer(symbol, int(next_layer), inside)
            case ParameterNode(name, indices):
                return self.spelling.symbol(name).latex("".join(map(latex_identifier, indices)))
            case ObservableNode(name, legs, next_layer):
                symbol, inside = self.spelling.symbol(name), _THIN.join(map(_neuron_and_sample, legs))
                return self.spelling.at_layer(symbol, 1, inside) if next_layer else symbol.latex(inside)
            case InverseKernelNode(name, legs):
                return self.spelling.symbol(name).latex(above=self._slots(legs))
            case FieldNode(field, leg, raised):
                above = self.spelling.symbol(field).latex(above=self.label(leg)) if raised else ""
                return above or _subscripted(self.spelling.name(field), leg)
        raise TypeError(f"no way to write {node!r}")

    def _inside_fraction(self, part: Term) -> str:
        """A product above or below the line; a sum that is all of it needs no parentheses."""
        whole = Fraction(1)
        match part:
            case Term(coefficient, (RaisedSumNode(body, exponent),)) if coefficient == exponent == whole:
                return self.sum(body, 1)
        return self.term(part, 1)

    def _symmetric(self, node: SymmetricNode, depth: int) -> str:
        r"""[ X + (12 \leftrightarrow 34) ]."""
        written = self.sum(node.body, depth + 1)
        single = written if len(node.body.terms) == 1 else bracketed(written)
        first, second = (labels_together([self.label(label) for label in side]) for side in (node.first, node.second))
        return bracketed(f"{single} + {latex_exchange(f'{first} <-> {second}')}")

    def _raised_sum(self, body: Sum, exponent: Fraction) -> str:
        written = self.sum(body, 1)
        if exponent == Fraction(1, 2):
            return rf"\sqrt{{{written}}}"
        return f"({written})" if exponent == 1 else f"({written})^{braced(str(exponent))}"

    def _call(self, node: CallNode) -> str:
        written = ", ".join(self.sum(argument, 1) for argument in node.arguments)
        if node.function == "exp":
            return f"e^{{{written}}}"
        return rf"{self.spelling.function(node.function)}\bigl({written}\bigr)"

    def _mean(self, node: MeanNode, depth: int) -> str:
        kernel = self.spelling.symbol(node.covariance)
        inside = self.sum(node.body, depth + 1)
        if node.derivatives:
            inside = self.derivatives(node.derivatives) + f"({inside})"
        below = hatted(kernel).latex() if node.fluctuating else kernel.latex()
        if node.depth and not node.fluctuating:
            below = self.spelling.at_layer(kernel, -node.depth)
        return rf"\langle {inside}\rangle_{braced(below)}"

    def raised(self, base: Node, exponent: int, depth: int) -> str:
        """base^exponent, the base in parentheses where it has a superscript or an argument."""
        match base:
            case ScalarNode(name, None):
                return self.spelling.symbol(name).raised(exponent)
            case SusceptibilityNode(name, legs):
                return self.spelling.symbol(name).raised(exponent, self._slots(legs))
        written = self.node(base, depth)
        shown = script(exponent)
        match base:
            case FunctionNode(str() as function, order, leg, None) if not leg.field:
                if order > HIGHEST_PRIMES or self._has_superscript(function):
                    return rf"({written})^{shown}"
                primed = self.function(replace(base, leg=LegLabel()))
                return _subscripted(f"{primed}^{shown}", leg)
            case FunctionNode(function, order, leg) if order and not (leg.field and isinstance(function, str)):
                return rf"({written})^{shown}"
            case TensorNode() | WidthRatioNode() | FormulaNode():
                return rf"\bigl({written}\bigr)^{shown}"
            case ScalarNode(_, layer) if layer is not None:
                return rf"\bigl({written}\bigr)^{shown}"
            case _:
                return f"{written}^{shown}"

    def tensor(self, node: TensorNode) -> str:
        r"""V^{(\ell)}_{(12)(34)}; G^{\{1\}(\ell)} beyond the leading order; the leading G is K."""
        symbol, order = self._symbol_and_order(node)
        if node.pairs:
            arguments = "".join(f"({''.join(self.label(a) for a in pair)})" for pair in node.pairs)
        else:
            arguments = self._slots(node.legs)
        return self.spelling.at_layer(symbol, int(node.next_layer) - node.layers_below, arguments, order)

    def _symbol_and_order(self, node: TensorNode) -> tuple[Symbol, str]:
        r"""(G, \{1\}) of G1; where the author has a symbol for G1, that one alone."""
        own = node.order and node.name in self.spelling.symbols
        order = rf"\{{{node.order}\}}" if node.order and not own else ""
        return self.spelling.symbol(node.name if own else node.base), order

    def symbol(self, node: TensorNode) -> str:
        r"""K_{ab}, V_{aabb}, G^{\{1\}}_{ab}: a tensor of the layer read as one symbol."""
        symbol, order = self._symbol_and_order(node)
        return symbol.latex(self._slots(node.slots), order)

    def _slots(self, slots: tuple[LegLabel, ...]) -> str:
        separator = "," if any(len(a.sample) > 1 for a in slots) else ""
        return separator.join(map(self.label, slots))

    def function(self, node: FunctionNode) -> str:
        """f^(m) at a leg or at a combination of fields; an opaque formula with ∂ in front."""
        argument = None if node.argument is None else self.sum(node.argument, 1)
        if not isinstance(node.function, str):
            variable = self.label(node.leg)
            if argument is not None:
                variable = rf"({argument})"
            written = formula_latex(node.function, {"z": variable}, self.spelling)
            derivative = "" if not node.order else rf"\partial^{{{node.order}}}_{{{variable}}} "
            return derivative + written
        marked = self._marked(node.function, node.order)
        if argument is not None:
            return f"{marked}({argument})"
        if node.leg.field:
            return f"{marked}({self.label(node.leg)})"
        return _subscripted(marked, node.leg)

    def _has_superscript(self, function: str) -> bool:
        return function in self.spelling.symbols and bool(self.spelling.symbols[function].above)

    def _marked(self, function: str, order: int) -> str:
        r"""\sigma'', \sigma^{(4)}; \phi^{a\prime\prime} where the author's symbol has a superscript."""
        if not self._has_superscript(function):
            name = self.spelling.function(function)
            return name + ("'" * order if order <= HIGHEST_PRIMES else f"^{{({order})}}")
        symbol = self.spelling.symbols[function]
        marks = r"\prime" * order if order <= HIGHEST_PRIMES else f",({order})"
        return replace(symbol, above=symbol.above + marks).latex()

    def derivatives(self, legs: tuple[LegLabel, ...]) -> str:
        """∂_a ∂_b; ∂_z^4 where one leg repeats."""
        written = []
        for label in dict.fromkeys(legs):
            times = legs.count(label)
            name = self.label(label)
            written.append(rf"\partial_{braced(name)}" + (f"^{times}" if times > 1 else ""))
        return "".join(written)

    def label(self, label: LegLabel) -> str:
        """A leg: a letter for a dummy, the field where there are several, else neuron and sample."""
        if label.letter:
            return latex_identifier(label.letter)
        if label.field:
            symbol = self.spelling.symbol(label.field)
            field = self.spelling.at_layer(symbol, -label.depth) if label.depth else symbol.latex()
            return _subscripted(field, label)
        return _neuron_and_sample(label)

    def _summation(self, dummies: tuple[LegLabel, ...], over: tuple[LegLabel, ...]) -> str:
        names = ",".join(self.label(d) for d in dummies)
        legs = ",".join(self.label(leg) for leg in over)
        return rf"\sum_{{{names}\in\{{{legs}\}}}} "


def is_root_of_a_number(factor: Node) -> bool:
    """sqrt(2), which stands before symbols."""
    match factor:
        case RaisedSumNode(Sum((Term(_, ()),))):
            return True
    return False


def _base(factor: Node) -> Node:
    return factor.base if isinstance(factor, PowerNode) else factor


def _prefix(coefficient: Fraction, above: list[str], below: list[str], depth: int) -> str:
    numerator, denominator = coefficient.numerator, coefficient.denominator
    if denominator == 1 and not below:
        return " ".join(([str(numerator)] if numerator != 1 else []) + above)
    top = " ".join(([str(numerator)] if numerator != 1 or not above else []) + above)
    bottom = " ".join(([str(denominator)] if denominator != 1 else []) + below)
    return rf"{fraction_command(depth)}{{{top}}}{{{bottom}}}"


def fraction_command(depth: int) -> str:
    """A full fraction outside brackets, a small one inside."""
    return r"\frac" if depth == 0 else r"\tfrac"


def _power(base: Node, exponent: int) -> Node:
    return base if exponent == 1 else PowerNode(base, exponent)


def bracketed(inside: str) -> str:
    """[ ... ] as large as what is inside."""
    size = "Bigg" if r"\sum" in inside else "bigg" if r"\frac" in inside.replace(r"\tfrac", "") else "big"
    return rf"\{size}l[{inside}\{size}r]"


def hatted(symbol: Symbol) -> Symbol:
    r"""\widehat{G}, fluctuating; scripts stay outside."""
    return replace(symbol, base=rf"\widehat{{{symbol.base}}}")


def _neuron_and_sample(label: LegLabel) -> str:
    """j;1 where the neuron is said, else the sample alone."""
    neuron = [latex_identifier(label.neuron)] if label.neuron else []
    return ";".join([*neuron, *([latex_input(label.sample)] if label.sample else [])])


def _subscripted(base: str, label: LegLabel) -> str:
    subscript = _neuron_and_sample(label)
    if not subscript:
        return base
    return f"{{{base}}}_{braced(subscript)}" if "_" in base else f"{base}_{braced(subscript)}"
