"""Orders in 1/n as values, and series that say how far they are known.

    X(n) = X_0 + X_1/n + X_2/n^2 + ...    known through 1/n^k, or to its end

What lies beyond the order a series is known through is not zero: reading it raises. The limits on orders stand here.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ptheory.algebra.real import Real
from ptheory.algebra.refusal import Refusal

LARGEST_GENERIC_POWER = 8  # of a recursion with activations left open: terms, and their dummies, double every order
LARGEST_EXACT_POWER = 40  # of a series of numbers that is asked for to its end
LARGEST_CLAIMED_POWER = 3  # of a coefficient in a claim, V3
LONGEST_WRITTEN_POWER = 2  # digits of a coefficient's number in a statement, V12


class OrderNotKnown(Refusal):
    """A coefficient beyond the order a series is known through."""

    def __init__(self, power: int, known: Order) -> None:
        super().__init__(
            f"the coefficient of {power_text(power)} is not known: the series was computed to order {known}",
            f"ask for order {power_text(power)}",
        )


@dataclass(frozen=True)
class Order:
    """Through 1/n^``last``; ``last`` None: to the end of a series that ends. Made by ``through``, LEADING and EXACT."""

    last: int | None

    def __post_init__(self) -> None:
        if self.last is not None and self.last < 0:
            raise ValueError(f"an order of 1/n^{self.last}")

    @property
    def is_exact(self) -> bool:
        """Whether the whole series is meant, which ends."""
        return self.last is None

    @property
    def powers(self) -> range:
        """0, 1, ..., the powers of 1/n up to this order. ValueError for EXACT: where a series ends it knows itself."""
        if self.last is None:
            raise ValueError("the exact order has no last power")
        return range(self.last + 1)

    def reaches(self, power: int) -> bool:
        """Whether 1/n^power is not beyond this order."""
        return self.last is None or power <= self.last

    def __str__(self) -> str:
        """As the language writes it: leading, 1/n, 1/n^2, exact."""
        if self.last is None:
            return "exact"
        return power_text(self.last) if self.last else "leading"


def through(power: int) -> Order:
    """The order 1/n^power."""
    return Order(power)


LEADING = through(0)
EXACT = Order(None)


def lower(one: Order, other: Order) -> Order:
    """How far both reach."""
    return one if one.last is not None and other.reaches(one.last) else other


def power_text(power: int) -> str:
    """1, 1/n, 1/n^2, ..."""
    return "1" if power == 0 else "1/n" if power == 1 else f"1/n^{power}"


@dataclass(frozen=True)
class Series:
    """``coefficients`` of 1, 1/n, 1/n^2, ..., numbers of one kind; as many as ``known_through`` says, or up to the last
    where it is EXACT.

    Sums, products and quotients by a width keep as many orders as follow from those that are known.
    """

    coefficients: tuple[Real, ...]
    known_through: Order

    def __post_init__(self) -> None:
        expected = self.known_through.last
        if expected is not None and len(self.coefficients) != expected + 1:
            raise ValueError(f"{len(self.coefficients)} coefficients of a series to order {self.known_through}")

    @staticmethod
    def constant(value: Real, known_through: Order) -> Series:
        """``value`` + 0/n + 0/n^2 + ..."""
        zeros = (Fraction(0),) * (known_through.last or 0)
        return Series((value, *zeros), known_through)

    def coefficient(self, power: int) -> Real:
        """Of 1/n^power; zero beyond the end of an exact series, and of n, n^2, ... Raises OrderNotKnown."""
        if not self.known_through.reaches(power):
            raise OrderNotKnown(power, self.known_through)
        return self.coefficients[power] if 0 <= power < len(self.coefficients) else Fraction(0)

    def __add__(self, other: Series) -> Series:
        order = lower(self.known_through, other.known_through)
        count = max(len(self.coefficients), len(other.coefficients)) if order.is_exact else len(order.powers)
        both = zip(self._first(count), other._first(count), strict=True)
        return Series(tuple(mine + theirs for mine, theirs in both), order)

    def __mul__(self, other: Series) -> Series:
        order = lower(self.known_through, other.known_through)
        ends = max(len(self.coefficients) + len(other.coefficients) - 1, 0)
        count = ends if order.is_exact else len(order.powers)
        mine, theirs = self._first(count), other._first(count)
        return Series(
            tuple(sum((mine[j] * theirs[k - j] for j in range(k + 1)), Fraction(0)) for k in range(count)), order
        )

    def _first(self, count: int) -> tuple[Real, ...]:
        """``count`` coefficients, all of them known; zeros beyond the end of an exact series."""
        return (*self.coefficients[:count], *(Fraction(0),) * (count - len(self.coefficients)))

    def scaled(self, factor: Real | int) -> Series:
        """``factor`` times the series."""
        return Series(tuple(factor * c for c in self.coefficients), self.known_through)

    def in_widths(self, width: Fraction) -> Series:
        """In powers of 1/n, of a series in powers of 1/N at N = ``width`` * n."""
        return Series(tuple(c / width**k for k, c in enumerate(self.coefficients)), self.known_through)

    @property
    def vanishes(self) -> bool:
        """Whether all that is known is zero."""
        return not any(self.coefficients)
