"""Closure is established, not assumed: which tensors of an architecture close among themselves.

In a plain layer the neurons are independent Gaussians given the covariance Ĝ, and cumulants of the collective variables
close at every order. With a skip connection a neuron keeps its own history: beyond the leading means a correlator of
next-layer fields contains connected correlators of fields at one neuron with *functions* of the fields at another,

    E[z1 z2 (neuron i)  phi(z3) phi(z4) (neuron j)]_c,

which are O(1/n) for every function and are not determined by the tensors of the fields. The smallest set that closes is
the joint law of one neuron's branches together with the cumulants of all layers' branch covariances
(``flows.histories``).
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations
from typing import assert_never

from ptheory.algebra.refusal import Refusal
from ptheory.networks.architecture import Architecture, Bias, Direct, WeightedSum, parameters_in, site_of
from ptheory.networks.delayed_fields import with_delays_as_fields
from ptheory.networks.fields import Field
from ptheory.recursion.indexed_terms import IndexedTerm
from ptheory.recursion.layer_model import LayerModel
from ptheory.recursion.next_layer import collective_as_neuron_sums
from ptheory.recursion.tensors import Tensor


def remembers_its_past(architecture: Architecture) -> bool:
    """Whether a layer equation has a skip connection: a direct term, or a field of an earlier layer."""
    return bool(architecture.direct_terms) or architecture.layers_read > 1


def carries_neurons(architecture: Architecture) -> bool:
    """Whether neurons of different layers are the same ones: a direct term, or weights that read several layers."""
    depths: dict[str, set[int]] = {}
    for term in architecture.layer_terms:
        match term:
            case Direct():
                return True
            case WeightedSum(parameters=parameters, site=site):
                for weights in parameters:
                    depths.setdefault(weights.name, set()).update(site.depths)
            case Bias():
                pass
            case _:
                assert_never(term)
    return any(len(found) > 1 for found in depths.values())


def carries_new_parts(architecture: Architecture) -> bool:
    """Whether what is carried over has been made of new weights in the layer below, and stands nowhere else.

    z' = W σ(z) + v, v' = R σ(z): neuron i of v is no part of what the neurons of z average, and has to do with no field
    of a layer but the one that takes it over. So neurons are independent and Gaussian given the covariances of z and of
    v, as those of plain layers are, and these close. A field that two terms carry over stands in two layers.
    """
    carried = [term.carried_field for term in architecture.direct_terms]
    summed = (site_of(term) for term in architecture.layer_terms if isinstance(term, WeightedSum))
    read = {field for site in summed if site is not None for field in site.fields}
    if None in carried or len(set(carried)) < len(carried) or read.intersection(carried):
        return False
    return architecture.has_gaussian_rows and architecture.has_independent_rows and not _shares(architecture, carried)


def _shares(architecture: Architecture, fields: Collection[Field | None]) -> bool:
    """Whether a parameter in the equations of one of the fields is in those of another field, too."""
    users: dict[str, set[Field]] = {}
    for equation in architecture.equations:
        for parameter in parameters_in([equation]):
            users.setdefault(parameter.name, set()).add(equation.field)
    return any(len(found) > 1 and found.intersection(fields) for found in users.values())


class OpenHierarchy(Refusal):
    """A tensor whose recursion does not close. ``missing``: (coefficient, correlator) pairs as text."""

    def __init__(self, architecture: Architecture, target: Tensor, missing: tuple[tuple[str, str], ...] = ()) -> None:
        self.architecture = architecture
        self.target = target
        self.missing = missing
        self.numbers = "`flow` computes with it" if architecture.has_gaussian_rows else "flows need Gaussian weights"
        super().__init__(
            f"for {architecture.name}, whose neurons remember their past, "
            "this tensor does not close with those of the fields",
            self._what_closes(),
        )

    def _what_closes(self) -> str:
        needed = "; ".join(f"{correlator} with coefficient {coefficient}" for coefficient, correlator in self.missing)
        start = f"missing: {needed}. " if needed else ""
        return start + (
            "The smallest set that closes: the joint law of a neuron's branches (y of every layer, covariances K) "
            f"with the cumulants of all layers' branch covariances; {self.numbers}"
        )


class JoinsLayers(OpenHierarchy):
    """An average over neurons of several layers together, whose covariance no tensor names."""

    def _what_closes(self) -> str:
        return (
            "it holds an average over fields of layers l and l-1 at one neuron together, and their covariance is no "
            f"tensor of one layer; {self.numbers}"
        )


class ReadsFurtherDown(OpenHierarchy):
    """A tensor of layers that read further down; where they do so through weights of their own, it closes by fields."""

    def _what_closes(self) -> str:
        made = with_delays_as_fields(self.architecture)
        if made is None or not carries_new_parts(made):
            return super()._what_closes()
        return (
            "as a field of its own what is read further down closes with the others: `layer v[i;a] = sum(j, "
            "R[i,j]*sigma(z[j;a]))`, and v[i;a] in place of sum(j, R[i,j]*sigma(prev(z[j;a]))); exponents are known as "
            f"it stands, and {self.numbers}"
        )


def reads_earlier_layers(architecture: Architecture) -> bool:
    """Whether prev(...) stands in a layer equation."""
    return architecture.layers_read > 1


def has_several_kernels(architecture: Architecture) -> bool:
    """Whether layers have more kernels than one, of several fields or of layers further down."""
    return len(architecture.fields) > 1 or reads_earlier_layers(architecture)


def check_closure(model: LayerModel, target: Tensor) -> None:
    """Raises OpenHierarchy unless the recursion of ``target`` closes among tensors of the fields."""
    if not remembers_its_past(model.architecture):
        return
    is_mean = len(target.components) == 1 and target.order == 0 and len(target.components[0].legs) == 2
    if reads_earlier_layers(model.architecture):
        carried_further = any(term.site.deepest for term in model.architecture.direct_terms)
        if is_mean and target.components[0].is_covariance and not carried_further:
            return
        raise ReadsFurtherDown(model.architecture, target)
    if is_mean or carries_new_parts(model.architecture):
        return
    raise OpenHierarchy(model.architecture, target, missing_correlators(model, target))


def missing_correlators(model: LayerModel, target: Tensor) -> tuple[tuple[str, str], ...]:
    """The correlators of carried-over fields with functions of other neurons that the next-layer product contains."""
    sums = [collective_as_neuron_sums(model, component) for component in target.components]
    found = []
    for left, right in combinations(range(len(sums)), 2):
        for a in sums[left]:
            for b in sums[right]:
                for carried, averaged in ((a, b), (b, a)):
                    if carried.observables and not carried.sites and averaged.sites:
                        text = f"E[{_fields(carried)} ; {_sites(averaged)}]_c"
                        found.append((str(carried.coefficient * averaged.coefficient), text))
    return tuple(dict.fromkeys(found))


def _fields(term: IndexedTerm) -> str:
    return " ".join(str(leg) for observable, _ in term.observables for leg in observable.legs)


def _sites(term: IndexedTerm) -> str:
    return " ".join(f"phi{site.place}" for site, _ in term.sites)
