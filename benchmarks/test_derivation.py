"""Derivation time and peak memory: per tensor, per order in 1/n, per number of legs; flow time per number of inputs.

    pytest benchmarks/test_derivation.py --benchmark-json=derivation.json

The tables of docs/cost.md. Every round starts from a new system with the engine's own caches emptied: the first
derivation, not a repeated one.
"""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from typing import Any

import mpmath
import pytest
from measuring import processor_time

from ptheory.language import parse
from ptheory.networks.program import FlowTask, Program, check_file
from ptheory.recursion.equation import equation
from ptheory.session.flow_task import run_flow
from ptheory.session.systems import Systems

pytestmark = pytest.mark.benchmark(timer=processor_time)

FAMILY = ("G", "Theta", "V", "D", "F", "A", "B", "P", "Q", "R", "S", "T", "U")
ORDERS = [("G", 3), ("V", 2), ("Theta", 2), ("D", 1), ("F", 1), ("A", 1), ("B", 1), ("P", 1), ("Q", 1)]
LEGS = [(4, 2), (6, 1), (8, 0)]  # points, highest order; (6, 2), (8, 1), (10, 0) work too: 2, 6, 11 seconds a round
MEBIBYTE = 2**20


def pairings(slots: Sequence[int]) -> Iterator[list[tuple[int, int]]]:
    if not slots:
        yield []
    for k in range(1, len(slots)):
        for rest in pairings([*slots[1:k], *slots[k + 1 :]]):
            yield [(slots[0], slots[k]), *rest]


def correlator(points: int) -> str:
    """The definition of the connected correlator of that many fields, tensor V_<points>p."""
    terms = []
    plus = "\n    + "
    for pairing in pairings(range(1, points + 1)):
        deltas = " ".join(f"d[{a},{b}]" for a, b in pairing)
        terms.append(f"{deltas} V_{points}p[{','.join(str(slot) for pair in pairing for slot in pair)}]")
    fields = " ".join(f"z[{slot}]" if slot > 9 else f"z{slot}" for slot in range(1, points + 1))
    return f"define V_{points}p by E[{fields}]_c = ({plus.join(terms)}) / n^{points // 2 - 1}\n"


@cache
def program() -> Program:
    text = "ptheory 1\ninclude mlp\ninclude observables\n" + "".join(correlator(points) for points, _ in LEGS)
    return check_file(parse(text))


def empty_caches() -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("ptheory"):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def new_system() -> tuple[tuple[Any, Any], dict[str, Any]]:
    systems = Systems(program())
    setting = systems.system("MLP"), systems.names("MLP")
    empty_caches()
    return setting, {}


def derive(benchmark: Any, group: str, name: str, orders: Sequence[int], **info: Any) -> None:
    def derivation(system: Any, names: Any) -> int:
        return sum(len(equation(system, names, name, order).right) for order in orders)

    benchmark.group = group
    terms = benchmark.pedantic(derivation, setup=new_system, rounds=3)
    setting, _ = new_system()
    tracemalloc.start()
    derivation(*setting)
    peak = tracemalloc.get_traced_memory()[1] / MEBIBYTE
    tracemalloc.stop()
    benchmark.extra_info.update(tensor=name, terms=terms, peak_MiB=round(peak, 2), **info)
    assert terms > 0


@pytest.mark.parametrize("name", FAMILY)
def test_tensor(benchmark: Any, name: str) -> None:
    derive(benchmark, "tensor", name, [0])


@pytest.mark.parametrize(("name", "order"), [(name, k) for name, highest in ORDERS for k in range(1, highest + 1)])
def test_order(benchmark: Any, name: str, order: int) -> None:
    derive(benchmark, "order", name, [order], order=order)


@pytest.mark.parametrize(("points", "order"), [(points, k) for points, highest in LEGS for k in range(highest + 1)])
def test_legs(benchmark: Any, points: int, order: int) -> None:
    derive(benchmark, "legs", f"V_{points}p", [order], order=order, legs=points)


def test_the_whole_family(benchmark: Any) -> None:
    def derivation(system: Any, names: Any) -> None:
        for name in FAMILY:
            assert equation(system, names, name, 0).right

    benchmark.group = "family"
    benchmark.pedantic(derivation, setup=new_system, rounds=3)


INPUTS = ("[1/2, 3/4]", "[1, -1/3]", "[1/5, 2]", "[-1, 1]")


FLOWS = [
    *product(["z + z^2/4", "erf"], [1, 2, 3, 4], ["G, V", "Theta, D, F, A, B"]),
    *product(["tanh"], [1, 2], ["G, V"]),  # integrals in as many variables as inputs
]


@pytest.mark.parametrize(("sigma", "inputs", "tensors"), FLOWS)
def test_inputs(benchmark: Any, sigma: str, inputs: int, tensors: str) -> None:
    text = (
        f"ptheory 1\ninclude mlp\ninclude observables\nflow MLP with sigma = {sigma} {{\n"
        f"    inputs {' '.join(INPUTS[:inputs])}\n    set C_b = 1/10, C_W = 6/5, lambda_b = 1/5, lambda_W = 2/3\n"
        f"    depth 3\n    digits 15\n    show {tensors}\n}}\n"
    )

    def start() -> tuple[tuple[FlowTask, Systems], dict[str, Any]]:
        checked = check_file(parse(text))
        empty_caches()
        (task,) = (task for task in checked.tasks if isinstance(task, FlowTask))
        return (task, Systems(checked)), {}

    def flow(task: FlowTask, systems: Systems) -> int:
        with mpmath.workdps(30):
            return len(run_flow(task, systems, lambda *_: None).numbers)

    benchmark.group = "inputs"
    assert benchmark.pedantic(flow, setup=start, rounds=1) == 3
    benchmark.extra_info.update(sigma=sigma, inputs=inputs, tensors=tensors)
