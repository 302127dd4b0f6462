"""The first term beyond a power series in the separation of two inputs, where a derivative of the activation jumps.

z± = z ± t/2 are the preactivations at the two inputs, so that z, t are Gaussian with covariance K[x,x], K[x,dx],
K[dx,dx]. Where f has a jump J in its m-th derivative at a, f(z+) f(z-) contains J^2 (u + t/2)_+^m (u - t/2)_+^m/m!^2,
u = z - a, which is J^2/m!^2 (u^2 - t^2/4)^m at all u > 0 but those below |t|/2. As a distribution in u it leads with

    - J^2/m!^2 δ(u) int_0^(|t|/2) (u^2 - t^2/4)^m du = J^2/m!^2 (-1)^(m+1) (2m)!!/(2m+1)!! (|t|/2)^(2m+1) δ(z - a),

the one term of <f(z+) f(z-)> through |dx|^(2m+1) that is no power series. K' at x+ and x+, or at x- and x-, has none.
For ReLU it is the θ^3 of the arc-cosine kernel.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ptheory.algebra.polynomial import Polynomial
from ptheory.criticality.derived import component_name
from ptheory.export.tensor_symbols import scalar_symbol
from ptheory.recursion.equation import Equation
from ptheory.recursion.jets import Jet
from ptheory.recursion.means.layer_functions import expand_factors
from ptheory.recursion.means.mean import Factors, terms
from ptheory.recursion.nearby import ALONG, HERE
from ptheory.recursion.places import Sample
from ptheory.recursion.system import generic_slots
from ptheory.recursion.tensors import Expectation, Leg, Tensor, covariance, tensor
from ptheory.rendering.known_names import MINOR
from ptheory.rendering.sympy_forms import sympy_text
from ptheory.rendering.written_formulas import TextStyle

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.activations.activation import Activation

HIGHEST = 6  # the order of a derivative in which a jump is looked for
SHARES = {0: (1, 2), 2: (-2, 1)}  # of K'+- in K'[x,x] and in K'[dx,dx]


def next_term(equation: Equation, activations: Mapping[str, Activation], labels: tuple[str, str]) -> str:
    """That of a component of the kernel, as text; "" where there is none, or none is known."""
    target = equation.target
    separations = sum(leg.sample == ALONG for leg in target.legs)
    if not target.is_kernel or separations not in SHARES or len({leg.field for leg in target.legs}) > 1:
        return ""
    found = _between_the_inputs(equation, activations)
    if found is None:
        return ""
    import sympy

    here, along = (Leg(target.legs[0].field, Sample(where)) for where in (HERE, ALONG))
    names = {
        str(symbol): component_name(tensor((covariance(*legs),)), equation, labels)
        for symbol, legs in zip(_kernels(), ((here, here), (here, along), (along, along)), strict=True)
    }
    names[MINOR] = MINOR
    value = _in_order(sympy.Rational(*SHARES[separations]) * found)
    written = sympy_text(value, TextStyle(unicode=False, exact=True), names)
    kernel, mixed, separation, _ = names.values()
    return f"{written}, where {MINOR} = {kernel}*{separation} - {mixed}^2"


def _in_order(value: Expr) -> Expr:
    """The factors of every exponential and error function together."""
    import sympy

    functions = sorted(value.atoms(sympy.erf, sympy.exp), key=str)
    return sympy.collect(sympy.expand(value), functions, sympy.factor) if value.has(sympy.erf) else sympy.factor(value)


def _kernels() -> tuple[Expr, Expr, Expr]:
    """K[x,x], K[x,dx] and K[dx,dx] as symbols."""
    import sympy

    here, along = (sympy.Symbol(name, positive=True) for name in ("K_0", "K_2"))
    return here, sympy.Symbol("K_1", real=True), along


def _between_the_inputs(equation: Equation, activations: Mapping[str, Activation]) -> Expr | None:
    """The term in K' at x + dx/2 and x - dx/2; None where it is not of the kind above."""
    import sympy

    right = equation.system.right_hand_side(generic_slots(equation.target))
    products = list(_products(right, equation))
    jumps: dict[int, Expr] = {}
    for coefficient, factors in products:
        first_second = _two_functions(factors, activations)
        if first_second is None:
            return None
        for (m, place), strength in _coinciding_jumps(*first_second).items():
            jumps[m] = jumps.get(m, sympy.Integer(0)) + _value(coefficient) * strength * _strength(m, place)
    return jumps[min(jumps)] if jumps else None


def _products(right: Polynomial, equation: Equation) -> Iterator[tuple[Polynomial, Factors]]:
    """(scalars, factors in jets) of every average in the recursion of the kernel."""
    for monomial, coefficient in right:
        averages = [atom for atom, _ in monomial if isinstance(atom, Expectation)]
        others = Polynomial(
            {tuple((a, e) for a, e in monomial if not isinstance(a, (Expectation, Tensor))): coefficient}
        )
        for average in averages:
            for scalars, factors in terms(expand_factors(equation.system.model.sites, average.factors)):
                yield others * scalars, factors


def _two_functions(factors: Factors, activations: Mapping[str, Activation]) -> tuple[Activation, Activation] | None:
    """The functions f and g of <f(z1) g(z2)>; None for anything else."""
    if len(factors) != 2 or any(power != 1 or not isinstance(jet, Jet) for jet, power in factors):
        return None
    (first, _), (second, _) = factors
    assert isinstance(first, Jet) and isinstance(second, Jet)
    same_field = first.leg.field == second.leg.field and first.leg.place != second.leg.place
    names = (first.function, second.function)
    if not same_field or first.order or second.order or any(name not in activations for name in names):
        return None
    return activations[str(first.function)], activations[str(second.function)]


def _coinciding_jumps(first: Activation, second: Activation) -> dict[tuple[int, Expr], Expr]:
    """(m, place) -> product of the first jumps of two functions there, of their m-th derivatives."""
    found = {}
    for place in {*first.kinks} & {*second.kinks}:
        (m, one), (k, other) = _first_jump(first, place), _first_jump(second, place)
        if m != k:  # functions that differ, one of the two alone is odd in t
            continue
        found[m, place] = one * other
    return found


def _first_jump(activation: Activation, place: Expr) -> tuple[int, Expr]:
    jumps = activation.jumps(place, HIGHEST)
    return next(((m, jump) for m, jump in enumerate(jumps) if jump != 0), (HIGHEST + 1, 0))


def _value(coefficient: Polynomial) -> Expr:
    import sympy

    return sympy.Add(
        *(
            sympy.Rational(number.numerator, number.denominator)
            * sympy.Mul(*(scalar_symbol(a) ** e for a, e in monomial))
            for monomial, number in coefficient
        )
    )


def _strength(m: int, place: Expr) -> Expr:
    """(-1)^(m+1) (2m)!!/((2m+1)!! m!^2 2^(2m+1)) <δ(z - a) |t|^(2m+1)>."""
    import sympy

    here, mixed, _ = _kernels()
    factor = sympy.Integer(-1) ** (m + 1) * sympy.factorial2(2 * m) / sympy.factorial2(2 * m + 1)
    density = sympy.exp(-(place**2) / (2 * here)) / sympy.sqrt(2 * sympy.pi * here)
    spread = sympy.Symbol(MINOR, positive=True) / here
    return (
        factor
        / (sympy.factorial(m) ** 2 * 2 ** (2 * m + 1))
        * density
        * absolute_moment(2 * m + 1, mixed * place / here, spread)
    )


def absolute_moment(power: int, mean: Expr, variance: Expr) -> Expr:
    """<|t|^power> of a Gaussian, power odd; by Stein, <|t|^k> = mean <sgn t |t|^(k-1)> + (k-1) variance <|t|^(k-2)>."""
    import sympy

    if mean == 0:
        return (
            variance ** sympy.Rational(power, 2)
            * 2 ** sympy.Rational(power, 2)
            * sympy.factorial((power - 1) // 2)
            / sympy.sqrt(sympy.pi)
        )
    sign = sympy.erf(mean / sympy.sqrt(2 * variance))  # <sgn t>
    size = mean * sign + sympy.sqrt(2 * variance / sympy.pi) * sympy.exp(-(mean**2) / (2 * variance))  # <|t|>
    odd, signed = size, mean * size + variance * sign  # signed: <sgn t |t|^(k+1)>
    for k in range(3, power + 1, 2):
        odd = mean * signed + (k - 1) * variance * odd
        signed = mean * odd + k * variance * signed
    return odd
