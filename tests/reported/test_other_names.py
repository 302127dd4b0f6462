"""A network under other names, with weights w, a field u or h and an activation phi: the same pages, numbers, verdicts.

The words of the prelude's spelling are replaced in the file, and in what the commands print; nothing else may differ.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from tests.reported.running import on_text

NETWORK = """ptheory 1
architecture MLP {
    weights W[i,j] ~ Normal(0, C_W/n)   rate lambda_W/n
    biases  b[i]   ~ Normal(0, C_b)     rate lambda_b
    first   z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = b[i] + sum(j, W[i,j]*sigma(z[j;a]))
}
observable H[1,2] = sum(mu, rate(mu)*d(z1,mu)*d(z2,mu))
define G     by E[z1 z2]_c       = d12 G[1,2]
define V     by E[z1 z2 z3 z4]_c = (d12 d34 V[1,2,3,4] + d13 d24 V[1,3,2,4] + d14 d23 V[1,4,2,3]) / n
define Theta by E[H12]           = d12 Theta[1,2]
define D, F  by E[H12 z3 z4]_c   = (d12 d34 D[1,2,3,4] + d13 d24 F[1,3,2,4] + d14 d23 F[1,4,2,3]) / n
"""
EQUATIONS = "derive G to order 1/n\nderive V, D, F, Theta\n"
RESULTS = """
with sigma = tanh { critical; exponents G, V, Theta, D; show G, V, D; check by quadrature digits 15 }
with sigma = relu { inputs one; critical; exponents V }
with sigma = gelu { critical }
atlas sigma { tanh, relu }
"""
SIMULATION = "with sigma = tanh { inputs one; critical; show V; check by simulation widths 16 depth 2 }\n"
FLOW = """
activation bent(z) = z + z^2/4
flow MLP with sigma = bent {
    inputs [1/2, 3/4] [1, -1/3]
    set C_b = 1/10, C_W = 6/5, lambda_b = 1/5, lambda_W = 2/3
    depth 3
    order 1/n
    show G, V, Theta, D, F
}
"""
CLAIMS = r"""
claim "vertex": V' = C_W^2*(<s^4> - <s^2>^2) + chi_par^2*V for MLP, inputs one
claim "doubled": V' = C_W^2*(<s^4> - <s^2>^2) + 2*chi_par^2*V for MLP, inputs one
claim "slope": chi_perp = C_W*<s'^2> for MLP, inputs one
claim "tangent": Theta' = lambda_b + lambda_W*<sigma^2> + chi_perp*Theta for MLP, inputs one
claim "Stein": <z*s> = K*<s'> for MLP, inputs one
claim "rational": F' = chi_par^2*F + C_W^2*<s^2*s'^2>*Theta/2 for MLP, inputs one
claim latex "kernel": \begin{equation} K^{(\ell+1)} = C_b+C_W\langle\sigma^2\rangle_K \end{equation} for MLP, inputs 1
claim latex "pairs": \begin{equation} V'_{(12)(34)} = 0 \end{equation} for MLP
"""

# of the same alphabetical order, which is that of factors and terms
IN_ORDER = {
    "C_W": "A_g", "C_b": "A_s", "D": "L", "F": "M", "G": "N", "K": "N", "Theta": "Omega", "V": "Y", "H": "J",
    "lambda_W": "omega_g", "lambda_b": "omega_s", "sigma": "phi", "z": "u", "W": "w", "b": "t", "MLP": "Net",
    "xi": "tau",
}  # fmt: skip
ANYHOW = {
    "C_W": "g", "C_b": "s", "D": "Z", "F": "B", "G": "Q", "K": "Q", "Theta": "T", "V": "Y", "H": "N",
    "lambda_W": "zeta", "lambda_b": "alpha", "sigma": "phi", "z": "h", "W": "V", "b": "C_W", "MLP": "Residual",
    "xi": "H",
}  # fmt: skip
SIGNS = {
    "λ": "lambda",
    "Θ": "Theta",
    "σ": "sigma",
    "ω": "omega",
    "Ω": "Omega",
    "φ": "phi",
    "ϕ": "phi",
    "ζ": "zeta",
    "α": "alpha",
}
SIGNS |= {"ξ": "xi", "τ": "tau"}


def renamed(text: str, names: dict[str, str]) -> str:
    """Every word of ``names`` replaced: z1 and G1 by their letter, b and W only where an index follows."""
    text = unicodedata.normalize("NFD", text).replace(r"\_", "_").replace(r"\textasciicircum{}", "^")
    if "H" in names:
        for mark in ("\u0302", "</mi>"):
            text = text.replace(f"Hzz{mark}", names["H"] + 2 * names["z"] + mark)
    text = re.sub(r"[λΘσωΩφϕζαξτ]", lambda sign: SIGNS[sign.group()], text)
    words = "|".join(sorted(names.keys() - {"W", "b"}, key=len, reverse=True))
    text = re.sub(rf"(?<![A-Za-z0-9])({words})(?![A-Za-z]|_[A-Za-z])", lambda word: names[word.group()], text)
    text = re.sub(r"(?<=n)K(?=[²\^)T])|(?<=nK)Theta|(?<=n)Theta(?=\^)", lambda word: names[word.group()], text)
    return re.sub(r"(?<![A-Za-z0-9_])[Wb](?=\[|_\{)", lambda word: names[word.group()], text)


def squeezed(text: str) -> str:
    return " ".join(re.sub(r"─+|--+|wrote .*", "", text).split())


def printed(folder: Path, names: dict[str, str], body: str, *words: str, head: str = NETWORK) -> str:
    """What a command prints on a file and writes into ``out``, the folder and formulas in z left out."""
    folder.mkdir(exist_ok=True)
    spelled = [head + body, *words]
    text, *options = [renamed(part, names) for part in spelled] if names else spelled
    ran = on_text(folder, text, *options, *(["-o", str(folder / "out")] if "--to" in words else []))
    assert ran.code in (0, 1) and "defect" not in ran.err, ran.err
    files = [path.read_text("utf-8") for path in sorted(folder.glob("out/*.*")) if "macros" not in path.name]
    found = "\n".join((ran.out, *files)).replace(str(folder), "")
    found = re.sub(r"<style>.*?</style>|<path.*?/>|<(svg|rect|foreignObject).*?>", "", found, flags=re.DOTALL)
    found = re.sub(r"<(msub|msubsup)><mi>([CAλω])</mi><mi>(\w)</mi>", r"<\1> \2_\3 ", found)
    found = re.sub(r"<msub><mi>([WbwtVC])</mi>", r"<msub> \1_{ ", found)
    return re.sub(r'\(z\)( = |": ")z\b', "", found)


WIDE = ("--width", "400")  # longer names break elsewhere, and fold a table


def both(folder: Path, names: dict[str, str], body: str, *words: str, head: str = NETWORK) -> tuple[str, str]:
    """What the prelude's spelling prints, its words replaced, and what the other prints; spaces squeezed."""
    names = {own: other for own, other in names.items() if own != "xi" or "xi" in head + body}  # else a length
    known = renamed(printed(folder / "prelude", {}, body, *words, head=head), names)
    found = renamed(
        printed(folder / "other", names, body, *words, head=head), {"K": names["K"]}
    )  # labels of classes: K*=0
    assert re.search(rf"(?<![A-Za-z]){names['V']}(?![A-Za-z])", found)
    return squeezed(known), squeezed(found)


@pytest.mark.parametrize("body", [EQUATIONS, RESULTS, FLOW, CLAIMS], ids=["equations", "results", "flow", "claims"])
def test_pages_differ_in_names_alone(tmp_path: Path, body: str) -> None:
    known, found = both(tmp_path, IN_ORDER, body, "run", *WIDE)
    assert found == known


@pytest.mark.parametrize("form", ["latex", "json", "html"])
def test_documents_differ_in_names_alone(tmp_path: Path, form: str) -> None:
    body = EQUATIONS + RESULTS.partition("with sigma = gelu")[0]
    known, found = both(
        tmp_path, IN_ORDER, body, "run", "--to", form, *(["--columns", "5000pt"] if form == "latex" else [])
    )
    assert found == known


@pytest.mark.parametrize("name", ["V", "G1", "F"])
def test_explanations_differ_in_names_alone(tmp_path: Path, name: str) -> None:
    known, found = both(tmp_path, IN_ORDER, EQUATIONS, "run", "--explain", name)
    assert found == known


@pytest.mark.parametrize(("words", "body"), [(("flow", "--json"), FLOW), (("check", "--json"), CLAIMS)])
def test_json_differs_in_names_alone(tmp_path: Path, words: tuple[str, ...], body: str) -> None:
    known, found = both(tmp_path, IN_ORDER, body, *words)
    without_hashes = [re.sub(r'"sha256": "\w+"', "", text) for text in (known, found)]
    assert without_hashes[0] == without_hashes[1]


def test_simulated_networks_are_the_same(tmp_path: Path) -> None:
    known, found = both(tmp_path, IN_ORDER, SIMULATION, "run")
    assert "checked: simulation, width 16" in known and found == known


@pytest.mark.parametrize("names", [IN_ORDER, ANYHOW], ids=["in order", "anyhow"])
def test_a_skip_connection_under_other_names(tmp_path: Path, names: dict[str, str]) -> None:
    head = NETWORK.replace("= b[i] + sum(j", "= xi*z[i;a] + b[i] + sum(j")
    flow = FLOW.replace("lambda_W = 2/3", "lambda_W = 2/3, xi = 1/2").replace("order 1/n", "").replace(", D, F", "")
    claims = r"""
claim "kernel": K' = C_b + xi^2*K + C_W*<s^2> for MLP, inputs one
claim "wrong": K' = C_b + xi*K + C_W*<s^2> for MLP, inputs one
"""
    known, found = both(tmp_path, names, "derive G, Theta\n" + flow + claims, "run", head=head)
    assert known.count("proved") == known.count("refuted") == 1
    # values of a counterexample are given out in the order of names
    known, found = (re.sub(r"counterexample at .* correction:", "", text) for text in (known, found))
    assert sorted(re.findall(r"[\w.']+", found)) == sorted(re.findall(r"[\w.']+", known))


def test_hyperparameters_with_numbers_in_latex(tmp_path: Path) -> None:
    """g_1 and s2 are printed g_1 and s_2, so that is how they are read; inside an average s_2 may be phi at input 2."""
    names = {**IN_ORDER, "C_W": "g_1", "C_b": "s2"}
    claim = (
        r"""claim latex "c": \begin{equation} K' = C_b + C_W\langle\sigma^2\rangle_K \end{equation} for MLP, inputs 1"""
    )
    text = renamed(NETWORK + claim, names).replace("= s2 + g_1", "= s_{2} + g_1")
    assert r"s_{2} + g_1\langle\phi^2\rangle_N" in text
    assert "proved" in on_text(tmp_path, text, "check").out
    refused = on_text(tmp_path, text.replace(r"g_1\langle", r"\langle s_2"), "check")
    assert refused.code == 2 and "two ways" in refused.err


@pytest.mark.parametrize("average", ["<1/s>", "<sqrt(s)*u>", "<tanh(u + s)>"])
def test_a_hyperparameter_called_s_is_no_activation_inside_a_function(tmp_path: Path, average: str) -> None:
    """<s^2> is the activation's; where that has no meaning the hyperparameter s is not put in its place."""
    text = renamed(NETWORK, {**IN_ORDER, "C_b": "s"}) + f'claim "c": N\' = {average} for Net, inputs one\n'
    refused = on_text(tmp_path, text, "check")
    assert refused.code == 2 and "s cannot stand inside this function" in refused.err


@pytest.mark.parametrize("body", [RESULTS, FLOW, CLAIMS], ids=["results", "flow", "claims"])
def test_names_of_another_order_and_of_other_things(tmp_path: Path, body: str) -> None:
    """Weights called V, biases C_W, a field h, an architecture called Residual: other orders of factors alone."""
    known, found = both(tmp_path, ANYHOW, body, "run", *WIDE)
    assert sorted(re.findall(r"[\w.']+", found)) == sorted(re.findall(r"[\w.']+", known))
