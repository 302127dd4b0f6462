"""A report with one item of every kind, for all renderers."""

from __future__ import annotations

from fractions import Fraction

import sympy

from ptheory.recursion.tensors import Expectation
from ptheory.rendering.figure_parts import Axis, Curve, Label, Panel, Points
from ptheory.rendering.report import (
    CriticalPoint,
    DerivedEquation,
    Figure,
    Formula,
    Item,
    Prose,
    Report,
    Section,
    SpecialisedEquation,
    StepList,
    Table,
    Verdict,
)
from ptheory.results.specialisation import BoundEquation

from .architectures import GATED, MLP, POLYNOMIAL, TWO_ACTIVATIONS, recursion

HOSTILE = r"</script>\input{/etc/passwd} $100 & 50% #1 _x_ ^{2} ~ <b> | \end{document}"


GROWTH = Panel(
    Axis(Label("l", r"layer $\ell$")),
    Axis(Label("V[l]", r"$V^{(\ell)}$")),
    (Curve(Label("a_b & c", r"$a_b$"), (1, 2), (Fraction(1, 3), 0.5)),),
    (Points(Label.words("networks"), (1, 2), (0.3, 0.6), (0.1, 0.1), group=1),),
)


def every_item() -> Report:
    derived: list[Item] = [Prose(("Every coefficient is derived; ", Formula("C_W"), " is a variance."))]
    special: list[Item] = []
    for architecture in (MLP, TWO_ACTIVATIONS, POLYNOMIAL, GATED):
        for name, order in (("G", 0), ("G", 1), ("V", 0)):
            equation = recursion(architecture, name, order)
            derived.append(DerivedEquation(equation, architecture.name, name=f"{equation.name}:{architecture.name}"))
            special.append(
                SpecialisedEquation(
                    BoundEquation(equation.at_one_input()), architecture.name, name=f"{equation.name}:one"
                )
            )
    vertex = recursion(MLP, "V")
    one = vertex.at_one_input()
    kernel, old, variance = sympy.symbols("K V C_W")
    moment = next(a for a in one.right.atoms() if isinstance(a, Expectation) and len(a.factors) == 2)
    closed = variance**2 * old + sympy.Rational(5, 4) * variance**2 * kernel**2
    special += [
        SpecialisedEquation(BoundEquation(one, (), {"sigma": "relu"}, closed, moments=((moment, kernel / 2),))),
        SpecialisedEquation(BoundEquation(vertex.at({1: 1, 2: 1, 3: 2, 4: 2}), ("x", "y"), {"sigma": "tanh"})),
    ]
    rest: list[Item] = [
        CriticalPoint(
            "K", "any", {"C_b": Fraction(0), "C_W": Fraction(2)}, "marginal", "relu", ("the kernel is fixed",)
        ),
        Table(("layer", Formula("K"), "V"), (("1", "1.0", "0"), ("2", "0.99", "5/4")), "Layer by layer"),
        Figure("atlas", "atlas-MLP", "first-atlas-MLP", (GROWTH,), ("growth of ", Formula("V"))),
        Verdict("proved", ("four-point vertex, ", Formula("V"))),
        Verdict("refuted", HOSTILE, ("coefficient of V: yours 1/2, derived 1/4",)),
        StepList("How V comes about", vertex.steps(), vertex.names),
    ]
    sections = Section("Derived", tuple(derived)), Section("Specialised", tuple(special)), Section("Rest", tuple(rest))
    return Report("A report: derived & checked", sections, "first.deriv", {"exit_code": 1})
