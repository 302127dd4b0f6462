"""What is carried over once, made of new weights and read nowhere else, leaves layers closed among themselves.

z' = W σ(z) + v, v' = R σ(z) is z' = W σ(z) + R σ(prev(z)) with the same first layer. Its recursions are held against
flows that know no recursion: by the joint law of a neuron's branches and the cumulants of all layers
(``flows.histories``), which enumeration of finite networks has confirmed (``test_enumeration``).
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

import ptheory as pt
from ptheory.flows import of_network
from ptheory.language.errors import LanguageError
from ptheory.rendering.lines import to_text
from ptheory.results.flow_numbers import FlowTable

NETWORK = """ptheory 1
include observables
include correlators
architecture Dense {{
    weights W[i,j] ~ Normal(0, C_W/n)   rate lambda_W/n
    weights R[i,j] ~ {law}(0, C_R/n)   rate lambda_R/n
    weights Q[i,j] ~ Normal(0, C_Q/n)   rate lambda_R/n
    weights X[i,j] ~ Normal(0, C_X/n)   rate lambda_W/n
    weights Y[i,j] ~ Normal(0, C_Y/n)   rate lambda_Y/n
    biases  b[i]   ~ Normal(0, C_b)     rate lambda_b
    first   z[i;a] = b[i] + sum(k, X[i,k]*x[k;a])
    {equations}
}}
"""
PREV = "layer z[i;a] = b[i] + sum(j, W[i,j]*sigma(z[j;a])) + sum(j, R[i,j]*sigma(prev(z[j;a])))"
FIRST = "    first v[i;a] = sum(k, Y[i,k]*x[k;a])\n"
FIELDS = FIRST + (
    "    layer z[i;a] = b[i] + sum(j, W[i,j]*sigma(z[j;a])) + v[i;a]\n    layer v[i;a] = sum(j, R[i,j]*sigma(z[j;a]))"
)
TWO_BELOW = (
    FIRST.replace("v", "u").replace("Y", "Q") + FIELDS + " + u[i;a]/2\n    layer u[i;a] = sum(j, Q[i,j]*sigma(z[j;a]))"
)
FLOW = """
flow Dense with sigma = z + z^2/3 {{
    inputs {inputs}
    set C_b = 1/10, C_W = 6/5, C_R = 1/3, C_Q = 1/5, C_X = 1, C_Y = 1/7
    set lambda_b = 1/2, lambda_W = 1, lambda_R = 2, lambda_Y = 1/3
    depth {depth}
    order {order}
    show {show}
}}
"""
TOWER = "G, V, Theta, D, F, A, B, P, Q, R, S, T, U"


def network(equations: str, law: str = "Normal") -> str:
    return NETWORK.format(equations=equations, law=law)


def flow(equations: str, inputs: str, depth: int, order: str, show: str) -> FlowTable:
    (table,) = pt.run_text(network(equations) + FLOW.format(inputs=inputs, depth=depth, order=order, show=show)).flows
    return table


@pytest.fixture
def by_recursions(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Flows of networks that carry something over by their recursions, too."""
    return lambda: monkeypatch.setattr(of_network, "remembers_its_past", lambda _: False)


@pytest.mark.parametrize(
    ("equations", "inputs", "depth", "order", "show"),
    [
        (FIELDS, "[1, 1/2]", 4, "leading", TOWER),
        (FIELDS, "[1, 0] [3/5, 4/5]", 3, "leading", "G, V, Theta, D, F"),
        (FIELDS, "[1, 1/2]", 4, "1/n", "G, Theta, V"),
        (TWO_BELOW, "[1, 1/2]", 4, "leading", "G, V, Theta, D, F, A, B"),
        (TWO_BELOW, "[1, 1/2]", 3, "1/n", "G, Theta, V"),
    ],
)
def test_recursions_are_flows_by_histories(
    equations: str, inputs: str, depth: int, order: str, show: str, by_recursions: Callable[[], None]
) -> None:
    known = flow(equations, inputs, depth, order, show)
    by_recursions()
    assert flow(equations, inputs, depth, order, show).numbers == known.numbers


def test_a_layer_further_down_is_a_field_of_the_layer_below() -> None:
    """Layer 2 reads nothing further down: v of layer 1 is zero, with the variance of its weights."""
    text = FLOW.replace("C_Y = 1/7", "C_Y = 0").replace("lambda_Y = 1/3", "lambda_Y = 0")
    asked = text.format(inputs="[1, 1/2]", depth=4, order="leading", show="G, V, Theta, D, F, A, B")
    fields, prev = (pt.run_text(network(equations) + asked).flows[0].numbers for equations in (FIELDS, PREV))
    assert fields == prev


@pytest.mark.parametrize(
    ("equations", "law"),
    [
        (FIELDS, "Uniform"),  # v has a fourth cumulant, which nothing hands on
        (FIELDS.replace("+ v[i;a]", "+ v[i;a] + sum(j, Q[i,j]*v[j;a])"), "Normal"),  # v is read
        (FIELDS.replace("R[i,j]", "W[i,j]"), "Normal"),  # z and v have weights in common
        (FIELDS + " + v[i;a]/2", "Normal"),  # v stands in two layers
        (FIELDS.replace("+ v[i;a]", "+ z[i;a]/2"), "Normal"),
        (FIELDS.replace("= sum(j, R", "= b[i] + sum(j, R"), "Normal"),
    ],
)
def test_what_else_is_carried_over_does_not_close(equations: str, law: str) -> None:
    with pytest.raises(LanguageError, match="V: for Dense, whose neurons remember their past"):
        pt.run_text(network(equations, law) + "derive V for Dense\n")


def test_kernels_of_the_layer_below_are_printed_as_claims_read_them() -> None:
    """K[l-1], K[x,y;l-1] and K^{(l-1)}: not the symbol that SymPy is given."""
    head = network(PREV)
    block = "derive G for Dense\nwith sigma = relu for Dense {{ {} show G }}\n"
    one, two = (to_text(pt.run_text(head + block.format(inputs)).report) for inputs in ("", "inputs x y"))
    assert "1/2·C_R·K[ℓ-1]" in one and "K[x,y;ℓ-1]" in two and "lm1" not in one + two
    (verdict,) = pt.run_text(
        f'{head}claim "printed": K\' = C_b + 1/2·C_R·K[ℓ-1] + 1/2·C_W·K for Dense, inputs one, with sigma = relu\n'
    ).verdicts
    assert verdict.kind.value == "proved"


AT_RELU, AT_TWO = "for Dense, inputs one, C_W = 1/3, with sigma = relu", "for Dense, inputs x y, with sigma = relu"
BELOW = r"\langle \sigma^2\rangle_{K^{(\ell-1)}}"


@pytest.mark.parametrize(
    ("equation", "scope", "kind"),
    [
        (r"K^{(\ell+1)} = C_b + C_R " + BELOW + r" + C_W \langle \sigma^2\rangle_K", "for Dense, inputs one", "proved"),
        (r"K^{(\ell+1)} = C_b + \frac{1}{6} K^{(\ell)} + \frac{C_R}{2} K^{(\ell-1)}", AT_RELU, "proved"),
        (r"K^{(\ell)} = C_b + \frac{1}{6} K^{(\ell-1)} + \frac{C_R}{2} K^{(\ell-2)}", AT_RELU, "proved"),
        (
            r"K^{(\ell+1)}_{xx} = C_b + \frac{C_R}{2} K^{(\ell-1)}_{xx} + \frac{C_W}{2} K^{(\ell)}_{xx}",
            AT_TWO,
            "proved",
        ),
        (r"K^{(\ell+1)} = C_b + \frac{1}{6} K^{(\ell)} + \frac{C_R}{3} K^{(\ell-1)}", AT_RELU, "refuted"),
        (r"K^{(\ell+1)} = C_b + \frac{C_R}{2} K^{(\ell)} + \frac{1}{6} K^{(\ell-1)}", AT_RELU, "refuted"),
        (
            r"K^{(\ell+1)} = C_b + C_W " + BELOW + r" + C_R \langle \sigma^2\rangle_K",
            "for Dense, inputs one",
            "refuted",
        ),
        (r"K^{(\ell)} = C_b + C_R " + BELOW + " + C_W " + BELOW, "for Dense, inputs one", "refuted"),
    ],
)
def test_kernels_of_the_layer_below_in_latex(equation: str, scope: str, kind: str) -> None:
    (verdict,) = pt.run_text(network(PREV) + f'claim latex "a": \\[ {equation} \\] {scope}\n').verdicts
    assert verdict.kind.value == kind, verdict


def test_tensors_of_the_layer_below_are_none_of_a_recursion() -> None:
    with pytest.raises(LanguageError, match="V is not of this layer or the next"):
        pt.run_text(network(PREV) + f'claim latex "a": \\[ V^{{(\\ell+1)}} = V^{{(\\ell-1)}} \\] {AT_RELU}\n')
