"""Exponents and amplitudes of components along a separation, against iteration of their recursions to layer 20,000."""

import pytest
import sympy as sp

import ptheory as pt

HEAD = "ptheory 1\ninclude mlp\ninclude observables\n"


def growths(sigma, tensors, scheme="fixed rates"):
    (block,) = pt.run_text(f"{HEAD}with sigma = {sigma} {{ inputs near x; show G; exponents {tensors} }}\n").specialised
    tower = next(one for one in block.classification.tower if one.title.startswith(scheme))
    return {growth.name: growth for growth in tower.growths}


def iterated(sigma, tensors, layers, values):
    """Every component in the given layers, from the closed forms of the recursions in plain floats."""
    block = pt.run_text(f"{HEAD}with sigma = {sigma} {{ inputs near x; show {tensors} }}\n").specialised[0]
    hyper = {sp.Symbol(name): value for name, value in values.items()}
    equations = []
    for one in block.equations:
        form = one.closed_form.subs({s: hyper[sp.Symbol(s.name)] for s in one.closed_form.free_symbols
                                     if sp.Symbol(s.name) in hyper})  # fmt: skip
        named = {
            symbol: tensor
            for symbol, tensor in one.symbols.items()
            if sp.Symbol(symbol, real=True) in form.free_symbols
        }
        order = sorted(named)
        equations.append((one.equation.target, sp.lambdify([sp.Symbol(n, real=True) for n in order], form, "math"),
                          [named[n] for n in order], one.left_side.replace("'", "")))  # fmt: skip
    state = {target: 0.0 for target, *_ in equations}
    for target, _, _, left in equations:
        state[target] = {"K[x,x]": 0.3, "K[dx,x]": 0.02, "K[dx,dx]": 0.05}.get(left, 0.0)
    found = {}
    for layer in range(1, max(layers) + 1):
        if layer in layers:
            found[layer] = {left: state[target] for target, _, _, left in equations}
        state = {target: rule(*(state[t] for t in used)) for target, rule, used, _ in equations}
    return found


def test_the_vertex_at_a_kernel_that_goes_to_zero():
    """z - z^3/3: ratios over l at layers 10,000 and 20,000, whose corrections fall as log(l)/l."""
    found = growths("z - z^3/3", "V")
    layers = iterated("z - z^3/3", "G, V", (10000, 20000), {"C_b": 0, "C_W": 1})
    ratios = {
        "V[x,x,x,dx]/(nKK[x,dx])": lambda v: v["V[dx,x,x,x]"] / (v["K[x,x]"] * v["K[dx,x]"]),
        "V[x,x,dx,dx]/(nKK[dx,dx])": lambda v: v["V[dx,dx,x,x]"] / (v["K[x,x]"] * v["K[dx,dx]"]),
        "V[x,dx,x,dx]/(nKK[dx,dx])": lambda v: v["V[dx,x,dx,x]"] / (v["K[x,x]"] * v["K[dx,dx]"]),
        "V[x,dx,dx,dx]/(nK[dx,dx]K[x,dx])": lambda v: v["V[dx,dx,dx,x]"] / (v["K[dx,x]"] * v["K[dx,dx]"]),
        "V[dx,dx,dx,dx]/(nK[dx,dx]^2)": lambda v: v["V[dx,dx,dx,dx]"] / v["K[dx,dx]"] ** 2,
    }
    expected = {"V[x,x,x,dx]": "1/3", "V[x,x,dx,dx]": "-1/3", "V[x,dx,x,dx]": "1/3", "V[x,dx,dx,dx]": "1",
                "V[dx,dx,dx,dx]": "8/3"}  # fmt: skip
    for name, ratio in ratios.items():
        growth = found[name]
        assert growth.power == 1 and str(growth.amplitude) == expected[growth.tensor]
        for layer in (10000, 20000):
            assert ratio(layers[layer]) / layer == pytest.approx(float(growth.amplitude), rel=3e-3), name
    powers = {name: found[name].power for name in ("K[x,dx]", "K[dx,dx]")}
    assert powers == {"K[x,dx]": -2, "K[dx,dx]": -1}  # p_par and p_perp


def test_along_the_input_it_is_the_derivative_of_the_one_input_law():
    """V = 1/(6(l + l_0)), K = 1/(2(l + l_0)): a quarter of dV by the scale of x against a half of dK is 1/6."""
    found = growths("tanh", "V")
    assert found["V[x,x,x,dx]"].amplitude / found["K[x,dx]"].amplitude == sp.Rational(1, 6)


def test_relu_is_exact_in_the_layer():
    found = growths("relu", "V")
    c_par, c_perp = (sp.Symbol(name, real=True) for name in ("c_par", "c_perp"))
    assert found["V[dx,dx,dx,dx]"].amplitude == 5 * c_perp**2
    assert found["V[dx,dx,dx,dx]/(nK[dx,dx]^2)"].amplitude == 5
    kernel = next(iter(found["V[x,dx,x,dx]"].amplitude.free_symbols - {c_par, c_perp}))
    assert sp.expand(found["V[x,dx,x,dx]"].amplitude - 2 * kernel * c_perp - 3 * c_par**2) == 0


def test_components_that_a_kink_does_not_have_have_no_exponent():
    found = growths("relu", "Theta")
    assert "Theta[x,dx]" in found and "Theta[dx,dx]" not in found


def test_the_tangent_kernel_at_either_choice_of_rates():
    fixed, equivalence = growths("tanh", "Theta"), growths("tanh", "Theta", "equivalence rates")
    assert fixed["Theta[dx,dx]"].power == 0 and equivalence["Theta[x,dx]"].log_power == 1
    assert str(equivalence["KTheta[dx,dx]/(K[dx,dx]Theta)"].amplitude) == "lambda_W/(lambda_W + 2*lambda_b)"
