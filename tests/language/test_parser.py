"""What each construct parses to; one spelling for Unicode and ASCII; positions; no SymPy."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from ptheory.algebra.order import EXACT, through
from ptheory.language import LanguageError, load, parse, parse_formula
from ptheory.language import statements as s
from ptheory.language.expressions import (
    Add,
    Bracket,
    Call,
    Compare,
    Divide,
    Expression,
    FieldAt,
    Indexed,
    Multiply,
    Name,
    Negate,
    Number,
    Piecewise,
    Power,
    SumOver,
    walk,
)
from ptheory.language.prelude import FOLDER


def formula(text: str) -> Expression:
    statement = parse(f"ptheory 1\nlet A = {text}\n").statements[0]
    assert isinstance(statement, s.LetStatement)
    return statement.right


def number(value: int | str) -> Number:
    return Number(Fraction(value))


Z, C, K, N = Name("z"), Name("C_W"), Name("K"), Name("n")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("0.25", number("1/4")),
        ("1e-3", number("1/1000")),
        ("1/4", Divide(number(1), number(4))),
        ("-z^2", Negate(Power(Z, number(2)))),
        ("-C_W*K + 1", Add((Negate(Multiply((C, K))), number(1)))),
        ("z - K - n", Add((Z, Negate(K), Negate(N)))),
        ("z - (K - n)", Add((Z, Negate(Add((K, Negate(N))))))),
        ("z/K/n", Divide(Divide(Z, K), N)),
        ("z/(K*n)", Divide(Z, Multiply((K, N)))),
        ("z*K/n*2", Multiply((Divide(Multiply((Z, K)), N), number(2)))),
        ("z^K^2", Power(Z, Power(K, number(2)))),
        ("z**2", Power(Z, number(2))),
        ("2^-1", Power(number(2), Negate(number(1)))),
        ("z*-K", Multiply((Z, Negate(K)))),
        ("V'", Indexed("V", (), 1)),
        ("V''[1,2]", Indexed("V", (number(1), number(2)), 2)),
        ("V[1,2]'", Indexed("V", (number(1), number(2)), 1)),
        ("sigma''(z)", Call("sigma", (Z,), 2)),
        ("<s^4>", Bracket(Power(Name("s"), number(4)))),
        ("<s1 s2>", Bracket(Multiply((Name("s1"), Name("s2"))))),
        ("<s1*s2>", Bracket(Multiply((Name("s1"), Name("s2"))))),
        ("<s'^2*(z^2 - K)>_K", formula("<s'^2*(z^2 - K)>")),
        ("<s>*<s> - (z < 0)", Add((Multiply((Bracket(Name("s")),) * 2), Negate(Compare("<", Z, number(0)))))),
        ("z[j;a]", FieldAt("z", "j", "a")),
        ("prev(z[j;a])", FieldAt("z", "j", "a", 1)),
        ("prev(prev(z[j;a]))", FieldAt("z", "j", "a", 2)),
        ("W[i,j]", Indexed("W", (Name("i"), Name("j")))),
        ("C_W[l+1]", Indexed("C_W", (Add((Name("l"), number(1))),))),
        ("n[l]/n[l-1]", Divide(Indexed("n", (Name("l"),)), Indexed("n", (Add((Name("l"), Negate(number(1)))),)))),
        ("sum(mu,nu, K)", SumOver(("mu", "nu"), K)),
        (
            "piecewise((z < -1): -1, (z <= 1): z, otherwise: 1)",
            Piecewise(
                ((Compare("<", Z, Negate(number(1))), Negate(number(1))), (Compare("<=", Z, number(1)), Z)), number(1)
            ),
        ),
        ("max(0, z)", Call("max", (number(0), Z))),
    ],
)
def test_formula(text: str, tree: Expression) -> None:
    assert formula(text) == tree


@pytest.mark.parametrize(
    ("unicode", "plain"),
    [
        ("λ_W + σ(z) + ξ", "lambda_W + sigma(z) + xi"),
        ("χ∥^2 + χ⊥ + χ_∥", "chi_par^2 + chi_perp + chi_par"),
        ("⟨σ₁²⟩ − K", "<sigma1^2> - K"),
        ("z⁻² · K × n", "z^-2 * K * n"),
        ("σ′(z) + σ″(z) + V‴", "sigma'(z) + sigma''(z) + V'''"),
        ("piecewise((z ≥ 0): z, (z ≠ 1): 2, otherwise: 0)", "piecewise((z >= 0): z, (z != 1): 2, otherwise: 0)"),
        ("Θ + φ + ϕ + π + μ", "Theta + phi + phi + pi + mu"),
    ],
)
def test_unicode_and_ascii_are_one(unicode: str, plain: str) -> None:
    assert formula(unicode) == formula(plain)


@pytest.mark.parametrize(
    ("beside", "starred"),
    [
        ("<s^2><s'^2>", "<s^2>*<s'^2>"),
        ("<s^2> <s^2>^2 <s>", "<s^2>*<s^2>^2*<s>"),
        ("⟨σ^2⟩⟨σ'^2⟩", "<sigma^2>*<sigma'^2>"),
        ("<s^2>_K<s>_K", "<s^2>*<s>"),
        ("2<s^2>", "2*<s^2>"),
        ("C_W^2(<s^4> - <s^2>^2)", "C_W^2*(<s^4> - <s^2>^2)"),
        ("chi_par^2 V", "chi_par^2*V"),
        ("2(a + b)(c + d)^2", "2*(a + b)*(c + d)^2"),
        ("(a <b> c)", "(a*<b>*c)"),
        ("(<s><t> < 2)", "(<s>*<t> < 2)"),
        ("(a < b)<c>", "(a < b)*<c>"),
        ("V[1,2](3)", "V[1,2]*3"),
    ],
)
def test_side_by_side_in_claims(beside: str, starred: str) -> None:
    written, plain = (parse(f'ptheory 1\nclaim "x": A = {text} for MLP\n') for text in (beside, starred))
    assert written == plain


@pytest.mark.parametrize(
    "text", ["(a < b)", "(<s> < <t>)", "(0 > <(a < b)>)", "(<s> < (a > b))", "max(0, (a <= <s>))", "(a < b*<c>)"]
)
def test_a_comparison_is_no_average(text: str) -> None:
    tree = formula(text)
    compared = tree.arguments[1] if isinstance(tree, Call) else tree
    assert isinstance(compared, Compare)


@pytest.mark.parametrize("text", ["1/2 V", "a/b<s>", "a/2(c)", "<s/2 t>"])
def test_what_stands_below_a_slash_is_not_guessed(text: str) -> None:
    with pytest.raises(LanguageError, match="could end before this factor or after it"):
        parse(f'ptheory 1\nclaim "x": A = {text} for MLP\n')


@pytest.mark.parametrize("text", ["2 z", "2(z + 1)", "(z)(z + 1)", "z sin(z)"])
def test_an_activation_takes_no_side_by_side(text: str) -> None:
    with pytest.raises(LanguageError, match=r"write `\*` between them"):
        parse(f"ptheory 1\nactivation f(z) = {text}\n")


def test_the_language_of_the_design_parses_as_written() -> None:
    file = load(Path(__file__).parent / "whole_language.deriv")
    kinds = [type(statement).__name__ for statement in file.statements]
    assert kinds == [
        "ArchitectureStatement",
        "ArchitectureStatement",
        "ArchitectureStatement",
        "ActivationStatement",
        "ActivationStatement",
        "ObservableStatement",
        "ObservableStatement",
        "DefineStatement",
        "DefineStatement",
        "DefineStatement",
        "DeriveStatement",
        "DeriveStatement",
        "WithStatement",
        "FlowStatement",
        "ClaimStatement",
        "LatexClaimStatement",
    ]


def test_statements_carry_what_was_written() -> None:
    file = parse(
        "ptheory 1\n"
        "include mlp\n"
        'include "mine/own.deriv"\n'
        "derivatives almost everywhere\n"
        "derive V, D to order 1/n^2 for MLP, Residual\n"
        "derive G to order exact\n"
        "with sigma = sin, tau = z + z^2 for MLP { inputs 2; check by simulation widths 64 128 depth 6 seed 0 }\n"
        "flow A { inputs [1/2] [-1]; set C_W[2] = 6/5; depth 2; order exact\n"
        "  widths n, n/2; layers 2; digits 50; show G }\n"
        'claim "x": V\' = K for A, inputs a b, with sigma = relu, tau = sin\n'
        'claim latex "y": \\begin{align*} a & # b \\\\ \\end{align*} for A\n'
    )
    include, path, almost, derive, exact, bound, flow, claim, latex = file.statements
    assert include == s.IncludeStatement("mlp") and path == s.IncludeStatement("mine/own.deriv", True)
    assert almost == s.AlmostEverywhere()
    assert derive == s.DeriveStatement(
        (Name("V"), Name("D")), s.OrderSetting(through(2)), (Name("MLP"), Name("Residual"))
    )
    assert exact == s.DeriveStatement((Name("G"),), s.OrderSetting(EXACT))
    assert isinstance(bound, s.WithStatement)
    assert bound.architecture == Name("MLP") and [b.name for b in bound.bindings] == ["sigma", "tau"]
    assert bound.settings == (
        s.Inputs(2),
        s.CheckBy("simulation", (("widths", (64, 128)), ("depth", (6,)), ("seed", (0,)))),
    )
    assert isinstance(flow, s.FlowStatement) and flow.bindings == ()
    assert s.SetValues((s.Assignment("C_W", formula("6/5"), 2),)) in flow.settings
    assert s.Widths((Name("n"), formula("n/2"))) in flow.settings and s.Digits(50) in flow.settings
    assert isinstance(claim, s.ClaimStatement)
    assert claim.scope == s.Scope(
        Name("A"), s.Inputs(2, ("a", "b")), (s.Binding("sigma", Name("relu")), s.Binding("tau", Name("sin")))
    )
    assert isinstance(latex, s.LatexClaimStatement)
    assert latex.body == "\\begin{align*} a & # b \\\\ \\end{align*}" and latex.scope == s.Scope(Name("A"))


@pytest.mark.parametrize(("text", "power"), [("1", 0), ("leading", 0), ("1/n", 1), ("(1/n)^3", 3), ("n^-2", 2)])
def test_orders(text: str, power: int) -> None:
    (statement,) = parse(f"ptheory 1\nderive G to order {text}\n").statements
    assert isinstance(statement, s.DeriveStatement) and statement.order == s.OrderSetting(through(power))


def test_every_span_points_at_its_text() -> None:
    text = 'ptheory 1\nlet A = 3*(K + λ_W[l])^2 - ⟨s1*s2⟩/n\nclaim "c":\n    V\' = sum(a, V[a,1])\n'
    file = parse(text, "here.deriv")
    for statement in file.statements:
        assert text[statement.span.start : statement.span.end].startswith(("let", "claim"))
    let, claim = file.statements
    assert isinstance(let, s.LetStatement) and isinstance(claim, s.ClaimStatement)
    for root in (let.right, claim.left, claim.right):
        for node in walk(root):
            written = text[node.span.start : node.span.end]
            assert formula(written) == node
            line = text.split("\n")[node.span.line - 1]
            assert line[node.span.column - 1 :].startswith(written[:1])
            assert node.span.source is file.source


def test_spans_do_not_count_in_equality() -> None:
    assert parse("ptheory 1\nlet A = K+1") == parse("ptheory 1\n\n# x\n  let A =\n K + 1\n")


def test_line_ends_and_byte_order_mark() -> None:
    assert parse("\ufeffptheory 1\r\nlet A = K\r\n") == parse("ptheory 1\nlet A = K\n")


def test_a_product_without_star_does_not_run_over_a_line_end() -> None:
    with pytest.raises(LanguageError, match="unknown word `shw`"):
        parse("ptheory 1\ndefine G by E[z1 z2]_c = d12 G[1,2]\nshw G\n")


def test_a_long_sum_is_one_node() -> None:
    tree = formula(" + ".join(["z"] * 5000))
    assert isinstance(tree, Add) and len(tree.terms) == 5000


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.deriv")), ids=lambda path: path.name)
def test_the_prelude_parses(path: Path) -> None:
    assert load(path).version == 1


def test_parsing_and_checking_load_no_sympy() -> None:
    script = (
        "import sys\n"
        "from ptheory.networks.program import check_file\n"
        "from ptheory.language import parse\n"
        "from ptheory.language.formatter import format_file\n"
        "file = parse('ptheory 1\\ninclude mlp\\nderive G to order 1/n\\nwith sigma = tanh { critical }\\n')\n"
        "check_file(file); format_file(file)\n"
        "assert 'sympy' not in sys.modules and 'numpy' not in sys.modules, sorted(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_formula_alone() -> None:
    assert parse_formula("z + z^2/4") == formula("z + z^2/4")
    assert parse_formula("tanh") == Name("tanh")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("z + (z", "<formula>:1:5: error: `(` is never closed\n  1 | z + (z\n    |     ^\n"),
        ("z z", "<formula>:1:3: error: two factors stand side by side"),
        ("z^2 +\n  @", "<formula>:2:3: error: unexpected character `@`"),
        ("", "<formula>:1:1: error: the formula is empty"),
        ("z { inputs one }", "<formula>:1:3: error: unexpected `{`"),
        ("z let B = z", "<formula>:1:1: error: one formula is wanted here"),
        ("9**9**9", "<formula>:1:4: error: the exponent 387420489 is too large"),
        ("z" * 60_000, "<formula>:1:1: error: this line has 60,000 characters"),
    ],
)
def test_a_mistake_in_a_formula_alone(text: str, message: str) -> None:
    with pytest.raises(LanguageError) as caught:
        parse_formula(text)
    assert caught.value.render().startswith(message)
