"""Networks with polynomial layer functions, written out layer by layer as plain data.

A field u of layer l+1, neuron i, sample a, is a sum of terms

    bias      coefficient * b[i]
    weighted  coefficient * sum_j W[i,j] * phi(fields at neuron j, sample a)
    direct    coefficient * phi(fields at neuron i, sample a)

with phi a polynomial; a variable of phi is (field, depth), depth 0 for layer l and 1 for layer l-1. Layer 1 reads the
components of the input instead. Var b = variance, Var W = variance/(width of the layer read), all independent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

Variable = tuple[str, int]
Monomial = tuple[tuple[Variable, int], ...]
Rational = int | str | Fraction


class SitePolynomial:
    """A polynomial with rational coefficients in the fields at one neuron and one sample."""

    __slots__ = ("terms",)

    def __init__(self, terms: Mapping[Monomial, Fraction]) -> None:
        self.terms = {monomial: coefficient for monomial, coefficient in terms.items() if coefficient}

    @staticmethod
    def constant(value: Rational) -> SitePolynomial:
        return SitePolynomial({(): Fraction(value)})

    def __add__(self, other: SitePolynomial | Rational) -> SitePolynomial:
        total = dict(self.terms)
        for monomial, coefficient in as_site(other).terms.items():
            total[monomial] = total.get(monomial, Fraction(0)) + coefficient
        return SitePolynomial(total)

    __radd__ = __add__

    def __neg__(self) -> SitePolynomial:
        return SitePolynomial({monomial: -coefficient for monomial, coefficient in self.terms.items()})

    def __sub__(self, other: SitePolynomial | Rational) -> SitePolynomial:
        return self + (-as_site(other))

    def __mul__(self, other: SitePolynomial | Rational) -> SitePolynomial:
        product: dict[Monomial, Fraction] = {}
        for left, a in self.terms.items():
            for right, b in as_site(other).terms.items():
                powers = dict(left)
                for variable, exponent in right:
                    powers[variable] = powers.get(variable, 0) + exponent
                monomial = tuple(sorted(powers.items()))
                product[monomial] = product.get(monomial, Fraction(0)) + a * b
        return SitePolynomial(product)

    __rmul__ = __mul__

    def __truediv__(self, divisor: Rational) -> SitePolynomial:
        return self * (1 / Fraction(divisor))

    def __pow__(self, exponent: int) -> SitePolynomial:
        power = SitePolynomial.constant(1)
        for _ in range(exponent):
            power = power * self
        return power

    def variables(self) -> set[Variable]:
        return {variable for monomial in self.terms for variable, _ in monomial}


def as_site(value: SitePolynomial | Rational) -> SitePolynomial:
    return value if isinstance(value, SitePolynomial) else SitePolynomial.constant(value)


def at(name: str, depth: int = 0) -> SitePolynomial:
    """The field itself: depth 0 is the layer below, depth 1 the layer below that (prev)."""
    return SitePolynomial({(((name, depth), 1),): Fraction(1)})


def power_series(coefficients: Iterable[Rational], argument: SitePolynomial) -> SitePolynomial:
    """sum_k coefficients[k] argument^k."""
    total, power = SitePolynomial({}), SitePolynomial.constant(1)
    for coefficient in coefficients:
        total = total + power * Fraction(coefficient)
        power = power * argument
    return total


@dataclass(frozen=True)
class Term:
    """``kind`` is "bias", "weighted", "direct" or (layer 1 only) "input"; see the module docstring."""

    kind: str
    parameter: str | None = None
    site: SitePolynomial | None = None
    coefficient: Fraction = Fraction(1)


def bias(name: str, coefficient: Rational = 1) -> Term:
    return Term("bias", name, None, Fraction(coefficient))


def reads_input(name: str, coefficient: Rational = 1) -> Term:
    return Term("input", name, None, Fraction(coefficient))


def weighted(name: str, site: SitePolynomial, coefficient: Rational = 1) -> Term:
    return Term("weighted", name, site * Fraction(coefficient))


def direct(site: SitePolynomial) -> Term:
    return Term("direct", None, site)


Equations = Mapping[str, Sequence[Term]]


@dataclass(frozen=True, eq=False)
class Network:
    """``layers[0]`` are the equations of layer 1, and so on; ``variances``, ``rates`` map names to numbers per layer.

    ``widths[l-1]`` is the width of hidden layer l in units of n (so 1, 2, 1/2 means n, 2n, n/2).
    """

    layers: tuple[Equations, ...]
    variances: tuple[Mapping[str, Fraction], ...]
    inputs: tuple[tuple[Fraction, ...], ...]
    widths: tuple[Fraction, ...]
    rates: tuple[Mapping[str, Fraction], ...] = field(default=())

    @property
    def depth(self) -> int:
        return len(self.layers)

    @property
    def input_width(self) -> int:
        return len(self.inputs[0])

    def input_overlap(self, a: int, b: int) -> Fraction:
        """(1/n_0) x_a . x_b"""
        pairs = zip(self.inputs[a], self.inputs[b], strict=True)
        return sum((x * y for x, y in pairs), Fraction(0)) / self.input_width

    def width(self, layer: int, n: int) -> int:
        width = self.widths[layer - 1] * n
        if width.denominator != 1:
            raise ValueError(f"layer {layer} has width {width} at n = {n}")
        return width.numerator


def network(
    first: Equations,
    layers: Equations | Sequence[Equations],
    variances: Mapping[str, Rational] | Sequence[Mapping[str, Rational]],
    inputs: Sequence[Sequence[Rational]],
    depth: int,
    rates: Mapping[str, Rational] | Sequence[Mapping[str, Rational]] | None = None,
    widths: Sequence[Rational] | None = None,
) -> Network:
    """A network of ``depth`` layers; a single map of equations or numbers is used for every layer.

    At layer 2, which has no layer two below, monomials that hold prev(...) are zero.
    """
    above = [layers] * (depth - 1) if isinstance(layers, Mapping) else list(layers)[: depth - 1]
    if above:
        above[0] = {name: [kept for term in terms if (kept := _without_prev(term))] for name, terms in above[0].items()}
    return Network(
        layers=(first, *above),
        variances=_by_layer(variances, depth),
        inputs=tuple(tuple(Fraction(x) for x in sample) for sample in inputs),
        widths=tuple(Fraction(w) for w in widths) if widths is not None else (Fraction(1),) * depth,
        rates=_by_layer(rates, depth) if rates is not None else (),
    )


def mlp(
    coefficients: Sequence[Rational],
    inputs: Sequence[Sequence[Rational]],
    depth: int,
    C_b: Rational,
    C_W: Rational,
    lambda_b: Rational = 0,
    lambda_W: Rational = 0,
    xi: Rational = 0,
    widths: Sequence[Rational] | None = None,
) -> Network:
    """z' = xi z + b + W sigma(z), sigma(z) = sum_k coefficients[k] z^k; no biases where C_b = lambda_b = 0."""
    z = at("z")
    biases = [bias("b")] if Fraction(C_b) or Fraction(lambda_b) else []
    layer = [*biases, weighted("W", power_series(coefficients, z))]
    if Fraction(xi):
        layer.append(direct(z * Fraction(xi)))
    return network(
        first={"z": [*biases, reads_input("W")]},
        layers={"z": layer},
        variances={"b": C_b, "W": C_W},
        rates={"b": lambda_b, "W": lambda_W},
        inputs=inputs,
        depth=depth,
        widths=widths,
    )


def gated(
    coefficients: Sequence[Rational],
    inputs: Sequence[Sequence[Rational]],
    depth: int,
    C_W: Rational,
    C_U: Rational,
    lambda_W: Rational = 0,
    lambda_U: Rational = 0,
    widths: Sequence[Rational] | None = None,
) -> Network:
    """u' = W (sigma(u) v), v' = U (sigma(u) v), without biases."""
    product = power_series(coefficients, at("u")) * at("v")
    return network(
        first={"u": [reads_input("W")], "v": [reads_input("U")]},
        layers={"u": [weighted("W", product)], "v": [weighted("U", product)]},
        variances={"W": C_W, "U": C_U},
        rates={"W": lambda_W, "U": lambda_U},
        inputs=inputs,
        depth=depth,
        widths=widths,
    )


def _without_prev(term: Term) -> Term | None:
    if term.site is None:
        return term
    kept = {m: c for m, c in term.site.terms.items() if all(depth == 0 for (_, depth), _ in m)}
    return replace(term, site=SitePolynomial(kept)) if kept else None


def _by_layer(
    values: Mapping[str, Rational] | Sequence[Mapping[str, Rational]], depth: int
) -> tuple[Mapping[str, Fraction], ...]:
    per_layer = [values] * depth if isinstance(values, Mapping) else list(values)[:depth]
    return tuple({name: Fraction(value) for name, value in layer.items()} for layer in per_layer)
