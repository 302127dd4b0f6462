"""Variances that a claim determines, C_b = K - C_W <s^2> at a fixed point; where one is negative is no network."""

from __future__ import annotations

from ptheory.claims.points.points import Content, content
from ptheory.claims.sides import ReadClaim
from ptheory.claims.terms.ratio import Ratio
from ptheory.networks.roles import positive_hyperparameters


def determined_variances(read: ReadClaim) -> tuple[Ratio, ...]:
    """What the variances and learning rates are that are given in other symbols of the claim, or fixed by a regime.

    Those alone that are made of what stands in the claim too: what is free beside it can be chosen as they need it.
    """
    positive = positive_hyperparameters(read.normal.system.model.architecture)
    given = (value for name, value in read.reader.given.items() if name in positive and value.atoms())
    return tuple(value for value in given if _is_made_of(content((value,), read.normal), read.content))


def _is_made_of(variance: Content, claim: Content) -> bool:
    known = {*claim.symbols, *claim.tensors, *claim.functions}
    return known.issuperset((*variance.symbols, *variance.tensors, *variance.functions))
