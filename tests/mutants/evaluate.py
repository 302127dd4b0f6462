"""Whether a claim is true, by numbers: exact rational ones for polynomial activations, 130 digits for the others.

The next layer of K, V, G1, Theta, D, F, B is written down from the recursions of Roberts, Yaida and Hanin (chapters 4
and 8) as derivatives of Gaussian means; the means are Wick sums over a table of moments, sums of the trapezoid rule, or
the classical closed forms of two inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

import mpmath

from tests.mutants.reading import Node, read_claim

DIGITS = 130
AGREE = 90  # digits of the larger side that count as equal: 10^-60 is far above
Monomial = tuple[tuple[tuple[str, int, int], int], ...]  # ((kind, derivative, sample), power), kind "s" or "z"
Sum = dict[Monomial, Any]
F = Fraction


class NoValue(ArithmeticError):
    """A side has no value at this point."""


def is_true(claim: str, inputs: int, activation: str | None) -> bool | None:
    """Whether both sides agree wherever they were evaluated; None where they have no value anywhere."""
    left, right = read_claim(claim)
    exact = (activation is None or activation in FORMULAS) and not ({"call", "pi"} & _words(left, right))
    exact = exact and "^(" not in claim.replace("^(-", "")
    seen = False
    for point in points(inputs, activation, exact):
        with mpmath.workdps(DIGITS):
            try:
                sides = [_value(side, point) for side in (left, right)]
            except (NoValue, ZeroDivisionError):
                continue
            seen = True
            if not _equal(*sides):
                return False
    return True if seen else None


def _words(*nodes: Node) -> set[str]:
    found: set[str] = set()
    for node in nodes:
        found |= {part for part in node if isinstance(part, str)} | _words(*(p for p in node if isinstance(p, tuple)))
    return found


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left == right
    left, right = mpmath.mpmathify(left), mpmath.mpmathify(right)
    return bool(abs(left - right) <= mpmath.mpf(10) ** -AGREE * max(abs(left), abs(right)))


# ---- points --------------------------------------------------------------------------------------------------------

POLYNOMIALS = (
    (F(1), F(2), F(-1, 2), F(1, 3)),
    (F(-1, 2), F(1), F(3, 4), F(1, 5), F(-1, 7), F(1, 9)),
)
FORMULAS = {
    "z": (F(0), F(1)), "z + z^2/4": (F(0), F(1), F(1, 4)), "z^3": (F(0), F(0), F(0), F(1)),
}  # fmt: skip
KERNELS = {
    1: (((F(1, 4),),), ((F(9, 4),),), ((F(1, 100),),), ((F(2001, 2000),),), ((F(1, 10**5),),), ((F(60),),)),
    2: (
        ((F(4), F(-3, 2)), (F(-3, 2), F(25, 16))),
        ((F(1, 9), F(1, 7)), (F(1, 7), F(1, 4))),
        ((F(2001, 2000), F(1, 10)), (F(1, 10), F(1, 100))),
        ((F(1, 10**5), F(1, 10**5)), (F(1, 10**5), F(2))),
    ),
}


class Point:
    """Values of every symbol; ``mean`` averages a product of activations and preactivations."""

    def __init__(self, kernel: Any, number: int, exact: bool, mean: Callable[[Monomial, Any], Any]) -> None:
        self.kernel = kernel
        self.average = mean
        self.exact = exact
        names = ("C_W", "C_b", "lambda_W", "lambda_b", "V", "G1", "Theta", "D", "F", "B")
        self.symbols = {name: F(3 + (7 * k + 5 * number) % 11, 2 + (k + number) % 5) for k, name in enumerate(names)}
        if number % 2:
            self.symbols |= {name: -self.symbols[name] for name in ("V", "G1", "D")}
        self.symbols = {name: self.number(value) for name, value in self.symbols.items()}

    def mean(self, integrand: Sum) -> Any:
        return sum((c * self.number(self.average(m, self.kernel)) for m, c in integrand.items()), self.number(F(0)))

    def number(self, value: Any) -> Any:
        """Fractions where everything is rational, 130 digits otherwise."""
        return value if self.exact else mpmath.mpmathify(value)


def points(inputs: int, activation: str | None, exact: bool) -> Iterator[Point]:
    for number, kernel in enumerate(KERNELS[inputs]):
        if activation is None or activation in FORMULAS:
            for coefficients in POLYNOMIALS if activation is None else (FORMULAS[activation],):
                yield Point(kernel, number, exact, lambda m, k, c=coefficients: _wick_mean(m, k, c))  # type: ignore[misc]
        elif kernel[0][0] < 10:  # the trapezoid rule takes finer steps at larger kernels
            yield Point(kernel, number, exact, lambda m, k: _numerical_mean(activation, m, k))


# ---- formulas ------------------------------------------------------------------------------------------------------

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sqrt": mpmath.sqrt, "exp": mpmath.exp, "log": mpmath.log, "asin": mpmath.asin, "acos": mpmath.acos,
    "atan": mpmath.atan, "sinh": mpmath.sinh, "cosh": mpmath.cosh, "abs": abs,
}  # fmt: skip


def _value(node: Node, at: Point) -> Any:
    """The number a formula outside <...> stands for."""
    match node:
        case ("number", value):
            return at.number(value)
        case ("+", a, b):
            return _value(a, at) + _value(b, at)
        case ("-", a):
            return -_value(a, at)
        case ("*", a, b):
            return _value(a, at) * _value(b, at)
        case ("/", a, b):
            return _value(a, at) / _value(b, at)
        case ("^", a, b):
            base, exponent = _value(a, at), _value(b, at)
            return base ** int(exponent) if exponent == int(exponent) else base**exponent
        case ("call", name, inside):
            return FUNCTIONS[name](_value(inside, at))
        case ("mean", inside):
            return at.mean(_integrand(inside, at))
        case ("name", name, primes, slots):
            return _named(name, primes, slots, at)
    raise NoValue(str(node))


def _integrand(node: Node, at: Point) -> Sum:
    """What stands inside <...>, multiplied out."""
    match node:
        case ("+", a, b):
            return _added(_integrand(a, at), _integrand(b, at))
        case ("-", a):
            return {m: -c for m, c in _integrand(a, at).items()}
        case ("*", a, b):
            return _times(_integrand(a, at), _integrand(b, at))
        case ("^", a, ("number", power)):
            total: Sum = {(): F(1)}
            for _ in range(int(power)):
                total = _times(total, _integrand(a, at))
            return total
        case ("name", name, primes, ()) if name.rstrip("12") in ("s", "z"):
            sample = int(name[1:] or "1")
            return {(((name[0], primes, sample), 1),): F(1)}
    return {(): _value(node, at)}


def _added(a: Sum, b: Sum) -> Sum:
    return {m: a.get(m, F(0)) + b.get(m, F(0)) for m in {**a, **b}}


def _times(a: Sum, b: Sum) -> Sum:
    total: Sum = {}
    for (m, c), (k, d) in product(a.items(), b.items()):
        powers = dict(m)
        for factor, power in k:
            powers[factor] = powers.get(factor, 0) + power
        key = tuple(sorted(powers.items()))
        total[key] = total.get(key, F(0)) + c * d
    return total


def _slope(integrand: Sum, *samples: int) -> Sum:
    """Derivatives in the preactivations at these samples."""
    for sample in samples:
        total: Sum = {}
        for monomial, c in integrand.items():
            for (kind, order, at), power in monomial:
                if at == sample:
                    lowered = {f: p for f, p in monomial if f != (kind, order, at)}
                    rest: Sum = {tuple(sorted({**lowered, (kind, order, at): power - 1}.items())): c * power}
                    rest = {tuple((f, p) for f, p in m if p): x for m, x in rest.items()}
                    inner: Sum = {(((kind, order + 1, at), 1),): F(1)} if kind == "s" else {(): F(1)}
                    total = _added(total, _times(rest, inner))
        integrand = total
    return integrand


# ---- what the recursions say ---------------------------------------------------------------------------------------


def _s(sample: int, order: int = 0, power: int = 1) -> Sum:
    return {((("s", order, sample), power),): F(1)}


def _named(name: str, primes: int, slots: tuple[int, ...], at: Point) -> Any:
    if name == "pi":
        return +mpmath.pi
    cw, one = at.symbols["C_W"], not slots
    a, b = (slots[0], slots[-1]) if slots else (1, 1)
    if name == "K" and not primes:
        return at.number(at.kernel[a - 1][b - 1])
    if primes:
        return _next(name, slots or (1, 1, 1, 1), at)
    if name == "chi_par":
        return cw / 2 * _mean_slope(_s(a, 0, 2), 2, a, at)
    if name == "chi_perp":
        return cw * at.mean(_times(_s(a, 1), _s(b, 1)))
    if name == "h":
        return cw / 4 * _mean_slope(_s(a, 1, 2), 2, a, at)
    if name in at.symbols:
        return at.symbols[name] + (0 if one else at.number(_of_component(name, slots)))
    raise NoValue(name)


def _of_component(name: str, slots: tuple[int, ...]) -> Fraction:
    """Different values for components that no symmetry makes equal."""
    if name == "V":
        pairs = sorted((tuple(sorted(slots[:2])), tuple(sorted(slots[2:]))))
        return F(sum(w * x for w, x in zip((1, 3, 7, 20), (*pairs[0], *pairs[1]), strict=True)), 13)
    return F(sum(sorted(slots)), 5)


def _next(name: str, slots: tuple[int, ...], at: Point) -> Any:
    cw, cb, lw, lb = (at.symbols[n] for n in ("C_W", "C_b", "lambda_W", "lambda_b"))
    a, b = slots[:2]
    pair = _times(_s(a), _s(b))
    theta = _named("Theta", 0, () if len(at.kernel) == 1 else (a, b), at)
    par, perp, h = (_named(n, 0, (1,), at) for n in ("chi_par", "chi_perp", "h"))
    if name == "K":
        return cb + cw * at.mean(pair)
    if name == "V":
        return _next_vertex(slots, at)
    if name == "G1":
        return par * at.symbols["G1"] + cw * at.symbols["V"] / 8 * _mean_slope(pair, 4, 1, at)
    if name == "Theta":
        return lb + lw * at.mean(pair) + cw * at.mean(_times(_s(a, 1), _s(b, 1))) * theta
    square, slope = _s(1, 0, 2), _s(1, 1, 2)
    if name == "F":
        return par**2 * at.symbols["F"] + cw**2 * at.mean(_times(square, slope)) * theta
    if name == "B":
        return perp**2 * at.symbols["B"] + cw**2 * at.mean(_s(1, 1, 4)) * theta**2
    if name == "D":
        mixed = cw**2 * (at.mean(_times(square, slope)) - at.mean(square) * at.mean(slope))
        rest = lw / cw * _next_vertex(slots, at) + mixed * theta + 2 * h * par * theta * at.symbols["V"]
        return par * perp * at.symbols["D"] + rest
    raise NoValue(name)


def _next_vertex(slots: tuple[int, ...], at: Point) -> Any:
    """V' = C_W^2 cov(s1 s2, s3 s4) + C_W^2 sum over pairs of ∂⟨s1 s2⟩/∂K_ab ∂⟨s3 s4⟩/∂K_cd V_(ab)(cd)."""
    (a, b, c, d), cw = slots, at.symbols["C_W"]
    first, second = _times(_s(a), _s(b)), _times(_s(c), _s(d))
    total = at.mean(_times(first, second)) - at.mean(first) * at.mean(second)
    for p, q in product(_pairs(a, b), _pairs(c, d)):
        slopes = [
            at.number(F(1, 2)) * _mean_slope(f, 2, i, at) if i == j else at.mean(_slope(f, i, j))
            for f, (i, j) in ((first, p), (second, q))
        ]
        total += slopes[0] * slopes[1] * _named("V", 0, () if len(at.kernel) == 1 else (*p, *q), at)
    return cw**2 * total


def _mean_slope(integrand: Sum, times: int, sample: int, at: Point) -> Any:
    """⟨∂^2 F⟩ and ⟨∂^4 F⟩ of a function of one preactivation, the derivatives moved onto the density."""
    if any(f[2] != sample for m in integrand for f, _ in m):
        return at.mean(_slope(integrand, *(sample,) * times))
    k = at.number(at.kernel[sample - 1][sample - 1])
    weights = {2: {2: 1, 0: -k}, 4: {4: 1, 2: -6 * k, 0: 3 * k * k}}[times]
    z = ("z", 0, sample)
    total = sum(w * at.mean(_times(integrand, {((z, p),) if p else (): F(1)})) for p, w in weights.items())
    return total / k**times


def _pairs(a: int, b: int) -> list[tuple[int, int]]:
    return [(a, a)] if a == b else [(a, a), (a, b), (b, b)]


# ---- means of polynomials ------------------------------------------------------------------------------------------


def _wick_mean(monomial: Monomial, kernel: Any, coefficients: tuple[Fraction, ...]) -> Fraction:
    dense = {1: [F(1)], 2: [F(1)]}
    for (kind, order, sample), power in monomial:
        factor = [F(0), F(1)]
        if kind == "s":
            factor = list(coefficients)
            for _ in range(order):
                factor = [k * c for k, c in enumerate(factor)][1:]
        for _ in range(power):
            dense[sample] = _convolved(dense[sample], factor)
    one, two = dense[1], dense[2]
    if len(kernel) == 1:
        return sum((c * _moment((k,), kernel) for k, c in enumerate(one) if c), F(0))
    terms = product(enumerate(one), enumerate(two))
    return sum((c * d * _moment((k, m), kernel) for (k, c), (m, d) in terms if c and d), F(0))


def _convolved(a: list[Fraction], b: list[Fraction]) -> list[Fraction]:
    total = [F(0)] * max(len(a) + len(b) - 1, 0)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            total[i + j] += x * y
    return total


@cache
def _moment(powers: tuple[int, ...], kernel: Any) -> Fraction:
    """E[prod z^p]: the first factor paired with every other one."""
    first = next((k for k, p in enumerate(powers) if p), None)
    if first is None:
        return F(1)
    left = list(powers)
    left[first] -= 1
    total = F(0)
    for other, count in enumerate(left):
        if count:
            rest = list(left)
            rest[other] -= 1
            total += kernel[first][other] * count * _moment(tuple(rest), kernel)
    return total


# ---- means of the other activations --------------------------------------------------------------------------------


@cache
def _numerical_mean(activation: str, monomial: Monomial, kernel: Any) -> Any:
    used = {sample for (_, _, sample), _ in monomial}
    with mpmath.workdps(DIGITS):
        if not used:
            return mpmath.mpf(1)
        if len(used) == 2:
            return _of_two(activation, monomial, kernel)
        (sample,) = used
        factors = [(kind, order, power) for (kind, order, _), power in monomial]
        return _of_one(activation, factors, kernel[sample - 1][sample - 1])


def _of_one(activation: str, factors: list[tuple[str, int, int]], variance: Fraction) -> Any:
    k = mpmath.mpmathify(variance)
    if activation in ("relu", "sign"):
        return _half_lines(activation, factors, k)
    step = mpmath.mpf(1) / (40 if k < 4 else 80)
    total = mpmath.mpf(0)
    for j in range(int(28 / step) + 1):
        for u in {j * step, -j * step}:
            z = u * mpmath.sqrt(k)
            value = mpmath.exp(-u * u / 2)
            for kind, order, power in factors:
                value *= (z if kind == "z" else _derivative(activation, order, z)) ** power
            total += value
    return total * step / mpmath.sqrt(2 * mpmath.pi)


def _half_lines(activation: str, factors: list[tuple[str, int, int]], k: Any) -> Any:
    """⟨z^p⟩ over z > 0 is (2K)^(p/2) Γ((p + 1)/2)/(2 √π); derivatives at the kink are left to others."""
    power = 0
    signs = [mpmath.mpf(1), mpmath.mpf(1)]  # right, left
    for kind, order, p in factors:
        if kind == "z":
            power += p
            signs[1] *= (-1) ** p
        elif order > (1 if activation == "relu" else 0):
            raise NoValue(f"derivative {order} of {activation}")
        elif activation == "relu":
            power += p if order == 0 else 0
            signs[1] *= 0
        else:
            signs[1] *= (-1) ** p
    half = (2 * k) ** (mpmath.mpf(power) / 2) * mpmath.gamma(mpmath.mpf(power + 1) / 2) / (2 * mpmath.sqrt(mpmath.pi))
    return half * (signs[0] + signs[1])


@cache
def _derivative(activation: str, order: int, z: Any) -> Any:
    if activation == "sin":
        return (mpmath.sin(z), mpmath.cos(z), -mpmath.sin(z), -mpmath.cos(z))[order % 4]
    if activation == "exp":
        return mpmath.exp(z)
    if activation == "erf":
        return mpmath.erf(z) if order == 0 else 2 / mpmath.sqrt(mpmath.pi) * _hermite(order - 1, z) * mpmath.exp(-z * z)
    if activation == "gelu":  # z Phi(z), (z Phi)^(m) = z Phi^(m) + m Phi^(m-1)
        return z * _normal(order, z) + (order * _normal(order - 1, z) if order else 0)
    scale = {"tanh": 1, "10^12*tanh(z)": mpmath.mpf(10) ** 12, "tanh(z)/10^12": mpmath.mpf(10) ** -12}[activation]
    t, coefficients = mpmath.tanh(z), [0, 1]
    for _ in range(order):  # d/dz t^k = k t^(k-1) (1 - t^2)
        slope = [k * c for k, c in enumerate(coefficients)][1:]
        coefficients = [
            (slope[k] if k < len(slope) else 0) - (slope[k - 2] if 0 <= k - 2 < len(slope) else 0)
            for k in range(len(slope) + 2)
        ]
    return scale * mpmath.polyval(coefficients[::-1], t)


def _hermite(order: int, z: Any) -> Any:
    """(-1)^m H_m(z), the factor of exp(-z^2) in its m-th derivative."""
    return (-1) ** order * mpmath.hermite(order, z)


def _normal(order: int, z: Any) -> Any:
    if order == 0:
        return mpmath.erfc(-z / mpmath.sqrt(2)) / 2
    inner = _hermite(order - 1, z / mpmath.sqrt(2)) * mpmath.exp(-z * z / 2) / mpmath.sqrt(2) ** (order - 1)
    return inner / mpmath.sqrt(2 * mpmath.pi)


def _of_two(activation: str, monomial: Monomial, kernel: Any) -> Any:
    """The classical closed forms: Cho and Saul for relu, Williams for erf."""
    orders = tuple(((kind, order), power) for (kind, order, _), power in monomial)
    a, b, c = (mpmath.mpmathify(x) for x in (kernel[0][0], kernel[1][1], kernel[0][1]))
    angle = mpmath.acos(c / mpmath.sqrt(a * b))
    plain = orders == ((("s", 0), 1), (("s", 0), 1))
    slopes = orders == ((("s", 1), 1), (("s", 1), 1))
    if activation == "relu" and plain:
        return mpmath.sqrt(a * b) / (2 * mpmath.pi) * (mpmath.sin(angle) + (mpmath.pi - angle) * mpmath.cos(angle))
    if activation == "relu" and slopes:
        return (mpmath.pi - angle) / (2 * mpmath.pi)
    if activation == "sign" and plain:
        return 1 - 2 * angle / mpmath.pi
    if activation == "erf" and plain:
        return 2 / mpmath.pi * mpmath.asin(2 * c / mpmath.sqrt((1 + 2 * a) * (1 + 2 * b)))
    if activation == "erf" and slopes:
        return 4 / mpmath.pi / mpmath.sqrt((1 + 2 * a) * (1 + 2 * b) - 4 * c * c)
    if activation == "sin" and plain:
        return (mpmath.exp(-(a + b - 2 * c) / 2) - mpmath.exp(-(a + b + 2 * c) / 2)) / 2
    if activation == "sin" and slopes:
        return (mpmath.exp(-(a + b - 2 * c) / 2) + mpmath.exp(-(a + b + 2 * c) / 2)) / 2
    if activation == "exp" and all(kind == "s" for (kind, _), _ in orders):
        (_, p), (_, q) = orders
        return mpmath.exp((p * p * a + 2 * p * q * c + q * q * b) / 2)
    raise NoValue(f"{activation} at two inputs: {monomial}")
