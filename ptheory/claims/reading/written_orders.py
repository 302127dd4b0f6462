"""The powers of the width that a formula writes down, whatever is left of them once it is worked out."""

from __future__ import annotations

from ptheory.language.expressions import Add, Divide, Expression, Indexed, Multiply, Name, Negate, Number, Power

WIDTH = "n"


def power_of_inverse_width(node: Expression) -> int | None:
    """k where the formula is 1/n^k and nothing else; None for any other."""
    match node:
        case Name(name) | Indexed(name) if name == WIDTH:
            return -1
        case Divide(Number(value), below) if value == 1:
            inner = power_of_inverse_width(below)
            return None if inner is None else -inner
        case Power(base) if (exponent := _whole_exponent(node)) is not None:
            inner = power_of_inverse_width(base)
            return None if inner is None else inner * exponent
    return None


def highest_power_written(node: Expression) -> int:
    """The highest power of 1/n among the terms as they stand: 1 for K + 0/n, 0 for n[l]/n[l-1]."""
    return _powers_written(node)[1]


def lowest_power_written(node: Expression) -> int:
    """The lowest power of 1/n among the terms as they stand: -1 for n*(G - K) + V, 0 for n*V/n."""
    return _powers_written(node)[0]


def _powers_written(node: Expression) -> tuple[int, int]:
    match node:
        case Name(name) | Indexed(name) if name == WIDTH:
            return -1, -1
        case Add(terms):
            lowest, highest = zip(*map(_powers_written, terms), strict=True)
            return min(lowest), max(highest)
        case Multiply(factors):
            lowest, highest = zip(*map(_powers_written, factors), strict=True)
            return sum(lowest), sum(highest)
        case Negate(operand):
            return _powers_written(operand)
        case Divide(above, below):
            (least, most), (least_below, most_below) = _powers_written(above), _powers_written(below)
            return least - most_below, most - least_below
        case Power(base) if (exponent := _whole_exponent(node)) is not None:
            least, most = (power * exponent for power in _powers_written(base))
            return min(least, most), max(least, most)
    return 0, 0


def _whole_exponent(node: Power) -> int | None:
    match node.exponent:
        case Number(value) if value.denominator == 1:
            return int(value)
        case Negate(Number(value)) if value.denominator == 1:
            return -int(value)
    return None
