"""A report as JSON-able data: numbers and formulas as strings, equations with their sides, LaTeX and order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ptheory.language.json_values import JsonObject
from ptheory.recursion.equation import Equation
from ptheory.recursion.tensors import Expectation
from ptheory.rendering.claim_forms import ASCII, ClaimForms
from ptheory.rendering.explain import step_lines_latex, step_lines_text, step_why
from ptheory.rendering.figure_data import figure_json
from ptheory.rendering.report import (
    CriticalPoint,
    DerivedEquation,
    Figure,
    Formula,
    Item,
    Prose,
    Report,
    Solved,
    SpecialisedEquation,
    StepList,
    Table,
    Verdict,
    Words,
)
from ptheory.rendering.spelling import OURS, Spelling
from ptheory.rendering.text import text_writer
from ptheory.rendering.words import words_text
from ptheory.rendering.written_closed_forms import ClosedForms
from ptheory.rendering.written_equations import DisplayedEquation, displayed, displayed_as, displayed_item, written_as
from ptheory.rendering.written_solutions import holds, solution_latex, solution_text

if TYPE_CHECKING:
    from sympy import Expr


def to_json(report: Report) -> JsonObject:
    """{title, source, sections: [{title, items: [{type, ...}]}], **data}; equations read back as claims."""
    return {
        "title": report.title,
        "source": report.source,
        "sections": [
            {"title": plain(section.title), "items": [item_json(item, report.spelling) for item in section.items]}
            for section in report.sections
        ],
        **report.data,
    }


def item_json(item: Item, spelling: Spelling = OURS) -> JsonObject:
    """One item as data; its "type" says which, every other key belongs to the type (docs/json.md)."""
    match item:
        case Prose(words):
            return {"type": "prose", "text": plain(words)}
        case DerivedEquation():
            shown = displayed(item.equation, (), item.equal_widths)
            forms = ClaimForms(item.equation, equal_widths=item.equal_widths)
            return {
                "type": "equation",
                "architecture": item.architecture,
                **equation_json(item.equation, shown, forms, written_as(shown, item.equation, spelling)),
                **short_json(item, spelling),
            }
        case SpecialisedEquation():
            return specialised_json(item, spelling)
        case CriticalPoint():
            return {
                "type": "critical point",
                "activation": item.activation,
                "K_star": value_text(item.kernel),
                **{name: value_text(value) for name, value in item.values.items()},
                "stability": item.stability,
                "evidence": [plain(words) for words in item.evidence],
            }
        case Solved(form):
            left, right = solution_latex(form, spelling)
            return {
                "type": "solution",
                "tensor": form.tensor,
                "of": form.reach.value,
                "holds": plain(holds(form)),
                "equation": solution_text(form, ASCII),
                "latex": f"{left} = {right}",
            }
        case Table():
            return {
                "type": "table",
                "caption": plain(item.caption),
                "headers": [plain(cell) for cell in item.headers],
                "rows": [[plain(cell) for cell in row] for row in item.rows],
            }
        case Figure():
            return figure_json(item, plain(item.caption))
        case Verdict(kind, what, details):
            return {"type": "verdict", "verdict": kind, "what": plain(what), "details": [plain(d) for d in details]}
        case StepList(title, steps, names):
            return {
                "type": "steps",
                "title": plain(title),
                "steps": [
                    {
                        "name": step.name,
                        "why": step_why(step, names),
                        "formulas": [f"{left} = {right}" for left, right in step_lines_text(step, names, False)],
                        "latex": [f"{left} = {right}" for left, right in step_lines_latex(step, names, spelling)],
                    }
                    for step in steps
                ],
            }
    raise TypeError(f"no way to show {type(item).__name__}")


def equation_json(equation: Equation, shown: DisplayedEquation, forms: ClaimForms, latex: str) -> JsonObject:
    """Both sides in ASCII, as a claim has them; order: the power of 1/n beyond the leading one; power: in all.

    ``claim``: the two sides and their scope; where there is no claim, null, and both sides are for reading only.
    """
    writer = text_writer(shown.notation, unicode=False)
    claim = forms.claim
    definitions = definitions_json(shown if claim is None or forms.shown is None else forms.shown, forms)
    data: JsonObject = {
        "name": equation.name,
        "lhs": writer.tensor(shown.left) if claim is None else forms.left,
        "rhs": shown.right_text() if claim is None else forms.right,
        "claim": claim,
        "latex": latex,
        "order": equation.target.order,
        "power": equation.target.power,
        "definitions": [text for text, _ in definitions],
        "definition_claims": [stated for _, stated in definitions],
    }
    if equation.system.model.declared.is_scaled:
        data["power_of_n"] = str(equation.power_of_width)
    if forms.explicit is not None:
        data["explicit"] = forms.explicit
        data["explicit_claim"] = forms.stated(forms.left, forms.explicit)
    return data


def short_json(item: DerivedEquation | SpecialisedEquation, spelling: Spelling) -> JsonObject:
    """The right side as it is printed, in susceptibilities, letters and tensors of the next layer, where it has one."""
    if item.short is None:
        return {}
    shown, typeset = (
        replace(one, closed_susceptibilities=()) for one in (displayed_item(item), displayed_as(item, spelling))
    )
    return {
        "short": {
            "rhs": shown.right_text(),
            "latex": typeset.latex(spelling),
            "definitions": list(shown.where_text(unicode=False)),
            "definitions_latex": list(typeset.where_latex(spelling)),
        }
    }


def definitions_json(shown: DisplayedEquation, forms: ClaimForms) -> list[tuple[str, str | None]]:
    """Each definition an equation needs, and the claim that states it."""
    found = []
    for text in shown.where_text(unicode=False):
        left, _, right = text.partition(" = ")
        found.append((text, None if "(" in left else forms.stated(left, right)))
    return found


def specialised_json(item: SpecialisedEquation, spelling: Spelling = OURS) -> JsonObject:
    """The equation at bound activations: its bindings, both sides, the closed form or the means that have one."""
    found, shown = item.found, displayed_item(item)
    closed = ClosedForms(
        replace(found, susceptibilities={}), spelling
    )  # data stand by themselves: nothing by its name only
    forms = ClaimForms(
        found.equation, found.inputs, found.bindings, found.symbols, item.equal_widths, found.near, found.through
    )
    data = {
        "type": "specialised equation",
        "architecture": item.architecture,
        "inputs": list(found.inputs) or "one",
        "bindings": dict(found.bindings),
        **equation_json(found.equation, shown, forms, displayed_as(item, spelling).latex(spelling)),
        **short_json(item, spelling),
    }
    if found.closed_form is not None:
        spelled = forms.closed(found.closed_form)
        data["closed_form"] = closed.text(found.closed_form, ASCII) if spelled is None else spelled
        with_kinks = any(activation.kinks for activation in found.activations.values())
        # of a series that a kink may end nothing is decided in claims
        data["closed_form_claim"] = None if found.through and with_kinks else forms.stated(forms.left, spelled, True)
        data["closed_form_latex"] = closed.latex(found.closed_form)
    if found.moments:
        data["moments"] = [moment_json(atom, value, closed, forms) for atom, value in found.moments]
    return data


def moment_json(atom: Expectation, value: Expr, closed: ClosedForms, forms: ClaimForms) -> JsonObject:
    """A single expectation and its closed form, and the claim that states it."""
    left, spelled = forms.mean(atom), forms.closed(value)
    return {
        "text": closed.moment_text(atom, value, ASCII) if spelled is None else f"{left} = {spelled}",
        "claim": forms.stated(left, spelled, bound=True),
        "latex": closed.moment_latex(atom, value),
    }


def value_text(value: Expr) -> str:
    """A value of a critical point as text."""
    return value if isinstance(value, str) else plain(Formula(value))


def plain(words: Words) -> str:
    """Running text in ASCII, numbers exact."""
    return words_text(words, ASCII)
