"""Closed forms as they are printed: what they look like, that they are what was derived, in algebra and in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any

import mpmath
import pytest
import sympy

import ptheory as pt
from ptheory.language.expression_printer import format_expression
from ptheory.language.expressions import (
    Add,
    Call,
    Divide,
    Expression,
    Indexed,
    Multiply,
    Name,
    Negate,
    Number,
    Power,
)
from ptheory.language.parser import parse_text
from ptheory.language.statements import LetStatement
from ptheory.rendering.report import SpecialisedEquation
from ptheory.rendering.written_closed_forms import ClosedForms
from ptheory.rendering.written_equations import displayed_item
from ptheory.rendering.written_formulas import TextStyle
from ptheory.results.specialisation import BoundEquation
from ptheory.session.result import Result

FAMILIES = ("relu", "erf", "gelu", "sin", "elu")
DECLARED = "ptheory 1\ninclude mlp\ninclude observables\nderive G to order 1/n\nderive Theta, V\n"
BLOCKS = "".join(f"with sigma = {name} {{ show K, G1, Theta, V }}\n" for name in FAMILIES)
PAIRS = "".join(f"with sigma = {name} {{ inputs 2 show K, Theta }}\n" for name in ("relu", "erf", "gelu", "sin"))
CASES = sorted(
    [(name, left) for name in FAMILIES for left in ("G1'", "K'", "Theta'")]
    + [(name, "V'") for name in ("elu", "relu", "sin")]
    + [(name, f"{left}'[{at}]") for name in FAMILIES[:4] for left in ("K", "Theta") for at in ("1,1", "1,2", "2,2")]
)
ASCII = TextStyle(unicode=False, exact=True)


@cache
def result() -> Result:
    return pt.run_text(DECLARED + BLOCKS + PAIRS)


@cache
def bound() -> dict[tuple[str, str], BoundEquation]:
    """(activation, left side) -> the equation, of those that have a closed form."""
    return {
        (block.label, equation.left_side): equation
        for block in result().specialised
        for equation in block.equations
        if equation.closed_form is not None
    }


def text(found: BoundEquation) -> str:
    return ClosedForms(found).text(found.closed_form, ASCII)


def written_out(found: BoundEquation) -> str:
    """The same with every susceptibility in its own closed form."""
    forms = ClosedForms(found)
    written = text(found)
    for name, value in forms.susceptibilities:
        assert value.terms
        own = forms.text(found.susceptibilities[name], ASCII)
        written = written.replace(name, f"({own})")
    return written


@pytest.mark.parametrize(
    "activation, left, right",
    [
        ("relu", "V'", "1/4*C_W^2*V + 5/4*C_W^2*K^2"),
        ("erf", "K'", "C_b + 2*C_W/pi*asin(2*K/(1 + 2*K))"),
        ("gelu", "G1'", "chi_par*G1 + C_W*(6 + 18*K + 11*K^2 - 5*K^3)/(4*pi*(1 + K)^3*(1 + 2*K)^(5/2))*V"),
        ("sin", "V'", "C_W^2*exp(-4*K)*V + 1/8*C_W^2*(1 - exp(-4*K))^2"),
        (
            "elu",
            "K'",
            "C_b + 1/2*C_W*(1 + K + exp(2*K)*(1 - erf(sqrt(2*K))) - 2*exp(K/2)*(1 - erf(sqrt(K/2))))",
        ),
        (
            "relu",
            "K'[1,2]",
            "C_b + 1/4*C_W*(K[1,2] + 2*K[1,2]/pi*asin(K[1,2]/(sqrt(K[1,1])*sqrt(K[2,2])))"
            " + 2*sqrt(K[1,1]*K[2,2] - K[1,2]^2)/pi)",
        ),
    ],
)
def test_what_an_author_would_write(activation: str, left: str, right: str) -> None:
    assert text(bound()[activation, left]) == right


def test_the_first_correction_of_gelu_fits_a_line_and_a_half() -> None:
    items = (item for section in result().report.sections for item in section.items)
    (item,) = (
        item
        for item in items
        if isinstance(item, SpecialisedEquation)
        and (item.found.equation.name, item.found.bindings) == ("G1", {"sigma": "gelu"})
    )
    latex = ClosedForms(item.found).latex(item.found.closed_form)
    assert latex == (
        r"\chi_{\parallel} G^{\{1\}(\ell)} + \frac{C_W (6 + 18 K^{(\ell)} + 11 \bigl(K^{(\ell)}\bigr)^2"
        r" - 5 \bigl(K^{(\ell)}\bigr)^3)}{4 \pi (1 + K^{(\ell)})^3 (1 + 2 K^{(\ell)})^{5/2}} V^{(\ell)}"
    )
    assert len(latex) <= 350
    (defined,) = displayed_item(item).where_latex()
    assert defined.startswith(r"\chi_{\parallel} = C_W \langle \sigma \sigma'' + \sigma'^2\rangle_K = ")


KERNEL = {"K": Fraction(13, 10), "K[1,1]": Fraction(13, 10), "K[1,2]": Fraction(2, 5), "K[2,2]": Fraction(9, 10)}
SCALARS = {"C_W": Fraction(17, 10), "C_b": Fraction(3, 10), "lambda_W": Fraction(4, 5), "lambda_b": Fraction(3, 5)}
FUNCTIONS = {"asin": mpmath.asin, "erf": mpmath.erf, "exp": mpmath.exp, "sqrt": mpmath.sqrt}


def test_the_cases_are_all_there_are() -> None:
    assert sorted(bound()) == CASES


@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_the_printed_form_is_what_was_derived_in_numbers(case: tuple[str, str]) -> None:
    """Our text by mpmath, beside SymPy's numbers of the derived expression."""
    found = bound()[case]
    spelled = {name: spelling(name) for name in found.symbols}
    values = SCALARS | {text: KERNEL.get(text, Fraction(k + 2, 10)) for k, text in enumerate(sorted(spelled.values()))}
    symbols = {sympy.Symbol(name, real=True): values[text] for name, text in spelled.items()}
    symbols |= {sympy.Symbol(name, real=True): value for name, value in SCALARS.items()}
    derived = found.closed_form.subs(
        {symbol: sympy.Rational(value.numerator, value.denominator) for symbol, value in symbols.items()}
    ).evalf(30)
    (let,) = parse_text(f"ptheory 1\nlet it = {written_out(found)}\n").statements
    assert isinstance(let, LetStatement)
    with mpmath.workdps(40):
        assert abs(number(let.right, values) - derived) < 1e-25 * max(1, abs(derived))


def spelling(name: str) -> str:
    base, _, samples = name.partition("_")
    return f"{base}[{','.join(samples)}]" if samples else base


def rational(value: Fraction) -> Any:
    return mpmath.mpf(value.numerator) / value.denominator


def number(node: Expression, values: Mapping[str, Fraction]) -> Any:
    match node:
        case Number(value):
            return rational(value)
        case Name("pi"):
            return mpmath.pi
        case Name(name):
            return rational(values[name])
        case Indexed(name, arguments):
            return rational(values[f"{name}[{','.join(map(format_expression, arguments))}]"])
        case Call(function, arguments):
            return FUNCTIONS[function](*(number(argument, values) for argument in arguments))
        case Negate(operand):
            return -number(operand, values)
        case Power(base, exponent):
            return number(base, values) ** number(exponent, values)
        case Divide(above, below):
            return number(above, values) / number(below, values)
        case Add(terms):
            return mpmath.fsum(number(term, values) for term in terms)
        case Multiply(factors):
            return mpmath.fprod(number(factor, values) for factor in factors)
    raise TypeError(node)


@pytest.mark.parametrize(
    "case", [case for case in CASES if case != ("elu", "V'") and "[2,2]" not in case[1]], ids=" ".join
)
def test_the_printed_form_is_proved_when_it_is_read_back(case: tuple[str, str]) -> None:
    activation, left = case
    inputs = "2" if "[" in left else "one"
    claim = f'claim "c": {left} = {text(bound()[case])} for MLP, inputs {inputs}, with sigma = {activation}'
    (verdict,) = pt.run_text(f"ptheory 1\ninclude mlp\ninclude observables\n{claim}\n").verdicts
    assert verdict.kind == "proved", verdict
