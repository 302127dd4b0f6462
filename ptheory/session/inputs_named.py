"""Recursions at the inputs that a statement names: one, several, or two that are near each other."""

from __future__ import annotations

from itertools import product

from ptheory.language.statements import Inputs
from ptheory.recursion.dummies import by_sample, relabel_atom
from ptheory.recursion.equation import Equation
from ptheory.recursion.nearby import near_components
from ptheory.recursion.tensors import Tensor


def labels_of(inputs: Inputs) -> tuple[str, ...]:
    """Empty for one input, else the names of the inputs (1, 2, ... where they have none)."""
    if inputs.count <= 1:
        return ()
    return inputs.names or tuple(str(k) for k in range(1, inputs.count + 1))


def components_at(found: Equation, inputs: Inputs) -> list[Equation]:
    """The equation at every independent choice of inputs for its slots (one choice for a single input).

    Raises NoNearbyInputs.
    """
    if inputs.near:
        return near_components(found, inputs.through)
    slots = sorted(leg.sample for leg in found.target.legs)
    seen: dict[Tensor, dict[int, int]] = {}
    for choice in product(range(1, inputs.count + 1), repeat=len(slots)):
        samples = dict(zip(slots, choice, strict=True))
        target = relabel_atom(found.target, by_sample(samples))
        seen.setdefault(target, samples)
    return [found.at(samples) for samples in seen.values()]
