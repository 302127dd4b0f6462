"""Results as a report: one section for every task, in the order of the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from ptheory.claims.verdict import Verdict as ClaimVerdict
from ptheory.language.claim_names import critical_name
from ptheory.language.expressions import Expression
from ptheory.language.formatter import format_expression
from ptheory.recursion.tensors import Tensor
from ptheory.rendering.identifiers import safe_stem
from ptheory.rendering.made_from import architecture_of, made_from
from ptheory.rendering.power_items import power_items
from ptheory.rendering.report import (
    DerivedEquation,
    Figure,
    Item,
    NamedNumber,
    Prose,
    Report,
    Section,
    Solved,
    SpecialisedEquation,
    StepList,
    Table,
    Verdict,
    Words,
)
from ptheory.rendering.result_names import ONE_INPUT, component, joined, values_of
from ptheory.rendering.spelling import OURS, Spelling
from ptheory.results.atlas_result import Atlas
from ptheory.results.depth_forms import DepthForm, Reach, Solution
from ptheory.results.figures import FIGURES, VertexFigure
from ptheory.results.flow_numbers import FlowTable
from ptheory.results.iterated_laws import IterationResult
from ptheory.results.outcomes import ExplainedClaim, Outcome, Refused
from ptheory.results.recursions import Explained, Recursions
from ptheory.results.specialisation import BoundEquation, Specialisation

CLAIM = "Claim"
OF_THE_CLASS = ("stable", "half-stable", "marginal")  # of the critical points, those that a class label is about
DIGEST = 6  # characters of a digest in the name of a file
FIGURES_TITLE = "Figures"
REACHES = {
    Reach.EVERY_LAYER: "in-l",
    Reach.CRITICAL: "in-l",
    Reach.EVERY_ORDER: "in-l-and-n",
    Reach.EVERY_WIDTH: "in-widths",
    Reach.EVERY_WIDTH_AND_ORDER: "in-l-and-widths",
    Reach.LARGE_DEPTH: "at-large-l",
    Reach.FIXED_RATIO: "at-l-over-n",
    Reach.SMALL_RATIO: "at-small-l-over-n",
}
"""What a closed form is called by, behind the tensor."""


def report_of(path: str, outcomes: Sequence[Outcome], architectures: int, spelling: Spelling = OURS) -> Report:
    """The results of a file as a report; ``architectures``: how many the file has, of which several are told apart."""
    sections: list[Section] = []
    derived, stem = False, Path(path).stem
    begins = safe_stem(stem)
    said: dict[str, set[Words]] = {}
    for outcome in outcomes:
        found = _sections(outcome, architectures > 1 and derived, architectures > 1, begins, spelling)
        about, rests_on = architecture_of(outcome), made_from(outcome, outcomes)
        if isinstance(outcome, Recursions):
            found = (_not_said_again(section, said.setdefault(outcome.architecture, set())) for section in found)
        sections = merged(sections, (replace(section, architecture=about, rests_on=rests_on) for section in found))
        derived = derived or isinstance(outcome, Recursions)
    return Report(stem, figures_told_apart(sections), Path(path).name, spelling=spelling)


def _not_said_again(section: Section, said: set[Words]) -> Section:
    """Without the notes that stand below earlier recursions of the architecture, ``said``, which the others join."""
    kept = tuple(item for item in section.items if not (isinstance(item, Prose) and item.words in said))
    said |= {item.words for item in section.items if isinstance(item, Prose)}
    return replace(section, items=kept)


def merged(sections: list[Section], more: Iterable[Section]) -> list[Section]:
    """One section below another; two in a row with one title, about one architecture, are one."""
    found = list(sections)
    for section in more:
        last = found[-1] if found else None
        if last and (last.title, last.architecture) == (section.title, section.architecture) and last.title != CLAIM:
            found[-1] = replace(
                last,
                items=(*last.items, *section.items),
                numbers=(*last.numbers, *section.numbers),
                rests_on=tuple(dict.fromkeys((*last.rests_on, *section.rests_on))),
            )
        else:
            found.append(section)
    return found


def _sections(outcome: Outcome, told_apart: bool, several: bool, stem: str, spelling: Spelling) -> Iterator[Section]:
    """The section of a task, if it gave anything; ``told_apart``: its equations bear the name of their architecture;
    ``several``: so do the names of its results, wherever they stand; ``stem``: what the files of its figures begin
    with."""
    match outcome:
        case Recursions():
            items = tuple(recursion_items(outcome, told_apart, outcome.architecture if several else ""))
            yield Section(f"Recursions of {outcome.architecture}", items)
        case Specialisation():
            title = specialisation_title(outcome.bindings, outcome.values)
            of = specialised_to(outcome, several)
            yield Section(title, tuple(specialisation_items(outcome, of)), tuple(specialisation_numbers(outcome, of)))
        case FlowTable():
            from ptheory.rendering.flow_items import flow_items

            bound = ", ".join(f"{name} = {value}" for name, value in outcome.bindings.items())
            yield Section(f"Flow of {outcome.architecture}{bound and f' with {bound}'}", flow_items(outcome))
        case Atlas():
            from ptheory.rendering.atlas_items import atlas_items

            yield Section(f"Atlas of {outcome.architecture}", tuple(atlas_items(outcome, stem, spelling)))
        case _ if isinstance(outcome, FIGURES):
            from ptheory.rendering.figure_panels import figure_of

            verdicts = outcome.verdicts if isinstance(outcome, VertexFigure) else ()
            yield Section(FIGURES_TITLE, (figure_of(outcome, stem, spelling), *map(verdict_item, verdicts)))
        case ClaimVerdict():
            yield Section(CLAIM, (verdict_item(outcome),))
        case Explained(name, steps, names):
            yield Section(f"How {name} comes about", (StepList(name, steps, names),))
        case ExplainedClaim(verdict):
            yield Section(f"{verdict.label}, term by term", aligned_items(verdict))
        case Refused():
            return


def figures_told_apart(sections: Sequence[Section]) -> tuple[Section, ...]:
    """Figures of several atlases of one architecture are called after their activations too, whatever their order."""
    files = [item.file for section in sections for item in section.items if isinstance(item, Figure)]
    several = {file for file in files if files.count(file) > 1}

    def named(item: Item) -> Item:
        if not isinstance(item, Figure) or item.file not in several:
            return item
        rows = ",".join(name.text for panel in item.panels for name in panel.y.names)
        mark = sha256(rows.encode()).hexdigest()[:DIGEST]
        return replace(item, name=f"{item.name}-{mark}", file=f"{item.file}-{mark}")

    return tuple(replace(section, items=tuple(map(named, section.items))) for section in sections)


def aligned_items(verdict: ClaimVerdict) -> tuple[Item, ...]:
    """Both sides of a refuted claim in normal form, a mark at the terms that differ."""
    headers = ("term", "derived", "claimed", "")
    rows = tuple((t.term, str(t.left), str(t.right), "differs" if t.differs else "") for t in verdict.terms)
    return Prose(verdict.understood), Table(headers, rows)


def recursion_items(found: Recursions, told_apart: bool, of: str = "") -> Iterator[Item]:
    """Every equation, and below it its form at one input where that is another; ``of``: in the names of the results."""
    for one in found.at_inputs:
        yield SpecialisedEquation(one, (told_apart and found.architecture) or "", name=named_equation(one, (of,)))
    for equation in () if found.at_inputs else found.equations:
        yield DerivedEquation(equation, found.architecture if told_apart else "", name=joined(equation.name, of))
        if equation.name in found.at_one_input:
            one_input = BoundEquation(found.at_one_input[equation.name])
            name = joined(equation.name, of, ONE_INPUT)
            yield SpecialisedEquation(one_input, equal_widths=True, note="one input, equal widths", name=name)
    for shape in found.undeclared:
        yield Prose(undeclared_text(shape))
    yield from power_items(found.equations, joined("powers of n", of))
    outputs = dict.fromkeys(name for equation in found.equations for name in equation.outputs)
    if outputs:
        yield Prose(outputs_text(tuple(outputs)))


def outputs_text(outputs: Sequence[str]) -> str:
    """Which layers an equation of an output leads from and to."""
    names, are = " and ".join(outputs), "is an output" if len(outputs) == 1 else "are outputs"
    return f"{names} {are}: in these equations layer ℓ+1 is the last one, layer ℓ the last hidden one."


def undeclared_text(shape: Tensor) -> str:
    """That a correlation at one neuron has no name, and how to give it one."""
    return (
        f"The weights are not Gaussian: E[{' '.join(map(str, shape.legs))}]_c also has the structure "
        f"d{''.join(str(leg.sample) for leg in shape.legs)}, all neurons equal; "
        "give it a tensor in a definition, beside those of the pairings, to derive that too."
    )


def specialisation_title(bindings: Mapping[str, str], values: Mapping[str, Expression]) -> str:
    """With sigma = tanh, C_b = 1/10: everything as written."""
    written = {**bindings, **{name: format_expression(value) for name, value in values.items()}}
    return "With " + ", ".join(f"{name} = {value}" for name, value in written.items())


def specialised_to(found: Specialisation, several: bool) -> tuple[str, ...]:
    """What the names of its results end in: gelu, C_b-is-0, and the architecture where the file has several."""
    values = {name: format_expression(value) for name, value in found.values.items()}
    written = values_of({**found.bindings, **values}, found.bindings)
    return (*written, found.architecture) if several else written


def specialisation_numbers(found: Specialisation, of: Sequence[str]) -> Iterator[NamedNumber]:
    """Critical kernels and variances, exponents and amplitudes; the point of the class bears no mark of its own."""
    classified = [point for point in found.critical_points if point.stability in OF_THE_CLASS]
    for point in found.critical_points:
        mark = "" if [point] == classified or len(found.critical_points) == 1 else point.stability
        result = joined(*of, mark)
        kernel = found.classification.kernel_name if found.classification is not None else ""
        if point.kernel is not None:
            yield NamedNumber(result, critical_name(kernel), point.kernel)
        for name, value in point.hyperparameters.items():
            yield NamedNumber(result, name, value)
    for name, value in found.exponents.items():
        yield NamedNumber(joined(*of), f"{name} exponent", value)
    for name, value in found.amplitudes.items():
        yield NamedNumber(joined(*of), f"{name} amplitude", value)


def named_equation(one: BoundEquation, of: Sequence[str]) -> str:
    """V:aabb:gelu, K:gelu at one input."""
    tensor, _, slots = one.left_side.partition("'")
    return joined(tensor, component(slots.strip("[]").split(",")), *of)


def specialisation_items(found: Specialisation, of: Sequence[str] = ()) -> list[Item]:
    """What a with block shows: its equations, criticality, the verdicts of its checks; ``of``: ends their names."""
    items: list[Item] = [
        SpecialisedEquation(one, found.architecture, equal_widths=True, name=named_equation(one, of))
        for one in found.equations
    ]
    items += power_items([one.equation for one in found.equations], joined("powers of n", *of))
    items += [Prose(f"{name} has no equation here: {why}") for name, why in found.without_recursion.items()]
    items += [Prose(f"{name} {end}") for name, end in found.ends.items()]
    if found.criticality is not None:
        from ptheory.rendering.critical_items import critical_items

        items += critical_items(found.criticality, len(found.inputs) > 1, of)
    if found.phases is not None:
        from ptheory.rendering.phase_report import phase_items

        items += phase_items(found.phases, of)
    if found.angles is not None:
        from ptheory.rendering.angle_report import angle_items

        items += angle_items(found.angles, of)
    items += [solution_item(one, of) for one in found.solutions]
    if found.consequences is not None:
        from ptheory.rendering.consequence_items import consequence_items

        items += consequence_items(found.consequences, of)
    items += checks_items(found, of)
    return items or [Prose("nothing was derived before this block: put a derive statement above it")]


def solution_item(found: Solution, of: Sequence[str]) -> Item:
    """What the block solves in depth, a form under what it is of: V:in-l:gelu; or why there is none."""
    if isinstance(found, DepthForm):
        return Solved(found, joined(found.tensor, REACHES[found.reach], *of))
    said = f"{found.tensor} has no closed form in depth: {found.reason}"
    return Prose("; ".join(filter(None, (said, found.help))))


def checks_items(found: Specialisation, of: Sequence[str]) -> Iterator[Item]:
    """The quadratures that agree in one line, every other check with all it has to say."""
    agreements = found.agreements
    yield from (Verdict("checked", agreement.message) for agreement in agreements)
    told = [check for agreement in agreements for check in agreement.checks]
    for check in found.checks:
        if isinstance(check, IterationResult) and check.laws:
            from ptheory.rendering.iteration_items import laws_table

            yield laws_table(check, of)
    yield from (verdict_item(check.verdict) for check in found.checks if check not in told)


def verdict_item(verdict: ClaimVerdict) -> Verdict:
    """A verdict as an item of a report: its label, or without one its message, then one detail a line."""
    details = [line.strip() for line in verdict.lines()[1:]]
    if not verdict.label:
        return Verdict(verdict.kind.value, verdict.message, tuple(details))
    name = joined("claim", verdict.label)
    return Verdict(verdict.kind.value, verdict.label, (verdict.message, *details), name, verdict.written_latex)
