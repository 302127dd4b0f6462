"""``ptheory gain``: the variance of the weights that keeps a kernel, and what else may be asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from ptheory.language.errors import LanguageError
from ptheory.session.activation_pages import ActivationPages, answered
from ptheory.session.chosen_network import ACTIVATION, chosen_network, given_number

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.algebra.polynomial import Polynomial
    from ptheory.criticality.gains import Gain
    from ptheory.results.gain_result import GainTable
    from ptheory.session.plotted_network import PlottedNetwork


def gain_command(
    activation: str,
    bias: str,
    kernel: str,
    architecture: Path | None,
    settings: Sequence[str],
    to: ActivationPages,
) -> int:
    """``ptheory gain ACTIVATION [--bias 0] [--kernel 1] [--architecture FILE] [--set NAME=VALUE]... [--to ...]``."""

    def answer() -> int:
        from ptheory.rendering.gain_report import gain_report

        found = gain_table(activation, bias, kernel, architecture, settings)
        return to.show(gain_report(found), found.to_json(), found.activation)

    return answered(f"gain {activation}", answer)


def gain_table(
    activation: str, bias: str, kernel: str, architecture: Path | None = None, settings: Sequence[str] = ()
) -> GainTable:
    """A row for every constraint. Raises LanguageError."""
    from ptheory.criticality.gains import gains
    from ptheory.language import parse_formula
    from ptheory.results.gain_result import GainTable, SolvedGain
    from ptheory.session.refusals import pointing_at

    variance, kept = given_number(bias, "--bias"), given_number(kernel, "--kernel", least=1)
    network = chosen_network(activation, architecture, settings)
    tuned = network.analysed.tuning
    _check_free(network, variance)
    with pointing_at(parse_formula(activation, ACTIVATION).span):
        found = gains(network.spec, kept, variance)
    names = tuple(unknown.name for unknown in (tuned.bias, tuned.weight) if unknown is not None)
    variances = _variances(network)

    def solved(row: Gain) -> SolvedGain:
        if row.weight is None or row.bias is None:
            return SolvedGain(row, {}, {})
        values = tuned.hyperparameters(row.bias, row.weight)
        return SolvedGain(row, values, {n: _at(v, {**network.values, **values}) for n, v in variances.items()})

    return GainTable(
        activation,
        network.architecture,
        network.spec.system.kernel_name,
        kept,
        variance,
        names,
        {name: _written(v) for name, v in variances.items()},
        tuple(solved(row) for row in found),
    )


def _check_free(network: PlottedNetwork, bias: Expr) -> None:
    """The variances are solved for, and not set; a variance of biases is for biases."""
    tuned = network.analysed.tuning
    if tuned.set_variances:
        name = next(iter(tuned.set_variances))
        is_bias = tuned.bias is not None and str(tuned.bias.symbol) == name
        raise LanguageError(
            f"{name} is what is asked for, and it is set",
            path="--set",
            help="leave it out" + (": the variance of the biases is --bias" if is_bias else ""),
        )
    if tuned.bias is None and bias != 0:
        raise LanguageError(f"{network.architecture} has no biases", path="--bias", help="leave it out")


def _variances(network: PlottedNetwork) -> dict[str, Polynomial]:
    """n times the variance of every matrix above the first layer that is tuned."""
    from ptheory.algebra.polynomial import Symbol
    from ptheory.networks.architecture import Weights, parameters_in

    layers = network.analysed.architecture.layers
    name = network.analysed.tuning.weight.name
    matrices = [p for p in parameters_in(layers) if isinstance(p, Weights)]
    return {
        p.name: p.variance
        for p in matrices
        if any(isinstance(a, Symbol) and a.name == name for a in p.variance.atoms())
    }


def _at(variance: Polynomial, values: dict[str, Expr]) -> Expr:
    import sympy

    return variance.evaluate(lambda atom: values[str(atom)], lambda c: sympy.Rational(c.numerator, c.denominator))


def _written(variance: Polynomial) -> str:
    """C_W/n."""
    terms = list(variance)
    text = str(variance)
    return f"{text}/n" if len(terms) == 1 and Fraction(terms[0][1]).denominator == 1 else f"({text})/n"
