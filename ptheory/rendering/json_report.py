"""A report as JSON-able data: numbers and formulas as strings, equations with their sides, LaTeX and order."""

from __future__ import annotations

from typing import Any

from ptheory.recursion.equation import Equation
from ptheory.rendering.breaking import without_marks
from ptheory.rendering.equations import DisplayedEquation, displayed
from ptheory.rendering.explain import step_lines_latex, step_lines_text
from ptheory.rendering.formulas import TextStyle
from ptheory.rendering.moments import moment_latex, moment_text
from ptheory.rendering.report import (
    CriticalPoint,
    DerivedEquation,
    DotPlot,
    Formula,
    Item,
    Prose,
    Report,
    SpecialisedEquation,
    StepList,
    Table,
    Verdict,
    Words,
)
from ptheory.rendering.text import text_writer
from ptheory.rendering.words import words_text

ASCII = TextStyle(unicode=False, exact=True)


def to_json(report: Report) -> dict[str, Any]:
    """{title, source, sections: [{title, items: [{type, ...}]}], **data}; equations read back as claims."""
    return {
        "title": report.title,
        "source": report.source,
        "sections": [
            {"title": plain(section.title), "items": [item_json(item) for item in section.items]}
            for section in report.sections
        ],
        **report.data,
    }


def item_json(item: Item) -> dict[str, Any]:
    match item:
        case Prose(words):
            return {"type": "prose", "text": plain(words)}
        case DerivedEquation():
            shown = displayed(item.equation, (), item.equal_widths)
            return {"type": "equation", "architecture": item.architecture, **equation_json(item.equation, shown)}
        case SpecialisedEquation():
            return specialised_json(item)
        case CriticalPoint():
            return {
                "type": "critical point",
                "activation": item.activation,
                "K_star": value_text(item.kernel),
                **{name: value_text(value) for name, value in item.values.items()},
                "stability": item.stability,
                "evidence": [plain(words) for words in item.evidence],
            }
        case Table():
            return {
                "type": "table",
                "caption": plain(item.caption),
                "headers": [plain(cell) for cell in item.headers],
                "rows": [[plain(cell) for cell in row] for row in item.rows],
            }
        case DotPlot():
            return {
                "type": "dot plot",
                "quantity": item.quantity,
                "caption": plain(item.caption),
                "rows": [list(row) for row in item.rows],
            }
        case Verdict(kind, what, details):
            return {"type": "verdict", "verdict": kind, "what": plain(what), "details": [plain(d) for d in details]}
        case StepList(title, steps, names):
            return {
                "type": "steps",
                "title": plain(title),
                "steps": [
                    {
                        "name": step.name,
                        "why": step.why,
                        "formulas": [
                            f"{left} = {without_marks(right)}" for left, right in step_lines_text(step, names, False)
                        ],
                        "latex": [f"{left} = {without_marks(right)}" for left, right in step_lines_latex(step, names)],
                    }
                    for step in steps
                ],
            }
    raise TypeError(f"no way to show {type(item).__name__}")


def equation_json(equation: Equation, shown: DisplayedEquation) -> dict[str, Any]:
    """Both sides in ASCII, the language's syntax; order: the power of 1/n beyond the leading one; power: in all."""
    writer = text_writer(shown.notation, unicode=False)
    data: dict[str, Any] = {
        "name": equation.name,
        "lhs": writer.tensor(shown.left),
        "rhs": shown.right_text(),
        "latex": shown.latex(),
        "order": equation.target.order,
        "power": equation.target.power,
        "definitions": list(shown.where_text(unicode=False)),
    }
    if shown.explicit is not None:
        data["explicit"] = without_marks(writer.sum(shown.explicit))
    return data


def specialised_json(item: SpecialisedEquation) -> dict[str, Any]:
    from ptheory.rendering.sympy_forms import sympy_latex, sympy_text

    shown = displayed(item.equation, item.inputs, item.equal_widths)
    data = {
        "type": "specialised equation",
        "architecture": item.architecture,
        "inputs": list(item.inputs) or "one",
        "bindings": dict(item.bindings),
        **equation_json(item.equation, shown),
    }
    if item.closed_form is not None:
        data["closed_form"] = sympy_text(item.closed_form, ASCII)
        data["closed_form_latex"] = without_marks(sympy_latex(item.closed_form))
    if item.moments:
        data["moments"] = [
            {"text": moment_text(a, v, item.equation, ASCII), "latex": moment_latex(a, v, item.equation)}
            for a, v in item.moments
        ]
    return data


def value_text(value: Any) -> str:
    return value if isinstance(value, str) else plain(Formula(value))


def plain(words: Words) -> str:
    return words_text(words, ASCII)
