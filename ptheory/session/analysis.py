"""Criticality of a derived system with its activations bound: critical points, class, exponents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ptheory.algebra.polynomial import Symbol
from ptheory.criticality.derived import UnsupportedSystem, one_input_system
from ptheory.criticality.universality import Classification, classify_system
from ptheory.language.parser import parse_text
from ptheory.networks.formulas import formula_to_sympy
from ptheory.networks.program import Program, WithTask, check_file
from ptheory.recursion.equation import Equation, equation
from ptheory.recursion.names import TensorNames
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensors import Tensor
from ptheory.rendering.report import CriticalPoint, Formula, Item, Prose, Table
from ptheory.session.systems import Systems

MLP_PROGRAM = "ptheory 1\ninclude mlp\ninclude observables\ninclude activations\n"


def classify_activation(activation: Any, name: str) -> Classification:
    """The class of an activation in the fully connected network of the prelude, from its derived recursions."""
    systems = Systems(mlp_program())
    return classify(systems.system("MLP"), systems.names("MLP"), ("V",), {"sigma": activation}, name)


def mlp_program() -> Program:
    """The prelude's fully connected network with the neural tangent kernel family, as a checked program."""
    return check_file(parse_text(MLP_PROGRAM, "<mlp>"))


def classify(
    system: RecursionSystem,
    names: TensorNames,
    tower: Sequence[str],
    activations: Mapping[str, Any],
    label: str,
    values: Mapping[str, Any] | None = None,
) -> Classification:
    """The class of a system at one input; ``tower`` are the tensors whose exponents are wanted.

    ``values``: the hyperparameters that are not tuned, as SymPy numbers. Raises UnsupportedSystem where one is missing,
    or where the system has no one-input form.
    """
    fixed = {Symbol(name): value for name, value in (values or {}).items()}
    for atom in sorted(two_point_equation(system, names).right.atoms(), key=lambda a: a.sort_key):
        if isinstance(atom, Symbol) and atom.name not in ("C_b", "C_W") and Symbol(atom.name) not in fixed:
            raise UnsupportedSystem(f"it needs a value for {atom.name}: write `set {atom.name} = ...` in the block")
    kernel = two_point_equation(system, names)
    derived = one_input_system(system.model.architecture.name, kernel, closed_tower(system, names, tower))
    return classify_system(derived.specialise(activations, fixed), label)


def closed_tower(system: RecursionSystem, names: TensorNames, wanted: Sequence[str]) -> list[Equation]:
    """The recursions of the wanted tensors and of all that drive them, drivers first; the kernel is left out."""
    found: dict[str, Equation] = {}

    def visit(name: str) -> None:
        if name in found:
            return
        recursion = equation(system, names, name, 0)
        for atom in recursion.at_one_input().right.atoms():
            if isinstance(atom, Tensor) and not is_kernel(atom):
                driver = names.of(atom).declared
                if names.tensor(driver) is None:
                    raise UnsupportedSystem(f"{name} is driven by a tensor with no declared name: {atom}")
                if driver != name:
                    visit(driver)
        found[name] = recursion

    for name in wanted:
        visit(name)
    return [recursion for recursion in found.values() if not is_kernel(recursion.target)]


def is_kernel(atom: Tensor) -> bool:
    return len(atom.components) == 1 and atom.components[0].is_covariance


def two_point_equation(system: RecursionSystem, names: TensorNames) -> Equation:
    """The leading kernel's recursion: the declared tensor that is the mean of one covariance."""
    for entry in names.declared:
        if is_kernel(entry.shape):
            return equation(system, names, entry.name, 0)
    raise UnsupportedSystem("no two-point tensor is declared (define G by E[z1 z2]_c = d12 G[1,2])")


def critical_items(
    task: WithTask, systems: Systems, activations: Mapping[str, Any], labels: Mapping[str, str]
) -> tuple[list[Item], dict[Any, Any]]:
    """Critical points, class and exponents as report items; what cannot be analysed is said.

    Also the hyperparameters of the critical point that governs the class, (name, None) -> number.
    """
    label = ", ".join(labels.values())
    wanted = [name for name in task.exponents if name not in ("G", "K")]
    try:
        found = classify(
            systems.system(task.architecture),
            systems.names(task.architecture),
            wanted,
            activations,
            label,
            {name: formula_to_sympy(value, {}, {}) for (name, layer), value in task.values.items() if layer is None},
        )
    except UnsupportedSystem as error:
        return [Prose(f"criticality: {error}")], {}
    items: list[Item] = [
        CriticalPoint(
            "any" if point.K_star is None else point.K_star,
            {"C_b": point.C_b, "C_W": point.C_W},
            point.stability,
            label,
        )
        for point in found.critical_points
    ]
    items.append(Prose(f"class: {found.label}"))
    items += [Prose(line) for line in found.evidence]
    if task.exponents and found.exponents:
        rows = tuple(
            (name, Formula(value), Formula(found.amplitudes[name]) if name in found.amplitudes else "")
            for name, value in found.exponents.items()
        )
        items.append(
            Table(("quantity", "exponent", "amplitude"), rows, "p_0, p_par, p_perp: decay; others: growth with depth")
        )
    return items, critical_values(found)


def critical_values(found: Classification) -> dict[Any, Any]:
    """C_b and C_W at the stable or half-stable critical point, as mpmath numbers; empty where there is none."""
    import mpmath

    from ptheory.criticality.universality import governing_point

    point = governing_point(found.critical_points)
    if point is None:
        return {}
    digits = mpmath.mp.dps
    return {("C_b", None): mpmath.mpf(point.C_b.evalf(digits)), ("C_W", None): mpmath.mpf(point.C_W.evalf(digits))}
