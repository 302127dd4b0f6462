"""A derived recursion at activations given from Python: ``result["V"].at_activations(sigma="gelu")``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ptheory.algebra.refusal import Refusal
from ptheory.language.expressions import Call, walk
from ptheory.recursion.equation import Equation
from ptheory.results.specialisation import BoundEquation

if TYPE_CHECKING:
    from ptheory.activations.activation import Activation
    from ptheory.networks.program import Program


class WrongActivations(Refusal):
    """An activation that the equation has not, or one of its own that was not given."""


class WrongSlots(Refusal):
    """More or fewer inputs than an equation has slots."""


def at_samples(equation: Equation, samples: Sequence[int]) -> Equation:
    """The equation with the slots of its left side, as in V'[1,2,3,4], at these inputs. Raises WrongSlots."""
    slots = [leg.sample for leg in equation.names.of(equation.target).arguments]
    if len(samples) != len(slots) or any(sample < 1 for sample in samples):
        left = f"{equation.name}'[{','.join(map(str, slots))}]"
        raise WrongSlots(f"{left} has {len(slots)} slots, to be filled with numbers of inputs 1, 2, ...")
    return equation.at(dict(zip(slots, samples, strict=True)))


def at_activations(equation: Equation, program: Program, formulas: Mapping[str, str]) -> BoundEquation:
    """Every activation that is open bound to a name or a formula in z; slots stand at inputs 1, 2, ... of their own.

    Raises WrongActivations, LanguageError where a formula cannot be read, and what its averages raise.
    """
    from ptheory.session.specialise import closed_moments, closed_right_side, first_jumps, tensor_symbols

    activations, labels = read_activations(equation, program, formulas)
    slots = sorted({leg.sample for leg in equation.target.legs})
    inputs = () if slots == [1] else tuple(map(str, range(1, len(slots) + 1)))
    found = equation.at({slot: number for number, slot in enumerate(slots, start=1)})
    moments = closed_moments(found, activations, not inputs)
    whole = closed_right_side(found, dict(moments), not inputs)
    return BoundEquation(
        found,
        inputs,
        labels,
        whole,
        tensor_symbols(found, not inputs),
        () if whole is not None else moments,
        jumps=first_jumps(activations),
        activations=activations,
    )


def read_activations(
    equation: Equation, program: Program, formulas: Mapping[str, str]
) -> tuple[dict[str, Activation], dict[str, str]]:
    """(activations by name, those of the file among them; what was bound as written)."""
    from ptheory.language import parse_formula
    from ptheory.language.statements import Binding
    from ptheory.networks.check_activations import check_binding, with_known_spellings
    from ptheory.session.systems import bound_activations

    wanted = open_activations(equation, program)
    if set(formulas) != set(wanted):
        given = " and ".join(f'{name}="tanh"' for name in wanted) or "no activation"
        raise WrongActivations(f"{equation.name} is to be given {given}, a name or a formula in z for each")
    bindings = []
    for name, text in formulas.items():
        value = with_known_spellings(parse_formula(text, f"<{name}>"), program.activations)
        binding = Binding(name, value)
        check_binding(binding, program.activations)
        bindings.append(binding)
    return bound_activations(program, tuple(bindings)), dict(formulas)


def open_activations(equation: Equation, program: Program) -> list[str]:
    """The activations of the layer equations that nothing defines, in the order of their appearance."""
    from ptheory.activations import FUNCTION_NAMES, is_known

    called: dict[str, None] = {}
    for site in equation.system.model.sites:
        called |= {node.function: None for node in walk(site.formula) if isinstance(node, Call)}
    defined = {*program.activations, *FUNCTION_NAMES}
    return [name for name in called if name not in defined and not is_known(name)]
