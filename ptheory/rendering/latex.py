r"""The display tree as LaTeX (amsmath): one line with break marks, see ``breaking.py``.

Delimiters that may end up on different lines are \bigl and \bigr, never \left and \right.
"""

from __future__ import annotations

import re
from fractions import Fraction

from ptheory.rendering.breaking import MARK, mark, product_mark, without_marks
from ptheory.rendering.identifiers import latex_function, latex_identifier
from ptheory.rendering.tree import (
    BracketNode,
    CollectiveNode,
    FieldNode,
    FormulaNode,
    FunctionNode,
    LegLabel,
    MeanNode,
    NeuronSumNode,
    Node,
    ObservableNode,
    ParameterNode,
    PowerNode,
    ScalarNode,
    Sum,
    SummationNode,
    SusceptibilityNode,
    TensorNode,
    Term,
    WidthNode,
    WidthRatioNode,
)
from ptheory.rendering.written_formulas import formula_latex

_THIN = r"\,"
HIGHEST_PRIMES = 3  # σ''' but σ^{(4)}


def sum_latex(total: Sum, depth: int = 0) -> str:
    """Terms with their signs, a break mark before each but the first; 0 for none."""
    if not total.terms:
        return "0"
    pieces = []
    for k, term in enumerate(total.terms):
        sign = "-" if term.coefficient < 0 else "+" if k else ""
        body = term_latex(Term(abs(term.coefficient), term.factors), depth)
        spaced = f" {sign} " if k else sign
        pieces.append((mark(depth) if k else "") + spaced + body)
    return "".join(pieces)


def term_latex(term: Term, depth: int = 0) -> str:
    """A term with a non-negative coefficient; scalars beside a fraction go into its numerator, inverse powers below."""
    above: list[str] = []
    below: list[str] = []
    rest: list[str] = []
    for factor in term.factors:
        if isinstance(factor, PowerNode) and factor.exponent < 0:
            below.append(node_latex(_power(factor.base, -factor.exponent)))
        elif isinstance(_base(factor), (ScalarNode, FormulaNode, WidthNode)):
            above.append(node_latex(factor))
        else:
            may_break = isinstance(factor, (MeanNode, PowerNode)) and not isinstance(_base(factor), SusceptibilityNode)
            breakable = product_mark() if rest and not depth and may_break else ""
            rest.append(breakable + node_latex(factor, depth))
    prefix = _prefix(abs(term.coefficient), above, below, depth)
    return " ".join(part for part in (prefix, *rest) if part) or "1"


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


def node_latex(node: Node, depth: int = 0) -> str:
    """One factor; ``depth`` counts the brackets around it."""
    match node:
        case PowerNode(base, exponent):
            return raised_latex(base, exponent, depth)
        case BracketNode(body):
            return bracketed(sum_latex(body, depth + 1))
        case MeanNode():
            return _mean_latex(node, depth)
        case SummationNode(ranges):
            return "".join(_summation(dummies, over) for dummies, over in ranges).strip()
        case NeuronSumNode(indices):
            return rf"\sum_{{{','.join(latex_identifier(i) for i in indices)}}}"
        case FunctionNode():
            return function_latex(node)
    return _leaf_latex(node)


def _leaf_latex(node: Node) -> str:
    """A factor with no sum inside."""
    match node:
        case ScalarNode(name, layer):
            return latex_identifier(name) if layer is None else f"{latex_identifier(name)}^{{({_layer(layer)})}}"
        case SusceptibilityNode(name):
            return latex_identifier(name)
        case FormulaNode(formula):
            return without_marks(formula_latex(formula))
        case WidthNode():
            return r"n_{\ell}"
        case WidthRatioNode():
            return r"\frac{n_{\ell}}{n_{\ell-1}}"
        case TensorNode():
            return tensor_latex(node)
        case CollectiveNode(name, legs, next_layer):
            inside = "".join(label_latex(a) for a in legs)
            return rf"\widehat{{{latex_identifier(name)}}}^{{({_layer(int(next_layer))})}}_{{{inside}}}"
        case ParameterNode(name, indices):
            inside = "".join(latex_identifier(i) for i in indices)
            return rf"{latex_identifier(name)}_{{{inside}}}"
        case ObservableNode(name, legs, next_layer):
            superscript = r"^{(\ell+1)}" if next_layer else ""
            return rf"{latex_identifier(name)}{superscript}_{{{_THIN.join(map(_neuron_and_sample, legs))}}}"
        case FieldNode(field, leg):
            return _subscripted(latex_identifier(field), leg)
    raise TypeError(f"no way to write {node!r}")


def _mean_latex(node: MeanNode, depth: int) -> str:
    kernel = latex_identifier(node.covariance)
    inside = sum_latex(node.body, depth + 1)
    if node.derivatives:
        inside = derivatives_latex(node.derivatives) + f"({inside})"
    if node.fluctuating:
        kernel = rf"\widehat{{{kernel}}}"
    elif node.depth:
        kernel = f"{kernel}^{{({_layer(-node.depth)})}}"
    return rf"\langle {inside}\rangle_{_braced(kernel)}"


def bracketed(inside: str) -> str:
    """[ ... ] as large as what is inside."""
    size = "Bigg" if r"\sum" in inside else "bigg" if r"\frac" in inside.replace(r"\tfrac", "") else "big"
    return rf"\{size}l[{inside}\{size}r]"


def raised_latex(base: Node, exponent: int, depth: int) -> str:
    """base^exponent, the base in parentheses where it has a superscript or an argument."""
    written = node_latex(base, depth)
    shown = str(exponent) if 0 <= exponent < 10 else f"{{{exponent}}}"
    match base:
        case FunctionNode(function, order, leg) if order and not (leg.field and isinstance(function, str)):
            return rf"({written})^{shown}"
        case TensorNode() | WidthRatioNode() | FormulaNode():
            return rf"\bigl({written}\bigr)^{shown}"
        case ScalarNode(_, layer) if layer is not None:
            return rf"\bigl({written}\bigr)^{shown}"
        case _:
            return f"{written}^{shown}"


def tensor_latex(node: TensorNode) -> str:
    r"""V^{(\ell)}_{(12)(34)}; G^{\{1\}(\ell)} beyond the leading order; the leading G is K."""
    name, _, subscript = latex_identifier(node.base).partition("_")
    superscript = (rf"\{{{node.order}\}}" if node.order else "") + ("(\\ell+1)" if node.next_layer else "(\\ell)")
    if node.pairs:
        arguments = "".join(f"({''.join(label_latex(a) for a in pair)})" for pair in node.pairs)
    else:
        separator = "," if any(len(a.sample) > 1 for a in node.legs) else ""
        arguments = separator.join(label_latex(a) for a in node.legs)
    if subscript.startswith("{"):
        subscript = subscript[1:-1]
    inside = ",".join(part for part in (subscript, arguments) if part)
    return f"{name}^{{{superscript}}}" + (f"_{{{inside}}}" if inside else "")


def symbol_latex(node: TensorNode) -> str:
    """K_{ab}, V_{aabb}: a tensor of the layer read as one symbol, which may be raised to powers."""
    name, _, subscript = latex_identifier(node.name).partition("_")
    separator = "," if any(len(a.sample) > 1 for a in node.slots) else ""
    inside = [subscript.removeprefix("{").removesuffix("}"), separator.join(map(label_latex, node.slots))]
    return f"{name}_{{{','.join(part for part in inside if part)}}}" if any(inside) else name


def function_latex(node: FunctionNode) -> str:
    """f^(m) at a leg or at a combination of fields; an opaque formula with ∂ in front."""
    argument = None if node.argument is None else without_marks(sum_latex(node.argument, 1))
    if not isinstance(node.function, str):
        variable = label_latex(node.leg)
        if argument is not None:
            variable = rf"({argument})"
        written = formula_latex(node.function, {"z": variable})
        derivative = "" if not node.order else rf"\partial^{{{node.order}}}_{{{variable}}} "
        return derivative + written
    name = latex_function(node.function)
    marked = name + ("'" * node.order if node.order <= HIGHEST_PRIMES else f"^{{({node.order})}}")
    if argument is not None:
        return f"{marked}({argument})"
    if node.leg.field:
        return f"{marked}({label_latex(node.leg)})"
    return _subscripted(marked, node.leg)


def derivatives_latex(legs: tuple[LegLabel, ...]) -> str:
    """∂_a ∂_b; ∂_z^4 where one leg repeats."""
    written = []
    for label in dict.fromkeys(legs):
        times = legs.count(label)
        name = label_latex(label)
        written.append(rf"\partial_{_braced(name)}" + (f"^{times}" if times > 1 else ""))
    return "".join(written)


def label_latex(label: LegLabel) -> str:
    """A leg: a letter for a dummy, the field where there are several, else neuron and sample."""
    if label.letter:
        return latex_identifier(label.letter)
    if label.field:
        layer = f"^{{({_layer(-label.depth)})}}" if label.depth else ""
        return _subscripted(latex_identifier(label.field) + layer, label)
    return _neuron_and_sample(label)


def _neuron_and_sample(label: LegLabel) -> str:
    """j;1 where the neuron is said, else the sample alone."""
    return ";".join(latex_identifier(part) for part in (label.neuron, label.sample) if part)


def _subscripted(base: str, label: LegLabel) -> str:
    subscript = _neuron_and_sample(label)
    if not subscript:
        return base
    return f"{{{base}}}_{_braced(subscript)}" if "_" in base else f"{base}_{_braced(subscript)}"


def _braced(text: str) -> str:
    return text if len(text) == 1 else f"{{{text}}}"


def _summation(dummies: tuple[LegLabel, ...], over: tuple[LegLabel, ...]) -> str:
    names = ",".join(label_latex(d) for d in dummies)
    legs = ",".join(label_latex(leg) for leg in over)
    return rf"\sum_{{{names}\in\{{{legs}\}}}} "


def _layer(offset: int) -> str:
    return r"\ell" if not offset else rf"\ell{offset:+d}"


_COMMAND = re.compile(r"\\(?:[A-Za-z]+|.)")
_WIDE = {r"\sum": 2.6, r"\frac": 0.0, r"\tfrac": 0.0, r"\chi": 1.0, r"\parallel": 0.8}
_NOTHING = frozenset(
    (r"\bigl", r"\bigr", r"\biggl", r"\biggr", r"\Biggl", r"\Biggr", r"\left", r"\right", r"\mathrm", r"\widehat")
)


def visible_width(latex: str) -> float:
    """A rough width in digits of the text size: scripts count for 0.7, fractions as their wider half."""
    text = _fraction_collapsed(latex.replace(MARK, ""))
    total, k, scripts = 0.0, 0, 0
    closing: list[bool] = []
    pending_script = False
    while k < len(text):
        character = text[k]
        weight = 0.7 if scripts or pending_script else 1.0
        if character == "\\":
            match = _COMMAND.match(text, k)
            assert match is not None
            command = match.group()
            k = match.end()
            total += weight * (0.0 if command in _NOTHING else _WIDE.get(command, 1.0))
            pending_script = False
            continue
        k += 1
        if character in "^_":
            pending_script = True
        elif character == "{":
            closing.append(pending_script)
            scripts += pending_script
            pending_script = False
        elif character == "}":
            scripts -= closing.pop() if closing else 0
        elif character != " ":
            total += weight * (
                1.9 if character in "+-=" and not scripts else 1.0 if character not in "',.()[]|" else 0.6
            )
            pending_script = False
    return total


_FRACTION = re.compile(r"\\t?frac\{((?:[^{}]|\{[^{}]*\})*)\}\{((?:[^{}]|\{[^{}]*\})*)\}")


def _fraction_collapsed(latex: str) -> str:
    return _FRACTION.sub(lambda m: max(m.group(1), m.group(2), key=len), latex)
