"""From derived recursions to the one-input system of several kernels: one for each field of the layers.

Fields made with weights of their own are not correlated, so that an average over several of them is a product of
averages over one each, at that field's kernel. What drives the wanted tensors is found by their components: V of u, of
v, and of u and v are three quantities, whose recursions may be coupled.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

from ptheory.algebra.polynomial import Atom, Polynomial, SortKey, Symbol
from ptheory.criticality.derived import DerivedSystem, UnsupportedSystem
from ptheory.criticality.kernel_system import FIRST, SECOND, LinearRecursion, Quantity, RecursionSystem
from ptheory.language.expressions import Expression
from ptheory.networks.coefficients import TensorAt
from ptheory.networks.delayed_fields import is_delay, with_delays_as_fields
from ptheory.networks.fields import Field
from ptheory.recursion.closure import reads_earlier_layers
from ptheory.recursion.equation import Equation
from ptheory.recursion.jets import FieldValue, Jet, Scalar
from ptheory.recursion.means.by_kernel import by_kernel
from ptheory.recursion.means.layer_functions import expand_factors
from ptheory.recursion.means.mean import Mean, mean_of, terms
from ptheory.recursion.means.product_rule import differentiate
from ptheory.recursion.places import Sample
from ptheory.recursion.system import RecursionSystem as DerivedRecursions
from ptheory.recursion.system import generic_slots
from ptheory.recursion.tensor_names import TensorNames, structure_of
from ptheory.recursion.tensors import WIDTH_RATIO, Expectation, Leg, Tensor, tensor
from ptheory.recursion.variables import CombinedLeg, leading_kernel

NOT_TUNED = Symbol("no variance of biases")


@dataclass(frozen=True)
class KernelMean:
    """An average over one field whose kernel is the quantity ``kernel``; ``mean`` is over FIRST, at two inputs over
    SECOND too."""

    kernel: str
    mean: Mean

    @property
    def sort_key(self) -> SortKey:
        return (7, 2, self.kernel, self.mean.sort_key)

    def __str__(self) -> str:
        return f"{self.mean}_{self.kernel}"


@dataclass(frozen=True)
class SeveralKernels:
    """``kernels``: their names, in the order of ``fields``; ``maps``: K' of each at one input, in atoms
    ``KernelMean``, Quantity and Symbol; ``pairs``: K'[1,2] at two inputs of equal norms; ``perpendicular[i][j]``:
    ∂K_i'[1,2]/∂K_j[1,2] at coinciding inputs.

    ``tower``: all that drives the wanted tensors, in order of appearance, ``targets``: the tensors, by these names;
    ``zero``: those wanted that nothing makes. ``labels``: the names of all of these, by tensor.
    """

    fields: tuple[str, ...]
    kernels: tuple[str, ...]
    maps: tuple[Polynomial, ...]
    pairs: tuple[Polynomial, ...]
    perpendicular: tuple[tuple[Polynomial, ...], ...]
    tower: tuple[LinearRecursion, ...]
    targets: Mapping[str, Tensor]
    zero: tuple[str, ...]
    labels: Mapping[Tensor, str]
    derived: DerivedSystem

    @property
    def naming(self) -> RecursionSystem:
        """What the first kernel, its vertex and its tangent kernel are called."""
        return self.derived.system


def several_kernels(
    system: DerivedRecursions, names: TensorNames, wanted: Sequence[TensorAt], rates: Sequence[str]
) -> SeveralKernels:
    """The system of all kernels, and of what drives the wanted tensors.

    What reads layers further down through weights of its own is a field, too (``delayed_fields``).

    Raises UnsupportedSystem where two fields are correlated, where an average is not over single fields, and where
    layers further down are read otherwise; OpenHierarchy where a wanted tensor does not close.
    """
    if reads_earlier_layers(system.model.architecture):
        system = _by_fields(system)
    translator = _Translator(system, names)
    fields = [Field(name) for name in system.model.architecture.fields]
    translator.check_uncorrelated(fields)
    legs = [(Leg(field, Sample(1)), Leg(field, Sample(2))) for field in fields]
    kernels = tuple(translator.label(leading_kernel(here, here)) for here, _ in legs)
    maps = tuple(translator.polynomial(translator.at_one_input(leading_kernel(here, here))) for here, _ in legs)
    slopes = tuple(tuple(translator.slope(leading_kernel(*own), *other) for other in legs) for own in legs)
    found = (names.tensor(one.name, one.lowest_order) for one in wanted)
    asked = [target for target in found if target is not None and not target.is_kernel]
    pairs = tuple(translator.pair(leading_kernel(*own)) for own in legs)
    tower = translator.closure(asked)
    zero = tuple(name for name in map(translator.label, asked) if name not in tower)
    recursions = tuple(LinearRecursion(name, right) for name, right in tower.items())
    own = {name: target for name, target in translator.targets.items() if {g.field for g in target.legs} == {fields[0]}}
    naming = RecursionSystem(
        system.model.architecture.name,
        maps[0],
        Polynomial(),
        recursions,
        bias=NOT_TUNED,
        weight=NOT_TUNED,
        rates=tuple(Symbol(rate) for rate in rates),
        kernel_name=kernels[0],
        vertex=next((name for name, target in own.items() if target.is_vertex), None),
        tangent=next((name for name, target in own.items() if target.is_tangent_kernel), None),
        functions=tuple(translator.functions),
    )
    targets = {one.name: translator.targets[one.name] for one in recursions}
    labels = {leading_kernel(here, here): name for (here, _), name in zip(legs, kernels, strict=True)}
    labels |= {target: name for name, target in translator.targets.items()}
    return SeveralKernels(
        system.model.architecture.fields, kernels, maps, pairs, slopes, recursions, targets, zero, labels,
        DerivedSystem(naming),
    )  # fmt: skip


def has_delays(target: Tensor) -> bool:
    """Whether a tensor is one of what is handed on from layers further down, which no user has declared."""
    return any(is_delay(leg.field) for leg in target.legs)


def _by_fields(system: DerivedRecursions) -> DerivedRecursions:
    made = with_delays_as_fields(system.model.declared)
    if made is None:
        raise UnsupportedSystem(
            f"{system.model.declared.name} reads layers further down otherwise than through weights of their own, and "
            "its neurons remember: criticality is for layers whose kernels close",
            "numbers layer by layer: `flow`",
        )
    return DerivedRecursions(made, system.model.kinds)


def pair_name(kernel: str) -> str:
    """What the kernel at two inputs is called: K_u[1,2]."""
    return f"{kernel}[1,2]"


def kernel_slope(right: Polynomial, kernel: str) -> Polynomial:
    """∂/∂K of a right-hand side at one input, K the kernel of that name: ∂<F>/∂K = <F''>/2."""

    def slope(atom: Atom) -> Polynomial | None:
        if isinstance(atom, KernelMean) and atom.kernel == kernel:
            moved = KernelMean(kernel, atom.mean.differentiated(FIRST, FIRST))
            return Polynomial.atom(moved) * Fraction(1, 2)
        return Polynomial.constant(1) if atom == Quantity(kernel) else None

    return right.derivative(slope)


def pair_slope(right: Polynomial, kernel: str) -> Polynomial:
    """∂/∂K[1,2] of a right-hand side at two inputs: ∂<F>/∂K[1,2] = <∂_1 ∂_2 F>."""

    def slope(atom: Atom) -> Polynomial | None:
        if isinstance(atom, KernelMean) and atom.kernel == kernel and atom.mean.variables[-1] == SECOND:
            return Polynomial.atom(KernelMean(kernel, atom.mean.differentiated(FIRST, SECOND)))
        return Polynomial.constant(1) if atom == Quantity(pair_name(kernel)) else None

    return right.derivative(slope)


class _Translator:
    """Expectations at one input become products of averages over one field each, tensors quantities by their labels."""

    def __init__(self, system: DerivedRecursions, names: TensorNames) -> None:
        self._system, self._names = system, names
        self.functions: dict[str | Expression, None] = {}
        self.targets: dict[str, Tensor] = {}
        self._labels: dict[Tensor, str] = {}

    def check_uncorrelated(self, fields: Sequence[Field]) -> None:
        """Raises UnsupportedSystem where one neuron's values of two fields are correlated.

        They are not where their weights are different ones and nothing else makes their covariance, which may drive
        itself: what is carried over from one to the other.
        """
        pairs = {
            leading_kernel(Leg(left, Sample(1)), Leg(right, Sample(1))): (left, right)
            for left, right in combinations(fields, 2)
        }
        recursions = {pair: self.at_one_input(pair).right for pair in pairs}
        made: set[Tensor] = set()
        while more := {pair for pair in pairs if pair not in made and _is_made(recursions[pair], pairs, made)}:
            made |= more
        if made:
            left, right = pairs[min(made, key=lambda pair: pair.sort_key)]
            raise UnsupportedSystem(
                f"{left} and {right} are correlated: criticality of several kernels is for fields made with weights of "
                "their own"
            )

    def at_one_input(self, target: Tensor) -> Equation:
        """The recursion of a component, everything at one input."""
        right = self._system.right_hand_side(target)
        return Equation(self.label(target), target, right, self._system, self._names).at_one_input()

    def label(self, target: Tensor) -> str:
        """The declared name of a tensor of just these fields; else that of one of other fields, with these:
        V[u,u,u,v], Q[v,v,v,v]. Two tensors have two labels."""
        shape = generic_slots(tensor(target.components, target.order))
        if shape not in self._labels:
            named = self._names.of(target)
            declared = self._names.tensor(named.declared, named.order)
            name = named.name
            if declared is None or generic_slots(declared) != generic_slots(target):
                alike = (e.name for e in self._names.declared if structure_of(e.shape) == structure_of(shape))
                called = named.declared if shape.is_of_fields else next(alike, named.declared)
                fields = ",".join(str(leg.field) for leg in named.arguments)
                name = f"{replace(named, declared=called).name}[{fields}]"
            while name in self._labels.values():
                name += "'"
            self._labels[shape] = name
        return self._labels[shape]

    def closure(self, wanted: Sequence[Tensor]) -> dict[str, Polynomial]:
        """The recursions of the wanted tensors and of all that drive them; those that stay zero left out."""
        found: dict[str, Polynomial] = {}
        waiting = list(wanted)
        while waiting:
            equation = self.at_one_input(waiting.pop(0))
            if equation.name in found:
                continue
            found[equation.name] = self.polynomial(equation)
            self.targets[equation.name] = equation.target
            waiting += sorted(
                (a for a in equation.right.atoms() if isinstance(a, Tensor) and not a.is_kernel),
                key=lambda a: a.sort_key,
            )
        return _made(found, self.targets)

    def slope(self, kernel: Tensor, first: Leg, second: Leg) -> Polynomial:
        """∂K'[1,2]/∂K_field[1,2] at coinciding inputs, of the kernel of a field at two inputs."""
        moved = by_kernel(self._at_two(kernel), first, second, Quantity(self._pair(first.field)))

        def coincide(atom: Atom) -> Polynomial | None:
            if isinstance(atom, Mean):
                return mean_of(differentiate(atom.integrand, *atom.derivatives).rename_atoms(_at_sample_one))
            return None

        return self._split(moved.map_atoms(coincide))

    def pair(self, kernel: Tensor) -> Polynomial:
        """The recursion of a kernel at two inputs of equal norms."""
        return self._split(self._at_two(kernel))

    def _at_two(self, kernel: Tensor) -> Polynomial:
        right = self._system.right_hand_side(kernel)
        return self._means(Equation("", kernel, right, self._system, self._names).at({1: 1, 2: 2}))

    def _pair(self, field: Field) -> str:
        own = Leg(field, Sample(1))
        return pair_name(self.label(leading_kernel(own, own)))

    def polynomial(self, equation: Equation) -> Polynomial:
        """The right-hand side at one input in the atoms of ``SeveralKernels``."""
        return self._split(self._means(equation))

    def _means(self, equation: Equation) -> Polynomial:
        """Expectations as means over fields at samples, tensors as quantities, n_l/n_(l-1) as one."""

        def translate(atom: Atom) -> Polynomial | None:
            if isinstance(atom, Expectation):
                return self._expectation(atom)
            if isinstance(atom, Tensor):
                samples = {leg.sample for leg in atom.legs}
                name = self._pair(atom.legs[0].field) if len(samples) > 1 else self.label(atom)
                return Polynomial.atom(Quantity(name))
            if atom == WIDTH_RATIO:
                return Polynomial.constant(1)
            if isinstance(atom, Symbol):
                return Polynomial.atom(Symbol(atom.name))
            raise UnsupportedSystem(f"{atom} has no one-input meaning")

        return equation.right.map_atoms(translate)

    def _expectation(self, expected: Expectation) -> Polynomial:
        sites = self._system.model.sites
        if any(sites[factor.site].deepest for factor in expected.factors):
            raise UnsupportedSystem("an average over an earlier layer: criticality is for recursions of one layer")
        parts = []
        for scalars, factors in terms(expand_factors(sites, expected.factors)):
            for constant in scalars.atoms():
                if isinstance(constant, Scalar):
                    raise UnsupportedSystem(
                        f"the constant {constant.formula} in a layer equation is no rational number"
                    )
            if factors:
                parts.append(scalars * Polynomial.atom(Mean(factors).differentiated(*expected.derivatives)))
            elif not expected.derivatives:
                parts.append(scalars)
        return Polynomial.sum(parts)

    def _split(self, polynomial: Polynomial) -> Polynomial:
        """Every mean over several fields as the product of its means over one."""

        def split(atom: Atom) -> Polynomial | None:
            if not isinstance(atom, Mean):
                return None
            fields = {leg.field for leg in (*atom.variables, *atom.derivatives)}
            product = Polynomial.constant(1)
            for field in sorted(fields):
                product = product * self._over(field, atom)
            return product

        return polynomial.map_atoms(split)

    def _over(self, field: Field, mean: Mean) -> Polynomial:
        if any(isinstance(leg, CombinedLeg) for leg in mean.variables):
            raise UnsupportedSystem("an average over a combination of fields: criticality is for functions of one each")
        samples = sorted({leg.sample for leg in (*mean.variables, *mean.derivatives) if leg.field == field})
        at = dict(zip(samples, (FIRST, SECOND), strict=False))  # one input alone: their norms are equal
        factors = [(replace(f, leg=at[f.leg.sample]), power) for f, power in mean.factors if f.leg.field == field]
        derivatives = tuple(at[leg.sample] for leg in mean.derivatives if leg.field == field)
        if not factors:
            return Polynomial() if derivatives else Polynomial.constant(1)
        own = Mean(tuple(sorted(factors, key=lambda pair: pair[0].sort_key)), derivatives)
        self.functions.update(dict.fromkeys(jet.function for jet in own.jets))
        kernel = self.label(leading_kernel(Leg(field, Sample(1)), Leg(field, Sample(1))))
        return Polynomial.atom(KernelMean(kernel, own))


def _at_sample_one(factor: Atom) -> Atom:
    if isinstance(factor, (Jet, FieldValue)):
        return replace(factor, leg=Leg(factor.leg.field, Sample(1)))
    return factor


def _is_made(right: Polynomial, pairs: Collection[Tensor], made: Collection[Tensor]) -> bool:
    """Whether a covariance of two fields has a source that is none of these covariances, or one that is made."""
    drivers = ({atom for atom, _ in monomial if atom in pairs} for monomial, _ in right)
    return any(found <= set(made) for found in drivers)


def _made(found: Mapping[str, Polynomial], targets: Mapping[str, Tensor]) -> dict[str, Polynomial]:
    """Recursions without the quantities that nothing makes: those that come with 1/n start from zero and stay there."""
    made = {name for name in found if not targets[name].power}
    while more := {name for name, right in found.items() if name not in made and _has_source(right, found, made)}:
        made |= more

    def vanish(atom: Atom) -> Polynomial | None:
        return Polynomial() if isinstance(atom, Quantity) and atom.name in found and atom.name not in made else None

    return {name: right.map_atoms(vanish) for name, right in found.items() if name in made}


def _has_source(right: Polynomial, found: Mapping[str, Polynomial], made: Collection[str]) -> bool:
    """Whether a term is driven by none of the quantities, or by one that something makes."""
    drivers = (
        {atom.name for atom, _ in monomial if isinstance(atom, Quantity) and atom.name in found}
        for monomial, _ in right
    )
    return any(names <= set(made) for names in drivers)
