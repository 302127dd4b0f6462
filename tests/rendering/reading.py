"""Reads emitted text back by its own route: the language's parser, then exact Gaussian moments of polynomials."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import reduce
from itertools import product
from math import prod
from typing import Any

import sympy

from ptheory.language import parse
from ptheory.language.expressions import (
    Add,
    Bracket,
    Call,
    Divide,
    Expression,
    Indexed,
    Multiply,
    Name,
    Negate,
    Number,
    Power,
    SumOver,
)
from ptheory.language.names import split_slots

Covariance = Mapping[tuple[str, str], Fraction]


def claim_sides(text: str) -> tuple[Expression, Expression]:
    """Both sides of emitted text, parsed as a claim."""
    (claim,) = parse(f'ptheory 1\nclaim "emitted": {text}\n').statements
    return claim.left, claim.right


def isserlis(variables: tuple[str, ...], covariance: Covariance, known: dict[tuple[str, ...], Fraction]) -> Fraction:
    """E of a product of zero-mean Gaussian variables, by pairing the first with each of the others; ``known`` keeps
    what was found for this covariance."""
    if not variables:
        return Fraction(1)
    if variables not in known:
        first, rest = variables[0], variables[1:]
        known[variables] = sum(
            (
                covariance[first, rest[k]] * isserlis(rest[:k] + rest[k + 1 :], covariance, known)
                for k in range(len(rest))
            ),
            Fraction(0),
        )
    return known[variables]


class Reader:
    """Evaluates an emitted right-hand side.

    ``values``: scalars and tensors by their text (``C_W``, ``V[1,1,2,2]``); ``functions``: name -> polynomial as a
    Python function; ``legs``: the Gaussian variables (z1, u2, ...; dummies run over them) by the label a derivative or
    tensor uses.
    """

    def __init__(
        self,
        values: Mapping[str, Fraction],
        functions: Mapping[str, Any],
        legs: Mapping[str, str],
        covariance: Covariance,
    ) -> None:
        self.values, self.functions, self.legs, self.covariance = values, functions, legs, covariance
        self._moments: dict[tuple[str, ...], Fraction] = {}

    def number(self, node: Expression, dummies: Mapping[str, str]) -> Fraction:
        match node:
            case Number(value):
                return value
            case Name(name):
                return self.values[name]
            case Indexed(name, arguments):
                inside = ",".join(self.argument(a, dummies) for a in arguments)
                return self.values[f"{name}[{inside}]"]
            case Add(terms):
                return sum((self.number(t, dummies) for t in terms), Fraction(0))
            case Multiply(factors):
                return prod((self.number(f, dummies) for f in factors), start=Fraction(1))
            case Negate(operand):
                return -self.number(operand, dummies)
            case Divide(above, below):
                return self.number(above, dummies) / self.number(below, dummies)
            case Power(base, Number(exponent)):
                return self.number(base, dummies) ** int(exponent)
            case SumOver(indices, body):
                choices = product(self.legs, repeat=len(indices))
                return sum(
                    (self.number(body, {**dummies, **dict(zip(indices, c, strict=True))}) for c in choices), Fraction(0)
                )
            case Bracket(body):
                return self.mean(sympy.expand(self.integrand(body, dummies)))
        raise AssertionError(f"unexpected {node!r}")

    def argument(self, node: Expression, dummies: Mapping[str, str]) -> str:
        match node:
            case Number(value):
                return str(value)
            case Name(name):
                return dummies.get(name, name)
            case Add((left, right)):
                return f"{self.argument(left, dummies)}+{self.argument(right, dummies)}"
            case Negate(operand):
                return f"-{self.argument(operand, dummies)}"
        raise AssertionError(f"unexpected {node!r}")

    def mean(self, integrand: Any) -> Fraction:
        names = sorted({s.name for s in integrand.free_symbols})
        total = Fraction(0)
        if not names:
            return Fraction(integrand.p, integrand.q)
        for powers, coefficient in sympy.Poly(integrand, *map(sympy.Symbol, names)).terms():
            variables = tuple(name for name, power in zip(names, powers, strict=True) for _ in range(power))
            total += Fraction(coefficient.p, coefficient.q) * isserlis(variables, self.covariance, self._moments)
        return total

    def integrand(self, node: Expression, dummies: Mapping[str, str]) -> Any:
        match node:
            case Number(value):
                return sympy.Rational(value.numerator, value.denominator)
            case Name(name):
                return self.variable_or_function(name, 0)
            case Indexed(name, (), primes):
                return self.variable_or_function(name, primes)
            case Call("d", (body, *legs)):
                variables = [sympy.Symbol(self.legs[dummies[leg.name]]) for leg in legs if isinstance(leg, Name)]
                return reduce(sympy.diff, variables, self.integrand(body, dummies))
            case Call(function, (Name(field),), primes):
                return self.applied(function, primes, field)
            case Add(terms):
                return sympy.Add(*(self.integrand(t, dummies) for t in terms))
            case Multiply(factors):
                return sympy.Mul(*(self.integrand(f, dummies) for f in factors))
            case Negate(operand):
                return -self.integrand(operand, dummies)
            case Power(base, Number(exponent)):
                return self.integrand(base, dummies) ** int(exponent)
        raise AssertionError(f"unexpected {node!r}")

    def variable_or_function(self, name: str, primes: int) -> Any:
        if name in self.functions:
            return self.applied(name, primes, "z")
        split = split_slots(name)
        if split is not None and split[0] in self.functions:
            return self.applied(split[0], primes, f"z{split[1][0]}")
        return sympy.Symbol(name)

    def applied(self, function: str, primes: int, variable: str) -> Any:
        symbol = sympy.Symbol(variable)
        return (
            sympy.diff(self.functions[function](symbol), symbol, primes) if primes else self.functions[function](symbol)
        )
