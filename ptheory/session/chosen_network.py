"""The network a command is about: an activation in that of the prelude, or in the architecture of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ptheory.algebra.refusal import Refusal
from ptheory.language.errors import LanguageError, suggestion
from ptheory.networks.formulas import real_number
from ptheory.session.plotted_network import PlottedNetwork
from ptheory.session.prelude_network import prelude_network
from ptheory.session.systems import Systems

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.networks.program import Program

ACTIVATION = "<activation>"
BIAS, WEIGHT = "--bias", "--weight"


def chosen_network(
    activation: str, file: Path | None, settings: Sequence[str], variances: Mapping[str, Expr] | None = None
) -> PlottedNetwork:
    """The kernel's recursions with the activation bound. ``settings``: "xi = 1/2", values of hyperparameters.

    ``variances``: those of the biases and of the weights that are given, by the option (BIAS, WEIGHT) that gives them.

    Raises LanguageError where the text is no activation, or the file has no architecture that leaves one open.
    """
    from ptheory.language import parse_formula
    from ptheory.language.statements import Binding
    from ptheory.networks.check_activations import check_binding, with_known_spellings
    from ptheory.networks.check_architecture import generic_activations, hyperparameters

    program = prelude_network().program if file is None else _program(file)
    name = program.default_architecture
    path = ACTIVATION if file is None else str(file)
    if name is None:
        raise LanguageError("no architecture is declared", path=path, help="write `include mlp`, or declare one")
    architecture = program.architectures[name]
    generic = generic_activations(architecture, program.activations)
    if len(generic) != 1:
        listed = ", ".join(generic) or "none"
        raise LanguageError(
            f"{name} leaves {len(generic)} activations open ({listed}), and one is given", path=path,
            help="leave one open, as in sigma(z[j;a]); several: `with sigma = ..., tau = ... { critical }` in a file",
        )  # fmt: skip
    formula = with_known_spellings(parse_formula(activation, ACTIVATION), program.activations)
    binding = Binding(generic[0], formula)
    check_binding(binding, program.activations)
    values = dict(_setting(text, hyperparameters(architecture), name) for text in settings)
    if len(values) < len(settings):
        raise LanguageError("a hyperparameter is set twice", path="--set", help="keep one of the two")
    try:
        systems = Systems(program)
        network = PlottedNetwork.of(name, (binding,), values, systems, ())
        given = _given_variances(network, variances or {})
        return PlottedNetwork.of(name, (binding,), {**values, **given}, systems, ()) if given else network
    except LanguageError:
        raise
    except Refusal as error:
        help = (error.help or "").replace("write `set", "write `--set").partition(" in the block")[0]
        raise LanguageError(error.message, path=path, help=help) from error


def _given_variances(network: PlottedNetwork, variances: Mapping[str, Expr]) -> dict[str, Expr]:
    """The hyperparameters that have these variances. LanguageError where there is none, or it is set."""
    tuned = network.analysed.tuning
    found = {}
    for option, value in variances.items():
        unknown = tuned.bias if option == BIAS else tuned.weight
        if unknown is None:
            raise LanguageError(f"{network.architecture} has no biases", path=option, help="leave it out")
        if unknown.name in network.values:
            raise LanguageError(f"{unknown.name} is set by --set too", path=option, help="keep one of the two")
        found[unknown.name] = unknown.root(value)
    return found


def given_number(text: str, option: str, least: int = 0) -> Expr:
    """The value of an option as an exact number, from zero on, above it where ``least`` is 1. Raises LanguageError."""
    from ptheory.language import parse_formula
    from ptheory.networks.check_activations import check_formula

    formula = parse_formula(text, option)
    check_formula(formula, "", ())
    value = real_number(formula)
    if value.is_negative or (least and not value.is_positive):
        raise LanguageError(
            f"{text} is no variance", path=option, help="give a number " + ("above zero" if least else "from zero on")
        )
    return value


def _setting(text: str, known: Sequence[str], architecture: str) -> tuple[str, Expr]:
    from ptheory.language import parse_formula
    from ptheory.networks.check_activations import check_formula

    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not value:
        raise LanguageError(f"{text!r} sets nothing", path="--set", help="write --set 'xi = 1/2'")
    if name not in known:
        raise LanguageError(
            f"{architecture} has no hyperparameter {name}", path="--set", help=suggestion(name, known, "hyperparameter")
        )
    formula = parse_formula(value, "--set")
    check_formula(formula, "", ())
    return name, real_number(formula)


def _program(file: Path) -> Program:
    from ptheory.networks.program import check_file
    from ptheory.session.reading import read_given

    return check_file(read_given(file))
