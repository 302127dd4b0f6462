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
}  # fmt: skip
ANYHOW = {
    "C_W": "g", "C_b": "s", "D": "Z", "F": "B", "G": "Q", "K": "Q", "Theta": "T", "V": "Y", "H": "N",
    "lambda_W": "zeta", "lambda_b": "alpha", "sigma": "phi", "z": "h", "W": "V", "b": "C_W", "MLP": "Residual",
}  # fmt: skip
SIGNS = {"λ": "lambda", "Θ": "Theta", "σ": "sigma", "ω": "omega", "Ω": "Omega", "φ": "phi", "ζ": "zeta", "α": "alpha"}


def renamed(text: str, names: dict[str, str]) -> str:
    """Every word of ``names`` replaced: z1 and G1 by their letter, b and W only where an index follows."""
    text = unicodedata.normalize("NFD", text).replace(r"\_", "_").replace(r"\textasciicircum{}", "^")
    if "H" in names:
        text = text.replace("Hzz\u0302", names["H"] + 2 * names["z"] + "\u0302")
    text = re.sub(r"[λΘσωΩφζα]", lambda sign: SIGNS[sign.group()], text)
    words = "|".join(sorted(names.keys() - {"W", "b"}, key=len, reverse=True))
    text = re.sub(rf"(?<![A-Za-z0-9])({words})(?![A-Za-z]|_[A-Za-z])", lambda word: names[word.group()], text)
    text = re.sub(r"(?<=n)K(?=[\^)T])|(?<=nK)Theta|(?<=n)Theta(?=\^)", lambda word: names[word.group()], text)
    return re.sub(r"(?<![A-Za-z0-9_])[Wb](?=\[|_\{)", lambda word: names[word.group()], text)


def squeezed(text: str) -> str:
    return " ".join(re.sub(r"[─-]{2,}|wrote .*", "", text).split())


def printed(folder: Path, names: dict[str, str], body: str, *words: str) -> str:
    """What a command prints on a file and writes into ``out``, the folder and formulas in z left out."""
    folder.mkdir(exist_ok=True)
    spelled = [NETWORK + body, *words]
    text, *options = [renamed(part, names) for part in spelled] if names else spelled
    ran = on_text(folder, text, *options, *(["-o", str(folder / "out")] if "--to" in words else []))
    assert ran.code in (0, 1) and "defect" not in ran.err, ran.err
    files = [path.read_text("utf-8") for path in sorted(folder.glob("out/*"))]
    found = "\n".join((ran.out, *files)).replace(str(folder), "")
    return re.sub(r'\(z\)( = |": ")z\b', "", found)


def both(folder: Path, names: dict[str, str], body: str, *words: str) -> tuple[str, str]:
    """What the prelude's spelling prints, its words replaced, and what the other prints; spaces squeezed."""
    known = renamed(printed(folder / "prelude", {}, body, *words), names)
    found = renamed(printed(folder / "other", names, body, *words), {"K": names["K"]})  # labels of classes: K*=0
    assert re.search(rf"(?<![A-Za-z]){names['V']}(?![A-Za-z])", found)
    return squeezed(known), squeezed(found)


@pytest.mark.parametrize("body", [EQUATIONS, RESULTS, FLOW, CLAIMS], ids=["equations", "results", "flow", "claims"])
def test_pages_differ_in_names_alone(tmp_path: Path, body: str) -> None:
    known, found = both(tmp_path, IN_ORDER, body, "run")
    assert found == known


@pytest.mark.parametrize("form", ["latex", "json", "html"])
def test_documents_differ_in_names_alone(tmp_path: Path, form: str) -> None:
    body = EQUATIONS + RESULTS.partition("with sigma = gelu")[0]
    known, found = both(tmp_path, IN_ORDER, body, "run", "--to", form)
    assert found == known


@pytest.mark.parametrize("name", ["V", "G1", "F"])
def test_explanations_differ_in_names_alone(tmp_path: Path, name: str) -> None:
    known, found = both(tmp_path, IN_ORDER, EQUATIONS, "run", "--explain", name)
    assert found == known


@pytest.mark.parametrize(("words", "body"), [(("flow", "--json"), FLOW), (("check", "--json"), CLAIMS)])
def test_json_differs_in_names_alone(tmp_path: Path, words: tuple[str, ...], body: str) -> None:
    known, found = both(tmp_path, IN_ORDER, body, *words)
    assert found == known


def test_simulated_networks_are_the_same(tmp_path: Path) -> None:
    known, found = both(tmp_path, IN_ORDER, SIMULATION, "run")
    assert "checked: simulation, width 16" in known and found == known


@pytest.mark.parametrize("body", [RESULTS, FLOW, CLAIMS], ids=["results", "flow", "claims"])
def test_names_of_another_order_and_of_other_things(tmp_path: Path, body: str) -> None:
    """Weights called V, biases C_W, a field h, an architecture called Residual: other orders of factors alone."""
    known, found = both(tmp_path, ANYHOW, body, "run")
    assert sorted(re.findall(r"[\w.']+", found)) == sorted(re.findall(r"[\w.']+", known))
