r"""What stands beside an equation in its line, inputs in parentheses, fixed points: read; false neighbours refuted."""

from __future__ import annotations

import pytest

from ptheory.claims.claims import decide
from ptheory.claims.latex.read_notation import read_notation
from ptheory.claims.verdict import Kind, Verdict
from ptheory.language import LanguageError, parse
from ptheory.networks.program import ClaimTask, check_file
from tests.claims.reading import understood
from tests.claims.setting import program, system_of

PAPER = r"""ptheory 1
include mlp
include observables
let rho = K[1,2]/sqrt(K[1,1]*K[2,2])
notation { C_W = "\sigma_w^2" C_b = "\sigma_b^2" K = "q" sigma = "\phi" rho = "c" Theta = "\Theta" }
"""


def judged(body: str, scope: str = "inputs one") -> Verdict:
    text = PAPER + 'claim latex "c": \\[ ' + body + " \\]" + (f" for {scope}" if scope else "") + "\n"
    checked = check_file(parse(text))
    (task,) = (task for task in checked.tasks if isinstance(task, ClaimTask))
    system, names = system_of(PAPER, task.architecture)
    lets = {name: statement.right for name, statement in checked.lets.items()}
    return decide(task.statement, system, names, lets=lets, notation=program(PAPER).notation)


TRUE = [
    (r"\chi_\perp = \sigma_w^2 g(q) \quad\text{where}\quad g(q) \equiv \langle\phi'^2\rangle_q", "inputs one"),
    (r"\chi_\parallel = \sigma_w^2 g'(q), \quad g(q) = \langle\phi^2\rangle_q", "inputs one"),
    (r"\langle u\rangle = q, \quad u = z^2", "inputs one"),
    (r"\chi_\perp = \langle(\sigma_w\phi')^2\rangle", "inputs one"),
    (r"q' = \sigma_w^2\langle\phi^2\rangle, \quad \sigma_b = 0", "inputs one"),
    (r"\langle\phi^3\rangle = 0 \quad\text{for odd }\phi", "inputs one"),
    (r"\langle\phi'\rangle = 0, \quad \phi\text{ even}", "inputs one"),
    (
        r"\chi_\perp = \sigma_w^2\langle\phi'^2\rangle, \qquad"
        r" \chi_\parallel = \sigma_w^2\langle\phi'^2 + \phi\phi''\rangle",
        "inputs one",
    ),
    (r"q^{(L+1)}(x,x') = \sigma_b^2 + \sigma_w^2\langle\phi(z(x))\phi(z(x'))\rangle_{q^{(L)}}", ""),
    (r"q^{(L)}(x,x') = q^{(L)}(x',x)", ""),
    (r"\chi_\perp = \sigma_w^2\langle\phi'^2\rangle_{q^\star}", "inputs one"),
    (
        r"\left.\frac{d}{dq}\langle\phi^2\rangle_q\right|_{q=q^*} = 2\langle\phi'^2 + \phi\phi''\rangle_{q^*} / 2",
        "inputs one",
    ),
]


@pytest.mark.parametrize(("body", "scope"), TRUE, ids=[body[:60] for body, _ in TRUE])
def test_true_lines_are_proved(body: str, scope: str) -> None:
    assert judged(body, scope).kind is Kind.PROVED, judged(body, scope).lines()


FALSE = [
    (r"\chi_\perp = \sigma_w^2 g(q) \quad\text{where}\quad g(q) \equiv \langle\phi^2\rangle_q", "inputs one"),
    (r"\chi_\perp = \sigma_w^2 g'(q), \quad g(q) = \langle\phi^2\rangle_q", "inputs one"),
    (r"\langle u\rangle = q, \quad u = z^2 + q", "inputs one"),
    (r"\langle u^2\rangle = q, \quad u = z^2", "inputs one"),
    (r"2u = q + 2q, \quad u = q + q", "inputs one"),  # in parentheses: 2(q + q)
    (r"\chi_\perp = \langle(\sigma_w^2\phi')^2\rangle", "inputs one"),
    (r"q' = \sigma_w^2\langle\phi^2\rangle, \quad \sigma_b = 1", "inputs one"),
    (r"\langle\phi^2\rangle = 0 \quad\text{for odd }\phi", "inputs one"),
    (r"\langle\phi\rangle = 0, \quad \phi\text{ even}", "inputs one"),
    (
        r"\chi_\perp = \sigma_w^2\langle\phi'^2\rangle, \qquad"
        r" \chi_\parallel = \sigma_w^2\langle\phi'^2 - \phi\phi''\rangle",
        "inputs one",
    ),
    (r"q^{(L+1)}(x,x') = \sigma_b^2 + \sigma_w^2\langle\phi(z(x))\phi(z(x))\rangle_{q^{(L)}}", ""),
    (r"q^{(L)}(x,x') = q^{(L)}(x,x)", ""),
]


@pytest.mark.parametrize(("body", "scope"), FALSE, ids=[body[:60] for body, _ in FALSE])
def test_false_neighbours_are_refuted(body: str, scope: str) -> None:
    assert judged(body, scope).kind is Kind.REFUTED, judged(body, scope).lines()


def test_what_is_false_of_some_kernel_is_not_refuted_at_a_fixed_point() -> None:
    found = judged(r"\chi_\parallel(q^\star) = 1")
    assert found.kind is Kind.UNDECIDED
    assert "fixed point" in found.reason
    assert judged(r"\chi_\parallel(q) = 1").kind is Kind.REFUTED


REFUSED = [
    (r"\chi_\perp = \sigma_w^2 f, \quad g = q", "stands nowhere"),
    (r"\chi_\perp = f, \quad f = g, \quad g = f", "by itself"),
    (r"\chi_\perp = f, \quad f = q, \quad f = 2q", "defined twice"),
    (r"\frac{d}{dq}\langle\phi\rangle_q = f, \quad f = q, \quad d = 2q", "unknown symbol d"),
    (r"\chi_\perp = g(q), \quad g(d) = 2d", "d is no parameter"),
    (r"\chi_\perp = g(q), \quad g(q) = \langle\phi\rangle + q", "is this average at K"),
    (r"\chi_\perp = g(q), \quad g(q) = \langle\phi\rangle_q = q", "one equation"),
    (r"\chi_\perp = g''(q), \quad g(q) = \langle\phi\rangle_q", "second derivative"),
    (r"\chi_\perp = g, \quad g(q) = \langle\phi\rangle_q", "argument is missing"),
    (r"\chi_\perp = f_2, \quad f_1 = q", "stands nowhere"),
    (r"\chi_\perp = \sigma_w\langle\phi'^2\rangle", r"only \\sigma_w\^2 has a meaning"),
    (r"\chi_\perp = \langle(\sigma_w\phi')^3\rangle", r"only \\sigma_w\^2 has a meaning"),
    (r"q' = \sigma_b^2, \quad V = 0", "no assumption"),
    (r"q' = \sigma_b^2 \quad\text{for } V = q", "no assumption"),
    (r"q' = \sigma_b^2, \quad q\text{ odd}", "is an activation"),
    (r"q' = \sigma_b^2, \quad\sigma_b = \sigma_w", r"only \\sigma_w\^2 has a meaning"),
    (r"q' = \sigma_b^2, , \quad\sigma_b^2 = 1", "not expected here"),
    (r"q(x,x') = q_{12}", "the same input"),
    (r"q(x,x') = q(x,y)", "the same input"),
    (r"q_{12}(x,x') = 1", "below and inputs in parentheses"),
    (r"q^{(L)} = \sigma_w^2q", "the next layer or this one"),
    (r"q^{(L)} = \sigma_w^2\langle\phi\rangle_{q^{(L)}}", "the next layer or this one"),
    (r"q = q^\star", "the kernel at a fixed point"),
    (r"q^\star = \frac{1}{q^\star}", "the value of a fixed point"),
    (r"\Theta^{(\ell)} = \Theta^{(\ell-1)} + q^\star", "a layer beside"),
    (r"\left.\chi_\perp\right|_{q=1} = 1", "at which point"),
    (r"\langle\phi(z_i(x))\phi(z_j(x'))\rangle = 1", "variable that the average is over"),
]


@pytest.mark.parametrize(("body", "message"), REFUSED, ids=[body[:60] for body, _ in REFUSED])
def test_what_is_unclear_is_refused(body: str, message: str) -> None:
    with pytest.raises(LanguageError, match=message):
        understood(body, "", PAPER)


def test_conditions_hold_in_every_equation_of_their_line() -> None:
    found = understood(
        r"q' = q, \qquad \chi_\perp = \chi_\parallel \quad (\sigma_w^2 = 2,\ \sigma_b = 0)", "inputs one", PAPER
    )
    assert found == "K' = K, C_W = 2, C_b = 0; chi_perp = chi_par, C_W = 2, C_b = 0"


def test_notation_is_read_by_the_tests() -> None:
    assert read_notation(program(PAPER).notation).shown["K"] == "q"
