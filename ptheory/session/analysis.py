"""Criticality of a derived system with its activations bound: critical points, class, exponents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sympy as sp

from ptheory.algebra.polynomial import Symbol
from ptheory.criticality.derived import UnsupportedSystem, one_input_system
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.tower_exponents import SHOWN_DIGITS, Dimension, Growth
from ptheory.criticality.universality import Classification, classify_system, exact_text
from ptheory.language.parser import parse_text
from ptheory.networks.formulas import formula_to_sympy
from ptheory.networks.program import Program, WithTask, check_file
from ptheory.recursion.equation import Equation, equation
from ptheory.recursion.names import TensorNames
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensors import Tensor
from ptheory.rendering.report import CriticalPoint, Formula, Item, Prose, Table, Words
from ptheory.session.systems import Systems

WHOLE_TOWER = ("Theta", "V", "D", "F", "A", "B", "P", "Q", "R", "S", "T", "U")
MLP_PROGRAM = "ptheory 1\ninclude mlp\ninclude observables\ninclude activations\n"


def classify_activation(activation: Any, name: str, tower: bool = False) -> Classification:
    """The class of an activation in the fully connected network of the prelude, from its derived recursions.

    ``tower``: exponents of every tensor of the neural tangent kernel family, not of K and V alone.
    """
    systems = Systems(mlp_program())
    wanted = WHOLE_TOWER if tower else ("V",)
    return classify(systems.system("MLP"), systems.names("MLP"), wanted, {"sigma": activation}, name)


def specialised_network(activation: Any) -> SpecialisedSystem:
    """Kernel and four-point vertex of the prelude's fully connected network at an activation."""
    systems = Systems(mlp_program())
    system, names = systems.system("MLP"), systems.names("MLP")
    derived = one_input_system("MLP", two_point_equation(system, names), closed_tower(system, names, ("V",)))
    return derived.specialise({"sigma": activation})


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
    kinks_dropped: bool = False,
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
    equations = closed_tower(system, names, tower)
    derived = one_input_system(system.model.architecture.name, kernel, equations)
    dimensions = dimensions_of(equations) if set(tower) - {"V"} else {}
    return classify_system(
        derived.specialise(activations, fixed), label, dimensions=dimensions, kinks_dropped=kinks_dropped
    )


def dimensions_of(equations: Sequence[Equation]) -> dict[str, Dimension]:
    """A tensor of M legs and R learning rates (an edge of an observable's graph each) is of the size of
    n^(M/2 - 1) K^(M/2 - R) Theta^R."""
    tangent = next((e.name for e in equations if _legs_and_rates(e.target) == (2, 1)), "Theta")
    found = {}
    for recursion in equations:
        legs, rates = _legs_and_rates(recursion.target)
        found[recursion.name] = Dimension(sp.Rational(legs, 2) - rates, rates, legs // 2 - 1, tangent)
    return found


def _legs_and_rates(target: Tensor) -> tuple[int, int]:
    return len(target.legs), sum(len(o.kind.edges) for c in target.components for o in c.observables)


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
            task.almost_everywhere,
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
        items += exponent_tables(found, task.exponents)
    return items, critical_values(found)


def exponent_tables(found: Classification, wanted: Sequence[str]) -> list[Item]:
    """K, perturbations and V; then, per choice of learning rates, the wanted tensors and their dimensionless ratios."""

    def rows(entries: Iterable[tuple[str, sp.Expr, sp.Expr | None]]) -> tuple[tuple[Words, ...], ...]:
        return tuple(
            (name, Formula(shown(power)), "" if amplitude is None else Formula(shown(amplitude)))
            for name, power, amplitude in entries
        )

    headers = ("quantity", "exponent", "amplitude")
    decaying = next((name for name in found.amplitudes if name not in found.exponents), None)  # K, or K - K*
    first = rows(
        (name, value, found.amplitudes.get(decaying if name == "p_0" and decaying else name))
        for name, value in found.exponents.items()
    )
    items: list[Item] = [Table(headers, first, "p_0, p_par, p_perp: decay; others: growth with depth")]
    for scheme in found.tower:
        chosen = [g for g in scheme.growths if g.tensor in wanted]
        scaling = ", ".join(f"{rate} ~ l^({exact_text(power)})" for rate, power in scheme.powers.items())
        entries = rows((_with_logarithms(g), g.power, g.amplitude) for g in chosen)
        items.append(Table(headers, entries, f"growth with depth at {scheme.rates}: {scaling}"))
    return items


def shown(value: sp.Expr) -> sp.Expr:
    """Numbers known to many digits with twenty of them."""
    return sp.N(value, SHOWN_DIGITS) if value.has(sp.Float) else value


def _with_logarithms(growth: Growth) -> str:
    return growth.name if not growth.log_power else f"{growth.name} / (log l)^{growth.log_power}"


def critical_values(found: Classification) -> dict[Any, Any]:
    """C_b and C_W at the stable or half-stable critical point, as mpmath numbers; empty where there is none."""
    import mpmath

    from ptheory.criticality.universality import governing_point

    point = governing_point(found.critical_points)
    if point is None:
        return {}
    digits = mpmath.mp.dps
    return {("C_b", None): mpmath.mpf(point.C_b.evalf(digits)), ("C_W", None): mpmath.mpf(point.C_W.evalf(digits))}
