"""Log-power series: finite sums of a x^s (log x)^j, x -> 0+, with exact coefficients and a truncation order.

The exponents s need not be integers: a kink of a derivative of the activation gives half-integers, and a perpendicular
exponent that is known only as a number enters as a ``NamedNumber``, an exact symbol that carries its value. Equality of
exponents is exact; their order is decided numerically. Reading a coefficient past the truncation order is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

import sympy as sp

from ptheory.activations.rational_functions import in_lowest_terms
from ptheory.algebra.refusal import Refusal
from ptheory.expectations.time_limits import check_time

DIGITS = 50
LONGEST_EXACT = 60
NEGLIGIBLE = sp.Float(10) ** -22  # numerical coefficients carry about twenty-five correct digits
ZERO = sp.Integer(0)
ONE = sp.Integer(1)

Exact: TypeAlias = "int | Fraction | sp.Expr"
"""What an exact number may be given as."""


class NoExpansion(Refusal):
    """What is wanted has no expansion in powers and logarithms, or none that is known far enough or surely."""


class NoSeries(NoExpansion):
    """The expansion that is needed does not exist, or is not known so far."""


class NoLeadingTerm(Refusal):
    """Nothing of a series is known but that it is small."""


class UndecidedZero(NoExpansion):
    """A constant vanishes numerically but could not be proved to vanish."""


def exact(value: Exact) -> sp.Expr:
    """A Python int, Fraction or SymPy expression as SymPy; nothing is parsed (TypeError for text and floats)."""
    if isinstance(value, sp.Expr):
        return value
    if isinstance(value, (int, Fraction)):
        return sp.Rational(value.numerator, value.denominator)
    raise TypeError(f"not an exact number: {value!r}")


class NamedNumber(sp.Symbol):  # type: ignore[misc]
    """A real number known to ``DIGITS`` digits, kept as a symbol so that exponents stay linear and exact."""

    __slots__ = ("value",)
    value: sp.Float

    def __new__(cls, name: str, value: sp.Expr) -> NamedNumber:
        number: NamedNumber = sp.Symbol.__xnew__(cls, name, real=True)
        number.value = sp.Float(value, DIGITS)
        return number

    def _hashable_content(self) -> tuple[Hashable, ...]:
        content: tuple[Hashable, ...] = (*super()._hashable_content(), str(self.value))
        return content


@lru_cache(maxsize=20_000)
def number_value(expression: sp.Expr) -> sp.Expr:
    """The expression with every ``NamedNumber`` replaced by its value, to DIGITS digits."""
    named = expression.atoms(NamedNumber)
    return sp.N(expression.xreplace({n: n.value for n in named}) if named else expression, DIGITS)


@lru_cache(maxsize=20_000)
def is_zero(expression: sp.Expr) -> bool:
    """Whether an expanded expression vanishes identically in its free symbols. Raises ``UndecidedZero``."""
    if expression.is_Rational:
        return bool(expression == 0)
    if expression.is_Float:
        return bool(expression == 0)
    free = {s for s in expression.free_symbols if not isinstance(s, NamedNumber)}
    if free:
        return all(is_zero(normal(number)) for number in _by_symbols(expression).values())
    value = number_value(expression)
    if expression.has(NamedNumber):
        return bool(abs(value) < NEGLIGIBLE)
    if expression.has(sp.Float):
        return bool(value == 0)
    if abs(value) > sp.Float(10) ** (-DIGITS + 15):
        return False
    if sp.simplify(expression) == 0:
        return True
    raise UndecidedZero(f"{expression} vanishes to {DIGITS - 15} digits but was not proved to be zero")


def is_quotient_of_sums(value: sp.Expr) -> bool:
    """Whether a sum stands in a denominator anywhere in the expression."""
    return any(p.base.is_Add and p.exp.is_negative for p in value.atoms(sp.Pow))


def expanded(value: sp.Expr) -> sp.Expr:
    """Expanded; most are single numbers, which SymPy takes long to find nothing in."""
    return value if value.is_Number else sp.expand(value)


def normal(value: sp.Expr) -> sp.Expr:
    """Expanded; quotients of sums, 1/(2 + sqrt(pi)), over one common denominator, so that they do not pile up."""
    value = expanded(value)
    if value.is_Number:
        return value
    if value.has(sp.Float) or not is_quotient_of_sums(value):
        return value
    root = sp.Dummy("root", positive=True)
    return sp.expand(in_lowest_terms(value.subs(sp.pi, root**2)).subs(root, sp.sqrt(sp.pi)))


def factored(value: sp.Expr) -> sp.Expr:
    """A constant as a product of factors, as one would write it; numerical values as they are."""
    if value.has(sp.Float) or value.is_Rational:
        return value
    root = sp.Dummy("root", positive=True)
    return sp.factor(sp.cancel(sp.sqrtdenest(value).subs(sp.pi, root**2))).subs(root, sp.sqrt(sp.pi))


def readable_text(value: sp.Expr) -> str:
    """For words: exact where that is short, else twenty digits."""
    text = str(sp.sstr(value))
    return text if len(text) <= LONGEST_EXACT and not value.has(sp.Float) else str(sp.N(number_value(value), 20))


def monomial_text(coefficient: sp.Expr, *factors: tuple[str, sp.Expr]) -> str:
    """For words: -2*K^2 of -2 and (K, 2), in the language's own syntax."""
    number = readable_text(coefficient).replace("**", "^")
    powers = [raised_text(name, power) for name, power in factors]
    if number in ("1", "-1") and powers:
        return number.removesuffix("1") + "*".join(powers)
    return "*".join([f"({number})" if coefficient.is_Add else number, *powers])


def added_text(coefficient: sp.Expr, *factors: tuple[str, sp.Expr]) -> str:
    """The same as a further term of a sum: - 2*K^2."""
    text = monomial_text(coefficient, *factors)
    return f" - {text[1:]}" if text.startswith("-") else f" + {text}"


def divided_text(value: sp.Expr, name: str) -> str:
    """A number over a name: 1/(2*K)."""
    return str(sp.sstr(value / sp.Symbol(name))).replace("**", "^")


def raised_text(name: str, power: sp.Expr) -> str:
    """K, K^2, K^(3/2)."""
    if power == 1:
        return name
    return f"{name}^{power}" if power.is_Integer and power > 0 else f"{name}^({power})"


def combined(parts: Sequence[sp.Expr]) -> sp.Expr:
    """The sum in normal form; what is left of numbers that cancel to NEGLIGIBLE of their size is rounding, and zero."""
    check_time()
    total = normal(sp.Add(*parts))
    if total.is_Rational or not total.has(sp.Float) or len(parts) < 2:
        return total
    if all(part.is_Number for part in parts):
        return total if abs(float(total)) > float(NEGLIGIBLE) * max(abs(float(part)) for part in parts) else ZERO
    sizes: dict[sp.Expr, float] = {}
    for part in parts:
        for symbols, number in _by_symbols(expanded(part)).items():
            sizes[symbols] = max(sizes.get(symbols, 0.0), abs(float(number_value(number))))
    kept = [
        number * symbols
        for symbols, number in _by_symbols(total).items()
        if abs(number_value(number)) > NEGLIGIBLE * sizes.get(symbols, 0.0)
    ]
    return sp.Add(*kept)


def _by_symbols(expanded: sp.Expr) -> dict[sp.Expr, sp.Expr]:
    """{product of free symbols: number} of an expanded expression."""
    parts: dict[sp.Expr, sp.Expr] = {}
    free = {s for s in expanded.free_symbols if not isinstance(s, NamedNumber)}
    for term in sp.Add.make_args(expanded):
        number, symbols = term.as_independent(*free, as_Add=False) if free else (term, ONE)
        parts[symbols] = parts.get(symbols, ZERO) + number
    return parts


@lru_cache(maxsize=20_000)
def order_key(exponent: sp.Expr) -> float:
    """The numerical size of an exponent, for ordering."""
    return float(number_value(exponent))


Term = tuple[sp.Expr, int]


class LogSeries:
    """sum of coefficient * x^exponent * (log x)^power, known up to (not including) x^truncation.

    ``truncation`` None means exact. Immutable.
    """

    __slots__ = ("terms", "truncation")

    def __init__(self, terms: Mapping[Term, Exact] | None = None, truncation: Exact | None = None) -> None:
        self.truncation: sp.Expr | None = None if truncation is None else exact(truncation)
        limit = None if self.truncation is None else order_key(self.truncation) - 1e-12
        clean: dict[Term, sp.Expr] = {}
        for (exponent, power), coefficient in (terms or {}).items():
            exponent = expanded(exact(exponent))
            if limit is not None and order_key(exponent) >= limit:
                continue
            value = normal(exact(coefficient))
            if not is_zero(value):
                clean[(exponent, power)] = value
        self.terms = clean

    @classmethod
    def _of_clean(cls, terms: dict[Term, sp.Expr], truncation: sp.Expr | None) -> LogSeries:
        """Terms already expanded, non-zero and below the truncation order."""
        series = cls.__new__(cls)
        series.terms, series.truncation = terms, truncation
        return series

    # -- constructors ---------------------------------------------------------------------------------------------
    @staticmethod
    def constant(value: Exact, truncation: Exact | None = None) -> LogSeries:
        """A number, times x^0."""
        return LogSeries({(ZERO, 0): value}, truncation)

    @staticmethod
    def power(exponent: Exact, coefficient: Exact = 1, log_power: int = 0) -> LogSeries:
        """coefficient x^exponent (log x)^log_power, exact."""
        return LogSeries({(exact(exponent), log_power): coefficient})

    # -- reading --------------------------------------------------------------------------------------------------
    def sorted_terms(self) -> list[tuple[Term, sp.Expr]]:
        """Leading term first: ascending exponent, then descending power of the logarithm."""
        return sorted(self.terms.items(), key=lambda t: (order_key(t[0][0]), -t[0][1]))

    @property
    def leading(self) -> tuple[sp.Expr, int, sp.Expr]:
        """(exponent, power of the logarithm, coefficient) of the leading term. NoLeadingTerm without terms."""
        if not self.terms:
            raise NoLeadingTerm("the series has no term below its truncation order")
        (exponent, power), coefficient = self.sorted_terms()[0]
        return exponent, power, coefficient

    def coefficient(self, exponent: Exact, log_power: int = 0) -> sp.Expr:
        """The coefficient of x^exponent (log x)^log_power. Raises NoSeries at and beyond the truncation order."""
        exponent = expanded(exact(exponent))
        if self.truncation is not None and order_key(exponent) >= order_key(self.truncation) - 1e-12:
            raise NoSeries(f"the series is known up to order {self.truncation}, not at {exponent}")
        return self.terms.get((exponent, log_power), ZERO)

    def __bool__(self) -> bool:
        return bool(self.terms)

    def truncated(self, truncation: Exact) -> LogSeries:
        """The series known only below x^truncation, or below its own order where that is lower."""
        lowered = _lower(self.truncation, exact(truncation))
        assert lowered is not None
        limit = order_key(lowered) - 1e-12
        return LogSeries._of_clean({k: v for k, v in self.terms.items() if order_key(k[0]) < limit}, lowered)

    def map(self, change: Callable[[sp.Expr], sp.Expr]) -> LogSeries:
        """Every coefficient replaced by ``change`` of it, exponents and truncation kept."""
        return LogSeries({k: change(v) for k, v in self.terms.items()}, self.truncation)

    # -- arithmetic -----------------------------------------------------------------------------------------------
    def __add__(self, other: LogSeries | Exact) -> LogSeries:
        right = _as_series(other)
        total = dict(self.terms)
        for key, value in right.terms.items():
            both = combined((total[key], value)) if key in total else value
            if key in total and is_zero(both):
                del total[key]
            else:
                total[key] = both
        truncation = _lower(self.truncation, right.truncation)
        clean = LogSeries._of_clean(total, None)
        return clean if truncation is None else clean.truncated(truncation)

    __radd__ = __add__

    def __neg__(self) -> LogSeries:
        return LogSeries._of_clean({k: -v for k, v in self.terms.items()}, self.truncation)

    def __sub__(self, other: LogSeries | Exact) -> LogSeries:
        return self + (-_as_series(other))

    def __mul__(self, other: LogSeries | Exact) -> LogSeries:
        right = _as_series(other)
        if any(not one.terms and one.truncation is None for one in (self, right)):
            return LogSeries()  # zero times what is not known any further is zero
        truncation = None
        if right.truncation is not None:
            truncation = _lower(truncation, right.truncation + self._lowest())
        if self.truncation is not None:
            truncation = _lower(truncation, self.truncation + right._lowest())
        limit = None if truncation is None else order_key(expanded(truncation)) - 1e-12
        total: dict[Term, list[sp.Expr]] = {}
        for (e1, p1), c1 in self.terms.items():
            for (e2, p2), c2 in right.terms.items():
                exponent = expanded(e1 + e2)
                if limit is None or order_key(exponent) < limit:
                    total.setdefault((exponent, p1 + p2), []).append(c1 * c2)
        products = {key: combined(parts) for key, parts in total.items()}
        if any(value.has(sp.Float) for value in products.values() if not value.is_Number):
            return LogSeries(products, truncation)
        return LogSeries._of_clean({key: value for key, value in products.items() if not is_zero(value)}, truncation)

    __rmul__ = __mul__

    def _lowest(self) -> sp.Expr:
        """The smallest exponent, or the truncation order of a series without terms."""
        if self.terms:
            return self.sorted_terms()[0][0][0]
        return ZERO if self.truncation is None else self.truncation

    def integer_power(self, exponent: int) -> LogSeries:
        """self^exponent for exponent >= 0, by repeated multiplication."""
        result = LogSeries.constant(1)
        for _ in range(exponent):
            result = result * self
        return result

    def real_power(self, exponent: Exact) -> LogSeries:
        """self^exponent when the leading term has no logarithm: (a x^r)^e (1 + u)^e."""
        exponent = exact(exponent)
        if exponent.is_Integer and exponent >= 0:
            return self.integer_power(int(exponent))
        lead, log_power, amplitude = self.leading
        if log_power:
            raise NoSeries("a power of a series that leads with a logarithm is not a log-power series")
        rest = self * LogSeries.power(-lead, 1 / amplitude) - 1
        scale = (amplitude if exponent.is_Integer else factored(amplitude)) ** exponent
        return _binomial(rest, exponent) * LogSeries.power(lead * exponent, scale)

    def logarithm(self) -> LogSeries:
        """log(self) for a leading term a x^r: r log x + log a + log(1 + u)."""
        lead, log_power, amplitude = self.leading
        if log_power:
            raise NoSeries("the logarithm of a series that leads with a logarithm is not a log-power series")
        rest = self * LogSeries.power(-lead, 1 / amplitude) - 1
        head = LogSeries({(ZERO, 1): lead, (ZERO, 0): sp.expand_log(sp.log(amplitude), force=True)})
        return head + _taylor(rest, lambda k: sp.Rational((-1) ** (k + 1), k) if k else ZERO)

    def compose(self, inner: LogSeries) -> LogSeries:
        """self at x = inner(y), inner -> 0 with a leading power."""
        log_inner = inner.logarithm() if any(p for _, p in self.terms) else None
        total = LogSeries()
        powers: dict[sp.Expr, LogSeries] = {}
        for (exponent, log_power), coefficient in self.terms.items():
            if exponent not in powers:
                powers[exponent] = inner.real_power(exponent)
            part = powers[exponent] * coefficient
            for _ in range(log_power):
                assert log_inner is not None
                part = part * log_inner
            total = total + part
        if self.truncation is not None:
            total = total.truncated(expanded(inner.leading[0] * self.truncation))
        return total

    def to_expr(self, variable: sp.Symbol) -> sp.Expr:
        """The known terms as a SymPy expression in ``variable``; the truncation order is dropped."""
        return sp.Add(*[c * variable**e * sp.log(variable) ** p for (e, p), c in self.sorted_terms()])

    def __repr__(self) -> str:
        tail = "" if self.truncation is None else f" + O(x^{self.truncation})"
        return f"LogSeries({self.to_expr(sp.Symbol('x'))}{tail})"


def _as_series(value: LogSeries | Exact) -> LogSeries:
    return value if isinstance(value, LogSeries) else LogSeries.constant(value)


def _lower(left: sp.Expr | None, right: sp.Expr | None) -> sp.Expr | None:
    if left is None:
        return right
    if right is None:
        return left
    return left if order_key(expanded(left)) <= order_key(expanded(right)) else right


def _taylor(small: LogSeries, coefficient: Callable[[int], sp.Expr]) -> LogSeries:
    """sum_k coefficient(k) small^k for a series that vanishes at x -> 0; ends at its truncation order."""
    total = LogSeries.constant(coefficient(0))
    if not small.terms:
        return LogSeries(total.terms, small.truncation)
    if small.truncation is None:
        raise NoSeries("an infinite series needs a truncation order")
    if order_key(small._lowest()) <= 0:
        raise NoSeries("the expansion variable does not vanish")
    power = LogSeries.constant(1)
    for k in range(1, 400):
        power = (power * small).truncated(small.truncation)
        if not power.terms:
            return total.truncated(small.truncation)
        total = total + power * coefficient(k)
    raise NoSeries("the expansion needs more than 400 terms")


def _binomial(small: LogSeries, exponent: sp.Expr) -> LogSeries:
    if not small.terms and small.truncation is None:
        return LogSeries.constant(1)
    coefficients: list[sp.Expr] = [ONE]

    def coefficient(k: int) -> sp.Expr:
        while len(coefficients) <= k:
            j = len(coefficients)
            coefficients.append(sp.expand(coefficients[-1] * (exponent - j + 1) / j))
        return coefficients[k]

    return _taylor(small, coefficient)
