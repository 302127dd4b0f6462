"""``ptheory classify``: critical points, class and exponents of an activation given on the command line."""

from __future__ import annotations

import json
from typing import Any

from ptheory.language.errors import LanguageError
from ptheory.session.defects import DEFECT, Defect, defects_kept
from ptheory.session.streams import complain, say

GOOD, BAD_INPUT, UNDECIDED = 0, 2, 3
ARGUMENT = "<activation>"
LONGEST = 100


def classify_command(text: str, as_json: bool, tower: bool = False) -> int:
    """``ptheory classify ACTIVATION [--tower] [--json]``: ACTIVATION is a known name or a formula in z."""
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
    say(json.dumps(found.to_json(), indent=1) if as_json else classification_text(found.to_json()))
    return UNDECIDED if found.label == "undecided" else GOOD


def read_activation(text: str) -> Any:
    """The activation a command-line argument names or defines. Raises LanguageError."""
    from ptheory.language import parse_formula
    from ptheory.language.statements import Binding
    from ptheory.networks.check_activations import check_binding, with_known_spellings
    from ptheory.session.analysis import mlp_program
    from ptheory.session.systems import bound_activations

    program = mlp_program()
    formula = with_known_spellings(parse_formula(text, ARGUMENT), program.activations)
    binding = Binding("sigma", formula)
    check_binding(binding, program.activations)
    return bound_activations(program, program.architectures["MLP"], (binding,))["sigma"]


def classification_text(found: dict[str, Any]) -> str:
    lines = [f"{found['activation']}: {found['class']}"]
    for point in found["critical_points"]:
        lines.append(f"  K* = {point['K_star']}  C_b = {point['C_b']}  C_W = {point['C_W']}  ({point['stability']})")
    amplitudes = found["amplitudes"]
    for name, value in found["exponents"].items():
        amplitude = f"   amplitude {shortened(amplitudes[name])}" if name in amplitudes else ""
        lines.append(f"  {name} = {value}{amplitude}")
    lines += [f"  {name} -> {shortened(value)}" for name, value in amplitudes.items() if name not in found["exponents"]]
    for title, powers in found["rates"].items():
        lines.append(f"  {title}: " + ", ".join(f"{rate} ~ l^({power})" for rate, power in powers.items()))
    lines += [f"  {line}" for line in found["evidence"]]
    return "\n".join(lines)


def shortened(text: str) -> str:
    """A long exact number by its first digits."""
    return text if len(text) <= LONGEST else text[: LONGEST - 4] + " ..."
