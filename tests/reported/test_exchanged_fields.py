"""One name for structures that differ by exchanging identical fields or observables; another name for all others.

The right values: the group of exchanges applied to one term by hand, and moments of products of Gaussian matrices.
"""

from __future__ import annotations

from itertools import permutations, product

import pytest

from ptheory.language import parse
from ptheory.language.errors import LanguageError
from ptheory.networks.program import check_file
from ptheory.session.systems import Systems
from tests.reported.running import FILES, ptheory

Pairs = tuple[tuple[int, int], ...]
ARCHITECTURE = """ptheory 1
observable H[1,2] = sum(mu, rate(mu)*d(z1,mu)*d(z2,mu))
observable dH[0,1,2] = sum(mu,nu, rate(mu)*rate(nu)*d(z0,mu,nu)*d(z1,mu)*d(z2,nu))
architecture A {
    weights W[i,j] ~ Normal(0, C_W/n)  rate lambda_W/n
    weights R[i,j] ~ Normal(0, 1/n)  rate lambda_R/n
    weights S[i,j] ~ Normal(0, 1/n)  rate lambda_S/n
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    first   v[i;a] = sum(k, R[i,k]*x[k;a])
    first   w[i;a] = sum(k, S[i,k]*x[k;a])
    layer   z[i;a] = sum(j, W[i,j]*sigma(z[j;a]))
    layer   v[i;a] = sum(j, W[i,j]*sigma'(z[j;a])*v[j;a])
    layer   w[i;a] = sum(j, W[i,j]*sigma'(z[j;a])*w[j;a])
}
"""
# left side -> slots of identical observables, in which one slot may be exchanged for another only with its observable
LEFT: dict[str, tuple[tuple[tuple[int, ...], ...], ...]] = {
    "z1 z2 v3 v4 w5 w6": (((1,), (2,)), ((3,), (4,)), ((5,), (6,))),
    "v1 v2 v3 v4 z5 z6": (((1,), (2,), (3,), (4,)), ((5,), (6,))),
    "z1 v2 z3 v4": (((1,), (3,)), ((2,), (4,))),
    "H12 H34 z5 z6": (((1, 2), (3, 4)), ((5,), (6,))),
    "H12 H34 v5 v6": (((1, 2), (3, 4)), ((5,), (6,))),
    "H12 H34 H56": (((1, 2), (3, 4), (5, 6)),),
    "dH123 dH456": (((1, 2, 3), (4, 5, 6)),),
}


def exchanges(which: str) -> list[dict[int, int]]:
    """Slot -> slot for every exchange that leaves the product on the left unchanged; H12 = H21, dH012 = dH021 too."""
    found: list[dict[int, int]] = [{}]
    for alike in LEFT[which]:
        grown = []
        for order in permutations(alike):
            for turned in product(*(_turned(block) for block in order)):
                moved = {a: b for old, new in zip(alike, turned, strict=True) for a, b in zip(old, new, strict=True)}
                grown += [{**before, **moved} for before in found]
        found = grown
    return found


def _turned(block: tuple[int, ...]) -> list[tuple[int, ...]]:
    if len(block) == 2:
        return [block, block[::-1]]
    return [block] if len(block) == 1 else [block, (block[0], block[2], block[1])]


def pairings(slots: tuple[int, ...]) -> list[Pairs]:
    if not slots:
        return [()]
    first, *rest = slots
    return [
        ((first, other), *more) for other in rest for more in pairings(tuple(s for s in rest if s != other))
    ]  # fmt: skip


def definition(which: str, seed: int) -> str:
    """Every pairing of the left side, one name per orbit, the arguments moved by one of the exchanges."""
    group = exchanges(which)
    slots = tuple(sorted(group[0]))
    names: dict[frozenset[frozenset[int]], tuple[str, list[tuple[int, ...]]]] = {}
    for pairs in pairings(slots):
        if as_key(pairs) in names:
            continue
        arguments = tuple(slot for pair in pairs for slot in pair)
        name = f"T_{'abcdefghijklmno'[len({used for used, _ in names.values()})]}"
        for moved in group:
            image = as_key([(moved[a], moved[b]) for a, b in pairs])
            names.setdefault(image, (name, []))[1].append(tuple(moved[a] for a in arguments))
    terms = []
    for key, (name, choices) in names.items():
        deltas = " ".join(f"d{a}{b}" for a, b in sorted(map(sorted, key)))
        chosen = choices[seed % len(choices)]
        terms.append(f"{deltas} {name}[{','.join(map(str, chosen))}]")
    listed = ", ".join(dict.fromkeys(name for name, _ in names.values()))
    power = "" if len(slots) == 2 else "/ n" if len(slots) == 4 else "/ n^2"
    return f"define {listed} by E[{which}]_c = ({' + '.join(terms)}) {power}\n"


def as_key(pairs: Pairs | list[tuple[int, int]]) -> frozenset[frozenset[int]]:
    return frozenset(frozenset(pair) for pair in pairs)


def names_of(text: str) -> None:
    """Raises LanguageError where the definition is refused."""
    Systems(check_file(parse(ARCHITECTURE + text, "test.deriv"))).names("A")


@pytest.mark.parametrize("seed", [0, 1, 5, 11])
@pytest.mark.parametrize("which", LEFT)
def test_every_exchange_is_accepted(which: str, seed: int) -> None:
    names_of(definition(which, seed))


MISMATCHES = {  # a term of the definition -> what no exchange allows
    "T_c[1,3,2,4,5,6]": "T_d[1,3,2,4,5,6]",  # another structure
    "T_d[2,3,1,5,4,6]": "T_d[3,2,1,5,4,6]",  # u where v belongs
    "T_d[1,4,2,5,3,6]": "T_d[1,3,2,5,4,6]",  # the right fields at the wrong neurons
    "T_b[1,2,4,5,3,6]": "T_b[1,2,4,6,3,5]",
}


@pytest.mark.parametrize("term", MISMATCHES)
def test_what_no_exchange_gives_is_refused(term: str) -> None:
    text = definition("z1 z2 v3 v4 w5 w6", 0)
    assert term in text
    with pytest.raises(LanguageError, match="stands for two different structures"):
        names_of(text.replace(term, MISMATCHES[term]))


def test_fields_at_one_neuron_are_no_fields_at_two() -> None:
    text = definition("z1 v2 z3 v4", 0)
    with pytest.raises(LanguageError, match="T_a stands for two different structures"):
        names_of(text.replace("T_b[1,3,2,4]", "T_a[1,3,2,4]").replace("T_a, T_b", "T_a"))


def test_the_reported_flows() -> None:
    """For M = J J^T of linear layers, and of ReLU with half as many paths and twice the variance."""
    ran = ptheory("run", FILES / "g-17e-mixed-tensor.deriv")
    values = [line.split()[-1] for line in ran.out.splitlines() if "T_uvuwvw[" in line]
    assert ran.code == 0
    assert values == ["0", *map(str, triangles(4)), "0", *(str(4 * value) for value in triangles(4))]


def triangles(layers: int) -> list[int]:
    """x_l in kappa(M_ik, M_km, M_mi) = x_l/n^2, by E over the top factor: M' = W M W^T with W_ij of variance 1/n."""
    triple, square = [0], [0]  # cyclic cumulants of three, two factors: sums over one more Gaussian matrix
    for _ in range(layers):
        triple.append(triple[-1] + 3 * square[-1] + 1)
        square.append(square[-1] + 1)
    return triple[1:]
