r"""Claims about tensors of layers more than one apart, V^{(3)} = 10 (K^{(1)})^2: decided with bound activations."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.claims.setting import verdicts_of, verdicts_of_latex

RELU = "for MLP, inputs one, C_b = 0, C_W = 2, with sigma = relu"
LINEAR = "for MLP, with sigma = linear"
SINE = "for MLP, inputs one, C_b = 0, with sigma = sin"
PLAIN = [
    (f"V[l+2] = V + 10*K^2 {RELU}", "proved"),
    (f"V[l+3] = V[l+1] + 10*K[l+1]^2 {RELU}", "proved"),
    (f"V[l+3] = V + 10*K^2 {RELU}", "refuted"),
    (f"V[l+2] = V + 10*K^2 {RELU}, l = 1", "proved"),
    (f"V[l+2] = 10*K^2 {RELU}, l = 1", "proved"),
    (f"V[l+2] = 10*K^2 {RELU}, l = 2", "refuted"),
    (f"V[l+2] = 10*K^2 {RELU}", "refuted"),
    (f"Theta[l+2] = Theta + 2*lambda_b + lambda_W*K {RELU}", "proved"),
    (f"K[1,2;l+2] = C_W^2*K[1,2] + C_W*C_b + C_b {LINEAR}", "proved"),
    (f"K[1,2;l+2] = C_W^2*K[1,1] + C_W*C_b + C_b {LINEAR}", "refuted"),
    (f"K[l+2] = C_W*(1 - exp(-C_W*(1 - exp(-2*K))))/2 {SINE}", "proved"),
    (f"K[l+2] = C_W*(1 - exp(-C_W*(1 - exp(-K))))/2 {SINE}", "refuted"),
    ("K[l+2] = K for MLP, inputs one, with sigma = tanh", "refuted"),
    ("K[l+2] = K for MLP, inputs one", "unreadable"),
    (f"V[l+9] = K {RELU}", "unreadable"),
    (f"K[l+2] = C_W^2*K + C_W*C_b + C_b {LINEAR}", "unreadable"),
    (f"K[1,2,3;l+2] = K[1,2] {LINEAR}", "unreadable"),
    (f"V[l+2] = <s^4>_K[l+2] {RELU}", "unreadable"),
    (f"V[l+2] = chi_par[l+2]*K {RELU}", "unreadable"),
    ("V[l+2] = V + 10*K^2 for MLP, inputs one, at criticality, with sigma = relu", "unreadable"),
]


def test_verdicts(tmp_path: Path) -> None:
    found = verdicts_of(tmp_path, *(claim for claim, _ in PLAIN))
    assert [(claim["verdict"], text) for claim, (text, _) in zip(found, PLAIN, strict=True)] == [
        (verdict, text) for text, verdict in PLAIN
    ]


@pytest.mark.parametrize(
    ("body", "scope", "expected"),
    [
        (r"V^{(3)} = 10\left(K^{(1)}\right)^2", RELU, "proved"),
        (r"V^{(4)} = V^{(2)} + 10\left(K^{(2)}\right)^2", RELU, "proved"),
        (r"V^{(\ell+1)} = V^{(\ell-1)} + 10\left(K^{(\ell-1)}\right)^2", RELU, "proved"),
        (r"V^{(3)} = 5\left(K^{(1)}\right)^2", RELU, "refuted"),
        (r"K_{12}^{(\ell+2)} = C_W^2K_{12}^{(\ell)} + C_WC_b + C_b", LINEAR, "proved"),
        (r"K_{12}^{(\ell+2)} = C_W^2K_{12}^{(\ell)} + C_W^{(\ell+2)}C_b + C_b", LINEAR, "unreadable"),
        (r"V^{(3)} = V^{(1)}", "for MLP, inputs one", "unreadable"),
        (r"V^{(9)} = V^{(1)}", RELU, "unreadable"),
    ],
)
def test_verdicts_of_latex(tmp_path: Path, body: str, scope: str, expected: str) -> None:
    assert verdicts_of_latex(tmp_path, body, scope)["verdict"] == expected


def test_a_counterexample_names_the_tensor_above(tmp_path: Path) -> None:
    (found,) = verdicts_of(tmp_path, f"V[l+2] = 9*K^2 {RELU}, l = 1")
    assert found["verdict"] == "refuted" and "V[l + 2]" in str(found["counterexample"])
