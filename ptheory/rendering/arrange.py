"""From a polynomial to the order in which a physicist would write it: grouped by the tensors each part multiplies.

Within a group common scalars are taken out, C_W²[⟨σ⁴⟩ − ⟨σ²⟩²]; at one input powers of the derived susceptibilities are
recognised, χ∥² V. The equation's own tensor comes first, then the others of the layer below, those of the layer made,
and last what the layer adds by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import assert_never

from ptheory.algebra.factoring import factors
from ptheory.algebra.polynomial import Atom, Monomial, Polynomial, SortKey, Symbol, multiply_monomials
from ptheory.language.claim_names import CURVATURE
from ptheory.language.functions import BUILTIN_FUNCTIONS
from ptheory.networks.fields import Field
from ptheory.recursion.dummies import relabel_atom
from ptheory.recursion.jets import FieldValue, Jet, Scalar
from ptheory.recursion.leading_powers import WidthMark
from ptheory.recursion.system import generic_slots
from ptheory.recursion.tensor_names import TensorNames
from ptheory.recursion.tensors import PREACTIVATION, Collective, Leg, Tensor, Width, WidthRatio, dummy_leg, tensor
from ptheory.recursion.variables import CombinedLeg, combined, fields_among, parts_of
from ptheory.rendering.brackets import MeanAtom, common_content, common_monomial
from ptheory.rendering.notation import DUMMY_LETTERS, Notation
from ptheory.rendering.powers_of_width import power_of_width
from ptheory.rendering.tree import (
    BracketNode,
    CollectiveNode,
    FieldNode,
    FormulaNode,
    FunctionNode,
    LegLabel,
    MeanNode,
    Node,
    ScalarNode,
    Sum,
    SummationNode,
    SusceptibilityNode,
    SymmetricNode,
    TensorNode,
    Term,
    WidthNode,
    WidthRatioNode,
    power,
)

Recognise = Callable[[Polynomial], Polynomial]

Ranges = tuple[tuple[tuple[LegLabel, ...], tuple[LegLabel, ...]], ...]  # (dummies, what they run over), ...


@dataclass(frozen=True)
class Susceptibility:
    """A derived susceptibility taken out of a coefficient, by its name in the language; no hyperparameter has it.

    ``legs``: where it stands, of several inputs.
    """

    name: str
    legs: tuple[Leg, ...] = ()

    @property
    def sort_key(self) -> SortKey:
        name = "" if self.name == CURVATURE else self.name  # a number like 2 before what it is a number of
        return (1, name, 0, tuple(leg.sort_key for leg in self.legs))


@dataclass(frozen=True)
class NextLayer:
    """A tensor of layer l+1 on the right-hand side, A' = 2 r D' + ..."""

    tensor: Tensor

    @property
    def sort_key(self) -> SortKey:
        return (8, *self.tensor.sort_key)


@dataclass(frozen=True)
class SymmetricPart:
    """``body`` and the body with inputs exchanged, ``first`` for ``second``, one by one."""

    body: Polynomial
    first: tuple[Leg, ...]
    second: tuple[Leg, ...]

    @cached_property
    def sort_key(self) -> SortKey:
        return (9, str(self.body))


def unchanged(coefficient: Polynomial) -> Polynomial:
    """The coefficient as it is: no susceptibility is recognised in it."""
    return coefficient


def arrange(
    polynomial: Polynomial, notation: Notation, own: Tensor | None = None, recognise: Recognise = unchanged
) -> Sum:
    """The display tree.

    ``own``: the target's tensor, which leads. ``recognise`` takes the derived susceptibilities out of a
    coefficient.
    """
    if notation.equal_widths:
        polynomial = polynomial.map_atoms(lambda a: Polynomial.constant(1) if isinstance(a, WidthRatio) else None)
    found: list[Term] = []
    for part in by_order(polynomial, notation.along) if notation.along else (polynomial,):
        ranked = sorted(_ranked(part, notation, own, recognise), key=lambda group: group[0])
        found += [term for _, terms in ranked for term in terms]
    return Sum(tuple(found))


def by_order(polynomial: Polynomial, along: int) -> list[Polynomial]:
    """The terms of every order in a separation, by how many legs of their tensors carry it, the lowest first."""
    parts: dict[int, dict[Monomial, Fraction]] = {}
    for monomial, coefficient in polynomial:
        tensors = ((atom, power) for atom, power in monomial if isinstance(atom, Tensor))
        order = sum(power * sum(leg.sample == along for leg in atom.legs) for atom, power in tensors)
        parts.setdefault(order, {})[monomial] = coefficient
    return [Polynomial(parts[order]) for order in sorted(parts)]


def _ranked(
    polynomial: Polynomial, notation: Notation, own: Tensor | None, recognise: Recognise
) -> Iterator[tuple[SortKey, list[Term]]]:
    """The terms of every group, each with where the group stands among the others."""
    groups: dict[tuple[Monomial, Ranges], dict[Monomial, Fraction]] = {}
    for monomial, coefficient in polynomial:
        match monomial:
            case ((SymmetricPart() as part, 1),):
                yield _symmetric(part, coefficient, notation, own, recognise)
                continue
        monomial = with_dummies_in_order(monomial)
        carried = tuple((a, e) for a, e in monomial if _is_carried(a, own))
        key: tuple[Monomial, Ranges] = (carried, dummy_ranges(monomial, with_letters(monomial, notation)))
        if not carried:
            key = tuple((a, e) for a, e in monomial if _is_tensor(a) or _has_dummies(a)), ()
        rest = tuple((a, e) for a, e in monomial if (a, e) not in key[0])
        group = groups.setdefault(key, {})
        group[rest] = group.get(rest, Fraction(0)) + coefficient
    for carried, ranges in sorted(groups, key=lambda k: _group_rank(k[0], own)):
        coefficient_of = Polynomial(groups[carried, ranges])
        if any(_is_carried(a, own) for a, _ in carried):
            terms = [inherited_term(recognise(coefficient_of), carried, notation)]
        else:
            terms = _group_terms(coefficient_of, carried, notation)
        yield _group_rank(carried, own), terms


def _symmetric(
    part: SymmetricPart, coefficient: Fraction, notation: Notation, own: Tensor | None, recognise: Recognise
) -> tuple[SortKey, list[Term]]:
    """[ X + (12 <-> 34) ] as one term, where X alone would stand; the sign of the first term before the bracket."""
    found = sorted(_ranked(part.body * coefficient, notation, own, recognise), key=lambda one: one[0])
    terms = [term for _, group in found for term in group]
    sign = -1 if terms[0].coefficient < 0 else 1
    body = Sum(tuple(replace(term, coefficient=sign * term.coefficient) for term in terms))
    sides = (part.first, part.second)
    first, second = (tuple(LegLabel(sample=notation.sample(leg.sample)) for leg in side) for side in sides)
    return found[0][0], [Term(Fraction(sign), (SymmetricNode(body, first, second),))]


def inherited_term(coefficient: Polynomial, carried: Monomial, notation: Notation) -> Term:
    """Everything that multiplies one tensor of the layer below, its coefficient in factors."""
    content, parts = factors(coefficient)
    example = multiply_monomials(carried, next(iter(coefficient.terms)))
    lettered = with_letters(example, notation)
    single: Monomial = ()
    before: list[Node] = []
    after: list[Node] = []
    for part, exponent in sorted(parts, key=_samples_of_means):
        if len(part) == 1:
            ((monomial, _),) = part
            single = multiply_monomials(single, tuple((a, e * exponent) for a, e in monomial))
            continue
        ordered = sorted(part, key=_source_order)
        sign = -1 if ordered[0][1] < 0 else 1
        content *= sign**exponent
        body = Sum(tuple(Term(sign * c, _factors_in_order(monomial, lettered)) for monomial, c in ordered))
        bracket = power(BracketNode(body), exponent)
        (after if any(_has_dummies(atom) for atom in part.atoms()) else before).append(bracket)
    dummy_means = tuple((a, e) for a, e in single if _has_dummies(a))
    plain = tuple((a, e) for a, e in single if not _has_dummies(a))
    exponents = dict(dummy_means)
    after += [_node(a, exponents[a], lettered) for a in means_in_order(dummy_means)]
    tensors = [_node(a, e, lettered) for a, e in carried]
    ranges = dummy_ranges(example, lettered)
    sums = [SummationNode(ranges)] if ranges else []
    return Term(content, (*_factors_in_order(plain, lettered, tuple(before)), *sums, *tensors, *after))


def _samples_of_means(item: tuple[Polynomial, int]) -> list[list[int]]:
    means = [atom for atom in item[0].atoms() if isinstance(atom, MeanAtom)]
    return sorted([leg.sample for leg in _legs_of_body(atom)] for atom in means)


def _factors_in_order(monomial: Monomial, notation: Notation, brackets: tuple[Node, ...] = ()) -> tuple[Node, ...]:
    """Scalars, expectations, brackets, then tensors."""
    scalars = sorted(((a, e) for a, e in monomial if _is_scalar(a)), key=reading_order)
    tensors = [(a, e) for a, e in monomial if isinstance(a, (Tensor, Collective))]
    others = tuple((a, e) for a, e in monomial if not _is_scalar(a) and not isinstance(a, (Tensor, Collective)))
    return (
        *(_node(a, e, notation) for a, e in scalars),
        *_mean_factors(others, notation),
        *brackets,
        *(_node(a, e, notation) for a, e in tensors),
    )


def _is_carried(atom: Atom, own: Tensor | None) -> bool:
    """What a term is named after: a fluctuation of the layer below, the equation's own tensor, or the next layer's."""
    return _is_inherited(atom) or isinstance(atom, NextLayer) or (_is_tensor(atom) and _is_own(atom, own))


def _is_own(atom: Atom, own: Tensor | None) -> bool:
    return own is not None and isinstance(atom, Tensor) and _structure(atom) == _structure(own)


def _is_inherited(atom: Atom) -> bool:
    """A fluctuation of the layer below, V or F; the leading means K and Theta are not."""
    return isinstance(atom, Tensor) and atom.power > 0


def _is_tensor(atom: Atom) -> bool:
    """Old tensors a group is named after; the leading kernel counts as a scalar, it stands in every expectation."""
    return isinstance(atom, Tensor) and (
        atom.order > 0 or len(atom.components) > 1 or not atom.components[0].is_covariance
    )


def _has_dummies(atom: Atom) -> bool:
    if isinstance(atom, MeanAtom):
        return any(leg.is_dummy for leg in atom.derivatives)
    return isinstance(atom, (Tensor, Collective)) and any(leg.is_dummy for leg in atom.legs)


def _group_rank(carried: Monomial, own: Tensor | None) -> SortKey:
    """The target's own tensor, then what is inherited, then tensors of the next layer, then what layer l adds."""
    tensors = [atom for atom, _ in carried if isinstance(atom, Tensor)]
    if len(tensors) == 1 and _is_own(tensors[0], own):
        rank = 0
    elif any(_is_inherited(atom) for atom in tensors):
        rank = 1
    else:
        rank = 2 if any(isinstance(atom, NextLayer) for atom, _ in carried) else 3
    return (rank, len(tensors), [t.sort_key[1:] for t in tensors], [a.sort_key for a, _ in carried])


def _structure(found: Tensor) -> SortKey:
    """A tensor whatever its legs stand at."""
    return (found.order, tuple((tuple(o.kind for o in c.observables), c.blocks) for c in found.components))


def _group_terms(coefficient: Polynomial, carried: Monomial, notation: Notation) -> list[Term]:
    by_scalars: dict[Monomial, dict[Monomial, Fraction]] = {}
    for monomial, rational in coefficient:
        scalars = tuple((a, e) for a, e in monomial if _is_scalar(a))
        means = tuple((a, e) for a, e in monomial if not _is_scalar(a))
        by_scalars.setdefault(scalars, {})[means] = rational
    tail = _carried_factors(carried, notation)
    found: list[tuple[SortKey, Term]] = []
    for scalars, inside in by_scalars.items():
        head = [_node(a, e, notation) for a, e in sorted(scalars, key=reading_order)]
        ordered = sorted(inside.items(), key=_source_order)
        if len(ordered) > 1 and (scalars or carried):
            content = readable_content([rational for _, rational in ordered])
            shared = tuple(item for item in common_monomial(list(inside)) if isinstance(item[0], MeanAtom))
            body = Sum(
                tuple(
                    Term(rational / content, _mean_factors(_divided(means, shared), notation))
                    for means, rational in ordered
                )
            )
            nodes = (*head, *_mean_factors(shared, notation), BracketNode(body), *tail)
            found.append((_scalar_order(scalars, ordered), Term(content, nodes)))
            continue
        for means, rational in ordered:
            nodes = (*head, *_mean_factors(means, notation), *tail)
            found.append((_scalar_order(scalars, [(means, rational)]), Term(rational, nodes)))
    return [term for _, term in sorted(found, key=lambda item: item[0])]


def _is_scalar(atom: Atom) -> bool:
    return isinstance(atom, (Symbol, Susceptibility, Scalar, Width, WidthRatio, WidthMark))


def reading_order(item: tuple[Atom, int]) -> SortKey:
    """Susceptibilities last, so that χ∥² stands beside the tensor it carries; the width ratio after the scalars.

    Inverse powers follow the others: lambda_W/C_W.
    """
    atom, exponent = item
    rank = 2 if isinstance(atom, WidthRatio) else 3 if isinstance(atom, Susceptibility) else 1
    return (rank, exponent < 0, atom.sort_key)


def _source_order(item: tuple[Monomial, Fraction]) -> SortKey:
    """Fewer expectations first, then lower powers of K, then the positive ones."""
    means, rational = item
    expectations = sum(abs(e) for a, e in means if isinstance(a, MeanAtom))
    degree = sum(e for a, e in means if not isinstance(a, MeanAtom))
    return (expectations, degree, rational < 0, [(a.sort_key, e) for a, e in means])


def _scalar_order(scalars: Monomial, inside: list[tuple[Monomial, Fraction]]) -> SortKey:
    return (_source_order(inside[0])[:2], [(a.sort_key, e) for a, e in scalars], [_source_order(i) for i in inside])


def readable_content(coefficients: list[Fraction]) -> Fraction:
    """The rational factor to take out, with the sign of the first: the content where that shortens, else 1."""
    content = common_content(coefficients)
    kept = _written(coefficients)
    pulled = _written([content, *(c / content for c in coefficients)])
    sign = -1 if coefficients[0] < 0 else 1
    return sign * (content if pulled <= kept else Fraction(1))


def _written(coefficients: list[Fraction]) -> int:
    """Characters of the coefficients that are written out."""
    return sum(len(str(abs(c))) for c in coefficients if abs(c) != 1)


def _divided(monomial: Monomial, shared: Monomial) -> Monomial:
    powers = dict(shared)
    return tuple((a, e - powers.get(a, 0)) for a, e in monomial if e != powers.get(a, 0))


def _mean_factors(means: Monomial, notation: Notation) -> tuple[Node, ...]:
    others = sorted((item for item in means if not isinstance(item[0], MeanAtom)), key=lambda item: item[0].sort_key)
    exponents = dict(means)
    return tuple(_node(a, e, notation) for a, e in (*others, *((a, exponents[a]) for a in means_in_order(means))))


def _carried_factors(carried: Monomial, notation: Notation) -> tuple[Node, ...]:
    lettered = with_letters(carried, notation)
    tensors = [_node(a, e, lettered) for a, e in carried if isinstance(a, (Tensor, Collective))]
    exponents = dict(carried)
    means = [_node(a, exponents[a], lettered) for a in means_in_order(carried)]
    others = [_node(a, e, lettered) for a, e in carried if not isinstance(a, (Tensor, Collective, MeanAtom))]
    ranges = dummy_ranges(carried, lettered)
    if ranges:
        return (SummationNode(ranges), *tensors, *others, *means)
    return (*others, *means, *tensors)


def dummies_in_order(monomial: Monomial) -> list[Leg]:
    """Dummies in the order of the expectations they differentiate."""
    found: dict[Leg, None] = {}
    for mean in means_in_order(monomial):
        found.update(dict.fromkeys(_dummies_by_number(mean.derivatives)))
    for atom, _ in monomial:
        if isinstance(atom, (Tensor, Collective)):
            found.update(dict.fromkeys(_dummies_by_number(atom.legs)))
    return list(found)


def _dummies_by_number(legs: Iterable[Leg]) -> list[Leg]:
    return sorted((leg for leg in legs if leg.is_dummy), key=lambda leg: leg.place.number)


def means_in_order(monomial: Monomial) -> list[MeanAtom]:
    """Expectations by the samples they involve, those of lower derivatives first."""
    means = [atom for atom, _ in monomial if isinstance(atom, MeanAtom)]
    return sorted(means, key=lambda a: ([leg.sample for leg in _legs_of_body(a)], _derivatives_in(a), a.sort_key))


def _derivatives_in(atom: MeanAtom) -> int:
    return max(sum(a.order * e for a, e in monomial if isinstance(a, Jet)) for monomial in atom.body.terms)


def with_dummies_in_order(monomial: Monomial) -> Monomial:
    """Dummies numbered by the expectations they differentiate, so that equal tensors of different terms look equal."""
    places = {leg.place: dummy_leg(k).place for k, leg in enumerate(dummies_in_order(monomial), start=1)}

    def moved(leg: Leg) -> Leg:
        return replace(leg, place=places.get(leg.place, leg.place))

    renamed: Monomial = ()
    for atom, exponent in monomial:
        if isinstance(atom, MeanAtom):
            atom = replace(atom, derivatives=tuple(sorted(map(moved, atom.derivatives))))
        elif isinstance(atom, (Tensor, Collective)):
            atom = relabel_atom(atom, moved)
        renamed = multiply_monomials(renamed, ((atom, exponent),))
    return renamed


def with_letters(monomial: Monomial, notation: Notation) -> Notation:
    """The notation with a letter for every dummy of the monomial, in reading order."""
    letters = [c for c in DUMMY_LETTERS if c not in notation.inputs and c not in notation.fields]
    names = {}
    for k, leg in enumerate(dummies_in_order(monomial)):
        names[leg.place] = letters[k] if k < len(letters) else f"a{k}"
    return replace(notation, dummies=names)


def dummy_ranges(monomial: Monomial, notation: Notation) -> Ranges:
    """((dummies, legs they run over), ...): the legs of the expectation each differentiates."""
    ranges: dict[tuple[LegLabel, ...], list[LegLabel]] = {}
    for atom in means_in_order(monomial):
        if atom.derivatives:
            over = tuple(notation.differentiated(leg) for leg in _legs_of_body(atom))
            dummies = _dummies_by_number(set(atom.derivatives))
            ranges.setdefault(over, []).extend(notation.label(d) for d in dummies)
    return tuple((tuple(sorted(d, key=lambda x: x.letter)), over) for over, d in ranges.items() if d)


def _legs_of_body(atom: MeanAtom) -> list[Leg]:
    return fields_among(a.leg for a in atom.body.atoms() if isinstance(a, (Jet, FieldValue)))


def _node(atom: Atom, exponent: int, notation: Notation) -> Node:
    return power(node(atom, notation), exponent)


def node(atom: Atom, notation: Notation) -> Node:
    """One atom as it is displayed."""
    match atom:
        case Symbol(name, layer):
            return ScalarNode(name, layer)
        case Susceptibility(name, legs):
            return SusceptibilityNode(name, tuple(map(notation.label, legs)))
        case Scalar(formula):
            return FormulaNode(formula)
        case Width() | WidthRatio() | WidthMark():
            return _width_node(atom)
        case Tensor():
            return tensor_node(atom, notation)
        case NextLayer(made):
            return tensor_node(made, notation, next_layer=True)
        case Collective():
            return collective_node(atom, notation)
        case MeanAtom(body, derivatives, fluctuating):
            labels = tuple(sorted((notation.differentiated(d) for d in derivatives), key=_label_order))
            depth, body = _of_one_layer(body)
            covariance = notation.covariance.declared if fluctuating else notation.covariance.name
            return MeanNode(jet_sum(body, notation), covariance, labels, fluctuating, depth)
        case Jet(function, order, leg):
            first = parts_of(leg)[0][0]
            is_named = isinstance(function, str) and function not in BUILTIN_FUNCTIONS  # sin(z_1), sigma_1
            label = notation.label(first) if is_named else notation.variable(first)
            return FunctionNode(function, order, label, _combination(leg, notation))
        case FieldValue(leg):
            return FieldNode(str(leg.field), notation.label(leg))
    raise TypeError(f"no way to write {atom!r}")


def _width_node(atom: Width | WidthRatio | WidthMark) -> Node:
    match atom:
        case Width():
            return WidthNode()
        case WidthRatio():
            return WidthRatioNode()
        case WidthMark(power):
            return FormulaNode(power_of_width(power))
        case _:
            assert_never(atom)


def _of_one_layer(body: Polynomial) -> tuple[int, Polynomial]:
    """How far below layer l an average is, and its integrand as if at layer l: the bracket says the layer."""
    legs = fields_among(a.leg for a in body.atoms() if isinstance(a, (Jet, FieldValue)))
    depths = {leg.field.depth for leg in legs}
    if len(depths) != 1 or depths == {0}:
        return 0, body

    def here(leg: Leg) -> Leg:
        return combined((Leg(Field(part.field.name), part.place), slope) for part, slope in parts_of(leg))

    def moved(atom: Atom) -> Polynomial | None:
        return Polynomial.atom(replace(atom, leg=here(atom.leg))) if isinstance(atom, (Jet, FieldValue)) else None

    return depths.pop(), body.map_atoms(moved)


def _combination(variable: Leg, notation: Notation) -> Sum | None:
    """u + c*v as a sum to be written; None for a field by itself."""
    if not isinstance(variable, CombinedLeg):
        return None
    terms = []
    for leg, slope in variable.parts:
        field = FieldNode(str(leg.field), notation.label(leg))
        for monomial, coefficient in slope.sorted_terms():
            terms.append(Term(coefficient, (*(_node(a, e, notation) for a, e in monomial), field)))
    return Sum(tuple(terms))


def _label_order(label: LegLabel) -> tuple[str, str, str]:
    return (label.letter, label.field, label.sample)


def jet_sum(body: Polynomial, notation: Notation) -> Sum:
    """An integrand, sample by sample: activations in order, lower derivatives first, then explicit preactivations.

    Preactivations common to all terms are taken out: (σσ'' + σ'²) v².
    """

    def key(item: tuple[Atom, int]) -> SortKey:
        atom = item[0]
        if isinstance(atom, Jet):
            name = atom.function if isinstance(atom.function, str) else str(atom.function)
            place = notation.functions.index(name) if name in notation.functions else 99
            first = parts_of(atom.leg)[0][0]
            return (1, first.sample, 0, notation.fields.index(first.field.name), place, name, atom.order, str(atom.leg))
        if isinstance(atom, FieldValue):
            return (1, atom.leg.sample, 1, atom.leg.field)
        return (0, atom.sort_key)

    shared = tuple(item for item in common_monomial(list(body.terms)) if isinstance(item[0], FieldValue))
    if shared and len(body) > 1:
        rest = jet_sum(Polynomial({_divided(monomial, shared): c for monomial, c in body}), notation)
        return Sum((Term(Fraction(1), (BracketNode(rest), *(_node(a, e, notation) for a, e in shared))),))
    terms = []
    for monomial, coefficient in body.sorted_terms():
        factors = sorted(monomial, key=key)
        terms.append(([key(f) for f in factors], Term(coefficient, tuple(_node(a, e, notation) for a, e in factors))))
    return Sum(tuple(term for _, term in terms))


def tensor_node(target: Tensor, notation: Notation, next_layer: bool = False) -> TensorNode:
    """A tensor under its declared name; legs that a symmetry exchanges in alphabetical order."""
    below = max(leg.field.depth for leg in target.legs)
    if not notation.several_fields and not any(leg.field.name in notation.outputs for leg in target.legs):
        target = relabel_atom(target, lambda leg: Leg(Field(notation.fields[0]), leg.place))
    written = notation.names.of(target)
    components = [_component_legs(component, notation) for component in tensor(target.components).components]
    if target.is_of_fields:
        components.sort(key=lambda labels: [_label_order(label) for label in labels])
    flat = [label for labels in components for label in labels]
    slots, declared = argument_slots(target, notation.names)
    legs = tuple(flat[slot - 1] for slot in slots)
    base = written.declared if written.order else written.name
    if notation.several_fields:
        fields = "".join(label.field for label in legs)
        base = base[0] if len(base) > 1 and base[1:] == fields else base
    pairs: tuple[tuple[LegLabel, LegLabel], ...] = ()
    if len(components) > 1 and all(c.is_covariance for c in target.components):
        pairs = tuple((first, second) for first, second in components)
    if notation.one_input and not notation.several_fields:
        legs, pairs = (), ()
    spelled = tuple(replace(label, field="") for label in legs) if declared else legs
    if notation.one_input and declared:
        spelled = ()
    return TensorNode(written.name, spelled, base, written.order, legs, pairs, next_layer, below)


def _component_legs(component: Collective, notation: Notation) -> list[LegLabel]:
    labels = [notation.label(leg) for leg in component.legs]
    return sorted(labels, key=_label_order) if component.is_of_fields else labels


def argument_slots(target: Tensor, names: TensorNames) -> tuple[tuple[int, ...], bool]:
    """Bracket arguments as positions among the legs of the components, and whether they were declared."""
    shape = generic_slots(tensor(target.components))
    for entry in names.declared:
        if entry.shape == shape:
            return entry.arguments, True
    return tuple(range(1, len(target.legs) + 1)), False


def collective_node(component: Collective, notation: Notation, next_layer: bool = False) -> CollectiveNode:
    """Ĝ[1,2], Ĉ[1,2,3,4], or the observables' names joined, at the legs of the collective variable."""
    of_fields = notation.covariance.declared if component.is_covariance else "C"
    field = PREACTIVATION.name if notation.several_fields else notation.fields[0]
    observables = "".join(field if o.kind == PREACTIVATION else o.kind.name for o in component.observables)
    name = of_fields if component.is_of_fields else observables
    return CollectiveNode(name, tuple(_component_legs(component, notation)), next_layer)
