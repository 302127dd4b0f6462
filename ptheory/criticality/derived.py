"""From derived recursions to the one-input system analysed here: the only place that knows both data structures."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ptheory.activations import Activation, lookup
from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.algebra.refusal import Refusal
from ptheory.criticality.kernel_system import FIRST, KERNEL, PAIR, LinearRecursion, Quantity, RecursionSystem
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.language.expressions import Expression
from ptheory.networks.formulas import activation_from_formula
from ptheory.networks.scalars import with_named_scalars
from ptheory.recursion.equation import Equation
from ptheory.recursion.jets import VARIABLE, FieldValue, Jet, Scalar
from ptheory.recursion.means.layer_functions import expand_factors
from ptheory.recursion.means.mean import Mean, reads, terms
from ptheory.recursion.nearby import ALONG, HERE
from ptheory.recursion.tensors import WIDTH_RATIO, Expectation, Leg, Tensor

if TYPE_CHECKING:
    from sympy import Expr


class UnsupportedSystem(Refusal):
    """The derived recursions have no one-input, one-field form; the message says why."""


@dataclass(frozen=True)
class DerivedSystem:
    """A system whose functions are not yet bound to activations."""

    system: RecursionSystem

    def specialise(
        self, activations: Mapping[str, Activation], values: Mapping[Atom, Expr] | None = None
    ) -> SpecialisedSystem:
        """Bind activations by name; unbound names are looked up in the table of activations.

        ``values``: the hyperparameters that are not tuned. Raises FormulaError where one inside a function has none.
        """
        bound: list[Activation] = []
        for function in self.system.functions:
            if isinstance(function, str):
                bound.append(activations[function] if function in activations else lookup(function))
            else:
                formula, symbols = with_named_scalars(function)
                given = {n: values[Symbol(s.name)] for n, s in symbols.items() if values and Symbol(s.name) in values}
                bound.append(activation_from_formula("phi", formula, VARIABLE.name, given, dict(activations)))
        return SpecialisedSystem(self.system, tuple(bound), dict(values or {}))


def one_input_system(
    name: str,
    kernel: Equation,
    tower: Sequence[Equation],
    bias: str,
    weight: str,
    rates: Sequence[str],
    constants: Sequence[str] = (),
    near: Sequence[Equation] = (),
    labels: tuple[str, str] = ("x", "dx"),
) -> DerivedSystem:
    """The system of a derived kernel equation (two slots) and tower, at one input and equal widths.

    ``bias``, ``weight``: the variances that are tuned; ``rates``: the learning rates; ``constants``: what else stands
    in outputs. ``near``: recursions of components along the separation of two inputs, called K[x,dx] by ``labels``.
    Raises ``UnsupportedSystem`` for several fields, for skips that reach further down, and for towers that do not close
    among the quantities given.
    """
    if len(kernel.target.legs) != 2:
        raise UnsupportedSystem("the kernel equation has to have two slots")
    translator = _Translator(kernel)
    flow = translator.polynomial(kernel.at_one_input().right, kernel)
    first, second = (leg.sample for leg in kernel.target.legs)
    pair = translator.polynomial(kernel.at({first: 1, second: 2}).right, kernel)
    names = {KERNEL}
    recursions = []
    for equation in tower:
        names.add(equation.name)
        right = translator.polynomial(equation.at_one_input().right, equation)
        unknown = {a.name for a in right.atoms() if isinstance(a, Quantity)} - names
        if unknown:
            raise UnsupportedSystem(f"{equation.name} is driven by {', '.join(sorted(unknown))}: list these before it")
        recursions.append(LinearRecursion(equation.name, right))

    def named(atom: Tensor, equation: Equation) -> str:
        return component_name(atom, equation, labels) if is_along(atom) else _quantity_name(atom, equation)

    along = [(named(one.target, one), translator.polynomial(one.right, one, named)) for one in near]
    recursions += _drivers_first(along, names)
    system = RecursionSystem(
        name,
        flow,
        pair,
        tuple(recursions),
        bias=Symbol(bias),
        weight=Symbol(weight),
        rates=tuple(Symbol(r) for r in rates),
        kernel_name=kernel.name,
        vertex=next((e.name for e in tower if e.target.is_vertex and not e.outputs), None),
        tangent=next((e.name for e in tower if e.target.is_tangent_kernel and not e.outputs), None),
        functions=tuple(translator.functions),
        constants=tuple(Symbol(name) for name in constants),
    )
    return DerivedSystem(system)


def _drivers_first(along: Sequence[tuple[str, Polynomial]], known: Collection[str]) -> list[LinearRecursion]:
    """The recursions, each after all on its right-hand side. UnsupportedSystem where two drive each other."""
    found: list[LinearRecursion] = []
    waiting, names = list(along), set(known)
    while waiting:
        ready = [
            (name, right)
            for name, right in waiting
            if {a.name for a in right.atoms() if isinstance(a, Quantity)} <= {*names, name}
        ]
        if not ready:
            raise UnsupportedSystem(f"{', '.join(name for name, _ in waiting)} drive each other, or what is not there")
        found += [LinearRecursion(name, right) for name, right in ready]
        names |= {name for name, _ in ready}
        waiting = [one for one in waiting if one[0] not in names]
    return found


class _Translator:
    """Expectations become averages over one field called z; tensors become quantities; n_l/n_(l-1) becomes one."""

    def __init__(self, kernel: Equation) -> None:
        self.sites = kernel.system.model.sites
        self.functions: dict[str | Expression, None] = {}

    def polynomial(
        self, right: Polynomial, equation: Equation, named: Callable[[Tensor, Equation], str] | None = None
    ) -> Polynomial:
        """``named``: what tensors are called, by default as at one input."""
        named = _quantity_name if named is None else named

        def translate(atom: Atom) -> Polynomial | None:
            if isinstance(atom, Expectation):
                return self._expectation(atom)
            if isinstance(atom, Tensor):
                return Polynomial.atom(Quantity(named(atom, equation)))
            if atom == WIDTH_RATIO:
                return Polynomial.constant(1)
            if isinstance(atom, Symbol):
                return Polynomial.atom(Symbol(atom.name))
            raise UnsupportedSystem(f"{atom} has no one-input meaning")

        return right.map_atoms(translate)

    def _expectation(self, expected: Expectation) -> Polynomial:
        parts = []
        if any(self.sites[factor.site].deepest for factor in expected.factors):
            raise UnsupportedSystem("an average over an earlier layer: criticality is for recursions of one layer")
        for scalars, factors in terms(expand_factors(self.sites, expected.factors).rename_atoms(_in_one_field)):
            for constant in scalars.atoms():
                if isinstance(constant, Scalar):
                    raise UnsupportedSystem(
                        f"the constant {constant.formula} in a layer equation is no rational number"
                    )
            mean = Mean(factors).differentiated(*(Leg(FIRST.field, leg.place) for leg in expected.derivatives))
            self.functions.update(dict.fromkeys(jet.function for jet in mean.jets))
            if all(reads(mean, leg) for leg in mean.derivatives):
                parts.append(scalars * Polynomial.atom(mean) if factors else scalars)
        return Polynomial.sum(parts)


def _in_one_field(factor: Atom) -> Atom:
    if isinstance(factor, (Jet, FieldValue)):
        return replace(factor, leg=Leg(FIRST.field, factor.leg.place))
    return factor


def is_along(atom: Tensor) -> bool:
    """Whether a slot of a component carries the separation of two inputs."""
    return any(leg.sample == ALONG for leg in atom.legs)


def component_name(atom: Tensor, equation: Equation, labels: tuple[str, str]) -> str:
    """V[x,dx,x,dx]: a component along the separation of two inputs."""
    named = equation.names.of(atom)
    return f"{named.name}[{','.join(labels[leg.sample - HERE] for leg in named.arguments)}]"


def _quantity_name(atom: Tensor, equation: Equation) -> str:
    fields = {leg.field for leg in atom.legs}
    if len(fields) > 1:
        raise UnsupportedSystem(
            f"several fields ({', '.join(map(str, sorted(fields)))}): the one-kernel analysis does not apply"
        )
    named = equation.names.of(atom).name
    samples = {leg.sample for leg in atom.legs}
    if atom.is_kernel:
        return PAIR if len(samples) == 2 else KERNEL
    if not samples <= {1}:
        raise UnsupportedSystem(f"{named} at several inputs in the kernel recursion")
    return named
