"""Which recursions drive which: the tensors wanted, with every tensor on their right-hand sides before them."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from ptheory.criticality.derived import UnsupportedSystem, component_name
from ptheory.criticality.tower_exponents import Dimension
from ptheory.networks.coefficients import TensorAt
from ptheory.recursion.equation import Equation, equation
from ptheory.recursion.nearby import ALONG
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensor_names import TensorNames
from ptheory.recursion.tensors import Tensor

CONSTANTS = {1: sp.Symbol("c_par", real=True), 2: sp.Symbol("c_perp", real=True)}  # of K[x,dx] and K[dx,dx]


def closed_tower(system: RecursionSystem, names: TensorNames, wanted: Sequence[TensorAt]) -> list[Equation]:
    """The recursions of the wanted tensors and of all that drive them, drivers first; the kernel is left out."""
    found: dict[TensorAt, Equation] = {}

    def visit(asked: TensorAt) -> None:
        if asked in found:
            return
        recursion = equation(system, names, asked.name, asked.lowest_order)
        for atom in recursion.at_one_input().right.atoms():
            if isinstance(atom, Tensor) and not atom.is_kernel:
                named = names.of(atom)
                driver = TensorAt(named.declared, named.order)
                if names.tensor(driver.name) is None:
                    raise UnsupportedSystem(
                        f"{recursion.name} is driven by {named.name}, which no `define` declares; `include cumulants` "
                        "has the correlators of six and of eight fields"
                    )
                if driver != asked:
                    visit(driver)
        found[asked] = recursion

    for asked in wanted:
        visit(TensorAt(asked.name, asked.lowest_order))
    return [recursion for recursion in found.values() if recursion.outputs or not recursion.target.is_kernel]


def two_point_equation(system: RecursionSystem, names: TensorNames) -> Equation:
    """The leading kernel's recursion: the declared tensor that is the mean of one covariance."""
    for entry in names.of_layers:
        if entry.shape.is_kernel:
            return equation(system, names, entry.name, 0)
    raise UnsupportedSystem("no two-point tensor is declared (define G by E[z1 z2]_c = d12 G[1,2])")


def vertex(names: TensorNames) -> TensorAt | None:
    """The four-point vertex, whatever it is called."""
    return next((TensorAt(entry.name, 0) for entry in names.of_layers if entry.shape.is_vertex), None)


def tangent(names: TensorNames) -> TensorAt | None:
    """The neural tangent kernel, whatever it is called."""
    return next((TensorAt(entry.name, 0) for entry in names.declared if entry.shape.is_tangent_kernel), None)


def dimensions_of(equations: Sequence[Equation]) -> dict[str, Dimension]:
    """A tensor of M legs and R learning rates (an edge of an observable's graph each) is of the size of
    n^(M/2 - 1) K^(M/2 - R) Theta^R at its leading order, and carries another 1/n at every further one."""
    found = {}
    for recursion in equations:
        if recursion.outputs:  # made once: of no size in K and Theta of their own
            continue
        found[recursion.name] = dimension_of(recursion.target)
    return found


def dimension_of(target: Tensor) -> Dimension:
    """That of one tensor."""
    powers = sp.Rational(len(target.legs), 2) - target.rates
    return Dimension(powers, target.rates, target.power)


def near_dimensions(components: Sequence[Equation], labels: tuple[str, str]) -> dict[str, Dimension]:
    """Those of components along a separation: K[dx,dx] for two slots that carry it, K[x,dx] for the one left over, in
    place of K. The kernel's own have none, and free constants that the inputs set: c_par and c_perp."""
    found = {}
    for one in components:
        target, name = one.target, component_name(one.target, one, labels)
        if target.is_kernel:
            constant = CONSTANTS[sum(leg.sample == ALONG for leg in target.legs)]
            found[name] = Dimension(sp.Integer(0), 0, 0, constant=constant)
            continue
        plain = dimensions_of([one])[one.name]
        pairs, single = divmod(sum(leg.sample == ALONG for leg in target.legs), 2)
        kernels = [kernel_component(components, labels, count) for count in (2,) * pairs + (1,) * single]
        size = plain.kernel - len(kernels)
        found[name] = Dimension(size, plain.tangent, plain.width, tuple(kernels))
    return found


def kernel_component(components: Sequence[Equation], labels: tuple[str, str], count: int) -> str:
    """K[x,dx] or K[dx,dx], by how many slots carry the separation."""
    for one in components:
        if one.target.is_kernel and sum(leg.sample == ALONG for leg in one.target.legs) == count:
            return component_name(one.target, one, labels)
    raise UnsupportedSystem(f"the kernel has no component with {count} {labels[1]}")
