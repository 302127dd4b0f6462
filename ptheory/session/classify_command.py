"""``ptheory classify``: critical points, class and exponents of an activation given on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ptheory.language.errors import LanguageError
from ptheory.session.activation_pages import shown
from ptheory.session.defects import DEFECT, Defect, defects_kept
from ptheory.session.streams import complain

if TYPE_CHECKING:
    from ptheory.activations.activation import Activation
    from ptheory.session.output_options import Pages

GOOD, BAD_INPUT, UNDECIDED = 0, 2, 3
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
    from ptheory.rendering.classification_report import classification_report

    code = UNDECIDED if found.label == "undecided" else GOOD
    made = shown(classification_report(found), found.to_json(), found.activation, formats, directory, pages)
    return max(code, made, key=(GOOD, UNDECIDED, BAD_INPUT).index)


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
