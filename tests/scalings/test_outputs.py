"""`last`: outputs with an equation of their own, against exact correlators of finite networks."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

import pytest

from ptheory.claims.verdict import Verdict
from ptheory.language import parse
from ptheory.language.errors import LanguageError
from ptheory.networks.program import check_file, check_what_is_readable
from ptheory.results.flow_numbers import FlowTable
from ptheory.results.outcomes import Outcome
from ptheory.results.specialisation import Specialisation
from ptheory.session.run import carry_out
from tests.oracles.covariance_transfer import CovarianceTransfer
from tests.oracles.jets import jet_network
from tests.oracles.network import Network, at, direct, power_series, reads_input, weighted
from tests.oracles.site_transfer import SiteTransfer
from tests.oracles.tensors import divide_by_powers, interpolate, paired_correlator
from tests.oracles.training_tensors import DIRECTIONS
from tests.oracles.training_tensors import tensor as exact_tensor
from tests.recursion.front_end import EngineFlow, vectors
from tests.scalings.networks import ARCHITECTURE, SIGMA, TAU, VALUES, network

ONE = (("1", "-1/2"),)
TWO = (("1/2", "3/4"), ("1", "-1/3"))
WIDTHS = ("1", "2", "1/2")  # of the layers of a network of depth three
ORDERS = 3
SLOW = ("R_y", "S_y", "T_y", "U_y")  # at leading order in deeper networks


@cache
def engine(depth: int, inputs: tuple[tuple[str, ...], ...]) -> EngineFlow:
    values = ", ".join(f"{name} = {value}" for name, value in VALUES.items())
    widths = ", ".join(f"{width}*n" for width in WIDTHS[:depth])
    return EngineFlow(
        ARCHITECTURE + f"flow Net with sigma = {SIGMA}, tau = {TAU} {{ inputs {vectors(inputs)}; set {values}; "
        f"depth {depth}; widths {widths}; order exact; show G_y, V_y, Theta_y, {', '.join(TRAINING)} }}\n"
    )


TRAINING = ("D_y", "F_y", "A_y", "B_y", "P_y", "Q_y", "R_y", "S_y", "T_y", "U_y")


@cache
def exact(depth: int, inputs: tuple[tuple[str, ...], ...], directions: int) -> CovarianceTransfer:
    plain = network(depth, inputs, WIDTHS)
    return CovarianceTransfer(jet_network(plain, directions) if directions else plain)


def expected(depth: int, inputs: tuple[tuple[str, ...], ...], name: str, samples: Sequence[int]) -> list[Fraction]:
    """Coefficients of 1, 1/n, ... with the 1/width of the definitions taken out."""
    stem = name.removesuffix("_y")
    moment = exact(depth, inputs, DIRECTIONS.get(stem, 0)).moment
    if stem in DIRECTIONS:
        correlator: Any = exact_tensor(moment, stem, samples, field="y")
    else:
        correlator = paired_correlator(moment, samples, "y")
    return divide_by_powers(correlator, len(samples) // 2 - 1, Fraction(WIDTHS[depth - 2]))


def compare(depth: int, inputs: tuple[tuple[str, ...], ...], name: str, samples: Sequence[int]) -> None:
    orders = 1 if depth > 2 and name in SLOW else ORDERS
    right = (expected(depth, inputs, name, samples) + [Fraction(0)] * orders)[:orders]
    assert engine(depth, inputs).coefficients(depth, name, samples, orders) == right, (name, samples)


@pytest.mark.parametrize("name", ["G_y", "V_y", "Theta_y", *TRAINING])
@pytest.mark.parametrize("depth", [2, 3])
def test_every_tensor_of_an_output_at_one_input(depth: int, name: str) -> None:
    legs = 2 if name in ("G_y", "Theta_y") else 4
    compare(depth, ONE, name, (0,) * legs)


@pytest.mark.parametrize("name", ["G_y", "V_y", "Theta_y", "D_y", "F_y", "A_y", "B_y", "P_y", "Q_y"])
def test_tensors_of_an_output_at_two_inputs(name: str) -> None:
    legs = 2 if name in ("G_y", "Theta_y") else 4
    for samples in list(product(range(2), repeat=legs))[1:]:
        compare(2, TWO, name, samples)


SKIPS = """ptheory 1
include residual
include outputs
architecture Skips {
    weights W[i,j] ~ Normal(0, C_W/n)   rate lambda_W/n
    weights R[i,j] ~ Normal(0, C_R/n)   rate lambda_R/n
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = xi*z[i;a] + sum(j, W[i,j]*(z[j;a] + z[j;a]^2/4))
    last    y[i;a] = sum(j, R[i,j]*(z[j;a] - z[j;a]^2/3))
}
flow Skips {
    inputs [1]
    set C_W = 1/2, C_R = 1/3, xi = 1/2, lambda_W = 1, lambda_R = 1/2
    depth 3
    order 1/n
    show G_y, V_y, Theta_y
}
"""


def skips() -> Network:
    z = at("z")
    first = {"z": [reads_input("W")]}
    hidden = {"z": [direct(z * Fraction(1, 2)), weighted("W", power_series([0, 1, "1/4"], z))]}
    top = {"y": [weighted("R", power_series([0, 1, "-1/3"], z))]}
    variances = {"W": Fraction(1, 2), "R": Fraction(1, 3)}
    rates = {"W": Fraction(1), "R": Fraction(1, 2)}
    ones = (Fraction(1),)
    return Network((first, hidden, top), (variances,) * 3, (ones,), ones * 3, (rates,) * 3)


@pytest.mark.parametrize(("name", "legs", "widths"), [("G_y", 2, 9), ("V_y", 4, 15), ("Theta_y", 2, 9)])
def test_an_output_above_skip_connections(name: str, legs: int, widths: int) -> None:
    net = jet_network(skips(), 1) if name == "Theta_y" else skips()

    def value(n: int) -> Any:
        moment = SiteTransfer(net, n).moment
        at_one_input = (0,) * legs
        if name == "Theta_y":
            return exact_tensor(moment, "Theta", at_one_input, field="y")
        return paired_correlator(moment, at_one_input, "y")

    polynomial = interpolate([(n, value(n)) for n in range(1, widths)])
    right = divide_by_powers(polynomial, legs // 2 - 1)[:2]
    (table,) = (outcome for outcome in on(SKIPS) if isinstance(outcome, FlowTable))
    (left,) = table.numbers[3][name].values()
    assert [number.value for number in left] == right


def on(text: str) -> tuple[Outcome, ...]:
    program = check_what_is_readable(parse(text, "test.deriv"))
    assert all(isinstance(error, LanguageError) for error in program.errors)
    return carry_out(program, "test.deriv").outcomes


@pytest.mark.parametrize(
    ("instead", "message"),
    [
        ("last z[i;a] = sum(j, W[i,j]*z[j;a])", "z has a last equation beside those of the layers"),
        ("last y[i;a] = z[i;a] + sum(j, W[i,j]*z[j;a])", "the output y carries a neuron of the last hidden layer over"),
        ("last y[i;a] = sum(j, W[i,j]*y[j;a])", "y is an output, which no layer reads"),
        ("last y[i;a] = sum(j, W[i,j]*x[j;a])", "a layer equation does not read the input x"),
        ("last y[i;a] = sum(j, W[i,j]*z[j;a]) last y[i;a] = sum(j, W[i,j]*z[j;a])", "a second last equation for y"),
        ("last y[i;a] = W[i,j]*z[j;a]", "the index j is neither on the left nor summed"),
    ],
)
def test_last_equations_that_are_none(instead: str, message: str) -> None:
    text = (
        "ptheory 1\narchitecture A {\n weights W[i,j] ~ Normal(0, C_W/n)\n first z[i;a] = sum(k, W[i,k]*x[k;a])\n"
        f" layer z[i;a] = sum(j, W[i,j]*z[j;a])\n {instead}\n}}\n"
    )
    with pytest.raises(LanguageError) as caught:
        check_file(parse(text, "test.deriv"))
    assert message in str(caught.value)
    assert caught.value.help and caught.value.span.start > text.index("last")


def test_an_output_needs_layers_below() -> None:
    text = "ptheory 1\narchitecture A {\n weights W[i,j] ~ Normal(0, C_W/n)\n last y[i;a] = sum(j, W[i,j]*y[j;a])\n}\n"
    with pytest.raises(LanguageError, match="no layers below its output"):
        check_file(parse(text, "test.deriv"))


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("define M by E[y1 z2]_c = d12 M[1,2]\nderive M", "M joins the output y with z of the layers"),
        ("flow Readout with sigma = z { inputs [1]; set C_W = 1, C_R = 1, C_b = 0; depth 1; show V_y }", "V_y is of"),
        (
            "flow Readout with sigma = z { inputs [1]; set C_W = 1, C_R = 1, C_b = 0; depth 3; layers 1 3; show V_y }",
            "layer 1 reads the input",
        ),
        ("with sigma = relu { solve V_y in l }", "V_y is of an output, which is made once"),
    ],
)
def test_tasks_about_outputs_that_have_no_meaning(task: str, message: str) -> None:
    with pytest.raises(LanguageError) as caught:
        check_file(parse(f"ptheory 1\ninclude outputs\n{task}\n", "test.deriv"))
    assert message in str(caught.value) and caught.value.help


@pytest.mark.parametrize(
    ("claim", "kind"),
    [
        ("K_y'[1,2] = C_R*<s1 s2> for Readout", "proved"),
        ("V_y' = C_R^2*(<s^4> - <s^2>^2) + (C_R/C_W)^2*chi_par^2*V for Readout, inputs one", "proved"),
        ("V_y' = C_R^2*(<s^4> - <s^2>^2) + (C_R/C_W)^2*chi_par^2*V_y for Readout, inputs one", "refuted"),
        ("V_y' = C_R^2*(<s^4> - <s^2>^2) for Readout, inputs one, l = 1", "proved"),
        ("E[y'^4] = C_R^2*(1 + 2/n)*E[z^4] for Readout, inputs one, C_b = 0, with sigma = linear", "proved"),
        ("E[y'^4] = C_R^2*(1 + 3/n)*E[z^4] for Readout, inputs one, C_b = 0, with sigma = linear", "refuted"),
        ("V_y = 5*K^2 for Readout, inputs one, with sigma = relu, l = 1", "unreadable"),
        ("V_y = 5*K^2*(l - 1) for Readout, inputs one, C_W = 2, C_b = 0, with sigma = relu", "unreadable"),
        ("K_y ~ 1/(2*l) for Readout, inputs one, C_R = 1, with sigma = tanh", "unreadable"),
        ("K_y' ~ C_R/(2*l) for Readout, inputs one, with sigma = tanh", "proved"),
        ("K_y' ~ C_R/(3*l) for Readout, inputs one, with sigma = tanh", "refuted"),
        ("Theta_y' ~ C_R*lambda_b*l/2 for Readout, inputs one, with sigma = tanh", "proved"),
        ("P_y' ~ -C_R^2*lambda_b^2*l^3/120 for Readout, inputs one, with sigma = tanh", "proved"),
        ("V_y' ~ 5/4*C_R^2*K^2*l for Readout, inputs one, with sigma = relu", "proved"),
        ("V_y' ~ 5*C_R^2*K^2*l for Readout, inputs one, with sigma = relu", "refuted"),
        ("E[y1 z2] = 0 for Readout", "unreadable"),
        ("E[sum(i, y[i]^2)] = 1 for Readout, inputs one", "unreadable"),
        ("<y^2> = K for Readout, inputs one", "unreadable"),
    ],
)
def test_claims_about_outputs(claim: str, kind: str) -> None:
    outcomes = on(f'ptheory 1\ninclude outputs\nclaim "c": {claim}\n')
    (verdict,) = (outcome for outcome in outcomes if isinstance(outcome, Verdict))
    assert verdict.kind.value == kind


def exponents_of(activation: str, tensors: str) -> dict[str, tuple[str, str]]:
    """Tensor -> (exponent, amplitude) at fixed rates."""
    text = f"ptheory 1\ninclude outputs\nwith sigma = {activation} for Readout {{ critical; exponents {tensors} }}\n"
    (block,) = (outcome for outcome in on(text) if isinstance(outcome, Specialisation))
    assert block.criticality is not None and block.criticality.classification is not None
    fixed, _ = block.criticality.classification.tower
    return {g.tensor: (str(g.power), str(g.amplitude)) for g in fixed.growths}


def test_how_outputs_grow_with_depth() -> None:
    """The amplitudes are claims above, proved with the recursions iterated beside them."""
    found = exponents_of("tanh", "K_y, V_y, Theta_y, P_y")
    assert {name: found[name] for name in ("K_y", "V_y", "Theta_y", "P_y")} == {
        "K_y": ("-1", "C_R/2"),
        "V_y": ("-1", "C_R**2/6"),
        "Theta_y": ("1", "C_R*lambda_b/2"),
        "P_y": ("3", "-C_R**2*lambda_b**2/120"),
    }


def test_an_output_on_a_line_of_critical_points_is_exact_in_the_layer() -> None:
    """The form of ReLU's D_y, found in l, is what the flow has in layers 2 to 4."""
    values = "C_b = 0, C_W = 2, C_W[1] = 1, C_R = 3, lambda_b = 5, lambda_W = 7, lambda_R = 11"
    text = (
        "ptheory 1\ninclude outputs\nwith sigma = relu for Readout { critical; exponents D_y }\n"
        f"flow Readout with sigma = relu {{ inputs [1]; set {values}; depth 4; show D_y }}\n"
    )
    block, table = on(text)
    assert isinstance(block, Specialisation) and isinstance(table, FlowTable)
    assert block.criticality is not None and block.criticality.classification is not None
    form = block.criticality.classification.tower[0].exact["D_y"]
    numbers = {"K": 1, "C_R": 3, "lambda_b": 5, "lambda_W": 7, "lambda_R": 11, "Theta_1": 12}
    for layer in (2, 3, 4):
        known = {symbol: numbers.get(symbol.name, layer) for symbol in form.free_symbols}
        ((number,),) = table.numbers[layer]["D_y"].values()
        assert form.subs(known) == number.value
