"""Layer equations as written to terms: coefficients, parameters, site functions, conventions of layers and widths."""

from __future__ import annotations

from fractions import Fraction

import pytest

from ptheory.algebra.polynomial import Polynomial, Symbol
from ptheory.language import LanguageError, parse
from ptheory.language.expressions import Call, Expression, FieldAt, Name, Number
from ptheory.language.statements import ArchitectureStatement, LetStatement
from ptheory.networks.architecture import (
    Architecture,
    Bias,
    Biases,
    Direct,
    LayerTerm,
    ReadsInput,
    WeightedSum,
    Weights,
)
from ptheory.networks.check_architecture import (
    check_architecture,
    generic_activations,
    hyperparameters,
    rate_names,
)
from ptheory.networks.fields import Field

PARAMETERS = """
    weights W[i,j] ~ Normal(0, C_W/n) rate lambda_W/n
    weights R[i,j] ~ Normal(0, C_R/n^2)
    biases  b[i]   ~ Normal(0, C_b) rate lambda_b
"""
FIRST = "first z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])"


def architecture(layer: str, parameters: str = PARAMETERS, first: str = FIRST) -> Architecture:
    (statement,) = parse(f"ptheory 1\narchitecture A {{{parameters}{first}\n{layer}\n}}\n").statements
    assert isinstance(statement, ArchitectureStatement)
    return check_architecture(statement)


def layer_terms(right: str) -> tuple[LayerTerm, ...]:
    return architecture(f"layer z[i;a] = {right}").layers[0].terms


def formula(text: str) -> Expression:
    (statement,) = parse(f"ptheory 1\nlet A = {text}\n").statements
    assert isinstance(statement, LetStatement)
    return statement.right


def shown(right: str) -> list[tuple[str, str | None, Expression | None]]:
    found: list[tuple[str, str | None, Expression | None]] = []
    for term in layer_terms(right):
        match term:
            case Bias(coefficient, (biases,)):
                found.append((str(coefficient), biases.name, None))
            case WeightedSum(coefficient, (weights,), site):
                found.append((str(coefficient), weights.name, site.formula))
            case Direct(coefficient, site):
                found.append((str(coefficient), None, site.formula))
    return found


def test_the_mlp() -> None:
    mlp = architecture("layer z[i;a] = b[i] + sum(j, W[i,j]*sigma(z[j;a]))")
    weights, _, biases = mlp.parameters
    assert isinstance(weights, Weights) and (weights.fan_in, weights.rate_fan_in) == (1, 1)
    assert weights.variance == Polynomial.atom(Symbol("C_W")) and weights.rate == Polynomial.atom(Symbol("lambda_W"))
    assert isinstance(biases, Biases) and (biases.fan_in, biases.rate_fan_in) == (0, 0)
    one = Polynomial.constant(1)
    assert mlp.first[0].terms == (Bias(one, (biases,)), ReadsInput(one, (weights,)))
    bias, weighted = mlp.layers[0].terms
    assert bias == Bias(one, (biases,))
    assert isinstance(weighted, WeightedSum) and weighted.parameters == (weights,)
    assert weighted.site.formula == Call("sigma", (FieldAt("z", "j", "a"),))
    assert weighted.site.fields == (Field("z"),)
    assert mlp.fields == ("z",)
    assert generic_activations(mlp) == ("sigma",)
    assert hyperparameters(mlp) == ("C_W", "C_R", "C_b", "lambda_W", "lambda_b")
    assert rate_names(mlp) == {"lambda_W", "lambda_b"}


@pytest.mark.parametrize(
    ("right", "terms"),
    [
        ("sum(j, W[i,j]*(z[j;a] + z[j;a]^2/4))", [("1", "W", formula("z[j;a] + z[j;a]^2/4"))]),
        ("sum(j, W[i,j]*c*sigma(z[j;a]))", [("c", "W", formula("sigma(z[j;a])"))]),
        ("2*xi*sum(j, W[i,j]*sigma(z[j;a]))/3", [("2/3*xi", "W", formula("sigma(z[j;a])"))]),
        (
            "sum(j, W[i,j]*(sigma(z[j;a]) + c*z[j;a]))",
            [("1", "W", formula("sigma(z[j;a])")), ("c", "W", formula("z[j;a]"))],
        ),
        ("sum(j, W[i,j]*sigma(c*z[j;a]))", [("1", "W", formula("sigma(c*z[j;a])"))]),
        (
            "sum(j, (W[i,j] - R[i,j])*z[j;a])",
            [("1", "W", formula("z[j;a]")), ("-1", "R", formula("z[j;a]"))],
        ),
        ("sqrt(2)*sum(j, W[i,j]*sigma(z[j;a]))/pi", [("1", "W", formula("sigma(z[j;a])*sqrt(2)*(1/pi)"))]),
        ("sum(j, W[i,j]*(-3*z[j;a]/2))", [("-3/2", "W", formula("z[j;a]"))]),
        ("sum(j, W[i,j])", [("1", "W", Number(Fraction(1)))]),
        ("sum(j, W[i,j]/(1 + z[j;a]^2))", [("1", "W", formula("1/(1 + z[j;a]^2)"))]),
        (
            "xi*z[i;a] - b[i]/2 + sum(j, W[i,j]*tau(prev(z[j;a])))",
            [("xi", None, formula("z[i;a]")), ("-1/2", "b", None), ("1", "W", formula("tau(prev(z[j;a]))"))],
        ),
        ("xi[l]^2*prev(z[i;a])", [("xi[l]^2", None, formula("prev(z[i;a])"))]),
        ("-(b[i] - sum(j, W[i,j]*sin(z[j;a])))", [("-1", "b", None), ("1", "W", formula("sin(z[j;a])"))]),
    ],
)
def test_terms(right: str, terms: list[tuple[str, str | None, Expression | None]]) -> None:
    assert shown(right) == terms


def test_what_cancels_is_gone() -> None:
    assert shown("b[i] + 0*z[i;a]") == [("1", "b", None)]


def test_several_fields_make_one_site_function() -> None:
    gated = architecture(
        "layer u[i;a] = sum(j, W[i,j]*sigma(u[j;a])*v[j;a])\nlayer v[i;a] = sum(j, R[i,j]*tau(u[j;a] + c*v[j;a]))",
        first="first v[i;a] = sum(k, R[i,k]*x[k;a])\nfirst u[i;a] = sum(k, W[i,k]*x[k;a])",
    )
    assert gated.fields == ("u", "v") == tuple(equation.field.name for equation in gated.first)
    product, inside = gated.sites
    assert product.fields == (Field("u"), Field("v"))
    assert product.formula == formula("sigma(u[j;a])*v[j;a]")
    assert inside.formula == formula("tau(u[j;a] + c*v[j;a])")
    assert generic_activations(gated) == ("sigma", "tau")
    assert "c" in hyperparameters(gated)


@pytest.mark.parametrize("width", ["n", "n[l]", "n[l-1]"])
def test_layer_dependent_hyperparameters_and_widths(width: str) -> None:
    (weights, *_) = architecture(
        "layer z[i;a] = sum(j, W[i,j]*sigma(z[j;a]))",
        f"weights W[i,j] ~ Normal(0, C_W[l]/{width}) rate lambda_W[l]/{width}\n",
        "first z[i;a] = sum(k, W[i,k]*x[k;a])",
    ).parameters
    assert weights.variance == Polynomial.atom(Symbol("C_W", 0)) and weights.fan_in == 1
    assert weights.rate == Polynomial.atom(Symbol("lambda_W", 0)) and weights.rate_fan_in == 1


def test_activations_defined_by_formula_are_not_generic() -> None:
    (statement,) = parse(
        f"ptheory 1\narchitecture A {{{PARAMETERS}{FIRST}\n"
        "layer z[i;a] = b[i] + sum(j, W[i,j]*bump(z[j;a])*relu(z[j;a]))\n}"
    ).statements
    assert isinstance(statement, ArchitectureStatement)
    checked = check_architecture(statement, {"bump"})
    assert generic_activations(checked, {"bump"}) == ()
    assert generic_activations(check_architecture(statement)) == ("bump",)


def test_other_letters_for_indices() -> None:
    one = architecture("layer z[i;a] = b[i] + sum(j, W[i,j]*sigma(z[j;a]))")
    other = architecture(
        "layer z[p;q] = b[p] + sum(m, W[p,m]*sigma(z[m;q]))", first="first z[p;q] = b[p] + sum(m, W[p,m]*x[m;q])"
    )
    assert other.first == one.first
    assert other.sites != one.sites  # the formula keeps its letters


def test_the_error_points_into_the_text() -> None:
    with pytest.raises(LanguageError) as caught:
        layer_terms("b[i] + sum(j, W[i,j]*sigma(z[k;a]))")
    assert caught.value.span.source is not None and "z[k;a]" in (caught.value.source_line or "")
    assert Name("z") == Name("z", span=caught.value.span)
