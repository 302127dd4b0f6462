"""Powers of the width that leave no network of large n, or that could be read two ways."""

from __future__ import annotations

from collections.abc import Collection

from ptheory.algebra.exponents import Crossing
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Expression, walk
from ptheory.language.functions import RESERVED
from ptheory.language.statements import ArchitectureStatement, ParameterDeclaration
from ptheory.networks.architecture import Architecture
from ptheory.networks.laws import Law
from ptheory.networks.width_powers import ONE_NAME, WidthPower


def check_has_limit(beside: WidthPower, declaration: ParameterDeclaration, law: Law) -> None:
    """The variance of a layer does not grow with the width. ``beside``: its power beside that which has a limit."""
    try:
        grows = beside.total.sign() > 0
    except Crossing:
        grows = True
    if grows:
        raise LanguageError(
            f"the variance of the {declaration.kind} {declaration.name} leaves no limit of large n",
            declaration.variance.span,
            help=f"write {law.name}(0, C_W/n)" if declaration.kind == "weights" else f"write {law.name}(0, C_b)",
        )


def check_first_layer(power: WidthPower, formula: Expression, what: str) -> None:
    """In layer 1, n is how many components an input has: a positive power of it, or a fraction, means another width."""
    if power.read > 0 or power.read.denominator != 1:
        raise LanguageError(
            f"{what} has n in the numerator, or a fraction of a power, in layer 1, where n is the number of components "
            "of the input",
            formula.span,
            help="the width of layer 1 is n[1], as in lambda_W*n[1]/n; or give the first layer parameters of its own",
        )


def check_exponents(
    architecture: Architecture, statement: ArchitectureStatement, hyperparameters: Collection[str]
) -> None:
    """One name in the powers of n, and nothing else is called so. Raises LanguageError."""
    first: str | None = None
    for parameter, declaration in zip(architecture.parameters, statement.parameters, strict=True):
        for power, formula in (
            (parameter.variance_power, declaration.variance),
            (parameter.rate_power, declaration.rate),
        ):
            if not power.network.slope or formula is None:
                continue
            name = power.network.symbol
            place = next(node.span for node in walk(formula) if getattr(node, "name", None) == name)
            if name in hyperparameters or name in RESERVED or name in architecture.all_fields:
                raise LanguageError(
                    f"{name} stands in a power of n, and has another meaning",
                    place,
                    help="give one of them another name",
                )
            first = first or name
            if name != first:
                raise LanguageError(f"the names {first} and {name} stand in powers of n", place, help=ONE_NAME)
