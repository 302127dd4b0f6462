"""Weights that are not Gaussian, against the exact moments of small networks multiplied out weight by weight.

The network: layer 1 has independent Gaussian neurons of variance one, sigma = z^2, every weight above has variance
C_W/n, no biases. Layers 2 and 3 are expanded as polynomials in weights and first-layer neurons, and every monomial is
averaged with the moments of one weight and of one Gaussian: no cumulants, no expansion in 1/n.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import cache
from itertools import product
from math import factorial, prod

import pytest

from ptheory.language import parse
from ptheory.networks.laws import LAWS
from ptheory.networks.program import check_file
from ptheory.rendering.flow_items import flow_texts
from ptheory.rendering.terminal import terminal_text
from ptheory.session.result import Result
from ptheory.session.run import run_program

C_W = Fraction(1, 3)
MOMENTS = {
    "Normal": lambda m: Fraction(prod(range(1, m, 2))),
    "Uniform": lambda m: Fraction(3 ** (m // 2), m + 1),
    "Sign": lambda m: Fraction(1),
}

FILE = """ptheory 1
architecture Net {{
    weights R[i,j] ~ Normal(0, 1/n)
    weights W[i,j] ~ {law}(0, C_W/n)
    first z[i;a] = sum(k, R[i,k]*x[k;a])
    layer z[i;a] = sum(j, W[i,j]*sigma(z[j;a]))
}}
define G by E[z1 z2] = d12 G[1,2]
define V, X by E[z1 z2 z3 z4]_c
    = (d12 d34 V[1,2,3,4] + d13 d24 V[1,3,2,4] + d14 d23 V[1,4,2,3] + d1234 X[1,2,3,4])/n
{tasks}
"""


def run(law: str, tasks: str) -> Result:
    return run_program(check_file(parse(FILE.format(law=law, tasks=tasks), "net.deriv")), "net.deriv")


def flow(law: str) -> dict[tuple[int, str], list[Fraction]]:
    tasks = "flow Net with sigma = z^2 { inputs [1]  set C_W = 1/3  depth 3  order exact  show G, V, X }"
    (found,) = run(law, tasks).flows
    return {
        (layer, name): [Fraction(c) for c in next(iter(components.values()))]
        for layer, tensors in flow_texts(found).items()
        for name, components in tensors.items()
    }


def compositions(total: int, parts: int) -> list[tuple[int, ...]]:
    if parts == 1:
        return [(total,)]
    return [(k, *rest) for k in range(total + 1) for rest in compositions(total - k, parts - 1)]


def multinomial(counts: tuple[int, ...]) -> int:
    return factorial(sum(counts)) // prod(map(factorial, counts))


class SmallNetwork:
    """E[products of fields] of a network of width n, each weight's moments taken one weight at a time."""

    def __init__(self, law: str, n: int) -> None:
        self.law, self.n = law, n
        self.top = cache(self._top)
        self.second = cache(self._second)

    def weight(self, m: int) -> Fraction:
        return Fraction(0) if m % 2 else MOMENTS[self.law](m) * (C_W / self.n) ** (m // 2)

    def layer(self, layer: int, powers: tuple[int, ...]) -> Fraction:
        """E[prod_i z_i^powers_i] at a layer, its rows being independent given the layer below."""
        if layer == 1:
            return prod((MOMENTS["Normal"](p) if p % 2 == 0 else Fraction(0) for p in powers), start=Fraction(1))
        return (self.second if layer == 2 else self.top)(tuple(sorted(powers)))

    def _second(self, powers: tuple[int, ...]) -> Fraction:
        return self._expanded(2, powers)

    def _top(self, powers: tuple[int, ...]) -> Fraction:
        return self._expanded(3, powers)

    def _expanded(self, layer: int, powers: tuple[int, ...]) -> Fraction:
        total: Counter[tuple[int, ...]] = Counter({(0,) * self.n: Fraction(1)})  # type: ignore[dict-item]
        for power in powers:  # z_i^p = sum over how often each weight of row i is taken
            row: Counter[tuple[int, ...]] = Counter()
            for counts in compositions(power, self.n):
                weight = multinomial(counts) * prod((self.weight(m) for m in counts), start=Fraction(1))
                if weight:
                    row[counts] += weight  # type: ignore[assignment]
            merged: Counter[tuple[int, ...]] = Counter()
            for (a, x), (b, y) in product(total.items(), row.items()):
                merged[tuple(p + q for p, q in zip(a, b, strict=True))] += x * y
            total = merged
        below = ((weight, tuple(2 * m for m in counts)) for counts, weight in total.items())
        return sum((weight * self.layer(layer - 1, fields) for weight, fields in below), Fraction(0))


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("n", [2, 3])
def test_exact_series_of_a_quadratic_network(law: str, n: int) -> None:
    derived, network = flow(law), SmallNetwork(law, n)

    def at_n(layer: int, name: str) -> Fraction:
        return sum((c / Fraction(n) ** k for k, c in enumerate(derived[layer, name])), Fraction(0))

    for layer in (2, 3):
        second, fourth, crossed = (network.layer(layer, powers) for powers in ((2,), (4,), (2, 2)))
        assert at_n(layer, "G") == second
        assert at_n(layer, "V") / n == crossed - second**2
        assert (3 * at_n(layer, "V") + at_n(layer, "X")) / n == fourth - 3 * second**2


@pytest.mark.parametrize("law, first_correction", [("Uniform", Fraction(6)), ("Normal", Fraction(32, 3))])
def test_the_kernel_at_layer_three(law: str, first_correction: Fraction) -> None:
    assert flow(law)[3, "G"][:2] == [1, first_correction]


@pytest.mark.parametrize("law", LAWS)
def test_cumulants_are_those_of_the_moments(law: str) -> None:
    """log of the moment generating function, as power series: an independent route to every cumulant."""
    order = 12
    moments = [MOMENTS[law](m) / factorial(m) if m % 2 == 0 else Fraction(0) for m in range(order + 1)]
    logarithm = [Fraction(0)] * (order + 1)
    for m in range(1, order + 1):
        logarithm[m] = moments[m] - sum((k * logarithm[k] * moments[m - k] for k in range(1, m)), Fraction(0)) / m
    for m in range(2, order + 1, 2):
        assert LAWS[law].cumulant(m) == logarithm[m] * factorial(m)


@pytest.mark.parametrize("law", LAWS)
def test_drawn_entries_have_the_moments_of_the_law(law: str) -> None:
    import numpy as np

    drawn = LAWS[law].draw(np.random.default_rng(5), (400_000,))
    for m in (1, 2, 3, 4, 6):
        expected = 0.0 if m % 2 else float(MOMENTS[law](m))
        spread = (float(MOMENTS[law](2 * m)) - expected**2) ** 0.5 / len(drawn) ** 0.5
        assert abs((drawn**m).mean() - expected) <= 5 * spread + 1e-12


def test_explain_ends_in_the_printed_equation() -> None:
    found = run("Sign", "derive G to order 1/n\nderive V, X\nderive V1")
    for derived in found.values():
        steps = derived.equation.steps()
        assert len(steps) == 5 and steps[-1].lines[-1].right == derived.equation.right
    assert "one parameter that identifies all its neurons" in " ".join(found["X"].explain().split())


def test_gaussian_weights_have_no_correlation_of_one_neuron() -> None:
    assert not run("Normal", "derive X")["X"].equation.right


@pytest.mark.parametrize("named", [True, False])
def test_the_structure_of_one_neuron_is_missed_only_where_no_definition_names_it(named: bool) -> None:
    """Whichever tensor of a correlator of two fields is derived: its fields stand in another order at one neuron."""
    one_neuron = " + d1234 X[1,2,3,4]" if named else ""
    text = f"""ptheory 1
architecture Two {{
    weights R[i,j] ~ Normal(0, 1/n)
    weights W[i,j] ~ Sign(0, C_W/n)
    first u[i;a] = sum(k, R[i,k]*x[k;a])
    first v[i;a] = sum(k, R[i,k]*x[k;a])
    layer u[i;a] = sum(j, W[i,j]*u[j;a]*v[j;a])
    layer v[i;a] = sum(j, W[i,j]*v[j;a])
}}
define A, B{", X" if named else ""} by E[u1 u2 v3 v4]_c
    = (d12 d34 A[1,2,3,4] + d13 d24 B[1,3,2,4] + d14 d23 B[1,4,2,3]{one_neuron})/n
derive A, B
"""
    report = run_program(check_file(parse(text, "two.deriv")), "two.deriv").report
    page = terminal_text(report)
    assert page.count("The weights are not Gaussian") == (0 if named else 1)


def test_signs_against_real_networks() -> None:
    """The simulation draws signs; G1 without the d1234 term is tens of standard errors off."""
    found = run(
        "Sign",
        "derive G to order 1/n\nderive V, X\nwith sigma = tanh { inputs one  set C_W = 3/2  show G1, V, X  "
        "check by simulation widths 16 depth 3 networks 40000 }",
    )
    (verdict,) = found.verdicts
    assert verdict.kind.value == "checked" and all(f"{name} (" in verdict.message for name in "GVX"), verdict


def test_a_structure_may_be_named_beside_a_vertex_of_the_prelude() -> None:
    """X has a definition of its own, with V where include correlators has put it."""
    text = FILE.format(law="Sign", tasks="derive V, X\nderive G1")
    own = text.replace("define G by E[z1 z2] = d12 G[1,2]\n", "include correlators\n").replace(
        "define V, X", "define X"
    )
    assert own != text
    (ours, prelude) = (run_program(check_file(parse(t, "net.deriv")), "net.deriv") for t in (text, own))
    assert {name: str(prelude[name]) for name in ("V", "X", "G1")} == {n: str(ours[n]) for n in ("V", "X", "G1")}
