"""Which two variances of an architecture criticality tunes: read off its roles, never off names.

A critical point fixes K*, the variance of the biases and the variance of the weights. Either variance is a power of one
hyperparameter, h^k times numbers and hyperparameters that are set: h^k is solved for. What is set is not tuned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import gcd
from typing import TYPE_CHECKING

from ptheory.algebra.polynomial import Atom, Monomial, Polynomial, Symbol
from ptheory.criticality.derived import UnsupportedSystem
from ptheory.networks.architecture import Architecture, Weights, parameters_in
from ptheory.networks.laws import NORMAL
from ptheory.networks.roles import Roles, roles
from ptheory.recursion.equation import Equation

if TYPE_CHECKING:
    from sympy import Expr


NO_BIAS = Symbol("the variance of further biases")


class NothingToTune(UnsupportedSystem):
    """It is not clear what is to be tuned; ``help`` says what to write."""


@dataclass(frozen=True)
class Unknown:
    """The hyperparameter ``name`` enters through name^power, which is what the equations are solved for."""

    name: str
    power: int = 1

    @property
    def symbol(self) -> Symbol:
        """The hyperparameter, or the power of it that is solved for, as one symbol."""
        return Symbol(self.name if self.power == 1 else f"{self.name}^{self.power}")

    def root(self, value: Expr) -> Expr:
        """The hyperparameter where its power has this value; the positive one of two."""
        import sympy

        return value if self.power == 1 else sympy.root(value, self.power)


@dataclass(frozen=True)
class Tuning:
    """``bias`` is None where no bias has a variance to tune. ``given``: variances that are set, so not tuned;
    ``fixed``: the values of all other hyperparameters; ``rates``: the learning rates."""

    bias: Unknown | None
    weight: Unknown
    given: Mapping[Atom, Expr]
    fixed: Mapping[Atom, Expr]
    rates: tuple[str, ...]

    @property
    def bias_symbol(self) -> Symbol:
        """The bias variance that is tuned, or the symbol that stands for none."""
        return NO_BIAS if self.bias is None else self.bias.symbol

    @property
    def are_both_set(self) -> bool:
        """Whether the file gives both variances, so that nothing is left to tune."""
        return len(self.given) == 2

    @property
    def set_variances(self) -> dict[str, Expr]:
        """The variances that are set and so not tuned, by their names."""
        return {str(symbol): value for symbol, value in self.given.items() if symbol != NO_BIAS}

    def hyperparameters(self, bias: Expr, weight: Expr) -> dict[str, Expr]:
        """The tuned hyperparameters by name where the variances they enter have these values."""
        found = {} if self.bias is None else {self.bias.name: self.bias.root(bias)}
        return {**found, self.weight.name: self.weight.root(weight)}

    def in_powers(self, right: Polynomial) -> Polynomial:
        """A polynomial in hyperparameters in the powers of them that are solved for."""
        for unknown in (self.bias, self.weight):
            if unknown is not None and unknown.power != 1:
                right = _in_powers(right, unknown)
        return right

    def of(self, equation: Equation) -> Equation:
        """The equation in the powers that are solved for; the kernel's own with a bias term where it has none."""
        right = self.in_powers(equation.right)
        if self.bias is None and equation.target.is_kernel:
            right = right + Polynomial.atom(NO_BIAS)
        return replace(equation, right=right)


def tuning(architecture: Architecture, kernel: Equation, values: Mapping[str, Expr]) -> Tuning:
    """What is tuned where ``values`` are set (SymPy numbers). Raises UnsupportedSystem where that is not clear."""
    found = roles(architecture)
    solved_for = _other_solved_for(architecture, found, kernel, values)
    shared = [name for name in found.biases if name in found.weights]
    if shared:
        raise NothingToTune(
            f"{shared[0]} is in the variances of weights and of biases, which are tuned independently",
            "give each a hyperparameter of its own",
        )
    if not found.weights and solved_for is None:
        law = next((p.law for p in parameters_in(architecture.layers) if isinstance(p, Weights)), NORMAL)
        raise NothingToTune(
            "the variance of the weights is a number and cannot be tuned", f"write {law.name}(0, C_W/n)"
        )
    weight = _unknown(found.weights if solved_for is None else (solved_for,), kernel, values, "weights")
    bias = _unknown(found.biases, kernel, values, "biases") if found.biases else None
    given: dict[Atom, Expr] = {} if bias is not None else {NO_BIAS: _zero()}
    for unknown in (bias, weight):
        if unknown is not None and unknown.name in values:
            given[unknown.symbol] = _variance(unknown, values[unknown.name])
    tuned = {unknown.name for unknown in (bias, weight) if unknown is not None}
    fixed: dict[Atom, Expr] = {Symbol(name): value for name, value in values.items() if name not in tuned}
    return Tuning(bias, weight, given, fixed, found.rates)


def _other_solved_for(
    architecture: Architecture, found: Roles, kernel: Equation, values: Mapping[str, Expr]
) -> str | None:
    """The one hyperparameter that is in no variance and is not set, where every variance of weights is: it takes their
    place, as the strength of a skip does. None where all others are set; NothingToTune where more are free."""
    free = [name for name in found.others if name not in values]
    if not free:
        return None
    weights = [name for name in found.weights if name not in values]
    in_kernel = {atom.name for atom in kernel.right.atoms() if isinstance(atom, Symbol)}
    if len(free) == 1 and not weights and free[0] in in_kernel:
        return free[0]
    needed = " and ".join(free)
    help = f"write `set {', '.join(f'{name} = ...' for name in free)}` in the block"
    if len(free) == 1 and free[0] in in_kernel:
        help += f", or set {' and '.join(weights)}, and {needed} is solved for"
    raise NothingToTune(f"{architecture.name} needs a value for {needed}", help)


def _unknown(names: Sequence[str], kernel: Equation, values: Mapping[str, Expr], what: str) -> Unknown:
    """The one hyperparameter of a role that is not set, else the first of them."""
    free = [name for name in names if name not in values]
    if len(free) > 1:
        one, other = free[:2]
        raise NothingToTune(
            f"{' and '.join(free)} are in variances of {what}, and only one of them is tuned",
            f"write `set {other} = ...` to tune {one}",
        )
    name = free[0] if free else names[0]
    power = 0
    for monomial, _ in kernel.right:
        for atom, exponent in monomial:
            if isinstance(atom, Symbol) and atom.name == name:
                power = gcd(power, exponent)
    return Unknown(name, power or 1)


def _variance(unknown: Unknown, value: Expr) -> Expr:
    variance = value**unknown.power
    if unknown.power % 2 and value.is_negative:
        raise NothingToTune(
            f"{unknown.name} = {value} is a negative variance", "no network has it: set it to 0 or more"
        )
    return variance


def check_rates(architecture: Architecture, name: str, right: Polynomial, values: Mapping[str, Expr]) -> None:
    """Learning rates that the recursion of a tensor has are positive where they are set. Raises NothingToTune."""
    known = roles(architecture).rates
    for atom in sorted((a for a in right.atoms() if isinstance(a, Symbol)), key=lambda a: a.sort_key):
        if atom.name in known and atom.name in values and not values[atom.name].is_positive:
            raise NothingToTune(
                f"{atom.name} = {values[atom.name]}: exponents of {name} are for positive learning rates",
                "leave it open",
            )


def _in_powers(right: Polynomial, unknown: Unknown) -> Polynomial:
    """h^(k e) as (h^k)^e."""
    terms: dict[Monomial, Fraction] = {}
    for monomial, coefficient in right:
        factors: list[tuple[Atom, int]] = []
        for atom, exponent in monomial:
            if isinstance(atom, Symbol) and atom.name == unknown.name:
                if exponent % unknown.power:
                    raise UnsupportedSystem(f"the recursions have {unknown.name} in other powers than {unknown.symbol}")
                factors.append((unknown.symbol, exponent // unknown.power))
            else:
                factors.append((atom, exponent))
        terms[tuple(sorted(factors, key=lambda factor: factor[0].sort_key))] = coefficient
    return Polynomial(terms)


def _zero() -> Expr:
    import sympy

    return sympy.Integer(0)
