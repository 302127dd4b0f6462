"""``ptheory classify``: critical points, class and exponents of an activation given on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ptheory.language.errors import LanguageError
from ptheory.session.defects import DEFECT, Defect, defects_kept
from ptheory.session.streams import complain, say

if TYPE_CHECKING:
    from ptheory.activations.activation import Activation
    from ptheory.criticality.universality import Classification

GOOD, BAD_INPUT, UNDECIDED = 0, 2, 3
ARGUMENT = "<activation>"


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
    say(json.dumps(found.to_json(), indent=1) if as_json else classification_text(found))
    return UNDECIDED if found.label == "undecided" else GOOD


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


def classification_text(found: Classification) -> str:
    """Every exponent with what it is the exponent of, every amplitude in the law it belongs to."""
    from ptheory.criticality.laws import laws, meaning, readable_text
    from ptheory.criticality.universality import point_json

    lines = [f"{found.activation}: {found.label}"]
    bias, weight = found.variances
    for point in (point_json(point, bias, weight) for point in found.critical_points):
        values = f"{bias} = {point[bias]}  {weight} = {point[weight]}"
        lines.append(f"  {found.kernel_name}* = {point['K_star']}  {values}  ({point['stability']})")
    at_depth = laws(found)
    for name, value in found.exponents.items():
        lines.append(f"  {name} = {readable_text(value)}   {meaning(name, found)}")
    lines += [f"  {at_depth[name]}" for name in found.amplitudes if name in at_depth]
    for scheme in found.tower:
        powers = ", ".join(f"{rate} ~ l^({readable_text(power)})" for rate, power in scheme.powers.items())
        lines.append(f"  {scheme.rates}: {powers}")
        lines += [f"    {at_depth[f'{growth.name} ({scheme.rates})']}" for growth in scheme.growths]
    lines += [f"  {line}" for line in found.evidence]
    return "\n".join(lines)
