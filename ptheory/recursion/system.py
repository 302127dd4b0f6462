"""The recursions of one architecture, derived on demand and once: tensor shape -> right-hand side."""

from __future__ import annotations

from functools import cached_property
from itertools import count
from typing import NamedTuple

from ptheory.algebra.exponents import Exponent
from ptheory.algebra.order import LARGEST_GENERIC_POWER
from ptheory.algebra.polynomial import Polynomial
from ptheory.algebra.refusal import Refusal
from ptheory.networks.architecture import Architecture, parameters_in
from ptheory.recursion.closure import check_closure, remembers_its_past
from ptheory.recursion.derive import Derivation, derive
from ptheory.recursion.layer_model import LayerModel, layer_model
from ptheory.recursion.means.relabel import with_samples
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import WIDTH_RATIO, Collective, Expectation, Kind, Leg, ObservableAt, Tensor
from ptheory.recursion.uniform_scaling import UniformScaling, uniform_scaling


class ExpansionTooLarge(Refusal):
    """A recursion at a high power of 1/n with activations left open; the message says how large."""

    def __init__(self, power: int) -> None:
        terms = 600 * 2 ** (power - LARGEST_GENERIC_POWER)
        super().__init__(
            f"at n^-{power} the recursion has at least {terms:,} terms: ask for n^-{LARGEST_GENERIC_POWER} or lower, "
            "or for a flow with a polynomial activation, where most terms vanish"
        )


class RowsNotGaussian(Refusal):
    """Something that is derived for Gaussian weights only, asked of a network with others; the message says what."""

    help = "write ~ Normal(0, ...) for the weights of the layers above the first"


class RowsNotIndependent(Refusal):
    """Something that is derived for weights of independent rows only, asked of a network with others."""


class FirstLayerNotGaussian(RowsNotGaussian):
    """Numbers asked of a network whose first layer, which reads few inputs, has weights that are not Gaussian."""

    help = "write ~ Normal(0, ...) for these weights; the first layer may have weights of its own"


def check_laws_of_numbers(architecture: Architecture) -> None:
    """Raises RowsNotGaussian where weights leave the first layer, or one with skips, without a law numbers can use."""
    unusual = next((p for p in parameters_in(architecture.first) if not p.law.is_gaussian), None)
    if unusual is not None:
        raise FirstLayerNotGaussian(
            f"the weights {unusual.name} of the first layer are not Gaussian, and an input has finitely many "
            "components: the neurons of layer 1 are not Gaussian, however wide the layers"
        )
    if remembers_its_past(architecture) and not architecture.has_gaussian_rows:
        raise RowsNotGaussian("numbers of a network with skip connections are for Gaussian weights")
    joining = next((p for p in parameters_in(architecture.first) if not p.law.rows_are_independent), None)
    if joining is not None or (remembers_its_past(architecture) and not architecture.has_independent_rows):
        raise RowsNotIndependent(
            "numbers of a first layer, or of skip connections, are for weights of independent rows"
        )


class LeftOut(NamedTuple):
    """Terms with a lower power of n: how much lower, the hyperparameters that stand in none but them, whether they are

    of the first layer and not of the recursion.
    """

    below: Exponent
    names: tuple[str, ...]
    in_layer_one: bool = False


class RecursionSystem:
    """Derives X' in terms of layer-l tensors for every tensor asked of it; the closure grows as tensors are met.

    ``degrees``: the degree of each site function in the fields where all are polynomials, so that derivatives that
    vanish are never written down; None for generic activations.
    """

    def __init__(
        self, architecture: Architecture, kinds: tuple[Kind, ...] = (), degrees: tuple[int, ...] | None = None
    ) -> None:
        self.model: LayerModel = layer_model(architecture, kinds)
        self.degrees = degrees
        self._derived: dict[Tensor, Polynomial] = {}

    @cached_property
    def scaling(self) -> UniformScaling:
        """The powers of n of tensors beside the usual ones."""
        found = uniform_scaling(self.model.declared)
        return UniformScaling() if found is None else found

    @property
    def needs_equal_widths(self) -> bool:
        """Whether all layers are taken to be equally wide: a power of one width in each is then one power of n."""
        return self.scaling.equal_widths

    def offset(self, target: Tensor) -> Exponent:
        """A tensor is the coefficient of n^(offset - power): the power of n it has beside the usual one."""
        return self.scaling.offset(target, self.model.architecture.outputs)

    def vanishes(self, target: Tensor) -> bool:
        """Whether nothing makes a tensor at its own leading order."""
        return False

    def leads_in_first_layer(self, power: Exponent, target: Tensor) -> bool:
        """Whether a term of the first layer with n^power is part of what ``target`` is there: all have one power."""
        return True

    def left_out(self, target: Tensor) -> tuple[LeftOut, ...]:
        """Terms of the recursion of ``target`` with lower powers of n, which are none of ``right_hand_side``."""
        return ()

    def right_hand_side(self, target: Tensor) -> Polynomial:
        """The next-layer value of ``target`` (legs at slots): scalars, n_l/n_(l-1), tensors and expectations.

        Raises OpenHierarchy where it does not close among tensors, RowsNotGaussian, RowsNotIndependent,
        ExpansionTooLarge, NonlinearSkip, NoLearningRateError.
        """
        shape = generic_slots(target)
        if shape not in self._derived:
            self._check(shape)
            derived = derive(self.model, shape, self._most_legs).right_hand_side
            self._derived[shape] = at_equal_widths(derived) if self.needs_equal_widths else derived
        return with_samples(self._derived[shape], {k: leg.sample for k, leg in enumerate(target.legs, start=1)})

    def derivation(self, target: Tensor) -> Derivation:
        """How ``right_hand_side(target)`` came about; made again, for the stages of a large one are not kept.

        Raises what ``right_hand_side`` does.
        """
        self._check(target)
        return derive(self.model, target, self._most_legs)

    def _check(self, target: Tensor) -> None:
        check_closure(self.model, target)
        if not self.model.architecture.has_gaussian_rows and not (target.is_mean or target.is_of_fields):
            raise RowsNotGaussian(
                f"the weights of {self.model.architecture.name} are not Gaussian, and correlators of parameter "
                "derivatives beyond the leading mean are derived for Gaussian ones only; those of fields for every law"
            )
        if not self.model.architecture.has_independent_rows and not target.is_of_fields:
            raise RowsNotIndependent(
                f"the rows of the weights of {self.model.architecture.name} are not independent, and correlators of "
                "parameter derivatives are derived for weights whose rows are"
            )
        if self.degrees is None and target.power > LARGEST_GENERIC_POWER:
            raise ExpansionTooLarge(target.power)

    def _most_legs(self, expected: Expectation) -> int | None:
        """How many derivatives by fields an expectation takes before it vanishes."""
        if self.degrees is None:
            return None
        degree = sum(self.degrees[f.site] - len(f.derivatives) for f in expected.factors) - len(expected.derivatives)
        return max(degree, 0)


def at_equal_widths(polynomial: Polynomial) -> Polynomial:
    """n_l/n_(l-1) = 1."""
    return polynomial.map_atoms(lambda atom: Polynomial.constant(1) if atom == WIDTH_RATIO else None)


def generic_slots(target: Tensor) -> Tensor:
    """The tensor with its legs at slots 1, 2, ... left to right: slot k stands for the k-th leg of ``target``."""
    numbers = count(1)
    components = []
    for component in target.components:
        moved = (
            ObservableAt(o.kind, tuple(Leg(leg.field, Sample(next(numbers))) for leg in o.legs))
            for o in component.observables
        )
        components.append(Collective(tuple(moved), component.blocks))
    return Tensor(tuple(components), target.order)
