"""The value of a formula of LaTeX, to tell whether two ways to write it mean the same."""

from __future__ import annotations

import cmath
from collections.abc import Callable, Mapping

from ptheory.rendering.math_list import Atom, Fenced, Quotient, Root, Row, Sign, math_list
from ptheory.rendering.math_signs import CLOSING, OPENING, OPERATOR

FUNCTIONS: dict[str, Callable[[complex], complex]] = {
    r"\arcsin": cmath.asin,
    r"\exp": cmath.exp,
    r"\log": cmath.log,
    r"\sin": cmath.sin,
}


def value(latex: str, values: Mapping[str, complex]) -> complex:
    """``values``: of symbols with their subscripts, as they are written; pi and e are known."""
    return _Evaluator(math_list(latex), {r"\pi": cmath.pi, "e": cmath.e, **values}).whole()


class _Evaluator:
    def __init__(self, atoms: tuple[Atom, ...], values: Mapping[str, complex]) -> None:
        self.atoms = [atom for atom in atoms if not atom.is_space]
        self.values = values
        self.place = 0

    def whole(self) -> complex:
        found = self.sum()
        assert self.place == len(self.atoms), self.atoms[self.place :]
        return found

    def inner(self, atoms: tuple[Atom, ...]) -> complex:
        return _Evaluator(atoms, self.values).whole()

    def name(self) -> str:
        if self.place == len(self.atoms):
            return ""
        nucleus = self.atoms[self.place].nucleus
        return nucleus.name if isinstance(nucleus, Sign) else ""

    def sum(self) -> complex:
        total: complex = 0
        sign = 1
        if self.name() in "+-" and self.name():
            sign = -1 if self.name() == "-" else 1
            self.place += 1
        while True:
            total += sign * self.product()
            if self.name() not in ("+", "-"):
                return total
            sign = -1 if self.name() == "-" else 1
            self.place += 1

    def product(self) -> complex:
        total = self.factor()
        while self.place < len(self.atoms):
            if self.name() in (r"\times", r"\cdot"):
                self.place += 1
            elif self.name() in ("+", "-") or self.atoms[self.place].kind == CLOSING:
                return total
            total *= self.factor()
        return total

    def factor(self) -> complex:
        atom = self.atoms[self.place]
        if atom.kind == OPERATOR:
            self.place += 1
            power = self.exponent(atom)
            return FUNCTIONS[atom.nucleus.name](self.factor()) ** power  # type: ignore[union-attr]
        if atom.kind == OPENING:
            self.place += 1
            found = self.sum()
            atom = self.atoms[self.place]
            assert atom.kind == CLOSING
            self.place += 1
            return found ** self.exponent(atom)
        if self.name().isdigit():
            return self.number()
        self.place += 1
        return self.nucleus(atom) ** self.exponent(atom)

    def number(self) -> complex:
        digits = ""
        while self.name().isdigit() or self.name() == ".":
            atom = self.atoms[self.place]
            digits += self.name()
            self.place += 1
            if atom.above is not None:
                return float(digits) ** self.exponent(atom)
        return float(digits)

    def nucleus(self, atom: Atom) -> complex:
        match atom.nucleus:
            case Quotient(above, below, _):
                return self.inner(above) / self.inner(below)
            case Root(body):
                return self.inner(body) ** 0.5
            case Fenced(_, body, _) | Row(body):
                return self.inner(body)
            case Sign(name, _):
                below = "" if atom.below is None else "_" + "".join(one.latex for one in atom.below)
                return self.values[name + below]
        raise AssertionError(atom)

    def exponent(self, atom: Atom) -> complex:
        if atom.above is None:
            return 1
        slash = next((k for k, one in enumerate(atom.above) if one.latex == "/"), None)
        if slash is None:
            return self.inner(atom.above)
        return self.inner(atom.above[:slash]) / self.inner(atom.above[slash + 1 :])
