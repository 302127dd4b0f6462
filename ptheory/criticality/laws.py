"""What exponents and amplitudes say, as laws at large depth l: K -> 1/(2 l), V/(nK^2) -> 2 l/(3 n)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sympy as sp

from ptheory.criticality.asymptotics import DEPTH
from ptheory.criticality.series import number_value

if TYPE_CHECKING:
    from ptheory.criticality.universality import Classification

WIDTH = sp.Symbol("n", positive=True)
LONGEST_EXACT = 20  # a longer exact number is read as a decimal
READ_DIGITS = 15
LOGARITHM = " log(l)"

# what the decay exponents are exponents of: each is defined with a minus sign
DECAYS = {
    "p_par": "parallel perturbations",
    "p_perp": "perpendicular perturbations",
}


@dataclass(frozen=True)
class Law:
    """quantity -> amplitude * l^power * (log l)^log_power / n^width as l -> infinity."""

    quantity: str
    amplitude: sp.Expr
    power: sp.Expr
    log_power: int = 0
    width: int = 0

    def expression(self) -> sp.Expr:
        """The right-hand side in l and n, numbers as they are read."""
        logs = sp.log(DEPTH) ** self.log_power
        return readable(self.amplitude) * DEPTH ** readable(self.power) * logs / WIDTH**self.width

    def __str__(self) -> str:
        if self.amplitude == 0:
            return f"{self.quantity} = 0"
        sign, above, below = _factors(self.amplitude)
        factors = (("l", readable(self.power)), ("log(l)", sp.Integer(self.log_power)), ("n", sp.Integer(-self.width)))
        for name, power in factors:
            if power != 0:
                (below if power.is_negative else above).append(_power(name, abs(power)))
        right = " ".join(above) or "1"
        if below:
            right += "/" + (below[0] if len(below) == 1 else f"({' '.join(below)})")
        return f"{self.quantity} -> {sign}{right}"


def _factors(amplitude: sp.Expr) -> tuple[str, list[str], list[str]]:
    """The sign, and the factors above and below the fraction bar."""
    value = readable(amplitude)
    sign = "-" if value.could_extract_minus_sign() else ""
    value = -value if sign else value
    if value.is_Rational:
        return sign, [str(value.p)] * (value.p != 1), [str(value.q)] * (value.q != 1)
    text = str(sp.sstr(value))
    return sign, [text if value.is_Float or value.is_Symbol else f"({text})"], []


def _power(name: str, power: sp.Expr) -> str:
    if power == 1:
        return name
    return f"{name}^{power}" if power.is_Integer else f"{name}^({sp.sstr(power)})"


def readable(value: sp.Expr) -> sp.Expr:
    """Exact where that is short, else with the digits a person reads."""
    if value.is_Integer:
        return value
    numbers = value.atoms(sp.Rational) if value.free_symbols else {value}  # symbols get no shorter by decimals
    if not value.has(sp.Float) and all(len(str(number)) <= LONGEST_EXACT for number in numbers):
        return value
    return sp.N(number_value(value) if not value.free_symbols else value, READ_DIGITS)


def readable_text(value: sp.Expr) -> str:
    """``readable`` as text in SymPy's notation."""
    return str(sp.sstr(readable(value)))


def laws(found: Classification) -> dict[str, Law]:
    """The law of every amplitude, by the name the amplitude has."""
    named: dict[str, Law] = {}
    for name, amplitude in found.amplitudes.items():
        if name.endswith(LOGARITHM):
            named[name] = Law(name.removesuffix(LOGARITHM), amplitude, sp.Integer(0), -1)
        elif name in found.exponents:
            named[name] = Law(name, amplitude, found.exponents[name], width=1)
        elif "p_0" in found.exponents:
            named[name] = Law(name, amplitude, -found.exponents["p_0"])
    for name, growth in found.growths().items():
        named[name] = Law(growth.name, growth.amplitude, growth.power, growth.log_power, growth.width)
    return named


def meaning(exponent: str, found: Classification) -> str:
    """What an exponent is the exponent of, with its sign: K ~ l^(-p_0)."""
    if exponent == "p_0":
        decaying = next((name for name in found.amplitudes if name not in found.exponents), found.kernel_name)
        if decaying.endswith(LOGARITHM):
            return f"{decaying.removesuffix(LOGARITHM)} falls as 1/log(l)"
        return f"{decaying} ~ l^(-p_0)"
    if exponent in DECAYS:
        return f"{DECAYS[exponent]} ~ l^(-{exponent})"
    return "the power of l with which it grows"


def law_texts(found: Classification) -> Mapping[str, str]:
    """The laws of a classification as text, by the name of the quantity."""
    return {name: str(law) for name, law in laws(found).items()}
