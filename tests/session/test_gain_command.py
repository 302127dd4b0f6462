"""``ptheory gain``: a row for every constraint, in every format; what is asked for wrongly."""

from __future__ import annotations

from pathlib import Path

import mpmath
import pytest

import ptheory as pt
from tests.reported.running import HEAD, on_text, ptheory

RESIDUAL = "ptheory 1\ninclude residual\n"
SQUARED = """ptheory 1
architecture Net {
    weights W[i,j] ~ Normal(0, 2*s_w^2/n)
    first   h[i;a] = sum(k, W[i,k]*x[k;a])
    layer   h[i;a] = sum(j, W[i,j]*phi(h[j;a]))
}
define q by E[h1 h2]_c = d12 q[1,2]
"""


def flat(text: str) -> str:
    return " ".join(text.split())


def test_mish_without_biases_in_every_format(tmp_path: Path) -> None:
    found = ptheory("gain", "mish", "--to", "text,latex,html,csv,json", "-o", tmp_path, "--width", "120")
    assert found.code == 0
    assert "kept 1 0 2.21072 1.48685 1.07634 1.05912 unstable" in flat(found.out)
    assert "kept: collapse, kernels above 1 explode" in flat(found.out)
    assert "edge, biases given: none; no K > 0 between 1e-06 and" in flat(found.out)
    assert {path.name for path in tmp_path.iterdir()} == {
        "mish.tex",
        "mish-fragment.tex",
        "mish.html",
        "mish.csv",
        "mish.json",
    }
    assert "2.2107157299379891722" in (tmp_path / "mish.json").read_text("utf-8")
    assert "kept about the mean" in (tmp_path / "mish.csv").read_text("utf-8")


def test_every_row_of_erf_is_exact() -> None:
    rows = ptheory("gain", "erf", "--kernel", "2", "--bias", "1/10", "--json").json["gains"]
    kept, mean, edge, at_bias, critical = rows
    assert kept["C_W_exact"] == "19*pi/(20*asin(4/5))" and kept["phase"] == "chaotic"
    weight = mpmath.mpf("1.9") / (2 / mpmath.pi * mpmath.asin(mpmath.mpf(4) / 5))
    slope = 4 / mpmath.pi / mpmath.sqrt(1 + 4 * mpmath.mpf(2))
    assert abs(mpmath.mpf(kept["C_W"]) - weight) < 1e-14 and abs(mpmath.mpf(kept["chi_perp"]) - weight * slope) < 1e-12
    assert abs(mpmath.mpf(mean["C_W"]) - 2 / (2 / mpmath.pi * mpmath.asin(mpmath.mpf(4) / 5))) < 1e-14
    assert abs(mpmath.mpf(edge["C_W"]) - 1 / slope) < 1e-14
    kernel = mpmath.mpf(at_bias["K"])
    assert abs(mpmath.mpf(at_bias["C_W"]) * 4 / mpmath.pi / mpmath.sqrt(1 + 4 * kernel) - 1) < 1e-14
    assert at_bias["C_b"].startswith("0.1000000") and at_bias["phase"] == "edge"
    assert critical["C_W_exact"] == "pi/4" and critical["gains"]["W"].startswith("0.88622692545275801")


def test_another_architecture_and_other_names(tmp_path: Path) -> None:
    path = tmp_path / "residual.deriv"
    path.write_text(RESIDUAL, "utf-8")
    kept, *_ = ptheory("gain", "tanh", "--architecture", path, "--set", "xi = 1/2", "--json").json["gains"]
    mean = mpmath.quad(lambda t: mpmath.tanh(t) ** 2 * mpmath.npdf(t), mpmath.linspace(-12, 12, 13))
    assert abs(mpmath.mpf(kept["C_W"]) - mpmath.mpf("0.75") / mean) < 1e-12  # K = K/4 + C_W <tanh^2>
    path.write_text(SQUARED, "utf-8")
    found = ptheory("gain", "relu", "--architecture", path, "--json").json
    assert found["variances"] == {"W": "2*s_w^2/n"} and found["gains"][0]["s_w"] == "1"
    assert found["gains"][0]["q"] == "1" and found["gains"][0]["gains"]["W"].startswith("1.414213562373")


def test_very_small_kernels_and_none_at_all() -> None:
    rows = ptheory("gain", "erf", "--kernel", "1e-20", "--json").json["gains"]
    assert rows[1]["constraint"] == "kept about the mean" and rows[1]["C_W"].startswith("0.785398163397448309")
    found = flat(ptheory("gain", "exp", "--bias", "pi/40", "--width", "120").out)
    assert "critical: none; with K* = 0 decided by its exact series: there is no critical point at all, proved" in found
    assert "C_b = pi/40" not in found  # it is given


def test_from_python() -> None:
    table = pt.gain("sin")
    assert str(table.rows[0].values["C_W"]) in ("-2*exp(2)/(1 - exp(2))", "2*exp(2)/(-1 + exp(2))")
    assert "kept about the mean" in str(table._repr_html_()) and "kept" in str(table._repr_markdown_())


def test_a_jump_keeps_its_kernel_and_has_no_edge() -> None:
    found = flat(ptheory("gain", "step", "--width", "120").out)
    assert (
        "kept 1 0 2 1.41421 0 diverges stable" in found and "edge, kernel given: none; a product of two delta" in found
    )


@pytest.mark.parametrize(
    ("words", "message", "help"),
    [
        (("tahn",), "unknown activation tahn", "did you mean `tanh`?"),
        (("tanh", "--bias", "-1"), "--bias: error: -1 is no variance", "from zero on"),
        (("tanh", "--kernel", "0"), "--kernel: error: 0 is no variance", "above zero"),
        (("tanh", "--kernel", "q"), "unknown name q", "a value is a number"),
        (("tanh", "--set", "xi=1"), "MLP has no hyperparameter xi", "C_b"),
        (("tanh", "--set", "xi"), "'xi' sets nothing", "--set 'xi = 1/2'"),
        (("tanh", "--set", "C_W=1"), "C_W is what is asked for, and it is set", "leave it out"),
        (("tanh", "--set", "C_b=1"), "C_b is what is asked for, and it is set", "--bias"),
        (("tanh", "--architecture", "none.deriv"), "none.deriv: error: no such file", ""),
        (
            ("tanh", "--architecture", "derivations/20-residual.deriv"),
            "needs a value for xi",
            "write `--set xi = ...`\n",
        ),
        (("tanh", "--architecture", "derivations/21-gated.deriv"), "a kernel for each of its fields", "`flow Gated"),
    ],
)
def test_bad_input(words: tuple[str, ...], message: str, help: str) -> None:
    found = ptheory("gain", *words)
    assert found.code == 2 and message in found.err and help in found.err and "Traceback" not in found.err


def test_no_biases_to_give_a_variance(tmp_path: Path) -> None:
    path = tmp_path / "net.deriv"
    path.write_text(SQUARED, "utf-8")
    found = ptheory("gain", "relu", "--architecture", path, "--bias", "1")
    assert found.code == 2 and "Net has no biases" in found.err


# ---- the same in a file -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("set K = 1;", "on the edge of chaos at K = 1: C_b = 0.150964629378553, C_W = 2.15330264890279; chi_par ="),
        ("set K = 1, C_b = 0;", "keeping K = 1 at C_b = 0 needs C_W = 2.53617543321745; there"),
        ("set C_b = 1/20;", "on the edge of chaos at C_b = 1/20: K = 0.570047"),
        ("set C_W = 2;", "on the edge of chaos at C_W = 2: K = 0.821354426"),
        ("set C_b = 0;", "on the edge of chaos at C_b = 0: no K > 0 (searched between 1e-06 and 1e+06)"),
        ("set K = 2;", "there is no critical point at K = 2 K* = 0 needs C_b = 0 and C_W = 1"),
    ],
)
def test_what_is_not_set_is_solved_for(tmp_path: Path, block: str, said: str) -> None:
    found = on_text(tmp_path, f"{HEAD}with sigma = tanh {{ {block} critical }}\n", "run", "--digits", "all")
    assert found.code == 0 and said in flat(found.out)


def test_several_points_of_the_edge_and_a_line(tmp_path: Path) -> None:
    text = flat(on_text(tmp_path, f"{HEAD}with sigma = relu {{ set C_b = 0; critical }}\n", "run").out)
    assert "on the edge of chaos at C_b = 0: every K" in text
    text = flat(on_text(tmp_path, f"{HEAD}with sigma = gelu {{ set C_W = 199/100; critical }}\n", "run").out)
    assert "(1 of 2)" in text and "(2 of 2)" in text


def test_the_strength_of_a_skip_is_solved_for(tmp_path: Path) -> None:
    text = f"{RESIDUAL}with sigma = relu {{ set C_W = 1/2, C_b = 0; critical }}\n"
    found = flat(on_text(tmp_path, text, "run").out)
    assert "ξ = sqrt(3)/2 (marginal) xi^2 = 3/4" in found  # K = (xi^2 + C_W/2) K


@pytest.mark.parametrize(
    ("block", "message", "help"),
    [
        (
            "set K = 1, C_b = 0, C_W = 2; critical",
            "K = 1 is not kept at C_b = 0 and C_W = 2: K' = 0.788588981",
            "two of the three",
        ),
        ("set K = 1", "set only where variances are solved for", "add `critical`"),
        ("set K = -1; critical", "K = -1 is no kernel to keep", "above zero"),
        ("set K[2] = 1; critical", "K[2] is what layer 2 makes", "every layer keeps"),
        ("set K = 1; set K = 2; critical", "K is set twice", "keep one"),
        ("set K = x; critical", "unknown name x", "a value is a number"),
    ],
)
def test_contradictions(tmp_path: Path, block: str, message: str, help: str) -> None:
    found = on_text(tmp_path, f"{HEAD}with sigma = tanh {{ {block} }}\n", "run")
    assert found.code == 2 and message in found.err and help in found.err and "Traceback" not in found.err


def test_three_values_that_agree(tmp_path: Path) -> None:
    found = on_text(tmp_path, f"{HEAD}with sigma = relu {{ set K = 3, C_b = 0, C_W = 2; critical }}\n", "run")
    assert found.code == 0 and "the kernel stays at K = 3, where chi_par = 1, chi_perp = 1: edge" in flat(found.out)


def test_more_unknowns_than_conditions(tmp_path: Path) -> None:
    found = on_text(tmp_path, f"{RESIDUAL}with sigma = tanh {{ set C_b = 0; critical }}\n", "run")
    assert found.code == 2 and "Residual needs a value for xi" in found.err
    assert "or set C_W, and xi is solved for" in found.err
