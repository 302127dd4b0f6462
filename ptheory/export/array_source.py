"""The text of a function of arrays: Python with NumPy or jax.numpy that stands on its own."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Mapping, Sequence
from functools import reduce

from sympy import Expr

from ptheory.algebra.elementary import BY_NAME
from ptheory.export.array_helpers import DEPENDS, Helper
from ptheory.export.operations import carried_out, is_long
from ptheory.recursion.gaussian_mean import GaussianMean

SUM, QUOTIENT, PRODUCT, POWER, ATOM = range(5)
Text = tuple[str, int]
"""What is written, and how tightly it binds."""


class ArraySource:
    """``names``: symbol -> identifier. ``used``: the helpers that were called."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = dict(names)
        self.used: set[str] = set()

    def number(self, value: Expr) -> Text:
        """2, 1/2, np.pi; the nearest double of a long one"""
        if is_long(value):
            return repr(float(value)), ATOM if value >= 0 else PRODUCT
        if value.is_Integer:
            return str(value), ATOM if value >= 0 else PRODUCT
        if value.is_Rational:
            return f"{value.p}/{value.q}", QUOTIENT
        return (repr(float(value)) if value.is_Float else {"pi": "np.pi", "E": "np.e"}[str(value)]), ATOM

    def symbol(self, name: str) -> Text:
        """Its identifier."""
        return self.names[name], ATOM

    def sum(self, parts: Sequence[Text]) -> Text:
        """a + b - c"""
        text = _in(parts[0], SUM)
        for part in parts[1:]:
            written = _in(part, QUOTIENT)
            text += f" - {written[1:]}" if written.startswith("-") else f" + {written}"
        return text, SUM

    def product(self, parts: Sequence[Text]) -> Text:
        """a*b, a sign in front."""
        if parts[0][0] == "-1" and len(parts) > 1:
            return "-" + self.product(parts[1:])[0], PRODUCT
        first, others = _in(parts[0], QUOTIENT), [_in(part, PRODUCT) for part in parts[1:]]
        return "*".join([first, *(f"({one})" if one.startswith("-") else one for one in others)]), PRODUCT

    def quotient(self, above: Text, below: Text) -> Text:
        """a/b"""
        return f"{_in(above, QUOTIENT)}/{_in(below, POWER)}", QUOTIENT

    def whole_power(self, base: Text, exponent: int) -> Text:
        """a**2"""
        return f"{_in(base, ATOM)}**{exponent}", POWER

    def power(self, base: Text, exponent: Text) -> Text:
        """a**b"""
        return f"{_in(base, ATOM)}**{_in(exponent, ATOM)}", POWER

    def root(self, base: Text, scale: Text | None) -> Text:
        """np.sqrt(a)"""
        inside = base[0] if scale is None else self._helper("near", base[0], "0.0", "np.inf", scale[0])
        return f"np.sqrt({inside})", ATOM

    def function(self, name: str, arguments: Sequence[Text]) -> Text:
        """np.tanh(a)"""
        inside = [argument[0] for argument in arguments]
        match name:
            case "asin" | "acos":
                inside = [self._helper("near", inside[0], "-1.0", "1.0")]
            case "max" | "min":
                return reduce(lambda a, b: f"np.{name}imum({a}, {b})", inside), ATOM
            case "step":
                return f"np.heaviside({inside[0]}, 0.5)", ATOM
            case "sech":
                return f"1/np.cosh({inside[0]})", QUOTIENT
            case "erf":
                return f"erf({inside[0]})", ATOM
            case "erfc":
                return f"1 - erf({inside[0]})", SUM
            case "bivariate_normal":
                return self._helper(name, *inside), ATOM
        return f"np.{BY_NAME[name].numpy}({', '.join(inside)})", ATOM

    def compare(self, relation: str, left: Text, right: Text) -> Text:
        """(a < b)"""
        return f"({left[0]} {relation} {right[0]})", ATOM

    def both(self, conditions: Sequence[Text], every: bool) -> Text:
        """(a & b)"""
        return "(" + (" & " if every else " | ").join(text for text, _ in conditions) + ")", ATOM

    def select(self, branches: Sequence[tuple[Text, Text]], otherwise: Text) -> Text:
        """np.where(condition, value, otherwise)"""
        text = otherwise[0]
        for value, condition in reversed(branches):
            text = f"np.where({condition[0]}, {value[0]}, {text})"
        return text, ATOM

    def mean(self, node: GaussianMean, kernel: Sequence[Text], bends: Sequence[Sequence[Text]]) -> Text:
        """mean_of_one(lambda z: ..., K, (0,))"""
        variables = [z.name for z in node.variables]
        before = dict(self.names)
        self.names |= {name: name for name in variables}
        integrand = carried_out(node.integrand, self)[0]
        self.names = before
        points = ["(" + "".join(f"{text}, " for text, _ in group) + ")" for group in bends]
        which = "mean_of_one" if len(variables) == 1 else "mean_of_two"
        function = f"lambda {', '.join(variables)}: {integrand}"
        return self._helper(which, function, *(text for text, _ in kernel), *points), ATOM

    def _helper(self, name: str, *arguments: str) -> str:
        self.used.add(name)
        return f"{name}({', '.join(arguments)})"


def _in(part: Text, least: int) -> str:
    text, binding = part
    return text if binding >= least else f"({text})"


def helper_source(used: set[str], helpers: Mapping[str, Helper]) -> str:
    """The text of the helpers that are called, those they call in front."""
    needed = set(used)
    for name in reversed(list(DEPENDS)):
        if name in needed:
            needed |= set(DEPENDS[name])
    texts = (inspect.getsource(helpers[name]) for name in DEPENDS if name in needed)
    return "\n\n".join(textwrap.dedent(text).replace(": Any", "").replace(" -> Any", "") for text in texts)
