"""The names a claim may use, and what each stands for in one architecture at one choice of inputs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from ptheory.algebra.order import LARGEST_CLAIMED_POWER
from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.claims.terms.ratio import Ratio
from ptheory.language.claim_names import ACTIVATION_SHORTHAND, INVERSE_KERNEL, KERNEL_BELOW, SUSCEPTIBILITIES
from ptheory.language.errors import LanguageError, did_you_mean, suggestion
from ptheory.language.expressions import Call, Expression, FieldAt, Span, walk
from ptheory.language.functions import CONSTANTS
from ptheory.language.prelude import declared_in_prelude
from ptheory.language.statements import Inputs
from ptheory.networks.fields import Field
from ptheory.networks.scalars import with_named_scalars
from ptheory.networks.width_powers import names_in_powers
from ptheory.recursion.dummies import relabel_atom
from ptheory.recursion.jets import Jet, expand_formula
from ptheory.recursion.places import Sample
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensor_names import TensorName, TensorNames, is_systematic
from ptheory.recursion.tensors import Leg, ObservableAt, Tensor

if TYPE_CHECKING:
    from ptheory.activations import Activation


_TRAILING_DIGITS = re.compile(r"(.*?[A-Za-z_])(\d+)\Z")


@dataclass(frozen=True)
class TensorReference:
    """A tensor a name stands for; ``samples``: slots written as digits behind the name, None where there are none."""

    entry: TensorName
    order: int
    samples: tuple[int, ...] | None = None

    @property
    def arity(self) -> int:
        """How many slots the tensor has."""
        return len(self.entry.arguments)

    @property
    def is_kernel(self) -> bool:
        """Whether it is the leading two-point function of fields."""
        components = self.entry.shape.components
        return not self.order and len(components) == 1 and components[0].is_covariance

    def at(self, samples: tuple[int, ...]) -> Tensor:
        """The component whose bracket arguments are ``samples``."""
        at_slot = dict(zip(self.entry.arguments, samples, strict=True))
        shape = replace(self.entry.shape, order=self.order)
        placed = relabel_atom(shape, lambda leg: Leg(leg.field, Sample(at_slot[leg.sample])))
        assert isinstance(placed, Tensor)
        return placed


def at_slots(name: str, reference: TensorReference) -> str:
    """V[1,2,3,4]: how a component of the tensor is written."""
    return f"{name}[{','.join(map(str, range(1, reference.arity + 1)))}]"


def check_number_of_slots(name: str, reference: TensorReference, count: int, span: Span) -> None:
    """LanguageError where a tensor is written with more or fewer slots than it has."""
    if count != reference.arity:
        raise LanguageError(
            f"{name} takes {reference.arity} slots, not {count}", span, help=f"write {at_slots(name, reference)}"
        )


@dataclass(frozen=True)
class Vocabulary:
    """``binding``: what activation names are bound to; ``lets``: abbreviations; ``inputs``: as the scope says.

    ``almost_everywhere``: derivatives of bound activations are those of automatic differentiation (ReLU'' = 0).
    ``given``: values of hyperparameters, ``parities``: signs of activations under z -> -z, ``at_layer``: the number of
    layer l, all of which the claim assumes. At layer 1 preactivations are Gaussian and their derivatives by parameters
    certain, so that all that comes with a power of 1/n vanishes. ``in_every_layer``: the claim is about the tensors of
    every layer, and l is its number. ``observables``: by name, legs at samples 1, 2, ...

    What a regime assumes: ``determined``, hyperparameters that it fixes, as quotients of what is known of this layer;
    ``held``, tensors at one number, as at K = 1; ``starred``, the kernel at the critical point by its name, K_star;
    ``relation``, what vanishes besides; ``leading_only``: terms with 1/n are dropped;
    ``at_zero``: an activation at zero, sigma'(0), is a number of the claim;
    ``unit_inputs``: the mean square of an input's components is one; ``stays_critical``: the kernel is that of the
    critical point in every layer.
    """

    system: RecursionSystem
    names: TensorNames
    binding: Mapping[str, Activation] = field(default_factory=dict)
    lets: Mapping[str, Expression] = field(default_factory=dict)
    inputs: Inputs | None = None
    almost_everywhere: bool = False
    given: Mapping[str, Expression] = field(default_factory=dict)
    parities: Mapping[str, int] = field(default_factory=dict)
    at_layer: int | None = None
    in_every_layer: bool = False
    determined: Mapping[str, Ratio] = field(default_factory=dict)
    held: Mapping[Atom, Fraction] = field(default_factory=dict)
    starred: Mapping[str, Ratio] = field(default_factory=dict)
    relation: Ratio | None = None
    leading_only: bool = False
    at_zero: bool = False
    unit_inputs: bool = False
    stays_critical: bool = False
    observables: Mapping[str, ObservableAt] = field(default_factory=dict)

    @property
    def assumes(self) -> bool:
        """Whether the claim assumes anything beyond its inputs and activations."""
        numbers = self.given or self.determined or self.held
        return bool(numbers or self.parities or self.relation is not None or self.at_layer is not None)

    @cached_property
    def names_in_powers(self) -> frozenset[str]:
        """The name that stands in powers of n of the network, if there is one."""
        declared = self.system.model.declared.parameters
        return names_in_powers(power for p in declared for power in (p.variance_power, p.rate_power))

    # ---- inputs -----------------------------------------------------------------------------------------------

    @property
    def one_input(self) -> bool:
        """Whether every slot holds the same input, so that no sample need be written."""
        return self.inputs is not None and self.inputs.count == 1

    @property
    def near(self) -> bool:
        """Whether the inputs are one and the separation from it, x and dx."""
        return self.inputs is not None and self.inputs.near

    @property
    def through(self) -> int:
        """The power of the separation through which components at inputs near each other are taken."""
        return 0 if self.inputs is None else self.inputs.through

    def named_sample(self, name: str) -> int | None:
        """The number of an input called ``name`` in the scope."""
        if self.inputs is None or name not in self.inputs.names:
            return None
        return self.inputs.names.index(name) + 1

    def sample(self, number: int, span: Span) -> int:
        """The input a slot number stands for: itself. LanguageError where there is none of that number."""
        if self.one_input and number != 1:
            raise LanguageError(
                f"there is no input {number}: this claim is made for one input",
                span,
                help="leave out `inputs one` if the numbers are different inputs; neurons have no number here, and a "
                "mean over different neurons is a product: <z^2>*<z^2>",
            )
        if self.inputs is not None and not 1 <= number <= self.inputs.count:
            raise LanguageError(
                f"there is no input {number}", span, help=f"this claim is made for {self.inputs.count} inputs"
            )
        return number

    def sample_text(self, sample: int) -> str:
        """The name of an input, or its number; samples count from 1."""
        return self.inputs.names[sample - 1] if self.inputs is not None and self.inputs.names else str(sample)

    # ---- what the architecture offers -------------------------------------------------------------------------

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields of the layers, in the order of declaration."""
        return self.system.model.architecture.fields

    @property
    def all_fields(self) -> tuple[str, ...]:
        """The fields and the outputs: what may stand in E[...], an output in no average over a neuron."""
        return self.system.model.architecture.all_fields

    def refuse_outputs_of_layer_one(self, legs: Iterable[Leg], span: Span) -> None:
        """Outputs are read off a hidden layer. LanguageError where one is meant of layer 1, or of every layer."""
        outputs = self.system.model.architecture.outputs
        if (self.at_layer == 1 or self.in_every_layer) and any(leg.field.name in outputs for leg in legs):
            raise LanguageError(
                "this is of an output, and layer 1 has none: it reads the input",
                span,
                help="the first output is of layer 2, which a prime says where l = 1; closed forms in the layer and "
                "laws at large depth are claimed of tensors of the layers",
            )

    @cached_property
    def functions(self) -> dict[str, tuple[str, ...]]:
        """Activation name -> the fields it is applied to in the layer equations."""
        found: dict[str, dict[str, None]] = {}
        for site in self.system.model.sites:
            for node in walk(site.formula):
                if isinstance(node, Call):
                    reads = {inner.field: None for inner in walk(node) if isinstance(inner, FieldAt)}
                    found.setdefault(node.function, {}).update(reads)
        for name in self.binding:
            found.setdefault(name, {})
        return {name: tuple(reads) for name, reads in found.items()}

    @cached_property
    def symbols(self) -> frozenset[Symbol]:
        """The hyperparameters, each layer's on its own."""
        architecture = self.system.model.architecture
        polynomials: list[Polynomial] = []
        for parameter in architecture.parameters:
            polynomials += [parameter.variance] + ([parameter.rate] if parameter.rate is not None else [])
        polynomials += [t.coefficient for e in architecture.equations for t in e.terms]
        found = {a for p in polynomials for a in p.atoms() if isinstance(a, Symbol)}
        for site in self.system.model.sites:
            found |= set(with_named_scalars(site.formula)[1].values())
        return frozenset(symbol for symbol in found if symbol.name not in CONSTANTS and symbol.name != "n")

    @property
    def hyperparameters(self) -> frozenset[str]:
        """Every scalar in variances, rates, coefficients and site functions."""
        return frozenset(symbol.name for symbol in self.symbols)

    @property
    def layered(self) -> frozenset[str]:
        """The hyperparameters that vary with depth: C_W[l]."""
        return frozenset(symbol.name for symbol in self.symbols if symbol.layer is not None)

    @property
    def unlayered(self) -> frozenset[str]:
        """Those that are the same in every layer: C_W."""
        return frozenset(symbol.name for symbol in self.symbols if symbol.layer is None)

    # ---- tensors ----------------------------------------------------------------------------------------------

    @cached_property
    def _written(self) -> dict[str, TensorName]:
        """Leading-order names: K for G, V for V."""
        found = {}
        for entry in self.names.declared:
            found[self.names.of(entry.shape).name] = entry
        return found

    @property
    def tensor_names(self) -> tuple[str, ...]:
        """The names tensors may be written by."""
        return tuple(self._written)

    def series(self, name: str) -> TensorName | None:
        """The tensor whose whole 1/n series is called ``name`` (G), where that is not its leading coefficient."""
        if name in self._written:
            return None
        return next((entry for entry in self.names.declared if entry.name == name), None)

    def tensor(self, name: str) -> TensorReference | None:
        """K, G1, V, V1, and K12, V1234, K_12, G1_12 with one digit per slot; None for anything else."""
        if name in self._written:
            return TensorReference(self._written[name], 0)
        match = _TRAILING_DIGITS.match(name)
        if match is None:
            return None
        stem, digits = match.group(1), match.group(2)
        if stem.endswith("_"):  # as the symbols of closed forms are called
            whole = self.tensor(stem[:-1])
            is_whole = whole is not None and whole.samples is None and whole.arity == len(digits)
            return replace(whole, samples=tuple(int(d) for d in digits)) if whole is not None and is_whole else None
        if stem in self._written and len(digits) == len(self._written[stem].arguments):
            return TensorReference(self._written[stem], 0, tuple(int(d) for d in digits))
        entry = next((entry for entry in self.names.declared if entry.name == stem), None)
        if entry is not None and 1 <= int(digits) <= LARGEST_CLAIMED_POWER and not digits.startswith("0"):
            return TensorReference(entry, int(digits))
        return None

    def is_beyond_leading(self, name: str) -> bool:
        """Whether a name is a coefficient beyond the leading one, a series in 1/n, or the width."""
        reference = self.tensor(name)
        return name == "n" or self.series(name) is not None or (reference is not None and reference.order > 0)

    def is_kernel(self, name: str) -> bool:
        """Whether a name is the leading two-point function, K."""
        reference = self.tensor(name)
        if reference is None or reference.order:
            return False
        components = reference.entry.shape.components
        return len(components) == 1 and components[0].is_covariance

    @property
    def kernel_name(self) -> str:
        """What the leading two-point function is called, K where none is declared."""
        return next(filter(self.is_kernel, self.tensor_names), KERNEL_BELOW)

    # ---- activations ------------------------------------------------------------------------------------------

    def jets(self, name: str, primes: int, leg_field: Field | None, sample: int, span: Span) -> Polynomial:
        """f^(primes) at a sample, f an activation's name or the shorthand ``s``; ``leg_field`` None: the only field."""
        if name == ACTIVATION_SHORTHAND and name not in self.functions:
            return self._shorthand(primes, leg_field, sample, span)
        return Polynomial.atom(Jet(name, primes, Leg(leg_field or self._field_of(name, span), Sample(sample))))

    def is_activation(self, name: str) -> bool:
        """Whether a name stands for an activation: a function of the architecture, or its shorthand."""
        return name == ACTIVATION_SHORTHAND or name in self.functions

    def is_known(self, name: str) -> bool:
        """Whether a name, its sample left aside, is an activation, a field or a constant."""
        return self.is_activation(_stem(name)) or _stem(name) in self.fields or name in CONSTANTS

    def is_scalar(self, name: str) -> bool:
        """Whether a name is a hyperparameter, a tensor, an abbreviation or a susceptibility."""
        return (
            name in (*SUSCEPTIBILITIES, INVERSE_KERNEL, "n")
            or name in self.hyperparameters
            or name in self.lets
            or self.tensor(name) is not None
            or self.series(name) is not None
        )

    def _field_of(self, function: str, span: Span) -> Field:
        reads = self.functions.get(function) or self.fields
        if len(reads) != 1:
            raise LanguageError(
                f"{function} of which field?",
                span,
                help=f"write {function}({reads[0]}1): fields are {', '.join(reads)}",
            )
        return Field(reads[0])

    def _shorthand(self, primes: int, leg_field: Field | None, sample: int, span: Span) -> Polynomial:
        """``s``: the one activation the layer equations leave open, or apply; else the one site function as a whole."""
        from ptheory.recursion.means.product_rule import differentiate

        open_names, applied = self._activations
        name = self.the_activation
        if name is not None:
            return Polynomial.atom(Jet(name, primes, Leg(leg_field or self._field_of(name, span), Sample(sample))))
        sites = self.system.model.sites
        if not open_names and len(sites) == 1 and len(sites[0].fields) == 1:
            leg = Leg(sites[0].fields[0], Sample(sample))
            value = expand_formula(sites[0].formula, Sample(sample))
            for _ in range(primes):
                value = differentiate(value, leg)
            return value
        listed = ", ".join(applied) or "none"
        raise LanguageError(
            f"`{ACTIVATION_SHORTHAND}` does not say which activation", span, help=f"write its name: {listed}"
        )

    @cached_property
    def _activations(self) -> tuple[list[str], list[str]]:
        """Those the layer equations leave open; those they apply, where none is open."""
        open_names = [name for name in self.functions if name in self._applied and self._is_open(name)]
        return open_names, open_names or [name for name in self.functions if name in self._applied]

    @property
    def the_activation(self) -> str | None:
        """The one that ``s`` stands for; None where that is a whole site function, or nothing."""
        open_names, applied = self._activations
        alone = len(open_names) == 1 or (len(applied) == 1 and self._is_plain_site(applied[0]))
        return applied[0] if alone else None

    @cached_property
    def _applied(self) -> frozenset[str]:
        return frozenset(
            node.function for site in self.system.model.sites for node in walk(site.formula) if isinstance(node, Call)
        )

    def _is_open(self, name: str) -> bool:
        from ptheory.language.functions import BUILTIN_FUNCTIONS, NAMED_ACTIVATIONS

        return name not in BUILTIN_FUNCTIONS and name not in NAMED_ACTIVATIONS

    def _is_plain_site(self, name: str) -> bool:
        """Whether the layer equations read the fields through ``name(field)`` alone."""
        sites = self.system.model.sites
        return all(isinstance(s.formula, Call) and s.formula.function == name for s in sites)

    # ---- messages ---------------------------------------------------------------------------------------------

    def unknown(self, name: str, span: Span, inside: bool) -> LanguageError:
        """The error for a name nobody declared, with the closest one that is."""
        known = {*self.tensor_names, *self.hyperparameters, *self.lets, *SUSCEPTIBILITIES, *CONSTANTS}
        if inside:
            known |= {*self.functions, *self.fields, ACTIVATION_SHORTHAND}
        elif self.is_activation(name) or _stem(name) in self.fields or self.is_activation(_stem(name)):
            return LanguageError(
                f"{name} depends on a neuron's preactivation", span, help=f"take its expectation: <{name}>"
            )
        if name in known or name == "n":
            written = f"{name}[l+1]" if name in self.layered else name
            return LanguageError(f"{name} has no slots and no prime here", span, help=f"write {written}")
        if is_systematic(name) and name not in self.tensor_names:
            return LanguageError(f"{name} is not declared", span, help=f"define {name} by E[...]_c = ... first")
        include = declared_in_prelude().get(name)
        help = did_you_mean(name, known) or (f"add `include {include}`" if include else suggestion(name, known, "name"))
        return LanguageError(f"unknown name {name}", span, help=help)


def _stem(name: str) -> str:
    return name.rstrip("0123456789")
