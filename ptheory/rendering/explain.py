"""The steps of a derivation, written so that a physicist can follow them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence

from ptheory.algebra.polynomial import Polynomial
from ptheory.language.claim_names import WIDTH
from ptheory.recursion.indexed_terms import IndexedTerm, InnerNeuron, Neuron, OuterNeuron
from ptheory.recursion.means.layer_functions import expand_factors
from ptheory.recursion.steps import (
    ConditionalCumulant,
    Left,
    NeuronProduct,
    NextCollective,
    OuterCumulant,
    Step,
    StepLine,
)
from ptheory.recursion.tensor_names import TensorNames
from ptheory.recursion.tensors import PREACTIVATION, Collective, Leg, ObservableAt
from ptheory.rendering.arrange import arrange, collective_node, jet_sum, node, tensor_node
from ptheory.rendering.brackets import open_expectations
from ptheory.rendering.latex import LatexWriter
from ptheory.rendering.latex import hatted as hatted_latex
from ptheory.rendering.notation import Notation, name_compound_sites
from ptheory.rendering.report import Formula, Typeset, Words
from ptheory.rendering.spelling import OURS, Spelling
from ptheory.rendering.text import TextWriter, hatted, text_writer
from ptheory.rendering.text_pieces import broken_text
from ptheory.rendering.tree import (
    BracketNode,
    FieldNode,
    FunctionNode,
    LegLabel,
    NeuronSumNode,
    Node,
    ObservableNode,
    ParameterNode,
    PowerNode,
    Sum,
    Term,
    power,
)


def explain_text(steps: Sequence[Step], names: TensorNames, width: int = 100, unicode: bool = True) -> str:
    """Numbered steps, each with its reason and its formulas."""
    lines = []
    for number, step in enumerate(steps, start=1):
        lines += [*textwrap.wrap(f"{number}. {step.name}. {step_why(step, names)}", width, subsequent_indent="   "), ""]
        for left, right in step_lines_text(step, names, unicode):
            first, *rest = broken_text(right, width - 4 - len(left) - 3, width - 8)
            lines.append(f"    {left} = {first}")
            lines += [f"        {line}" for line in rest]
        lines.append("")
    return "\n".join(lines)


def explain_latex(steps: Sequence[Step], names: TensorNames) -> str:
    """The same as LaTeX paragraphs and displays."""
    from ptheory.rendering.latex_document import LatexReport
    from ptheory.rendering.report import StepList

    return LatexReport().item(StepList("", tuple(steps), names))


def step_why(step: Step, names: TensorNames) -> str:
    """Why a step is taken, the covariance called as it is declared: Ĝ where it fluctuates, K at leading order."""
    called = step_notation(step, names).covariance
    return step.why.format(fluctuating=hatted(called.declared), kernel=called.name)


def step_words(step: Step, names: TensorNames, spelling: Spelling = OURS) -> Words:
    """The same with its symbols as formulas, in the author's notation."""
    called = step_notation(step, names).covariance
    layer = spelling.layer(0)
    written = {
        "{fluctuating}": (hatted(called.declared), hatted_latex(spelling.symbol(called.declared)).latex()),
        "{kernel}": (called.name, spelling.name(called.name)),
        "E[ | ℓ]": ("E[ | ℓ]", rf"\mathrm{{E}}[\,\cdot\mid {layer}]"),
        "κ[ | ℓ]": ("κ[ | ℓ]", rf"\kappa[\,\cdot\mid {layer}]"),
        "ℓ+1": ("ℓ+1", spelling.layer(1)),
        "ℓ": ("ℓ", layer),
        "1/n": ("1/n", f"1/{spelling.name(WIDTH)}"),
    }
    parts = re.split("(" + "|".join(map(re.escape, written)) + ")", step.why)
    return tuple(
        Formula(Typeset(written[part][1], written[part][0])) if part in written else part for part in parts if part
    )


def step_lines_latex(step: Step, names: TensorNames, spelling: Spelling = OURS) -> list[tuple[str, str]]:
    """(left, right) per formula."""
    notation, writer = step_notation(step, names), LatexWriter(spelling)
    return [(left_latex(line.left, notation, writer), writer.sum(right_tree(line, notation))) for line in step.lines]


def step_lines_text(step: Step, names: TensorNames, unicode: bool = True) -> list[tuple[str, str]]:
    """(left, right) of every line of a step."""
    notation = step_notation(step, names)
    writer = text_writer(notation, unicode)
    return [(left_text(line.left, notation, writer), writer.sum(right_tree(line, notation))) for line in step.lines]


def step_notation(step: Step, names: TensorNames) -> Notation:
    """The notation of a step, short names given to site functions that are no single activation."""
    model = step.model
    sites, definitions = name_compound_sites(model.sites)
    return Notation(names, sites, model.architecture.fields, model.architecture.outputs, definitions)


def right_tree(line: StepLine, notation: Notation) -> Sum:
    """The right side of a line: means at the kernel, or products at neurons before averaging."""
    if isinstance(line.right, Polynomial):
        fluctuating = isinstance(line.left, ConditionalCumulant)
        return arrange(open_expectations(line.right, notation, fluctuating=fluctuating), notation)
    return Sum(tuple(term for indexed in line.right for term in indexed_terms(indexed, notation)))


def indexed_terms(indexed: IndexedTerm, notation: Notation) -> list[Term]:
    """coefficient Σ_j parameters * site functions * observables, one Term per term of the coefficient."""
    inner = indexed.summed_indices
    short = inner_names(inner)
    factors: list[Node] = [NeuronSumNode(tuple(short[i] for i in inner))] if inner else []
    for parameter in indexed.parameters:
        factors.append(ParameterNode(parameter.name, tuple(neuron_name(i, short) for i in parameter.indices)))
    for site, index in indexed.sites:
        factors += at_neuron(jet_sum(expand_factors(notation.sites, (site,)), notation), neuron_name(index, short))
    for observable, indices in indexed.observables:
        factors.append(observable_node(observable, [neuron_name(i, short) for i in indices], notation))
    terms = []
    for monomial, coefficient in indexed.coefficient.sorted_terms():
        scalars = tuple(power(node(atom, notation), exponent) for atom, exponent in monomial)
        terms.append(Term(coefficient, (*scalars, *factors)))
    return terms


def inner_names(indices: Sequence[InnerNeuron]) -> dict[InnerNeuron, str]:
    """j, or j_1, j_2, ... when there are several."""
    if len(indices) == 1:
        return {indices[0]: "j"}
    return {index: f"j{number}" for number, index in enumerate(indices, start=1)}


def neuron_name(index: Neuron, inner: Mapping[InnerNeuron, str]) -> str:
    """A summed neuron by its short name, a neuron of layer l+1 by its letter."""
    return inner[index] if isinstance(index, InnerNeuron) else outer_name(index)


def outer_name(index: OuterNeuron) -> str:
    """A neuron of layer l+1: i, k, m, p for the first four of a pattern, then i5, ..."""
    return "ikmp"[index.number - 1] if index.number <= 4 else f"i{index.number}"


def at_neuron(body: Sum, neuron: str) -> list[Node]:
    """The factors of a site function with the neuron said at every leg."""
    if len(body.terms) == 1 and body.terms[0].coefficient == 1:
        return [_placed(factor, neuron) for factor in body.terms[0].factors]
    return [BracketNode(_placed_sum(body, neuron))]


def _placed(factor: Node, neuron: str) -> Node:
    match factor:
        case PowerNode(base, exponent):
            return PowerNode(_placed(base, neuron), exponent)
        case FunctionNode(function, order, leg, argument):
            placed = None if argument is None else _placed_sum(argument, neuron)
            return FunctionNode(function, order, LegLabel(leg.field, leg.sample, leg.letter, neuron, leg.depth), placed)
        case FieldNode(field, leg):
            return FieldNode(field, LegLabel(leg.field, leg.sample, leg.letter, neuron))
        case BracketNode(body):
            return BracketNode(_placed_sum(body, neuron))
    return factor


def _placed_sum(body: Sum, neuron: str) -> Sum:
    return Sum(tuple(Term(t.coefficient, tuple(_placed(f, neuron) for f in t.factors)) for t in body.terms))


def observable_node(
    observable: ObservableAt, neurons: Sequence[str], notation: Notation, next_layer: bool = False
) -> ObservableNode:
    """An observable with its legs at neurons, one name of a neuron for each leg."""
    name = str(observable.legs[0].field) if observable.kind == PREACTIVATION else observable.kind.name
    legs = tuple(_leg_at(leg, neuron, notation) for leg, neuron in zip(observable.legs, neurons, strict=True))
    return ObservableNode(name, legs, next_layer)


def _leg_at(leg: Leg, neuron: str, notation: Notation) -> LegLabel:
    label = notation.label(leg)
    return LegLabel("", label.sample, label.letter, neuron)


def product_nodes(component: Collective, notation: Notation) -> list[ObservableNode]:
    """The next-layer observables of a component at the index pattern of its pairing."""
    neuron_of = {}
    for number, pair in enumerate(component.blocks, start=1):
        for position in pair:
            neuron_of[position] = outer_name(OuterNeuron(number))
    return [
        observable_node(observable, [neuron_of[k, p] for p in range(len(observable.legs))], notation, next_layer=True)
        for k, observable in enumerate(component.observables)
    ]


def left_latex(left: Left, notation: Notation, writer: LatexWriter) -> str:
    """The left side: a product, a collective variable, a cumulant given the layer below, or a joint one."""

    def cumulant(components: Sequence[Collective]) -> str:
        inside = ", ".join(writer.node(collective_node(c, notation, next_layer=True)) for c in components)
        symbol = r"\mathrm{E}" if len(components) == 1 else r"\kappa"
        return rf"{symbol}\bigl[{inside}\,\big|\,{writer.spelling.layer(0)}\bigr]"

    match left:
        case NeuronProduct(component):
            return "".join(writer.node(factor) for factor in product_nodes(component, notation))
        case NextCollective(component):
            return writer.node(collective_node(component, notation, next_layer=True))
        case ConditionalCumulant(components):
            return cumulant(components)
        case OuterCumulant(blocks, order):
            symbol = r"\mathrm{E}" if len(blocks) == 1 else r"\kappa"
            inside = ", ".join(cumulant(block) for block in blocks)
            return (
                rf"{symbol}\bigl[{inside}\bigr]_{{n^{{-{order}}}}}"
                if order
                else rf"{symbol}\bigl[{inside}\bigr]_{{n^0}}"
            )
    return writer.tensor(tensor_node(left, notation, next_layer=True))


def left_text(left: Left, notation: Notation, writer: TextWriter) -> str:
    """The same as text."""

    def cumulant(components: Sequence[Collective]) -> str:
        inside = ", ".join(writer.node(collective_node(c, notation, next_layer=True)) for c in components)
        return f"{'E' if len(components) == 1 else kappa}[{inside} | {below}]"

    kappa, below = ("κ", "ℓ") if writer.style.unicode else ("cumulant", "l")
    match left:
        case NeuronProduct(component):
            return writer.style.times.join(writer.node(factor) for factor in product_nodes(component, notation))
        case NextCollective(component):
            return writer.node(collective_node(component, notation, next_layer=True))
        case ConditionalCumulant(components):
            return cumulant(components)
        case OuterCumulant(blocks, order):
            inside = ", ".join(cumulant(block) for block in blocks)
            at = "1" if not order else "1/n" if order == 1 else f"1/{writer.style.raised('n', order)}"
            return f"{'E' if len(blocks) == 1 else kappa}[{inside}] at order {at}"
    return writer.tensor(tensor_node(left, notation, next_layer=True))
