"""``ptheory classify``: critical points, class and exponents of an activation given on the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ptheory.language.errors import LanguageError
from ptheory.rendering.files import write_atomically
from ptheory.session.defects import DEFECT, Defect, defects_kept
from ptheory.session.streams import complain, say

if TYPE_CHECKING:
    from ptheory.activations.activation import Activation
    from ptheory.criticality.universality import Classification
    from ptheory.rendering.report import Report
    from ptheory.session.output_options import Pages

GOOD, BAD_INPUT, UNDECIDED = 0, 2, 3
FORMATS = ("text", "latex", "html", "csv", "json")
ARGUMENT = "<activation>"


def classify_command(text: str, tower: bool, formats: Sequence[str], directory: Path | None, pages: Pages) -> int:
    """``ptheory classify ACTIVATION [--tower] [--to ...]``: ACTIVATION is a known name or a formula in z."""
    from ptheory.language import parse_formula

    defects: list[Defect] = []
    try:
        with defects_kept(defects, f"classify {text}"):
            activation = read_activation(text)
            from ptheory.session.analysis import classify_activation
            from ptheory.session.refusals import pointing_at

            with pointing_at(parse_formula(text, ARGUMENT).span):
                found = classify_activation(activation, text, tower)
    except LanguageError as error:
        complain(error.render())
        return BAD_INPUT
    if defects:
        complain(defects[0].render())
        return DEFECT
    code = UNDECIDED if found.label == "undecided" else GOOD
    return max(code, shown(found, formats, directory, pages), key=(GOOD, UNDECIDED, BAD_INPUT).index)


def shown(found: Classification, formats: Sequence[str], directory: Path | None, pages: Pages) -> int:
    """Text, and JSON where there is no folder, to stdout; the others to files. 2 where one cannot be made."""
    from ptheory.rendering.classification_report import classification_report
    from ptheory.rendering.files import WriteFailed
    from ptheory.rendering.terminal import terminal_text

    report = classification_report(found)
    code = GOOD
    for chosen in formats:
        if chosen == "text":
            say(terminal_text(pages.laid_out(report), width=pages.width).removesuffix("\n"))
        elif chosen == "json" and directory is None:
            say(json.dumps(found.to_json(), indent=1))
        else:
            try:
                for name, content in written(found, report, chosen, pages):
                    target = (directory or Path(".")) / name
                    write_atomically(target, content)
                    complain(f"wrote {target}")
            except WriteFailed as reason:
                complain(str(reason))
                code = BAD_INPUT
    return code


def written(found: Classification, report: Report, chosen: str, pages: Pages) -> Iterator[tuple[str, str]]:
    """The files of a format: their names, made of the activation, and what stands in them."""
    from ptheory.rendering.csv_tables import tables_csv
    from ptheory.rendering.html import to_html
    from ptheory.rendering.latex_document import to_latex_document
    from ptheory.rendering.latex_results import to_latex_fragment

    name = re.sub(r"[^A-Za-z0-9]+", "-", found.activation).strip("-") or "activation"
    match chosen:
        case "latex":
            yield f"{name}.tex", to_latex_document(pages.laid_out(report))
            yield f"{name}-fragment.tex", to_latex_fragment(pages.laid_out(report))
        case "html":
            yield f"{name}.html", to_html(pages.laid_out(report))
        case "csv":
            for number, table in enumerate(tables_csv(report), start=1):
                yield f"{name}{'' if number == 1 else f'-{number}'}.csv", table
        case "json":
            yield f"{name}.json", json.dumps(found.to_json(), indent=1)


def read_activation(text: str) -> Activation:
    """The activation a command-line argument names or defines. Raises LanguageError."""
    from ptheory.language import parse_formula
    from ptheory.language.statements import Binding
    from ptheory.networks.check_activations import check_binding, with_known_spellings
    from ptheory.session.prelude_network import prelude_network
    from ptheory.session.systems import bound_activations

    network = prelude_network()
    program = network.program
    formula = with_known_spellings(parse_formula(text, ARGUMENT), program.activations)
    binding = Binding(network.activation, formula)
    check_binding(binding, program.activations)
    return bound_activations(program, (binding,))[network.activation]
