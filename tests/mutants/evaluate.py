"""Whether a claim is true, by numbers: exact rational ones for polynomial activations, 130 digits for the others.

The next layer of K, V, G1, Theta, D, F, A, B, P, Q, R, S, T, U is written down from the recursions of Roberts, Yaida
and Hanin (chapters 4, 8, 11 and infinity) as derivatives of Gaussian means; the means are Wick sums over a table of
moments, sums of the trapezoid rule, or the classical closed forms of two inputs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from itertools import product
from math import prod
from typing import Any

import mpmath

from tests.mutants.plane import plain_mean
from tests.mutants.reading import Node, Unreadable, read_claim, read_formula
from tests.mutants.two_inputs import Monomial, NoValue, mean_of_two

DIGITS = 130
AGREE = 90  # digits of the larger side that count as equal: 10^-60 is far above
Sum = dict[Monomial, Any]
F = Fraction
Given = tuple[tuple[str, Fraction], ...]


def is_true(claim: str, inputs: int, activation: str | None, given: Given = ()) -> bool | None:
    """Whether both sides agree wherever they were evaluated; None where they have no value anywhere."""
    left, right = read_claim(claim)
    seen = False
    for point in points(inputs, activation, is_exact(claim, activation), given, "n[" in claim):
        with mpmath.workdps(DIGITS):
            try:
                sides = [_value(side, point) for side in (left, right)]
            except (NoValue, ZeroDivisionError):
                continue
            seen = True
            if not _equal(*sides):
                return False
    return True if seen else None


def is_exact(claim: str, activation: str | None) -> bool:
    """Whether all of it is rational at rational values."""
    polynomial = activation is None or coefficients_of(activation) is not None
    words = _words(*read_claim(claim))
    irrational = words & {"call", "pi"} or {word.rstrip("12") for word in words} & set(NAMED)
    return polynomial and not irrational and "^(" not in claim.replace("^(-", "")


def sides_at(claim: str, inputs: int, activation: str | None, values: Mapping[str, str]) -> tuple[Any, Any]:
    """Both sides where every symbol has the value a counterexample gives it. NoValue, ZeroDivisionError."""
    left, right = read_claim(claim)
    formula = activation or next((v for k, v in values.items() if k.endswith("(z)")), "z")
    polynomial = coefficients_of(formula)
    numbers = {k: F(v) for k, v in values.items() if not k.endswith("(z)")}
    size = inputs or max((int(d) for k in numbers for d in re.findall(r"[\[,](\d)", k)), default=1)
    kernel = [[F(int(a == b)) for b in range(size)] for a in range(size)]
    for name, value in numbers.items():
        if found := re.fullmatch(r"K(?:\[(\d),(\d)\])?", name):
            a, b = (int(d or 1) - 1 for d in found.groups())
            kernel[a][b] = kernel[b][a] = value

    def average(monomial: Monomial, at: Any) -> Any:
        return _mean_of(formula, polynomial, monomial, at)

    point = Reported(tuple(map(tuple, kernel)), 0, is_exact(claim, formula), average, activation)
    point.formula = formula
    point.symbols |= {k: point.number(v) for k, v in numbers.items() if "[" not in k}
    slots = {k: v for k, v in numbers.items() if "[" in k and k[0] not in "Kn"}
    point.components = {_orbit(name): value for name, value in slots.items()}
    point.ratio = point.number(numbers.get("n[l]/n[l-1]", F(1)))
    with mpmath.workdps(DIGITS):
        return _value(left, point), _value(right, point)


def _orbit(component: str) -> tuple[str, tuple[int, ...]]:
    """V[2,1,4,3] is V[1,2,3,4]: the first of those that are equal by symmetry."""
    name, slots = component.rstrip("]").split("[")
    return name, min(_equal_slots(name, tuple(map(int, slots.split(",")))))


def _equal_slots(name: str, slots: tuple[int, ...]) -> list[tuple[int, ...]]:
    if len(slots) == 2:
        return [slots, slots[::-1]]
    if name != "V":
        return [slots]
    a, b, c, d = slots
    pairs = [(p, q) for p in ((a, b), (b, a)) for q in ((c, d), (d, c))]
    return [x + y for p, q in pairs for x, y in ((p, q), (q, p))]


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
KERNELS = {
    1: (((F(1, 4),),), ((F(9, 4),),), ((F(1, 100),),), ((F(2001, 2000),),), ((F(1, 10**5),),), ((F(60),),)),
    2: (
        ((F(4), F(-3, 2)), (F(-3, 2), F(25, 16))),
        ((F(1, 9), F(1, 7)), (F(1, 7), F(1, 4))),
        ((F(2001, 2000), F(1, 10)), (F(1, 10), F(1, 100))),
        ((F(1, 10**5), F(1, 10**5)), (F(1, 10**5), F(2))),
    ),
    0: (
        tuple(tuple(F(3 + 2 * a, 2) if a == b else F((-1) ** (a * b), 2 + a + b) for b in range(4)) for a in range(4)),
        tuple(tuple(F(7, 3 + a) if a == b else F(1, 5 + a * b) for b in range(4)) for a in range(4)),
    ),
}  # by the number of inputs, 0 where they are left open


@cache
def coefficients_of(activation: str) -> tuple[Fraction, ...] | None:
    """Those of a polynomial in z; None for anything else."""
    at = Point(KERNELS[1][0], 0, True, lambda m, k: F(0), None)
    try:
        found = _integrand(read_formula("z" if activation == "linear" else activation), at)
    except (Unreadable, NoValue, TypeError):
        return None
    powers = {sum(p for _, p in monomial): c for monomial, c in found.items()}
    if any(factor[0] != "z" for monomial in found for factor, _ in monomial):
        return None
    return tuple(powers.get(k, F(0)) for k in range(max(powers, default=0) + 1))


class Point:
    """Values of every symbol; ``mean`` averages a product of activations and preactivations."""

    def __init__(
        self, kernel: Any, number: int, exact: bool, mean: Callable[[Monomial, Any], Any], activation: str | None
    ) -> None:
        self.kernel = kernel
        self.average = mean
        self.exact = exact
        self.activation = activation
        self.ratio: Any = 1
        self.components: dict[tuple[str, tuple[int, ...]], Fraction] | None = None
        names = ("C_W", "C_b", "lambda_W", "lambda_b", "V", "G1", "Theta", "D", "F", "B", *"APQRSTU")
        self.symbols = {name: F(3 + (7 * k + 5 * number) % 11, 2 + (k + number) % 5) for k, name in enumerate(names)}
        if number % 2:
            self.symbols |= {name: -self.symbols[name] for name in ("V", "G1", "D")}
        self.symbols = {name: self.number(value) for name, value in self.symbols.items()}

    def mean(self, integrand: Sum) -> Any:
        return sum((c * self.number(self.average(m, self.kernel)) for m, c in integrand.items()), self.number(F(0)))

    def mean_of(self, inside: Node, at: Point) -> Any:
        """The average over this layer of what stands inside <...>, where K and the like are those of ``at``."""
        return self.mean(_integrand(inside, at))

    def next_layer(self) -> Point:
        """The same with the kernel of the next layer."""
        size = range(1, len(self.kernel) + 1)
        kernel = tuple(tuple(_next("K", (a, b), self) for b in size) for a in size)
        point = Point(kernel, 0, self.exact, self.average, self.activation)
        point.symbols = self.symbols
        return point

    def number(self, value: Any) -> Any:
        """Fractions where everything is rational, 130 digits otherwise."""
        return value if self.exact else mpmath.mpmathify(value)


class Reported(Point):
    """A counterexample's point: what has no form of 130 digits is averaged in the plane, to some 12."""

    formula = ""

    def mean_of(self, inside: Node, at: Point) -> Any:
        """See Point."""
        try:
            return super().mean_of(inside, at)
        except NoValue:
            return self.number(plain_mean(inside, self.formula, self.kernel))


def points(
    inputs: int, activation: str | None, exact: bool, given: Given = (), widths: bool = False
) -> Iterator[Point]:
    """``given``: values that hyperparameters have; ``widths``: whether those of layers l and l-1 differ."""
    for number, kernel in enumerate(KERNELS[inputs]):
        for point in _points_at(kernel, number, activation, exact):
            point.symbols |= {name: point.number(value) for name, value in given}
            point.ratio = point.number(F(7, 3) if widths else F(1))
            yield point


def _points_at(kernel: Any, number: int, activation: str | None, exact: bool) -> Iterator[Point]:
    if activation is None or coefficients_of(activation) is not None:
        for coefficients in POLYNOMIALS if activation is None else (coefficients_of(activation),):
            yield Point(kernel, number, exact, lambda m, k, c=coefficients: _mean_of("", c, m, k), activation)  # type: ignore[misc]
    elif kernel[0][0] < 10:  # the trapezoid rule takes finer steps at larger kernels
        yield Point(kernel, number, exact, lambda m, k: _mean_of(activation, None, m, k), activation)


# ---- formulas ------------------------------------------------------------------------------------------------------

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sqrt": mpmath.sqrt, "exp": mpmath.exp, "log": mpmath.log, "asin": mpmath.asin, "acos": mpmath.acos,
    "atan": mpmath.atan, "sinh": mpmath.sinh, "cosh": mpmath.cosh, "abs": abs, "sin": mpmath.sin, "cos": mpmath.cos,
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
        case ("call", name, inside) if name in FUNCTIONS:
            return FUNCTIONS[name](_value(inside, at))
        case ("mean", inside):
            return at.mean_of(inside, at)
        case ("next mean", inside):
            return at.next_layer().mean_of(inside, at)
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
        case ("/", a, b):
            return _times(_integrand(a, at), {(): 1 / _value(b, at)})
        case ("name", name, primes, ()) if (stem := name.rstrip("1234")) in ("s", "z", "sigma", *NAMED):
            if not name[len(stem) :] and len(at.kernel) > 1:
                raise NoValue(f"{name} at which input?")
            sample = int(name[len(stem) :] or "1")
            kind = "s" if stem in ("sigma", at.activation) else stem
            return {(((kind, primes, sample), 1),): F(1)}
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


def _named(name: str, primes: int, slots: tuple[int | str, ...], at: Point) -> Any:
    if name == "pi":
        return +mpmath.pi
    if slots and isinstance(slots[-1], str):
        return _at_a_layer(name, slots, at)
    numbers = tuple(int(slot) for slot in slots)
    a, b = (numbers[0], numbers[-1]) if numbers else (1, 1)
    if not numbers and len(at.kernel) > 1 and name not in HYPERPARAMETERS:
        raise NoValue(f"{name} at which inputs?")
    if max(numbers, default=1) > len(at.kernel):
        raise NoValue(f"{name} at no input")
    if name == "K" and not primes:
        return at.number(at.kernel[a - 1][b - 1])
    if primes:
        return _next(name, numbers or (1, 1, 1, 1), at)
    if name in SUSCEPTIBILITIES:
        return _susceptibility(name, a, b, at)
    if name in at.symbols:
        return at.symbols[name] if not numbers else _component(name, numbers, at)
    raise NoValue(name)


HYPERPARAMETERS = ("C_W", "C_b", "lambda_W", "lambda_b", "n")
SUSCEPTIBILITIES = ("chi_par", "chi_perp", "h")


def _susceptibility(name: str, a: int, b: int, at: Point) -> Any:
    cw = at.symbols["C_W"]
    if name == "chi_par":
        return cw / 2 * _mean_slope(_s(a, 0, 2), 2, a, at)
    if name == "chi_perp":
        return cw * at.mean(_times(_s(a, 1), _s(b, 1)))
    return cw / 4 * _mean_slope(_s(a, 1, 2), 2, a, at)


def _at_a_layer(name: str, slots: tuple[int | str, ...], at: Point) -> Any:
    """X[l] is X, X[l+1] is X'; hyperparameters are those of layer l+1; n[l]/n[l-1] is the ratio."""
    layer, rest = slots[-1], slots[:-1]
    if name == "n" and layer in ("l", "l-1"):
        return at.ratio if layer == "l" else at.number(F(1))
    if name in HYPERPARAMETERS[:4] and layer == "l+1":
        return at.symbols[name]
    if name in SUSCEPTIBILITIES and layer == "l+1":
        return _value(("name", name, 0, rest), at.next_layer())
    return _named(name, int(layer == "l+1"), rest, at)


def _component(name: str, slots: tuple[int, ...], at: Point) -> Any:
    """Of a counterexample, or different values for components that no symmetry makes equal."""
    if len(at.kernel) == 1:
        return at.symbols[name]
    first = min(_equal_slots(name, slots))
    if at.components is not None:
        if (name, first) not in at.components:  # the engine may have written it by another symmetry
            same = [key for key in at.components if key[0] == name and sorted(key[1]) == sorted(slots)]
            if len(same) != 1:
                raise NoValue(f"{name}{first}")
            return at.number(at.components[same[0]])
        return at.number(at.components[name, first])
    return at.symbols[name] + at.number(F(sum(w * x for w, x in zip((1, 3, 7, 20), first, strict=False)), 13))


AT_ONE_INPUT = {
    "G1": "r*(chi_par*G1 + C_W*V/8*<s^2*(z^4 - 6*K*z^2 + 3*K^2)>/K^4)",
    "F": "r*chi_par^2*F + C_W^2*<s^2*s'^2>*Theta",
    "B": "r*chi_perp^2*B + C_W^2*<s'^4>*Theta^2",
    "D": "lambda_W/C_W*V' + C_W^2*(<s^2*s'^2> - <s^2>*<s'^2>)*Theta + r*(chi_par*chi_perp*D + 2*h*chi_par*Theta*V)",
    "A": "(lambda_W/C_W)^2*V' + 2*lambda_W/C_W*C_W^2*(<s^2*s'^2> - <s^2>*<s'^2>)*Theta"
    " + C_W^2*(<s'^4> - <s'^2>^2)*Theta^2 + r*(chi_perp^2*A + 4*h^2*Theta^2*V + 4*h*chi_perp*Theta*D"
    " + 2*lambda_W/C_W*(chi_par*chi_perp*D + 2*h*chi_par*Theta*V))",
    "P": "C_W^2*<s''*s'^2*s>*Theta^2 + r*(chi_par*chi_perp*P + C_W*chi_perp*<s*s''>*B)",
    "Q": "lambda_W/C_W*F' + C_W^2*<s''*s'^2*s>*Theta^2 + r*(2*h*chi_par*Theta*F + chi_par*chi_perp*Q)",
    "R": "lambda_W/C_W*P' + C_W^2*<s'''*s'^3>*Theta^3"
    " + r*(chi_perp^2*R + C_W*chi_perp*<s'''*s'>*Theta*B + 2*h*chi_perp*Theta*P)",
    "S": "lambda_W/C_W*B' + C_W^2*<s'^2*s''^2>*Theta^3 + r*(chi_perp^2*S + C_W*chi_perp*<s''^2>*Theta*B)",
    "T": "(lambda_W/C_W)^2*F' + 2*lambda_W/C_W*C_W^2*<s''*s'^2*s>*Theta^2 + C_W^2*<s'^2*s''^2>*Theta^3"
    " + r*(chi_perp^2*T + 2*lambda_W/C_W*(2*h*chi_par*Theta*F + chi_par*chi_perp*Q) + 4*h^2*Theta^2*F"
    " + 4*h*chi_perp*Theta*Q)",
    "U": "C_W^2*<s'^2*s''^2>*Theta^3 + r*chi_perp^2*U",
}  # r is n[l]/n[l-1]
NEXT = {name: read_formula(re.sub(r"\br\b", "n[l]/n[l-1]", text)) for name, text in AT_ONE_INPUT.items()}


def _next(name: str, slots: tuple[int, ...], at: Point) -> Any:
    cw, cb, lw, lb = (at.symbols[n] for n in HYPERPARAMETERS[:4])
    a, b = slots[:2]
    pair = _times(_s(a), _s(b))
    if name == "K":
        return cb + cw * at.mean(pair)
    if name == "V":
        return _next_vertex(slots, at)
    if name == "Theta":
        return lb + lw * at.mean(pair) + cw * at.mean(_times(_s(a, 1), _s(b, 1))) * _component("Theta", (a, b), at)
    if name in NEXT and len(at.kernel) == 1:
        return _value(NEXT[name], at)
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
        total += at.ratio * slopes[0] * slopes[1] * _component("V", (*p, *q), at)
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


NAMED = ("relu", "sign", "erf", "sin", "exp", "gelu", "tanh", "step")


def _mean_of(activation: str, polynomial: tuple[Fraction, ...] | None, monomial: Monomial, kernel: Any) -> Any:
    """By counting contractions where sigma is a polynomial and no other function stands there."""
    named = {kind for (kind, _, _), _ in monomial} - {"s", "z"}
    if not named and polynomial is not None:
        return _wick_mean(monomial, kernel, polynomial)
    if len(named) > 1 or (named and any(kind == "s" for (kind, _, _), _ in monomial)):
        raise NoValue(f"several functions in one mean: {monomial}")
    plain = tuple(sorted((("s" if kind in named else kind, order, at), power) for (kind, order, at), power in monomial))
    return _numerical_mean(named.pop() if named else activation, plain, kernel)


# ---- means of polynomials ------------------------------------------------------------------------------------------


def _wick_mean(monomial: Monomial, kernel: Any, coefficients: tuple[Fraction, ...]) -> Fraction:
    dense = {sample: [F(1)] for sample in range(1, len(kernel) + 1)}
    for (kind, order, sample), power in monomial:
        factor = [F(0), F(1)]
        if kind == "s":
            factor = list(coefficients)
            for _ in range(order):
                factor = [k * c for k, c in enumerate(factor)][1:]
        if sample not in dense:
            raise NoValue(f"input {sample}")
        for _ in range(power):
            dense[sample] = _convolved(dense[sample], factor)
    total = F(0)
    for terms in product(*(enumerate(powers) for powers in dense.values())):
        coefficient = prod((c for _, c in terms), start=F(1))
        if coefficient:
            total += coefficient * _moment(tuple(k for k, _ in terms), kernel)
    return total


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
            return mean_of_two(activation, monomial, kernel)
        (sample,) = used
        factors = [(kind, order, power) for (kind, order, _), power in monomial]
        return _of_one(activation, factors, kernel[sample - 1][sample - 1])


def _of_one(activation: str, factors: list[tuple[str, int, int]], variance: Fraction) -> Any:
    k = mpmath.mpmathify(variance)
    if activation in ("relu", "sign", "step"):
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
            signs[1] *= (-1) ** p if activation == "sign" else 0
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
