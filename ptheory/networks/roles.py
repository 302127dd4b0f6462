"""What hyperparameters are for, read off the architecture: roles, not names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ptheory.algebra.polynomial import Polynomial, Symbol
from ptheory.networks.architecture import Architecture, Biases, Weights, parameters_in
from ptheory.networks.check_architecture import hyperparameters, rate_names


@dataclass(frozen=True)
class Roles:
    """The hyperparameters of the layers above the first, each list in order of appearance.

    ``biases`` and ``weights`` stand in the variances of such parameters, ``rates`` in learning rates alone, ``others``
    anywhere else: in the coefficients of skip connections, inside functions. ``of_outputs`` stand in no layer above the
    first, but in outputs.
    """

    biases: tuple[str, ...]
    weights: tuple[str, ...]
    rates: tuple[str, ...]
    others: tuple[str, ...]
    of_outputs: tuple[str, ...] = ()


def roles(architecture: Architecture) -> Roles:
    """The roles of the hyperparameters a recursion from layer to layer depends on."""
    used = parameters_in(architecture.layers)
    above = replace(architecture, parameters=used, first=(), last=())
    biases = _names(p.variance for p in used if isinstance(p, Biases))
    weights = _names(p.variance for p in used if isinstance(p, Weights))
    only_rates = rate_names(above)
    names = hyperparameters(above)
    known = {*biases, *weights, *only_rates}
    last = replace(architecture, parameters=parameters_in(architecture.last), first=(), layers=())
    return Roles(
        biases,
        weights,
        tuple(n for n in names if n in only_rates),
        tuple(n for n in names if n not in known),
        tuple(n for n in hyperparameters(last) if n not in names),
    )


def _names(variances: Iterable[Polynomial]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for variance in variances:
        for atom in sorted(variance.atoms(), key=lambda a: a.sort_key):
            if isinstance(atom, Symbol):
                found[atom.name] = None
    return tuple(found)


def positive_hyperparameters(architecture: Architecture) -> frozenset[str]:
    """Hyperparameters that enter a variance or a learning rate with an odd power."""
    laws = [p.variance for p in architecture.parameters]
    laws += [p.rate for p in architecture.parameters if p.rate is not None]
    powers = [pair for law in laws for monomial, _ in law for pair in monomial]
    return frozenset(atom.name for atom, power in powers if isinstance(atom, Symbol) and power % 2)
