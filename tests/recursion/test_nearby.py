"""`inputs near x` against flows of two inputs that are close: exact rational ones, and at kinks in the limit.

The components of a flow at x - e dx/2 and x + e dx/2 are mixed differences over the two inputs, divided by e for every
slot that carries the separation: exact up to e^2 where the activation is smooth, up to e where it has a kink.
"""

from fractions import Fraction
from itertools import product

import mpmath
import pytest
import sympy as sp

import ptheory as pt
from ptheory.claims.verdict import Kind
from ptheory.language.errors import LanguageError

HEAD = "ptheory 1\ninclude mlp\ninclude observables\ninclude residual\ninclude gated\n"
VALUES = {"C_b": "1/10", "C_W": "6/5", "lambda_b": "1/5", "lambda_W": "2/3", "xi": "1/2"}
X, DX = (Fraction(1, 2), Fraction(3, 4)), (Fraction(1, 3), Fraction(2, 7))


def close_flow(architecture, sigma, shown, size, more=""):
    vectors = [[x + side * size * d / 2 for x, d in zip(X, DX, strict=True)] for side in (-1, 1)]
    inputs = " ".join(f"[{', '.join(map(str, vector))}]" for vector in vectors)
    names = [name for name in VALUES if name != "xi" or architecture == "Residual"]
    given = ", ".join(f"{name} = {VALUES[name]}" for name in names)
    block = f"inputs {inputs}; set {given}; depth 3; show {shown}{more}"
    return pt.run_text(f"{HEAD}flow {architecture} with sigma = {sigma} {{ {block} }}\n").flows[0].values


def component(values, tensor, layer, along, size):
    """A mixed difference: ``along`` says of every slot whether it carries the separation."""
    total = 0
    for places in product((0, 1), repeat=len(along)):
        sign = (-1) ** sum(1 - place for place, carries in zip(places, along, strict=True) if carries)
        total += sign * values[layer][tensor][",".join(map(str, places))].coefficient(0)
    return total / (2 ** along.count(False) * size ** along.count(True))


def kernel_component(values, separations, layer=2):
    """K[x,x], K[x,dx], K[dx,dx] of a flow, in powers of the distance."""
    along = (separations > 1, separations > 0)
    return mpmath.mpf(str(component(values, "G", layer, along, 1)))


def remainders(found, values):
    """Left side minus right side of equations at what a flow has at two inputs, in powers of the distance."""
    with mpmath.workdps(50):
        return [left - right for left, right in (sides(one, values, 3, 1, exact) for one in found)]


def exact(value):
    is_rational = isinstance(value, Fraction)
    return sp.Rational(value.numerator, value.denominator) if is_rational else sp.Float(mpmath.mpf(str(value)), 45)


def sides(equation, values, layer, size, number):
    """(left side, closed form of the right side) of an equation at the components of a flow."""
    names = equation.equation.names

    def of(tensor, at):
        named = names.of(tensor)
        along = [leg.sample == 2 for leg in named.arguments]
        return component(values, {"K": "G"}.get(named.name, named.name), at, along, size)

    below = {sp.Symbol(symbol, real=True): number(of(tensor, layer - 1)) for symbol, tensor in equation.symbols.items()}
    hyper = {s: sp.Rational(VALUES[s.name]) for s in equation.closed_form.free_symbols if s.name in VALUES}
    return number(of(equation.equation.target, layer)), equation.closed_form.subs({**below, **hyper})


def block(sigma, shown, architecture="MLP", order=""):
    text = f"{HEAD}with sigma = {sigma} for {architecture} {{ inputs near x{order}; show {shown} }}\n"
    return pt.run_text(text).specialised[0]


@pytest.mark.parametrize(
    ("architecture", "sigma", "shown", "all_shown", "count"),
    [
        ("MLP", "z + z^2/4", "G, Theta, V", "G, Theta, V", 12),
        ("MLP", "z - z^2/3", "D, F, B", "G, Theta, V, D, F, B", 26),
        ("MLP", "z - z^2/3", "A", "G, Theta, V, D, A", 6),
        ("Residual", "z + z^2/5", "G, Theta", "G, Theta", 6),
    ],
)
def test_components_of_exact_flows(architecture, sigma, shown, all_shown, count):
    size = Fraction(1, 10**20)
    values = close_flow(architecture, sigma, all_shown, size)
    equations = block(sigma, shown, architecture).equations
    assert len(equations) == count
    for equation in equations:
        left, right = sides(equation, values, 3, size, lambda v: sp.Rational(v.numerator, v.denominator))
        assert abs(left - right) <= sp.Rational(1, 10**30) * (1 + abs(left)), equation.left_side


@pytest.mark.parametrize(
    ("architecture", "sigma", "shown", "all_shown", "order"),
    [
        ("MLP", "z + z^2/4 + z^3/7", "G, Theta", "G, Theta", 4),
        ("MLP", "z - z^2/3", "V", "G, V", 3),
        ("MLP", "z - z^2/3", "F", "G, Theta, V, D, F", 2),
        ("Residual", "z + z^2/5", "Theta", "G, Theta", 2),
    ],
)
def test_series_of_exact_flows(architecture, sigma, shown, all_shown, order):
    """What is left after dx^order is of the next power that the component has, at two distances."""
    found = block(sigma, shown, architecture, f" to order dx^{order}").equations
    left = [remainders(found, close_flow(architecture, sigma, all_shown, Fraction(1, 10**k))) for k in (20, 21)]
    for equation, far, near in zip(found, *left, strict=True):
        separations = sum(leg.sample == 2 for leg in equation.equation.target.legs)
        follows = max(order, separations) + 1
        follows += (follows - separations) % 2
        assert far == near == 0 or abs(far / near / 10**follows - 1) < 0.1, equation.left_side


def test_the_cube_of_the_separation_follows_where_a_slope_jumps():
    found = block("relu", "G, Theta", order=" to order dx^4")
    assert "stands through dx^2" in found.ends["K'[dx,dx]"] and "K'[dx,x]" not in found.ends
    assert "-C_W*M^(3/2)/(3*pi*K[x,x]^2), where M = K[x,x]*K[dx,dx] - K[x,dx]^2" in found.ends["K'[dx,dx]"]
    assert "C_W*M^(3/2)/(12*pi*K[x,x]^2)" in found.ends["K'[x,x]"]
    assert "Theta[dx,dx], of which" in found.ends["Theta'[dx,x]"] and "dx^0" in found.ends["Theta'[x,x]"]
    equations = [one for one in found.equations if one.left_side in ("K'[x,x]", "K'[dx,dx]")]
    errors = []
    for k in (4, 5):
        values = close_flow("MLP", "relu", "G", Fraction(1, 10**k), "; digits 40")
        with mpmath.workdps(40):
            here, mixed, along = (kernel_component(values, separations) for separations in range(3))
            cube = mpmath.mpf("1.2") * (here * along - mixed**2) ** 1.5 / (mpmath.pi * here**2)
            shares = (cube / 12, -cube / 3)
            errors.append([left - share for left, share in zip(remainders(equations, values), shares, strict=True)])
    assert all(9e4 < abs(far / near) < 1.1e5 for far, near in zip(*errors, strict=True))


def test_odd_orders_count_only_what_the_next_one_leaves():
    """Through dx^3 the kernel of ReLU would lack its |dx|^3."""
    assert set(block("relu", "G", order=" to order dx^3").ends) == {"K'[x,x]", "K'[dx,dx]"}
    assert not block("relu", "G", order=" to order dx^2").ends


def test_jumps_beside_zero_and_of_other_orders_are_followed():
    ends = block("hard_tanh", "G", order=" to order dx^4").ends
    assert "erf(" in ends["K'[dx,dx]"] and "K'[dx,x]" not in ends
    assert "16*C_W*M^(5/2)/(15*pi*K[x,x]^3)" in block("softsign", "G", order=" to order dx^6").ends["K'[dx,dx]"]
    step = block("piecewise((z >= 0): 1, otherwise: 0)", "G", order=" to order dx^2")
    assert "-C_W*sqrt(M)/(4*pi*K[x,x])" in step.ends["K'[x,x]"]


def test_kinks_at_zero_have_components_to_the_order_of_the_separation():
    """Twice the separation, twice what is left; those that go like |dx| are refused by name."""
    found = block("relu", "G, Theta, V, F")
    flows = [
        (size, close_flow("MLP", "relu", "G, Theta, V, D, F", size, "; digits 45"))
        for size in (Fraction(1, 10**4), Fraction(1, 2 * 10**4))
    ]
    with mpmath.workdps(50):
        for equation in found.equations:
            errors = []
            for size, values in flows:
                size = mpmath.mpf(size.numerator) / size.denominator
                left, right = sides(equation, values, 3, size, lambda v: sp.Float(mpmath.mpf(str(v)), 45))
                errors.append(abs(left - right) / (1 + abs(left)))
            assert errors[0] < 1e-5 and (errors[0] < 1e-14 or errors[1] < 0.6 * errors[0]), equation.left_side
    assert set(found.without_recursion) == {
        "Theta'[dx,dx]", "F'[dx,x,dx,x]", "F'[dx,dx,dx,x]", "F'[dx,dx,dx,dx]"
    }  # fmt: skip
    assert "a lower power of the separation" in found.without_recursion["Theta'[dx,dx]"]


def test_the_tangent_kernel_of_relu_goes_like_the_size_of_the_separation():
    """Theta_++ - Theta_+- over |dx| has a limit, over dx^2 it has none."""
    ratios = []
    for size in (Fraction(1, 10**3), Fraction(1, 10**4)):
        values = close_flow("MLP", "relu", "Theta", size, "; digits 30")
        ratios.append(component(values, "Theta", 3, (True, True), mpmath.mpf(size.numerator) / size.denominator))
    assert float(ratios[1] / ratios[0]) == pytest.approx(10, rel=0.01)


def test_a_delta_at_a_jump_beside_zero_has_no_component_of_two_separations():
    found = block("hard_tanh", "F")
    assert "F'[x,dx,x,dx]" in [one.left_side for one in found.equations]
    assert "depends on the direction" in found.without_recursion["F'[dx,dx,x,x]"]


def test_what_is_made_of_a_missing_component_is_missing():
    found = block("relu", "D")
    missing = [name for name in found.without_recursion if name.startswith("D'[dx,dx")]
    assert len(missing) == 3 and all(one.left_side not in missing for one in found.equations)


# ---- in susceptibilities ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page():
    from ptheory.rendering.lines import to_text
    from ptheory.session.short_forms import with_short_forms

    result = pt.run_text(HEAD + "derive G, Theta for MLP inputs near x\n")
    return to_text(with_short_forms(result.report, result.program))


def test_the_kernel_is_written_in_susceptibilities(page):
    assert "K′[dx,x] = χ∥·K[dx,x]" in page
    assert "K′[dx,dx] = χ⊥·K[dx,dx] + 4·h·K[dx,x]²" in page
    assert "Θ′[x,dx] = 2·h·K[dx,x]·Θ[x,x] + χ⊥·Θ[x,dx] + r_W·χ∥·K[dx,x]" in page


# ---- claims -------------------------------------------------------------------------------------------------------


def verdict(claim):
    (found,) = pt.run_text(f'{HEAD}claim "c": {claim}\n').verdicts
    return found


@pytest.mark.parametrize(
    ("claim", "kind"),
    [
        ("K'[x,dx] = chi_par*K[x,dx] for MLP, inputs near x", Kind.PROVED),
        ("K'[dy,dy] = chi_perp*K[dy,dy] + 4*h*K[y,dy]^2 for MLP, inputs near y", Kind.PROVED),
        ("K'[dx,dx] = C_W*<s'[x]^2*z[dx]^2> for MLP, inputs near x", Kind.PROVED),
        ("K'[dx,dx] = chi_perp*K[dx,dx] for MLP, inputs near x", Kind.REFUTED),
        ("K'[dx,dx] = C_W/2*K[dx,dx] for MLP, inputs near x, with sigma = relu", Kind.PROVED),
        ("Theta'[x,dx] = C_W/2*Theta[x,dx] + lambda_W/2*K[x,dx] for MLP, inputs near x, "
         "with sigma = relu", Kind.PROVED),
        ("Theta'[dx,dx] = C_W/2*Theta[dx,dx] for MLP, inputs near x, with sigma = relu", Kind.UNDECIDED),
        ("K'[x,x] = C_b + C_W*<s[x]^2> + C_W/4*(<s[x] s''[x]>*K[dx,dx] + <s[x] s''''[x] + 2*s'[x] s'''[x] + "
         "s''[x]^2>*K[x,dx]^2) for MLP, inputs near x to order dx^2", Kind.PROVED),
        ("K'[x,x] = C_b + C_W*<s[x]^2> for MLP, inputs near x to order dx^2", Kind.REFUTED),
        ("K'[x,x] = C_b + C_W*<s[x]^2> for MLP, inputs near x to order dx", Kind.PROVED),
        ("V'[dx,x,dx,x] = C_W^2/4*(V[dx,x,dx,x] + 2*K[x,x]*K[dx,dx] + 3*K[dx,x]^2) for MLP, inputs near x, "
         "with sigma = relu", Kind.PROVED),
    ],
)  # fmt: skip
def test_claims_at_inputs_near_each_other(claim, kind):
    assert verdict(claim).kind is kind


def test_a_factor_of_two_is_found():
    found = verdict("K'[dx,dx] = chi_perp*K[dx,dx] + 2*h*K[x,dx]^2 for MLP, inputs near x")
    assert found.kind is Kind.REFUTED and "K'[dx,dx] = chi_perp*K[dx,dx] + 4*h*K[x,dx]^2" in found.corrected


def test_what_is_printed_is_read_back_and_proved():
    from ptheory.session.outputs import result_json

    result = pt.run_text(HEAD + "derive G, Theta, V for MLP inputs near x\n")
    items = [item for section in result_json(result)["sections"] for item in section["items"]]
    claims = [item["claim"] for item in items if item["type"] == "specialised equation"]
    assert len(claims) == 12
    for claim in claims[:6] + claims[7:9]:
        assert "inputs near x" in claim and verdict(claim).kind is Kind.PROVED, claim


# ---- what has no meaning ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("derive G inputs near x y", "two inputs are near one point", "near"),
        ("derive G inputs near", "two inputs are near one point", "near"),
        ("derive G inputs near l", "two inputs are near one point", "near"),
        ("derive G inputs [1, 0]", "input vectors in a derive statement", "inputs"),
        ("with sigma = relu { inputs near x; show G; check by simulation }", "no infinitely small separation", "check"),
        (
            "with sigma = relu { inputs near x; show G; derivatives almost everywhere }",
            "leave out no kink",
            "derivativ",
        ),
        ("derive G inputs x to order dx^2", "inputs are not near each other", "order"),
        ("derive G inputs near x to order 1/n", "no order in the separation", "1/n"),
        ("derive G inputs near x to order dx^40", "too many", "dx^40"),
        ("with sigma = tanh { inputs near x to order dx^2; exponents G }", "of the leading order", "exponents"),
        (
            'claim "c": K\'[x,x] = C_b + C_W*K[x,x]/2 for MLP, inputs near x to order dx^3, with sigma = relu',
            "ends the series",
            "sigma",
        ),
        ("with sigma = tanh { inputs near x; solve V in l }", "solved in the layer at one input", "inputs"),
        ('claim "c": K\'[x,dx] = K[x,dx] for MLP, inputs near x, at criticality', "holds in every layer", "at crit"),
        ('claim "c": K\'[x,dx] = K[x,dx] for MLP, inputs near x, l = 1', "holds in every layer", "l = 1"),
        ('claim "c": K\'[x,dx] = K[x,dx] for MLP, inputs near x, with sigma = hard_tanh', "from either side", "sigma"),
        ('claim "c": E[z1 z2] = d12*K[x,dx] for MLP, inputs near x', "recursions from one layer to the next", "claim"),
        ('claim "c": K[x,dx] = chi_par^l for MLP, inputs near x', "recursions from one layer to the next", "claim"),
    ],
)
def test_mistakes_are_pointed_at(text, message, place):
    with pytest.raises(LanguageError) as caught:
        pt.run_text(HEAD + text + "\n")
    assert message in caught.value.message
    span = caught.value.span
    assert (HEAD + text)[span.start : span.end].startswith(place)


# ---- in LaTeX -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "kind"),
    [
        (r"K^{(\ell+1)}_{x,\mathrm{d}x} = \chi_\parallel K^{(\ell)}_{x,\mathrm{d}x}", Kind.PROVED),
        (r"K'_{dx,dx} = \chi_\perp K_{dx,dx} + 4 h \cdot (K_{x,\mathrm{dx}})^2", Kind.PROVED),
        (r"K'_{dx,dx} = \chi_\perp K_{dx,dx} + 2 h K_{x,dx}^2", Kind.REFUTED),
        (r"K'_{dx,dx} = C_W \langle (\sigma_x')^2 z_{dx}^2 \rangle", Kind.PROVED),
    ],
)
def test_claims_in_latex(formula, kind):
    (found,) = pt.run_text(f'{HEAD}claim latex "c" for MLP, inputs near x: \\[ {formula} \\]\n').verdicts
    assert found.kind is kind
    if kind is Kind.REFUTED:
        assert r"K_{\mathrm{d}x,\mathrm{d}x}" in found.corrected_latex
