"""`inputs near x` where it has a meaning: in recursions and what is made of them at the separation of two inputs."""

from __future__ import annotations

from collections.abc import Sequence

from ptheory.language.claim_names import LAYER
from ptheory.language.errors import LanguageError
from ptheory.language.statements import (
    AlmostEverywhere,
    CheckBy,
    ClaimStatement,
    Exponents,
    Inputs,
    LatexClaimStatement,
    Statement,
)

KINKS = "derivatives along a separation of inputs are those of averages, and leave out no kink"


def check_near_has_meaning(inputs: Inputs | None, settings: Sequence[Statement], almost_everywhere: bool) -> None:
    """Raise LanguageError where a block has what cannot be had of a separation."""
    if inputs is None or not inputs.near:
        return
    for setting in settings:
        if isinstance(setting, CheckBy) and setting.method == "simulation":
            raise LanguageError(
                "real networks have no infinitely small separation of inputs",
                setting.span,
                help="put the simulation in a block of its own: inputs a b",
            )
        if isinstance(setting, Exponents) and inputs.through:
            raise LanguageError(
                "exponents are those of the leading order in the separation",
                setting.span,
                help=f"write `inputs near {inputs.names[0]}` alone in this block",
            )
    if almost_everywhere:
        place = next((s.span for s in settings if isinstance(s, AlmostEverywhere)), inputs.span)
        raise LanguageError(
            KINKS,
            place,
            help="put `derivatives almost everywhere` and `inputs near` in blocks of their own",
        )


def check_near_claim(claim: ClaimStatement | LatexClaimStatement, almost_everywhere: bool) -> None:
    """Raise LanguageError for a claim at inputs near each other that is about more than one recursion."""
    scope = claim.scope
    if scope.inputs is None or not scope.inputs.near:
        return
    layer = next((binding for binding in scope.bindings if binding.name == LAYER), None)
    beyond = [*scope.regimes, *scope.values, *([] if layer is None else [layer])]
    x = scope.inputs.names[0]
    if beyond:
        raise LanguageError(
            f"a claim at inputs near {x} holds in every layer, at any variances",
            beyond[0].span,
            help=f"leave this out, or `inputs near {x}`",
        )
    if almost_everywhere:
        raise LanguageError(
            KINKS, scope.inputs.span, help="the file says `derivatives almost everywhere`: leave that out"
        )
