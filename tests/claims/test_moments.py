"""Claims about expectations over all parameters: what is proved, refuted and refused, and exact small networks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache
from itertools import product

import pytest
from flint import fmpq

from ptheory.activations import from_formula
from ptheory.activations.symbols import Z
from ptheory.algebra.partitions import set_partitions
from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.claims.claims import decide
from ptheory.claims.moments.cumulants import Cumulants
from ptheory.claims.moments.layer_below import LayerBelow
from ptheory.claims.moments.whole_tensor import WholeTensor
from ptheory.claims.terms.claim_normal_form import ClaimNormalForm
from ptheory.claims.verdict import Kind, Verdict
from ptheory.language import LanguageError, parse
from ptheory.networks.fields import Field
from ptheory.networks.program import ClaimTask, Program, check_file
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import PREACTIVATION, WIDTH, Leg, ObservableAt, covariance, tensor
from ptheory.session.systems import Systems, bound_activations
from tests.oracles.literal import LiteralNetwork
from tests.oracles.moments import cumulant
from tests.oracles.network import mlp

DECLARATIONS = """ptheory 1
include mlp
include gated
include residual
include observables
architecture Signs {
    weights R[i,j] ~ Normal(0, 1/n)
    weights W[i,j] ~ Sign(0, C_W/n)
    first   z[i;a] = sum(k, R[i,k]*x[k;a])
    layer   z[i;a] = sum(j, W[i,j]*sigma(z[j;a]))
}
define X by E[z1 z2 z3 z4]_c = (d12 d34 V[1,2,3,4] + d13 d24 V[1,3,2,4] + d14 d23 V[1,4,2,3] + d1234 X[1,2,3,4])/n
"""


@cache
def systems(declarations: str) -> Systems:
    return Systems(check_file(parse(declarations)))


def verdict(claim: str, scope: str = "MLP") -> Verdict:
    program: Program = check_file(parse(f'{DECLARATIONS}claim "c": {claim} for {scope}\n'))
    (task,) = (task for task in program.tasks if isinstance(task, ClaimTask))
    known = systems(DECLARATIONS)
    return decide(
        task.statement,
        known.system(task.architecture),
        known.names(task.architecture),
        bound_activations(program, task.bindings),
        observables=known.observables(task.architecture),
    )


# ---- verdicts -------------------------------------------------------------------------------------------------

STRUCTURE = ("d12*d34*V[1,2,3,4]", "d13*d24*V[1,3,2,4]", "d14*d23*V[1,4,2,3]")
CONNECTED = f"({' + '.join(STRUCTURE)})/n"


@pytest.mark.parametrize(
    ("claim", "scope"),
    [
        (f"E[z1 z2 z3 z4]_c = {CONNECTED}", "MLP"),
        ("E[z4 z2 z3 z1]_c = (d24*d13*V[2,4,3,1] + d43*d12*V[4,3,1,2] + d41*d23*V[2,3,1,4])/n", "MLP"),
        ("E[z1 z2 z3 z4]_c = E[z1 z2 z3 z4] - E[z1 z2]*E[z3 z4] - E[z1 z3]*E[z2 z4] - E[z1 z4]*E[z2 z3]", "MLP"),
        ("E[(z1 + 2*z2)^2] = (1 + 4*d12)*0 + G[1,1] + 4*G[2,2] + 4*d12*G[1,2]", "MLP"),
        ("E[H12 z3] = 0", "MLP"),
        ("E[u1 u2 v3 v4]_c = d12*d34*E[u[i;1]*u[i;2]*v[j;3]*v[j;4]]_c", "Gated"),
        (
            "E[z1 z2 z3 z4]_c = (d12*d34*V[1,2,3,4] + d13*d24*V[1,3,2,4] + d14*d23*V[1,4,2,3] + d1234*X[1,2,3,4])/n",
            "Signs",
        ),
        ("E[z^4]_c = (3*V + X)/n", "Signs, inputs one"),
        ("E[z'^4]_c = (3*V' + X')/n", "Signs, inputs one"),
        ("E[z'^2] = C_b + C_W*(E[z^2] + E[z^4])", "MLP, inputs one, with sigma = z + z^2"),
        ("E[sum(i, d[i,j]*z[i]^2)*z[j]^2] = E[z^4]", "MLP, inputs one"),
    ],
)
def test_proved(claim: str, scope: str) -> None:
    found = verdict(claim, scope)
    assert found.kind is Kind.PROVED, found.lines()
    assert "exactly in n" in found.message


@pytest.mark.parametrize(
    ("claim", "scope"),
    [
        ("E[z1 z2 z3 z4]_c = (d12*d34*V[1,2,3,4] + d13*d24*V[1,3,2,4] + d14*d23*V[1,4,2,3])/n", "Signs"),
        ("E[z^4]_c = 3*V/n", "Signs, inputs one"),
        ("E[z'^4] = 3*E[z'^2]^2", "MLP, inputs one, with sigma = tanh"),
        ("E[z'^2] = C_b + C_W*(E[z^2] + 2*E[z^4])", "MLP, inputs one, with sigma = z + z^2"),
        ("E[sum(i, z[i]^2)*z[j]^2] = E[z^4]", "MLP, inputs one"),
        ("sum(i, E[z[i]^2]) = G", "MLP, inputs one"),
        ("E[z1 z2 z3 z4]_c = O(1/n^2)", "MLP"),
        ("E[z1 z2] = d12*K[1,2] + O(1/n^2)", "MLP"),
        ("E[H12 z3 z4] = (d12*d34*D[1,2,3,4] + d13*d24*F[1,3,2,4] + d14*d23*F[1,4,2,3])/n", "MLP"),
    ],
)
def test_refuted(claim: str, scope: str) -> None:
    found = verdict(claim, scope)
    assert found.kind is Kind.REFUTED, found.lines()
    assert found.counterexample is not None
    left, right = found.counterexample.left, found.counterexample.right
    assert left.value != right.value


def test_a_refutation_names_the_neurons_and_gives_the_derived_form() -> None:
    found = verdict("E[z1 z2 z3 z4]_c = (d12*d34*V[1,2,3,4] + d13*d24*V[1,3,2,4] + d14*d23*V[1,2,3,4])/n")
    assert found.counterexample is not None
    assert found.counterexample.values[0] == ("neurons", "(1 4)(2 3)")
    assert found.reason == "there the left side is V[1,4,2,3]/n, the right side V[1,2,3,4]/n"
    assert verdict(found.corrected).kind is Kind.PROVED


def test_a_dropped_order_is_named() -> None:
    found = verdict("E[(sum(i, z[i]^2)/n)^2] = G^2 + (2*G^2 + V)/n", "MLP, inputs one")
    assert found.kind is Kind.REFUTED
    assert found.correction.endswith("add + O(1/n^2)")
    assert verdict("E[(sum(i, z[i]^2)/n)^2] = G^2 + (2*G^2 + V)/n + O(1/n^2)", "MLP, inputs one").kind is Kind.PROVED


@pytest.mark.parametrize("wrong", [c for c in product((0, 1, 2), repeat=3) if c != (0, 1, 2)])
def test_every_permuted_structure_is_refuted(wrong: tuple[int, ...]) -> None:
    deltas = [text.rpartition("*")[0] for text in STRUCTURE]
    tensors = [text.rpartition("*")[2] for text in STRUCTURE]
    right = " + ".join(f"{delta}*{tensors[k]}" for delta, k in zip(deltas, wrong, strict=True))
    assert verdict(f"E[z1 z2 z3 z4]_c = ({right})/n").kind is Kind.REFUTED


def test_moments_of_a_network_with_skips_are_not_stated() -> None:
    found = verdict("E[z1 z2 z3 z4]_c = O(1/n)", "Residual")
    assert found.kind is Kind.UNDECIDED
    assert "skip connections" in found.reason


def test_tangent_kernels_of_weights_that_are_not_gaussian_are_not_stated() -> None:
    assert verdict("E[H12] = 0", "Signs").kind is Kind.UNDECIDED


@pytest.mark.parametrize(
    ("claim", "scope", "message"),
    [
        ("E[z1 z2] = d13*G[1,2]", "MLP", "neuron 3 stands in no expectation"),
        ("E[z1' z2] = 0", "MLP", "fields of layers l and l\\+1 stand in one expectation"),
        ("E[z^2] + d(G, K) = G", "MLP, inputs one", "a derivative beside"),
        ("d(E[z^2], K) = 1", "MLP, inputs one", "a derivative beside"),
        ("E[abs(z)] = 0", "MLP, inputs one", "is no moment"),
        ("E[1/z] = 0", "MLP, inputs one", "is no moment"),
        ("E[z[1;2]*z[1;3]]*d[1,i] = 0", "MLP", "neuron i stands in no expectation"),
        ("E[E[z1 z2]] = 0", "MLP", "an expectation inside an expectation"),
        ("E[z1 z2]*d11 = 0", "MLP", "a delta joins different neurons"),
        ("E[(z1 + z2)*z3]_c = 0", "MLP", "the connected part of a sum"),
        ("E[z1^(1/2)] = 0", "MLP", "no moment"),
        ("E[sigma(z1)] = 0", "MLP", "depends on a neuron's preactivation"),
        ("E[z[i]*z[j]] = 0", "MLP", "neuron i at which input"),
        ("E[z1 z2] = 0", "MLP, inputs 2", "a slot or an input"),
        ("E[H123] = 0", "MLP", "H has 2 slots"),
        ("E[z^2] = G", "MLP, inputs one, at criticality", "no meaning beside E"),
        ("E[z^2] = G", "MLP, inputs one, at K = 1", "no meaning beside E"),
        ("E[z^2] = O(n)", "MLP, inputs one", "an order in something else than 1/n"),
        ("E[z^2] = 2*O(1/n)", "MLP, inputs one", "an order is added to a side"),
        ("E[z^2] = G + 1/n^2 + O(1/n^2)", "MLP, inputs one", "a term beyond"),
        ("E[z^2] = G + O(1/n) + O(1/n^2)", "MLP, inputs one", "two orders"),
        ("E[sum(i, z[j]^2)] = 0", "MLP, inputs one", "no field stands at neuron i"),
        ("E[sum(i, z[i]^2)] = n[l]*G", "MLP, inputs one", "a sum over neurons beside widths"),
        ("E[z''^2] = 0", "MLP, inputs one", "two primes"),
        ("E[z1 z2 z3 z4 z5 z6 z7 z8 z9 z[a;1]] = 0", "MLP", "claim about 10 neurons"),
        ("E[G[1,2] z1 z2] = 0", "MLP", "a number inside an expectation"),
    ],
)
def test_refused(claim: str, scope: str, message: str) -> None:
    with pytest.raises(LanguageError, match=message):
        verdict(claim, scope)


def test_what_stands_in_claims_only_is_refused_elsewhere() -> None:
    for line in ("let a = E[z1 z2]_c", "let a = z[i;1]", "let a = z'[i;j]"):
        with pytest.raises(LanguageError):
            check_file(parse(f"ptheory 1\ninclude mlp\n{line}\n"))


# ---- exact small networks -------------------------------------------------------------------------------------

LINEAR_AND_SQUARE = ["0", "1", "1/2"]
INPUTS = [["1/2"], ["-2/3"]]


@cache
def network(depth: int, n: int, outputs: int) -> LiteralNetwork:
    return LiteralNetwork(mlp(LINEAR_AND_SQUARE, INPUTS, depth, "1/3", "6/5"), n, outputs)


@cache
def moment_of_groups(depth: int, n: int, outputs: int, groups: tuple[tuple[int, ...], ...]) -> fmpq:
    """E of outputs at these samples, those of one group at one neuron."""
    legs = [("z", neuron, sample) for neuron, group in enumerate(groups) for sample in group]
    return network(depth, n, outputs).moment(legs)


def moment(depth: int, n: int, outputs: int, legs: Sequence[tuple[str, int, int]]) -> fmpq:
    """E[prod of outputs], once for all orders of the factors and all names of the neurons, whose rows are alike."""
    groups: dict[int, list[int]] = {}
    for _, neuron, sample in legs:
        groups.setdefault(neuron, []).append(sample)
    return moment_of_groups(depth, n, outputs, tuple(sorted(tuple(sorted(group)) for group in groups.values())))


def patterns(count: int) -> Iterator[tuple[int, ...]]:
    for partition in set_partitions(range(count)):
        yield tuple(next(k for k, block in enumerate(partition) if leg in block) for leg in range(count))


def leg(sample: int) -> Leg:
    return Leg(Field("z"), Sample(sample + 1))


def whole_tensors(depth: int, n: int, samples: Sequence[int], is_next: bool) -> dict[Atom, Fraction]:
    """G, V and the six-point function at every arrangement of the samples, from neurons equal in pairs only."""
    found: dict[Atom, Fraction] = {WIDTH: Fraction(n)}
    for count in (1, 2, 3):
        for chosen in product(sorted(set(samples)), repeat=2 * count):
            pairs = tuple(covariance(leg(chosen[2 * k]), leg(chosen[2 * k + 1])) for k in range(count))
            atom = WholeTensor(tensor(pairs), is_next)
            if atom not in found and 2 * count <= len(samples):
                legs = [[("z", k // 2, sample)] for k, sample in enumerate(chosen)]
                value = cumulant(lambda ls: moment(depth, n, 3, ls), legs)
                found[atom] = Fraction(int(value.p), int(value.q)) * n ** (count - 1)
    return found


@pytest.mark.parametrize("samples", [(0, 0), (0, 1), (0, 0, 0, 0), (0, 1, 1, 0), (0, 1, 1, 1), (0,) * 6])
def test_moments_at_every_pattern_are_those_of_a_small_network(samples: tuple[int, ...]) -> None:
    """Layer 2 of two neurons below, weights integrated out one by one: tensors from neurons that are different."""
    cumulants = Cumulants(systems(DECLARATIONS).system("MLP"), equal_widths=True)
    values = whole_tensors(2, 2, samples, False)
    for pattern in patterns(len(samples)):
        if len(set(pattern)) > 4:
            continue
        factors = [(ObservableAt(PREACTIVATION, (leg(s),)), (i,)) for s, i in zip(samples, pattern, strict=True)]
        legs = [("z", i, s) for s, i in zip(samples, pattern, strict=True)]
        exact = moment(2, 2, 4, legs)
        assert at(cumulants.mean(factors, False), values) == Fraction(int(exact.p), int(exact.q))
        connected = cumulant(lambda ls: moment(2, 2, 4, ls), [[leg] for leg in legs])
        assert at(cumulants.connected(factors, False), values) == Fraction(int(connected.p), int(connected.q))


def at(value: Polynomial, values: dict[Atom, Fraction]) -> Fraction:
    return value.evaluate(values.__getitem__, Fraction)


@pytest.mark.parametrize("count", [1, 2])
def test_layer_three_in_layer_two_is_that_of_a_small_network(count: int) -> None:
    """G and V of layer 3 from whole tensors of layer 2, exactly at two neurons."""
    known = systems(DECLARATIONS)
    system = known.system("MLP")
    cumulants = Cumulants(system, equal_widths=True)
    sigma = from_formula("sigma", Z + Z**2 / 2)
    below = LayerBelow(cumulants, ClaimNormalForm(system, True), {"sigma": sigma})
    one_input = LiteralNetwork(mlp(LINEAR_AND_SQUARE, [["1/2"]], 3, "0", "6/5"), 2, count)
    layer_two = LiteralNetwork(mlp(LINEAR_AND_SQUARE, [["1/2"]], 2, "0", "6/5"), 2, 4)
    values: dict[Atom, Fraction] = {WIDTH: Fraction(2), Symbol("C_b"): Fraction(0), Symbol("C_W"): Fraction(6, 5)}
    for order in (1, 2, 3, 4):
        pairs = (covariance(leg(0), leg(0)),) * order
        found = cumulant(lambda ls: layer_two.moment(ls), [[("z", k // 2, 0)] for k in range(2 * order)])
        values[WholeTensor(tensor(pairs))] = Fraction(int(found.p), int(found.q)) * 2 ** (order - 1)
    exact = cumulant(lambda ls: one_input.moment(ls), [[("z", k // 2, 0)] for k in range(2 * count)])
    derived = below.whole(WholeTensor(tensor((covariance(leg(0), leg(0)),) * count), True))
    assert at(derived, values) == Fraction(int(exact.p), int(exact.q)) * 2 ** (count - 1)


def test_the_variance_of_the_tangent_kernel_is_that_of_a_small_network() -> None:
    """E[H^2] - E[H]^2 = (A + 2B)/n at one neuron, A and B from neurons that are different."""
    oracle = LiteralNetwork(mlp(LINEAR_AND_SQUARE, [["1/2"]], 2, "1/3", "6/5", "1/5", "2/3"), 2, 2)

    def mean(*kernels: tuple[int, int]) -> Fraction:
        value = oracle.context.constant(1)
        for i, j in kernels:
            value *= oracle.tangent_kernel(("z", i, 0), ("z", j, 0))
        found = oracle.expectation(value)
        return Fraction(int(found.p), int(found.q))

    a_over_n = mean((0, 0), (1, 1)) - mean((0, 0)) * mean((1, 1))
    b_over_n = mean((0, 1), (0, 1))
    assert mean((0, 0), (0, 0)) - mean((0, 0)) ** 2 == a_over_n + 2 * b_over_n
    assert verdict("E[H^2] - E[H]^2 = (A + 2*B)/n", "MLP, inputs one").kind is Kind.PROVED
