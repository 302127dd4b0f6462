"""Every activation that can be bound by its name can be averaged by it, whatever the file includes."""

from __future__ import annotations

import mpmath
import pytest

from ptheory.activations import lookup
from ptheory.activations.symbols import Z
from ptheory.claims.verdict import Kind
from ptheory.language.functions import NAMED_ACTIVATIONS
from ptheory.language.parser import read_file
from ptheory.language.prelude import prelude_path
from ptheory.language.statements import ActivationStatement
from ptheory.networks.formulas import activation_from_formula
from tests.reported.running import HEAD, on_text

FORMULAS = {
    "mish": lambda z: z * mpmath.tanh(mpmath.log1p(mpmath.exp(z))),
    "selu": lambda z: 1.0507009873554805 * (z if z > 0 else 1.6732632423543773 * mpmath.expm1(z)),
    "silu": lambda z: z / (1 + mpmath.exp(-z)),
    "elu": lambda z: z if z > 0 else mpmath.expm1(z),
    "softsign": lambda z: z / (1 + abs(z)),
    "hard_sigmoid": lambda z: min(mpmath.mpf(1), max(mpmath.mpf(0), z / 6 + mpmath.mpf(1) / 2)),
    "gaussian": lambda z: mpmath.exp(-z * z / 2),
}


def verdicts(folder, claims):
    lines = "\n".join(f'claim "{k}": {claim}' for k, claim in enumerate(claims))
    ran = on_text(folder, HEAD + lines + "\n", "check", "--json")
    return [claim["verdict"] for claim in ran.json["files"][0]["claims"]]


def test_values_against_quadrature(tmp_path):
    claims, wrong = [], []
    for name, f in FORMULAS.items():
        value = mpmath.quad(lambda z, f=f: f(z) ** 2 * mpmath.npdf(z), [-9, -3, 0, 3, 9])
        rounded = mpmath.nstr(value, 6)
        scope = "for MLP, inputs one, at K = 1"
        claims.append(f"<{name}(z)^2> = {rounded} to 6 digits {scope}")
        wrong.append(f"<{name}(z)^2> = {mpmath.nstr(value * mpmath.mpf('1.001'), 6)} to 6 digits {scope}")
    assert set(verdicts(tmp_path, claims)) <= {"proved", "checked"}
    assert set(verdicts(tmp_path, wrong)) == {str(Kind.REFUTED)}


@pytest.mark.parametrize("name", sorted(NAMED_ACTIVATIONS))
def test_every_name_is_read(name, tmp_path):
    assert verdicts(tmp_path, [f"<{name}(z1)*z2> = 2*<z2*{name}(z1)> - <{name}(z1)*z2> for MLP"]) == ["proved"]


def test_the_prelude_says_what_the_names_mean():
    """Included, a name is the formula of the prelude; not included, the activation the engine knows."""
    declared = [s for s in read_file(prelude_path("activations")).statements if isinstance(s, ActivationStatement)]
    assert len(declared) > 10
    for one in declared:
        written = activation_from_formula(one.name, one.formula, one.variable, {}, {}).formula
        for z in (-2.5, -0.3, 0.7, 4.0):
            values = [f.subs(Z, z).evalf() for f in (written, lookup(one.name).formula)]
            assert float(values[0]) == pytest.approx(float(values[1]), rel=1e-14), one.name
