"""``ptheory classify``: critical points, class and exponents of an activation given on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptheory.session.activation_pages import BAD_INPUT, GOOD, UNDECIDED, ActivationPages, answered

if TYPE_CHECKING:
    from ptheory.activations.activation import Activation
    from ptheory.criticality.universality import Classification

ARGUMENT = "<activation>"


def classify_command(text: str, tower: bool, to: ActivationPages) -> int:
    """``ptheory classify ACTIVATION [--tower] [--to ...]``: ACTIVATION is a known name or a formula in z."""

    def answer() -> int:
        from ptheory.rendering.classification_report import classification_report

        found = classified(text, tower)
        code = UNDECIDED if found.label == "undecided" else GOOD
        made = to.show(classification_report(found), found.to_json(), found.activation)
        return max(code, made, key=(GOOD, UNDECIDED, BAD_INPUT).index)

    return answered(f"classify {text}", answer)


def classified(text: str, tower: bool) -> Classification:
    """The class of an activation in the prelude's fully connected network. Raises LanguageError."""
    from ptheory.language import parse_formula
    from ptheory.session.analysis import classify_activation
    from ptheory.session.refusals import pointing_at

    activation = read_activation(text)
    with pointing_at(parse_formula(text, ARGUMENT).span):
        return classify_activation(activation, text, tower)


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
