"""One-input recursion systems written down by hand from the literature: witnesses for the tests only."""

from fractions import Fraction

from ptheory.algebra.polynomial import Polynomial, Symbol
from ptheory.criticality.kernel_system import FIRST, KERNEL, PAIR, SECOND, LinearRecursion, Quantity, RecursionSystem
from ptheory.recursion.jets import Jet
from ptheory.recursion.means.mean import Mean


def symbol(name: str) -> Polynomial:
    return Polynomial.atom(Symbol(name))


def tensor(name: str) -> Polynomial:
    return Polynomial.atom(Quantity(name))


def mean(*orders: int, derivatives: int = 0) -> Polynomial:
    """< d^derivatives prod sigma^(m) > at one input."""
    integrand = Polynomial.constant(1)
    for m in orders:
        integrand = integrand * Polynomial.atom(Jet("sigma", m, FIRST))
    ((factors, _),) = integrand
    return Polynomial.atom(Mean(factors, (FIRST,) * derivatives))


def mlp(skip: Fraction = Fraction(0)) -> RecursionSystem:
    """The fully connected network: every recursion of published.md at one input, equal widths (no skip); ``skip`` adds
    skip * z to the kernel recursion only."""
    c_w, c_b, rate_b, rate_w = (symbol(n) for n in ("C_W", "C_b", "lambda_b", "lambda_W"))
    pair = Polynomial.atom(Mean(tuple((Jet("sigma", 0, leg), 1) for leg in (FIRST, SECOND))))
    kernel = c_b + c_w * mean(0, 0) + tensor(KERNEL) * skip**2
    off_diagonal = c_b + c_w * pair + tensor(PAIR) * skip**2
    par = c_w * mean(0, 0, derivatives=2) * Fraction(1, 2)
    perp = c_w * mean(1, 1)
    h = c_w * mean(1, 1, derivatives=2) * Fraction(1, 4)
    r = rate_w * symbol("C_W") ** -1
    c2 = c_w * c_w
    theta, v, d, f, b, p, q = (tensor(n) for n in ("Theta", "V", "D", "F", "B", "P", "Q"))
    v_next = par * par * v + c2 * (mean(0, 0, 0, 0) - mean(0, 0) * mean(0, 0))
    f_next = par * par * f + c2 * mean(0, 0, 1, 1) * theta
    b_next = perp * perp * b + c2 * mean(1, 1, 1, 1) * theta * theta
    mixed = c2 * (mean(0, 0, 1, 1) - mean(0, 0) * mean(1, 1)) * theta
    d_bare = par * perp * d + mixed + 2 * h * par * theta * v
    a_next = (
        perp * perp * tensor("A")
        + r * r * v_next
        + 2 * r * d_bare
        + c2 * (mean(1, 1, 1, 1) - mean(1, 1) * mean(1, 1)) * theta * theta
        + 4 * h * h * theta * theta * v
        + 4 * h * perp * theta * d
    )
    p_next = par * perp * p + c2 * mean(2, 1, 1, 0) * theta * theta + c_w * perp * mean(0, 2) * b
    q_bare = c2 * mean(2, 1, 1, 0) * theta * theta + 2 * h * par * theta * f + par * perp * q
    cubed = theta * theta * theta
    r_next = (
        perp * perp * tensor("R")
        + r * p_next
        + c2 * mean(3, 1, 1, 1) * cubed
        + c_w * perp * mean(3, 1) * theta * b
        + 2 * h * perp * theta * p
    )
    s_next = (
        perp * perp * tensor("S") + r * b_next + c2 * mean(1, 1, 2, 2) * cubed + c_w * perp * mean(2, 2) * theta * b
    )
    t_next = (
        perp * perp * tensor("T")
        + r * r * f_next
        + 2 * r * q_bare
        + c2 * mean(1, 1, 2, 2) * cubed
        + 4 * h * h * theta * theta * f
        + 4 * h * perp * theta * q
    )
    u_next = perp * perp * tensor("U") + c2 * mean(1, 1, 2, 2) * cubed
    tower = {
        "Theta": rate_b + rate_w * mean(0, 0) + perp * theta,
        "V": v_next,
        "F": f_next,
        "B": b_next,
        "D": d_bare + r * v_next,
        "A": a_next,
        "Q": r * f_next + q_bare,
        "P": p_next,
        "R": r_next,
        "S": s_next,
        "T": t_next,
        "U": u_next,
    }
    return RecursionSystem(
        "MLP" if not skip else f"residual ({skip})",
        kernel,
        off_diagonal,
        tuple(LinearRecursion(name, rhs) for name, rhs in tower.items()),
        bias=Symbol("C_b"),
        weight=Symbol("C_W"),
        rates=(Symbol("lambda_b"), Symbol("lambda_W")),
        kernel_name="K",
        vertex="V",
        tangent="Theta",
        functions=("sigma",),
    )
