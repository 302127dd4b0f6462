r"""Sums over \mathcal{D} where no inputs are named: done by inverse kernels that meet kernels, or refused.

The second route writes the sums out in numbers over the inputs of the claim and one more; it must stop a wrong
contraction. Where inputs are named, the same sums are written out in full.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from ptheory.algebra.polynomial import Polynomial
from ptheory.claims.reading import input_sums
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.verdict import Kind
from tests.claims.setting import verdict, verdicts_of_latex

ANY = [
    ("sum(b, Kinv[1,b]*K[b,2])", "0"),
    ("sum(b, Kinv[b,1]*K[1,b])", "1"),
    ("sum(a,b, Kinv[a,b]*<s1 z_a>*<s2 z_b>)", "K[1,2]*<s1'>*<s2'>"),
    ("sum(a,b, Kinv[1,a]*Kinv[2,b]*<s1*s2*(z_a z_b - K[a,b])>)", "<s1' s2'>"),
    ("sum(b, Kinv[1,b]*<z_b s1 s2>)", "<s1' s2>"),
    ("<s1 s2 sum(b, Kinv[1,b]*z_b)>", "<s1' s2>"),
    ("sum(b, Kinv[1,b]*<z_b s1>)*sum(b, Kinv[2,b]*<z_b s2>)", "<s1'>*<s2'>"),
    ("sum(b, Kinv[1,b]*<z_b s1>)^2", "<s1'>^2"),
    ("1/sum(b, Kinv[1,b]*<z_b s1>)", "1/<s1'>"),
    ("sum(a,b, V[1,2,a,b]*Kinv[a,1]*K[1,b])/2", "sum(a,b, V[1,2,b,a]*Kinv[b,1]*K[1,a])/2"),
    ("sum(a,b,c, Kinv[1,a]*Kinv[a,b]*K[b,c]*K[c,2])", "0"),
    ("exp(sum(b, Kinv[1,b]*K[b,1]))", "e"),
]


@pytest.mark.parametrize(("left", "right"), ANY[:9])
def test_proved_and_its_neighbour_refuted_with_a_witness(left: str, right: str) -> None:
    assert verdict(f"{left} = {right}", "").kind is Kind.PROVED
    wrong = verdict(f"{left} = 2*({right}) + 1", "")
    assert wrong.kind is Kind.REFUTED and wrong.witness is not None


def test_what_is_left_of_a_sum_may_cancel() -> None:
    """Equal sums that no kernel ends are one term, whatever their indices are called."""
    left = "sum(a,b, Kinv[a,b]*V[1,2,a,b])"
    assert verdict(f"{left} - sum(c,f, Kinv[f,c]*V[1,2,c,f]) = 0", "").kind is Kind.PROVED


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ("sum(a,b, Kinv[a,b]*K[a,b]) = 2", "nothing depends on an input"),
        ("sum(a, Kinv[a,1]*<s1 s_a>) = 2", "no inverse kernel meets a kernel"),
        ("sum(a, K[a,1]) = 2", "what does this sum run over"),
        ("sum(a,b, Kinv[a,b]) = 2", "no inverse kernel meets a kernel"),
        ("Kinv[1,2] = 0", "the inverse of which kernel matrix"),
        ("sum(b, Kinv[1,b;l+1]*K'[b,2]) = 0", "of the next layer"),
        ("1/sum(b, Kinv[1,b]*K[b,2]) = 1", "zero"),
    ],
)
def test_refused(claim: str, message: str) -> None:
    with pytest.raises(Exception, match=message):
        verdict(claim, "")


VERTEX = (
    r"V_{1234}^{(\ell+1)} = C_W^2\langle\sigma_1\sigma_2\sigma_3\sigma_4\rangle"
    r" - C_W^2\langle\sigma_1\sigma_2\rangle\langle\sigma_3\sigma_4\rangle + \frac{C_W^2}{%s}\frac{n_\ell}{n_{\ell-1}}"
)
INSERTED = (
    r"\sum_{a,b\in\{1,2\}}\sum_{c,d\in\{3,4\}}V_{abcd}^{(\ell)}"
    r"\langle\sigma_1\sigma_2(%s)\rangle\langle\sigma_3\sigma_4(%s)\rangle"
)
ANY_INPUTS = (
    r"\sum_{a,b,c,d}V^{(ab)(cd)}_{(\ell)}\langle\sigma_1\sigma_2(z_az_b-K_{ab})\rangle"
    r"\langle\sigma_3\sigma_4(z_cz_d-K_{cd})\rangle"
)


@pytest.mark.parametrize(
    ("quarter", "rest", "expected"),
    [
        ("4", ANY_INPUTS, "proved"),
        ("2", ANY_INPUTS, "refuted"),
        ("4", INSERTED % ("z^az^b-K^{ab}", "z^cz^d-K^{cd}"), "proved"),
        ("2", INSERTED % ("z^az^b-K^{ab}", "z^cz^d-K^{cd}"), "refuted"),
        ("4", INSERTED % ("z^az^b+K^{ab}", "z^cz^d-K^{cd}"), "unreadable"),  # no kernel is left to end the sums
        ("4", INSERTED % ("z^az^b-K^{ab}", "z^cz^d-K^{cd}") + r"\frac{n_\ell}{n_{\ell-1}}", "refuted"),
        ("4", INSERTED % ("z^az^m-K^{am}", "z^cz^d-K^{cd}"), "unreadable"),
    ],
)
def test_insertions_beside_a_quotient_of_widths(tmp_path: Path, quarter: str, rest: str, expected: str) -> None:
    """(4.90) of PDLT, and the same with the raised indices inside the averages."""
    assert verdicts_of_latex(tmp_path, VERTEX % quarter + rest, "for MLP")["verdict"] == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (r"\sum_{a\in\{1,2\}}K_{3a}\langle\sigma_1\sigma_2z^a\rangle = \langle z_3\sigma_1\sigma_2\rangle", "proved"),
        (r"\sum_{a\in\{1,3\}}K_{3a}\langle\sigma_1\sigma_2z^a\rangle = \langle z_3\sigma_1\sigma_2\rangle", "refuted"),
        (r"\langle z^m\rangle = 1", "unreadable"),
    ],
)
def test_raised_preactivations(tmp_path: Path, body: str, expected: str) -> None:
    assert verdicts_of_latex(tmp_path, body, "for MLP")["verdict"] == expected


@pytest.mark.parametrize(("left", "right"), [ANY[2], ANY[3], ANY[5]])
def test_named_inputs_written_out_in_full_agree(left: str, right: str) -> None:
    assert verdict(f"{left} = {right}", "inputs 2").kind is Kind.PROVED
    assert verdict(f"{left} = 3*{right}", "inputs 2").kind is Kind.REFUTED


def test_a_wrong_contraction_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sums written out in numbers stand against it."""
    right = input_sums.contracted

    def doubled(value: Ratio, normal: object) -> Ratio:
        return right(value, normal) * Ratio(Polynomial.constant(Fraction(2)))  # type: ignore[arg-type]

    monkeypatch.setattr(input_sums, "contracted", doubled)
    found = verdict("sum(b, Kinv[1,b]*<z_b s1>) = 2*<s1'>", "")
    assert found.kind is Kind.UNDECIDED and "two routes" in found.reason
    found = verdict("sum(b, Kinv[1,b]*<z_b s1>) = <s1'>", "")
    assert found.kind is Kind.UNDECIDED and "two routes" in found.reason


@pytest.mark.parametrize(
    ("body", "scope", "expected"),
    [
        (r"\sum_{\beta}K^{\alpha\beta}K_{\beta\gamma} = \delta^\alpha_{\ \gamma}", "for MLP", "proved"),
        (r"\sum_{\beta}K^{\alpha\beta}K_{\beta\gamma} = \delta_{\alpha,\gamma}", "for MLP, inputs 2", "proved"),
        (r"\sum_{\beta}K^{\alpha\beta}K_{\beta\alpha} = \delta_{\alpha\alpha}", "for MLP", "proved"),
        (r"K_{\alpha\beta}\delta_{\alpha\beta} = K_{\alpha\alpha}\delta_{\alpha\beta}", "for MLP", "proved"),
        (r"K_{\alpha\beta} = K_{\alpha\alpha}\delta_{\alpha\beta}", "for MLP", "refuted"),
        (r"K_{\alpha\beta}\delta_{\alpha\beta} = K_{\alpha\alpha}", "for MLP, inputs a b", "refuted"),
        (r"\sum_{\beta}K^{\alpha\beta}K_{\beta\gamma} = \delta^{\alpha\gamma}_\mu", "for MLP", "unreadable"),
        (r"\sum_{\beta}K^{1\beta}K_{\beta2} = \delta^1_2", "for MLP", "unreadable"),
        (r"\sum_\beta K_{\beta\beta}\delta_{\alpha\beta} = K_{\alpha\alpha}", "for MLP, inputs 2", "unreadable"),
        (r"K_{\alpha\beta}\delta_{\alpha\beta}K_{\mu\mu} = 1", "for MLP", "unreadable"),
        (r"K_{11}\delta_{\alpha\beta} = 1", "for MLP", "unreadable"),
        (r"\delta_{ij}K_{12} = 0", "for MLP", "unreadable"),
        (r"K_{12}\delta = 0", "for MLP", "unreadable"),
    ],
)
def test_deltas_of_inputs(tmp_path: Path, body: str, scope: str, expected: str) -> None:
    assert verdicts_of_latex(tmp_path, body, scope)["verdict"] == expected


@pytest.mark.parametrize(
    ("body", "scope", "expected"),
    [
        (r"\langle z_1\sigma_1\sigma_2\rangle = \sum_\beta K_{1\beta}\langle\partial_\beta(\sigma_1\sigma_2)\rangle",
         "for MLP, inputs 2", "proved"),
        (r"\langle z_1\sigma_1\sigma_2\rangle = \sum_\beta K_{2\beta}\langle\partial_\beta(\sigma_1\sigma_2)\rangle",
         "for MLP, inputs 2", "refuted"),
        (r"\langle\partial_{z_2}(\sigma_1\sigma_2)\rangle = \langle\sigma_1\sigma_2'\rangle", "for MLP", "proved"),
        (r"\langle\partial_{z_2}(\sigma_1\sigma_2)\rangle = \langle\sigma_1'\sigma_2\rangle", "for MLP", "refuted"),
        (r"\langle\partial_{z_1}\partial_{z_2}(\sigma_1\sigma_2)\rangle = \langle\sigma_1'\sigma_2'\rangle",
         "for MLP", "proved"),
        (r"\langle z_1\sigma_2\rangle = \sum_\beta K_{1\beta}\langle\partial_\beta\sigma_2\rangle", "for MLP",
         "unreadable"),
        (r"\langle z_1\sigma_2\rangle = \sum_\beta K_{1\beta}\langle\partial_\gamma\sigma_2\rangle",
         "for MLP, inputs 2", "unreadable"),
        (r"\langle z_1\sigma_2\rangle = \sum_{\beta,\gamma} K_{1\beta}\langle\partial_\beta\sigma_2\rangle",
         "for MLP, inputs 2", "unreadable"),
        (r"\langle\partial_\beta(\sigma_1\sigma_2)\rangle = 0", "for MLP, inputs 2", "unreadable"),
        (r"\langle\partial_{z_1}\sigma_1\sigma_2\rangle = 0", "for MLP, inputs 2", "unreadable"),
    ],
)  # fmt: skip
def test_derivatives_by_one_of_several_preactivations(tmp_path: Path, body: str, scope: str, expected: str) -> None:
    assert verdicts_of_latex(tmp_path, body, scope)["verdict"] == expected
