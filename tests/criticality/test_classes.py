"""Classes, critical points and exponents: the published table, activations outside it, and what may not be guessed."""

from fractions import Fraction

import mpmath
import pytest
import sympy as sp

from ptheory.activations import Z, from_formula, lookup
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.universality import classify_system
from tests.criticality.hand_made import mlp

R = sp.Rational


def classify(activation, name="sigma"):
    return classify_system(SpecialisedSystem(mlp(), (activation,)), name)


def formula(expression):
    return from_formula("sigma", expression)


PUBLISHED = [
    ("linear", "scale-invariant", "any", 0, 1),
    ("relu", "scale-invariant", "any", 0, 2),
    ("leaky_relu", "scale-invariant", "any", 0, 2 / (1 + R(1, 10) ** 2)),
    ("tanh", "K*=0", 0, 0, 1),
    ("sin", "K*=0", 0, 0, 1),
    ("erf", "K*=0", 0, 0, sp.pi / 4),
]


@pytest.mark.parametrize(("name", "label", "k_star", "bias", "weight"), PUBLISHED)
def test_published_classes(name, label, k_star, bias, weight):
    activation = lookup(name, slope=R(1, 10)) if name == "leaky_relu" else lookup(name)
    found = classify(activation, name)
    assert found.label == label
    (point,) = found.critical_points
    assert (point.K_star, point.C_b, point.C_W) == (None if k_star == "any" else k_star, bias, weight)
    if label == "K*=0":
        assert point.stability == "stable"
        assert found.exponents == {"p_0": 1, "p_par": 2, "p_perp": 1, "V/(nK^2)": 1}
        assert found.amplitudes["V/(nK^2)"] == R(2, 3)


@pytest.mark.parametrize(
    ("name", "a1", "a2"),
    [("tanh", -2, R(17, 3)), ("sin", -1, R(2, 3)), ("erf", -2, R(14, 3))],
)
def test_the_expansion_of_the_flow_at_zero(name, a1, a2):
    (point,) = classify(lookup(name)).critical_points
    assert point.drift.coefficient(2) == a1
    assert sp.simplify(point.drift.coefficient(3) - a2) == 0


HALF_STABLE = [
    ("gelu", "3.56155281280883027491070492799", "0.172922390756067352", "1.98305825743754713"),
    ("swish", "14.3201736180257988", "0.555143170721530396", "1.98800467826949201"),
]


@pytest.mark.parametrize(("name", "k_star", "bias", "weight"), HALF_STABLE)
def test_half_stable_points_to_seventeen_digits(name, k_star, bias, weight):
    found = classify(lookup(name), name)
    assert found.label == "half-stable"
    at_zero, point = found.critical_points
    assert (at_zero.K_star, at_zero.stability) == (0, "unstable")
    assert at_zero.drift.leading[2] == {"gelu": 6 / sp.pi, "swish": R(3, 4)}[name]
    assert point.stability == "half-stable"
    for value, text in ((point.K_star, k_star), (point.C_b, bias), (point.C_W, weight)):
        digits = sum(c.isdigit() for c in text.lstrip("0."))
        assert abs(sp.N(value, 40) - sp.Float(text, 40)) < sp.Float(10) ** (1 - digits) * 20
    if name == "gelu":
        assert sp.expand(point.K_star - (3 + sp.sqrt(17)) / 2) == 0
    assert found.exponents["p_par"] == 2 and found.exponents["p_0"] == 1


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "perceptron", "quadratic", "cubic"])
def test_activations_without_a_critical_point(name):
    found = classify(lookup(name), name)
    assert found.label == "none" and not found.critical_points


OUTSIDE = [
    ("softsign", "K*=0, half-integer"),
    ("elu", "K*=0, half-integer"),
    ("selu", "K*=0, half-integer"),
    ("hard_tanh", "K*=0, beyond all orders"),
    ("arctan", "K*=0"),
    ("asinh", "K*=0"),
]


@pytest.mark.parametrize(("name", "label"), OUTSIDE)
def test_classes_in_no_table(name, label):
    found = classify(lookup(name), name)
    assert found.label == label
    ratio = found.amplitudes["V/(nK^2)"]
    if name != "selu":
        assert ratio == R(2, 3)  # every sigma that is smooth to first order: nu/3 with nu = 2, whatever the drift


def test_elu_leaves_zero_like_the_inverse_square_of_the_depth():
    """sigma = z + min(z, 0)^2/2: <sigma sigma> = K - sqrt(2/pi) K^(3/2), so K = 2 pi/l^2."""
    found = classify(lookup("elu"))
    assert found.amplitudes["K"] == 2 * sp.pi
    assert found.exponents["p_0"] == 2 and found.exponents["p_par"] == 3 and found.exponents["p_perp"] == 2


def test_hard_tanh_drift_against_the_exact_gaussian_integral():
    """f(K) - K = E[min(z^2, 1)] - K, in closed form by the incomplete Gaussian integrals."""
    found = classify(lookup("hard_tanh"))
    k = mpmath.mpf(1) / 400
    with mpmath.workdps(120):
        root = mpmath.sqrt(k)
        tail = mpmath.quad(lambda z: (1 - z * z) * mpmath.exp(-z * z / (2 * k)), [1, 1.5, 3])
        exact_drift = 2 * tail / (root * mpmath.sqrt(2 * mpmath.pi))
        leading = -2 * mpmath.sqrt(2 / mpmath.pi) * k ** mpmath.mpf(1.5) * mpmath.exp(-1 / (2 * k))
        assert abs(exact_drift / leading - 1) < 10 * k
    assert found.amplitudes["K log(l)"] == R(1, 2)


def test_several_critical_points_are_all_listed():
    """He3 = z^3 - 3 z: K* = 0 (a1 = -2, C_W = 1/9) and K* = 1 with C_W = 1/18, C_b = 2/3."""
    found = classify(formula(Z**3 - 3 * Z))
    assert found.label == "K*=0"
    zero, one = found.critical_points
    assert (zero.C_W, zero.drift.leading[2], zero.stability) == (R(1, 9), -2, "stable")
    assert (one.K_star, one.stability) == (1, "half-stable")
    assert (one.C_W, one.C_b) == (R(1, 18), R(2, 3))


def test_a_hermite_polynomial_with_only_a_half_stable_point():
    """He2 = z^2 - 1: <sigma sigma''> = 2 (K - 1), C_W = 1/4, C_b = 1/2."""
    found = classify(formula(Z**2 - 1))
    assert found.label == "half-stable"
    (point,) = found.critical_points
    assert (point.K_star, point.C_W, point.C_b) == (1, R(1, 4), R(1, 2))
    # f = 1/2 + (3 K^2 - 2 K + 1)/4: f''/2 = 3/4; chi_perp = K: p_perp = 4/3. V' = (3K/2 - 1/2)^2 V + ...,
    # <s^4> - <s^2>^2 = 60 - 4 = 56 at K = 1, so V = (56/16)/5 l
    assert found.exponents["p_perp"] == R(4, 3) and found.amplitudes["V/(nK^2)"] == R(7, 10)
    assert (point.below, point.above) == ("stable", "unstable")


def test_truncated_sine_is_in_the_class_of_sine():
    found = classify(formula(Z - Z**3 / 6))
    assert found.label == "K*=0" and found.exponents["p_perp"] == 1


@pytest.mark.parametrize("expression", [sp.exp(-(Z**2) / 2), sp.exp(-(Z**2)), sp.log(1 + sp.exp(Z)) - sp.log(2)])
def test_outside_the_table_without_a_stable_point(expression):
    assert classify(formula(expression)).label == "none"


def test_a_shift_of_the_linear_network_has_no_initialisation():
    found = classify(formula(Z + 1))
    assert found.label == "none"
    assert any("C_b = -1 < 0" in line for line in found.evidence)


def test_a_drift_that_starts_at_the_third_order():
    """sigma = z + z^2 - z^3/2: sigma3/sigma1 + (3/4)(sigma2/sigma1)^2 = 0; the drift starts at K^3 with coefficient
    <sigma sigma> - K = 15/4 K^3 > 0, so K* = 0 repels."""
    zero = classify(formula(Z + Z**2 - Z**3 / 2)).critical_points[0]
    assert zero.drift.leading == (3, 0, R(15, 4)) and zero.stability == "unstable"


def test_a_degenerate_class_with_a_stretched_exponential():
    """z + z^2 - z^3/2 - z^5/4: the last term adds <2 z (-z^5/4)> = -15/2 K^3 to the drift 15/4 K^3;
    b1 = sigma3/sigma1 + (sigma2/sigma1)^2 = -3 + 4 = 1, which makes perpendicular perturbations exp(b1 sum K)."""
    found = classify(formula(Z + Z**2 - Z**3 / 2 - Z**5 / 4))
    assert found.label == "K*=0, degenerate"
    assert found.critical_points[0].drift.leading == (3, 0, R(-15, 4))
    assert found.exponents["p_0"] == R(1, 2) and found.exponents["p_par"] == R(3, 2)
    assert "p_perp" not in found.exponents
    assert any("p_perp: no power law, stretched exponential" in line for line in found.evidence)


def test_an_activation_without_a_series_at_zero_is_not_guessed():
    found = classify(formula(sp.sign(Z) * sp.sqrt(sp.Abs(Z))))
    assert found.label == "undecided"
    assert any("no series in K^(1/2)" in line for line in found.evidence)


def test_json_carries_all_digits_as_text():
    data = classify(lookup("erf"), "erf").to_json()
    assert data["activation"] == "erf" and data["class"] == "K*=0"
    (point,) = data["critical_points"]
    assert point["C_W"].startswith("0.78539816339744830961") and point["C_W_exact"] == "pi/4"
    assert point["K_star"] == "0" and point["stability"] == "stable"
    assert data["exponents"]["p_perp"] == "1"


def test_a_residual_weight_changes_amplitudes_not_exponents():
    """z' = z/2 + b + W sigma(z): C_W = 3/4 and the drift is (3/4) a1, so K = (4/3)/(2 l) for tanh; exponents stay."""
    found = classify_system(SpecialisedSystem(mlp(Fraction(1, 2)), (lookup("tanh"),)), "tanh")
    (point,) = found.critical_points
    assert (point.C_W, point.drift.leading[2]) == (R(3, 4), R(-3, 2))
    assert found.amplitudes["K"] == R(2, 3)
    assert (found.exponents["p_0"], found.exponents["p_perp"]) == (1, 1)
