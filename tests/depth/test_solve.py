"""``solve V in l``: forms against claims, exact finite networks, the recursions iterated, and each other."""

from __future__ import annotations

from pathlib import Path

import mpmath
import numpy as np
import pytest
import sympy as sp

from ptheory.language.errors import LanguageError
from ptheory.results.depth_forms import DepthForm, NoDepthFormFound, Reach
from ptheory.results.specialisation import Specialisation
from ptheory.session.run import run_file

HEAD = "ptheory 1\ninclude mlp\ninclude observables\n"
SMALL = sp.Symbol("1/n", positive=True)
L, N, R = sp.Symbol("l", positive=True), sp.Symbol("n", positive=True), sp.Symbol("r", positive=True)


def blocks(folder: Path, text: str) -> list[Specialisation]:
    path = folder / "file.deriv"
    path.write_text(HEAD + text + "\n", "utf-8")
    return list(run_file(path).specialised)


def pairings(slots: tuple[int, ...]) -> list[tuple[tuple[int, int], ...]]:
    if not slots:
        return [()]
    first, *others = slots
    return [((first, other), *rest) for other in others for rest in pairings(tuple(o for o in others if o != other))]


def cumulant(name: str, kernels: int) -> str:
    """The definition of V6, V8: one tensor for every pairing."""
    slots = tuple(range(1, 2 * kernels + 1))
    terms = []
    for pairs in pairings(slots):
        deltas = " ".join(f"d{a}{b}" for a, b in pairs)
        terms.append(f"{deltas} {name}[{','.join(str(slot) for pair in pairs for slot in pair)}]")
    fields = " ".join(f"z{slot}" for slot in slots)
    return f"define {name} by E[{fields}]_c = ({' + '.join(terms)})/n^{kernels - 1}\n"


@pytest.fixture(scope="module")
def relu(tmp_path_factory: pytest.TempPathFactory) -> Specialisation:
    folder = tmp_path_factory.mktemp("solve")
    text = cumulant("V6", 3) + cumulant("V8", 4)
    text += "with sigma = relu for MLP { critical; solve K, V, V6, V8, Theta, D in l; solve V, V6, V8 at l/n = r }"
    (found,) = blocks(folder, text)
    return found


def form(found: Specialisation, tensor: str, reach: Reach) -> sp.Expr:
    (one,) = (form for form in found.solved(tensor) if form.reach is reach)
    return one.expression


def test_relu_in_the_layer(relu: Specialisation) -> None:
    """V = 5 K^2 (l-1) and the polynomials of V6 and V8, from the recursions."""
    kernel = sp.Symbol("K", positive=True)
    assert sp.expand(form(relu, "V", Reach.EVERY_LAYER) - 5 * kernel**2 * (L - 1)) == 0
    assert sp.expand(form(relu, "V6", Reach.EVERY_LAYER) - kernel**3 * (L - 1) * (75 * L - 106)) == 0
    wanted = kernel**4 * 2 * (L - 1) * (20 * L - 31) * (50 * L - 69)
    assert sp.expand(form(relu, "V8", Reach.EVERY_LAYER) - wanted) == 0


@pytest.mark.parametrize("tensor", ["V", "V6", "V8"])
def test_the_recursions_are_the_leading_order_of_every_order(relu: Specialisation, tensor: str) -> None:
    """Two routes without a formula in common: solved recursions, and moments of independent factors."""
    every, leading = form(relu, tensor, Reach.EVERY_ORDER), form(relu, tensor, Reach.EVERY_LAYER)
    for layer in (2, 3, 5):
        whole = sp.Poly(sp.expand(every.subs(L, layer)).subs(N, 1 / SMALL), SMALL)
        assert whole.coeff_monomial(1) == sp.expand(leading.subs(L, layer))


@pytest.mark.parametrize("tensor", ["V", "V6", "V8"])
def test_fixed_ratio_is_the_limit_of_every_order(relu: Specialisation, tensor: str) -> None:
    kernels = {"V": 2, "V6": 3, "V8": 4}[tensor]
    kernel = sp.Symbol("K", positive=True)
    every = form(relu, tensor, Reach.EVERY_ORDER) / kernel**kernels / N ** (kernels - 1)
    wanted = form(relu, tensor, Reach.FIXED_RATIO).subs(R, sp.Rational(1, 10))
    with mpmath.workdps(60):
        width = mpmath.mpf(10) ** 9
        near = sp.lambdify((L, N), every, "mpmath")(width / 10, width)
        assert abs(near / mpmath.mpf(str(sp.N(wanted, 60))) - 1) < 1e-6


def test_every_order_is_the_exact_flow_of_a_deep_linear_network(tmp_path: Path) -> None:
    """Widths n, 2n, n: the flow enumerates contractions, order exact."""
    path = tmp_path / "linear.deriv"
    settings = "inputs [1]; set C_b = 0, C_W = 1; depth 4; order exact; widths n, 2*n, n, n; show V"
    flow = f"flow MLP with sigma = linear {{ {settings} }}"
    solve = "with sigma = linear for MLP { critical; solve V in l }"
    path.write_text(f"{HEAD}{flow}\n{solve}\n", "utf-8")
    result = run_file(path)
    series = result.flows[0].values[4]["V"]["0,0,0,0"]
    (found,) = result.specialised
    product = form(found, "V", Reach.EVERY_WIDTH_AND_ORDER).subs(sp.Symbol("K", positive=True), 1)
    (factor,) = product.atoms(sp.Product)
    width = sp.Symbol("n[m]", positive=True)
    layers = [factor.function.subs(width, w) for w in (N, 2 * N, N)]
    exact = sp.expand(product.subs(factor, sp.prod(layers)) * N)
    assert [exact.coeff(N, -k) for k in range(3)] == [sp.Rational(str(series.coefficient(k))) for k in range(3)]


def test_forms_are_claims_that_are_proved(tmp_path: Path, relu: Specialisation) -> None:
    """By induction over the layers and in networks, which solves nothing."""
    claims = [
        f'claim "{tensor}": {tensor} = {sp.sstr(form(relu, tensor, Reach.EVERY_LAYER)).replace("**", "^")}'
        " for MLP, inputs one, C_W = 2, C_b = 0, with sigma = relu"
        for tensor in ("V", "Theta", "D")
    ]
    path = tmp_path / "claims.deriv"
    path.write_text(HEAD + "\n".join(claims) + "\n", "utf-8")
    assert [str(verdict.kind) for verdict in run_file(path).verdicts] == ["proved"] * 3


def test_variances_left_open(tmp_path: Path) -> None:
    """K[1] (C_W/2)^(l-1) with and without biases, against the recursion in fractions."""
    open_, biased = blocks(
        tmp_path,
        "with sigma = relu for MLP { set C_b = 0; solve K, V in l }\nwith sigma = relu for MLP { solve K in l }",
    )
    first, weight, bias = (sp.Symbol(name, positive=True) for name in ("K[1]", "C_W", "C_b"))
    values = {first: sp.Rational(3, 5), weight: sp.Rational(7, 3), bias: sp.Rational(2, 7)}
    kernel, vertex, with_bias = values[first], sp.Integer(0), values[first]
    for layer in range(1, 6):
        at = {**values, L: layer}
        assert form(open_, "K", Reach.EVERY_LAYER).subs(at) == kernel
        assert form(open_, "V", Reach.EVERY_LAYER).subs(at) == vertex
        assert form(biased, "K", Reach.EVERY_LAYER).subs(at) == with_bias
        gain = values[weight]
        vertex = gain**2 / 4 * vertex + sp.Rational(5, 4) * gain**2 * kernel**2
        kernel, with_bias = gain / 2 * kernel, values[bias] + gain / 2 * with_bias
    (one,) = biased.solved("K")
    assert one.nonzero == (weight - 2,)


def test_at_a_critical_point_that_is_kept(tmp_path: Path) -> None:
    """GELU: V = (l-1) C_W^2 (<s^4> - <s^2>^2) at K* = (3 + sqrt(17))/2, the averages by mpmath; l/n has no limit."""
    (found,) = blocks(tmp_path, "with sigma = gelu for MLP { critical; solve K, V, G1 in l; solve V at l/n = 1/10 }")
    kernel = form(found, "K", Reach.CRITICAL)
    assert sp.simplify(kernel - (3 + sp.sqrt(17)) / 2) == 0
    with mpmath.workdps(25):
        k = mpmath.mpf(str(sp.N(kernel, 25)))

        def average(f: object) -> mpmath.mpf:
            return mpmath.quad(lambda u: f(u * mpmath.sqrt(k)) * mpmath.npdf(u), mpmath.linspace(-12, 12, 25))  # type: ignore[operator]

        def gelu(z: mpmath.mpf) -> mpmath.mpf:
            return z * mpmath.ncdf(z)

        weight = mpmath.mpf(str(sp.N(found.critical_points[-1].hyperparameters["C_W"], 25)))
        slope = weight**2 * (average(lambda z: gelu(z) ** 4) - average(lambda z: gelu(z) ** 2) ** 2)
        assert abs(mpmath.mpf(str(form(found, "V", Reach.CRITICAL).subs(L, 5))) / (4 * slope) - 1) < 1e-15
    refused = found.solutions[-1]
    assert isinstance(refused, NoDepthFormFound) and "l^2/n" in refused.reason


def test_where_no_closed_form_is_known_the_law_at_large_depth(tmp_path: Path) -> None:
    """tanh: K = (1/2l)(1 + (5/12) log l/l + ...)."""
    text = cumulant("V6", 3)
    text += "with sigma = tanh for MLP { critical; solve K in l; solve V, V6, Theta at l/n = r }"
    text += "\nwith sigma = tanh for MLP { set C_b = 0; solve K in l }"
    found, elsewhere = blocks(tmp_path, text)
    (law,) = found.solved("K")
    assert law.reach is Reach.LARGE_DEPTH and law.free == ("l_0",)
    assert law.terms[:2] == (1 / (2 * L), 5 * sp.log(L) / (24 * L**2))
    assert law.remainder == sp.log(L) ** 2 / L**3
    assert form(found, "V", Reach.SMALL_RATIO) == 2 * R / 3
    assert form(found, "V6", Reach.SMALL_RATIO) == sp.Rational(16, 15) * R**2
    none = [one for one in (*found.solutions, *elsewhere.solutions) if isinstance(one, NoDepthFormFound)]
    assert [one.tensor for one in none] == ["Theta", "K"]
    assert "critical" in none[1].help and "K'" in none[1].reason


def test_laws_against_the_iterated_recursions(tmp_path: Path) -> None:
    """K, V and Theta of tanh with the one constant l_0 read off K: to the order that is left out, in layer 4000."""
    (found,) = blocks(tmp_path, "with sigma = tanh for MLP { critical; solve K, V, Theta in l }")
    points = 60
    nodes, weights = np.polynomial.hermite_e.hermegauss(points)
    weights = weights / np.sqrt(2 * np.pi)
    kernel, vertex, tangent, layers = 1.0, 0.0, 2.0, 4000
    for _ in range(1, layers):
        z = np.sqrt(kernel) * nodes
        s, slope = np.tanh(z), 1 - np.tanh(z) ** 2
        square, fourth = weights @ s**2, weights @ s**4
        parallel = weights @ (slope**2 + s * -2 * s * slope)
        vertex = parallel**2 * vertex + fourth - square**2
        tangent = 1 + square + (weights @ slope**2) * tangent
        kernel = square
    shift = sp.Symbol("l_0", real=True)
    rates = {sp.Symbol("lambda_W", positive=True): 1, sp.Symbol("lambda_b", positive=True): 1}
    at = {**rates, L: float(layers)}
    laws = {name: form(found, name, Reach.LARGE_DEPTH).subs(at) for name in ("K", "V", "Theta")}
    constant = (kernel - laws["K"].subs(shift, 0)) / laws["K"].diff(shift)  # the law is linear in it
    left_out = 20 * np.log(layers) ** 2 / layers**2
    assert abs(float(laws["V"].subs(shift, constant)) / vertex - 1) < left_out
    assert abs(float(laws["Theta"].subs(shift, constant)) / tangent - 1) < left_out


def test_skip_connections(tmp_path: Path) -> None:
    """z + sum W relu(z): K grows by a factor 1 + C_W/2 a layer; no product over layers."""
    text = (
        "architecture Skip { weights W[i,j] ~ Normal(0, C_W/n)\n first z[i;a] = sum(k, W[i,k]*x[k;a])\n"
        " layer z[i;a] = z[i;a] + sum(j, W[i,j]*sigma(z[j;a])) }\n"
        "with sigma = relu for Skip { solve K in l; solve V at l/n = r }"
    )
    (found,) = blocks(tmp_path, text)
    first, weight = (sp.Symbol(name, positive=True) for name in ("K[1]", "C_W"))
    assert sp.simplify(form(found, "K", Reach.EVERY_LAYER) - first * (1 + weight / 2) ** (L - 1)) == 0
    assert isinstance(found.solutions[-1], NoDepthFormFound)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("solve V in k", "recursions are solved in the layer"),
        ("solve V at n/l = r", "depth and width grow together"),
        ("solve V at l/n = l", "l/n is a name or a positive number"),
        ("solve V at l/n = C_W", "has a meaning of its own"),
        ("solve V at l/n = K", "has a meaning of its own"),
        ("solve V at l/n = -1/10", "l/n is a name or a positive number"),
        ("solve Vv in l", "Vv"),
        ("inputs a b; solve V in l", "at one input"),
        ("set C_W[2] = 1; check by simulation; solve V in l", "another number in layer 2"),
    ],
)
def test_bad_input(tmp_path: Path, settings: str, message: str) -> None:
    with pytest.raises(LanguageError) as caught:
        blocks(tmp_path, f"with sigma = relu for MLP {{ {settings} }}")
    assert message in str(caught.value)
    assert caught.value.span is not None


def test_no_critical_point_to_solve_at(tmp_path: Path) -> None:
    with pytest.raises(LanguageError, match="no critical point"):
        blocks(tmp_path, "with sigma = mish for MLP { set C_b = 0; critical; solve V in l }")


def test_every_format(tmp_path: Path, relu: Specialisation) -> None:
    from ptheory.rendering.spelling import OURS
    from ptheory.rendering.written_formulas import TextStyle
    from ptheory.rendering.written_solutions import solution_latex, solution_text

    by_reach = {one.reach: one for one in relu.solved("V")}
    plain = TextStyle(unicode=False)
    assert solution_text(by_reach[Reach.EVERY_LAYER], plain) == "V = 5*K^2*(l - 1)"
    assert solution_text(by_reach[Reach.EVERY_WIDTH], plain) == "V/n[l-1] = 5*K^2*sum(m=1..l-1, 1/n[m])"
    assert solution_latex(by_reach[Reach.EVERY_LAYER], OURS) == (r"V^{(\ell)}", r"5 K^2 \left(\ell - 1\right)")
    left, right = solution_latex(by_reach[Reach.EVERY_WIDTH_AND_ORDER], OURS)
    assert left == r"V^{(\ell)} / n_{\ell-1}" and r"\prod_{m=1}^{\ell - 1}" in right
    assert all(isinstance(one, DepthForm) for one in relu.solutions)


FIRST = "first z[i;a] = sum(k, {}[i,k]*x[k;a])\n layer z[i;a] = {}sum(j, W[i,j]*sigma(z[j;a])) }}\n"
WEIGHTS = "weights W[i,j] ~ Normal(0, C_W/n) rate lambda_W/n\n"


@pytest.mark.parametrize(
    "network",
    [
        "architecture A { " + WEIGHTS + " biases b[i] ~ Normal(0, 1)\n " + FIRST.format("W", "b[i] + "),
        "architecture A { " + WEIGHTS + " weights R[i,j] ~ Sign(0, C_W/n)\n " + FIRST.format("R", ""),
    ],
    ids=["a bias that is no hyperparameter", "a first layer of signs"],
)
def test_no_product_over_layers(network: str, tmp_path: Path) -> None:
    (found,) = blocks(tmp_path, network + "with sigma = relu for A { solve V in l; solve V at l/n = r }")
    assert {one.reach for one in found.solved("V")} <= {Reach.EVERY_LAYER}


def test_derivatives_almost_everywhere_are_obeyed(tmp_path: Path) -> None:
    """S of ReLU is infinite with its delta functions, and a polynomial without."""
    settings = "critical; solve S in l"
    kept, dropped = blocks(
        tmp_path,
        f"with sigma = relu for MLP {{ {settings} }}\n"
        f"with sigma = relu for MLP {{ derivatives almost everywhere; {settings}; exponents S }}",
    )
    assert isinstance(kept.solutions[0], NoDepthFormFound)
    exact = {name: value for scheme in dropped.classification.tower for name, value in scheme.exact.items()}
    assert form(dropped, "S", Reach.EVERY_LAYER).is_polynomial(L) and "S" in exact


def test_what_vanishes_has_no_limit_and_stops_nothing(tmp_path: Path) -> None:
    (found,) = blocks(tmp_path, "with sigma = relu for MLP { critical; solve G1, V in l; solve G1, V at l/n = r }")
    none = [one for one in found.solutions if isinstance(one, NoDepthFormFound)]
    assert [(one.tensor, one.reason) for one in none] == [("G1", "it is zero in every layer")]
    assert form(found, "G1", Reach.EVERY_LAYER) == 0 and form(found, "V", Reach.FIXED_RATIO) == sp.exp(5 * R) - 1


def test_every_value_that_is_set_stands_in_the_form(tmp_path: Path) -> None:
    """Also one that the first layer alone has, and the kernel of a line of critical points."""
    network = "architecture A { " + WEIGHTS + " weights R[i,j] ~ Normal(0, C_R/n) rate lambda_R/n\n "
    text = network + FIRST.format("R", "") + "with sigma = relu for A { set C_R = 1/3, C_W = 2; solve Theta in l }\n"
    text += "with sigma = relu for MLP { set K = 2; critical; solve K, V in l }"
    first, kept = blocks(tmp_path, text)
    assert "C_R" not in {symbol.name for symbol in form(first, "Theta", Reach.EVERY_LAYER).free_symbols}
    assert form(kept, "K", Reach.EVERY_LAYER) == 2
    assert sp.expand(form(kept, "V", Reach.EVERY_LAYER) - 20 * (L - 1)) == 0


def test_what_must_not_vanish_is_said_where_it_matters(tmp_path: Path) -> None:
    (found,) = blocks(tmp_path, "with sigma = relu for MLP { set C_b = 0; solve K, Theta in l }")
    (kernel,), (tangent,) = found.solved("K"), found.solved("Theta")
    assert kernel.nonzero == () and [str(one) for one in tangent.nonzero] == ["C_W - 2"]


def test_hyperparameters_of_every_layer_are_not_one_number(tmp_path: Path) -> None:
    network = "architecture A { weights W[i,j] ~ Normal(0, C_W[l]/n)\n " + FIRST.format("W", "")
    (found,) = blocks(tmp_path, network + "with sigma = relu for A { solve K in l }")
    assert isinstance(found.solutions[0], NoDepthFormFound) and "every layer" in found.solutions[0].reason


def test_a_form_shows_itself(relu: Specialisation) -> None:
    (vertex,) = (one for one in relu.solved("V") if one.reach is Reach.EVERY_LAYER)
    assert r"V^{(\ell)}" in vertex._repr_markdown_() and "5 K^2" in vertex._repr_markdown_()


def test_what_a_skip_leaves_closed_at_large_depth(tmp_path: Path) -> None:
    """At l/n = r to leading order; in l what is known instead is said, where anything is."""
    text = "include residual\nwith sigma = {} for Residual {{ set xi = 1/2; critical; "
    text += "solve V, V1 in l; solve V, F at l/n = r }}\n"
    text += "with sigma = tanh for Residual {{ set xi = 1/2, C_W = 1, C_b = 0; solve V in l }}"
    smooth, elsewhere = blocks(tmp_path, text.format("tanh"))
    assert form(smooth, "V", Reach.SMALL_RATIO) == 5 * R / 8 and form(smooth, "F", Reach.SMALL_RATIO) == 3 * R / 16
    kinked, _ = blocks(tmp_path, text.format("relu"))
    assert form(kinked, "V", Reach.SMALL_RATIO) / R == pytest.approx(6.49631253898)
    assert form(kinked, "F", Reach.SMALL_RATIO) / R == pytest.approx(1.1342, rel=1e-4)  # whatever the rates
    none = [one for found in (smooth, elsewhere) for one in found.solutions if isinstance(one, NoDepthFormFound)]
    assert [one.tensor for one in none] == ["V", "V1", "V"] and not none[1].help
    assert "`exponents V`" in none[0].help and "`critical` and `exponents V`" in none[2].help
